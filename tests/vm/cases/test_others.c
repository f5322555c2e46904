// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what is left to those whom no grant fits: so much, and nothing that can't be counted
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "live.h"
#include "rig.h"
#include "tap.h"

#define SET "/srv/set"
#define FILES 3U
#define WWW 33

/* Whom no grant names. */
#define SOMEBODY "/proc/self/exe"

#define POLICY(version, mode, rest)                                                 \
	"set: pensions\nversion: " version "\nmode: " mode "\nprotect: [" SET "]\n" \
	"grants:\n  - name: reader\n    exe: " LIVE_GRANTED                         \
	"\n    user: root\n    unit: any\n" rest
#define OTHERS(budget) "others:\n  budget: { every: 1h, " budget " }\n"

static const char *file_name(unsigned int number)
{
	static char name[64];

	(void)snprintf(name, sizeof(name), SET "/%u", number);
	return name;
}

static int probe_map(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	const volatile char *content;

	if (fd < 0)
		return -errno;

	content = mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0);
	return content == MAP_FAILED ? -errno : 0;
}

static int probe_link(const char *path)
{
	return link(path, "/srv/link") < 0 ? -errno : 0;
}

static const struct rig_probe probes[] = {
	{ "read", rig_read },
	{ "map", probe_map },
	{ "link", probe_link },
};

/* How many of all files the user can read, each by a process of its own. */
static unsigned int files_read(unsigned int uid)
{
	unsigned int came = 0;

	for (unsigned int i = 0; i < 2 * FILES; i++)
		came += rig_call_as(uid, SOMEBODY, "read", file_name(i)) == 0;
	return came;
}

static int own_user_namespace(void)
{
	return unshare(CLONE_NEWUSER) < 0 ? -errno : 0;
}

static void test_files(void)
{
	ok(live_apply("pensions.yaml", POLICY("2", "enforce", OTHERS("files: 3, per: user"))),
	   "3 files an hour are left to each other user");
	is((int)files_read(0), FILES, "root reads 3 files, and no other");
	is((int)files_read(0), FILES, "the same again");
	ok(live_wait_line(LIVE_EVENTS, "\"class_uid\":2006", "\"grant\":0", 40),
	   "the fourth is a finding on record");
	is((int)files_read(WWW), FILES, "another user reads 3 as well");
	is(rig_call(LIVE_GRANTED, "read", file_name(FILES)), 0,
	   "whom a grant names reads what he likes");
}

static void test_bounds(void)
{
	is(rig_call_after(own_user_namespace, SOMEBODY, "read", file_name(0)), -EACCES,
	   "who has a user namespace of his own: refused");
	is(rig_call(SOMEBODY, "link", file_name(0)), -EACCES, "a link out of the set: refused");
	is(rig_call(LIVE_GRANTED, "link", file_name(0)), 0, "control: whom a grant names may");
}

static void test_bytes(void)
{
	ok(live_apply("pensions.yaml", POLICY("3", "enforce", OTHERS("bytes: 9, per: grant"))),
	   "9 bytes an hour are left to all others together");
	is(rig_call(SOMEBODY, "map", file_name(0)), 0, "a mapping of 8 bytes");
	is(rig_call(SOMEBODY, "map", file_name(0)), -EACCES, "another one is too much");
	is(rig_call_as(WWW, SOMEBODY, "read", file_name(0)), 0, "another user reads the last byte");
	is(rig_call_as(WWW, SOMEBODY, "read", file_name(0)), -EACCES, "and then nobody");
}

static void test_modes(void)
{
	json_int_t before;

	ok(live_apply("pensions.yaml", POLICY("4", "monitor", OTHERS("bytes: 9, per: grant"))),
	   "the set only monitors");
	before = live_number("counters.would_refuse");
	is(rig_call(SOMEBODY, "read", file_name(0)), 0, "what is too much passes");
	is(live_number("counters.would_refuse"), before + 1, "and is counted");
	ok(live_apply("pensions.yaml", POLICY("5", "enforce", "")), "nothing is left to others");
	is(rig_call_as(WWW, SOMEBODY, "read", file_name(0)), -EACCES, "they read nothing");
}

int main(int argc, char **argv)
{
	pid_t engine;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	live_prepare();
	for (unsigned int i = 0; i < 2 * FILES; i++)
		rig_write(file_name(i), "content\n");
	engine = live_start();
	if (!ok(engine > 0, "the daemon starts") ||
	    !ok(live_wait_state("protected", 40), "the host is protected"))
		return done();

	is(rig_call(SOMEBODY, "read", file_name(0)), -EACCES, "control: others read nothing");
	test_files();
	test_bounds();
	test_bytes();
	test_modes();
	live_finish(engine);
	return done();
}
