/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what the kernel holds, to be told whether something stays behind
 */
#ifndef LEFTOVERS_H
#define LEFTOVERS_H

#include <stdbool.h>

#define LEFTOVERS_KINDS 4
#define LEFTOVERS_IDS_MAX 256

/**
 * struct leftovers - All of one moment
 *
 * @ids: Of BPF programs, maps, links and type information.
 * @ids_len: Entries in use, by kind.
 * @files: Open files of the whole kernel.
 * @module_refs: References on the module.
 * @slab_kib: Memory that the kernel can't take back.
 */
struct leftovers {
	unsigned int ids[LEFTOVERS_KINDS][LEFTOVERS_IDS_MAX];
	unsigned int ids_len[LEFTOVERS_KINDS];
	long files;
	long module_refs;
	long slab_kib;
};

/* Waits until nothing changes any more: much goes a while after its last user. */
void leftovers_count(struct leftovers *ret_leftovers);

/* One test for each kind: what was there before is there, and nothing else. */
void leftovers_test(const struct leftovers *before, const char *when);

/* The same where others may be in their place: there are no more of a kind. */
void leftovers_most_test(const struct leftovers *most, const char *when);

/* Of each kind as many as in the one or the other. */
void leftovers_widen(struct leftovers *most, const struct leftovers *other);

#endif
