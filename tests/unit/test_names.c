// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the words for numbers
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "names.h"

#define UNKNOWN "unknown"

static const struct {
	int number;
	const char *name;
} channels[] = {
	{ 0, UNKNOWN },		     { BW_CHANNEL_OPEN, "open" },     { BW_CHANNEL_READ, "read" },
	{ BW_CHANNEL_MMAP, "mmap" }, { BW_CHANNEL_LINK, "link" },     { BW_CHANNEL_RENAME, "rename" },
	{ BW_CHANNEL_IOCTL, "ioctl" }, { BW_CHANNEL_MEMORY, "memory" },
	{ BW_CHANNEL_MOUNT, "mount" }, { BW_CHANNEL_KERNEL, "kernel" }, { BW_CHANNEL_CORE, "core" },
	{ 11, UNKNOWN },	     { -1, UNKNOWN },
	{ BW_CHANNEL_TAMPER, UNKNOWN }, { BW_CHANNEL_TAMPER | BW_TAMPER_MAP, "tamper-map" },
	{ BW_CHANNEL_TAMPER | BW_TAMPER_CODE, "tamper-code" }, { BW_CHANNEL_TAMPER | 22, UNKNOWN },
}, verdicts[] = {
	{ 0, UNKNOWN },
	{ BW_VERDICT_ALLOW, "allow" },
	{ BW_VERDICT_DENY, "deny" },
	{ BW_VERDICT_WOULD_DENY, "would-deny" },
	{ 4, UNKNOWN },
	{ -1, UNKNOWN },
}, modes[] = {
	{ 0, UNKNOWN },
	{ BW_MODE_MONITOR, "monitor" },
	{ BW_MODE_ENFORCE, "enforce" },
	{ BW_MODE_LEARN, "learn" },
	{ 4, UNKNOWN },
	{ -1, UNKNOWN },
}, reasons[] = {
	{ 0, UNKNOWN },
	{ BW_REASON_GRANTED, "granted" },
	{ BW_REASON_NO_GRANT, "no-grant" },
	{ BW_REASON_NO_IDENTITY, "no-identity" },
	{ BW_REASON_NO_PLACE, "no-place" },
	{ BW_REASON_WRONG_USER, "wrong-user" },
	{ BW_REASON_WRONG_UNIT, "wrong-unit" },
	{ BW_REASON_WRONG_LOGIN, "wrong-login" },
	{ BW_REASON_WRONG_HOURS, "wrong-hours" },
	{ BW_REASON_NAMESPACE, "namespace" },
	{ BW_REASON_UNSAFE_EXEC, "unsafe-exec" },
	{ BW_REASON_TAINTED, "tainted" },
	{ BW_REASON_NO_MEMORY, "no-memory" },
	{ BW_REASON_FILESYSTEM, "filesystem" },
	{ BW_REASON_SEALED, "sealed" },
	{ BW_REASON_CHANNEL, "channel" },
	{ BW_REASON_BUDGET_BYTES, "budget-bytes" },
	{ BW_REASON_BUDGET_FILES, "budget-files" },
	{ BW_REASON_BUDGET_COVERAGE, "budget-coverage" },
	{ BW_REASON_WRONG_SCRIPT, "wrong-script" },
	{ BW_REASON_WRONG_DIGEST, "wrong-digest" },
	{ BW_REASON_WRONG_GROUP, "wrong-group" },
	{ BW_REASON_EXPIRED, "expired" },
	{ BW_REASON_GLASS, "breakglass" },
	{ 24, UNKNOWN },
	{ -1, UNKNOWN },
};

START_TEST(channels_have_names)
{
	ck_assert_str_eq(bw_channel_name(channels[_i].number), channels[_i].name);
}
END_TEST

START_TEST(modes_have_names)
{
	ck_assert_str_eq(bw_mode_name(modes[_i].number), modes[_i].name);
}
END_TEST

START_TEST(verdicts_have_names_both_ways)
{
	const char *name = verdicts[_i].name;
	int back = !strcmp(name, UNKNOWN) ? 0 : verdicts[_i].number;

	ck_assert_str_eq(bw_verdict_name(verdicts[_i].number), name);
	ck_assert_int_eq(bw_verdict_from_name(name), back);
}
END_TEST

START_TEST(reasons_have_names_both_ways)
{
	const char *name = reasons[_i].name;
	int back = !strcmp(name, UNKNOWN) ? 0 : reasons[_i].number;

	ck_assert_str_eq(bw_reason_name(reasons[_i].number), name);
	ck_assert_int_eq(bw_reason_from_name(name), back);
	ck_assert_str_ne(bw_reason_text(reasons[_i].number), "");
}
END_TEST

START_TEST(other_words_have_no_number)
{
	ck_assert_int_eq(bw_reason_from_name(""), 0);
	ck_assert_int_eq(bw_reason_from_name("no-gran"), 0);
	ck_assert_int_eq(bw_reason_from_name("No-grant"), 0);
	ck_assert_int_eq(bw_verdict_from_name(""), 0);
	ck_assert_int_eq(bw_verdict_from_name("denied"), 0);
	ck_assert_str_eq(bw_reason_text(0), UNKNOWN);
	ck_assert_str_eq(bw_reason_text(-1), UNKNOWN);
}
END_TEST

static Suite *names_suite(void)
{
	Suite *suite = suite_create("names");
	TCase *tcase = tcase_create("names");

	tcase_add_loop_test(tcase, channels_have_names, 0, ARRAY_LEN(channels));
	tcase_add_loop_test(tcase, modes_have_names, 0, ARRAY_LEN(modes));
	tcase_add_loop_test(tcase, verdicts_have_names_both_ways, 0, ARRAY_LEN(verdicts));
	tcase_add_loop_test(tcase, reasons_have_names_both_ways, 0, ARRAY_LEN(reasons));
	tcase_add_test(tcase, other_words_have_no_number);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(names_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
