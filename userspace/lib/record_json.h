/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what the kinds of records share; nobody else includes this
 */
#ifndef BULWARK_RECORD_JSON_H
#define BULWARK_RECORD_JSON_H

#include <stdbool.h>
#include <stdio.h>

#include "record.h"

/* Schema of the records: OCSF, https://schema.ocsf.io/1.5.0 */
#define OCSF_VERSION "1.5.0"

enum ocsf_severity {
	OCSF_SEVERITY_UNKNOWN = 0,
	OCSF_SEVERITY_INFORMATIONAL = 1,
	OCSF_SEVERITY_LOW = 2,
	OCSF_SEVERITY_MEDIUM = 3,
	OCSF_SEVERITY_HIGH = 4,
	OCSF_SEVERITY_CRITICAL = 5,
};

/**
 * struct ocsf_class - What a record is, in OCSF's words
 *
 * @profiles: NULL-terminated.
 */
struct ocsf_class {
	int category_uid;
	const char *category_name;
	int class_uid;
	const char *class_name;
	int activity_id;
	const char *activity_name;
	const char *const *profiles;
};

/*
 * A record with what all have: class, time, severity, metadata, device.
 *
 * @uid: Unique among all records of this host; taken over.
 */
json_t *record_new(const struct ocsf_class *class, int64_t time_ns, enum ocsf_severity severity,
		   char *uid, const struct bw_record_context *context);

/*
 * Each adds a member; what fails makes *@failed true, so that a record is
 * complete or isn't there.  A NULL text adds nothing.
 */
void member_text(json_t *object, const char *name, const char *text, bool *failed);
void member_integer(json_t *object, const char *name, uint64_t value, bool *failed);
void member_boolean(json_t *object, const char *name, bool value, bool *failed);
/* Takes @value over. */
void member_json(json_t *object, const char *name, json_t *value, bool *failed);
/* CLOCK_REALTIME nanoseconds to OCSF's milliseconds. */
void member_time(json_t *object, const char *name, int64_t time_ns, bool *failed);
/* {"device": "8:1", "inode": "123", "generation": 4} */
void member_file_key(json_t *object, const char *name, const struct bw_file_key *key, bool *failed);

/* @record if nothing failed, else NULL with @record freed. */
json_t *record_finish(json_t *record, bool failed);

/*
 * @text with bytes that are no plain text as "\xNN", and a "\x" that was there
 * before as "\x5cx": nothing is lost, and what is shown is what is there.
 */
char *text_show(const char *text);

/*
 * Closes what open_memstream(3) opened.  True if @text holds all that was
 * printed; false for want of memory, with @text freed and NULL.
 */
bool text_close(FILE *out, char **text);

/* String or integer at "unmapped.set" and so on; NULL if it isn't there. */
const json_t *record_get(const json_t *record, const char *path);
const char *record_text(const json_t *record, const char *path);
uint64_t record_integer(const json_t *record, const char *path);

#endif
