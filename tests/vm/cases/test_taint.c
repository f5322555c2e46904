// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - who loses a grant: whoever was traced when it was started, or runs code
 * that others than root can write
 *
 * Boots with two processors.
 * Boots with others.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "rig.h"
#include "tap.h"

#define SECRET "/srv/set/secret"
#define TEXT "pension\n"
#define FREE "/srv/free"
#define FOREIGN_CODE "/srv/foreign.so"
#define TRUSTED_CODE "/srv/trusted.so"

#define USER 34
#define CODE_SIZE 4096

static int probe_read(const char *path)
{
	return rig_read(path);
}

static void *code_map(const char *path, int prot)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return mmap(NULL, CODE_SIZE, prot, MAP_PRIVATE, fd, 0);
}

static int map_foreign(void)
{
	return code_map(FOREIGN_CODE, PROT_READ | PROT_EXEC) == MAP_FAILED;
}

static int map_trusted(void)
{
	return code_map(TRUSTED_CODE, PROT_READ | PROT_EXEC) == MAP_FAILED;
}

static int protect_foreign(void)
{
	void *code = code_map(FOREIGN_CODE, PROT_READ);

	return code == MAP_FAILED || mprotect(code, CODE_SIZE, PROT_READ | PROT_EXEC) < 0;
}

static int map_foreign_data(void)
{
	return code_map(FOREIGN_CODE, PROT_READ) == MAP_FAILED;
}

static int probe_map_foreign(const char *path)
{
	return rig_before_and_after(path, map_foreign);
}

static int probe_map_trusted(const char *path)
{
	return rig_before_and_after(path, map_trusted);
}

static int probe_protect_foreign(const char *path)
{
	return rig_before_and_after(path, protect_foreign);
}

static int probe_map_foreign_data(const char *path)
{
	return rig_before_and_after(path, map_foreign_data);
}

/* A tainted process's child is tainted, and its next program is not. */
static int probe_tainted_fork(const char *path)
{
	int status;
	pid_t pid;

	if (map_foreign())
		return -ENODATA;

	pid = fork();
	if (pid == 0)
		_exit(-rig_read(path));
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return -ECHILD;
	return -WEXITSTATUS(status);
}

static int probe_tainted_exec(const char *path)
{
	if (map_foreign())
		return -ENODATA;

	execl(RIG_GRANTED, RIG_GRANTED, "--probe", "read", path, NULL);
	return -errno;
}

/* What was mapped before: 0 if it still shows the file after @change, which ends reading. */
static int mapping_after(const char *path, int (*change)(void))
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char seen[sizeof(TEXT)] = "";
	const char *mapping =
		fd < 0 ? MAP_FAILED : mmap(NULL, CODE_SIZE, PROT_READ, MAP_SHARED, fd, 0);

	if (mapping == MAP_FAILED || change())
		return -ENODATA;
	if (pread(fd, seen, sizeof(seen), 0) >= 0 || errno != EACCES)
		return -ENOTRECOVERABLE;

	/* Pages that nobody looked at yet come from the file now. */
	return memcmp(mapping, TEXT, strlen(TEXT)) == 0 ? 0 : -EBADMSG;
}

static int change_user(void)
{
	return setuid(USER);
}

static int probe_mapping_taint(const char *path)
{
	return mapping_after(path, map_foreign);
}

static int probe_mapping_user(const char *path)
{
	return mapping_after(path, change_user);
}

static const struct rig_probe probes[] = {
	{ "read", probe_read },
	{ "map-foreign", probe_map_foreign },
	{ "map-foreign-data", probe_map_foreign_data },
	{ "map-trusted", probe_map_trusted },
	{ "protect-foreign", probe_protect_foreign },
	{ "tainted-fork", probe_tainted_fork },
	{ "tainted-exec", probe_tainted_exec },
	{ "mapping-taint", probe_mapping_taint },
	{ "mapping-user", probe_mapping_user },
};

static void granted(const char *probe, const char *what)
{
	is(rig_call(RIG_GRANTED, probe, SECRET), 0, "%s: granted", what);
}

static void refused(const char *exe, const char *probe, const char *what)
{
	is(rig_call(exe, probe, SECRET), -EACCES, "%s: refused", what);
}

/* The child asks to be traced, and then starts what has a grant. */
static int traced_call(const char *probe)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execl(RIG_GRANTED, RIG_GRANTED, "--probe", probe, SECRET, NULL);
		_exit(253);
	}
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status))
		(void)ptrace(PTRACE_CONT, pid, NULL, NULL);
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

static void test_taint(struct rig *rig)
{
	__u64 sequence;

	is(traced_call("read"), -EACCES, "one that was traced when it was started: refused");
	granted("map-trusted", "one that runs root's code");
	granted("map-foreign-data", "one that reads what others wrote");

	sequence = rig_state(rig).sequence;
	refused(RIG_GRANTED, "map-foreign", "one that runs what others wrote");
	is(rig_state(rig).sequence - sequence, 2, "that it lost its grants is told");
	refused(RIG_GRANTED, "protect-foreign", "one that makes it code later");
	refused(RIG_GRANTED, "tainted-fork", "the child of such a one");
	granted("tainted-exec", "a program that such a one starts");

	sequence = rig_state(rig).stamp;
	refused(RIG_OTHER, "read", "one without a grant");
	is(rig_call(RIG_OTHER, "map-foreign", FREE), 0, "it runs what others wrote");
	is(rig_state(rig).stamp - sequence, 0, "which costs nobody his caches");
}

/* B10, as docs/limitations.md has it. */
static void test_mapping(struct rig *rig)
{
	struct bw_grant *grant;

	is(rig_call(RIG_GRANTED, "mapping-taint", SECRET), 0,
	   "one that lost its grants can't read, but has its mapping, as is known");

	rig_clear(rig);
	rig_set(rig, 1, BW_MODE_ENFORCE, "/srv/set");
	grant = rig_grant(rig, 1, RIG_GRANTED, 0);
	grant->flags &= ~BW_GRANT_ANY_USER;
	is(rig_apply(rig), 0, "a grant for root");
	is(rig_call(RIG_GRANTED, "mapping-user", SECRET), 0,
	   "one that is root no more can't read, but has its mapping, as is known");
}

int main(int argc, char **argv)
{
	struct rig rig;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	rig_write(SECRET, TEXT);
	rig_write(FREE, "nothing\n");
	rig_write(FOREIGN_CODE, "code");
	rig_write(TRUSTED_CODE, "code");
	is(chown(FOREIGN_CODE, USER, USER), 0, "a user owns code");
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	rig_set(&rig, 1, BW_MODE_ENFORCE, "/srv/set");
	(void)rig_grant(&rig, 1, RIG_GRANTED, 0);
	is(rig_apply(&rig), 0, "a grant for anybody");
	test_taint(&rig);
	test_mapping(&rig);

	rig_end(&rig);
	return done();
}
