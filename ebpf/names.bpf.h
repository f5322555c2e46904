/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the names of a file, for those who are told of it
 */
#ifndef BULWARK_NAMES_BPF_H
#define BULWARK_NAMES_BPF_H

#include "access.bpf.h"

/**
 * struct naming - The names from a dentry upwards
 *
 * @names: What they are written to...
 * @names_max: ...and how many have room there.
 * @dentry: Whose name comes next.
 * @len: Names so far.
 */
struct naming {
	char (*names)[BW_EVENT_NAME_SIZE];
	__u64 names_max;
	struct dentry *dentry;
	__u64 len;
};

static long name_step(__u32 index, struct naming *naming)
{
	struct dentry *dentry = naming->dentry;
	struct dentry *parent = BPF_CORE_READ(dentry, d_parent);

	if (parent == dentry || index >= naming->names_max)
		return 1;

	bpf_probe_read_kernel_str(naming->names[index], BW_EVENT_NAME_SIZE,
				  BPF_CORE_READ(dentry, d_name.name));
	naming->dentry = parent;
	naming->len = index + 1;
	return 0;
}

/* What doesn't fit is told by the top bit of the count. */
#define NAMES_CUT 0x80000000U

static __always_inline __u32 names_read(char (*names)[BW_EVENT_NAME_SIZE], __u32 names_max,
					struct dentry *dentry)
{
	struct naming naming = {
		.names = names,
		.names_max = names_max,
		.dentry = dentry,
		.len = forget(0, BPF_CORE_READ(dentry, d_name.len)),
	};

	bpf_loop(names_max, name_step, &naming, 0);
	dentry = naming.dentry;
	return naming.len | (dentry == BPF_CORE_READ(dentry, d_parent) ? 0 : NAMES_CUT);
}

/*
 * The names of the file that the task was started from, as names_read() has them.  Only while
 * the process still shows that file, which is @exe.
 */
static __noinline __maybe_unused __u32 exe_names_read(char (*names)[BW_EVENT_NAME_SIZE],
						      const struct bw_file_key *exe,
						      struct task_struct *task)
{
	struct file *file = BPF_CORE_READ(task, mm, exe_file);
	struct bw_file_key key;

	if (!file)
		return 0;

	key = file_key(BPF_CORE_READ(file, f_inode));
	if (key.ino != exe->ino || key.dev != exe->dev || key.generation != exe->generation)
		return 0;

	return names_read(names, BW_EVENT_EXE_NAMES, BPF_CORE_READ(file, f_path.dentry));
}

/* An overlay's real file is held by a dentry of the overlay: take its own. */
static __always_inline struct dentry *naming_dentry(const struct access *access)
{
	struct dentry *dentry = access->dentry;
	struct inode *inode = access->inode;
	struct hlist_node *first;

	if (BPF_CORE_READ(dentry, d_inode) == inode)
		return dentry;

	first = BPF_CORE_READ(inode, i_dentry.first);
	return first ? alias_dentry(first) : dentry;
}

#endif
