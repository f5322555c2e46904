/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the maps that the programs share; defined once, in maps.bpf.c
 */
#ifndef BULWARK_MAPS_BPF_H
#define BULWARK_MAPS_BPF_H

#include "kernel_types.h"

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <bulwark/event.h>
#include <bulwark/maps.h>

#include "reserve.h"

/* For what a header offers and not every program takes. */
#define __maybe_unused __attribute__((unused))

/* Different refusals that are counted apart; more of them each make an event. */
#define REFUSALS_MAX 16384

/* Inodes that were moved out of a set or into one; more of them can't be (INV-2). */
#define CARRIED_MAX 1048576

/* Executables that were verified since the boot; more of them can't be (INV-2). */
#define CONTENTS_MAX 4096

/* Bulwark's own: BPF objects, files and directories, names. */
#define GUARDED_MAX 4096

/* Engine, logger, and those that come before the former ones have gone. */
#define GUARDIANS_MAX 8

/* Subjects of budgets that count at one time; for more of them reading is refused (INV-2). */
#define USAGES_MAX 4096

/* Subjects of sets that learn; those for which there is no room are added up as one. */
#define LEARNTS_MAX 8192

/*
 * Pieces of files that all subjects remember at one time; what was read longest ago is forgotten
 * for more of them, and then charged again.
 */
#define PIECES_MAX 131072

#define EVENTS_BYTES (4 * 1024 * 1024)

/*
 * Inode storage: where an inode was found to be.  A cache, never the truth: it
 * goes with the inode (drop_caches).  One word, so that it is written and read
 * as a whole: the stamp it was found under, the policy's generation, the set.
 */
#define PLACE_SET_MASK 0x3fULL
#define PLACE_GENERATION_SHIFT 6
#define PLACE_GENERATION_MASK 0x3ffffULL
#define PLACE_STAMP_SHIFT 24

_Static_assert(BW_SETS_MAX <= PLACE_SET_MASK, "a set's number doesn't fit a place");

static inline __u64 place_pack(__u64 stamp, __u32 generation, __u32 set)
{
	return stamp << PLACE_STAMP_SHIFT |
	       (generation & PLACE_GENERATION_MASK) << PLACE_GENERATION_SHIFT | set;
}

/**
 * struct favour - Task storage of a thread: which sets it may read
 *
 * A cache as well.  Only the thread itself writes and reads it, so it needs no
 * lock; what happens to its process elsewhere changes the stamp.
 *
 * @place: Of a set-less place: stamp and generation for which this holds.
 * @sets: Bit for each set that may be read.
 * @recent: Of one of these, the whole place that was asked for last; 0: none.
 * @cgroup: Id of the cgroup for which the grants hold.
 * @uid: Real user id for which the grants hold.
 * @zero: Must be 0.
 * @blind: The program that the thread loads may not show it any memory.
 * @reserve: Of a set that it may read within a budget.
 */
struct favour {
	__u64 place;
	__u64 sets;
	__u64 recent;
	__u64 cgroup;
	__u32 uid;
	__u32 zero;
	__u64 blind;
	struct reserve reserve;
};

/* Inode storage: when subjects read the file last. */
struct file_uses {
	__u64 words[BW_USES_PER_FILE];
};

/**
 * struct piece - Key of `pieces`: one that a subject has read
 *
 * @file: Whose piece it is.
 * @serial: bw_usage.serial.
 * @number: Of the file's pieces, from 0; or BW_PIECE_WHOLE.
 */
struct piece {
	struct bw_file_key file;
	__u32 serial;
	__u32 number;
};

/**
 * struct charge - What is to be taken from a budget
 *
 * @key: Whose.
 * @amount: Bytes that are about to be read.
 * @file: Of which; this and the rest for a budget with a coverage alone.
 * @size: Of the file.
 * @first: Number of the first piece that is read.
 * @pieces: How many there are.
 */
struct charge {
	struct bw_usage_key key;
	__u64 amount;
	struct bw_file_key file;
	__u64 size;
	__u32 first;
	__u32 pieces;
};

/*
 * What comes of a charge: enum bw_reason in the lower half; in the upper one the limit of which
 * so much is used as the budget warns of, or BW_REASON_GRANTED or 0.
 */
#define CHARGED_REASON_MASK 0xffffU
#define CHARGED_WARNING_SHIFT 16

/* Sizes, not types: clang 14 doesn't tell those of an inner map that is extern. */
struct policy_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct bw_rule_key));
	__uint(value_size, sizeof(struct bw_rule));
};

struct policies_map {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct policy_map);
};

struct subjects_map {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct bw_subject);
};

struct favours_map {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct favour);
};

struct places_map {
	__uint(type, BPF_MAP_TYPE_INODE_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
};

struct refusals_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, REFUSALS_MAX);
	__type(key, struct bw_refusal_key);
	__type(value, struct bw_refusal_count);
};

struct carried_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CARRIED_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct bw_file_key);
	__type(value, __u32);
};

struct set_names_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BW_SETS_MAX + 1);
	__type(key, __u32);
	__type(value, struct bw_set_name);
};

struct guarded_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, GUARDED_MAX);
	__type(key, struct bw_guard_key);
	__type(value, __u32);
};

struct guardians_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, GUARDIANS_MAX);
	__type(key, __u32);
	__type(value, struct bw_guardian);
};

struct usages_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, USAGES_MAX);
	__type(key, struct bw_usage_key);
	__type(value, struct bw_usage_slot);
};

struct file_uses_map {
	__uint(type, BPF_MAP_TYPE_INODE_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct file_uses);
};

struct learnts_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LEARNTS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct bw_learnt_key);
	__type(value, struct bw_learnt);
};

/*
 * Executables whose content matters to a grant, and its version: another one whenever somebody
 * may begin to change it, and never one that it had before.
 */
struct contents_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CONTENTS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct bw_file_key);
	__type(value, __u64);
};

struct requests_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BW_REQUESTS_MAX);
	__type(key, struct bw_request_key);
	__type(value, struct bw_request);
};

struct pieces_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, PIECES_MAX);
	__type(key, struct piece);
	__type(value, struct bw_piece_use);
};

struct events_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, EVENTS_BYTES);
};

extern struct policies_map policies SEC(".maps");
extern struct subjects_map subjects SEC(".maps");
extern struct favours_map favours SEC(".maps");
extern struct places_map places SEC(".maps");
extern struct refusals_map refusals SEC(".maps");
extern struct carried_map carried SEC(".maps");
extern struct set_names_map set_names SEC(".maps");
extern struct guarded_map guarded SEC(".maps");
extern struct guardians_map guardians SEC(".maps");
extern struct usages_map usages SEC(".maps");
extern struct file_uses_map file_uses SEC(".maps");
extern struct learnts_map learnts SEC(".maps");
extern struct contents_map contents SEC(".maps");
extern struct requests_map requests SEC(".maps");
extern struct pieces_map pieces SEC(".maps");
extern struct events_map events SEC(".maps");

/* A global and not a map of its own: read in each hook, without a look-up. */
extern struct bw_state state;

/* The module is there to write audit records; set before load. */
extern const volatile bool have_audit;

/* The module is there to tell whether the host is sealed; set before load. */
extern const volatile bool have_seal;

/* The kernel passes an idmap before the dentry; set before load from its BTF. */
extern const volatile bool have_idmap;

#endif
