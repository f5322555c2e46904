/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - who asks: a task's identity, user and unit, and what they may read
 */
#ifndef BULWARK_SUBJECT_BPF_H
#define BULWARK_SUBJECT_BPF_H

#include "bytes.bpf.h"
#include "content.bpf.h"

#include <bpf/bpf_core_read.h>

/* Cgroups above a process; deeper ones have no unit. */
#define CGROUP_DEPTH_MAX 32

#define SECOND_NS 1000000000ULL

/* ".slice" and its NUL. */
#define SLICE_SUFFIX_SIZE 7

static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *node)
{
	struct kernfs_node___rcu *newer = (void *)node;

	if (bpf_core_field_exists(newer->__parent))
		return BPF_CORE_READ(newer, __parent);

	return BPF_CORE_READ(node, parent);
}

/* "system.slice" and the like group units, and are none for our purpose. */
static __always_inline bool name_is_slice(const char *name, long size)
{
	const char *suffix;

	if (size < SLICE_SUFFIX_SIZE || size > BW_UNIT_SIZE)
		return false;

	suffix = name + (size - SLICE_SUFFIX_SIZE);
	return suffix[0] == '.' && suffix[1] == 's' && suffix[2] == 'l' && suffix[3] == 'i' &&
	       suffix[4] == 'c' && suffix[5] == 'e';
}

/**
 * struct unit_walk - From a process's cgroup up to the root
 *
 * @node: Cgroup to look at next.
 * @unit: Topmost so far that is no slice.
 * @name: Room for a name, BW_UNIT_SIZE bytes.
 */
struct unit_walk {
	struct kernfs_node *node;
	struct kernfs_node *unit;
	char *name;
};

static long unit_step(__u32 index, struct unit_walk *walk)
{
	struct kernfs_node *node = walk->node;
	struct kernfs_node *parent = kernfs_parent(node);
	long size;

	if (!parent)
		return 1;

	size = bpf_probe_read_kernel_str(walk->name, BW_UNIT_SIZE, BPF_CORE_READ(node, name));
	if (!name_is_slice(walk->name, size))
		walk->unit = node;

	walk->node = parent;
	return 0;
}

/*
 * The unit is the topmost cgroup that is no slice, as systemd itself has it:
 * what lies below a service may be delegated, and then be given any name.
 * Writes BW_UNIT_SIZE bytes; returns the name's length, or BW_UNIT_SIZE for a
 * name that was cut and therefore matches nothing.
 */
static __noinline __u32 unit_read(struct task_struct *task, char *unit)
{
	struct unit_walk walk = {
		.node = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn),
		.name = unit,
	};
	struct kernfs_node *top;
	long size;

	bpf_loop(CGROUP_DEPTH_MAX, unit_step, &walk, 0);

	/* Not at the root yet: what is above could be anything. */
	top = walk.unit;
	if (!top || kernfs_parent(walk.node)) {
		unit[0] = '\0';
		return 0;
	}

	size = bpf_probe_read_kernel_str(unit, BW_UNIT_SIZE, BPF_CORE_READ(top, name));
	if (size <= 0)
		return 0;

	return size == BW_UNIT_SIZE ? BW_UNIT_SIZE : size - 1;
}

/* A kernel thread acts for anybody: it has no identity (R11). */
static __always_inline struct bw_subject *subject_of(struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;

	if (task->flags & PF_KTHREAD)
		return NULL;

	return bpf_task_storage_get(&subjects, leader, NULL, 0);
}

/* The user who started it all: hooks may run under borrowed credentials. */
static __always_inline __u32 task_uid(struct task_struct *task)
{
	return task->real_cred->uid.val;
}

static __always_inline __u32 task_gid(const struct task_struct *task)
{
	return task->real_cred->gid.val;
}

/*
 * An answer is a reason and, where that is BW_REASON_GRANTED, the index of the rule and
 * whether it has a budget, and must be asked each time.  Under break-glass nothing goes
 * uncounted: it has one.
 */
#define ANSWER_REASON_MASK 0xffU
#define ANSWER_INDEX_SHIFT 8
#define ANSWER_INDEX_MASK 0xffU
#define ANSWER_BUDGET 0x10000U
#define ANSWER_ANEW 0x20000U

/* What may change without an exec, or another user or cgroup: no favour knows of it. */
#define GRANT_FLAGS_ANEW (BW_GRANT_HOURS | BW_GRANT_GROUP | BW_GRANT_LOGIN)

/**
 * struct judging - One subject before its executable's grants
 *
 * @policy: In force.
 * @who: The subject, and...
 * @subject, @task: ...where that is from.
 * @key: Of the grant to look at next.
 * @reason: The best answer so far.
 * @bits: ANSWER_* bits of the last grant that was looked at.
 */
struct judging {
	void *policy;
	struct bw_who *who;
	const struct bw_subject *subject;
	struct task_struct *task;
	struct bw_rule_key key;
	__u32 reason;
	__u32 bits;
};

static __always_inline __u32 grant_bits(const struct bw_grant *grant)
{
	bool metered = grant->budget.per != BW_BUDGET_NONE || grant->flags & BW_GRANT_GLASS;

	return (metered ? ANSWER_BUDGET : 0) | (grant->flags & GRANT_FLAGS_ANEW ? ANSWER_ANEW : 0);
}

/*
 * By the version that the process was started from.  Who was started before the executable was
 * in `contents` goes by the one of now: while a file runs as somebody's executable the kernel
 * lets nobody open it for writing (ETXTBSY), so what was verified is what runs.
 */
static __always_inline bool is_verified(const struct bw_grant *grant,
					const struct bw_subject *subject)
{
	__u64 version = subject->content;

	if (!(grant->flags & BW_GRANT_DIGEST))
		return true;

	return content_matches(grant->content, version ? version : content_version(&subject->exe));
}

/* Before the end of break-glass; nothing else has one. */
static __always_inline bool is_in_time(const struct bw_grant *grant)
{
	return grant->flags & BW_GRANT_GLASS && bpf_ktime_get_boot_ns() < grant->until_ns;
}

/* WHO_* bits. */
static __always_inline __u32 who_of_grant(const struct judging *judging,
					  const struct bw_grant *grant)
{
	__u32 flags = is_verified(grant, judging->subject) ? WHO_VERIFIED : 0;

	if (is_in_time(grant))
		flags |= WHO_IN_TIME;
	if (script_matches(&grant->script, &judging->subject->script))
		flags |= WHO_STARTED;
	if (grant->gid == task_gid(judging->task))
		flags |= WHO_IN_GROUP;
	return flags;
}

/* What of the subject depends on the grant at hand. */
static __always_inline void who_settle(struct judging *judging, const struct bw_grant *grant)
{
	__u32 flags = who_of_grant(judging, grant);
	struct bw_who *who = judging->who;

	who->flags = forget((who->flags & ~WHO_OF_GRANT) | flags, judging->subject->since_ns);
	if (grant->flags & BW_GRANT_HOURS)
		who->now = bpf_ktime_get_tai_ns() / SECOND_NS;
}

static long judge_step(__u32 index, struct judging *judging)
{
	struct bw_rule *rule;

	judging->key.index = index;
	rule = bpf_map_lookup_elem(judging->policy, &judging->key);
	if (!rule)
		return 1;

	judging->bits = forget(grant_bits(&rule->grant), rule->grant.flags);
	who_settle(judging, &rule->grant);
	judging->reason = grant_answer(&rule->grant, judging->who, judging->reason);
	return judging->reason == BW_REASON_GRANTED;
}

/*
 * Do the rules of one kind and set hold for this task?  BW_REASON_GRANTED, or what
 * stands against it.  @any_exe: those for any executable, not those for its own.
 */
static __noinline __maybe_unused __u32 rules_answer(struct task_struct *task, void *policy,
						    __u32 kind, __u32 set, bool any_exe)
{
	struct bw_who who = {};
	struct judging judging = {
		.policy = policy,
		.who = &who,
		.task = task,
		.key = { .kind = kind, .set = set },
	};
	struct bw_subject *subject = subject_of(task);

	if (!subject)
		return BW_REASON_NO_IDENTITY;

	judging.subject = subject;
	who.flags = subject->flags;
	if (!(who.flags & BW_SUBJECT_KNOWN))
		return BW_REASON_NO_IDENTITY;

	who.uid = task_uid(task);
	who.login = task->loginuid.val;
	who.now = forget(0, subject->since_ns);
	who.unit_len = unit_read(task, who.unit);
	if (!any_exe)
		judging.key.file = subject->exe;
	judging.reason = forget(BW_REASON_NO_GRANT, who.flags);
	judging.bits = forget(0, who.flags);

	bpf_loop(BW_GRANTS_PER_EXE_MAX, judge_step, &judging, 0);
	return judging.reason | (__u32)judging.key.index << ANSWER_INDEX_SHIFT | judging.bits;
}

static __always_inline __maybe_unused enum bw_reason
rules_judge(struct task_struct *task, void *policy, __u32 kind, __u32 set, bool any_exe)
{
	return rules_answer(task, policy, kind, set, any_exe) & ANSWER_REASON_MASK;
}

/*
 * The reason of an answer where nobody can count what is read: a grant with a budget isn't
 * enough (INV-6).
 */
static __always_inline __maybe_unused enum bw_reason answer_unmetered(__u32 answer)
{
	enum bw_reason reason = answer & ANSWER_REASON_MASK;

	return reason == BW_REASON_GRANTED && answer & ANSWER_BUDGET ? BW_REASON_BUDGET_BYTES
								     : reason;
}

/* May this task read this set, however much of it? */
static __always_inline __maybe_unused enum bw_reason
subject_judge_unmetered(struct task_struct *task, void *policy, __u32 set)
{
	return answer_unmetered(rules_answer(task, policy, BW_RULE_GRANT, set, false));
}

/* May this task read this set? */
static __always_inline __maybe_unused enum bw_reason subject_judge(struct task_struct *task,
								   void *policy, __u32 set)
{
	return rules_judge(task, policy, BW_RULE_GRANT, set, false);
}

#endif
