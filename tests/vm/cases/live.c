// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the real bulwarkd in the fast guest, and what it writes
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "keeper_client.h"
#include "live.h"
#include "rig.h"
#include "tap.h"
#include "wire.h"

#define LOGGER_ID 990
#define STEP_MS 100

/* Is there once the one who reads all the time has begun. */
#define READING "/run/reading"

static const char policy[] = "set: pensions\n"
			     "version: 1\n"
			     "mode: enforce\n"
			     "severity: 9\n"
			     "protect:\n"
			     "  - /srv/set\n"
			     "grants:\n"
			     "  - name: reader\n"
			     "    exe: " LIVE_GRANTED "\n"
			     "    user: root\n"
			     "    unit: any\n";

/* Reads until it is told to end, or is refused. */
static int probe_read_on(const char *path)
{
	int err = rig_read(path);

	rig_write(READING, "");
	while (!err && access(LIVE_END, F_OK) < 0) {
		err = rig_read(path);
		(void)usleep(2000);
	}
	return err;
}

static const struct rig_probe probes[] = {
	{ "read", rig_read },
	{ "read-on", probe_read_on },
};

static void pause_ms(unsigned int ms)
{
	struct timespec time = { ms / 1000, (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&time, NULL);
}

static void make_dir(const char *path, uid_t uid, mode_t mode)
{
	(void)mkdir(path, 0755);
	if (chown(path, uid, LOGGER_ID) < 0 || chmod(path, mode) < 0)
		diag("cannot make '%s': %s", path, strerror(errno));
}

void live_probe_main(int argc, char **argv)
{
	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
}

/* Another inode, as a package's upgrade leaves it. */
void live_copy_granted(void)
{
	_cleanup_(closep) int in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	_cleanup_(closep) int out =
		open(LIVE_GRANTED ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	char buffer[65536];
	ssize_t len;

	while ((len = read(in, buffer, sizeof(buffer))) > 0) {
		if (write(out, buffer, (size_t)len) != len)
			diag("cannot copy to '%s'", LIVE_GRANTED);
	}
	(void)rename(LIVE_GRANTED ".new", LIVE_GRANTED);
}

int live_read_granted(void)
{
	return rig_call(LIVE_GRANTED, "read", LIVE_SECRET);
}

int live_reader_start(void)
{
	int pid;

	(void)unlink(LIVE_END);
	(void)unlink(READING);
	pid = rig_call_begin(LIVE_GRANTED, "read-on", LIVE_SECRET);
	for (int waited = 0; access(READING, F_OK) < 0 && waited < 40000; waited += STEP_MS)
		pause_ms(STEP_MS);
	return pid;
}

int live_reader_end(int pid)
{
	rig_write(LIVE_END, "");
	return rig_call_end(pid);
}

void live_refused(const char *when)
{
	int err;

	(void)live_read(LIVE_SECRET, 1, &err);
	is(err, -EACCES, "refused %s", when);
}

bool live_is_told(pid_t pid)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "\"pid\":%d", pid);
	return live_wait_line(LIVE_EVENTS, text, LIVE_SECRET, 40);
}

bool live_says(const json_t *answer, const char *text)
{
	const json_t *diagnostics = json_object_get(answer, "diagnostics");
	const json_t *line;
	size_t i;

	json_array_foreach (diagnostics, i, line) {
		if (strstr(json_string_value(line), text))
			return true;
	}
	json_array_foreach (diagnostics, i, line)
		diag("it says: %s", json_string_value(line));
	return false;
}

/* Newer kernels let a program go a moment after the last reference to it. */
void live_finish(pid_t pid)
{
	_cleanup_(closep) int keeper = bw_keeper_open();
	int err = -EACCES;

	(void)live_end(pid, SIGTERM);
	(void)bw_keeper_release(keeper);
	(void)unlink(LIVE_LOG);

	for (int waited = 0; err && waited < 10000; waited += STEP_MS) {
		(void)live_read(LIVE_SECRET, 1, &err);
		pause_ms(STEP_MS);
	}
}

void live_prepare(void)
{
	(void)mkdir("/opt", 0755);
	rig_write(LIVE_SECRET, "pension\n");
	live_copy_granted();
	make_dir("/run/bulwark", 0, 02750);
	make_dir("/var/log/bulwark", LOGGER_ID, 02750);
	make_dir("/var/lib/bulwark", LOGGER_ID, 0750);
	(void)mkdir("/etc/bulwark", 0755);
	(void)mkdir(LIVE_POLICY_DIR, 0755);
	live_policy_first();
}

void live_policy_first(void)
{
	live_policy("pensions.yaml", policy);
}

void live_policy(const char *name, const char *text)
{
	_cleanup_(freep) char *path = NULL;
	FILE *file;

	if (asprintf(&path, LIVE_POLICY_DIR "/%s", name) < 0)
		return;

	file = fopen(path, "we");
	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		diag("cannot write '%s'", path);
}

bool live_apply(const char *name, const char *text)
{
	json_t *answer;
	bool taken;

	live_policy(name, text);
	answer = live_ask("apply");
	taken = answer && json_boolean_value(json_object_get(answer, "ok"));
	json_decref(answer);
	return taken;
}

static const char *daemon_option;

void live_option(const char *option)
{
	daemon_option = option;
}

static void exec_daemon(void)
{
	char *arguments[] = { (char *)"/usr/sbin/bulwarkd", (char *)daemon_option, NULL };
	int log = open(LIVE_LOG, O_WRONLY | O_CREAT | O_APPEND, 0600);

	(void)dup2(log, STDERR_FILENO);
	(void)dup2(log, STDOUT_FILENO);
	(void)execv(arguments[0], arguments);
	_exit(127);
}

pid_t live_begin(void)
{
	pid_t pid = fork();

	if (pid == 0)
		exec_daemon();
	return pid;
}

bool live_wait_answer(pid_t pid)
{
	for (int waited = 0; waited < 100000; waited += STEP_MS) {
		json_t *answer;
		int status;

		if (waitpid(pid, &status, WNOHANG) == pid) {
			diag("the daemon ended: %s %d", WIFSIGNALED(status) ? "signal" : "exit",
			     WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
			return false;
		}

		answer = live_ask("status");
		if (answer) {
			json_decref(answer);
			return true;
		}
		pause_ms(STEP_MS);
	}
	return false;
}

pid_t live_start(void)
{
	pid_t pid = live_begin();

	if (live_wait_answer(pid))
		return pid;

	live_show_log();
	return -ESRCH;
}

int live_end(pid_t pid, int signal)
{
	int status = -1;

	(void)kill(pid, signal);
	(void)waitpid(pid, &status, 0);
	return status;
}

void live_kill(pid_t pid)
{
	const union sigval named = { .sival_int = pid };

	if (sigqueue(1, SIGUSR1, named) < 0)
		diag("cannot ask PID 1: %s", strerror(errno));
	(void)live_wait_gone(pid, 40);
	(void)waitpid(pid, NULL, 0);
}

json_t *live_ask(const char *verb)
{
	json_t *request = json_pack("{s:s}", "verb", verb);
	json_t *answer = NULL;

	(void)bw_wire_call(BW_SOCKET_PATH, request, 60000, &answer);
	json_decref(request);
	return answer;
}

/* The member of @object that a path like "logger.pid" names. */
static const json_t *member(const json_t *object, const char *path)
{
	char names[64];
	char *rest = names;
	char *name;

	(void)snprintf(names, sizeof(names), "%s", path);
	while ((name = strsep(&rest, ".")))
		object = json_object_get(object, name);
	return object;
}

json_int_t live_number(const char *path)
{
	json_t *status = live_ask("status");
	const json_t *value = member(status, path);
	json_int_t number = json_is_integer(value) ? json_integer_value(value) : -1;

	json_decref(status);
	return number;
}

const char *live_text(const char *path)
{
	static char text[256];
	json_t *status = live_ask("status");
	const char *value = json_string_value(member(status, path));

	(void)snprintf(text, sizeof(text), "%s", value ? value : "");
	json_decref(status);
	return text;
}

/* PID 1 of the fast guest doesn't reap while a test runs: a zombie is gone. */
static bool is_gone(pid_t pid)
{
	_cleanup_(fclosep) FILE *file = NULL;
	char path[32];
	char state = 'Z';

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	return !file || fscanf(file, "%*d %*s %c", &state) != 1 || state == 'Z';
}

bool live_wait_gone(pid_t pid, int seconds)
{
	for (int waited = 0; waited < seconds * 1000; waited += STEP_MS) {
		if (is_gone(pid))
			return true;
		pause_ms(STEP_MS);
	}
	return false;
}

bool live_wait_state(const char *state, int seconds)
{
	for (int waited = 0; waited < seconds * 1000; waited += STEP_MS) {
		if (strcmp(live_text("state"), state) == 0)
			return true;
		pause_ms(STEP_MS);
	}
	diag("the state is '%s', not '%s'", live_text("state"), state);
	return false;
}

bool live_wait_text(const char *path, const char *text, int seconds)
{
	for (int waited = 0; waited < seconds * 1000; waited += STEP_MS) {
		if (strstr(live_text(path), text))
			return true;
		pause_ms(STEP_MS);
	}
	diag("'%s' is '%s', not '%s'", path, live_text(path), text);
	return false;
}

bool live_wait_number(const char *path, json_int_t least, int seconds)
{
	for (int waited = 0; waited < seconds * 1000; waited += STEP_MS) {
		if (live_number(path) >= least)
			return true;
		pause_ms(STEP_MS);
	}
	diag("'%s' is %lld, less than %lld", path, (long long)live_number(path), (long long)least);
	return false;
}

int live_lines(const char *path, const char *one, const char *other)
{
	_cleanup_(fclosep) FILE *file = fopen(path, "re");
	_cleanup_(freep) char *line = NULL;
	size_t size = 0;
	int lines = 0;

	while (file && getline(&line, &size, file) > 0)
		lines += strstr(line, one) && strstr(line, other);
	return lines;
}

bool live_wait_line(const char *file, const char *one, const char *other, int seconds)
{
	for (int waited = 0; waited < seconds * 1000; waited += STEP_MS) {
		if (live_lines(file, one, other) > 0)
			return true;
		pause_ms(STEP_MS);
	}
	diag("no line of '%s' with '%s' and '%s'", file, one, other);
	return false;
}

void live_show_log(void)
{
	_cleanup_(fclosep) FILE *file = fopen(LIVE_LOG, "re");
	_cleanup_(freep) char *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		diag("%s", line);
	}
}

static int read_once(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char byte;

	return fd < 0 || read(fd, &byte, 1) < 0 ? errno : 0;
}

pid_t live_read(const char *path, unsigned int times, int *ret_err)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		int err = 0;

		while (times-- > 0)
			err = read_once(path);
		_exit(err);
	}

	*ret_err = -EIO;
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status))
		*ret_err = -WEXITSTATUS(status);
	return pid;
}
