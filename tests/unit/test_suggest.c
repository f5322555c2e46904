// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests: a policy from what was learnt, and what it would have refused
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "lesson_judge.h"
#include "names.h"
#include "scratch_dir.h"
#include "simulate.h"
#include "suggest.h"
#include "suggest_grant.h"

#define LEARNT "tests/learnt/pensions.jsonl"
#define POLICY "tests/learnt/pensions.yaml"
#define SUGGESTED "tests/learnt/pensions.suggested"
#define ZONE "Europe/Helsinki"

/* Of whom nobody should be granted anything. */
#define DOUBTFUL 8

static struct bw_lessons lessons;
static struct bw_policy *policy;

static struct bw_policy *parse(const char *text)
{
	_cleanup_(bw_diagnostics_done) struct bw_diagnostics mistakes = { 0 };
	struct bw_policy *parsed = NULL;
	int err = bw_policy_parse("x.yaml", text, strlen(text), &mistakes, &parsed);

	ck_assert_msg(err == 0, "%s", mistakes.len ? mistakes.items[0].text : "");
	return parsed;
}

static void suggest_setup(void)
{
	FILE *file = fopen(LEARNT, "re");
	unsigned int line;

	(void)setenv("TZ", ZONE, 1);
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(bw_lessons_read(file, &lessons, &line), 0);
	(void)fclose(file);
}

static void suggest_teardown(void)
{
	bw_lessons_done(&lessons);
	bw_policy_free(policy);
	policy = NULL;
}

/* --- Suggesting ------------------------------------------------------------------ */

START_TEST(each_service_gets_a_grant)
{
	size_t len;
	_cleanup_(freep) char *text = file_bytes(POLICY, &len);
	_cleanup_(freep) char *expected = file_bytes(SUGGESTED, &len);
	struct bw_suggestion suggestion;

	policy = parse(text);
	ck_assert_int_eq(bw_suggest(text, policy, &lessons, ZONE, &suggestion), 0);
	ck_assert_str_eq(suggestion.text, expected);
	ck_assert_uint_eq(suggestion.grants, 3);
	ck_assert_uint_eq(suggestion.doubtful, DOUBTFUL);
	free(suggestion.text);
}
END_TEST

/* Texts, and what becomes of them without anything learnt; NULL: they have another shape. */
static const struct {
	const char *text;
	const char *suggested;
} texts[] = {
	{ "set: a\nversion: 1\nprotect: [/srv/a]\ngrants: []\n",
	  "set: a\nversion: 2\nmode: monitor\nprotect: [/srv/a]\ngrants: []\n" },
	{ "mode: learn\nset: a\nlearn-until: '2026-12-31'\ngrants: []\nversion:\n  1\nprotect:\n"
	  "  - /srv/a",
	  "set: a\ngrants: []\nversion: 2\nmode: monitor\nprotect:\n  - /srv/a\n" },
	{ "{ set: a, version: 1, protect: [/srv/a], grants: [] }\n", NULL },
	{ "set: a\nversion: 1\nprotect: [/srv/a]\ngrants: [{ name: a, exe: /usr/bin/a, user: a, "
	  "unit: a.service }]\n",
	  NULL },
};

START_TEST(texts_stay_what_they_were)
{
	struct bw_suggestion suggestion = { 0 };
	const struct bw_lessons none = { 0 };
	int err;

	policy = parse(texts[_i].text);
	err = bw_suggest(texts[_i].text, policy, &none, "", &suggestion);
	ck_assert_int_eq(err, texts[_i].suggested ? 0 : -ENOTSUP);
	if (!texts[_i].suggested)
		return;

	ck_assert_str_eq(strchr(suggestion.text, '\n') + 1, texts[_i].suggested);
	bw_policy_free(parse(suggestion.text));
	free(suggestion.text);
}
END_TEST

START_TEST(budgets_have_headroom)
{
	ck_assert_uint_eq(suggest_bytes(0), 1ULL << 20);
	ck_assert_uint_eq(suggest_bytes(1), 1ULL << 20);
	ck_assert_uint_eq(suggest_bytes(5ULL << 30), 10ULL << 30);
	ck_assert_uint_eq(suggest_bytes(101ULL << 20), 210ULL << 20);
	ck_assert_uint_eq(suggest_bytes(UINT64_MAX), BW_BUDGET_NO_BYTES);
	ck_assert_uint_eq(suggest_files(0), 10);
	ck_assert_uint_eq(suggest_files(49), 98);
	ck_assert_uint_eq(suggest_files(51), 110);
	ck_assert_uint_eq(suggest_files(1000001), 2100000);
	for (uint64_t most = 1; most < 1ULL << 56; most = most * 3 + 1) {
		ck_assert_uint_ge(suggest_bytes(most), most * 2);
		ck_assert_uint_ge(suggest_files(most), most * 2);
	}
}
END_TEST

/* When it was read, by UTC's clocks from a Monday on, in minutes, and what hours come of it. */
static const struct {
	const char *zone;
	unsigned int from;
	unsigned int to;
	unsigned int since;
	unsigned int until;
} spans[] = {
	{ "UTC", 60, 89, 30, 120 },
	{ "UTC", 60, 90, 30, 150 },
	{ "Europe/Helsinki", 60, 89, 150, 240 },
	{ "Europe/Helsinki", 21 * 60, 23 * 60 + 10, 22 * 60 + 30, 2 * 60 },
	{ "America/New_York", 60, 89, 19 * 60 + 30, 21 * 60 },
	{ "Asia/Kathmandu", 60, 89, 6 * 60, 8 * 60 },
	/* Until midnight, and too long. */
	{ "UTC", 22 * 60, 23 * 60 + 29, 21 * 60 + 30, 0 },
	{ "UTC", 60, 9 * 60, 0, 0 },
	{ "UTC", 0, 24 * 60, 0, 0 },
	{ "Nowhere/Else", 60, 89, 0, 0 },
};

START_TEST(hours_are_those_of_the_zone)
{
	struct bw_lesson lesson = { .first = 1795996800 + spans[_i].from * 60 };
	struct bw_span span = { 0 };
	bool found;

	for (unsigned int minute = spans[_i].from; minute <= spans[_i].to; minute++)
		bw_lesson_mark(&lesson, 1795996800 + minute * 60);
	lesson.last = 1795996800 + spans[_i].to * 60;
	found = suggest_hours(&lesson, spans[_i].zone, &span);
	ck_assert_int_eq(found, spans[_i].since != spans[_i].until);
	ck_assert_uint_eq(span.from, spans[_i].since);
	ck_assert_uint_eq(span.to, spans[_i].until);
}
END_TEST

/* The server, which can't stop, and three jobs of the night. */
START_TEST(who_reads_all_day_has_no_budget)
{
	static const char text[] = "set: a\nversion: 1\nprotect: [/srv/a]\ngrants: []\n";
	struct bw_policy *suggested;
	struct bw_suggestion suggestion;
	size_t without = 0;

	policy = parse(text);
	ck_assert_int_eq(bw_suggest(text, policy, &lessons, ZONE, &suggestion), 0);
	suggested = parse(suggestion.text);
	ck_assert_uint_eq(suggested->grants_len, 4);
	for (size_t i = 0; i < suggested->grants_len; i++)
		without += suggested->grants[i].budget.per == BW_BUDGET_NONE;
	ck_assert_uint_eq(without, 1);
	ck_assert_str_eq(suggested->grants[0].name, "postgresql-15-main");
	ck_assert_int_eq(suggested->grants[0].budget.per, BW_BUDGET_NONE);
	ck_assert_ptr_nonnull(strstr(suggestion.text, "# budget: { bytes: 6600MiB, files: 1700,"));
	bw_policy_free(suggested);
	free(suggestion.text);
}
END_TEST

START_TEST(a_day_has_more_hours_than_a_night)
{
	struct bw_lesson lesson = { 0 };

	/* Half of a day on a Monday, and once more on a Tuesday. */
	for (unsigned int half_hour = 0; half_hour < 24; half_hour++) {
		bw_lesson_mark(&lesson, 1795996800 + half_hour * 1800);
		bw_lesson_mark(&lesson, 1795996800 + 86400 + half_hour * 1800);
	}
	ck_assert(!suggest_all_day(&lesson));
	bw_lesson_mark(&lesson, 1795996800 + 24 * 1800);
	ck_assert(suggest_all_day(&lesson));
}
END_TEST

/* --- Simulating ------------------------------------------------------------------ */

static const struct bw_simulated *simulated_of(const struct bw_simulation *simulation,
					       const char *unit)
{
	for (size_t i = 0; i < simulation->len; i++)
		if (strcmp(simulation->items[i].lesson->unit, unit) == 0)
			return &simulation->items[i];
	ck_abort_msg("nobody in '%s'", unit);
}

/* The last one is known by its path's shape only. */
static bool is_granted_by_it(const struct bw_lesson *lesson)
{
	return !bw_lesson_doubt(lesson) && strcmp(lesson->unit, "odd.service") != 0;
}

/* Whom a suggestion grants, it refuses nothing of what was learnt; and nobody else gets any. */
START_TEST(suggestions_refuse_the_doubtful_alone)
{
	_cleanup_(bw_simulation_done) struct bw_simulation simulation = { 0 };
	size_t len;
	_cleanup_(freep) char *text = file_bytes(SUGGESTED, &len);

	policy = parse(text);
	ck_assert_int_eq(bw_simulate(policy, &lessons, 0, &simulation), 0);
	ck_assert_uint_eq(simulation.len, lessons.len);
	ck_assert_uint_eq(simulation.refused, DOUBTFUL);
	ck_assert_uint_eq(simulation.budgets_len, 3);
	for (size_t i = 0; i < simulation.len; i++)
		ck_assert_msg((simulation.items[i].reason == BW_REASON_GRANTED) ==
				      is_granted_by_it(simulation.items[i].lesson),
			      "'%s' in '%s'", simulation.items[i].lesson->exe,
			      simulation.items[i].lesson->unit);
}
END_TEST

#define HOST_GRANT(rest)                                                                 \
	"set: pensions\nversion: 1\nprotect: [/srv]\ngrants:\n  - name: dump\n    exe: " \
	"/usr/bin/pg_dump\n    user: postgres\n    unit: pension-dump.service\n    " rest "\n"
#define GRANT(rest) HOST_GRANT("mount-namespace: any\n    " rest)

/* Another grant of the dump, which reads 1 GiB of one file, each night at 04:10. */
static const struct {
	const char *text;
	enum bw_reason reason;
} grants[] = {
	{ GRANT("reason: none"), BW_REASON_GRANTED },
	{ HOST_GRANT("reason: none"), BW_REASON_NAMESPACE },
	{ GRANT("hours: 04:00-04:30 " ZONE), BW_REASON_GRANTED },
	{ GRANT("hours: 04:00-04:29 " ZONE), BW_REASON_WRONG_HOURS },
	{ GRANT("hours: 02:00-02:30 UTC"), BW_REASON_GRANTED },
	{ GRANT("hours: Mon,Tue,Wed 04:00-05:00 " ZONE), BW_REASON_GRANTED },
	{ GRANT("hours: Mon,Tue 04:00-05:00 " ZONE), BW_REASON_WRONG_HOURS },
	{ GRANT("group: root"), BW_REASON_WRONG_GROUP },
	{ GRANT("group: 117"), BW_REASON_GRANTED },
	{ GRANT("package: postgresql-client-15"), BW_REASON_GRANTED },
	{ GRANT("login: root"), BW_REASON_WRONG_LOGIN },
	{ GRANT("login: none"), BW_REASON_GRANTED },
	{ GRANT("script: /opt/job"), BW_REASON_WRONG_SCRIPT },
	{ GRANT("budget: { bytes: 1GiB, every: 24h, per: unit }"), BW_REASON_GRANTED },
	{ GRANT("budget: { bytes: 1023MiB, every: 24h, per: unit }"), BW_REASON_BUDGET_BYTES },
	{ GRANT("budget: { bytes: 1GiB, every: 25h, per: unit }"), BW_REASON_BUDGET_BYTES },
	{ GRANT("budget: { files: 1, every: 24h, per: user }"), BW_REASON_GRANTED },
	{ GRANT("budget: { files: 1, every: 2d, per: grant }"), BW_REASON_BUDGET_FILES },
	/* One grant in the morning, another one for the other days. */
	{ GRANT("hours: Mon 04:00-05:00 " ZONE) "  - name: other\n    exe: /usr/bin/pg_dump\n    "
						"user: any\n    unit: pension-*.service\n    "
						"hours: Tue,Wed 03:00-05:00 " ZONE
						"\n    mount-namespace: any\n",
	  BW_REASON_GRANTED },
};

START_TEST(each_condition_counts)
{
	_cleanup_(bw_simulation_done) struct bw_simulation simulation = { 0 };

	policy = parse(grants[_i].text);
	ck_assert_int_eq(bw_simulate(policy, &lessons, 0, &simulation), 0);
	ck_assert_str_eq(bw_reason_name(simulated_of(&simulation, "pension-dump.service")->reason),
			 bw_reason_name(grants[_i].reason));
	ck_assert_uint_eq(simulation.refused,
			  lessons.len - (grants[_i].reason == BW_REASON_GRANTED));
}
END_TEST

/* Two subjects that share one budget use it together. */
START_TEST(budgets_are_shared)
{
	_cleanup_(bw_simulation_done) struct bw_simulation simulation = { 0 };

	policy = parse("set: pensions\nversion: 1\nprotect: [/srv]\ngrants:\n  - name: rotate\n    "
		       "exe: /usr/sbin/logrotate\n    user: root\n    unit: any\n    "
		       "budget: { files: 12, every: 24h, per: user }\n");
	ck_assert_int_eq(bw_simulate(policy, &lessons, 0, &simulation), 0);
	ck_assert_uint_eq(simulation.budgets_len, 1);
	ck_assert_str_eq(simulation.budgets[0].who, "root");
	ck_assert_uint_eq(simulation.budgets[0].files, 13);
	ck_assert_int_eq(simulated_of(&simulation, "logrotate.service")->reason,
			 BW_REASON_BUDGET_FILES);
}
END_TEST

/* What no grant fits takes of what is left to others, whoever they are. */
START_TEST(others_have_a_budget)
{
	_cleanup_(bw_simulation_done) struct bw_simulation simulation = { 0 };

	policy =
		parse(GRANT("reason: none") "others:\n  budget: { files: 12, every: 24h, per: user "
					    "}\n");
	ck_assert_int_eq(bw_simulate(policy, &lessons, 0, &simulation), 0);
	ck_assert_int_eq(simulated_of(&simulation, "user@1000.service")->reason, BW_REASON_GRANTED);
	ck_assert(bw_simulated_is_other(simulated_of(&simulation, "user@1000.service")));
	ck_assert_int_eq(simulated_of(&simulation, "apache2.service")->reason,
			 BW_REASON_BUDGET_FILES);
	ck_assert(!bw_simulated_is_other(simulated_of(&simulation, "pension-dump.service")));
	ck_assert_str_eq(simulation.budgets[0].name, "others");
}
END_TEST

START_TEST(what_is_older_is_left_out)
{
	_cleanup_(bw_simulation_done) struct bw_simulation simulation = { 0 };

	policy = parse(GRANT("reason: none"));
	ck_assert_int_eq(bw_simulate(policy, &lessons, 1796169600, &simulation), 0);
	ck_assert_uint_eq(simulation.len, 4);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("suggest");
	TCase *tcase = tcase_create("suggestions");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, suggest_setup, suggest_teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, each_service_gets_a_grant);
	tcase_add_loop_test(tcase, texts_stay_what_they_were, 0, ARRAY_LEN(texts));
	tcase_add_test(tcase, budgets_have_headroom);
	tcase_add_loop_test(tcase, hours_are_those_of_the_zone, 0, ARRAY_LEN(spans));
	tcase_add_test(tcase, who_reads_all_day_has_no_budget);
	tcase_add_test(tcase, a_day_has_more_hours_than_a_night);
	tcase_add_test(tcase, suggestions_refuse_the_doubtful_alone);
	tcase_add_loop_test(tcase, each_condition_counts, 0, ARRAY_LEN(grants));
	tcase_add_test(tcase, budgets_are_shared);
	tcase_add_test(tcase, others_have_a_budget);
	tcase_add_test(tcase, what_is_older_is_left_out);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
