/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - pure decisions: no map, no helper, no kernel type
 *
 * Compiled for BPF, where it decides, and for the host, where the tests and
 * `bulwarkctl explain` run the very same code.  Includers have <stdbool.h> or
 * its like.
 */
#ifndef BULWARK_VERDICT_H
#define BULWARK_VERDICT_H

#include <linux/types.h>

#include <bulwark/event.h>
#include <bulwark/maps.h>

#include "hours_judge.h"

/*
 * In bw_who.flags, of the grant at hand: by its script; before its end; from the content of the
 * executable that it is for; in its group.
 */
#define WHO_STARTED (1U << 31)
#define WHO_IN_TIME (1U << 30)
#define WHO_VERIFIED (1U << 29)
#define WHO_IN_GROUP (1U << 28)
#define WHO_OF_GRANT (WHO_STARTED | WHO_IN_TIME | WHO_VERIFIED | WHO_IN_GROUP)

/**
 * struct bw_who - The subject at the moment of the decision
 *
 * @flags: BW_SUBJECT_* bits, and WHO_* bits.
 * @uid: Real user id.
 * @login: Audit's login user id, or BW_LOGIN_NONE.
 * @now: CLOCK_TAI, in seconds.
 * @unit_len: strlen(@unit).
 * @unit: Its systemd unit, "" for none.
 */
struct bw_who {
	__u32 flags;
	__u32 uid;
	__u64 now;
	__u32 login;
	__u32 unit_len;
	char unit[BW_UNIT_SIZE];
};

#define GRANT_FLAGS_KNOWN                                                               \
	(BW_GRANT_ANY_MOUNTS | BW_GRANT_ANY_UNIT | BW_GRANT_ANY_USER | BW_GRANT_LOGIN | \
	 BW_GRANT_HOURS | BW_GRANT_SCRIPT | BW_GRANT_DIGEST | BW_GRANT_GROUP | BW_GRANT_GLASS)

/*
 * All ones if @one < @other, both below 2^31.  In BPF neither compiler nor
 * verifier may see through it: they would make it a branch, follow both outcomes
 * at each byte of a name, and never come to an end.
 */
static inline __u32 mask_less(__u32 one, __u32 other)
{
	__s64 difference = one;

#ifdef __bpf__
	asm volatile("%0 -= %1\n"
		     "%0 s>>= 63"
		     : "+r"(difference)
		     : "r"((__s64)other));
#else
	difference = (difference - (__s64)other) >> 63;
#endif
	return difference;
}

/* Compares the first @head bytes and the last @tail ones with the grant's. */
static inline bool unit_ends_match(const struct bw_grant *grant, const char *unit, __u32 unit_len,
				   __u32 head, __u32 tail)
{
	__u32 shift = grant->unit_len - unit_len;
	__u32 differ = 0;

	for (__u32 i = 0; i < BW_UNIT_SIZE; i++) {
		__u32 in_head = mask_less(i, head);
		__u32 in_tail = ~mask_less(i, unit_len - tail);
		__u32 at = (i + (shift & ~in_head)) & (BW_UNIT_SIZE - 1);

		if (!mask_less(i, unit_len))
			break;

		differ |= (grant->unit[at] ^ unit[i]) & (in_head | in_tail);
	}
	return !differ;
}

/* A unit matches literally, or around the one `*` of the grant. */
static inline bool unit_matches(const struct bw_grant *grant, const char *unit, __u32 unit_len)
{
	__u32 star = grant->unit_star;
	__u32 len = grant->unit_len;

	if (len >= BW_UNIT_SIZE || unit_len >= BW_UNIT_SIZE)
		return false;

	if (star == BW_UNIT_NO_STAR)
		return len == unit_len && unit_ends_match(grant, unit, unit_len, len, 0);

	/* A star stands for at least one byte: "postgresql@.service" is no instance. */
	if (star >= len || unit_len < len)
		return false;

	return unit_ends_match(grant, unit, unit_len, star, len - star - 1);
}

/* Fails closed: who was started by no script has one that is all zero. */
static inline bool script_matches(const struct bw_file_key *wanted,
				  const struct bw_file_key *script)
{
	return wanted->ino && wanted->ino == script->ino && wanted->dev == script->dev &&
	       wanted->generation == script->generation;
}

/*
 * Is the version of a content the one that was verified?  Fails closed: what wasn't has 0.
 */
static inline bool content_matches(__u64 verified, __u64 version)
{
	return verified && verified == version;
}

/* What a process is, whatever the grant says of user and unit. */
static inline enum bw_reason flags_judge(__u32 flags, __u32 grant_flags)
{
	if (!(flags & BW_SUBJECT_KNOWN))
		return BW_REASON_NO_IDENTITY;

	if (flags & BW_SUBJECT_UNSAFE)
		return BW_REASON_UNSAFE_EXEC;

	if (flags & BW_SUBJECT_TAINTED)
		return BW_REASON_TAINTED;

	if (flags & (BW_SUBJECT_USER_NS | BW_SUBJECT_CHROOT))
		return BW_REASON_NAMESPACE;

	if ((flags & BW_SUBJECT_MOUNT_NS) && !(grant_flags & BW_GRANT_ANY_MOUNTS))
		return BW_REASON_NAMESPACE;

	return BW_REASON_GRANTED;
}

/* Does this grant hold for this subject?  BW_REASON_GRANTED, or what is missing. */
static inline enum bw_reason grant_judge(const struct bw_grant *grant, const struct bw_who *who)
{
	enum bw_reason reason;

	/* Fails closed: a flag of a newer daemon is no permission. */
	if (grant->flags & ~GRANT_FLAGS_KNOWN)
		return BW_REASON_NO_GRANT;

	if (!(grant->flags & BW_GRANT_ANY_USER) && grant->uid != who->uid)
		return BW_REASON_WRONG_USER;

	if (grant->flags & BW_GRANT_GROUP && !(who->flags & WHO_IN_GROUP))
		return BW_REASON_WRONG_GROUP;

	if (!(grant->flags & BW_GRANT_ANY_UNIT) && !unit_matches(grant, who->unit, who->unit_len))
		return BW_REASON_WRONG_UNIT;

	if (grant->flags & BW_GRANT_SCRIPT && !(who->flags & WHO_STARTED))
		return BW_REASON_WRONG_SCRIPT;

	reason = flags_judge(who->flags, grant->flags);
	if (reason != BW_REASON_GRANTED)
		return reason;

	if (grant->flags & BW_GRANT_GLASS && !(who->flags & WHO_IN_TIME))
		return BW_REASON_EXPIRED;

	/* Last what changes without an exec: see reason_may_pass(). */
	if (grant->flags & BW_GRANT_DIGEST && !(who->flags & WHO_VERIFIED))
		return BW_REASON_WRONG_DIGEST;

	if (grant->flags & BW_GRANT_LOGIN && grant->login != who->login)
		return BW_REASON_WRONG_LOGIN;

	if (grant->flags & BW_GRANT_HOURS && !hours_hold(&grant->hours, who->now))
		return BW_REASON_WRONG_HOURS;

	return BW_REASON_GRANTED;
}

/* How close a reason is to a grant: more conditions held, the higher. */
static inline __u32 reason_rank(enum bw_reason reason)
{
	switch (reason) {
	case BW_REASON_GRANTED:
		return 9;
	case BW_REASON_WRONG_HOURS:
		return 8;
	case BW_REASON_WRONG_LOGIN:
		return 7;
	case BW_REASON_WRONG_DIGEST:
		return 6;
	case BW_REASON_NAMESPACE:
	case BW_REASON_UNSAFE_EXEC:
	case BW_REASON_TAINTED:
	case BW_REASON_EXPIRED:
		return 5;
	case BW_REASON_WRONG_SCRIPT:
		return 4;
	case BW_REASON_WRONG_UNIT:
		return 3;
	case BW_REASON_WRONG_GROUP:
		return 2;
	case BW_REASON_WRONG_USER:
		return 1;
	default:
		return 0;
	}
}

/*
 * May the subject be granted the next moment, as it is?  The hour comes by itself, a login user
 * is set by the process, and what it was started from is verified whenever the engine looks.  Of
 * several grants the closest speaks, so none is overlooked.
 */
static inline bool reason_may_pass(enum bw_reason reason)
{
	return reason_rank(reason) >= reason_rank(BW_REASON_WRONG_DIGEST);
}

/* Of two grants' answers, the one that says most. */
static inline enum bw_reason reason_closer(enum bw_reason one, enum bw_reason other)
{
	return reason_rank(other) > reason_rank(one) ? other : one;
}

/* Fails closed: 0 or a value from a newer daemon does. */
static inline bool mode_refuses(__u32 mode)
{
	return mode != BW_MODE_MONITOR && mode != BW_MODE_LEARN;
}

/*
 * Fails closed: only BW_REASON_GRANTED allows, and only a mode that is known not to refuse
 * lets a refusal pass.
 */
static inline enum bw_verdict verdict_for(__u32 mode, enum bw_reason reason)
{
	if (reason == BW_REASON_GRANTED)
		return BW_VERDICT_ALLOW;

	return mode_refuses(mode) ? BW_VERDICT_DENY : BW_VERDICT_WOULD_DENY;
}

#endif
