/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - counts verdicts, and tells of each that differs (INV-7)
 */
#ifndef BULWARK_REPORT_BPF_H
#define BULWARK_REPORT_BPF_H

#include "usage.bpf.h"

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
 * The names from a dentry upwards; what doesn't fit is told by the top bit of
 * the count.
 */
#define NAMES_CUT 0x80000000U

static __always_inline __u32 names_read(char (*names)[BW_EVENT_NAME_SIZE], __u32 names_max,
					struct dentry *dentry)
{
	for (__u32 i = 0; i < names_max; i++) {
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);

		if (parent == dentry)
			return i;

		bpf_probe_read_kernel_str(names[i], BW_EVENT_NAME_SIZE,
					  BPF_CORE_READ(dentry, d_name.name));
		dentry = parent;
	}
	return dentry == BPF_CORE_READ(dentry, d_parent) ? names_max : names_max | NAMES_CUT;
}

/* An overlay's real file is held by a dentry of the overlay: take its own. */
static __always_inline struct dentry *naming_dentry(const struct access *access)
{
	struct dentry *dentry = access->dentry;
	struct inode *inode = access->inode;
	struct hlist_node *first;

	if (BPF_CORE_READ(dentry, d_inode) == inode)
		return dentry;

	first = BPF_CORE_READ(inode, i_dentry.first);
	return first ? alias_dentry(first) : dentry;
}

static __noinline void event_fill_file(struct bw_event *event, const struct access *access)
{
	__u32 len = names_read(event->names, BW_EVENT_NAMES, naming_dentry(access));
	struct inode *inode = access->inode;

	event->file = file_key(inode);
	event->file_size = BPF_CORE_READ(inode, i_size);
	event->names_len = len & ~NAMES_CUT;
	event->names_cut = !!(len & NAMES_CUT);
}

/*
 * The names of the file that the task was started from, as names_read() has them.  Only while
 * the process still shows that file, which is @exe.
 */
static __noinline __maybe_unused __u32 exe_names_read(char (*names)[BW_EVENT_NAME_SIZE],
						      const struct bw_file_key *exe,
						      struct task_struct *task)
{
	struct file *file = BPF_CORE_READ(task, mm, exe_file);
	struct bw_file_key key;

	if (!file)
		return 0;

	key = file_key(BPF_CORE_READ(file, f_inode));
	if (key.ino != exe->ino || key.dev != exe->dev || key.generation != exe->generation)
		return 0;

	return names_read(names, BW_EVENT_EXE_NAMES, BPF_CORE_READ(file, f_path.dentry));
}

static __always_inline void event_fill_exe(struct bw_event *event, struct task_struct *task)
{
	__u32 len = exe_names_read(event->exe_names, &event->exe, task);

	event->exe_names_len = len & ~NAMES_CUT;
	event->exe_names_cut = !!(len & NAMES_CUT);
}

static __noinline void event_fill_task(struct bw_event *event, struct task_struct *task)
{
	struct bw_subject *subject = subject_of(task);

	if (subject) {
		event->exe = subject->exe;
		event->subject_flags = subject->flags;
	}

	event->start_ns = task->group_leader->start_boottime;
	event->pid = task->tgid;
	event->tid = task->pid;
	event->ppid = task->real_parent->tgid;
	event->uid = task_uid(task);
	event->gid = task_gid(task);
	event->login_uid = task->loginuid.val;
	event->session = task->sessionid;
	bpf_probe_read_kernel_str(event->comm, sizeof(event->comm), task->comm);
}

/* Read after the refusal: others may have charged something meanwhile. */
static __noinline void event_fill_totals(struct bw_event *event, const struct access *access,
					 __u32 unit_len)
{
	struct bw_grant *grant = grant_get(access);
	struct bw_totals *totals = &event->totals;
	struct bw_usage_key key = {};

	if (!grant)
		return;

	totals->every_ns = grant->budget.every_ns;
	totals->bytes_max = grant->budget.bytes;
	totals->files_max = grant->budget.files;
	totals->per = grant->budget.per;
	totals->grant = grant->number;
	totals->coverage = grant->budget.coverage;
	totals->distinct_max = grant->budget.distinct;
	key.budget = grant->budget.id;
	whom_fill(&key, grant->budget.per, unit_name_hash((void *)event->unit, unit_len));
	totals_read(totals, &key);
}

/* The ring hands out what it held before; nothing of that may stay. */
static __always_inline void event_clear(struct bw_event *event)
{
	volatile __u64 *word = (void *)event;

	for (__u32 i = 0; i < sizeof(*event) / sizeof(*word); i++)
		word[i] = 0;
}

static __noinline void event_submit(const struct access *access, __u32 type, __u64 sequence)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct bw_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	__u32 unit_len;

	if (!event) {
		__sync_fetch_and_add(&state.lost, 1);
		return;
	}

	event_clear(event);
	event->size = sizeof(*event);
	event->version = BW_ABI_VERSION;
	event->type = type;
	event->sequence = sequence;
	event->time_ns = bpf_ktime_get_boot_ns();
	event->stamp = access->stamp;
	event->set = access->set;
	event->channel = access->channel;
	event->verdict = access->verdict;
	event->reason = access->reason;
	if (access_is_tampering(access)) {
		event->target = access->target;
		event->detail = access->detail;
	} else {
		event->generation = access->generation;
	}
	event_fill_task(event, task);
	event_fill_file(event, access);
	event_fill_exe(event, task);
	unit_len = unit_read(task, event->unit);
	if (access_is_about_budget(access))
		event_fill_totals(event, access, unit_len);
	bpf_ringbuf_submit(event, 0);
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

	event_submit(access, type, sequence);
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
