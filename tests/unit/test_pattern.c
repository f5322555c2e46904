// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of path patterns, and of what text may hold
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "pattern.h"
#include "text.h"

static const struct {
	const char *path;
	const char *normal;
	const char *fault;
} paths[] = {
	{ "/", "/", NULL },
	{ "/srv/a b", "/srv/a b", NULL },
	{ "/srv/...", "/srv/...", NULL },
	{ "/srv/[]a]", "/srv/[]a]", NULL },
	{ "/srv/[!]a]", "/srv/[!]a]", NULL },
	{ "/srv/\\[a", "/srv/\\[a", NULL },
	{ "/srv/a]", "/srv/a]", NULL },
	{ "/srv/\\*\\*", "/srv/\\*\\*", NULL },
	{ "/srv/a\\\\", "/srv/a\\\\", NULL },
	{ "", "/", "is not absolute: it must begin with '/'" },
	{ "srv", "/srv", "is not absolute: it must begin with '/'" },
	{ "//", "/", "has a doubled '/'" },
	{ "/srv/", "/srv", "ends in '/'" },
	{ "/srv//", "/srv", "has a doubled '/'" },
	{ "//srv", "/srv", "has a doubled '/'" },
	{ "/./srv", "/srv", "has a '.' part" },
	{ "/srv/.", "/srv", "has a '.' part" },
	{ "/..", "/", "has a '..' part" },
	{ "/a/b/../../../c", "/c", "has a '..' part" },
	{ "/srv/[", "/srv/[", "has a '[' without its ']': close it, or write '\\['" },
	{ "/srv/[]", "/srv/[]", "has a '[' without its ']': close it, or write '\\['" },
	{ "/srv/[^]", "/srv/[^]", "has a '[' without its ']': close it, or write '\\['" },
	{ "/srv/[a]/[b", "/srv/[a]/[b", "has a '[' without its ']': close it, or write '\\['" },
	{ "/srv/[a/b]", "/srv/[a/b]", "has a '[' without its ']': close it, or write '\\['" },
	{ "/srv/a\\\\\\", "/srv/a\\\\\\", "has a '\\' that escapes nothing" },
};

START_TEST(path_is_judged)
{
	const char *fault = bw_path_fault(paths[_i].path);
	_cleanup_(freep) char *normal = bw_path_normalise(paths[_i].path);

	ck_assert_str_eq(normal, paths[_i].normal);
	ck_assert_msg(!fault == !paths[_i].fault, "'%s' %s", paths[_i].path, fault);
	if (fault)
		ck_assert_str_eq(fault, paths[_i].fault);
}
END_TEST

static const struct {
	const char *pattern;
	const char *path;
	const char *covered;
} covers[] = {
	{ "/srv", "/srv", "/srv" },
	{ "/srv", "/srv/a/b", "/srv" },
	{ "/srv", "/srv2", "" },
	{ "/srv/a", "/srv", "" },
	{ "/", "/srv", "/" },
	{ "/", "/", "/" },
	{ "/srv/*", "/srv", "" },
	{ "/srv/*", "/srv/a", "/srv/a" },
	{ "/srv/*", "/srv/a/b", "/srv/a" },
	{ "/srv/*", "/srv/.a", "" },
	{ "/srv/.*", "/srv/.a", "/srv/.a" },
	{ "/srv/?", "/srv/a", "/srv/a" },
	{ "/srv/?", "/srv/aa", "" },
	{ "/srv/[a-c]x", "/srv/bx/y", "/srv/bx" },
	{ "/srv/\\*", "/srv/*", "/srv/*" },
	{ "/srv/\\*", "/srv/a", "" },
	{ "/*/a", "/srv/a/b", "/srv/a" },
};

START_TEST(pattern_covers_a_path)
{
	size_t len = bw_pattern_covers(covers[_i].pattern, covers[_i].path);

	ck_assert_msg(len == strlen(covers[_i].covered), "'%s' covers %zu bytes of '%s'",
		      covers[_i].pattern, len, covers[_i].path);
}
END_TEST

static const struct {
	const char *outer;
	const char *inner;
	enum bw_relation relation;
} relations[] = {
	{ "/srv", "/srv", BW_RELATION_INSIDE },
	{ "/srv", "/srv/a", BW_RELATION_INSIDE },
	{ "/srv/a", "/srv", BW_RELATION_APART },
	{ "/srv", "/srv2", BW_RELATION_APART },
	{ "/srv/*", "/srv/a", BW_RELATION_INSIDE },
	{ "/srv/*", "/srv/*", BW_RELATION_INSIDE },
	{ "/srv/*", "/srv/a*/b", BW_RELATION_INSIDE },
	{ "/srv/*", "/srv/.a*", BW_RELATION_MAYBE },
	{ "/srv/*", "/srv/\\.a", BW_RELATION_MAYBE },
	{ "/srv/a", "/srv/*", BW_RELATION_MAYBE },
	{ "/srv/a", "/srv/b*", BW_RELATION_APART },
	{ "/srv/a*", "/srv/*b", BW_RELATION_MAYBE },
	{ "/srv/a*/x", "/srv/*b/y", BW_RELATION_APART },
	{ "/srv/a*", "/srv/ab/c", BW_RELATION_INSIDE },
};

START_TEST(patterns_relate)
{
	ck_assert_msg(bw_pattern_relation(relations[_i].outer, relations[_i].inner) ==
			      relations[_i].relation,
		      "'%s' and '%s'", relations[_i].outer, relations[_i].inner);
}
END_TEST

static const struct {
	const char *pattern;
	const char *vital;
} vitals[] = {
	{ "/", "/" },
	{ "/usr", "/usr" },
	{ "/usr/local", NULL },
	{ "/us?", "/usr" },
	{ "/*", "/bin" },
	{ "/*/*", "/etc/bulwark" },
	{ "/*/share", "/usr/share" },
	{ "/srv", NULL },
	{ "/srv/*", NULL },
	{ "/home", NULL },
	{ "/etc/ssl", NULL },
	{ "/etc/bulwark/policy.d/x.yaml", "/etc/bulwark" },
	{ "/proc/self", "/proc" },
	{ "/sys/fs/bpf", "/sys" },
	{ "/dev", "/dev" },
	{ "/dev/sda", "/dev" },
	{ "/dev/shm", NULL },
	{ "/dev/shm/x", NULL },
	{ "/var/lib/postgresql", NULL },
	{ "/var/lib/*/*", NULL },
};

START_TEST(vital_places_are_known)
{
	const char *path = NULL, *why = bw_pattern_vital(vitals[_i].pattern, &path);

	ck_assert_msg(!why == !vitals[_i].vital, "'%s': %s", vitals[_i].pattern, why);
	if (why)
		ck_assert_str_eq(path, vitals[_i].vital);
}
END_TEST

static const struct {
	const char *word;
	const char *meant;
} words[] = {
	{ "monitor", "monitor" },
	{ "Monitor", "monitor" },
	{ "montior", "monitor" },
	{ "monitors", "monitor" },
	{ "enforced", "enforce" },
	{ "enforse", "enforce" },
	{ "mount_namespace", "mount-namespace" },
	{ "mountnamespace", "mount-namespace" },
	{ "exe", NULL },
	{ "", NULL },
	{ "m", NULL },
	{ "permissive", NULL },
	{ "monitormonitormonitormonitormonitormonitor", NULL },
};

START_TEST(word_is_guessed)
{
	static const char *const known[] = { "monitor", "enforce", "mount-namespace" };
	const char *meant = bw_word_suggest(words[_i].word, known, ARRAY_LEN(known));

	ck_assert_msg(!meant == !words[_i].meant, "'%s': %s", words[_i].word, meant);
	if (meant)
		ck_assert_str_eq(meant, words[_i].meant);
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
	uint32_t character;
} sequences[] = {
	{ "a", 1, 'a' },
	{ "\x7f", 1, 0x7f },
	{ "\xc3\xa9", 2, 0xe9 },
	{ "\xe2\x82\xac", 3, 0x20ac },
	{ "\xf0\x9f\x94\x92", 4, 0x1f512 },
	{ "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
	{ "\x80", 0, 0 },
	{ "\xc3", 0, 0 },
	{ "\xc3(", 0, 0 },
	{ "\xc0\x80", 0, 0 },
	{ "\xe0\x80\x80", 0, 0 },
	{ "\xed\xa0\x80", 0, 0 },
	{ "\xf4\x90\x80\x80", 0, 0 },
	{ "\xf0\x80\x80\x80", 0, 0 },
	{ "\xff", 0, 0 },
};

START_TEST(characters_are_decoded)
{
	uint32_t character = 0;
	size_t len = bw_utf8_decode(sequences[_i].bytes, strlen(sequences[_i].bytes), &character);

	ck_assert_uint_eq(len, sequences[_i].len);
	ck_assert_uint_eq(character, sequences[_i].character);
}
END_TEST

START_TEST(hidden_characters_are_escaped)
{
	_cleanup_(freep) char *escaped =
		bw_text_escape("a\x1b[0m\xc2\x85\xe2\x80\xae\xe2\x82\xac\xff\n");

	ck_assert_str_eq(escaped, "a\\x1b[0m\\xc2\\x85\\xe2\\x80\\xae\xe2\x82\xac\\xff\\x0a");
}
END_TEST

static Suite *pattern_suite(void)
{
	Suite *suite = suite_create("pattern");
	TCase *tcase = tcase_create("pattern");

	tcase_add_loop_test(tcase, path_is_judged, 0, ARRAY_LEN(paths));
	tcase_add_loop_test(tcase, pattern_covers_a_path, 0, ARRAY_LEN(covers));
	tcase_add_loop_test(tcase, patterns_relate, 0, ARRAY_LEN(relations));
	tcase_add_loop_test(tcase, vital_places_are_known, 0, ARRAY_LEN(vitals));
	tcase_add_loop_test(tcase, word_is_guessed, 0, ARRAY_LEN(words));
	tcase_add_loop_test(tcase, characters_are_decoded, 0, ARRAY_LEN(sequences));
	tcase_add_test(tcase, hidden_characters_are_escaped);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(pattern_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
