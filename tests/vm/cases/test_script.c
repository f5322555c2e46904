// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - grants for what a script has started, by the script that the kernel saw
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "live.h"
#include "rig.h"
#include "tap.h"

#define FILE_NAME "pensions.yaml"

/* The granted reader as an interpreter, and one that starts another program for its script. */
#define READS "#!" LIVE_GRANTED "\n"
#define SHELL "/opt/shell"
#define STARTS "#!" SHELL "\n"

#define JOB "/opt/job"
#define JOB_OTHER "/opt/other"
#define JOB_LINK "/run/job"
#define JOB_STARTS "/opt/starts"

#define GRANT(name, script)                                                              \
	"  - name: " name "\n    exe: " LIVE_GRANTED "\n    user: root\n    unit: any\n" \
	"    script: " script "\n"
#define POLICY(grants) \
	"set: pensions\nversion: 1\nmode: enforce\nprotect: [/srv/set]\ngrants:\n" grants

static void script_write(const char *path, const char *text)
{
	char temporary[64];

	(void)snprintf(temporary, sizeof(temporary), "%s.new", path);
	rig_write(temporary, text);
	(void)chmod(temporary, 0755);
	(void)rename(temporary, path);
}

/* Reads by what @path starts: 0 or -errno. */
static int job(const char *path)
{
	return rig_call(path, "read", LIVE_SECRET);
}

static int enter_opt(void)
{
	return chdir("/opt");
}

static int job_relative(const char *path)
{
	return rig_call_after(enter_opt, path, "read", LIVE_SECRET);
}

static void apply(const char *text, const char *what)
{
	ok(live_apply(FILE_NAME, text), "%s: applied", what);
}

static void test_script(const char *by)
{
	diag("%s", by);
	is(job(JOB), 0, "what the script starts: granted");
	is(job(LIVE_GRANTED), -EACCES, "the same program by hand: refused");
	is(job(JOB_OTHER), -EACCES, "by another script: refused");
}

/* Its interpreter opens it once more, by the same name: that must be root's. */
static void test_names(void)
{
	is(symlink(JOB, JOB_LINK), 0, "a link to the script");
	is(job(JOB_LINK), -EACCES, "the script by another name: refused");
	is(job_relative("./job"), -EACCES, "the script by a relative name: refused");
	is(job_relative(JOB), 0, "by its own name, from the same directory: granted");
}

/* A process of the script's is one, whatever it runs; another script begins anew. */
static void test_descendants(void)
{
	apply(POLICY(GRANT("reader", JOB_STARTS)), "a script that starts others");
	is(job(JOB_STARTS), 0, "a program that it starts: granted");
	is(job(JOB), -EACCES, "what another script starts: refused");

	script_write("/run/next", JOB_OTHER);
	is(job(JOB_STARTS), -EACCES, "what another script starts for it: refused");
	is(unlink("/run/next"), 0, "back");
	is(job(JOB_STARTS), 0, "without that: granted");
}

static void test_replaced(void)
{
	apply(POLICY(GRANT("reader", JOB)), "the first script");
	script_write(JOB, READS "# the next release\n");
	for (int i = 0; i < 100 && job(JOB); i++)
		usleep(100000);
	is(job(JOB), 0, "an upgrade of the script goes on");
	is(job(JOB_OTHER), -EACCES, "another script: refused");
}

static void test_untrusted(void)
{
	(void)chmod(JOB, 0777);
	apply(POLICY(GRANT("reader", JOB)), "a script that anybody can write");
	is(job(JOB), -EACCES, "what it starts: refused");
	(void)chmod(JOB, 0755);
	apply(POLICY(GRANT("reader", JOB)), "root's alone again");
	is(job(JOB), 0, "what it starts: granted");

	apply(POLICY(GRANT("reader", "/opt/nothing")), "a script that isn't there");
	is(job(JOB), -EACCES, "what another one starts: refused");
	is(job(LIVE_GRANTED), -EACCES, "what none has started: refused");
}

static void files_make(void)
{
	is(link(LIVE_GRANTED, SHELL), 0, "an interpreter that starts others");
	script_write(JOB, READS);
	script_write(JOB_OTHER, READS);
	script_write(JOB_STARTS, STARTS);
}

/* As the kernel starts an interpreter: argv[1] is the script, then come its own arguments. */
static void interpret(int argc, char **argv)
{
	bool other = access("/run/next", F_OK) == 0;

	if (argc != 5)
		return;

	if (strcmp(argv[0], SHELL) == 0)
		exit(-job(other ? JOB_OTHER : LIVE_GRANTED));

	live_probe_main(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	pid_t engine;

	interpret(argc, argv);
	live_probe_main(argc, argv);
	live_prepare();
	files_make();
	live_policy(FILE_NAME, POLICY(GRANT("reader", JOB)));
	engine = live_start();
	ok(engine > 0, "the daemon starts");

	test_script("with a daemon");
	ok(live_wait_line(LIVE_EVENTS, "wrong-script", LIVE_GRANTED, 20), "that is on record");
	test_names();
	(void)live_end(engine, SIGKILL);
	test_script("the daemon is gone");
	engine = live_start();
	ok(engine > 0, "the next daemon starts");

	test_descendants();
	test_replaced();
	test_untrusted();
	live_finish(engine);
	return done();
}
