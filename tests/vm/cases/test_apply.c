// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-4: applying a policy opens no gap, and shuts out nobody whom
 * both policies grant
 *
 * Boots with two processors.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "rig.h"
#include "tap.h"

#define APPLIES 1000
#define SECRET "/srv/apply/moving/secret"
#define PLAIN "/srv/apply/plain"
#define TALLY "/run/tally"

/* What the readers have seen; shared with the test. */
struct tally {
	uint32_t stop;
	uint32_t zero;
	uint64_t granted;
	uint64_t shut_out;
	uint64_t refused;
	uint64_t let_through;
	uint64_t plain;
	uint64_t plain_refused;
};

static struct tally *tally_map(void)
{
	_cleanup_(closep) int fd = open(TALLY, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *map;

	if (fd < 0 || ftruncate(fd, sizeof(struct tally)) < 0)
		return NULL;

	map = mmap(NULL, sizeof(struct tally), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return map == MAP_FAILED ? NULL : map;
}

/* Opens anew and reads, by turns with reads on a descriptor kept open. */
static void read_on(const char *path, uint64_t *read_count, uint64_t *refused_count)
{
	struct tally *tally = tally_map();
	int kept = -EBADF;

	while (!__atomic_load_n(&tally->stop, __ATOMIC_RELAXED)) {
		char byte;
		int err = rig_read(path);

		__atomic_fetch_add(err ? refused_count : read_count, 1, __ATOMIC_RELAXED);
		if (kept < 0)
			kept = open(path, O_RDONLY | O_CLOEXEC);
		if (kept >= 0)
			__atomic_fetch_add(pread(kept, &byte, 1, 0) < 0 ? refused_count
									: read_count,
					   1, __ATOMIC_RELAXED);
	}
}

static int probe_granted(const char *path)
{
	struct tally *tally = tally_map();

	read_on(path, &tally->granted, &tally->shut_out);
	return 0;
}

static int probe_refused(const char *path)
{
	struct tally *tally = tally_map();

	read_on(path, &tally->let_through, &tally->refused);
	return 0;
}

static int probe_plain(const char *path)
{
	struct tally *tally = tally_map();

	read_on(path, &tally->plain, &tally->plain_refused);
	return 0;
}

static const struct rig_probe probes[] = {
	{ "granted", probe_granted },
	{ "refused", probe_refused },
	{ "plain", probe_plain },
};

/* Each policy protects the file, in another way than the one before. */
static void policy_make(struct rig *rig, unsigned int round)
{
	unsigned int set = 1 + round % 3;

	rig_clear(rig);
	rig_set(rig, set, BW_MODE_ENFORCE, round & 1 ? "/srv/apply/moving" : SECRET);
	(void)rig_grant(rig, set, RIG_GRANTED, 0);
	if (round & 2) {
		rig_set(rig, 4, BW_MODE_ENFORCE, "/srv/apply/other");
		(void)rig_grant(rig, 4, RIG_OTHER, 0);
	}
}

static void test_generations(struct rig *rig)
{
	__u32 generation = bw_enforcer_generation(rig->enforcer);

	policy_make(rig, 0);
	is(rig_apply(rig), 0, "a policy is applied");
	is(bw_enforcer_generation(rig->enforcer), generation + 1, "it is one generation later");
	is_text(bw_enforcer_set_names(rig->enforcer)[1].name, "set-1", "its set has a name");
}

/* A policy that can't be filled in leaves the one before in force. */
static void test_failure(struct rig *rig)
{
	__u32 generation = bw_enforcer_generation(rig->enforcer);
	struct bw_rules rules = { .items = NULL, .len = (size_t)UINT32_MAX + 2 };

	ok(bw_enforcer_apply(rig->enforcer, &rules, &generation) < 0, "too large a policy fails");
	is(bw_enforcer_generation(rig->enforcer), generation, "the generation stays");
	is(rig_read(SECRET), -EACCES, "so does the policy");
}

/* What was found, and cached, under the policy before says nothing under the next. */
static void test_caches(struct rig *rig)
{
	is(rig_read(PLAIN), 0, "a file outside is read");
	rig_clear(rig);
	rig_set(rig, 1, BW_MODE_ENFORCE, PLAIN);
	is(rig_apply(rig), 0, "a policy protects it");
	is(rig_read(PLAIN), -EACCES, "it is refused");
	policy_make(rig, 0);
	is(rig_apply(rig), 0, "a policy protects another one");
	is(rig_read(PLAIN), 0, "it is read again");
}

/* Each switch waits for all that run: in a guest of few processors, long. */
static void hurry(void)
{
	_cleanup_(closep) int fd = open("/sys/kernel/rcu_expedited", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "1", 1) != 1)
		diag("no hurry: %s", strerror(errno));
}

static void test_load(struct rig *rig)
{
	static const char *const readers[][3] = {
		{ RIG_GRANTED, "granted", SECRET },
		{ RIG_OTHER, "refused", SECRET },
		{ RIG_OTHER, "plain", PLAIN },
	};
	struct tally *tally = tally_map();
	int pids[ARRAY_LEN(readers)];
	unsigned int failed = 0;

	hurry();
	for (size_t i = 0; i < ARRAY_LEN(readers); i++)
		pids[i] = rig_call_begin(readers[i][0], readers[i][1], readers[i][2]);
	while (!tally->granted || !tally->refused || !tally->plain)
		(void)usleep(1000);

	for (unsigned int round = 0; round < APPLIES; round++) {
		policy_make(rig, round);
		failed += rig_apply(rig) != 0;
	}
	__atomic_store_n(&tally->stop, 1, __ATOMIC_RELAXED);
	for (size_t i = 0; i < ARRAY_LEN(readers); i++)
		(void)rig_call_end(pids[i]);

	is(failed, 0, "%d policies were applied", APPLIES);
	is(tally->shut_out, 0, "of %llu granted reads, none was refused",
	   (unsigned long long)tally->granted);
	is(tally->let_through, 0, "of %llu refused reads, none was let through",
	   (unsigned long long)tally->refused);
	is(tally->plain_refused, 0, "of %llu reads outside, none was refused",
	   (unsigned long long)tally->plain);
	ok(tally->granted > APPLIES && tally->refused > APPLIES && tally->plain > APPLIES,
	   "there was a load");
}

int main(int argc, char **argv)
{
	struct rig rig;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	(void)unlink(TALLY);
	rig_write(SECRET, "pension\n");
	rig_write(PLAIN, "nothing\n");
	rig_mkdir("/srv/apply/other");
	if (!is(rig_arm(&rig), 0, "armed") || !ok(tally_map(), "a tally"))
		return done();

	test_generations(&rig);
	test_failure(&rig);
	test_caches(&rig);
	test_load(&rig);

	rig_end(&rig);
	return done();
}
