// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - threads that are charged ahead (INV-6): never more than the budget, and only while
 * they are who they were
 *
 * The test grants itself: what it forks has its identity.
 *
 * Boots with two processors.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "rig.h"
#include "ring.h"
#include "tap.h"

#define SET "/srv/set"
#define FILE_ONE SET "/one"
#define FILE_TWO SET "/two"

#define KIB 1024U
#define FILE_BYTES (64 * KIB)
#define READ_BYTES 64U
#define SECOND_NS 1000000000ULL

/* A thread keeps up to 1 KiB of it. */
#define BUDGET_BYTES (4096 * KIB)
#define KEPT_BYTES (BUDGET_BYTES / 4096)
#define READERS 8U

/* So that a thread has read enough to be given some ahead. */
#define READS_BEFORE 400U

#define WWW 33U

/* Kept over an exec. */
#define HELD_FD 9

static struct bw_budget limits = {
	.every_ns = 3600 * SECOND_NS,
	.bytes = BUDGET_BYTES,
	.id = 1,
	.files = BW_BUDGET_NO_FILES,
	.per = BW_BUDGET_USER,
};

static int usages;

static const char *self_path(void)
{
	static char self[4096];

	(void)!readlink("/proc/self/exe", self, sizeof(self) - 1);
	return self;
}

static void policy(struct rig *rig, bool granted, __u32 flags)
{
	struct bw_grant *grant;

	rig_clear(rig);
	rig_set(rig, 1, BW_MODE_ENFORCE, SET);
	if (granted) {
		grant = rig_grant(rig, 1, self_path(), 0);
		grant->budget = limits;
		grant->flags |= flags;
		grant->login = BW_LOGIN_NONE;
		grant->until_ns = ~0ULL;
	}
	is(rig_apply(rig), 0, granted ? "a grant with a budget" : "no grant");
}

/* Another id: nothing was read by it so far. */
static void policy_fresh(struct rig *rig)
{
	limits.id++;
	policy(rig, true, 0);
}

static void files_make(void)
{
	static char bytes[FILE_BYTES + 1];

	rig_mkdir(SET);
	memset(bytes, 'x', FILE_BYTES);
	rig_write(FILE_ONE, bytes);
	rig_write(FILE_TWO, bytes);
}

/* Bytes that count for the user; -1 if nothing was charged to him. */
static long used(unsigned int uid)
{
	struct bw_usage_key key = { .budget = limits.id, .who = uid, .per = limits.per };
	struct bw_usage_slot slot;

	return bpf_map_lookup_elem(usages, &key, &slot) ? -1 : (long)slot.usage.bytes;
}

static int read_some(int fd)
{
	char buffer[READ_BYTES];

	return pread(fd, buffer, sizeof(buffer), 0) < 0 ? -errno : 0;
}

/* Of bytes, until so many were read; for whoever has none ahead the next read is charged. */
static int read_before(int fd)
{
	int err = 0;

	for (unsigned int i = 0; i < READS_BEFORE && !err; i++)
		err = read_some(fd);
	return err;
}

/* What a child of its own comes to, from a descriptor on which it has read before. */
static int reader_run(int (*then)(int fd))
{
	int status, err;
	pid_t pid = fork();

	if (pid == 0) {
		_cleanup_(closep) int fd = open(FILE_ONE, O_RDONLY | O_CLOEXEC);

		err = read_before(fd);
		_exit(-(err ? err : then(fd)));
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? -WEXITSTATUS(status)
								    : -ECHILD;
}

/* --- One thread -------------------------------------------------------------------- */

/* The next reads cost nothing: they are paid. */
static int is_paid(int fd)
{
	long before;
	int free = 0;

	for (unsigned int i = 0; i < 16; i++) {
		before = used(0);
		if (read_some(fd))
			return -EACCES;
		free += used(0) == before;
	}
	return free > 8 ? 0 : -EDOM;
}

static void test_paid(struct rig *rig)
{
	long read = (READS_BEFORE + 16) * READ_BYTES;

	policy_fresh(rig);
	is(reader_run(is_paid), 0, "most of a thread's reads are charged ahead");
	ok(used(0) >= read, "%ld bytes count, of %ld that were read", used(0), read);
	ok(used(0) <= read + read / 16, "and not a sixteenth more");
}

static const struct {
	const char *what;
	__u32 flags;
	__u8 per;
	unsigned int who; /* whose usage it is */
} unpaid[] = {
	{ "for a group", BW_GRANT_GROUP, BW_BUDGET_USER, 0 },
	{ "for a login user", BW_GRANT_LOGIN, BW_BUDGET_USER, 0 },
	{ "by officers' leave", BW_GRANT_GLASS, BW_BUDGET_USER, 0 },
	{ "counted by session", 0, BW_BUDGET_SESSION, ~0U },
};

static void test_unpaid(struct rig *rig)
{
	const long read = (long)READS_BEFORE * READ_BYTES;

	for (size_t i = 0; i < ARRAY_LEN(unpaid); i++) {
		limits.per = unpaid[i].per;
		limits.id++;
		policy(rig, true, unpaid[i].flags);
		is(reader_run(read_some), 0, "%s: granted", unpaid[i].what);
		is((int)used(unpaid[i].who), (int)read + READ_BYTES, "%s: each read is charged",
		   unpaid[i].what);
	}
	limits.per = BW_BUDGET_USER;
}

/* What is read by a ring at the same time isn't seen: nothing is paid. */
static int ring_ends_it(int fd)
{
	static char byte;
	const struct io_uring_sqe reading = {
		.opcode = IORING_OP_READ,
		.fd = fd,
		.addr = (__u64)(uintptr_t)&byte,
		.len = 1,
	};
	long before;

	if (ring_run(&reading) != 1)
		return -EIO;
	before = used(0);
	if (read_some(fd))
		return -EACCES;
	return used(0) >= before + (long)READ_BYTES ? 0 : -EDOM;
}

static int other_user(int fd)
{
	return setresuid(WWW, WWW, WWW) ? -errno : read_some(fd);
}

static int other_file(int fd)
{
	_cleanup_(closep) int other = open(FILE_TWO, O_RDONLY | O_CLOEXEC);
	int err = read_some(other);

	(void)fd;
	return err;
}

/* Charged ahead, and then another executable in the same thread. */
static int read_before_exec(void)
{
	return dup2(open(FILE_ONE, O_RDONLY | O_CLOEXEC), HELD_FD) < 0 ? -errno
								       : read_before(HELD_FD);
}

static int probe_held(const char *path)
{
	(void)path;
	return read_some(HELD_FD);
}

static const struct rig_probe probes[] = {
	{ "held", probe_held },
};

static int by_writing(int fd)
{
	_cleanup_(closep) int other = open(FILE_ONE, O_RDWR | O_CLOEXEC);

	return pwrite(other, "x", 1, 0) == 1 ? is_paid(fd) : -errno;
}

static void test_bounds(struct rig *rig)
{
	policy_fresh(rig);
	is(reader_run(ring_ends_it), 0, "who has used a ring is charged for each read");
	is(reader_run(by_writing), 0, "writing takes nothing of it");
	is(rig_call_after(read_before_exec, self_path(), "held", ""), 0,
	   "the same executable, started anew: reads on");
	is(rig_call_after(read_before_exec, RIG_OTHER, "held", ""), -EACCES,
	   "what another executable reads from its descriptor: refused");

	policy_fresh(rig);
	is(reader_run(other_user), 0, "another user may read as well");
	ok(used(WWW) >= (long)READ_BYTES, "but what he reads counts as his");

	limits.files = 1;
	policy_fresh(rig);
	is(reader_run(other_file), -EACCES, "another file than the first one: refused");
	is(reader_run(read_some), 0, "control: the first one can be read");
	limits.files = BW_BUDGET_NO_FILES;
}

/* --- Policies ---------------------------------------------------------------------- */

static int begun[2], ended[2];

/*
 * Tells that it has read, and goes on when it may.  By the first read the file's place is found
 * again, and only then the thread's favour is asked.
 */
static int read_after(int fd)
{
	char byte;

	if (write(begun[1], "", 1) != 1 || read(ended[0], &byte, 1) != 1)
		return -EIO;
	return read_some(fd) == -EACCES ? read_some(fd) : -EDOM;
}

static void test_policy_gone(struct rig *rig)
{
	char byte;
	pid_t pid;
	int status;

	policy_fresh(rig);
	if (pipe(begun) || pipe(ended))
		exit(EXIT_FAILURE);

	pid = fork();
	if (pid == 0)
		_exit(-reader_run(read_after));
	ok(read(begun[0], &byte, 1) == 1, "a thread is charged ahead");
	policy(rig, false, 0);
	ok(write(ended[1], "", 1) == 1, "it reads on");
	(void)waitpid(pid, &status, 0);
	is(-WEXITSTATUS(status), -EACCES, "and is refused, twice: its grant is gone");
}

/* --- Many -------------------------------------------------------------------------- */

/* Reads until it is refused; returns how often it could. */
static void read_all(unsigned long *count)
{
	_cleanup_(closep) int fd = open(FILE_ONE, O_RDONLY | O_CLOEXEC);

	while (read_some(fd) == 0)
		__atomic_fetch_add(count, 1, __ATOMIC_SEQ_CST);
}

static void test_many(struct rig *rig)
{
	unsigned long *count = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned long bytes;

	policy_fresh(rig);
	for (unsigned int i = 0; i < READERS; i++)
		if (fork() == 0) {
			read_all(count);
			_exit(EXIT_SUCCESS);
		}
	while (wait(NULL) > 0)
		continue;

	bytes = *count * READ_BYTES;
	ok(bytes <= BUDGET_BYTES, "%lu bytes came through to %u readers, of %u", bytes, READERS,
	   BUDGET_BYTES);
	ok(bytes >= BUDGET_BYTES - READERS * KEPT_BYTES, "but for what each keeps, all of them");
	(void)munmap(count, sizeof(*count));
}

int main(int argc, char **argv)
{
	struct rig rig;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	files_make();
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	usages = rig_map_fd("usages");
	test_paid(&rig);
	test_unpaid(&rig);
	test_bounds(&rig);
	test_policy_gone(&rig);
	test_many(&rig);
	(void)close(usages);
	rig_end(&rig);
	return done();
}
