/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - commands through io_uring, one at a time
 */
#ifndef RING_H
#define RING_H

#include <linux/io_uring.h>

/**
 * struct ring - The smallest there is
 *
 * @fd: Its descriptor, or -errno.
 * @queues: Both of them, mapped.
 * @entry: The one place for a command.
 * @params: What the kernel says of it.
 */
struct ring {
	int fd;
	char *queues;
	struct io_uring_sqe *entry;
	struct io_uring_params params;
};

/* 0 or -errno. */
int ring_open(struct ring *ring);
void ring_close(struct ring *ring);

/* Hands a command in and doesn't wait: 0 or -errno. */
int ring_queue(struct ring *ring, const struct io_uring_sqe *submission);

/* Waits for the next command that has come to an end: its result, or -errno. */
int ring_take(struct ring *ring);

/* What came of the command: its result, or -errno. */
int ring_submit(struct ring *ring, const struct io_uring_sqe *submission);

/* The same in a ring made for it alone. */
int ring_run(const struct io_uring_sqe *submission);

#endif
