// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the module's functions that BPF programs may call
 *
 * All in one set: the kernel takes no second one from a module.
 */
#include <linux/btf.h>
#include <linux/module.h>

#include "compat.h"
#include "kfuncs.h"

BTF_KFUNCS_START(bw_kfunc_ids)
BTF_ID_FLAGS(func, bulwark_audit)
BTF_ID_FLAGS(func, bulwark_is_sealed)
BTF_KFUNCS_END(bw_kfunc_ids)

static const struct btf_kfunc_id_set kfuncs = {
	.owner = THIS_MODULE,
	.set = &bw_kfunc_ids,
};

int __init bw_kfuncs_init(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_LSM, &kfuncs);
}
