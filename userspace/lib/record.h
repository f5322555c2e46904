/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - events as evidence: OCSF records, journal fields, lines for people
 */
#ifndef BULWARK_RECORD_H
#define BULWARK_RECORD_H

#include <jansson.h>
#include <stdint.h>
#include <sys/uio.h>

#include <bulwark/event.h>
#include <bulwark/maps.h>

#define BW_LOG_PATH "/var/log/bulwark/events.jsonl"

/* Stable ids for journalctl MESSAGE_ID=; documented in bulwark-events(5). */
#define BW_MESSAGE_ID_REFUSAL "5b0f1a7d6c1c4b0f9f0f6a4f0c7e2d11"
#define BW_MESSAGE_ID_GAP "a1c9d6c2f0f34b3f8b7b3c0a9e6d5f22"
#define BW_MESSAGE_ID_STATE "c3e8a4b19d7245f6a0d1b2c3f4e5a633"

/**
 * struct bw_record_context - What an event alone doesn't tell
 *
 * @set_name: Name of the event's set.
 * @severity: The set's, 1 to 10; 0 when not known.
 * @exe_path: Path of the executable, or NULL.
 * @mount_path: Where the file's filesystem is mounted (its root), or NULL.
 * @boot_id: Of this boot, with dashes.
 * @host: Host name.
 * @boot_offset_ns: Add to CLOCK_BOOTTIME to get CLOCK_REALTIME.
 */
struct bw_record_context {
	const char *set_name;
	unsigned int severity;
	const char *exe_path;
	const char *mount_path;
	const char *boot_id;
	const char *host;
	int64_t boot_offset_ns;
};

/* "/base/5/16384" from the event's names; malloc'ed; ".../" in front if cut. */
char *bw_event_path(const struct bw_event *event);

/*
 * One refusal as OCSF 1001 (File System Activity), profile security_control.
 * A new reference, NULL without memory.
 */
json_t *bw_record_refusal(const struct bw_event *event, const struct bw_record_context *context);

/* The same refusal again: @count in all, the last at @count->last_ns. */
json_t *bw_record_repeat(const struct bw_refusal_key *key, const struct bw_refusal_count *count,
			 const struct bw_record_context *context);

/**
 * struct bw_gap - An interval for which details are missing
 *
 * @from_ns: CLOCK_REALTIME.
 * @to_ns: CLOCK_REALTIME.
 * @first_sequence: First missing event, 0 when none is.
 * @last_sequence: Last missing event.
 * @refused: Accesses refused in the interval.
 * @lost: Events lost in it.
 * @why: "daemon not running", "ring buffer full", ...
 */
struct bw_gap {
	int64_t from_ns;
	int64_t to_ns;
	uint64_t first_sequence;
	uint64_t last_sequence;
	uint64_t refused;
	uint64_t lost;
	const char *why;
};

json_t *bw_record_gap(const struct bw_gap *gap, const struct bw_record_context *context);

/* One line of at most 80 columns where it can: "12:00:01 deny  cp[123] root ...". */
char *bw_record_line(const json_t *record);

#endif
