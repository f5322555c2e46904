// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - disks that show a set's bytes once more: mounted as another filesystem
 *
 * Their nodes are judged with all other files.  Here is what the kernel opens itself: a
 * snapshot, a copy by device mapper or by a loop device.
 */
#include "decide.bpf.h"

#include <bpf/bpf_tracing.h>

/*
 * A filesystem that holds a set can be mounted as often as anybody likes: its files are
 * the same.  0 for none, and for what has no disk.
 */
static __always_inline __u32 mounted_disk(const struct super_block *sb, void *policy)
{
	if (filesystem_rule(policy, BPF_CORE_READ(sb, s_dev)))
		return 0;

	return BPF_CORE_READ(sb, s_bdev, bd_dev);
}

/* R7: by mount(2) as well as by fsmount(2). */
static __noinline int mount_judge(const struct super_block *sb)
{
	struct dentry *root = BPF_CORE_READ(sb, s_root);
	struct access access = {
		.inode = BPF_CORE_READ(root, d_inode),
		.dentry = root,
		.channel = BW_CHANNEL_MOUNT,
	};
	__u32 set, dev;

	/* Fails closed, but for filesystems without a disk. */
	if (!policy_get(&access))
		return BPF_CORE_READ(sb, s_bdev) ? -EACCES : 0;

	set = disks_set(access.policy);
	dev = mounted_disk(sb, access.policy);
	if (!set || !dev || disk_is_free(access.policy, dev))
		return 0;

	set_judge_unmetered(&access, set);
	return access_refused(&access) ? -EACCES : 0;
}

/* INV-1: by other numbers than the set's filesystem has, its files would be in no set. */
SEC("lsm/sb_kern_mount")
int BPF_PROG(bw_mount, const struct super_block *sb, int ret)
{
	if (ret)
		return ret;

	return mount_judge(sb);
}
