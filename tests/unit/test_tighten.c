// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of rules that may only become stricter
 */
#include <check.h>
#include <stdbool.h>
#include <string.h>

#include "cleanup.h"
#include "resolve.h"

static struct bw_rules *now;
static struct bw_rules *before;

static void rules_setup(void)
{
	now = calloc(1, sizeof(*now));
	before = calloc(1, sizeof(*before));
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

static struct bw_rule_entry *add(struct bw_rules *rules, enum bw_rule_kind kind, __u64 ino)
{
	struct bw_rule_entry *entry;

	if (!rules->items)
		rules->items = calloc(16, sizeof(*rules->items));
	entry = &rules->items[rules->len++];
	entry->key.kind = kind;
	entry->key.file = inode(ino);
	return entry;
}

static void anchor(struct bw_rules *rules, __u64 ino, __u16 set)
{
	struct bw_rule_entry *entry = add(rules, BW_RULE_ANCHOR, ino);

	entry->rule.set = set;
	entry->rule.anchor = BW_ANCHOR_PROTECT;
}

static void name(struct bw_rules *rules, __u64 directory, __u64 hash, enum bw_anchor kind)
{
	struct bw_rule_entry *entry = add(rules, BW_RULE_NAME, directory);

	entry->key.name = hash;
	entry->rule.set = 1;
	entry->rule.anchor = kind;
}

/* In a directory, with a directory above it. */
static void hole(struct bw_rules *rules, __u64 directory, __u64 hash, __u64 within)
{
	name(rules, directory, hash, BW_ANCHOR_EXCEPT);
	rules->holes = reallocarray(rules->holes, rules->holes_len + 1, sizeof(*rules->holes));
	rules->holes[rules->holes_len++] = (struct bw_hole){
		.directory = inode(directory),
		.name = hash,
		.within = { .kind = BW_RULE_ANCHOR, .file = inode(within) },
	};
}

static void set(struct bw_rules *rules, __u16 number)
{
	struct bw_rule_entry *entry = add(rules, BW_RULE_SET, 0);

	entry->key.file = (struct bw_file_key){ 0 };
	entry->key.set = number;
	entry->rule.mode = BW_MODE_ENFORCE;
}

static void grant(struct bw_rules *rules, __u16 number, __u64 exe)
{
	add(rules, BW_RULE_GRANT, exe)->key.set = number;
	add(rules, BW_RULE_EXE, exe);
	rules->executables = reallocarray(rules->executables, rules->executables_len + 1,
					  sizeof(*rules->executables));
	rules->executables[rules->executables_len++] = inode(exe);
}

static const struct bw_rule *find(enum bw_rule_kind kind, __u64 ino, __u64 hash)
{
	for (size_t i = 0; i < now->len; i++) {
		const struct bw_rule_key *key = &now->items[i].key;

		if (key->kind == kind && key->file.ino == ino && key->name == hash)
			return &now->items[i].rule;
	}
	return NULL;
}

static void tighten(void)
{
	ck_assert_int_eq(bw_rules_tighten(now, before), 0);
}

START_TEST(first_policy_is_as_it_is)
{
	anchor(now, 10, 1);
	hole(now, 10, 77, 10);
	name(now, 20, 77, BW_ANCHOR_PROTECT);
	tighten();
	ck_assert_uint_eq(now->len, 3);
}
END_TEST

/* mv /var/lib/postgresql /var/lib/pg2 */
START_TEST(what_was_moved_away_stays_protected)
{
	anchor(before, 10, 1);
	name(before, 20, 77, BW_ANCHOR_PROTECT);
	set(before, 1);
	set(now, 1);
	tighten();
	ck_assert_ptr_nonnull(find(BW_RULE_ANCHOR, 10, 0));
	ck_assert_uint_eq(find(BW_RULE_ANCHOR, 10, 0)->set, 1);
	ck_assert_uint_eq(find(BW_RULE_NAME, 20, 77)->anchor, BW_ANCHOR_PROTECT);
	ck_assert_uint_eq(now->len, 3);
}
END_TEST

/* mv data.ibd foo.err, where '*.err' is excepted */
START_TEST(new_hole_is_dropped)
{
	anchor(before, 10, 1);
	name(before, 10, 76, BW_ANCHOR_EXCEPT);
	anchor(now, 10, 1);
	hole(now, 10, 76, 10);
	hole(now, 10, 77, 10);
	hole(now, 12, 77, 10);
	name(now, 13, 77, BW_ANCHOR_EXCEPT);
	tighten();
	ck_assert_ptr_nonnull(find(BW_RULE_NAME, 10, 76));
	ck_assert_ptr_null(find(BW_RULE_NAME, 10, 77));
	ck_assert_ptr_null(find(BW_RULE_NAME, 12, 77));
	ck_assert_ptr_null(find(BW_RULE_NAME, 13, 77));
}
END_TEST

/* Its control: a new cluster comes with its log and pid file. */
START_TEST(new_directory_has_its_holes)
{
	anchor(before, 10, 1);
	anchor(now, 10, 1);
	anchor(now, 11, 1);
	hole(now, 11, 77, 11);
	hole(now, 12, 78, 11);
	tighten();
	ck_assert_ptr_nonnull(find(BW_RULE_NAME, 11, 77));
	ck_assert_ptr_nonnull(find(BW_RULE_NAME, 12, 78));
}
END_TEST

/* Of all that it lies in, by whatever way, nothing may have been protected. */
START_TEST(hole_in_something_old_is_dropped)
{
	anchor(before, 10, 1);
	anchor(now, 11, 1);
	hole(now, 11, 77, 11);
	hole(now, 11, 77, 10);
	hole(now, 11, 77, 9);
	tighten();
	ck_assert_ptr_null(find(BW_RULE_NAME, 11, 77));
}
END_TEST

START_TEST(hole_in_place_of_protection_is_dropped)
{
	name(before, 10, 77, BW_ANCHOR_PROTECT);
	anchor(now, 10, 1);
	name(now, 10, 77, BW_ANCHOR_EXCEPT);
	tighten();
	ck_assert_uint_eq(find(BW_RULE_NAME, 10, 77)->anchor, BW_ANCHOR_PROTECT);
	ck_assert_uint_eq(now->len, 2);
}
END_TEST

START_TEST(hole_that_is_gone_stays_gone)
{
	anchor(before, 10, 1);
	name(before, 10, 77, BW_ANCHOR_EXCEPT);
	anchor(now, 10, 1);
	tighten();
	ck_assert_ptr_null(find(BW_RULE_NAME, 10, 77));
}
END_TEST

START_TEST(set_that_is_gone_keeps_mode_and_grants)
{
	anchor(before, 10, 2);
	set(before, 2);
	grant(before, 2, 50);
	set(now, 1);
	grant(now, 1, 60);
	tighten();
	ck_assert_ptr_nonnull(find(BW_RULE_GRANT, 50, 0));
	ck_assert_ptr_nonnull(find(BW_RULE_EXE, 50, 0));
	ck_assert_uint_eq(now->executables_len, 2);
	ck_assert_uint_eq(now->executables[0].ino, 50);
	ck_assert_uint_eq(now->executables[1].ino, 60);
}
END_TEST

/* And the scripts that those name: without them they would hold for nobody. */
START_TEST(script_stays_as_long_as_its_grants)
{
	set(before, 1);
	set(before, 2);
	add(before, BW_RULE_GRANT, 50)->key.set = 1;
	before->items[before->len - 1].rule.grant.script = inode(70);
	add(before, BW_RULE_GRANT, 50)->key.set = 2;
	before->items[before->len - 1].rule.grant.script = inode(71);
	add(before, BW_RULE_SCRIPT, 70);
	add(before, BW_RULE_SCRIPT, 71);
	set(now, 1);
	tighten();
	ck_assert_ptr_null(find(BW_RULE_SCRIPT, 70, 0));
	ck_assert_ptr_nonnull(find(BW_RULE_SCRIPT, 71, 0));
}
END_TEST

/* A replaced executable is bw_rules_keep()'s business. */
START_TEST(grants_of_a_set_that_stays_are_the_new_ones)
{
	set(before, 1);
	grant(before, 1, 50);
	set(now, 1);
	grant(now, 1, 51);
	tighten();
	ck_assert_ptr_null(find(BW_RULE_GRANT, 50, 0));
	ck_assert_ptr_null(find(BW_RULE_EXE, 50, 0));
	ck_assert_uint_eq(now->executables_len, 1);
}
END_TEST

START_TEST(filesystems_stay_and_stay_strict)
{
	add(before, BW_RULE_FILESYSTEM, 0)->key.file.dev = 3;
	add(before, BW_RULE_FILESYSTEM, 0)->key.file.dev = 4;
	before->filesystems = 6;
	add(now, BW_RULE_FILESYSTEM, 0)->key.file.dev = 4;
	now->items[0].rule.mode = BW_MODE_MONITOR;
	now->filesystems = 8;
	tighten();
	ck_assert_uint_eq(now->len, 2);
	ck_assert_uint_eq(now->items[0].rule.mode, 0);
	ck_assert_uint_eq(now->items[1].key.file.dev, 3);
	ck_assert_uint_eq(now->filesystems, 14);
}
END_TEST

static void disk(struct bw_rules *rules, __u32 dev, enum bw_anchor anchor)
{
	struct bw_rule_entry *entry = add(rules, BW_RULE_DISK, 0);

	entry->key.file = (struct bw_file_key){ .dev = dev };
	entry->rule.anchor = anchor;
}

static void disks(struct bw_rules *rules, __u32 free)
{
	add(rules, BW_RULE_DEVICES, 0)->key.file = (struct bw_file_key){ 0 };
	disk(rules, free, BW_ANCHOR_EXCEPT);
}

/* Its set's file was moved away: the disks stay in it, and what was free stays free. */
START_TEST(disks_stay_in_a_set_that_is_gone)
{
	disks(before, 1);
	tighten();
	ck_assert_uint_eq(now->len, 2);
}
END_TEST

/* A disk that was free, and has become part of something. */
START_TEST(free_disks_are_the_new_ones)
{
	disks(before, 1);
	disks(now, 2);
	tighten();
	ck_assert_uint_eq(now->len, 2);
	ck_assert_uint_eq(now->items[1].key.file.dev, 2);
}
END_TEST

/* umount: no set is found there any more, and its bytes are there all the same. */
START_TEST(disk_of_a_set_is_not_freed)
{
	disks(before, 1);
	disk(before, 2, BW_ANCHOR_PROTECT);
	disk(before, 3, BW_ANCHOR_PROTECT);
	disks(now, 1);
	disk(now, 2, BW_ANCHOR_EXCEPT);
	tighten();
	ck_assert_uint_eq(now->len, 4);
	ck_assert_uint_eq(now->items[1].rule.anchor, BW_ANCHOR_EXCEPT);
	ck_assert_uint_eq(now->items[2].key.file.dev, 2);
	ck_assert_uint_eq(now->items[2].rule.anchor, BW_ANCHOR_PROTECT);
	ck_assert_uint_eq(now->items[3].key.file.dev, 3);
	ck_assert_uint_eq(now->items[3].rule.anchor, BW_ANCHOR_PROTECT);
}
END_TEST

START_TEST(nothing_comes_twice)
{
	size_t len;

	for (__u64 ino = 1; ino < 6; ino++)
		anchor(before, ino, 1);
	anchor(now, 3, 1);
	anchor(now, 9, 1);
	tighten();
	len = now->len;
	ck_assert_uint_eq(len, 6);
	tighten();
	ck_assert_uint_eq(now->len, len);
}
END_TEST

static struct bw_budget *budget(struct bw_rules *rules, __u8 coverage, __u64 distinct)
{
	struct bw_rule_entry *entry = add(rules, BW_RULE_OTHERS, 0);

	entry->key.set = 1;
	entry->rule.grant.budget = (struct bw_budget){
		.id = 7,
		.per = BW_BUDGET_USER,
		.coverage = coverage,
		.piece_shift = 20,
		.distinct = distinct,
	};
	return &entry->rule.grant.budget;
}

/* INV-6: what somebody adds to a set, or takes from it, changes no share of it. */
static const struct {
	const char *name;
	__u8 coverage;
	__u64 distinct;
	__u8 coverage_now;
	__u64 distinct_now;
	__u64 expected;
} shares[] = {
	{ "the same", 5, 5000, 5, 5000, 5000 },
	{ "a set that has grown", 5, 5000, 5, 9000, 5000 },
	{ "one that has shrunk", 5, 5000, 5, 4000, 5000 },
	{ "one that was empty", 5, 0, 5, 9000, 9000 },
	{ "a smaller share", 5, 5000, 4, 4000, 4000 },
	{ "a smaller one of more", 5, 5000, 4, 8000, 5000 },
	{ "where there was none", 0, 0, 4, 8000, 8000 },
};

START_TEST(shares_stay_what_they_were)
{
	const struct bw_budget *share;

	set(before, 1);
	set(now, 1);
	budget(before, shares[_i].coverage, shares[_i].distinct);
	share = budget(now, shares[_i].coverage_now, shares[_i].distinct_now);
	ck_assert_int_eq(bw_rules_tighten(now, before), 0);
	ck_assert_msg(share->distinct == shares[_i].expected, "%s: %llu bytes", shares[_i].name,
		      share->distinct);
}
END_TEST

static Suite *tighten_suite(void)
{
	Suite *suite = suite_create("tighten");
	TCase *tcase = tcase_create("tighten");

	tcase_add_checked_fixture(tcase, rules_setup, rules_teardown);
	tcase_add_test(tcase, first_policy_is_as_it_is);
	tcase_add_test(tcase, what_was_moved_away_stays_protected);
	tcase_add_test(tcase, new_hole_is_dropped);
	tcase_add_test(tcase, new_directory_has_its_holes);
	tcase_add_test(tcase, hole_in_something_old_is_dropped);
	tcase_add_test(tcase, hole_in_place_of_protection_is_dropped);
	tcase_add_test(tcase, hole_that_is_gone_stays_gone);
	tcase_add_test(tcase, set_that_is_gone_keeps_mode_and_grants);
	tcase_add_test(tcase, script_stays_as_long_as_its_grants);
	tcase_add_test(tcase, grants_of_a_set_that_stays_are_the_new_ones);
	tcase_add_test(tcase, filesystems_stay_and_stay_strict);
	tcase_add_test(tcase, disks_stay_in_a_set_that_is_gone);
	tcase_add_test(tcase, free_disks_are_the_new_ones);
	tcase_add_test(tcase, disk_of_a_set_is_not_freed);
	tcase_add_test(tcase, nothing_comes_twice);
	tcase_add_loop_test(tcase, shares_stay_what_they_were, 0, ARRAY_LEN(shares));
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(tighten_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
