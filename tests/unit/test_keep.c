// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of grants of executables that run although they were
 * replaced
 */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "resolve.h"

#define OLD 50
#define NEW 51
#define SERVER 7
#define BACKUP 8

static struct bw_rules *now;
static struct bw_rules *before;
static __u64 runs;
static unsigned int looks;

static int look(const void *context, const struct bw_file_key *executables, size_t len,
		bool *ret_running)
{
	looks++;
	for (size_t i = 0; i < len; i++)
		ret_running[i] = executables[i].ino == runs;
	return 0;
}

static int look_in_vain(const void *context, const struct bw_file_key *executables, size_t len,
			bool *ret_running)
{
	return -EIO;
}

static struct bw_rules *rules_new(void)
{
	struct bw_rules *rules = calloc(1, sizeof(*rules));

	rules->items = calloc(32, sizeof(*rules->items));
	rules->grants = calloc(8, sizeof(*rules->grants));
	strcpy(rules->set_names[1].name, "pensions");
	strcpy(rules->set_names[2].name, "dumps");
	return rules;
}

static void rules_setup(void)
{
	now = rules_new();
	before = rules_new();
	runs = OLD;
	looks = 0;
}

static void rules_teardown(void)
{
	bw_rules_free(now);
	bw_rules_free(before);
}

static struct bw_file_key inode(__u64 ino)
{
	return (struct bw_file_key){ .dev = 1, .ino = ino };
}

static struct bw_grant *policy_grant(struct bw_rules *rules, __u16 set, __u32 pattern, __u32 number)
{
	struct bw_set_grant *grant = &rules->grants[rules->grants_len++];

	grant->set = set;
	grant->grant.pattern = pattern;
	grant->grant.number = number;
	grant->grant.uid = 100;
	return &grant->grant;
}

static void give(struct bw_rules *rules, __u16 set, const struct bw_grant *grant, __u64 exe)
{
	struct bw_rule_entry *entry = &rules->items[rules->len++];

	entry->key.kind = BW_RULE_GRANT;
	entry->key.set = set;
	entry->key.file = inode(exe);
	entry->rule.grant = *grant;
	for (size_t i = 0; i + 1 < rules->len; i++) {
		const struct bw_rule_key *other = &rules->items[i].key;

		entry->key.index += other->set == set && other->file.ino == exe;
	}
	if (entry->key.index)
		return;

	entry = &rules->items[rules->len++];
	entry->key.kind = BW_RULE_EXE;
	entry->key.file = inode(exe);
	rules->executables = reallocarray(rules->executables, rules->executables_len + 1,
					  sizeof(*rules->executables));
	rules->executables[rules->executables_len++] = inode(exe);
}

static const struct bw_rule *find(enum bw_rule_kind kind, __u16 set, __u64 exe, __u16 index)
{
	for (size_t i = 0; i < now->len; i++) {
		const struct bw_rule_key *key = &now->items[i].key;

		if (key->kind == kind && key->set == set && key->file.ino == exe &&
		    key->index == index)
			return &now->items[i].rule;
	}
	return NULL;
}

static void keep(void)
{
	const struct bw_runners runners = { .look = look };

	ck_assert_int_eq(bw_rules_keep(now, before, &runners), 0);
}

/* The upgrade: NEW bears the name that was OLD's. */
static void replaced(void)
{
	give(before, 1, policy_grant(before, 1, SERVER, 1), OLD);
	give(now, 1, policy_grant(now, 1, SERVER, 1), NEW);
}

START_TEST(running_one_keeps_its_grant)
{
	replaced();
	keep();
	ck_assert_ptr_nonnull(find(BW_RULE_GRANT, 1, OLD, 0));
	ck_assert_ptr_nonnull(find(BW_RULE_EXE, 0, OLD, 0));
	ck_assert_ptr_nonnull(find(BW_RULE_GRANT, 1, NEW, 0));
	ck_assert_uint_eq(now->executables_len, 2);
	ck_assert_uint_eq(now->executables[0].ino, OLD);
	ck_assert_uint_eq(now->executables[1].ino, NEW);
	ck_assert_uint_eq(now->kept, 1);
}
END_TEST

/* Of what it runs, not of what has taken its place. */
START_TEST(it_keeps_the_version_that_was_verified)
{
	struct bw_grant *had = policy_grant(before, 1, SERVER, 1);
	struct bw_grant *has = policy_grant(now, 1, SERVER, 1);

	had->flags = has->flags = BW_GRANT_DIGEST;
	had->content = 7;
	give(before, 1, had, OLD);
	has->content = 9;
	give(now, 1, has, NEW);
	has->content = 0;
	keep();
	ck_assert_uint_eq(find(BW_RULE_GRANT, 1, OLD, 0)->grant.content, 7);
	ck_assert_uint_eq(find(BW_RULE_GRANT, 1, NEW, 0)->grant.content, 9);
}
END_TEST

/* Between the removal of the old package and the unpacking of the new one. */
START_TEST(so_it_does_while_nothing_bears_its_name)
{
	give(before, 1, policy_grant(before, 1, SERVER, 1), OLD);
	policy_grant(now, 1, SERVER, 1);
	keep();
	ck_assert_ptr_nonnull(find(BW_RULE_GRANT, 1, OLD, 0));
}
END_TEST

/* A share of the set, which has another size now. */
START_TEST(so_it_does_when_its_share_is_another)
{
	struct bw_grant *grant = policy_grant(before, 1, SERVER, 1);

	grant->budget.coverage = 5;
	grant->budget.distinct = 100;
	give(before, 1, grant, OLD);
	grant = policy_grant(now, 1, SERVER, 1);
	grant->budget.coverage = 5;
	grant->budget.distinct = 1 << 30;
	grant->budget.piece_shift = 18;
	give(now, 1, grant, NEW);
	keep();
	ck_assert_ptr_nonnull(find(BW_RULE_GRANT, 1, OLD, 0));
	ck_assert_uint_eq(find(BW_RULE_GRANT, 1, OLD, 0)->grant.budget.distinct, 1 << 30);
}
END_TEST

START_TEST(ended_one_has_lost_it)
{
	replaced();
	runs = 0;
	keep();
	ck_assert_ptr_null(find(BW_RULE_GRANT, 1, OLD, 0));
	ck_assert_ptr_null(find(BW_RULE_EXE, 0, OLD, 0));
	ck_assert_uint_eq(now->kept, 0);
}
END_TEST

/* What only runs gains nothing: OLD was granted one set of two. */
START_TEST(nothing_is_gained)
{
	give(before, 1, policy_grant(before, 1, SERVER, 1), OLD);
	give(now, 1, policy_grant(now, 1, SERVER, 1), NEW);
	give(now, 2, policy_grant(now, 2, SERVER, 1), NEW);
	keep();
	ck_assert_ptr_nonnull(find(BW_RULE_GRANT, 1, OLD, 0));
	ck_assert_ptr_null(find(BW_RULE_GRANT, 2, OLD, 0));
}
END_TEST

START_TEST(who_was_granted_nothing_is_not_looked_for)
{
	give(now, 1, policy_grant(now, 1, SERVER, 1), NEW);
	keep();
	ck_assert_uint_eq(looks, 0);
	ck_assert_uint_eq(now->len, 2);
}
END_TEST

START_TEST(what_both_have_is_not_looked_for)
{
	give(before, 1, policy_grant(before, 1, SERVER, 1), OLD);
	give(now, 1, policy_grant(now, 1, SERVER, 1), OLD);
	keep();
	ck_assert_uint_eq(looks, 0);
	ck_assert_uint_eq(now->len, 2);
}
END_TEST

/* The administrator has taken the grant out, or made another one of it. */
static void other_pattern(struct bw_grant *grant)
{
	grant->pattern = BACKUP;
}

static void other_user(struct bw_grant *grant)
{
	grant->uid++;
}

static void other_unit(struct bw_grant *grant)
{
	grant->unit_len = 1;
	grant->unit[0] = 'x';
}

static void other_mounts(struct bw_grant *grant)
{
	grant->flags = BW_GRANT_ANY_MOUNTS;
}

static void not_known(struct bw_grant *grant)
{
	grant->pattern = 0;
}

static void (*const changes[])(struct bw_grant *) = {
	other_pattern, other_user, other_unit, other_mounts, not_known,
};

START_TEST(changed_grant_is_not_kept)
{
	struct bw_grant *grant = policy_grant(now, 1, SERVER, 1);

	give(before, 1, policy_grant(before, 1, SERVER, 1), OLD);
	changes[_i](grant);
	keep();
	ck_assert_uint_eq(now->len, 0);
}
END_TEST

START_TEST(number_is_the_new_policys)
{
	struct bw_grant *grant = policy_grant(before, 1, SERVER, 1);

	give(before, 1, grant, OLD);
	policy_grant(now, 1, BACKUP, 1);
	policy_grant(now, 1, SERVER, 2);
	keep();
	ck_assert_uint_eq(find(BW_RULE_GRANT, 1, OLD, 0)->grant.number, 2);
}
END_TEST

START_TEST(number_of_another_set_is_not_the_set)
{
	replaced();
	strcpy(now->set_names[1].name, "another");
	keep();
	ck_assert_ptr_null(find(BW_RULE_GRANT, 1, OLD, 0));
}
END_TEST

/* OLD is still found by one pattern and no longer by the other. */
START_TEST(indices_have_no_holes)
{
	give(before, 1, policy_grant(before, 1, SERVER, 1), OLD);
	give(before, 1, policy_grant(before, 1, BACKUP, 2), OLD);
	policy_grant(now, 1, SERVER, 1);
	give(now, 1, policy_grant(now, 1, BACKUP, 2), OLD);
	keep();
	ck_assert_uint_eq(find(BW_RULE_GRANT, 1, OLD, 0)->grant.pattern, BACKUP);
	ck_assert_uint_eq(find(BW_RULE_GRANT, 1, OLD, 1)->grant.pattern, SERVER);
	ck_assert_uint_eq(now->executables_len, 1);
	ck_assert_uint_eq(now->kept, 1);
}
END_TEST

/* One set names OLD itself, the other a link that led there and has been turned elsewhere. */
START_TEST(kept_grant_of_a_known_executable_counts)
{
	give(before, 1, policy_grant(before, 1, SERVER, 1), OLD);
	give(before, 2, policy_grant(before, 2, BACKUP, 1), OLD);
	give(now, 1, policy_grant(now, 1, SERVER, 1), OLD);
	give(now, 2, policy_grant(now, 2, BACKUP, 1), NEW);
	keep();
	ck_assert_ptr_nonnull(find(BW_RULE_GRANT, 2, OLD, 0));
	ck_assert_uint_eq(now->executables_len, 2);
	ck_assert_uint_eq(now->kept, 1);
}
END_TEST

START_TEST(each_kept_grant_counts)
{
	give(before, 1, policy_grant(before, 1, SERVER, 1), OLD);
	give(before, 1, policy_grant(before, 1, BACKUP, 2), OLD);
	policy_grant(now, 1, SERVER, 1);
	policy_grant(now, 1, BACKUP, 2);
	keep();
	ck_assert_uint_eq(now->executables_len, 1);
	ck_assert_uint_eq(now->kept, 2);
}
END_TEST

START_TEST(look_that_fails_is_told)
{
	const struct bw_runners runners = { .look = look_in_vain };

	replaced();
	ck_assert_int_eq(bw_rules_keep(now, before, &runners), -EIO);
}
END_TEST

static Suite *keep_suite(void)
{
	Suite *suite = suite_create("keep");
	TCase *tcase = tcase_create("keep");

	tcase_add_checked_fixture(tcase, rules_setup, rules_teardown);
	tcase_add_test(tcase, running_one_keeps_its_grant);
	tcase_add_test(tcase, it_keeps_the_version_that_was_verified);
	tcase_add_test(tcase, so_it_does_while_nothing_bears_its_name);
	tcase_add_test(tcase, so_it_does_when_its_share_is_another);
	tcase_add_test(tcase, ended_one_has_lost_it);
	tcase_add_test(tcase, nothing_is_gained);
	tcase_add_test(tcase, who_was_granted_nothing_is_not_looked_for);
	tcase_add_test(tcase, what_both_have_is_not_looked_for);
	tcase_add_loop_test(tcase, changed_grant_is_not_kept, 0, ARRAY_LEN(changes));
	tcase_add_test(tcase, number_is_the_new_policys);
	tcase_add_test(tcase, number_of_another_set_is_not_the_set);
	tcase_add_test(tcase, indices_have_no_holes);
	tcase_add_test(tcase, kept_grant_of_a_known_executable_counts);
	tcase_add_test(tcase, each_kept_grant_counts);
	tcase_add_test(tcase, look_that_fails_is_told);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(keep_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
