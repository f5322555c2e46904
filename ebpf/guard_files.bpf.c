// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - keeps its files from being named, moved, removed, changed or hidden by
 * others while the host is sealed (INV-8)
 */
#include <bulwark/control.h>

#include "guard_place.bpf.h"

#include <bpf/bpf_tracing.h>

/* MS_UNBINDABLE, MS_PRIVATE, MS_SLAVE, MS_SHARED: they move nothing. */
#define MS_PROPAGATION (1UL << 17 | 1UL << 18 | 1UL << 19 | 1UL << 20)

#define FS_IOC_SETFLAGS 0x40086602U
#define FS_IOC32_SETFLAGS 0x40046602U
#define FS_IOC_FSSETXATTR 0x401c5820U

/* Major number of the module's device, which the kernel keeps above 20 bits. */
#define MISC_MAJOR 10
#define MINOR_BITS 20

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

/* By a name elsewhere the file would be nobody's. */
SEC("lsm/inode_link")
int BPF_PROG(bw_guard_hardlink, struct dentry *old_dentry, struct inode *dir,
	     struct dentry *new_dentry, int ret)
{
	if (ret)
		return ret;

	if (entry_judge(old_dentry, BW_TAMPER_RENAME) || entry_judge(new_dentry, BW_TAMPER_CREATE))
		return -EPERM;

	return 0;
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

/* truncate(2) opens nothing. */
static __always_inline void size_note(struct dentry *dentry, const struct iattr *attr)
{
	if (BPF_CORE_READ(attr, ia_valid) & ATTR_SIZE)
		content_change(BPF_CORE_READ(dentry, d_inode));
}

/*
 * Owner, mode, times, and size.  Which of them the dentry is differs: all are read from the
 * context, or the compiler would read from a place that it chooses.  Where there are but two,
 * the third is an earlier denial, and not looked at.
 */
SEC("lsm/inode_setattr")
int BPF_PROG(bw_guard_setattr, void *first, void *second, void *third)
{
	asm volatile("" : "+r"(first), "+r"(second), "+r"(third));
	size_note(have_idmap ? second : first, have_idmap ? third : second);
	return attributes_judge(have_idmap ? second : first) ? -EPERM : 0;
}

SEC("lsm/inode_setxattr")
int BPF_PROG(bw_guard_setxattr, void *idmap, struct dentry *dentry, const char *name,
	     const void *value, unsigned long size, int flags, int ret)
{
	if (ret)
		return ret;

	return attributes_judge(dentry) ? -EPERM : 0;
}

/* Flags like "immutable" keep the log from being written; any descriptor sets them. */
static __noinline int file_flags_judge(struct file *file, unsigned int cmd)
{
	struct access access = {};

	if (cmd != FS_IOC_SETFLAGS && cmd != FS_IOC32_SETFLAGS && cmd != FS_IOC_FSSETXATTR)
		return 0;

	access_set_file(&access, file);
	return attributes_judge(naming_dentry(&access));
}

/*
 * Which policy is in force only Bulwark tells the module, and so auditors.  By any node
 * of a device like it: no other driver has a call of that number.
 */
static __noinline int measure_judge(struct file *file, unsigned int cmd)
{
	struct access access = {};

	if (cmd != BW_IOCTL_MEASURE || !host_is_sealed() || caller_is_bulwark())
		return 0;

	if (BPF_CORE_READ(file, f_inode, i_rdev) >> MINOR_BITS != MISC_MAJOR)
		return 0;

	access_set_file(&access, file);
	return tamper_refuse(&access, BW_TAMPER_WRITE);
}

static __always_inline int ioctl_judge(struct file *file, unsigned int cmd)
{
	return file_flags_judge(file, cmd) || measure_judge(file, cmd) ? -EPERM : 0;
}

SEC("lsm/file_ioctl")
int BPF_PROG(bw_guard_ioctl, struct file *file, unsigned int cmd, unsigned long arg, int ret)
{
	if (ret)
		return ret;

	return ioctl_judge(file, cmd);
}

SEC("lsm/file_ioctl_compat")
int BPF_PROG(bw_guard_ioctl_compat, struct file *file, unsigned int cmd, unsigned long arg, int ret)
{
	if (ret)
		return ret;

	return ioctl_judge(file, cmd);
}

/* --- Mounts -------------------------------------------------------------------- */

/* Only a mount that hands on what is mounted on it is in a group. */
static __always_inline bool mount_is_shared(const struct vfsmount *mnt)
{
	struct mount *whole;

	whole = (void *)mnt - bpf_core_field_offset(((struct mount *)NULL)->mnt);
	return BPF_CORE_READ(whole, mnt_group_id);
}

/* In the host's namespace, or where a mount may be handed on to it. */
static __always_inline bool mount_reaches_host(const struct vfsmount *mnt)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum) == state.mount_ns ||
	       mount_is_shared(mnt);
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
