// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-2: what /proc/PID/exe shows makes nobody another one
 *
 * Boots afresh.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "rig.h"
#include "shown.h"
#include "tap.h"

#define SECRET "/srv/set/secret"
#define PLAIN "/srv/plain"
#define SHOWN "/run/shown"
#define GO "/run/go"

#define USER 34

/* --- Showing another executable --------------------------------------------- */

/* The granted one shows the other executable, and the other one the granted one's. */
static int show(int (*by)(int exe))
{
	char own[64] = "", shown[64] = "";
	const char *wanted;
	_cleanup_(closep) int fd = -EBADF;
	int err;

	if (readlink("/proc/self/exe", own, sizeof(own) - 1) < 0)
		return -errno;

	wanted = strcmp(own, RIG_OTHER) == 0 ? RIG_GRANTED : RIG_OTHER;
	fd = open(wanted, O_RDONLY | O_CLOEXEC);
	err = fd < 0 ? -errno : shown_leave(own);
	if (!err)
		err = by(fd);
	if (err)
		return err;

	if (readlink("/proc/self/exe", shown, sizeof(shown) - 1) < 0)
		return -errno;
	return strcmp(shown, wanted) == 0 ? 0 : -ENODATA;
}

/* --- Probes ----------------------------------------------------------------- */

static int read_shown(int (*by)(int exe), const char *path)
{
	/* Nothing that reading could say. */
	return show(by) ? -ENOTRECOVERABLE : rig_read(path);
}

static int probe_by_file(const char *path)
{
	return read_shown(shown_by_file, path);
}

static int probe_by_map(const char *path)
{
	return read_shown(shown_by_map, path);
}

/* By a user: he has all capabilities in a namespace of his own. */
static int probe_in_namespace(const char *path)
{
	if (unshare(CLONE_NEWUSER) < 0)
		return -errno;
	return read_shown(shown_by_map, path);
}

static int probe_shown_before(const char *path)
{
	if (show(shown_by_file))
		return -ENOTRECOVERABLE;

	rig_write(SHOWN, "");
	while (access(GO, F_OK) < 0)
		(void)usleep(10000);
	return rig_read(path);
}

static const struct rig_probe probes[] = {
	{ "read", rig_read },
	{ "by-file", probe_by_file },
	{ "by-map", probe_by_map },
	{ "in-namespace", probe_in_namespace },
	{ "shown-before", probe_shown_before },
};

/* --- Tests ------------------------------------------------------------------ */

static const struct {
	const char *probe;
	unsigned int uid;
} ways[] = {
	{ "by-file", 0 },
	{ "by-map", 0 },
	{ "in-namespace", USER },
};

static void test_shown(void)
{
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		const char *probe = ways[i].probe;
		unsigned int uid = ways[i].uid;

		is(rig_call_as(uid, RIG_OTHER, probe, PLAIN), 0,
		   "control: %s: shown as the granted executable, and reads", probe);
		is(rig_call_as(uid, RIG_OTHER, probe, SECRET), -EACCES,
		   "%s: shown as the granted executable: refused", probe);
		is(rig_call_as(uid, RIG_GRANTED, probe, SECRET), 0,
		   "%s: the granted executable, shown as another one: granted", probe);
	}
}

/* K1, as docs/channels.md has it: of who was there before, nothing else is known. */
static void test_shown_before(int pid)
{
	rig_write(GO, "");
	is(rig_call_end(pid), 0, "shown so since before Bulwark: granted, as is known");
}

static int shown_begin(void)
{
	int pid = rig_call_begin(RIG_OTHER, "shown-before", SECRET);

	for (int i = 0; i < 1000 && access(SHOWN, F_OK) < 0; i++)
		(void)usleep(10000);
	return pid;
}

int main(int argc, char **argv)
{
	struct rig rig;
	int pid;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	rig_write(SECRET, "pension\n");
	rig_write(PLAIN, "nothing\n");
	rig_prepare();
	pid = shown_begin();
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	is(rig_call(RIG_OTHER, "by-file", SECRET), 0, "control: without a policy it reads");
	rig_set(&rig, 1, BW_MODE_ENFORCE, "/srv/set");
	(void)rig_grant(&rig, 1, RIG_GRANTED, 0);
	is(rig_apply(&rig), 0, "a grant for anybody");
	is(rig_call(RIG_GRANTED, "read", SECRET), 0, "control: the granted executable reads");
	test_shown();
	test_shown_before(pid);

	rig_end(&rig);
	return done();
}
