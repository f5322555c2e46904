// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the daemon on a sealed host: it can be killed and started again, and can
 * weaken nothing (INV-8)
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "live.h"
#include "rig.h"
#include "scratch.h"
#include "tap.h"

#define CTL "/usr/bin/bulwarkctl"
#define TWO_OF_THREE "/run/two-of-three"
#define ONE_OF_TWO "/run/one-of-two"
#define ONE "/run/one"
#define TOO_LATE "/run/too-late"
#define MASKED "/etc/systemd/system/bulwarkd.service"
#define WRONG "/run/wrong.secret"
#define GAP "\"event\":\"gap\""
#define NOT_RUNNING "daemon not running"
#define STRICTER_FILE "/run/pensions.yaml"
#define OTHER_FILE "/run/other.yaml"
/* As the first files, but for the unit. */
#define GRANT_FOR(unit)                                                                         \
	"set: pensions\nversion: 2\nmode: enforce\nseverity: 9\nprotect: [/srv/set]\n"          \
	"grants:\n  - name: reader\n    exe: " LIVE_GRANTED "\n    user: root\n    unit: " unit \
	"\n"
#define OTHER "set: other\nversion: 1\nmode: enforce\nprotect: [/srv/else]\ngrants: []\n"
#define ELSEWHERE "set: pensions\nversion: 2\nmode: enforce\nprotect: [/srv/else]\ngrants: []\n"

/* Each sealing has a directory of its own for its secrets. */
static int seal(const char *dir, const char *officers, const char *needed)
{
	(void)mkdir(dir, 0700);
	return scratch_run(CTL, "seal", "--yes", "--officers", officers, "--needed", needed,
			   "--output", dir, NULL);
}

static int unseal(const char *dir, int officer)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/officer-%d.secret", dir, officer);
	return scratch_run(CTL, "unseal", path, NULL);
}

static bool state_is_told(const char *state)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "\"state\":\"%s\"", state);
	return live_wait_line(LIVE_EVENTS, text, "6002", 20);
}

/* What "apply" answers: is it done? */
static bool apply(void)
{
	json_t *answer = live_ask("apply");
	bool done = json_is_true(json_object_get(answer, "ok"));

	json_decref(answer);
	return done;
}

/* All links of this host. */
static int links_count(void)
{
	uint32_t id = 0;
	int count = 0;

	while (!bpf_link_get_next_id(id, &id))
		count++;
	return count;
}

/* With files that don't protect the secret: does it stay refused? */
static void test_apply(bool possible)
{
	int err;

	ok(apply() == possible, "an apply of other files is %s", possible ? "done" : "refused");
	(void)live_read(LIVE_SECRET, 1, &err);
	is(err, possible ? 0 : -EACCES, "what the policy in force says");
}

/* The control, on a host that isn't sealed. */
static void test_weakening(void)
{
	live_policy("pensions.yaml", ELSEWHERE);
	test_apply(true);
	live_policy_first();
	ok(apply(), "an apply of the first files is done");
	live_refused("with the first files");
}

static void test_sealed(void)
{
	ok(state_is_told("sealed"), "it is on record");
	is((long)live_number("keeper.seal_needed"), 2, "the status tells how many are needed");
	is(seal(TOO_LATE, "1", "1"), 1, "it can't be sealed once more");
	is(rig_open("/dev/null", O_WRONLY), 0, "what a masked unit leads to is everybody's");
	is(unlink(MASKED) < 0 ? -errno : 0, -EPERM, "the masked unit itself is kept");
	ok(scratch_run("/usr/sbin/bulwarkd", "--release", NULL) != 0, "nothing can be let go");
	ok(apply(), "the files that are in force can be applied");
	live_refused("all the same");
}

/* The gap is on record, and nothing else has changed. */
static pid_t test_killed(pid_t engine)
{
	pid_t logger = (pid_t)live_number("logger.pid");
	json_int_t adoptions = live_number("keeper.adoptions");
	int links = links_count();
	pid_t missed;
	int err;

	is(live_lines(LIVE_EVENTS, GAP, NOT_RUNNING), 0, "no gap before");
	live_kill(logger);
	live_kill(engine);
	missed = live_read(LIVE_SECRET, 2, &err);
	is(err, -EACCES, "refused without engine and logger");
	is(live_read_granted(), 0, "the granted reader reads without a daemon");

	engine = live_start();
	ok(engine > 0, "the next daemon starts on a sealed host");
	ok(live_wait_state("protected", 40), "it protects");
	is((long)live_number("keeper.seal_needed"), 2, "sealed");
	is((long)(live_number("keeper.adoptions") - adoptions), 0, "nothing was adopted");
	is(links_count(), links, "and nothing attached");
	live_refused("with the next daemon");
	is(live_read_granted(), 0, "the granted reader reads");
	ok(live_is_told(missed), "the refusal it missed is on record");
	ok(live_wait_line(LIVE_EVENTS, GAP, NOT_RUNNING, 30), "the gap is on record");
	ok(live_lines(LIVE_EVENTS, "\"state\":\"sealed\"", "6002") == 1, "sealed only once");
	return engine;
}

/* What the engine does of its own accord, with maps alone. */
static void test_refresh(void)
{
	json_int_t generation = live_number("generation");

	live_copy_granted();
	ok(live_wait_number("generation", generation + 1, 40), "an upgrade makes a new generation");
	is(live_read_granted(), 0, "the new executable has its grant");
	live_refused("all the same");
	is(scratch_run(CTL, "holders", NULL), 0, "holders are listed");
}

static void test_unsealing(void)
{
	rig_write(WRONG, "0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-"
			 "0000-0000-6668\n");
	is(scratch_run(CTL, "unseal", WRONG, NULL), 1, "a wrong secret");
	ok(state_is_told("secret-wrong"), "it is on record");
	is(unseal(TWO_OF_THREE, 1), 0, "the first secret");
	ok(state_is_told("secret-shown"), "it is on record");
	is(unseal(TWO_OF_THREE, 1), 1, "the first one again");
	is((long)live_number("keeper.seal_needed"), 2, "still sealed");
	is(unseal(TWO_OF_THREE, 3), 0, "another one");
	ok(state_is_told("unsealed"), "it is on record");
	is((long)live_number("keeper.seal_needed"), 0, "not sealed");
}

static int tighten(const char *path, const char *text)
{
	rig_write(path, text);
	return scratch_run(CTL, "tighten", path, NULL);
}

/* INV-8: a stricter policy is no weakening; all else stays as it was, files included. */
static pid_t test_tightening(pid_t engine)
{
	json_int_t generation = live_number("generation");

	rig_mkdir("/srv/else");
	rig_write("/srv/else/file", "other");
	is(rig_read("/srv/else/file"), 0, "what is in no set can be read");
	is(tighten(STRICTER_FILE, ELSEWHERE), 1, "a weaker policy is no tightening");
	is((long)(live_number("generation") - generation), 0, "what was in force stays");
	live_refused("all the same");
	ok(access(LIVE_POLICY_DIR "/.tighten", F_OK) < 0, "nothing is left of it");
	is(tighten("/run/wrong.yaml", "set: 1 2"), 1, "nor are mistakes one");
	ok(access(LIVE_POLICY_DIR "/wrong.yaml", F_OK) < 0, "nothing is left of them");
	is_text(live_text("state"), "protected", "all is well");
	is(live_read_granted(), 0, "the granted reader reads");

	is(tighten(STRICTER_FILE, GRANT_FOR("reader.service")), 0, "a stricter one is taken");
	is(live_read_granted(), -EACCES, "who has lost its grant is refused");
	is(tighten(OTHER_FILE, OTHER), 0, "one more set is taken");
	is(rig_read("/srv/else/file"), -EACCES, "what is in it is refused");
	is(tighten(STRICTER_FILE, GRANT_FOR("any")), 1, "the way back is none");
	is(rig_open(LIVE_POLICY_DIR "/other.yaml", O_WRONLY), -EPERM,
	   "nobody else writes to the new file");
	ok(live_wait_state("protected", 40), "the host is what it should be");

	live_kill(engine);
	engine = live_start();
	ok(live_wait_state("protected", 40), "the next daemon starts with these files");
	is(rig_read("/srv/else/file"), -EACCES, "and refuses what is in the new set");
	is(live_read_granted(), -EACCES, "and who has lost its grant");
	return engine;
}

/* The control: what a sealed host didn't take. */
static void test_loosening(void)
{
	live_policy_first();
	(void)unlink(LIVE_POLICY_DIR "/other.yaml");
	ok(apply(), "unsealed, the first files can be applied");
	is(rig_read("/srv/else/file"), 0, "and less is protected");
	is(live_read_granted(), 0, "and the reader has its grant again");
}

/* Files that were changed before the host was sealed, and not applied. */
static pid_t test_other_files(pid_t engine)
{
	live_policy("pensions.yaml", ELSEWHERE);
	is(seal(ONE_OF_TWO, "2", "1"), 0, "sealed with other files than those in force");
	test_apply(false);
	ok(state_is_told("policy-held-back"), "it is on record");
	ok(live_wait_state("degraded", 40), "the host is not what it should be");

	live_kill(engine);
	engine = live_start();
	ok(engine > 0, "the next daemon starts");
	ok(live_wait_text("canary", "refused", 40), "and enforces");
	live_refused("by what is in force");
	is_text(live_text("state"), "degraded", "it is not what it should be");

	is(unseal(ONE_OF_TWO, 2), 0, "unsealed");
	test_apply(true);
	live_policy_first();
	ok(apply(), "the first files again");
	ok(live_wait_state("protected", 40), "and all is well");
	return engine;
}

/* The way out for a host whose daemon can't start. */
static pid_t test_unsealing_without_daemon(pid_t engine)
{
	json_int_t adoptions = live_number("keeper.adoptions");

	is(seal(ONE, "1", "1"), 0, "sealed once more");
	live_kill(engine);
	is(unseal(ONE, 1), 0, "it can be unsealed without a daemon");
	engine = live_start();
	is((long)(live_number("keeper.adoptions") - adoptions), 0, "the programs stay");
	live_refused("by them");
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

	live_refused("at first");
	test_weakening();
	rig_mkdir("/etc/systemd/system");
	is(symlink("/dev/null", MASKED), 0, "the unit is masked");
	is(seal(TWO_OF_THREE, "3", "2"), 0, "sealed with three secrets, of which two open it");
	test_sealed();
	engine = test_killed(engine);
	test_refresh();
	engine = test_tightening(engine);
	test_unsealing();
	test_loosening();
	test_weakening();
	engine = test_other_files(engine);
	engine = test_unsealing_without_daemon(engine);
	live_finish(engine);
	return done();
}
