// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the resolver: how large a set is, and a share of it (INV-6)
 */
#include <check.h>
#include <unistd.h>

#include "cleanup.h"
#include "resolve_rig.h"

#define KIB 1024U
#define HOUR_NS 3600000000000ULL

static struct bw_policy *policy;

static void coverage_setup(void)
{
	rig_setup();
	policy = rig_policy("one");
	policy->others = (struct bw_budget){
		.every_ns = HOUR_NS,
		.bytes = BW_BUDGET_NO_BYTES,
		.files = BW_BUDGET_NO_FILES,
		.per = BW_BUDGET_USER,
		.coverage = 10,
	};
	rig_directory("/a");
}

static uint64_t set_bytes(void)
{
	rig_resolve();
	return rig.rules->set_bytes[1];
}

static const struct bw_budget *others(void)
{
	static const struct bw_rule_key key = { .kind = BW_RULE_OTHERS, .set = 1 };

	return &rig_rule(&key)->grant.budget;
}

START_TEST(a_set_is_as_large_as_its_files)
{
	rig_directory("/a/deep");
	rig_directory("/a/log");
	rig_fill("/a/one", 1000);
	rig_fill("/a/deep/two", 100 * KIB);
	rig_fill("/a/log/three", 10 * KIB);
	rig_fill("/alone", 10 * KIB);
	rig_fill("/other", 10 * KIB);
	rig_symlink("/other", "/a/link");
	rig_protect(policy, rig_path("/a"));
	rig_protect(policy, rig_path("/alone"));
	rig_except(policy, rig_path("/a/log"));
	ck_assert_uint_eq(set_bytes(), 1000 + 110 * KIB);
	ck_assert_uint_eq(others()->distinct, (1000 + 110 * KIB) / 10);
	ck_assert_uint_eq(others()->piece_shift, 12);
	ck_assert_uint_eq(rig.diagnostics.len, 0);
}
END_TEST

/* Whoever can't write to a set's files can't make it look larger. */
START_TEST(nobody_makes_a_set_look_larger)
{
	rig_fill("/a/one", 8 * KIB);
	rig_hard_link("/a/one", "/a/two");
	rig_file("/a/hole");
	ck_assert_int_eq(truncate(rig_path("/a/hole"), 1 << 30), 0);
	rig_protect(policy, rig_path("/a"));
	ck_assert_uint_eq(set_bytes(), 8 * KIB);
}
END_TEST

START_TEST(nothing_has_no_share)
{
	rig_protect(policy, rig_path("/a"));
	ck_assert_uint_eq(set_bytes(), 0);
	assert_warned("no bytes were found in set 'one': 'coverage' lets nobody read");
	ck_assert_uint_eq(others()->distinct, 0);
}
END_TEST

/* A set that was found to be so large, and its executables are looked for again. */
static void grants_resolve(uint64_t bytes)
{
	struct bw_rules *known = take_ptr(rig.rules);

	if (bytes)
		known->set_bytes[1] = bytes;
	ck_assert_int_eq(bw_grants_resolve(&rig.all, &bw_identifier_stat, known, &rig.diagnostics,
					   &rig.rules),
			 0);
	bw_rules_free(known);
}

START_TEST(grants_alone_keep_the_size)
{
	rig_fill("/a/one", 100 * KIB);
	rig_protect(policy, rig_path("/a"));
	rig_grant(policy, "/bin/true", "root", "any");
	policy->grants[0].budget = policy->others;
	rig_resolve();
	rig_fill("/a/two", 100 * KIB);
	grants_resolve(0);
	ck_assert_uint_eq(rig.rules->set_bytes[1], 100 * KIB);
	ck_assert_uint_eq(rig.rules->grants[0].grant.budget.distinct, 10 * KIB);
	ck_assert_uint_eq(others()->distinct, 10 * KIB);
}
END_TEST

static const struct {
	uint64_t bytes;
	unsigned int shift;
} sizes[] = {
	{ 1, 12 },
	{ 160 << 20, 12 },    /* 4096 pieces of 4 KiB are a tenth */
	{ 161ULL << 20, 13 }, /* and more than that */
	{ 100ULL << 30, 22 },
	{ 1ULL << 62, 47 },
};

START_TEST(pieces_are_as_small_as_can_be_remembered)
{
	rig_protect(policy, rig_path("/a"));
	rig_resolve();
	grants_resolve(sizes[_i].bytes);
	ck_assert_uint_eq(others()->piece_shift, sizes[_i].shift);
	ck_assert_uint_eq(others()->distinct, sizes[_i].bytes / 10);
}
END_TEST

static Suite *coverage_suite(void)
{
	Suite *suite = suite_create("resolve_coverage");
	TCase *tcase = tcase_create("sizes");

	tcase_add_checked_fixture(tcase, coverage_setup, rig_teardown);
	tcase_add_test(tcase, a_set_is_as_large_as_its_files);
	tcase_add_test(tcase, nobody_makes_a_set_look_larger);
	tcase_add_loop_test(tcase, pieces_are_as_small_as_can_be_remembered, 0, ARRAY_LEN(sizes));
	tcase_add_test(tcase, nothing_has_no_share);
	tcase_add_test(tcase, grants_alone_keep_the_size);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(coverage_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
