/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - keeps its files, its cgroup, its processes' files in /proc and the kernel's
 * switches from being written to while the host is sealed (INV-8)
 *
 * Reading is nobody's business here.
 */
#ifndef BULWARK_GUARD_OPEN_BPF_H
#define BULWARK_GUARD_OPEN_BPF_H

#include "guard_place.bpf.h"

#define FMODE_WRITE 0x2
#define O_TRUNC 01000

/* The first eight bytes of a name, as a number: "cgroup.p". */
#define CGROUP_P 0x702e70756f726763ULL

/* What a write to the file would be: an enum bw_tamper, or 0.  So the others as well. */
static __noinline __u32 file_tamper(const struct access *access)
{
	struct dentry *dentry = naming_dentry(access);

	if (!dentry_is_guarded(dentry) && !name_is_guarded(dentry, BW_GUARD_NAME))
		return 0;

	return caller_is_bulwark() ? 0 : BW_TAMPER_WRITE;
}

/**
 * struct lineage - The cgroups of one process, upwards
 *
 * @node: To look at next.
 * @wanted: The one that is looked for.
 * @found: Not 0 when it is among them.
 * @zero: Must be 0.
 */
struct lineage {
	struct kernfs_node *node;
	struct kernfs_node *wanted;
	__u32 found;
	__u32 zero;
};

static long lineage_step(__u32 index, struct lineage *lineage)
{
	struct kernfs_node *node = lineage->node;

	if (!node)
		return 1;

	if (node == lineage->wanted) {
		lineage->found = index + 1;
		return 1;
	}

	lineage->node = kernfs_parent(node);
	return 0;
}

static __noinline bool cgroup_holds(const struct bw_guardian *guardian, struct kernfs_node *wanted)
{
	struct task_struct *task = (void *)guardian->task;
	struct lineage lineage = {
		.node = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn),
		.wanted = wanted,
		.found = forget(0, guardian->pid),
	};

	bpf_loop(CGROUP_DEPTH_MAX, lineage_step, &lineage, 0);
	return lineage.found;
}

/**
 * struct muster - Bulwark's processes, one after the other
 *
 * @node: Is one of them in this cgroup or below?  NULL: not asked.
 * @pid: Or has this number.
 * @found: Its own number then.
 */
struct muster {
	struct kernfs_node *node;
	__u32 pid;
	__u32 found;
};

static long muster_step(__u32 index, struct muster *muster)
{
	struct bw_guardian *guardian = bpf_map_lookup_elem(&guardians, &index);

	if (!guardian || !guardian_lives(guardian))
		return 0;

	if (muster->node ? !cgroup_holds(guardian, muster->node) : guardian->pid != muster->pid)
		return 0;

	muster->found = guardian->pid;
	return 1;
}

/* The pid of one of Bulwark's processes that it is about, or 0. */
static __noinline __u32 muster_find(struct kernfs_node *node, __u32 pid)
{
	struct muster muster = {
		.node = node,
		.pid = pid,
		.found = forget(0, bpf_get_current_pid_tgid()),
	};

	bpf_loop(GUARDIANS_MAX, muster_step, &muster, 0);
	return muster.found;
}

/* cgroup.procs, through which a service's own commands join it, and cgroup.pressure. */
static __always_inline bool cgroup_file_is_free(const struct access *access)
{
	struct dentry *dentry = access->dentry;
	__u64 name = 0;

	bpf_probe_read_kernel(&name, sizeof(name), BPF_CORE_READ(dentry, d_name.name));
	return name == CGROUP_P;
}

/*
 * To freeze or kill a cgroup, or to leave it no memory, is to do so to the daemon.
 * The root of all has no such files.  Nobody needs one of version 1 to be changed.
 */
static __noinline __u32 cgroup_tamper(struct access *access, unsigned long magic)
{
	struct inode *inode = access->inode;
	struct kernfs_node *node = BPF_CORE_READ(inode, i_private);
	struct kernfs_node *directory = kernfs_parent(node);

	if (magic == CGROUP2_MAGIC) {
		if (!directory || !kernfs_parent(directory) || cgroup_file_is_free(access))
			return 0;

		access->target = muster_find(directory, 0);
		if (!access->target)
			return 0;
	}

	return caller_is_init() || caller_is_bulwark() ? 0 : BW_TAMPER_CGROUP;
}

/* 0 for what in /proc is no process's. */
static __always_inline __u32 proc_pid(struct inode *inode)
{
	struct proc_inode *proc;

	proc = (void *)inode - bpf_core_field_offset(((struct proc_inode *)NULL)->vfs_inode);
	return BPF_CORE_READ(proc, pid, numbers[0].nr);
}

/* oom_score_adj, mem, clear_refs and all others of a process; switches of the kernel. */
static __noinline __u32 proc_tamper(struct access *access)
{
	__u32 pid = proc_pid(access->inode);

	if (caller_is_init() || caller_is_bulwark())
		return 0;

	access->target = pid;
	if (pid)
		return muster_find(NULL, pid) ? BW_TAMPER_PROCESS : 0;

	return name_is_guarded(access->dentry, BW_GUARD_SWITCH) ? BW_TAMPER_SWITCH : 0;
}

static __always_inline __u32 write_tamper(struct access *access)
{
	struct inode *inode = access->inode;
	unsigned long magic = BPF_CORE_READ(inode, i_sb, s_magic);

	if (magic == PROC_MAGIC)
		return proc_tamper(access);

	if (magic == CGROUP_MAGIC || magic == CGROUP2_MAGIC)
		return cgroup_tamper(access, magic);

	return file_tamper(access);
}

/*
 * As access_refused() in the same program: a verifier that follows the stack by the
 * depth of calls wants each way to the event to be as deep as the others.
 */
static __noinline int write_refuse(struct access *access, __u32 tamper)
{
	return tamper_refuse(access, tamper);
}

static __noinline int write_judge(struct file *file)
{
	struct access access = {};
	__u32 tamper;

	access_set_file(&access, file);
	tamper = write_tamper(&access);
	return tamper ? write_refuse(&access, tamper) : 0;
}

static __always_inline bool open_writes(const struct file *file)
{
	return file->f_mode & FMODE_WRITE || file->f_flags & O_TRUNC;
}

/* Part of the program that sees each open: one of its own would cost everybody. */
static __always_inline bool open_tampers(struct file *file)
{
	return host_is_sealed() && write_judge(file);
}

#endif
