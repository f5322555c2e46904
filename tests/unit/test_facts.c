// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests: facts of a host, and what policies come to by them
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "facts.h"
#include "resolve_rig.h"
#include "scratch_dir.h"

static void both_setup(void)
{
	rig_setup();
	scratch_setup();
}

static void both_teardown(void)
{
	scratch_teardown();
	rig_teardown();
}

/* --- By the facts of this host as on it ------------------------------------------ */

static void is_missing(void)
{
	rig_protect(rig_policy("one"), rig_path("none"));
	rig_protect(&rig.policies[0], rig_path("none*"));
	rig_except(&rig.policies[0], rig_path("none/log"));
	rig_grant(&rig.policies[0], "/usr/bin/no-such-program", "root", "any");
	rig_grant(&rig.policies[0], "/usr/bin/no-such*", "root", "any");
}

static void is_there(void)
{
	rig_directory("data");
	rig_protect(rig_policy("one"), rig_path("data"));
	rig_except(&rig.policies[0], rig_path("data/log"));
	rig_grant(&rig.policies[0], "/usr/bin/env", "root", "any");
	rig_grant(&rig.policies[0], "/usr/bin/en[v]", "any", "any");
	rig_tracer(&rig.policies[0], "/bin/sh", "4711", "any");
	rig.policies[0].grants[0].group = "root";
	rig.policies[0].grants[1].group = "4711";
}

static void is_unknown(void)
{
	rig_grant(rig_policy("one"), "/usr/bin/env", "nobody-such", "any");
	rig_tracer(&rig.policies[0], "/usr/bin/env", "nobody-else", "any");
	rig_grant(&rig.policies[0], "/usr/bin/env", "root", "any");
	rig.policies[0].grants[1].login = "nobody-at-all";
	rig.policies[0].grants[1].group = "no-group";
}

/* /tmp, where the tree is, is everybody's. */
static void is_everybody_s(void)
{
	rig_file("program");
	rig_grant(rig_policy("one"), (char *)rig_path("program"), "root", "any");
	rig.policies[0].grants[0].script = rig.policies[0].grants[0].exe;
}

static void is_a_script(void)
{
	rig_grant(rig_policy("one"), "/usr/bin/ldd", "root", "any");
	rig_grant(&rig.policies[0], "/usr/bin/env", "root", "any");
	rig.policies[0].grants[1].script = "/usr/bin/ldd";
	rig_grant(&rig.policies[0], "/usr/bin/env", "root", "any");
	rig.policies[0].grants[2].script = "/usr/bin/no-such-script";
}

static void is_no_file(void)
{
	rig_protect(rig_policy("one"), "/dev/null");
	rig_grant(&rig.policies[0], "/usr/bin", "root", "any");
	rig_grant(&rig.policies[0], "/dev/null", "root", "any");
	rig_grant(&rig.policies[0], "/usr/bin/env", "root", "any");
	rig.policies[0].grants[2].script = "/usr/bin";
}

static void is_a_link(void)
{
	static char link[128], foreign[128];

	snprintf(link, sizeof(link), "%s", rig_path("link"));
	snprintf(foreign, sizeof(foreign), "%s", rig_path("foreign"));
	rig_symlink("nothing", "link");
	rig_protect(rig_policy("one"), link);
	rig_grant(&rig.policies[0], link, "root", "any");

	ck_assert_int_eq(symlink("/usr/bin/env", foreign), 0);
	ck_assert_int_eq(lchown(foreign, 4711, 4711), 0);
	rig_protect(&rig.policies[0], foreign);
	rig_grant(&rig.policies[0], foreign, "root", "any");
	rig_grant(&rig.policies[0], "/usr/bin/env", "root", "any");
	rig.policies[0].grants[2].script = foreign;
}

static const struct {
	const char *name;
	void (*make)(void);
	const char *told;
} hosts[] = {
	{ "missing", is_missing, "lets nobody in: '/usr/bin/no-such-program' doesn't exist" },
	{ "there", is_there, NULL },
	{ "unknown users", is_unknown, "there is no user 'nobody-at-all' on this host" },
	{ "unknown groups", is_unknown, "there is no group 'no-group' on this host" },
	{ "everybody's", is_everybody_s, "' can be written by others than root" },
	{ "script", is_a_script, "it is a script" },
	{ "no file", is_no_file, "is neither a directory nor a regular file" },
	{ "link", is_a_link, "is a symbolic link to nothing" },
};

static json_t *facts_of_this_host(void)
{
	struct bw_diagnostics said = { 0 };
	json_t *facts = NULL;

	ck_assert_int_eq(bw_facts_take(&rig.all, &said, &facts), 0);
	ck_assert_uint_eq(said.len, 0);
	bw_diagnostics_done(&said);
	return facts;
}

START_TEST(facts_say_what_the_host_does)
{
	_cleanup_(freep) char *there = NULL, *by_facts = NULL;
	struct bw_diagnostics said = { 0 };
	json_t *facts;

	hosts[_i].make();
	(void)rig_resolve_with(&bw_identifier_stat);
	there = diagnostics_text(&rig.diagnostics);
	facts = facts_of_this_host();
	ck_assert_int_eq(bw_facts_check(facts, &rig.all, &said), 0);
	by_facts = diagnostics_text(&said);
	json_decref(facts);
	bw_diagnostics_done(&said);

	ck_assert_msg(strcmp(by_facts, there) == 0, "case '%s': by facts\n%s, on the host\n%s",
		      hosts[_i].name, by_facts, there);
	ck_assert_msg(hosts[_i].told ? strstr(there, hosts[_i].told) != NULL : !*there,
		      "case '%s': %s", hosts[_i].name, there);
}
END_TEST

/* Facts were taken for another policy: nothing is known of this one's files. */
START_TEST(what_was_not_asked_is_not_missing)
{
	_cleanup_(freep) char *text = NULL;
	struct bw_diagnostics said = { 0 };
	json_t *facts = facts_of_this_host();

	rig_grant(rig_policy("one"), "/usr/bin/env", "root", "any");
	ck_assert_int_eq(bw_facts_check(facts, &rig.all, &said), 0);
	text = diagnostics_text(&said);
	ck_assert_ptr_nonnull(strstr(text, "warning: the facts don't tell of '/usr/bin/env'"));
	ck_assert_uint_eq(said.len, 1);
	json_decref(facts);
	bw_diagnostics_done(&said);
}
END_TEST

/* --- Files of facts -------------------------------------------------------------- */

#define FACTS(version, users, asked, files)                                                 \
	"{\"facts\": " version ", \"host\": \"db1\", \"kernel\": \"6.1\", \"taken\": \"\"," \
	"\n \"users\": " users ", \"groups\": {}, \"asked\": " asked ", \"files\": " files "}"
#define FILE_OF(kind, owner, mode, more)                                                  \
	"{\"/x\": {\"kind\": \"" kind "\", \"owner\": " owner ", \"mode\": \"" mode "\"," \
	" \"filesystem\": \"ext4\"" more "}}"
#define FACTS_OF(file) FACTS("1", "{}", "[]", file)

static const struct {
	const char *name;
	const char *text;
	const char *says;
} wrong[] = {
	{ "empty", "", "error: '[' or '{' expected near end of file" },
	{ "cut", "{\"facts\": 1,\n \"host\"", "facts.json:2:7: error: " },
	{ "twice", "{\"facts\": 1, \"facts\": 1}", "duplicate object key" },
	{ "a list", "[]", "no facts of version 1" },
	{ "of tomorrow", FACTS("2", "{}", "[]", "{}"), "no facts of version 1" },
	{ "little", "{\"facts\": 1}", "host" },
	{ "more", FACTS("1, \"more\": 0", "{}", "[]", "{}"), "more" },
	{ "users", FACTS("1", "[]", "[]", "{}"), "of 'users, groups'" },
	{ "a user's name", FACTS("1", "{\"u\": \"u\"}", "[]", "{}"), "of 'u'" },
	{ "a user below zero", FACTS("1", "{\"u\": -1}", "[]", "{}"), "of 'u'" },
	{ "nobody's number", FACTS("1", "{\"u\": 4294967295}", "[]", "{}"), "of 'u'" },
	{ "asked", FACTS("1", "{}", "[1]", "{}"), "of 'asked'" },
	{ "files", FACTS("1", "{}", "[]", "[]"), "of 'files'" },
	{ "relative", FACTS_OF("{\"x\": {}}"), "of 'x'" },
	{ "kind", FACTS_OF(FILE_OF("socket", "0", "0755", "")), "of '/x'" },
	{ "owner", FACTS_OF(FILE_OF("file", "-1", "0755", "")), "of '/x'" },
	{ "mode", FACTS_OF(FILE_OF("file", "0", "0855", "")), "of '/x'" },
	{ "short mode", FACTS_OF(FILE_OF("file", "0", "755", "")), "of '/x'" },
	{ "more of a file", FACTS_OF(FILE_OF("file", "0", "0755", ", \"size\": 1")), "of '/x'" },
	{ "relative link", FACTS_OF(FILE_OF("link", "0", "0755", ", \"leads_to\": \"y\"")),
	  "of '/x'" },
};

static int load(const char *text, char **ret_said)
{
	struct bw_diagnostics said = { 0 };
	json_t *facts = NULL;
	int err;

	scratch_write("facts.json", text);
	err = bw_facts_load(scratch_path("facts.json"), &said, &facts);
	*ret_said = diagnostics_text(&said);
	bw_diagnostics_done(&said);
	json_decref(facts);
	return err;
}

START_TEST(wrong_facts_are_refused)
{
	_cleanup_(freep) char *said = NULL;

	ck_assert_msg(load(wrong[_i].text, &said) == -EINVAL, "case '%s'", wrong[_i].name);
	ck_assert_msg(strstr(said, wrong[_i].says) != NULL, "case '%s': %s", wrong[_i].name, said);
}
END_TEST

START_TEST(right_facts_are_taken)
{
	_cleanup_(freep) char *said = NULL, *own = NULL, *own_said = NULL;
	json_t *facts;

	ck_assert_msg(load(FACTS("1", "{\"u\": 4294967294}", "[\"/x\"]",
				 FILE_OF("link", "0", "0777", ", \"leads_to\": \"/y\"")),
			   &said) == 0,
		      "%s", said);

	is_there();
	facts = facts_of_this_host();
	own = json_dumps(facts, 0);
	json_decref(facts);
	ck_assert_msg(load(own, &own_said) == 0, "%s", own_said);
}
END_TEST

START_TEST(one_host_at_a_time)
{
	struct bw_diagnostics said = { 0 };
	json_t *facts = NULL;

	scratch_write("a.json", FACTS_OF("{}"));
	ck_assert_int_eq(bw_facts_load(scratch_path(""), &said, &facts), 0);
	json_decref(facts);

	scratch_write("b.json", FACTS_OF("{}"));
	ck_assert_int_eq(bw_facts_load(scratch_path(""), &said, &facts), -EINVAL);
	bw_diagnostics_done(&said);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("facts");
	TCase *tcase = tcase_create("facts");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, both_setup, both_teardown);
	tcase_add_loop_test(tcase, facts_say_what_the_host_does, 0, ARRAY_LEN(hosts));
	tcase_add_test(tcase, what_was_not_asked_is_not_missing);
	tcase_add_loop_test(tcase, wrong_facts_are_refused, 0, ARRAY_LEN(wrong));
	tcase_add_test(tcase, right_facts_are_taken);
	tcase_add_test(tcase, one_host_at_a_time);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
