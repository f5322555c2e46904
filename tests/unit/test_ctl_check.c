// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of bulwarkctl check: by whom policies are signed, and other hosts' facts
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

/* --- Signatures ---------------------------------------------------------------- */

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

/* --- Facts of another host ----------------------------------------------------- */

#define FACTS                                                                                    \
	"{\"facts\":1,\"host\":\"db1\",\"kernel\":\"6.1.0\",\"taken\":\"2026-11-24T04:31:00Z\"," \
	"\"users\":{\"root\":0,\"pension\":4711},\"groups\":{},"                                 \
	"\"asked\":[\"/srv/pension\",\"/opt/pension/server\"],\"files\":{"                       \
	"\"/\":{\"kind\":\"directory\",\"owner\":0,\"mode\":\"0755\",\"filesystem\":\"ext4\"},"  \
	"\"/opt\":{\"kind\":\"directory\",\"owner\":0,\"mode\":\"0775\","                        \
	"\"filesystem\":\"ext4\"},"                                                              \
	"\"/opt/pension\":{\"kind\":\"directory\",\"owner\":0,\"mode\":\"0755\","                \
	"\"filesystem\":\"ext4\"},"                                                              \
	"\"/opt/pension/server\":{\"kind\":\"file\",\"owner\":0,\"mode\":\"0755\","              \
	"\"filesystem\":\"ext4\"}}}\n"
#define PENSION(user)                                                                       \
	"set: pension\nversion: 1\nprotect:\n  - /srv/pension\ngrants:\n  - name: server\n" \
	"    exe: /opt/pension/server\n    user: " user "\n    unit: pension.service\n"

/* Who has neither the user nor the files learns what is wrong with them there. */
START_TEST(another_host_is_known_by_its_facts)
{
	struct ctl_run run;

	ctl_file("db1.json", FACTS);
	ctl_file("p/p.yaml", PENSION("pension"));
	run = ctl_run("check", "--host-facts", ctl_path("db1.json"), ctl_path("p"), NULL);
	ck_assert_msg(run.code == BW_EXIT_OK, "%s", run.out);
	ctl_contains("path", run.out, "p.yaml:4:5: warning: '/srv/pension' doesn't exist yet\n");
	ctl_contains("executable", run.out,
		     "p.yaml:7:10: warning: '/opt/pension/server' gets no grant: '/opt' can be "
		     "written by others than root\n");
	ctl_contains("host", run.out,
		     "on 'db1', with kernel 6.1.0, by the facts of 2026-11-24T04:31:00Z\n");

	ctl_file("p/p.yaml", PENSION("pensions"));
	run = ctl_run("check", "--host-facts", ctl_path("db1.json"), "--json", ctl_path("p"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
	ctl_contains("user", run.out, "there is no user 'pensions' on this host");
	ctl_contains("JSON", run.out, "\"facts\":{\"host\":\"db1\",\"kernel\":\"6.1.0\",");
}
END_TEST

START_TEST(wrong_facts_fail)
{
	struct ctl_run run;

	ctl_file("db1.json", "{}\n");
	ctl_file("p/p.yaml", PENSION("root"));
	run = ctl_run("check", "--host-facts", ctl_path("db1.json"), ctl_path("p"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
	ctl_contains("wrong", run.out, "db1.json: error: these are no facts of version 1");

	run = ctl_run("check", "--host-facts", ctl_path("none.json"), ctl_path("p"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
	ctl_contains("none", run.out, "none.json: error: can't be opened: ");
}
END_TEST

START_TEST(own_facts_are_printed)
{
	struct ctl_run run;

	ctl_file("p/p.yaml", PENSION("root"));
	run = ctl_run("facts", ctl_path("p/p.yaml"), NULL);
	ck_assert_msg(run.code == BW_EXIT_OK, "%s", run.err);
	ctl_contains("version", run.out, "{\"facts\":1,\"host\":\"");
	ctl_contains("user", run.out, "\"root\":0");
	ctl_contains("asked", run.out, "\"asked\":[\"/srv/pension\",\"/opt/pension/server\"]");

	run = ctl_run("facts", ctl_path("none"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
	ctl_contains("none", run.err, "cannot take the facts that '");
}
END_TEST

static TCase *facts_case(void)
{
	TCase *tcase = tcase_create("facts");

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, ctl_setup, ctl_teardown);
	tcase_add_test(tcase, another_host_is_known_by_its_facts);
	tcase_add_test(tcase, wrong_facts_fail);
	tcase_add_test(tcase, own_facts_are_printed);
	return tcase;
}

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
	suite_add_tcase(suite, facts_case());
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
