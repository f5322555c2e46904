// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of explain and of expectations
 */
#include <check.h>
#include <string.h>

#include "cleanup.h"
#include "explain.h"
#include "names.h"
#include "scratch_dir.h"

#define POSTGRES "/usr/lib/postgresql/15/bin/postgres"
#define UNIT "postgresql@15-main.service"
#define DIGEST "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"
#define DATA "/var/lib/postgresql/15/main"

/* Lines count: answers name them. */
static const char database[] = "set: database\n"
			       "version: 1\n"
			       "mode: enforce\n"
			       "protect:\n"
			       "  - /var/lib/postgresql/*/*\n" /* 5 */
			       "  - /srv/dumps/*.sql\n"
			       "except:\n"
			       "  - /var/lib/postgresql/*/*/log\n" /* 8 */
			       "  - /var/lib/postgresql/15/main/public\n"
			       "grants:\n"
			       "  - name: server\n" /* 11 */
			       "    exe: /usr/lib/postgresql/*/bin/postgres\n"
			       "    user: no-such-user-here\n"	  /* 13 */
			       "    unit: postgresql@*.service\n" /* 14 */
			       "  - name: backup\n"		  /* 15 */
			       "    exe: /usr/bin/rsync\n"
			       "    user: 34\n"
			       "    unit: backup.service\n" /* 18 */
			       "    mount-namespace: any\n"
			       "  - name: backup-by-hand\n" /* 20 */
			       "    exe: /usr/bin/rsync\n"
			       "    user: root\n"
			       "    unit: any\n"
			       "  - name: office\n" /* 24 */
			       "    exe: /usr/bin/reader\n"
			       "    user: any\n"
			       "    unit: any\n"
			       "    login: alice\n"			/* 28 */
			       "    hours: Mon..Fri 22:00-04:30 Mars\n" /* 29 */
			       "  - name: job\n"
			       "    exe: /usr/bin/tar\n"
			       "    user: any\n"
			       "    unit: job.service\n"
			       "    script: /opt/job\n" /* 34 */
			       "  - name: known\n"
			       "    exe: /usr/bin/sort\n"
			       "    user: any\n"
			       "    unit: any\n"
			       "    sha256: " DIGEST "\n" /* 39 */
			       "  - name: team\n"
			       "    exe: /usr/bin/less\n"
			       "    user: any\n"
			       "    unit: any\n"
			       "    group: pensions\n"; /* 44 */

static const char documents[] = "set: documents\n"
				"version: 1\n"
				"protect:\n"
				"  - /var/lib/postgresql/15/main/public/papers\n" /* 4 */
				"  - /srv/documents\n"
				"grants: []\n";

static const char leaflets[] = "set: leaflets\n"
			       "version: 1\n"
			       "mode: enforce\n"
			       "protect: [/srv/leaflets]\n"
			       "grants:\n"
			       "  - name: reader\n" /* 6 */
			       "    exe: /usr/bin/reader\n"
			       "    user: root\n"
			       "    unit: reader.service\n"
			       "others:\n"
			       "  budget: { files: 10, every: 1h, per: user }\n"; /* 11 */

static struct bw_diagnostics diagnostics;
static struct bw_policies *policies;

static void explain_setup(void)
{
	scratch_setup();
	diagnostics = (struct bw_diagnostics){ 0 };
	scratch_write("a.yaml", database);
	scratch_write("b.yaml", documents);
	scratch_write("c.yaml", leaflets);
	ck_assert_int_eq(bw_policies_load(scratch_path(""), NULL, &diagnostics, &policies), 0);
	bw_diagnostics_done(&diagnostics);
}

static void explain_teardown(void)
{
	bw_policies_free(policies);
	bw_diagnostics_done(&diagnostics);
	scratch_teardown();
}

static const struct {
	const char *name;
	const char *exe;
	const char *user;
	const char *unit;
	bool mount_ns;
	const char *file;
	enum bw_verdict verdict;
	enum bw_reason reason;
	const char *set;
	const char *grant;
	unsigned int line;
} questions[] = {
	{ "granted, and no such user here", POSTGRES, "no-such-user-here", UNIT, false,
	  DATA "/base/5/1", BW_VERDICT_ALLOW, BW_REASON_GRANTED, "database", "server", 11 },
	{ "the directory itself", POSTGRES, "no-such-user-here", UNIT, false, DATA,
	  BW_VERDICT_ALLOW, BW_REASON_GRANTED, "database", "server", 11 },
	{ "a copy", "/tmp/postgres", "no-such-user-here", UNIT, false, DATA "/base/5/1",
	  BW_VERDICT_DENY, BW_REASON_NO_GRANT, "database", NULL, 5 },
	{ "no star crosses a slash", "/usr/lib/postgresql/15/x/bin/postgres", "root", UNIT, false,
	  DATA "/base/5/1", BW_VERDICT_DENY, BW_REASON_NO_GRANT, "database", NULL, 5 },
	{ "below an executable's path", POSTGRES "/x", "root", UNIT, false, DATA "/base/5/1",
	  BW_VERDICT_DENY, BW_REASON_NO_GRANT, "database", NULL, 5 },
	{ "by root", POSTGRES, "root", UNIT, false, DATA "/base/5/1", BW_VERDICT_DENY,
	  BW_REASON_WRONG_USER, "database", "server", 13 },
	{ "by a number that is nobody's", POSTGRES, "4294967294", UNIT, false, DATA "/base/5/1",
	  BW_VERDICT_DENY, BW_REASON_WRONG_USER, "database", "server", 13 },
	{ "outside the unit", POSTGRES, "no-such-user-here", "session-3.scope", false,
	  DATA "/base/5/1", BW_VERDICT_DENY, BW_REASON_WRONG_UNIT, "database", "server", 14 },
	{ "no unit", POSTGRES, "no-such-user-here", "", false, DATA "/base/5/1", BW_VERDICT_DENY,
	  BW_REASON_WRONG_UNIT, "database", "server", 14 },
	{ "namespace of its own", POSTGRES, "no-such-user-here", UNIT, true, DATA "/base/5/1",
	  BW_VERDICT_DENY, BW_REASON_NAMESPACE, "database", "server", 11 },
	{ "namespace of its own, allowed", "/usr/bin/rsync", "34", "backup.service", true,
	  DATA "/base/5/1", BW_VERDICT_ALLOW, BW_REASON_GRANTED, "database", "backup", 15 },
	{ "second grant", "/usr/bin/rsync", "0", "", false, DATA "/base/5/1", BW_VERDICT_ALLOW,
	  BW_REASON_GRANTED, "database", "backup-by-hand", 20 },
	{ "the closer of two grants", "/usr/bin/rsync", "34", "other.service", false,
	  DATA "/base/5/1", BW_VERDICT_DENY, BW_REASON_WRONG_UNIT, "database", "backup", 18 },
	{ "the closer of two grants, second", "/usr/bin/rsync", "root", "other.service", true,
	  DATA "/base/5/1", BW_VERDICT_DENY, BW_REASON_NAMESPACE, "database", "backup-by-hand",
	  20 },
	{ "in no set", "/usr/bin/cat", "root", "", false, "/etc/passwd", BW_VERDICT_ALLOW,
	  BW_REASON_GRANTED, NULL, NULL, 0 },
	{ "above a set", "/usr/bin/cat", "root", "", false, "/var/lib/postgresql/15",
	  BW_VERDICT_ALLOW, BW_REASON_GRANTED, NULL, NULL, 0 },
	{ "another name", "/usr/bin/cat", "root", "", false, "/srv/documents2/x", BW_VERDICT_ALLOW,
	  BW_REASON_GRANTED, NULL, NULL, 0 },
	{ "a dot that no star matches", "/usr/bin/cat", "root", "", false, "/srv/dumps/.sql",
	  BW_VERDICT_ALLOW, BW_REASON_GRANTED, NULL, NULL, 0 },
	{ "a file by pattern", "/usr/bin/cat", "root", "", false, "/srv/dumps/a.sql",
	  BW_VERDICT_DENY, BW_REASON_NO_GRANT, "database", NULL, 6 },
	{ "a path that looks like a pattern", "/usr/bin/cat", "root", "", false,
	  "/srv/dumps/[*.sql", BW_VERDICT_DENY, BW_REASON_NO_GRANT, "database", NULL, 6 },
	{ "cut out", "/usr/bin/cat", "root", "", false, DATA "/log/today", BW_VERDICT_ALLOW,
	  BW_REASON_GRANTED, NULL, NULL, 8 },
	{ "cut out by the nearer entry", "/usr/bin/cat", "root", "", false, DATA "/public/x",
	  BW_VERDICT_ALLOW, BW_REASON_GRANTED, NULL, NULL, 9 },
	{ "protected again by another set", "/usr/bin/cat", "root", "", false,
	  DATA "/public/papers/x", BW_VERDICT_WOULD_DENY, BW_REASON_NO_GRANT, "documents", NULL,
	  4 },
	{ "the hole's own rim", "/usr/bin/cat", "root", "", false, DATA "/public", BW_VERDICT_ALLOW,
	  BW_REASON_GRANTED, NULL, NULL, 9 },
	{ "a set for nobody", POSTGRES, "root", UNIT, false, "/srv/documents",
	  BW_VERDICT_WOULD_DENY, BW_REASON_NO_GRANT, "documents", NULL, 5 },
};

START_TEST(others_are_told_apart)
{
	struct bw_question question = {
		.exe = "/usr/bin/cat",
		.user = "root",
		.unit = "",
		.script = "",
		.group = "",
		.login = "none",
		.file = "/srv/leaflets/x",
	};
	struct bw_answer answer;

	ck_assert_int_eq(bw_explain(policies, &question, &answer), 0);
	ck_assert_int_eq(answer.verdict, BW_VERDICT_ALLOW);
	ck_assert_int_eq(answer.reason, BW_REASON_GRANTED);
	ck_assert(answer.others);
	ck_assert_uint_eq(answer.at.line, 11);

	question.exe = "/usr/bin/reader";
	ck_assert_int_eq(bw_explain(policies, &question, &answer), 0);
	ck_assert(answer.others);

	question.unit = "reader.service";
	ck_assert_int_eq(bw_explain(policies, &question, &answer), 0);
	ck_assert_int_eq(answer.verdict, BW_VERDICT_ALLOW);
	ck_assert(!answer.others);
	ck_assert_str_eq(answer.grant->name, "reader");
	ck_assert_uint_eq(answer.at.line, 6);
}
END_TEST

START_TEST(question_is_answered)
{
	const struct bw_question question = {
		.exe = questions[_i].exe,
		.user = questions[_i].user,
		.unit = questions[_i].unit,
		.script = "",
		.group = "",
		.login = "none",
		.mount_ns = questions[_i].mount_ns,
		.file = questions[_i].file,
	};
	const char *name = questions[_i].name, *set = questions[_i].set;
	const char *grant = questions[_i].grant;
	struct bw_answer answer;

	ck_assert_int_eq(bw_explain(policies, &question, &answer), 0);
	ck_assert_msg(answer.verdict == questions[_i].verdict, "case '%s': verdict %s", name,
		      bw_verdict_name(answer.verdict));
	ck_assert_msg(answer.reason == questions[_i].reason, "case '%s': reason %s", name,
		      bw_reason_name(answer.reason));
	ck_assert_msg(answer.in_set == !!set, "case '%s': in a set, or not", name);
	ck_assert_msg(!!answer.policy == !!questions[_i].line, "case '%s': policy", name);
	ck_assert_msg(answer.at.line == questions[_i].line, "case '%s': line %u", name,
		      answer.at.line);
	ck_assert_msg(!set || !strcmp(answer.policy->set, set), "case '%s': set", name);
	ck_assert_msg(!answer.grant == !grant, "case '%s': grant, or none", name);
	ck_assert_msg(!grant || !strcmp(answer.grant->name, grant), "case '%s': grant", name);
}
END_TEST

static const struct {
	const char *name;
	const char *exe;
	const char *user;
	const char *file;
	int err;
} impossible[] = {
	{ "relative executable", "postgres", "root", "/srv/x", -EINVAL },
	{ "relative file", POSTGRES, "root", "x", -EINVAL },
	{ "empty file", POSTGRES, "root", "", -EINVAL },
	{ "file with ..", POSTGRES, "root", "/srv/../etc/shadow", -EINVAL },
	{ "trailing slash", POSTGRES, "root", "/srv/", -EINVAL },
	{ "unknown user", POSTGRES, "nobody-at-all-here", "/srv/x", -ENOENT },
};

START_TEST(question_makes_no_sense)
{
	const struct bw_question question = {
		.exe = impossible[_i].exe,
		.user = impossible[_i].user,
		.unit = "",
		.script = "",
		.group = "",
		.login = "none",
		.file = impossible[_i].file,
	};
	struct bw_answer answer = { .verdict = 77 };
	int err = bw_explain(policies, &question, &answer);

	ck_assert_msg(err == impossible[_i].err, "case '%s': %d", impossible[_i].name, err);
	ck_assert_int_eq(answer.verdict, 77);
}
END_TEST

/* INV-2: a unit too long to be compared is no unit of a grant. */
START_TEST(long_unit_is_refused)
{
	char unit[4096];
	const struct bw_question question = {
		.exe = POSTGRES,
		.user = "no-such-user-here",
		.unit = unit,
		.script = "",
		.group = "",
		.login = "none",
		.file = DATA,
	};
	struct bw_answer answer;

	memset(unit, 'a', sizeof(unit));
	memcpy(unit, "postgresql@", 11);
	strcpy(unit + sizeof(unit) - 9, ".service");
	ck_assert_int_eq(bw_explain(policies, &question, &answer), 0);
	ck_assert_int_eq(answer.reason, BW_REASON_WRONG_UNIT);
}
END_TEST

/* Where nobody looks at what is in it, it is what the policy says. */
START_TEST(content_is_what_it_should_be)
{
	struct bw_content content = { .sha256 = { 0x6b, 0x86, 0xb2 } };
	struct bw_question question = {
		.exe = "/usr/bin/sort",
		.user = "root",
		.unit = "",
		.script = "",
		.login = "none",
		.file = DATA "/x",
	};
	struct bw_answer answer;

	ck_assert_int_eq(bw_explain(policies, &question, &answer), 0);
	ck_assert_int_eq(answer.reason, BW_REASON_GRANTED);

	question.content = &content;
	ck_assert_int_eq(bw_explain(policies, &question, &answer), 0);
	ck_assert_int_eq(answer.reason, BW_REASON_WRONG_DIGEST);
	ck_assert_uint_eq(answer.at.line, 39);

	memcpy(content.sha256, policies->items[0]->grants[5].sha256.items[0],
	       sizeof(content.sha256));
	ck_assert_int_eq(bw_explain(policies, &question, &answer), 0);
	ck_assert_int_eq(answer.reason, BW_REASON_GRANTED);
}
END_TEST

#define SERVER "exe=" POSTGRES " user=no-such-user-here unit=" UNIT " file=" DATA "/x"
#define READER "exe=/usr/bin/reader user=root file=" DATA "/x "
#define LESS "exe=/usr/bin/less user=root file=" DATA "/x "
#define TAR "exe=/usr/bin/tar user=root unit=job.service file=" DATA "/x "
#define CAT "exe=/usr/bin/cat user=root file=" DATA "/x"

static const struct {
	const char *name;
	const char *text;
	unsigned int run;
	unsigned int failed;
	const char *told;
} expectations[] = {
	{ "empty", "", 0, 0, "" },
	{ "comments", "# one\n\n   # two\n\t\n", 0, 0, "" },
	{ "all hold",
	  "allow " SERVER "\nallow granted " SERVER "  # the server\n"
	  "deny " CAT "\n\tdeny  no-grant\t" CAT "\r\n"
	  "deny namespace mount-namespace=own " SERVER "\nallow mount-namespace=host " SERVER "\n"
	  "allow exe=/usr/bin/cat user=root file=/etc/passwd",
	  7, 0, "" },
	/* The 24th of November 2026 is a Tuesday, the 28th a Saturday. */
	{ "hours and logins",
	  "deny wrong-login " READER "\ndeny wrong-login login=bob " READER "\n"
	  "allow login=alice " READER "\n"
	  "allow login=alice at=2026-11-24T04:29 " READER "\n"
	  "deny wrong-hours login=alice at=2026-11-24T04:30 " READER "\n"
	  "allow login=alice at=2026-11-28T04:29 " READER "\n"
	  "deny wrong-hours login=alice at=2026-11-28T22:00 " READER "\n"
	  "allow at=2026-11-24T12:00 " SERVER,
	  8, 0, "" },
	{ "wrong hours", "allow login=alice at=2026-11-24T04:30 " READER, 1, 1,
	  "x:1:1: error: expected allow, got deny: the grant is for other hours "
	  "(@/a.yaml:29:12)\n" },
	{ "scripts", "allow script=/opt/job " TAR "\ndeny wrong-script script=/opt/jo " TAR, 2, 0,
	  "" },
	{ "wrong script", "allow " TAR, 1, 1,
	  "x:1:1: error: expected allow, got deny: the grant is for what another script has "
	  "started (@/a.yaml:34:13)\n" },
	{ "groups",
	  "allow group=pensions " LESS "\ndeny wrong-group group=root " LESS "\n"
	  "deny wrong-group " LESS,
	  3, 0, "" },
	{ "wrong group", "allow group=0 " LESS, 1, 1,
	  "x:1:1: error: expected allow, got deny: the grant is for another group "
	  "(@/a.yaml:44:12)\n" },
	{ "wrong login", "allow login=none " READER, 1, 1,
	  "x:1:1: error: expected allow, got deny: the grant is for another login user "
	  "(@/a.yaml:28:12)\n" },
	{ "no moment", "allow at=04:30 " READER, 1, 1,
	  "x:1:1: error: 'at=04:30' is no moment; write it as in 'at=2026-11-24T04:31'\n" },
	{ "wrong verdict", "allow " CAT "\n", 1, 1,
	  "x:1:1: error: expected allow, got deny: no grant names this executable "
	  "(@/a.yaml:5:5)\n" },
	{ "wrong reason", "\n  deny wrong-unit " CAT, 1, 1,
	  "x:2:3: error: expected deny wrong-unit, got deny: no grant names this executable "
	  "(@/a.yaml:5:5)\n" },
	{ "granted against expectation", "deny " SERVER, 1, 1,
	  "x:1:1: error: expected deny, got allow: a grant allows it (@/a.yaml:11:5)\n" },
	{ "in no set", "deny exe=/usr/bin/cat user=root file=/etc/passwd", 1, 1,
	  "x:1:1: error: expected deny, got allow: the file is in no set\n" },
	{ "cut out", "deny exe=/usr/bin/cat user=root file=" DATA "/log", 1, 1,
	  "x:1:1: error: expected deny, got allow: the file is in no set (@/a.yaml:8:5)\n" },
	{ "enforcing is more than would-deny", "would-deny " CAT, 1, 1,
	  "x:1:1: error: expected would-deny, got deny: no grant names this executable "
	  "(@/a.yaml:5:5)\n" },
	{ "no verdict", "refuse " CAT, 1, 1,
	  "x:1:1: error: 'refuse' is no verdict; write 'allow', 'deny' or 'would-deny'\n" },
	{ "no reason", "deny becau\xc3\xa9se nonsense " CAT, 1, 1,
	  "x:1:6: error: 'becau\xc3\xa9se' is neither a reason such as 'no-grant' nor a key=value\n"
	  "x:1:15: error: 'nonsense' is neither a reason such as 'no-grant' nor a key=value\n" },
	{ "two reasons", "deny no-grant wrong-user " CAT, 1, 1,
	  "x:1:15: error: 'wrong-user' is out of place; write key=value\n" },
	{ "keys", "deny path=/x exe=/a exe=/b user=root file=/x", 1, 1,
	  "x:1:6: error: unknown key 'path'; the keys are 'exe', 'user', 'unit', 'script', "
	  "'group', 'login', 'at', 'mount-namespace' and 'file'\n"
	  "x:1:21: error: 'exe' is given twice\n" },
	{ "missing", "deny\n", 1, 1, "x:1:1: error: 'exe=', 'user=' and 'file=' are all needed\n" },
	{ "mounts", "deny mount-namespace=any " CAT, 1, 1,
	  "x:1:1: error: 'mount-namespace=any' is unknown; write 'host' or 'own'\n" },
	{ "relative", "deny exe=cat user=root file=/x", 1, 1,
	  "x:1:1: error: 'exe=' and 'file=' must be absolute paths without '.' and '..'\n" },
	{ "unknown user", "deny exe=/cat user=nobody-at-all-here file=/x", 1, 1,
	  "x:1:1: error: no user 'nobody-at-all-here' on this host, and no grant names one; use a "
	  "number\n" },
	{ "some hold", "deny " CAT "\nallow " CAT "\nallow " SERVER "\nwhat\n", 4, 2,
	  "x:2:1: error: expected allow, got deny: no grant names this executable (@/a.yaml:5:5)\n"
	  "x:4:1: error: 'what' is no verdict; write 'allow', 'deny' or 'would-deny'\n"
	  "x:4:1: error: 'exe=', 'user=' and 'file=' are all needed\n" },
};

/* Puts the real paths where "x:" and "@" stand. */
static void told_is(const char *name, const char *expected)
{
	_cleanup_(freep) char *told = diagnostics_text(&diagnostics);
	char whole[4096] = "", *end = whole;

	for (const char *c = expected; *c; c++) {
		bool line_begins = c == expected || c[-1] == '\n';

		if (line_begins)
			end += sprintf(end, "%s", scratch_path("a.expect"));
		else if (*c == '@')
			end += sprintf(end, "%s", scratch_path(""));
		else
			end += sprintf(end, "%c", *c);
	}
	ck_assert_msg(!strcmp(told, whole), "case '%s': told\n%sexpected\n%s", name, told, whole);
}

START_TEST(expectations_are_run)
{
	unsigned int run, failed;
	int err;

	scratch_write("a.expect", expectations[_i].text);
	err = bw_expectations_run(policies->items[0], scratch_path("a.yaml"), &diagnostics, &run,
				  &failed);
	told_is(expectations[_i].name, expectations[_i].told);
	ck_assert_int_eq(err, expectations[_i].failed ? -EINVAL : 0);
	ck_assert_uint_eq(run, expectations[_i].run);
	ck_assert_uint_eq(failed, expectations[_i].failed);
}
END_TEST

START_TEST(deny_holds_in_both_modes)
{
	unsigned int run, failed;

	scratch_write("b.expect", "deny exe=/usr/bin/cat user=root file=/srv/documents/x\n"
				  "would-deny exe=/usr/bin/cat user=root file=/srv/documents/x\n");
	ck_assert_int_eq(bw_expectations_run(policies->items[1], scratch_path("b.expect"),
					     &diagnostics, &run, &failed),
			 0);
	ck_assert_uint_eq(run, 2);
}
END_TEST

START_TEST(expectations_may_be_missing)
{
	unsigned int run, failed;

	ck_assert_int_eq(bw_expectations_run(policies->items[0], scratch_path("a.yaml"),
					     &diagnostics, &run, &failed),
			 -ENOENT);
	ck_assert_uint_eq(diagnostics.len, 0);
}
END_TEST

static const struct {
	const char *name;
	const char *file;
	bool left;
	enum bw_verdict verdict;
	enum bw_reason reason;
} openings[] = {
	{ "something is left", DATA, true, BW_VERDICT_ALLOW, BW_REASON_GLASS },
	{ "nothing is", DATA, false, BW_VERDICT_DENY, BW_REASON_BUDGET_BYTES },
	{ "of a set that monitors", "/srv/documents/x", false, BW_VERDICT_WOULD_DENY,
	  BW_REASON_BUDGET_BYTES },
};

START_TEST(opened_glass_comes_after_grants)
{
	const struct bw_question question = {
		.exe = "/usr/bin/rsync",
		.user = "33",
		.unit = "",
		.script = "",
		.group = "",
		.login = "none",
		.file = openings[_i].file,
	};
	struct bw_answer answer;

	ck_assert_int_eq(bw_explain(policies, &question, &answer), 0);
	ck_assert_int_ne(answer.verdict, BW_VERDICT_ALLOW);
	bw_explain_glass(&answer, openings[_i].left);
	ck_assert_msg(answer.verdict == openings[_i].verdict &&
			      answer.reason == openings[_i].reason,
		      "case '%s': %d for %d", openings[_i].name, answer.verdict, answer.reason);
	ck_assert_ptr_null(answer.grant);
	ck_assert_uint_eq(answer.at.line, 0);
}
END_TEST

static Suite *explain_suite(void)
{
	Suite *suite = suite_create("explain");
	TCase *tcase = tcase_create("explain");

	tcase_add_checked_fixture(tcase, explain_setup, explain_teardown);
	tcase_add_test(tcase, others_are_told_apart);
	tcase_add_loop_test(tcase, question_is_answered, 0, ARRAY_LEN(questions));
	tcase_add_loop_test(tcase, question_makes_no_sense, 0, ARRAY_LEN(impossible));
	tcase_add_test(tcase, long_unit_is_refused);
	tcase_add_test(tcase, content_is_what_it_should_be);
	tcase_add_loop_test(tcase, opened_glass_comes_after_grants, 0, ARRAY_LEN(openings));
	tcase_add_loop_test(tcase, expectations_are_run, 0, ARRAY_LEN(expectations));
	tcase_add_test(tcase, deny_holds_in_both_modes);
	tcase_add_test(tcase, expectations_may_be_missing);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(explain_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
