// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - BPF, perf, tracefs, kcore: refused where a set is enforced
 *
 * Boots afresh.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "cleanup.h"
#include "lsm.h"
#include "rig.h"
#include "scratch.h"
#include "tap.h"

#define SECRET "/srv/set/secret"
#define OTHER_SECRET "/srv/another/secret"

#define TRACEFS "/sys/kernel/tracing"
#define NODES "/run/nodes"
/* Number of the secret that opens the seal. */
#define SEAL_SECRET 1
#define UNIT_CGROUP "/sys/fs/cgroup/system.slice/bulwarkd.service"

#define CODE(op, dst, src, offset, value)                                                         \
	{                                                                                         \
		.code = (op), .dst_reg = (dst), .src_reg = (src), .off = (offset), .imm = (value) \
	}
#define CALL(helper) CODE(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##helper)
#define MOVE(dst, value) CODE(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value)
#define RETURN MOVE(0, 0), CODE(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/* A place on the stack for eight bytes, and how many. */
#define TO_STACK                                                \
	CODE(BPF_ST | BPF_MEM | BPF_DW, 10, 0, -8, 0),          \
		CODE(BPF_ALU64 | BPF_MOV | BPF_X, 1, 10, 0, 0), \
		CODE(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, -8), MOVE(2, 8)

static const struct bpf_insn nothing[] = { RETURN };

static const struct bpf_insn kernel_reader[] = { TO_STACK, MOVE(3, 0), CALL(probe_read_kernel),
						 RETURN };

static const struct bpf_insn user_reader[] = { TO_STACK, MOVE(3, 0), CALL(probe_read_user),
					       RETURN };

/* Follows the pointer to the task that it is given. */
static const struct bpf_insn task_reader[] = {
	CALL(get_current_task_btf),
	CODE(BPF_LDX | BPF_MEM | BPF_DW, 1, 0, 0, 0),
	RETURN,
};

static int load(uint32_t type, uint32_t flags, const struct bpf_insn *code, size_t len)
{
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = type;
	attr.prog_flags = flags;
	attr.insns = (uint64_t)code;
	attr.insn_cnt = (uint32_t)len;
	attr.license = (uint64_t) "GPL";
	fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0)
		return -errno;

	close(fd);
	return 0;
}

/* --- Programs ------------------------------------------------------------------ */

/* What each needs besides its type is asked for later. */
static const struct {
	const char *name;
	uint32_t type;
	uint32_t flags;
	int free;
	int refused;
} types[] = {
	{ "kprobe", BPF_PROG_TYPE_KPROBE, 0, 0, -EACCES },
	{ "tracepoint", BPF_PROG_TYPE_TRACEPOINT, 0, 0, -EACCES },
	{ "perf event", BPF_PROG_TYPE_PERF_EVENT, 0, 0, -EACCES },
	{ "raw tracepoint", BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0, -EACCES },
	{ "raw tracepoint that writes", BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, 0, 0, -EACCES },
	{ "tracing", BPF_PROG_TYPE_TRACING, 0, -EINVAL, -EACCES },
	{ "struct_ops", BPF_PROG_TYPE_STRUCT_OPS, 0, -EINVAL, -EACCES },
	{ "extension", BPF_PROG_TYPE_EXT, 0, -EINVAL, -EACCES },
	{ "system call", BPF_PROG_TYPE_SYSCALL, BPF_F_SLEEPABLE, 0, -EACCES },
	{ "of a type to come", 200, 0, -EINVAL, -EACCES },
	{ "socket filter", BPF_PROG_TYPE_SOCKET_FILTER, 0, 0, 0 },
	{ "packet classifier", BPF_PROG_TYPE_SCHED_CLS, 0, 0, 0 },
	{ "XDP", BPF_PROG_TYPE_XDP, 0, 0, 0 },
	{ "cgroup's packets", BPF_PROG_TYPE_CGROUP_SKB, 0, 0, 0 },
	{ "cgroup's devices", BPF_PROG_TYPE_CGROUP_DEVICE, 0, 0, 0 },
	{ "cgroup's sysctl", BPF_PROG_TYPE_CGROUP_SYSCTL, 0, 0, 0 },
};

/* 0, -EACCES, or -EINVAL for whatever else is wrong with it. */
static int probe_type(const char *index)
{
	size_t i = strtoul(index, NULL, 10);
	int err = load(types[i].type, types[i].flags, nothing, ARRAY_LEN(nothing));

	return err && err != -EACCES ? -EINVAL : err;
}

static int probe_lsm(const char *path)
{
	int fd = lsm_load("file_open", 0, NULL);

	(void)path;
	return fd < 0 ? fd : 0;
}

/* A packet's program that reads other things: 0, or -EACCES for whatever the verifier says. */
static int read_by_packets(const struct bpf_insn *code, size_t len)
{
	return load(BPF_PROG_TYPE_SCHED_CLS, 0, code, len) ? -EACCES : 0;
}

static int probe_kernel_reader(const char *path)
{
	(void)path;
	return read_by_packets(kernel_reader, ARRAY_LEN(kernel_reader));
}

static int probe_user_reader(const char *path)
{
	(void)path;
	return read_by_packets(user_reader, ARRAY_LEN(user_reader));
}

static int probe_task_reader(const char *path)
{
	(void)path;
	return read_by_packets(task_reader, ARRAY_LEN(task_reader));
}

/* --- Others -------------------------------------------------------------------- */

static int perf_open(pid_t pid, int cpu, uint64_t sample)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = sample ? 100000 : 0,
		.sample_type = sample,
		.sample_stack_user = sample & PERF_SAMPLE_STACK_USER ? 4096 : 0,
	};
	_cleanup_(closep) int fd = (int)syscall(SYS_perf_event_open, &attr, pid, cpu, -1, 0);

	return fd < 0 ? -errno : 0;
}

static int probe_perf_all(const char *path)
{
	(void)path;
	return perf_open(-1, 0, PERF_SAMPLE_IP | PERF_SAMPLE_STACK_USER);
}

static int probe_perf_process(const char *path)
{
	(void)path;
	return perf_open(1, -1, PERF_SAMPLE_IP | PERF_SAMPLE_STACK_USER);
}

static int probe_tracefs_write(const char *path)
{
	(void)path;
	return rig_open(TRACEFS "/uprobe_events", O_WRONLY);
}

static int probe_tracefs_read(const char *path)
{
	(void)path;
	return rig_open(TRACEFS "/trace", O_RDONLY);
}

static int probe_kcore(const char *path)
{
	(void)path;
	return rig_open("/proc/kcore", O_RDONLY);
}

static int probe_mem(const char *path)
{
	(void)path;
	return rig_open(NODES "/mem", O_RDONLY);
}

static int probe_port(const char *path)
{
	(void)path;
	return rig_open(NODES "/port", O_RDONLY);
}

/* Says -EPERM where it is not to be had. */
static int probe_snapshot(const char *path)
{
	int err = rig_open(NODES "/snapshot", O_RDONLY);

	(void)path;
	return err == -EPERM ? -EACCES : err;
}

static int probe_seize_first(const char *path)
{
	(void)path;
	if (ptrace(PTRACE_SEIZE, 1, NULL, NULL) < 0)
		return errno == EPERM ? -EACCES : -errno;

	(void)ptrace(PTRACE_INTERRUPT, 1, NULL, NULL);
	(void)waitpid(1, NULL, __WALL);
	(void)ptrace(PTRACE_DETACH, 1, NULL, NULL);
	return 0;
}

static int probe_memory_of_first(const char *path)
{
	(void)path;
	return rig_open("/proc/1/mem", O_RDONLY);
}

/* What everybody does and nobody may lose. */
static int probe_maps_of_first(const char *path)
{
	(void)path;
	return rig_read("/proc/1/maps");
}

static int probe_power_states(const char *path)
{
	char text[64];

	(void)path;
	file_text("/sys/power/state", text, sizeof(text));
	return strstr(text, "disk") ? 0 : -ENOENT;
}

static int probe_module(const char *path)
{
	int err = scratch_run("/sbin/modprobe", "xfs", NULL);

	(void)path;
	return err ? err : access(TRACEFS "/events/xfs", F_OK) < 0 ? -errno : 0;
}

#define WAYS(way)                 \
	{                         \
#way, probe_##way \
	}

static const struct rig_probe probes[] = {
	{ "type", probe_type },
	WAYS(lsm),
	WAYS(kernel_reader),
	WAYS(user_reader),
	WAYS(task_reader),
	WAYS(perf_all),
	WAYS(perf_process),
	WAYS(tracefs_write),
	WAYS(tracefs_read),
	WAYS(kcore),
	WAYS(mem),
	WAYS(port),
	WAYS(snapshot),
	WAYS(seize_first),
	WAYS(memory_of_first),
	WAYS(maps_of_first),
	WAYS(power_states),
	WAYS(module),
};

/* What each of them says where a set is enforced, and how many refusals it makes. */
static const struct {
	const char *name;
	const char *what;
	int refused;
	int told;
} ways[] = {
	{ "lsm", "a program for an LSM hook", -EACCES, 1 },
	{ "kernel_reader", "a packet's program that reads the kernel's memory", -EACCES, 0 },
	{ "user_reader", "a packet's program that reads a process's memory", -EACCES, 0 },
	{ "task_reader", "a packet's program that follows pointers", -EACCES, 0 },
	{ "perf_all", "stacks of all processes", -EACCES, 1 },
	{ "perf_process", "stacks of one process", -EACCES, 1 },
	{ "tracefs_write", "a probe by tracefs", -EACCES, 1 },
	{ "tracefs_read", "what probes have seen", -EACCES, 1 },
	{ "kcore", "/proc/kcore", -EACCES, 1 },
	{ "mem", "/dev/mem", -EACCES, 1 },
	{ "port", "/dev/port", -EACCES, 1 },
	{ "snapshot", "/dev/snapshot", -EACCES, 1 },
	{ "seize_first", "tracing the first process", -EACCES, 1 },
	{ "memory_of_first", "the first process's memory", -EACCES, 1 },
	{ "maps_of_first", "the first process's maps", 0, 0 },
	{ "power_states", "what the host could sleep in", 0, 0 },
};

static void nodes_make(void)
{
	static const struct {
		const char *path;
		unsigned int major;
		unsigned int minor;
	} nodes[] = {
		{ NODES "/mem", 1, 1 },
		{ NODES "/port", 1, 4 },
		{ NODES "/snapshot", 10, 231 },
	};

	rig_mkdir(NODES);
	for (size_t i = 0; i < ARRAY_LEN(nodes); i++)
		ok(mknod(nodes[i].path, S_IFCHR | 0600, makedev(nodes[i].major, nodes[i].minor)) ==
			   0,
		   "%s is made", nodes[i].path);
	if (access(TRACEFS "/trace", F_OK) < 0)
		is(mount("tracefs", TRACEFS, "tracefs", 0, NULL), 0, "tracefs is mounted");
}

static void types_check(const char *exe, bool refused, const char *when)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		char index[16];

		(void)snprintf(index, sizeof(index), "%zu", i);
		is(rig_call(exe, "type", index), refused ? types[i].refused : types[i].free,
		   "%s: a program, %s", when, types[i].name);
	}
}

/* All ways are open to @exe, or all refused that can be. */
static void ways_check(const char *exe, bool refused, const char *when)
{
	types_check(exe, refused, when);
	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		is(rig_call(exe, ways[i].name, "-"), refused ? ways[i].refused : 0, "%s: %s", when,
		   ways[i].what);
}

static void refusals_are_told(struct rig *rig)
{
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		__u64 before = rig_state(rig).sequence;

		rig_call(RIG_OTHER, ways[i].name, "-");
		is(rig_state(rig).sequence - before, ways[i].told, "how often it is told: %s",
		   ways[i].what);
	}
}

static void policy(struct rig *rig, enum bw_mode mode, enum bw_mode other)
{
	rig_clear(rig);
	rig_set(rig, 1, mode, "/srv/set");
	rig_set(rig, 2, other, "/srv/another");
	rig_grant(rig, 1, RIG_OTHER, 0);
	rig_grant(rig, 2, RIG_OTHER, 0);
}

static void test_monitored(struct rig *rig)
{
	__u64 would_refuse;

	policy(rig, BW_MODE_MONITOR, BW_MODE_MONITOR);
	is(rig_apply(rig), 0, "sets that only watch");
	would_refuse = rig_state(rig).would_refuse;
	ways_check(RIG_OTHER, false, "watched");
	ok(rig_state(rig).would_refuse > would_refuse, "what would have been refused is counted");
}

/* Who may read every set may still not look at what else the kernel holds. */
static void test_enforced(struct rig *rig)
{
	policy(rig, BW_MODE_MONITOR, BW_MODE_ENFORCE);
	is(rig_apply(rig), 0, "a set that enforces, and one that only watches");
	is(rig_call(RIG_OTHER, "module", "-"), 0, "a module can be loaded, and traced later");
	ways_check(RIG_OTHER, true, "enforced");
	refusals_are_told(rig);
	rig->release = "next";
	is(rig_rearm(rig), 0, "the next release arms");
	is(rig_call(RIG_OTHER, "kcore", "-"), -EACCES, "and others are refused as before");
}

static void test_tracers(struct rig *rig)
{
	policy(rig, BW_MODE_ENFORCE, BW_MODE_ENFORCE);
	rig_tracer(rig, 1, RIG_GRANTED);
	is(rig_apply(rig), 0, "a tracer that one of two sets names");
	is(rig_call(RIG_GRANTED, "kcore", "-"), -EACCES, "it is refused");
	rig_tracer(rig, 2, RIG_GRANTED);
	is(rig_apply(rig), 0, "a tracer that both name");
	ways_check(RIG_GRANTED, false, "tracer");
	is(rig_call(RIG_OTHER, "kcore", "-"), -EACCES, "others are refused");
	is(rig_call_as(34, RIG_GRANTED, "lsm", "-"), -EPERM, "the kernel's own rules hold as well");
}

static int enter_unit(void)
{
	rig_mkdir(UNIT_CGROUP);
	return file_write(UNIT_CGROUP "/cgroup.procs", "0");
}

static void test_unit(void)
{
	is(rig_call_after(enter_unit, RIG_OTHER, "lsm", "-"), 0,
	   "a daemon of a new package, in Bulwark's unit");
	is(rig_call(RIG_OTHER, "lsm", "-"), -EACCES, "the same in no unit");
}

/* Anybody's cgroup can have that name. */
static void test_unit_sealed(struct rig *rig)
{
	is(device_seal(rig->keeper, 1, 1, SEAL_SECRET), 0, "the host is sealed");
	is(rig_call_after(enter_unit, RIG_OTHER, "lsm", "-"), -EACCES,
	   "sealed: another program in Bulwark's unit");
	is(device_unseal(rig->keeper, SEAL_SECRET), 1, "the secret is shown");
	is(rig_call_after(enter_unit, RIG_OTHER, "lsm", "-"), 0, "unsealed: as before");
}

int main(int argc, char **argv)
{
	struct rig rig;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	nodes_make();
	rig_write(SECRET, "pension\n");
	rig_write(OTHER_SECRET, "pension\n");
	rig_prepare();
	ways_check(RIG_OTHER, false, "control, before Bulwark");
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	ways_check(RIG_OTHER, false, "control, without a policy");
	test_monitored(&rig);
	test_enforced(&rig);
	test_tracers(&rig);
	test_unit();
	test_unit_sealed(&rig);
	rig_end(&rig);
	return done();
}
