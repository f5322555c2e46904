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
#include "mask.h"

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

/* Those of a word's bytes, the one at @from the lowest, that come before @end. */
static inline __u64 bytes_before(__u32 end, __u32 from)
{
	__u32 len = (end - from) & ~mask_less(end, from);
	__u32 fits = mask_less(len, sizeof(__u64));

	/* In two steps: a shift by all of a word's bits is none. */
	len = 4 * ((len & fits) | (sizeof(__u64) & ~fits));
	return (1ULL << len << len) - 1;
}

_Static_assert(__builtin_offsetof(struct bw_who, unit) % sizeof(__u64) == 0 &&
		       __builtin_offsetof(struct bw_grant, unit) % sizeof(__u64) == 0,
	       "a unit isn't read by words");

/* Of a unit in one of these, the eight bytes at @at, a multiple of eight. */
static inline __u64 unit_word(const char *unit, __u32 at)
{
	__u64 word;

	__builtin_memcpy(&word, __builtin_assume_aligned(unit + at, sizeof(word)), sizeof(word));
	return word;
}

/* The eight bytes at any @at; after the last one comes the first. */
static inline __u64 unit_word_across(const char *unit, __u32 at)
{
	__u32 first = at & (BW_UNIT_SIZE - sizeof(__u64));
	__u32 second = (at + sizeof(__u64)) & (BW_UNIT_SIZE - sizeof(__u64));
	__u32 bits = 8 * (at & (sizeof(__u64) - 1));

	return unit_word(unit, first) >> bits | unit_word(unit, second) << 1 << (63 - bits);
}

/* 0 if the first @len bytes are the grant's first ones. */
static inline __u64 unit_head_differs(const struct bw_grant *grant, const char *unit, __u32 len)
{
	__u64 differ = 0;

	for (__u32 i = 0; i < BW_UNIT_SIZE; i = one_number(i + sizeof(__u64))) {
		if (!mask_less(i, len))
			break;

		differ |= (unit_word(grant->unit, i) ^ unit_word(unit, i)) & bytes_before(len, i);
	}
	return differ;
}

/* 0 if the bytes from @from on are the grant's last ones. */
static inline __u64 unit_tail_differs(const struct bw_grant *grant, const char *unit,
				      __u32 unit_len, __u32 from)
{
	__u32 shift = grant->unit_len - unit_len;
	__u64 differ = 0;

	for (__u32 i = 0; i < BW_UNIT_SIZE; i = one_number(i + sizeof(__u64))) {
		__u64 word = unit_word_across(grant->unit, i + shift);

		if (!mask_less(i, unit_len))
			break;

		differ |= (word ^ unit_word(unit, i)) & bytes_before(unit_len, i) &
			  ~bytes_before(from, i);
	}
	return differ;
}

/* A unit matches literally, or around the one `*` of the grant. */
static inline bool unit_matches(const struct bw_grant *grant, const char *unit, __u32 unit_len)
{
	__u32 star = grant->unit_star;
	__u32 len = grant->unit_len;
	bool literal = star == BW_UNIT_NO_STAR;

	if (len >= BW_UNIT_SIZE || unit_len >= BW_UNIT_SIZE)
		return false;

	/* A star stands for at least one byte: "postgresql@.service" is no instance. */
	if (literal ? len != unit_len : star >= len || unit_len < len)
		return false;

	/* One call for both: its loop is what a verifier takes long for. */
	if (unit_head_differs(grant, unit, literal ? len : star))
		return false;

	return literal || !unit_tail_differs(grant, unit, unit_len, unit_len - (len - star - 1));
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
	static const __u8 ranks[] = {
		[BW_REASON_WRONG_USER] = 1,   [BW_REASON_WRONG_GROUP] = 2,
		[BW_REASON_WRONG_UNIT] = 3,   [BW_REASON_WRONG_SCRIPT] = 4,
		[BW_REASON_NAMESPACE] = 5,    [BW_REASON_UNSAFE_EXEC] = 5,
		[BW_REASON_TAINTED] = 5,      [BW_REASON_EXPIRED] = 5,
		[BW_REASON_WRONG_DIGEST] = 6, [BW_REASON_WRONG_LOGIN] = 7,
		[BW_REASON_WRONG_HOURS] = 8,  [BW_REASON_GRANTED] = 9,
	};

	return reason < sizeof(ranks) ? ranks[reason] : 0;
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
