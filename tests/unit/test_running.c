// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of who runs what: which executables some process was
 * started from
 */
#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "resolve.h"

static struct bw_file_key key_of(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_PATH | O_CLOEXEC);
	struct bw_file_key key;

	ck_assert_int_eq(bw_identifier_stat.identify(NULL, fd, &key), 0);
	return key;
}

static bool is_run(const struct bw_file_key *key)
{
	bool running = false;

	ck_assert_int_eq(bw_runners_look(&bw_identifier_stat, key, 1, &running), 0);
	return running;
}

static pid_t run(const char *path)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)execl(path, path, "60", NULL);
		_exit(127);
	}
	for (int waited = 0; waited < 500; waited++) {
		char exe[64];
		struct bw_file_key key;

		(void)snprintf(exe, sizeof(exe), "/proc/%d/exe", pid);
		key = key_of(exe);
		if (key.ino == key_of(path).ino)
			break;
		(void)usleep(10000);
	}
	return pid;
}

static void copy(const char *from, const char *path, mode_t mode)
{
	char command[256];

	(void)snprintf(command, sizeof(command), "cp '%s' '%s' && chmod %o '%s'", from, path, mode,
		       path);
	ck_assert_int_eq(system(command), 0);
}

static void end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static void check_look(mode_t mode, bool counts)
{
	char path[] = "/tmp/bulwark-running-XXXXXX";
	struct bw_file_key key;
	pid_t pid;

	ck_assert_int_ge(close(mkstemp(path)), 0);
	copy("/bin/sleep", path, mode);
	key = key_of(path);
	ck_assert(!is_run(&key));

	pid = run(path);
	(void)unlink(path);
	ck_assert(is_run(&key) == counts);
	end(pid);
	ck_assert(!is_run(&key));
}

START_TEST(nameless_executable_is_seen)
{
	check_look(0755, geteuid() == 0);
}
END_TEST

START_TEST(what_others_can_write_does_not_count)
{
	check_look(0775, false);
}
END_TEST

/* This program, started as a process whose main thread ends at once. */
#define LEADERLESS "--leaderless"

static void *stay(void *context)
{
	(void)pause();
	return NULL;
}

static int run_leaderless(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, stay, NULL))
		return EXIT_FAILURE;

	pthread_exit(NULL);
}

static pid_t start_leaderless(const char *path)
{
	char exe[64];
	pid_t pid = fork();

	if (pid == 0) {
		(void)execl(path, path, LEADERLESS, NULL);
		_exit(127);
	}
	(void)snprintf(exe, sizeof(exe), "/proc/%d/exe", pid);
	for (int waited = 0; waited < 500 && access(exe, F_OK) == 0; waited++)
		(void)usleep(10000);
	ck_assert_int_ne(access(exe, F_OK), 0);
	return pid;
}

START_TEST(process_without_its_main_thread_is_seen)
{
	char path[] = "/tmp/bulwark-running-XXXXXX";
	char self[PATH_MAX] = "";
	struct bw_file_key key;
	pid_t pid;

	ck_assert_int_gt(readlink("/proc/self/exe", self, sizeof(self) - 1), 0);
	ck_assert_int_ge(close(mkstemp(path)), 0);
	copy(self, path, 0755);
	key = key_of(path);

	pid = start_leaderless(path);
	(void)unlink(path);
	ck_assert(is_run(&key) == (geteuid() == 0));
	end(pid);
	ck_assert(!is_run(&key));
}
END_TEST

static Suite *running_suite(void)
{
	Suite *suite = suite_create("running");
	TCase *tcase = tcase_create("running");

	tcase_add_test(tcase, nameless_executable_is_seen);
	tcase_add_test(tcase, what_others_can_write_does_not_count);
	tcase_add_test(tcase, process_without_its_main_thread_is_seen);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(int argc, char **argv)
{
	SRunner *runner;
	int failed;

	if (argc > 1 && strcmp(argv[1], LEADERLESS) == 0)
		return run_leaderless();

	runner = srunner_create(running_suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
