// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - a daemon that takes signed policies only, signed by the real minisign
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "live.h"
#include "rig.h"
#include "scratch.h"
#include "tap.h"

#define CTL "/usr/bin/bulwarkctl"
#define MINISIGN "/usr/bin/minisign"
#define SIGNERS "/etc/bulwark/signers.d"
#define OFFICER "/run/officer.key"
#define STRANGER "/run/stranger.key"

#define FILE_NAME "pensions.yaml"
#define FILE_PATH LIVE_POLICY_DIR "/" FILE_NAME
#define SIGNATURE_PATH FILE_PATH ".minisig"
#define DRAFT "/run/" FILE_NAME
#define ASIDE "/etc/bulwark/" FILE_NAME

#define VERSION(number, mode)                                                       \
	"set: pensions\nversion: " number "\nmode: " mode "\nprotect: [/srv/set]\n" \
	"grants:\n  - name: reader\n    exe: " LIVE_GRANTED "\n    user: root\n    unit: any\n"

static int sign(const char *key, const char *file)
{
	return scratch_run(MINISIGN, "-S", "-s", key, "-m", file, NULL);
}

static void keys_make(void)
{
	(void)mkdir(SIGNERS, 0755);
	is(scratch_run(MINISIGN, "-G", "-W", "-p", SIGNERS "/officer.pub", "-s", OFFICER, NULL), 0,
	   "an officer has a key");
	is(scratch_run(MINISIGN, "-G", "-W", "-p", "/run/stranger.pub", "-s", STRANGER, NULL), 0,
	   "so has a stranger");
}

/* The files are not taken, and it is said why. */
static void refused(const char *what, const char *says)
{
	json_int_t generation = live_number("generation");
	json_t *answer = live_ask("apply");

	ok(answer && !json_boolean_value(json_object_get(answer, "ok")), "%s: refused", what);
	ok(live_says(answer, says), "%s: the answer says '%s'", what, says);
	is(live_number("generation"), generation, "%s: the generation stays", what);
	live_refused(what);
	json_decref(answer);
}

static void taken(const char *what)
{
	json_t *answer = live_ask("apply");

	ok(answer && json_boolean_value(json_object_get(answer, "ok")), "%s: taken", what);
	live_refused(what);
	json_decref(answer);
}

static void test_signatures(void)
{
	live_policy(FILE_NAME, VERSION("2", "enforce"));
	refused("the signature of another text", "its signature doesn't fit");

	(void)unlink(SIGNATURE_PATH);
	refused("no signature", "it isn't signed");

	is(sign(STRANGER, FILE_PATH), 0, "a stranger signs");
	refused("a stranger's signature", "isn't among the signers'");

	is(sign(OFFICER, FILE_PATH), 0, "the officer signs");
	taken("the officer's signature");
}

static void test_steps_back(void)
{
	live_policy(FILE_NAME, VERSION("1", "enforce"));
	is(sign(OFFICER, FILE_PATH), 0, "an older one was signed as well");
	refused("an older version", "older than the one in force");

	is(rename(FILE_PATH, ASIDE), 0, "its file is put aside");
	refused("a set that is gone", "nobody has signed that");
	is(rename(ASIDE, FILE_PATH), 0, "and put back");
}

/* What is in force is known by the kernel, whoever asks. */
static pid_t test_next_daemon(pid_t engine)
{
	(void)live_end(engine, SIGKILL);
	engine = live_start();
	ok(engine > 0, "the next daemon starts with the older version");
	live_refused("by what is in force");
	refused("an older version, to the next daemon", "older than the one in force");

	live_policy(FILE_NAME, VERSION("3", "enforce"));
	is(sign(OFFICER, FILE_PATH), 0, "a newer one is signed");
	taken("a newer version");
	return engine;
}

static void test_tighten(void)
{
	rig_write(DRAFT,
		  "set: pensions\nversion: 4\nmode: enforce\nprotect: [/srv/set]\ngrants: []\n");
	ok(scratch_run(CTL, "tighten", DRAFT, NULL) != 0, "tightening without a signature fails");
	is(live_read_granted(), 0, "the grant is there");

	is(sign(OFFICER, DRAFT), 0, "it is signed");
	is(scratch_run(CTL, "tighten", DRAFT, NULL), 0, "signed, it is put in force");
	ok(live_read_granted() != 0, "the grant is gone");
	taken("what was put there");
}

int main(int argc, char **argv)
{
	pid_t engine;

	live_probe_main(argc, argv);
	live_prepare();
	keys_make();
	is(sign(OFFICER, FILE_PATH), 0, "the officer signs the first policy");
	live_option("--require-signature");
	engine = live_start();
	if (!ok(engine > 0, "the daemon starts") ||
	    !ok(live_wait_state("protected", 40), "the host is protected"))
		return done();

	live_refused("with a signed policy");
	test_signatures();
	test_steps_back();
	engine = test_next_daemon(engine);
	test_tighten();
	live_finish(engine);
	return done();
}
