// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the kernel's audit trail: a record of each refusal, and no flood
 *
 * Boots with others.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "rig.h"
#include "tap.h"

#define SECRET "/srv/set/secret"
#define STATE BW_STATUS_DIR "/state"

/* Of the module: records in a second. */
#define RATE 16
#define FEW 8
#define FLOOD 2000

static int trail_open(void)
{
	const struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = AUDIT_NLGRP_READLOG,
	};
	const int room = 16 << 20;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_AUDIT);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0)
		diag("cannot listen to the audit trail: %s", strerror(errno));
	return fd;
}

/* Bulwark's records since the last call, once no more come. */
static unsigned int trail_count(int trail)
{
	union {
		struct nlmsghdr header;
		char room[8192];
	} message;
	unsigned int count = 0;
	ssize_t len;

	(void)usleep(500000);
	while ((len = recv(trail, &message, sizeof(message) - 1, 0)) > 0) {
		message.room[len] = '\0';
		count += message.header.nlmsg_type == AUDIT_KERNEL_OTHER &&
			 strstr(NLMSG_DATA(&message.header), "bulwark: op=open verdict=deny");
	}
	return count;
}

static long left_out(void)
{
	_cleanup_(fclosep) FILE *file = fopen(STATE, "re");
	char line[128];
	long number = -1;

	while (file && fgets(line, sizeof(line), file))
		(void)sscanf(line, "audit-left-out %ld", &number);
	return number;
}

/* One process in many users' names: each refusal is the first of its kind. */
static unsigned int refuse(uid_t first, unsigned int count)
{
	unsigned int refused = 0;

	for (unsigned int i = 0; i < count; i++) {
		(void)!setresuid(first + i, 0, 0);
		refused += rig_open(SECRET, O_RDONLY) == -EACCES;
	}
	(void)!setresuid(0, 0, 0);
	return refused;
}

static void test_few(int trail)
{
	(void)sleep(2);
	is(refuse(1, FEW), FEW, "%d users are refused", FEW);
	is(trail_count(trail), FEW, "each has its record");
	is(left_out(), 0, "none is left out");
	is(refuse(1, FEW), FEW, "they are again");
	is(trail_count(trail), 0, "the same refusal has one record");
}

static void test_flood(const struct rig *rig, int trail)
{
	__u64 sequence = rig_state(rig).sequence;
	unsigned int written, allowed;
	struct timespec from, to;

	(void)sleep(2);
	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	is(refuse(1000, FLOOD), FLOOD, "%d users are refused", FLOOD);
	(void)clock_gettime(CLOCK_MONOTONIC, &to);
	written = trail_count(trail);
	allowed = RATE * (unsigned int)(to.tv_sec - from.tv_sec + 2);

	diag("%u records in %ld s, %ld left out", written, (long)(to.tv_sec - from.tv_sec),
	     left_out());
	ok(written >= RATE, "a burst has its records");
	ok(written <= allowed, "of a flood there are at most %u records", allowed);
	is(left_out(), FLOOD - written, "all others are counted");
	is(rig_state(rig).sequence - sequence, FLOOD, "each refusal has its event");

	(void)sleep(2);
	is(refuse(1, 1) + refuse(5000, 1), 2, "later a new one is refused");
	is(trail_count(trail), 1, "and has its record");
}

int main(void)
{
	_cleanup_(closep) int trail = -EBADF;
	struct rig rig;

	rig_write(SECRET, "pension\n");
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	rig_set(&rig, 1, BW_MODE_ENFORCE, "/srv/set");
	is(rig_apply(&rig), 0, "policy applied");

	trail = trail_open();
	test_few(trail);
	test_flood(&rig, trail);

	rig_end(&rig);
	return done();
}
