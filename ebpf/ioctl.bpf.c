// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - ioctls: those on a protected file, and those by which a descriptor of
 * one file gets at another; and what io_uring has in their place
 *
 * The kernel hands over the command as it was given; what it points to may change
 * any time, and isn't looked at.
 */
#include "decide.bpf.h"

#include <bpf/bpf_tracing.h>

/* The kind of command, whatever the size of its argument on this kernel or ABI. */
#define IOCTL_KIND(type, number) ((type) << 8 | (number))
#define IOCTL_KIND_MASK 0xffffU

/*
 * About the descriptor, a terminal, or an inode's flags: no content, and what any
 * program asks of a file that it was given as its output.
 */
static __always_inline bool ioctl_is_harmless(__u32 command)
{
	switch (command & IOCTL_KIND_MASK) {
	case IOCTL_KIND(0, 2):	    /* FIGETBSZ */
	case IOCTL_KIND('T', 0x01): /* TCGETS */
	case IOCTL_KIND('T', 0x13): /* TIOCGWINSZ */
	case IOCTL_KIND('T', 0x1b): /* FIONREAD */
	case IOCTL_KIND('T', 0x21): /* FIONBIO */
	case IOCTL_KIND('T', 0x2a): /* TCGETS2 */
	case IOCTL_KIND('T', 0x50): /* FIONCLEX */
	case IOCTL_KIND('T', 0x51): /* FIOCLEX */
	case IOCTL_KIND('T', 0x52): /* FIOASYNC */
	case IOCTL_KIND('T', 0x60): /* FIOQSIZE */
	case IOCTL_KIND('f', 1):    /* FS_IOC_GETFLAGS */
	case IOCTL_KIND('v', 1):    /* FS_IOC_GETVERSION */
	case IOCTL_KIND('X', 31):   /* FS_IOC_FSGETXATTR */
		return true;
	default:
		return false;
	}
}

/*
 * R5: these read, move or re-label what was never opened, from any descriptor of the
 * filesystem, and no other hook sees it.  A file's generation is part of what it is
 * known by: with another one it would be in no set.
 */
static __always_inline bool ioctl_reaches_elsewhere(__u32 command)
{
	switch (command & IOCTL_KIND_MASK) {
	case IOCTL_KIND('X', 109): /* XFS_IOC_SWAPEXT */
	case IOCTL_KIND('f', 4):   /* EXT4_IOC_SETVERSION */
	case IOCTL_KIND('o', 4):   /* OCFS2_IOC_REFLINK */
	case IOCTL_KIND('v', 2):   /* FS_IOC_SETVERSION */
	case IOCTL_KIND(0x94, 10): /* BTRFS_IOC_ADD_DEV */
	case IOCTL_KIND(0x94, 17): /* BTRFS_IOC_TREE_SEARCH and _V2 */
	case IOCTL_KIND(0x94, 38): /* BTRFS_IOC_SEND */
	case IOCTL_KIND(0x94, 53): /* BTRFS_IOC_DEV_REPLACE */
		return true;
	default:
		return false;
	}
}

/* H4: a table has the device mapper read disks, and copy them, that nobody opens. */
static __always_inline bool ioctl_maps_disks(__u32 command, const struct inode *inode)
{
	/* DM_TABLE_LOAD */
	return (command & IOCTL_KIND_MASK) == IOCTL_KIND(0xfd, 9) && S_ISCHR(inode->i_mode);
}

/* Which disks a table names isn't looked at: who may have one that is held has a grant. */
static __noinline int table_judge(struct file *file)
{
	struct access access = {
		.inode = file->f_inode,
		.dentry = file->f_path.dentry,
		.channel = BW_CHANNEL_IOCTL,
	};
	__u32 set;

	if (!policy_get(&access))
		return -EACCES;

	set = disks_set(access.policy);
	if (!set)
		return 0;

	set_judge_unmetered(&access, set);
	return access_refused(&access) ? -EACCES : 0;
}

/* A terminal, a disk or a socket is no file of the filesystem that its node lies on. */
static __always_inline bool ioctl_is_on_files(const struct inode *inode)
{
	return S_ISREG(inode->i_mode) || S_ISDIR(inode->i_mode);
}

/* Nobody's grant is for all files of a filesystem. */
static __noinline int filesystem_judge(struct file *file)
{
	struct inode *inode = file->f_inode;
	struct access access = {
		.inode = inode,
		.dentry = file->f_path.dentry,
		.channel = BW_CHANNEL_IOCTL,
	};
	struct bw_rule *rule;

	if (!policy_get(&access))
		return -EACCES;

	rule = filesystem_rule(access.policy, BPF_CORE_READ(inode, i_sb, s_dev));
	if (!rule)
		return 0;

	access_decide(&access, rule->mode, BW_REASON_FILESYSTEM);
	return access_refused(&access) ? -EACCES : 0;
}

static __always_inline int ioctl_judge(struct file *file, __u32 command)
{
	const struct inode *inode = file->f_inode;

	if (!filesystem_holds_sets(inode) && !inode_is_raw(inode, BW_CHANNEL_IOCTL))
		return 0;

	if (ioctl_is_harmless(command))
		return 0;

	if (ioctl_maps_disks(command, inode))
		return table_judge(file);

	return ioctl_reaches_elsewhere(command) && ioctl_is_on_files(inode)
		       ? filesystem_judge(file)
		       : file_judge(file, BW_CHANNEL_IOCTL);
}

/* INV-1, INV-2: a command that isn't known to be harmless needs a grant. */
SEC("lsm/file_ioctl")
int BPF_PROG(bw_ioctl, struct file *file, unsigned int command, unsigned long argument, int ret)
{
	if (ret)
		return ret;

	return ioctl_judge(file, command);
}

/* The way of 32-bit programs, which any program can take. */
SEC("lsm/file_ioctl_compat")
int BPF_PROG(bw_ioctl_compat, struct file *file, unsigned int command, unsigned long argument,
	     int ret)
{
	if (ret)
		return ret;

	return ioctl_judge(file, command);
}

/*
 * A driver's own commands in a ring: NVMe's read the disk.  All that can be told of one is
 * its file.
 */
SEC("lsm/uring_cmd")
int BPF_PROG(bw_uring_cmd, struct io_uring_cmd *command, int ret)
{
	struct file *file = command->file;
	struct inode *inode = file->f_inode;

	if (ret)
		return ret;

	if (!filesystem_holds_sets(inode) && !inode_is_raw(inode, BW_CHANNEL_IOCTL))
		return 0;

	return file_judge(file, BW_CHANNEL_IOCTL);
}
