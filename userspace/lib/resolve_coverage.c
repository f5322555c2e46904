// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - resolver: how large a set is, and how much a share of it
 *
 * Nobody may make a set look larger than it is, or more of it could be read: by holes in files,
 * further names of them, or another way to them (INV-6).
 */
#include <sys/sysmacros.h>

#include "cleanup.h"
#include "resolver.h"

/* Bytes of st_blocks, whatever the filesystem's own blocks are. */
#define BLOCK_BYTES 512

/* Pieces that a share of a set is cut into, at most; and how small one may be. */
#define PIECES_AIM 4096
#define PIECE_SHIFT_MIN 12

uint64_t coverage_bytes(uint64_t size, uint64_t blocks, uint64_t links)
{
	uint64_t held = blocks * BLOCK_BYTES;

	return (size < held ? size : held) / (links ? links : 1);
}

void coverage_add(struct resolver *resolver, const struct place *top, const struct statx *status)
{
	/* What is mounted, or a subvolume, may show what is elsewhere in the set. */
	if (makedev(status->stx_dev_major, status->stx_dev_minor) == top->dev)
		resolver->set_bytes[top->set] +=
			coverage_bytes(status->stx_size, status->stx_blocks, status->stx_nlink);
}

bool place_is_first(const struct resolver *resolver, const struct place *place)
{
	size_t i = places_by_inode(resolver, place->dev, place->ino);

	/* There is one at least: this one. */
	while (resolver->places.items[resolver->by_inode[i]].anchor != BW_ANCHOR_PROTECT)
		i++;
	return &resolver->places.items[resolver->by_inode[i]] == place;
}

static void limit_set(struct bw_budget *budget, uint64_t distinct)
{
	budget->distinct = distinct;
	budget->piece_shift = PIECE_SHIFT_MIN;
	while (distinct >> budget->piece_shift > PIECES_AIM)
		budget->piece_shift++;
}

static void budget_fill(struct bw_budget *budget, uint64_t set_bytes)
{
	if (budget->coverage)
		limit_set(budget, set_bytes / 100 * budget->coverage +
					  set_bytes % 100 * budget->coverage / 100);
}

static bool bears_budget(const struct bw_rule_entry *entry)
{
	return entry->key.kind == BW_RULE_GRANT || entry->key.kind == BW_RULE_OTHERS;
}

void coverages_fill(struct bw_rules *rules)
{
	for (size_t i = 0; i < rules->len; i++) {
		struct bw_rule_entry *entry = &rules->items[i];

		if (bears_budget(entry))
			budget_fill(&entry->rule.grant.budget, rules->set_bytes[entry->key.set]);
	}
	for (size_t i = 0; i < rules->grants_len; i++)
		budget_fill(&rules->grants[i].grant.budget, rules->set_bytes[rules->grants[i].set]);
}

/* Of one share it is what it was, and no smaller one becomes a larger one. */
static void budget_tighten(struct bw_budget *budget, const struct bw_rules *in_force)
{
	for (size_t i = 0; i < in_force->len && budget->coverage; i++) {
		const struct bw_budget *before = &in_force->items[i].rule.grant.budget;

		/* Nothing was found: the set wasn't mounted yet. */
		if (!bears_budget(&in_force->items[i]) || before->id != budget->id ||
		    !before->coverage || !before->distinct)
			continue;

		if (before->coverage == budget->coverage || before->distinct < budget->distinct)
			limit_set(budget, before->distinct);
	}
}

void coverages_tighten(struct bw_rules *rules, const struct bw_rules *in_force)
{
	for (size_t i = 0; i < rules->len; i++)
		if (bears_budget(&rules->items[i]))
			budget_tighten(&rules->items[i].rule.grant.budget, in_force);

	for (size_t i = 0; i < rules->grants_len; i++)
		budget_tighten(&rules->grants[i].grant.budget, in_force);
}

static bool has_coverage(const struct bw_policy *policy)
{
	for (size_t i = 0; i < policy->grants_len; i++)
		if (policy->grants[i].budget.coverage)
			return true;

	return policy->others.coverage;
}

int coverages_judge(struct resolver *resolver, const struct bw_rules *rules)
{
	int err = 0;

	for (size_t i = 0; i < resolver->policies->len && !err; i++) {
		const struct bw_policy *policy = resolver->policies->items[i];

		if (has_coverage(policy) && !rules->set_bytes[number_of_name(rules, policy->set)])
			err = resolver_say(
				resolver, policy, policy->set_at, true,
				"no bytes were found in set '%s': 'coverage' lets nobody "
				"read anything of it until it is resolved again",
				policy->set);
	}
	return err;
}
