/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what differs between kernels, from 6.1 on
 */
#ifndef BULWARK_COMPAT_H
#define BULWARK_COMPAT_H

#include <linux/btf.h>
#include <linux/btf_ids.h>

/* 57e7c169cd6a ("bpf: Add __bpf_kfunc tag for marking kernel functions as kfuncs") */
#ifndef __bpf_kfunc
#define __bpf_kfunc __used noinline
#endif

/* 6f3189f38a3e ("bpf: treewide: Annotate BPF kfuncs in BTF") */
#ifndef BTF_KFUNCS_START
#define BTF_KFUNCS_START(name) BTF_SET8_START(name)
#define BTF_KFUNCS_END(name) BTF_SET8_END(name)
#endif

#endif
