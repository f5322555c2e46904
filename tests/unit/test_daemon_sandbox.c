// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - tests: a system call outside the list ends the process
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "sandbox.h"

/* What a child does under its filter; its result becomes the exit status. */
static int do_nothing(void)
{
	return 0;
}

static int do_open(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC) < 0;
}

static int do_local_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM, 0) < 0;
}

static int do_network(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EAFNOSUPPORT ? 0 : 1;
}

static int do_mount(void)
{
	return mount("none", "/tmp", "tmpfs", 0, NULL) == 0;
}

static int do_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static int do_setuid(void)
{
	return setuid(getuid()) != 0;
}

static int do_exec(void)
{
	char *arguments[] = { (char *)"true", NULL };

	(void)execv("/bin/true", arguments);
	return 1;
}

static int do_fork(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(0);
	return pid < 0 || waitpid(pid, &status, 0) != pid;
}

static int do_bpf(int command)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (__u32)-1;
	(void)syscall(SYS_bpf, command, &attr, sizeof(attr));
	return 0;
}

static int do_map_lookup(void)
{
	return do_bpf(BPF_MAP_LOOKUP_ELEM);
}

static int do_map_update(void)
{
	return do_bpf(BPF_MAP_UPDATE_ELEM);
}

static int do_map_by_id(void)
{
	return do_bpf(BPF_MAP_GET_FD_BY_ID);
}

static int do_clone_namespace(void)
{
	return syscall(SYS_unshare, 0x10000000) == 0;
}

static const struct {
	const char *name;
	enum bw_role role;
	int (*act)(void);
	bool killed;
} acts[] = {
	{ "logger: nothing", BW_ROLE_LOGGER, do_nothing, false },
	{ "logger: open", BW_ROLE_LOGGER, do_open, false },
	{ "logger: local socket", BW_ROLE_LOGGER, do_local_socket, false },
	{ "logger: network", BW_ROLE_LOGGER, do_network, false },
	{ "logger: look into a map", BW_ROLE_LOGGER, do_map_lookup, false },
	{ "logger: change a map", BW_ROLE_LOGGER, do_map_update, true },
	{ "logger: find a map", BW_ROLE_LOGGER, do_map_by_id, true },
	{ "logger: exec", BW_ROLE_LOGGER, do_exec, true },
	{ "logger: fork", BW_ROLE_LOGGER, do_fork, true },
	{ "logger: setuid", BW_ROLE_LOGGER, do_setuid, true },
	{ "logger: mount", BW_ROLE_LOGGER, do_mount, true },
	{ "engine: nothing", BW_ROLE_ENGINE, do_nothing, false },
	{ "engine: change a map", BW_ROLE_ENGINE, do_map_update, false },
	{ "engine: fork", BW_ROLE_ENGINE, do_fork, false },
	{ "engine: exec", BW_ROLE_ENGINE, do_exec, false },
	{ "engine: network", BW_ROLE_ENGINE, do_network, false },
	{ "engine: mount", BW_ROLE_ENGINE, do_mount, true },
	{ "engine: ptrace", BW_ROLE_ENGINE, do_ptrace, true },
	{ "engine: namespace", BW_ROLE_ENGINE, do_clone_namespace, true },
};

/* valgrind makes system calls of its own in the same process. */
static bool is_under_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload && strstr(preload, "vgpreload");
}

START_TEST(calls_are_filtered)
{
	int status;
	pid_t pid;

	if (is_under_valgrind())
		return;

	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (bw_sandbox_enter(acts[_i].role))
			_exit(99);
		_exit(acts[_i].act());
	}

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (acts[_i].killed)
		ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS,
			      "case '%s': status 0x%x", acts[_i].name, status);
	else
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
			      "case '%s': status 0x%x", acts[_i].name, status);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("daemon_sandbox");
	TCase *tests = tcase_create("sandbox");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tests, calls_are_filtered, 0, ARRAY_LEN(acts));
	suite_add_tcase(suite, tests);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
