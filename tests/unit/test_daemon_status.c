// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - tests: who may ask, and what the daemon says of the host (INV-10)
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "control_socket.h"
#include "status_report.h"

#define GROUP 990

static const gid_t some_groups[] = { 4, 24, GROUP, 27 };

static const struct {
	const char *name;
	struct bw_peer peer;
	bool has_group;
	enum bw_access access;
} peers[] = {
	{ "root", { .uid = 0 }, true, BW_ACCESS_CHANGE },
	{ "root without a group", { .uid = 0 }, false, BW_ACCESS_CHANGE },
	{ "by its own group", { .uid = 1000, .gid = GROUP }, true, BW_ACCESS_LOOK },
	{ "by another group", { 1000, 1000, some_groups, 4 }, true, BW_ACCESS_LOOK },
	{ "in other groups", { 1000, 1000, some_groups, 2 }, true, BW_ACCESS_NONE },
	{ "in no group", { .uid = 1000, .gid = 1000 }, true, BW_ACCESS_NONE },
	{ "root's group is not root", { .uid = 1000, .gid = 0 }, true, BW_ACCESS_NONE },
	{ "the group does not exist", { .uid = 1000, .gid = GROUP }, false, BW_ACCESS_NONE },
};

START_TEST(peers_are_told_apart)
{
	ck_assert_msg(bw_access_for(&peers[_i].peer, GROUP, peers[_i].has_group) ==
			      peers[_i].access,
		      "case '%s'", peers[_i].name);
}
END_TEST

static const struct {
	const char *name;
	uid_t uid;
	unsigned int total;
	unsigned int of_user;
	bool fits;
} crowds[] = {
	{ "the first", 1000, 0, 0, true },
	{ "one user's last", 1000, 3, 3, true },
	{ "one user's one too many", 1000, 4, 4, false },
	{ "root's are kept free", 1000, 12, 0, false },
	{ "root takes them", 0, 12, 12, true },
	{ "full", 0, 16, 0, false },
};

START_TEST(nobody_keeps_others_out)
{
	ck_assert_msg(bw_client_fits(crowds[_i].uid, crowds[_i].total, crowds[_i].of_user) ==
			      crowds[_i].fits,
		      "case '%s'", crowds[_i].name);
}
END_TEST

/* A host without a fault; each case has one. */
static struct bw_facts sound_facts(void)
{
	return (struct bw_facts){
		.canary = BW_CANARY_REFUSED,
		.keeper_known = true,
		.keeper = { .links = 9, .flags = BW_INFO_PERMANENT },
		.logger_well = true,
		.policies = 1,
		.enforces = true,
	};
}

static void no_fault(struct bw_facts *facts)
{
	(void)facts;
}

static void leaks(struct bw_facts *facts)
{
	facts->canary = BW_CANARY_LEAKED;
}

static void unknown_canary(struct bw_facts *facts)
{
	facts->canary = BW_CANARY_UNKNOWN;
}

static void off(struct bw_facts *facts)
{
	*facts = (struct bw_facts){ .off = true, .keeper_known = true };
}

static void no_links(struct bw_facts *facts)
{
	facts->keeper.links = 0;
}

static void no_keeper(struct bw_facts *facts)
{
	facts->keeper_known = false;
}

static void not_permanent(struct bw_facts *facts)
{
	facts->keeper.flags = 0;
}

static void no_logger(struct bw_facts *facts)
{
	facts->logger_well = false;
}

static void full_disk(struct bw_facts *facts)
{
	facts->logger_err = -ENOSPC;
}

static void held_back(struct bw_facts *facts)
{
	facts->policy_held_back = true;
	facts->policies = 0;
	facts->enforces = false;
}

static void rejected(struct bw_facts *facts)
{
	facts->policy_rejected = true;
}

static void no_policy(struct bw_facts *facts)
{
	facts->policies = 0;
	facts->enforces = false;
}

static void monitors(struct bw_facts *facts)
{
	facts->enforces = false;
}

static void edited(struct bw_facts *facts)
{
	facts->files_differ = true;
}

static void learnt(struct bw_facts *facts)
{
	facts->learnt = true;
}

static void learns(struct bw_facts *facts)
{
	facts->learns = true;
}

static void glass_broken(struct bw_facts *facts)
{
	facts->glass_broken = true;
}

static void nothing_known(struct bw_facts *facts)
{
	memset(facts, 0, sizeof(*facts));
}

static const struct {
	const char *name;
	void (*fault)(struct bw_facts *facts);
	enum bw_level level;
	const char *text;
} faults[] = {
	{ "none", no_fault, BW_LEVEL_PROTECTED, NULL },
	{ "the decoy leaks", leaks, BW_LEVEL_NOT_PROTECTED, "own decoy" },
	{ "the decoy is gone", unknown_canary, BW_LEVEL_DEGRADED, "decoy" },
	{ "bulwark=off", off, BW_LEVEL_NOT_PROTECTED, "bulwark=off" },
	{ "released", no_links, BW_LEVEL_NOT_PROTECTED, "holds no programs" },
	{ "module silent", no_keeper, BW_LEVEL_DEGRADED, "does not answer" },
	{ "ftrace can be turned off", not_permanent, BW_LEVEL_DEGRADED, "ftrace_enabled" },
	{ "logger dead", no_logger, BW_LEVEL_DEGRADED, "logger does not run" },
	{ "disk full", full_disk, BW_LEVEL_DEGRADED, "cannot write" },
	{ "policy held back", held_back, BW_LEVEL_DEGRADED, "the seal held the policy" },
	{ "policy wrong", rejected, BW_LEVEL_DEGRADED, "have errors" },
	{ "no policy", no_policy, BW_LEVEL_DEGRADED, "no policy" },
	{ "only monitoring", monitors, BW_LEVEL_DEGRADED, "no set enforces" },
	{ "learning is over", learnt, BW_LEVEL_DEGRADED, "the time to learn is over" },
	{ "learning", learns, BW_LEVEL_PROTECTED, "a set learns" },
	{ "files edited", edited, BW_LEVEL_PROTECTED, "were changed" },
	{ "the glass is broken", glass_broken, BW_LEVEL_PROTECTED, "officers" },
	{ "nothing is known", nothing_known, BW_LEVEL_DEGRADED, "" },
};

START_TEST(each_fault_is_told)
{
	struct bw_facts facts = sound_facts();
	const struct bw_problem *problem;

	faults[_i].fault(&facts);
	problem = bw_problem_next(&facts, NULL);
	ck_assert_msg(bw_level_for(&facts) == faults[_i].level, "case '%s'", faults[_i].name);
	ck_assert_msg(!problem == !faults[_i].text, "case '%s'", faults[_i].name);
	if (problem)
		ck_assert_msg(strstr(problem->text, faults[_i].text) && *problem->hint,
			      "case '%s': '%s'", faults[_i].name, problem->text);
}
END_TEST

/* Whatever else is wrong, the worst comes first and decides. */
START_TEST(the_worst_comes_first)
{
	struct bw_facts facts = sound_facts();
	const struct bw_problem *problem = NULL;
	enum bw_level level = BW_LEVEL_NOT_PROTECTED;
	unsigned int count = 0;

	edited(&facts);
	monitors(&facts);
	no_logger(&facts);
	not_permanent(&facts);
	leaks(&facts);

	while ((problem = bw_problem_next(&facts, problem))) {
		ck_assert_int_le(problem->level, level);
		level = problem->level;
		count++;
	}
	ck_assert_uint_eq(count, 5);
	ck_assert_int_eq(bw_level_for(&facts), BW_LEVEL_NOT_PROTECTED);
}
END_TEST

START_TEST(unknown_levels_are_bad)
{
	ck_assert_str_eq(bw_level_name((enum bw_level)0), "not-protected");
	ck_assert_str_eq(bw_level_name((enum bw_level)9), "not-protected");
	ck_assert_str_eq(bw_canary_name((enum bw_canary)0), "unknown");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("daemon_status");
	TCase *tests = tcase_create("status");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tests, peers_are_told_apart, 0, ARRAY_LEN(peers));
	tcase_add_loop_test(tests, nobody_keeps_others_out, 0, ARRAY_LEN(crowds));
	tcase_add_loop_test(tests, each_fault_is_told, 0, ARRAY_LEN(faults));
	tcase_add_test(tests, the_worst_comes_first);
	tcase_add_test(tests, unknown_levels_are_bad);
	suite_add_tcase(suite, tests);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
