// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-2: what /proc/PID/exe shows makes nobody another one
 *
 * The kernel lets a process name its executable anew once it maps nothing of the old
 * one any more: so it puts copies of its own pages in their place first.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cleanup.h"
#include "rig.h"
#include "tap.h"

#define SECRET "/srv/set/secret"
#define PLAIN "/srv/plain"
#define SHOWN "/run/shown"
#define GO "/run/go"

#define USER 34
#define PARTS_MAX 16

/* A mapping of the executable. */
struct part {
	char *at;
	size_t size;
	int prot;
};

/* --- Becoming nobody's ------------------------------------------------------ */

static size_t parts_find(const char *exe, struct part parts[PARTS_MAX])
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512], access[5], path[256];
	unsigned long begin, end;
	size_t len = 0;

	while (maps && len < PARTS_MAX && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %255s", &begin, &end, access, path) < 4 ||
		    strcmp(path, exe) != 0)
			continue;

		parts[len].at = (char *)(uintptr_t)begin;
		parts[len].size = end - begin;
		parts[len++].prot = PROT_READ | (access[1] == 'w' ? PROT_WRITE : 0) |
				    (access[2] == 'x' ? PROT_EXEC : 0);
	}
	if (maps)
		(void)fclose(maps);
	return len;
}

/* The call that puts the copy in place lies in libc, and comes back to the same bytes. */
static int part_replace(const struct part *part)
{
	void *copy =
		mmap(NULL, part->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (copy == MAP_FAILED)
		return -errno;

	memcpy(copy, part->at, part->size);
	if (mprotect(copy, part->size, part->prot) < 0 ||
	    mremap(copy, part->size, part->size, MREMAP_MAYMOVE | MREMAP_FIXED, part->at) ==
		    MAP_FAILED)
		return -errno;
	return 0;
}

static int parts_replace(const char *exe)
{
	struct part parts[PARTS_MAX];
	size_t len = parts_find(exe, parts);
	int err = len ? 0 : -ENOENT;

	for (size_t i = 0; i < len && !err; i++)
		err = part_replace(&parts[i]);
	return err;
}

/* --- Showing another executable --------------------------------------------- */

static int show_by_file(int exe)
{
	return prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, exe, 0, 0) < 0 ? -errno : 0;
}

/* All that the kernel tells of a process, at once; addresses only have to be there. */
static int show_by_map(int exe)
{
	const __u64 here = (__u64)(uintptr_t)&show_by_map, top = (__u64)(uintptr_t)sbrk(0);
	struct prctl_mm_map map = {
		.start_code = here,
		.end_code = here + 1,
		.start_data = here,
		.end_data = here + 1,
		.start_brk = top,
		.brk = top,
		.start_stack = (__u64)(uintptr_t)&exe,
		.arg_start = here,
		.arg_end = here,
		.env_start = here,
		.env_end = here,
		.exe_fd = (__u32)exe,
	};

	return prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0) < 0 ? -errno : 0;
}

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
	err = fd < 0 ? -errno : parts_replace(own);
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
	return read_shown(show_by_file, path);
}

static int probe_by_map(const char *path)
{
	return read_shown(show_by_map, path);
}

/* By a user: he has all capabilities in a namespace of his own. */
static int probe_in_namespace(const char *path)
{
	if (unshare(CLONE_NEWUSER) < 0)
		return -errno;
	return read_shown(show_by_map, path);
}

static int probe_shown_before(const char *path)
{
	if (show(show_by_file))
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
