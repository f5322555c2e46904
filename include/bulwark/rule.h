/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - userspace and BPF: a policy as the programs ask it
 */
#ifndef BULWARK_RULE_H
#define BULWARK_RULE_H

#include <linux/types.h>

#include <bulwark/abi.h>
#include <bulwark/usage.h>

/**
 * enum bw_rule_kind - What an entry of a policy says
 *
 * @BW_RULE_META: About the policy itself.  Key: nothing else.
 * @BW_RULE_FILESYSTEM: A set lives on this filesystem; what can't be placed on
 *	it is refused.  Key: @file.dev.
 * @BW_RULE_ANCHOR: This inode, and all below it, is in a set or cut out of one.
 *	Key: @file.
 * @BW_RULE_NAME: The file of this name in this directory is, whatever inode
 *	bears the name.  Key: @file (the directory) and @name.
 * @BW_RULE_SET: A set's mode.  Key: @set.
 * @BW_RULE_GRANT: Who may read a set.  Key: @set, @file (the executable) and
 *	@index, counted from 0 without holes.
 * @BW_RULE_EXE: Some grant or tracer names this executable; its value is all zero.
 *	Key: @file.
 * @BW_RULE_DEVICES: The set that holds the disks under all sets.  Without it disks
 *	are nobody's business.  Key: nothing else.
 * @BW_RULE_DISK: Whether something of a set lies on this block device, or it is
 *	free; without an entry it isn't.  Key: @file.dev, the number of the device and
 *	not of the node's filesystem.
 * @BW_RULE_RAW: Character devices of this major number hand out what is on a disk;
 *	its value is all zero.  Key: @file.dev, with a minor number of 0.
 * @BW_RULE_TRACER: Who may use the kernel's debuggers although the set is enforced.
 *	Key and value as of BW_RULE_GRANT.  In the decoy's set: Bulwark itself, once by
 *	its executable and once, with a @file that is all zero, by its unit.
 * @BW_RULE_SCRIPT: Some grant names this file as a script.  Key: @file.
 * @BW_RULE_OTHERS: How much of a set those may read whom no grant fits; without it nothing.
 *	Key: @set.
 */
enum bw_rule_kind {
	BW_RULE_META = 1,
	BW_RULE_FILESYSTEM = 2,
	BW_RULE_ANCHOR = 3,
	BW_RULE_NAME = 4,
	BW_RULE_SET = 5,
	BW_RULE_GRANT = 6,
	BW_RULE_EXE = 7,
	BW_RULE_DEVICES = 8,
	BW_RULE_DISK = 9,
	BW_RULE_RAW = 10,
	BW_RULE_TRACER = 11,
	BW_RULE_SCRIPT = 12,
	BW_RULE_OTHERS = 13,
};

/**
 * struct bw_rule_key - Key of one entry of a policy
 *
 * @kind: enum bw_rule_kind; decides which of the others count.  Those that
 *	don't must be 0: keys are compared byte by byte.
 * @set: Number of a set, 1 to BW_SETS_MAX.
 * @index: Which of an executable's grants.
 * @file: A file, a directory, or (@dev alone) a filesystem.
 * @name: bw_name_hash() of a name.
 */
struct bw_rule_key {
	__u32 kind;
	__u16 set;
	__u16 index;
	struct bw_file_key file;
	__u64 name;
};

_Static_assert(sizeof(struct bw_rule_key) == 32, "bw_rule_key has a hole");

/* Zero is what forgotten memory holds: it is no mode, and means enforce. */
enum bw_mode {
	BW_MODE_MONITOR = 1,
	BW_MODE_ENFORCE = 2,
	BW_MODE_LEARN = 3, /* as to monitor, but who reads is noted and nobody is told of it */
};

enum bw_anchor {
	BW_ANCHOR_PROTECT = 1,
	BW_ANCHOR_EXCEPT = 2,
};

/* The process may live in a mount namespace other than the host's. */
#define BW_GRANT_ANY_MOUNTS (1U << 0)
/* The unit doesn't matter. */
#define BW_GRANT_ANY_UNIT (1U << 1)
/* The user doesn't matter. */
#define BW_GRANT_ANY_USER (1U << 2)
/* The login user matters. */
#define BW_GRANT_LOGIN (1U << 3)
/* The hour matters. */
#define BW_GRANT_HOURS (1U << 4)
/* The script matters that the process was started by. */
#define BW_GRANT_SCRIPT (1U << 5)
/* What is in the executable matters. */
#define BW_GRANT_DIGEST (1U << 6)
/* The group matters. */
#define BW_GRANT_GROUP (1U << 7)
/* Officers have broken the glass: it ends, and what is read by it is told. */
#define BW_GRANT_GLASS (1U << 8)

/* Room for a script's path, its NUL included; a multiple of 8. */
#define BW_SCRIPT_SIZE 256

/* Instead of a login user: nobody has logged in, as in a unit (audit's AUDIT_UID_UNSET). */
#define BW_LOGIN_NONE (~0U)

/* Spans of a grant's hours; turns of a time zone's clock that are known in advance. */
#define BW_SPANS_MAX 4
#define BW_TURNS_MAX 8

/* What is never reached: of a turn that there isn't. */
#define BW_TURN_NEVER (~0ULL)

/**
 * struct bw_span - A time of day, on some days of the week
 *
 * @from: First minute of it, since midnight.
 * @to: First minute after it, up to 1440.  Not above @from: of the next day.
 * @days: On which it begins, a bit each, Monday's the lowest; 0: there is no span.
 */
struct bw_span {
	__u16 from;
	__u16 to;
	__u32 days;
};

/**
 * struct bw_turn - From when on a zone's clocks show what
 *
 * @since: CLOCK_TAI, in seconds: the kernel reads it everywhere, and it is set with the time.
 * @offset: What they show is so many seconds later; modulo 2^64.
 */
struct bw_turn {
	__u64 since;
	__u64 offset;
};

/**
 * struct bw_hours - When a grant holds
 *
 * @end: CLOCK_TAI, in seconds: how the clocks are turned from then on isn't known, and the
 *	grant doesn't hold.  Nor does it before the first turn.
 * @turns: By time.
 * @spans: In one of which it must be.
 */
struct bw_hours {
	__u64 end;
	struct bw_turn turns[BW_TURNS_MAX];
	struct bw_span spans[BW_SPANS_MAX];
};

_Static_assert(sizeof(struct bw_hours) == 168, "bw_hours has a hole");

/* No `*` in a grant's unit. */
#define BW_UNIT_NO_STAR 0xffffU

/**
 * struct bw_grant - What a subject must be, besides its executable
 *
 * @uid: Real user id.
 * @flags: BW_GRANT_* bits; an unknown one matches nobody (INV-2).
 * @number: Which grant of the set's policy file, counted from 1; goes into
 *	events.
 * @pattern: Which `exe:` of a policy named the executable, and what it asks of its content,
 *	as a number that userspace alone compares; 0: not known.
 * @unit_len: Bytes of @unit, without a NUL.
 * @unit_star: Index of the one `*` in @unit, or BW_UNIT_NO_STAR.
 * @login: BW_GRANT_LOGIN: audit's login user id, or BW_LOGIN_NONE.
 * @unit: Name of a systemd unit, as its cgroup bears it.
 * @script: BW_GRANT_SCRIPT: the script; all zero: nobody was started by it.
 * @hours: BW_GRANT_HOURS: when it holds.
 * @content: BW_GRANT_DIGEST: the version of the executable's content, as `contents` has it,
 *	that was verified; 0: none.
 * @gid: BW_GRANT_GROUP: real group id.
 * @zero: Must be 0.
 * @budget: How much may be read by it; none if @budget.per is BW_BUDGET_NONE.
 * @until_ns: BW_GRANT_GLASS: CLOCK_BOOTTIME from which on it doesn't hold any more.
 */
struct bw_grant {
	__u32 uid;
	__u32 flags;
	__u32 number;
	__u32 pattern;
	__u16 unit_len;
	__u16 unit_star;
	__u32 login;
	char unit[BW_UNIT_SIZE];
	struct bw_budget budget;
	struct bw_file_key script;
	struct bw_hours hours;
	__u64 content;
	__u32 gid;
	__u32 zero;
	__u64 until_ns;
};

_Static_assert(sizeof(struct bw_grant) == 400, "bw_grant has a hole");

/**
 * struct bw_rule - Value of one entry of a policy
 *
 * @generation: BW_RULE_META: number of the policy, never 0.
 * @digest: BW_RULE_META: of the files that it was made from; all zero: not known.
 * @set: BW_RULE_ANCHOR, BW_RULE_NAME, BW_RULE_DEVICES: number of the set.
 * @anchor: BW_RULE_ANCHOR, BW_RULE_NAME: enum bw_anchor.  BW_RULE_DISK: the same,
 *	BW_ANCHOR_EXCEPT for a disk that is free of sets.
 * @mode: BW_RULE_SET: enum bw_mode.  BW_RULE_FILESYSTEM: BW_MODE_MONITOR if all its
 *	sets only monitor, else 0.
 * @version: BW_RULE_SET: of the policy file.
 * @learn_until: BW_RULE_SET: CLOCK_TAI, in seconds: from then on BW_MODE_LEARN only monitors.
 * @grant: BW_RULE_GRANT, BW_RULE_TRACER.  BW_RULE_OTHERS: its budget, the rest is 0.
 * @path: BW_RULE_SCRIPT: what it must be started as: by another name its interpreter, which
 *	opens it once more, could be shown another file.  Zero behind its end.
 */
struct bw_rule {
	union {
		struct {
			__u32 generation;
			__u8 digest[BW_DIGEST_SIZE];
		};
		struct {
			__u16 set;
			__u16 anchor;
		};
		struct {
			__u32 mode;
			__u32 version;
			__u64 learn_until;
		};
		struct bw_grant grant;
		char path[BW_SCRIPT_SIZE];
	};
};

_Static_assert(sizeof(struct bw_rule) == 400, "bw_rule has a hole");

#endif
