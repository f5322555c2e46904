// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: the memory and descriptors of who has read
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "elfcore.h"
#include "holder.h"

static int words_peek(const struct holder *holder, struct loot *loot)
{
	long word;

	for (size_t at = 0; at < holder->len; at += sizeof(word)) {
		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, holder->pid, holder_bytes(holder) + at, NULL);
		if (word == -1 && errno)
			return -errno;

		memcpy(loot->bytes + at, &word, sizeof(word));
	}
	loot->len = holder->len;
	return 0;
}

static int traced_read(const struct holder *holder, struct loot *loot)
{
	if (ptrace(PTRACE_SEIZE, holder->pid, NULL, NULL) < 0 ||
	    ptrace(PTRACE_INTERRUPT, holder->pid, NULL, NULL) < 0 ||
	    waitpid(holder->pid, NULL, __WALL) < 0)
		return -errno;

	return words_peek(holder, loot);
}

static int memory_file_read(const struct holder *holder, struct loot *loot)
{
	_cleanup_(closep) int fd = -EBADF;
	char path[64];
	ssize_t len;

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", holder->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	len = pread(fd, loot->bytes, holder->len, (off_t)holder_bytes(holder));
	if (len < 0)
		return -errno;

	loot->len = (size_t)len;
	return 0;
}

static int memory_call_read(const struct holder *holder, struct loot *loot)
{
	struct iovec here = { .iov_base = loot->bytes, .iov_len = holder->len };
	struct iovec there = { .iov_base = (void *)(uintptr_t)holder_bytes(holder),
			       .iov_len = holder->len };
	ssize_t len = process_vm_readv(holder->pid, &here, 1, &there, 1, 0);

	if (len < 0)
		return -errno;

	loot->len = (size_t)len;
	return 0;
}

static int descriptor_fetch(const struct holder *holder, struct loot *loot)
{
	_cleanup_(closep) int process = (int)syscall(SYS_pidfd_open, holder->pid, 0);
	int fd;

	if (process < 0)
		return -errno;

	fd = (int)syscall(SYS_pidfd_getfd, process, holder->descriptor, 0);
	if (fd < 0)
		return -errno;

	(void)lseek(fd, 0, SEEK_SET);
	return loot_read(loot, fd);
}

static int take_from_holder(const struct target *target, struct loot *loot,
			    int (*take)(const struct holder *holder, struct loot *loot))
{
	_cleanup_(holder_end) struct holder holder = { 0 };
	int err = holder_begin(target, HOLDER_WAITS, &holder, loot);

	return err ? err : take(&holder, loot);
}

static int take_traced(const struct target *target, struct loot *loot)
{
	return take_from_holder(target, loot, traced_read);
}

static int take_memory_file(const struct target *target, struct loot *loot)
{
	return take_from_holder(target, loot, memory_file_read);
}

static int take_memory_call(const struct target *target, struct loot *loot)
{
	return take_from_holder(target, loot, memory_call_read);
}

static int take_fetched(const struct target *target, struct loot *loot)
{
	return take_from_holder(target, loot, descriptor_fetch);
}

/*
 * --- Core dumps ------------------------------------------------------------------
 *
 * Only where the host has them written to the directory of the process that dumps:
 * its setting is its own business.
 */

static int dumps_judge(struct loot *loot)
{
	_cleanup_(closep) int fd = open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC);
	char pattern[256] = "";

	if (fd < 0 || read(fd, pattern, sizeof(pattern) - 1) < 0)
		return -errno;

	if (pattern[0] != '|' && pattern[0] != '@' && pattern[0] != '\n' && !strchr(pattern, '/'))
		return 0;

	(void)snprintf(loot->why, sizeof(loot->why), "this host's dumps go elsewhere: %.*s",
		       (int)strcspn(pattern, " \n"), pattern);
	return -EBUSY;
}

/* Anonymous memory alone: that is where the bytes are. */
static int dumps_prepare(const struct target *target)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	if (setrlimit(RLIMIT_CORE, &all) < 0 || chdir(target->work) < 0)
		return -errno;

	return file_write("/proc/self/coredump_filter", "0x1");
}

/* In a directory with nothing else in it. */
static int dump_open(const struct target *target)
{
	_cleanup_(closedirp) DIR *work = opendir(target->work);
	const struct dirent *entry;
	int fd;

	while (work && (entry = readdir(work))) {
		if (entry->d_type == DT_DIR)
			continue;

		fd = openat(dirfd(work), entry->d_name, O_RDONLY | O_CLOEXEC);
		return fd < 0 ? -errno : fd;
	}
	return -EACCES;
}

static int dump_read(const struct target *target, const struct holder *holder, struct loot *loot)
{
	_cleanup_(closep) int fd = dump_open(target);
	off_t place;
	ssize_t len;

	if (fd < 0)
		return fd;

	place = elfcore_place(fd, holder_bytes(holder), false);
	len = place < 0 ? -1 : pread(fd, loot->bytes, holder->len, place);
	if (len < 0)
		return -EIO;

	loot->len = (size_t)len;
	return 0;
}

static int take_dump(const struct target *target, struct loot *loot)
{
	struct holder holder;
	int err = dumps_judge(loot);

	if (!err)
		err = dumps_prepare(target);
	if (!err)
		err = holder_begin(target, HOLDER_WAITS, &holder, loot);
	if (err)
		return err;

	if (kill(holder.pid, SIGQUIT) < 0 || waitpid(holder.pid, NULL, 0) < 0)
		return -errno;

	return dump_read(target, &holder, loot);
}

const struct technique techniques_memory[] = {
	{ "traced", "I1", "trace who has read it", take_traced, false },
	{ "memory-file", "I3", "/proc/PID/mem of who has read it", take_memory_file, false },
	{ "memory-call", "I4", "process_vm_readv of who has read it", take_memory_call, false },
	{ "fetched-descriptor", "C4", "pidfd_getfd from who has read it", take_fetched, false },
	{ "core-dump", "I9", "a core dump of who has read it", take_dump, false },
	{ NULL, NULL, NULL, NULL, false },
};
