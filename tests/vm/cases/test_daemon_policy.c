// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - policies that change while the daemon runs, and who may change them
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "live.h"
#include "rig.h"
#include "scratch.h"
#include "tap.h"
#include "wire.h"

#define GROUP_ID 990
#define STRANGER_ID 65534

#define OLD "/opt/old"
#define WITHOUT_GRANT "set: pensions\nversion: 2\nmode: enforce\nprotect: [/srv/set]\ngrants: []\n"

/* A probe reads one byte. */
#define BUDGET 4
#define WITH_BUDGET                                                                             \
	"set: pensions\nversion: 3\nmode: enforce\nprotect: [/srv/set]\n"                       \
	"grants:\n  - name: reader\n    exe: " LIVE_GRANTED "\n    user: root\n    unit: any\n" \
	"    budget: { bytes: 4, every: 1h, per: user, warn: 50% }\n"

/* --- Wrong policies ---------------------------------------------------------- */

static const struct {
	const char *name;
	const char *text;
	const char *says;
} wrong[] = {
	{ "empty", "", "wrong.yaml" },
	{ "no YAML", "set: [\n", "wrong.yaml" },
	{ "unknown key", "set: x\nversion: 1\nprotect: [/srv/x]\ngrant: []\n", "wrong.yaml:4:1" },
	{ "relative path", "set: x\nversion: 1\nprotect: [srv/x]\ngrants: []\n", "wrong.yaml:3" },
	{ "a set twice", "set: pensions\nversion: 1\nprotect: [/srv/x]\ngrants: []\n", "pensions" },
	{ "overlap", "set: x\nversion: 1\nprotect: [/srv/set/sub]\ngrants: []\n", "wrong.yaml:3" },
	{ "no such user",
	  "set: x\nversion: 1\nprotect: [/srv/x]\ngrants: [{name: a, exe: /init, user: "
	  "nobody-at-all,"
	  " unit: any}]\n",
	  "nobody-at-all" },
};

static void test_wrong(size_t i)
{
	json_int_t generation = live_number("generation");
	json_t *answer;

	live_policy("wrong.yaml", wrong[i].text);
	answer = live_ask("apply");
	ok(answer && !json_boolean_value(json_object_get(answer, "ok")), "%s: refused",
	   wrong[i].name);
	ok(live_says(answer, wrong[i].says), "%s: the answer says '%s'", wrong[i].name,
	   wrong[i].says);
	is(live_number("generation"), generation, "%s: the generation stays", wrong[i].name);
	json_decref(answer);
}

static void test_wrong_policies(pid_t engine)
{
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		test_wrong(i);

	live_refused("with wrong files");
	is_text(live_text("state"), "degraded", "wrong files are no good state");
	(void)unlink(LIVE_POLICY_DIR "/wrong.yaml");
	is(kill(engine, SIGHUP), 0, "SIGHUP applies the files");
	ok(live_wait_state("protected", 40), "right files are");
}

/* A daemon that starts with wrong files keeps what is in force. */
static pid_t test_wrong_at_start(pid_t engine)
{
	json_int_t generation = live_number("generation");

	live_policy("wrong.yaml", "set: [\n");
	(void)live_end(engine, SIGTERM);
	engine = live_start();
	ok(engine > 0, "the daemon starts with wrong files");
	is(live_number("generation"), generation, "what was in force stays");
	is_text(live_text("state"), "degraded", "it says so");
	live_refused("with wrong files at the start");
	is(live_read_granted(), 0, "the granted reader reads");
	(void)unlink(LIVE_POLICY_DIR "/wrong.yaml");
	return engine;
}

/* --- What changes under the policy ------------------------------------------- */

static void test_replaced_executable(void)
{
	json_int_t generation = live_number("generation");

	live_copy_granted();
	ok(live_wait_number("generation", generation + 1, 40), "a replaced executable is noticed");
	is(live_read_granted(), 0, "the new one has the grant");
	live_refused("with a replaced executable");
}

/* What is noticed first may have happened before the executable was replaced. */
static void granted_soon(const char *what)
{
	for (int i = 0; i < 200 && live_read_granted() != 0; i++)
		usleep(200000);
	is(live_read_granted(), 0, "%s", what);
}

/*
 * A server that is still what an upgrade has replaced: OLD is another name of the
 * file that it runs.
 */
static void test_running_executable(void)
{
	json_int_t generation = live_number("generation");
	int reader;

	is(link(LIVE_GRANTED, OLD), 0, "another name of the executable");
	reader = live_reader_start();
	live_copy_granted();
	ok(live_wait_number("generation", generation + 1, 40), "an upgrade is noticed");
	is(live_read_granted(), 0, "the new executable has the grant");
	is(rig_call(OLD, "read", LIVE_SECRET), 0, "the old one keeps it while it runs");

	json_decref(live_ask("apply"));
	live_refused("after an upgrade");
	is(live_reader_end(reader), 0, "who ran the old one was never refused");

	generation = live_number("generation");
	live_copy_granted();
	ok(live_wait_number("generation", generation + 1, 40), "so is the next one");
	is(rig_call(OLD, "read", LIVE_SECRET), -EACCES, "what nobody ran then has no grant");
	granted_soon("the newest has");
	(void)unlink(OLD);
}

/* What the administrator takes away is gone, whoever runs it. */
static void test_grant_taken_away(void)
{
	int reader;

	live_policy("pensions.yaml", WITHOUT_GRANT);
	reader = live_reader_start();
	json_decref(live_ask("apply"));
	is(live_read_granted(), -EACCES, "a grant that was taken away is gone");
	is(live_reader_end(reader), -EACCES, "for who runs the executable as well");
	live_policy_first();
	json_decref(live_ask("apply"));
	is(live_read_granted(), 0, "it is there again when it is given again");
}

static bool has_problem(const char *text)
{
	json_t *status = live_ask("status");
	char *dump = json_dumps(json_object_get(status, "problems"), 0);
	bool found = dump && strstr(dump, text);

	free(dump);
	json_decref(status);
	return found;
}

/* Written is not applied. */
static void test_edited_files(void)
{
	json_int_t generation = live_number("generation");

	live_policy("more.yaml", "set: more\nversion: 1\nprotect: [/srv/more]\ngrants: []\n");
	ok(has_problem("were changed"), "the status tells of edited files");
	(void)usleep(1000000);
	is(live_number("generation"), generation, "they are not in force");
	json_decref(live_ask("apply"));
	ok(!has_problem("were changed"), "the status is content after apply");
	ok(live_number("generation") > generation, "they are in force after apply");
}

/* --- Who may ask ------------------------------------------------------------- */

/* 0 allowed, 1 refused by the daemon, 2 not even connected. */
static int ask_as(uid_t uid, gid_t gid, const char *verb)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		json_t *answer;

		if (setgroups(0, NULL) < 0 || setgid(gid) < 0 || setuid(uid) < 0)
			_exit(9);
		answer = live_ask(verb);
		_exit(!answer ? 2 : json_boolean_value(json_object_get(answer, "ok")) ? 0 : 1);
	}

	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_who_may_ask(void)
{
	is(ask_as(0, 0, "status"), 0, "root may look");
	is(ask_as(0, 0, "apply"), 0, "root may change");
	is(ask_as(STRANGER_ID, GROUP_ID, "status"), 0, "the group may look");
	is(ask_as(STRANGER_ID, GROUP_ID, "apply"), 1, "the group may not change");
	is(ask_as(STRANGER_ID, STRANGER_ID, "status"), 2, "others get no connection");
	is(ask_as(0, 0, "no-such-verb"), 1, "an unknown verb is refused");
}

static json_int_t budget_number(const char *key)
{
	json_t *answer = live_ask("budgets");
	const json_t *budget = json_array_get(json_object_get(answer, "budgets"), 0);
	json_int_t number = json_integer_value(json_object_get(budget, key));

	json_decref(answer);
	return number;
}

static bool budget_true(const char *key)
{
	json_t *answer = live_ask("budgets");
	const json_t *budget = json_array_get(json_object_get(answer, "budgets"), 0);
	bool is_true = json_is_true(json_object_get(budget, key));

	json_decref(answer);
	return is_true;
}

/* INV-6: by a policy file, and across the daemon's death. */
static pid_t test_budget(pid_t engine)
{
	unsigned int came = 0;

	live_policy("pensions.yaml", WITH_BUDGET);
	json_decref(live_ask("apply"));
	for (unsigned int i = 0; i < 2 * BUDGET; i++)
		came += live_read_granted() == 0;
	is((int)came, BUDGET, "as many bytes as the budget says");
	ok(live_wait_line(LIVE_EVENTS, "budget-bytes", LIVE_SECRET, 40), "the rest is on record");
	is((int)budget_number("bytes"), BUDGET, "what was read is told");
	is((int)budget_number("bytes_limit"), BUDGET, "and of how much");
	ok(budget_number("back_s") > 3000, "and when it comes back");
	is((int)budget_number("warn"), 50, "and from which share on it warns");
	ok(budget_true("warned"), "and that it has");
	is(scratch_run("/usr/bin/bulwarkctl", "budgets", NULL), 0, "bulwarkctl tells it as well");

	(void)live_end(engine, SIGKILL);
	engine = live_start();
	is(live_read_granted(), -EACCES, "the next daemon gives nothing back");
	is((int)budget_number("bytes"), BUDGET, "and tells the same");

	live_policy_first();
	json_decref(live_ask("apply"));
	is(live_read_granted(), 0, "without a budget it is read again");
	return engine;
}

int main(int argc, char **argv)
{
	pid_t engine;

	live_probe_main(argc, argv);
	live_prepare();
	engine = live_start();
	if (!ok(engine > 0, "the daemon starts"))
		return done();

	test_wrong_policies(engine);
	test_replaced_executable();
	test_running_executable();
	test_grant_taken_away();
	test_edited_files();
	test_who_may_ask();
	engine = test_budget(engine);
	engine = test_wrong_at_start(engine);
	live_finish(engine);
	return done();
}
