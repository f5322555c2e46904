/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - which files are its own: by inode, by a directory above, by name
 */
#ifndef BULWARK_GUARD_PLACE_BPF_H
#define BULWARK_GUARD_PLACE_BPF_H

#include "guard.bpf.h"
#include "names.bpf.h"

/*
 * Levels from a file up to one of Bulwark's directories.  Its own files lie one or two
 * below; what is deeper is none, so the bound fails open.
 */
#define GUARD_DEPTH_MAX 8

#define PROC_MAGIC 0x9fa0
#define CGROUP_MAGIC 0x27e0eb
#define CGROUP2_MAGIC 0x63677270

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
static __noinline __maybe_unused int entry_judge(struct dentry *dentry, __u32 tamper)
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

#endif
