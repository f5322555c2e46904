// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - tests: what can't be resolved again is told, and tried again
 */
#include <check.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "engine.h"
#include "resolve_rig.h"

#define MISTAKE "one.yaml:10:11: error: there is no user 'no-such-user-here'"
#define SECOND_US 1000000ULL

/* More than one has: nothing but its generation and names are asked for. */
static union {
	max_align_t aligned;
	char zeros[1 << 16];
} enforcer;

static struct bw_engine engine;
static int said;
static int own_stderr;

static void engine_setup(void)
{
	rig_setup();
	rig_directory("/data");
	rig_protect(rig_policy("one"), rig_path("/data"));
	rig_grant(rig.pointers[0], "/usr/bin/env", "root", "any");
	rig_resolve();
	bw_rules_sort(rig.rules);

	engine = (struct bw_engine){ .enforcer = (void *)&enforcer };
	ck_assert_int_ge(sd_event_new(&engine.event), 0);
	bw_watch_init(&engine.watch, engine.event, bw_engine_refresh, &engine);
	bw_watch_init(&engine.executables, engine.event, bw_engine_refresh_executables, &engine);
	bw_policy_state_init(&engine.policy, &(struct bw_policy_source){ .dir = rig.root },
			     &bw_identifier_stat);
	engine.policy.policies = &rig.all;
	engine.policy.rules = take_ptr(rig.rules);

	said = memfd_create("said", MFD_CLOEXEC);
	own_stderr = dup(STDERR_FILENO);
	ck_assert_int_ge(dup2(said, STDERR_FILENO), 0);
}

static void engine_teardown(void)
{
	(void)dup2(own_stderr, STDERR_FILENO);
	(void)close(own_stderr);
	(void)close(said);
	bw_watch_done(&engine.watch);
	bw_watch_done(&engine.executables);
	sd_event_unref(engine.event);
	bw_diagnostics_done(&engine.policy.found);
	bw_rules_free(engine.policy.before);
	rig.rules = engine.policy.rules;
	rig_teardown();
}

static void user_is_removed(void)
{
	rig.pointers[0]->grants[0].user = "no-such-user-here";
}

static unsigned int times_said(const char *text)
{
	static char all[8192];
	ssize_t len = pread(said, all, sizeof(all) - 1, 0);
	unsigned int times = 0;

	ck_assert_int_ge(len, 0);
	all[len] = '\0';
	for (const char *at = all; (at = strstr(at, text)); at += strlen(text))
		times++;
	return times;
}

/* From now; 0 without a plan. */
static uint64_t seconds_until(const struct bw_watch *watch)
{
	struct timespec now;
	uint64_t at_us = 0;

	if (!watch->timer)
		return 0;

	ck_assert_int_ge(sd_event_source_get_time(watch->timer, &at_us), 0);
	ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return at_us / SECOND_US + 1 - (uint64_t)now.tv_sec;
}

static void (*const refreshes[])(void *) = { bw_engine_refresh, bw_engine_refresh_executables };

START_TEST(failure_is_told_and_tried_again)
{
	user_is_removed();
	refreshes[_i](&engine);
	ck_assert_uint_eq(times_said(MISTAKE), 1);
	ck_assert_uint_eq(times_said("cannot resolve the policy again"), 1);
	ck_assert_uint_ge(seconds_until(&engine.watch), 290);
	ck_assert_uint_le(seconds_until(&engine.watch), 301);
	ck_assert_ptr_null(engine.executables.timer);
}
END_TEST

START_TEST(kept_grants_are_looked_at_all_the_same)
{
	user_is_removed();
	engine.policy.rules->kept = 1;
	refreshes[_i](&engine);
	ck_assert_uint_ge(seconds_until(&engine.executables), 50);
	ck_assert_uint_le(seconds_until(&engine.executables), 61);
}
END_TEST

START_TEST(what_is_on_record_is_told_once)
{
	user_is_removed();
	bw_engine_refresh(&engine);
	bw_engine_refresh_executables(&engine);
	bw_engine_refresh(&engine);
	ck_assert_uint_eq(times_said(MISTAKE), 1);
	ck_assert_uint_eq(times_said("cannot resolve the policy again"), 3);
}
END_TEST

/* The control: all is as it was found. */
START_TEST(success_is_not_repeated)
{
	bw_engine_refresh_executables(&engine);
	engine.watch.timer = sd_event_source_disable_unref(engine.watch.timer);
	engine.executables.timer = sd_event_source_disable_unref(engine.executables.timer);
	bw_engine_refresh_executables(&engine);
	ck_assert_ptr_null(engine.watch.timer);
	ck_assert_ptr_null(engine.executables.timer);
	ck_assert_uint_eq(times_said("error"), 0);
	ck_assert_uint_eq(times_said("cannot"), 0);
}
END_TEST

static Suite *refresh_suite(void)
{
	Suite *suite = suite_create("daemon refresh");
	TCase *tcase = tcase_create("refresh");

	tcase_add_checked_fixture(tcase, engine_setup, engine_teardown);
	tcase_add_loop_test(tcase, failure_is_told_and_tried_again, 0, ARRAY_LEN(refreshes));
	tcase_add_loop_test(tcase, kept_grants_are_looked_at_all_the_same, 0, ARRAY_LEN(refreshes));
	tcase_add_test(tcase, what_is_on_record_is_told_once);
	tcase_add_test(tcase, success_is_not_repeated);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(refresh_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
