// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests: a policy file that takes the place of another one
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "policy_install.h"
#include "scratch_dir.h"

static struct bw_policy_install install;
static struct bw_diagnostics found;

static void install_setup(void)
{
	scratch_setup();
	ck_assert_int_eq(mkdir(scratch_path("policy.d"), 0755), 0);
	found = (struct bw_diagnostics){ 0 };
}

static void install_teardown(void)
{
	bw_diagnostics_done(&found);
	scratch_teardown();
}

static int install_from(const char *name)
{
	return bw_policy_install(&install, scratch_path("policy.d"), scratch_path(name), &found);
}

static void holds(const char *name, const char *expected)
{
	_cleanup_(freep) char *text = NULL;
	size_t len;

	text = file_bytes(scratch_path(name), &len);
	ck_assert_str_eq(text, expected);
}

/* All names, those that begin with a dot included. */
static unsigned int files_count(void)
{
	_cleanup_(closedirp) DIR *dir = opendir(scratch_path("policy.d"));
	unsigned int count = 0;

	while (readdir(dir))
		count++;
	return count - 2;
}

START_TEST(replaces_a_file)
{
	scratch_write("policy.d/a.yaml", "old");
	scratch_write("a.yaml", "new");
	ck_assert_int_eq(install_from("a.yaml"), 0);
	holds("policy.d/a.yaml", "new");
	bw_policy_install_keep(&install);
	holds("policy.d/a.yaml", "new");
	ck_assert_uint_eq(files_count(), 1);
}
END_TEST

START_TEST(puts_the_old_one_back)
{
	scratch_write("policy.d/a.yaml", "old");
	scratch_write("a.yaml", "new");
	ck_assert_int_eq(install_from("a.yaml"), 0);
	ck_assert_int_eq(bw_policy_install_undo(&install), 0);
	holds("policy.d/a.yaml", "old");
	ck_assert_uint_eq(files_count(), 1);
}
END_TEST

START_TEST(takes_a_new_one_away)
{
	scratch_write("policy.d/a.yaml", "old");
	scratch_write("b.yaml", "new");
	ck_assert_int_eq(install_from("b.yaml"), 0);
	holds("policy.d/b.yaml", "new");
	ck_assert_int_eq(bw_policy_install_undo(&install), 0);
	holds("policy.d/a.yaml", "old");
	ck_assert_uint_eq(files_count(), 1);
}
END_TEST

START_TEST(takes_the_signature_along)
{
	scratch_write("policy.d/a.yaml", "old");
	scratch_write("policy.d/a.yaml.minisig", "of the old one");
	scratch_write("a.yaml", "new");
	scratch_write("a.yaml.minisig", "of the new one");
	ck_assert_int_eq(install_from("a.yaml"), 0);
	holds("policy.d/a.yaml", "new");
	holds("policy.d/a.yaml.minisig", "of the new one");
	ck_assert_int_eq(bw_policy_install_undo(&install), 0);
	holds("policy.d/a.yaml", "old");
	holds("policy.d/a.yaml.minisig", "of the old one");
	ck_assert_uint_eq(files_count(), 2);

	ck_assert_int_eq(install_from("a.yaml"), 0);
	bw_policy_install_keep(&install);
	holds("policy.d/a.yaml", "new");
	holds("policy.d/a.yaml.minisig", "of the new one");
	ck_assert_uint_eq(files_count(), 2);
}
END_TEST

/* A file without the signature that it lies beside isn't what was meant. */
START_TEST(minds_who_can_write_the_signature)
{
	scratch_write("policy.d/a.yaml", "old");
	scratch_write("a.yaml", "new");
	scratch_write("a.yaml.minisig", "of the new one");
	ck_assert_int_eq(chmod(scratch_path("a.yaml.minisig"), 0666), 0);
	ck_assert_int_eq(install_from("a.yaml"), -EINVAL);
	holds("policy.d/a.yaml", "old");
	ck_assert_uint_eq(files_count(), 1);
}
END_TEST

START_TEST(takes_what_an_earlier_one_left)
{
	scratch_write("policy.d/.tighten", "of one that was killed");
	scratch_write("a.yaml", "new");
	ck_assert_int_eq(install_from("a.yaml"), 0);
	bw_policy_install_keep(&install);
	holds("policy.d/a.yaml", "new");
	ck_assert_uint_eq(files_count(), 1);
}
END_TEST

static void refused(const char *name, const char *expected)
{
	ck_assert_int_eq(install_from(name), -EINVAL);
	ck_assert_uint_eq(found.errors, 1);
	ck_assert_msg(strstr(found.items[0].text, expected), "'%s'", found.items[0].text);
	ck_assert_uint_eq(files_count(), 0);
}

START_TEST(minds_the_name)
{
	scratch_write("a.yml", "new");
	refused("a.yml", "the names of policies end in '.yaml'");
}
END_TEST

START_TEST(minds_what_is_no_file)
{
	ck_assert_int_eq(mkfifo(scratch_path("a.yaml"), 0600), 0);
	refused("a.yaml", "it is not a regular file");
}
END_TEST

START_TEST(minds_who_can_write_it)
{
	scratch_write("a.yaml", "new");
	ck_assert_int_eq(chmod(scratch_path("a.yaml"), 0666), 0);
	ck_assert_int_eq(install_from("a.yaml"), -EINVAL);
	ck_assert_uint_eq(found.errors, 2);
	ck_assert_uint_eq(files_count(), 0);
}
END_TEST

START_TEST(minds_a_link)
{
	scratch_write("b.yaml", "new");
	ck_assert_int_eq(symlink("b.yaml", scratch_path("a.yaml")), 0);
	ck_assert_int_eq(install_from("a.yaml"), -ELOOP);
	ck_assert_uint_eq(files_count(), 0);
}
END_TEST

static Suite *install_suite(void)
{
	Suite *suite = suite_create("policy_install");
	TCase *tcase = tcase_create("install");

	/* Only what root owns is taken. */
	if (geteuid())
		return suite;

	/* A busy disk takes its time for fsync(2). */
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, install_setup, install_teardown);
	tcase_add_test(tcase, replaces_a_file);
	tcase_add_test(tcase, puts_the_old_one_back);
	tcase_add_test(tcase, takes_a_new_one_away);
	tcase_add_test(tcase, takes_what_an_earlier_one_left);
	tcase_add_test(tcase, takes_the_signature_along);
	tcase_add_test(tcase, minds_who_can_write_the_signature);
	tcase_add_test(tcase, minds_the_name);
	tcase_add_test(tcase, minds_what_is_no_file);
	tcase_add_test(tcase, minds_who_can_write_it);
	tcase_add_test(tcase, minds_a_link);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(install_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
