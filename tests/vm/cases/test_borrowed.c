// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-2 under borrowed credentials: the process's own count
 *
 * A grant is for one user.  io_uring reads as whoever was registered in the ring, an
 * overlay as whoever mounted it; the kernel's own checks go by those.
 *
 * Boots with others.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "rig.h"
#include "ring.h"
#include "tap.h"

#define SECRET "/srv/set/secret"
#define PLAIN "/srv/plain"
/* What the kernel gives to nobody but root, and but the user. */
#define FOR_ROOT "/srv/for-root"
#define EMPTY "/srv/empty"
#define MERGED "/srv/merged"
#define SECRET_MERGED MERGED "/secret"

#define USER 34

/* --- A ring with somebody else's credentials -------------------------------- */

/* Of the calling thread alone, as the kernel has it, and so that root can come back. */
static int become(uid_t uid)
{
	return syscall(SYS_setresuid, uid, uid, 0) < 0 ? -errno : 0;
}

/* The ring then knows the credentials of @uid by a number: it, or -errno. */
static int ring_register(const struct ring *ring, uid_t uid)
{
	uid_t own = getuid();
	int number;

	if (become(uid))
		return -EPERM;

	number =
		(int)syscall(SYS_io_uring_register, ring->fd, IORING_REGISTER_PERSONALITY, NULL, 0);
	return become(own) ? -EPERM : number;
}

static int ring_call(uid_t uid, struct io_uring_sqe *command)
{
	struct ring ring;
	int err = ring_open(&ring);
	int number = err ? err : ring_register(&ring, uid);
	int result = number;

	if (number >= 0) {
		command->personality = (__u16)number;
		result = ring_submit(&ring, command);
	}
	ring_close(&ring);
	return result;
}

static int ring_open_file(uid_t uid, const char *path)
{
	struct io_uring_sqe command = {
		.opcode = IORING_OP_OPENAT,
		.fd = AT_FDCWD,
		.addr = (__u64)(uintptr_t)path,
		.open_flags = O_RDONLY | O_CLOEXEC,
	};
	_cleanup_(closep) int fd = ring_call(uid, &command);

	return fd < 0 ? fd : 0;
}

/* Of an inherited descriptor. */
static int ring_read(uid_t uid, const char *number)
{
	char byte;
	struct io_uring_sqe command = {
		.opcode = IORING_OP_READ,
		.fd = atoi(number),
		.addr = (__u64)(uintptr_t)&byte,
		.len = 1,
	};
	int result = ring_call(uid, &command);

	return result == 1 ? 0 : result;
}

/* --- Probes: who they are, and as whom they read ---------------------------- */

static int probe_root_opens_as_user(const char *path)
{
	return ring_open_file(USER, path);
}

static int probe_root_reads_as_user(const char *number)
{
	return ring_read(USER, number);
}

static int probe_user_opens_as_root(const char *path)
{
	return become(USER) ? -ENOTRECOVERABLE : ring_open_file(0, path);
}

static int probe_user_reads_as_root(const char *number)
{
	return become(USER) ? -ENOTRECOVERABLE : ring_read(0, number);
}

static const struct rig_probe probes[] = {
	{ "read", rig_read },
	{ "root-opens-as-user", probe_root_opens_as_user },
	{ "root-reads-as-user", probe_root_reads_as_user },
	{ "user-opens-as-root", probe_user_opens_as_root },
	{ "user-reads-as-root", probe_user_reads_as_root },
};

/* --- Tests ------------------------------------------------------------------ */

static void policy_apply(struct rig *rig, uid_t uid)
{
	struct bw_grant *grant;

	rig_clear(rig);
	rig_set(rig, 1, BW_MODE_ENFORCE, "/srv/set");
	grant = rig_grant(rig, 1, RIG_GRANTED, 0);
	grant->flags &= ~BW_GRANT_ANY_USER;
	grant->uid = uid;
	is(rig_apply(rig), 0, "a grant for user %u", uid);
}

static void policy_lift(struct rig *rig)
{
	rig_clear(rig);
	is(rig_apply(rig), 0, "no policy any more");
}

static int call(const char *probe, const char *path)
{
	return rig_call(RIG_GRANTED, probe, path);
}

/* That the ring does put the other's credentials on. */
static void test_control(const char *number)
{
	is(call("root-opens-as-user", PLAIN), 0, "control: root opens as a user");
	is(call("root-opens-as-user", FOR_ROOT), -EACCES, "control: not what is root's alone");
	is(call("user-opens-as-root", FOR_ROOT), 0, "control: which a user opens as root");
	is(call("root-opens-as-user", SECRET), 0, "control: without a policy, the secret");
	is(call("root-reads-as-user", number), 0, "control: and reads it");
	is(call("user-reads-as-root", number), 0, "control: as does a user as root");
}

static void test_ring(struct rig *rig, const char *number)
{
	test_control(number);

	policy_apply(rig, USER);
	is(call("root-opens-as-user", SECRET), -EACCES,
	   "root in a ring, as who is granted: refused");
	is(call("root-reads-as-user", number), -EACCES, "an old descriptor too: refused");
	is(call("user-opens-as-root", SECRET), 0, "who is granted, as root: granted");
	is(call("user-reads-as-root", number), 0, "an old descriptor too: granted");

	policy_apply(rig, 0);
	is(call("user-opens-as-root", SECRET), -EACCES, "a user in a ring, as root: refused");
	is(call("user-reads-as-root", number), -EACCES, "an old descriptor of it: refused");
	is(call("root-opens-as-user", SECRET), 0, "root, who is granted, as a user: granted");
	policy_lift(rig);
}

/* Root mounted it, so that what lies below is opened as root. */
static void test_overlay(struct rig *rig)
{
	rig_mkdir(EMPTY);
	rig_mkdir(MERGED);
	if (!ok(mount("overlay", MERGED, "overlay", 0, "lowerdir=/srv/set:" EMPTY) == 0,
		"root mounts an overlay over the set"))
		return;

	is(rig_call_as(USER, RIG_GRANTED, "read", SECRET_MERGED), 0,
	   "control: without a policy a user reads through it");
	policy_apply(rig, 0);
	is(rig_call_as(USER, RIG_GRANTED, "read", SECRET_MERGED), -EACCES,
	   "a user by the credentials of root, who mounted it: refused");
	is(rig_call_as(0, RIG_GRANTED, "read", SECRET_MERGED), 0, "root itself: granted");

	policy_apply(rig, USER);
	is(rig_call_as(USER, RIG_GRANTED, "read", SECRET_MERGED), 0,
	   "a user who is granted, by those of root: granted");
	is(rig_call_as(0, RIG_GRANTED, "read", SECRET_MERGED), -EACCES, "root: refused");
	policy_lift(rig);
	(void)umount(MERGED);
}

int main(int argc, char **argv)
{
	char number[16];
	struct rig rig;
	int fd;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	rig_write(SECRET, "pension\n");
	rig_write(PLAIN, "nothing\n");
	rig_write(FOR_ROOT, "nothing\n");
	is(chmod(FOR_ROOT, 0600), 0, "a file for root alone");
	/* Goes along with fork and exec. */
	fd = open(SECRET, O_RDONLY);
	(void)snprintf(number, sizeof(number), "%d", fd);
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	test_ring(&rig, number);
	test_overlay(&rig);

	rig_end(&rig);
	(void)close(fd);
	return done();
}
