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
#define BW_MESSAGE_ID_TAMPER "8e1d5c70b24f4a6e93c7a5d80f16be42"
#define BW_MESSAGE_ID_STATE "c3e8a4b19d7245f6a0d1b2c3f4e5a633"

/**
 * struct bw_record_context - What an event alone doesn't tell
 *
 * Paths and names may hold any bytes; the records show what isn't plain text as
 * "\xNN".  Any pointer may be NULL.
 *
 * @set_name: Name of the event's set.
 * @severity: The set's, 1 to 10; 0 when not known.
 * @file_path: Path of the file on this host: bw_mounts_path() of bw_event_path().
 * @exe_path: Path of the executable, likewise of bw_event_exe_path().
 * @mount_path: Without @file_path: where the file's filesystem is mounted.
 * @user_name: Of the real user id.
 * @first: For bw_record_repeat(): the event that told of the first.
 * @boot_id: Of this boot, with dashes.
 * @host: Host name.
 * @boot_offset_ns: Add to CLOCK_BOOTTIME to get CLOCK_REALTIME.
 */
struct bw_record_context {
	const char *set_name;
	unsigned int severity;
	const char *file_path;
	const char *exe_path;
	const char *mount_path;
	const char *user_name;
	const struct bw_event *first;
	const char *boot_id;
	const char *host;
	int64_t boot_offset_ns;
};

/*
 * "/base/5/16384" from the event's names, up to its filesystem's root; ".../" in
 * front if names are missing there, "..." behind a name that was cut.  Malloc'ed;
 * "" when the event has no names.
 */
char *bw_event_path(const struct bw_event *event);

/* The executable's path, likewise. */
char *bw_event_exe_path(const struct bw_event *event);

/*
 * One event (a refusal, a taint, a file carried out, tampering, a read under
 * break-glass) as OCSF 1001 (File System
 * Activity), one that tells a budget's totals as 2006 (Data Security Finding); profile
 * security_control.  A new reference, NULL without memory.
 */
json_t *bw_record_refusal(const struct bw_event *event, const struct bw_record_context *context);

/* The same refusal or read again: @count in all, the last at @count->last_ns. */
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

/* OCSF 1008 (Event Log Activity), activity 99 "Gap". */
json_t *bw_record_gap(const struct bw_gap *gap, const struct bw_record_context *context);

/* What happened to the protection itself. */
enum bw_notice_kind {
	BW_NOTICE_STARTED = 1, /* the engine runs and enforces */
	BW_NOTICE_STOPPED = 2, /* the engine ends; what the keeper holds goes on */
	BW_NOTICE_APPLIED = 3, /* a policy is in force */
	BW_NOTICE_REFUSED = 4, /* a policy has errors, the one before stays */
	BW_NOTICE_LOGGER_RESTARTED = 5,
	BW_NOTICE_PROTECTED = 6,   /* the decoy is refused again */
	BW_NOTICE_UNPROTECTED = 7, /* the decoy could be read, or nothing is attached */
	BW_NOTICE_SEALED = 8,
	BW_NOTICE_SECRET_SHOWN = 9,  /* the seal needs more of them */
	BW_NOTICE_SECRET_WRONG = 10, /* shown, but none of the seal's */
	BW_NOTICE_UNSEALED = 11,
	BW_NOTICE_HELD_BACK = 12, /* changed policy files, on a sealed host */
	BW_NOTICE_LEARNING_ENDS = 13,
	BW_NOTICE_GLASS_ASKED = 14,
	BW_NOTICE_GLASS_REFUSED = 15,
	BW_NOTICE_GLASS_BROKEN = 16,
	BW_NOTICE_GLASS_ENDED = 17,
};

/**
 * struct bw_notice - A change of state
 *
 * @kind: What happened.
 * @generation: Of the policy in force.
 * @time_ns: CLOCK_REALTIME.
 * @text: More, for people; may be NULL.
 */
struct bw_notice {
	enum bw_notice_kind kind;
	uint32_t generation;
	int64_t time_ns;
	const char *text;
};

/* OCSF 6002 (Application Lifecycle). */
json_t *bw_record_state(const struct bw_notice *notice, const struct bw_record_context *context);

/*
 * Any of these records as fields for sd_journal_sendv(3).  Returns 0, -EINVAL
 * (not one of our records), -ENOMEM.
 */
int bw_record_journal(const json_t *record, struct iovec **ret_fields, size_t *ret_len);
void bw_record_journal_free(struct iovec *fields, size_t len);

/*
 * One line in local time: "12:00:01 deny pension-db cp[123] root open no-grant
 * x4 /var/.../16384".  The path is cut to make it fit into @columns, where it
 * can; 0 for no limit.  Whatever the record holds, no control character gets
 * into it.
 */
char *bw_record_line(const json_t *record, size_t columns);

#endif
