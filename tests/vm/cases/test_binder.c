// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-1 for a descriptor that Android's binder hands on
 *
 * Boots with others.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/android/binder.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cleanup.h"
#include "rig.h"
#include "scratch.h"
#include "tap.h"

#define DEVICE "/dev/binder"
#define SECRET "/srv/set/secret"
#define PLAIN "/srv/plain"
#define READY "/run/ready"

#define ROOM 4096

static int binder_open(void)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);

	/* What is sent to whoever has it open lies there. */
	if (fd >= 0 && mmap(NULL, ROOM, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		closep(&fd);
	return fd;
}

static int binder_write(int device, const void *command, size_t len)
{
	struct binder_write_read call = { .write_size = len, .write_buffer = (uintptr_t)command };

	return ioctl(device, BINDER_WRITE_READ, &call) < 0 ? -errno : 0;
}

/* --- Who gets it --------------------------------------------------------------- */

/* The place of a command's data in what was read; NULL without that command. */
static const void *command_find(const char *read, size_t len, uint32_t wanted)
{
	uint32_t command;

	for (size_t at = 0; at + sizeof(command) <= len;
	     at += sizeof(command) + _IOC_SIZE(command)) {
		memcpy(&command, read + at, sizeof(command));
		if (command == wanted)
			return read + at + sizeof(command);
	}
	return NULL;
}

/* Waits for what is sent: the descriptor in it, or -errno. */
static int receive(int device)
{
	char read[256];
	struct binder_write_read call = { .read_size = sizeof(read),
					  .read_buffer = (uintptr_t)read };
	struct binder_transaction_data transaction;
	struct binder_fd_object object;
	const void *data = NULL;

	while (!data) {
		call.read_consumed = 0;
		if (ioctl(device, BINDER_WRITE_READ, &call) < 0)
			return -errno;
		data = command_find(read, call.read_consumed, BR_TRANSACTION);
	}
	memcpy(&transaction, data, sizeof(transaction));
	memcpy(&object, (const void *)(uintptr_t)transaction.data.ptr.buffer, sizeof(object));
	return (int)object.fd;
}

/* The one whom everybody can reach: it takes descriptors. */
static int manager_become(int device)
{
	const struct flat_binder_object self = { .flags = FLAT_BINDER_FLAG_ACCEPTS_FDS };
	const uint32_t enter = BC_ENTER_LOOPER;

	if (ioctl(device, BINDER_SET_CONTEXT_MGR_EXT, &self) < 0)
		return -errno;
	return binder_write(device, &enter, sizeof(enter));
}

static int probe_receive(const char *path)
{
	_cleanup_(closep) int device = binder_open();
	_cleanup_(closep) int fd = -EBADF;
	char byte;
	int err = device < 0 ? -ENODEV : manager_become(device);

	(void)path;
	if (err)
		return -ENOTRECOVERABLE;

	rig_write(READY, "");
	fd = receive(device);
	if (fd < 0)
		return -ENODATA;
	return pread(fd, &byte, 1, 0) < 0 ? -errno : 0;
}

static const struct rig_probe probes[] = {
	{ "receive", probe_receive },
};

/* --- Who sends it --------------------------------------------------------------- */

static int send_descriptor(int device, int fd)
{
	const struct binder_fd_object object = { .hdr.type = BINDER_TYPE_FD, .fd = (uint32_t)fd };
	const binder_size_t offset = 0;
	struct {
		uint32_t command;
		struct binder_transaction_data transaction;
	} __attribute__((packed)) call = {
		.command = BC_TRANSACTION,
		.transaction = {
			.flags = TF_ONE_WAY,
			.data_size = sizeof(object),
			.offsets_size = sizeof(offset),
			.data.ptr.buffer = (uintptr_t)&object,
			.data.ptr.offsets = (uintptr_t)&offset,
		},
	};

	return binder_write(device, &call, sizeof(call));
}

/* What came of reading by it there. */
static int hand_on(const char *to, int fd)
{
	_cleanup_(closep) int device = binder_open();
	int pid;

	(void)unlink(READY);
	pid = rig_call_begin(to, "receive", "");
	for (int i = 0; i < 1000 && access(READY, F_OK) < 0; i++)
		(void)usleep(10000);
	is(device < 0 ? -ENODEV : send_descriptor(device, fd), 0, "a descriptor is sent");
	return rig_call_end(pid);
}

static void test_descriptor(struct rig *rig)
{
	_cleanup_(closep) int secret = open(SECRET, O_RDONLY | O_CLOEXEC);
	_cleanup_(closep) int plain = open(PLAIN, O_RDONLY | O_CLOEXEC);

	is(hand_on(RIG_OTHER, secret), 0, "control: without a policy it reads");
	rig_set(rig, 1, BW_MODE_ENFORCE, "/srv/set");
	(void)rig_grant(rig, 1, RIG_GRANTED, 0);
	is(rig_apply(rig), 0, "a policy");
	is(hand_on(RIG_OTHER, plain), 0, "control: of a file outside: free");
	is(hand_on(RIG_OTHER, secret), -EACCES, "a descriptor from binder: refused");
	is(hand_on(RIG_GRANTED, secret), 0, "a descriptor from binder: granted");
}

int main(int argc, char **argv)
{
	struct rig rig;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	rig_write(SECRET, "pension\n");
	rig_write(PLAIN, "nothing\n");
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	if (is(scratch_run("/sbin/modprobe", "binder_linux", NULL), 0, "binder") &&
	    is(access(DEVICE, F_OK), 0, "its device"))
		test_descriptor(&rig);
	rig_end(&rig);
	return done();
}
