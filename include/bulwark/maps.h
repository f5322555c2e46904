/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - keys and values of the maps that userspace fills and the programs
 * read
 *
 * A policy is one hash map, put in force by one pointer switch in `policies`:
 * a hook that has looked the pointer up sees one generation only (INV-4).
 */
#ifndef BULWARK_MAPS_H
#define BULWARK_MAPS_H

#include <linux/types.h>

#include <bulwark/abi.h>

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

/* Parts of a budget's window: what was read counts for at most one of them too long. */
#define BW_BUDGET_PARTS 16

/* A power of two above BW_BUDGET_PARTS: an index is masked. */
#define BW_BUDGET_RING 32

/* Instead of a piece's number: all of the file. */
#define BW_PIECE_WHOLE (~0U)

/* Pieces that one call may read; one that reads more reads the whole file. */
#define BW_PIECES_PER_READ 256U

/* Instead of a limit: none. */
#define BW_BUDGET_NO_BYTES (~0ULL)
#define BW_BUDGET_NO_FILES (~0U)

/* Who shares one count. */
enum bw_budget_per {
	BW_BUDGET_NONE = 0,    /* there is no budget */
	BW_BUDGET_PROCESS = 1, /* the thread group, since its start */
	BW_BUDGET_SESSION = 2, /* the audit login session; all who have none share one */
	BW_BUDGET_USER = 3,    /* the real user id */
	BW_BUDGET_UNIT = 4,    /* the systemd unit, by its name */
	BW_BUDGET_GRANT = 5,   /* all whom the grant lets in */
};

/**
 * struct bw_budget - How much may be read in any window (INV-6)
 *
 * @every_ns: Length of a window; never 0.
 * @bytes: At most; BW_BUDGET_NO_BYTES for any number.
 * @id: Whose counts go on, whatever policy is in force: of the names of set and grant.
 * @files: Distinct files at most; BW_BUDGET_NO_FILES for any number.
 * @per: enum bw_budget_per.
 * @warn: Percent of a limit, from which on it is told (BW_EVENT_WARNING); 0: never.
 * @coverage: Percent of the set's bytes that may be read; 0: any number.
 * @piece_shift: What is remembered as read is a file's piece of 1 << @piece_shift bytes.
 * @distinct: That part of the set, in bytes, as large as the set was found to be.
 */
struct bw_budget {
	__u64 every_ns;
	__u64 bytes;
	__u64 id;
	__u32 files;
	__u8 per;
	__u8 warn;
	__u8 coverage;
	__u8 piece_shift;
	__u64 distinct;
};

_Static_assert(sizeof(struct bw_budget) == 40, "bw_budget has a hole");

/**
 * struct bw_usage_part - What was read in one part of a window
 *
 * @bytes: Charged in it.
 * @distinct: Bytes of pieces that were read last in it; 0 without a coverage.
 * @files: Read last in it.
 * @zero: Must be 0.
 */
struct bw_usage_part {
	__u64 bytes;
	__u64 distinct;
	__u32 files;
	__u32 zero;
};

/**
 * struct bw_usage_key - Whose usage of which budget
 *
 * @budget: bw_budget.id.
 * @who: By @per: start_boottime of the thread group, audit session, user, bw_name_hash() of the
 *	unit's name, 0.
 * @pid: BW_BUDGET_PROCESS: the thread group; else 0.
 * @per: enum bw_budget_per.
 */
struct bw_usage_key {
	__u64 budget;
	__u64 who;
	__u32 pid;
	__u32 per;
};

_Static_assert(sizeof(struct bw_usage_key) == 24, "bw_usage_key has a hole");

/**
 * struct bw_usage - What counts against one budget of one subject
 *
 * @every_ns: Length of the window that the parts are of; 0 before the first charge.
 * @newest: Number of the newest part.
 * @bytes: Sum of the parts'.
 * @distinct: Likewise.
 * @distinct_max: Its limit at the last charge; 0: none.
 * @files: Likewise.
 * @serial: Of these parts, and no others; 0 before the first charge.
 * @warned: Number, plus 1, of the part in which the share that the budget warns of was told;
 *	0: never.
 * @parts: By number, modulo BW_BUDGET_RING; those that don't count any more are zero.
 */
struct bw_usage {
	__u64 every_ns;
	__u64 newest;
	__u64 bytes;
	__u64 distinct;
	__u64 distinct_max;
	__u32 files;
	__u32 serial;
	__u64 warned;
	struct bw_usage_part parts[BW_BUDGET_RING];
};

/* To userspace, which leaves it to the kernel (BPF_F_LOCK), a number. */
#ifdef __bpf__
#define BW_SPIN_LOCK struct bpf_spin_lock
#else
#define BW_SPIN_LOCK __u32
#endif

/**
 * struct bw_usage_slot - Value of `usages`
 *
 * @lock: Held by whoever looks at the rest or changes it.
 * @doomed: 1 once it is about to be taken out of the map: what is charged to it now is lost.
 * @usage: What counts.
 */
struct bw_usage_slot {
	BW_SPIN_LOCK lock;
	__u32 doomed;
	struct bw_usage usage;
};

/* What a set has learnt: half hours of a week that are told apart, and their bits' words. */
#define BW_LEARNT_SLOT_S 1800
#define BW_LEARNT_SLOTS 336
#define BW_LEARNT_WORDS 8

/* Names of an executable's path, as many and as long as in an event. */
#define BW_LEARNT_NAMES 8
#define BW_LEARNT_NAME_SIZE 64

/* Of the window whose fullest one is looked for. */
#define BW_LEARNT_EVERY_NS (24ULL * 60 * 60 * 1000000000)

/* In bw_learnt_key.flags: it has a terminal. */
#define BW_LEARNT_TERMINAL (1U << 0)

/**
 * struct bw_learnt_key - Which accesses are added up together
 *
 * @exe: The executable; all zero without an identity.
 * @script: As in struct bw_subject.
 * @unit: bw_name_hash() of the unit's name.
 * @uid: Real user id.
 * @login: Audit's login user id, or BW_LOGIN_NONE.
 * @set: Number of the set.
 * @flags: BW_LEARNT_* bits.
 * @subject_flags: BW_SUBJECT_* bits.
 *
 * With nothing but @set it is of all whom the map had no room for.
 */
struct bw_learnt_key {
	struct bw_file_key exe;
	struct bw_file_key script;
	__u64 unit;
	__u32 uid;
	__u32 login;
	__u16 set;
	__u16 flags;
	__u32 subject_flags;
};

_Static_assert(sizeof(struct bw_learnt_key) == 56, "bw_learnt_key has a hole");

/*
 * When a subject read a file last, in one word, so that it is written and read as a whole:
 * bw_usage.serial, and the low bits of the part's number.  0: never.
 */
#define BW_USE_SERIAL_SHIFT 32

/**
 * struct bw_piece_use - When a subject read a piece of a file last
 *
 * @use: A mark of the piece, @bytes and bw_usage.serial, and the low bits of the part's number.
 * @bytes: Of the piece, that count.
 */
struct bw_piece_use {
	__u64 use;
	__u64 bytes;
};

/* Subjects that a file remembers at one time; who is forgotten is charged for it again. */
#define BW_USES_PER_FILE 8

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

/**
 * struct bw_learnt - Value of `learnts`: what one subject did in one set
 *
 * @lock: Held by whoever looks at the rest or changes it.
 * @exe_names_len: As in struct bw_event...
 * @exe_names_cut: ...
 * @most_files: Distinct files in the fullest window, as a budget counts them...
 * @most_bytes: ...and bytes.
 * @first: CLOCK_TAI of the first access, in seconds.
 * @last: Of the last one.
 * @opens: Files opened, for whatever.
 * @reads: Calls that read, and mappings.
 * @bytes: By them, as a budget charges them.
 * @slots: Bits of the half hours in which something was accessed, Monday's first one in UTC the
 *	lowest.
 * @usage: Of the window that ends now.
 * @comm: As in struct bw_event, as the next two.
 */
struct bw_learnt {
	BW_SPIN_LOCK lock;
	__u32 exe_names_len;
	__u32 exe_names_cut;
	__u32 most_files;
	__u64 most_bytes;
	__u64 first;
	__u64 last;
	__u64 opens;
	__u64 reads;
	__u64 bytes;
	__u64 slots[BW_LEARNT_WORDS];
	struct bw_usage usage;
	char comm[16];
	char unit[BW_UNIT_SIZE];
	char exe_names[BW_LEARNT_NAMES][BW_LEARNT_NAME_SIZE];
};

_Static_assert(sizeof(struct bw_learnt) == 1608, "bw_learnt has a hole");

/**
 * struct bw_state - The one entry of `state`, mapped by the engine
 *
 * Written by the engine: @filesystems, @root, @daemon, @mount_ns, @abi, @build.  Counted up by
 * programs and engine, atomically: the rest.  Nothing ever goes down, but
 * @carried.
 *
 * @stamp: Cached places and decisions bear it; another number makes them all
 *	worthless.  Goes up with each apply, taint and move of a border.
 * @filesystems: Bit bw_filesystem_bit(dev) is set for each filesystem that
 *	holds a set; so a clear bit means that nothing there is protected.
 * @sequence: Number of the last event, lost ones included.
 * @refused: Accesses refused (INV-7), the decoy's left out.
 * @would_refuse: Accesses that a monitoring set would have refused.
 * @lost: Events for which the ring had no room.
 * @canaries: Refusals of the engine's decoy.
 * @carried: Entries in `carried`; 0 spares the look-up.
 * @serials: Number of the last serial that a usage was given.
 * @root: Root directory of the host, as PID 1 has it.
 * @daemon: The daemon's executable: who runs it is Bulwark.
 * @mount_ns: Number of the host's mount namespace (/proc/1/ns/mnt).
 * @abi: BW_ABI_VERSION of whoever made the maps.
 * @build: SHA-256 that tells the programs in force from others; zero while they are
 *	being replaced.
 */
struct bw_state {
	__u64 stamp;
	__u64 filesystems;
	__u64 sequence;
	__u64 refused;
	__u64 would_refuse;
	__u64 lost;
	__u64 canaries;
	__u64 carried;
	__u64 serials;
	struct bw_file_key root;
	struct bw_file_key daemon;
	__u32 mount_ns;
	__u32 abi;
	__u8 build[BW_DIGEST_SIZE];
};

_Static_assert(sizeof(struct bw_state) == 144, "bw_state has a hole");

/* Which bit of bw_state.filesystems stands for a device. */
static inline __u32 bw_filesystem_bit(__u32 dev)
{
	return (dev * 0x9e3779b1U) >> 26;
}

/**
 * struct bw_subject - Task storage of a process: who it is, since its last exec
 *
 * @exe: The executable; all zero for none.
 * @flags: BW_SUBJECT_* bits.
 * @held: 1 once a decision in the process's favour has been cached: whoever
 *	changes @flags must then make the caches worthless.  Its memory may hold
 *	what it read, and so may that of its children.
 * @since_ns: CLOCK_BOOTTIME of the exec, or of the sweep.
 * @script: The script that some grant names and that the process, or an ancestor, was started
 *	for; all zero for none.  Another script takes its place.
 * @asked: What is being executed, if that is such a script: @script, if it comes to that.
 * @content: Version of the executable's content at its exec; 0: it wasn't in `contents` yet.
 */
struct bw_subject {
	struct bw_file_key exe;
	__u32 flags;
	__u32 held;
	__u64 since_ns;
	struct bw_file_key script;
	struct bw_file_key asked;
	__u64 content;
};

_Static_assert(sizeof(struct bw_subject) == 72, "bw_subject has a hole");

/* Set at exec, or by the sweep: storage that was only just made has none. */
#define BW_SUBJECT_KNOWN (1U << 0)
/* Traced or otherwise unsafe when it was started: bprm->unsafe. */
#define BW_SUBJECT_UNSAFE (1U << 1)
/* Not in the initial user namespace. */
#define BW_SUBJECT_USER_NS (1U << 2)
/* Not in the host's mount namespace. */
#define BW_SUBJECT_MOUNT_NS (1U << 3)
/* Its root directory isn't the host's. */
#define BW_SUBJECT_CHROOT (1U << 4)
/* Mapped a file executable that others than root can write. */
#define BW_SUBJECT_TAINTED (1U << 5)
/* Was running when the programs were attached. */
#define BW_SUBJECT_SWEPT (1U << 6)

/* Name of a set, by number, in `set_names`. Empty: the number is free. */
struct bw_set_name {
	char name[BW_SET_NAME_SIZE];
};

/**
 * struct bw_refusal_key - Which refusals count as the same one (INV-7)
 *
 * @exe: The subject's executable.  BW_REASON_GLASS: the file that it read.
 * @start_ns: When the process started (CLOCK_BOOTTIME); with @pid it names one
 *	process and no later one.
 * @pid: Thread group id.
 * @uid: Real user id.
 * @set: Number of the set, 0 when the file can't be placed.
 * @reason: enum bw_reason.
 * @channel: enum bw_channel, or BW_CHANNEL_TAMPER and an enum bw_tamper.
 * @verdict: enum bw_verdict.
 */
struct bw_refusal_key {
	struct bw_file_key exe;
	__u64 start_ns;
	__u32 pid;
	__u32 uid;
	__u16 set;
	__u16 reason;
	__u16 channel;
	__u16 verdict;
};

_Static_assert(sizeof(struct bw_refusal_key) == 40, "bw_refusal_key has a hole");

/**
 * struct bw_refusal_count - How often, and when
 *
 * @sequence: Number of the event that told of the first.
 * @count: Times, the first included.
 * @last_ns: CLOCK_BOOTTIME of the last.
 */
struct bw_refusal_count {
	__u64 sequence;
	__u64 count;
	__u64 last_ns;
};

_Static_assert(sizeof(struct bw_refusal_count) == 24, "bw_refusal_count has a hole");

/* Requests to break the glass that are remembered at one time. */
#define BW_REQUESTS_MAX 64

/* SHA-256 of a request's text, in which no two are alike. */
struct bw_request_key {
	__u8 digest[BW_DIGEST_SIZE];
};

/**
 * struct bw_request - Value of `requests`, which no program looks at: what happened to it
 *
 * In the kernel, where nobody puts it back, and for as long as the boot.
 *
 * @made_ns: CLOCK_BOOTTIME.
 * @used_ns: The same; 0: not yet.
 */
struct bw_request {
	__u64 made_ns;
	__u64 used_ns;
};

_Static_assert(sizeof(struct bw_request) == 16, "bw_request has a hole");

/**
 * enum bw_guard_kind - What an entry of `guarded` keeps out of others' reach while the
 * host is sealed (INV-8)
 *
 * @BW_GUARD_MAP: A map.  Key: @id.
 * @BW_GUARD_PROGRAM: A program.  Key: @id.
 * @BW_GUARD_LINK: A link.  Key: @id.
 * @BW_GUARD_FILE: A file, or a directory and all below it.  What the daemon runs has
 *	such an entry.  Key: @file.
 * @BW_GUARD_ABOVE: A directory on the way to one, or the module's device: it can't be
 *	removed, moved or mounted over.  Key: @file.
 * @BW_GUARD_NAME: Nothing gets this name or loses it, wherever: what systemd and the
 *	dynamic loader look for.  Key: @name.
 * @BW_GUARD_SWITCH: A file of /proc that turns a switch of the kernel.  Key: @name.
 */
enum bw_guard_kind {
	BW_GUARD_MAP = 1,
	BW_GUARD_PROGRAM = 2,
	BW_GUARD_LINK = 3,
	BW_GUARD_FILE = 4,
	BW_GUARD_ABOVE = 5,
	BW_GUARD_NAME = 6,
	BW_GUARD_SWITCH = 7,
};

/**
 * struct bw_guard_key - Key of one entry of `guarded`; its value is 1
 *
 * @kind: enum bw_guard_kind; decides which of the others count.  Those that don't
 *	must be 0.
 * @id: The kernel's number of a BPF object.
 * @file: A file or directory.
 * @name: bw_name_hash() of a name.
 */
struct bw_guard_key {
	__u32 kind;
	__u32 id;
	struct bw_file_key file;
	__u64 name;
};

_Static_assert(sizeof(struct bw_guard_key) == 32, "bw_guard_key has a hole");

/**
 * struct bw_guardian - One of Bulwark's own processes
 *
 * @task: Address of its thread group's leader; only of use to compare and to read,
 *	and only while the other two are those of what is there.
 * @start_ns: CLOCK_BOOTTIME of its start.
 * @pid: Its number in the initial pid namespace.
 * @zero: Must be 0.
 */
struct bw_guardian {
	__u64 task;
	__u64 start_ns;
	__u32 pid;
	__u32 zero;
};

_Static_assert(sizeof(struct bw_guardian) == 24, "bw_guardian has a hole");

/**
 * enum bw_hold - How somebody holds a protected file
 */
enum bw_hold {
	BW_HOLD_OPEN = 1,
	BW_HOLD_MAPPED = 2,
};

/**
 * struct bw_holder - One record of the holders iterators' output
 *
 * @file: The protected file.
 * @pid: Thread group id.
 * @uid: Real user id.
 * @fd: Descriptor, or -1 for a mapping.
 * @set: Number of the set.
 * @hold: enum bw_hold.
 * @granted: 1 if the process may read the set now.
 * @zero: Must be 0.
 * @comm: Name of the task.
 */
struct bw_holder {
	struct bw_file_key file;
	__u32 pid;
	__u32 uid;
	__s32 fd;
	__u16 set;
	__u16 hold;
	__u32 granted;
	__u32 zero;
	char comm[16];
};

_Static_assert(sizeof(struct bw_holder) == 56, "bw_holder has a hole");

/*
 * FNV-1a, 64 bits, of a file's name.  A made-up collision gains nothing: to
 * bear the name a file must be created in the protected directory or moved
 * there, and the move is judged by the same hash.
 */
#define BW_NAME_HASH_BASIS 0xcbf29ce484222325ULL
#define BW_NAME_HASH_PRIME 0x100000001b3ULL

#endif
