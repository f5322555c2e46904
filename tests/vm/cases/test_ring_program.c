// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-1 where a BPF program runs a ring: it isn't loaded where a set is enforced
 *
 * Boots with two processors.
 * Boots with others.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "cleanup.h"
#include "rig.h"
#include "tap.h"

#define SECRET "/srv/set/secret"

/* What the kernel calls such programs, and the place of the one that it calls. */
#define OPERATIONS "io_uring_bpf_ops"
#define MEMBER_STEP 0

/* The kernel's number of their type, or less than 0. */
static int operations_type(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int id = btf ? btf__find_by_name_kind(btf, OPERATIONS, BTF_KIND_STRUCT) : -ENOENT;

	btf__free(btf);
	return id;
}

/* One that stops at once. */
static int probe_load(const char *path)
{
	const struct bpf_insn stop[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr;
	int fd;

	(void)path;
	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_STRUCT_OPS;
	attr.prog_flags = BPF_F_SLEEPABLE;
	attr.insns = (uint64_t)(uintptr_t)stop;
	attr.insn_cnt = ARRAY_LEN(stop);
	attr.license = (uint64_t)(uintptr_t) "GPL";
	attr.attach_btf_id = (uint32_t)operations_type();
	attr.expected_attach_type = MEMBER_STEP;
	fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0)
		return -errno;

	closep(&fd);
	return 0;
}

static const struct rig_probe probes[] = {
	{ "load", probe_load },
};

static void test_load(struct rig *rig)
{
	is(rig_call(RIG_OTHER, "load", ""), 0, "control: without a policy it is loaded");
	rig_set(rig, 1, BW_MODE_ENFORCE, "/srv/set");
	(void)rig_grant(rig, 1, RIG_GRANTED, 0);
	is(rig_apply(rig), 0, "a policy");
	is(rig_call(RIG_OTHER, "load", ""), -EACCES, "a ring's program: refused");
	is(rig_call(RIG_GRANTED, "load", ""), -EACCES, "to who may read, too");

	rig_tracer(rig, 1, RIG_GRANTED);
	is(rig_apply(rig), 0, "a policy with a tracer");
	is(rig_call(RIG_GRANTED, "load", ""), 0, "to a tracer: loaded");
}

int main(int argc, char **argv)
{
	struct rig rig;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	rig_write(SECRET, "pension\n");
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	if (operations_type() < 0)
		skip("this kernel has no BPF programs in a ring", "a ring's program: refused");
	else
		test_load(&rig);
	rig_end(&rig);
	return done();
}
