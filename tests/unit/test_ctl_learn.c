// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of bulwarkctl suggest and simulate
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "ctl.h"
#include "ctl_run.h"

#define LEARNT "tests/learnt/pensions.jsonl"
#define POLICY "tests/learnt/pensions.yaml"

/* The server alone, and who reads by it. */
#define SERVER                                                                            \
	"set: pensions\nversion: 1\nmode: enforce\nprotect: [/srv/set]\ngrants:\n"        \
	"  - name: server\n    exe: /usr/lib/postgresql/15/bin/postgres\n    user: any\n" \
	"    unit: postgresql@*.service\n"
/* And who watches the kernel. */
#define TRACED                                                                                \
	SERVER "tracers:\n  - name: watcher\n    exe: /usr/bin/bpftrace\n    user: any\n    " \
	       "unit: trace.service\n"

/* A record as bulwarkd writes it, but for what nobody reads here. */
#define RECORD(time, reason, exe, unit, rest)                                                 \
	"{\"time\":" time ",\"actor\":{\"process\":{\"name\":\"x\",\"file\":{\"path\":\"" exe \
	"\"},\"user\":{\"name\":\"postgres\",\"uid\":\"101\"}}},\"unmapped\":{\"set\":"       \
	"\"pensions\",\"verdict\":\"would-deny\",\"reason\":\"" reason "\",\"count\":3,"      \
	"\"unit\":\"" unit "\",\"subject\":[\"known\"]" rest "}}\n"

#define POSTGRES "/usr/lib/postgresql/15/bin/postgres"
#define LOG                                                                                 \
	RECORD("1796000000000", "wrong-user", POSTGRES, "postgresql@15-main.service", "")   \
	RECORD("1796000000000", "no-grant", "/usr/bin/cp", "old.service", "")               \
	RECORD("1796100000000", "no-grant", "/usr/bin/scp", "copy.service", "")             \
	RECORD("1796100001000", "no-grant", "/usr/bin/scp", "copy.service", "")             \
	RECORD("1796100000000", "channel", "/usr/bin/mount", "mount.service", "")           \
	RECORD("1796100000000", "no-grant", "/usr/bin/bpftrace", "trace.service",           \
	       ",\"channel\":\"kernel\"")                                                   \
	"no record\n{\"time\":1796100000000,\"unmapped\":{\"set\":\"pensions\",\"reason\":" \
	"\"no-grant\",\"count\":9}}\n"

START_TEST(suggest_writes_a_policy)
{
	struct ctl_run run = ctl_run("suggest", "--set", "pensions", "--policy", POLICY, "--learnt",
				     LEARNT, NULL);

	ck_assert_msg(run.code == BW_EXIT_OK, "%s", run.err);
	ctl_contains("mode", run.out, "\nversion: 8\nmode: monitor\n");
	ctl_contains("grant", run.out, "  - name: pension-dump\n    exe: /usr/bin/pg_dump\n");
	ctl_contains("doubt", run.out, "#   /usr/bin/cat as root in session-3.scope");

	ctl_file("p/pensions.yaml", run.out);
	run = ctl_run("check", ctl_path("p"), NULL);
	ck_assert_msg(run.code == BW_EXIT_OK, "%s%s", run.out, run.err);
	run = ctl_run("simulate", "--policy", ctl_path("p"), "--learnt", LEARNT, "--log",
		      "/dev/null", NULL);
	ck_assert_int_eq(run.code, 3);
	ctl_contains("simulation", run.out, "\n8 of 13 would have been refused\n");
}
END_TEST

static const struct {
	const char *set;
	const char *policy;
	const char *learnt;
	int code;
	const char *err;
} wrong[] = {
	{ "others", POLICY, LEARNT, BW_EXIT_FAILED, "there is no set 'others' in" },
	{ "pensions", "/nowhere", LEARNT, BW_EXIT_FAILED, "cannot use the policy '/nowhere'" },
	{ "pensions", POLICY, "/nowhere", BW_EXIT_FAILED, "cannot read '/nowhere'" },
	{ "pensions", POLICY, "/dev/null", BW_EXIT_FAILED, "has learnt nothing yet" },
	{ "pensions", POLICY, POLICY, BW_EXIT_FAILED, "line 1 of" },
};

START_TEST(suggest_says_what_is_wrong)
{
	struct ctl_run run = ctl_run("suggest", "--set", wrong[_i].set, "--policy",
				     wrong[_i].policy, "--learnt", wrong[_i].learnt, NULL);

	ck_assert_int_eq(run.code, wrong[_i].code);
	ck_assert_str_eq(run.out, "");
	ctl_contains(wrong[_i].err, run.err, wrong[_i].err);
}
END_TEST

START_TEST(suggest_needs_a_set)
{
	ck_assert_int_eq(ctl_run("suggest", NULL).code, BW_EXIT_USAGE);
}
END_TEST

static struct ctl_run simulate(const char *policy, const char *learnt, const char *since)
{
	ctl_file("x.yaml", policy);
	ctl_file("events.jsonl", LOG);
	return ctl_run("simulate", "--policy", ctl_path("x.yaml"), "--learnt", learnt, "--log",
		       ctl_path("events.jsonl"), "--since", since, NULL);
}

START_TEST(simulate_replays_the_log)
{
	struct ctl_run run = simulate(SERVER, "/dev/null", "2026-11-01");

	ck_assert_int_eq(run.code, 3);
	ctl_contains("granted now", run.out, "allowed  " POSTGRES " as postgres in ");
	ctl_contains("refused", run.out, "refused  /usr/bin/cp as postgres in old.service: ");
	ctl_contains("added up", run.out, "refused  /usr/bin/scp as postgres in copy.service: ");
	ctl_contains("added up", run.out, "\n         6 reads of ");
	ctl_contains("no grant of files", run.out,
		     "refused  /usr/bin/bpftrace as postgres in trace.service, "
		     "of the kernel's memory: ");
	ctl_contains("what no grant is for", run.out, "\n3 of 4 would have been refused\n");
}
END_TEST

START_TEST(simulate_asks_tracers)
{
	struct ctl_run run = simulate(TRACED, "/dev/null", "2026-11-01");
	const char *const traces = "\"traces\":true,\"reason\":\"granted\",\"grant\":\"watcher\"";

	ctl_contains("a tracer", run.out,
		     "allowed  /usr/bin/bpftrace as postgres in trace.service, "
		     "of the kernel's memory");
	ctl_contains("no other", run.out, "\n2 of 4 would have been refused\n");
	run = ctl_run("simulate", "--json", "--policy", ctl_path("x.yaml"), "--learnt", "/dev/null",
		      "--log", ctl_path("events.jsonl"), "--since", "2026-11-01", NULL);
	ctl_contains("JSON", run.out, traces);
}
END_TEST

#define TEAM                                                                         \
	"set: pensions\nversion: 1\nmode: enforce\nprotect: [/srv/set]\ngrants:\n"   \
	"  - name: team\n    exe: /usr/bin/less\n    user: any\n    unit: any\n    " \
	"group: 900\n"
/* Who was refused for his group, and has another one now. */
#define GROUP_RECORD(gid)                                                                    \
	"{\"time\":1796100000000,\"actor\":{\"process\":{\"name\":\"x\",\"file\":{\"path\":" \
	"\"/usr/bin/less\"},\"user\":{\"uid\":\"101\"}" gid "}},\"unmapped\":{\"set\":"      \
	"\"pensions\",\"verdict\":\"deny\",\"reason\":\"wrong-group\",\"count\":3,\"unit\":" \
	"\"x.service\",\"subject\":[\"known\"]}}\n"

static const struct {
	const char *record;
	const char *says;
} groups[] = {
	{ GROUP_RECORD(",\"group\":{\"uid\":\"900\"}"), "allowed  /usr/bin/less as 101 in " },
	{ GROUP_RECORD(",\"group\":{\"uid\":\"901\"}"), "refused  /usr/bin/less as 101 in " },
	{ GROUP_RECORD(""), "refused  /usr/bin/less as 101 in " },
};

START_TEST(simulate_knows_groups)
{
	struct ctl_run run;

	ctl_file("x.yaml", TEAM);
	ctl_file("events.jsonl", groups[_i].record);
	run = ctl_run("simulate", "--policy", ctl_path("x.yaml"), "--learnt", "/dev/null", "--log",
		      ctl_path("events.jsonl"), "--since", "2026-11-01", NULL);
	ctl_contains(groups[_i].record, run.out, groups[_i].says);
}
END_TEST

START_TEST(simulate_leaves_out_what_is_old)
{
	struct ctl_run run = simulate(SERVER, "/dev/null", "2026-12-01 00:00Z");

	ck_assert_int_eq(run.code, 3);
	ctl_contains("the newer ones", run.out, "\n2 of 2 would have been refused\n");

	run = simulate(SERVER, "/dev/null", "2026-12-24");
	ck_assert_int_eq(run.code, BW_EXIT_OK);
	ctl_contains("none", run.out, "\n0 of 0 would have been refused\n");
}
END_TEST

START_TEST(simulate_tells_programs)
{
	struct ctl_run run = ctl_run("simulate", "--json", "--policy", POLICY, "--learnt", LEARNT,
				     "--log", "/dev/null", NULL);

	ck_assert_int_eq(run.code, 3);
	ctl_contains("JSON", run.out,
		     "{\"ok\":true,\"refused\":12,\"sets\":[{\"set\":\"pensions\"");
	ctl_contains("JSON", run.out,
		     "\"reason\":\"granted\",\"grant\":\"server\",\"reads\":812345");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ctl learn");
	TCase *tcase = tcase_create("learn");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, ctl_setup, ctl_teardown);
	tcase_add_test(tcase, suggest_writes_a_policy);
	tcase_add_loop_test(tcase, suggest_says_what_is_wrong, 0, ARRAY_LEN(wrong));
	tcase_add_test(tcase, suggest_needs_a_set);
	tcase_add_test(tcase, simulate_replays_the_log);
	tcase_add_test(tcase, simulate_asks_tracers);
	tcase_add_loop_test(tcase, simulate_knows_groups, 0, ARRAY_LEN(groups));
	tcase_add_test(tcase, simulate_leaves_out_what_is_old);
	tcase_add_test(tcase, simulate_tells_programs);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
