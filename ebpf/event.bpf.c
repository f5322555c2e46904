// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what is told of an access: the one place that fills events
 */
#include "names.bpf.h"
#include "report.bpf.h"
#include "usage.bpf.h"

static __noinline void event_fill_file(struct bw_event *event, const struct access *access)
{
	__u32 len = names_read(event->names, BW_EVENT_NAMES, naming_dentry(access));
	struct inode *inode = access->inode;

	event->file = file_key(inode);
	event->file_size = BPF_CORE_READ(inode, i_size);
	event->names_len = len & ~NAMES_CUT;
	event->names_cut = !!(len & NAMES_CUT);
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
static __noinline void event_fill_totals(struct bw_event *event, const struct bw_grant *grant,
					 __u64 unit)
{
	struct bw_totals *totals = &event->totals;
	struct bw_usage_key key = {};

	totals->every_ns = grant->budget.every_ns;
	totals->bytes_max = grant->budget.bytes;
	totals->files_max = grant->budget.files;
	totals->per = grant->budget.per;
	totals->grant = grant->number;
	totals->coverage = grant->budget.coverage;
	totals->distinct_max = grant->budget.distinct;
	key.budget = grant->budget.id;
	whom_fill(&key, grant->budget.per, unit);
	totals_read(totals, &key);
}

/* The ring hands out what it held before; nothing of that may stay. */
static __always_inline void event_clear(struct bw_event *event)
{
	static const struct bw_event none;

	bpf_probe_read_kernel(event, sizeof(*event), &none);
}

static __always_inline void event_fill_access(struct bw_event *event, const struct access *access)
{
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
}

__u32 event_submit(const struct access *access, const struct bw_grant *grant, __u32 type,
		   __u64 sequence)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct bw_event *event;
	__u32 unit_len;

	event = access ? bpf_ringbuf_reserve(&events, sizeof(*event), 0) : NULL;
	if (!event) {
		__sync_fetch_and_add(&state.lost, 1);
		return 0;
	}

	event_clear(event);
	event->size = sizeof(*event);
	event->version = BW_ABI_VERSION;
	event->type = type;
	event->sequence = sequence;
	event->time_ns = bpf_ktime_get_boot_ns();
	event_fill_access(event, access);
	event_fill_task(event, task);
	event_fill_file(event, access);
	event_fill_exe(event, task);
	unit_len = unit_read(task, event->unit);
	if (grant)
		event_fill_totals(event, grant, unit_name_hash((void *)event->unit, unit_len));
	bpf_ringbuf_submit(event, 0);
	return 1;
}
