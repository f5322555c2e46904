// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl events: what was refused
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "logfiles.h"
#include "print.h"
#include "record.h"
#include "when.h"
#include "wire.h"

/* How long a follower sleeps between two looks. */
#define FOLLOW_INTERVAL_NS (250L * 1000 * 1000)
/* What a follower shows of the past, as tail(1) does. */
#define FOLLOW_LINES 10

/**
 * struct view - What is shown of the log, and how
 *
 * @ctl: The command line.
 * @out: Where to.
 * @columns: Room for a line; 0 for no limit.
 * @from_ms: Records before it are left out.
 * @ring: The last @ring_max records, when only those are wanted.
 * @ring_max: Room in @ring; 0 to show none of the past.
 * @ring_len: Entries of @ring in use.
 * @ring_next: Where the next one goes.
 * @shown: Records printed.
 * @day: Local day of the last one; lines tell the time alone.
 * @broken: Lines that are no records.
 */
struct view {
	const struct bw_ctl *ctl;
	FILE *out;
	size_t columns;
	int64_t from_ms;
	json_t **ring;
	size_t ring_max;
	size_t ring_len;
	size_t ring_next;
	size_t shown;
	char day[16];
	size_t broken;
};

/* Prints the day, once for all records of it. */
static void day_print(struct view *view, const json_t *record)
{
	time_t seconds = (time_t)(json_integer_value(json_object_get(record, "time")) / 1000);
	char day[sizeof(view->day)];
	struct tm local;

	if (!localtime_r(&seconds, &local) || !strftime(day, sizeof(day), "%Y-%m-%d", &local) ||
	    !strcmp(day, view->day))
		return;

	strcpy(view->day, day);
	bw_print_head(view->out, day);
}

static void record_print(struct view *view, json_t *record)
{
	_cleanup_(freep) char *line = NULL;

	view->shown++;
	if (view->ctl->json) {
		bw_print_json(view->out, json_incref(record));
		return;
	}

	day_print(view, record);
	line = bw_record_line(record, view->columns);
	bw_print_line(view->out, "%s", line ? line : "(no memory)");
}

/* Keeps a record until it is known to be among the last; takes the reference. */
static void record_keep(struct view *view, json_t *record)
{
	if (view->ring_max == 0) {
		json_decref(record);
		return;
	}

	json_decref(view->ring[view->ring_next]);
	view->ring[view->ring_next] = record;
	view->ring_next = (view->ring_next + 1) % view->ring_max;
	view->ring_len += view->ring_len < view->ring_max;
}

static void ring_print(struct view *view)
{
	size_t max = view->ring_max;

	for (size_t i = 0; i < view->ring_len; i++) {
		size_t at = (view->ring_next + max - view->ring_len + i) % max;

		record_print(view, view->ring[at]);
		json_decref(view->ring[at]);
	}
	free(view->ring);
	view->ring = NULL;
}

/* An honest log has no such line: it is named, not passed over. */
static void say_broken(struct view *view, const char *file, unsigned long number)
{
	view->broken++;
	(void)bw_print_error(view->ctl,
			     "line %lu of '%s' is no record; compare it with the journal: "
			     "'journalctl -u bulwarkd'",
			     number, file);
}

static void line_take(void *context, const char *file, unsigned long number, const char *line,
		      size_t len)
{
	struct view *view = context;
	json_t *record;

	if (bw_wire_parse(line, len, &record)) {
		say_broken(view, file, number);
		return;
	}

	if (json_integer_value(json_object_get(record, "time")) < view->from_ms) {
		json_decref(record);
		return;
	}

	if (view->ring) {
		record_keep(view, record);
		return;
	}

	record_print(view, record);
	json_decref(record);
}

static int say_unreadable(const struct bw_ctl *ctl, int err, const char *file)
{
	const char *name = file ? file : ctl->log;

	if (err == -EACCES || err == -EPERM)
		return bw_print_error(
			ctl,
			"cannot read '%s': only root and the group 'bulwark' may; use "
			"sudo, or 'adduser NAME bulwark' and log in again",
			name);

	if (err == -ENOENT)
		return bw_print_error(ctl,
				      "cannot read '%s': there is no such file yet; it begins when "
				      "bulwarkd runs: 'systemctl status bulwarkd'",
				      name);

	return bw_print_error(ctl,
			      "cannot read '%s': %s; 'journalctl -u bulwarkd' has the same records",
			      name, strerror(-err));
}

static int follow(struct view *view, struct bw_logfiles *files)
{
	const struct timespec interval = { .tv_nsec = FOLLOW_INTERVAL_NS };
	int count;

	do {
		if (fflush(view->out))
			return BW_EXIT_FAILED;

		(void)nanosleep(&interval, NULL);
		count = bw_logfiles_more(files, line_take, view);
	} while (count >= 0);

	return say_unreadable(view->ctl, count, NULL);
}

/* How many records of the past; negative for all. */
static long lines_wanted(const struct bw_ctl *ctl)
{
	if (ctl->lines == BW_LINES_UNSAID && ctl->follow && !ctl->since)
		return FOLLOW_LINES;

	return ctl->lines;
}

static int view_begin(struct view *view)
{
	const struct bw_ctl *ctl = view->ctl;
	int64_t from_s = 0;
	long lines;

	if (ctl->since && bw_when_parse(ctl->since, time(NULL), &from_s))
		return bw_print_misuse(ctl,
				       "cannot read the time '%s'; write '2h', '3d', 'today', "
				       "'2026-11-24' or '2026-11-24 13:00'",
				       ctl->since);

	view->from_ms = from_s * 1000;
	lines = lines_wanted(ctl);
	if (lines < 0)
		return 0;

	view->ring_max = (size_t)lines;
	view->ring = calloc(view->ring_max + 1, sizeof(json_t *));
	return view->ring ? 0
			  : bw_print_error(ctl, "no memory for %ld records; ask for fewer", lines);
}

static int view_run(struct view *view)
{
	_cleanup_(bw_logfiles_freep) struct bw_logfiles *files = NULL;
	_cleanup_(freep) char *unreadable = NULL;
	int err;

	err = bw_logfiles_read(view->ctl->log, view->from_ms / 1000, line_take, view, &files,
			       &unreadable);
	if (view->ring)
		ring_print(view);
	if (err < 0)
		return say_unreadable(view->ctl, err, unreadable);

	if (view->ctl->follow)
		return follow(view, files);

	if (view->shown == 0 && !view->ctl->json)
		bw_print_line(view->out, "no events%s", view->ctl->since ? " since then" : "");

	return view->broken > 0 ? BW_EXIT_FAILED : BW_EXIT_OK;
}

/* A pager only where somebody has asked for one, and is there to see it. */
static FILE *pager_open(const struct bw_ctl *ctl)
{
	const char *pager = getenv("PAGER");

	if (!pager || !*pager || ctl->follow || ctl->json || !isatty(STDOUT_FILENO))
		return NULL;

	/* No shell for whoever may only look. */
	(void)setenv("LESSSECURE", "1", 1);
	(void)setenv("LESS", "FRX", 0);
	return popen(pager, "we");
}

int bw_cmd_events(const struct bw_ctl *ctl)
{
	struct view view = { .ctl = ctl, .out = stdout };
	FILE *pager;
	int code;

	code = view_begin(&view);
	if (code)
		return code;

	/* A pager shows what it is given on our own terminal. */
	view.columns = (size_t)bw_print_width(stdout);
	pager = pager_open(ctl);
	if (pager)
		view.out = pager;

	code = view_run(&view);
	if (pager)
		(void)pclose(pager);
	return code;
}
