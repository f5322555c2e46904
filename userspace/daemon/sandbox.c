// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - which system calls each process may make
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "sandbox.h"

/* Names that a libseccomp or an architecture doesn't know are left out. */
static const char *const shared_calls[] = {
	/* memory, and what starting a program takes */
	"access",
	"arch_prctl",
	"brk",
	"exit",
	"exit_group",
	"madvise",
	"membarrier",
	"mmap",
	"mprotect",
	"mremap",
	"munmap",
	"rseq",
	"set_robust_list",
	"set_tid_address",
	/* files */
	"close",
	"close_range",
	"dup",
	"dup2",
	"dup3",
	"faccessat",
	"faccessat2",
	"fcntl",
	"fdatasync",
	"flock",
	"fstat",
	"fsync",
	"ftruncate",
	"getcwd",
	"getdents64",
	"lseek",
	"lstat",
	"newfstatat",
	"open",
	"openat",
	"openat2",
	"pread64",
	"pwrite64",
	"read",
	"readlink",
	"readlinkat",
	"readv",
	"stat",
	"statx",
	"umask",
	"write",
	"writev",
	/* the event loop */
	"epoll_create1",
	"epoll_ctl",
	"epoll_pwait",
	"epoll_pwait2",
	"epoll_wait",
	"eventfd2",
	"poll",
	"ppoll",
	"signalfd4",
	"timerfd_create",
	"timerfd_gettime",
	"timerfd_settime",
	/* time, signals, locks */
	"clock_getres",
	"clock_gettime",
	"clock_nanosleep",
	"futex",
	"gettimeofday",
	"nanosleep",
	"restart_syscall",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"rt_sigtimedwait",
	"sched_yield",
	"sigaltstack",
	"tgkill",
	"time",
	/* who and where one is */
	"getegid",
	"geteuid",
	"getgid",
	"getpid",
	"getppid",
	"getrandom",
	"getresgid",
	"getresuid",
	"gettid",
	"getuid",
	"prlimit64",
	"sched_getaffinity",
	"sysinfo",
	"uname",
	/* the journal, the engine */
	"connect",
	"getpeername",
	"getsockname",
	"getsockopt",
	"memfd_create",
	"recvfrom",
	"recvmsg",
	"sendmmsg",
	"sendmsg",
	"sendto",
	"setsockopt",
	"shutdown",
};

static const char *const engine_calls[] = {
	"bpf",
	"ioctl",
	"seccomp",
	/* the control socket, the decoy, the lock */
	"accept4",
	"bind",
	"chmod",
	"chown",
	"fchmod",
	"fchmodat",
	"fchown",
	"fchownat",
	"fstatfs",
	"getgroups",
	"lchown",
	"listen",
	"mkdir",
	"mkdirat",
	"rename",
	"renameat",
	"renameat2",
	"socketpair",
	"statfs",
	"unlink",
	"unlinkat",
	/* what changes under us */
	"inotify_add_watch",
	"inotify_init1",
	"inotify_rm_watch",
	/* the logger: fork, another user, exec, its end */
	"capget",
	"capset",
	"execve",
	"kill",
	"pidfd_open",
	"pidfd_send_signal",
	"pipe2",
	"prctl",
	"setfsgid",
	"setfsuid",
	"setgid",
	"setgroups",
	"setresgid",
	"setresuid",
	"setuid",
	"vfork",
	"wait4",
	"waitid",
};

/* The logger looks into maps; it neither makes nor changes any, but `refusals`. */
static const int logger_bpf_commands[] = {
	BPF_MAP_LOOKUP_ELEM,  BPF_MAP_LOOKUP_BATCH,   BPF_MAP_LOOKUP_AND_DELETE_ELEM,
	BPF_MAP_GET_NEXT_KEY, BPF_OBJ_GET_INFO_BY_FD,
};

#define NAMESPACES                                                                     \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	 CLONE_NEWPID | CLONE_NEWNET)

static int allow_all(scmp_filter_ctx filter, const char *const *calls, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int number = seccomp_syscall_resolve_name(calls[i]);
		int err;

		if (number < 0)
			continue;

		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
		if (err)
			return err;
	}
	return 0;
}

/*
 * Name services ask over local sockets, and some try others: those get an error,
 * as on a host without a network, since it is no sign of foreign code.
 */
static int allow_local_sockets(scmp_filter_ctx filter)
{
	int err;

	err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
			       SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0));
	if (err)
		return err;

	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
				SCMP_A0(SCMP_CMP_NE, AF_UNIX, 0));
}

/* fork(2) yes, namespaces no; without clone3 the C library takes clone. */
static int allow_fork(scmp_filter_ctx filter)
{
	int err;

	err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
			       SCMP_A0(SCMP_CMP_MASKED_EQ, NAMESPACES, 0));
	if (err)
		return err;

	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

static int allow_logger(scmp_filter_ctx filter)
{
	int err;

	for (size_t i = 0; i < ARRAY_LEN(logger_bpf_commands); i++) {
		err = seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, SCMP_SYS(bpf), 1,
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)logger_bpf_commands[i], 0));
		if (err)
			return err;
	}

	/* isatty(3) of the standard streams. */
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				SCMP_A1(SCMP_CMP_EQ, TCGETS, 0));
}

static int allow_engine(scmp_filter_ctx filter)
{
	int err;

	err = allow_all(filter, engine_calls, ARRAY_LEN(engine_calls));
	if (err)
		return err;

	return allow_fork(filter);
}

static int fill_filter(scmp_filter_ctx filter, enum bw_role role)
{
	int err;

	/* Another architecture's calls (int $0x80) have other numbers: none of them. */
	err = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (err)
		return err;

	err = allow_all(filter, shared_calls, ARRAY_LEN(shared_calls));
	if (err)
		return err;

	err = allow_local_sockets(filter);
	if (err)
		return err;

	return role == BW_ROLE_LOGGER ? allow_logger(filter) : allow_engine(filter);
}

int bw_sandbox_enter(enum bw_role role)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int err;

	if (!filter)
		return -ENOMEM;

	err = fill_filter(filter, role);
	if (!err)
		err = seccomp_load(filter);

	seccomp_release(filter);
	return err;
}
