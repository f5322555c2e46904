// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the smallest LSM programs: no object file, no daemon
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "lsm.h"

#define CODE_MAX 64

struct code {
	struct bpf_insn instructions[CODE_MAX];
	size_t len;
};

static void emit(struct code *code, uint8_t op, uint8_t dst, uint8_t src, int16_t off, int32_t imm)
{
	code->instructions[code->len++] = (struct bpf_insn){
		.code = op, .dst_reg = dst, .src_reg = src, .off = off, .imm = imm
	};
}

static void emit_store(struct code *code, int16_t off, uint64_t value)
{
	emit(code, BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, 0, 0, (int32_t)value);
	emit(code, 0, 0, 0, 0, (int32_t)(value >> 32));
	emit(code, BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_1, off, 0);
}

/* Copies @audit to the program's stack and calls the kfunc of BTF id @kfunc. */
static void emit_audit(struct code *code, const struct bw_audit *audit, int kfunc)
{
	size_t i, words = sizeof(*audit) / sizeof(uint64_t);
	uint64_t value;

	for (i = 0; i < words; i++) {
		memcpy(&value, (const char *)audit + i * sizeof(value), sizeof(value));
		emit_store(code, (int16_t)((i - words) * sizeof(value)), value);
	}
	emit(code, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_10, 0, 0);
	emit(code, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, -(int32_t)sizeof(*audit));
	emit(code, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 1, kfunc);
}

static void emit_return(struct code *code, int value)
{
	emit(code, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, value);
	emit(code, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static bool btf_is_ours(int fd)
{
	char name[32] = "";
	struct bpf_btf_info info = { .name = (uint64_t)name, .name_len = sizeof(name) };
	uint32_t info_size = sizeof(info);

	return !bpf_obj_get_info_by_fd(fd, &info, &info_size) && !strcmp(name, "bulwark");
}

/* The descriptor of the module's BTF. */
static int module_btf_open(void)
{
	uint32_t id = 0;
	int fd;

	while (!bpf_btf_get_next_id(id, &id)) {
		fd = bpf_btf_get_fd_by_id(id);
		if (fd < 0)
			continue;
		if (btf_is_ours(fd))
			return fd;
		close(fd);
	}
	return -ENOENT;
}

static int kfunc_id(const char *name)
{
	struct btf *base = btf__load_vmlinux_btf();
	struct btf *own = btf__load_module_btf("bulwark", base);
	int id = own ? btf__find_by_name_kind(own, name, BTF_KIND_FUNC) : -ENOENT;

	btf__free(own);
	btf__free(base);
	return id;
}

static int load(const char *hook, const struct code *code, const int *descriptors)
{
	int id = libbpf_find_vmlinux_btf_id(hook, BPF_LSM_MAC);
	union bpf_attr attr;
	int fd;

	if (id < 0)
		return id;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_LSM;
	attr.expected_attach_type = BPF_LSM_MAC;
	attr.insns = (uint64_t)code->instructions;
	attr.insn_cnt = (uint32_t)code->len;
	attr.license = (uint64_t) "GPL";
	attr.attach_btf_id = (uint32_t)id;
	attr.fd_array = (uint64_t)descriptors;
	fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	return fd < 0 ? -errno : fd;
}

static int load_auditing(const char *hook, int verdict, const struct bw_audit *audit)
{
	int descriptors[2] = { 0, module_btf_open() };
	struct code code = { .len = 0 };
	int id = kfunc_id("bulwark_audit");
	int program;

	if (descriptors[1] < 0 || id < 0)
		return -ENOENT;

	emit_audit(&code, audit, id);
	emit_return(&code, verdict);
	program = load(hook, &code, descriptors);
	close(descriptors[1]);
	return program;
}

/* 0 if the kfunc of BTF id @kfunc returns 0. */
static void emit_sealed(struct code *code, int verdict, int kfunc)
{
	emit(code, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 1, kfunc);
	emit(code, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, 2, 0);
	emit_return(code, 0);
	emit_return(code, verdict);
}

int lsm_run_sealed(const char *hook, int verdict)
{
	int descriptors[2] = { 0, module_btf_open() };
	int id = kfunc_id("bulwark_is_sealed");
	struct code code = { .len = 0 };
	int program, link;

	if (descriptors[1] < 0 || id < 0)
		return -ENOENT;

	emit_sealed(&code, verdict, id);
	program = load(hook, &code, descriptors);
	close(descriptors[1]);
	if (program < 0)
		return program;

	link = lsm_attach(program);
	close(program);
	return link;
}

int lsm_load(const char *hook, int verdict, const struct bw_audit *audit)
{
	struct code code = { .len = 0 };

	if (audit)
		return load_auditing(hook, verdict, audit);

	emit_return(&code, verdict);
	return load(hook, &code, NULL);
}

int lsm_attach(int program)
{
	return bpf_link_create(program, 0, BPF_LSM_MAC, NULL);
}

int lsm_run(const char *hook, int verdict, const struct bw_audit *audit)
{
	int program = lsm_load(hook, verdict, audit);
	int link;

	if (program < 0)
		return program;

	link = lsm_attach(program);
	close(program);
	return link;
}

int lsm_map(void)
{
	return bpf_map_create(BPF_MAP_TYPE_ARRAY, "bw_test", sizeof(uint32_t), sizeof(uint64_t), 1,
			      NULL);
}

unsigned int lsm_link_id(int link)
{
	struct bpf_link_info info = { .id = 0 };
	uint32_t info_size = sizeof(info);

	return bpf_obj_get_info_by_fd(link, &info, &info_size) ? 0 : info.id;
}

unsigned int lsm_map_id(int map)
{
	struct bpf_map_info info = { .id = 0 };
	uint32_t info_size = sizeof(info);

	return bpf_obj_get_info_by_fd(map, &info, &info_size) ? 0 : info.id;
}

int lsm_link_is_gone(unsigned int id)
{
	int tries, fd;

	for (tries = 0; tries < 50; tries++) {
		fd = bpf_link_get_fd_by_id(id);
		if (fd < 0)
			return 1;
		close(fd);
		usleep(100000);
	}
	return 0;
}
