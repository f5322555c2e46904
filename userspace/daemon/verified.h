/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what has become of executables whose content was verified
 */
#ifndef BULWARK_VERIFIED_H
#define BULWARK_VERIFIED_H

#include "resolve.h"

/*
 * Fills in what was @in_force in the kernel, where executables have no names: those that are the
 * same ones in @now.  Returns 0 or -ENOMEM.
 */
int bw_verified_recall(struct bw_rules *in_force, const struct bw_rules *now);

/* Calls @tell with a sentence for each executable that isn't what it was @before. */
void bw_verified_compare(const struct bw_rules *before, const struct bw_rules *now,
			 void (*tell)(void *context, const char *text), void *context);

#endif
