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
#include <bulwark/learning.h>
#include <bulwark/rule.h>
#include <bulwark/usage.h>

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
 * @unlearnt: Accesses of whom a set has learnt nothing: there was no room, not even for the rest.
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
	__u64 unlearnt;
	__u64 carried;
	__u64 serials;
	struct bw_file_key root;
	struct bw_file_key daemon;
	__u32 mount_ns;
	__u32 abi;
	__u8 build[BW_DIGEST_SIZE];
};

_Static_assert(sizeof(struct bw_state) == 152, "bw_state has a hole");

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
