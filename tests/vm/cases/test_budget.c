// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - how much may be read (INV-6): by every channel, for whom, in bytes and files
 *
 * The test grants itself: what it forks has its identity.
 *
 * Boots with others.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "channels.h"
#include "cleanup.h"
#include "rig.h"
#include "tap.h"

#define SET "/srv/set"
#define SECRET SET "/secret"

#define KIB 1024U
#define SECOND_NS 1000000000ULL

/* So long that nothing comes back meanwhile. */
#define EVERY_S 3600
#define BUDGET_BYTES (256 * KIB)
#define BUDGET_FILES 5
#define FILES 12

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
	is(channels_prepare(), 0, "a disk");
	rig_mkdir(SET);
	channel_file(SECRET);
	for (unsigned int i = 0; i < FILES; i++)
		rig_write(file_name(i), "content");
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
		len = channel_run(index, SECRET);
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
	static char memory[2 * KIB];
	struct iovec here = { memory + KIB, KIB }, there = { memory, KIB };
	ssize_t len = process_vm_readv(pid, &here, 1, &there, 1, 0);

	return len < 0 ? -errno : len;
}

/* Has read before it is looked at. */
static pid_t reader_start(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)channel_run(0, SECRET);
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

int main(int argc, char **argv)
{
	struct rig rig;

	files_make();
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	for (size_t i = 0; i < channels_len; i++)
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

	rig_end(&rig);
	is(channels_end(), 0, "the disk is let go");
	return done();
}
