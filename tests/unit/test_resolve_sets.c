// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the resolver: several sets beside and in each other
 */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "grant.h"
#include "resolve_rig.h"

START_TEST(sets_may_not_share_a_path)
{
	rig_directory("/a");
	rig_protect(rig_policy("one"), rig_path("/a"));
	rig_protect(rig_policy("two"), rig_path("/a"));
	assert_refused("belongs to set 'one' too");
}
END_TEST

START_TEST(sets_may_not_lie_in_each_other)
{
	rig_directory("/a");
	rig_directory("/a/b");
	rig_protect(rig_policy("one"), rig_path("/a"));
	rig_protect(rig_policy("two"), rig_path("/a/b"));
	assert_refused("lies inside");
	ck_assert_str_eq(rig.diagnostics.items[0].file, "two.yaml");
	ck_assert_uint_eq(rig.diagnostics.items[0].at.line, 3);
}
END_TEST

/* Whoever owns both files can link them: that must not keep the policies out. */
START_TEST(a_shared_file_counts_once)
{
	rig_directory("/a");
	rig_directory("/b");
	rig_file("/a/f");
	rig_hard_link("/a/f", "/b/f");
	rig_protect(rig_policy("one"), rig_path("/a"));
	rig_protect(rig_policy("two"), rig_path("/b"));
	rig_resolve();
	assert_warned("by another name");
	ck_assert_uint_eq(rig_anchor(rig_path("/b/f")), PROTECTED(1));
}
END_TEST

START_TEST(a_named_file_stays_in_its_set)
{
	rig_directory("/a");
	rig_directory("/b");
	rig_file("/b/f");
	rig_hard_link("/b/f", "/a/f");
	rig_protect(rig_policy("one"), rig_path("/a"));
	rig_protect(rig_policy("two"), rig_path("/b/f"));
	rig_resolve();
	assert_warned("by another name");
	ck_assert_uint_eq(rig.diagnostics.len, 1);
	ck_assert_uint_eq(rig_anchor(rig_path("/a/f")), PROTECTED(2));
}
END_TEST

START_TEST(a_linked_file_is_not_excepted)
{
	struct bw_policy *policy = rig_policy("one");

	rig_directory("/a");
	rig_file("/a/f");
	rig_hard_link("/a/f", "/a/log");
	rig_protect(policy, rig_path("/a"));
	rig_protect(policy, rig_path("/a/f"));
	rig_except(policy, rig_path("/a/log"));
	rig_resolve();
	assert_warned("can't be excepted");
	ck_assert_uint_eq(rig_anchor(rig_path("/a/f")), PROTECTED(1));
	ck_assert_uint_eq(rig_name(rig_path("/a"), "log"), 0);
}
END_TEST

START_TEST(except_lets_another_set_in)
{
	struct bw_policy *outer = rig_policy("one");

	rig_directory("/a");
	rig_directory("/a/b");
	rig_directory("/a/b/c");
	rig_protect(outer, rig_path("/a"));
	rig_except(outer, rig_path("/a/b"));
	rig_protect(rig_policy("two"), rig_path("/a/b"));
	rig_resolve();
	ck_assert_uint_eq(rig_anchor(rig_path("/a/b")), PROTECTED(2));
	/* A name would go before the anchor. */
	ck_assert_uint_eq(rig_name(rig_path("/a"), "b"), 0);
	ck_assert_uint_eq(rig.diagnostics.len, 0);
}
END_TEST

START_TEST(except_lets_another_set_in_below)
{
	struct bw_policy *outer = rig_policy("one");

	rig_directory("/a");
	rig_directory("/a/b");
	rig_directory("/a/b/c");
	rig_protect(outer, rig_path("/a"));
	rig_except(outer, rig_path("/a/b"));
	rig_protect(rig_policy("two"), rig_path("/a/b/c"));
	rig_resolve();
	ck_assert_uint_eq(rig_anchor(rig_path("/a/b/c")), PROTECTED(2));
	ck_assert_uint_eq(rig_name(rig_path("/a"), "b"), EXCEPTED(1));
}
END_TEST

START_TEST(one_set_makes_no_hole_in_another)
{
	struct bw_policy *other = rig_policy("two");

	rig_directory("/a");
	rig_directory("/a/b");
	rig_directory("/c");
	rig_protect(rig_policy("one"), rig_path("/a"));
	rig_protect(other, rig_path("/c"));
	rig_except(other, rig_path("/a/b"));
	assert_refused("only that set can except it");
}
END_TEST

START_TEST(protected_and_excepted_is_an_error)
{
	struct bw_policy *policy = rig_policy("one");

	rig_directory("/a");
	rig_protect(policy, rig_path("/a"));
	rig_except(policy, rig_path("/a"));
	assert_refused("both protected and excepted");
}
END_TEST

START_TEST(a_path_given_twice_counts_once)
{
	struct bw_policy *policy = rig_policy("one");

	rig_directory("/a");
	rig_protect(policy, rig_path("/a"));
	rig_protect(policy, rig_path("/?"));
	rig_resolve();
	ck_assert_uint_eq(rig_count(BW_RULE_ANCHOR), 1);
}
END_TEST

START_TEST(sets_keep_their_numbers)
{
	rig_directory("/a");
	rig_directory("/b");
	strcpy(rig.set_names[1].name, "gone");
	strcpy(rig.set_names[3].name, "old");
	strcpy(rig.set_names[BW_SET_CANARY].name, "canary");
	rig_protect(rig_policy("new"), rig_path("/a"));
	rig_protect(rig_policy("old"), rig_path("/b"));
	rig_resolve();
	ck_assert_uint_eq(rig_anchor(rig_path("/a")), PROTECTED(2));
	ck_assert_uint_eq(rig_anchor(rig_path("/b")), PROTECTED(3));
	ck_assert_str_eq(rig.rules->set_names[1].name, "gone");
	ck_assert_str_eq(rig.rules->set_names[2].name, "new");
	ck_assert_str_eq(rig.rules->set_names[BW_SET_CANARY].name, "canary");
}
END_TEST

START_TEST(numbers_of_sets_that_are_gone_are_used_again)
{
	const struct bw_rule_key key = { .kind = BW_RULE_SET, .set = 1 };

	for (int i = 1; i < BW_SETS_MAX; i++)
		snprintf(rig.set_names[i].name, BW_SET_NAME_SIZE, "gone-%d", i);
	rig_policy("new");
	rig_resolve();
	ck_assert_str_eq(rig.rules->set_names[1].name, "new");
	ck_assert_ptr_nonnull(rig_rule(&key));
}
END_TEST

START_TEST(sets_are_bounded)
{
	char name[BW_SET_NAME_SIZE];

	for (int i = 1; i < BW_SETS_MAX; i++) {
		snprintf(name, sizeof(name), "set-%d", i);
		rig_policy(name);
	}
	rig_resolve();
	ck_assert_uint_eq(rig_count(BW_RULE_SET), BW_SETS_MAX - 1);

	rig_policy("one-too-many");
	ck_assert_int_eq(rig_resolve_with(&bw_identifier_stat), -ENOSPC);
	assert_error("no more than 62 sets");
}
END_TEST

static bool is_watched(const char *directory)
{
	for (size_t i = 0; i < rig.rules->watches_len; i++)
		if (strcmp(rig.rules->watches[i], directory) == 0)
			return true;
	return false;
}

/* No grant's counts are theirs, whatever it is called. */
START_TEST(others_have_a_budget_of_their_own)
{
	struct bw_rule_key key = { .kind = BW_RULE_OTHERS, .set = 1 };
	struct bw_policy *policy = rig_policy("one");

	policy->others = (struct bw_budget){
		.every_ns = 3600000000000ULL,
		.bytes = BW_BUDGET_NO_BYTES,
		.files = 10,
		.per = BW_BUDGET_USER,
	};
	rig_policy("two");
	rig_resolve();
	ck_assert_uint_eq(rig_count(BW_RULE_OTHERS), 1);
	ck_assert_ptr_nonnull(rig_rule(&key));
	ck_assert_uint_eq(rig_rule(&key)->grant.budget.files, 10);
	ck_assert_uint_eq(rig_rule(&key)->grant.budget.id, bw_budget_id("one", ""));
	ck_assert_uint_ne(bw_budget_id("one", ""), bw_budget_id("one", "others"));
}
END_TEST

/* Which disks this host has is its own business; that of the set is none of the free ones. */
START_TEST(disks_under_sets_are_in_one)
{
	const struct bw_rule_key devices = { .kind = BW_RULE_DEVICES };
	struct bw_rule_key disk = { .kind = BW_RULE_DISK };
	struct bw_policy *policy = rig_policy("one");

	rig_directory("/a");
	rig_protect(policy, rig_path("/a"));
	rig_policy("disks")->devices = true;
	rig_resolve();
	ck_assert_ptr_nonnull(rig_rule(&devices));
	ck_assert_uint_eq(rig_rule(&devices)->set, 2);
	ck_assert(is_watched("/dev"));
	ck_assert(is_watched("/run/udev/data"));
	disk.file.dev = rig_key(rig_path("/a")).dev;
	ck_assert(!rig_rule(&disk) || rig_rule(&disk)->anchor == BW_ANCHOR_PROTECT);
}
END_TEST

START_TEST(disks_are_nobodys_business)
{
	rig_directory("/a");
	rig_protect(rig_policy("one"), rig_path("/a"));
	rig_resolve();
	ck_assert_uint_eq(rig_count(BW_RULE_DEVICES), 0);
	ck_assert_uint_eq(rig_count(BW_RULE_DISK), 0);
	ck_assert_uint_eq(rig_count(BW_RULE_RAW), 0);
	ck_assert(!is_watched("/dev"));
}
END_TEST

static TCase *sets_tests(void)
{
	TCase *tcase = tcase_create("sets");

	tcase_add_test(tcase, sets_may_not_share_a_path);
	tcase_add_test(tcase, sets_may_not_lie_in_each_other);
	tcase_add_test(tcase, a_shared_file_counts_once);
	tcase_add_test(tcase, a_named_file_stays_in_its_set);
	tcase_add_test(tcase, a_linked_file_is_not_excepted);
	tcase_add_test(tcase, except_lets_another_set_in);
	tcase_add_test(tcase, except_lets_another_set_in_below);
	tcase_add_test(tcase, one_set_makes_no_hole_in_another);
	tcase_add_test(tcase, protected_and_excepted_is_an_error);
	tcase_add_test(tcase, a_path_given_twice_counts_once);
	tcase_add_test(tcase, sets_keep_their_numbers);
	tcase_add_test(tcase, numbers_of_sets_that_are_gone_are_used_again);
	tcase_add_test(tcase, sets_are_bounded);
	tcase_add_test(tcase, others_have_a_budget_of_their_own);
	tcase_add_test(tcase, disks_under_sets_are_in_one);
	tcase_add_test(tcase, disks_are_nobodys_business);
	return tcase;
}

int main(void)
{
	TCase *tcases[] = { sets_tests() };
	Suite *suite = suite_create("resolve sets");
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
