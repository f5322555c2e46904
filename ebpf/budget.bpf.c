// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - budgets: the one place that charges, under each usage's own lock
 */
#include "charge.bpf.h"

/* From here on nothing is charged to it. */
static __always_inline bool slot_doom(struct bw_usage_slot *slot, __u64 now)
{
	__u32 doomed;

	bpf_spin_lock(&slot->lock);
	if (usage_is_over(&slot->usage, now))
		slot->doomed = 1;
	doomed = slot->doomed;
	bpf_spin_unlock(&slot->lock);
	return doomed;
}

/*
 * 6.1 takes a callback's argument for no value with a lock: it is looked up once more.  Counts
 * nothing, so that newer verifiers see that one round is like the other.
 */
static long slot_evict(struct bpf_map *map, const struct bw_usage_key *found,
		       struct bw_usage_slot *value, const __u64 *now)
{
	struct bw_usage_key key = *found;
	struct bw_usage_slot *slot = bpf_map_lookup_elem(&usages, &key);

	if (slot && slot_doom(slot, *now))
		(void)bpf_map_delete_elem(&usages, &key);
	return 0;
}

static __always_inline void usages_evict(void)
{
	__u64 now = usage_clock();

	bpf_for_each_map_elem(&usages, slot_evict, &now, 0);
}

static __noinline void slot_add(const struct bw_usage_key *key)
{
	static const struct bw_usage_slot none;
	/* Not long: of what the kernel's function returns only the lower half is set. */
	int err = bpf_map_update_elem(&usages, key, &none, BPF_NOEXIST);

	if (err != -E2BIG)
		return;

	usages_evict();
	(void)bpf_map_update_elem(&usages, key, &none, BPF_NOEXIST);
}

/* Fails closed: there is none while so many count, and then the charge is refused. */
static __always_inline struct bw_usage_slot *slot_get(const struct bw_usage_key *key)
{
	struct bw_usage_slot *slot = bpf_map_lookup_elem(&usages, key);

	if (slot)
		return slot;

	slot_add(key);
	return bpf_map_lookup_elem(&usages, key);
}

static __always_inline __u32 slot_charge(struct bw_usage_slot *slot, __u64 *use,
					 const struct bw_budget *budget, __u64 amount, __u64 fresh,
					 struct reserve *reserve)
{
	__u32 serial = serial_for(&slot->usage, budget);
	__u64 tick = bpf_jiffies64();
	__u64 now = usage_clock();
	__u32 reason = BW_REASON_NO_MEMORY;
	__u32 warning = 0;

	bpf_spin_lock(&slot->lock);
	if (reserve)
		reserve_return(reserve, &slot->usage);
	if (!slot->doomed)
		reason = budget_charge(&slot->usage, use, budget, now, amount, fresh, serial);
	if (reason == BW_REASON_GRANTED && reserve)
		reserve_fill(reserve, &slot->usage, budget, amount, now, tick);
	if (reason == BW_REASON_GRANTED)
		warning = budget_warn(&slot->usage, budget, fresh);
	bpf_spin_unlock(&slot->lock);
	return reason | warning << CHARGED_WARNING_SHIFT;
}

__u32 charge_take(const struct charge *charge, struct file_uses *uses,
		  const struct bw_budget *budget, __u64 fresh, struct reserve *reserve)
{
	__u64 forgotten = 0, *use = &forgotten;
	struct bw_usage_slot *slot;
	struct bw_usage_key key;
	__u32 reason;

	if (!charge || !budget)
		return BW_REASON_NO_MEMORY;

	/* A verifier of 6.1 takes no argument's memory for a key. */
	key = charge->key;
	slot = slot_get(&key);
	if (!slot)
		return BW_REASON_NO_MEMORY;

	if (uses)
		use = use_find(uses, &slot->usage);
	reason = slot_charge(slot, use, budget, charge->amount, fresh, reserve);

	if (bpf_map_lookup_elem(&usages, &key) == slot)
		return reason;

	/* It was taken out, and perhaps given to somebody else, before the lock was taken. */
	if (reserve)
		reserve_void(reserve);
	return BW_REASON_NO_MEMORY;
}
