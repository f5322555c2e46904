// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - tests: which events are missing, and how far the log goes (INV-7)
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "logger_gap.h"
#include "logger_state.h"

#define LATER 100

/* Numbers as they come; a negative one is expected only. */
static const struct {
	const char *name;
	int numbers[8];
	uint64_t highest;
	uint64_t holes[4][2];
} runs[] = {
	{ "nothing", { 0 }, 0, { { 0 } } },
	{ "in order", { 1, 2, 3 }, 3, { { 0 } } },
	{ "one missing", { 1, 3 }, 3, { { 2, 2 } } },
	{ "many missing", { 1, 9 }, 9, { { 2, 8 } } },
	{ "two processors swap", { 2, 1 }, 2, { { 0 } } },
	{ "late from the middle", { 1, 9, 5 }, 9, { { 2, 4 }, { 6, 8 } } },
	{ "late from the edges", { 1, 9, 2, 8 }, 9, { { 3, 7 } } },
	{ "the end is missing", { 1, -5 }, 5, { { 2, 5 } } },
	{ "the end is late", { 1, -3, 2, 3, 4 }, 4, { { 0 } } },
	{ "nothing new expected", { 1, 2, -2 }, 2, { { 0 } } },
	{ "two holes", { 2, 5, -6 }, 6, { { 1, 1 }, { 3, 4 }, { 6, 6 } } },
};

START_TEST(holes_are_found)
{
	struct bw_sequence sequence = { 0 };
	const struct bw_missing *hole;
	unsigned int found = 0;

	for (size_t i = 0; i < ARRAY_LEN(runs[_i].numbers) && runs[_i].numbers[i]; i++) {
		int number = runs[_i].numbers[i];

		if (number < 0)
			bw_sequence_expect(&sequence, (uint64_t)-number, 1);
		else
			ck_assert_msg(bw_sequence_see(&sequence, (uint64_t)number, 1),
				      "case '%s': %d is new", runs[_i].name, number);
	}

	ck_assert_msg(sequence.highest == runs[_i].highest, "case '%s'", runs[_i].name);
	while ((hole = bw_sequence_hole(&sequence, LATER))) {
		ck_assert_msg(hole->first == runs[_i].holes[found][0] &&
				      hole->last == runs[_i].holes[found][1],
			      "case '%s': hole %u", runs[_i].name, found);
		bw_sequence_forget(&sequence, hole);
		found++;
	}
	ck_assert_msg(runs[_i].holes[found][0] == 0, "case '%s': %u holes", runs[_i].name, found);
}
END_TEST

START_TEST(what_came_is_known)
{
	struct bw_sequence sequence = { 0 };

	ck_assert(bw_sequence_see(&sequence, 1, 0));
	ck_assert(bw_sequence_see(&sequence, 4, 0));
	ck_assert(!bw_sequence_see(&sequence, 1, 0));
	ck_assert(!bw_sequence_see(&sequence, 4, 0));
	ck_assert(bw_sequence_see(&sequence, 3, 0));
	ck_assert(!bw_sequence_see(&sequence, 3, 0));
}
END_TEST

START_TEST(holes_are_told_when_their_time_is_up)
{
	struct bw_sequence sequence = { 0 };

	bw_sequence_expect(&sequence, 3, 50);
	ck_assert_ptr_null(bw_sequence_hole(&sequence, 49));
	ck_assert_ptr_nonnull(bw_sequence_hole(&sequence, 50));
}
END_TEST

/* More holes than there is room for: told too much, never too little. */
START_TEST(no_hole_is_lost_without_room)
{
	struct bw_sequence sequence = { 0 };
	bool missing[201] = { false };
	const struct bw_missing *hole;

	for (uint64_t number = 2; number <= 200; number += 2)
		(void)bw_sequence_see(&sequence, number, 1);
	ck_assert_uint_eq(sequence.holes_len, BW_HOLES_MAX);

	while ((hole = bw_sequence_hole(&sequence, LATER))) {
		for (uint64_t number = hole->first; number <= hole->last; number++)
			missing[number] = true;
		bw_sequence_forget(&sequence, hole);
	}
	for (unsigned int number = 1; number < 200; number += 2)
		ck_assert_msg(missing[number], "%u was lost", number);
}
END_TEST

static int scratch_file(void)
{
	char path[] = "/tmp/bulwark-test-XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(unlink(path), 0);
	return fd;
}

START_TEST(state_is_kept)
{
	struct bw_logger_state saved = {
		.boot_id = "01234567-89ab-cdef-0123-456789abcdef",
		.sequence = { .highest = 1234567890123456789, .holes_len = 0 },
		.refused = 7,
		.lost = 3,
		.time_ns = 1700000000123456789,
	};
	_cleanup_(closep) int fd = scratch_file();
	struct bw_logger_state loaded;

	/* As long as it gets, then short: nothing of the long text may stay. */
	for (unsigned int i = 0; i < BW_HOLES_MAX; i++)
		saved.sequence.holes[saved.sequence.holes_len++] =
			(struct bw_missing){ INT64_MAX - 1, INT64_MAX, 0 };
	ck_assert_int_eq(bw_logger_state_save(fd, &saved), 0);
	ck_assert_int_eq(bw_logger_state_load(fd, &loaded), 0);
	ck_assert_mem_eq(&loaded, &saved, sizeof(saved));

	saved.sequence = (struct bw_sequence){ .highest = 9 };
	ck_assert_int_eq(bw_logger_state_save(fd, &saved), 0);
	ck_assert_int_eq(bw_logger_state_load(fd, &loaded), 0);
	ck_assert_mem_eq(&loaded, &saved, sizeof(saved));
}
END_TEST

static const struct {
	const char *name;
	const char *text;
	int err;
} files[] = {
	{ "new", "", -ENODATA },
	{ "no JSON", "boot_id=1", -EBADMSG },
	{ "cut off", "{\"boot_id\":\"1\",\"sequ", -EBADMSG },
	{ "another's", "{\"version\":1}", -EBADMSG },
	{ "no such boot",
	  "{\"boot_id\":\"01234567-89ab-cdef-0123-456789abcdef-and-more\",\"sequence\":1}",
	  -EBADMSG },
	{ "holes that are none", "{\"boot_id\":\"1\",\"sequence\":1,\"missing\":[7,[],\"x\"]}", 0 },
	{ "short", "{\"boot_id\":\"1\",\"sequence\":1}", 0 },
};

START_TEST(state_that_is_none_is_told)
{
	_cleanup_(closep) int fd = scratch_file();
	struct bw_logger_state state;
	size_t len = strlen(files[_i].text);

	ck_assert_int_eq(write(fd, files[_i].text, len), (int)len);
	ck_assert_msg(bw_logger_state_load(fd, &state) == files[_i].err, "case '%s'",
		      files[_i].name);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("daemon_gap");
	TCase *tests = tcase_create("gap");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tests, holes_are_found, 0, ARRAY_LEN(runs));
	tcase_add_test(tests, what_came_is_known);
	tcase_add_test(tests, holes_are_told_when_their_time_is_up);
	tcase_add_test(tests, no_hole_is_lost_without_room);
	tcase_add_test(tests, state_is_kept);
	tcase_add_loop_test(tests, state_that_is_none_is_told, 0, ARRAY_LEN(files));
	suite_add_tcase(suite, tests);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
