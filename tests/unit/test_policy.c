// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the policy parser, with the files of tests/policies
 */
#include <check.h>
#include <glob.h>
#include <limits.h>
#include <string.h>

#include "cleanup.h"
#include "policy.h"
#include "scratch_dir.h"

#define BAD "tests/policies/bad/"
#define GOOD "tests/policies/good/"

#define HEAD "set: documents\nversion: 1\n"
#define PROTECT "protect:\n  - /srv/documents\n"
#define GRANTS "grants: []\n"
#define FULL HEAD PROTECT GRANTS "#"
#define SIZE_LEFT (BW_POLICY_SIZE_MAX - (sizeof(FULL) - 1))

static glob_t bad_files, good_files;

static struct bw_diagnostics diagnostics;
static struct bw_policy *policy;

static void parse_setup(void)
{
	diagnostics = (struct bw_diagnostics){ 0 };
	policy = NULL;
}

static void parse_teardown(void)
{
	bw_policy_free(policy);
	bw_diagnostics_done(&diagnostics);
}

static int parse(const char *name, const char *text, size_t len)
{
	/* Exactly as many bytes: valgrind and ASan see a look beyond them. */
	char *bytes = malloc(len ? len : 1);
	int err;

	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, text, len);
	err = bw_policy_parse(name, bytes, len, &diagnostics, &policy);
	free(bytes);
	return err;
}

/* What ought to be said about "x.yaml": "x.expected", or nothing. */
static char *expected_text(const char *path, bool needed)
{
	char expected[PATH_MAX];
	size_t len;

	snprintf(expected, sizeof(expected), "%.*s.expected", (int)strlen(path) - 5, path);
	if (!needed && access(expected, F_OK))
		return calloc(1, 1);

	return file_bytes(expected, &len);
}

static int corpus_parse(const char *path, bool bad)
{
	_cleanup_(freep) char *expected = expected_text(path, bad);
	_cleanup_(freep) char *text = NULL, *told = NULL;
	size_t len;
	int err;

	text = file_bytes(path, &len);
	err = parse(strrchr(path, '/') + 1, text, len);
	told = diagnostics_text(&diagnostics);
	ck_assert_msg(!strcmp(told, expected), "'%s'\ntold:\n%sexpected:\n%s", path, told,
		      expected);
	return err;
}

START_TEST(refuses_the_wrong_file)
{
	const char *path = bad_files.gl_pathv[_i];

	ck_assert_msg(corpus_parse(path, true) == -EINVAL, "'%s' was taken", path);
	ck_assert_msg(!policy, "'%s' gave a policy", path);
	ck_assert_uint_gt(diagnostics.errors, 0);
}
END_TEST

START_TEST(takes_the_right_file)
{
	const char *path = good_files.gl_pathv[_i];

	ck_assert_msg(corpus_parse(path, false) == 0, "'%s' was refused", path);
	ck_assert_ptr_nonnull(policy);
	ck_assert_uint_eq(diagnostics.errors, 0);
}
END_TEST

START_TEST(corpus_is_there)
{
	ck_assert_uint_ge(bad_files.gl_pathc, 45);
	ck_assert_uint_ge(good_files.gl_pathc, 5);
}
END_TEST

static void position_is(struct bw_position at, unsigned int line, unsigned int column)
{
	ck_assert_uint_eq(at.line, line);
	ck_assert_uint_eq(at.column, column);
}

START_TEST(reads_every_key)
{
	const struct bw_policy_grant *grant;

	ck_assert_int_eq(corpus_parse(GOOD "everything.yaml", false), 0);
	ck_assert_str_eq(policy->file, "everything.yaml");
	ck_assert_str_eq(policy->set, "pension-db");
	position_is(policy->set_at, 3, 6);
	ck_assert_uint_eq(policy->version, UINT_MAX);
	ck_assert_int_eq(policy->mode, BW_MODE_ENFORCE);
	ck_assert_uint_eq(policy->severity, 10);
	ck_assert_uint_eq(policy->protect_len, 3);
	ck_assert_str_eq(policy->protect[1].path, "/srv/dumps/*.sql");
	position_is(policy->protect[1].at, 9, 5);
	ck_assert_uint_eq(policy->except_len, 2);
	ck_assert_str_eq(policy->except[0].path, "/var/lib/postgresql/15/main/log");
	position_is(policy->except[0].at, 12, 5);
	ck_assert_uint_eq(policy->grants_len, 4);

	grant = &policy->grants[0];
	ck_assert_str_eq(grant->name, "server");
	ck_assert_str_eq(grant->exe, "/usr/lib/postgresql/*/bin/postgres");
	ck_assert_str_eq(grant->user, "postgres");
	ck_assert_str_eq(grant->unit, "postgresql@*.service");
	ck_assert_str_eq(grant->reason, "The database server.");
	ck_assert(grant->any_mounts);
	position_is(grant->at, 15, 5);
	position_is(grant->exe_at, 16, 10);
	position_is(grant->user_at, 17, 11);
	position_is(grant->unit_at, 18, 11);

	grant = &policy->grants[1];
	ck_assert_str_eq(grant->user, "34");
	ck_assert(!grant->any_mounts);
	ck_assert_str_eq(grant->reason, "The nightly backup, which copies the files themselves.\n");

	ck_assert_uint_eq(policy->tracers_len, 1);
	ck_assert_str_eq(policy->tracers[0].name, "sensor");
	ck_assert_str_eq(policy->tracers[0].unit, "edr.service");
}
END_TEST

START_TEST(fills_in_what_is_left_out)
{
	ck_assert_int_eq(corpus_parse(GOOD "minimal.yaml", false), 0);
	ck_assert_int_eq(policy->mode, BW_MODE_MONITOR);
	ck_assert_uint_eq(policy->severity, 5);
	ck_assert_uint_eq(policy->except_len, 0);
	ck_assert_uint_eq(policy->grants_len, 0);
}
END_TEST

/* Makes a text of @head, @count times @item and @tail; malloc'ed. */
static char *text_repeat(const char *head, const char *item, size_t count, const char *tail)
{
	char *text = malloc(strlen(head) + count * strlen(item) + strlen(tail) + 1), *end;

	ck_assert_ptr_nonnull(text);
	end = stpcpy(text, head);
	for (size_t i = 0; i < count; i++)
		end = stpcpy(end, item);
	strcpy(end, tail);
	return text;
}

static const struct {
	const char *name;
	const char *head;
	const char *item;
	size_t count;
	const char *tail;
	const char *told;
} limits[] = {
	{ "size: just right", FULL, "x", SIZE_LEFT, "", "" },
	{ "size: a byte too much", FULL, "x", SIZE_LEFT + 1, "",
	  "x: error: larger than 256 KiB; a policy is a short text\n" },
	{ "paths: a hole too many", HEAD PROTECT "except:\n", "  - /srv/documents/a\n", 1025,
	  GRANTS, "x:6:3: error: 'except' has 1025 entries; 1024 is the most\n" },
	{ "grants: one too many", HEAD PROTECT "grants:\n", "  - {}\n", 257, "",
	  "x:6:3: error: 'grants' has 257 entries; 256 is the most\n" },
	{ "depth: flow", "set: ", "[", 100000, "",
	  "x:1:13: error: nested deeper than 8 levels; a policy needs 4\n" },
	{ "depth: block", "", "- ", 100000, "x",
	  "x:1:17: error: nested deeper than 8 levels; a policy needs 4\n" },
	{ "depth: mappings", "", "? ", 100000, "x",
	  "x:1:17: error: nested deeper than 8 levels; a policy needs 4\n" },
	{ "one long key", "", "k", 100000, ": 1\n" HEAD PROTECT GRANTS,
	  "x:1:100001: error: not valid YAML: a second ': ' in one value; put the value in "
	  "quotes, or correct the indentation\n" },
	{ "one long value", HEAD PROTECT GRANTS "mode: ", "m", 100000, "",
	  "x:6:7: error: 'mode' is longer than 32 bytes\n" },
};

START_TEST(keeps_its_limits)
{
	_cleanup_(freep) char *text =
		text_repeat(limits[_i].head, limits[_i].item, limits[_i].count, limits[_i].tail);
	_cleanup_(freep) char *told = NULL;
	int err = parse("x", text, strlen(text));

	told = diagnostics_text(&diagnostics);
	ck_assert_msg(!strcmp(told, limits[_i].told), "case '%s': told\n%s", limits[_i].name, told);
	ck_assert_int_eq(err, *told ? -EINVAL : 0);
}
END_TEST

START_TEST(stops_telling_in_time)
{
	_cleanup_(freep) char *text = text_repeat("", "a: 1\n", 5000, "");
	const struct bw_diagnostic *last;

	ck_assert_int_eq(parse("x", text, strlen(text)), -EINVAL);
	ck_assert_uint_eq(diagnostics.len, 101);
	last = &diagnostics.items[100];
	ck_assert_str_eq(last->text, "4904 more like these are not shown");
	position_is(last->at, 0, 0);
}
END_TEST

START_TEST(survives_being_cut_off)
{
	_cleanup_(freep) char *text = NULL;
	size_t len;

	text = file_bytes(GOOD "everything.yaml", &len);
	for (size_t cut = 0; cut < len; cut++) {
		(void)parse("x", text, cut);
		parse_teardown();
		parse_setup();
	}
}
END_TEST

START_TEST(survives_any_byte_anywhere)
{
	static const char bytes[] = "\0\t\n\r :-[]{}&*!|>'\"%@#,?\\\x80\xff";
	_cleanup_(freep) char *text = NULL;
	size_t len;

	text = file_bytes(GOOD "everything.yaml", &len);
	for (size_t at = 0; at < len; at++) {
		char was = text[at];

		text[at] = bytes[at % (sizeof(bytes) - 1)];
		(void)parse("x", text, len);
		parse_teardown();
		parse_setup();
		text[at] = was;
	}
}
END_TEST

START_TEST(formats_on_one_line)
{
	static const struct bw_position at = { 3, 7 }, nowhere = { 0, 0 };
	_cleanup_(freep) char *told = NULL;

	ck_assert_int_eq(bw_diagnostics_add(&diagnostics, "a\nb", at, false, "it's %d\t%s", 5,
					    "\x1b[31m\xff"),
			 0);
	ck_assert_int_eq(bw_diagnostics_add(&diagnostics, "relevé", nowhere, true, "資料"), 0);
	ck_assert_uint_eq(diagnostics.errors, 1);
	told = diagnostics_text(&diagnostics);
	ck_assert_str_eq(told, "a\\x0ab:3:7: error: it's 5\\x09\\x1b[31m\\xff\n"
			       "relevé: warning: 資料\n");
}
END_TEST

static Suite *policy_suite(void)
{
	Suite *suite = suite_create("policy");
	TCase *tcase = tcase_create("parse");

	tcase_add_checked_fixture(tcase, parse_setup, parse_teardown);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, corpus_is_there);
	tcase_add_loop_test(tcase, refuses_the_wrong_file, 0, bad_files.gl_pathc);
	tcase_add_loop_test(tcase, takes_the_right_file, 0, good_files.gl_pathc);
	tcase_add_test(tcase, reads_every_key);
	tcase_add_test(tcase, fills_in_what_is_left_out);
	tcase_add_loop_test(tcase, keeps_its_limits, 0, ARRAY_LEN(limits));
	tcase_add_test(tcase, stops_telling_in_time);
	tcase_add_test(tcase, survives_being_cut_off);
	tcase_add_test(tcase, survives_any_byte_anywhere);
	tcase_add_test(tcase, formats_on_one_line);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner;
	int failed;

	(void)glob(BAD "*.yaml", 0, NULL, &bad_files);
	(void)glob(GOOD "*.yaml", 0, NULL, &good_files);
	runner = srunner_create(policy_suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	globfree(&bad_files);
	globfree(&good_files);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
