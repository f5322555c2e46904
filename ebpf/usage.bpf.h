/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - whose usage of a budget it is, and what counts of it
 */
#ifndef BULWARK_USAGE_BPF_H
#define BULWARK_USAGE_BPF_H

#include "access.bpf.h"

/* Of the unit that the task at hand is in. */
static __noinline __maybe_unused __u64 unit_hash(void)
{
	struct unit_name unit = {};
	__u32 len = unit_read(bpf_get_current_task_btf(), unit.bytes);

	return unit_name_hash(&unit, len);
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
