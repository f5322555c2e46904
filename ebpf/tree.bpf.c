// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what moves the borders of a set: links and renames
 */
#include "decide.bpf.h"

#include <bpf/bpf_tracing.h>

/* From now on the inode is in the set wherever it is.  False if there is no room. */
static __always_inline bool carried_add(struct inode *inode, __u32 set)
{
	struct bw_file_key key = file_key(inode);

	if (!bpf_map_update_elem(&carried, &key, &set, BPF_NOEXIST)) {
		__sync_fetch_and_add(&state.carried, 1);
		return true;
	}
	/* An entry for a set that is gone says nothing any more. */
	return !bpf_map_update_elem(&carried, &key, &set, BPF_EXIST);
}

/* Full maps refuse, even those who are granted (INV-2). */
static __always_inline void memory_judge(struct access *access)
{
	access_decide(access, set_mode(access->policy, access->set), BW_REASON_NO_MEMORY);
}

/* Protected content leaves: for those who may read it anyway, and it stays protected. */
static __always_inline void leaving_judge(struct access *access, __u32 set)
{
	set_judge(access, set);
	if (access->verdict != BW_VERDICT_ALLOW)
		return;

	if (!carried_add(access->inode, set)) {
		memory_judge(access);
		return;
	}

	stamp_advance();
	event_submit(access, BW_EVENT_CARRIED, sequence_next());
}

/*
 * INV-1: what enters is in the set from the hook on, under each of its names.
 * The move itself comes later, and whoever holds the inode's lock decides when; a
 * place found and cached meanwhile must not say that the file is outside.
 */
static __always_inline void entering_judge(struct access *access, __u32 set)
{
	if (carried_add(access->inode, set)) {
		stamp_advance();
		return;
	}

	access->set = set;
	memory_judge(access);
}

/* Is a new name for what @old names refused?  @new is about to be that name. */
static __noinline bool crossing_refused(struct dentry *old, struct dentry *new, __u32 channel)
{
	struct inode *inode = BPF_CORE_READ(old, d_inode);
	struct access access = {
		.inode = inode,
		.dentry = old,
		.channel = channel,
		.verdict = BW_VERDICT_ALLOW,
	};
	__u32 mode = BPF_CORE_READ(inode, i_mode);
	__u32 from, to;

	if (!S_ISREG(mode) && !S_ISDIR(mode))
		return false;

	if (!policy_get(&access))
		return true;

	from = inode_spot(inode, old, access.policy);
	to = walk_up(new, access.policy, true);
	if (from == to && from != SPOT_LOST)
		return false;

	if (from == SPOT_LOST || to == SPOT_LOST) {
		lost_judge(&access);
		return access_refused(&access);
	}

	if (from)
		leaving_judge(&access, from);
	else
		entering_judge(&access, to);

	return access_refused(&access);
}

SEC("lsm/inode_link")
int BPF_PROG(bw_inode_link, struct dentry *old_dentry, struct inode *dir, struct dentry *new_dentry,
	     int ret)
{
	if (ret)
		return ret;

	if (!filesystem_holds_sets(dir))
		return 0;

	if (crossing_refused(old_dentry, new_dentry, BW_CHANNEL_LINK))
		return -EACCES;

	return 0;
}

/* An exchange calls this twice, once each way. */
SEC("lsm/inode_rename")
int BPF_PROG(bw_inode_rename, struct inode *old_dir, struct dentry *old_dentry,
	     struct inode *new_dir, struct dentry *new_dentry, int ret)
{
	if (ret)
		return ret;

	if (!filesystem_holds_sets(old_dir))
		return 0;

	if (crossing_refused(old_dentry, new_dentry, BW_CHANNEL_RENAME))
		return -EACCES;

	return 0;
}

/* An inode that is gone for good makes room; one that memory grew short for doesn't. */
SEC("lsm/inode_free_security")
int BPF_PROG(bw_inode_free, struct inode *inode)
{
	struct bw_file_key key;

	if (!state.carried || BPF_CORE_READ(inode, i_nlink))
		return 0;

	key = file_key(inode);
	if (!bpf_map_delete_elem(&carried, &key))
		__sync_fetch_and_add(&state.carried, -1);
	return 0;
}
