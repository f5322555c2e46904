// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl: what the log says of a set's refusals, as if it were learnt
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bulwark/event.h>

#include "cleanup.h"
#include "logfiles.h"
#include "names.h"
#include "print.h"
#include "record.h"
#include "recorded.h"
#include "wire.h"

/**
 * struct recorded - What is read of the log
 *
 * @err: -ENOMEM once there was none.
 */
struct recorded {
	const char *set;
	int64_t from_s;
	struct bw_lessons *lessons;
	int err;
};

/* What grants have a say in. */
static const enum bw_reason reasons[] = {
	BW_REASON_NO_GRANT,	BW_REASON_WRONG_USER,  BW_REASON_WRONG_UNIT, BW_REASON_WRONG_LOGIN,
	BW_REASON_WRONG_SCRIPT, BW_REASON_WRONG_HOURS, BW_REASON_NAMESPACE,  BW_REASON_UNSAFE_EXEC,
	BW_REASON_TAINTED,	BW_REASON_WRONG_GROUP,
};

static const struct {
	const char *name;
	uint32_t flag;
} flags[] = {
	{ "known", BW_SUBJECT_KNOWN },
	{ "unsafe", BW_SUBJECT_UNSAFE },
	{ "user-namespace", BW_SUBJECT_USER_NS },
	{ "mount-namespace", BW_SUBJECT_MOUNT_NS },
	{ "chroot", BW_SUBJECT_CHROOT },
	{ "tainted", BW_SUBJECT_TAINTED },
};

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static uint32_t flags_of(const json_t *words)
{
	uint32_t set = 0;
	const json_t *word;
	size_t i;

	json_array_foreach (words, i, word)
		for (size_t j = 0; j < ARRAY_LEN(flags); j++)
			if (json_is_string(word) &&
			    strcmp(json_string_value(word), flags[j].name) == 0)
				set |= flags[j].flag;
	return set;
}

static bool is_wanted(const struct recorded *recorded, const json_t *record)
{
	const json_t *unmapped = json_object_get(record, "unmapped");
	enum bw_reason reason = bw_reason_from_name(text_of(unmapped, "reason"));

	if (strcmp(text_of(unmapped, "set"), recorded->set) != 0 ||
	    json_integer_value(json_object_get(record, "time")) / 1000 < recorded->from_s ||
	    !json_object_get(unmapped, "subject"))
		return false;

	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i] == reason)
			return true;
	return false;
}

static void lesson_fill(const json_t *record, struct bw_lesson *lesson)
{
	const json_t *unmapped = json_object_get(record, "unmapped");
	const json_t *process = json_object_get(json_object_get(record, "actor"), "process");
	const json_t *user = json_object_get(process, "user");
	const json_t *login = json_object_get(process, "auid");
	const char *gid = text_of(json_object_get(process, "group"), "uid");
	uint64_t time_s = (uint64_t)json_integer_value(json_object_get(record, "time")) / 1000;
	const char *name = text_of(user, "name");

	lesson->exe = strdup(text_of(json_object_get(process, "file"), "path"));
	lesson->user = strdup(*name ? name : text_of(user, "uid"));
	lesson->unit = strdup(text_of(unmapped, "unit"));
	lesson->script = strdup("");
	lesson->comm = strdup(text_of(process, "name"));
	lesson->login = login ? (uint32_t)json_integer_value(login) : BW_LOGIN_NONE;
	lesson->traces =
		strcmp(text_of(unmapped, "channel"), bw_channel_name(BW_CHANNEL_KERNEL)) == 0;
	lesson->subject_flags = flags_of(json_object_get(unmapped, "subject"));
	lesson->one_gid = *gid;
	lesson->gid = (uint32_t)strtoul(gid, NULL, 10);
	lesson->first = lesson->last = time_s;
	lesson->reads = (uint64_t)json_integer_value(json_object_get(unmapped, "count"));
	bw_lesson_mark(lesson, time_s);
}

static int lesson_add(struct bw_lessons *lessons, struct bw_lesson *lesson)
{
	if (!lesson->exe || !lesson->user || !lesson->unit || !lesson->script || !lesson->comm) {
		bw_lesson_done(lesson);
		return -ENOMEM;
	}

	for (size_t i = 0; i < lessons->len; i++) {
		if (!bw_lesson_is_of(&lessons->items[i], lesson))
			continue;

		bw_lesson_merge(&lessons->items[i], lesson, false);
		bw_lesson_done(lesson);
		return 0;
	}
	return bw_lessons_add(lessons, lesson);
}

/* What is no record is left to 'bulwarkctl events', which names it. */
static void line_take(void *context, const char *file, unsigned long number, const char *line,
		      size_t len)
{
	struct recorded *recorded = context;
	struct bw_lesson lesson = { 0 };
	json_t *record;

	if (recorded->err || bw_wire_parse(line, len, &record))
		return;

	if (is_wanted(recorded, record)) {
		lesson_fill(record, &lesson);
		recorded->err = lesson_add(recorded->lessons, &lesson);
	}
	json_decref(record);
}

int bw_recorded_add(const struct bw_ctl *ctl, const char *set, int64_t from_s,
		    struct bw_lessons *lessons)
{
	_cleanup_(bw_logfiles_freep) struct bw_logfiles *files = NULL;
	_cleanup_(freep) char *unreadable = NULL;
	struct recorded recorded = { .set = set, .from_s = from_s, .lessons = lessons };
	int err = bw_logfiles_read(ctl->log, from_s, line_take, &recorded, &files, &unreadable);

	if (err == -ENOENT && strcmp(ctl->log, BW_LOG_PATH) == 0)
		return BW_EXIT_OK;

	err = err < 0 ? err : recorded.err;
	if (err)
		return bw_print_error(ctl, "cannot read '%s': %s",
				      unreadable ? unreadable : ctl->log, strerror(-err));
	return BW_EXIT_OK;
}
