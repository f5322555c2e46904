// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - enforcer: what was used of budgets, and when it comes back (INV-6)
 */
#include <errno.h>
#include <time.h>

#include "enforcer_internal.h"

#include "budget.h"

#define SECOND_NS 1000000000ULL

/* usage_clock() of the programs. */
static uint64_t usage_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

/* The oldest part that counts for something is the next one to go. */
static void back_find(const struct bw_usage *usage, uint64_t now, struct bw_budget_use *use)
{
	uint64_t part_ns = budget_part_ns(usage->every_ns);

	for (uint64_t age = BW_BUDGET_PARTS + 1; age-- > 0;) {
		uint64_t number = usage->newest - age;
		const struct bw_usage_part *part = &usage->parts[number & (BW_BUDGET_RING - 1)];

		if (!part->bytes && !part->files)
			continue;

		use->back_bytes = part->bytes;
		use->back_files = part->files;
		use->back_distinct = part->distinct;
		use->back_ns = (number + BW_BUDGET_PARTS + 1) * part_ns - now;
		return;
	}
}

void bw_budget_use_fill(const struct bw_usage *usage, uint64_t now, struct bw_budget_use *ret_use)
{
	const struct bw_budget budget = { .every_ns = usage->every_ns };
	struct bw_usage known = *usage;

	*ret_use = (struct bw_budget_use){ .key = ret_use->key };
	if (!known.every_ns)
		return;

	usage_advance(&known, &budget, now);
	ret_use->bytes = known.bytes;
	ret_use->files = known.files;
	ret_use->distinct = known.distinct;
	ret_use->distinct_max = known.distinct_max;
	ret_use->warned = usage_is_warned(&known);
	back_find(&known, now, ret_use);
}

int bw_enforcer_budgets(const struct bw_enforcer *enforcer,
			int (*each)(void *context, const struct bw_budget_use *use), void *context)
{
	int usages = bpf_map__fd(enforcer->bpf->maps.usages);
	struct bw_usage_key *previous = NULL;
	struct bw_budget_use use = { 0 };
	struct bw_usage_slot slot;
	struct bw_usage_key key;
	uint64_t now = usage_ns();
	int err = 0;

	while (!err && bpf_map_get_next_key(usages, previous, &key) == 0) {
		previous = &key;
		/* Gone meanwhile, since it didn't count any more. */
		if (bpf_map_lookup_elem_flags(usages, &key, &slot, BPF_F_LOCK))
			continue;

		use.key = key;
		bw_budget_use_fill(&slot.usage, now, &use);
		if (use.bytes || use.files)
			err = each(context, &use);
	}
	return err;
}
