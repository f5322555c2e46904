// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - who a process is: fixed at exec, inherited at fork, swept for those
 * that were there before (R8)
 *
 * Never taken from what a process can change later: mm->exe_file, its name, a
 * path.
 */
#include "decide.bpf.h"
#include "guard.bpf.h"

#include <bpf/bpf_tracing.h>

/* Where the task lives, as BW_SUBJECT_* bits: away from the host's own view. */
static __always_inline __u32 view_flags(struct task_struct *task)
{
	struct inode *root = BPF_CORE_READ(task, fs, root.dentry, d_inode);
	struct bw_file_key key = file_key(root);
	__u32 flags = 0;

	if (BPF_CORE_READ(task, real_cred, user_ns, level))
		flags |= BW_SUBJECT_USER_NS;

	if (BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum) != state.mount_ns)
		flags |= BW_SUBJECT_MOUNT_NS;

	if (key.dev != state.root.dev || key.ino != state.root.ino ||
	    key.generation != state.root.generation)
		flags |= BW_SUBJECT_CHROOT;

	return flags;
}

/*
 * A favour of the thread's former self must not outlive the exec.  Storage that
 * isn't given may be there all the same, and only busy: then all caches go.
 */
static __always_inline void favour_drop(struct task_struct *task)
{
	struct favour *favour = bpf_task_storage_get(&favours, task, NULL, 0);
	long err;

	if (favour) {
		favour_void(favour);
		return;
	}

	err = bpf_task_storage_delete(&favours, task);
	if (err && err != -ENOENT)
		stamp_advance();
}

/*
 * INV-2: no storage to write the new identity to, so the former one must go.  Where
 * even that can't be done the process ends, as one whose exec fails this late does.
 */
static __noinline void identity_drop(struct task_struct *task)
{
	long err = bpf_task_storage_delete(&subjects, task->group_leader);

	if (err && err != -ENOENT)
		bpf_send_signal(SIGKILL);
}

/* Twice: what stands against it may be gone the next moment. */
static __always_inline struct bw_subject *identity_room(struct task_struct *task)
{
	struct bw_subject *subject;

	subject = bpf_task_storage_get(&subjects, task->group_leader, NULL,
				       BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (subject)
		return subject;

	return bpf_task_storage_get(&subjects, task->group_leader, NULL,
				    BPF_LOCAL_STORAGE_GET_F_CREATE);
}

static long guardian_step(__u32 index, struct bw_guardian *noted)
{
	struct bw_guardian *guardian = bpf_map_lookup_elem(&guardians, &index);

	if (!guardian)
		return 1;

	if (guardian_lives(guardian))
		return guardian->task == noted->task;

	*guardian = *noted;
	return 1;
}

/*
 * INV-8: one of Bulwark's processes is found by what it is, whatever cgroup it is moved
 * to.  Only the place of one that has ended is taken: many that are started can't
 * push out the first.  Where there is none left, what lies in /proc and its cgroup
 * stays open; fails open for these alone.
 */
static __always_inline void guardian_note(struct task_struct *task, const struct bw_file_key *exe)
{
	struct bw_guardian noted = {
		.task = (__u64)task,
		.start_ns = task->start_boottime,
		.pid = task->pid,
	};

	if (file_is_daemon(exe))
		bpf_loop(GUARDIANS_MAX, guardian_step, &noted, 0);
}

/* Was it started as the policy writes it, byte by byte? */
static __always_inline bool path_is(const struct bw_rule *rule, const char *started_as)
{
	char path[BW_SCRIPT_SIZE] = {};
	__u64 differs = 0;

	if (bpf_probe_read_kernel_str(path, sizeof(path), started_as) < 0)
		return false;

	for (__u32 i = 0; i < BW_SCRIPT_SIZE; i += sizeof(__u64))
		differs |= *(__u64 *)&path[i] ^ *(const __u64 *)&rule->path[i];
	return !differs;
}

/*
 * The first hook of an exec, once for each: by the last one a script's interpreter has
 * taken the place of the script.  No two threads of a process come here at a time.  One
 * that isn't the first loses its process's script; fails closed.
 */
SEC("lsm/bprm_creds_for_exec")
int BPF_PROG(bw_script, struct linux_binprm *bprm)
{
	struct bw_subject *subject = subject_of(bpf_get_current_task_btf());
	struct bw_rule_key key = { .kind = BW_RULE_SCRIPT };
	struct bw_file_key none = {};
	struct access access = {};
	struct bw_rule *rule;

	if (!subject)
		return 0;

	subject->asked = none;
	if (!policy_get(&access))
		return 0;

	key.file = file_key(bprm->file->f_inode);
	rule = bpf_map_lookup_elem(access.policy, &key);
	if (rule && path_is(rule, bprm->filename))
		subject->asked = key.file;
	return 0;
}

/* A script takes the place of the one before it, named by a grant or not. */
static __always_inline void script_settle(struct bw_subject *subject,
					  const struct linux_binprm *bprm)
{
	struct bw_file_key none = {};

	if (subject->asked.ino || bprm->interp != bprm->filename)
		subject->script = subject->asked;
	subject->asked = none;
}

/*
 * The last hook of an exec: what binfmt_misc or a script's first line put in
 * place of the file has been put there.  By now the thread leads its group and
 * is alone in it.
 */
SEC("lsm/bprm_committed_creds")
int BPF_PROG(bw_exec, struct linux_binprm *bprm)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct bw_subject *subject;
	__u32 flags;

	favour_drop(task);
	subject = identity_room(task);
	if (!subject) {
		identity_drop(task);
		return 0;
	}

	flags = BW_SUBJECT_KNOWN | view_flags(task);
	/* NO_NEW_PRIVS is the third of these bits, and what systemd sets. */
	if (bprm->unsafe & (LSM_UNSAFE_SHARE | LSM_UNSAFE_PTRACE))
		flags |= BW_SUBJECT_UNSAFE;

	subject->exe = file_key(bprm->file->f_inode);
	subject->content = content_version(&subject->exe);
	script_settle(subject, bprm);
	subject->since_ns = bpf_ktime_get_boot_ns();
	subject->held = 0;
	subject->flags = flags;
	guardian_note(task, &subject->exe);
	return 0;
}

/* Does some grant name the executable? */
static __noinline bool exe_matters(const struct bw_subject *subject)
{
	struct bw_rule_key key = { .kind = BW_RULE_EXE, .file = subject->exe };
	struct access access = {};

	return policy_get(&access) && bpf_map_lookup_elem(access.policy, &key);
}

/* A child is what its parent is; a thread is found through its leader. */
SEC("lsm/task_alloc")
int BPF_PROG(bw_fork, struct task_struct *task, unsigned long clone_flags, int ret)
{
	struct bw_subject *parent, *child;

	if (ret)
		return ret;

	if (clone_flags & CLONE_THREAD)
		return 0;

	parent = subject_of(bpf_get_current_task_btf());
	if (!parent)
		return 0;

	/*
	 * INV-11: a server's child without an identity would be refused for life, so
	 * fork(2) fails instead, as it does whenever memory is short.  To anybody
	 * else it makes no difference.
	 */
	child = bpf_task_storage_get(&subjects, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!child)
		return exe_matters(parent) ? -ENOMEM : 0;

	child->exe = parent->exe;
	child->since_ns = parent->since_ns;
	child->held = parent->held;
	child->flags = parent->flags;
	child->script = parent->script;
	child->content = parent->content;
	return 0;
}

/*
 * Identity for a process that was there before the programs.  Only here is the
 * file taken that the process shows.  One that has execed or was forked
 * meanwhile knows better: its storage is there, and stays as it is.
 */
SEC("iter/task")
int bw_sweep(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct bw_subject subject = {};
	struct file *file;

	if (!task || task->pid != task->tgid || task->flags & PF_KTHREAD)
		return 0;

	file = BPF_CORE_READ(task, mm, exe_file);
	if (!file)
		return 0;

	subject.exe = file_key(BPF_CORE_READ(file, f_inode));
	subject.since_ns = bpf_ktime_get_boot_ns();
	subject.flags = BW_SUBJECT_KNOWN | BW_SUBJECT_SWEPT | view_flags(task);
	if (task->ptrace)
		subject.flags |= BW_SUBJECT_UNSAFE;

	bpf_task_storage_get(&subjects, task, &subject, BPF_LOCAL_STORAGE_GET_F_CREATE);
	guardian_note(task, &subject.exe);
	return 0;
}
