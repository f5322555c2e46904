/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - from an access to its verdict: place, subject, rule, report
 */
#ifndef BULWARK_DECIDE_BPF_H
#define BULWARK_DECIDE_BPF_H

#include "favour.bpf.h"

#include "learnt.h"

/* A dev_t of the kernel: 12 bits for the driver, 20 for the device. */
#define DEV_MINOR_MASK 0xfffffU

/*
 * INV-4: read before the policy's pointer.  Whatever is cached under this stamp
 * was found by the policy that was in force when the stamp was, or a later one.
 */
static __always_inline __u64 stamp_read(void)
{
	return *(volatile __u64 *)&state.stamp;
}

/* The policy in force, and its generation; false if there is none. */
static __always_inline bool policy_get(struct access *access)
{
	struct bw_rule_key key = { .kind = BW_RULE_META };
	struct bw_rule *meta;
	__u32 zero = 0;

	access->stamp = stamp_read();
	access->policy = bpf_map_lookup_elem(&policies, &zero);
	if (!access->policy)
		return false;

	meta = bpf_map_lookup_elem(access->policy, &key);
	if (!meta)
		return false;

	access->generation = meta->generation;
	return true;
}

static __always_inline void place_store(struct inode *inode, __u64 place)
{
	__u64 *slot;

	slot = bpf_inode_storage_get(&places, inode, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (slot)
		*(volatile __u64 *)slot = place;
}

static __always_inline struct bw_rule *set_rule(void *policy, __u32 set)
{
	struct bw_rule_key key = { .kind = BW_RULE_SET, .set = set };

	return bpf_map_lookup_elem(policy, &key);
}

/* A set's mode; one that is missing or unknown enforces (INV-2). */
static __always_inline __u32 set_mode(void *policy, __u32 set)
{
	struct bw_rule *rule = set_rule(policy, set);

	return rule ? rule->mode : BW_MODE_ENFORCE;
}

/* Its time is over by the kernel's own clock: no daemon need live to see it. */
static __noinline bool set_learns(void *policy, __u32 set)
{
	struct bw_rule *rule = set_rule(policy, set);

	return rule && rule->mode == BW_MODE_LEARN &&
	       bpf_ktime_get_tai_ns() / SECOND_NS < rule->learn_until;
}

/* A verdict is read through pointers: see forget(). */
static __always_inline void access_decide(struct access *access, __u32 mode, __u32 reason)
{
	access->reason = reason;
	access->verdict = forget(verdict_for(mode, reason), access->generation);
}

/* What can't be placed is refused wherever a set lives (INV-2), and only there (INV-3). */
static __noinline void lost_judge(struct access *access)
{
	struct inode *inode = access->inode;
	struct bw_rule *rule;

	rule = filesystem_rule(access->policy, BPF_CORE_READ(inode, i_sb, s_dev));
	if (rule)
		access_decide(access, rule->mode, BW_REASON_NO_PLACE);
	else
		access_decide(access, BW_MODE_ENFORCE, BW_REASON_GRANTED);
}

/* May the task at hand have what is in this set, however much of it? */
static __noinline __maybe_unused void set_judge_unmetered(struct access *access, __u32 set)
{
	access->set = set;
	access_decide(access, set_mode(access->policy, set),
		      subject_judge_unmetered(bpf_get_current_task_btf(), access->policy, set));
}

/*
 * May it read what is left to others?  Not who acts for anybody, nor who has a user namespace
 * of his own: in it he can be as many users as he likes.
 */
static __always_inline bool is_among_others(__u32 reason)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return reason != BW_REASON_GRANTED && reason != BW_REASON_NO_IDENTITY &&
	       !BPF_CORE_READ(task, real_cred, user_ns, level);
}

/* Whose budget has a say: of the grant by which it may, of others', or 0. */
static __noinline __u32 answer_grant(const struct access *access, __u32 answer)
{
	__u32 reason = answer & ANSWER_REASON_MASK;

	if (reason == BW_REASON_GRANTED && answer & ANSWER_BUDGET)
		return (answer >> ANSWER_INDEX_SHIFT & ANSWER_INDEX_MASK) + 1;

	return is_among_others(reason) && others_get(access) ? GRANT_OTHERS : 0;
}

/* May the task at hand have what is in this set?  The answer by which it may. */
static __noinline __u32 set_judge(struct access *access, __u32 set)
{
	__u32 answer =
		rules_answer(bpf_get_current_task_btf(), access->policy, BW_RULE_GRANT, set, false);

	access->set = set;
	access_decide(access, set_mode(access->policy, set), answer & ANSWER_REASON_MASK);
	access->grant = forget(answer_grant(access, answer), access->generation);
	return answer;
}

/* Told as an allow, with the limit as its reason.  As deep as what tells of refusals. */
static __noinline void warning_report(struct access *access, __u32 limit)
{
	access->reason = limit;
	event_tell(access, BW_EVENT_WARNING, sequence_next());
}

/*
 * May more of the file be charged ahead?  Not to others, whom a grant may fit the next moment; not
 * by a grant that may end meanwhile, or has each reading on record; not where the usage changes
 * with what no favour knows.
 */
static __always_inline bool may_reserve(const struct access *access, const struct bw_grant *grant)
{
	return access->channel == BW_CHANNEL_READ && access->grant != GRANT_OTHERS &&
	       !(grant->flags & (GRANT_FLAGS_ANEW | BW_GRANT_GLASS)) && !grant->budget.coverage &&
	       grant->budget.per != BW_BUDGET_SESSION;
}

/* Takes @amount, and tells when much of the budget is used. */
static __always_inline void budget_charge_to(struct access *access, const struct bw_grant *grant,
					     __u64 amount)
{
	struct reserve *reserve = may_reserve(access, grant) ? favour_reserve(access) : NULL;
	__u32 charged =
		budget_take(access->inode, &grant->budget, amount, access->channel, reserve);
	__u32 warning = charged >> CHARGED_WARNING_SHIFT;

	access_decide(access, set_mode(access->policy, access->set), charged & CHARGED_REASON_MASK);
	if (warning > BW_REASON_GRANTED && access->verdict == BW_VERDICT_ALLOW)
		warning_report(access, warning);
	if (grant->flags & BW_GRANT_GLASS && access->verdict == BW_VERDICT_ALLOW)
		access->reason = BW_REASON_GLASS;
}

/*
 * INV-6: who was let in by a budget has to have some left.  It has no favour that spares it
 * the next look, but for what it was charged ahead.  An open shows no bytes: it costs nothing.
 */
static __noinline void budget_judge(struct access *access, struct file *file, __u32 mask)
{
	struct bw_grant *grant = grant_get(access);
	__u64 amount;

	if (!grant) {
		access_decide(access, set_mode(access->policy, access->set), BW_REASON_NO_GRANT);
		return;
	}

	(void)subject_hold(bpf_get_current_task_btf());
	/* Whatever the mode: there is no need to look it up. */
	access_decide(access, BW_MODE_ENFORCE, BW_REASON_GRANTED);
	if (access->channel == BW_CHANNEL_OPEN)
		return;

	amount = amount_asked(file, access->channel, mask);
	if (amount || access->channel != BW_CHANNEL_READ || mask & MAY_READ)
		budget_charge_to(access, grant, amount);
}

/*
 * In a set that learns an access is noted, and nobody is refused.  There is no favour: each one
 * counts.
 */
static __noinline void access_learn(const struct access *access, struct file *file, __u32 mask)
{
	__u64 unit = unit_hash();
	struct file_uses *uses;
	__u64 amount;

	if (access->reason == BW_REASON_GRANTED)
		(void)subject_hold(bpf_get_current_task_btf());

	if (access->channel == BW_CHANNEL_OPEN) {
		(void)learnt_note(0, access->set, LEARNT_OPEN, NULL, unit);
		return;
	}

	amount = amount_asked(file, access->channel, mask);
	if (!amount && access->channel == BW_CHANNEL_READ && !(mask & MAY_READ)) {
		(void)learnt_note(0, access->set, LEARNT_WRITE, NULL, unit);
		return;
	}

	uses = bpf_inode_storage_get(&file_uses, access->inode, NULL,
				     BPF_LOCAL_STORAGE_GET_F_CREATE);
	(void)learnt_note(amount, access->set, LEARNT_READ, uses, unit);
}

/* The one way out of a decision: reported if it isn't an everyday allow (INV-7). */
static __noinline bool access_refused(const struct access *access)
{
	bool allowed = access->verdict == BW_VERDICT_ALLOW;

	if (allowed && access->reason != BW_REASON_GLASS)
		return false;

	refusal_report(access);
	return !allowed && access->verdict != BW_VERDICT_WOULD_DENY;
}

/* Where the file is: by its cached place if this policy found it, or anew. */
static __always_inline __u32 file_spot(const struct access *access)
{
	__u64 *place = bpf_inode_storage_get(&places, access->inode, NULL, 0);
	__u64 expected = place_pack(access->stamp, access->generation, 0);
	__u64 cached = place ? *(volatile __u64 *)place : 0;
	__u32 spot;

	if (cached && (cached & ~PLACE_SET_MASK) == expected)
		return cached & PLACE_SET_MASK;

	spot = inode_spot(access->inode, access->dentry, access->policy);
	if (spot != SPOT_LOST && spot != SPOT_FLEETING)
		place_store(access->inode, expected | spot);
	return spot_settle(spot);
}

/*
 * A node of a disk, or of what hands out a disk's bytes.  The latter asks by ioctl;
 * all other character devices are read too often to be looked at each time.
 */
static __always_inline bool inode_is_raw(const struct inode *inode, __u32 channel)
{
	__u32 mode = inode->i_mode;

	return S_ISBLK(mode) ||
	       (S_ISCHR(mode) && (channel == BW_CHANNEL_OPEN || channel == BW_CHANNEL_IOCTL));
}

/* The set that the disks are in; 0 for none. */
static __always_inline __u32 disks_set(void *policy)
{
	struct bw_rule_key key = { .kind = BW_RULE_DEVICES };
	struct bw_rule *rule = bpf_map_lookup_elem(policy, &key);

	return rule ? rule->set : 0;
}

/* Fails closed: only a plain exception is free of sets. */
static __always_inline bool disk_is_free(void *policy, __u32 dev)
{
	struct bw_rule *rule = device_rule(policy, BW_RULE_DISK, dev);

	return rule && rule->anchor == BW_ANCHOR_EXCEPT;
}

/* Is the node one of a disk that isn't free of sets, or of what hands out disks' bytes? */
static __always_inline bool raw_is_held(void *policy, struct inode *inode)
{
	__u32 dev = BPF_CORE_READ(inode, i_rdev);

	if (S_ISBLK(BPF_CORE_READ(inode, i_mode)))
		return !disk_is_free(policy, dev);

	return device_rule(policy, BW_RULE_RAW, dev & ~DEV_MINOR_MASK);
}

/*
 * R6: may the task at hand have what is on this disk?  Any that isn't known to be free
 * is under a set.  Without a policy where there should be one it fails closed for
 * disks, and open for other nodes: no host runs without /dev/null.
 */
static __noinline int raw_judge(struct file *file, __u32 channel)
{
	struct access access = {
		.inode = file->f_inode,
		.dentry = file->f_path.dentry,
		.channel = channel,
	};
	__u32 set;

	if (!policy_get(&access))
		return S_ISBLK(file->f_inode->i_mode) ? -EACCES : 0;

	set = disks_set(access.policy);
	if (!set || !raw_is_held(access.policy, access.inode))
		return 0;

	set_judge_unmetered(&access, set);
	return access_refused(&access) ? -EACCES : 0;
}

/* What file_judge() can't tell from the caches. */
static __noinline int file_judge_anew(struct file *file, __u32 channel, __u32 mask)
{
	struct access access = {
		.inode = file->f_inode,
		.dentry = file->f_path.dentry,
		.channel = channel,
	};
	__u32 spot, answer = 0;

	if (!S_ISREG(file->f_inode->i_mode))
		return 0;

	/* No policy where there should be one: nothing can be placed. */
	if (!policy_get(&access))
		return -EACCES;

	spot = file_spot(&access);
	if (!spot)
		return 0;

	if (spot == SPOT_LOST)
		lost_judge(&access);
	else
		answer = set_judge(&access, spot);

	if (access.set && set_learns(access.policy, access.set)) {
		access_learn(&access, file, mask);
		return 0;
	}

	if (access.grant)
		budget_judge(&access, file, mask);
	else if (access.set && access.verdict == BW_VERDICT_ALLOW)
		favour_give(&access, answer);

	return access_refused(&access) ? -EACCES : 0;
}

/* What a first look at a file comes to. */
enum look {
	LOOK_FREE, /* the task at hand may have what it holds */
	LOOK_RAW,  /* it is a disk's node: raw_judge() */
	LOOK_ANEW, /* the caches don't tell: file_judge_anew() */
};

/*
 * In the order of cost: the filesystem holds no set; one look-up says that the file is in no
 * set; another one that the thread may read it.  Only regular files have a place;
 * nodes of disks are judged by what they are nodes of.
 *
 * Everybody pays for each instruction here: what most calls don't come to is in
 * functions of its own, so that few registers are saved.
 *
 * @read: Arguments of lsm/file_permission; NULL if it is another hook.
 */
static __always_inline enum look inode_look(struct inode *inode, __u32 channel, const __u64 *read)
{
	__u64 expected, differs;
	__u64 *slot;

	if (!filesystem_holds_sets(inode))
		return inode_is_raw(inode, channel) ? LOOK_RAW : LOOK_FREE;

	slot = bpf_inode_storage_get(&places, inode, NULL, 0);
	if (!slot)
		return inode_is_raw(inode, channel) ? LOOK_RAW : LOOK_ANEW;

	/* The stamp first: see stamp_read(). */
	expected = stamp_read() << PLACE_STAMP_SHIFT;
	differs = *(volatile __u64 *)slot ^ expected;
	if (differs >> PLACE_STAMP_SHIFT)
		return LOOK_ANEW;

	if (!(differs & PLACE_SET_MASK))
		return LOOK_FREE;

	return favour_holds(differs, expected, read) ? LOOK_FREE : LOOK_ANEW;
}

/* May the task at hand have what this file holds?  0 or -EACCES. */
static __always_inline int file_judge(struct file *file, __u32 channel)
{
	switch (inode_look(file->f_inode, channel, NULL)) {
	case LOOK_FREE:
		return 0;
	case LOOK_RAW:
		return raw_judge(file, channel);
	default:
		return file_judge_anew(file, channel, 0);
	}
}

#endif
