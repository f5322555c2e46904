// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest on each filesystem: what works without a policy, and
 * that nothing of it does with one
 *
 * Boots afresh.
 * Takes long.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "rig.h"
#include "scratch.h"
#include "tap.h"

#define COMMAND "/usr/bin/bulwarkctl"
#define DISK "/srv/disk"
#define SET DISK "/set"
#define SECRET SET "/secret"
#define LAYERS "/srv/layers"
#define SECRET_IN_LAYER LAYERS "/upper/set/secret"

/* Whose the file is: what is refused then isn't so by its mode. */
#define USER 34

/* As whom selftest has a process of its own that may read. */
#define READER "bulwark-log"

/* What works everywhere: fifteen need programs that aren't in this guest. */
#define WAYS_MIN 90
#define WAYS_OF_USERS_MIN 65

/* Where a child finds the descriptor that it is told of. */
#define DESCRIPTOR 9

__attribute__((noreturn)) static void command_exec(int out, int descriptor, uid_t uid)
{
	if (descriptor >= 0)
		(void)dup2(descriptor, DESCRIPTOR);
	if (uid && (setgid(uid) < 0 || setuid(uid) < 0))
		_exit(254);

	(void)dup2(out, STDOUT_FILENO);
	if (descriptor < 0)
		execl(COMMAND, COMMAND, "selftest", "--json", SECRET, NULL);
	else
		execl(COMMAND, COMMAND, "selftest", "--json", "--descriptor", "9", SECRET, NULL);
	_exit(255);
}

/* Runs it: its answer, or NULL; *ret_code is its exit status. */
static json_t *selftest(int descriptor, uid_t uid, int *ret_code)
{
	json_t *answer;
	FILE *in;
	int ends[2];
	int status = 0;
	pid_t pid;

	*ret_code = -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return NULL;

	pid = fork();
	if (pid == 0)
		command_exec(ends[1], descriptor, uid);

	close(ends[1]);
	in = fdopen(ends[0], "r");
	answer = json_loadf(in, 0, NULL);
	(void)fclose(in);
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status))
		*ret_code = WEXITSTATUS(status);
	return answer;
}

static json_int_t count(const json_t *answer, const char *result)
{
	return json_integer_value(json_object_get(answer, result));
}

static void results_tell(const json_t *answer, const char *result)
{
	json_t *list = json_object_get(answer, "techniques");
	json_t *item;
	size_t i;

	json_array_foreach (list, i, item)
		if (!strcmp(json_string_value(json_object_get(item, "result")), result))
			diag("%s: %s (%s)", result,
			     json_string_value(json_object_get(item, "technique")),
			     json_string_value(json_object_get(item, "error")));
}

/* Those of the result, with commas. */
static const char *results_list(const json_t *answer, const char *result)
{
	static char text[1024];
	json_t *list = json_object_get(answer, "techniques");
	json_t *item;
	size_t i;

	text[0] = '\0';
	json_array_foreach (list, i, item) {
		if (strcmp(json_string_value(json_object_get(item, "result")), result))
			continue;

		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s,",
			       json_string_value(json_object_get(item, "technique")));
	}
	return text;
}

/* Without a policy each way that can be tried must lead to the bytes: how many do. */
static long ways_work(int descriptor, uid_t uid, long least, const char *what)
{
	int code;
	json_t *answer = selftest(descriptor, uid, &code);
	long leaked = (long)count(answer, "leaked");

	is(code, 3, "control: %s: it says that the file is not protected", what);
	ok(leaked >= least, "control: %s: %ld ways lead to it", what, leaked);
	is(count(answer, "refused"), 0, "control: %s: none is refused", what);
	results_tell(answer, "refused");
	results_tell(answer, "not-tried");
	results_tell(answer, "not-applicable");
	json_decref(answer);
	return leaked;
}

static void ways_are_refused(int descriptor, uid_t uid, long least, const char *what)
{
	int code;
	json_t *answer = selftest(descriptor, uid, &code);

	ok(count(answer, "refused") >= least, "%s: %lld ways are refused", what,
	   (long long)count(answer, "refused"));
	/* docs/limitations.md: nothing shows what a loop device reads. */
	if (descriptor >= 0 && !strcmp(results_list(answer, "leaked"), "loop,"))
		is(code, 3, "%s: nothing leaks but by a loop device", what);
	else
		is(code, 0, "%s: nothing leaks", what);
	results_tell(answer, "leaked");
	json_decref(answer);
}

static void secret_write(void)
{
	char text[4097];

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = "pension "[i % 8];
	text[sizeof(text) - 1] = '\0';
	rig_write(SECRET, text);
	is(chown(SECRET, USER, USER), 0, "a user's file");
	is(chmod(DISK, 01777), 0, "in a directory for everybody");
	sync();
}

static void policy_make(struct rig *rig)
{
	const struct passwd *reader = getpwnam(READER);
	struct bw_grant *grant;

	rig_clear(rig);
	rig_set(rig, 1, BW_MODE_ENFORCE, SET);
	grant = rig_grant(rig, 1, COMMAND, 0);
	grant->flags = BW_GRANT_ANY_UNIT;
	if (ok(reader != NULL, "there is a user to whom it is granted"))
		grant->uid = reader->pw_uid;
}

static void test_filesystem(struct rig *rig, const char *type)
{
	_cleanup_(closep) int fd = open(SECRET, O_RDONLY | O_CLOEXEC);
	char what[64];
	long leaked;

	(void)snprintf(what, sizeof(what), "%s, root", type);
	leaked = ways_work(-1, 0, WAYS_MIN, what);
	(void)snprintf(what, sizeof(what), "%s, a user", type);
	ways_work(-1, USER, WAYS_OF_USERS_MIN, what);

	policy_make(rig);
	if (!is(rig_apply(rig), 0, "%s: a policy", type))
		return;

	/* docs/limitations.md: a set on an overlay is what the overlay shows. */
	if (!strcmp(type, "overlay"))
		is(rig_read(SECRET_IN_LAYER), 0, "%s: its layer is in no set: free", type);

	ways_are_refused(-1, USER, WAYS_OF_USERS_MIN, what);
	(void)snprintf(what, sizeof(what), "%s, root, whatever worked", type);
	ways_are_refused(-1, 0, leaked, what);
	(void)snprintf(what, sizeof(what), "%s, by a descriptor from before", type);
	ways_are_refused(fd, 0, WAYS_MIN, what);
	rig_clear(rig);
	is(rig_apply(rig), 0, "%s: no policy any more", type);
}

/* Both layers in memory; what is written to it lies in the upper one. */
static int overlay_mount(void)
{
	rig_mkdir(LAYERS);
	if (mount("none", LAYERS, "tmpfs", 0, NULL) < 0)
		return -errno;

	rig_mkdir(LAYERS "/lower");
	rig_mkdir(LAYERS "/upper");
	rig_mkdir(LAYERS "/work");
	return mount("overlay", DISK, "overlay", 0,
		     "lowerdir=" LAYERS "/lower,upperdir=" LAYERS "/upper,workdir=" LAYERS
		     "/work") < 0
		       ? -errno
		       : 0;
}

static int disk_mount(const char *type)
{
	if (!strcmp(type, "tmpfs"))
		return mount("none", DISK, type, 0, NULL) < 0 ? -errno : 0;

	return strcmp(type, "overlay") ? scratch_mount(type, DISK, 512) : overlay_mount();
}

static int overlay_unmount(void)
{
	return umount(DISK) < 0 || umount(LAYERS) < 0 ? -errno : 0;
}

static void disk_unmount(const char *type)
{
	int err;

	if (!strcmp(type, "tmpfs"))
		err = umount(DISK);
	else
		err = strcmp(type, "overlay") ? scratch_unmount(DISK) : overlay_unmount();

	is(err, 0, "%s: unmounted: nothing is left behind", type);
}

int main(void)
{
	static const char *const types[] = { "tmpfs", "ext4", "xfs", "btrfs", "overlay" };
	struct rig rig;

	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		rig_mkdir(DISK);
		if (!is(disk_mount(types[i]), 0, "%s: a disk", types[i]))
			continue;

		secret_write();
		test_filesystem(&rig, types[i]);
		disk_unmount(types[i]);
	}
	rig_end(&rig);
	return done();
}
