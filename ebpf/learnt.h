/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what is learnt of a subject, one access after the other.  Pure, as verdict.h is
 */
#ifndef BULWARK_LEARNT_H
#define BULWARK_LEARNT_H

#include <stdbool.h>

#include "budget.h"
#include "hours_judge.h"

enum learnt_kind {
	LEARNT_OPEN = 1,
	LEARNT_READ = 2,
	LEARNT_WRITE = 3,
};

/* What is read counts as a budget of one day without limits would count it. */
static const struct bw_budget learnt_budget = {
	.every_ns = BW_LEARNT_EVERY_NS,
	.bytes = BW_BUDGET_NO_BYTES,
	.files = BW_BUDGET_NO_FILES,
};

/* The half hour of a week in which a moment lies, of UTC's but for leap seconds. */
static inline __u32 learnt_slot(__u64 tai)
{
	__u64 first = HOURS_FIRST_DAY * (BW_LEARNT_SLOTS / HOURS_WEEK_DAYS);

	return (tai / BW_LEARNT_SLOT_S + first) % BW_LEARNT_SLOTS;
}

/*
 * In BPF the compiler mustn't know that it is small: it would leave out the mask, which the
 * verifier wants to see.
 */
static inline __u32 learnt_word(__u32 slot)
{
	__u32 word = slot / 64;

#ifdef __bpf__
	asm volatile("" : "+r"(word));
#endif
	return word & (BW_LEARNT_WORDS - 1);
}

static inline void learnt_charge(struct bw_learnt *learnt, __u64 amount, __u64 *use, __u32 serial,
				 __u64 now)
{
	learnt->reads++;
	learnt->bytes += amount;
	(void)budget_charge(&learnt->usage, use, &learnt_budget, now, amount, 0, serial);
	if (learnt->usage.bytes > learnt->most_bytes)
		learnt->most_bytes = learnt->usage.bytes;
	if (learnt->usage.files > learnt->most_files)
		learnt->most_files = learnt->usage.files;
}

/* Of one more access. */
static inline void learnt_group(struct bw_learnt *learnt, __u32 gid)
{
	if (!learnt->gids) {
		learnt->gid = gid;
		learnt->gids = 1;
	}
	if (learnt->gid != gid)
		learnt->gids = 2;
}

/*
 * One more access.  The caller keeps others from @learnt.
 *
 * @use, @serial, @now: As budget_charge() takes them.
 * @tai: CLOCK_TAI, in seconds.
 */
static inline void learnt_add(struct bw_learnt *learnt, enum learnt_kind kind, __u64 amount,
			      __u64 *use, __u32 serial, __u64 now, __u64 tai)
{
	__u32 slot = learnt_slot(tai);

	if (kind == LEARNT_OPEN)
		learnt->opens++;
	if (kind == LEARNT_READ)
		learnt_charge(learnt, amount, use, serial, now);
	if (!learnt->first)
		learnt->first = tai;
	learnt->last = tai;
	learnt->slots[learnt_word(slot)] |= 1ULL << (slot & 63);
}

#endif
