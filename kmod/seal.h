/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the seal: one way in, and k of n secrets out (INV-8)
 */
#ifndef BULWARK_SEAL_H
#define BULWARK_SEAL_H

#include <bulwark/control.h>

/* Chooses the seal's id. */
void bw_seal_init(void);

/*
 * Seals the host.  On an error nothing changes.  Errors: those of BW_IOCTL_SEAL
 * from EALREADY on.  The caller must hold a reference on the module.
 */
int bw_seal_close(const struct bw_control_seal *seal);

/*
 * Shows the seal one secret; the last one needed opens it.  Sets @shown and
 * @needed of @unseal, and returns 0 or an error of BW_IOCTL_UNSEAL.  The caller
 * must hold a reference on the module.
 */
int bw_seal_open(struct bw_control_unseal *unseal);

/*
 * Around whatever weakens: 0 and the host stays unsealed until bw_seal_unblock(),
 * or -EPERM because it is sealed.
 */
int bw_seal_block(void);
void bw_seal_unblock(void);

/* Sets BW_INFO_SEALED and all that is the seal's in @info. */
void bw_seal_tell(struct bw_control_info *info);

/**
 * bulwark_is_sealed() - Whether the host is sealed: 1 or 0
 *
 * Called by BPF programs in any LSM hook: never sleeps, takes no lock.
 */
u32 bulwark_is_sealed(void);

#endif
