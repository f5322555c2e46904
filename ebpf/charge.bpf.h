/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what charging a usage needs, whose ever it is: a file's memory, a serial
 */
#ifndef BULWARK_CHARGE_BPF_H
#define BULWARK_CHARGE_BPF_H

#include "bytes.bpf.h"

#include "budget.h"

/* The file's memory of this usage, or the place that it gets. */
static __always_inline __maybe_unused __u64 *use_find(struct file_uses *uses,
						      const struct bw_usage *usage)
{
	__u32 place = usage->serial;

	for (__u32 i = 0; i < BW_USES_PER_FILE; i++) {
		__u64 word = *(volatile __u64 *)&uses->words[i];
		bool found = word && use_is_of(usage, word);

		if (found || !word)
			place = i;
		if (found)
			break;
	}
	return &uses->words[forget(place, usage->serial) & (BW_USES_PER_FILE - 1)];
}

/*
 * Of usages.  It stands still while the host sleeps, and so windows are never shorter for
 * anybody who is awake.
 */
static __always_inline __maybe_unused __u64 usage_clock(void)
{
	return bpf_ktime_get_ns();
}

/* Drawn before the lock: who comes too late with none asks once more. */
static __always_inline __maybe_unused __u32 serial_for(const struct bw_usage *usage,
						       const struct bw_budget *budget)
{
	__u32 serial;

	if (!usage_is_stale(usage, budget))
		return 0;

	serial = __sync_fetch_and_add(&state.serials, 1) + 1;
	return serial ? serial : 1;
}

#endif
