// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of loading policies: directories, trust, sets side by side
 */
#include <check.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "policy.h"
#include "scratch_dir.h"

#define POLICY(set, protect, rest) \
	"set: " set "\nversion: 1\nprotect:\n  - " protect "\n" rest "grants: []\n"

static struct bw_diagnostics diagnostics;
static struct bw_policies *policies;

static void load_setup(void)
{
	scratch_setup();
	diagnostics = (struct bw_diagnostics){ 0 };
	policies = NULL;
}

static void load_teardown(void)
{
	bw_policies_free(policies);
	bw_diagnostics_done(&diagnostics);
	scratch_teardown();
}

/* Loads, and compares what is told; @expected holds "@" for the directory. */
static int load_tells(const char *name, bool trusted, const char *expected)
{
	int err = bw_policies_load(scratch_path(name), trusted ? &bw_policy_trusted : NULL,
				   &diagnostics, &policies);
	_cleanup_(freep) char *told = diagnostics_text(&diagnostics);
	const char *directory = scratch_path("");
	char whole[8192] = "", *end = whole;

	for (; *expected; expected++)
		end += *expected == '@' ? sprintf(end, "%s", directory)
					: sprintf(end, "%c", *expected);
	ck_assert_str_eq(told, whole);
	ck_assert_msg(!err == !!policies, "error %d and policies, or neither", err);
	return err;
}

START_TEST(takes_an_empty_directory)
{
	ck_assert_int_eq(load_tells("", false, ""), 0);
	ck_assert_uint_eq(policies->len, 0);
}
END_TEST

START_TEST(takes_files_in_the_order_of_their_names)
{
	scratch_write("20-b.yaml", POLICY("b", "/srv/b", ""));
	scratch_write("10-a.yaml", POLICY("a", "/srv/a", ""));
	scratch_write("30-c.yaml", POLICY("c", "/srv/c", ""));
	scratch_write("README", "nothing: to read\n");
	scratch_write("10-a.expect", "nothing to read\n");
	scratch_write("10-a.yaml.dpkg-dist", "nothing to read\n");
	scratch_write(".40-d.yaml", "nothing to read\n");
	ck_assert_int_eq(load_tells("", false, ""), 0);
	ck_assert_uint_eq(policies->len, 3);
	ck_assert_str_eq(policies->items[0]->set, "a");
	ck_assert_str_eq(policies->items[0]->file, scratch_path("10-a.yaml"));
	ck_assert_str_eq(policies->items[1]->set, "b");
	ck_assert_str_eq(policies->items[2]->set, "c");
}
END_TEST

START_TEST(takes_one_file)
{
	scratch_write("a.yaml", POLICY("a", "/srv/a", ""));
	ck_assert_int_eq(load_tells("a.yaml", false, ""), 0);
	ck_assert_uint_eq(policies->len, 1);
}
END_TEST

START_TEST(trims_the_directory)
{
	scratch_write("a.yaml", POLICY("A", "/srv/a", ""));
	ck_assert_int_eq(load_tells("/", false,
				    "@/a.yaml:1:6: error: 'set: A' is not a valid name; use small "
				    "letters, digits and '-', begin with a letter or digit\n"),
			 -EINVAL);
}
END_TEST

START_TEST(warns_of_a_mistaken_suffix)
{
	scratch_write("a.yml", POLICY("a", "/srv/a", ""));
	ck_assert_int_eq(load_tells("", false,
				    "@: warning: 'a.yml' is not read: the names of policies end in "
				    "'.yaml'\n"),
			 0);
	ck_assert_uint_eq(policies->len, 0);
}
END_TEST

START_TEST(says_what_cannot_be_opened)
{
	ck_assert_int_eq(load_tells("none.yaml", false,
				    "@/none.yaml: error: can't be opened: No such file or "
				    "directory\n"),
			 -ENOENT);
}
END_TEST

START_TEST(goes_on_after_a_bad_entry)
{
	ck_assert_int_eq(mkfifo(scratch_path("a.yaml"), 0600), 0);
	ck_assert_int_eq(mkdir(scratch_path("b.yaml"), 0700), 0);
	ck_assert_int_eq(symlink("nowhere", scratch_path("c.yaml")), 0);
	scratch_write("d.yaml", "set: d\n");
	scratch_write("e.yaml", POLICY("e", "/srv/e", ""));
	scratch_write("f.yaml", POLICY("e", "/srv/f", ""));
	(void)load_tells("", false,
			 "@/a.yaml: error: it is not a regular file\n"
			 "@/b.yaml: error: it is not a regular file\n"
			 "@/c.yaml: error: can't be opened: No such file or directory\n"
			 "@/d.yaml:1:1: error: 'version' is missing; begin with 'version: 1'\n"
			 "@/d.yaml:1:1: error: 'protect' is missing; list what is to be protected\n"
			 "@/d.yaml:1:1: error: 'grants' is missing; say who may read, or "
			 "'grants: []' for nobody\n"
			 "@/f.yaml:1:6: error: a second set is named 'e'; the first is in "
			 "@/e.yaml:1:6\n");
}
END_TEST

static const struct {
	const char *name;
	const char *a;
	const char *b;
	const char *told;
} pairs[] = {
	{ "apart", POLICY("a", "/srv/a", ""), POLICY("b", "/srv/b", ""), "" },
	{ "alike, but another name", POLICY("a", "/srv/a", ""), POLICY("b", "/srv/ab", ""), "" },
	{ "same name", POLICY("a", "/srv/a", ""), POLICY("a", "/srv/b", ""),
	  "@/b.yaml:1:6: error: a second set is named 'a'; the first is in @/a.yaml:1:6\n" },
	{ "disks in both", POLICY("a", "/srv/a", "devices: under-sets\n"),
	  POLICY("b", "/srv/b", "devices: under-sets\n"),
	  "@/b.yaml:5:10: error: the set 'a' has 'devices' as well (@/a.yaml:5:10); the disks can "
	  "be "
	  "in one set only\n" },
	{ "disks in one", POLICY("a", "/srv/a", "devices: under-sets\n"),
	  POLICY("b", "/srv/b", "devices: open\n"), "" },
	{ "same path", POLICY("a", "/srv/a", ""), POLICY("b", "/srv/a", ""),
	  "@/b.yaml:4:5: error: '/srv/a' is protected by the set 'a', too (@/a.yaml:4:5); sets may "
	  "not overlap: remove one\n" },
	{ "second inside", POLICY("a", "/srv", ""), POLICY("b", "/srv/b", ""),
	  "@/b.yaml:4:5: error: '/srv/b' lies in '/srv' of the set 'a' (@/a.yaml:4:5); sets may "
	  "not "
	  "overlap: cut it out there with 'except'\n" },
	{ "first inside", POLICY("a", "/srv/x/a", ""), POLICY("b", "/srv", ""),
	  "@/a.yaml:4:5: error: '/srv/x/a' lies in '/srv' of the set 'b' (@/b.yaml:4:5); sets may "
	  "not overlap: cut it out there with 'except'\n" },
	{ "inside a pattern", POLICY("a", "/srv/*", ""), POLICY("b", "/srv/b/c", ""),
	  "@/b.yaml:4:5: error: '/srv/b/c' lies in '/srv/*' of the set 'a' (@/a.yaml:4:5); sets "
	  "may "
	  "not overlap: cut it out there with 'except'\n" },
	{ "a dot that no star matches", POLICY("a", "/srv/*", ""), POLICY("b", "/srv/.b", ""), "" },
	{ "patterns that only files can tell apart", POLICY("a", "/srv/a*", ""),
	  POLICY("b", "/srv/*b", ""), "" },
	{ "cut out", POLICY("a", "/srv", "except:\n  - /srv/b\n"), POLICY("b", "/srv/b", ""), "" },
	{ "below what is cut out", POLICY("a", "/srv", "except:\n  - /srv/b\n"),
	  POLICY("b", "/srv/b/c", ""), "" },
	{ "above what is cut out", POLICY("a", "/srv", "except:\n  - /srv/b/c\n"),
	  POLICY("b", "/srv/b", ""),
	  "@/b.yaml:4:5: error: '/srv/b' lies in '/srv' of the set 'a' (@/a.yaml:4:5); sets may "
	  "not "
	  "overlap: cut it out there with 'except'\n" },
	{ "cut out in the other set", POLICY("a", "/srv", ""),
	  POLICY("b", "/srv/b", "except:\n  - /srv/b/c\n"),
	  "@/b.yaml:4:5: error: '/srv/b' lies in '/srv' of the set 'a' (@/a.yaml:4:5); sets may "
	  "not "
	  "overlap: cut it out there with 'except'\n" },
};

START_TEST(compares_sets)
{
	int err;

	scratch_write("a.yaml", pairs[_i].a);
	scratch_write("b.yaml", pairs[_i].b);
	err = load_tells("", false, pairs[_i].told);
	ck_assert_msg(err == (*pairs[_i].told ? -EINVAL : 0), "case '%s': %d", pairs[_i].name, err);
}
END_TEST

/* --- Trust: needs root, who alone can give files away ------------------------- */

static const struct {
	const char *name;
	mode_t mode;
	uid_t uid;
	mode_t dir_mode;
	uid_t dir_uid;
	const char *told;
} trusts[] = {
	{ "root's", 0644, 0, 0755, 0, "" },
	{ "root's alone", 0600, 0, 0700, 0, "" },
	{ "another's file", 0644, 1, 0755, 0,
	  "@/d/a.yaml: error: it belongs to user 1; only what root owns is trusted: chown root\n" },
	{ "the group writes", 0664, 0, 0755, 0,
	  "@/d/a.yaml: error: the group 0 can write it; only root may: chmod g-w\n" },
	{ "all is wrong", 0666, 1, 0755, 0,
	  "@/d/a.yaml: error: it belongs to user 1; only what root owns is trusted: chown root\n"
	  "@/d/a.yaml: error: the group 0 can write it; only root may: chmod g-w\n"
	  "@/d/a.yaml: error: everybody can write it; only root may: chmod o-w\n" },
	{ "another's directory", 0644, 0, 0755, 1,
	  "@/d: error: @/d belongs to user 1; only what root owns is trusted: chown root\n" },
	{ "the group writes the directory", 0644, 0, 0775, 0,
	  "@/d: error: the group 0 can write @/d; only root may: chmod g-w\n" },
	{ "sticky is not enough here", 0644, 0, 01777, 0,
	  "@/d: error: the group 0 can write @/d; only root may: chmod g-w\n"
	  "@/d: error: everybody can write @/d; only root may: chmod o-w\n" },
};

static void trust_prepare(size_t index)
{
	ck_assert_int_eq(mkdir(scratch_path("d"), 0755), 0);
	scratch_write("d/a.yaml", POLICY("a", "/srv/a", ""));
	ck_assert_int_eq(chown(scratch_path("d/a.yaml"), trusts[index].uid, 0), 0);
	ck_assert_int_eq(chmod(scratch_path("d/a.yaml"), trusts[index].mode), 0);
	ck_assert_int_eq(chown(scratch_path("d"), trusts[index].dir_uid, 0), 0);
	ck_assert_int_eq(chmod(scratch_path("d"), trusts[index].dir_mode), 0);
}

START_TEST(trusts_root_alone)
{
	int err;

	trust_prepare(_i);
	err = load_tells("d", true, trusts[_i].told);
	ck_assert_msg(err == (*trusts[_i].told ? -EINVAL : 0), "case '%s': %d", trusts[_i].name,
		      err);
}
END_TEST

START_TEST(reads_all_without_trust)
{
	trust_prepare(_i);
	ck_assert_int_eq(load_tells("d", false, ""), 0);
}
END_TEST

START_TEST(looks_above_the_directory)
{
	trust_prepare(0);
	ck_assert_int_eq(chmod(scratch_path(""), 0777), 0);
	ck_assert_int_eq(load_tells("d", true,
				    "@/d: error: the group 0 can write @; only root may: chmod "
				    "g-w\n@/d: error: everybody can write @; only root may: chmod "
				    "o-w\n"),
			 -EINVAL);
}
END_TEST

START_TEST(takes_a_sticky_directory_above)
{
	trust_prepare(0);
	ck_assert_int_eq(chmod(scratch_path(""), 01777), 0);
	ck_assert_int_eq(load_tells("d", true, ""), 0);
}
END_TEST

START_TEST(looks_above_a_single_file)
{
	trust_prepare(6);
	ck_assert_int_eq(load_tells("d/a.yaml", true,
				    "@/d/a.yaml: error: the group 0 can write @/d; only root may: "
				    "chmod g-w\n"),
			 -EINVAL);
}
END_TEST

#define LINK_TOLD \
	"error: it is a symbolic link, which can be turned elsewhere; put the file itself here\n"

START_TEST(follows_no_link)
{
	trust_prepare(0);
	scratch_write("real", POLICY("b", "/srv/b", ""));
	ck_assert_int_eq(symlink("../real", scratch_path("d/b.yaml")), 0);
	ck_assert_int_eq(load_tells("d", true, "@/d/b.yaml: " LINK_TOLD), -EINVAL);
}
END_TEST

START_TEST(follows_no_link_to_a_file)
{
	trust_prepare(0);
	ck_assert_int_eq(symlink("d/a.yaml", scratch_path("link.yaml")), 0);
	ck_assert_int_eq(load_tells("link.yaml", true, "@/link.yaml: " LINK_TOLD), -EINVAL);
}
END_TEST

START_TEST(follows_no_link_to_a_directory)
{
	trust_prepare(0);
	ck_assert_int_eq(symlink("d", scratch_path("link")), 0);
	ck_assert_int_eq(load_tells("link", true, "@/link: " LINK_TOLD), -EINVAL);
}
END_TEST

START_TEST(follows_links_without_trust)
{
	trust_prepare(0);
	ck_assert_int_eq(symlink("d", scratch_path("link")), 0);
	ck_assert_int_eq(load_tells("link", false, ""), 0);
	ck_assert_uint_eq(policies->len, 1);
}
END_TEST

static TCase *trust_case(void)
{
	TCase *tcase = tcase_create("trust");

	tcase_add_checked_fixture(tcase, load_setup, load_teardown);
	tcase_add_loop_test(tcase, trusts_root_alone, 0, ARRAY_LEN(trusts));
	tcase_add_loop_test(tcase, reads_all_without_trust, 0, ARRAY_LEN(trusts));
	tcase_add_test(tcase, looks_above_the_directory);
	tcase_add_test(tcase, takes_a_sticky_directory_above);
	tcase_add_test(tcase, looks_above_a_single_file);
	tcase_add_test(tcase, follows_no_link);
	tcase_add_test(tcase, follows_no_link_to_a_file);
	tcase_add_test(tcase, follows_no_link_to_a_directory);
	tcase_add_test(tcase, follows_links_without_trust);
	return tcase;
}

static Suite *load_suite(void)
{
	Suite *suite = suite_create("policy_load");
	TCase *tcase = tcase_create("load");

	tcase_add_checked_fixture(tcase, load_setup, load_teardown);
	tcase_add_test(tcase, takes_an_empty_directory);
	tcase_add_test(tcase, takes_files_in_the_order_of_their_names);
	tcase_add_test(tcase, takes_one_file);
	tcase_add_test(tcase, trims_the_directory);
	tcase_add_test(tcase, warns_of_a_mistaken_suffix);
	tcase_add_test(tcase, says_what_cannot_be_opened);
	tcase_add_test(tcase, goes_on_after_a_bad_entry);
	tcase_add_loop_test(tcase, compares_sets, 0, ARRAY_LEN(pairs));
	suite_add_tcase(suite, tcase);
	if (!geteuid())
		suite_add_tcase(suite, trust_case());
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(load_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
