// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - records: who, what and by which policy
 */
#include <string.h>

#include "cleanup.h"
#include "names.h"
#include "record_occurrence.h"

/* Audit's and the kernel's "none". */
#define NO_ID 4294967295U

static const char *path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static json_t *user_new(const struct occurrence *occurrence, bool *failed)
{
	json_t *user = json_object();
	char uid[12];

	snprintf(uid, sizeof(uid), "%u", occurrence->event->uid);
	member_text(user, "uid", uid, failed);
	member_text(user, "name", occurrence->context->user_name, failed);
	return user;
}

static json_t *file_new(const char *path, const struct bw_file_key *key, bool *failed)
{
	json_t *file = json_object();
	char uid[48];

	snprintf(uid, sizeof(uid), "%u:%u:%llu", key->dev >> 20, key->dev & 0xfffff,
		 (unsigned long long)key->ino);
	member_text(file, "name", *path ? path_name(path) : "unknown", failed);
	member_text(file, "path", *path ? path : NULL, failed);
	member_integer(file, "type_id", 1, failed);
	member_text(file, "type", "Regular File", failed);
	if (key->ino)
		member_text(file, "uid", uid, failed);
	return file;
}

void file_add(json_t *record, const struct occurrence *occurrence, bool *failed)
{
	json_t *file = file_new(occurrence->file_path, &occurrence->event->file, failed);

	if (occurrence->whole && occurrence->event->file.ino)
		member_integer(file, "size", occurrence->event->file_size, failed);
	member_json(record, "file", file, failed);
}

/* What the kernel tells only of an event, not of a repetition's key. */
static void process_details_add(json_t *process, const struct occurrence *occurrence, bool *failed)
{
	const struct bw_event *event = occurrence->event;
	char comm[sizeof(event->comm) + 1] = { 0 };
	char number[12];

	if (!occurrence->whole)
		return;

	memcpy(comm, event->comm, sizeof(event->comm));
	member_text(process, "name", comm, failed);
	member_integer(process, "tid", event->tid, failed);
	member_json(process, "parent_process", json_pack("{s:I}", "pid", (json_int_t)event->ppid),
		    failed);
	snprintf(number, sizeof(number), "%u", event->gid);
	member_json(process, "group", json_pack("{s:s}", "uid", number), failed);
	if (event->login_uid != NO_ID)
		member_integer(process, "auid", event->login_uid, failed);

	snprintf(number, sizeof(number), "%u", event->session);
	if (event->session != NO_ID)
		member_json(process, "session", json_pack("{s:s}", "uid", number), failed);
}

static json_t *process_new(const struct occurrence *occurrence, bool *failed)
{
	const struct bw_event *event = occurrence->event;
	json_t *process = json_object();

	member_integer(process, "pid", event->pid, failed);
	if (event->start_ns)
		member_time(process, "created_time", real_ns(occurrence, event->start_ns), failed);
	if (*occurrence->exe_path || event->exe.ino)
		member_json(process, "file", file_new(occurrence->exe_path, &event->exe, failed),
			    failed);
	member_json(process, "user", user_new(occurrence, failed), failed);
	process_details_add(process, occurrence, failed);
	return process;
}

void actor_add(json_t *record, const struct occurrence *occurrence, bool *failed)
{
	json_t *actor = json_object();

	member_json(actor, "process", process_new(occurrence, failed), failed);
	member_json(actor, "user", user_new(occurrence, failed), failed);
	member_json(record, "actor", actor, failed);
}

void policy_add(json_t *record, const struct occurrence *occurrence, bool *failed)
{
	const struct bw_event *event = occurrence->event;
	char generation[12];
	json_t *policy;

	if (!*set_name(occurrence))
		return;

	policy = json_object();
	member_text(policy, "name", set_name(occurrence), failed);
	snprintf(generation, sizeof(generation), "%u", event->generation);
	if (event->generation)
		member_text(policy, "version", generation, failed);
	member_boolean(policy, "is_applied", event_is_denied(event), failed);
	member_json(record, "policy", policy, failed);
}

/* --- What OCSF has no place for ------------------------------------------------ */

static json_t *flags_new(uint32_t flags, bool *failed)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} names[] = {
		{ BW_SUBJECT_KNOWN, "known" },
		{ BW_SUBJECT_UNSAFE, "unsafe" },
		{ BW_SUBJECT_USER_NS, "user-namespace" },
		{ BW_SUBJECT_MOUNT_NS, "mount-namespace" },
		{ BW_SUBJECT_CHROOT, "chroot" },
		{ BW_SUBJECT_TAINTED, "tainted" },
		{ BW_SUBJECT_SWEPT, "swept" },
	};
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (flags & names[i].flag &&
		    json_array_append_new(list, json_string(names[i].name)) < 0)
			*failed = true;
	return list;
}

static void unmapped_event_add(json_t *unmapped, const struct occurrence *occurrence, bool *failed)
{
	const struct bw_event *event = occurrence->event;
	char unit[BW_UNIT_SIZE + 1] = { 0 };

	if (!occurrence->whole)
		return;

	memcpy(unit, event->unit, sizeof(event->unit));
	member_text(unmapped, "unit", unit, failed);
	member_json(unmapped, "subject", flags_new(event->subject_flags, failed), failed);
	member_integer(unmapped, "generation", event->generation, failed);
	member_integer(unmapped, "stamp", event->stamp, failed);
	if (event->target)
		member_integer(unmapped, "target", event->target, failed);
	if (event->detail)
		member_integer(unmapped, "detail", event->detail, failed);
	member_file_key(unmapped, "file", &event->file, failed);
}

void unmapped_add(json_t *record, const struct occurrence *occurrence, bool *failed)
{
	const struct bw_event *event = occurrence->event;
	json_t *unmapped = json_object();

	member_text(unmapped, "event", occurrence->kind, failed);
	member_integer(unmapped, "sequence", event->sequence, failed);
	member_text(unmapped, "set", set_name(occurrence), failed);
	member_integer(unmapped, "set_number", event->set, failed);
	if (event_is_verdict(event)) {
		member_text(unmapped, "verdict", bw_verdict_name(event->verdict), failed);
		member_text(unmapped, "reason", bw_reason_name(event->reason), failed);
	}
	if (event->type == BW_EVENT_WARNING)
		member_text(unmapped, "reason", bw_reason_name(event->reason), failed);
	if (event->channel)
		member_text(unmapped, "channel", bw_channel_name(event->channel), failed);
	member_integer(unmapped, "count", occurrence->count, failed);
	if (event->exe.ino)
		member_file_key(unmapped, "exe", &event->exe, failed);
	unmapped_event_add(unmapped, occurrence, failed);
	member_json(record, "unmapped", unmapped, failed);
}
