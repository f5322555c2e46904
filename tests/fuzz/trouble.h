/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what nonsense needs, and what gets in its way: memory and descriptors
 * that come, go and change
 */
#ifndef TROUBLE_H
#define TROUBLE_H

#include "nonsense.h"

#define TROUBLE_PAGE 4096

/* Descriptors that all threads use, and close, replace and refill meanwhile. */
#define TROUBLE_SLOT_FIRST 40
#define TROUBLE_SLOTS 24

/* Which of them begin as what; the device's come first. */
#define TROUBLE_LINKS 4
#define TROUBLE_MAPS 8
#define TROUBLE_PROGRAMS 12
#define TROUBLE_REST 16
#define TROUBLE_PER_KIND 4

/*
 * Good, read-only, unmapped and changing pages, below 4 GiB.  Ends the process if
 * there is no room.
 */
char *trouble_arena(void);

/* The thread's own two pages, which nobody disturbs, and the hole after them. */
char *trouble_page(struct nonsense *nonsense, unsigned int which);

/* An address in the arena, but for those pages, or one where nothing is. */
uint64_t trouble_anywhere(struct nonsense *nonsense);

/* A new descriptor in this slot, of the kind that belongs there. */
void trouble_slot_fill(struct nonsense *nonsense, unsigned int slot);

/* One of all; one that began as this kind; one that may be none. */
int trouble_slot(struct nonsense *nonsense);
int trouble_slot_of(struct nonsense *nonsense, unsigned int kind);
int trouble_descriptor(struct nonsense *nonsense);

/* Changes something under the other threads. */
void trouble_memory(struct nonsense *nonsense);
void trouble_descriptors(struct nonsense *nonsense);

#endif
