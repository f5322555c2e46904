// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - who has protected files open or mapped is told, and who hasn't isn't
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "rig.h"
#include "tap.h"

#define SECRET "/srv/set/secret"
#define OTHER_SECRET "/srv/set/other"
#define FREE "/srv/free/plain"
#define HOLDING "/run/holding"
#define GO "/run/go"

#define HOLDERS_MAX 16

struct holders {
	struct bw_holder of[HOLDERS_MAX];
	unsigned int len;
};

/* Holds the file open until it is told to go. */
static int probe_hold(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;

	rig_write(HOLDING, "");
	while (access(GO, F_OK) < 0)
		(void)usleep(10000);
	return 0;
}

static const struct rig_probe probes[] = {
	{ "hold", probe_hold },
};

static int holder_add(void *context, const struct bw_holder *holder)
{
	struct holders *holders = context;

	if (holders->len == HOLDERS_MAX)
		return -E2BIG;

	holders->of[holders->len++] = *holder;
	return 0;
}

/* The one of this process and kind, of which there must be no two. */
static const struct bw_holder *holder_find(const struct holders *holders, int pid,
					   enum bw_hold hold)
{
	const struct bw_holder *found = NULL;

	for (unsigned int i = 0; i < holders->len; i++) {
		const struct bw_holder *holder = &holders->of[i];

		if (holder->pid != (unsigned int)pid || holder->hold != hold)
			continue;
		if (found)
			return NULL;
		found = holder;
	}
	return found;
}

static void check_holder(const struct holders *holders, int pid, enum bw_hold hold,
			 const char *path, unsigned int granted, const char *what)
{
	const struct bw_holder *holder = holder_find(holders, pid, hold);
	struct stat st = { .st_ino = 0 };

	(void)stat(path, &st);
	if (!ok(holder, "%s: told, once", what))
		return;
	is((long)holder->file.ino, (long)st.st_ino, "%s: which file", what);
	is(holder->set, 1, "%s: which set", what);
	is(holder->granted, granted, "%s: granted or not", what);
}

static void test_holders(struct rig *rig, int fd)
{
	struct holders holders = { .len = 0 };
	const struct bw_holder *holder;
	int pid = rig_call_begin(RIG_GRANTED, "hold", SECRET);

	for (unsigned int tries = 0; access(HOLDING, F_OK) < 0 && tries < 1000; tries++)
		(void)usleep(10000);

	is(bw_enforcer_holders(rig->enforcer, holder_add, &holders), 0, "holders are told");
	check_holder(&holders, getpid(), BW_HOLD_OPEN, SECRET, 0, "who opened it before");
	check_holder(&holders, getpid(), BW_HOLD_MAPPED, OTHER_SECRET, 0, "who mapped it before");
	check_holder(&holders, pid, BW_HOLD_OPEN, SECRET, 1, "who may have it open");
	holder = holder_find(&holders, getpid(), BW_HOLD_OPEN);
	is(holder ? holder->fd : -1, fd, "by which descriptor");
	is(holders.len, 3, "nobody else, and nothing outside of the set");

	rig_write(GO, "");
	is(rig_call_end(pid), 0, "the granted one held it");
}

int main(int argc, char **argv)
{
	_cleanup_(closep) int fd = -EBADF;
	int other, plain;
	struct rig rig;
	void *memory;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	rig_write(SECRET, "pension\n");
	rig_write(OTHER_SECRET, "pension\n");
	rig_write(FREE, "nothing\n");

	fd = open(SECRET, O_RDONLY | O_CLOEXEC);
	plain = open(FREE, O_RDONLY | O_CLOEXEC);
	other = open(OTHER_SECRET, O_RDONLY | O_CLOEXEC);
	memory = mmap(NULL, 1, PROT_READ, MAP_PRIVATE, other, 0);
	close(other);
	ok(fd >= 0 && plain >= 0 && memory != MAP_FAILED, "held before");
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	rig_set(&rig, 1, BW_MODE_ENFORCE, "/srv/set");
	(void)rig_grant(&rig, 1, RIG_GRANTED, 0);
	is(rig_apply(&rig), 0, "policy applied");
	test_holders(&rig, fd);

	close(plain);
	rig_end(&rig);
	return done();
}
