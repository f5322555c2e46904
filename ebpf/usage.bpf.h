/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - whose usage of a budget it is, and what counts of it
 */
#ifndef BULWARK_USAGE_BPF_H
#define BULWARK_USAGE_BPF_H

#include "access.bpf.h"

/* Of the name's @len bytes, and nothing of what was there before. */
static __always_inline __u64 unit_name_hash(const char *name, __u32 len)
{
	__u64 hash = BW_NAME_HASH_BASIS;

	for (__u32 i = 0; i < BW_UNIT_SIZE; i++)
		hash = (hash ^ (__u8)(name[i] & mask_less(i, len))) * BW_NAME_HASH_PRIME;
	return hash;
}

/* Of the unit that the task at hand is in. */
static __noinline __maybe_unused __u64 unit_hash(void)
{
	char unit[BW_UNIT_SIZE] = {};
	__u32 len = unit_read(bpf_get_current_task_btf(), unit);

	return unit_name_hash(unit, len);
}

/* Whose usage it is if the task at hand reads: @unit is the hash of its unit's name. */
static __noinline void whom_fill(struct bw_usage_key *key, __u32 per, __u64 unit)
{
	struct task_struct *task = bpf_get_current_task_btf();

	key->per = per;
	switch (per) {
	case BW_BUDGET_PROCESS:
		key->who = task->group_leader->start_boottime;
		key->pid = task->tgid;
		break;
	case BW_BUDGET_SESSION:
		key->who = task->sessionid;
		break;
	case BW_BUDGET_USER:
		key->who = task_uid(task);
		break;
	case BW_BUDGET_UNIT:
		key->who = unit;
		break;
	default:
		/* All share it: an unknown word narrows. */
		break;
	}
}

/* What counts now; nothing, if nothing was charged. */
static __always_inline void totals_read(struct bw_totals *totals, const struct bw_usage_key *key)
{
	struct bw_usage_slot *slot = bpf_map_lookup_elem(&usages, key);

	if (!slot)
		return;

	bpf_spin_lock(&slot->lock);
	totals->bytes = slot->usage.bytes;
	totals->files = slot->usage.files;
	totals->distinct = slot->usage.distinct;
	bpf_spin_unlock(&slot->lock);
}

#endif
