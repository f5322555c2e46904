// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - sets that learn: who reads is added up, nobody is refused, and it ends
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bulwark/maps.h>

#include "cleanup.h"
#include "lesson.h"
#include "live.h"
#include "rig.h"
#include "tap.h"

#define CTL "/usr/bin/bulwarkctl"
#define FILE_NAME "pensions.yaml"
#define LEARNT BW_LEARNT_DIR "/pensions" BW_LEARNT_SUFFIX
#define SUGGESTED "/run/suggested.yaml"

#define CGROUPS "/sys/fs/cgroup"
#define SERVICE "reader.service"
#define LATE_SERVICE "late.service"
#define SESSION "session-1.scope"

#define HOUR 3600
#define DAY (24 * HOUR)

/* 1 March 2027, 01:10 UTC; the set learns until the 5th. */
#define BEGIN 1803863400
#define END 1804204800

#define POLICY(mode, grants) \
	"set: pensions\nversion: 1\nmode: " mode "\nprotect: [/srv/set]\ngrants: " grants
#define LEARN POLICY("learn\nlearn-until: 2027-03-05T00:00Z", "[]\n")

static void clock_set(time_t when)
{
	const struct timespec now = { .tv_sec = when };

	if (clock_settime(CLOCK_REALTIME, &now) < 0)
		diag("the time can't be set: %d", -errno);
}

/* --- Who reads ------------------------------------------------------------------- */

static int unit_enter(const char *slice, const char *unit)
{
	_cleanup_(closep) int fd = -EBADF;
	char path[256], pid[16];

	(void)snprintf(path, sizeof(path), CGROUPS "/%s", slice);
	(void)mkdir(path, 0755);
	(void)snprintf(path, sizeof(path), CGROUPS "/%s/%s", slice, unit);
	(void)mkdir(path, 0755);
	(void)snprintf(path, sizeof(path), CGROUPS "/%s/%s/cgroup.procs", slice, unit);
	(void)snprintf(pid, sizeof(pid), "%d", getpid());
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, pid, strlen(pid)) < 0 ? -errno : 0;
}

static int service_enter(void)
{
	return unit_enter("system.slice", SERVICE);
}

static int late_enter(void)
{
	return unit_enter("system.slice", LATE_SERVICE);
}

/* As after a login: a session of its own, a terminal, and a login user. */
static int session_enter(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	int unlocked = 0, number = -1, terminal;
	char name[32];

	if (master < 0 || setsid() < 0 || ioctl(master, TIOCSPTLCK, &unlocked) < 0 ||
	    ioctl(master, TIOCGPTN, &number) < 0)
		return -errno;

	(void)snprintf(name, sizeof(name), "/dev/pts/%d", number);
	terminal = open(name, O_RDWR | O_NOCTTY);
	if (terminal < 0 || ioctl(terminal, TIOCSCTTY, 0) < 0)
		return -errno;

	rig_write("/proc/self/loginuid", "34");
	return unit_enter("user.slice", SESSION);
}

static int service_reads(void)
{
	return rig_call_after(service_enter, LIVE_GRANTED, "read", LIVE_SECRET);
}

static int thief_reads(void)
{
	return rig_call_after(session_enter, RIG_OTHER, "read", LIVE_SECRET);
}

/* --- What is on file ------------------------------------------------------------- */

/* The daemon writes before it applies. */
static void lessons_get(struct bw_lessons *lessons)
{
	_cleanup_(fclosep) FILE *file = NULL;
	json_t *answer = live_ask("apply");
	unsigned int line;

	json_decref(answer);
	*lessons = (struct bw_lessons){ 0 };
	file = fopen(LEARNT, "re");
	if (!file || bw_lessons_read(file, lessons, &line))
		diag("'%s' can't be read", LEARNT);
}

/* All of one unit, added up; a rest for NULL. */
static struct bw_lesson lesson_of(const struct bw_lessons *lessons, const char *unit)
{
	struct bw_lesson sum = { .exe = (char *)"", .user = (char *)"" };

	for (size_t i = 0; i < lessons->len; i++) {
		struct bw_lesson *item = &lessons->items[i];

		if (unit ? item->rest || strcmp(item->unit, unit) != 0 : !item->rest)
			continue;

		sum.exe = item->exe;
		sum.user = item->user;
		sum.login = item->login;
		sum.gid = item->gid;
		sum.one_gid = item->one_gid;
		sum.terminal = item->terminal;
		sum.trusted = item->trusted;
		sum.reads += item->reads;
		sum.opens += item->opens;
		sum.bytes += item->bytes;
		sum.most_files = item->most_files;
	}
	return sum;
}

static void test_totals(unsigned int service, unsigned int thief, const char *when)
{
	struct bw_lessons lessons;
	struct bw_lesson lesson;

	lessons_get(&lessons);
	lesson = lesson_of(&lessons, SERVICE);
	is((int)lesson.reads, (int)service, "%s: the service's reads", when);
	is((int)lesson.opens, (int)service, "its opens");
	is((int)lesson.bytes, (int)service, "its bytes");
	is((int)lesson.most_files, 1, "its files in the fullest day");
	ok(strcmp(lesson.exe, LIVE_GRANTED) == 0, "its executable");
	ok(strcmp(lesson.user, "root") == 0, "its user");
	ok(lesson.one_gid && lesson.gid == 0, "its group");
	ok(lesson.trusted && !lesson.terminal && lesson.login == BW_LOGIN_NONE,
	   "its executable is root's, it has no terminal, nobody logged in");

	lesson = lesson_of(&lessons, SESSION);
	is((int)lesson.reads, (int)thief, "somebody at a terminal: the reads");
	ok(lesson.terminal && lesson.login == 34, "the terminal, and who logged in");
	ok(strcmp(lesson.exe, RIG_OTHER) == 0, "the executable");
	bw_lessons_done(&lessons);
}

/* --- Learning -------------------------------------------------------------------- */

static void test_learning(void)
{
	for (int i = 0; i < 3; i++)
		is(service_reads(), 0, "the service reads");
	is(thief_reads(), 0, "somebody at a terminal does");
	is(live_lines(LIVE_EVENTS, "would-deny", ""), 0, "nobody is told of");
	test_totals(3, 1, "with a daemon");
	is(live_lines(LIVE_EVENTS, "would-deny", ""), 0, "still nobody");
}

/* INV-5: it goes on, and nothing counts twice. */
static pid_t test_restart(pid_t engine)
{
	(void)live_end(engine, SIGKILL);
	is(service_reads(), 0, "without a daemon: the service reads");
	engine = live_start();
	ok(engine > 0, "the next daemon starts");
	is(service_reads(), 0, "and reads once more");
	test_totals(5, 1, "after both daemons");
	(void)live_end(engine, SIGTERM);
	engine = live_start();
	test_totals(5, 1, "after one more daemon");
	return engine;
}

/* Without an entry for the rest nothing is known of whom there is no room for, but that. */
static void test_no_rest(int map, unsigned int filler)
{
	struct bw_learnt_key full = { .set = 62, .uid = filler };
	static const struct bw_learnt none;
	json_int_t before = live_number("counters.unlearnt");

	for (unsigned int set = 1; set < 62; set++) {
		struct bw_learnt_key rest = { .set = (__u16)set };

		(void)bpf_map_delete_elem(map, &rest);
	}
	(void)bpf_map_update_elem(map, &full, &none, BPF_NOEXIST);
	is(rig_call_after(late_enter, LIVE_GRANTED, "read", LIVE_SECRET), 0,
	   "without an entry for the rest it reads");
	is(live_number("counters.unlearnt") - before, 2, "and its open and its read are counted");
	(void)bpf_map_delete_elem(map, &full);
}

/* A map that is full of others: what it has no room for is counted. */
static void test_full(void)
{
	struct bw_learnt_key filler = { .set = 62 };
	static const struct bw_learnt none;
	int map = rig_map_fd("learnts");
	struct bw_lessons lessons;
	unsigned int fillers = 0;

	while (fillers < 2 * BW_LESSONS_MAX) {
		filler.uid = fillers;
		if (bpf_map_update_elem(map, &filler, &none, BPF_NOEXIST))
			break;
		fillers++;
	}
	ok(fillers > 1000 && fillers < BW_LESSONS_MAX, "the map is full after %u more", fillers);

	is(rig_call_after(late_enter, LIVE_GRANTED, "read", LIVE_SECRET), 0,
	   "somebody new reads all the same");
	is(service_reads(), 0, "who is known reads");
	lessons_get(&lessons);
	is((int)lesson_of(&lessons, LATE_SERVICE).reads, 0, "who is new has no entry");
	is((int)lesson_of(&lessons, NULL).reads, 1, "and is counted with the rest");
	is((int)lesson_of(&lessons, SERVICE).reads, 6, "who is known is counted apart");
	bw_lessons_done(&lessons);

	is((int)live_number("counters.unlearnt"), 0, "nothing is lost");
	test_no_rest(map, fillers);
	while (fillers-- > 0) {
		filler.uid = fillers;
		(void)bpf_map_delete_elem(map, &filler);
	}
	(void)close(map);
}

/* --- Suggestions ----------------------------------------------------------------- */

/* bulwarkctl's exit status; its output is in @output. */
static int command(const char *output, const char *one, const char *two, const char *three)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0644);

		(void)dup2(fd, STDOUT_FILENO);
		(void)execl(CTL, CTL, one, two, three, NULL);
		_exit(127);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The suggestion, to enforce. */
static void suggestion_get(char *text, size_t size)
{
	_cleanup_(fclosep) FILE *file = fopen(SUGGESTED, "re");
	char *mode;
	size_t len = file ? fread(text, 1, size - 1, file) : 0;

	text[len] = '\0';
	diag("%s", text);
	mode = strstr(text, "mode: monitor");
	if (mode)
		memcpy(mode, "mode: enforce", strlen("mode: enforce"));
}

static void test_suggestion(void)
{
	char text[8192];

	/* A day later, at the same hour. */
	clock_set(BEGIN + DAY);
	is(service_reads(), 0, "the service reads the next day");
	json_decref(live_ask("apply"));

	is(command(SUGGESTED, "suggest", "--set", "pensions"), 0, "a suggestion");
	suggestion_get(text, sizeof(text));
	ok(strstr(text, "- name: reader\n    exe: " LIVE_GRANTED
			"\n    user: root\n    unit: " SERVICE "\n    hours: 00:30-02:00\n"),
	   "grants the service, in its hours");
	ok(!strstr(text, "exe: " RIG_OTHER), "and not who sat at a terminal");
	ok(strstr(text, RIG_OTHER " as root in " SESSION), "who is named in a comment");

	live_policy(FILE_NAME, text);
	is(command("/run/applied", "apply", NULL, NULL), 1,
	   "applied, to enforce, it would refuse somebody: not without a word");
	is(thief_reads(), 0, "so it isn't in force");
	is(command("/run/applied", "apply", "--yes", NULL), 0, "with that word it is applied");
	is(command("/run/simulated", "simulate", "--policy", LIVE_POLICY_DIR), 3,
	   "by a simulation it refuses somebody");
	is(live_lines("/run/simulated", "refused", RIG_OTHER), 1, "who sat at a terminal");
	is(live_lines("/run/simulated", "allowed", SERVICE), 1, "and the service isn't");

	for (int i = 0; i < 5; i++)
		is(service_reads(), 0, "the service: granted");
	is(thief_reads(), -EACCES, "who sat at a terminal: refused");
	is(rig_call(LIVE_GRANTED, "read", LIVE_SECRET), -EACCES,
	   "the service's program by hand: refused");
	clock_set(BEGIN + DAY + 6 * HOUR);
	is(service_reads(), -EACCES, "the service at another hour: refused");
}

/* --- The end --------------------------------------------------------------------- */

/* The kernel sees to it: no daemon need live. */
static pid_t test_end(pid_t engine)
{
	ok(live_apply(FILE_NAME, LEARN), "the set learns again");
	clock_set(END - 5);
	is(thief_reads(), 0, "before the end: somebody at a terminal reads");
	is(live_lines(LIVE_EVENTS, "would-deny", ""), 0, "and nobody is told");

	(void)live_end(engine, SIGKILL);
	clock_set(END);
	is(thief_reads(), 0, "at the end, without a daemon: still let through");
	engine = live_start();
	ok(engine > 0, "the next daemon starts");
	ok(live_wait_line(LIVE_EVENTS, "would-deny", RIG_OTHER, 30), "but that is on record");
	ok(live_wait_line(LIVE_LOG, "has learnt until 2027-03-05T00:00:00Z", "", 30),
	   "and the daemon says that the time is over");
	ok(live_wait_line(LIVE_EVENTS, "learning-ends", "has learnt until", 30), "in the log, too");
	is(command("/run/status", "status", NULL, NULL), 1, "the host is degraded");
	is(live_lines("/run/status", "the time to learn is over", ""), 1, "for that");
	return engine;
}

int main(int argc, char **argv)
{
	pid_t engine;

	live_probe_main(argc, argv);
	rig_prepare();
	live_prepare();
	clock_set(BEGIN);
	live_policy(FILE_NAME, LEARN);
	engine = live_start();
	ok(engine > 0, "the daemon starts");

	test_learning();
	engine = test_restart(engine);
	test_full();
	test_suggestion();
	engine = test_end(engine);
	live_finish(engine);
	return done();
}
