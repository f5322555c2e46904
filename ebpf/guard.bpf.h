/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - who is Bulwark itself, and what is told of those who tamper with it
 *
 * INV-8: all of it holds only while the host is sealed.
 */
#ifndef BULWARK_GUARD_BPF_H
#define BULWARK_GUARD_BPF_H

#include "report.bpf.h"

/* The module's, like bulwark_audit(): see there. */
#ifdef BULWARK_SEAL_HERE
extern __u32 bulwark_is_sealed(void) __ksym __weak;
#else
extern __u32 bulwark_is_sealed(void) __weak;
#endif

/* The host's first process: what starts and ends services. */
#define INIT_PID 1

/* What else may be said of a process that is Bulwark's. */
#define DAEMON_FLAGS (BW_SUBJECT_KNOWN | BW_SUBJECT_SWEPT)

/* Without the module nobody can seal: fails open, and status says what is missing. */
static __always_inline bool host_is_sealed(void)
{
	return have_seal && bulwark_is_sealed();
}

static __always_inline bool file_is_daemon(const struct bw_file_key *key)
{
	return key->ino && key->ino == state.daemon.ino && key->dev == state.daemon.dev &&
	       key->generation == state.daemon.generation;
}

/* Was it started from the daemon's executable? */
static __always_inline bool task_is_daemon(struct task_struct *task)
{
	struct bw_subject *subject = subject_of(task);

	return subject && file_is_daemon(&subject->exe);
}

/*
 * Is it Bulwark that asks?  Not one who is traced, runs other code, or lives elsewhere
 * than the daemon does.
 */
static __noinline __maybe_unused bool caller_is_bulwark(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct bw_subject *subject = subject_of(task);

	return subject && file_is_daemon(&subject->exe) && subject->flags & BW_SUBJECT_KNOWN &&
	       !(subject->flags & ~DAEMON_FLAGS) && !task->ptrace;
}

static __always_inline bool caller_is_init(void)
{
	return bpf_get_current_task_btf()->tgid == INIT_PID;
}

/* Not to be traced under the seal.  PID 1: who runs code there may do what PID 1 may. */
static __always_inline bool task_is_guarded(struct task_struct *task)
{
	return task->tgid == INIT_PID || task_is_daemon(task);
}

static __always_inline __u32 *guard_find(const struct bw_guard_key *key)
{
	return bpf_map_lookup_elem(&guarded, key);
}

static __always_inline bool object_is_guarded(enum bw_guard_kind kind, __u32 id)
{
	struct bw_guard_key key = { .kind = kind, .id = id };

	return guard_find(&key);
}

/* Is the process still the one that was noted? */
static __always_inline bool guardian_lives(const struct bw_guardian *guardian)
{
	struct task_struct *task = (void *)guardian->task;

	return task && BPF_CORE_READ(task, start_boottime) == guardian->start_ns &&
	       BPF_CORE_READ(task, pid) == guardian->pid &&
	       !(BPF_CORE_READ(task, flags) & PF_EXITING);
}

/* Counted if refused, and told once of its kind. */
static __noinline __maybe_unused void tamper_report(struct access *access, __u32 tamper,
						    __u32 verdict)
{
	access->channel = BW_CHANNEL_TAMPER | tamper;
	access->reason = BW_REASON_SEALED;
	access->verdict = verdict;
	if (verdict == BW_VERDICT_DENY)
		__sync_fetch_and_add(&state.refused, 1);

	refusal_tell(access, BW_EVENT_TAMPER);
}

static __always_inline int tamper_refuse(struct access *access, __u32 tamper)
{
	tamper_report(access, tamper, BW_VERDICT_DENY);
	return -EPERM;
}

static __always_inline void access_set_file(struct access *access, struct file *file)
{
	access->inode = BPF_CORE_READ(file, f_inode);
	access->dentry = BPF_CORE_READ(file, f_path.dentry);
}

/* For the record: what the process runs, and its number. */
static __always_inline void access_set_task(struct access *access, struct task_struct *task)
{
	access_set_file(access, BPF_CORE_READ(task, mm, exe_file));
	access->target = task->tgid;
}

#endif
