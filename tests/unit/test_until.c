// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests: until when something holds
 */
#include <check.h>
#include <stdlib.h>

#include "cleanup.h"
#include "until.h"

/* By the clocks of a host in Helsinki; "" for what is no moment. */
static const struct {
	const char *text;
	const char *until;
} moments[] = {
	{ "2026-12-31", "2026-12-31T22:00:00Z" },
	{ "2026-06-30", "2026-06-30T21:00:00Z" },
	/* The day on which the clocks are turned back. */
	{ "2026-10-25", "2026-10-25T22:00:00Z" },
	{ "2026-12-31T18:00", "2026-12-31T16:00:00Z" },
	{ "2026-12-31T18:00Z", "2026-12-31T18:00:00Z" },
	{ "2026-12-31T18:00+05:30", "2026-12-31T12:30:00Z" },
	{ "2026-12-31T18:00-03:00", "2026-12-31T21:00:00Z" },
	{ "2028-02-29", "2028-02-29T22:00:00Z" },
	{ "2026-02-29", "" },
	{ "2026-13-01", "" },
	{ "2026-12-31T24:00", "" },
	{ "2026-12-31T18:60", "" },
	{ "2026-12-31 18:00", "" },
	{ "2026-12-31T18:00:00", "" },
	{ "2026-12-31Z", "" },
	{ "2026-12-31T18:00+5:30", "" },
	{ "2026-12-31T18:00+05:30x", "" },
	{ "2026-12-31T18:00+16:00", "" },
	{ "2026-1-1", "" },
	{ "1969-12-31", "" },
	{ "tomorrow", "" },
	{ "", "" },
};

START_TEST(moments_are_read)
{
	char text[BW_UNTIL_TEXT_SIZE] = "";
	time_t until;

	(void)setenv("TZ", "Europe/Helsinki", 1);
	if (bw_until_parse(moments[_i].text, &until))
		bw_until_text(until, text);
	ck_assert_str_eq(text, moments[_i].until);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("until");
	TCase *tcase = tcase_create("moments");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, moments_are_read, 0, ARRAY_LEN(moments));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
