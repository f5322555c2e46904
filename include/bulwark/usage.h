/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - userspace and BPF: how much may be read, and how much was
 */
#ifndef BULWARK_USAGE_H
#define BULWARK_USAGE_H

#include <linux/types.h>

#include <bulwark/abi.h>

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
 * @who: By @per: start_boottime of the thread group, audit session, user, bw_unit_hash(), 0.
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

#endif
