// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of bulwarkctl events: moments, log files, what is shown
 */
#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <utime.h>
#include <zlib.h>

#include "cleanup.h"
#include "ctl.h"
#include "ctl_run.h"
#include "logfiles.h"
#include "when.h"

/* 2026-11-24T13:00:05Z */
#define NOW_S 1795525205

static const struct {
	const char *text;
	int64_t when_s;
	int err;
} moments[] = {
	{ "90s", NOW_S - 90, 0 },
	{ "10m", NOW_S - 600, 0 },
	{ "10min", NOW_S - 600, 0 },
	{ "2h", NOW_S - 7200, 0 },
	{ "3d", NOW_S - 3 * 86400, 0 },
	{ "1w", NOW_S - 7 * 86400, 0 },
	{ "today", 1795478400, 0 },
	{ "yesterday", 1795478400 - 86400, 0 },
	{ "2026-11-24", 1795478400, 0 },
	{ "2026-11-24 13:00", NOW_S - 5, 0 },
	{ "2026-11-24T13:00:05", NOW_S, 0 },
	{ "2026-11-24T13:00:05Z", NOW_S, 0 },
	{ "", 0, -EINVAL },
	{ "5", 0, -EINVAL },
	{ "-5m", 0, -EINVAL },
	{ "5 minutes", 0, -EINVAL },
	{ "99999999999999999999s", 0, -EINVAL },
	{ "tomorrow", 0, -EINVAL },
	{ "2026-13-24", 0, -EINVAL },
	{ "2026-11-24 13:00x", 0, -EINVAL },
};

START_TEST(moment_is_read)
{
	int64_t when_s = 0;
	int err;

	setenv("TZ", "UTC0", 1);
	tzset();
	err = bw_when_parse(moments[_i].text, NOW_S, &when_s);
	ck_assert_msg(err == moments[_i].err, "'%s': %d", moments[_i].text, err);
	ck_assert_msg(when_s == moments[_i].when_s, "'%s': %lld", moments[_i].text,
		      (long long)when_s);
}
END_TEST

/* Collects lines as "name:number:line;". */
static void line_collect(void *context, const char *file, unsigned long number, const char *line,
			 size_t len)
{
	char *text = context;

	ck_assert_uint_eq(strlen(line), len);
	sprintf(text + strlen(text), "%s:%lu:%s;", strrchr(file, '/') + 1, number, line);
}

static void written_at(const char *name, time_t when)
{
	struct utimbuf times = { when, when };

	ck_assert_int_eq(utime(ctl_path(name), &times), 0);
}

static void file_compress(const char *name, const char *text)
{
	gzFile file = gzopen(ctl_path(name), "w");

	ck_assert_int_eq(gzwrite(file, text, (unsigned int)strlen(text)), (int)strlen(text));
	gzclose(file);
}

START_TEST(rotated_files_come_first)
{
	_cleanup_(bw_logfiles_freep) struct bw_logfiles *files = NULL;
	_cleanup_(freep) char *unreadable = NULL;
	char text[256] = "";

	ctl_file("log", "e\nf");
	ctl_file("log.1", "d\n");
	ctl_file("log-20261124", "b\nc\n");
	ctl_file("log.state", "x\n");
	file_compress("log.2.gz", "a\n");
	written_at("log.2.gz", 100);
	written_at("log-20261124", 200);
	written_at("log.1", 300);

	ck_assert_int_eq(
		bw_logfiles_read(ctl_path("log"), 0, line_collect, text, &files, &unreadable), 0);
	ck_assert_str_eq(text, "log.2.gz:1:a;log-20261124:1:b;log-20261124:2:c;log.1:1:d;log:1:e;");

	/* Those last written before the wanted moment aren't opened. */
	bw_logfiles_free(take_ptr(files));
	*text = '\0';
	ck_assert_int_eq(
		bw_logfiles_read(ctl_path("log"), 250, line_collect, text, &files, &unreadable), 0);
	ck_assert_str_eq(text, "log.1:1:d;log:1:e;");
}
END_TEST

static void file_append(const char *name, const char *text)
{
	FILE *file = fopen(ctl_path(name), "a");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

START_TEST(follower_crosses_a_rotation)
{
	_cleanup_(bw_logfiles_freep) struct bw_logfiles *files = NULL;
	_cleanup_(freep) char *unreadable = NULL;
	char text[256] = "";

	ctl_file("log", "a\nb");
	ck_assert_int_eq(
		bw_logfiles_read(ctl_path("log"), 0, line_collect, text, &files, &unreadable), 0);
	ck_assert_str_eq(text, "log:1:a;");
	ck_assert_int_eq(bw_logfiles_more(files, line_collect, text), 0);

	file_append("log", "b\n");
	ck_assert_int_eq(bw_logfiles_more(files, line_collect, text), 1);
	ck_assert_str_eq(text, "log:1:a;log:2:bb;");

	file_append("log", "c\n");
	ck_assert_int_eq(rename(ctl_path("log"), ctl_path("log.1")), 0);
	ck_assert_int_eq(bw_logfiles_more(files, line_collect, text), 1);
	ctl_file("log", "d\n");
	ck_assert_int_eq(bw_logfiles_more(files, line_collect, text), 0);
	file_append("log.1", "late\n");
	ck_assert_int_eq(bw_logfiles_more(files, line_collect, text), 2);
	ck_assert_str_eq(text, "log:1:a;log:2:bb;log:3:c;log:4:late;log:1:d;");

	/* Cut short in place. */
	ctl_file("log", "");
	ck_assert_int_eq(bw_logfiles_more(files, line_collect, text), 0);
	file_append("log", "e\n");
	ck_assert_int_eq(bw_logfiles_more(files, line_collect, text), 1);
	ck_assert_ptr_nonnull(strstr(text, "log:1:d;log:1:e;"));
}
END_TEST

#define RECORD(time, uid) \
	"{\"time\":" time ",\"class_uid\":1001,\"metadata\":{\"uid\":\"" uid "\"}}\n"

static const struct {
	const char *name;
	const char *args[4];
	int code;
	const char *shown;
} views[] = {
	{ "all", { "--json" }, 0, "123" },
	{ "the last", { "--json", "-n", "1" }, 0, "3" },
	{ "more than there are", { "--json", "--lines", "7" }, 0, "123" },
	{ "none", { "--json", "-n", "0" }, 0, "" },
	{ "-n all", { "--json", "-n", "all" }, 0, "123" },
	{ "since", { "--json", "--since", "2026-11-24T13:00:05Z" }, 0, "3" },
	{ "since, the last", { "--json", "--since=2026-11-24T13:00:04Z", "-n2" }, 0, "23" },
	{ "since when?", { "--since", "soon" }, BW_EXIT_USAGE, "" },
};

START_TEST(view_is_cut)
{
	const char *const *args = views[_i].args;
	char shown[16] = "";
	struct ctl_run run;

	ctl_file("log.1", RECORD("1795525203000", "@1"));
	ctl_file("log", RECORD("1795525204000", "@2") RECORD("1795525205000", "@3"));
	run = ctl_run("events", "--log", ctl_path("log"), args[0], args[1], args[2], args[3], NULL);
	for (const char *at = run.out; (at = strchr(at, '@')); at++)
		strncat(shown, at + 1, 1);

	ck_assert_msg(run.code == views[_i].code, "case '%s': code %d: %s", views[_i].name,
		      run.code, run.err);
	ck_assert_msg(!strcmp(shown, views[_i].shown), "case '%s': '%s'", views[_i].name, shown);
}
END_TEST

START_TEST(days_are_told_apart)
{
	static const char head[] = "\n2026-11-24\n";
	struct ctl_run run;
	const char *second;

	setenv("TZ", "UTC0", 1);
	ctl_file("log", RECORD("1795478399000", "@1") RECORD("1795478400000", "@2")
				RECORD("1795478401000", "@3"));
	run = ctl_run("events", "--log", ctl_path("log"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_OK);
	ck_assert_int_eq(strncmp(run.out, "2026-11-23\n", 11), 0);
	second = strstr(run.out, head);
	ck_assert_ptr_nonnull(second);
	ck_assert_ptr_null(strstr(second + 1, head));
}
END_TEST

START_TEST(line_without_sense_is_named)
{
	struct ctl_run run;

	ctl_file("log", RECORD("1", "@1") "half a rec\n" RECORD("2", "@2"));
	run = ctl_run("events", "--log", ctl_path("log"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
	ctl_contains("line", run.err, "line 2 of '");
}
END_TEST

START_TEST(nothing_is_said_to_be_nothing)
{
	struct ctl_run run = ctl_run("events", "--log", ctl_path("none"), NULL);

	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
	ctl_contains("hint", run.err, "it begins when bulwarkd runs");

	ctl_file("log", "");
	run = ctl_run("events", "--log", ctl_path("log"), "--since", "1h", NULL);
	ck_assert_int_eq(run.code, BW_EXIT_OK);
	ck_assert_str_eq(run.out, "no events since then\n");
}
END_TEST

static Suite *events_suite(void)
{
	Suite *suite = suite_create("ctl_events");
	TCase *events = tcase_create("events");

	tcase_add_checked_fixture(events, ctl_setup, ctl_teardown);
	tcase_set_timeout(events, 30);
	tcase_add_loop_test(events, moment_is_read, 0, ARRAY_LEN(moments));
	tcase_add_test(events, rotated_files_come_first);
	tcase_add_test(events, follower_crosses_a_rotation);
	tcase_add_loop_test(events, view_is_cut, 0, ARRAY_LEN(views));
	tcase_add_test(events, days_are_told_apart);
	tcase_add_test(events, line_without_sense_is_named);
	tcase_add_test(events, nothing_is_said_to_be_nothing);
	suite_add_tcase(suite, events);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(events_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
