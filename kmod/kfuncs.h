/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the module's functions that BPF programs may call
 */
#ifndef BULWARK_KFUNCS_H
#define BULWARK_KFUNCS_H

/*
 * Offers bulwark_audit() and bulwark_is_sealed() to BPF LSM programs.  Fails where
 * the module has no BTF.
 */
int bw_kfuncs_init(void);

#endif
