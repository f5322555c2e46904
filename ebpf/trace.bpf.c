// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the memory of processes that read protected files
 *
 * To read it, or to take their descriptors, is to read their sets.  All ways ask
 * for the same right: ptrace(2), /proc/PID/mem, process_vm_readv(2),
 * pidfd_getfd(2).  The weaker one, for what is shown of every process (its maps,
 * its descriptors' names), stays: ps, lsof and systemd need it.
 *
 * A core dump hands it to whoever finds the file, or is at the pipe's other end.
 */
#include "decide.bpf.h"

#include <bpf/bpf_tracing.h>

/**
 * struct tracing - One process that asks for another one's memory, or dumps its own
 *
 * @policy: In force.
 * @child: Whose memory.
 * @subject: Who that is.
 * @set: One that only the child may know; one that enforces, if there is such.
 * @dump: Nobody has a grant for what becomes of a dump.
 */
struct tracing {
	void *policy;
	struct task_struct *child;
	struct bw_subject *subject;
	__u32 set;
	__u32 dump;
};

/* Could the process have read the set, or read it the next moment? */
static __always_inline bool may_know(const struct tracing *tracing, __u32 set)
{
	struct bw_rule_key key = {
		.kind = BW_RULE_GRANT,
		.set = set,
		.file = tracing->subject->exe,
	};

	if (!bpf_map_lookup_elem(tracing->policy, &key))
		return false;

	return *(volatile __u32 *)&tracing->subject->held ||
	       reason_may_pass(subject_judge(tracing->child, tracing->policy, set));
}

static long trace_step(__u32 index, struct tracing *tracing)
{
	struct task_struct *tracer = bpf_get_current_task_btf();
	__u32 set = index + 1;

	if (!may_know(tracing, set))
		return 0;

	if (!tracing->dump &&
	    subject_judge_unmetered(tracer, tracing->policy, set) == BW_REASON_GRANTED)
		return 0;

	tracing->set = set;
	return mode_refuses(set_mode(tracing->policy, set));
}

/* For the record alone: one that is about to end has none, and is judged all the same. */
static __always_inline void access_set_exe(struct access *access, struct task_struct *child)
{
	struct file *file = BPF_CORE_READ(child, mm, exe_file);

	access->inode = BPF_CORE_READ(file, f_inode);
	access->dentry = BPF_CORE_READ(file, f_path.dentry);
}

static __noinline bool exe_is_granted(void *policy, const struct bw_subject *subject)
{
	struct bw_rule_key key = { .kind = BW_RULE_EXE, .file = subject->exe };

	return bpf_map_lookup_elem(policy, &key);
}

/*
 * Who has no identity has never been granted anything.  Without a policy where there
 * should be one it fails closed for who has read some set, and open for all others.
 */
static __noinline int memory_judge(struct task_struct *child, __u32 channel)
{
	struct access access = { .channel = channel };
	struct tracing tracing = {
		.child = child,
		.subject = subject_of(child),
		.dump = channel == BW_CHANNEL_CORE,
	};

	if (!tracing.subject)
		return 0;

	if (!policy_get(&access))
		return *(volatile __u32 *)&tracing.subject->held ? -EACCES : 0;

	if (!exe_is_granted(access.policy, tracing.subject))
		return 0;

	access_set_exe(&access, child);
	tracing.policy = access.policy;
	tracing.set = forget(0, access.generation);
	bpf_loop(BW_SETS_MAX, trace_step, &tracing, 0);
	if (!tracing.set)
		return 0;

	set_judge_unmetered(&access, tracing.set);
	if (tracing.dump)
		access_decide(&access, set_mode(access.policy, access.set), BW_REASON_CHANNEL);
	return access_refused(&access) ? -EACCES : 0;
}

/* INV-1: who may read all sets that the process may read gains nothing by it. */
SEC("lsm/ptrace_access_check")
int BPF_PROG(bw_trace, struct task_struct *child, unsigned int mode, int ret)
{
	if (ret)
		return ret;

	return mode & PTRACE_MODE_ATTACH ? memory_judge(child, BW_CHANNEL_MEMORY) : 0;
}

/*
 * INV-1: to a file, a pipe or a socket, whatever its size limit: the kernel sees to
 * credentials of its own before it looks where the dump goes, and does without a dump
 * if it gets none.  A process that a signal ends has no other use for new ones.
 */
SEC("lsm/cred_prepare")
int BPF_PROG(bw_core, struct cred *new, const struct cred *old, int gfp, int ret)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (ret)
		return ret;

	return task->flags & PF_SIGNALED ? memory_judge(task, BW_CHANNEL_CORE) : 0;
}
