// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - refusals and other events of the programs as OCSF records
 *
 * OCSF 1001, File System Activity: "a process performs an action on a file"; or a finding.
 */
#include <string.h>

#include "cleanup.h"
#include "names.h"
#include "record_occurrence.h"

#define ACTION_ALLOWED 1
#define ACTION_DENIED 2
#define ACTION_OBSERVED 3

static void occurrence_done(struct occurrence *occurrence)
{
	free(occurrence->file_path);
	free(occurrence->exe_path);
}

static char *path_choose(const char *whole, const char *mount, char *inner)
{
	char *path;

	if (!inner || (!whole && !mount))
		return inner;

	if (whole)
		path = strdup(whole);
	else if (asprintf(&path, "%s%s%s", strcmp(mount, "/") ? mount : "",
			  *inner && *inner != '/' ? "/" : "", inner) < 0)
		path = NULL;
	free(inner);
	return path;
}

static int occurrence_name(struct occurrence *occurrence)
{
	const struct bw_record_context *context = occurrence->context;

	occurrence->file_path = path_choose(context->file_path, context->mount_path,
					    bw_event_path(occurrence->event));
	occurrence->exe_path =
		path_choose(context->exe_path, NULL, bw_event_exe_path(occurrence->event));
	return occurrence->file_path && occurrence->exe_path ? 0 : -ENOMEM;
}

static const char *const profiles[] = { "host", "security_control", "linux/linux_users", NULL };

static struct ocsf_class class_for(const struct bw_event *event)
{
	struct ocsf_class class = {
		.category_uid = 1,
		.category_name = "System Activity",
		.class_uid = 1001,
		.class_name = "File System Activity",
		.activity_id = 99,
		.activity_name = "Other",
		.profiles = profiles,
	};

	if (event->type == BW_EVENT_TAMPER)
		class.activity_name = "Tamper";

	switch (event->channel) {
	case BW_CHANNEL_OPEN:
		class.activity_id = 14;
		class.activity_name = "Open";
		break;
	case BW_CHANNEL_READ:
	case BW_CHANNEL_MMAP:
		class.activity_id = 2;
		class.activity_name = "Read";
		break;
	case BW_CHANNEL_RENAME:
		class.activity_id = 5;
		class.activity_name = "Rename";
		break;
	case BW_CHANNEL_IOCTL:
		class.activity_name = "Ioctl";
		break;
	case BW_CHANNEL_MEMORY:
		class.activity_name = "Trace";
		break;
	case BW_CHANNEL_KERNEL:
		class.activity_name = "Debug";
		break;
	case BW_CHANNEL_CORE:
		class.activity_name = "Dump";
		break;
	case BW_CHANNEL_MOUNT:
		class.activity_id = 12;
		class.activity_name = "Mount";
		break;
	case BW_CHANNEL_LINK:
		/* OCSF has no word for it: the new name isn't a new file ("Create"). */
		class.activity_name = "Link";
		break;
	}
	return class;
}

/* A set's severity, 1 to 10. */
static enum ocsf_severity severity_for(unsigned int severity)
{
	if (severity == 0)
		return OCSF_SEVERITY_UNKNOWN;

	if (severity <= 2)
		return OCSF_SEVERITY_LOW;

	if (severity <= 5)
		return OCSF_SEVERITY_MEDIUM;

	return severity <= 8 ? OCSF_SEVERITY_HIGH : OCSF_SEVERITY_CRITICAL;
}

static enum ocsf_severity severity_of(const struct occurrence *occurrence)
{
	if (occurrence->event->type == BW_EVENT_TAMPER)
		return tamper_severity(occurrence->event);

	return severity_for(occurrence->context->severity);
}

/* What the system call came back with. */
static const char *status_code(const struct bw_event *event)
{
	return event->type == BW_EVENT_TAMPER ? "EPERM" : "EACCES";
}

/* Profile security_control: what was done about it. */
static void outcome_add(json_t *record, int action_id, const char *action, int disposition_id,
			const char *disposition, bool alert, bool *failed)
{
	member_integer(record, "action_id", (uint64_t)action_id, failed);
	member_text(record, "action", action, failed);
	member_integer(record, "disposition_id", (uint64_t)disposition_id, failed);
	member_text(record, "disposition", disposition, failed);
	member_boolean(record, "is_alert", alert, failed);
}

static void verdict_add(json_t *record, const struct bw_event *event, bool *failed)
{
	bool finding = event_is_finding(event);
	bool denied = event_is_denied(event);

	if (event->type == BW_EVENT_WARNING || event->type == BW_EVENT_GLASS)
		outcome_add(record, ACTION_ALLOWED, "Allowed", 1, "Allowed", true, failed);
	else if (event->type == BW_EVENT_CARRIED)
		outcome_add(record, ACTION_ALLOWED, "Allowed", 1, "Allowed", false, failed);
	else if (denied)
		outcome_add(record, ACTION_DENIED, "Denied", 2, "Blocked", true, failed);
	else
		outcome_add(record, ACTION_OBSERVED, "Observed", 17, "Logged", true, failed);

	member_integer(record, "status_id", denied && !finding ? 2 : 1, failed);
	member_text(record, "status", finding ? "New" : denied ? "Failure" : "Success", failed);
	if (denied)
		member_text(record, "status_code", status_code(event), failed);
	if (event_is_verdict(event))
		member_text(record, "status_detail", bw_reason_text(event->reason), failed);
}

char *occurrence_uid(const struct occurrence *occurrence, bool repeated)
{
	const char *boot_id = occurrence->context->boot_id;
	char count[24] = "";
	char *uid;

	if (repeated)
		snprintf(count, sizeof(count), ":%llu", (unsigned long long)occurrence->count);

	if (asprintf(&uid, "%s:%llu%s", boot_id ? boot_id : "",
		     (unsigned long long)occurrence->event->sequence, count) < 0)
		return NULL;
	return uid;
}

static void sequence_add(json_t *record, const struct occurrence *occurrence, bool *failed)
{
	_cleanup_(freep) char *first = occurrence_uid(occurrence, false);
	json_t *metadata = json_object_get(record, "metadata");

	/* A sequence number stands in one record only: missing ones are gaps. */
	if (!occurrence->repeated)
		member_integer(metadata, "sequence", occurrence->event->sequence, failed);
	else
		member_text(metadata, "correlation_uid", first, failed);
}

static void times_add(json_t *record, const struct occurrence *occurrence, bool *failed)
{
	member_integer(record, "count", occurrence->count, failed);
	if (!occurrence->repeated)
		return;

	if (occurrence->first_ns)
		member_time(record, "start_time", real_ns(occurrence, occurrence->first_ns),
			    failed);
	member_time(record, "end_time", real_ns(occurrence, occurrence->last_ns), failed);
}

static json_t *occurrence_record(struct occurrence *occurrence)
{
	const struct bw_event *event = occurrence->event;
	const struct ocsf_class class =
		event_is_finding(event) ? finding_class(occurrence) : class_for(event);
	_cleanup_(freep) char *message = NULL;
	bool failed = false;
	json_t *record;

	if (occurrence_name(occurrence))
		return NULL;

	record = record_new(&class, real_ns(occurrence, occurrence->last_ns),
			    severity_of(occurrence),
			    occurrence_uid(occurrence, occurrence->repeated), occurrence->context);
	message = message_new(occurrence);
	if (!record || !message)
		return record_finish(record, true);

	member_text(record, "message", message, &failed);
	verdict_add(record, event, &failed);
	sequence_add(record, occurrence, &failed);
	times_add(record, occurrence, &failed);
	actor_add(record, occurrence, &failed);
	file_add(record, occurrence, &failed);
	policy_add(record, occurrence, &failed);
	unmapped_add(record, occurrence, &failed);
	if (event_is_finding(event))
		finding_add(record, occurrence, &failed);
	return record_finish(record, failed);
}

static const char *kind_of(const struct bw_event *event)
{
	switch (event->type) {
	case BW_EVENT_TAINT:
		return "taint";
	case BW_EVENT_CARRIED:
		return "carried";
	case BW_EVENT_TAMPER:
		return "tamper";
	case BW_EVENT_WARNING:
		return "warning";
	case BW_EVENT_GLASS:
		return "breakglass";
	default:
		return "refusal";
	}
}

json_t *bw_record_refusal(const struct bw_event *event, const struct bw_record_context *context)
{
	_cleanup_(occurrence_done) struct occurrence occurrence = {
		.event = event,
		.context = context,
		.kind = kind_of(event),
		.whole = true,
		.count = 1,
		.first_ns = event->time_ns,
		.last_ns = event->time_ns,
	};

	return occurrence_record(&occurrence);
}

static enum bw_event_type type_from_key(const struct bw_refusal_key *key)
{
	if (key->channel & BW_CHANNEL_TAMPER)
		return BW_EVENT_TAMPER;

	return key->reason == BW_REASON_GLASS ? BW_EVENT_GLASS : BW_EVENT_REFUSAL;
}

/* The key says less than the first event did, but that one may be lost. */
static struct bw_event event_from_key(const struct bw_refusal_key *key, uint64_t sequence)
{
	enum bw_event_type type = type_from_key(key);
	const struct bw_file_key none = { 0 };

	return (struct bw_event){
		.type = type,
		.sequence = sequence,
		.start_ns = key->start_ns,
		.exe = type == BW_EVENT_GLASS ? none : key->exe,
		.file = type == BW_EVENT_GLASS ? key->exe : none,
		.pid = key->pid,
		.uid = key->uid,
		.set = key->set,
		.channel = key->channel,
		.verdict = key->verdict,
		.reason = key->reason,
	};
}

json_t *bw_record_repeat(const struct bw_refusal_key *key, const struct bw_refusal_count *count,
			 const struct bw_record_context *context)
{
	struct bw_event event =
		context->first ? *context->first : event_from_key(key, count->sequence);
	_cleanup_(occurrence_done) struct occurrence occurrence = {
		.event = &event,
		.context = context,
		.kind = "repeat",
		.whole = context->first,
		.repeated = true,
		.count = count->count,
		.first_ns = context->first ? event.time_ns : 0,
		.last_ns = count->last_ns,
	};

	return occurrence_record(&occurrence);
}
