// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests: budgets against a model that remembers everything (INV-6)
 */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "budget.h"
#include "budget_model.h"
#include "cleanup.h"
#include "enforcer.h"

#define STEPS 120000

static struct bw_usage usage;
static __u64 uses[MODEL_FILES];
static __u32 serials;

static void budget_setup(void)
{
	model_reset();
	memset(&usage, 0, sizeof(usage));
	memset(uses, 0, sizeof(uses));
	serials = 0;
}

static enum bw_reason charge(unsigned int file, const struct bw_budget *budget, __u64 now,
			     __u64 amount)
{
	__u32 serial = usage_is_stale(&usage, budget) ? ++serials : 0;

	return budget_charge(&usage, &uses[file], budget, now, amount, 0, serial);
}

/* A window longer by a sixteenth (and what rounding adds) would have been too full. */
static void check_refusal(const struct bw_budget *budget, __u64 now, unsigned int file,
			  __u64 amount, enum bw_reason reason)
{
	__u64 part = budget->every_ns / BW_BUDGET_PARTS + 1;
	unsigned int files;
	__u64 bytes;

	model_add(now, file, amount);
	model_sum(model_back(now, part * (BW_BUDGET_PARTS + 1)), &bytes, &files);
	model_undo();
	if (reason == BW_REASON_BUDGET_BYTES ? bytes <= budget->bytes : files <= budget->files)
		ck_abort_msg("refused (%d) with %llu bytes of %llu, %u files of %u", reason, bytes,
			     budget->bytes, files, budget->files);
}

static enum bw_reason step(const struct bw_budget *budget, __u64 now, unsigned int file,
			   __u64 amount)
{
	enum bw_reason reason = charge(file, budget, now, amount);

	if (reason == BW_REASON_GRANTED) {
		model_add(now, file, amount);
		model_check(budget, now);
	} else {
		check_refusal(budget, now, file, amount, reason);
	}
	model_forget(model_back(now, 2 * budget->every_ns + 64));
	return reason;
}

static const struct {
	const char *name;
	struct bw_budget budget;
	__u64 pause;  /* between two readings, at most */
	__u64 amount; /* of one, at most */
	__u64 start;
} schedules[] = {
	{ "bytes run out", { .every_ns = 1000, .bytes = 5000, .files = ~0U }, 20, 300, 0 },
	{ "files run out", { .every_ns = 1000, .bytes = ~0ULL, .files = 20 }, 25, 300, 5 },
	{ "both", { .every_ns = 3600, .bytes = 30000, .files = 30 }, 90, 2000, 1 },
	{ "a window that is no multiple",
	  { .every_ns = 997, .bytes = 5000, .files = 9 },
	  50,
	  300,
	  0 },
	{ "a window of few moments", { .every_ns = 3, .bytes = 4, .files = 2 }, 3, 3, 0 },
	{ "one moment", { .every_ns = 1, .bytes = 7, .files = 3 }, 2, 4, 0 },
	{ "long pauses", { .every_ns = 1000, .bytes = 5000, .files = 9 }, 2000, 4000, 0 },
	{ "late", { .every_ns = 1000, .bytes = 5000, .files = 9 }, 40, 300, ~0ULL >> 1 },
	{ "much", { .every_ns = 1000, .bytes = 1ULL << 60, .files = 9 }, 40, 1ULL << 58, 0 },
};

START_TEST(keeps_to_the_budget)
{
	const struct bw_budget *budget = &schedules[_i].budget;
	__u64 now = schedules[_i].start;
	unsigned int granted = 0, refused = 0;

	for (unsigned int i = 0; i < STEPS; i++) {
		/* A few files often, all of them now and then. */
		unsigned int file = random_below(4) ? random_below(8) : random_below(MODEL_FILES);

		now += random_below(schedules[_i].pause + 1);
		if (step(budget, now, file, random_below(schedules[_i].amount + 1)) ==
		    BW_REASON_GRANTED)
			granted++;
		else
			refused++;
	}
	ck_assert_uint_gt(granted, STEPS / 100);
	ck_assert_uint_gt(refused, STEPS / 100);
}
END_TEST

static const struct bw_budget hour = { .every_ns = 3600, .bytes = 100, .files = 2 };

START_TEST(charges_nothing_for_a_refusal)
{
	ck_assert_int_eq(step(&hour, 0, 0, 101), BW_REASON_BUDGET_BYTES);
	ck_assert_int_eq(step(&hour, 0, 0, 100), BW_REASON_GRANTED);
	ck_assert_int_eq(step(&hour, 0, 0, 1), BW_REASON_BUDGET_BYTES);
	ck_assert_int_eq(step(&hour, 0, 1, 0), BW_REASON_GRANTED);
	ck_assert_int_eq(step(&hour, 0, 2, 0), BW_REASON_BUDGET_FILES);
	ck_assert_uint_eq(usage.bytes, 100);
	ck_assert_uint_eq(usage.files, 2);
}
END_TEST

START_TEST(lets_the_same_files_be_read_again)
{
	ck_assert_int_eq(step(&hour, 0, 0, 1), BW_REASON_GRANTED);
	ck_assert_int_eq(step(&hour, 1800, 1, 1), BW_REASON_GRANTED);
	for (__u64 now = 1801; now < 20000; now += 100) {
		ck_assert_int_eq(step(&hour, now, 0, 0), BW_REASON_GRANTED);
		ck_assert_int_eq(step(&hour, now, 1, 0), BW_REASON_GRANTED);
		ck_assert_int_eq(step(&hour, now, 2, 0), BW_REASON_BUDGET_FILES);
	}
}
END_TEST

/* No twice the limit around the end of a window. */
START_TEST(knows_no_boundary)
{
	ck_assert_int_eq(step(&hour, 3599, 0, 100), BW_REASON_GRANTED);
	ck_assert_int_eq(step(&hour, 3601, 0, 1), BW_REASON_BUDGET_BYTES);
	ck_assert_int_eq(step(&hour, 3599 + 3600, 0, 1), BW_REASON_BUDGET_BYTES);
	ck_assert_int_eq(step(&hour, 3599 + 3600 + 3600 / 16 + 17, 0, 100), BW_REASON_GRANTED);
}
END_TEST

START_TEST(takes_a_clock_that_goes_back)
{
	ck_assert_int_eq(charge(0, &hour, 7200, 60), BW_REASON_GRANTED);
	ck_assert_int_eq(charge(0, &hour, 10, 40), BW_REASON_GRANTED);
	ck_assert_int_eq(charge(0, &hour, 7300, 1), BW_REASON_BUDGET_BYTES);
}
END_TEST

START_TEST(goes_on_with_another_budget)
{
	static const struct bw_budget day = { .every_ns = 86400, .bytes = 150, .files = 3 };
	static const struct bw_budget less = { .every_ns = 86400, .bytes = 50, .files = 3 };

	ck_assert_int_eq(step(&hour, 5000, 0, 100), BW_REASON_GRANTED);
	ck_assert_int_eq(charge(0, &day, 5001, 51), BW_REASON_BUDGET_BYTES);
	ck_assert_int_eq(charge(0, &day, 5001, 50), BW_REASON_GRANTED);
	ck_assert_int_eq(charge(0, &less, 5002, 0), BW_REASON_BUDGET_BYTES);
	ck_assert_uint_eq(usage.bytes, 150);
}
END_TEST

START_TEST(refuses_without_a_window)
{
	static const struct bw_budget none = { .bytes = 100, .files = 2 };

	ck_assert_int_eq(charge(0, &none, 1, 0), BW_REASON_BUDGET_BYTES);
}
END_TEST

START_TEST(refuses_without_a_serial)
{
	ck_assert_int_eq(budget_charge(&usage, &uses[0], &hour, 1, 1, 0, 0), BW_REASON_NO_MEMORY);
	ck_assert_uint_eq(usage.bytes, 0);
}
END_TEST

/* A file's memory is another usage's: it is charged for once more. */
START_TEST(takes_no_other_s_memory)
{
	ck_assert_int_eq(step(&hour, 1, 0, 1), BW_REASON_GRANTED);
	uses[0] = (__u64)(usage.serial + 1) << BW_USE_SERIAL_SHIFT | usage.newest;
	ck_assert_int_eq(charge(0, &hour, 2, 1), BW_REASON_GRANTED);
	ck_assert_uint_eq(usage.files, 2);
	ck_assert_int_eq(charge(1, &hour, 2, 1), BW_REASON_BUDGET_FILES);
}
END_TEST

static const struct {
	const char *name;
	struct bw_budget budget;
	__u64 before; /* bytes of a first reading, which is told of nothing */
	__u64 amount; /* of a second one, of another file */
	enum bw_reason warning;
} warnings[] = {
	{ "none is asked for", { 3600, 100, 0, 2, 1, 0, 0, 0, 0 }, 50, 50, BW_REASON_GRANTED },
	{ "below the share", { 3600, 100, 0, ~0U, 1, 80, 0, 0, 0 }, 40, 39, BW_REASON_GRANTED },
	{ "the share", { 3600, 100, 0, ~0U, 1, 80, 0, 0, 0 }, 40, 40, BW_REASON_BUDGET_BYTES },
	{ "a share that is no number",
	  { 3600, 10, 0, ~0U, 1, 75, 0, 0, 0 },
	  1,
	  6,
	  BW_REASON_GRANTED },
	{ "that, rounded up", { 3600, 10, 0, ~0U, 1, 75, 0, 0, 0 }, 1, 7, BW_REASON_BUDGET_BYTES },
	{ "of files", { 3600, ~0ULL, 0, 2, 1, 80, 0, 0, 0 }, 9, 9, BW_REASON_BUDGET_FILES },
	{ "of what is large",
	  { 3600, 1ULL << 62, 0, ~0U, 1, 50, 0, 0, 0 },
	  1,
	  1ULL << 61,
	  BW_REASON_BUDGET_BYTES },
	{ "of no limit", { 3600, ~0ULL, 0, 9, 1, 30, 0, 0, 0 }, 0, ~0ULL >> 1, BW_REASON_GRANTED },
};

START_TEST(warns_from_a_share_on)
{
	const struct bw_budget *budget = &warnings[_i].budget;

	ck_assert_int_eq(charge(0, budget, 1, warnings[_i].before), BW_REASON_GRANTED);
	ck_assert_int_eq(budget_warn(&usage, budget, 0), BW_REASON_GRANTED);
	ck_assert_int_eq(charge(1, budget, 1, warnings[_i].amount), BW_REASON_GRANTED);
	ck_assert_int_eq(budget_warn(&usage, budget, 0), warnings[_i].warning);
}
END_TEST

/* INV-7: often above the share and below it, and warned of once in a window. */
START_TEST(warns_once_in_a_window)
{
	static const struct bw_budget budget = { 3600, 100, 0, ~0U, 1, 80, 0, 0, 0 };
	__u64 last = 0;
	unsigned int count = 0;

	for (__u64 now = 100000; now < 200000; now += 10) {
		if (charge(0, &budget, now, 20) != BW_REASON_GRANTED ||
		    budget_warn(&usage, &budget, 0) == BW_REASON_GRANTED)
			continue;
		ck_assert(!last || now - last > 3600);
		last = now;
		count++;
	}
	/* A window, and up to a sixteenth of one, and until it is full again. */
	ck_assert_uint_ge(count, 100000 / (3600 + 2 * 3600 / 16) - 2);
}
END_TEST

/* What is shown of a usage: the oldest part is the next to come back. */
START_TEST(tells_what_comes_back)
{
	static const struct bw_budget minute = { .every_ns = 1600, .bytes = 100, .files = 9 };
	struct bw_budget_use use = { .key = { .budget = 7 } };

	ck_assert_int_eq(charge(0, &minute, 0, 60), BW_REASON_GRANTED);
	ck_assert_int_eq(charge(1, &minute, 500, 30), BW_REASON_GRANTED);
	bw_budget_use_fill(&usage, 1000, &use);
	ck_assert_uint_eq(use.key.budget, 7);
	ck_assert_uint_eq(use.bytes, 90);
	ck_assert_uint_eq(use.files, 2);
	ck_assert_uint_eq(use.back_bytes, 60);
	ck_assert_uint_eq(use.back_files, 1);
	/* 17 parts of 101 after the first one's beginning. */
	ck_assert_uint_eq(use.back_ns, 717);

	bw_budget_use_fill(&usage, 1717, &use);
	ck_assert_uint_eq(use.bytes, 30);
	bw_budget_use_fill(&usage, 100000, &use);
	ck_assert_uint_eq(use.bytes, 0);
	ck_assert_uint_eq(use.files, 0);
	ck_assert_uint_eq(use.back_ns, 0);
}
END_TEST

/* What is shown of a warning: as long as no second one comes. */
START_TEST(tells_what_was_warned_of)
{
	static const struct bw_budget minute = {
		.every_ns = 1600, .bytes = 100, .files = 9, .warn = 80
	};
	struct bw_budget_use use = { 0 };

	ck_assert_int_eq(charge(0, &minute, 0, 79), BW_REASON_GRANTED);
	ck_assert_int_eq(budget_warn(&usage, &minute, 0), BW_REASON_GRANTED);
	bw_budget_use_fill(&usage, 1, &use);
	ck_assert(!use.warned);

	ck_assert_int_eq(charge(0, &minute, 1, 1), BW_REASON_GRANTED);
	ck_assert_int_eq(budget_warn(&usage, &minute, 0), BW_REASON_BUDGET_BYTES);
	bw_budget_use_fill(&usage, 1600, &use);
	ck_assert(use.warned);
	bw_budget_use_fill(&usage, 1717, &use);
	ck_assert(!use.warned);
}
END_TEST

static Suite *budget_suite(void)
{
	Suite *suite = suite_create("budget");
	TCase *tcase = tcase_create("budget");

	tcase_set_timeout(tcase, 300);
	tcase_add_checked_fixture(tcase, budget_setup, NULL);
	tcase_add_loop_test(tcase, keeps_to_the_budget, 0, ARRAY_LEN(schedules));
	tcase_add_test(tcase, charges_nothing_for_a_refusal);
	tcase_add_test(tcase, lets_the_same_files_be_read_again);
	tcase_add_test(tcase, knows_no_boundary);
	tcase_add_test(tcase, takes_a_clock_that_goes_back);
	tcase_add_test(tcase, goes_on_with_another_budget);
	tcase_add_test(tcase, refuses_without_a_window);
	tcase_add_test(tcase, refuses_without_a_serial);
	tcase_add_test(tcase, takes_no_other_s_memory);
	tcase_add_loop_test(tcase, warns_from_a_share_on, 0, ARRAY_LEN(warnings));
	tcase_add_test(tcase, warns_once_in_a_window);
	tcase_add_test(tcase, tells_what_comes_back);
	tcase_add_test(tcase, tells_what_was_warned_of);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(budget_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
