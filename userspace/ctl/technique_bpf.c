// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: programs in the kernel that read for us
 *
 * One runs while our own process does, the other once, when it is called.
 */
#include <fcntl.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "cleanup.h"
#include "debugger.h"

#define CODE(op, dst, src, offset, value)                                                         \
	{                                                                                         \
		.code = (op), .dst_reg = (dst), .src_reg = (src), .off = (offset), .imm = (value) \
	}
#define COPY(dst, src) CODE(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define SET(dst, value) CODE(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value)
#define ADD(dst, value) CODE(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, value)
#define CALL(helper) CODE(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##helper)
#define LEAVE CODE(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/* A number of 64 bits takes the room of two. */
#define WIDE(dst, src, value)                                           \
	CODE(BPF_LD | BPF_DW | BPF_IMM, dst, src, 0, (int32_t)(value)), \
		CODE(0, 0, 0, 0, (int32_t)((uint64_t)(value) >> 32))

/* The one entry of the map, to r6; ends without. */
#define TO_PURSE(map)                                                                  \
	CODE(BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, 0), WIDE(1, BPF_PSEUDO_MAP_FD, map), \
		COPY(2, 10), ADD(2, -4), CALL(map_lookup_elem),                        \
		CODE(BPF_JMP | BPF_JNE | BPF_K, 0, 0, 2, 0), SET(0, 0), LEAVE, COPY(6, 0)

/* From where r3 points into the map, and says whether it could. */
#define FILL_PURSE(helper, len)                                          \
	COPY(1, 6), ADD(1, sizeof(uint64_t)), SET(2, len), CALL(helper), \
		CODE(BPF_JMP | BPF_JNE | BPF_K, 0, 0, 1, 0),             \
		CODE(BPF_ST | BPF_MEM | BPF_DW, 6, 0, 0, 1), SET(0, 0), LEAVE

/**
 * struct purse - The one entry of the map that a program fills
 *
 * @full: 1 once it has.
 * @bytes: What it read.
 */
struct purse {
	uint64_t full;
	char bytes[WALLET_ROOM];
};

static int bpf(int command, union bpf_attr *attr)
{
	long result = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return result < 0 ? -errno : (int)result;
}

static int map_create(void)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = sizeof(uint32_t);
	attr.value_size = sizeof(struct purse);
	attr.max_entries = 1;
	return bpf(BPF_MAP_CREATE, &attr);
}

/* If the verifier says something, it isn't Bulwark that refuses. */
static int program_load(uint32_t type, const struct bpf_insn *code, size_t len, struct loot *loot)
{
	static char said[65536];
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = type;
	attr.insns = (uintptr_t)code;
	attr.insn_cnt = (uint32_t)len;
	attr.license = (uintptr_t) "GPL";
	attr.log_level = 1;
	attr.log_buf = (uintptr_t)said;
	attr.log_size = sizeof(said);
	fd = bpf(BPF_PROG_LOAD, &attr);
	if (fd >= 0 || !*said)
		return fd < 0 ? debugger_refused(loot, fd) : fd;

	(void)snprintf(loot->why, sizeof(loot->why), "the kernel takes no such program");
	return -EOPNOTSUPP;
}

static int purse_take(int map, size_t len, struct loot *loot)
{
	static struct purse purse;
	const uint32_t key = 0;
	union bpf_attr attr;
	int err;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)map;
	attr.key = (uintptr_t)&key;
	attr.value = (uintptr_t)&purse;
	err = bpf(BPF_MAP_LOOKUP_ELEM, &attr);
	if (err)
		return err;

	if (!purse.full)
		return -ENODATA;

	loot_keep(loot, purse.bytes, len);
	return 0;
}

/* Reads from the process that it interrupts. */
static int process_program(int map, const struct holder *holder, struct loot *loot)
{
	const struct bpf_insn code[] = {
		TO_PURSE(map),
		WIDE(3, 0, holder_bytes(holder)),
		FILL_PURSE(probe_read_user, (int)holder->len),
	};

	return program_load(BPF_PROG_TYPE_PERF_EVENT, code, ARRAY_LEN(code), loot);
}

/* At each tick of a clock that goes while the holder runs. */
static int clock_attach(int program, pid_t pid)
{
	const struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = SAMPLE_NS,
	};
	_cleanup_(closep) int event = perf_event_open(&attr, pid);

	if (event < 0)
		return event;

	return ioctl(event, PERF_EVENT_IOC_SET_BPF, program) < 0 ? -errno : take_fd(&event);
}

static int take_process(const struct target *target, struct loot *loot)
{
	_cleanup_(holder_end) struct holder holder = { 0 };
	_cleanup_(closep) int map = map_create();
	_cleanup_(closep) int program = -EBADF;
	_cleanup_(closep) int event = -EBADF;
	int err = debugger_begin(target, HOLDER_SPINS, &holder, loot);

	if (err)
		return err;

	program = process_program(map, &holder, loot);
	if (program < 0)
		return program;

	event = clock_attach(program, holder.pid);
	if (event < 0)
		return event;

	err = -ENODATA;
	for (int ms = 0; ms < HOLDER_WAIT_MS && err; ms += 20) {
		(void)usleep(20000);
		err = purse_take(map, holder.len, loot);
	}
	return err;
}

/* An address in the kernel; 0 if it isn't told. */
static uint64_t symbol_find(const char *name)
{
	_cleanup_(fclosep) FILE *symbols = fopen("/proc/kallsyms", "re");
	unsigned long address;
	char found[128];

	while (symbols && fscanf(symbols, "%lx %*c %127s%*[^\n]", &address, found) == 2)
		if (!strcmp(found, name))
			return address;
	return 0;
}

/* Reads the host's memory, all of which the kernel has mapped from a place that it chose. */
static int page_program(int map, uint64_t physical, size_t len, struct loot *loot)
{
	const uint64_t base = symbol_find("page_offset_base");
	const struct bpf_insn code[] = {
		TO_PURSE(map),
		COPY(1, 10),
		ADD(1, -16),
		SET(2, 8),
		WIDE(3, 0, base),
		CALL(probe_read_kernel),
		CODE(BPF_LDX | BPF_MEM | BPF_DW, 3, 10, -16, 0),
		WIDE(4, 0, physical),
		CODE(BPF_ALU64 | BPF_ADD | BPF_X, 3, 4, 0, 0),
		FILL_PURSE(probe_read_kernel, (int)len),
	};

	return program_load(BPF_PROG_TYPE_RAW_TRACEPOINT, code, ARRAY_LEN(code), loot);
}

static int program_call(int program)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = (uint32_t)program;
	return bpf(BPF_PROG_TEST_RUN, &attr);
}

/* The page of the file itself, where the kernel keeps it for everybody. */
static int take_page(const struct target *target, struct loot *loot)
{
	_cleanup_(holder_end) struct holder holder = { 0 };
	_cleanup_(closep) int map = map_create();
	_cleanup_(closep) int program = -EBADF;
	uint64_t physical = 0;
	int err = debugger_begin(target, HOLDER_WAITS, &holder, loot);

	if (!err)
		err = holder_frame(&holder, holder.page, &physical);
	if (err)
		return err;

	program = page_program(map, physical, holder.len, loot);
	if (program < 0)
		return program;

	err = program_call(program);
	return err ? err : purse_take(map, holder.len, loot);
}

const struct technique techniques_bpf[] = {
	{ "bpf-process", "I7", "a BPF program in who has read it", take_process, false },
	{ "bpf-page", "J8", "a BPF program that reads its page", take_page, false },
	{ NULL, NULL, NULL, NULL, false },
};
