/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what engine and logger say to each other, and what the logger inherits
 *
 * One packet per message over a SOCK_SEQPACKET pair.  Both are the same binary;
 * @size is there to catch what isn't.  End of file tells the logger to finish, and
 * the engine that the logger is gone.
 */
#ifndef BULWARK_LOGGER_LINK_H
#define BULWARK_LOGGER_LINK_H

#include <stdint.h>

#include <bulwark/abi.h>

/*
 * Descriptors that the logger finds open.  The lock is that of the whole daemon:
 * as long as an old logger reads the ring buffer, no new daemon starts.
 */
enum bw_logger_fd {
	BW_LOGGER_FD_LINK = 3,
	BW_LOGGER_FD_LOCK,
	BW_LOGGER_FD_EVENTS,
	BW_LOGGER_FD_REFUSALS,
	BW_LOGGER_FD_STATE,
	BW_LOGGER_FD_SET_NAMES,
	BW_LOGGER_FD_END,
};

enum bw_order_kind {
	BW_ORDER_SEVERITIES = 1, /* of the sets in force */
	BW_ORDER_REOPEN = 2,	 /* the log file has been moved away */
	BW_ORDER_NOTICE = 3,	 /* write a record of state */
};

/**
 * struct bw_order - Engine to logger
 *
 * @size: sizeof(struct bw_order).
 * @kind: enum bw_order_kind.
 * @notice: enum bw_notice_kind.
 * @generation: Of the policy in force.
 * @time_ns: CLOCK_REALTIME of what the notice tells.
 * @severities: By set, 0 when not known.
 * @text: Of the notice, NUL-terminated.
 */
struct bw_order {
	uint32_t size;
	uint32_t kind;
	uint32_t notice;
	uint32_t generation;
	int64_t time_ns;
	uint8_t severities[BW_SETS_MAX + 1];
	char text[512];
};

/**
 * struct bw_report - Logger to engine, every second
 *
 * @size: sizeof(struct bw_report).
 * @log_err: 0, or the -errno for which the log can't be written.
 * @records: Written since the logger began.
 * @sequence: Highest event number written.
 */
struct bw_report {
	uint32_t size;
	int32_t log_err;
	uint64_t records;
	uint64_t sequence;
};

#endif
