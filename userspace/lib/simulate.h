/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what a policy would have said to those of whom a set has learnt
 *
 * By the same pure code as the kernel.  Where it can't be known, the answer is the worse one.
 */
#ifndef BULWARK_SIMULATE_H
#define BULWARK_SIMULATE_H

#include "lesson.h"
#include "policy.h"

/**
 * struct bw_simulated - The answer to one subject
 *
 * @lesson: Who; borrowed.
 * @reason: BW_REASON_GRANTED, or what stands against it.
 * @grant: By which; or the one that came closest, or NULL.
 * @budget: Of which it takes: the grant's, or what is left to others; NULL for none.
 */
struct bw_simulated {
	const struct bw_lesson *lesson;
	enum bw_reason reason;
	const struct bw_policy_grant *grant;
	const struct bw_budget *budget;
};

/* Has it nothing but what the set leaves to others? */
static inline bool bw_simulated_is_other(const struct bw_simulated *simulated)
{
	return simulated->budget &&
	       !(simulated->grant && simulated->budget == &simulated->grant->budget);
}

/**
 * struct bw_simulated_budget - What would have been used of one budget
 *
 * @limits: What it allows.
 * @name: Of its grant; "others".
 * @who: Who shares it.
 * @bytes: At most, in a window.
 * @files: Likewise.
 */
struct bw_simulated_budget {
	const struct bw_budget *limits;
	const char *name;
	char who[BW_UNIT_SIZE];
	uint64_t bytes;
	uint64_t files;
};

/* BW_REASON_GRANTED, or the limit that it is above. */
enum bw_reason bw_simulated_budget_judge(const struct bw_simulated_budget *budget);

struct bw_simulation {
	struct bw_simulated *items;
	size_t len;
	struct bw_simulated_budget *budgets;
	size_t budgets_len;
	size_t refused;
};

void bw_simulation_done(struct bw_simulation *simulation);

/* Of all that was accessed at @since or later, in seconds.  Returns 0 or -ENOMEM. */
int bw_simulate(const struct bw_policy *policy, const struct bw_lessons *lessons, uint64_t since,
		struct bw_simulation *ret_simulation);

#endif
