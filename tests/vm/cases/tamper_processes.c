// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - tampering with its processes
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "cleanup.h"
#include "tamper.h"

#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_IDLE (3 << 13)

static char mine[16] = "mine";

static int done_or(long result)
{
	return result < 0 ? -errno : 0;
}

static int do_kill(void)
{
	return done_or(kill(tamper_aim.engine, SIGKILL));
}

static int do_kill_logger(void)
{
	return done_or(kill(tamper_aim.logger, SIGKILL));
}

static int do_term(void)
{
	return done_or(kill(tamper_aim.engine, SIGTERM));
}

static int do_stop(void)
{
	return done_or(kill(tamper_aim.engine, SIGSTOP));
}

static int do_tgkill(void)
{
	return done_or(syscall(SYS_tgkill, tamper_aim.engine, tamper_aim.engine, SIGABRT));
}

static int do_sigqueue(void)
{
	return done_or(sigqueue(tamper_aim.engine, SIGRTMIN, (union sigval){ 0 }));
}

static int do_pidfd_signal(void)
{
	_cleanup_(closep) int process = (int)syscall(SYS_pidfd_open, tamper_aim.engine, 0);

	return done_or(syscall(SYS_pidfd_send_signal, process, SIGKILL, NULL, 0));
}

/* PID 1 of the fast guest doesn't reap while a test runs: a zombie is gone. */
static bool has_ended(pid_t pid)
{
	_cleanup_(fclosep) FILE *file = NULL;
	char path[32];
	char state = 'Z';

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	return !file || fscanf(file, "%*d %*s %c", &state) != 1 || state == 'Z';
}

/* Whoever writes to the pipe has the kernel send the signal; nobody is told if it doesn't. */
static int do_sigio(void)
{
	_cleanup_(closep) int in = -EBADF;
	_cleanup_(closep) int out = -EBADF;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;

	in = ends[0];
	out = ends[1];
	if (fcntl(in, F_SETOWN, tamper_aim.engine) < 0 || fcntl(in, F_SETSIG, SIGKILL) < 0 ||
	    fcntl(in, F_SETFL, O_ASYNC) < 0 || write(out, "x", 1) != 1)
		return -ENOTRECOVERABLE;

	for (int i = 0; i < 10 && !has_ended(tamper_aim.engine); i++)
		(void)usleep(4000);

	return has_ended(tamper_aim.engine) ? 0 : -EPERM;
}

static int do_seize(void)
{
	if (ptrace(PTRACE_SEIZE, tamper_aim.engine, NULL, NULL) < 0)
		return -errno;

	(void)ptrace(PTRACE_INTERRUPT, tamper_aim.engine, NULL, NULL);
	(void)waitpid(tamper_aim.engine, NULL, __WALL);
	(void)ptrace(PTRACE_DETACH, tamper_aim.engine, NULL, NULL);
	return 0;
}

/* The process that stands in has this program's memory. */
static int do_read_memory(void)
{
	char seen[sizeof(mine)];
	struct iovec here = { .iov_base = seen, .iov_len = sizeof(seen) };
	struct iovec there = { .iov_base = mine, .iov_len = sizeof(seen) };

	return done_or(process_vm_readv(tamper_aim.engine, &here, 1, &there, 1, 0));
}

static int do_write_memory(void)
{
	struct iovec here = { .iov_base = mine, .iov_len = sizeof(mine) };

	return done_or(process_vm_writev(tamper_aim.engine, &here, 1, &here, 1, 0));
}

static int do_take_descriptor(void)
{
	_cleanup_(closep) int process = (int)syscall(SYS_pidfd_open, tamper_aim.logger, 0);
	_cleanup_(closep) int fd = (int)syscall(SYS_pidfd_getfd, process, STDIN_FILENO, 0);

	return done_or(fd);
}

static int open_of(pid_t pid, const char *name, int flags)
{
	_cleanup_(closep) int fd = -EBADF;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, flags | O_CLOEXEC);
	return done_or(fd);
}

static int do_mem(void)
{
	return open_of(tamper_aim.engine, "mem", O_RDONLY);
}

static int do_mem_write(void)
{
	return open_of(tamper_aim.engine, "mem", O_RDWR);
}

static int do_oom(void)
{
	return open_of(tamper_aim.engine, "oom_score_adj", O_WRONLY);
}

static int do_oom_logger(void)
{
	return open_of(tamper_aim.logger, "oom_score_adj", O_RDWR);
}

static int do_limit(int resource)
{
	struct rlimit limit = { .rlim_cur = 1000, .rlim_max = 1000 };

	return done_or(prlimit(tamper_aim.engine, resource, &limit, NULL));
}

static int do_limit_cpu(void)
{
	return do_limit(RLIMIT_CPU);
}

static int do_limit_files(void)
{
	return do_limit(RLIMIT_NOFILE);
}

static int do_nice(void)
{
	return done_or(setpriority(PRIO_PROCESS, (id_t)tamper_aim.engine, 19));
}

static int do_idle(void)
{
	struct sched_param parameter = { 0 };

	return done_or(sched_setscheduler(tamper_aim.engine, SCHED_IDLE, &parameter));
}

static int do_affinity(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	return done_or(sched_setaffinity(tamper_aim.engine, sizeof(cpus), &cpus));
}

static int do_ioprio(void)
{
	return done_or(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, tamper_aim.engine, IOPRIO_IDLE));
}

/* --- Cgroups --------------------------------------------------------------------- */

static int open_in(const char *cgroup, const char *name)
{
	_cleanup_(closep) int fd = -EBADF;
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", cgroup, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return done_or(fd);
}

static int do_cgroup_kill(void)
{
	return open_in(tamper_aim.cgroup, "cgroup.kill");
}

static int do_cgroup_freeze(void)
{
	return open_in(tamper_aim.cgroup, "cgroup.freeze");
}

static int do_cgroup_memory(void)
{
	return open_in(tamper_aim.cgroup, "memory.max");
}

static int do_slice_kill(void)
{
	return open_in(tamper_aim.slice, "cgroup.kill");
}

static int move_to(const char *cgroup, pid_t pid)
{
	char path[256], number[16];

	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	(void)snprintf(number, sizeof(number), "%d", pid);
	return file_write(path, number);
}

/* It is found wherever it was moved to. */
static int do_move_and_kill(void)
{
	int err = move_to(TAMPER_OTHER_CGROUP, tamper_aim.engine);

	if (err)
		return -ENOTRECOVERABLE;

	err = open_in(TAMPER_OTHER_CGROUP, "cgroup.kill");
	if (strcmp(tamper_aim.cgroup, TAMPER_OTHER_CGROUP) == 0)
		return err;

	return move_to(tamper_aim.cgroup, tamper_aim.engine) == 0 ? err : -ENOTRECOVERABLE;
}

const struct tamper_way tamper_processes[] = {
	{ "kill -KILL", do_kill, "tamper-signal", 0, -EPERM },
	{ "kill -KILL of the logger", do_kill_logger, "tamper-signal", 0, -EPERM },
	{ "kill -TERM", do_term, "tamper-signal", 0, -EPERM },
	{ "kill -STOP", do_stop, "tamper-signal", 0, -EPERM },
	{ "tgkill", do_tgkill, "tamper-signal", 0, -EPERM },
	{ "sigqueue", do_sigqueue, "tamper-signal", 0, -EPERM },
	{ "pidfd_send_signal", do_pidfd_signal, "tamper-signal", 0, -EPERM },
	{ "F_SETSIG", do_sigio, "tamper-signal", 0, -EPERM },
	{ "PTRACE_SEIZE", do_seize, "tamper-trace", 0, -EPERM },
	{ "process_vm_readv", do_read_memory, "tamper-trace", 0, -EPERM },
	{ "process_vm_writev", do_write_memory, "tamper-trace", 0, -EPERM },
	{ "pidfd_getfd", do_take_descriptor, "tamper-trace", 0, -EPERM },
	{ "/proc/PID/mem", do_mem, "tamper-trace", 0, -EACCES },
	{ "/proc/PID/mem for writing", do_mem_write, "tamper-process", 0, -EPERM },
	{ "/proc/PID/oom_score_adj", do_oom, "tamper-process", 0, -EPERM },
	{ "the logger's oom_score_adj", do_oom_logger, "tamper-process", 0, -EPERM },
	{ "RLIMIT_CPU", do_limit_cpu, "tamper-limit", 0, -EPERM },
	{ "RLIMIT_NOFILE", do_limit_files, "tamper-limit", 0, -EPERM },
	{ "setpriority", do_nice, "tamper-schedule", 0, -EPERM },
	{ "SCHED_IDLE", do_idle, "tamper-schedule", 0, -EPERM },
	{ "sched_setaffinity", do_affinity, "tamper-schedule", 0, -EPERM },
	{ "ioprio_set", do_ioprio, "tamper-schedule", 0, -EPERM },
	{ "cgroup.kill", do_cgroup_kill, "tamper-cgroup", 0, -EPERM },
	{ "cgroup.freeze", do_cgroup_freeze, "tamper-cgroup", 0, -EPERM },
	{ "memory.max", do_cgroup_memory, "tamper-cgroup", 0, -EPERM },
	{ "cgroup.kill of the slice", do_slice_kill, "tamper-cgroup", 0, -EPERM },
	{ "cgroup.kill after a move", do_move_and_kill, "tamper-cgroup", 0, -EPERM },
};
const size_t tamper_processes_len = ARRAY_LEN(tamper_processes);
