/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - one access, and by which grant it is had
 */
#ifndef BULWARK_ACCESS_BPF_H
#define BULWARK_ACCESS_BPF_H

#include "object.bpf.h"

/**
 * struct access - One access, from what is known at the hook to the verdict
 *
 * @inode: What is to be read.
 * @dentry: A name of it, held by the caller.
 * @policy: That decides.
 * @stamp: Of bw_state, read before @policy.
 * @generation: Of @policy.
 * @detail: In its place where no policy decides: see struct bw_event.
 * @set: Number of the set, 0 when the file can't be placed.
 * @channel: enum bw_channel.
 * @verdict: enum bw_verdict.
 * @reason: enum bw_reason.
 * @target: See struct bw_event.
 * @grant: In its place where a policy decides: index, plus 1, of the executable's grant whose
 *	budget has a say, or GRANT_OTHERS; 0 for none.
 */
struct access {
	struct inode *inode;
	struct dentry *dentry;
	void *policy;
	__u64 stamp;
	union {
		__u32 generation;
		__u32 detail;
	};
	__u16 set;
	__u16 channel;
	__u16 verdict;
	__u16 reason;
	union {
		__u32 target;
		__u32 grant;
	};
};

/* Those whom no grant fits. */
#define GRANT_OTHERS (~0U)

/* No policy has a say in it. */
static __always_inline bool access_is_tampering(const struct access *access)
{
	return access->channel & BW_CHANNEL_TAMPER;
}

/* A limit stands against it, or is nearly reached; and whose it is is known. */
static __always_inline bool access_is_about_budget(const struct access *access)
{
	return access->policy && !access_is_tampering(access) && access->grant &&
	       (access->reason == BW_REASON_BUDGET_BYTES ||
		access->reason == BW_REASON_BUDGET_FILES ||
		access->reason == BW_REASON_BUDGET_COVERAGE);
}

/* What a set leaves to those whom no grant fits; NULL for nothing. */
static __always_inline struct bw_grant *others_get(const struct access *access)
{
	struct bw_rule_key key = { .kind = BW_RULE_OTHERS, .set = access->set };
	struct bw_rule *rule = bpf_map_lookup_elem(access->policy, &key);

	return rule ? &rule->grant : NULL;
}

/* The grant whose budget has a say; NULL if that can't be told any more. */
static __always_inline struct bw_grant *grant_get(const struct access *access)
{
	struct bw_subject *subject = subject_of(bpf_get_current_task_btf());
	struct bw_rule_key key = {
		.kind = BW_RULE_GRANT,
		.set = access->set,
		.index = access->grant - 1,
	};
	struct bw_rule *rule;

	if (access->grant == GRANT_OTHERS)
		return others_get(access);

	if (!subject)
		return NULL;

	key.file = subject->exe;
	rule = bpf_map_lookup_elem(access->policy, &key);
	return rule ? &rule->grant : NULL;
}

#endif
