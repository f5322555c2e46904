// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what the hooks cost: instructions per call without and with them
 *
 * For `tests/vm/fast --icount`, where the processor's time stamp counts
 * instructions.  Everything is measured in one boot, by the same binary: before
 * arming, under enforcement, and after the programs are gone again, which tells
 * how far the figures can be trusted.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#include "cleanup.h"
#include "rig.h"
#include "scratch.h"
#include "tap.h"

#define MEASURE_OPTION "--measure"

#define CALLS 2000
#define ROUNDS 5
#define READ_SIZE 64
#define SIZE_MB 64
#define SET 1
#define METERED 2

#define SET_MOUNT "/mnt/set"
#define FREE_MOUNT "/mnt/free"

/* How far a figure may be off after the programs are gone, in per mille. */
#define DRIFT_MAX 10

static int call_open(const char *path, int fd)
{
	(void)fd;
	fd = open(path, O_RDONLY);
	return fd < 0 ? -errno : close(fd);
}

static int call_read(const char *path, int fd)
{
	char buffer[READ_SIZE];

	(void)path;
	return pread(fd, buffer, sizeof(buffer), 0) == sizeof(buffer) ? 0 : -errno;
}

/* Aims are those for Debian 12's kernel, in per mille of the call without hooks. */
static const struct {
	const char *name;
	const char *path;
	int (*run)(const char *path, int fd);
	unsigned int aim;
} subjects[] = {
	{ "open+close, filesystem without a set", FREE_MOUNT "/file", call_open, 40 },
	{ "pread, filesystem without a set", FREE_MOUNT "/file", call_read, 200 },
	{ "open+close, unprotected beside a set", SET_MOUNT "/plain/file", call_open, 40 },
	{ "pread, unprotected beside a set", SET_MOUNT "/plain/file", call_read, 200 },
	{ "open+close, protected, granted", SET_MOUNT "/set/file", call_open, 0 },
	{ "pread, protected, granted", SET_MOUNT "/set/file", call_read, 350 },
	{ "pread, protected, granted with a budget", SET_MOUNT "/metered/file", call_read, 0 },
};

#define SUBJECTS ARRAY_LEN(subjects)

/* Instructions of the last one, beyond those of the one before it. */
#define BUDGET_AIM 150

/* Instructions per call: of the one in the middle, and on average. */
struct figure {
	uint32_t median;
	uint32_t mean;
};

struct figures {
	struct figure of[SUBJECTS];
};

/* --- In the process that makes the calls ---------------------------------- */

static int compare(const void *one, const void *other)
{
	uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;

	return (a > b) - (a < b);
}

static int round_run(size_t subject, int fd, struct figure *best)
{
	static uint32_t samples[CALLS];
	uint64_t total = 0;

	for (size_t i = 0; i < CALLS; i++) {
		uint64_t start = __rdtsc();
		int err = subjects[subject].run(subjects[subject].path, fd);

		samples[i] = (uint32_t)(__rdtsc() - start);
		total += samples[i];
		if (err)
			return err;
	}

	qsort(samples, CALLS, sizeof(samples[0]), compare);
	if (samples[CALLS / 2] < best->median)
		best->median = samples[CALLS / 2];
	if (total / CALLS < best->mean)
		best->mean = (uint32_t)(total / CALLS);
	return 0;
}

/* Called as a copy of the program: writes its figures to standard output. */
static int measure_main(void)
{
	struct figures figures;

	memset(&figures, 0xff, sizeof(figures));
	for (size_t round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < SUBJECTS; i++) {
			_cleanup_(closep) int fd = open(subjects[i].path, O_RDONLY | O_CLOEXEC);
			int err = fd < 0 ? -errno : round_run(i, fd, &figures.of[i]);

			if (err)
				return -err;
		}

	return write(STDOUT_FILENO, &figures, sizeof(figures)) == sizeof(figures) ? 0 : EIO;
}

/* --- In the test ----------------------------------------------------------- */

/* The same addresses each time, so that nothing but the hooks differs. */
static __attribute__((noreturn)) void exec_measuring(const char *exe, int output)
{
	(void)personality(ADDR_NO_RANDOMIZE);
	if (dup2(output, STDOUT_FILENO) >= 0)
		execl(exe, "measure", MEASURE_OPTION, NULL);
	_exit(errno);
}

static bool measure(const char *exe, struct figures *figures, const char *when)
{
	ssize_t len;
	int status = -1;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;

	pid = fork();
	if (!pid)
		exec_measuring(exe, ends[1]);
	(void)close(ends[1]);
	len = read(ends[0], figures, sizeof(*figures));
	(void)close(ends[0]);
	(void)waitpid(pid, &status, 0);
	return ok(len == sizeof(*figures) && !status, "measured %s (status %#x)", when, status);
}

static bool files_make(void)
{
	char text[4096];

	if (!is(scratch_mount("ext4", SET_MOUNT, SIZE_MB), 0, "a filesystem for the set") ||
	    !is(scratch_mount("ext4", FREE_MOUNT, SIZE_MB), 0, "a filesystem without one"))
		return false;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (size_t i = 0; i < SUBJECTS; i++)
		rig_write(subjects[i].path, text);
	return true;
}

static bool enforce(struct rig *rig)
{
	if (!is(rig_arm(rig), 0, "armed"))
		return false;

	rig_set(rig, SET, BW_MODE_ENFORCE, SET_MOUNT "/set");
	(void)rig_grant(rig, SET, RIG_GRANTED, 0);
	rig_set(rig, METERED, BW_MODE_ENFORCE, SET_MOUNT "/metered");
	rig_grant(rig, METERED, RIG_GRANTED, 0)->budget = (struct bw_budget){
		.every_ns = 3600 * 1000000000ULL,
		.bytes = 1ULL << 40,
		.id = 1,
		.files = 1000,
		.per = BW_BUDGET_USER,
	};
	return is(rig_apply(rig), 0, "a policy in force") &&
	       is(rig_read(SET_MOUNT "/set/file"), -EACCES, "the set is enforced");
}

static int per_mille(uint32_t before, uint32_t after)
{
	return (int)(((int64_t)after - before) * 1000 / before);
}

static bool is_debian12(void)
{
	struct utsname name;

	return uname(&name) == 0 && strncmp(name.release, "6.1.", 4) == 0;
}

static void tell(const struct figures *before, const struct figures *during,
		 const struct figures *after)
{
	diag("| %-36s | %7s | %7s | %7s | %7s | %7s |", "instructions per call", "without", "with",
	     "more", "percent", "on mean");
	for (size_t i = 0; i < SUBJECTS; i++) {
		const struct figure *was = &before->of[i], *is_now = &during->of[i];

		diag("| %-36s | %7u | %7u | %7d | %7.1f | %7d |", subjects[i].name, was->median,
		     is_now->median, (int)(is_now->median - was->median),
		     per_mille(was->median, is_now->median) / 10.0,
		     (int)(is_now->mean - was->mean));
	}

	for (size_t i = 0; i < SUBJECTS; i++) {
		int drift = per_mille(before->of[i].median, after->of[i].median);

		ok(abs(drift) <= DRIFT_MAX, "%s: off by %d per mille afterwards", subjects[i].name,
		   drift);
	}
}

static void judge(const struct figures *before, const struct figures *during)
{
	int budget = (int)(during->of[SUBJECTS - 1].median - during->of[SUBJECTS - 2].median);

	for (size_t i = 0; i < SUBJECTS; i++) {
		int more = per_mille(before->of[i].median, during->of[i].median);

		if (subjects[i].aim)
			ok(more <= (int)subjects[i].aim, "%s: %.1f %% more, at most %.1f %%",
			   subjects[i].name, more / 10.0, subjects[i].aim / 10.0);
	}
	ok(budget <= BUDGET_AIM, "a budget: %d instructions more than none, at most %d", budget,
	   BUDGET_AIM);
}

int main(int argc, char **argv)
{
	struct figures before, during, after;
	struct rig rig;

	if (argc == 2 && strcmp(argv[1], MEASURE_OPTION) == 0)
		return measure_main();

	if (!files_make() || !measure("/proc/self/exe", &before, "without hooks"))
		return done();

	if (enforce(&rig) && measure(RIG_GRANTED, &during, "under enforcement")) {
		rig_disarm(&rig);
		sleep(3);
		if (measure("/proc/self/exe", &after, "without hooks again")) {
			tell(&before, &during, &after);
			if (is_debian12())
				judge(&before, &during);
		}
	}
	return done();
}
