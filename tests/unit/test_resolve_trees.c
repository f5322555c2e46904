// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the resolver: what lies below, by other names and mounts
 */
#include <check.h>
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

#include "cleanup.h"
#include "resolve_rig.h"

START_TEST(files_with_other_names_get_anchors)
{
	rig_directory("/a");
	rig_directory("/a/deep");
	rig_file("/a/deep/f");
	rig_file("/a/alone");
	rig_hard_link("/a/deep/f", "/outside");
	rig_protect(rig_policy("one"), rig_path("/a"));
	rig_resolve();
	ck_assert_uint_eq(rig_anchor(rig_path("/outside")), PROTECTED(1));
	ck_assert_uint_eq(rig_count(BW_RULE_ANCHOR), 2);
	ck_assert_uint_eq(rig.diagnostics.len, 0);
}
END_TEST

START_TEST(holes_are_not_entered)
{
	struct bw_policy *policy = rig_policy("one");

	rig_directory("/a");
	rig_directory("/a/log");
	rig_file("/a/log/f");
	rig_hard_link("/a/log/f", "/outside");
	rig_protect(policy, rig_path("/a"));
	rig_except(policy, rig_path("/a/log"));
	rig_resolve();
	ck_assert_uint_eq(rig_anchor(rig_path("/outside")), 0);
}
END_TEST

START_TEST(symbolic_links_below_are_not_followed)
{
	rig_directory("/a");
	rig_directory("/other");
	rig_file("/other/f");
	rig_hard_link("/other/f", "/other/g");
	rig_symlink("/other", "/a/link");
	rig_protect(rig_policy("one"), rig_path("/a"));
	rig_resolve();
	ck_assert_uint_eq(rig_count(BW_RULE_ANCHOR), 1);
}
END_TEST

START_TEST(in_the_set_by_one_name_is_in_the_set)
{
	struct bw_policy *policy = rig_policy("one");

	rig_directory("/a");
	rig_file("/a/f");
	rig_hard_link("/a/f", "/a/pid");
	rig_protect(policy, rig_path("/a"));
	rig_except(policy, rig_path("/a/pid"));
	rig_resolve();
	ck_assert_uint_eq(rig_anchor(rig_path("/a/pid")), PROTECTED(1));
	ck_assert_uint_eq(rig_name(rig_path("/a"), "pid"), PROTECTED(1));
	assert_warned("is another name of");
}
END_TEST

/* Its control: both names are holes. */
START_TEST(excepted_by_all_names_is_excepted)
{
	struct bw_policy *policy = rig_policy("one");

	rig_directory("/a");
	rig_file("/a/pid");
	rig_hard_link("/a/pid", "/a/pid2");
	rig_protect(policy, rig_path("/a"));
	rig_except(policy, rig_path("/a/pid"));
	rig_except(policy, rig_path("/a/pid2"));
	rig_resolve();
	ck_assert_uint_eq(rig_name(rig_path("/a"), "pid"), EXCEPTED(1));
	ck_assert_uint_eq(rig_anchor(rig_path("/a/pid")), 0);
	ck_assert_uint_eq(rig.diagnostics.len, 0);
}
END_TEST

START_TEST(depth_is_bounded)
{
	char name[4 * BW_DEPTH_MAX] = "/a";

	rig_protect(rig_policy("one"), rig_path("/a"));
	rig_directory(name);
	for (int i = 0; i < BW_DEPTH_MAX + 1; i++) {
		strcat(name, "/d");
		rig_directory(name);
	}
	rig_resolve();
	assert_warned("directories deep");
}
END_TEST

/* Its control: one less is looked at. */
START_TEST(depth_is_used)
{
	char name[4 * BW_DEPTH_MAX] = "/a";

	rig_protect(rig_policy("one"), rig_path("/a"));
	rig_directory(name);
	for (int i = 1; i < BW_DEPTH_MAX; i++) {
		strcat(name, "/d");
		rig_directory(name);
	}
	strcat(name, "/f");
	rig_file(name);
	rig_hard_link(name, "/outside");
	rig_resolve();
	ck_assert_uint_eq(rig_anchor(rig_path("/outside")), PROTECTED(1));
	ck_assert_uint_eq(rig.diagnostics.len, 0);
}
END_TEST

static void proc_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void user_namespace_enter(void)
{
	char uid_map[32], gid_map[32];

	snprintf(uid_map, sizeof(uid_map), "%u %u 1\n", geteuid(), geteuid());
	snprintf(gid_map, sizeof(gid_map), "%u %u 1\n", getegid(), getegid());
	ck_assert_msg(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0,
		      "this test needs a mount namespace of its own: %s", strerror(errno));
	proc_write("/proc/self/uid_map", uid_map);
	proc_write("/proc/self/setgroups", "deny");
	proc_write("/proc/self/gid_map", gid_map);
}

/* An ordinary user may mount in a user namespace of his own only. */
static void mounts_make_private(void)
{
	if (unshare(CLONE_NEWNS) < 0)
		user_namespace_enter();
	ck_assert_int_eq(mount("none", "/", "", MS_REC | MS_PRIVATE, NULL), 0);
}

static void mount_at(const char *source, const char *target, const char *type, unsigned long flags)
{
	ck_assert_msg(mount(source, target, type, flags, NULL) == 0, "mount at %s: %s", target,
		      strerror(errno));
}

START_TEST(mount_points_get_anchors)
{
	struct bw_policy *policy = rig_policy("one");
	_cleanup_(freep) char *volume = strdup(rig_path("/a/a volume"));
	_cleanup_(freep) char *hole = strdup(rig_path("/a/hole"));

	mounts_make_private();
	rig_directory("/a");
	rig_directory("/a/a volume");
	rig_directory("/a/hole");
	mount_at("none", volume, "tmpfs", 0);
	mount_at("none", hole, "tmpfs", 0);
	rig_file("/a/a volume/f");
	rig_hard_link("/a/a volume/f", "/a/a volume/g");
	rig_protect(policy, rig_path("/a"));
	rig_except(policy, hole);
	rig_resolve();
	ck_assert_uint_eq(rig_anchor(volume), PROTECTED(1));
	ck_assert_uint_eq(rig_anchor(rig_path("/a/a volume/f")), PROTECTED(1));
	ck_assert_uint_eq(rig_name(rig_path("/a"), "hole"), EXCEPTED(1));
	ck_assert_uint_eq(rig_anchor(hole), 0);
	ck_assert_uint_eq(rig_count(BW_RULE_FILESYSTEM), 2);
	umount2(volume, MNT_DETACH);
	umount2(hole, MNT_DETACH);
}
END_TEST

START_TEST(bind_mount_is_told)
{
	_cleanup_(freep) char *inside = strdup(rig_path("/a/data"));
	_cleanup_(freep) char *outside = strdup(rig_path("/data"));

	mounts_make_private();
	rig_directory("/a");
	rig_directory("/a/data");
	rig_directory("/data");
	mount_at(outside, inside, "", MS_BIND);
	rig_protect(rig_policy("one"), rig_path("/a"));
	rig_resolve();
	ck_assert_uint_eq(rig_anchor(outside), PROTECTED(1));
	assert_warned("which is protected with it");
	umount2(inside, MNT_DETACH);
}
END_TEST

/* INV-6: by a mount a set looks no larger than it is, and so does a share of it. */
START_TEST(mounts_make_no_set_larger)
{
	struct bw_policy *policy = rig_policy("one");
	_cleanup_(freep) char *set = strdup(rig_path("/a"));
	_cleanup_(freep) char *again = strdup(rig_path("/a/again"));
	_cleanup_(freep) char *twin = strdup(rig_path("/twin"));
	_cleanup_(freep) char *volume = strdup(rig_path("/a/volume"));

	mounts_make_private();
	rig_directory("/a");
	rig_directory("/a/again");
	rig_directory("/a/volume");
	rig_directory("/twin");
	rig_fill("/a/f", 8192);
	mount_at(set, twin, "", MS_BIND);
	mount_at(set, again, "", MS_BIND);
	mount_at("none", volume, "tmpfs", 0);
	rig_fill("/a/volume/g", 4096);
	rig_protect(policy, set);
	rig_protect(policy, twin);
	rig_resolve();
	ck_assert_uint_eq(rig.rules->set_bytes[1], 8192);

	/* It is part of it if the policy says so. */
	rig_protect(policy, volume);
	bw_rules_free(take_ptr(rig.rules));
	rig_resolve();
	ck_assert_uint_eq(rig.rules->set_bytes[1], 8192 + 4096);
	umount2(twin, MNT_DETACH);
	umount2(again, MNT_DETACH);
	umount2(volume, MNT_DETACH);
}
END_TEST

/* A jail below a set must not take the host's programs away. */
START_TEST(mounts_that_the_host_needs_are_left_out)
{
	_cleanup_(freep) char *usr = strdup(rig_path("/a/usr"));
	_cleanup_(freep) char *proc = strdup(rig_path("/a/proc"));

	mounts_make_private();
	rig_directory("/a");
	rig_directory("/a/usr");
	rig_directory("/a/proc");
	mount_at("/usr/bin", usr, "", MS_BIND | MS_REC);
	mount_at("/proc", proc, "", MS_BIND | MS_REC);
	rig_protect(rig_policy("one"), rig_path("/a"));
	rig_resolve();
	ck_assert_uint_eq(rig_anchor("/usr/bin"), 0);
	ck_assert_uint_eq(rig_anchor("/proc"), 0);
	assert_warned("which the host needs to run");
	assert_warned("no data there");
	umount2(usr, MNT_DETACH);
	umount2(proc, MNT_DETACH);
}
END_TEST

START_TEST(sets_may_not_overlap_through_a_mount)
{
	_cleanup_(freep) char *inside = strdup(rig_path("/a/data"));
	_cleanup_(freep) char *outside = strdup(rig_path("/data"));

	mounts_make_private();
	rig_directory("/a");
	rig_directory("/a/data");
	rig_directory("/data");
	mount_at(outside, inside, "", MS_BIND);
	rig_protect(rig_policy("one"), rig_path("/a"));
	rig_protect(rig_policy("two"), outside);
	assert_refused("sets may not overlap");
	umount2(inside, MNT_DETACH);
}
END_TEST

static TCase *trees_tests(void)
{
	TCase *tcase = tcase_create("trees");

	tcase_add_test(tcase, files_with_other_names_get_anchors);
	tcase_add_test(tcase, holes_are_not_entered);
	tcase_add_test(tcase, symbolic_links_below_are_not_followed);
	tcase_add_test(tcase, in_the_set_by_one_name_is_in_the_set);
	tcase_add_test(tcase, excepted_by_all_names_is_excepted);
	tcase_add_test(tcase, depth_is_bounded);
	tcase_add_test(tcase, depth_is_used);
	tcase_add_test(tcase, mount_points_get_anchors);
	tcase_add_test(tcase, bind_mount_is_told);
	tcase_add_test(tcase, mounts_make_no_set_larger);
	tcase_add_test(tcase, mounts_that_the_host_needs_are_left_out);
	tcase_add_test(tcase, sets_may_not_overlap_through_a_mount);
	return tcase;
}

int main(void)
{
	TCase *tcases[] = { trees_tests() };
	Suite *suite = suite_create("resolve trees");
	SRunner *runner = srunner_create(suite);
	int failed;

	for (size_t i = 0; i < ARRAY_LEN(tcases); i++) {
		tcase_add_checked_fixture(tcases[i], rig_setup, rig_teardown);
		suite_add_tcase(suite, tcases[i]);
	}
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
