/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - digest of the policy in force, for IMA and for the status
 */
#ifndef BULWARK_MEASURE_H
#define BULWARK_MEASURE_H

#include <bulwark/control.h>

/**
 * struct bw_measured - The policy that was told last
 *
 * @generation: Of the policy; 0 for none so far.
 * @stored: IMA has it in its list.
 * @digest: SHA-256.
 */
struct bw_measured {
	u32 generation;
	bool stored;
	u8 digest[BW_DIGEST_SIZE];
};

/* Errors: those of BW_IOCTL_MEASURE. */
int bw_measure_policy(u32 generation, const u8 *digest);

void bw_measure_last(struct bw_measured *ret_measured);

#endif
