// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - runs bulwarkctl in a test, with a daemon and files of the test's own
 */
#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl.h"
#include "ctl_run.h"

static char directory[64];
static pid_t daemon_pid;

void ctl_setup(void)
{
	strcpy(directory, "/tmp/bulwark-ctl-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	daemon_pid = 0;
}

static int entry_remove(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	return remove(path);
}

void ctl_teardown(void)
{
	if (daemon_pid > 0) {
		kill(daemon_pid, SIGKILL);
		waitpid(daemon_pid, NULL, 0);
	}
	nftw(directory, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
}

const char *ctl_path(const char *name)
{
	static char paths[4][256];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

void ctl_file(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s", ctl_path(name));
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}

	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

/* Serves one caller after the other until it is killed. */
static void daemon_serve(int listener, const char *verb, const char *answer, const char *other)
{
	char wanted[64];
	char heard[256];

	snprintf(wanted, sizeof(wanted), "\"%s\"", verb);
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		ssize_t len = read(fd, heard, sizeof(heard) - 1);
		const char *said;

		heard[len > 0 ? len : 0] = '\0';
		said = strstr(heard, wanted) ? answer : other;
		send(fd, said, strlen(said), MSG_NOSIGNAL);
		close(fd);
	}
}

void ctl_daemon(const char *verb, const char *answer, const char *other)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", ctl_path("socket"));
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(listener, 8), 0);
	fflush(NULL);
	daemon_pid = fork();
	ck_assert_int_ge(daemon_pid, 0);
	if (daemon_pid == 0)
		daemon_serve(listener, verb, answer, other ? other : "");
	close(listener);
}

static int output_open(const char *name)
{
	int fd = open(ctl_path(name), O_RDWR | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void output_take(int fd, char *text, size_t size)
{
	ssize_t len = pread(fd, text, size - 1, 0);

	ck_assert_int_ge(len, 0);
	text[len] = '\0';
	close(fd);
}

static void child_run(char **argv, int argc, int out, int err)
{
	int code;

	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	alarm(10);
	code = bw_ctl_run(argc, argv);
	/* exit(3), not _exit(2): what a sanitizer finds counts. */
	exit(code);
}

struct ctl_run ctl_run(const char *arg, ...)
{
	char *argv[24] = { "bulwarkctl", (char *)arg };
	int out = output_open("stdout");
	int err = output_open("stderr");
	struct ctl_run run;
	va_list args;
	int argc = 1;
	int status;
	pid_t pid;

	va_start(args, arg);
	while (argv[argc] && argc < 22)
		argv[++argc] = va_arg(args, char *);
	va_end(args);

	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		child_run(argv, argc, out, err);

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	output_take(out, run.out, sizeof(run.out));
	output_take(err, run.err, sizeof(run.err));
	ck_assert_msg(WIFEXITED(status), "ended by signal %d: %s", WTERMSIG(status), run.err);
	run.code = WEXITSTATUS(status);
	return run;
}

void ctl_contains(const char *name, const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "case '%s': no '%s' in:\n%s", name, part, text);
}
