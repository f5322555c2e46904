// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests: what is learnt of a subject, and how it adds up
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "learnt.h"
#include "lesson.h"
#include "scratch_dir.h"

#define DAY_NS BW_LEARNT_EVERY_NS
#define HOUR_NS (DAY_NS / 24)

/* A Monday, and the first second of it. */
#define MONDAY 1795996800ULL

static struct bw_lessons lessons, fresh;

static void lesson_setup(void)
{
	scratch_setup();
}

static void lesson_teardown(void)
{
	bw_lessons_done(&lessons);
	bw_lessons_done(&fresh);
	scratch_teardown();
}

static struct bw_lesson lesson_of(const char *exe, uint64_t first)
{
	struct bw_lesson lesson = {
		.exe = strdup(exe),
		.user = strdup("backup"),
		.unit = strdup("backup.service"),
		.script = strdup(""),
		.comm = strdup("tar"),
		.login = BW_LOGIN_NONE,
		.subject_flags = BW_SUBJECT_KNOWN,
		.gid = 34,
		.one_gid = true,
		.trusted = true,
		.first = first,
		.last = first + 10,
		.opens = 1,
		.reads = 2,
		.bytes = 1ULL << 62,
		.most_bytes = 300,
		.most_files = 4,
	};

	bw_lesson_mark(&lesson, first);
	return lesson;
}

static void add(struct bw_lessons *list, const char *exe, uint64_t first, uint64_t most)
{
	struct bw_lesson lesson = lesson_of(exe, first);

	lesson.most_bytes = most;
	ck_assert_int_eq(bw_lessons_add(list, &lesson), 0);
}

/* --- In the kernel --------------------------------------------------------------- */

START_TEST(half_hours_of_a_week_are_told_apart)
{
	ck_assert_uint_eq(learnt_slot(MONDAY), 0);
	ck_assert_uint_eq(learnt_slot(MONDAY + 1799), 0);
	ck_assert_uint_eq(learnt_slot(MONDAY + 1800), 1);
	ck_assert_uint_eq(learnt_slot(MONDAY - 1), BW_LEARNT_SLOTS - 1);
	ck_assert_uint_eq(learnt_slot(MONDAY + 7ULL * 86400), 0);
}
END_TEST

/* The fullest day is one of the budget's windows, wherever it begins. */
START_TEST(accesses_add_up)
{
	static struct bw_learnt learnt;
	__u64 uses[3] = { 0 };

	learnt_add(&learnt, LEARNT_OPEN, 0, &uses[0], 7, 0, MONDAY);
	ck_assert_uint_eq(learnt.opens, 1);
	ck_assert_uint_eq(learnt.reads, 0);

	learnt_add(&learnt, LEARNT_WRITE, 0, &uses[0], 7, 0, MONDAY);
	ck_assert_uint_eq(learnt.opens, 1);
	ck_assert_uint_eq(learnt.reads, 0);

	for (unsigned int i = 0; i < 3; i++)
		learnt_add(&learnt, LEARNT_READ, 100, &uses[i], 7, i * HOUR_NS, MONDAY + i * 3600);
	learnt_add(&learnt, LEARNT_READ, 100, &uses[2], 7, 3 * HOUR_NS, MONDAY + 3 * 3600);
	ck_assert_uint_eq(learnt.most_bytes, 400);
	ck_assert_uint_eq(learnt.most_files, 3);

	learnt_add(&learnt, LEARNT_READ, 50, &uses[0], 0, 3 * DAY_NS, MONDAY + 3 * 86400);
	ck_assert_uint_eq(learnt.bytes, 450);
	ck_assert_uint_eq(learnt.reads, 5);
	ck_assert_uint_eq(learnt.most_bytes, 400);
	ck_assert_uint_eq(learnt.most_files, 3);
	ck_assert_uint_eq(learnt.first, MONDAY);
	ck_assert_uint_eq(learnt.last, MONDAY + 3 * 86400);
	ck_assert_uint_eq(learnt.slots[0], 1 | 1 << 2 | 1 << 4 | 1 << 6);
	ck_assert_uint_eq(learnt.slots[2], 1ULL << (3 * 48 - 128));
}
END_TEST

START_TEST(groups_are_told_apart)
{
	static struct bw_learnt learnt;

	learnt_group(&learnt, 0);
	learnt_group(&learnt, 0);
	ck_assert_uint_eq(learnt.gids, 1);
	learnt_group(&learnt, 34);
	learnt_group(&learnt, 0);
	ck_assert_uint_eq(learnt.gids, 2);
	ck_assert_uint_eq(learnt.gid, 0);
}
END_TEST

/* --- On file --------------------------------------------------------------------- */

START_TEST(files_say_what_was_written)
{
	FILE *file = tmpfile();
	unsigned int line;

	ck_assert_ptr_nonnull(file);
	add(&fresh, "/usr/bin/tar", MONDAY, 300);
	add(&fresh, "/usr/bin/\"odd\"\n", MONDAY + 6 * 86400, 300);
	fresh.items[0].one_gid = false;
	ck_assert_int_eq(bw_lessons_write(file, &fresh), 0);
	rewind(file);
	ck_assert_int_eq(bw_lessons_read(file, &lessons, &line), 0);
	ck_assert_uint_eq(lessons.len, 2);
	for (size_t i = 0; i < 2; i++) {
		ck_assert(bw_lesson_is_of(&lessons.items[i], &fresh.items[i]));
		ck_assert_uint_eq(lessons.items[i].first, fresh.items[i].first);
		ck_assert_uint_eq(lessons.items[i].last, fresh.items[i].last);
		ck_assert_uint_eq(lessons.items[i].bytes, 1ULL << 62);
		ck_assert_uint_eq(lessons.items[i].most_files, 4);
		ck_assert(lessons.items[i].trusted);
		ck_assert(lessons.items[i].one_gid == fresh.items[i].one_gid);
		ck_assert_mem_eq(lessons.items[i].slots, fresh.items[i].slots,
				 sizeof(lessons.items[i].slots));
	}
	ck_assert_uint_eq(lessons.items[1].gid, 34);
	(void)fclose(file);
}
END_TEST

static const char *const broken[] = {
	"\n", "{}\n", "[]\n", "{\"exe\":\"/x\"}\n", "not JSON\n", "{\"exe\"",
};

START_TEST(other_files_are_none)
{
	FILE *file;
	unsigned int line;

	scratch_write("broken", broken[_i]);
	file = fopen(scratch_path("broken"), "re");
	ck_assert_int_eq(bw_lessons_read(file, &lessons, &line), -EBADMSG);
	ck_assert_uint_eq(line, 1);
	ck_assert_uint_eq(lessons.len, 0);
	(void)fclose(file);
}
END_TEST

static void update(void)
{
	ck_assert_int_eq(bw_lessons_update(&lessons, &fresh), 0);
	ck_assert_uint_eq(fresh.len, 0);
}

/* Written again and again, by one daemon and the next: nothing counts twice. */
START_TEST(the_same_moment_is_replaced)
{
	add(&fresh, "/usr/bin/tar", MONDAY, 100);
	update();
	add(&fresh, "/usr/bin/tar", MONDAY, 250);
	update();
	ck_assert_uint_eq(lessons.len, 1);
	ck_assert_uint_eq(lessons.items[0].reads, 2);
	ck_assert_uint_eq(lessons.items[0].most_bytes, 250);
}
END_TEST

/* A boot later the kernel begins anew. */
START_TEST(another_moment_adds)
{
	add(&fresh, "/usr/bin/tar", MONDAY, 100);
	update();
	add(&fresh, "/usr/bin/tar", MONDAY + 86400, 250);
	update();
	ck_assert_uint_eq(lessons.len, 2);
	add(&fresh, "/usr/bin/tar", MONDAY + 2 * 86400, 50);
	add(&fresh, "/usr/bin/rsync", MONDAY, 1);
	update();
	ck_assert_uint_eq(lessons.len, 3);
	ck_assert_uint_eq(lessons.items[0].first, MONDAY);
	ck_assert_uint_eq(lessons.items[0].last, MONDAY + 86400 + 10);
	ck_assert_uint_eq(lessons.items[0].reads, 4);
	ck_assert_uint_eq(lessons.items[0].most_bytes, 250);
	ck_assert_uint_eq(lessons.items[0].slots[0], 1ULL | 1ULL << 48);
	ck_assert_uint_eq(lessons.items[1].most_bytes, 50);
}
END_TEST

static const struct {
	bool one;
	bool other;
	uint32_t gid;
	bool merged;
} groups[] = {
	{ true, true, 34, true },
	{ true, true, 0, false },
	{ false, true, 34, false },
	{ true, false, 34, false },
};

START_TEST(another_group_makes_it_none)
{
	struct bw_lesson one = lesson_of("/usr/bin/tar", MONDAY);
	struct bw_lesson other = lesson_of("/usr/bin/tar", MONDAY + 5);

	one.one_gid = groups[_i].one;
	other.one_gid = groups[_i].other;
	other.gid = groups[_i].gid;
	bw_lesson_merge(&one, &other, false);
	ck_assert_int_eq(one.one_gid, groups[_i].merged);
	ck_assert_uint_eq(one.gid, 34);
	bw_lesson_done(&one);
	bw_lesson_done(&other);
}
END_TEST

START_TEST(at_once_both_count)
{
	struct bw_lesson one = lesson_of("/usr/bin/tar", MONDAY);
	struct bw_lesson other = lesson_of("/usr/bin/tar", MONDAY + 5);

	other.trusted = false;
	bw_lesson_merge(&one, &other, true);
	ck_assert_uint_eq(one.most_bytes, 600);
	ck_assert_uint_eq(one.most_files, 8);
	ck_assert(!one.trusted);
	bw_lesson_done(&one);
	bw_lesson_done(&other);
}
END_TEST

/* However many sessions come and go, the file stays one that can be read. */
START_TEST(too_many_are_the_rest)
{
	struct bw_lesson rest = lesson_of("", MONDAY);
	char exe[32];

	rest.rest = true;
	ck_assert_int_eq(bw_lessons_add(&lessons, &rest), 0);
	for (unsigned int i = 0; i < BW_LESSONS_MAX + 3; i++) {
		(void)snprintf(exe, sizeof(exe), "/usr/bin/%u", i);
		add(&lessons, exe, MONDAY, 1);
	}
	add(&fresh, "/usr/bin/tar", MONDAY, 1);
	update();
	ck_assert_uint_eq(lessons.len, BW_LESSONS_MAX + 1);
	ck_assert(lessons.items[0].rest);
	ck_assert_uint_eq(lessons.items[0].reads, 2 + 4 * 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lesson");
	TCase *tcase = tcase_create("lessons");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, lesson_setup, lesson_teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, half_hours_of_a_week_are_told_apart);
	tcase_add_test(tcase, accesses_add_up);
	tcase_add_test(tcase, groups_are_told_apart);
	tcase_add_loop_test(tcase, another_group_makes_it_none, 0, ARRAY_LEN(groups));
	tcase_add_test(tcase, files_say_what_was_written);
	tcase_add_loop_test(tcase, other_files_are_none, 0, ARRAY_LEN(broken));
	tcase_add_test(tcase, the_same_moment_is_replaced);
	tcase_add_test(tcase, another_moment_adds);
	tcase_add_test(tcase, at_once_both_count);
	tcase_add_test(tcase, too_many_are_the_rest);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
