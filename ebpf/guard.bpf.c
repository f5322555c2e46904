// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - keeps its BPF objects, its processes and the kernel under them out of
 * others' reach while the host is sealed (INV-8)
 *
 * What is not sealed is nobody's business here: each program ends at once.
 */
#include "guard.bpf.h"

#include <bpf/bpf_tracing.h>

#define PTRACE_MODE_ATTACH 0x2
#define CAP_SYS_MODULE 16

/* delete_module(2), from 64 and from 32 bits. */
#define NR_DELETE_MODULE 176
#define NR_DELETE_MODULE_32 129

/*
 * 0 (is it there?), SIGHUP (apply), SIGUSR1 (open the log anew), SIGCHLD, SIGCONT,
 * SIGURG, SIGWINCH: they neither end nor stop the daemon.
 */
#define SIGNALS_HARMLESS (1U << 0 | 1U << 1 | 1U << 10 | 1U << 17 | 1U << 18 | 1U << 23 | 1U << 28)

/* --- BPF objects --------------------------------------------------------------- */

static __noinline int object_judge(__u32 kind, __u32 id, __u32 tamper)
{
	struct access access = { .target = id };

	if (!host_is_sealed() || !object_is_guarded(kind, id) || caller_is_bulwark())
		return 0;

	return tamper_refuse(&access, tamper);
}

/* Each new descriptor: by id, from a pin, from another map. */
SEC("lsm/bpf_map")
int BPF_PROG(bw_guard_map, struct bpf_map *map, unsigned int fmode, int ret)
{
	if (ret)
		return ret;

	return object_judge(BW_GUARD_MAP, map->id, BW_TAMPER_MAP) ? -EPERM : 0;
}

SEC("lsm/bpf_prog")
int BPF_PROG(bw_guard_program, struct bpf_prog *prog, int ret)
{
	if (ret)
		return ret;

	return object_judge(BW_GUARD_PROGRAM, BPF_CORE_READ(prog, aux, id), BW_TAMPER_PROGRAM)
		       ? -EPERM
		       : 0;
}

/*
 * A link of this type can be neither detached nor updated, but it can be pinned and
 * kept.  An earlier denial isn't asked for: its place among the arguments differs, and
 * after one no other program is called.
 */
SEC("lsm/bpf")
int BPF_PROG(bw_guard_link, int cmd, union bpf_attr *attr)
{
	__u32 id = 0;

	if (cmd != BPF_LINK_GET_FD_BY_ID)
		return 0;

	bpf_probe_read_kernel(&id, sizeof(id), attr);
	return object_judge(BW_GUARD_LINK, id, BW_TAMPER_LINK) ? -EPERM : 0;
}

/* --- Processes ----------------------------------------------------------------- */

/* A kernel thread does what the kernel wants. */
static __noinline int process_judge(struct task_struct *task, __u32 tamper, __u32 detail)
{
	struct access access = { .detail = detail };

	if (!host_is_sealed() || !task_is_daemon(task) || caller_is_bulwark())
		return 0;

	if (bpf_get_current_task_btf()->flags & PF_KTHREAD)
		return 0;

	access_set_task(&access, task);
	/* Stopping a unit, and the host, must go on: on record, where it ends something. */
	if (caller_is_init()) {
		if (tamper == BW_TAMPER_SIGNAL)
			tamper_report(&access, tamper, BW_VERDICT_ALLOW);
		return 0;
	}

	return tamper_refuse(&access, tamper);
}

static __always_inline bool signal_is_harmless(int sig)
{
	return sig >= 0 && sig < 32 && SIGNALS_HARMLESS >> sig & 1;
}

/* kill, tgkill, sigqueue, pidfd_send_signal; not what the kernel itself sends. */
SEC("lsm/task_kill")
int BPF_PROG(bw_guard_kill, struct task_struct *task, void *info, int sig, const struct cred *cred,
	     int ret)
{
	if (ret)
		return ret;

	if (signal_is_harmless(sig))
		return 0;

	return process_judge(task, BW_TAMPER_SIGNAL, sig) ? -EPERM : 0;
}

/*
 * What F_SETOWN and F_SETSIG have the kernel send, whoever happens to run then.  0 is
 * SIGIO, which ends who doesn't expect it.
 */
SEC("lsm/file_send_sigiotask")
int BPF_PROG(bw_guard_sigio, struct task_struct *task, void *owner, int sig, int ret)
{
	if (ret)
		return ret;

	if (sig && signal_is_harmless(sig))
		return 0;

	return process_judge(task, BW_TAMPER_SIGNAL, sig) ? -EPERM : 0;
}

/* RLIMIT_CPU kills, RLIMIT_FSIZE and RLIMIT_NOFILE keep the log from being written. */
SEC("lsm/task_setrlimit")
int BPF_PROG(bw_guard_limit, struct task_struct *task, unsigned int resource, void *limit, int ret)
{
	if (ret)
		return ret;

	return process_judge(task, BW_TAMPER_LIMIT, resource) ? -EPERM : 0;
}

/* Policy, priority, affinity, and a cpuset of cgroup v1. */
SEC("lsm/task_setscheduler")
int BPF_PROG(bw_guard_scheduler, struct task_struct *task, int ret)
{
	if (ret)
		return ret;

	return process_judge(task, BW_TAMPER_SCHEDULE, 0) ? -EPERM : 0;
}

SEC("lsm/task_setnice")
int BPF_PROG(bw_guard_nice, struct task_struct *task, int nice, int ret)
{
	if (ret)
		return ret;

	return process_judge(task, BW_TAMPER_SCHEDULE, 0) ? -EPERM : 0;
}

SEC("lsm/task_setioprio")
int BPF_PROG(bw_guard_ioprio, struct task_struct *task, int ioprio, int ret)
{
	if (ret)
		return ret;

	return process_judge(task, BW_TAMPER_SCHEDULE, 0) ? -EPERM : 0;
}

static __noinline int tracing_judge(struct task_struct *child)
{
	struct access access = {};

	if (!host_is_sealed() || !task_is_guarded(child) || caller_is_bulwark())
		return 0;

	access_set_task(&access, child);
	return tamper_refuse(&access, BW_TAMPER_TRACE);
}

SEC("lsm/ptrace_access_check")
int BPF_PROG(bw_guard_trace, struct task_struct *child, unsigned int mode, int ret)
{
	if (ret)
		return ret;

	return mode & PTRACE_MODE_ATTACH && tracing_judge(child) ? -EPERM : 0;
}

static __noinline int start_judge(struct linux_binprm *bprm)
{
	struct access access = {};

	if (bprm->argc <= 1 || !host_is_sealed() || caller_is_bulwark())
		return 0;

	access_set_file(&access, bprm->file);
	return tamper_refuse(&access, BW_TAMPER_START);
}

/*
 * Whoever becomes Bulwark by this exec: its environment preloads nothing, sealed or
 * not, and options that lead it to other files are its own business only.  Asked in
 * each round, so for what interprets a script as well.
 */
SEC("lsm/bprm_check_security")
int BPF_PROG(bw_guard_exec, struct linux_binprm *bprm, int ret)
{
	struct bw_file_key key;

	if (ret)
		return ret;

	key = file_key(BPF_CORE_READ(bprm, file, f_inode));
	if (!file_is_daemon(&key))
		return 0;

	bpf_bprm_opts_set(bprm, BPF_F_BPRM_SECUREEXEC);
	return start_judge(bprm) ? -EPERM : 0;
}

/* --- The kernel ---------------------------------------------------------------- */

/* A module, or another kernel, can undo everything.  @file is NULL for memory. */
static __noinline int load_judge(struct file *file, __u32 detail)
{
	struct access access = { .detail = detail };

	if (!host_is_sealed())
		return 0;

	access_set_file(&access, file);
	return tamper_refuse(&access, BW_TAMPER_LOAD);
}

/* INV-2: what isn't known to be no code is taken for code. */
SEC("lsm/kernel_read_file")
int BPF_PROG(bw_guard_read_file, struct file *file, enum kernel_read_file_id id, bool contents,
	     int ret)
{
	if (ret)
		return ret;

	if (id == bpf_core_enum_value(enum kernel_read_file_id, READING_FIRMWARE) ||
	    id == bpf_core_enum_value(enum kernel_read_file_id, READING_POLICY) ||
	    id == bpf_core_enum_value(enum kernel_read_file_id, READING_X509_CERTIFICATE))
		return 0;

	return load_judge(file, id) ? -EPERM : 0;
}

SEC("lsm/kernel_load_data")
int BPF_PROG(bw_guard_load_data, enum kernel_load_data_id id, bool contents, int ret)
{
	if (ret)
		return ret;

	if (id == bpf_core_enum_value(enum kernel_load_data_id, LOADING_FIRMWARE) ||
	    id == bpf_core_enum_value(enum kernel_load_data_id, LOADING_POLICY) ||
	    id == bpf_core_enum_value(enum kernel_load_data_id, LOADING_X509_CERTIFICATE))
		return 0;

	return load_judge(NULL, id) ? -EPERM : 0;
}

/* Others ask for the capability too, without unloading anything. */
static __always_inline bool call_is_unload(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *registers = (struct pt_regs *)bpf_task_pt_regs(task);
	unsigned long number = BPF_CORE_READ(registers, orig_ax);

	return number == NR_DELETE_MODULE || number == NR_DELETE_MODULE_32;
}

static __noinline int unload_judge(void)
{
	struct access access = {};

	if (!host_is_sealed() || !call_is_unload())
		return 0;

	return tamper_refuse(&access, BW_TAMPER_UNLOAD);
}

/* No other hook sees delete_module(2), which can be told to mind no reference. */
SEC("lsm/capable")
int BPF_PROG(bw_guard_unload, const struct cred *cred, struct user_namespace *ns, int cap,
	     unsigned int opts, int ret)
{
	if (ret)
		return ret;

	return cap == CAP_SYS_MODULE && unload_judge() ? -EPERM : 0;
}

/*
 * Let through: a host's clock must be set by those who do, and no verdict depends on
 * it.  On record, since times in records do.
 */
static __noinline void time_report(void)
{
	struct access access = {};

	if (host_is_sealed())
		tamper_report(&access, BW_TAMPER_TIME, BW_VERDICT_ALLOW);
}

SEC("lsm/settime")
int BPF_PROG(bw_guard_time, const void *time, const void *zone, int ret)
{
	if (ret)
		return ret;

	time_report();
	return 0;
}
