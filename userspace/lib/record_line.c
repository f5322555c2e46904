// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - records as lines for a terminal
 */
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "record_json.h"
#include "text.h"

/* A path is never made shorter: less of it tells nothing. */
#define PATH_COLUMNS_MIN 16

#define MS_PER_S 1000

/* The record may come from a file that somebody else wrote. */
static void text_print(FILE *out, const char *text)
{
	_cleanup_(freep) char *escaped = bw_text_escape(text);

	fputs(escaped ? escaped : "?", out);
}

static void word_print(FILE *out, const json_t *record, const char *path)
{
	const char *text = record_text(record, path);

	fputc(' ', out);
	text_print(out, text && *text ? text : "-");
}

/* The date only where it isn't today's. */
static void time_print(FILE *out, const json_t *record)
{
	time_t now = time(NULL);
	time_t then = (time_t)(record_integer(record, "time") / MS_PER_S);
	struct tm today = { 0 };
	struct tm day = { 0 };
	char text[32];

	localtime_r(&now, &today);
	localtime_r(&then, &day);
	strftime(text, sizeof(text),
		 today.tm_year == day.tm_year && today.tm_yday == day.tm_yday ? "%H:%M:%S"
									      : "%F %H:%M:%S",
		 &day);
	fputs(text, out);
}

/* Characters, each thought to take one column. */
static size_t width_of(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += (*text & 0xc0) != 0x80;
	return count;
}

/* The byte at which the character number @column begins. */
static const char *column_at(const char *text, size_t column)
{
	for (; *text; text++)
		if ((*text & 0xc0) != 0x80 && column-- == 0)
			break;
	return text;
}

/* Leaves out the middle: both the set's directory and the file's name count. */
static void path_print(FILE *out, const char *path, size_t room)
{
	_cleanup_(freep) char *escaped = bw_text_escape(path);
	size_t width, head;

	if (!escaped)
		return;

	if (room < PATH_COLUMNS_MIN)
		room = PATH_COLUMNS_MIN;

	width = width_of(escaped);
	if (width <= room) {
		fputs(escaped, out);
		return;
	}
	head = (room - 3) / 2;
	fprintf(out, "%.*s...%s", (int)(column_at(escaped, head) - escaped), escaped,
		column_at(escaped, width - (room - 3 - head)));
}

static void actor_print(FILE *out, const json_t *record)
{
	const char *user = record_text(record, "actor.process.user.name");

	word_print(out, record, "actor.process.name");
	fprintf(out, "[%llu]", (unsigned long long)record_integer(record, "actor.process.pid"));
	word_print(out, record, user ? "actor.process.user.name" : "actor.process.user.uid");
}

/* All but the path. */
static void access_print(FILE *out, const json_t *record, const char *event)
{
	uint64_t count = record_integer(record, "unmapped.count");

	time_print(out, record);
	if (record_text(record, "unmapped.verdict"))
		word_print(out, record, "unmapped.verdict");
	else
		fprintf(out, " %s", event);

	word_print(out, record, "unmapped.set");
	actor_print(out, record);
	word_print(out, record, "unmapped.channel");
	if (record_text(record, "unmapped.reason"))
		word_print(out, record, "unmapped.reason");

	if (count > 1)
		fprintf(out, " x%llu", (unsigned long long)count);
	fputc(' ', out);
}

static void access_line_print(FILE *out, const json_t *record, const char *event, size_t room)
{
	const char *path = record_text(record, "file.path");
	_cleanup_(freep) char *front = NULL;
	size_t size, width;
	FILE *front_out = open_memstream(&front, &size);

	if (!front_out)
		return;

	access_print(front_out, record, event);
	if (!text_close(front_out, &front))
		return;

	width = width_of(front);
	fputs(front, out);
	if (room == 0)
		text_print(out, path ? path : "-");
	else
		path_print(out, path ? path : "-", width < room ? room - width : 0);
}

static void notice_line_print(FILE *out, const json_t *record, const char *event)
{
	const char *message = record_text(record, "message");

	time_print(out, record);
	fprintf(out, " %s ", event);
	text_print(out, message ? message : "-");
}

static void record_print(FILE *out, const json_t *record, size_t room)
{
	static const char *const accesses[] = { "refusal", "repeat",  "taint",	   "carried",
						"tamper",  "warning", "breakglass" };
	const char *event = record_text(record, "unmapped.event");

	for (size_t i = 0; event && i < ARRAY_LEN(accesses); i++) {
		if (strcmp(event, accesses[i]) == 0) {
			access_line_print(out, record, accesses[i], room);
			return;
		}
	}
	/* A gap, a change of state, or whatever a newer version writes. */
	if (event && strcmp(event, "state") == 0)
		notice_line_print(out, record, "state");
	else
		notice_line_print(out, record, event && strcmp(event, "gap") == 0 ? "gap" : "?");
}

char *bw_record_line(const json_t *record, size_t columns)
{
	char *line = NULL;
	size_t size;
	FILE *out = open_memstream(&line, &size);

	if (!out)
		return NULL;

	record_print(out, record, columns);
	(void)text_close(out, &line);
	return line;
}
