// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-2: the granted executable is only a name in what another one runs
 *
 * By the dynamic loader as a program, and by an interpreter that binfmt_misc sets
 * before it: who reads is what the kernel has started.  What root writes to the file
 * itself is another matter.
 *
 * Boots with others.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "calls.h"
#include "cleanup.h"
#include "rig.h"
#include "scratch.h"
#include "tap.h"

#define SECRET "/srv/set/secret"
#define PLAIN "/srv/plain"
#define LOADER "/lib64/ld-linux-x86-64.so.2"
#define BINFMT "/proc/sys/fs/binfmt_misc"

/* A name of the granted executable that has an interpreter. */
#define EXTENSION "impostor"
#define INTERPRETED RIG_GRANTED "." EXTENSION

static int probe_by_loader(const char *path)
{
	execl(LOADER, LOADER, RIG_GRANTED, "--probe", "read", path, NULL);
	return -errno;
}

static int probe_by_name(const char *path)
{
	execl(INTERPRETED, INTERPRETED, "--probe", "read", path, NULL);
	return -errno;
}

static const struct rig_probe probes[] = {
	{ "read", rig_read },
	{ "by-loader", probe_by_loader },
	{ "by-name", probe_by_name },
};

/* An interpreter gets what it is to run before its arguments. */
static void interpreter_main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], INTERPRETED) == 0)
		rig_probe_main(argc - 1, argv + 1, probes, ARRAY_LEN(probes));
}

static void policy_apply(struct rig *rig, const char *exe)
{
	rig_clear(rig);
	rig_set(rig, 1, BW_MODE_ENFORCE, "/srv/set");
	(void)rig_grant(rig, 1, exe, 0);
	is(rig_apply(rig), 0, "a grant for '%s'", exe);
}

static void test_loader(struct rig *rig)
{
	policy_apply(rig, RIG_GRANTED);
	is(rig_call(RIG_OTHER, "by-loader", PLAIN), 0, "control: the loader runs it");
	is(rig_call(RIG_GRANTED, "read", SECRET), 0, "control: by itself it is granted");
	is(rig_call(RIG_OTHER, "by-loader", SECRET), -EACCES, "run by the loader: refused");
	policy_apply(rig, LOADER);
	is(rig_call(RIG_OTHER, "by-loader", SECRET), 0, "a grant for the loader: granted");
}

static int interpreter_set(const char *path)
{
	char line[128];

	(void)snprintf(line, sizeof(line), ":impostor:E::" EXTENSION "::%s:", path);
	return file_write(BINFMT "/register", line);
}

static void test_interpreter(struct rig *rig)
{
	policy_apply(rig, RIG_GRANTED);
	is(rig_call(RIG_OTHER, "by-name", SECRET), 0, "control: its other name is granted");
	is(interpreter_set(RIG_OTHER), 0, "that name gets an interpreter");
	is(rig_call(RIG_OTHER, "by-name", PLAIN), 0, "control: the interpreter reads");
	is(rig_call(RIG_OTHER, "by-name", SECRET), -EACCES, "run by its interpreter: refused");
	policy_apply(rig, RIG_OTHER);
	is(rig_call(RIG_OTHER, "by-name", SECRET), 0, "a grant for the interpreter: granted");
	is(file_write(BINFMT "/impostor", "-1"), 0, "the interpreter is taken away");
}

/* K10, as docs/limitations.md has it: root may, and who reads then is the file at the path. */
static void test_overwritten(struct rig *rig)
{
	_cleanup_(closep) int fd = -EBADF;

	policy_apply(rig, RIG_GRANTED);
	is(rig_call(RIG_OTHER, "read", SECRET), -EACCES, "control: another executable is refused");
	fd = open(RIG_GRANTED, O_WRONLY | O_APPEND | O_CLOEXEC);
	is(write(fd, "more", 4), 4, "root writes to the granted executable");
	closep(&fd);
	fd = -EBADF;
	is(rig_call(RIG_GRANTED, "read", SECRET), 0, "which has its grant, as is known");
}

int main(int argc, char **argv)
{
	struct rig rig;

	interpreter_main(argc, argv);
	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	rig_write(SECRET, "pension\n");
	rig_write(PLAIN, "nothing\n");
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	is(scratch_run("/sbin/modprobe", "binfmt_misc", NULL), 0, "binfmt_misc is loaded");
	is(mount("binfmt_misc", BINFMT, "binfmt_misc", 0, NULL), 0, "and mounted");
	is(link(RIG_GRANTED, INTERPRETED), 0, "another name of the granted executable");
	test_loader(&rig);
	test_interpreter(&rig);
	test_overwritten(&rig);

	(void)unlink(INTERPRETED);
	(void)umount(BINFMT);
	rig_end(&rig);
	return done();
}
