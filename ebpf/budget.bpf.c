// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - budgets: the one place that charges, under each usage's own lock
 */
#include "maps.bpf.h"

#include "budget.h"

/* Fails closed: there is none when all are taken, and then the charge is refused. */
static __always_inline struct usage *usage_get(const struct bw_usage_key *key)
{
	static const struct usage none;
	struct usage *usage = bpf_map_lookup_elem(&usages, key);

	if (usage)
		return usage;

	(void)bpf_map_update_elem(&usages, key, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(&usages, key);
}

/* The file's memory of this usage, or the place that it gets. */
static __always_inline __u64 *use_find(struct file_uses *uses, const struct bw_usage *usage)
{
	__u64 *spare = &uses->words[usage->serial & (BW_USES_PER_FILE - 1)];

	for (__u32 i = 0; i < BW_USES_PER_FILE; i++) {
		__u64 word = *(volatile __u64 *)&uses->words[i];

		if (word && use_is_of(usage, word))
			return &uses->words[i];
		if (!word)
			spare = &uses->words[i];
	}
	return spare;
}

/* Drawn before the lock: who comes too late with none asks once more. */
static __always_inline __u32 serial_for(const struct bw_usage *usage,
					const struct bw_budget *budget)
{
	__u32 serial;

	if (!usage_is_stale(usage, budget))
		return 0;

	serial = __sync_fetch_and_add(&state.serials, 1) + 1;
	return serial ? serial : 1;
}

__u32 charge_take(struct charge *charge, struct file_uses *uses)
{
	__u64 forgotten = 0, *use = &forgotten;
	struct bw_usage_key key;
	struct usage *usage;
	__u32 reason, serial;
	__u64 now;

	if (!charge)
		return BW_REASON_NO_MEMORY;

	/* A verifier of 6.1 takes no argument's memory for a key. */
	key = charge->key;
	usage = usage_get(&key);
	if (!usage)
		return BW_REASON_NO_MEMORY;

	serial = serial_for(&usage->sums, &charge->budget);
	if (uses)
		use = use_find(uses, &usage->sums);
	now = bpf_ktime_get_boot_ns();

	bpf_spin_lock(&usage->lock);
	reason = budget_charge(&usage->sums, use, &charge->budget, now, charge->amount, serial);
	bpf_spin_unlock(&usage->lock);
	return reason;
}
