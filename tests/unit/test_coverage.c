// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests: a coverage against a model that remembers each byte (INV-6)
 *
 * As test_budget.c: Check hears of failures only.
 */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "pieces.h"

#define FILES 32U
#define FILE_MAX 64U
#define SHIFT 3
#define PIECES (FILE_MAX >> SHIFT)
#define HISTORY 4096
#define STEPS 60000

/* What was let through.  @whole: it counts as if all of the file were read. */
struct reading {
	__u64 when;
	unsigned int file;
	unsigned int from;
	unsigned int len;
	bool whole;
};

/**
 * struct subject - Who reads, and what is remembered of it
 *
 * @uses: By file: its pieces, and behind them the whole.
 */
struct subject {
	struct bw_usage usage;
	struct bw_piece_use uses[FILES][PIECES + 1];
};

static struct subject subject;
static unsigned int sizes[FILES];
static struct reading readings[HISTORY];
static size_t readings_len;
static __u32 serials;
static unsigned int seed;

static __u64 random_below(__u64 limit)
{
	return ((__u64)rand_r(&seed) << 31 | (__u64)rand_r(&seed)) % limit;
}

static void coverage_setup(void)
{
	memset(&subject, 0, sizeof(subject));
	readings_len = 0;
	serials = 0;
	seed = 1;
	for (unsigned int i = 0; i < FILES; i++)
		sizes[i] = (unsigned int)random_below(FILE_MAX) + 1;
}

/* --- As the programs do it ------------------------------------------------------- */

static struct bw_piece_use *use_of(unsigned int file, __u32 number)
{
	return &subject.uses[file][number == BW_PIECE_WHOLE ? PIECES : number];
}

static __u64 name_of(unsigned int file, __u32 number)
{
	const struct bw_file_key key = { .dev = 8, .ino = file + 1 };

	return piece_name(&key, number, SHIFT);
}

static __u64 newest_at(const struct bw_budget *budget, __u64 now)
{
	__u64 newest = budget_part(budget->every_ns, now);

	return subject.usage.newest > newest ? subject.usage.newest : newest;
}

static __u64 counted(unsigned int file, __u32 number, __u64 newest)
{
	return piece_counted(use_of(file, number), name_of(file, number), subject.usage.serial,
			     newest);
}

static __u64 fresh_of(unsigned int file, struct piece_run run, __u64 newest)
{
	__u64 fresh = 0;

	if (counted(file, BW_PIECE_WHOLE, newest) >= sizes[file])
		return 0;

	for (__u32 i = 0; i < run.len; i++)
		fresh += piece_fresh(piece_bytes(run.first + i, SHIFT, sizes[file]),
				     counted(file, run.first + i, newest));
	return fresh;
}

static bool run_book(unsigned int file, struct piece_run run, __u64 limit)
{
	if (counted(file, BW_PIECE_WHOLE, subject.usage.newest) >= sizes[file])
		run = (struct piece_run){ BW_PIECE_WHOLE, run.len > 0 };

	for (__u32 i = 0; i < run.len; i++)
		if (!piece_book(&subject.usage, use_of(file, run.first + i),
				name_of(file, run.first + i),
				piece_bytes(run.first + i, SHIFT, sizes[file]), limit))
			return false;
	return true;
}

static enum bw_reason charge(unsigned int file, const struct bw_budget *budget, __u64 now,
			     __u64 from, __u64 amount)
{
	struct piece_run run = pieces_asked(from, amount, sizes[file], SHIFT);
	__u64 use = 0;
	bool stale = usage_is_stale(&subject.usage, budget);
	__u64 fresh = fresh_of(file, run, newest_at(budget, now));
	enum bw_reason reason = budget_charge(&subject.usage, &use, budget, now, amount, fresh,
					      stale ? ++serials : 0);

	if (reason == BW_REASON_GRANTED && !run_book(file, run, budget->distinct))
		ck_abort_msg("what was charged for wasn't booked");
	return reason;
}

/* --- The model ------------------------------------------------------------------- */

static void model_add(const struct reading *reading)
{
	if (readings_len == HISTORY)
		ck_abort_msg("the model remembers no more than %d readings", HISTORY);
	readings[readings_len++] = *reading;
}

static void model_forget(__u64 before)
{
	size_t kept = 0;

	for (size_t i = 0; i < readings_len; i++)
		if (readings[i].when >= before)
			readings[kept++] = readings[i];
	readings_len = kept;
}

/* Distinct bytes since then: exactly, or in whole pieces and with whole files apart. */
static unsigned int model_sum(__u64 since, bool in_pieces)
{
	static bool seen[FILES][2 * FILE_MAX];
	unsigned int sum = 0;

	memset(seen, 0, sizeof(seen));
	for (size_t i = 0; i < readings_len; i++) {
		const struct reading *reading = &readings[i];
		unsigned int from = reading->from, to = from + reading->len;

		if (reading->when < since)
			continue;
		if (in_pieces && reading->whole) {
			from = 0;
			to = sizes[reading->file];
		} else if (in_pieces) {
			from &= ~((1U << SHIFT) - 1);
			to = (to + (1U << SHIFT) - 1) & ~((1U << SHIFT) - 1);
			to = to < sizes[reading->file] ? to : sizes[reading->file];
		}
		for (unsigned int at = from; at < to; at++) {
			bool *byte = &seen[reading->file]
					  [at + (in_pieces && reading->whole ? FILE_MAX : 0)];

			sum += !*byte;
			*byte = true;
		}
	}
	return sum;
}

static __u64 back(__u64 now, __u64 by)
{
	return now > by ? now - by : 0;
}

static void granted_check(const struct bw_budget *budget, __u64 now)
{
	unsigned int sum = model_sum(back(now, budget->every_ns), false);

	if (sum > budget->distinct)
		ck_abort_msg("%u distinct bytes of %llu", sum, budget->distinct);
}

/* A window longer by a sixteenth, in whole pieces, would have been too full. */
static void refused_check(const struct bw_budget *budget, __u64 now, const struct reading *reading)
{
	__u64 part = budget->every_ns / BW_BUDGET_PARTS + 1;
	unsigned int sum;

	model_add(reading);
	sum = model_sum(back(now, part * (BW_BUDGET_PARTS + 1)), true);
	readings_len--;
	if (sum <= budget->distinct)
		ck_abort_msg("refused with %u bytes of %llu", sum, budget->distinct);
}

/* --- Random schedules ------------------------------------------------------------ */

static const struct {
	const char *name;
	struct bw_budget budget;
	__u64 pause;		/* between two readings, at most */
	unsigned int whole;	/* of ten readings */
	unsigned int forgotten; /* pieces after each reading */
} schedules[] = {
	{ "pieces", { .every_ns = 1000, .coverage = 20, .distinct = 200 }, 20, 0, 0 },
	{ "whole files", { .every_ns = 1000, .coverage = 20, .distinct = 200 }, 20, 10, 0 },
	{ "both", { .every_ns = 3600, .coverage = 20, .distinct = 300 }, 90, 5, 0 },
	{ "less than a file", { .every_ns = 1000, .coverage = 1, .distinct = 20 }, 20, 3, 0 },
	{ "nothing", { .every_ns = 1000, .coverage = 1, .distinct = 0 }, 20, 3, 0 },
	{ "a window of few moments", { .every_ns = 3, .coverage = 9, .distinct = 90 }, 3, 3, 0 },
	{ "forgetful", { .every_ns = 1000, .coverage = 20, .distinct = 200 }, 20, 4, 2 },
};

static struct reading reading_draw(__u64 now, unsigned int whole)
{
	/* A few files often, all of them now and then. */
	unsigned int file = (unsigned int)(random_below(4) ? random_below(6) : random_below(FILES));
	unsigned int from = (unsigned int)random_below(sizes[file]);
	unsigned int len = (unsigned int)random_below(sizes[file] - from) + 1;

	if (random_below(10) < whole)
		return (struct reading){ now, file, 0, sizes[file], true };
	return (struct reading){ now, file, from, len, false };
}

/* As the kernel does when there are too many, or another one writes to it at the same time. */
static void piece_lose(void)
{
	struct bw_piece_use *use = &subject.uses[random_below(FILES)][random_below(PIECES + 1)];
	const struct bw_piece_use *other =
		&subject.uses[random_below(FILES)][random_below(PIECES + 1)];

	switch (random_below(3)) {
	case 0:
		*use = (struct bw_piece_use){ 0 };
		break;
	case 1:
		use->bytes = other->bytes + 1;
		break;
	default:
		*use = *other;
	}
}

static enum bw_reason step(const struct bw_budget *budget, struct reading *reading)
{
	__u64 from = reading->whole ? BW_POSITION_UNKNOWN : reading->from;

	if (counted(reading->file, BW_PIECE_WHOLE, newest_at(budget, reading->when)))
		reading->whole = true;
	return charge(reading->file, budget, reading->when, from, reading->len);
}

START_TEST(keeps_to_the_coverage)
{
	struct bw_budget budget = schedules[_i].budget;
	unsigned int granted = 0, refused = 0;
	__u64 now = 0;

	budget.bytes = BW_BUDGET_NO_BYTES;
	budget.files = BW_BUDGET_NO_FILES;
	for (unsigned int i = 0; i < STEPS; i++) {
		struct reading reading;

		now += random_below(schedules[_i].pause + 1);
		reading = reading_draw(now, schedules[_i].whole);
		if (step(&budget, &reading) == BW_REASON_GRANTED) {
			granted++;
			model_add(&reading);
			granted_check(&budget, now);
		} else {
			refused++;
			if (!schedules[_i].forgotten)
				refused_check(&budget, now, &reading);
		}
		for (unsigned int j = 0; j < schedules[_i].forgotten; j++)
			piece_lose();
		model_forget(back(now, 2 * budget.every_ns + 64));
	}
	ck_assert_uint_ge(granted, budget.distinct ? STEPS / 100 : 0);
	ck_assert_uint_gt(refused, STEPS / 100);
}
END_TEST

/* --- One after the other --------------------------------------------------------- */

static const struct bw_budget hour = {
	.every_ns = 3600,
	.bytes = BW_BUDGET_NO_BYTES,
	.files = BW_BUDGET_NO_FILES,
	.coverage = 10,
	.distinct = 100,
};

/* So many files of 40 bytes. */
static void equal_setup(void)
{
	coverage_setup();
	for (unsigned int i = 0; i < FILES; i++)
		sizes[i] = 40;
}

static enum bw_reason read_whole(unsigned int file, __u64 now)
{
	return charge(file, &hour, now, BW_POSITION_UNKNOWN, 1);
}

START_TEST(charges_whole_files)
{
	ck_assert_int_eq(read_whole(0, 0), BW_REASON_GRANTED);
	ck_assert_int_eq(read_whole(1, 0), BW_REASON_GRANTED);
	ck_assert_int_eq(read_whole(2, 0), BW_REASON_BUDGET_COVERAGE);
	ck_assert_int_eq(read_whole(0, 0), BW_REASON_GRANTED);
	ck_assert_uint_eq(subject.usage.distinct, 80);
	/* Pieces of what is read as a whole are free. */
	ck_assert_int_eq(charge(1, &hour, 0, 3, 20), BW_REASON_GRANTED);
	ck_assert_uint_eq(subject.usage.distinct, 80);
}
END_TEST

START_TEST(charges_pieces)
{
	ck_assert_int_eq(charge(0, &hour, 0, 0, 1), BW_REASON_GRANTED);
	ck_assert_uint_eq(subject.usage.distinct, 8);
	ck_assert_int_eq(charge(0, &hour, 0, 7, 2), BW_REASON_GRANTED);
	ck_assert_uint_eq(subject.usage.distinct, 16);
	ck_assert_int_eq(charge(0, &hour, 0, 40, 2), BW_REASON_GRANTED);
	ck_assert_int_eq(charge(0, &hour, 0, 0, 0), BW_REASON_GRANTED);
	ck_assert_uint_eq(subject.usage.distinct, 16);
	/* Once more, since the whole is remembered apart. */
	ck_assert_int_eq(read_whole(0, 0), BW_REASON_GRANTED);
	ck_assert_uint_eq(subject.usage.distinct, 56);
}
END_TEST

START_TEST(lets_the_same_be_read_again)
{
	ck_assert_int_eq(read_whole(0, 0), BW_REASON_GRANTED);
	ck_assert_int_eq(read_whole(1, 1800), BW_REASON_GRANTED);
	for (__u64 now = 1801; now < 20000; now += 100) {
		ck_assert_int_eq(read_whole(0, now), BW_REASON_GRANTED);
		ck_assert_int_eq(read_whole(1, now), BW_REASON_GRANTED);
		ck_assert_int_eq(read_whole(2, now), BW_REASON_BUDGET_COVERAGE);
	}
	ck_assert_int_eq(read_whole(2, 20000 + 3600 + 3600 / 16 + 17), BW_REASON_GRANTED);
}
END_TEST

START_TEST(charges_what_a_file_grows_by)
{
	ck_assert_int_eq(read_whole(0, 0), BW_REASON_GRANTED);
	sizes[0] = 60;
	ck_assert_int_eq(read_whole(0, 1800), BW_REASON_GRANTED);
	ck_assert_uint_eq(subject.usage.distinct, 60);
	sizes[0] = 10;
	ck_assert_int_eq(read_whole(0, 1800), BW_REASON_GRANTED);
	ck_assert_uint_eq(subject.usage.distinct, 60);
	ck_assert_int_eq(read_whole(1, 1800), BW_REASON_GRANTED);
	ck_assert_uint_eq(subject.usage.distinct, 100);
	ck_assert_int_eq(read_whole(1, 1800 + 2 * 3600), BW_REASON_GRANTED);
	ck_assert_uint_eq(subject.usage.distinct, 40);
}
END_TEST

START_TEST(goes_on_with_another_window)
{
	struct bw_budget day = hour;

	day.every_ns = 86400;
	ck_assert_int_eq(read_whole(0, 5000), BW_REASON_GRANTED);
	ck_assert_int_eq(charge(0, &day, 5001, BW_POSITION_UNKNOWN, 1), BW_REASON_GRANTED);
	ck_assert_uint_eq(subject.usage.distinct, 80);
	ck_assert_int_eq(charge(1, &day, 5001, BW_POSITION_UNKNOWN, 1), BW_REASON_BUDGET_COVERAGE);
	/* A set that became smaller: what was read may be read on. */
	day.distinct = 50;
	ck_assert_int_eq(charge(0, &day, 5001, BW_POSITION_UNKNOWN, 1), BW_REASON_GRANTED);
	ck_assert_int_eq(charge(1, &day, 5001, 0, 1), BW_REASON_BUDGET_COVERAGE);
}
END_TEST

START_TEST(warns_of_a_share_of_it)
{
	struct bw_budget budget = hour;

	budget.warn = 80;
	ck_assert_int_eq(charge(0, &budget, 1, BW_POSITION_UNKNOWN, 1), BW_REASON_GRANTED);
	ck_assert_int_eq(budget_warn(&subject.usage, &budget, 0), BW_REASON_GRANTED);
	ck_assert_int_eq(budget_warn(&subject.usage, &budget, 39), BW_REASON_GRANTED);
	ck_assert_int_eq(budget_warn(&subject.usage, &budget, 40), BW_REASON_BUDGET_COVERAGE);
	ck_assert_int_eq(budget_warn(&subject.usage, &budget, 40), BW_REASON_GRANTED);
}
END_TEST

static const struct {
	const char *name;
	__u64 from;
	__u64 amount;
	__u64 size;
	__u32 shift;
	struct piece_run run;
} runs[] = {
	{ "a byte", 0, 1, 100, 12, { 0, 1 } },
	{ "across a border", 4095, 2, 9000, 12, { 0, 2 } },
	{ "up to the end", 4096, ~0ULL >> 1, 8193, 12, { 1, 2 } },
	{ "nothing", 5, 0, 100, 12, { 0, 0 } },
	{ "behind the end", 100, 5, 100, 12, { 0, 0 } },
	{ "far behind it", ~0ULL - 1, 5, 100, 12, { 0, 0 } },
	{ "an empty file", BW_POSITION_UNKNOWN, 1, 0, 12, { 0, 0 } },
	{ "somewhere", BW_POSITION_UNKNOWN, 1, 100, 12, { BW_PIECE_WHOLE, 1 } },
	{ "as many as may be", 0, 256 << 12, 1 << 30, 12, { 0, 256 } },
	{ "one more", 0, (256 << 12) + 1, 1 << 30, 12, { BW_PIECE_WHOLE, 1 } },
	{ "the last number", 0xfffffffeULL << 12, 1, 1ULL << 62, 12, { 0xfffffffe, 1 } },
	{ "beyond", 0xffffffffULL << 12, 1, 1ULL << 62, 12, { BW_PIECE_WHOLE, 1 } },
};

START_TEST(knows_the_pieces_of_a_call)
{
	struct piece_run run =
		pieces_asked(runs[_i].from, runs[_i].amount, runs[_i].size, runs[_i].shift);

	ck_assert_msg(run.first == runs[_i].run.first && run.len == runs[_i].run.len,
		      "%s: %u from %u on", runs[_i].name, run.len, run.first);
}
END_TEST

START_TEST(knows_how_large_a_piece_is)
{
	ck_assert_uint_eq(piece_bytes(0, 12, 100), 100);
	ck_assert_uint_eq(piece_bytes(0, 12, 4097), 4096);
	ck_assert_uint_eq(piece_bytes(1, 12, 4097), 1);
	ck_assert_uint_eq(piece_bytes(2, 12, 4097), 0);
	ck_assert_uint_eq(piece_bytes(BW_PIECE_WHOLE, 12, 4097), 4097);
}
END_TEST

/* Another subject's, another piece's, or half of one's. */
START_TEST(takes_no_other_s_memory)
{
	struct bw_piece_use *use = use_of(0, BW_PIECE_WHOLE), torn;

	ck_assert_int_eq(read_whole(0, 0), BW_REASON_GRANTED);
	torn = (struct bw_piece_use){ use->use, use->bytes + 1 };
	ck_assert_uint_eq(piece_counted(use, name_of(0, BW_PIECE_WHOLE), 1, 0), 40);
	ck_assert_uint_eq(piece_counted(use, name_of(0, BW_PIECE_WHOLE), 2, 0), 0);
	ck_assert_uint_eq(piece_counted(use, name_of(1, BW_PIECE_WHOLE), 1, 0), 0);
	ck_assert_uint_eq(piece_counted(&torn, name_of(0, BW_PIECE_WHOLE), 1, 0), 0);
}
END_TEST

/* Under another policy pieces may be larger: the same numbers stand for other bytes. */
START_TEST(tells_pieces_of_another_size)
{
	const struct bw_file_key key = { .dev = 8, .ino = 1 };

	ck_assert_uint_ne(piece_name(&key, 3, 12), piece_name(&key, 3, 13));
	ck_assert_uint_ne(piece_name(&key, 3, 12), piece_name(&key, 4, 12));
	ck_assert_uint_eq(piece_name(&key, BW_PIECE_WHOLE, 12),
			  piece_name(&key, BW_PIECE_WHOLE, 13));
}
END_TEST

static Suite *coverage_suite(void)
{
	Suite *suite = suite_create("coverage");
	TCase *drawn = tcase_create("schedules");
	TCase *equal = tcase_create("equal files");

	tcase_set_timeout(drawn, 300);
	tcase_add_checked_fixture(drawn, coverage_setup, NULL);
	tcase_add_loop_test(drawn, keeps_to_the_coverage, 0, ARRAY_LEN(schedules));
	suite_add_tcase(suite, drawn);

	tcase_add_checked_fixture(equal, equal_setup, NULL);
	tcase_add_test(equal, charges_whole_files);
	tcase_add_test(equal, charges_pieces);
	tcase_add_test(equal, lets_the_same_be_read_again);
	tcase_add_test(equal, charges_what_a_file_grows_by);
	tcase_add_test(equal, goes_on_with_another_window);
	tcase_add_test(equal, warns_of_a_share_of_it);
	tcase_add_test(equal, tells_pieces_of_another_size);
	tcase_add_test(equal, takes_no_other_s_memory);
	tcase_add_loop_test(equal, knows_the_pieces_of_a_call, 0, ARRAY_LEN(runs));
	tcase_add_test(equal, knows_how_large_a_piece_is);
	suite_add_tcase(suite, equal);
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
