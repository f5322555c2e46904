// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - grants for what is in an executable: by its SHA-256, or as dpkg has it
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "content.h"
#include "live.h"
#include "rig.h"
#include "shown.h"
#include "tap.h"

#define FILE_NAME "pensions.yaml"

#define STARTED "/run/started"
#define GO "/run/go"

#define INFO_DIR "/var/lib/dpkg/info"

#define POLICY(condition)                                                              \
	"set: pensions\nversion: 1\nmode: enforce\nprotect: [/srv/set]\ngrants:\n"     \
	"  - name: reader\n    exe: " LIVE_GRANTED "\n    user: root\n    unit: any\n" \
	"    " condition "\n"

static char right[BW_DIGEST_HEX_SIZE], other[BW_DIGEST_HEX_SIZE];
static off_t right_size;

/* --- Files ----------------------------------------------------------------------- */

static struct bw_content content_of(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct bw_content content = { 0 };

	if (fd < 0 || bw_content_hash(fd, &content))
		diag("cannot read '%s': %s", path, strerror(errno));
	return content;
}

static off_t size_of(const char *path)
{
	struct stat status = { 0 };

	(void)stat(path, &status);
	return status.st_size;
}

/* A byte more runs as well. */
static int append(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	return fd < 0 || write(fd, "x", 1) != 1 ? -errno : 0;
}

static void copy_other(void)
{
	(void)rename(LIVE_GRANTED, "/opt/kept");
	live_copy_granted();
	(void)append(LIVE_GRANTED);
	(void)rename(LIVE_GRANTED, "/opt/other");
	(void)rename("/opt/kept", LIVE_GRANTED);
}

static void digests_note(void)
{
	copy_other();
	bw_digest_hex(content_of(LIVE_GRANTED).sha256, right);
	bw_digest_hex(content_of("/opt/other").sha256, other);
	right_size = size_of(LIVE_GRANTED);
}

/* --- Who reads ------------------------------------------------------------------- */

static int read_later(const char *path)
{
	rig_write(STARTED, "");
	while (access(GO, F_OK) < 0)
		(void)usleep(10000);
	return rig_read(path);
}

/* Nothing runs from the file any more by then, and it can be written. */
static int read_shown(const char *path)
{
	_cleanup_(closep) int shown = open("/opt/other", O_RDONLY | O_CLOEXEC);
	int err = shown_leave(LIVE_GRANTED);

	if (!err)
		err = shown_by_file(shown);
	return err ? -ENOTRECOVERABLE : read_later(path);
}

static const struct rig_probe probes[] = {
	{ "read-later", read_later },
	{ "read-shown", read_shown },
};

static int later_begin(const char *probe)
{
	int pid;

	(void)unlink(STARTED);
	(void)unlink(GO);
	pid = rig_call_begin(LIVE_GRANTED, probe, LIVE_SECRET);
	for (int i = 0; i < 1000 && access(STARTED, F_OK) < 0; i++)
		(void)usleep(10000);
	return pid;
}

static int later_end(int pid)
{
	rig_write(GO, "");
	return rig_call_end(pid);
}

static bool granted_within(int seconds)
{
	for (int i = 0; i < seconds * 10 && live_read_granted(); i++)
		(void)usleep(100000);
	return live_read_granted() == 0;
}

/* Long enough for the engine to have looked. */
static bool refused_on(void)
{
	(void)usleep(2000000);
	return live_read_granted() == -EACCES;
}

static json_t *apply(const char *format, const char *one, const char *two)
{
	char text[1024];

	(void)snprintf(text, sizeof(text), format, one, two);
	live_policy(FILE_NAME, text);
	return live_ask("apply");
}

static void applied(const char *format, const char *one, const char *two, const char *what)
{
	json_t *answer = apply(format, one, two);

	ok(answer && json_boolean_value(json_object_get(answer, "ok")), "applied: %s", what);
	json_decref(answer);
}

/* --- Tests ----------------------------------------------------------------------- */

/* Nobody is there to look. */
static void test_alone(void)
{
	is(live_read_granted(), 0, "no daemon: what was verified is granted");
	is(rig_open(LIVE_GRANTED, O_RDONLY), 0, "opened for reading");
	is(live_read_granted(), 0, "that changes nothing: granted");
	is(rig_open(LIVE_GRANTED, O_WRONLY), 0, "opened for writing, and nothing is written");
	is(live_read_granted(), -EACCES, "suspended at once: refused");
}

/* Its content is what it was. */
static void test_verified_again(pid_t engine)
{
	ok(granted_within(20), "the next daemon verifies it: granted");
	ok(live_wait_line(LIVE_EVENTS, "was verified again", LIVE_GRANTED, 20), "on record");
	is(rig_open(LIVE_GRANTED, O_RDWR), 0, "opened for writing");
	ok(granted_within(20), "verified again: granted");
	for (int i = 0; i < 200 && live_lines(LIVE_EVENTS, "verified again", LIVE_GRANTED) < 2; i++)
		(void)usleep(100000);
	is(live_lines(LIVE_EVENTS, "verified again", LIVE_GRANTED), 2, "that as well");

	(void)kill(engine, SIGSTOP);
	is(truncate(LIVE_GRANTED, right_size), 0, "truncated to the size that it has");
	is(live_read_granted(), -EACCES, "suspended at once: refused");
	(void)kill(engine, SIGCONT);
	ok(granted_within(20), "verified again: granted");
}

static void test_changed(void)
{
	is(append(LIVE_GRANTED), 0, "a byte more");
	ok(refused_on(), "another content: refused");
	ok(live_wait_line(LIVE_EVENTS, "wrong-digest", LIVE_GRANTED, 20), "that is on record");
	ok(live_wait_line(LIVE_EVENTS, "is suspended", LIVE_GRANTED, 20), "and why");
	is(truncate(LIVE_GRANTED, right_size), 0, "a byte less");
	ok(granted_within(20), "the content that it had: granted");
}

/* What it was started from is what was verified, if only later. */
static void test_started_before(pid_t engine)
{
	int pid;

	(void)kill(engine, SIGSTOP);
	is(rig_open(LIVE_GRANTED, O_WRONLY), 0, "opened for writing");
	pid = later_begin("read-later");
	is(live_read_granted(), -EACCES, "not verified yet: refused");
	(void)kill(engine, SIGCONT);
	ok(granted_within(20), "verified again: granted");
	is(later_end(pid), 0, "so is who was started in between");
}

/* What it was started from isn't what is in the file by now. */
static void test_started_from_another(void)
{
	int pid;

	is(append(LIVE_GRANTED), 0, "a byte more");
	pid = later_begin("read-shown");
	is(truncate(LIVE_GRANTED, right_size), 0, "who runs that leaves the file: a byte less");
	ok(granted_within(20), "verified again: granted");
	is(later_end(pid), -EACCES, "who was started from another content: refused");
}

/* Whoever had it open before the kernel was told of it may write as long as that lasts. */
static void test_writer(void)
{
	int fd = -EBADF;
	json_t *answer;

	applied(POLICY("reason: any content"), "", "", "any content");
	live_copy_granted();
	fd = open(LIVE_GRANTED, O_WRONLY | O_CLOEXEC);
	ok(fd >= 0, "another file, opened for writing");
	answer = apply(POLICY("sha256: %s"), right, "");
	ok(live_says(answer, "is open for writing"), "it can't be verified");
	json_decref(answer);
	(void)close(fd);
	ok(granted_within(20), "closed: verified, and granted");
}

static void test_replaced(void)
{
	int pid = live_reader_start();

	is(rig_open(LIVE_GRANTED, O_WRONLY), -ETXTBSY, "what runs can't be opened for writing");
	is(link("/opt/other", "/opt/next"), 0, "another content");
	is(rename("/opt/next", LIVE_GRANTED), 0, "takes its place");
	ok(refused_on(), "refused");
	is(live_reader_end(pid), 0, "who runs the former one goes on");
	applied(POLICY("sha256: [%s, %s]"), right, other, "both");
	is(live_read_granted(), 0, "the other one: granted");
	live_copy_granted();
	ok(granted_within(20), "and back: granted");
	applied(POLICY("sha256: %s"), other, "", "the other one alone");
	is(live_read_granted(), -EACCES, "the first one: refused");
}

static void record_write(const char *md5)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "%s  %s\n", md5, LIVE_GRANTED + 1);
	rig_write(INFO_DIR "/new", text);
	(void)rename(INFO_DIR "/new", INFO_DIR "/reader.md5sums");
}

static void record_make(const char *path)
{
	const struct bw_content content = content_of(path);
	char md5[2 * BW_MD5_SIZE + 1];

	for (size_t i = 0; i < BW_MD5_SIZE; i++)
		(void)snprintf(md5 + 2 * i, 3, "%02x", content.md5[i]);
	record_write(md5);
}

/* In dpkg's order: the file first, then what is recorded of it. */
static void test_package(void)
{
	rig_write(INFO_DIR "/reader.list", "/.\n/opt\n" LIVE_GRANTED "\n");
	record_make(LIVE_GRANTED);
	applied(POLICY("package: %s"), "writer", "", "a package that isn't there");
	is(live_read_granted(), -EACCES, "refused");
	applied(POLICY("package: %s"), "reader", "", "a package");
	is(live_read_granted(), 0, "as the package has it: granted");

	is(rename("/opt/other", LIVE_GRANTED), 0, "another content");
	ok(refused_on(), "no package's: refused");
	record_make(LIVE_GRANTED);
	ok(granted_within(20), "recorded: granted");
	record_write("00000000000000000000000000000000");
	ok(refused_on(), "recorded otherwise: refused");
}

int main(int argc, char **argv)
{
	pid_t engine;

	if (argc > 2 && strcmp(argv[2], "read") != 0 && strcmp(argv[2], "read-on") != 0)
		rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	live_probe_main(argc, argv);
	live_prepare();
	digests_note();
	engine = live_start();
	ok(engine > 0, "the daemon starts");

	applied(POLICY("sha256: %s"), other, "", "another digest");
	is(live_read_granted(), -EACCES, "refused");
	applied(POLICY("sha256: %s"), right, "", "its digest");
	is(live_read_granted(), 0, "granted");
	(void)live_end(engine, SIGKILL);
	test_alone();
	engine = live_start();
	ok(engine > 0, "the next daemon starts");

	test_verified_again(engine);
	test_changed();
	test_started_before(engine);
	test_started_from_another();
	test_writer();
	test_replaced();
	test_package();
	live_finish(engine);
	return done();
}
