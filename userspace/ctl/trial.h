/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - bulwarkctl selftest: one technique, tried on its twin and on the file
 */
#ifndef BULWARK_TRIAL_H
#define BULWARK_TRIAL_H

#include "grounds.h"

enum trial_result {
	TRIAL_REFUSED = 1,	  /* it works on the twin or is closed to all, and failed here */
	TRIAL_LEAKED = 2,	  /* it got bytes */
	TRIAL_NOT_APPLICABLE = 3, /* not on this kernel or filesystem */
	TRIAL_NOT_TRIED = 4,	  /* it shows nothing: it fails on the twin, or finds no bytes */
};

/**
 * struct trial - What came of one
 *
 * @technique: Which.
 * @result: enum trial_result.
 * @err: -errno of the file, or of the twin where that is what failed; 0 for none.
 * @why: In words instead, if it couldn't be tried; else "".
 */
struct trial {
	const struct technique *technique;
	enum trial_result result;
	int err;
	char why[WHY_SIZE];
};

/*
 * Tries @technique in processes of its own; @descriptor of the file is from before it
 * was protected, or -1.
 */
struct trial trial_run(const struct technique *technique, const char *path, int descriptor,
		       const struct grounds *grounds);

/* "refused", "leaked", "not-applicable", "not-tried". */
const char *trial_result_name(enum trial_result result);

#endif
