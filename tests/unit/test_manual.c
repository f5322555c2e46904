// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the manual: its examples are right
 */
#include <check.h>
#include <string.h>

#include "cleanup.h"
#include "explain.h"
#include "scratch_dir.h"

#define MANUAL "man/bulwark-policy.5"
#define DISPLAY ".Bd -literal -offset indent\n"

/* Takes the next literal display out of the manual's source; NULL at the end. */
static char *display_next(char **rest)
{
	char *begin = strstr(*rest, DISPLAY), *end;

	if (!begin)
		return NULL;

	begin += strlen(DISPLAY);
	end = strstr(begin, ".Ed\n");
	ck_assert_ptr_nonnull(end);
	*end = 0;
	*rest = end + 1;
	return begin;
}

static struct bw_diagnostics diagnostics;
static struct bw_policies *policies;

static void manual_teardown(void)
{
	bw_policies_free(policies);
	bw_diagnostics_done(&diagnostics);
	scratch_teardown();
}

static void manual_policy_load(const char *text)
{
	_cleanup_(freep) char *told = NULL;

	bw_policies_free(policies);
	policies = NULL;
	scratch_write("manual.yaml", text);
	(void)bw_policies_load(scratch_path("manual.yaml"), NULL, &diagnostics, &policies);
	told = diagnostics_text(&diagnostics);
	ck_assert_msg(!*told, "%sof:\n%s", told, text);
}

static void manual_expectations_run(const char *text, unsigned int *run)
{
	_cleanup_(freep) char *told = NULL;
	unsigned int failed;

	scratch_write("manual.expect", text);
	(void)bw_expectations_run(policies->items[0], scratch_path("manual.yaml"), &diagnostics,
				  run, &failed);
	told = diagnostics_text(&diagnostics);
	ck_assert_msg(!*told, "%s", told);
}

START_TEST(manual_tells_the_truth)
{
	_cleanup_(freep) char *manual = NULL;
	unsigned int loaded = 0, run = 0;
	char *rest, *display;
	size_t len;

	manual = rest = file_bytes(MANUAL, &len);
	while ((display = display_next(&rest))) {
		if (!strncmp(display, "set:", 4)) {
			manual_policy_load(display);
			loaded++;
		} else {
			manual_expectations_run(display, &run);
		}
	}
	ck_assert_uint_eq(loaded, 3);
	ck_assert_uint_eq(run, 6);
}
END_TEST

static Suite *manual_suite(void)
{
	Suite *suite = suite_create("manual");
	TCase *tcase = tcase_create("bulwark-policy");

	tcase_add_checked_fixture(tcase, scratch_setup, manual_teardown);
	tcase_add_test(tcase, manual_tells_the_truth);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(manual_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
