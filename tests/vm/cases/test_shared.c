// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what a granted process has read into memory that has no name to protect:
 * open, as docs/limitations.md says, and closed where it has one
 *
 * Boots with others.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include "cleanup.h"
#include "rig.h"
#include "tap.h"

#define SECRET "/srv/set/secret"
#define TEXT "pension\n"
#define SEGMENT "/dev/shm/segment"
#define READY "/run/ready"
#define END "/run/end"
#define SIZE 4096

/* --- Who may read, and shares it -------------------------------------------- */

static int fill(char *memory, const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 || read(fd, memory, SIZE) < 0 ? -errno : 0;
}

/* Says who it is and which segment is its own, and stays until it may go. */
static int hold(int segment)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%d %d", getpid(), segment);
	rig_write(READY ".new", text);
	if (rename(READY ".new", READY) < 0)
		return -errno;

	while (access(END, F_OK) < 0)
		(void)usleep(10000);
	return 0;
}

static int share(int fd, const char *path)
{
	char *memory;
	int err;

	if (fd < 0 || ftruncate(fd, SIZE) < 0)
		return -errno;

	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)close(fd);
	err = memory == MAP_FAILED ? -errno : fill(memory, path);
	return err ? err : hold(0);
}

static int probe_sysv(const char *path)
{
	int segment = shmget(IPC_PRIVATE, SIZE, IPC_CREAT | 0600);
	char *memory = segment < 0 ? (void *)-1 : shmat(segment, NULL, 0);
	int err = memory == (void *)-1 ? -errno : fill(memory, path);

	if (!err)
		err = hold(segment);
	(void)shmctl(segment, IPC_RMID, NULL);
	return err;
}

static int probe_memfd(const char *path)
{
	return share(memfd_create("shared", MFD_CLOEXEC), path);
}

static int probe_segment(const char *path)
{
	return share(open(SEGMENT, O_RDWR | O_CREAT | O_CLOEXEC, 0600), path);
}

/* --- Who may not ------------------------------------------------------------- */

static int seen(const char *text)
{
	return strncmp(text, TEXT, strlen(TEXT)) == 0 ? 0 : -EBADMSG;
}

static int probe_attach(const char *segment)
{
	const char *memory = shmat(atoi(segment), NULL, SHM_RDONLY);

	return memory == (void *)-1 ? -errno : seen(memory);
}

/* A name of memory that has none: /proc/PID/map_files/BEGIN-END. */
static int probe_read_text(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[sizeof(TEXT)] = "";

	return fd < 0 || read(fd, text, sizeof(text) - 1) < 0 ? -errno : seen(text);
}

static const struct rig_probe probes[] = {
	{ "sysv", probe_sysv },	    { "memfd", probe_memfd },	      { "segment", probe_segment },
	{ "attach", probe_attach }, { "read-text", probe_read_text },
};

/* --- Tests ------------------------------------------------------------------- */

struct holder {
	int pid;
	int inner_pid;
	char segment[16];
};

static struct holder holder_begin(const char *probe)
{
	struct holder holder = { 0 };
	char text[64] = "";
	_cleanup_(closep) int fd = -EBADF;

	(void)unlink(READY);
	(void)unlink(END);
	holder.pid = rig_call_begin(RIG_GRANTED, probe, SECRET);
	for (int i = 0; i < 1000 && access(READY, F_OK) < 0; i++)
		(void)usleep(10000);

	fd = open(READY, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0)
		(void)sscanf(text, "%d %15s", &holder.inner_pid, holder.segment);
	ok(holder.inner_pid == holder.pid, "%s: who may read shares what it read", probe);
	return holder;
}

static void holder_end(const struct holder *holder)
{
	rig_write(END, "");
	is(rig_call_end(holder->pid), 0, "and ends well");
}

/* The first of its mapped files that is called so. */
static bool mapped_find(int pid, const char *name, char path[320])
{
	char directory[64], target[128];
	struct dirent *entry;
	bool found = false;
	DIR *list;

	(void)snprintf(directory, sizeof(directory), "/proc/%d/map_files", pid);
	list = opendir(directory);
	while (list && !found && (entry = readdir(list))) {
		(void)snprintf(path, 320, "%s/%s", directory, entry->d_name);
		memset(target, 0, sizeof(target));
		found = readlink(path, target, sizeof(target) - 1) > 0 && strstr(target, name);
	}
	if (list)
		(void)closedir(list);
	return found;
}

static void test_sysv(void)
{
	struct holder holder = holder_begin("sysv");
	char path[320];

	is(rig_call(RIG_OTHER, "attach", holder.segment), 0,
	   "a SysV segment, attached by root without a grant: open, as is known");
	if (ok(mapped_find(holder.pid, "SYSV", path), "it is among the mapped files"))
		is(rig_call(RIG_OTHER, "read-text", path), 0, "by map_files: open, as is known");
	holder_end(&holder);
}

static void test_memfd(void)
{
	struct holder holder = holder_begin("memfd");
	char path[320];

	if (ok(mapped_find(holder.pid, "memfd:shared", path), "a memfd is among the mapped files"))
		is(rig_call(RIG_OTHER, "read-text", path), 0,
		   "a memfd, by map_files: open, as is known");
	holder_end(&holder);
}

static void policy_apply(struct rig *rig, bool with_segment)
{
	rig_clear(rig);
	rig_set(rig, 1, BW_MODE_ENFORCE, "/srv/set");
	if (with_segment)
		rig_protect(rig, 1, SEGMENT);
	(void)rig_grant(rig, 1, RIG_GRANTED, 0);
	is(rig_apply(rig), 0, "a policy %s the segment in /dev/shm",
	   with_segment ? "with" : "without");
}

static void test_segment(struct rig *rig)
{
	struct holder holder = holder_begin("segment");
	char path[320];

	is(rig_call(RIG_OTHER, "read-text", SEGMENT), 0,
	   "a segment in /dev/shm that no policy names: open, as is known");
	ok(mapped_find(holder.pid, SEGMENT, path), "it is among the mapped files");
	is(rig_call(RIG_OTHER, "read-text", path), 0, "by map_files: open, as is known");

	policy_apply(rig, true);
	is(rig_call(RIG_OTHER, "read-text", SEGMENT), -EACCES, "one that a policy names: refused");
	is(rig_call(RIG_OTHER, "read-text", path), -EACCES, "by map_files: refused");
	is(rig_call(RIG_GRANTED, "read-text", SEGMENT), 0, "with a grant: granted");
	holder_end(&holder);
	(void)unlink(SEGMENT);
}

int main(int argc, char **argv)
{
	struct rig rig;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	rig_write(SECRET, TEXT);
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	policy_apply(&rig, false);
	is(rig_call(RIG_OTHER, "read-text", SECRET), -EACCES, "control: the file itself: refused");
	test_sysv();
	test_memfd();
	test_segment(&rig);

	rig_end(&rig);
	return done();
}
