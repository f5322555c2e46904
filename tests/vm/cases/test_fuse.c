// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-1 where FUSE reads a protected file for whoever opens one of its own
 *
 * The server here has one file, its root, and answers no read: what is read comes from
 * the backing file that it has registered, by a descriptor that was opened for nothing.
 *
 * Boots with others.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "rig.h"
#include "scratch.h"
#include "tap.h"

#define SECRET "/srv/set/secret"
#define TEXT "pension\n"
#define OFFERED "/srv/offered"

/* Since protocol 7.40, which Debian 12's headers have not. */
#define INIT_EXTENDED (1U << 30)
#define INIT2_PASSTHROUGH (1U << 5)
#define OPEN_PASSTHROUGH (1U << 7)

struct backing {
	__s32 fd;
	__u32 flags;
	__u64 padding;
};

#define BACKING_OPEN _IOW(229, 1, struct backing)

/* --- The server --------------------------------------------------------------- */

struct request {
	struct fuse_in_header header;
	union {
		struct fuse_init_in init;
		char room[65536];
	} body;
};

static int answer(int device, const struct request *request, int err, const void *body, size_t len)
{
	struct {
		struct fuse_out_header header;
		char body[256];
	} out = {
		.header = {
			.len = (__u32)(sizeof(out.header) + len),
			.error = err,
			.unique = request->header.unique,
		},
	};

	memcpy(out.body, body, len);
	return write(device, &out, out.header.len) == (ssize_t)out.header.len ? 0 : -errno;
}

/* Where newer headers have max_stack_depth, which must be 1 or more. */
static int answer_init(int device, const struct request *request)
{
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = 40,
		.flags = INIT_EXTENDED,
		.flags2 = INIT2_PASSTHROUGH,
		.max_write = 4096,
	};

	memcpy((char *)&out + offsetof(struct fuse_init_out, flags2) + sizeof(out.flags2),
	       &(__u32){ 1 }, sizeof(__u32));
	return answer(device, request, 0, &out, sizeof(out));
}

static int answer_attributes(int device, const struct request *request)
{
	const struct fuse_attr_out out = {
		.attr = { .ino = 1, .mode = S_IFREG | 0644, .nlink = 1, .size = strlen(TEXT) },
	};

	return answer(device, request, 0, &out, sizeof(out));
}

/* Where newer headers have backing_id. */
static int answer_open(int device, const struct request *request, int backing)
{
	struct fuse_open_out out = { .open_flags = OPEN_PASSTHROUGH };

	memcpy(&out.padding, &backing, sizeof(out.padding));
	return answer(device, request, 0, &out, sizeof(out));
}

static int answer_one(int device, const struct request *request, int backing)
{
	switch (request->header.opcode) {
	case FUSE_GETATTR:
		return answer_attributes(device, request);
	case FUSE_OPEN:
		return answer_open(device, request, backing);
	case FUSE_RELEASE:
		return answer(device, request, 0, "", 0);
	case FUSE_FORGET:
		return 0;
	default:
		return answer(device, request, -ENOSYS, "", 0);
	}
}

/* The kernel's first request says what it can. */
static int greet(int device)
{
	struct request request;

	if (read(device, &request, sizeof(request)) < 0 || request.header.opcode != FUSE_INIT)
		return -EPROTO;
	if (!(request.body.init.flags & INIT_EXTENDED) ||
	    !(request.body.init.flags2 & INIT2_PASSTHROUGH))
		return -EOPNOTSUPP;
	return answer_init(device, &request);
}

static int backing_register(int device)
{
	_cleanup_(closep) int fd = open(SECRET, O_PATH | O_CLOEXEC);
	const struct backing backing = { .fd = fd };
	int id = ioctl(device, BACKING_OPEN, &backing);

	return id < 0 ? -errno : id;
}

/* Tells whether it could begin, and serves until nothing is mounted any more. */
__attribute__((noreturn)) static void serve(int device, int ready)
{
	struct request request;
	int backing = greet(device);

	if (!backing)
		backing = backing_register(device);
	(void)!write(ready, &backing, sizeof(backing));
	while (backing > 0 && read(device, &request, sizeof(request)) > 0)
		(void)answer_one(device, &request, backing);
	_exit(0);
}

/* The number of the backing file, or -errno. */
static int server_start(pid_t *ret_pid)
{
	_cleanup_(closep) int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	int ends[2], backing = -EPIPE;
	char options[64];

	(void)snprintf(options, sizeof(options), "fd=%d,rootmode=100644,user_id=0,group_id=0",
		       device);
	if (device < 0 || pipe2(ends, O_CLOEXEC) < 0 ||
	    mount("bulwark", OFFERED, "fuse", 0, options) < 0)
		return -errno;

	*ret_pid = fork();
	if (*ret_pid == 0)
		serve(device, ends[1]);
	(void)close(ends[1]);
	(void)!read(ends[0], &backing, sizeof(backing));
	(void)close(ends[0]);
	return backing;
}

static void server_end(pid_t pid)
{
	if (pid <= 0)
		return;

	(void)umount2(OFFERED, MNT_DETACH);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* --- Tests -------------------------------------------------------------------- */

static int text_of(int fd)
{
	char text[sizeof(TEXT)] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) < 0)
		return -errno;
	return strcmp(text, TEXT) == 0 ? 0 : -EBADMSG;
}

static int map(int fd)
{
	const char *at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	int err;

	if (at == MAP_FAILED)
		return -errno;

	err = memcmp(at, TEXT, strlen(TEXT)) == 0 ? 0 : -EBADMSG;
	(void)munmap((void *)at, 4096);
	return err;
}

static int probe_read(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : text_of(fd);
}

static int probe_map(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : map(fd);
}

static const struct rig_probe probes[] = {
	{ "read", probe_read },
	{ "map", probe_map },
};

static void policy_apply(struct rig *rig)
{
	rig_clear(rig);
	rig_set(rig, 1, BW_MODE_ENFORCE, "/srv/set");
	(void)rig_grant(rig, 1, RIG_GRANTED, 0);
	is(rig_apply(rig), 0, "a policy");
}

static void policy_lift(struct rig *rig)
{
	rig_clear(rig);
	is(rig_apply(rig), 0, "no policy any more");
}

/* FUSE says EIO whatever its backing file's open says: that it was ours is counted. */
static void test_opened(struct rig *rig, const char *probe)
{
	__u64 refused = rig_state(rig).refused;

	is(rig_call(RIG_OTHER, probe, OFFERED), -EIO, "%s: refused", probe);
	is(rig_state(rig).refused - refused, 1, "%s: by Bulwark", probe);
	is(rig_call(RIG_GRANTED, probe, OFFERED), 0, "%s: granted", probe);
}

static void test_passthrough(struct rig *rig)
{
	_cleanup_(closep) int fd = -EBADF;

	test_opened(rig, "read");
	test_opened(rig, "map");

	policy_lift(rig);
	is(rig_call(RIG_OTHER, "read", OFFERED), 0, "control: read, without a policy");
	is(rig_call(RIG_OTHER, "map", OFFERED), 0, "control: mapped, without a policy");
	fd = open(OFFERED, O_RDONLY | O_CLOEXEC);
	is(text_of(fd), 0, "control: by a descriptor");

	policy_apply(rig);
	is(text_of(fd), -EACCES, "read by the old descriptor: refused");
	is(map(fd), -EACCES, "mapped by the old descriptor: refused");
	policy_lift(rig);
	is(text_of(fd), 0, "control: it reads again");
}

int main(int argc, char **argv)
{
	struct rig rig;
	pid_t pid = -1;
	int backing;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	rig_write(SECRET, TEXT);
	rig_write(OFFERED, "");
	/* Newer kernels have it in them. */
	(void)scratch_run("/sbin/modprobe", "fuse", NULL);
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	policy_apply(&rig);
	backing = server_start(&pid);
	if (backing == -EOPNOTSUPP)
		skip("this kernel's FUSE has no backing files", "read: refused");
	else if (ok(backing > 0, "a server registers the file under the policy"))
		test_passthrough(&rig);
	else
		diag("backing file: %d", backing);

	server_end(pid);
	rig_end(&rig);
	return done();
}
