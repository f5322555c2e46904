// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - tests: a directory is watched that has taken the place of another one
 */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch_dir.h"
#include "watch.h"

#define WAIT_US 5000000ULL

static sd_event *event;
static struct bw_watch watch;
static unsigned int changes;

static char *dirs[1];

static void count_change(void *context)
{
	(void)context;
	changes++;
}

static void watch_setup(void)
{
	scratch_setup();
	ck_assert_int_eq(mkdir(scratch_path("dir"), 0700), 0);
	dirs[0] = strdup(scratch_path("dir"));
	ck_assert_ptr_nonnull(dirs[0]);

	changes = 0;
	ck_assert_int_ge(sd_event_new(&event), 0);
	bw_watch_init(&watch, event, count_change, NULL);
	bw_watch_dirs(&watch, dirs, 1);
}

static void watch_teardown(void)
{
	bw_watch_done(&watch);
	sd_event_unref(event);
	free(dirs[0]);
	scratch_teardown();
}

/* Until a change is told, or the time is up; all that is due by then is told. */
static unsigned int changes_told(uint64_t wait_us)
{
	unsigned int before = changes;

	for (uint64_t waited_us = 0; waited_us < wait_us && changes == before; waited_us += 100000)
		ck_assert_int_ge(sd_event_run(event, 100000), 0);
	return changes - before;
}

static void calm_down(void)
{
	while (changes_told(1000000))
		continue;
}

/* The control. */
START_TEST(what_appears_is_told)
{
	calm_down();
	scratch_write("dir/new", "");
	ck_assert_uint_ge(changes_told(WAIT_US), 1);
}
END_TEST

static void bytes_write(const char *name)
{
	int fd = open(scratch_path(name), O_WRONLY | O_CLOEXEC);

	ck_assert_int_eq(write(fd, "two", 3), 3);
	close(fd);
}

/* What is written in a set's directory is none of its watch's business. */
START_TEST(content_is_told_where_it_counts)
{
	scratch_write("dir/old", "one");
	calm_down();
	bytes_write("dir/old");
	ck_assert_uint_eq(changes_told(1000000), 0);

	bw_watch_done(&watch);
	bw_watch_init(&watch, event, count_change, NULL);
	bw_watch_contents(&watch);
	bw_watch_dirs(&watch, dirs, 1);
	calm_down();
	bytes_write("dir/old");
	ck_assert_uint_ge(changes_told(WAIT_US), 1);
	calm_down();
	ck_assert_int_eq(truncate(scratch_path("dir/old"), 1), 0);
	ck_assert_uint_ge(changes_told(WAIT_US), 1);
}
END_TEST

START_TEST(the_same_is_not_told_again)
{
	calm_down();
	bw_watch_dirs(&watch, dirs, 1);
	ck_assert_uint_eq(changes_told(1000000), 0);
}
END_TEST

/* As the engine does after each change: the same names once more. */
START_TEST(what_appears_in_another_one_is_told)
{
	calm_down();
	ck_assert_int_eq(rename(scratch_path("dir"), scratch_path("away")), 0);
	ck_assert_int_eq(mkdir(scratch_path("dir"), 0700), 0);
	calm_down();

	bw_watch_dirs(&watch, dirs, 1);
	ck_assert_uint_ge(changes_told(WAIT_US), 1);
	calm_down();
	scratch_write("dir/new", "");
	ck_assert_uint_ge(changes_told(WAIT_US), 1);
}
END_TEST

static Suite *watch_suite(void)
{
	Suite *suite = suite_create("daemon watch");
	TCase *tcase = tcase_create("watch");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, watch_setup, watch_teardown);
	tcase_add_test(tcase, what_appears_is_told);
	tcase_add_test(tcase, content_is_told_where_it_counts);
	tcase_add_test(tcase, the_same_is_not_told_again);
	tcase_add_test(tcase, what_appears_in_another_one_is_told);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(watch_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
