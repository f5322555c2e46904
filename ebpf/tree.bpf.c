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

/*
 * May what @access is about get the name @new?  Nothing is carried yet.  Returns the
 * set that holds the inode from then on, 0 if no border is crossed; access->set is
 * the one that it leaves.  Verifiers follow eight calls deep: this is the second.
 */
static __noinline __u32 crossing_judge(struct access *access, struct dentry *new)
{
	__u32 from, to;

	from = spot_settle(inode_spot(access->inode, access->dentry, access->policy));
	to = walk_up(new, access->policy, true);
	if (from == to && from != SPOT_LOST)
		return 0;

	if (from == SPOT_LOST || to == SPOT_LOST) {
		lost_judge(access);
		return 0;
	}

	if (!from)
		return to;

	set_judge(access, from);
	return from;
}

/*
 * INV-1: what crosses is in the set from the hook on, under each of its names.
 * The move itself comes later, and whoever holds the inode's lock decides when; a
 * place found and cached meanwhile must not say that the file is outside.
 */
static __always_inline void crossing_carry(struct access *access, __u32 set)
{
	bool leaves = access->set;

	if (!carried_add(access->inode, set)) {
		access->set = set;
		memory_judge(access);
		return;
	}

	stamp_advance();
	/* Protected content leaves, by who may read it anyway, and stays protected. */
	if (leaves)
		event_tell(access, BW_EVENT_CARRIED, sequence_next());
}

/* False for what is no content, and when there is no policy: see @ret_refused. */
static __always_inline bool crossing_begin(struct access *access, bool *ret_refused)
{
	struct inode *inode = access->inode;
	__u32 mode = BPF_CORE_READ(inode, i_mode);

	*ret_refused = false;
	if (!S_ISREG(mode) && !S_ISDIR(mode))
		return false;

	*ret_refused = !policy_get(access);
	return !*ret_refused;
}

/* Is a new name for what @old names refused?  @new is about to be that name. */
static __always_inline bool crossing_refused(struct dentry *old, struct dentry *new, __u32 channel)
{
	struct access access = {
		.inode = BPF_CORE_READ(old, d_inode),
		.dentry = old,
		.channel = channel,
		.verdict = BW_VERDICT_ALLOW,
	};
	bool refused;
	__u32 set;

	if (!crossing_begin(&access, &refused))
		return refused;

	set = crossing_judge(&access, new);
	if (set && access.verdict == BW_VERDICT_ALLOW)
		crossing_carry(&access, set);

	return access_refused(&access);
}

/* The same before anything is carried.  What is let pass is reported when it is done. */
static __always_inline bool exchange_refused(struct dentry *old, struct dentry *new)
{
	struct access access = {
		.inode = BPF_CORE_READ(old, d_inode),
		.dentry = old,
		.channel = BW_CHANNEL_RENAME,
		.verdict = BW_VERDICT_ALLOW,
	};
	bool refused;

	if (!crossing_begin(&access, &refused))
		return refused;

	(void)crossing_judge(&access, new);
	return access.verdict == BW_VERDICT_DENY && access_refused(&access);
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

/*
 * Only here is an exchange known as one: the hook below sees it as two moves, and
 * would carry what comes in by the first when the second is refused.  The
 * directories are locked from here to there.
 */
SEC("lsm/path_rename")
int BPF_PROG(bw_path_rename, struct path *old_dir, struct dentry *old_dentry, struct path *new_dir,
	     struct dentry *new_dentry, unsigned int flags, int ret)
{
	struct inode *inode;

	if (ret)
		return ret;

	if (!(flags & RENAME_EXCHANGE))
		return 0;

	/* Some verifiers want to see that it isn't NULL. */
	inode = old_dentry->d_inode;
	if (!inode || !filesystem_holds_sets(inode))
		return 0;

	if (exchange_refused(new_dentry, old_dentry) || exchange_refused(old_dentry, new_dentry))
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
