/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - unit tests: what was let through, remembered exactly (INV-6)
 *
 * Asked a million times: Check writes a file at each of its ck_assert_...(), so that it hears of
 * failures only.
 */
#ifndef BULWARK_BUDGET_MODEL_H
#define BULWARK_BUDGET_MODEL_H

#include <linux/types.h>

#include <bulwark/usage.h>

/* Files that are read, by number. */
#define MODEL_FILES 64

/* Forgets all, and begins its random numbers anew. */
void model_reset(void);

/* @amount bytes of @file were let through at @when, which is no earlier than the last. */
void model_add(__u64 when, unsigned int file, __u64 amount);

/* Takes the last one back. */
void model_undo(void);

/* What was before @before doesn't matter any more. */
void model_forget(__u64 before);

/* Of what was let through at @since or later: bytes and distinct files. */
void model_sum(__u64 since, __u64 *ret_bytes, unsigned int *ret_files);

/* Fails if the window that ends now has more than the budget. */
void model_check(const struct bw_budget *budget, __u64 now);

/* @now, less @by, or the beginning. */
__u64 model_back(__u64 now, __u64 by);

__u64 random_below(__u64 limit);

#endif
