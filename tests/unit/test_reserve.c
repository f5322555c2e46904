// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests: threads that are charged ahead, against the same model (INV-6)
 */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "budget_model.h"
#include "cleanup.h"
#include "reserve.h"

#define STEPS 60000
#define THREADS 8
#define SECOND_NS 1000000000ULL
#define MIB (1ULL << 20)

static struct bw_usage usage;
static __u64 uses[MODEL_FILES];
static __u32 serials;
static struct reserve reserves[THREADS];
static unsigned int drawn, granted, refused;

static void reserve_setup(void)
{
	model_reset();
	memset(&usage, 0, sizeof(usage));
	memset(uses, 0, sizeof(uses));
	memset(reserves, 0, sizeof(reserves));
	serials = 0;
	drawn = granted = refused = 0;
}

/* As the programs do it. */
static enum bw_reason charge(struct reserve *reserve, unsigned int file,
			     const struct bw_budget *budget, __u64 now, __u64 tick, __u64 amount)
{
	const struct bw_file_key key = { .dev = 1, .ino = file };
	__u32 serial = usage_is_stale(&usage, budget) ? ++serials : 0;
	enum bw_reason reason;

	reserve_turn(reserve, &key, 1);
	reserve_return(reserve, &usage);
	reason = budget_charge(&usage, &uses[file], budget, now, amount, 0, serial);
	if (reason == BW_REASON_GRANTED)
		reserve_fill(reserve, &usage, budget, amount, now, tick);
	return reason;
}

/* Likewise: by the reserve, or by a charge. */
static bool is_read(struct reserve *reserve, unsigned int file, const struct bw_budget *budget,
		    __u64 now, __u64 tick, __u64 amount)
{
	if (reserve->file.ino == file && reserve_draw(reserve, amount, tick)) {
		drawn++;
		return true;
	}
	return charge(reserve, file, budget, now, tick, amount) == BW_REASON_GRANTED;
}

/* What threads have been charged for and not read. */
static __u64 kept(void)
{
	__u64 sum = 0;

	for (unsigned int i = 0; i < THREADS; i++)
		sum += reserves[i].left;
	return sum;
}

/* But for what others keep, and a sixteenth of a window, it would have been too much. */
static void check_refusal(const struct bw_budget *budget, __u64 now, __u64 amount)
{
	__u64 bytes;
	unsigned int files;

	model_sum(model_back(now, budget_part_ns(budget->every_ns) * (BW_BUDGET_PARTS + 1)), &bytes,
		  &files);
	if (bytes + kept() + amount <= budget->bytes)
		ck_abort_msg("refused with %llu bytes and %llu kept of %llu", bytes, kept(),
			     budget->bytes);
}

/* A window has thousands of readings: now and then they are added up. */
static void step(const struct bw_budget *budget, unsigned int thread, unsigned int file, __u64 now,
		 __u64 tick, __u64 amount)
{
	bool read = is_read(&reserves[thread], file, budget, now, tick, amount);
	bool looks = !random_below(32);

	if (read) {
		granted++;
		model_add(now, file, amount);
	} else {
		refused++;
	}
	if (looks && read)
		model_check(budget, now);
	else if (looks)
		check_refusal(budget, now, amount);
	model_forget(model_back(now, 2 * budget->every_ns));
}

static const struct {
	const char *name;
	__u64 every_ns;
	__u64 tick_ns;
	__u64 late; /* ticks, at most */
	unsigned int files;
} schedules[] = {
	{ "an hour", 3600 * SECOND_NS, 4000000, 25, 1 },
	{ "several files", 3600 * SECOND_NS, 4000000, 25, 3 },
	{ "a minute", 60 * SECOND_NS, 10000000, 10, 1 },
	{ "quick ticks", 60 * SECOND_NS, 1000000, 100, 2 },
	{ "parts of some ticks", 5 * SECOND_NS, 4000000, 25, 1 },
};

/* Read a fifth more than it has: of each 10,000 readings in a window some are refused. */
START_TEST(keeps_to_the_budget)
{
	const struct bw_budget budget = { .every_ns = schedules[_i].every_ns,
					  .bytes = MIB,
					  .files = BW_BUDGET_NO_FILES };
	unsigned int files[THREADS] = { 0 };
	__u64 now = 1000 * SECOND_NS;

	for (unsigned int i = 0; i < STEPS; i++) {
		unsigned int thread = random_below(THREADS);
		__u64 tick = now / schedules[_i].tick_ns - random_below(schedules[_i].late + 1);

		now += random_below(budget.every_ns / 10000 * 2);
		if (!random_below(512))
			files[thread] = random_below(schedules[_i].files);
		step(&budget, thread, files[thread], now, tick, random_below(256));
	}
	ck_assert_uint_gt(granted, STEPS / 2);
	ck_assert_uint_gt(refused, STEPS / 100);
	ck_assert_uint_gt(drawn, STEPS / 100);
}
END_TEST

static const struct bw_budget large = { .every_ns = 3600 * SECOND_NS,
					.bytes = 1024 * MIB,
					.files = BW_BUDGET_NO_FILES };

START_TEST(spares_most_charges)
{
	for (unsigned int i = 0; i < 4000; i++)
		ck_assert(is_read(&reserves[0], 0, &large, SECOND_NS, 100, 512));
	ck_assert_uint_gt(drawn, 4000 * 9 / 10);
}
END_TEST

START_TEST(keeps_a_sixteenth_at_most)
{
	for (unsigned int i = 1; i < 4000; i++) {
		ck_assert(is_read(&reserves[0], 0, &large, SECOND_NS, 100, 512));
		ck_assert_uint_le(reserves[0].left, i * 512 / 16);
		ck_assert_uint_eq(usage.bytes, i * 512 + reserves[0].left);
	}
}
END_TEST

START_TEST(counts_a_small_budget_exactly)
{
	static const struct bw_budget small = { .every_ns = 3600 * SECOND_NS,
						.bytes = 4095,
						.files = 9 };

	for (unsigned int i = 1; i <= 4095; i++) {
		ck_assert(is_read(&reserves[0], 0, &small, SECOND_NS, 100, 1));
		ck_assert_uint_eq(usage.bytes, i);
	}
	ck_assert(!is_read(&reserves[0], 0, &small, SECOND_NS, 100, 1));
}
END_TEST

/* As much as it reads at a time, or nothing. */
START_TEST(gives_enough_for_one_reading)
{
	static const __u64 most = 1024 * MIB / 4096;

	ck_assert(is_read(&reserves[0], 0, &large, SECOND_NS, 100, most * 17));
	ck_assert_uint_eq(reserves[0].left, 0);
	ck_assert(is_read(&reserves[0], 0, &large, SECOND_NS, 100, most + 1));
	ck_assert_uint_eq(reserves[0].left, 0);
	ck_assert(is_read(&reserves[0], 0, &large, SECOND_NS, 100, most));
	ck_assert_uint_eq(reserves[0].left, most);
}
END_TEST

/* A thread with a reserve of some KiB of file 7, read at second 1. */
static void reserve_have(void)
{
	ck_assert_int_eq(charge(&reserves[0], 7, &large, SECOND_NS, 100, MIB - 1024),
			 BW_REASON_GRANTED);
	ck_assert_int_eq(charge(&reserves[0], 7, &large, SECOND_NS, 100, 1024), BW_REASON_GRANTED);
	ck_assert_uint_ge(reserves[0].left, 4096);
}

START_TEST(ends_before_its_part)
{
	__u64 part_ns = budget_part_ns(large.every_ns);

	reserve_have();
	ck_assert(reserve_draw(&reserves[0], 1, 100));
	/* The shortest tick that there is makes the reserve end the earliest. */
	ck_assert_uint_lt((reserves[0].until - 100) * RESERVE_TICK_NS, part_ns - SECOND_NS);
	ck_assert(!reserve_draw(&reserves[0], 1, reserves[0].until));
	ck_assert(reserve_draw(&reserves[0], 1, reserves[0].until - 1));
}
END_TEST

START_TEST(gives_back_what_is_left)
{
	reserve_have();
	ck_assert(reserve_draw(&reserves[0], 1000, 100));
	reserve_return(&reserves[0], &usage);
	ck_assert_uint_eq(usage.bytes, MIB + 1000);
	ck_assert_uint_eq(reserves[0].read, MIB + 1000);
	ck_assert(!reserve_draw(&reserves[0], 1, 100));
	/* Once. */
	reserve_return(&reserves[0], &usage);
	ck_assert_uint_eq(usage.bytes, MIB + 1000);
}
END_TEST

/* Who reads many files, each once, keeps nothing. */
START_TEST(begins_anew_with_each_file)
{
	reserve_have();
	ck_assert(reserve_draw(&reserves[0], 50000, 100));
	ck_assert_int_eq(charge(&reserves[0], 8, &large, SECOND_NS, 100, 1024), BW_REASON_GRANTED);
	ck_assert_uint_eq(reserves[0].left, 0);
	ck_assert_uint_eq(usage.bytes, MIB + 50000 + 1024);
}
END_TEST

/* A charge that doesn't come leaves nothing to be read of the other file. */
START_TEST(is_of_no_other_file)
{
	static const struct bw_file_key other = { .dev = 1, .ino = 8 };

	reserve_have();
	reserve_turn(&reserves[0], &other, 1);
	ck_assert(!reserve_draw(&reserves[0], 1, 100));
}
END_TEST

/* It counts there no more, or never did. */
START_TEST(gives_nothing_back_elsewhere)
{
	__u64 later = SECOND_NS + 18 * budget_part_ns(large.every_ns);

	reserve_have();
	ck_assert_int_eq(charge(&reserves[1], 7, &large, later, 100000, 5), BW_REASON_GRANTED);
	reserve_return(&reserves[0], &usage);
	ck_assert_uint_eq(usage.bytes, 5);

	reserve_setup();
	reserve_have();
	memset(&usage, 0, sizeof(usage));
	usage.serial = ++serials;
	reserve_return(&reserves[0], &usage);
	ck_assert_uint_eq(usage.bytes, 0);
}
END_TEST

START_TEST(is_of_no_use_once_void)
{
	reserve_have();
	reserve_void(&reserves[0]);
	ck_assert(!reserve_draw(&reserves[0], 1, 100));
	reserve_return(&reserves[0], &usage);
	ck_assert_uint_eq(usage.bytes, MIB);
}
END_TEST

static Suite *reserve_suite(void)
{
	Suite *suite = suite_create("reserve");
	TCase *tcase = tcase_create("reserve");

	tcase_set_timeout(tcase, 300);
	tcase_add_checked_fixture(tcase, reserve_setup, NULL);
	tcase_add_loop_test(tcase, keeps_to_the_budget, 0, ARRAY_LEN(schedules));
	tcase_add_test(tcase, spares_most_charges);
	tcase_add_test(tcase, keeps_a_sixteenth_at_most);
	tcase_add_test(tcase, counts_a_small_budget_exactly);
	tcase_add_test(tcase, gives_enough_for_one_reading);
	tcase_add_test(tcase, ends_before_its_part);
	tcase_add_test(tcase, gives_back_what_is_left);
	tcase_add_test(tcase, begins_anew_with_each_file);
	tcase_add_test(tcase, is_of_no_other_file);
	tcase_add_test(tcase, gives_nothing_back_elsewhere);
	tcase_add_test(tcase, is_of_no_use_once_void);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(reserve_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
