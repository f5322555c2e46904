/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what changes between two policies: who may read more, who less
 */
#ifndef BULWARK_POLICY_DIFF_H
#define BULWARK_POLICY_DIFF_H

#include "policy.h"

/* Which way a difference goes; both bits where some gain and some lose. */
enum bw_effect {
	BW_EFFECT_NONE = 0,
	BW_EFFECT_MORE = 1,
	BW_EFFECT_LESS = 2,
	BW_EFFECT_BOTH = 3,
};

/* "none", "more", "less", "both" */
const char *bw_effect_name(enum bw_effect effect);

/**
 * struct bw_difference - One thing that changes
 *
 * @set: In which set; borrowed from one of the policies.
 * @effect: On what may be read.
 * @text: In words, names of files and grants as the policy has them.
 */
struct bw_difference {
	const char *set;
	enum bw_effect effect;
	char *text;
};

struct bw_differences {
	struct bw_difference *items;
	size_t len;
	bool no_memory;
};

void bw_differences_done(struct bw_differences *differences);

/*
 * Compares files and not what they amount to on a host: patterns and names letter by
 * letter, sets and grants by their names.  Goes through the sets of @before, then through
 * those that are new.
 *
 * Returns 0 or -ENOMEM.
 */
int bw_policies_compare(const struct bw_policies *before, const struct bw_policies *now,
			struct bw_differences *differences);

#endif
