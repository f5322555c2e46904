/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - calls of /dev/bulwark with arguments that nobody would give
 */
#ifndef NONSENSE_H
#define NONSENSE_H

#include <stdbool.h>
#include <stdint.h>

/* Threads that share descriptors and memory. */
#define NONSENSE_THREADS 3

#define NONSENSE_CALLS 8

/* The two of them that change what is held. */
#define NONSENSE_ADOPT 1
#define NONSENSE_RELEASE 3

#define NONSENSE_ERRNOS 134

/* Room for the largest call. */
#define NONSENSE_SIZE_MAX 576

/* Ids of what the slots are refilled with. */
#define NONSENSE_IDS_MAX 16

struct nonsense_ids {
	unsigned int of[NONSENSE_IDS_MAX];
	unsigned int len;
};

/**
 * struct nonsense_tally - What came of it, in memory that all processes share
 *
 * @armed: Nothing may be let go: RELEASE is never right, and nobody has a link.
 * @links: May be taken as descriptors.
 * @maps: The same.
 * @programs: The same; those that aren't attached get links.
 * @steps: Calls, and whatever else was done.
 * @outcomes: By call and errno, of calls by a descriptor that is the device's.
 * @unknown: Numbers that name no call.
 * @forks: Processes that inherited the descriptors.
 * @execs: Those of them that ran a program anew.
 * @refused: Calls without the privilege.
 * @wrong: Calls that said what they must not say.
 * @wrong_text: The first of them.
 */
struct nonsense_tally {
	bool armed;
	struct nonsense_ids links;
	struct nonsense_ids maps;
	struct nonsense_ids programs;
	uint64_t steps;
	uint64_t outcomes[NONSENSE_CALLS][NONSENSE_ERRNOS];
	uint64_t unknown;
	uint64_t forks;
	uint64_t execs;
	uint64_t refused;
	uint64_t wrong;
	char wrong_text[160];
};

/**
 * struct nonsense - One thread
 *
 * @random: Says all that comes: the same seed makes the same calls.
 * @tally: Shared.
 * @arena: The process's, of trouble_arena().
 * @thread: Which part of @arena is its own.
 * @device: A descriptor of its own; what it says is judged.
 */
struct nonsense {
	uint64_t random;
	struct nonsense_tally *tally;
	char *arena;
	unsigned int thread;
	int device;
};

/* The next random number; below @limit; 0 once in @times. */
uint64_t nonsense_any(struct nonsense *nonsense);
uint64_t nonsense_below(struct nonsense *nonsense, uint64_t limit);
bool nonsense_one_in(struct nonsense *nonsense, uint64_t times);

/* One call. */
void nonsense_call(struct nonsense *nonsense);

/* One call, or something that gets in the way of the other threads' ones. */
void nonsense_step(struct nonsense *nonsense);

/* All calls must say EPERM. */
void nonsense_refused(struct nonsense *nonsense);

/* Of the calls by number. */
const char *nonsense_name(unsigned int call);

/* Has each outcome been seen that can be made here? */
bool nonsense_seen_all(const struct nonsense_tally *tally, unsigned int call);

#endif
