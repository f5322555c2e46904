/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - counts verdicts, and tells of each that differs (INV-7)
 */
#ifndef BULWARK_REPORT_BPF_H
#define BULWARK_REPORT_BPF_H

#include "access.bpf.h"

/*
 * The module's; not there when Bulwark runs without it.  Only one object says
 * where it comes from: libbpf 1.1 can't link two that do.
 */
#ifdef BULWARK_AUDIT_HERE
extern void bulwark_audit(const struct bw_audit *audit) __ksym __weak;
#else
extern void bulwark_audit(const struct bw_audit *audit) __weak;
#endif

/*
 * Fills an event and submits it; @grant: whose budget it is about, or NULL.  Global: see
 * bytes.bpf.h.  A verifier takes all that @access points to for changed by it.
 */
__u32 event_submit(const struct access *access, const struct bw_grant *grant, __u32 type,
		   __u64 sequence);

static __noinline void event_tell(const struct access *access, __u32 type, __u64 sequence)
{
	struct access told = *access;
	struct bw_grant *grant = access_is_about_budget(access) ? grant_get(access) : NULL;

	(void)event_submit(&told, grant, type, sequence);
}

/* In the audit context of the refused call, without any daemon of ours. */
static __noinline void audit_write(const struct access *access, __u64 sequence)
{
	struct bw_audit audit = {
		.sequence = sequence,
		.file = file_key(access->inode),
		.generation = access_is_tampering(access) ? 0 : access->generation,
		.channel = access->channel,
		.verdict = access->verdict,
		.reason = access->reason,
	};
	__u32 set = access->set;
	struct bw_set_name *name = bpf_map_lookup_elem(&set_names, &set);

	if (name)
		__builtin_memcpy(audit.set_name, name->name, sizeof(audit.set_name));

	bulwark_audit(&audit);
}

static __always_inline struct bw_refusal_key refusal_key(const struct access *access)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct bw_subject *subject = subject_of(task);
	struct bw_refusal_key key = {
		.start_ns = task->group_leader->start_boottime,
		.pid = task->tgid,
		.uid = task_uid(task),
		.set = access->set,
		.reason = access->reason,
		.channel = access->channel,
		.verdict = access->verdict,
	};

	if (access->reason == BW_REASON_GLASS)
		key.exe = file_key(access->inode);
	else if (subject)
		key.exe = subject->exe;
	return key;
}

static __always_inline bool refusal_repeats(const struct bw_refusal_key *key)
{
	struct bw_refusal_count *known = bpf_map_lookup_elem(&refusals, key);

	if (!known)
		return false;

	__sync_fetch_and_add(&known->count, 1);
	known->last_ns = bpf_ktime_get_boot_ns();
	return true;
}

/* True for the first of its kind, and when there is no room to tell. */
static __noinline bool refusal_is_new(const struct bw_refusal_key *key)
{
	struct bw_refusal_count first = { .count = 1 };

	if (refusal_repeats(key))
		return false;

	first.last_ns = bpf_ktime_get_boot_ns();
	if (!bpf_map_update_elem(&refusals, key, &first, BPF_NOEXIST))
		return true;

	/* Another thread of the process was first, or the map is full. */
	return !refusal_repeats(key);
}

static __always_inline __u64 sequence_next(void)
{
	return __sync_fetch_and_add(&state.sequence, 1) + 1;
}

/* The first of its kind makes an event and an audit record (INV-7). */
static __always_inline void refusal_tell(const struct access *access, __u32 type)
{
	struct bw_refusal_key key = refusal_key(access);
	struct bw_refusal_count *count;
	__u64 sequence;

	if (!refusal_is_new(&key))
		return;

	sequence = sequence_next();
	count = bpf_map_lookup_elem(&refusals, &key);
	if (count)
		count->sequence = sequence;

	event_tell(access, type, sequence);
	if (have_audit)
		audit_write(access, sequence);
}

/*
 * Counted always, told once (INV-7), as is what a process reads of a file under break-glass.
 * The decoy's refusals are nobody's business.
 */
static __noinline __maybe_unused void refusal_report(const struct access *access)
{
	bool allowed = access->verdict == BW_VERDICT_ALLOW;

	if (access->set == BW_SET_CANARY) {
		__sync_fetch_and_add(&state.canaries, 1);
		return;
	}

	if (access->verdict == BW_VERDICT_DENY)
		__sync_fetch_and_add(&state.refused, 1);
	else if (!allowed)
		__sync_fetch_and_add(&state.would_refuse, 1);

	refusal_tell(access, allowed ? BW_EVENT_GLASS : BW_EVENT_REFUSAL);
}

#endif
