// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: descriptors that change hands, or are opened anew
 */
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "technique.h"

static int descriptor_send(int socket, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec part = { .iov_base = "x", .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(int));
	return sendmsg(socket, &message, 0) < 0 ? -errno : 0;
}

static int descriptor_receive(int socket)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	char byte;
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fd = -EBADF;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) < 0)
		return -errno;

	if (CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
	return fd;
}

static int take_passed(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	int ends[2];
	int err;

	if (fd < 0)
		return fd;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;

	err = descriptor_send(ends[0], fd);
	return err ? err : loot_read(loot, descriptor_receive(ends[1]));
}

/* A descriptor that reads nothing, and its receiver opens it for reading. */
static int take_passed_path(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = open(target->path, O_PATH | O_CLOEXEC);
	_cleanup_(closep) int received = -EBADF;
	char number[16];
	int ends[2];
	int err;

	if (fd < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;

	err = descriptor_send(ends[0], fd);
	received = err ? err : descriptor_receive(ends[1]);
	if (received < 0)
		return received;

	(void)snprintf(number, sizeof(number), "%d", received);
	return read_below("/proc/self/fd", number, loot);
}

static int take_device(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = open(target->path, O_PATH | O_CLOEXEC);
	char number[16];

	if (fd < 0)
		return -errno;

	(void)snprintf(number, sizeof(number), "%d", fd);
	return read_below("/dev/fd", number, loot);
}

/* What the child got is in memory that both have. */
static int take_parents(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = open(target->path, O_PATH | O_CLOEXEC);
	struct loot *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char number[32];
	int status = 0;
	pid_t pid;

	if (fd < 0 || shared == MAP_FAILED)
		return -errno;

	(void)snprintf(number, sizeof(number), "%d/fd/%d", getpid(), fd);
	pid = fork();
	if (pid == 0)
		_exit(-read_below("/proc", number, shared));
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;

	loot_keep(loot, shared->bytes, shared->len);
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

/* By what /proc shows of a mapping. */
static int take_map_file(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	unsigned long at;
	char range[64];
	void *map;

	if (fd < 0)
		return fd;

	map = mmap(NULL, LOOT_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;

	at = (uintptr_t)map;
	(void)snprintf(range, sizeof(range), "%lx-%lx", at, at + LOOT_SIZE);
	return read_below("/proc/self/map_files", range, loot);
}

/* A child that shares the table opens it; the parent reads. */
static int take_shared_table(const struct target *target, struct loot *loot)
{
	int *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long pid;

	if (shared == MAP_FAILED)
		return -errno;

	*shared = -ECHILD;
	pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		*shared = target_open(target);
		_exit(0);
	}
	if (pid < 0 || waitpid((pid_t)pid, NULL, 0) < 0)
		return -errno;

	return loot_read(loot, *shared);
}

/* From here on getppid(2) waits for what a supervisor answers. */
static int supervisor_ask(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = { .len = ARRAY_LEN(code), .filter = code };
	long listener;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;

	listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			   &filter);
	return listener < 0 ? -errno : (int)listener;
}

/* Answers one call with a descriptor of the file, or with why there is none. */
static void supervisor_answer(const struct target *target, int listener)
{
	_cleanup_(closep) int fd = target_open(target);
	struct seccomp_notif call = { 0 };
	struct seccomp_notif_addfd gift = { .flags = SECCOMP_ADDFD_FLAG_SEND };
	struct seccomp_notif_resp refusal = { .error = fd };

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
		return;

	gift.id = call.id;
	gift.srcfd = (uint32_t)fd;
	refusal.id = call.id;
	if (fd >= 0 && ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &gift) >= 0)
		return;

	if (fd >= 0)
		refusal.error = -errno;
	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &refusal);
}

static int take_supervised(const struct target *target, struct loot *loot)
{
	int listener = supervisor_ask();
	long fd;
	pid_t pid;

	if (listener < 0)
		return listener;

	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		supervisor_answer(target, listener);
		_exit(0);
	}

	/* Or the call would wait on for one that has died. */
	closep(&listener);
	fd = pid < 0 ? -1 : syscall(SYS_getppid);
	if (fd < 0)
		fd = -errno;
	(void)waitpid(pid, NULL, 0);
	return loot_read(loot, (int)fd);
}

/* The listener gets a descriptor of what another opened or read. */
static int take_event(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int group =
		fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_CLOEXEC);
	_cleanup_(closep) int fd = -EBADF;
	struct fanotify_event_metadata event;
	char byte;

	if (group < 0 ||
	    fanotify_mark(group, FAN_MARK_ADD, FAN_OPEN | FAN_ACCESS, AT_FDCWD, target->path) < 0)
		return -errno;

	fd = target_open(target);
	if (fd < 0)
		return fd;

	if (pread(fd, &byte, 1, 0) < 0 || read(group, &event, sizeof(event)) < 0)
		return -errno;

	return loot_read(loot, event.fd);
}

const struct technique techniques_descriptor[] = {
	{ "passed", "C3", "a descriptor sent over a socket", take_passed, false },
	{ "passed-path", "A3", "an O_PATH descriptor sent and opened", take_passed_path, false },
	{ "dev-fd", "A3", "open through /dev/fd", take_device, false },
	{ "parent-fd", "A3", "open the parent's through /proc", take_parents, false },
	{ "shared-table", "C2", "a descriptor in a shared table", take_shared_table, false },
	{ "supervisor", "C5", "a descriptor that a supervisor gives", take_supervised, false },
	{ "fanotify", "A16", "a descriptor of a fanotify event", take_event, false },
	{ "map-files", "I5", "open through /proc/self/map_files", take_map_file, false },
	{ NULL, NULL, NULL, NULL, false },
};
