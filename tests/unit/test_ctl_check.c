// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of bulwarkctl check: by whom policies are signed
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "ctl.h"
#include "ctl_run.h"

#define POLICY "set: s\nversion: 1\nprotect: [/srv/s]\ngrants: []\n"

/* In the test's directory, with minisign's own messages left out. */
static void run_there(const char *command)
{
	_cleanup_(freep) char *line = NULL;

	ck_assert_int_gt(asprintf(&line, "cd '%s' && { %s; } >/dev/null", ctl_path(""), command),
			 0);
	ck_assert_msg(system(line) == 0, "%s", command);
}

static void signed_setup(void)
{
	ctl_setup();
	ctl_file("p/s.yaml", POLICY);
	run_there("mkdir keys empty && minisign -G -W -p keys/officer.pub -s officer.key && "
		  "minisign -G -W -p stranger.pub -s stranger.key");
}

static const struct {
	const char *name;
	const char *command;
	int code;
	const char *says;
} signatures[] = {
	{ "signed", "minisign -S -s officer.key -m p/s.yaml", BW_EXIT_OK,
	  "s.yaml: set 's' version 1, monitors, 0 grants, signed by 'officer.pub'\n" },
	{ "not signed", "true", BW_EXIT_OK, "monitors, 0 grants, not signed\n" },
	{ "by a stranger", "minisign -S -s stranger.key -m p/s.yaml", BW_EXIT_FAILED,
	  "s.yaml: error: it is signed with a key that isn't among the signers'" },
	{ "changed", "minisign -S -s officer.key -m p/s.yaml && echo '#' >> p/s.yaml",
	  BW_EXIT_FAILED, "s.yaml: error: its signature doesn't fit" },
};

START_TEST(signatures_are_told)
{
	struct ctl_run run;

	run_there(signatures[_i].command);
	run = ctl_run("check", "--signers", ctl_path("keys"), ctl_path("p"), NULL);
	ck_assert_msg(run.code == signatures[_i].code, "case '%s': %s", signatures[_i].name,
		      run.out);
	ctl_contains(signatures[_i].name, run.out, signatures[_i].says);
}
END_TEST

START_TEST(signatures_are_nobody_s_business_unless_asked)
{
	struct ctl_run run;

	run_there("minisign -S -s stranger.key -m p/s.yaml");
	run = ctl_run("check", ctl_path("p"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_OK);
	ctl_contains("set", run.out, "monitors, 0 grants\n");
}
END_TEST

START_TEST(signatures_can_be_required)
{
	struct ctl_run run;

	run = ctl_run("check", "--require-signature", "--signers", ctl_path("keys"), ctl_path("p"),
		      NULL);
	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
	ctl_contains("missing", run.out, "s.yaml: error: it isn't signed: '");

	run_there("minisign -S -s officer.key -m p/s.yaml");
	run = ctl_run("check", "--require-signature", "--signers", ctl_path("keys"), "--json",
		      ctl_path("p"), NULL);
	ck_assert_msg(run.code == BW_EXIT_OK, "%s", run.out);
	ctl_contains("JSON", run.out, "\"signer\":\"officer.pub\"");
}
END_TEST

/* Else nobody's signature would be looked at, and all be well. */
START_TEST(keys_must_be_there)
{
	struct ctl_run run;

	run = ctl_run("check", "--signers", ctl_path("empty"), ctl_path("p"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
	ctl_contains("empty", run.out, "empty: error: no public key of minisign's");

	run = ctl_run("check", "--signers", ctl_path("none"), ctl_path("p"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
	ctl_contains("none", run.out, "none: error: no public key of minisign's");
}
END_TEST

static Suite *check_suite(void)
{
	Suite *suite = suite_create("ctl_check");
	TCase *tcase = tcase_create("signatures");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, signed_setup, ctl_teardown);
	tcase_add_loop_test(tcase, signatures_are_told, 0, ARRAY_LEN(signatures));
	tcase_add_test(tcase, signatures_are_nobody_s_business_unless_asked);
	tcase_add_test(tcase, signatures_can_be_required);
	tcase_add_test(tcase, keys_must_be_there);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(check_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
