/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - processes and threads that make nonsense all at once
 */
#ifndef STORM_H
#define STORM_H

#include "nonsense.h"

/* A program called with this and a number must end with storm_executed(). */
#define STORM_EXEC_OPTION "--exec"

/* Shared by all that is started from now on; NULL if there is no memory. */
struct nonsense_tally *storm_begin(uint64_t from);

int storm_executed(const char *random);

/*
 * One round of some children, one of which is killed in the middle; @meanwhile runs
 * again and again beside them.  False if one had to be killed because it hung.
 */
bool storm_round(unsigned int number, long ms, void (*run)(uint64_t number),
		 void (*meanwhile)(void));

/* What children do: threads with the same descriptors and memory, which are disturbed; */
void storm_all(uint64_t number);

/* or one that opens the device, calls and closes, over and over. */
void storm_visits(uint64_t number);

long storm_now_ms(void);

#endif
