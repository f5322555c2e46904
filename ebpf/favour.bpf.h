/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - favours: a thread's own word that it may read, and what it has paid for ahead
 */
#ifndef BULWARK_FAVOUR_BPF_H
#define BULWARK_FAVOUR_BPF_H

#include "budget.bpf.h"

/* Is the thread what it was when it got the favour? */
static __always_inline bool favour_is_of(const struct favour *favour, struct task_struct *task)
{
	return favour->uid == task_uid(task) && favour->cgroup == bpf_get_current_cgroup_id();
}

/* Is it one of read(2) or pread(2), and the thread charged for that much already? */
static __always_inline bool reserve_holds(struct reserve *reserve, struct task_struct *task,
					  const struct inode *inode, __u64 mask)
{
	const struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
	__u64 call = regs->orig_ax;

	if ((call != NR_READ && call != NR_PREAD64) || mask != MAY_READ || !call_is_alone(task))
		return false;

	return reserve->file.ino == inode->i_ino &&
	       reserve->file.generation == inode->i_generation &&
	       reserve->file.dev == inode->i_sb->s_dev &&
	       reserve_draw(reserve, regs->dx, bpf_jiffies64());
}

/*
 * Another place than the one before: paid for, or of a set that was granted, too.  False is no
 * refusal: it is judged anew, and charged.
 */
static __noinline bool favour_extends(struct favour *favour, __u64 place, const __u64 *read,
				      struct task_struct *task)
{
	if (!favour_is_of(favour, task))
		return false;

	if (read && favour->reserve.place == place &&
	    reserve_holds(&favour->reserve, task, ((struct file *)read[0])->f_inode, read[1]))
		return true;

	if (favour->place != (place & ~PLACE_SET_MASK) ||
	    !(favour->sets >> (place & PLACE_SET_MASK) & 1))
		return false;

	favour->recent = place;
	return true;
}

/*
 * The thread's own word that it was granted a place's set, under the same stamp and policy.
 * @differs is the place without the stamp, @stamp nothing else; @read: see inode_look().
 */
static __noinline bool favour_holds(__u64 differs, __u64 stamp, const __u64 *read)
{
	__u64 place = differs | stamp;
	struct task_struct *task = bpf_get_current_task_btf();
	struct favour *favour = bpf_task_storage_get(&favours, task, NULL, 0);

	if (!favour)
		return false;

	if (favour->recent != place)
		return favour_extends(favour, place, read, task);

	return favour_is_of(favour, task);
}

/*
 * Whoever taints the subject from now on sees @held and makes the caches
 * worthless; whoever has done so is seen here.
 */
static __always_inline bool subject_hold(struct task_struct *task)
{
	struct bw_subject *subject = subject_of(task);

	if (!subject)
		return false;

	if (!subject->held)
		__sync_fetch_and_or(&subject->held, 1);

	return !(*(volatile __u32 *)&subject->flags & BW_SUBJECT_TAINTED);
}

/* Nothing of it holds any more. */
static __always_inline void favour_void(struct favour *favour)
{
	favour->place = 0;
	favour->sets = 0;
	favour->recent = 0;
	reserve_void(&favour->reserve);
}

/* The thread's favour, as it is now and for the policy that judged @access; NULL for none. */
static __noinline struct favour *favour_renew(const struct access *access)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 place = place_pack(access->stamp, access->generation, 0);
	__u64 cgroup = bpf_get_current_cgroup_id();
	__u32 uid = task_uid(task);
	struct favour *favour;

	if (!subject_hold(task))
		return NULL;

	favour = bpf_task_storage_get(&favours, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!favour)
		return NULL;

	if (favour->place != place || favour->uid != uid || favour->cgroup != cgroup)
		favour_void(favour);

	favour->place = place;
	favour->cgroup = cgroup;
	favour->uid = uid;
	return favour;
}

static __always_inline void favour_store(const struct access *access)
{
	struct favour *favour = favour_renew(access);

	if (favour)
		favour->sets |= 1ULL << (access->set & PLACE_SET_MASK);
}

/*
 * Of the thread's favour, to be filled for more reading of the file; NULL for none, as of a
 * thread that makes no calls.
 */
static __noinline struct reserve *favour_reserve(const struct access *access)
{
	struct bw_file_key file = file_key(access->inode);
	struct favour *favour;

	if (bpf_get_current_task_btf()->flags & PF_IO_WORKER)
		return NULL;

	favour = favour_renew(access);
	if (!favour)
		return NULL;

	reserve_turn(&favour->reserve, &file,
		     place_pack(access->stamp, access->generation, access->set));
	return &favour->reserve;
}

/* A grant that depends on what a favour doesn't know is asked each time. */
static __always_inline void favour_give(const struct access *access, __u32 answer)
{
	if (answer & ANSWER_ANEW)
		(void)subject_hold(bpf_get_current_task_btf());
	else
		favour_store(access);
}

#endif
