// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the guest is what every other case takes for granted
 *
 * Boots afresh.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "scratch.h"
#include "tap.h"

/* Returns the descriptor of an LSM program that does nothing, or -errno. */
static int load_lsm_program(int attach_btf_id)
{
	struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_LSM;
	attr.expected_attach_type = BPF_LSM_MAC;
	attr.insns = (__u64)code;
	attr.insn_cnt = sizeof(code) / sizeof(code[0]);
	attr.license = (__u64) "GPL";
	attr.attach_btf_id = (__u32)attach_btf_id;
	if (syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)) < 0)
		return -errno;
	return 0;
}

static void test_bpf_lsm(void)
{
	int id = libbpf_find_vmlinux_btf_id("file_open", BPF_LSM_MAC);

	ok(id > 0, "the kernel's BTF knows the hook file_open");
	is(load_lsm_program(id), 0, "an LSM program loads");
}

static void test_filesystem(const char *type)
{
	char where[64];
	struct statfs fs;
	int err;

	snprintf(where, sizeof(where), "/tmp/%s", type);
	err = scratch_mount(type, where, 512);
	if (err == -ENOENT) {
		skip("no mkfs on the host that built the guest", "%s mounts", type);
		return;
	}

	is(err, 0, "%s mounts", type);
	ok(!err && !statfs(where, &fs) && fs.f_bfree > 0, "%s has room", type);
	if (!err)
		is(scratch_unmount(where), 0, "%s unmounts", type);
}

int main(void)
{
	struct utsname name;

	uname(&name);
	diag("kernel %s", name.release);
	test_bpf_lsm();
	ok(access("/sys/kernel/btf/vmlinux", R_OK) == 0, "the kernel has BTF");
	ok(access("/dev/ttyS0", F_OK) == 0, "/dev is there");
	ok(access("/sys/fs/cgroup/cgroup.procs", W_OK) == 0, "cgroup2 is there");
	test_filesystem("ext4");
	test_filesystem("xfs");
	test_filesystem("btrfs");
	return done();
}
