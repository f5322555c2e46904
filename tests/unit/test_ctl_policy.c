// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of bulwarkctl check and explain
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "ctl.h"
#include "ctl_run.h"

#define POLICY                           \
	"set: pension-db\n"              \
	"version: 3\n"                   \
	"mode: enforce\n"                \
	"protect:\n"                     \
	"  - /srv/pension\n"             \
	"except:\n"                      \
	"  - /srv/pension/log\n"         \
	"grants:\n"                      \
	"  - name: server\n"             \
	"    exe: /opt/pension/server\n" \
	"    user: root\n"               \
	"    unit: pension@*.service\n"

#define EXPECT                                                            \
	"allow exe=/opt/pension/server user=root unit=pension@a.service " \
	"file=/srv/pension/1.pdf\n"                                       \
	"deny no-grant exe=/usr/bin/none user=root file=/srv/pension/1.pdf\n"

START_TEST(check_tells_what_it_read)
{
	struct ctl_run run;

	ctl_file("p/pension.yaml", POLICY);
	ctl_file("p/pension.expect", EXPECT);
	run = ctl_run("check", ctl_path("p"), NULL);
	ck_assert_msg(run.code == BW_EXIT_OK, "%s%s", run.out, run.err);
	ctl_contains("set", run.out,
		     "pension.yaml: set 'pension-db' version 3, enforces, 1 grant\n");
	ctl_contains("summary", run.out, "ok: 0 errors, 0 warnings; expectations: 2 of 2 hold\n");

	run = ctl_run("check", "--json", ctl_path("p/pension.yaml"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_OK);
	ctl_contains("JSON", run.out, "{\"ok\":true,\"policies\":[{\"file\":\"");
	ctl_contains("JSON", run.out, "\"expectations\":{\"run\":2,\"failed\":0}");
}
END_TEST

START_TEST(check_shows_each_mistake)
{
	struct ctl_run run;

	ctl_file("p/a.yaml", "set: A\nversion: 0\nprotect: [x]\ngrants: []\n");
	run = ctl_run("check", ctl_path("p"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
	ctl_contains("first", run.out, "a.yaml:1:6: error: ");
	ctl_contains("second", run.out, "a.yaml:2:10: error: ");
	ctl_contains("third", run.out, "a.yaml:3:11: error: ");
	ctl_contains("summary", run.out, "failed: 3 errors, ");

	run = ctl_run("check", "--json", ctl_path("p"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
	ctl_contains("JSON", run.out, "\"line\":3,\"column\":11,\"level\":\"error\",\"text\":\"");
}
END_TEST

START_TEST(check_runs_expectations)
{
	struct ctl_run run;

	ctl_file("p/pension.yaml", POLICY);
	ctl_file("p/pension.expect",
		 EXPECT "allow exe=/usr/bin/none user=root file=/srv/pension\n");
	run = ctl_run("check", ctl_path("p/pension.yaml"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
	ctl_contains("line", run.out, "pension.expect:3:");
	ctl_contains("summary", run.out, "expectations: 2 of 3 hold\n");
}
END_TEST

START_TEST(check_of_nothing_says_so)
{
	struct ctl_run run;

	ctl_file("p/README", "");
	run = ctl_run("check", ctl_path("p"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_OK);
	ctl_contains("empty", run.out, "holds no *.yaml file: nothing would be protected");

	run = ctl_run("check", ctl_path("none"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
}
END_TEST

START_TEST(check_looks_at_the_host)
{
	struct ctl_run run;
	char policy[1024];

	ctl_file("srv/1.pdf", "");
	snprintf(policy, sizeof(policy),
		 "set: here\nversion: 1\nprotect:\n  - %s\ngrants:\n  - name: a\n"
		 "    exe: /bin/sh\n    user: nobody-such\n    unit: any\n",
		 ctl_path("srv"));
	ctl_file("p/here.yaml", policy);
	run = ctl_run("check", ctl_path("p"), NULL);
	ck_assert_msg(run.code == BW_EXIT_OK, "%s", run.out);

	run = ctl_run("check", "--host", ctl_path("p"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
	ctl_contains("user", run.out, "here.yaml:8:11: error: ");
}
END_TEST

START_TEST(diff_tells_who_gains)
{
	struct ctl_run run;

	ctl_file("p/pension.yaml", POLICY);
	ctl_file("q/pension.yaml", POLICY "  - name: dump\n    exe: /usr/bin/pg_dump\n"
					  "    user: any\n    unit: dump.service\n");
	run = ctl_run("diff", ctl_path("p"), ctl_path("q/pension.yaml"), NULL);
	ck_assert_msg(run.code == BW_EXIT_OK, "%s%s", run.out, run.err);
	ck_assert_str_eq(run.out, "more  pension-db: grant 'dump' is new: /usr/bin/pg_dump as any, "
				  "unit dump.service\n");

	run = ctl_run("diff", "--json", ctl_path("q"), ctl_path("p"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_OK);
	ctl_contains("JSON", run.out,
		     "{\"ok\":true,\"differences\":[{\"set\":\"pension-db\",\"effect\":\"less\"");

	run = ctl_run("diff", ctl_path("p"), ctl_path("p"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_OK);
	ck_assert_str_eq(run.out, "nothing changes\n");
}
END_TEST

/* A file that would be the first of its name replaces nothing. */
START_TEST(diff_of_one_compares_its_namesake)
{
	struct ctl_run run;

	ctl_file("p/first-of-its-name.yaml", POLICY);
	run = ctl_run("diff", ctl_path("p/first-of-its-name.yaml"), NULL);
	ck_assert_msg(run.code == BW_EXIT_OK, "%s%s", run.out, run.err);
	ctl_contains("set", run.out, "less  pension-db: the set is new (it enforces)\n");
}
END_TEST

START_TEST(diff_fails_with_advice)
{
	struct ctl_run run;

	run = ctl_run("diff", NULL);
	ck_assert_int_eq(run.code, BW_EXIT_USAGE);
	ctl_contains("advice", run.err, "'bulwarkctl help diff'");

	ctl_file("p/a.yaml", "set: A\nversion: 1\nprotect: [/x]\ngrants: []\n");
	run = ctl_run("diff", ctl_path("p"), ctl_path("none"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
	ctl_contains("none", run.err, "No such file or directory");

	run = ctl_run("diff", ctl_path("p"), ctl_path("p"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
	ctl_contains("advice", run.err, "/p' shows all");

	/* A warning is no reason. */
	ctl_file("p/a.yml", "");
	run = ctl_run("diff", ctl_path("p"), ctl_path("p"), NULL);
	ctl_contains("reason", run.err, "a.yaml:1:6: error: ");
}
END_TEST

static const struct {
	const char *name;
	const char *exe;
	const char *user;
	const char *unit;
	const char *file;
	const char *says[3];
} questions[] = {
	{ "granted",
	  "/opt/pension/server",
	  "root",
	  "pension@a.service",
	  "/srv/pension/1.pdf",
	  { "allow: ", "  grant  server\n", "p.yaml:9:" } },
	{ "user",
	  "/opt/pension/server",
	  "1",
	  "pension@a.service",
	  "/srv/pension/1.pdf",
	  { "deny: ", "p.yaml:11:11\n         |     user: root\n",
	    "  right  user root; asked for: 1\n" } },
	{ "unit",
	  "/opt/pension/server",
	  "0",
	  "pension@.service",
	  "/srv/pension/1.pdf",
	  { "deny: ", "p.yaml:12:11\n",
	    "  right  unit pension@*.service; asked for: pension@.serv" } },
	{ "no unit",
	  "/opt/pension/server",
	  "0",
	  "",
	  "/srv/pension/1.pdf",
	  { "deny: ", "   unit  (none)\n", "asked for: no unit; say --unit\n" } },
	{ "stranger",
	  "/usr/bin/none",
	  "root",
	  "",
	  "/srv/pension/1.pdf",
	  { "deny: ", "p.yaml:5:5\n",
	    "granted: /opt/pension/server as root in pension@*.service (" } },
	{ "exception",
	  "/usr/bin/none",
	  "root",
	  "",
	  "/srv/pension/log/1",
	  { "allow: the file is in no set, an exception cuts it out\n", "p.yaml:7:5\n", "" } },
	{ "elsewhere",
	  "/usr/bin/none",
	  "root",
	  "",
	  "/srv/other",
	  { "allow: the file is in no set\n", "", "" } },
};

START_TEST(explanation_names_the_line)
{
	struct ctl_run run;

	ctl_file("p.yaml", POLICY);
	run = ctl_run("explain", "--policy", ctl_path("p.yaml"), "--exe", questions[_i].exe,
		      "--user", questions[_i].user, "--unit", questions[_i].unit,
		      questions[_i].file, NULL);
	ck_assert_msg(run.code == BW_EXIT_OK, "case '%s': %s", questions[_i].name, run.err);
	for (size_t i = 0; i < ARRAY_LEN(questions[_i].says); i++)
		ctl_contains(questions[_i].name, run.out, questions[_i].says[i]);
}
END_TEST

START_TEST(explanation_tells_of_groups)
{
	struct ctl_run run;

	ctl_file("p.yaml", POLICY "  - name: tool\n    exe: /opt/pension/tool\n    user: root\n"
				  "    unit: any\n    group: staff\n");
	run = ctl_run("explain", "--policy", ctl_path("p.yaml"), "--exe", "/opt/pension/tool",
		      "--user", "root", "/srv/pension/1.pdf", NULL);
	ctl_contains("none", run.out, "deny: the grant is for another group\n");
	ctl_contains("none", run.out, "p.yaml:17:12\n");
	ctl_contains("none", run.out, "  right  group staff; asked for: no group; say --group\n");

	run = ctl_run("explain", "--policy", ctl_path("p.yaml"), "--exe", "/opt/pension/tool",
		      "--user", "root", "--group", "staff", "/srv/pension/1.pdf", NULL);
	ctl_contains("right", run.out, "allow: a grant allows it\n");
}
END_TEST

START_TEST(explanation_follows_links)
{
	char policy[1024];
	struct ctl_run run;

	ctl_file("real/srv/1.pdf", "");
	ck_assert_int_eq(symlink("real/srv", ctl_path("srv")), 0);
	snprintf(policy, sizeof(policy), "set: here\nversion: 1\nprotect:\n  - %s\ngrants: []\n",
		 ctl_path("real/srv"));
	ctl_file("p.yaml", policy);
	run = ctl_run("explain", "--policy", ctl_path("p.yaml"), "--exe", "/usr/bin/none", "--user",
		      "root", "--json", ctl_path("srv/1.pdf"), NULL);
	ctl_contains("verdict", run.out, "\"verdict\":\"would-deny\",\"reason\":\"no-grant\"");
	ctl_contains("path", run.out, "/real/srv/1.pdf\"");
}
END_TEST

static const struct {
	const char *name;
	const char *user;
	const char *file;
	const char *policy;
	const char *says;
} failures[] = {
	{ "no such user", "nobody-such", "/srv/pension/1", POLICY,
	  "cannot explain user 'nobody-such'" },
	{ "relative path", "root", "./none", POLICY, "both must be absolute paths without '.'" },
	{ "no UTF-8", "root", "srv/\xff", POLICY, "'srv/\\xff': both must be" },
	{ "bad policy", "root", "/srv/x", "set: A\n", "'bulwarkctl check " },
};

START_TEST(json_takes_any_bytes)
{
	struct ctl_run run;

	ctl_file("p.yaml", POLICY);
	run = ctl_run("explain", "--policy", ctl_path("p.yaml"), "--exe", "/usr/bin/\xff", "--user",
		      "root", "--json", "/srv/pension/\xff", NULL);
	ck_assert_int_eq(run.code, BW_EXIT_OK);
	ctl_contains("exe", run.out, "\"exe\":\"/usr/bin/\\\\xff\"");
	run = ctl_run("explain", "--policy", ctl_path("p.yaml"), "--exe", "\xff", "--user", "root",
		      "--json", "/srv", NULL);
	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
	ctl_contains("error", run.out, "{\"ok\":false,\"error\":\"cannot explain '\\\\xff'");
}
END_TEST

START_TEST(explanation_fails_with_advice)
{
	struct ctl_run run;

	ctl_file("p.yaml", failures[_i].policy);
	run = ctl_run("explain", "--policy", ctl_path("p.yaml"), "--exe", "/usr/bin/none", "--user",
		      failures[_i].user, failures[_i].file, NULL);
	ck_assert_msg(run.code == BW_EXIT_FAILED, "case '%s'", failures[_i].name);
	ctl_contains(failures[_i].name, run.err, failures[_i].says);
}
END_TEST

#define OPENED(bytes, files)                                                               \
	"{\"ok\":true,\"open\":{\"set\":\"pension-db\",\"grant\":\"breakglass:81234567\"," \
	"\"bytes\":" bytes ",\"bytes_limit\":4096,\"files\":2,\"files_limit\":" files      \
	",\"ends_s\":1799}}\n"

static const struct {
	const char *name;
	const char *asks;
	const char *answer;
	const char *exe;
	const char *option;
	const char *says[2];
} glasses[] = {
	{ "open",
	  "breakglass-open\",\"set\":\"pension-db",
	  OPENED("1024", "null"),
	  "/usr/bin/none",
	  NULL,
	  { "allow: officers have given leave\n",
	    "set  pension-db, enforces\n"
	    "  grant  breakglass:81234567, ends in 30m, left: 3.0KiB of 4.0KiB\n" } },
	{ "for the executable",
	  "/usr/bin/none",
	  OPENED("1024", "3"),
	  "/usr/bin/none",
	  NULL,
	  { "allow: officers have given leave\n", "of 4.0KiB, files: 2 of 3\n" } },
	{ "used up",
	  "breakglass-open",
	  OPENED("4096", "null"),
	  "/usr/bin/none",
	  NULL,
	  { "deny: the budget has not so many bytes left\n",
	    "ends in 30m, left: 0B of 4.0KiB\n" } },
	{ "for programs",
	  "breakglass-open",
	  OPENED("1024", "null"),
	  "/usr/bin/none",
	  "--json",
	  { "\"verdict\":\"allow\",\"reason\":\"breakglass\"",
	    "\"grant\":\"breakglass:81234567\"," } },
	{ "nothing is",
	  "breakglass-open",
	  "{\"ok\":true,\"open\":null}\n",
	  "/usr/bin/none",
	  NULL,
	  { "deny: no grant names this executable\n", "p.yaml:5:5\n" } },
	{ "an older daemon",
	  "breakglass-open",
	  "{\"ok\":false,\"error\":\"unknown verb\"}\n",
	  "/usr/bin/none",
	  "--json",
	  { "\"reason\":\"no-grant\"", "\"opened\":null" } },
	{ "not in a namespace of its own",
	  "breakglass-open",
	  OPENED("1024", "null"),
	  "/usr/bin/none",
	  "--mount-namespace",
	  { "deny: no grant names this executable\n", "" } },
	{ "the policy comes first",
	  "breakglass-open",
	  OPENED("1024", "null"),
	  "/opt/pension/server",
	  "--unit=pension@a.service",
	  { "allow: a grant allows it\n", "  grant  server\n" } },
};

START_TEST(explanation_tells_of_opened_glass)
{
	const char *option = glasses[_i].option ? glasses[_i].option : "--login=none";
	struct ctl_run run;

	ctl_file("p.yaml", POLICY);
	ctl_daemon(glasses[_i].asks, glasses[_i].answer, NULL);
	run = ctl_run("explain", "--socket", ctl_path("socket"), "--policy", ctl_path("p.yaml"),
		      "--exe", glasses[_i].exe, "--user", "root", "/srv/pension/1.pdf", option,
		      NULL);
	ck_assert_msg(run.code == BW_EXIT_OK, "case '%s': %s", glasses[_i].name, run.err);
	for (size_t i = 0; i < ARRAY_LEN(glasses[_i].says); i++)
		ctl_contains(glasses[_i].name, run.out, glasses[_i].says[i]);
}
END_TEST

static Suite *policy_suite(void)
{
	Suite *suite = suite_create("ctl_policy");
	TCase *check = tcase_create("check");
	TCase *explain = tcase_create("explain");

	tcase_add_checked_fixture(check, ctl_setup, ctl_teardown);
	tcase_set_timeout(check, 30);
	tcase_add_test(check, check_tells_what_it_read);
	tcase_add_test(check, check_shows_each_mistake);
	tcase_add_test(check, check_runs_expectations);
	tcase_add_test(check, check_of_nothing_says_so);
	tcase_add_test(check, check_looks_at_the_host);
	tcase_add_test(check, diff_tells_who_gains);
	tcase_add_test(check, diff_of_one_compares_its_namesake);
	tcase_add_test(check, diff_fails_with_advice);
	suite_add_tcase(suite, check);

	tcase_add_checked_fixture(explain, ctl_setup, ctl_teardown);
	tcase_set_timeout(explain, 30);
	tcase_add_loop_test(explain, explanation_names_the_line, 0, ARRAY_LEN(questions));
	tcase_add_test(explain, explanation_tells_of_groups);
	tcase_add_test(explain, explanation_follows_links);
	tcase_add_test(explain, json_takes_any_bytes);
	tcase_add_loop_test(explain, explanation_fails_with_advice, 0, ARRAY_LEN(failures));
	tcase_add_loop_test(explain, explanation_tells_of_opened_glass, 0, ARRAY_LEN(glasses));
	suite_add_tcase(suite, explain);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(policy_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
