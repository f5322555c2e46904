/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - a policy from what a set has learnt
 */
#ifndef BULWARK_SUGGEST_H
#define BULWARK_SUGGEST_H

#include "lesson.h"
#include "policy.h"

/**
 * struct bw_suggestion - What was made of it
 *
 * @text: The policy file; malloc'ed.
 * @grants: That are new in it.
 * @doubtful: Subjects that are in comments only.
 */
struct bw_suggestion {
	char *text;
	size_t grants;
	size_t doubtful;
};

/*
 * The policy file @text, parsed as @policy, with a version of its own, to monitor, and with a
 * grant for each service that read and that no grant of it is for.  All else in it stays as it
 * is written.
 *
 * @zone: Of the hours of grants, as in a policy; "" for this host's.
 *
 * Returns 0, -ENOMEM, or -ENOTSUP: its keys don't begin lines of their own.
 */
int bw_suggest(const char *text, const struct bw_policy *policy, const struct bw_lessons *lessons,
	       const char *zone, struct bw_suggestion *ret_suggestion);

#endif
