// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - which executables processes run
 */
#include <ctype.h>
#include <fcntl.h>

#include "cleanup.h"
#include "resolver.h"

/*
 * Twice: a child that a process forked before it ended may be numbered below
 * where the first round had got to.
 */
#define ROUNDS 2

/* Of what an executable's filesystem knows without asking anybody. */
#define NEEDED (STATX_TYPE | STATX_MODE | STATX_UID | STATX_INO)

/* The executables that are asked for, and what has come of it. */
struct look {
	const struct bw_identifier *identifier;
	const struct bw_file_key *executables;
	bool *running;
	size_t len;
	size_t found;
};

/* Saves asking the module about each process of the host. */
static bool is_asked_for(const struct look *look, const struct stat *status)
{
	for (size_t i = 0; i < look->len; i++)
		if (!look->running[i] && look->executables[i].ino == status->st_ino)
			return true;
	return false;
}

static void found(struct look *look, const struct bw_file_key *key)
{
	for (size_t i = 0; i < look->len; i++) {
		if (look->running[i] || file_key_compare(&look->executables[i], key) != 0)
			continue;

		look->running[i] = true;
		look->found++;
	}
}

/*
 * Doesn't ask the executable's filesystem: a server that is gone or a FUSE mount may
 * never answer.  Fails closed: what can't be told doesn't count as running.
 */
static bool executable_status(int fd, struct stat *ret_status)
{
	struct statx status;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, NEEDED, &status) < 0 ||
	    (status.stx_mask & NEEDED) != NEEDED)
		return false;

	*ret_status = (struct stat){
		.st_mode = status.stx_mode,
		.st_uid = status.stx_uid,
		.st_ino = status.stx_ino,
	};
	return true;
}

static void executable_look(struct look *look, int fd)
{
	struct bw_file_key key;
	struct stat status;

	if (!executable_status(fd, &status))
		return;

	if (!S_ISREG(status.st_mode) || status_distrust(&status) || !is_asked_for(look, &status))
		return;

	if (look->identifier->identify(look->identifier->context, fd, &key) == 0)
		found(look, &key);
}

/* @task: "PID" in /proc, or "TID" in /proc/PID/task. */
static int executable_open(int directory, const char *task)
{
	_cleanup_(freep) char *path = NULL;
	int fd;

	if (asprintf(&path, "%s/exe", task) < 0) {
		path = NULL;
		return -ENOMEM;
	}

	fd = openat(directory, path, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static DIR *threads_open(int proc, const char *pid)
{
	_cleanup_(freep) char *path = NULL;
	_cleanup_(closep) int fd = -EBADF;
	DIR *threads;

	if (asprintf(&path, "%s/task", pid) < 0) {
		path = NULL;
		return NULL;
	}

	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	threads = fd < 0 ? NULL : fdopendir(fd);
	if (threads)
		(void)take_fd(&fd);
	return threads;
}

/* A main thread that has ended shows no executable, while its process runs on. */
static int threads_find_executable(int proc, const char *pid)
{
	_cleanup_(closedirp) DIR *threads = threads_open(proc, pid);
	const struct dirent *entry;
	int fd = -ENOENT;

	while (threads && fd < 0 && (entry = readdir(threads)))
		if (isdigit((unsigned char)entry->d_name[0]))
			fd = executable_open(dirfd(threads), entry->d_name);
	return fd;
}

/* Kernel threads have no executable, and whoever has ended neither. */
static void process_look(struct look *look, int proc, const char *pid)
{
	_cleanup_(closep) int fd = executable_open(proc, pid);

	if (fd == -ENOENT)
		fd = threads_find_executable(proc, pid);
	if (fd >= 0)
		executable_look(look, fd);
}

static int processes_look(struct look *look)
{
	_cleanup_(closedirp) DIR *proc = opendir("/proc");
	const struct dirent *entry;

	if (!proc)
		return -errno;

	while ((entry = readdir(proc)) && look->found < look->len)
		if (isdigit((unsigned char)entry->d_name[0]))
			process_look(look, dirfd(proc), entry->d_name);
	return 0;
}

int bw_runners_look(const void *context, const struct bw_file_key *executables, size_t len,
		    bool *ret_running)
{
	struct look look = {
		.identifier = context,
		.executables = executables,
		.running = ret_running,
		.len = len,
	};
	int err = 0;

	for (unsigned int i = 0; i < ROUNDS && !err && look.found < len; i++)
		err = processes_look(&look);
	return err;
}
