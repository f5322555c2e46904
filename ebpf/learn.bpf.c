// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - sets that learn: who reads, how much and when, added up for each subject
 *
 * What was read counts as a budget of one day would count it: so what a subject's budget has to
 * be is known afterwards.
 */
#include "budget.bpf.h"
#include "charge.bpf.h"
#include "names.bpf.h"

#include "learnt.h"

static __always_inline void learnt_key_fill(struct bw_learnt_key *key, struct task_struct *task)
{
	struct bw_subject *subject = subject_of(task);

	if (subject) {
		key->exe = subject->exe;
		key->script = subject->script;
		key->subject_flags = subject->flags;
	}

	key->uid = task_uid(task);
	key->login = task->loginuid.val;
	if (BPF_CORE_READ(task, signal, tty))
		key->flags |= BW_LEARNT_TERMINAL;
}

_Static_assert(BW_LEARNT_NAME_SIZE == BW_EVENT_NAME_SIZE && BW_LEARNT_NAMES == BW_EVENT_EXE_NAMES,
	       "exe_names_read() takes no others");

/* The names are the first one's who reads: of its executable, unit and uid they are all. */
static __noinline void learnt_names_fill(struct bw_learnt *learnt, const struct bw_learnt_key *key)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 len;

	bpf_probe_read_kernel_str(learnt->comm, sizeof(learnt->comm), task->comm);
	unit_read(task, learnt->unit);
	len = exe_names_read(learnt->exe_names, &key->exe, task);
	learnt->exe_names_len = len & ~NAMES_CUT;
	learnt->exe_names_cut = !!(len & NAMES_CUT);
}

/* A full map has one entry for all others of a set, if the engine has made it. */
static __noinline struct bw_learnt *learnt_get(struct bw_learnt_key *key)
{
	static const struct bw_learnt none;
	struct bw_learnt_key rest = { .set = key->set };
	struct bw_learnt *learnt = bpf_map_lookup_elem(&learnts, key);

	if (learnt)
		return learnt;

	(void)bpf_map_update_elem(&learnts, key, &none, BPF_NOEXIST);
	learnt = bpf_map_lookup_elem(&learnts, key);
	if (!learnt)
		return bpf_map_lookup_elem(&learnts, &rest);

	learnt_names_fill(learnt, key);
	return learnt;
}

__u32 learnt_note(__u64 amount, __u32 set, __u32 kind, struct file_uses *uses, __u64 unit)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 tai = bpf_ktime_get_tai_ns() / SECOND_NS;
	__u64 now = usage_clock();
	struct bw_learnt_key key = { .set = set, .unit = unit };
	__u64 forgotten = 0, *use = &forgotten;
	struct bw_learnt *learnt;
	__u32 serial;

	learnt_key_fill(&key, task);
	learnt = learnt_get(&key);
	if (!learnt) {
		__sync_fetch_and_add(&state.unlearnt, 1);
		return 0;
	}

	serial = serial_for(&learnt->usage, &learnt_budget);
	if (uses)
		use = use_find(uses, &learnt->usage);

	bpf_spin_lock(&learnt->lock);
	learnt_group(learnt, task_gid(task));
	learnt_add(learnt, kind, amount, use, serial, now, tai);
	bpf_spin_unlock(&learnt->lock);
	return 1;
}
