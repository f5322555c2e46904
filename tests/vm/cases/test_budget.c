// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - how much may be read (INV-6): by every channel, by many at once, in any window
 *
 * The test grants itself: what it forks has its identity.
 *
 * Boots with two processors.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "rig.h"
#include "ring.h"
#include "tap.h"

#define SET "/srv/set"
#define SECRET SET "/secret"
#define SINK "/run/sink"

#define KIB 1024U
#define FILE_BYTES (64 * KIB)
#define SECOND_NS 1000000000ULL

/* So long that nothing comes back meanwhile; so short that much does. */
#define EVERY_S 3600
#define ATTACK_EVERY_S 10
#define BUDGET_BYTES (256 * KIB)
#define BUDGET_FILES 5
#define FILES 12

#define ATTACKERS 16
#define WINDOWS 3
#define READINGS_MAX 65536

static struct bw_budget limits = {
	.every_ns = EVERY_S * SECOND_NS,
	.bytes = BUDGET_BYTES,
	.id = 1,
	.files = BW_BUDGET_NO_FILES,
	.per = BW_BUDGET_USER,
};

static const char *self_path(void)
{
	static char self[4096];

	(void)!readlink("/proc/self/exe", self, sizeof(self) - 1);
	return self;
}

static void policy(struct rig *rig, enum bw_mode mode)
{
	rig_clear(rig);
	rig_set(rig, 1, mode, SET);
	rig_grant(rig, 1, self_path(), 0)->budget = limits;
	is(rig_apply(rig), 0, "a policy");
}

/* Another id: nothing was read by it so far. */
static void policy_fresh(struct rig *rig)
{
	limits.id++;
	policy(rig, BW_MODE_ENFORCE);
}

static const char *file_name(unsigned int number)
{
	static char name[64];

	(void)snprintf(name, sizeof(name), SET "/%u", number);
	return name;
}

static void files_make(void)
{
	static char bytes[FILE_BYTES];

	rig_mkdir(SET);
	memset(bytes, 'x', sizeof(bytes) - 1);
	rig_write(SECRET, bytes);
	for (unsigned int i = 0; i < FILES; i++)
		rig_write(file_name(i), "content");
	rig_write(SINK, "");
}

/* --- Channels: how many bytes came, or -errno ------------------------------------- */

static char buffer[FILE_BYTES];

static long or_errno(long result)
{
	return result < 0 ? -errno : result;
}

static long by_read(int fd)
{
	return or_errno(read(fd, buffer, 4 * KIB));
}

static long by_pread(int fd)
{
	return or_errno(pread(fd, buffer, 4 * KIB, 8 * KIB));
}

static long by_readv(int fd)
{
	struct iovec parts[] = { { buffer, KIB }, { buffer + KIB, 2 * KIB } };

	return or_errno(readv(fd, parts, 2));
}

static long by_preadv2(int fd)
{
	struct iovec parts[] = { { buffer, KIB }, { buffer + KIB, 2 * KIB } };

	return or_errno(preadv2(fd, parts, 2, 0, 0));
}

static long by_sendfile(int fd)
{
	_cleanup_(closep) int sink = open(SINK, O_WRONLY | O_CLOEXEC);

	return or_errno(sendfile(sink, fd, NULL, 4 * KIB));
}

static long by_splice(int fd)
{
	int ends[2];
	long len;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;

	len = or_errno(splice(fd, NULL, ends[1], NULL, 4 * KIB, 0));
	(void)close(ends[0]);
	(void)close(ends[1]);
	return len;
}

static long by_copy(int fd)
{
	_cleanup_(closep) int sink = open(SET "/sink", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return or_errno(copy_file_range(fd, NULL, sink, NULL, 4 * KIB, 0));
}

static long by_mapping(int fd)
{
	char *map = mmap(NULL, FILE_BYTES, PROT_READ, MAP_PRIVATE, fd, 0);

	if (map == MAP_FAILED)
		return -errno;

	memcpy(buffer, map, FILE_BYTES - 1);
	(void)munmap(map, FILE_BYTES);
	return FILE_BYTES - 1;
}

static struct io_uring_sqe ring_reading(int fd, unsigned int flags)
{
	return (struct io_uring_sqe){
		.opcode = IORING_OP_READ,
		.flags = (__u8)flags,
		.fd = fd,
		.addr = (__u64)(uintptr_t)buffer,
		.len = FILE_BYTES - 1,
	};
}

static long by_ring(int fd)
{
	const struct io_uring_sqe reading = ring_reading(fd, 0);

	return ring_run(&reading);
}

/* Wakes the ring while its owner waits in a call, and then ends that call. */
static void wake(int ring_end, int call_end)
{
	if (fork() > 0)
		return;

	(void)usleep(200000);
	(void)!write(ring_end, "", 1);
	(void)usleep(500000);
	(void)!write(call_end, "", 1);
	_exit(EXIT_SUCCESS);
}

/* On the way out of a call that asks for one byte of something else. */
static long by_ring_later(int fd)
{
	const struct io_uring_sqe reading = ring_reading(fd, IOSQE_IO_DRAIN);
	struct io_uring_sqe waiting = { .opcode = IORING_OP_POLL_ADD, .poll32_events = POLLIN };
	int ring_pipe[2], call_pipe[2];
	struct ring ring;
	char byte;

	if (pipe2(ring_pipe, O_CLOEXEC) < 0 || pipe2(call_pipe, O_CLOEXEC) < 0 || ring_open(&ring))
		return -errno;

	waiting.fd = ring_pipe[0];
	(void)ring_queue(&ring, &waiting);
	(void)ring_queue(&ring, &reading);
	wake(ring_pipe[1], call_pipe[1]);
	(void)!read(call_pipe[0], &byte, 1);
	(void)ring_take(&ring);
	return ring_take(&ring);
}

static const struct {
	const char *name;
	long (*run)(int fd);
} channels[] = {
	{ "read", by_read },
	{ "pread", by_pread },
	{ "readv", by_readv },
	{ "preadv2", by_preadv2 },
	{ "sendfile", by_sendfile },
	{ "splice", by_splice },
	{ "copy_file_range", by_copy },
	{ "mmap", by_mapping },
	{ "io_uring", by_ring },
	{ "io_uring, later", by_ring_later },
};

static long channel_run(size_t index)
{
	_cleanup_(closep) int fd = open(SECRET, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : channels[index].run(fd);
}

/* --- Each by itself ---------------------------------------------------------------- */

/* In a process of its own: who has used a ring pays for whole files from then on. */
static long channel_run_apart(size_t index)
{
	long len = -ECHILD;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;

	pid = fork();
	if (pid == 0) {
		len = channel_run(index);
		_exit(write(ends[1], &len, sizeof(len)) == sizeof(len) ? 0 : 1);
	}
	(void)waitpid(pid, NULL, 0);
	(void)close(ends[1]);
	(void)!read(ends[0], &len, sizeof(len));
	(void)close(ends[0]);
	return len;
}

/* Until it is refused, or more came than may; how many bytes came. */
static long channel_drain(size_t index, long *ret_err)
{
	long sum = 0, len;

	do {
		len = channel_run_apart(index);
		sum += len > 0 ? len : 0;
	} while (len > 0 && sum <= 2 * (long)BUDGET_BYTES);
	*ret_err = len;
	return sum;
}

static void test_channel(struct rig *rig, size_t index)
{
	const char *name = channels[index].name;
	long sum, err, first = channel_run_apart(index);

	policy_fresh(rig);
	ok(first > 0, "%s: control, without a policy: %ld bytes", name, first);
	sum = channel_drain(index, &err);
	is((int)err, -EACCES, "%s: is refused in the end", name);
	ok(sum >= first && sum <= BUDGET_BYTES, "%s: %ld bytes came of %u", name, sum,
	   BUDGET_BYTES);
	rig_clear(rig);
	is(rig_apply(rig), 0, "no policy");
}

/* What is known exactly is charged exactly. */
static void test_exact(struct rig *rig)
{
	long err;

	policy_fresh(rig);
	is((int)channel_drain(0, &err), BUDGET_BYTES, "read: all of the budget came");
	is(rig_open(SECRET, O_RDONLY), 0, "an open costs nothing");
	is(rig_open(SET "/new", O_WRONLY | O_CREAT), 0, "nor does writing");
}

static void test_whom(struct rig *rig, enum bw_budget_per per, bool own, const char *name)
{
	long err;
	int status = -1;
	pid_t pid;

	limits.per = per;
	policy_fresh(rig);
	(void)channel_drain(0, &err);
	pid = fork();
	if (pid == 0)
		_exit(rig_read(SECRET) == (own ? 0 : -EACCES) ? 0 : 1);
	(void)waitpid(pid, &status, 0);
	is(status, 0, "per %s: a child %s", name, own ? "has its own" : "shares it");
	limits.per = BW_BUDGET_USER;
}

static void test_policies(struct rig *rig)
{
	long err;

	policy_fresh(rig);
	(void)channel_drain(0, &err);
	policy(rig, BW_MODE_ENFORCE);
	is(rig_read(SECRET), -EACCES, "another generation of the policy gives nothing back");
	policy(rig, BW_MODE_MONITOR);
	is(rig_read(SECRET), 0, "where the set only monitors, it is read");
	limits.bytes = 2 * BUDGET_BYTES;
	policy(rig, BW_MODE_ENFORCE);
	is((int)channel_drain(0, &err), BUDGET_BYTES, "a larger budget: the rest of it came");
	limits.every_ns /= 2;
	policy(rig, BW_MODE_ENFORCE);
	is(rig_read(SECRET), -EACCES, "a shorter window gives nothing back at once");
	limits.every_ns *= 2;
	limits.bytes = BUDGET_BYTES;
}

/* --- Files ------------------------------------------------------------------------- */

static void test_files(struct rig *rig)
{
	unsigned int came = 0;

	limits.files = BUDGET_FILES;
	policy_fresh(rig);
	for (unsigned int i = 0; i < FILES; i++)
		came += rig_read(file_name(i)) == 0;
	is((int)came, BUDGET_FILES, "%u distinct files of %u", BUDGET_FILES, FILES);
	is(rig_read(file_name(0)), 0, "the same ones can be read again");
	is(rig_read(file_name(BUDGET_FILES)), -EACCES, "others can't");
	limits.files = BW_BUDGET_NO_FILES;
}

/* --- What nobody can count ---------------------------------------------------------- */

static long child_peek(pid_t pid)
{
	struct iovec here = { buffer + KIB, KIB }, there = { buffer, KIB };

	return or_errno(process_vm_readv(pid, &here, 1, &there, 1, 0));
}

/* Has read before it is looked at. */
static pid_t reader_start(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)channel_run(0);
		(void)pause();
		_exit(EXIT_SUCCESS);
	}
	(void)sleep(1);
	return pid;
}

static void test_unmetered(struct rig *rig)
{
	pid_t pid;

	rig_clear(rig);
	rig_set(rig, 1, BW_MODE_ENFORCE, SET);
	(void)rig_grant(rig, 1, self_path(), 0);
	is(rig_apply(rig), 0, "a policy without a budget");
	pid = reader_start();
	is((int)child_peek(pid), KIB,
	   "control: who may read the set reads another reader's memory");
	policy_fresh(rig);
	is((int)child_peek(pid), -EPERM, "with a budget it doesn't: that can't be counted");
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* --- A full map -------------------------------------------------------------------- */

/* Nobody's. */
#define STRANGERS_BUDGET 999

/* As many as there is room for, or those that are there: how many. */
static unsigned int strangers_fill(int usages, const struct bw_usage *usage, __u64 flags)
{
	struct bw_usage_key key = { .budget = STRANGERS_BUDGET, .per = BW_BUDGET_USER };
	struct bw_usage_slot slot = { .usage = *usage };

	while (bpf_map_update_elem(usages, &key, &slot, flags) == 0)
		key.who++;
	return (unsigned int)key.who;
}

static void strangers_remove(int usages)
{
	struct bw_usage_key key = { .budget = STRANGERS_BUDGET, .per = BW_BUDGET_USER };

	for (unsigned int i = 0; i < 8192; i++, key.who++)
		(void)bpf_map_delete_elem(usages, &key);
}

/* INV-2: no room to count is no leave to read; but what counts no more makes room. */
static void test_full(struct rig *rig)
{
	const struct bw_usage counting = { .every_ns = ~0ULL, .newest = 0 };
	const struct bw_usage over = { .every_ns = 16, .newest = 0 };
	_cleanup_(closep) int usages = rig_map_fd("usages");
	unsigned int len;

	policy_fresh(rig);
	len = strangers_fill(usages, &counting, BPF_NOEXIST);
	ok(len > 1000, "%u others' usages fill the map", len);
	is(rig_read(SECRET), -EACCES, "no room to count: refused");
	is((int)strangers_fill(usages, &over, BPF_EXIST), (int)len, "they are over");
	is(rig_read(SECRET), 0, "what is over makes room");
	strangers_remove(usages);
}

/* --- All at once ------------------------------------------------------------------- */

struct reading {
	unsigned long long from_ns;
	unsigned long long to_ns;
	long bytes;
};

/**
 * struct attack - What came through, by whoever; shared
 *
 * @stop: Set for the attackers to end.
 * @refused: How often they were.
 * @len: Entries of @readings.
 * @readings: Before and behind each call.
 */
struct attack {
	unsigned int stop;
	unsigned int refused;
	unsigned int len;
	struct reading readings[READINGS_MAX];
};

static unsigned long long now_ns(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_BOOTTIME, &time);
	return (unsigned long long)time.tv_sec * SECOND_NS + (unsigned long long)time.tv_nsec;
}

static void reading_add(struct attack *attack, const struct reading *reading)
{
	unsigned int at = __atomic_fetch_add(&attack->len, 1, __ATOMIC_SEQ_CST);

	if (at < READINGS_MAX)
		attack->readings[at] = *reading;
}

/* In a child of its own now and then: forking stretches nothing. */
static void attack_once(struct attack *attack, unsigned int turn)
{
	struct reading reading = { .from_ns = now_ns() };

	reading.bytes = channel_run(turn % ARRAY_LEN(channels));
	reading.to_ns = now_ns();
	if (reading.bytes > 0)
		reading_add(attack, &reading);
	else
		__atomic_fetch_add(&attack->refused, 1, __ATOMIC_SEQ_CST);
}

static pid_t attacker_start(struct attack *attack, unsigned int number)
{
	pid_t pid = fork();

	for (unsigned int turn = number; pid == 0; turn++) {
		if (__atomic_load_n(&attack->stop, __ATOMIC_SEQ_CST))
			_exit(EXIT_SUCCESS);
		if (turn % 8 == 0 && fork() > 0)
			_exit(EXIT_SUCCESS);
		attack_once(attack, turn);
		(void)usleep(20000);
	}
	return pid;
}

/* Bytes of calls that began and ended in the window from @from on. */
static unsigned long long window_sum(const struct attack *attack, unsigned long long from)
{
	unsigned long long sum = 0;

	for (unsigned int i = 0; i < attack->len && i < READINGS_MAX; i++)
		if (attack->readings[i].from_ns >= from &&
		    attack->readings[i].to_ns <= from + limits.every_ns)
			sum += (unsigned long long)attack->readings[i].bytes;
	return sum;
}

static unsigned long long fullest_window(const struct attack *attack)
{
	unsigned long long most = 0, sum;

	for (unsigned int i = 0; i < attack->len && i < READINGS_MAX; i++) {
		sum = window_sum(attack, attack->readings[i].from_ns);
		most = sum > most ? sum : most;
	}
	return most;
}

static void attackers_end(struct attack *attack)
{
	__atomic_store_n(&attack->stop, 1, __ATOMIC_SEQ_CST);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		continue;
	/* Their children are nobody's. */
	(void)sleep(2);
}

/* Of what began when all that the first window let through was over. */
static unsigned long long late_bytes(const struct attack *attack)
{
	unsigned long long sum = 0;

	for (unsigned int i = 0; i < attack->len && i < READINGS_MAX; i++)
		if (attack->readings[i].from_ns > attack->readings[0].from_ns + 2 * limits.every_ns)
			sum += (unsigned long long)attack->readings[i].bytes;
	return sum;
}

static void test_attack(struct rig *rig)
{
	struct attack *attack = mmap(NULL, sizeof(*attack), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned long long most;

	if (!ok(attack != MAP_FAILED, "memory that is shared"))
		return;

	limits.every_ns = ATTACK_EVERY_S * SECOND_NS;
	policy_fresh(rig);
	for (unsigned int i = 0; i < ATTACKERS; i++)
		(void)attacker_start(attack, i);
	(void)sleep(WINDOWS * ATTACK_EVERY_S);
	attackers_end(attack);

	most = fullest_window(attack);
	ok(attack->len < READINGS_MAX, "%u readings came through", attack->len);
	ok(attack->refused > 0, "%u were refused", attack->refused);
	ok(most <= BUDGET_BYTES, "%llu bytes in the fullest window, of %u", most, BUDGET_BYTES);
	ok(late_bytes(attack) > 0, "%llu bytes in the windows after: it comes back",
	   late_bytes(attack));
	(void)munmap(attack, sizeof(*attack));
}

int main(int argc, char **argv)
{
	struct rig rig;

	files_make();
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	for (size_t i = 0; i < ARRAY_LEN(channels); i++)
		test_channel(&rig, i);
	test_exact(&rig);
	test_whom(&rig, BW_BUDGET_PROCESS, true, "process");
	test_whom(&rig, BW_BUDGET_USER, false, "user");
	test_whom(&rig, BW_BUDGET_SESSION, false, "session");
	test_whom(&rig, BW_BUDGET_UNIT, false, "unit");
	test_whom(&rig, BW_BUDGET_GRANT, false, "grant");
	test_policies(&rig);
	test_files(&rig);
	test_unmetered(&rig);
	test_full(&rig);
	test_attack(&rig);

	rig_end(&rig);
	return done();
}
