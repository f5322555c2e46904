/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - an event and its record, for the tests of records
 */
#ifndef BULWARK_RECORD_RIG_H
#define BULWARK_RECORD_RIG_H

#include "record.h"

#define BOOT "0b0bb0b0-0000-4000-8000-0123456789ab"
#define NO_ID 4294967295U
#define SECOND 1000000000ULL

/**
 * struct record_rig - One test's event
 *
 * @event: A refusal with everything in it.
 * @context: What the logger would know of it.
 * @record: What the test made.
 */
struct record_rig {
	struct bw_event event;
	struct bw_record_context context;
	json_t *record;
};

extern struct record_rig record_rig;

void record_rig_setup(void);
void record_rig_teardown(void);

/* Makes the event's record. */
void rig_refuse(void);

/* Of the record, by path: "file.path".  The last two must be there. */
const json_t *rig_get(const char *path);
const char *rig_text(const char *path);
long long rig_integer(const char *path);

/* The event's key in the kernel's table of refusals. */
struct bw_refusal_key rig_refusal_key(void);

#endif
