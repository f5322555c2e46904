/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - userspace and BPF: what sets learn
 */
#ifndef BULWARK_LEARNING_H
#define BULWARK_LEARNING_H

#include <linux/types.h>

#include <bulwark/abi.h>
#include <bulwark/usage.h>

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
 * @unit: bw_unit_hash() of its name.
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

/**
 * struct bw_learnt - Value of `learnts`: what one subject did in one set
 *
 * @lock: Held by whoever looks at the rest or changes it.
 * @exe_names_len: As in struct bw_event...
 * @exe_names_cut: ...
 * @most_files: Distinct files in the fullest window, as a budget counts them...
 * @most_bytes: ...and bytes.
 * @gid: Real group id of the first access...
 * @gids: ...which is 1 if all had that one, else 2; 0 before.
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
	__u32 gid;
	__u32 gids;
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

_Static_assert(sizeof(struct bw_learnt) == 1616, "bw_learnt has a hole");

#endif
