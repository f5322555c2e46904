/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - one command through io_uring
 */
#ifndef RING_H
#define RING_H

#include <linux/io_uring.h>

/* What came of it in a ring made for it alone: its result, or -errno. */
int ring_run(const struct io_uring_sqe *submission);

#endif
