/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what the kernel has learnt of a subject, with names for its numbers
 */
#ifndef BULWARK_LESSON_MAKE_H
#define BULWARK_LESSON_MAKE_H

#include "lesson.h"
#include "mounts.h"
#include "resolve.h"

/**
 * struct bw_lesson_names - Where names are looked up
 *
 * @mounts: Of the host.
 * @rules: In force: they name scripts; NULL if they aren't known.
 */
struct bw_lesson_names {
	const struct bw_mounts *mounts;
	const struct bw_rules *rules;
};

/* Returns 0 or -ENOMEM. */
int bw_lesson_make(const struct bw_lesson_names *names, const struct bw_learnt_key *key,
		   const struct bw_learnt *learnt, struct bw_lesson *ret_lesson);

#endif
