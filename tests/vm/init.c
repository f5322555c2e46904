// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - PID 1 of the fast guest: mounts, loads the module, runs the tests
 *
 * One static program.  What it tells goes to the second serial line, one record
 * per line, for tests/vm/fast to read:
 *   > NAME            a test program starts
 *   | NAME TEXT       it printed TEXT
 *   < NAME STATUS     it ended: "exit N", "signal N" or "timeout"
 *   = done            everything ran
 * If the word "test_goes_on" is on the kernel's command line, it then waits for a line that
 * names more of them, in this guest or in copies that were made of it meanwhile.
 * Called as /sbin/modprobe it loads what the kernel asks for.  Kills whom a test
 * names in a SIGUSR1, as only a host's first process may.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "modules.h"

#define REPORT "/dev/ttyS1"
#define TESTS_DIR "/tests"
#define FILES_DIR "/srv"
#define OWN_MODULE MODULES_DIR "/bulwark.ko"
#define TEST_TIMEOUT_S 60
#define REAP_TIMEOUT_S 10

/* How init names itself among the test programs. */
#define SELF "guest"

static const struct {
	const char *type;
	const char *where;
	const char *options;
	bool optional;
} mounts[] = {
	{ "devtmpfs", "/dev", NULL, true }, /* the kernel may have done it */
	{ "devpts", "/dev/pts", NULL, false },
	{ "tmpfs", "/dev/shm", NULL, false },
	{ "proc", "/proc", NULL, false },
	{ "sysfs", "/sys", NULL, false },
	{ "bpf", "/sys/fs/bpf", "mode=700", false },
	{ "cgroup2", "/sys/fs/cgroup", NULL, false },
	{ "securityfs", "/sys/kernel/security", NULL, false },
	{ "tracefs", "/sys/kernel/tracing", NULL, true },
	{ "debugfs", "/sys/kernel/debug", NULL, true },
	{ "tmpfs", "/run", "mode=755", false },
	{ "tmpfs", "/tmp", "mode=1777", false },
};

/* What a kernel prints when it has caught itself in a mistake. */
static const char *const splats[] = {
	"WARNING: ",
	"BUG: ",
	"kernel BUG at",
	"Oops",
	"KASAN",
	"KFENCE",
	"possible recursive locking",
	"circular locking",
	"general protection fault",
	"unable to handle",
	"suspicious RCU usage",
};

static FILE *report;
static int kmsg = -1;
static unsigned int checks;

/* --- Reporting --------------------------------------------------------------- */

static void check(bool passed, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One TAP line of init's own. */
static void check(bool passed, const char *format, ...)
{
	va_list args;

	fprintf(report, "| " SELF " %sok %u - ", passed ? "" : "not ", ++checks);
	va_start(args, format);
	vfprintf(report, format, args);
	va_end(args);
	fputc('\n', report);
}

static FILE *open_report(void)
{
	struct termios tty;
	int fd;

	fd = open(REPORT, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return NULL;

	if (!tcgetattr(fd, &tty)) {
		cfmakeraw(&tty);
		cfsetspeed(&tty, B115200);
		tcsetattr(fd, TCSANOW, &tty);
	}
	return fdopen(fd, "w");
}

static bool is_splat(const char *line)
{
	size_t i;

	for (i = 0; i < sizeof(splats) / sizeof(splats[0]); i++) {
		if (strstr(line, splats[i]))
			return true;
	}
	return false;
}

/* Reads on where the last call stopped; a record is "prefix;text". */
static void check_kernel_log(const char *after)
{
	char record[8192];
	unsigned int found = 0;
	ssize_t size;

	for (;;) {
		size = read(kmsg, record, sizeof(record) - 1);
		if (size < 0 && errno == EPIPE)
			continue;
		if (size <= 0)
			break;

		record[size] = '\0';
		record[strcspn(record, "\n")] = '\0';
		if (!is_splat(record))
			continue;

		found++;
		fprintf(report, "| " SELF " # %s\n", record);
	}
	check(!found, "the kernel has nothing to complain about after %s", after);
}

/* --- Setting up -------------------------------------------------------------- */

static int mount_all(void)
{
	size_t i;

	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].where, 0755);
		if (mount(mounts[i].type, mounts[i].where, mounts[i].type, 0, mounts[i].options) &&
		    !mounts[i].optional) {
			fprintf(stderr, "init: cannot mount '%s': %m\n", mounts[i].where);
			return -errno;
		}
	}
	return 0;
}

static void check_lsm(void)
{
	char active[256] = "";
	bool found = false;
	char *name;
	FILE *file;

	file = fopen("/sys/kernel/security/lsm", "re");
	if (file && !fgets(active, sizeof(active), file))
		active[0] = '\0';
	if (file)
		fclose(file);

	fprintf(report, "| " SELF " # active LSMs: %s\n", active);
	for (name = strtok(active, ",\n"); name; name = strtok(NULL, ",\n"))
		found |= !strcmp(name, "bpf");
	check(found, "bpf is among the active LSMs");
}

static void load_own_module(void)
{
	int err;

	if (access(OWN_MODULE, F_OK))
		return;

	err = load_module(OWN_MODULE);
	check(!err, "the module loads%s%s", err ? ": " : "", err ? strerror(-err) : "");
}

/* --- Running the tests ------------------------------------------------------- */

static __attribute__((noreturn)) void exec_test(const char *name, int output)
{
	char path[256];
	char *argv[] = { path, NULL };

	snprintf(path, sizeof(path), TESTS_DIR "/%s", name);
	setsid();
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	execv(path, argv);
	_exit(127);
}

/* A line at a time, so that each has its program's name; the rest stays in the buffer. */
static void forward_lines(const char *name, char *text, size_t *size)
{
	char *line = text;
	char *end;

	while ((end = memchr(line, '\n', *size - (size_t)(line - text)))) {
		fprintf(report, "| %s %.*s\n", name, (int)(end - line), line);
		line = end + 1;
	}
	*size -= (size_t)(line - text);
	memmove(text, line, *size);
	fflush(report);
}

/* Returns false at the end of the output. */
static bool forward(const char *name, int fd, char *text, size_t *size, size_t max)
{
	ssize_t got;

	got = read(fd, text + *size, max - *size);
	if (got <= 0)
		return got < 0 && (errno == EAGAIN || errno == EINTR);

	*size += (size_t)got;
	forward_lines(name, text, size);
	if (*size == max) {
		fprintf(report, "| %s %.*s\n", name, (int)max, text);
		*size = 0;
	}
	return true;
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * Copies a test's output until it ends, or its time is up.  A daemon that it
 * left behind may hold the pipe open: the process counts, not the pipe.
 */
static bool follow_test(const char *name, pid_t pid, int output, long until_ms)
{
	char text[4096];
	size_t size = 0;
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd polled[] = { { pidfd, POLLIN, 0 }, { output, POLLIN, 0 } };
	bool ended = false;

	while (!ended && now_ms() < until_ms) {
		if (poll(polled, 2, (int)(until_ms - now_ms())) < 0)
			continue;
		ended = polled[0].revents;
		if (polled[1].revents && !forward(name, output, text, &size, sizeof(text)))
			polled[1].fd = -1;
	}

	fcntl(output, F_SETFL, O_NONBLOCK);
	while (forward(name, output, text, &size, sizeof(text)) && errno != EAGAIN)
		errno = 0;
	if (size)
		fprintf(report, "| %s %.*s\n", name, (int)size, text);
	close(pidfd);
	return ended;
}

static void report_end(const char *name, bool ended, int status)
{
	if (!ended)
		fprintf(report, "< %s timeout\n", name);
	else if (WIFSIGNALED(status))
		fprintf(report, "< %s signal %d\n", name, WTERMSIG(status));
	else
		fprintf(report, "< %s exit %d\n", name, WEXITSTATUS(status));
	fflush(report);
}

/*
 * Whatever a test leaves running ends with it; what the kernel keeps from ending
 * isn't waited for.
 */
static int reap_everything(pid_t pid)
{
	long deadline_ms = now_ms() + REAP_TIMEOUT_S * 1000;
	int status = 0;
	int any;
	pid_t reaped;

	kill(-1, SIGKILL);
	while ((reaped = waitpid(-1, &any, WNOHANG)) >= 0 && now_ms() < deadline_ms) {
		if (!reaped)
			usleep(1000);
		if (reaped == pid)
			status = any;
	}
	return status;
}

static void run_test(const char *name, long timeout_s)
{
	bool ended;
	int output[2];
	pid_t pid;

	fprintf(report, "> %s\n", name);
	fflush(report);
	if (pipe2(output, O_CLOEXEC))
		return;

	pid = fork();
	if (!pid)
		exec_test(name, output[1]);
	close(output[1]);
	ended = follow_test(name, pid, output[0], now_ms() + timeout_s * 1000);
	close(output[0]);
	report_end(name, ended, reap_everything(pid));
	check_kernel_log(name);
}

static void kill_named(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	kill(info->si_value.sival_int, SIGKILL);
}

static void take_orders(void)
{
	struct sigaction action = { .sa_sigaction = kill_named,
				    .sa_flags = SA_SIGINFO | SA_RESTART };

	sigaction(SIGUSR1, &action, NULL);
}

/* Is the name in a list with commas between? */
static bool is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);
	const char *at;

	for (at = strstr(list, name); at; at = strstr(at + 1, name)) {
		if ((at == list || at[-1] == ',') && (!at[len] || at[len] == ','))
			return true;
	}
	return false;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	if (at->level > 0)
		(void)remove(path);
	return 0;
}

/* Cases call their files alike: those of the one before, in the same boot, go. */
static void remove_files(void)
{
	(void)nftw(FILES_DIR, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* All in the list, or those that are named. */
static void run_tests(const char *only)
{
	const char *timeout = getenv("test_timeout");
	char name[128];
	FILE *list;

	list = fopen(TESTS_DIR "/list", "re");
	if (!list)
		return;

	while (fgets(name, sizeof(name), list)) {
		name[strcspn(name, "\n")] = '\0';
		if (only && !is_listed(only, name))
			continue;

		remove_files();
		run_test(name, timeout ? atol(timeout) : TEST_TIMEOUT_S);
	}
	fclose(list);
}

/* What is counted from here on is of another report. */
static void report_done(void)
{
	fprintf(report, "| " SELF " 1..%u\n< " SELF " exit 0\n= done\n", checks);
	fflush(report);
	tcdrain(fileno(report));
	checks = 0;
}

/* What is sent while a copy wakes can lose its first byte: an empty line is sent before. */
static void go_on(void)
{
	FILE *orders = fopen(REPORT, "re");
	char cases[1024];

	do {
		if (!orders || !fgets(cases, sizeof(cases), orders))
			return;
		cases[strcspn(cases, "\n")] = '\0';
	} while (!cases[0]);
	run_tests(cases);
	report_done();
}

static void run(void)
{
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	fprintf(report, "> " SELF "\n");
	check_lsm();
	load_own_module();
	check_kernel_log("boot");
	take_orders();
	run_tests(getenv("test_only"));
	report_done();
	if (getenv("test_goes_on"))
		go_on();
}

int main(int argc, char **argv)
{
	if (getpid() != 1)
		return modprobe(argc, argv);

	umask(022);
	if (!mount_all()) {
		kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		report = open_report();
	}
	if (report)
		run();
	else
		fprintf(stderr, "init: no second serial line to report on\n");
	sync();
	reboot(RB_POWER_OFF);
	return EXIT_FAILURE;
}
