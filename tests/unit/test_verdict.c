// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the pure decisions that the programs take
 */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "grant.h"
#include "verdict.h"

#define ME 110

/* 127 and 128 bytes: the longest unit that fits, and one that doesn't. */
#define A31 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define UNIT_LONGEST A31 A31 A31 "aaaaaaaaaaaaaaaaaaaaaaaaaa.service"

static struct bw_grant grant_of(const char *user, const char *unit, bool any_mounts)
{
	struct bw_policy_grant written = {
		.exe = (char *)"/usr/lib/postgresql/*/bin/postgres",
		.user = (char *)user,
		.unit = (char *)unit,
		.any_mounts = any_mounts,
	};
	struct bw_grant grant;

	bw_grant_compile(&written, "set", ME, 3, &grant);
	return grant;
}

/* A unit as the programs hold it: padded with what was there before. */
static enum bw_reason judge(const struct bw_grant *grant, __u32 flags, __u32 uid, const char *unit)
{
	struct bw_who who = { .flags = flags, .uid = uid, .login = BW_LOGIN_NONE };
	size_t len = strlen(unit);

	memset(who.unit, 'x', sizeof(who.unit));
	who.unit_len = len;
	memcpy(who.unit, unit, len < sizeof(who.unit) ? len + 1 : sizeof(who.unit));
	return grant_judge(grant, &who);
}

static const struct {
	const char *grant;
	const char *unit;
	bool matches;
} units[] = {
	{ "a.service", "a.service", true },
	{ "a.service", "", false },
	{ "a.service", "b.service", false },
	{ "a.service", "a.servic", false },
	{ "a.service", "a.services", false },
	{ "a.service", "A.service", false },
	{ "a.service", "aa.service", false },
	{ "any", "", true },
	{ "any", "session-3.scope", true },
	{ "postgresql@*.service", "postgresql@15-main.service", true },
	{ "postgresql@*.service", "postgresql@1.service", true },
	{ "postgresql@*.service", "postgresql@.service", false },
	{ "postgresql@*.service", "postgresql.service", false },
	{ "postgresql@*.service", "postgresql@15-main.service.service", true },
	{ "postgresql@*.service", "postgresql@15-main.scope", false },
	{ "postgresql@*.service", "xpostgresql@15-main.service", false },
	{ "postgresql@*.service", "postgresql@15-main.servicex", false },
	{ "postgresql@*.service", "", false },
	{ "*.service", "a.service", true },
	{ "*.service", ".service", false },
	{ "*.service", "a.scope", false },
	{ "session-*", "session-3.scope", true },
	{ "session-*", "session-", false },
	{ "*", "a", true },
	{ "*", "", false },
	/* The two ends may not share a byte. */
	{ "aa*aa", "aaa", false },
	{ "aa*aa", "aaaa", false },
	{ "aa*aa", "aaaaa", true },
	{ "ab*ba", "aba", false },
	{ UNIT_LONGEST, UNIT_LONGEST, true },
	{ UNIT_LONGEST, "a" UNIT_LONGEST, false },
	{ "*.service", UNIT_LONGEST, true },
	{ "*.service", "a" UNIT_LONGEST, false },
	{ "a*", UNIT_LONGEST, true },
};

START_TEST(unit_is_compared)
{
	struct bw_grant grant = grant_of("postgres", units[_i].grant, false);
	enum bw_reason reason = judge(&grant, BW_SUBJECT_KNOWN, ME, units[_i].unit);

	ck_assert_msg(reason == (units[_i].matches ? BW_REASON_GRANTED : BW_REASON_WRONG_UNIT),
		      "'%s' for '%s': %d", units[_i].grant, units[_i].unit, reason);
}
END_TEST

/* What no daemon of ours writes, and a broken one might. */
static const struct {
	const char *name;
	__u16 len;
	__u16 star;
} broken_units[] = {
	{ "longer than the array", BW_UNIT_SIZE, BW_UNIT_NO_STAR },
	{ "much longer", 0xffff, BW_UNIT_NO_STAR },
	{ "star at the end", 9, 9 },
	{ "star beyond", 9, 200 },
	{ "star beyond, long", 0xffff, 0xfffe },
	{ "empty", 0, BW_UNIT_NO_STAR },
	{ "empty, with a star", 0, 0 },
};

START_TEST(broken_unit_matches_nothing)
{
	struct bw_grant grant = grant_of("postgres", "a.service", false);

	grant.unit_len = broken_units[_i].len;
	grant.unit_star = broken_units[_i].star;
	ck_assert_msg(judge(&grant, BW_SUBJECT_KNOWN, ME, "a.service") == BW_REASON_WRONG_UNIT,
		      "case '%s'", broken_units[_i].name);
}
END_TEST

/* Byte by byte: what words of eight must come to as well. */
static bool unit_model(const struct bw_grant *grant, const char *unit, __u32 len)
{
	__u32 head = grant->unit_star, tail = grant->unit_len - head - 1;

	if (head == BW_UNIT_NO_STAR)
		return len == grant->unit_len && memcmp(grant->unit, unit, len) == 0;

	return len >= grant->unit_len && memcmp(grant->unit, unit, head) == 0 &&
	       memcmp(grant->unit + head + 1, unit + len - tail, tail) == 0;
}

static void bytes_fill(char *bytes)
{
	for (__u32 i = 0; i < BW_UNIT_SIZE; i++)
		bytes[i] = random();
}

#define UNITS_TRIED 40000

/*
 * What is the same and what differs by one byte, of any lengths, with a star anywhere; what
 * stands behind the names is anything.
 */
START_TEST(unit_is_compared_by_words)
{
	unsigned int matched = 0;

	srandom(1);
	for (unsigned int i = 0; i < UNITS_TRIED; i++) {
		struct bw_grant grant = { .unit_len = random() % BW_UNIT_SIZE,
					  .unit_star = BW_UNIT_NO_STAR };
		__u32 len = random() % 4 ? grant.unit_len : random() % BW_UNIT_SIZE;
		char unit[BW_UNIT_SIZE] __attribute__((aligned(8)));
		__u32 head = grant.unit_len, tail = 0;

		bytes_fill(grant.unit);
		bytes_fill(unit);
		if (grant.unit_len && random() % 2) {
			head = grant.unit_star = random() % grant.unit_len;
			tail = grant.unit_len - head - 1;
			len = grant.unit_len + random() % (BW_UNIT_SIZE - grant.unit_len);
		}
		memcpy(unit, grant.unit, head);
		if (len >= tail)
			memcpy(unit + len - tail, grant.unit + grant.unit_len - tail, tail);
		if (random() % 2)
			unit[random() % BW_UNIT_SIZE] ^= 1 << random() % 8;

		matched += unit_model(&grant, unit, len);
		ck_assert_int_eq(unit_matches(&grant, unit, len), unit_model(&grant, unit, len));
	}
	ck_assert_uint_gt(matched, UNITS_TRIED / 4);
	ck_assert_uint_lt(matched, UNITS_TRIED - UNITS_TRIED / 8);
}
END_TEST

#define KNOWN BW_SUBJECT_KNOWN

static const struct {
	const char *name;
	const char *user;
	const char *unit;
	bool any_mounts;
	__u32 flags;
	__u32 uid;
	enum bw_reason reason;
} subjects[] = {
	{ "as it should be", "postgres", "a.service", false, KNOWN, ME, BW_REASON_GRANTED },
	{ "root is nobody special", "postgres", "a.service", false, KNOWN, 0,
	  BW_REASON_WRONG_USER },
	{ "any user", "any", "a.service", false, KNOWN, 0, BW_REASON_GRANTED },
	{ "user before unit", "postgres", "b.service", false, KNOWN, 0, BW_REASON_WRONG_USER },
	{ "unit before flags", "postgres", "b.service", false, 0, ME, BW_REASON_WRONG_UNIT },
	{ "never seen", "any", "any", true, 0, ME, BW_REASON_NO_IDENTITY },
	{ "never seen, all else set", "any", "any", true, ~(__u32)KNOWN, ME,
	  BW_REASON_NO_IDENTITY },
	{ "traced", "any", "any", true, KNOWN | BW_SUBJECT_UNSAFE, ME, BW_REASON_UNSAFE_EXEC },
	{ "tainted", "any", "any", true, KNOWN | BW_SUBJECT_TAINTED, ME, BW_REASON_TAINTED },
	{ "swept", "any", "any", false, KNOWN | BW_SUBJECT_SWEPT, ME, BW_REASON_GRANTED },
	{ "user namespace", "any", "any", true, KNOWN | BW_SUBJECT_USER_NS, ME,
	  BW_REASON_NAMESPACE },
	{ "chroot", "any", "any", true, KNOWN | BW_SUBJECT_CHROOT, ME, BW_REASON_NAMESPACE },
	{ "mount namespace", "any", "any", false, KNOWN | BW_SUBJECT_MOUNT_NS, ME,
	  BW_REASON_NAMESPACE },
	{ "mount namespace, allowed", "any", "any", true, KNOWN | BW_SUBJECT_MOUNT_NS, ME,
	  BW_REASON_GRANTED },
	{ "mount namespace, allowed, and chroot", "any", "any", true,
	  KNOWN | BW_SUBJECT_MOUNT_NS | BW_SUBJECT_CHROOT, ME, BW_REASON_NAMESPACE },
};

START_TEST(subject_is_judged)
{
	struct bw_grant grant =
		grant_of(subjects[_i].user, subjects[_i].unit, subjects[_i].any_mounts);
	enum bw_reason reason = judge(&grant, subjects[_i].flags, subjects[_i].uid, "a.service");

	ck_assert_msg(reason == subjects[_i].reason, "case '%s': %d", subjects[_i].name, reason);
}
END_TEST

/* INV-2: a flag of a newer daemon gives nothing, whatever the others say. */
START_TEST(unknown_flag_grants_nothing)
{
	const struct bw_policy_hours always = {
		.spans = { { .to = 24 * 60, .days = 127 } },
		.len = 1,
	};
	struct bw_grant grant = grant_of("any", "any", true);

	ck_assert_int_eq(judge(&grant, KNOWN, ME, ""), BW_REASON_GRANTED);
	grant.login = BW_LOGIN_NONE;
	bw_hours_compile_as_shown(&always, &grant.hours);
	for (unsigned int bit = 0; bit < 32; bit++) {
		grant.flags = GRANT_FLAGS_KNOWN | 1U << bit;
		ck_assert_msg(judge(&grant, KNOWN | WHO_OF_GRANT, ME, "") ==
				      (bit < 9 ? BW_REASON_GRANTED : BW_REASON_NO_GRANT),
			      "bit %u", bit);
	}
}
END_TEST

/* INV-2: memory that was never written is no grant. */
START_TEST(empty_grant_grants_nothing)
{
	struct bw_grant grant = { 0 };

	ck_assert_int_eq(judge(&grant, KNOWN, 0, "a.service"), BW_REASON_WRONG_UNIT);
	ck_assert_int_eq(judge(&grant, KNOWN, ME, "a.service"), BW_REASON_WRONG_USER);
}
END_TEST

/* Each of what names a script has to be right; one that isn't known is nobody's. */
START_TEST(script_is_one_file)
{
	const struct bw_file_key one = { .dev = 1, .ino = 2, .generation = 3 }, none = { 0 };
	struct bw_file_key other = one;

	ck_assert(script_matches(&one, &other));
	other.generation++;
	ck_assert(!script_matches(&one, &other));
	other = one;
	other.dev++;
	ck_assert(!script_matches(&one, &other));
	other = one;
	other.ino++;
	ck_assert(!script_matches(&one, &other));
	ck_assert(!script_matches(&none, &none));
}
END_TEST

START_TEST(script_must_have_started_it)
{
	struct bw_grant grant = grant_of("any", "any", true);

	grant.flags |= BW_GRANT_SCRIPT;
	ck_assert_int_eq(judge(&grant, KNOWN, ME, ""), BW_REASON_WRONG_SCRIPT);
	ck_assert_int_eq(judge(&grant, KNOWN | WHO_STARTED, ME, ""), BW_REASON_GRANTED);
}
END_TEST

START_TEST(content_is_one_version)
{
	ck_assert(content_matches(7, 7));
	ck_assert(!content_matches(7, 8));
	ck_assert(!content_matches(7, 0));
	ck_assert(!content_matches(0, 7));
	ck_assert(!content_matches(0, 0));
}
END_TEST

START_TEST(content_must_be_verified)
{
	struct bw_grant grant = grant_of("any", "any", true);

	grant.flags |= BW_GRANT_DIGEST;
	ck_assert_int_eq(judge(&grant, KNOWN, ME, ""), BW_REASON_WRONG_DIGEST);
	ck_assert_int_eq(judge(&grant, KNOWN | WHO_VERIFIED, ME, ""), BW_REASON_GRANTED);
	ck_assert(reason_may_pass(BW_REASON_WRONG_DIGEST));
}
END_TEST

START_TEST(group_must_be_its_own)
{
	struct bw_grant grant = grant_of("postgres", "a.service", true);

	grant.flags |= BW_GRANT_GROUP;
	ck_assert_int_eq(judge(&grant, KNOWN, 0, "b.service"), BW_REASON_WRONG_USER);
	ck_assert_int_eq(judge(&grant, KNOWN, ME, "b.service"), BW_REASON_WRONG_GROUP);
	ck_assert_int_eq(judge(&grant, KNOWN, ME, "a.service"), BW_REASON_WRONG_GROUP);
	ck_assert_int_eq(judge(&grant, KNOWN | WHO_IN_GROUP, ME, "b.service"),
			 BW_REASON_WRONG_UNIT);
	ck_assert_int_eq(judge(&grant, KNOWN | WHO_IN_GROUP, ME, "a.service"), BW_REASON_GRANTED);
}
END_TEST

/* INV-2: one that isn't known to go on has ended. */
START_TEST(glass_has_an_end)
{
	struct bw_grant grant = grant_of("any", "any", true);

	grant.flags |= BW_GRANT_GLASS;
	ck_assert_int_eq(judge(&grant, KNOWN, ME, ""), BW_REASON_EXPIRED);
	ck_assert_int_eq(judge(&grant, KNOWN | WHO_IN_TIME, ME, ""), BW_REASON_GRANTED);
	ck_assert_int_eq(judge(&grant, WHO_IN_TIME, ME, ""), BW_REASON_NO_IDENTITY);
	ck_assert(!reason_may_pass(BW_REASON_EXPIRED));
}
END_TEST

/* From what says least to what says most. */
static const enum bw_reason ranking[][4] = {
	{ BW_REASON_NO_GRANT, BW_REASON_NO_IDENTITY, BW_REASON_NO_PLACE, BW_REASON_NO_MEMORY },
	{ BW_REASON_WRONG_USER },
	{ BW_REASON_WRONG_GROUP },
	{ BW_REASON_WRONG_UNIT },
	{ BW_REASON_WRONG_SCRIPT },
	{ BW_REASON_NAMESPACE, BW_REASON_UNSAFE_EXEC, BW_REASON_TAINTED, BW_REASON_EXPIRED },
	{ BW_REASON_WRONG_DIGEST },
	{ BW_REASON_WRONG_LOGIN },
	{ BW_REASON_WRONG_HOURS },
	{ BW_REASON_GRANTED },
};

static void reasons_compare(size_t low, size_t high)
{
	for (size_t i = 0; i < 4 && ranking[low][i]; i++) {
		for (size_t j = 0; j < 4 && ranking[high][j]; j++) {
			enum bw_reason less = ranking[low][i], more = ranking[high][j];

			ck_assert_int_eq(reason_closer(less, more), low < high ? more : less);
			ck_assert_int_eq(reason_closer(more, less), more);
		}
	}
}

START_TEST(closest_reason_speaks)
{
	for (size_t low = 0; low < ARRAY_LEN(ranking); low++) {
		for (size_t high = low; high < ARRAY_LEN(ranking); high++)
			reasons_compare(low, high);
	}
	ck_assert_uint_eq(reason_rank(0), reason_rank(BW_REASON_NO_GRANT));
	ck_assert_uint_eq(reason_rank(99), reason_rank(BW_REASON_NO_GRANT));
}
END_TEST

/* Fails closed: one reason allows, two modes let pass, all else refuses. */
START_TEST(verdict_fails_closed)
{
	for (__u32 mode = 0; mode < 5; mode++) {
		for (int reason = 0; reason < 14; reason++) {
			enum bw_verdict expected = mode == BW_MODE_MONITOR || mode == BW_MODE_LEARN
							   ? BW_VERDICT_WOULD_DENY
							   : BW_VERDICT_DENY;

			if (reason == BW_REASON_GRANTED)
				expected = BW_VERDICT_ALLOW;
			ck_assert_msg(verdict_for(mode, reason) == expected, "mode %u, reason %d",
				      mode, reason);
		}
	}
	ck_assert_int_eq(verdict_for(~0U, BW_REASON_NO_GRANT), BW_VERDICT_DENY);
	ck_assert_int_eq(verdict_for(BW_MODE_ENFORCE, ~0U), BW_VERDICT_DENY);
}
END_TEST

START_TEST(grant_is_compiled)
{
	struct bw_grant grant = grant_of("postgres", "postgresql@*.service", true);

	ck_assert_uint_eq(grant.uid, ME);
	ck_assert_uint_eq(grant.flags, BW_GRANT_ANY_MOUNTS);
	ck_assert_uint_eq(grant.number, 3);
	ck_assert_uint_eq(grant.unit_len, 20);
	ck_assert_uint_eq(grant.unit_star, 11);
	ck_assert_str_eq(grant.unit, "postgresql@*.service");
	ck_assert_uint_ne(grant.pattern, 0);
	ck_assert_uint_eq(grant.login, 0);

	grant = grant_of("any", "any", false);
	ck_assert_uint_eq(grant.uid, 0);
	ck_assert_uint_eq(grant.flags, BW_GRANT_ANY_USER | BW_GRANT_ANY_UNIT);
	ck_assert_uint_eq(grant.unit_len, 0);
	ck_assert_uint_eq(grant.unit_star, BW_UNIT_NO_STAR);
}
END_TEST

START_TEST(users_have_numbers)
{
	uint32_t uid = 7;

	ck_assert_int_eq(bw_user_number("root", &uid), 0);
	ck_assert_uint_eq(uid, 0);
	ck_assert_int_eq(bw_user_number("4294967294", &uid), 0);
	ck_assert_uint_eq(uid, 4294967294);
	ck_assert_int_eq(bw_user_number("no-such-user-here", &uid), -ENOENT);
	ck_assert_int_eq(bw_user_number("4294967295", &uid), -ENOENT);
	ck_assert_int_eq(bw_user_number("12x", &uid), -ENOENT);
	ck_assert_uint_eq(uid, 4294967294);
}
END_TEST

START_TEST(groups_have_numbers)
{
	uint32_t gid = 7;

	ck_assert_int_eq(bw_group_number("root", &gid), 0);
	ck_assert_uint_eq(gid, 0);
	ck_assert_int_eq(bw_group_number("4294967294", &gid), 0);
	ck_assert_uint_eq(gid, 4294967294);
	ck_assert_int_eq(bw_group_number("no-such-group-here", &gid), -ENOENT);
	ck_assert_int_eq(bw_group_number("4294967295", &gid), -ENOENT);
	ck_assert_uint_eq(gid, 4294967294);
}
END_TEST

static Suite *verdict_suite(void)
{
	Suite *suite = suite_create("verdict");
	TCase *tcase = tcase_create("verdict");

	tcase_add_loop_test(tcase, unit_is_compared, 0, ARRAY_LEN(units));
	tcase_add_test(tcase, unit_is_compared_by_words);
	tcase_add_loop_test(tcase, broken_unit_matches_nothing, 0, ARRAY_LEN(broken_units));
	tcase_add_loop_test(tcase, subject_is_judged, 0, ARRAY_LEN(subjects));
	tcase_add_test(tcase, unknown_flag_grants_nothing);
	tcase_add_test(tcase, empty_grant_grants_nothing);
	tcase_add_test(tcase, script_is_one_file);
	tcase_add_test(tcase, script_must_have_started_it);
	tcase_add_test(tcase, content_is_one_version);
	tcase_add_test(tcase, content_must_be_verified);
	tcase_add_test(tcase, group_must_be_its_own);
	tcase_add_test(tcase, glass_has_an_end);
	tcase_add_test(tcase, closest_reason_speaks);
	tcase_add_test(tcase, verdict_fails_closed);
	tcase_add_test(tcase, grant_is_compiled);
	tcase_add_test(tcase, users_have_numbers);
	tcase_add_test(tcase, groups_have_numbers);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(verdict_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
