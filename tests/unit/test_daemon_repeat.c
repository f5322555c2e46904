// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - tests: refusals that happen again
 */
#include <check.h>
#include <stdlib.h>

#include "cleanup.h"
#include "logger_repeat.h"

#define SECOND 1000000000ULL

static struct bw_repeat *look(size_t len, const struct bw_repeat *from)
{
	struct bw_repeat *seen = calloc(len + 1, sizeof(*seen));

	ck_assert_ptr_nonnull(seen);
	for (size_t i = 0; i < len; i++)
		seen[i] = from[i];
	return seen;
}

static struct bw_repeat refusal(uint32_t pid, uint64_t sequence, uint64_t count)
{
	return (struct bw_repeat){
		.key = { .pid = pid },
		.count = { .sequence = sequence, .count = count },
		.told = 1,
	};
}

START_TEST(what_was_told_is_remembered)
{
	struct bw_repeat first[] = { refusal(2, 20, 5), refusal(1, 10, 3) };
	struct bw_repeat second[] = { refusal(3, 30, 1), refusal(1, 10, 4), refusal(2, 21, 1) };
	struct bw_repeats repeats = { 0 };

	bw_repeats_update(&repeats, look(2, first), 2);
	ck_assert_uint_eq(repeats.items[0].key.pid, 1);
	repeats.items[0].told = 3;
	repeats.items[0].told_ns = 7;
	repeats.items[1].told = 5;

	bw_repeats_update(&repeats, look(3, second), 3);
	ck_assert_uint_eq(repeats.len, 3);
	ck_assert_uint_eq(repeats.items[0].told, 3);
	ck_assert_uint_eq(repeats.items[0].told_ns, 7);
	/* The same key with another first event is another refusal. */
	ck_assert_uint_eq(repeats.items[1].told, 1);
	ck_assert_uint_eq(repeats.items[2].told, 1);
	bw_repeats_done(&repeats);
}
END_TEST

START_TEST(the_first_event_goes_with_its_refusal)
{
	struct bw_repeat first[] = { refusal(1, 10, 1) };
	struct bw_repeats repeats = { 0 };
	struct bw_event *event;

	first[0].first = calloc(1, sizeof(*first[0].first));
	event = first[0].first;
	bw_repeats_update(&repeats, look(1, first), 1);

	first[0].first = NULL;
	bw_repeats_update(&repeats, look(1, first), 1);
	ck_assert_ptr_eq(repeats.items[0].first, event);

	bw_repeats_update(&repeats, look(0, NULL), 0);
	ck_assert_uint_eq(repeats.len, 0);
	bw_repeats_done(&repeats);
}
END_TEST

static const struct {
	const char *name;
	uint64_t count;
	uint64_t told;
	uint64_t told_s;
	uint64_t last_s;
	bool due;
	bool idle;
} times[] = {
	{ "once, told", 1, 1, 100, 100, false, false },
	{ "again, told just now", 2, 1, 98, 99, false, false },
	{ "again, told a while ago", 2, 1, 95, 99, true, false },
	{ "nothing new for a while", 2, 2, 50, 50, false, false },
	{ "nothing new for long", 2, 2, 40, 40, false, true },
	{ "told by an earlier logger", 57, 1, 0, 99, true, false },
};

START_TEST(records_are_written_now_and_then)
{
	const struct bw_repeat repeat = {
		.count = { .count = times[_i].count, .last_ns = times[_i].last_s * SECOND },
		.told = times[_i].told,
		.told_ns = times[_i].told_s * SECOND,
	};

	ck_assert_msg(bw_repeat_is_due(&repeat, 100 * SECOND) == times[_i].due, "case '%s': due",
		      times[_i].name);
	ck_assert_msg(bw_repeat_is_idle(&repeat, 100 * SECOND) == times[_i].idle, "case '%s': idle",
		      times[_i].name);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("daemon_repeat");
	TCase *tests = tcase_create("repeat");
	SRunner *runner;
	int failed;

	tcase_add_test(tests, what_was_told_is_remembered);
	tcase_add_test(tests, the_first_event_goes_with_its_refusal);
	tcase_add_loop_test(tests, records_are_written_now_and_then, 0, ARRAY_LEN(times));
	suite_add_tcase(suite, tests);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
