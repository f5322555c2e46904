// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - keeps its files, its cgroup and the kernel's switches from being changed
 * while the host is sealed (INV-8)
 *
 * Reading is nobody's business here, and what only a name leads to stays free.
 */
#include "guard.bpf.h"

#include <bpf/bpf_tracing.h>

/*
 * Levels from a file up to one of Bulwark's directories.  Its own files lie one or two
 * below; what is deeper is none, so the bound fails open.
 */
#define GUARD_DEPTH_MAX 8

#define FMODE_WRITE 0x2
#define O_TRUNC 01000

#define PROC_MAGIC 0x9fa0
#define CGROUP_MAGIC 0x27e0eb
#define CGROUP2_MAGIC 0x63677270

#define MNT_SHARED 0x1000
/* MS_UNBINDABLE, MS_PRIVATE, MS_SLAVE, MS_SHARED: they move nothing. */
#define MS_PROPAGATION (1UL << 17 | 1UL << 18 | 1UL << 19 | 1UL << 20)

/* --- Which files are Bulwark's ------------------------------------------------- */

/**
 * struct climb - From a dentry upwards, looking for one of Bulwark's directories
 *
 * @dentry: To look at next.
 * @found: Not 0 when there is one.
 * @zero: Must be 0.
 */
struct climb {
	struct dentry *dentry;
	__u32 found;
	__u32 zero;
};

static __always_inline __u32 *inode_guard(const struct inode *inode, enum bw_guard_kind kind)
{
	struct bw_guard_key key = { .kind = kind, .file = file_key(inode) };

	return guard_find(&key);
}

static long climb_step(__u32 index, struct climb *climb)
{
	struct dentry *dentry = climb->dentry;
	__u32 *guard = inode_guard(BPF_CORE_READ(dentry, d_inode), BW_GUARD_FILE);

	if (guard) {
		climb->found = *guard;
		return 1;
	}

	climb->dentry = BPF_CORE_READ(dentry, d_parent);
	return climb->dentry == dentry;
}

/* Is it one of Bulwark's files, or in one of its directories? */
static __noinline bool dentry_is_guarded(struct dentry *dentry)
{
	struct climb climb = {
		.dentry = dentry,
		.found = forget(0, BPF_CORE_READ(dentry, d_sb, s_dev)),
	};

	bpf_loop(GUARD_DEPTH_MAX, climb_step, &climb, 0);
	return climb.found;
}

static __always_inline bool name_is_guarded(struct dentry *dentry, enum bw_guard_kind kind)
{
	struct bw_guard_key key = { .kind = kind };

	key.name = name_hash((__u64)BPF_CORE_READ(dentry, d_name.name),
			     BPF_CORE_READ(dentry, d_name.len));
	return guard_find(&key);
}

/* Those that the kernel makes: a cgroup has its unit's name, and a switch is no file. */
static __always_inline bool filesystem_has_files(struct dentry *dentry)
{
	unsigned long magic = BPF_CORE_READ(dentry, d_sb, s_magic);

	return magic != PROC_MAGIC && magic != CGROUP_MAGIC && magic != CGROUP2_MAGIC;
}

/* What the name stands for, or will; a directory above Bulwark's counts as well. */
static __noinline int entry_judge(struct dentry *dentry, __u32 tamper)
{
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	struct access access = { .inode = inode, .dentry = dentry };

	if (!host_is_sealed() || !filesystem_has_files(dentry))
		return 0;

	if (!dentry_is_guarded(dentry) && !inode_guard(inode, BW_GUARD_ABOVE) &&
	    !name_is_guarded(dentry, BW_GUARD_NAME))
		return 0;

	return caller_is_bulwark() ? 0 : tamper_refuse(&access, tamper);
}

/* --- Opening for writing ------------------------------------------------------- */

static __noinline int file_judge_write(struct file *file)
{
	struct access access = {};
	struct dentry *dentry;

	access_set_file(&access, file);
	dentry = naming_dentry(&access);
	if (!dentry_is_guarded(dentry) && !name_is_guarded(dentry, BW_GUARD_NAME))
		return 0;

	return caller_is_bulwark() ? 0 : tamper_refuse(&access, BW_TAMPER_WRITE);
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
	struct muster muster = { .node = node, .pid = pid, .found = forget(0, pid) };

	bpf_loop(GUARDIANS_MAX, muster_step, &muster, 0);
	return muster.found;
}

static __always_inline int kernel_file_refuse(struct file *file, __u32 tamper, __u32 target)
{
	struct access access = { .target = target };

	access_set_file(&access, file);
	return tamper_refuse(&access, tamper);
}

/*
 * To freeze or kill a cgroup, or to leave it no memory, is to do so to the daemon.
 * The root of all has no such files.  Nobody needs one of version 1 to be changed.
 */
static __noinline int cgroup_judge(struct file *file, unsigned long magic)
{
	struct kernfs_node *node = BPF_CORE_READ(file, f_inode, i_private);
	struct kernfs_node *directory = kernfs_parent(node);
	__u32 target = 0;

	if (magic == CGROUP2_MAGIC) {
		if (!directory || !kernfs_parent(directory))
			return 0;

		target = muster_find(directory, (__u64)directory >> 32);
		if (!target)
			return 0;
	}

	if (caller_is_init() || caller_is_bulwark())
		return 0;

	return kernel_file_refuse(file, BW_TAMPER_CGROUP, target);
}

/* 0 for what in /proc is no process's. */
static __always_inline __u32 proc_pid(struct inode *inode)
{
	struct proc_inode *proc;

	proc = (void *)inode - bpf_core_field_offset(((struct proc_inode *)NULL)->vfs_inode);
	return BPF_CORE_READ(proc, pid, numbers[0].nr);
}

/* oom_score_adj, mem, clear_refs and all others of a process; switches of the kernel. */
static __noinline int proc_judge(struct file *file)
{
	__u32 pid = proc_pid(BPF_CORE_READ(file, f_inode));

	if (caller_is_init() || caller_is_bulwark())
		return 0;

	if (pid)
		return muster_find(NULL, pid) ? kernel_file_refuse(file, BW_TAMPER_PROCESS, pid)
					      : 0;

	if (!name_is_guarded(BPF_CORE_READ(file, f_path.dentry), BW_GUARD_SWITCH))
		return 0;

	return kernel_file_refuse(file, BW_TAMPER_SWITCH, 0);
}

static __noinline int write_judge(struct file *file)
{
	unsigned long magic = BPF_CORE_READ(file, f_inode, i_sb, s_magic);

	if (magic == PROC_MAGIC)
		return proc_judge(file);

	if (magic == CGROUP_MAGIC || magic == CGROUP2_MAGIC)
		return cgroup_judge(file, magic);

	return file_judge_write(file);
}

SEC("lsm/file_open")
int BPF_PROG(bw_guard_open, struct file *file, int ret)
{
	if (ret)
		return ret;

	if (!(file->f_mode & FMODE_WRITE) && !(file->f_flags & O_TRUNC))
		return 0;

	return host_is_sealed() && write_judge(file) ? -EPERM : 0;
}

/* --- Names --------------------------------------------------------------------- */

SEC("lsm/inode_create")
int BPF_PROG(bw_guard_create, struct inode *dir, struct dentry *dentry, unsigned short mode,
	     int ret)
{
	if (ret)
		return ret;

	return entry_judge(dentry, BW_TAMPER_CREATE) ? -EPERM : 0;
}

SEC("lsm/inode_mknod")
int BPF_PROG(bw_guard_mknod, struct inode *dir, struct dentry *dentry, unsigned short mode,
	     __u32 dev, int ret)
{
	if (ret)
		return ret;

	return entry_judge(dentry, BW_TAMPER_CREATE) ? -EPERM : 0;
}

SEC("lsm/inode_mkdir")
int BPF_PROG(bw_guard_mkdir, struct inode *dir, struct dentry *dentry, unsigned short mode, int ret)
{
	if (ret)
		return ret;

	return entry_judge(dentry, BW_TAMPER_CREATE) ? -EPERM : 0;
}

SEC("lsm/inode_symlink")
int BPF_PROG(bw_guard_symlink, struct inode *dir, struct dentry *dentry, const char *target,
	     int ret)
{
	if (ret)
		return ret;

	return entry_judge(dentry, BW_TAMPER_CREATE) ? -EPERM : 0;
}

/* A second name for one of Bulwark's own files gives nothing: the inode is the same. */
SEC("lsm/inode_link")
int BPF_PROG(bw_guard_hardlink, struct dentry *old_dentry, struct inode *dir,
	     struct dentry *new_dentry, int ret)
{
	if (ret)
		return ret;

	return entry_judge(new_dentry, BW_TAMPER_CREATE) ? -EPERM : 0;
}

SEC("lsm/inode_unlink")
int BPF_PROG(bw_guard_unlink, struct inode *dir, struct dentry *dentry, int ret)
{
	if (ret)
		return ret;

	return entry_judge(dentry, BW_TAMPER_REMOVE) ? -EPERM : 0;
}

SEC("lsm/inode_rmdir")
int BPF_PROG(bw_guard_rmdir, struct inode *dir, struct dentry *dentry, int ret)
{
	if (ret)
		return ret;

	return entry_judge(dentry, BW_TAMPER_REMOVE) ? -EPERM : 0;
}

/* Away from its place, into one of Bulwark's, or over something there. */
SEC("lsm/inode_rename")
int BPF_PROG(bw_guard_rename, struct inode *old_dir, struct dentry *old_dentry,
	     struct inode *new_dir, struct dentry *new_dentry, int ret)
{
	if (ret)
		return ret;

	if (entry_judge(old_dentry, BW_TAMPER_RENAME) || entry_judge(new_dentry, BW_TAMPER_RENAME))
		return -EPERM;

	return 0;
}

/* --- Attributes ---------------------------------------------------------------- */

static __noinline int attributes_judge(struct dentry *dentry)
{
	struct access access = {
		.inode = BPF_CORE_READ(dentry, d_inode),
		.dentry = dentry,
	};

	if (!host_is_sealed() || !dentry_is_guarded(dentry) || caller_is_bulwark())
		return 0;

	return tamper_refuse(&access, BW_TAMPER_ATTRIBUTES);
}

/*
 * Owner, mode, times, and size.  Where the dentry is among the arguments differs: the
 * branches must stay two.
 */
SEC("lsm/inode_setattr")
int bw_guard_setattr(unsigned long long *ctx)
{
	if (have_idmap) {
		asm volatile("" : : : "memory");
		return attributes_judge((struct dentry *)ctx[1]) ? -EPERM : 0;
	}
	return attributes_judge((struct dentry *)ctx[0]) ? -EPERM : 0;
}

SEC("lsm/inode_setxattr")
int BPF_PROG(bw_guard_setxattr, void *idmap, struct dentry *dentry, const char *name,
	     const void *value, unsigned long size, int flags, int ret)
{
	if (ret)
		return ret;

	return attributes_judge(dentry) ? -EPERM : 0;
}

/* --- Mounts -------------------------------------------------------------------- */

/* In the host's namespace, or where a mount is handed on to it. */
static __always_inline bool mount_reaches_host(const struct vfsmount *mnt)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum) == state.mount_ns ||
	       BPF_CORE_READ(mnt, mnt_flags) & MNT_SHARED;
}

/* PID 1 unmounts everything when the host is shut down. */
static __noinline int mount_judge(const struct vfsmount *mnt, struct dentry *dentry)
{
	if (caller_is_init() || !mount_reaches_host(mnt))
		return 0;

	return entry_judge(dentry, BW_TAMPER_MOUNT);
}

SEC("lsm/sb_mount")
int BPF_PROG(bw_guard_mount, const char *name, const struct path *path, const char *type,
	     unsigned long flags, void *data, int ret)
{
	if (ret)
		return ret;

	if (flags & MS_PROPAGATION)
		return 0;

	return mount_judge(path->mnt, path->dentry) ? -EPERM : 0;
}

SEC("lsm/move_mount")
int BPF_PROG(bw_guard_move, const struct path *from, const struct path *to, int ret)
{
	if (ret)
		return ret;

	return mount_judge(to->mnt, to->dentry) ? -EPERM : 0;
}

SEC("lsm/sb_umount")
int BPF_PROG(bw_guard_umount, struct vfsmount *mnt, int flags, int ret)
{
	if (ret)
		return ret;

	return mount_judge(mnt, mnt->mnt_root) ? -EPERM : 0;
}
