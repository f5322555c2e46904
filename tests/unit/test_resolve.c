// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the resolver: what policies protect and except, by path
 */
#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "resolve_rig.h"
#include "resolver.h"

START_TEST(no_policy_is_an_empty_one)
{
	rig_resolve();
	ck_assert_uint_eq(rig.rules->len, 0);
	ck_assert_uint_eq(rig.rules->filesystems, 0);
	ck_assert_uint_eq(rig.rules->watches_len, 0);
}
END_TEST

START_TEST(directory_gives_an_anchor)
{
	const struct bw_rule_key filesystem = {
		.kind = BW_RULE_FILESYSTEM,
		.file.dev = rig_key(rig.root).dev,
	};
	const struct bw_rule_key set = { .kind = BW_RULE_SET, .set = 1 };

	rig_directory("/a");
	rig_file("/a/f");
	rig_protect(rig_policy("one"), rig_path("/a"));
	rig_resolve();
	ck_assert_uint_eq(rig_anchor(rig_path("/a")), PROTECTED(1));
	ck_assert_ptr_nonnull(rig_rule(&filesystem));
	ck_assert_ptr_nonnull(rig_rule(&set));
	ck_assert_uint_eq(rig_rule(&set)->mode, BW_MODE_ENFORCE);
	ck_assert_uint_eq(rig.rules->len, 3);
	ck_assert_uint_eq(rig.rules->filesystems, 1ULL << bw_filesystem_bit(filesystem.file.dev));
	ck_assert_uint_eq(rig.diagnostics.len, 0);
}
END_TEST

static __u32 filesystem_mode_of(const char *path)
{
	const struct bw_rule_key key = {
		.kind = BW_RULE_FILESYSTEM,
		.file.dev = rig_key(path).dev,
	};

	ck_assert_ptr_nonnull(rig_rule(&key));
	return rig_rule(&key)->mode;
}

/* What can't be placed is only told of where all sets only monitor. */
START_TEST(filesystem_is_as_strict_as_its_strictest_set)
{
	rig_directory("/a");
	rig_directory("/b");
	rig_protect(rig_policy("one"), rig_path("/a"));
	rig.policies[0].mode = BW_MODE_MONITOR;
	rig_resolve();
	ck_assert_uint_eq(filesystem_mode_of(rig.root), BW_MODE_MONITOR);

	rig_protect(rig_policy("two"), rig_path("/b"));
	rig_resolve();
	ck_assert_uint_eq(filesystem_mode_of(rig.root), 0);
}
END_TEST

START_TEST(file_gives_an_anchor_and_a_name)
{
	rig_file("/dump");
	rig_protect(rig_policy("one"), rig_path("/dump"));
	rig_resolve();
	ck_assert_uint_eq(rig_anchor(rig_path("/dump")), PROTECTED(1));
	ck_assert_uint_eq(rig_name(rig.root, "dump"), PROTECTED(1));
}
END_TEST

START_TEST(pattern_gives_what_matches)
{
	rig_file("/a.pdf");
	rig_file("/b.pdf");
	rig_file("/c.txt");
	rig_file("/.d.pdf");
	rig_protect(rig_policy("one"), rig_path("/*.pdf"));
	rig_resolve();
	ck_assert_uint_eq(rig_anchor(rig_path("/a.pdf")), PROTECTED(1));
	ck_assert_uint_eq(rig_anchor(rig_path("/b.pdf")), PROTECTED(1));
	ck_assert_uint_eq(rig_anchor(rig_path("/c.txt")), 0);
	ck_assert_uint_eq(rig_count(BW_RULE_ANCHOR), 2);
	ck_assert_uint_eq(rig_count(BW_RULE_NAME), 2);
}
END_TEST

START_TEST(symbolic_link_stands_for_its_target)
{
	rig_directory("/target");
	rig_symlink("/target", "/link");
	rig_protect(rig_policy("one"), rig_path("/link"));
	rig_resolve();
	ck_assert_uint_eq(rig_anchor(rig_path("/target")), PROTECTED(1));
	ck_assert_uint_eq(rig_anchor(rig_path("/link")), 0);
	ck_assert_uint_eq(rig.diagnostics.len, 1);
	assert_warned(rig_path("/link"));
	assert_warned(rig_path("/target"));
}
END_TEST

START_TEST(symbolic_link_to_nothing_is_left_out)
{
	rig_symlink("/nowhere", "/link");
	rig_protect(rig_policy("one"), rig_path("/link"));
	rig_resolve();
	ck_assert_uint_eq(rig.rules->len, 1);
	assert_warned("symbolic link to nothing");
}
END_TEST

START_TEST(pattern_without_match_is_a_warning)
{
	rig_protect(rig_policy("one"), rig_path("/*.pdf"));
	rig_resolve();
	ck_assert_uint_eq(rig.rules->len, 1);
	assert_warned("matches nothing yet");
	ck_assert_uint_eq(rig.rules->watches_len, 1);
	ck_assert_str_eq(rig.rules->watches[0], rig.root);
}
END_TEST

START_TEST(missing_path_gives_a_name)
{
	rig_protect(rig_policy("one"), rig_path("/dump"));
	rig_resolve();
	ck_assert_uint_eq(rig_name(rig.root, "dump"), PROTECTED(1));
	ck_assert_uint_eq(rig_count(BW_RULE_ANCHOR), 0);
	ck_assert_uint_eq(rig_count(BW_RULE_FILESYSTEM), 1);
	assert_warned("doesn't exist yet");
}
END_TEST

START_TEST(missing_directory_is_watched_for)
{
	rig_protect(rig_policy("one"), rig_path("/no/such/dump"));
	rig_resolve();
	ck_assert_uint_eq(rig.rules->len, 1);
	assert_warned("doesn't exist yet");
	ck_assert_uint_eq(rig.rules->watches_len, 1);
	ck_assert_str_eq(rig.rules->watches[0], rig.root);
}
END_TEST

/* A server that is down has no pid file, and another cluster may have one. */
START_TEST(excepted_name_counts_in_each_directory)
{
	struct bw_policy *policy = rig_policy("one");

	rig_directory("/15");
	rig_directory("/16");
	rig_file("/15/pid");
	rig_file("/notes");
	rig_protect(policy, rig_path("/1?"));
	rig_except(policy, rig_path("/*/pid"));
	rig_resolve();
	ck_assert_uint_eq(rig_name(rig_path("/15"), "pid"), EXCEPTED(1));
	ck_assert_uint_eq(rig_anchor(rig_path("/15/pid")), 0);
	ck_assert_uint_eq(rig_name(rig_path("/16"), "pid"), EXCEPTED(1));
	ck_assert_uint_eq(rig.diagnostics.len, 0);
}
END_TEST

START_TEST(except_makes_a_hole)
{
	struct bw_policy *policy = rig_policy("one");

	rig_directory("/a");
	rig_directory("/a/log");
	rig_protect(policy, rig_path("/a"));
	rig_except(policy, rig_path("/a/log"));
	rig_resolve();
	ck_assert_uint_eq(rig_anchor(rig_path("/a")), PROTECTED(1));
	ck_assert_uint_eq(rig_name(rig_path("/a"), "log"), EXCEPTED(1));
	ck_assert_uint_eq(rig_anchor(rig_path("/a/log")), 0);
}
END_TEST

static bool hole_lies_in(const char *directory, const char *name, const char *around)
{
	const struct bw_file_key key = rig_key(directory);
	const struct bw_rule_key within = { .kind = BW_RULE_ANCHOR, .file = rig_key(around) };

	for (size_t i = 0; i < rig.rules->holes_len; i++) {
		const struct bw_hole *hole = &rig.rules->holes[i];

		if (memcmp(&hole->directory, &key, sizeof(key)) == 0 &&
		    hole->name == bw_name_hash(name) &&
		    memcmp(&hole->within, &within, sizeof(within)) == 0)
			return true;
	}
	return false;
}

START_TEST(hole_knows_what_is_around_it)
{
	struct bw_policy *policy = rig_policy("one");

	rig_directory("/a");
	rig_directory("/a/global");
	rig_protect(policy, rig_path("/a"));
	rig_except(policy, rig_path("/a/global"));
	rig_except(policy, rig_path("/a/global/control"));
	rig_resolve();
	ck_assert(hole_lies_in(rig_path("/a"), "global", rig_path("/a")));
	ck_assert(hole_lies_in(rig_path("/a"), "global", rig.root));
	ck_assert(hole_lies_in(rig_path("/a"), "global", "/"));
	ck_assert(hole_lies_in(rig_path("/a/global"), "control", rig_path("/a/global")));
	ck_assert(hole_lies_in(rig_path("/a/global"), "control", rig_path("/a")));
	ck_assert(!hole_lies_in(rig_path("/a"), "control", rig_path("/a")));
}
END_TEST

START_TEST(except_outside_says_nothing)
{
	struct bw_policy *policy = rig_policy("one");

	rig_directory("/a");
	rig_directory("/b");
	rig_protect(policy, rig_path("/a"));
	rig_except(policy, rig_path("/b"));
	rig_resolve();
	ck_assert_uint_eq(rig_anchor(rig_path("/b")), 0);
	assert_warned("nothing to except");
}
END_TEST

START_TEST(protected_again_within_a_hole)
{
	struct bw_policy *policy = rig_policy("one");

	rig_directory("/a");
	rig_directory("/a/log");
	rig_directory("/a/log/audit");
	rig_protect(policy, rig_path("/a"));
	rig_protect(policy, rig_path("/a/log/audit"));
	rig_except(policy, rig_path("/a/log"));
	rig_resolve();
	ck_assert_uint_eq(rig_name(rig_path("/a"), "log"), EXCEPTED(1));
	ck_assert_uint_eq(rig_anchor(rig_path("/a/log/audit")), PROTECTED(1));
}
END_TEST

START_TEST(what_holds_no_data_is_left_out)
{
	ck_assert_int_eq(mkfifo(rig_path("/fifo"), 0644), 0);
	rig_protect(rig_policy("one"), rig_path("/fifo"));
	rig_resolve();
	ck_assert_uint_eq(rig_count(BW_RULE_ANCHOR), 0);
	assert_warned("neither a directory nor a regular file");
}
END_TEST

static const char *const needed[] = { "/", "/usr", "/etc", "/run", "/var" };

START_TEST(host_is_not_shut_out)
{
	rig_protect(rig_policy("one"), needed[_i]);
	assert_refused("can't be protected");
}
END_TEST

/* Not so for what a link or a pattern leads to. */
START_TEST(homes_can_be_named)
{
	ck_assert_ptr_null(path_host_needs("/home"));
	ck_assert_ptr_null(path_host_needs("/root"));
	ck_assert_str_eq(path_host_runs_from("/home"), "/home");
	ck_assert_str_eq(path_host_runs_from("/root"), "/root");
}
END_TEST

START_TEST(watches_are_sorted_and_single)
{
	struct bw_policy *policy = rig_policy("one");

	rig_directory("/15");
	rig_directory("/16");
	rig_directory("/15/main");
	rig_protect(policy, rig_path("/*/main"));
	rig_except(policy, rig_path("/*/main/log"));
	rig_resolve();
	ck_assert_uint_eq(rig.rules->watches_len, 4);
	ck_assert_str_eq(rig.rules->watches[0], rig.root);
	ck_assert_str_eq(rig.rules->watches[1], rig_path("/15"));
	ck_assert_str_eq(rig.rules->watches[2], rig_path("/15/main"));
	ck_assert_str_eq(rig.rules->watches[3], rig_path("/16"));
}
END_TEST

static int identify_nothing(void *context, int fd, struct bw_file_key *ret_key)
{
	return *(int *)context;
}

START_TEST(file_that_cannot_be_named_is_an_error)
{
	int err = -EIO;
	const struct bw_identifier identifier = { .identify = identify_nothing, .context = &err };

	rig_directory("/a");
	rig_protect(rig_policy("one"), rig_path("/a"));
	ck_assert_int_eq(rig_resolve_with(&identifier), -EINVAL);
	assert_error("Input/output error");
	err = -ENOMEM;
	ck_assert_int_eq(rig_resolve_with(&identifier), -ENOMEM);
}
END_TEST

START_TEST(all_mistakes_are_told_at_once)
{
	struct bw_policy *policy = rig_policy("one");

	rig_protect(policy, "/usr");
	rig_protect(policy, "/etc");
	rig_grant(policy, "/usr/bin/env", "no-such-user-here", "any");
	ck_assert_int_eq(rig_resolve_with(&bw_identifier_stat), -EINVAL);
	ck_assert_uint_eq(rig.diagnostics.errors, 3);
}
END_TEST

START_TEST(no_key_comes_twice)
{
	struct bw_policy *policy = rig_policy("one");

	rig_directory("/a");
	rig_directory("/a/b");
	rig_file("/a/f");
	rig_hard_link("/a/f", "/a/b/f");
	rig_hard_link("/a/f", "/f");
	rig_protect(policy, rig_path("/a"));
	rig_protect(policy, rig_path("/a/b"));
	rig_protect(policy, rig_path("/f"));
	rig_protect(policy, rig_path("/a/f"));
	rig_resolve();
	for (size_t i = 0; i < rig.rules->len; i++)
		ck_assert_ptr_eq(rig_rule(&rig.rules->items[i].key), &rig.rules->items[i].rule);
}
END_TEST

START_TEST(name_hash_is_fnv_1a)
{
	ck_assert_uint_eq(bw_name_hash(""), 0xcbf29ce484222325ULL);
	ck_assert_uint_eq(bw_name_hash("a"), 0xaf63dc4c8601ec8cULL);
	ck_assert_uint_eq(bw_name_hash("foobar"), 0x85944171f73967e8ULL);
	ck_assert_uint_eq(bw_name_hash("\xff"), (0xcbf29ce484222325ULL ^ 0xff) * 0x100000001b3ULL);
}
END_TEST

/* As Linux 6.1 has told it. */
START_TEST(unit_hash_is_the_kernels)
{
	char longest[BW_UNIT_SIZE + 1] = { 0 };

	ck_assert_uint_eq(bw_unit_hash("pension-backup.service"), 0xfeed376ec65438afULL);
	memset(longest, 'a', BW_UNIT_SIZE);
	ck_assert_uint_eq(bw_unit_hash(longest), bw_name_hash(longest));
}
END_TEST

static TCase *places_tests(void)
{
	TCase *tcase = tcase_create("places");

	tcase_add_test(tcase, no_policy_is_an_empty_one);
	tcase_add_test(tcase, directory_gives_an_anchor);
	tcase_add_test(tcase, filesystem_is_as_strict_as_its_strictest_set);
	tcase_add_test(tcase, file_gives_an_anchor_and_a_name);
	tcase_add_test(tcase, pattern_gives_what_matches);
	tcase_add_test(tcase, symbolic_link_stands_for_its_target);
	tcase_add_test(tcase, symbolic_link_to_nothing_is_left_out);
	tcase_add_test(tcase, pattern_without_match_is_a_warning);
	tcase_add_test(tcase, missing_path_gives_a_name);
	tcase_add_test(tcase, missing_directory_is_watched_for);
	tcase_add_test(tcase, excepted_name_counts_in_each_directory);
	tcase_add_test(tcase, except_makes_a_hole);
	tcase_add_test(tcase, hole_knows_what_is_around_it);
	tcase_add_test(tcase, except_outside_says_nothing);
	tcase_add_test(tcase, protected_again_within_a_hole);
	tcase_add_test(tcase, what_holds_no_data_is_left_out);
	tcase_add_loop_test(tcase, host_is_not_shut_out, 0, ARRAY_LEN(needed));
	tcase_add_test(tcase, homes_can_be_named);
	return tcase;
}

static TCase *whole_tests(void)
{
	TCase *tcase = tcase_create("whole");

	tcase_add_test(tcase, watches_are_sorted_and_single);
	tcase_add_test(tcase, file_that_cannot_be_named_is_an_error);
	tcase_add_test(tcase, all_mistakes_are_told_at_once);
	tcase_add_test(tcase, no_key_comes_twice);
	tcase_add_test(tcase, name_hash_is_fnv_1a);
	tcase_add_test(tcase, unit_hash_is_the_kernels);
	return tcase;
}

int main(void)
{
	TCase *tcases[] = { places_tests(), whole_tests() };
	Suite *suite = suite_create("resolve");
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
