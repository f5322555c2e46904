// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests: signed policies that are a step back from what is in force
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "policy_rollback.h"

static struct bw_diagnostics found;

static void rollback_setup(void)
{
	found = (struct bw_diagnostics){ 0 };
}

static void rollback_teardown(void)
{
	bw_diagnostics_done(&found);
}

/* Is `pensions` in force, in that mode and version, followed by what is in @policies? */
static int follows(const struct bw_policies *policies, enum bw_mode mode, unsigned int version)
{
	struct bw_rule_entry items[] = {
		{ .key = { .kind = BW_RULE_SET, .set = 3 },
		  .rule = { .mode = mode, .version = version } },
		/* The decoy's, which is in no file. */
		{ .key = { .kind = BW_RULE_SET, .set = BW_SET_CANARY },
		  .rule = { .mode = BW_MODE_ENFORCE, .version = 9 } },
		{ .key = { .kind = BW_RULE_ANCHOR }, .rule = { .set = 3 } },
	};
	struct bw_rules in_force = { .items = items, .len = ARRAY_LEN(items) };

	(void)snprintf(in_force.set_names[3].name, BW_SET_NAME_SIZE, "pensions");
	return bw_policy_rollback_check(policies, &in_force, "/etc/bulwark/policy.d", &found);
}

static int version_follows(unsigned int now, unsigned int before)
{
	char file[] = "pensions.yaml", set[] = "pensions";
	struct bw_policy policy = { .file = file, .set = set, .version = now };
	struct bw_policy *items[] = { &policy };
	const struct bw_policies policies = { items, 1 };

	return follows(&policies, BW_MODE_ENFORCE, before);
}

START_TEST(version_never_goes_down)
{
	ck_assert_int_eq(version_follows(4, 3), 0);
	ck_assert_int_eq(version_follows(3, 3), 0);
	ck_assert_uint_eq(found.len, 0);
	ck_assert_int_eq(version_follows(2, 3), -EINVAL);
	ck_assert_uint_eq(found.errors, 1);
	ck_assert_ptr_nonnull(strstr(found.items[0].text, "is older than the one in force, 3"));
	ck_assert_str_eq(found.items[0].file, "pensions.yaml");
}
END_TEST

START_TEST(set_that_enforces_never_goes)
{
	const struct bw_policies none = { 0 };

	ck_assert_int_eq(follows(&none, BW_MODE_MONITOR, 3), 0);
	ck_assert_uint_eq(found.len, 0);
	ck_assert_int_eq(follows(&none, BW_MODE_ENFORCE, 3), -EINVAL);
	ck_assert_ptr_nonnull(strstr(found.items[0].text, "nobody has signed that"));
}
END_TEST

/* After a boot, say. */
START_TEST(anything_follows_nothing)
{
	const struct bw_rules nothing = { 0 };
	const struct bw_policies none = { 0 };

	ck_assert_int_eq(bw_policy_rollback_check(&none, &nothing, "", &found), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rollback");
	TCase *tcase = tcase_create("steps back");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, rollback_setup, rollback_teardown);
	tcase_add_test(tcase, version_never_goes_down);
	tcase_add_test(tcase, set_that_enforces_never_goes);
	tcase_add_test(tcase, anything_follows_nothing);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
