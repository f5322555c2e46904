// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests: hours of grants, against libc's own clocks
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "hours.h"
#include "hours_judge.h"

#define DAY (24 * 60 * 60)
#define MOMENTS 20000

/* 24 November 2026, 13:00 UTC, a Tuesday. */
#define NOW 1795525200

static struct bw_policy_hours hours_of(const char *one, const char *other)
{
	struct bw_policy_hours hours = { 0 };
	char fault[BW_HOURS_FAULT_SIZE];

	ck_assert_ptr_null(bw_hours_add(&hours, one, fault));
	if (other)
		ck_assert_ptr_null(bw_hours_add(&hours, other, fault));
	return hours;
}

/* --- Words ----------------------------------------------------------------------- */

static const struct {
	const char *written;
	const char *printed;
} words[] = {
	{ "22:00-04:30", "22:00-04:30" },
	{ "Mon..Sun 00:00-24:00", "00:00-24:00" },
	{ "Mon..Fri 08:05-16:15 Europe/Helsinki", "Mon..Fri 08:05-16:15 Europe/Helsinki" },
	{ "Sun,Sat 01:00-02:00", "Sat,Sun 01:00-02:00" },
	{ "Sat..Mon 01:00-02:00", "Mon,Sat,Sun 01:00-02:00" },
	{ "Wed,Mon..Tue,Fri 01:00-02:00 UTC", "Mon..Wed,Fri 01:00-02:00 UTC" },
};

START_TEST(hours_are_printed)
{
	struct bw_policy_hours hours = hours_of(words[_i].written, NULL);
	_cleanup_(freep) char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	bw_hours_print(out, &hours);
	(void)fclose(out);
	ck_assert_str_eq(text, words[_i].printed);
}
END_TEST

static const char *const wrong[] = {
	"",
	" ",
	"Mon",
	"Mon ",
	"mon 01:00-02:00",
	"Mon.. 01:00-02:00",
	"Mon,, 01:00-02:00",
	"Mon  01:00-02:00",
	"1:00-2:00",
	"01:00-02:60",
	"24:00-01:00",
	"23:00-00:00",
	"01:00-01:00",
	"01:00-24:01",
	"01:00_02:00",
	"01:00-02:00 ",
	"01:00-02:00  UTC",
	"01:00-02:00 /UTC",
	"01:00-02:00 ../UTC",
	"01:00-02:00 Europe/Helsinki;",
	"01:00-02:00 UTC UTC",
};

START_TEST(others_are_faults)
{
	struct bw_policy_hours hours = { 0 };
	char fault[BW_HOURS_FAULT_SIZE];

	ck_assert_msg(bw_hours_add(&hours, wrong[_i], fault) == fault, "'%s' is taken", wrong[_i]);
	ck_assert_uint_eq(hours.len, 0);
}
END_TEST

static const struct {
	const char *one;
	const char *other;
	bool within;
} pairs[] = {
	{ "01:00-02:00", "01:00-02:00", true },
	{ "01:00-02:00", "00:00-24:00", true },
	{ "00:00-24:00", "01:00-02:00", false },
	{ "Mon 22:00-04:30", "Mon..Tue 00:00-24:00", true },
	{ "Mon 22:00-04:30", "Mon 00:00-24:00", false },
	{ "Sun 23:00-01:00", "Mon,Sun 00:00-24:00", true },
	{ "01:00-02:00 UTC", "01:00-02:00", false },
};

START_TEST(one_is_within_another)
{
	struct bw_policy_hours one = hours_of(pairs[_i].one, NULL);
	struct bw_policy_hours other = hours_of(pairs[_i].other, NULL), none = { 0 };

	ck_assert(bw_hours_within(&one, &other) == pairs[_i].within);
	ck_assert(bw_hours_within(&one, &none));
	ck_assert(!bw_hours_within(&none, &other));
}
END_TEST

/* --- Moments --------------------------------------------------------------------- */

static const char *const zones[] = {
	"Europe/Helsinki",   "America/New_York",    "Asia/Kolkata", "Pacific/Chatham", "UTC",
	"Africa/Casablanca", "Australia/Lord_Howe",
};

/* What a zone's clocks show, by libc. */
static bool shown_within(time_t when, const struct bw_span *span)
{
	struct tm shown;
	int day, minute;

	localtime_r(&when, &shown);
	day = (shown.tm_wday + 6) % 7;
	minute = shown.tm_hour * 60 + shown.tm_min;
	if (span->from < span->to)
		return span->days >> day & 1 && minute >= span->from && minute < span->to;

	return (span->days >> day & 1 && minute >= span->from) ||
	       (span->days >> ((day + 6) % 7) & 1 && minute < span->to);
}

static void zone_enter(const char *zone)
{
	ck_assert_int_eq(setenv("TZ", zone, 1), 0);
	tzset();
}

/* Two years of them, and each minute around the turns is among them sooner or later. */
START_TEST(moments_are_libcs)
{
	char one[128], other[128];
	struct bw_policy_hours hours;
	struct bw_hours compiled;
	unsigned int seed = 1, held = 0;
	__u64 ahead;

	(void)snprintf(one, sizeof(one), "Mon..Fri,Sun 22:10-04:30 %s", zones[_i]);
	(void)snprintf(other, sizeof(other), "Sat 12:00-13:07 %s", zones[_i]);
	hours = hours_of(one, other);
	ck_assert_int_eq(bw_hours_compile(&hours, NOW, &compiled), 0);
	zone_enter(zones[_i]);
	ahead = compiled.turns[0].since % DAY;

	for (unsigned int i = 0; i < MOMENTS; i++) {
		time_t when = NOW + (time_t)rand_r(&seed) % (2 * 365 * DAY);
		bool holds = hours_hold(&compiled, (__u64)when + ahead);

		held += holds;
		if (holds !=
		    (shown_within(when, &hours.spans[0]) || shown_within(when, &hours.spans[1])))
			ck_abort_msg("%s: %s", zones[_i], ctime(&when));
	}
	ck_assert_uint_gt(held, MOMENTS / 10);
	ck_assert_uint_lt(held, MOMENTS / 2);
}
END_TEST

/* The clocks of Helsinki went from 03:00 to 04:00 on 28 March 2027 at 01:00 UTC. */
START_TEST(clocks_are_turned)
{
	struct bw_policy_hours hours = hours_of("01:00-04:30 Europe/Helsinki", NULL);
	const time_t midnight = 1806192000; /* 28 March 2027, UTC */
	struct bw_hours compiled;
	__u64 ahead;

	ck_assert_int_eq(bw_hours_compile(&hours, NOW, &compiled), 0);
	ahead = compiled.turns[0].since % DAY;
	/* 04:29 and 04:31 of the day before, and of the day itself. */
	ck_assert(hours_hold(&compiled, midnight - DAY + 2 * 3600 + 29 * 60 + ahead));
	ck_assert(!hours_hold(&compiled, midnight - DAY + 2 * 3600 + 31 * 60 + ahead));
	ck_assert(hours_hold(&compiled, midnight + 1 * 3600 + 29 * 60 + ahead));
	ck_assert(!hours_hold(&compiled, midnight + 1 * 3600 + 31 * 60 + ahead));
}
END_TEST

/* INV-2: how clocks will be turned in some years nobody knows. */
START_TEST(unknown_turns_are_no_hours)
{
	struct bw_policy_hours hours = hours_of("00:00-24:00 Europe/Helsinki", NULL);
	struct bw_hours compiled;

	ck_assert_int_eq(bw_hours_compile(&hours, NOW, &compiled), 0);
	ck_assert(hours_hold(&compiled, NOW));
	ck_assert(hours_hold(&compiled, NOW + 2ULL * 365 * DAY));
	ck_assert(hours_hold(&compiled, compiled.end - 1));
	ck_assert(!hours_hold(&compiled, compiled.end));
	ck_assert(hours_hold(&compiled, compiled.turns[0].since));
	ck_assert(!hours_hold(&compiled, compiled.turns[0].since - 1));
	ck_assert(!hours_hold(&compiled, 0));
	ck_assert(!hours_hold(&compiled, ~0ULL));
}
END_TEST

START_TEST(environment_stays)
{
	struct bw_policy_hours hours = hours_of("00:00-24:00 Europe/Helsinki", NULL);
	struct bw_policy_hours nowhere = hours_of("00:00-24:00 Europe/Nowhere", NULL);
	struct bw_policy_hours no_zone = hours_of("00:00-24:00 leapseconds", NULL);
	struct bw_hours compiled;

	zone_enter("Asia/Kolkata");
	ck_assert_int_eq(bw_hours_compile(&hours, NOW, &compiled), 0);
	ck_assert_str_eq(getenv("TZ"), "Asia/Kolkata");
	ck_assert_int_eq(bw_hours_compile(&nowhere, NOW, &compiled), -ENOENT);
	ck_assert_int_eq(bw_hours_compile(&no_zone, NOW, &compiled), -ENOENT);
	ck_assert_str_eq(getenv("TZ"), "Asia/Kolkata");
	(void)unsetenv("TZ");
	ck_assert_int_eq(bw_hours_compile(&hours, NOW, &compiled), 0);
	ck_assert_ptr_null(getenv("TZ"));
}
END_TEST

int main(void)
{
	TCase *words_case = tcase_create("words");
	TCase *moments = tcase_create("moments");
	Suite *suite = suite_create("hours");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(words_case, hours_are_printed, 0, ARRAY_LEN(words));
	tcase_add_loop_test(words_case, others_are_faults, 0, ARRAY_LEN(wrong));
	tcase_add_loop_test(words_case, one_is_within_another, 0, ARRAY_LEN(pairs));
	tcase_add_loop_test(moments, moments_are_libcs, 0, ARRAY_LEN(zones));
	tcase_add_test(moments, clocks_are_turned);
	tcase_add_test(moments, unknown_turns_are_no_hours);
	tcase_add_test(moments, environment_stays);
	suite_add_tcase(suite, words_case);
	suite_add_tcase(suite, moments);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
