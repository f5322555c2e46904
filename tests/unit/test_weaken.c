// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests: which policy weakens another one
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "policy_weaken.h"
#include "scratch_dir.h"

#define GRANT(name, exe, user, unit, rest)                                           \
	"  - name: " name "\n    exe: " exe "\n    user: " user "\n    unit: '" unit \
	"'\n    reason: it must\n" rest

#define OTHERS "others:\n  budget: { files: 10, every: 1d, per: grant, coverage: 20% }\n"

#define BEFORE                                                                                  \
	"set: pensions\nversion: 1\nmode: enforce\ndevices: under-sets\n"                       \
	"protect: [/srv/a, '/srv/*/b']\nexcept: [/srv/a/log]\ngrants:\n" GRANT(                 \
		"web", "/usr/bin/web", "www", "any",                                            \
		"    budget: { bytes: 2GiB, every: 1h, per: user, warn: 80% }\n")               \
		GRANT("server", "/usr/bin/server", "db", "db.service", "") GRANT(               \
			"tool", "/usr/bin/tool", "any", "any",                                  \
			"    mount-namespace: any\n") "tracers:\n" GRANT("edr", "/usr/bin/edr", \
									 "root", "edr.service", \
									 "") OTHERS

#define OTHER                                                                                 \
	"set: more\nversion: 1\nprotect: [/srv/more]\ngrants:\n" GRANT("cat", "/usr/bin/cat", \
								       "root", "any", "")

#define DIGEST "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"
#define OTHER_DIGEST "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35"

#define HEAD "set: s\nversion: 1\nprotect: [/srv/s]\ngrants:\n"
#define FIRST \
	GRANT("first", "/usr/bin/x", "x", "any", "    budget: { files: 9, every: 1h, per: user }\n")
#define SECOND GRANT("second", "/usr/bin/x", "any", "x.service", "")

static struct bw_diagnostics found;

static void weaken_setup(void)
{
	scratch_setup();
	found = (struct bw_diagnostics){ 0 };
}

static void weaken_teardown(void)
{
	bw_diagnostics_done(&found);
	scratch_teardown();
}

static struct bw_policies *load(const char *name)
{
	struct bw_policies *policies = NULL;
	struct bw_diagnostics mistakes = { 0 };
	int err = bw_policies_load(scratch_path(name), NULL, &mistakes, &policies);

	for (size_t i = 0; err && i < mistakes.len; i++)
		(void)fprintf(stderr, "%s\n", mistakes.items[i].text);
	bw_diagnostics_done(&mistakes);
	ck_assert_int_eq(err, 0);
	return policies;
}

/* @now in the place of BEFORE; @other, if any, beside it. */
static int compare(const char *now, const char *other)
{
	_cleanup_(bw_policies_freep) struct bw_policies *before = NULL;
	_cleanup_(bw_policies_freep) struct bw_policies *after = NULL;

	scratch_write("pensions.yaml", BEFORE);
	before = load("");
	scratch_write("pensions.yaml", now);
	if (other)
		scratch_write("other.yaml", other);
	after = load("");
	return bw_policies_weaken_check(after, before, &found);
}

static int compare_texts(const char *before_text, const char *now)
{
	_cleanup_(bw_policies_freep) struct bw_policies *before = NULL;
	_cleanup_(bw_policies_freep) struct bw_policies *after = NULL;

	scratch_write("pensions.yaml", before_text);
	before = load("");
	scratch_write("pensions.yaml", now);
	after = load("");
	return bw_policies_weaken_check(after, before, &found);
}

/* BEFORE with one text in the place of another. */
static char *changed(const char *from, const char *to)
{
	const char *at = strstr(BEFORE, from);
	char *text;

	ck_assert_ptr_nonnull(at);
	ck_assert_int_ge(
		asprintf(&text, "%.*s%s%s", (int)(at - BEFORE), BEFORE, to, at + strlen(from)), 0);
	return text;
}

static void takes(const char *from, const char *to)
{
	_cleanup_(freep) char *now = changed(from, to);

	ck_assert_int_eq(compare(now, NULL), 0);
	ck_assert_uint_eq(found.len, 0);
}

static void minds(const char *from, const char *to, const char *expected, size_t errors)
{
	_cleanup_(freep) char *now = changed(from, to);
	_cleanup_(freep) char *told = NULL;

	ck_assert_int_eq(compare(now, NULL), -EINVAL);
	ck_assert_uint_eq(found.errors, errors);
	told = bw_diagnostic_format(&found.items[0]);
	ck_assert_msg(strstr(told, expected), "'%s' isn't in '%s'", expected, told);
}

static const struct {
	const char *name;
	const char *from;
	const char *to;
} stricter[] = {
	{ "the same", "set", "set" },
	{ "a new number", "version: 1", "version: 2" },
	{ "one more path", "[/srv/a,", "[/srv/a, /srv/c," },
	{ "one hole less", "except: [/srv/a/log]\n", "" },
	{ "a grant's user is named", "user: any", "user: root" },
	{ "a grant's unit is named", "unit: 'any'", "unit: 'tool.service'" },
	{ "a grant's group is named", "    mount-namespace: any\n",
	  "    mount-namespace: any\n    group: staff\n" },
	{ "a grant's login is named", "    mount-namespace: any\n",
	  "    mount-namespace: any\n    login: alice\n" },
	{ "a grant's script is named", "    mount-namespace: any\n",
	  "    mount-namespace: any\n    script: /opt/job\n" },
	{ "a grant's content is named", "    mount-namespace: any\n",
	  "    mount-namespace: any\n    package: tool\n    sha256: " DIGEST "\n" },
	{ "a grant's hours", "    mount-namespace: any\n",
	  "    mount-namespace: any\n    hours: 01:00-02:00\n" },
	{ "a grant's mounts are the host's", "    mount-namespace: any\n", "" },
	{ "another name of a grant", "name: server", "name: database" },
	{ "no tracer", "tracers:\n" GRANT("edr", "/usr/bin/edr", "root", "edr.service", ""), "" },
	{ "a budget", GRANT("server", "/usr/bin/server", "db", "db.service", ""),
	  GRANT("server", "/usr/bin/server", "db", "db.service",
		"    budget: { bytes: 1GiB, every: 1h, per: user }\n") },
	{ "a smaller budget", "bytes: 2GiB", "bytes: 1GiB, files: 9" },
	{ "a coverage", "bytes: 2GiB", "bytes: 2GiB, coverage: 9%" },
	{ "a smaller coverage", "coverage: 20%", "coverage: 19%" },
	{ "an earlier warning", "warn: 80%", "warn: 79%" },
	{ "nothing for others", OTHERS, "" },
	{ "less for others", "files: 10, every: 1d", "files: 9, every: 1d" },
	{ "one grant less", GRANT("server", "/usr/bin/server", "db", "db.service", ""), "" },
};

START_TEST(takes_what_is_stricter)
{
	takes(stricter[_i].from, stricter[_i].to);
}
END_TEST

static const struct {
	const char *from;
	const char *to;
	const char *expected;
	size_t errors;
} weaker[] = {
	{ "mode: enforce", "mode: monitor", "'mode' is no longer 'enforce'", 1 },
	{ "mode: enforce", "mode: learn\nlearn-until: 2026-12-31", "'mode' is no longer 'enforce'",
	  1 },
	{ "devices: under-sets\n", "", "'devices' is gone", 1 },
	{ ", '/srv/*/b'", "", "'/srv/*/b' is no longer listed under 'protect'", 1 },
	{ "'/srv/*/b'", "/srv/x/b", "'/srv/*/b' is no longer listed under 'protect'", 1 },
	{ "[/srv/a/log]", "[/srv/a/log, /srv/a/tmp]", "'/srv/a/tmp' is new under 'except'", 1 },
	{ "set: pensions", "set: others", "the set 'pensions' is gone", 1 },
	{ "user: db", "user: any", "the grant 'server' is new, or wider", 1 },
	{ "user: db", "user: dba", "the grant 'server' is new, or wider", 1 },
	{ "unit: 'db.service'", "unit: 'db*.service'", "the grant 'server' is new, or wider", 1 },
	{ "unit: 'db.service'", "unit: 'any'", "the grant 'server' is new, or wider", 1 },
	{ "exe: /usr/bin/server", "exe: /usr/bin/*", "the grant 'server' is new, or wider", 1 },
	{ "exe: /usr/bin/edr", "exe: /usr/bin/gdbserver", "the tracer 'edr' is new, or wider", 1 },
	{ "    reason: it must\n" GRANT("tool", "/usr/bin/tool", "any", "any", ""),
	  "    mount-namespace: any\n" GRANT("tool", "/usr/bin/tool", "any", "any", ""),
	  "the grant 'server' is new, or wider", 1 },
	{ "    budget: { bytes: 2GiB, every: 1h, per: user, warn: 80% }\n", "",
	  "the grant 'web' is new, or wider", 1 },
	{ "bytes: 2GiB", "bytes: 3GiB", "the grant 'web' is new, or wider", 1 },
	{ "bytes: 2GiB", "files: 2", "the grant 'web' is new, or wider", 1 },
	{ "every: 1h", "every: 30m", "the grant 'web' is new, or wider", 1 },
	{ "per: user", "per: process", "the grant 'web' is new, or wider", 1 },
	{ ", warn: 80%", "", "the grant 'web' is new, or wider", 1 },
	{ "warn: 80%", "warn: 81%", "the grant 'web' is new, or wider", 1 },
	{ "files: 10, every: 1d", "files: 11, every: 1d", "'others' is new, or wider", 1 },
	{ "coverage: 20%", "coverage: 21%", "'others' is new, or wider", 1 },
	{ ", coverage: 20%", "", "'others' is new, or wider", 1 },
	{ "every: 1d, per: grant", "every: 1d, per: user", "'others' is new, or wider", 1 },
	{ "name: web", "name: other", "the grant 'web', which has a budget, is gone", 2 },
	{ "grants:\n", "grants:\n" GRANT("cat", "/usr/bin/cat", "root", "backup.service", ""),
	  "the grant 'cat' is new, or wider", 2 },
};

START_TEST(minds_what_is_weaker)
{
	minds(weaker[_i].from, weaker[_i].to, weaker[_i].expected, weaker[_i].errors);
}
END_TEST

#define MODE(text) "set: s\nversion: 1\nmode: " text "\nprotect: [/srv/s]\ngrants: []\n"

START_TEST(minds_what_learns)
{
	ck_assert_int_eq(compare_texts(MODE("learn\nlearn-until: 2026-12-31"), MODE("monitor")), 0);
	ck_assert_int_eq(compare_texts(MODE("learn\nlearn-until: 2026-12-31"),
				       MODE("learn\nlearn-until: 2026-12-30")),
			 0);
	ck_assert_int_eq(compare_texts(MODE("learn\nlearn-until: 2026-12-31"),
				       MODE("learn\nlearn-until: 2027-01-01")),
			 -EINVAL);
	ck_assert_int_eq(compare_texts(MODE("monitor"), MODE("learn\nlearn-until: 2026-12-31")),
			 -EINVAL);
	ck_assert_uint_eq(found.errors, 2);
}
END_TEST

#define CONTENT(rest) GRANT("server", "/usr/bin/x", "any", "x.service", rest)

START_TEST(minds_what_is_in_executables)
{
	static const char both[] =
		HEAD CONTENT("    sha256: [" DIGEST ", " OTHER_DIGEST "]\n    package: x11\n");
	static const char one[] = HEAD CONTENT("    sha256: " OTHER_DIGEST "\n    package: x11\n");
	static const char no_package[] = HEAD CONTENT("    sha256: " DIGEST "\n");
	static const char no_digest[] = HEAD CONTENT("    package: x11\n");

	ck_assert_int_eq(compare_texts(both, one), 0);
	ck_assert_int_eq(compare_texts(one, both), -EINVAL);
	ck_assert_int_eq(compare_texts(both, no_package), -EINVAL);
	ck_assert_int_eq(compare_texts(both, no_digest), -EINVAL);
	ck_assert_int_eq(compare_texts(no_digest, one), 0);
}
END_TEST

/* Who is let in by both was limited by the first. */
START_TEST(minds_the_order_of_budgets)
{
	static const char before[] = HEAD FIRST SECOND;
	static const char turned[] = HEAD SECOND FIRST;
	static const char without[] = HEAD SECOND;

	ck_assert_int_eq(compare_texts(before, before), 0);
	ck_assert_int_eq(compare_texts(before, turned), -EINVAL);
	ck_assert_int_eq(compare_texts(before, without), -EINVAL);
	ck_assert_int_eq(compare_texts(turned, without), -EINVAL);
}
END_TEST

#define TOOL(rest) HEAD GRANT("tool", "/usr/bin/tool", "any", "tool.service", rest)

static const struct {
	const char *with;
	const char *other;
} conditions[] = {
	{ TOOL("    group: staff\n"), TOOL("    group: games\n") },
	{ TOOL("    login: alice\n"), TOOL("    login: bob\n") },
	{ TOOL("    script: /opt/job\n"), TOOL("    script: /opt/other\n") },
	{ TOOL("    hours: 01:00-02:00\n"), TOOL("    hours: 01:00-03:00\n") },
};

/* What a grant asks for besides must go on being asked for. */
START_TEST(minds_conditions_that_go)
{
	ck_assert_int_eq(compare_texts(conditions[_i].with, conditions[_i].with), 0);
	ck_assert_int_eq(compare_texts(conditions[_i].with, TOOL("")), -EINVAL);
	ck_assert_int_eq(compare_texts(conditions[_i].with, conditions[_i].other), -EINVAL);
}
END_TEST

START_TEST(takes_another_set)
{
	ck_assert_int_eq(compare(BEFORE, OTHER), 0);
}
END_TEST

START_TEST(tells_each_reason)
{
	static const char now[] = "set: pensions\nversion: 1\nprotect: [/srv/z]\ngrants: []\n";

	ck_assert_int_eq(compare(now, NULL), -EINVAL);
	/* mode, devices, two paths, a budget */
	ck_assert_uint_eq(found.errors, 5);
}
END_TEST

static Suite *weaken_suite(void)
{
	Suite *suite = suite_create("weaken");
	TCase *tcase = tcase_create("weaken");

	tcase_add_checked_fixture(tcase, weaken_setup, weaken_teardown);
	tcase_add_loop_test(tcase, takes_what_is_stricter, 0, ARRAY_LEN(stricter));
	tcase_add_loop_test(tcase, minds_what_is_weaker, 0, ARRAY_LEN(weaker));
	tcase_add_test(tcase, minds_what_learns);
	tcase_add_test(tcase, minds_what_is_in_executables);
	tcase_add_test(tcase, minds_the_order_of_budgets);
	tcase_add_loop_test(tcase, minds_conditions_that_go, 0, ARRAY_LEN(conditions));
	tcase_add_test(tcase, takes_another_set);
	tcase_add_test(tcase, tells_each_reason);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(weaken_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
