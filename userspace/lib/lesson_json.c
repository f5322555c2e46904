// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what a set has learnt of each subject: a line of JSON each
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "lesson.h"

/* A word of slots as JSON has no 64 unsigned bits. */
#define WORD_SIZE 17UL

static json_t *slots_pack(const uint64_t *slots)
{
	char text[BW_LEARNT_WORDS * (WORD_SIZE - 1) + 1];

	for (size_t i = 0; i < BW_LEARNT_WORDS; i++)
		(void)snprintf(text + i * (WORD_SIZE - 1), WORD_SIZE, "%016" PRIx64, slots[i]);
	return json_string(text);
}

static bool slots_unpack(const char *text, uint64_t *slots)
{
	if (strlen(text) != BW_LEARNT_WORDS * (WORD_SIZE - 1) ||
	    text[strspn(text, "0123456789abcdef")])
		return false;

	for (size_t i = 0; i < BW_LEARNT_WORDS; i++) {
		char word[WORD_SIZE] = "";

		memcpy(word, text + i * (WORD_SIZE - 1), WORD_SIZE - 1);
		slots[i] = strtoull(word, NULL, 16);
	}
	return true;
}

static json_t *gid_pack(const struct bw_lesson *lesson)
{
	return lesson->one_gid ? json_integer((json_int_t)lesson->gid) : json_null();
}

/* Null, or not there, as in what an earlier version wrote. */
static void gid_unpack(const json_t *gid, struct bw_lesson *lesson)
{
	lesson->one_gid = json_is_integer(gid);
	lesson->gid = (uint32_t)json_integer_value(gid);
}

static json_t *lesson_pack(const struct bw_lesson *lesson)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:b, s:b, s:b, s:I, s:I, s:I, s:I, "
			 "s:I, s:I, s:I, s:o, s:o}",
			 "exe", lesson->exe, "user", lesson->user, "unit", lesson->unit, "script",
			 lesson->script, "comm", lesson->comm, "login", (json_int_t)lesson->login,
			 "subject_flags", (json_int_t)lesson->subject_flags, "terminal",
			 lesson->terminal, "trusted", lesson->trusted, "rest", lesson->rest,
			 "first", (json_int_t)lesson->first, "last", (json_int_t)lesson->last,
			 "opens", (json_int_t)lesson->opens, "reads", (json_int_t)lesson->reads,
			 "bytes", (json_int_t)lesson->bytes, "most_bytes",
			 (json_int_t)lesson->most_bytes, "most_files",
			 (json_int_t)lesson->most_files, "slots", slots_pack(lesson->slots), "gid",
			 gid_pack(lesson));
}

int bw_lessons_write(FILE *file, const struct bw_lessons *lessons)
{
	for (size_t i = 0; i < lessons->len; i++) {
		json_t *object = lesson_pack(&lessons->items[i]);
		int failed;

		if (!object)
			return -ENOMEM;

		failed = json_dumpf(object, file, JSON_COMPACT) || fputc('\n', file) == EOF;
		json_decref(object);
		if (failed)
			return -EIO;
	}
	return 0;
}

/* -EBADMSG for what has another shape. */
static int lesson_unpack(json_t *object, struct bw_lesson *lesson)
{
	const char *exe, *user, *unit, *script, *comm, *slots;
	json_int_t login, flags, first, last, opens, reads, bytes, most_bytes, most_files;
	int terminal, trusted, rest;

	if (json_unpack(object,
			"{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:b, s:b, s:b, s:I, s:I, s:I, s:I, "
			"s:I, s:I, s:I, s:s}",
			"exe", &exe, "user", &user, "unit", &unit, "script", &script, "comm", &comm,
			"login", &login, "subject_flags", &flags, "terminal", &terminal, "trusted",
			&trusted, "rest", &rest, "first", &first, "last", &last, "opens", &opens,
			"reads", &reads, "bytes", &bytes, "most_bytes", &most_bytes, "most_files",
			&most_files, "slots", &slots) < 0 ||
	    !slots_unpack(slots, lesson->slots))
		return -EBADMSG;

	lesson->login = (uint32_t)login;
	lesson->subject_flags = (uint32_t)flags;
	gid_unpack(json_object_get(object, "gid"), lesson);
	lesson->terminal = terminal;
	lesson->trusted = trusted;
	lesson->rest = rest;
	lesson->first = (uint64_t)first;
	lesson->last = (uint64_t)last;
	lesson->opens = (uint64_t)opens;
	lesson->reads = (uint64_t)reads;
	lesson->bytes = (uint64_t)bytes;
	lesson->most_bytes = (uint64_t)most_bytes;
	lesson->most_files = (uint64_t)most_files;
	lesson->exe = strdup(exe);
	lesson->user = strdup(user);
	lesson->unit = strdup(unit);
	lesson->script = strdup(script);
	lesson->comm = strdup(comm);
	return lesson->exe && lesson->user && lesson->unit && lesson->script && lesson->comm
		       ? 0
		       : -ENOMEM;
}

static int line_read(const char *line, size_t len, struct bw_lessons *lessons)
{
	json_t *object = json_loadb(line, len, 0, NULL);
	struct bw_lesson lesson = { 0 };
	int err = object ? lesson_unpack(object, &lesson) : -EBADMSG;

	json_decref(object);
	if (err) {
		bw_lesson_done(&lesson);
		return err;
	}
	return bw_lessons_add(lessons, &lesson);
}

int bw_lessons_read(FILE *file, struct bw_lessons *ret_lessons, unsigned int *ret_line)
{
	struct bw_lessons lessons = { 0 };
	_cleanup_(freep) char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int err = 0;

	*ret_line = 0;
	while (!err && (len = getline(&line, &size, file)) > 0) {
		++*ret_line;
		err = line_read(line, (size_t)len, &lessons);
	}
	if (err) {
		bw_lessons_done(&lessons);
		return err;
	}

	*ret_lessons = lessons;
	return 0;
}
