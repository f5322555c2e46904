// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the records: findings about budgets
 */
#include <check.h>
#include <string.h>

#include "cleanup.h"
#include "record_rig.h"

/* 200 files an hour, and no limit of bytes. */
static void finding_setup(void)
{
	record_rig_setup();
	record_rig.event.channel = BW_CHANNEL_READ;
	record_rig.event.reason = BW_REASON_BUDGET_FILES;
	record_rig.event.totals = (struct bw_totals){
		.every_ns = 3600 * SECOND,
		.bytes = 5242880,
		.bytes_max = BW_BUDGET_NO_BYTES,
		.files = 200,
		.files_max = 200,
		.per = BW_BUDGET_UNIT,
		.grant = 2,
	};
}

START_TEST(finding_is_ocsf_2006)
{
	rig_refuse();
	ck_assert_int_eq(rig_integer("category_uid"), 2);
	ck_assert_int_eq(rig_integer("class_uid"), 2006);
	ck_assert_int_eq(rig_integer("type_uid"), 200601);
	ck_assert_str_eq(rig_text("type_name"), "Data Security Finding: Create");
	ck_assert_int_eq(rig_integer("severity_id"), 5);
	ck_assert_int_eq(rig_integer("status_id"), 1);
	ck_assert_str_eq(rig_text("status"), "New");
	ck_assert_int_eq(rig_integer("action_id"), 2);
	ck_assert_int_eq(rig_integer("disposition_id"), 2);
	ck_assert(json_is_true(rig_get("is_alert")));
	ck_assert_str_eq(rig_text("finding_info.uid"), BOOT ":42");
	ck_assert_str_eq(rig_text("finding_info.title"),
			 "Budget of files of set 'pension-db' is used up");
	ck_assert_int_eq(rig_integer("data_security.data_lifecycle_state_id"), 1);
}
END_TEST

START_TEST(finding_tells_who_and_how_much)
{
	rig_refuse();
	ck_assert_str_eq(rig_text("unmapped.budget.per"), "unit");
	ck_assert_int_eq(rig_integer("unmapped.budget.grant"), 2);
	ck_assert_int_eq(rig_integer("unmapped.budget.every_s"), 3600);
	ck_assert_int_eq(rig_integer("unmapped.budget.bytes"), 5242880);
	ck_assert_ptr_null(rig_get("unmapped.budget.bytes_limit"));
	ck_assert_int_eq(rig_integer("unmapped.budget.files"), 200);
	ck_assert_int_eq(rig_integer("unmapped.budget.files_limit"), 200);
	ck_assert_ptr_null(rig_get("unmapped.budget.distinct_bytes"));
	ck_assert_str_eq(rig_text("actor.process.user.uid"), "0");
	ck_assert_int_eq(rig_integer("actor.process.auid"), 1000);
	ck_assert_str_eq(rig_text("unmapped.unit"), "ssh.service");
	ck_assert_str_eq(rig_text("unmapped.reason"), "budget-files");
	ck_assert_str_eq(rig_text("file.path"), "/var/lib/pg/base/5/16384");
	ck_assert_ptr_nonnull(strstr(rig_text("message"),
				     "; in 1h it has read 5MiB in 200 of 200 files (per unit)"));
}
END_TEST

START_TEST(finding_has_limits_of_bytes)
{
	record_rig.event.reason = BW_REASON_BUDGET_BYTES;
	record_rig.event.totals.bytes_max = 2ULL << 30;
	record_rig.event.totals.files_max = BW_BUDGET_NO_FILES;
	rig_refuse();
	ck_assert_int_eq(rig_integer("unmapped.budget.bytes_limit"), 2LL << 30);
	ck_assert_ptr_null(rig_get("unmapped.budget.files_limit"));
	ck_assert_str_eq(rig_text("finding_info.title"),
			 "Budget of bytes of set 'pension-db' is used up");
	ck_assert_ptr_nonnull(
		strstr(rig_text("message"), "it has read 5MiB of 2GiB in 200 files (per unit)"));
}
END_TEST

START_TEST(finding_has_a_share_of_the_set)
{
	record_rig.event.reason = BW_REASON_BUDGET_COVERAGE;
	record_rig.event.totals.files_max = BW_BUDGET_NO_FILES;
	record_rig.event.totals.coverage = 5;
	record_rig.event.totals.distinct = 3 << 20;
	record_rig.event.totals.distinct_max = 4 << 20;
	rig_refuse();
	ck_assert_int_eq(rig_integer("unmapped.budget.coverage_percent"), 5);
	ck_assert_int_eq(rig_integer("unmapped.budget.distinct_bytes"), 3 << 20);
	ck_assert_int_eq(rig_integer("unmapped.budget.distinct_bytes_limit"), 4 << 20);
	ck_assert_str_eq(rig_text("unmapped.reason"), "budget-coverage");
	ck_assert_str_eq(rig_text("finding_info.title"),
			 "Budget of coverage of set 'pension-db' is used up");
	ck_assert_ptr_nonnull(strstr(rig_text("message"),
				     "in 200 files, distinct 3MiB of 4MiB (5% of the set) (per "
				     "unit)"));
}
END_TEST

START_TEST(warning_is_a_finding)
{
	record_rig.event.type = BW_EVENT_WARNING;
	record_rig.event.verdict = BW_VERDICT_ALLOW;
	rig_refuse();
	ck_assert_int_eq(rig_integer("class_uid"), 2006);
	ck_assert_int_eq(rig_integer("action_id"), 1);
	ck_assert_str_eq(rig_text("finding_info.title"),
			 "Budget of files of set 'pension-db' is nearly used up");
	ck_assert_ptr_nonnull(strstr(rig_text("message"), "200 of 200 files"));
}
END_TEST

START_TEST(repeat_updates_the_finding)
{
	const struct bw_refusal_count count = { .sequence = 42,
						.count = 12,
						.last_ns = 160 * SECOND };
	struct bw_refusal_key key = rig_refusal_key();

	record_rig.context.first = &record_rig.event;
	record_rig.record = bw_record_repeat(&key, &count, &record_rig.context);
	ck_assert_int_eq(rig_integer("type_uid"), 200602);
	ck_assert_int_eq(rig_integer("count"), 12);
	ck_assert_str_eq(rig_text("metadata.uid"), BOOT ":42:12");
	ck_assert_str_eq(rig_text("finding_info.uid"), BOOT ":42");
	ck_assert_int_eq(rig_integer("finding_info.first_seen_time"), 1700000100000LL);
	ck_assert_int_eq(rig_integer("finding_info.last_seen_time"), 1700000160000LL);
}
END_TEST

/* Where nobody can count what would be read, no budget is at an end. */
START_TEST(refusal_without_totals_is_no_finding)
{
	record_rig.event.totals = (struct bw_totals){ 0 };
	rig_refuse();
	ck_assert_int_eq(rig_integer("class_uid"), 1001);
	ck_assert_ptr_null(rig_get("finding_info"));
	ck_assert_ptr_null(rig_get("unmapped.budget"));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("finding");
	Suite *suite = suite_create("record_finding");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, finding_setup, record_rig_teardown);
	tcase_add_test(tcase, finding_is_ocsf_2006);
	tcase_add_test(tcase, finding_tells_who_and_how_much);
	tcase_add_test(tcase, finding_has_limits_of_bytes);
	tcase_add_test(tcase, finding_has_a_share_of_the_set);
	tcase_add_test(tcase, warning_is_a_finding);
	tcase_add_test(tcase, repeat_updates_the_finding);
	tcase_add_test(tcase, refusal_without_totals_is_no_finding);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
