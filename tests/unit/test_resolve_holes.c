// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the resolver: holes that a refresh makes, and those it
 * mustn't
 *
 * Somebody without a grant has given a file another name within its set, and has
 * its directory found by a pattern, so that the name becomes a hole.
 */
#include <check.h>
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "resolve_rig.h"

#define DATABASE 101

static void directory(const char *name)
{
	rig_directory(name);
	ck_assert_int_eq(lchown(rig_path(name), DATABASE, DATABASE), 0);
}

static void link_to(const char *target, const char *name)
{
	rig_symlink(target, name);
	ck_assert_int_eq(lchown(rig_path(name), DATABASE, DATABASE), 0);
}

static void move(const char *old, const char *new)
{
	ck_assert_msg(rename(rig_path(old), rig_path(new)) == 0, "mv %s %s: %s", old, new,
		      strerror(errno));
}

/* All clusters, and one that was there when the policy came into force. */
static struct bw_policy *cluster(void)
{
	struct bw_policy *policy = rig_policy("one");

	directory("/pg");
	directory("/pg/15");
	directory("/pg/15/main");
	directory("/pg/15/main/base");
	rig_file("/pg/15/main/opts");
	rig_protect(policy, rig_path("/pg/*/*"));
	rig_except(policy, rig_path("/pg/*/*/opts"));
	return policy;
}

/* A table in a directory that whoever owns the cluster can make there. */
static void table_disguise(void)
{
	directory("/pg/15/main/base/d");
	rig_file("/pg/15/main/base/d/opts");
}

static void refresh(void)
{
	_cleanup_(bw_rules_freep) struct bw_rules *before = take_ptr(rig.rules);

	rig_resolve();
	ck_assert_int_eq(bw_rules_tighten(rig.rules, before), 0);
}

static void mounts_make_private(void)
{
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount("none", "/", "", MS_REC | MS_PRIVATE, NULL), 0);
}

static void bind(const char *source, const char *target)
{
	ck_assert_int_eq(mount(rig_path(source), rig_path(target), "", MS_BIND, NULL), 0);
}

START_TEST(none_by_a_link_into_the_set)
{
	cluster();
	rig_resolve();
	table_disguise();
	link_to("/pg/15/main/base/d", "/pg/15/x");
	refresh();
	ck_assert_uint_eq(rig_anchor(rig_path("/pg/15/main/base/d")), PROTECTED(1));
	ck_assert_uint_eq(rig_name(rig_path("/pg/15/main/base/d"), "opts"), 0);
	ck_assert_uint_eq(rig_name(rig_path("/pg/15/main"), "opts"), EXCEPTED(1));
	refresh();
	ck_assert_uint_eq(rig_name(rig_path("/pg/15/main/base/d"), "opts"), 0);
}
END_TEST

START_TEST(none_by_a_mount_of_the_set)
{
	_cleanup_(freep) char *mounted = strdup(rig_path("/pg/15/x"));

	mounts_make_private();
	cluster();
	rig_resolve();
	table_disguise();
	directory("/pg/15/x");
	bind("/pg/15/main/base/d", "/pg/15/x");
	refresh();
	ck_assert_uint_eq(rig_anchor(mounted), PROTECTED(1));
	ck_assert_uint_eq(rig_name(mounted, "opts"), 0);
	umount2(mounted, MNT_DETACH);
}
END_TEST

/* The pattern meets what is below the mount, or a mount of what is mounted. */
START_TEST(none_below_a_mount_of_the_set)
{
	_cleanup_(freep) char *mounted = strdup(rig_path("/pg/16"));
	_cleanup_(freep) char *again = strdup(rig_path("/pg/17/x"));

	mounts_make_private();
	cluster();
	rig_resolve();
	table_disguise();
	directory("/pg/16");
	directory("/pg/17");
	directory("/pg/17/x");
	bind("/pg/15/main/base", "/pg/16");
	bind("/pg/16/d", "/pg/17/x");
	refresh();
	ck_assert_uint_eq(rig_anchor(rig_path("/pg/16/d")), PROTECTED(1));
	ck_assert_uint_eq(rig_name(rig_path("/pg/16/d"), "opts"), 0);
	umount2(mounted, MNT_DETACH);
	umount2(again, MNT_DETACH);
}
END_TEST

/* A cluster that is moved up has its pattern meet what is in it. */
START_TEST(none_in_a_cluster_that_was_moved)
{
	cluster();
	rig_resolve();
	rig_file("/pg/15/main/base/opts");
	move("/pg/15/main", "/pg/main");
	refresh();
	ck_assert_uint_eq(rig_anchor(rig_path("/pg/main/base")), PROTECTED(1));
	ck_assert_uint_eq(rig_name(rig_path("/pg/main/base"), "opts"), 0);
}
END_TEST

/* A name that is protected before it is there takes in what is in the set already. */
START_TEST(none_in_what_was_moved_to_a_protected_name)
{
	struct bw_policy *policy = cluster();

	rig_protect(policy, rig_path("/new"));
	rig_except(policy, rig_path("/new/opts"));
	rig_resolve();
	table_disguise();
	move("/pg/15/main/base/d", "/new");
	refresh();
	ck_assert_uint_eq(rig_anchor(rig_path("/new")), PROTECTED(1));
	ck_assert_uint_eq(rig_name(rig_path("/new"), "opts"), 0);
}
END_TEST

/* Controls: what is new for real has its holes. */
START_TEST(some_in_a_new_cluster)
{
	cluster();
	rig_resolve();
	directory("/pg/16");
	directory("/pg/16/new");
	refresh();
	ck_assert_uint_eq(rig_anchor(rig_path("/pg/16/new")), PROTECTED(1));
	ck_assert_uint_eq(rig_name(rig_path("/pg/16/new"), "opts"), EXCEPTED(1));
	refresh();
	ck_assert_uint_eq(rig_name(rig_path("/pg/16/new"), "opts"), EXCEPTED(1));
}
END_TEST

START_TEST(some_in_a_new_cluster_elsewhere)
{
	_cleanup_(freep) char *mounted = strdup(rig_path("/pg/17/disk"));
	_cleanup_(freep) char *volume = strdup(rig_path("/pg/17/volume"));

	mounts_make_private();
	cluster();
	rig_resolve();
	directory("/disk");
	directory("/disk/a");
	directory("/pg/17");
	directory("/pg/17/disk");
	directory("/pg/17/volume");
	bind("/disk/a", "/pg/17/disk");
	ck_assert_int_eq(mount("none", volume, "tmpfs", 0, NULL), 0);
	refresh();
	ck_assert_uint_eq(rig_name(mounted, "opts"), EXCEPTED(1));
	ck_assert_uint_eq(rig_name(volume, "opts"), EXCEPTED(1));
	umount2(mounted, MNT_DETACH);
	umount2(volume, MNT_DETACH);
}
END_TEST

/* A policy is in force before the server is installed. */
START_TEST(some_in_the_first_directory_of_its_name)
{
	struct bw_policy *policy = rig_policy("one");

	rig_protect(policy, rig_path("/mysql"));
	rig_except(policy, rig_path("/mysql/opts"));
	rig_resolve();
	ck_assert_uint_eq(rig_name(rig.root, "mysql"), PROTECTED(1));
	directory("/mysql");
	refresh();
	ck_assert_uint_eq(rig_name(rig_path("/mysql"), "opts"), EXCEPTED(1));
}
END_TEST

static TCase *holes_tests(void)
{
	TCase *tcase = tcase_create("holes");

	/* Only root can give directories away and mount. */
	if (geteuid() != 0)
		return tcase;

	tcase_add_test(tcase, none_by_a_link_into_the_set);
	tcase_add_test(tcase, none_by_a_mount_of_the_set);
	tcase_add_test(tcase, none_below_a_mount_of_the_set);
	tcase_add_test(tcase, none_in_a_cluster_that_was_moved);
	tcase_add_test(tcase, none_in_what_was_moved_to_a_protected_name);
	tcase_add_test(tcase, some_in_a_new_cluster);
	tcase_add_test(tcase, some_in_a_new_cluster_elsewhere);
	tcase_add_test(tcase, some_in_the_first_directory_of_its_name);
	return tcase;
}

int main(void)
{
	TCase *tcase = holes_tests();
	Suite *suite = suite_create("resolve holes");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, rig_setup, rig_teardown);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
