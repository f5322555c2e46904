/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - from root to a user without capabilities, and into a program of its own
 */
#ifndef BULWARK_LOGGER_SPAWN_H
#define BULWARK_LOGGER_SPAWN_H

#include <sys/types.h>

#include "logger_link.h"
#include "options.h"

/**
 * struct bw_logger_spawn - What a logger is given
 *
 * @fds: By enum bw_logger_fd; borrowed.  BW_LOGGER_FD_LINK is made for each.
 */
struct bw_logger_spawn {
	const struct bw_options *options;
	int fds[BW_LOGGER_FD_END];
};

/* Is there a user to run it as?  Logs; returns 0 or -errno. */
int bw_logger_spawn_check(const struct bw_options *options);

/* Returns 0 or -errno. */
int bw_logger_spawn(const struct bw_logger_spawn *spawn, pid_t *ret_pid, int *ret_link);

#endif
