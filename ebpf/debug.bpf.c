// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - BPF, perf, kcore: what shows the memory of the kernel, and so of every
 * process, to root
 *
 * Open to Bulwark itself, to the host's first process, and to whom all sets in force
 * name as tracers.  Without a policy where there should be one it fails open: a host
 * whose first process can't load its programs does not come up.
 *
 * Hooks whose arguments differ between kernels look at none that comes after, and so
 * at no earlier verdict either: the kernel asks nobody any more once one has refused.
 */
#include "decide.bpf.h"
#include "guard.bpf.h"

#include <bpf/bpf_tracing.h>

/* System calls by number, for 64 bits, with 32-bit pointers, and for 32 bits. */
#define NR_READ 0
#define NR_PREAD 17
#define NR_INIT_MODULE 175
#define NR_FINIT_MODULE 313
#define NR_BPF 321
#define NR_BPF_X32 (0x40000000 | NR_BPF)
#define NR_BPF_IA32 357

/* Younger than some headers. */
#define PROG_TYPE_NETFILTER 32

/**
 * struct debugging - One task that asks for the kernel's debuggers
 *
 * @policy: In force.
 * @task: Who asks.
 * @set: One that doesn't name it; one that enforces, if there is such.
 * @mode: Of @set.
 * @reason: What stands against it there.
 * @zero: Must be 0.
 */
struct debugging {
	void *policy;
	struct task_struct *task;
	__u32 set;
	__u32 mode;
	__u32 reason;
	__u32 zero;
};

static long debug_step(__u32 index, struct debugging *debugging)
{
	struct bw_rule_key key = { .kind = BW_RULE_SET, .set = index + 1 };
	struct bw_rule *rule = bpf_map_lookup_elem(debugging->policy, &key);
	__u32 reason;

	if (!rule)
		return 0;

	reason = rules_judge(debugging->task, debugging->policy, BW_RULE_TRACER, key.set, false);
	if (reason == BW_REASON_GRANTED)
		return 0;

	debugging->set = key.set;
	debugging->mode = rule->mode;
	debugging->reason = reason;
	return mode_refuses(rule->mode);
}

/*
 * A daemon of a new package is another file: it is known by its unit, a name that root
 * can give to any cgroup.  Under the seal nobody replaces the file.
 */
static __always_inline bool is_bulwark(struct task_struct *task, void *policy)
{
	if (rules_judge(task, policy, BW_RULE_TRACER, BW_SET_CANARY, false) == BW_REASON_GRANTED)
		return true;

	if (host_is_sealed())
		return task == bpf_get_current_task_btf() && caller_is_bulwark();

	return rules_judge(task, policy, BW_RULE_TRACER, BW_SET_CANARY, true) == BW_REASON_GRANTED;
}

/* May the task use them?  The decoy's set is no reason against it.  See forget(). */
static __always_inline void debug_decide(struct task_struct *task, struct access *access)
{
	struct debugging debugging = { .task = task };
	__u32 unknown = task->tgid;

	access->reason = BW_REASON_GRANTED;
	access->verdict = forget(BW_VERDICT_ALLOW, unknown);
	if (task->tgid == 1 || !policy_get(access))
		return;

	debugging.policy = access->policy;
	debugging.set = forget(0, unknown);
	debugging.mode = forget(0, unknown);
	debugging.reason = forget(0, unknown);
	bpf_loop(BW_SETS_MAX - 1, debug_step, &debugging, 0);
	if (!debugging.set || is_bulwark(task, access->policy))
		return;

	access->set = debugging.set;
	access_decide(access, debugging.mode, debugging.reason);
}

static __noinline int debug_judge(void)
{
	struct access access = { .channel = BW_CHANNEL_KERNEL };

	debug_decide(bpf_get_current_task_btf(), &access);
	return access_refused(&access) ? -EACCES : 0;
}

/*
 * Those that run for somebody's packets, devices or sockets and for nothing else.
 * Unknown is deny (INV-2).
 */
static __always_inline bool type_is_harmless(__u32 type)
{
	switch (type) {
	case BPF_PROG_TYPE_SOCKET_FILTER:
	case BPF_PROG_TYPE_SCHED_CLS:
	case BPF_PROG_TYPE_SCHED_ACT:
	case BPF_PROG_TYPE_XDP:
	case BPF_PROG_TYPE_CGROUP_SKB:
	case BPF_PROG_TYPE_CGROUP_SOCK:
	case BPF_PROG_TYPE_LWT_IN:
	case BPF_PROG_TYPE_LWT_OUT:
	case BPF_PROG_TYPE_LWT_XMIT:
	case BPF_PROG_TYPE_SOCK_OPS:
	case BPF_PROG_TYPE_SK_SKB:
	case BPF_PROG_TYPE_CGROUP_DEVICE:
	case BPF_PROG_TYPE_SK_MSG:
	case BPF_PROG_TYPE_CGROUP_SOCK_ADDR:
	case BPF_PROG_TYPE_LWT_SEG6LOCAL:
	case BPF_PROG_TYPE_LIRC_MODE2:
	case BPF_PROG_TYPE_SK_REUSEPORT:
	case BPF_PROG_TYPE_FLOW_DISSECTOR:
	case BPF_PROG_TYPE_CGROUP_SYSCTL:
	case BPF_PROG_TYPE_CGROUP_SOCKOPT:
	case BPF_PROG_TYPE_SK_LOOKUP:
	case PROG_TYPE_NETFILTER:
		return true;
	default:
		return false;
	}
}

/*
 * Even the harmless can follow pointers and read memory, if whoever loads them might:
 * what bw_blind leaves of that is nothing.  Fails closed without memory to note it in.
 */
static __always_inline int load_judge(__u32 type)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct access access = { .channel = BW_CHANNEL_KERNEL };
	struct favour *favour;

	favour = bpf_task_storage_get(&favours, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!favour)
		return -ENOMEM;

	debug_decide(task, &access);
	favour->blind = access.verdict == BW_VERDICT_DENY;
	if (type_is_harmless(type))
		return 0;

	return access_refused(&access) ? -EACCES : 0;
}

/* INV-1, I7, J7, J8.  @attr is the kernel's own copy. */
SEC("lsm/bpf")
int BPF_PROG(bw_bpf, int cmd, union bpf_attr *attr)
{
	__u32 type = 0;

	if (cmd != BPF_PROG_LOAD)
		return 0;

	/* Fails closed: what can't be read is of no type that is harmless. */
	bpf_probe_read_kernel(&type, sizeof(type), &attr->prog_type);
	return load_judge(type);
}

/* By the thread's registers, which nobody changes during the call. */
static __always_inline bool task_loads_program(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	unsigned long number = regs->orig_ax;

	if (number == NR_BPF || number == NR_BPF_X32)
		return (__u32)regs->di == BPF_PROG_LOAD;

	return number == NR_BPF_IA32 && (__u32)regs->bx == BPF_PROG_LOAD;
}

/*
 * The kernel's own verifier keeps a program from all memory but its own if whoever
 * loads it may not look at the kernel's.  Where nothing is noted it fails closed.  Not
 * reported: it is no refusal unless the program tries.
 */
SEC("lsm/capable")
int BPF_PROG(bw_blind, const struct cred *cred, struct user_namespace *ns, int cap,
	     unsigned int opts, int ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct favour *favour;

	if (ret)
		return ret;

	if (cap != CAP_PERFMON && cap != CAP_SYS_ADMIN)
		return 0;

	if (task->flags & PF_KTHREAD || !task_loads_program(task))
		return 0;

	favour = bpf_task_storage_get(&favours, task, NULL, 0);
	return !favour || favour->blind ? -EPERM : 0;
}

/*
 * INV-1, I13.  Whether it only counts no kernel tells in the same way: stacks and
 * registers of other processes can be in what it samples.
 */
SEC("lsm/perf_event_open")
int BPF_PROG(bw_perf)
{
	return debug_judge();
}

/* Of this task's system call; kernel threads make none. */
static __always_inline unsigned long task_call(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	return task->flags & PF_KTHREAD ? ~0UL : regs->orig_ax;
}

#define is_reason(what, reason) ((what) == bpf_core_enum_value(enum lockdown_reason, reason))

/*
 * Two are asked for by the way as well: whether to list "disk" in /sys/power/state, and
 * whether to make files for what a new module can be asked about.
 */
static __always_inline bool reason_shows_memory(int what, unsigned long call)
{
	if (is_reason(what, LOCKDOWN_KCORE) || is_reason(what, LOCKDOWN_DEV_MEM))
		return true;

	if (is_reason(what, LOCKDOWN_HIBERNATION))
		return call != NR_READ && call != NR_PREAD;

	return is_reason(what, LOCKDOWN_TRACEFS) && call != NR_INIT_MODULE &&
	       call != NR_FINIT_MODULE;
}

/* INV-1, I13, I14: the kernel's lockdown, but for some and not for all. */
SEC("lsm/locked_down")
int BPF_PROG(bw_locked_down, int what, int ret)
{
	if (ret)
		return ret;

	return reason_shows_memory(what, task_call(bpf_get_current_task_btf())) ? debug_judge() : 0;
}

static __noinline bool task_may_debug(struct task_struct *task)
{
	struct access access = { .channel = BW_CHANNEL_KERNEL };

	debug_decide(task, &access);
	return access.verdict == BW_VERDICT_ALLOW;
}

/* Whoever makes a process do what it likes may do what the process may. */
SEC("lsm/ptrace_access_check")
int BPF_PROG(bw_trace_debug, struct task_struct *child, unsigned int mode, int ret)
{
	if (ret)
		return ret;

	if (!(mode & PTRACE_MODE_ATTACH))
		return 0;

	/* Under the seal it is tampering, which the guard refuses and tells. */
	if (host_is_sealed() && task_is_guarded(child))
		return 0;

	return task_may_debug(child) ? debug_judge() : 0;
}
