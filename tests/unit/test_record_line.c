// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the records: lines for people
 */
#include <check.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "record_rig.h"

static const struct bw_refusal_count twelve = {
	.sequence = 42,
	.count = 12,
	.last_ns = 160 * SECOND,
};

static char line[4096];

static const char *line_of(void)
{
	_cleanup_(freep) char *made = bw_record_line(record_rig.record, 80);

	ck_assert_ptr_nonnull(made);
	snprintf(line, sizeof(line), "%s", made);
	return line;
}

static void utc_set(void)
{
	setenv("TZ", "UTC", 1);
}

START_TEST(line_shows_the_access)
{
	rig_refuse();
	ck_assert_str_eq(line_of(),
			 "2023-11-14 22:15:00 deny pension-db cp[1000] root open no-grant "
			 "/var/l...5/16384");
}
END_TEST

START_TEST(line_without_a_limit_has_the_whole_path)
{
	_cleanup_(freep) char *whole = NULL;

	rig_refuse();
	whole = bw_record_line(record_rig.record, 0);
	ck_assert_str_eq(whole, "2023-11-14 22:15:00 deny pension-db cp[1000] root open no-grant "
				"/var/lib/pg/base/5/16384");
}
END_TEST

START_TEST(line_of_today_has_no_date)
{
	record_rig.context.boot_offset_ns =
		(int64_t)time(NULL) * (int64_t)SECOND - 100 * (int64_t)SECOND;
	rig_refuse();
	ck_assert_str_eq(line_of() + strlen("HH:MM:SS"),
			 " deny pension-db cp[1000] root open no-grant /var/lib/pg/base/5/16384");
}
END_TEST

START_TEST(line_counts_repetitions)
{
	struct bw_refusal_key key = rig_refusal_key();

	record_rig.context.first = &record_rig.event;
	record_rig.record = bw_record_repeat(&key, &twelve, &record_rig.context);
	ck_assert_ptr_nonnull(
		strstr(line_of(), " deny pension-db cp[1000] root open no-grant x12 "));
}
END_TEST

START_TEST(line_fits_a_terminal)
{
	record_rig.context.boot_offset_ns =
		(int64_t)time(NULL) * (int64_t)SECOND - 100 * (int64_t)SECOND;
	record_rig.context.file_path =
		"/var/lib/postgresql/15/main/base/16384/pg_internal.init.and.more";
	rig_refuse();
	ck_assert_uint_eq(strlen(line_of()), 80);
	ck_assert_ptr_nonnull(strstr(line, " /var/lib/pos..."));
	ck_assert_ptr_nonnull(strstr(line, "and.more"));
}
END_TEST

/* A path of two-byte characters is cut between them. */
START_TEST(line_cuts_between_characters)
{
	char path[512] = "/";
	size_t count = 0;

	for (int i = 0; i < 100; i++)
		strcat(path, "\xc3\xa4");
	record_rig.context.file_path = path;
	rig_refuse();
	for (const char *at = strchr(line_of(), '/') + 1; *at; at += 2) {
		if (strncmp(at, "...", 3) == 0)
			at += 3;
		ck_assert_msg(strncmp(at, "\xc3\xa4", 2) == 0, "cut in '%s'", line);
		count++;
	}
	ck_assert_uint_gt(count, 4);
}
END_TEST

/* The file may have been written by somebody else. */
START_TEST(line_is_safe_for_a_terminal)
{
	rig_refuse();
	json_object_set_new((json_t *)rig_get("file"), "path", json_string("/a\x1b[2J\nb"));
	json_object_set_new((json_t *)rig_get("actor.process"), "name", json_string("\r\x07"));
	ck_assert_ptr_nonnull(strstr(line_of(), "/a\\x1b[2J\\x0ab"));
	for (const char *at = line; *at; at++)
		ck_assert_uint_ge((unsigned char)*at, ' ');
}
END_TEST

START_TEST(line_takes_any_json)
{
	static const char *const texts[] = { "{}", "[]", "{\"unmapped\":{\"event\":\"refusal\"}}",
					     "{\"unmapped\":{\"event\":3},\"message\":\"m\"}",
					     "{\"time\":-5,\"unmapped\":[]}" };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		json_decref(record_rig.record);
		record_rig.record = json_loads(texts[i], 0, NULL);
		ck_assert_uint_gt(strlen(line_of()), 0);
	}
}
END_TEST

START_TEST(line_tells_gaps_and_state)
{
	const struct bw_gap gap = { .why = "ring buffer full", .lost = 3 };
	const struct bw_notice notice = { .kind = BW_NOTICE_APPLIED, .generation = 4 };

	record_rig.record = bw_record_gap(&gap, &record_rig.context);
	ck_assert_ptr_nonnull(strstr(line_of(), " gap gap in the records: ring buffer full; "));
	json_decref(record_rig.record);
	record_rig.record = bw_record_state(&notice, &record_rig.context);
	ck_assert_ptr_nonnull(strstr(line_of(), " state a policy is in force (generation 4)"));
}
END_TEST

static TCase *line_tests(void)
{
	TCase *tcase = tcase_create("line");

	tcase_add_unchecked_fixture(tcase, utc_set, NULL);
	tcase_add_test(tcase, line_shows_the_access);
	tcase_add_test(tcase, line_without_a_limit_has_the_whole_path);
	tcase_add_test(tcase, line_of_today_has_no_date);
	tcase_add_test(tcase, line_counts_repetitions);
	tcase_add_test(tcase, line_fits_a_terminal);
	tcase_add_test(tcase, line_cuts_between_characters);
	tcase_add_test(tcase, line_is_safe_for_a_terminal);
	tcase_add_test(tcase, line_takes_any_json);
	tcase_add_test(tcase, line_tells_gaps_and_state);
	return tcase;
}

int main(void)
{
	TCase *tcases[] = { line_tests() };
	Suite *suite = suite_create("record line");
	SRunner *runner = srunner_create(suite);
	int failed;

	for (size_t i = 0; i < ARRAY_LEN(tcases); i++) {
		tcase_add_checked_fixture(tcases[i], record_rig_setup, record_rig_teardown);
		suite_add_tcase(suite, tcases[i]);
	}
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
