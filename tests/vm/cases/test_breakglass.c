// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - break-glass: what officers have signed with the real minisign opens what it says,
 * once, here, until the kernel ends it; and all of it is on record
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "live.h"
#include "rig.h"
#include "scratch.h"
#include "tap.h"

#define CTL "/usr/bin/bulwarkctl"
#define MINISIGN "/usr/bin/minisign"
#define OFFICERS "/etc/bulwark/officers.d"
#define MACHINE_ID "/etc/machine-id"
#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define OTHER_BOOT "/run/other-boot"
#define SECRETS "/run/secrets"

#define HOST "0123456789abcdef0123456789abcdef\n"
#define OTHER_HOST "fedcba9876543210fedcba9876543210\n"

#define REQUEST "/run/request"
#define CHANGED "/run/changed"
#define ANSWER "/run/answer"
#define ANNA "/run/anna"
#define BERT "/run/bert"
#define STRANGER "/run/stranger"

/* In the set; more than the cap of what is opened. */
#define LARGE "/srv/set/large"
#define LARGE_SIZE 8192
#define EXACT "/srv/set/exact"
#define OUTSIDE "/srv/outside"
#define CAP "4KiB"
#define CAP_SIZE 4096

#define ARGUMENTS_MAX 24

static int probe_read_all(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char buffer[LARGE_SIZE];

	return fd < 0 || read(fd, buffer, sizeof(buffer)) < 0 ? -errno : 0;
}

static int probe_read_thrice(const char *path)
{
	int err = 0;

	for (int i = 0; i < 3 && !err; i++)
		err = rig_read(path);
	return err;
}

static int probe_link(const char *path)
{
	return link(path, OUTSIDE) < 0 ? -errno : 0;
}

/* Reads through one descriptor until it is refused. */
static int probe_read_on(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char byte;

	if (fd < 0)
		return -errno;

	for (int i = 0; i < 6000; i++) {
		if (pread(fd, &byte, 1, 0) < 0)
			return i ? -errno : -ENODATA;
		(void)usleep(10000);
	}
	return 0;
}

static const struct rig_probe probes[] = {
	{ "read", rig_read },
	{ "read-all", probe_read_all },
	{ "read-thrice", probe_read_thrice },
	{ "link", probe_link },
	{ "read-on-one", probe_read_on },
};

/* Runs the command, whatever it says to @output.  Its exit status, or -1. */
static int ctl(const char *output, ...)
{
	char *arguments[ARGUMENTS_MAX] = { (char *)CTL };
	int status = -1;
	va_list list;
	pid_t pid;

	va_start(list, output);
	for (int i = 1; i < ARGUMENTS_MAX - 1; i++) {
		arguments[i] = va_arg(list, char *);
		if (!arguments[i])
			break;
	}
	va_end(list);

	pid = fork();
	if (pid == 0) {
		int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		(void)dup2(fd, STDOUT_FILENO);
		(void)dup2(fd, STDERR_FILENO);
		(void)execv(arguments[0], arguments);
		_exit(127);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int request(const char *length)
{
	return ctl(REQUEST, "breakglass", "request", "--set", "pensions", "--exe", RIG_OTHER,
		   "--for", length, "--bytes", CAP, "--reason", "the restore of Tuesday", NULL);
}

static int sign(const char *who, const char *file)
{
	char key[64];

	(void)snprintf(key, sizeof(key), "%s.key", who);
	return scratch_run(MINISIGN, "-S", "-s", key, "-x", who, "-m", file, NULL);
}

static void key_make(const char *who, const char *public)
{
	char key[64];

	(void)snprintf(key, sizeof(key), "%s.key", who);
	is(scratch_run(MINISIGN, "-G", "-W", "-p", public, "-s", key, NULL), 0, "%s has a key",
	   who);
}

static void request_signed(const char *length)
{
	is(request(length), 0, "a request for %s", length);
	is(sign(ANNA, REQUEST), 0, "anna signs");
	is(sign(BERT, REQUEST), 0, "bert signs");
}

static bool is_told(const char *state, const char *says)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "\"state\":\"%s\"", state);
	return live_wait_line(LIVE_EVENTS, text, says, 20);
}

static int read_glass(void)
{
	return rig_call(RIG_OTHER, "read", LIVE_SECRET);
}

/* Its own message, its own record, and nothing open. */
static void use_refused(const char *what, const char *file, const char *one, const char *other,
			const char *says)
{
	ok(ctl(ANSWER, "breakglass", "use", file, one, other, NULL) == 1, "%s: refused", what);
	ok(live_lines(ANSWER, "bulwarkctl", says) == 1, "%s: it says '%s'", what, says);
	ok(is_told("breakglass-refused", says), "%s: it is on record", what);
	is(read_glass(), -EACCES, "%s: nothing is open", what);
}

static void used(const char *what)
{
	is(ctl(ANSWER, "breakglass", "use", REQUEST, ANNA, BERT, NULL), 0, "%s: taken", what);
	is(read_glass(), 0, "%s: it is open", what);
}

/* --- Requests ------------------------------------------------------------------ */

static void test_off(void)
{
	is(request("30m"), 1, "without officers no request is made");
	is(live_lines(REQUEST, "bulwarkctl", "break-glass is off"), 1, "it is said why");
	(void)mkdir(OFFICERS, 0755);
	key_make(ANNA, OFFICERS "/anna.pub");
	is(request("30m"), 1, "nor with fewer of them than have to sign");
	is(live_lines(REQUEST, "2 officers have to sign", "the keys of 1"), 1, "it is said why");
	key_make(BERT, OFFICERS "/bert.pub");
	key_make(STRANGER, "/run/stranger.pub");
}

static void test_requests(void)
{
	is(ctl(ANSWER, "breakglass", "request", "--set", "nothing", "--exe", RIG_OTHER, "--for",
	       "30m", "--bytes", CAP, "--reason", "x", NULL),
	   1, "no set of that name");
	is(live_lines(ANSWER, "no set", "'nothing'"), 1, "it is said so");
	is(ctl(ANSWER, "breakglass", "request", "--set", "pensions", "--exe", "/run/missing",
	       "--for", "30m", "--bytes", CAP, "--reason", "x", NULL),
	   1, "no executable of that name");
	is(ctl(ANSWER, "breakglass", "request", "--set", "pensions", "--exe", RIG_OTHER, "--for",
	       "30 minutes", "--bytes", CAP, "--reason", "x", NULL),
	   1, "no time");
	is(live_lines(ANSWER, "'for' should be", "30m"), 1, "it is said what it should be");
	is(chmod(RIG_OTHER, 0777), 0, "everybody can write the executable");
	is(request("30m"), 1, "then it gets no request");
	is(chmod(RIG_OTHER, 0755), 0, "it is mended");
	is(request("30m"), 0, "control: this one is made");
	ok(is_told("breakglass-asked", "the restore of Tuesday"), "it is on record");
}

static void copy_changed(void)
{
	_cleanup_(fclosep) FILE *in = fopen(REQUEST, "re");
	_cleanup_(fclosep) FILE *out = fopen(CHANGED, "we");
	char line[256];

	while (in && out && fgets(line, sizeof(line), in)) {
		char *cap = strstr(line, CAP);

		if (cap)
			*cap = '9';
		(void)fputs(line, out);
	}
}

/* Each with its control: what is signed is used in the end. */
static void test_wrong(void)
{
	request_signed("12s");
	is(sign(STRANGER, REQUEST), 0, "a stranger signs");
	copy_changed();

	use_refused("one signature too few", REQUEST, ANNA, NULL, "1 officers have signed it");
	use_refused("one officer's twice", REQUEST, ANNA, ANNA, "1 officers have signed it");
	use_refused("a stranger's", REQUEST, ANNA, STRANGER, "none of the officers'");
	use_refused("a changed byte", CHANGED, ANNA, BERT, "doesn't fit the request");

	rig_write(MACHINE_ID, OTHER_HOST);
	use_refused("another host", REQUEST, ANNA, BERT, "made on another host");
	rig_write(MACHINE_ID, HOST);

	rig_write(OTHER_BOOT, "0b0bb0b0-0000-4000-8000-0123456789ab\n");
	is(mount(OTHER_BOOT, BOOT_ID, NULL, MS_BIND, NULL) < 0 ? -errno : 0, 0,
	   "the boot has another id");
	use_refused("another boot", REQUEST, ANNA, BERT, "started anew");
	is(umount(BOOT_ID) < 0 ? -errno : 0, 0, "and its own again");
}

/* Signed by enough officers, of this host and boot: but nobody has made it here. */
static void test_made_up(void)
{
	is(rename(CHANGED, REQUEST), 0, "the changed request");
	is(sign(ANNA, REQUEST), 0, "is signed by anna");
	is(sign(BERT, REQUEST), 0, "and bert");
	use_refused("made up", REQUEST, ANNA, BERT, "this host has made no such request");
}

/* --- Its end ------------------------------------------------------------------- */

static void test_end(void)
{
	int reader;

	request_signed("12s");
	used("a short one");
	ok(is_told("breakglass-used", "anna.pub, bert.pub"), "it is on record, with who signed");
	reader = rig_call_begin(RIG_OTHER, "read-on-one", LIVE_SECRET);
	is(rig_call_end(reader), -EACCES, "who goes on reading what it opened is refused");
	is(read_glass(), -EACCES, "so is who comes later");
	ok(live_wait_line(LIVE_EVENTS, "\"reason\":\"expired\"", LIVE_SECRET, 20),
	   "and it is on record");
	ok(is_told("breakglass-ended", "files: 1"), "so is the end, and what was read");
	is(ctl(ANSWER, "budgets", NULL), 0, "budgets");
	is(live_lines(ANSWER, "breakglass:", ""), 0, "tell of it no more");
	use_refused("after its end", REQUEST, ANNA, BERT, "it was used before");
}

/* The kernel needs nobody for it. */
static pid_t test_end_without(pid_t engine)
{
	request_signed("10s");
	used("one for a host without a daemon");
	(void)live_end(engine, SIGKILL);
	is(read_glass(), 0, "it is open without a daemon");
	sleep(11);
	is(read_glass(), -EACCES, "it ends without a daemon");

	engine = live_start();
	ok(engine > 0, "the next daemon starts");
	ok(live_wait_line(LIVE_EVENTS, "breakglass-ended", "files: 1", 20), "the end is told");
	use_refused("after the daemon", REQUEST, ANNA, BERT, "it was used before");
	return engine;
}

/* --- While it lasts ------------------------------------------------------------ */

static void test_exactly(void)
{
	live_refused("by another executable");
	is(rig_call_as(34, RIG_OTHER, "read", LIVE_SECRET), -EACCES, "another user is refused");
	is(rig_call(RIG_OTHER, "link", LIVE_SECRET), 0, "a name outside the set");
	is(rig_read(OUTSIDE), -EACCES, "makes nothing free");
	ok(live_wait_line(LIVE_EVENTS, "\"event\":\"carried\"", LIVE_SECRET, 20),
	   "it is on record");
	is(rig_call(RIG_OTHER, "read-all", LARGE), -EACCES, "more bytes than its cap: refused");
	ok(live_wait_line(LIVE_EVENTS, "\"reason\":\"budget-bytes\"", LARGE, 20),
	   "it is on record");
	is(rig_call(RIG_OTHER, "read", LARGE), 0, "control: less of the same file");
	is(ctl(ANSWER, "status", NULL), 0, "the host is protected all the same");
	is(live_lines(ANSWER, "officers have broken the glass", ""), 1, "but that is told");
}

static void test_record(void)
{
	ok(live_wait_line(LIVE_EVENTS, "\"event\":\"breakglass\"", LARGE, 20),
	   "a read is on record");
	ok(live_lines(LIVE_EVENTS, "\"reason\":\"breakglass\"", LIVE_SECRET) > 0,
	   "so is that of another file");
	is(rig_call(RIG_OTHER, "read-thrice", LIVE_SECRET), 0, "one reads three times");
	ok(live_wait_line(LIVE_EVENTS, "\"count\":3,", "\"reason\":\"breakglass\"", 30),
	   "so is how often");
}

/* What users are told is what the kernel does. */
static void test_explained(void)
{
	is(ctl(ANSWER, "explain", "--exe", RIG_OTHER, "--user", "0", LARGE, NULL), 0,
	   "who is let in is explained");
	is(live_lines(ANSWER, "breakglass:", "left: "), 1, "by the glass, with what is left");
	is(ctl(ANSWER, "explain", "--exe", RIG_OTHER, "--user", "34", LARGE, NULL), 0,
	   "so is who isn't");
	is(live_lines(ANSWER, "deny: ", ""), 1, "another user");
	is(ctl(ANSWER, "budgets", NULL), 0, "what was read");
	is(live_lines(ANSWER, "pensions/breakglass:", " of 4.0KiB"), 1, "of how much");
	is(live_lines(ANSWER, "ends in ", ""), 1, "and until when");
}

static pid_t test_lasts(pid_t engine)
{
	json_t *answer = live_ask("apply");

	ok(json_is_true(json_object_get(answer, "ok")), "the policy is applied");
	json_decref(answer);
	is(read_glass(), 0, "it is open after an apply");
	live_copy_granted();
	sleep(2);
	is(read_glass(), 0, "it is open after an executable was replaced");
	(void)live_end(engine, SIGTERM);
	engine = live_start();
	ok(engine > 0, "the next daemon starts");
	is(read_glass(), 0, "it is open for the next daemon");
	is(ctl(ANSWER, "budgets", NULL), 0, "which tells of it");
	is(live_lines(ANSWER, "pensions/breakglass:", ""), 1, "too");
	is(ctl(ANSWER, "breakglass", "use", REQUEST, ANNA, BERT, NULL), 1, "a second use: refused");
	is(live_lines(ANSWER, "bulwarkctl", "it was used before"), 1, "and it says why");
	ok(is_told("breakglass-refused", "it was used before"), "it is on record");
	return engine;
}

/* --- Under the seal ------------------------------------------------------------ */

static void test_sealed(void)
{
	(void)mkdir(SECRETS, 0700);
	is(scratch_run(CTL, "seal", "--yes", "--officers", "1", "--needed", "1", "--output",
		       SECRETS, NULL),
	   0, "the host is sealed");
	is(rig_open(OFFICERS "/anna.pub", O_WRONLY), -EPERM, "nobody changes an officer's key");
	is(mkdir(OFFICERS "/stranger.pub", 0755) < 0 ? -errno : 0, -EPERM, "nor adds one");
	is(rig_call(RIG_OTHER, "read-all", EXACT), -EACCES, "so much isn't left");
	request_signed("10m");
	is(ctl(ANSWER, "breakglass", "use", REQUEST, ANNA, BERT, NULL), 0,
	   "officers break the glass of a sealed host");
	is(rig_call(RIG_OTHER, "read-all", EXACT), 0, "it is open, for as much anew");
	is(rig_call(RIG_OTHER, "read-all", EXACT), -EACCES, "and no more");
	ok(live_wait_line(LIVE_EVENTS, "breakglass-ended", "files: 2", 20),
	   "the one before it has ended");
	is(scratch_run(CTL, "unseal", SECRETS "/officer-1.secret", NULL), 0, "it is unsealed");
}

static void file_make(const char *path, size_t size)
{
	char text[LARGE_SIZE + 1];

	memset(text, 'x', size);
	text[size] = '\0';
	rig_write(path, text);
}

int main(int argc, char **argv)
{
	pid_t engine;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	rig_prepare();
	live_prepare();
	file_make(LARGE, LARGE_SIZE);
	file_make(EXACT, CAP_SIZE);
	rig_write(MACHINE_ID, HOST);
	engine = live_start();
	if (!ok(engine > 0, "the daemon starts") ||
	    !ok(live_wait_state("protected", 40), "the host is protected"))
		return done();

	is(read_glass(), -EACCES, "nothing is open");
	test_off();
	test_requests();
	test_wrong();
	test_made_up();
	test_end();
	engine = test_end_without(engine);
	request_signed("30m");
	used("a long one");
	test_exactly();
	test_record();
	test_explained();
	engine = test_lasts(engine);
	test_sealed();
	live_finish(engine);
	return done();
}
