/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what the logger knows of itself after it has died: logger.json
 *
 * Written in place after each record, with one pwrite(2) of less than a page, so
 * that killing the logger leaves the old text or the new one.
 */
#ifndef BULWARK_LOGGER_STATE_H
#define BULWARK_LOGGER_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "logger_gap.h"

#define BW_BOOT_ID_SIZE 37

/**
 * struct bw_logger_state - How far the evidence goes
 *
 * @boot_id: The boot whose numbers these are; "" when nothing is known.
 * @sequence: Which events have been written.
 * @refused: bw_state.refused then.
 * @lost: bw_state.lost then.
 * @time_ns: When, CLOCK_REALTIME.
 */
struct bw_logger_state {
	char boot_id[BW_BOOT_ID_SIZE];
	struct bw_sequence sequence;
	uint64_t refused;
	uint64_t lost;
	int64_t time_ns;
};

/* Opens, or creates, the file; a descriptor or -errno. */
int bw_logger_state_open(const char *path);

/* Returns 0, -ENODATA (a new file), -EBADMSG (not one of ours), or -errno. */
int bw_logger_state_load(int fd, struct bw_logger_state *ret_state);
int bw_logger_state_save(int fd, const struct bw_logger_state *state);

#endif
