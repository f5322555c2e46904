/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - one event, or the repetitions of one, on the way to its record
 */
#ifndef BULWARK_RECORD_OCCURRENCE_H
#define BULWARK_RECORD_OCCURRENCE_H

#include "record_json.h"

/**
 * struct occurrence - What one record tells
 *
 * @event: What happened.
 * @whole: @event is the programs' own, and not made up from a key that says less.
 * @kind: "refusal", "repeat", ...
 * @repeated: Counts repetitions of @event.
 * @first_ns: CLOCK_BOOTTIME, 0 when not known.
 * @last_ns: CLOCK_BOOTTIME.
 */
struct occurrence {
	const struct bw_event *event;
	const struct bw_record_context *context;
	const char *kind;
	bool whole;
	bool repeated;
	uint64_t count;
	uint64_t first_ns;
	uint64_t last_ns;
	char *file_path;
	char *exe_path;
};

static inline int64_t real_ns(const struct occurrence *occurrence, uint64_t boot_ns)
{
	return (int64_t)boot_ns + occurrence->context->boot_offset_ns;
}

static inline const char *set_name(const struct occurrence *occurrence)
{
	return occurrence->context->set_name ? occurrence->context->set_name : "";
}

/* What isn't known to be something else is a verdict. */
static inline bool event_is_verdict(const struct bw_event *event)
{
	return event->type != BW_EVENT_TAINT && event->type != BW_EVENT_CARRIED &&
	       event->type != BW_EVENT_WARNING;
}

static inline bool event_is_denied(const struct bw_event *event)
{
	return event_is_verdict(event) && event->verdict == BW_VERDICT_DENY;
}

/* It is about a budget, and tells its totals. */
static inline bool event_is_finding(const struct bw_event *event)
{
	return event->totals.every_ns;
}

/* "BOOT:SEQUENCE" names an event, "BOOT:SEQUENCE:COUNT" its repetition.  Malloc'ed. */
char *occurrence_uid(const struct occurrence *occurrence, bool repeated);

/* A sentence for people, malloc'ed: what the journal shows. */
char *message_new(const struct occurrence *occurrence);

/* "write to Bulwark's file '/etc/bulwark/x'", and how bad that is. */
void tamper_print(FILE *out, const struct occurrence *occurrence);
enum ocsf_severity tamper_severity(const struct bw_event *event);

/* "; in 1h it has read 5MiB of 2GiB in 200 of 200 files (per user)"; nothing for others. */
/* Of what the limit is that it is about. */
const char *finding_limit(const struct bw_event *event);
void finding_print(FILE *out, const struct occurrence *occurrence);
struct ocsf_class finding_class(const struct occurrence *occurrence);
/* What a finding has besides; behind unmapped_add(). */
void finding_add(json_t *record, const struct occurrence *occurrence, bool *failed);

/* Each adds one object to a record. */
void actor_add(json_t *record, const struct occurrence *occurrence, bool *failed);
void file_add(json_t *record, const struct occurrence *occurrence, bool *failed);
void policy_add(json_t *record, const struct occurrence *occurrence, bool *failed);
void unmapped_add(json_t *record, const struct occurrence *occurrence, bool *failed);

#endif
