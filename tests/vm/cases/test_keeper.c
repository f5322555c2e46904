// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what the module holds stays, and what nobody holds goes (INV-5)
 *
 * The programs refuse statfs(2) to everybody, so each test sees whether they run.
 *
 * Boots with two processors.
 * Boots afresh.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "calls.h"
#include "lsm.h"
#include "tap.h"

#define HOOK "sb_statfs"
#define FTRACE_SWITCH "/proc/sys/kernel/ftrace_enabled"

/* The daemon's part: a child adopts one link and one map, and is killed. */
static void adopt_and_die(const struct bw_audit *audit)
{
	pid_t pid = fork();
	int device, link, map;

	if (!pid) {
		device = open(BW_DEVICE_PATH, O_RDWR | O_CLOEXEC);
		link = lsm_run(HOOK, -EACCES, audit);
		map = lsm_map();
		if (device_adopt(device, &link, 1, &map, 1))
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	waitpid(pid, NULL, 0);
}

static int try_statfs(void)
{
	struct statfs fs;

	return statfs("/proc", &fs) ? -errno : 0;
}

/* A program goes a moment after its link. */
static int try_statfs_until(int want)
{
	int tries, got;

	for (tries = 0; tries < 50; tries++) {
		got = try_statfs();
		if (got == want)
			break;
		usleep(100000);
	}
	return got;
}

static int list(int device, struct bw_kept *links, uint32_t *links_len, struct bw_kept *maps,
		uint32_t *maps_len)
{
	struct bw_control_keep call = {
		.size = sizeof(call),
		.version = BW_ABI_VERSION,
		.links_len = *links_len,
		.maps_len = *maps_len,
		.links = (__u64)links,
		.maps = (__u64)maps,
	};
	int err = device_call(device, BW_IOCTL_LIST, &call);

	*links_len = call.links_len;
	*maps_len = call.maps_len;
	return err;
}

static void test_outlives(void)
{
	int device;

	is(try_statfs(), 0, "nothing is refused before");
	adopt_and_die(NULL);
	is(try_statfs(), -EACCES, "refused after the daemon was killed");
	is(module_unload(0), -EAGAIN, "rmmod fails while links are held");
	is(try_statfs(), -EACCES, "still refused");

	device = device_open();
	is(device_release(device), 0, "let go");
	is(try_statfs_until(0), 0, "nothing is refused after");
	close(device);
}

static void test_list_sizes(int device)
{
	struct bw_kept links[1], maps[1];
	uint32_t links_len = 0, maps_len = 1;

	is(list(device, NULL, &links_len, maps, &maps_len), -ENOSPC, "no room for links");
	ok(links_len == 1 && maps_len == 1, "the lengths say what is needed");
	maps_len = 0;
	is(list(device, links, &links_len, NULL, &maps_len), -ENOSPC, "no room for maps");
	is(list(device, NULL, &links_len, maps, &maps_len), -EFAULT, "links can't be written");
	is(list(device, links, &links_len, NULL, &maps_len), -EFAULT, "maps can't be written");
}

static void test_list(void)
{
	struct bw_kept links[BW_KEEP_LINKS_MAX], maps[BW_KEEP_MAPS_MAX];
	uint32_t links_len = BW_KEEP_LINKS_MAX, maps_len = BW_KEEP_MAPS_MAX;
	int device = device_open();
	int link = lsm_run(HOOK, 0, NULL);
	int map = lsm_map();

	is(list(device, links, &links_len, maps, &maps_len), 0, "an empty keeper lists nothing");
	ok(!links_len && !maps_len, "nothing at all");

	is(device_adopt(device, &link, 1, &map, 1), 0, "adopted");
	test_list_sizes(device);
	links_len = maps_len = 2;
	is(list(device, links, &links_len, maps, &maps_len), 0, "listed, with room to spare");
	is_text(links[0].name, "link0", "the link's name");
	is_text(maps[0].name, "map0", "the map's name");
	is(links[0].id, lsm_link_id(link), "the link's id");
	is(maps[0].id, lsm_map_id(map), "the map's id");
	ok(links[0].fd == -1 && maps[0].fd == -1, "no descriptors");
	close(bpf_map_get_fd_by_id(maps[0].id));

	close(link);
	close(map);
	device_release(device);
	close(device);
}

static void test_replaces(void)
{
	int device = device_open();
	int old = lsm_run(HOOK, -EACCES, NULL);
	unsigned int old_id = lsm_link_id(old);
	int fresh;

	is(device_adopt(device, &old, 1, NULL, 0), 0, "the old program is held");
	close(old);
	fresh = lsm_run(HOOK, -EACCES, NULL);
	is(device_adopt(device, &fresh, 1, NULL, 0), 0, "the new one takes its place");
	is(try_statfs(), -EACCES, "refused all the time");
	ok(lsm_link_is_gone(old_id), "the old link is gone");
	close(fresh);
	is(try_statfs(), -EACCES, "the new one is held");
	device_release(device);
	is(try_statfs_until(0), 0, "and let go");
	close(device);
}

#define ROUNDS 300

static void *adopt_often(void *data)
{
	int device = open(BW_DEVICE_PATH, O_RDWR | O_CLOEXEC);
	int link = lsm_run(HOOK, 0, NULL);
	int map = lsm_map();
	long i, failures = 0;

	(void)data;
	for (i = 0; i < ROUNDS; i++)
		failures += device_adopt(device, &link, 1, &map, 1) != 0;
	close(device);
	close(link);
	close(map);
	return (void *)failures;
}

static void *look_often(void *data)
{
	struct bw_kept links[1], maps[1];
	int device = open(BW_DEVICE_PATH, O_RDWR | O_CLOEXEC);
	uint32_t links_len, maps_len;
	long i, failures = 0;

	(void)data;
	for (i = 0; i < ROUNDS; i++) {
		links_len = maps_len = 1;
		failures += list(device, links, &links_len, maps, &maps_len) != 0;
		failures += links_len != maps_len;
	}
	close(device);
	return (void *)failures;
}

static void test_races(void)
{
	static void *(*const bodies[])(void *) = { adopt_often, adopt_often, look_often };
	pthread_t threads[3];
	void *failures;
	int i, device;

	for (i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, bodies[i], NULL);
	for (i = 0; i < 3; i++) {
		pthread_join(threads[i], &failures);
		is((long)failures, 0, "racing thread %d never failed", i);
	}
	device = device_open();
	is(device_release(device), 0, "one content is left");
	close(device);
}

static void test_status(void)
{
	struct stat st = { .st_mode = 0 };
	char text[4096], line[64];
	int device = device_open();
	int link = lsm_run(HOOK, 0, NULL);
	int map = lsm_map();

	device_adopt(device, &link, 1, &map, 1);
	file_text(BW_STATUS_DIR "/state", text, sizeof(text));
	ok(text_has_line(text, "abi 1"), "state: abi");
	ok(text_has_line(text, "links 1"), "state: links");
	ok(text_has_line(text, "maps 1"), "state: maps");
	ok(text_has_line(text, "off no"), "state: off");
	snprintf(line, sizeof(line), "%u link0", lsm_link_id(link));
	file_text(BW_STATUS_DIR "/links", text, sizeof(text));
	ok(text_has_line(text, line), "links: '%s'", line);
	snprintf(line, sizeof(line), "%u map0", lsm_map_id(map));
	file_text(BW_STATUS_DIR "/maps", text, sizeof(text));
	ok(text_has_line(text, line), "maps: '%s'", line);

	stat(BW_STATUS_DIR "/state", &st);
	is(st.st_mode, S_IFREG | 0444, "everybody may read the state");
	stat(BW_STATUS_DIR "/links", &st);
	is(st.st_mode, S_IFREG | 0400, "names and ids are for root");
	is(file_write(BW_STATUS_DIR "/state", "off yes\n"), -EINVAL, "nothing can be written");

	close(link);
	close(map);
	device_release(device);
	close(device);
}

/* Nobody listens to the audit trail here, so the records go to the kernel's messages. */
static void test_audit(const struct bw_audit *audit, const char *record)
{
	int messages = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int device;

	lseek(messages, 0, SEEK_END);
	adopt_and_die(audit);
	is(module_unload(0), -EAGAIN, "rmmod fails while programs call the module");
	is(try_statfs(), -EACCES, "refused, with a record");
	ok(kernel_says(messages, record), "the record is '%s'", record);
	close(messages);

	device = device_open();
	device_release(device);
	is(try_statfs_until(0), 0, "let go");
	close(device);
}

static void test_audits(void)
{
	struct bw_audit audit = {
		.sequence = 42,
		.file = { .dev = 0xfe00001, .generation = 9, .ino = 1234567890123 },
		.set_name = "pension-db",
		.generation = 7,
		.channel = BW_CHANNEL_OPEN,
		.verdict = BW_VERDICT_DENY,
		.reason = BW_REASON_NO_GRANT,
	};

	test_audit(&audit, "bulwark: op=open verdict=deny reason=no-grant set=pension-db "
			   "dev=fe:01 ino=1234567890123 gen=7 seq=42 pid=");

	memset(audit.set_name, 'x', sizeof(audit.set_name));
	memcpy(audit.set_name, "a b=\n\"", 6);
	audit.channel = audit.verdict = audit.reason = UINT16_MAX;
	test_audit(&audit, "bulwark: op=unknown verdict=unknown reason=unknown "
			   "set=a?b???xxxxxxxxxxxxxxxxxxxxxxxxx dev=");
}

/* The module comes back with the switch off, and takes it once it is on. */
static void test_permanence(void)
{
	int device = device_open();
	int link = lsm_run(HOOK, 0, NULL);

	ok(device_info(device).flags & BW_INFO_PERMANENT, "the ftrace switch is held");
	is(file_write(FTRACE_SWITCH, "0"), -EBUSY, "it can't be turned off");
	close(device);

	is(module_unload_at_last(), 0, "a module that holds nothing can go");
	is(file_write(FTRACE_SWITCH, "0"), 0, "now it can be turned off");
	is(module_load(), 0, "the module loads all the same");
	device = device_open();
	ok(!(device_info(device).flags & BW_INFO_PERMANENT), "and says that it isn't held");
	is(file_write(FTRACE_SWITCH, "1"), 0, "it is turned on again");
	is(device_adopt(device, &link, 1, NULL, 0), 0, "an adoption tries again");
	ok(device_info(device).flags & BW_INFO_PERMANENT, "it is held again");
	is(file_write(FTRACE_SWITCH, "0"), -EBUSY, "it can't be turned off again");

	close(link);
	device_release(device);
	close(device);
}

/* With bulwark=off nothing else can be tested. */
static void test_off(void)
{
	char text[4096];
	int messages = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int device = device_open();
	int link = lsm_run(HOOK, 0, NULL);

	ok(device_info(device).flags & BW_INFO_OFF, "the module knows");
	is(device_adopt(device, &link, 0, NULL, 0), -EOPNOTSUPP, "adopting is refused first");
	is(device_adopt(device, &link, 1, NULL, 0), -EOPNOTSUPP, "adopting is refused");
	is(device_release(device), -ENOENT, "nothing is held");
	is(device_seal(device, 0, 0, 0), -EOPNOTSUPP, "sealing is refused first");
	file_text(BW_STATUS_DIR "/state", text, sizeof(text));
	ok(text_has_line(text, "off yes"), "the status says so");
	ok(kernel_says(messages, "bulwark: 'bulwark=off'"), "the kernel's messages too");
	close(messages);
	close(link);
	close(device);
}

/* "rmmod -f" finds no end, and takes nothing away.  The last test of a guest. */
static void test_force(void)
{
	pid_t pid;

	adopt_and_die(NULL);
	pid = fork();
	if (!pid) {
		/* Nobody is to wait for what this one may still print. */
		close_range(0, UINT32_MAX, 0);
		_exit(module_unload(O_TRUNC) != 0);
	}

	sleep(2);
	is(waitpid(pid, NULL, WNOHANG), 0, "the unload waits");
	is(try_statfs(), -EACCES, "refused all the same");
	ok(open(BW_DEVICE_PATH, O_RDWR | O_CLOEXEC) < 0, "nobody can let go any more");
}

/* Words for the kernel's command line choose what can only be tested by itself. */
int main(void)
{
	char command_line[4096];

	file_text("/proc/cmdline", command_line, sizeof(command_line));
	if (strstr(command_line, "bulwark=off")) {
		test_off();
		return done();
	}
	if (strstr(command_line, "test=force")) {
		test_force();
		return done();
	}

	test_outlives();
	test_list();
	test_replaces();
	test_races();
	test_status();
	test_audits();
	test_permanence();
	return done();
}
