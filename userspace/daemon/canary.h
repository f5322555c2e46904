/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the decoy: a file that the engine itself must be refused
 */
#ifndef BULWARK_CANARY_H
#define BULWARK_CANARY_H

#include "enforcer.h"

enum bw_canary {
	BW_CANARY_UNKNOWN = 1, /* could not be tried */
	BW_CANARY_REFUSED = 2,
	BW_CANARY_LEAKED = 3,
};

const char *bw_canary_name(enum bw_canary canary);

/*
 * Makes sure that @path is a regular file that only root can write.  One that is
 * already protected is left alone: it can't be opened.  Returns 0 or -errno.
 */
int bw_canary_create(const char *path);

/* Tries to read it. */
enum bw_canary bw_canary_try(const struct bw_enforcer *enforcer);

#endif
