// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the module's seal: one way in, k of n secrets out (INV-8)
 *
 * A program that refuses statfs(2) while the host is sealed shows what programs are
 * told.  Each secret has a number, and is used in one test only.
 *
 * Boots with two processors.
 * Boots afresh.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "calls.h"
#include "lsm.h"
#include "tap.h"

#define HOOK "sb_statfs"

/* Numbers of secrets, by test; none of these is shown in another one. */
#define ERRORS 100
#define KOFN 200
#define LATER 300
#define RACE 1000
#define FULL 10000
#define NOBODYS 99

static int try_statfs(void)
{
	struct statfs fs;

	return statfs("/proc", &fs) ? -errno : 0;
}

/* Holds a program that looks at the seal; the link itself is closed. */
static void adopt(int device)
{
	int link = lsm_run_sealed(HOOK, -EACCES);

	is(device_adopt(device, &link, 1, NULL, 0), 0, "a program is adopted");
	close(link);
}

static void state_has(const char *line)
{
	char text[4096];

	file_text(BW_STATUS_DIR "/state", text, sizeof(text));
	ok(text_has_line(text, line), "state: '%s'", line);
}

/* --- Errors, in the order in which they are tested ---------------------------- */

static const struct {
	const char *name;
	unsigned int needed;
	unsigned int len;
} out_of_bounds[] = {
	{ "no secret", 0, 0 },
	{ "no secret needed", 0, 3 },
	{ "more needed than there are", 4, 3 },
	{ "needed without any", 1, 0 },
	{ "more needed than can be", BW_SEAL_SECRETS_MAX + 1, BW_SEAL_SECRETS_MAX },
};

static void test_bounds(int device)
{
	struct bw_control_info info = device_info(device);
	struct bw_control_seal seal;
	size_t i;

	for (i = 0; i < sizeof(out_of_bounds) / sizeof(out_of_bounds[0]); i++)
		is(device_seal(device, out_of_bounds[i].needed, out_of_bounds[i].len, ERRORS),
		   -EINVAL, "%s", out_of_bounds[i].name);

	seal_fill(&seal, info.seal_id, 1, BW_SEAL_SECRETS_MAX, ERRORS);
	seal.commitments_len = BW_SEAL_SECRETS_MAX + 1;
	is(device_call(device, BW_IOCTL_SEAL, &seal), -EINVAL, "more than can be");
	seal.commitments_len = BW_SEAL_SECRETS_MAX - 1;
	is(device_call(device, BW_IOCTL_SEAL, &seal), -EINVAL, "one that isn't in use");
	seal_fill(&seal, info.seal_id, 1, 1, ERRORS);
	seal.commitments[BW_SEAL_SECRETS_MAX - 1][BW_DIGEST_SIZE - 1] = 1;
	is(device_call(device, BW_IOCTL_SEAL, &seal), -EINVAL, "the last byte");
}

static int seal_with_one_twice(int device)
{
	struct bw_control_info info = device_info(device);
	struct bw_control_seal seal;

	seal_fill(&seal, info.seal_id, 1, 3, ERRORS);
	memcpy(seal.commitments[2], seal.commitments[0], BW_DIGEST_SIZE);
	return device_call(device, BW_IOCTL_SEAL, &seal);
}

static void test_errors(int device)
{
	test_bounds(device);
	is(seal_with_one_twice(device), -ENOENT, "nothing held comes before a secret twice");
	is(device_seal(device, 1, 1, ERRORS), -ENOENT, "nothing is held: nothing to seal");
	is(device_unseal(device, ERRORS), -ENOENT, "nothing is sealed");

	adopt(device);
	is(seal_with_one_twice(device), -EINVAL, "a secret twice");
	ok(!(device_info(device).flags & BW_INFO_SEALED), "nothing of this has sealed");
	is((long)device_info(device).wrong_secrets, 0, "or counts as a wrong secret");
	is(device_release(device), 0, "what is held can be let go");
}

/* --- k of n -------------------------------------------------------------------- */

/* What weakens; the control is what it gives on a host that isn't sealed. */
static void test_weakening(int device, int adopted, int released)
{
	int link = lsm_run_sealed(HOOK, -EACCES);
	struct bw_control_keep nowhere = {
		.size = sizeof(nowhere),
		.version = BW_ABI_VERSION,
		.links_len = 1,
	};

	is(device_adopt(device, &link, 1, NULL, 0), adopted, "adopting");
	nowhere.maps_len = BW_KEEP_MAPS_MAX + 1;
	is(device_call(device, BW_IOCTL_ADOPT, &nowhere), -E2BIG, "too many maps come first");
	nowhere.maps_len = 0;
	is(device_call(device, BW_IOCTL_ADOPT, &nowhere), -EFAULT, "what can't be read as well");
	is(device_release(device), released, "letting go");
	close(link);
}

static void test_sealed(int device)
{
	ok(device_info(device).flags & BW_INFO_SEALED, "the module says so");
	is(device_info(device).links, 1, "the link is held");
	is(try_statfs(), -EACCES, "programs are told");
	test_weakening(device, -EPERM, -EPERM);
	is(device_seal(device, 1, 1, LATER), -EALREADY, "it can't be sealed with others' secrets");
	is(device_seal(device, 4, 3, LATER), -EINVAL, "bounds come first");
	is(module_unload(0), -EAGAIN, "rmmod fails");
	is(device_info(device).links, 1, "the link is still held");
}

/* Its commitment is there, but was made for another load of the module. */
static int seal_with_a_stranger(int device)
{
	struct bw_control_info info = device_info(device);
	struct bw_control_seal seal, other;
	uint8_t other_id[BW_SEAL_ID_SIZE];

	memcpy(other_id, info.seal_id, sizeof(other_id));
	other_id[0] ^= 1;
	seal_fill(&seal, info.seal_id, 2, 4, KOFN);
	seal_fill(&other, other_id, 2, 4, KOFN);
	memcpy(seal.commitments[3], other.commitments[3], BW_DIGEST_SIZE);
	return device_call(device, BW_IOCTL_SEAL, &seal);
}

static void test_wrong_secrets(int device)
{
	struct bw_control_unseal unseal = { .size = sizeof(unseal), .version = BW_ABI_VERSION };
	long before = (long)device_info(device).wrong_secrets;

	is(device_unseal(device, NOBODYS), -EKEYREJECTED, "nobody's secret");
	secret_make(KOFN, unseal.secret);
	unseal.secret[BW_SECRET_SIZE - 1] ^= 1;
	is(device_call(device, BW_IOCTL_UNSEAL, &unseal), -EKEYREJECTED, "one bit is wrong");
	is(device_unseal(device, KOFN + 3), -EKEYREJECTED, "a secret for another seal id");
	is((long)device_info(device).wrong_secrets - before, 3, "they are counted");
	is(device_info(device).seal_shown, 0, "and not as shown");
}

static void test_k_of_n(int device)
{
	int messages = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	lseek(messages, 0, SEEK_END);
	is(try_statfs(), 0, "programs are told of no seal");
	state_has("sealed no");
	adopt(device);
	is(seal_with_a_stranger(device), 0, "sealed: 2 of 4");
	ok(kernel_says(messages, "bulwark: op=seal shown=0 needed=2 pid="), "there is a record");
	state_has("sealed yes");
	state_has("seal-needed 2");
	test_sealed(device);
	test_wrong_secrets(device);
	ok(kernel_says(messages, "bulwark: op=show-secret shown=0 needed=2"), "on record as well");
	test_sealed(device);

	is(device_unseal(device, KOFN), 1, "the first right secret");
	is(device_unseal(device, KOFN), -EALREADY, "once more: it is used");
	state_has("seal-shown 1");
	test_sealed(device);

	is(device_unseal(device, KOFN + 2), 2, "another right secret opens it");
	ok(kernel_says(messages, "bulwark: op=unseal shown=2 needed=2"), "there is a record");
	close(messages);
}

static void test_opened(int device)
{
	ok(!(device_info(device).flags & BW_INFO_SEALED), "the module says so");
	is(device_info(device).seal_needed, 0, "no secret is needed");
	state_has("sealed no");
	is(try_statfs(), 0, "programs are told");
	is(device_unseal(device, KOFN + 1), -ENOENT, "nobody asks for the third one");
	test_weakening(device, 0, 0);
}

static void test_sealed_again(int device)
{
	adopt(device);
	is(device_seal(device, 1, 3, KOFN), -EKEYREVOKED, "what was shown seals nothing");
	is(device_seal(device, 1, 1, KOFN + 2), -EKEYREVOKED, "nor does what was shown last");
	is(device_seal(device, 1, 2, LATER), 0, "new secrets do");
	is(device_unseal(device, KOFN), -EALREADY, "what was shown opens nothing");
	is(device_unseal(device, KOFN + 1), -EKEYREJECTED, "nor does what was forgotten");
	is(device_release(device), -EPERM, "sealed");
	is(device_unseal(device, LATER + 1), 1, "one of the new ones does");
	is(device_release(device), 0, "not sealed");
}

/* --- Races ---------------------------------------------------------------------- */

#define ROUNDS 60
#define TRIES_MAX 100000

static bool race_ended;

/* Whatever can be let go is let go all the time. */
static void *release_often(void *data)
{
	int device = device_open();
	int link = lsm_run_sealed(HOOK, 0);
	long i, wrong = 0;

	(void)data;
	for (i = 0; !__atomic_load_n(&race_ended, __ATOMIC_RELAXED); i++) {
		int err = device_adopt(device, &link, 1, NULL, 0);

		wrong += err && err != -EPERM;
		if (i % 2)
			sched_yield();
		err = device_release(device);
		wrong += err && err != -EPERM && err != -ENOENT;
	}
	close(link);
	close(device);
	return (void *)wrong;
}

/* Under the seal something is held, whoever was about to let it go. */
static void *seal_often(void *data)
{
	int device = device_open();
	long i, wrong = 0, sealed = 0;

	(void)data;
	for (i = 0; sealed < ROUNDS && i < TRIES_MAX; i++) {
		struct bw_control_info info = { .size = sizeof(info), .version = BW_ABI_VERSION };
		int err = device_seal(device, 1, 1, (int)(RACE + sealed));

		wrong += err && err != -ENOENT;
		if (err)
			continue;

		device_call(device, BW_IOCTL_INFO, &info);
		wrong += info.links != 1 || !(info.flags & BW_INFO_SEALED);
		wrong += device_unseal(device, (int)(RACE + sealed++)) != 1;
	}
	__atomic_store_n(&race_ended, true, __ATOMIC_RELAXED);
	diag("sealed %ld times", sealed);
	close(device);
	return (void *)(wrong + (sealed == 0));
}

static void test_races(int device)
{
	static void *(*const bodies[])(void *) = { release_often, seal_often };
	pthread_t threads[2];
	void *wrong;
	int i;

	for (i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, bodies[i], NULL);
	for (i = 0; i < 2; i++) {
		pthread_join(threads[i], &wrong);
		is((long)wrong, 0, "racing thread %d saw nothing wrong", i);
	}
	device_release(device);
}

/* --- All that can be remembered ------------------------------------------------- */

static void test_full(void)
{
	int device = device_open();
	struct bw_control_info before = device_info(device), after;
	int number, err = 0;

	adopt(device);
	for (number = FULL; number < FULL + 1000; number++) {
		err = device_seal(device, 1, 1, number);
		if (err)
			break;
		err = device_unseal(device, number);
		if (err != 1)
			break;
	}
	is(err, -ENOSPC, "one day no more can be remembered");
	ok(number > FULL + 100, "but not soon: after %d", number - FULL);
	is(device_seal(device, 1, 1, FULL), -EKEYREVOKED, "what was shown is still known");
	is(device_release(device), 0, "not sealed");
	close(device);

	is(module_unload_at_last(), 0, "the module goes");
	is(module_load(), 0, "and comes back");
	device = device_open();
	after = device_info(device);
	ok(memcmp(before.seal_id, after.seal_id, sizeof(after.seal_id)) != 0,
	   "it has another seal id");
	adopt(device);
	is(device_seal(device, 1, 1, FULL), 0, "sealed once more");
	is(device_unseal(device, FULL), 1, "and opened");
	is(device_release(device), 0, "and let go");
	close(device);
}

int main(void)
{
	int device = device_open();

	test_errors(device);
	test_k_of_n(device);
	test_opened(device);
	test_sealed_again(device);
	test_races(device);
	close(device);
	test_full();
	return done();
}
