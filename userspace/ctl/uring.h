/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - bulwarkctl selftest: one ring of io_uring, one entry at a time
 */
#ifndef BULWARK_URING_H
#define BULWARK_URING_H

#include <linux/io_uring.h>
#include <stdint.h>

#include "technique.h"

/**
 * struct uring - What both sides share
 *
 * @fd: Of the ring.
 * @entries, @tail, @array: Of the submission queue.
 * @completions, @head: Of the completion queue, twice as long.
 * @used: Entries so far.
 */
struct uring {
	int fd;
	struct io_uring_sqe *entries;
	uint32_t *tail;
	uint32_t *array;
	struct io_uring_cqe *completions;
	uint32_t *head;
	uint32_t used;
};

/* Makes one: 0 or -errno. */
int uring_init(struct uring *ring, uint32_t flags);

/* Submits one entry and waits for what comes of it. */
int uring_call(struct uring *ring, const struct io_uring_sqe *entry);

/* Opens the file, into this slot of the ring if it isn't 0: a descriptor, 0, or -errno. */
int uring_open(struct uring *ring, const struct target *target, uint32_t slot);
int uring_read(struct uring *ring, int fd, uint8_t flags, struct loot *loot);

/* Gives the ring one slot with this descriptor, or -1 for an empty one. */
int uring_register(const struct uring *ring, int fd);

#endif
