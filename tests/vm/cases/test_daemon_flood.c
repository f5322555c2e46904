// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-7: what can't be written waits, what can't wait is counted
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "cleanup.h"
#include "live.h"
#include "tap.h"

/* More than the ring buffer holds. */
#define FLOOD 3000
#define NUMBERS_MAX 10000
/* More than a log of so many bytes holds. */
#define SMALL 40
#define SMALL_LOG "size=32k"
#define LARGE_LOG "size=64m"

/* How often each event number is in the log: as a record, and as missing. */
static unsigned char told[NUMBERS_MAX];
static unsigned char missing[NUMBERS_MAX];

static json_int_t member(const json_t *record, const char *name)
{
	return json_integer_value(json_object_get(json_object_get(record, "unmapped"), name));
}

static void note_record(const json_t *record)
{
	const char *event =
		json_string_value(json_object_get(json_object_get(record, "unmapped"), "event"));
	json_int_t number = member(record, "sequence");

	if (event && strcmp(event, "refusal") == 0 && number > 0 && number < NUMBERS_MAX)
		told[number]++;

	if (!event || strcmp(event, "gap") != 0)
		return;

	for (number = member(record, "first_sequence");
	     number > 0 && number <= member(record, "last_sequence") && number < NUMBERS_MAX;
	     number++)
		missing[number]++;
}

/* Every number up to @last is in the log once: as a record or in a gap. */
static void test_complete(json_int_t last)
{
	_cleanup_(fclosep) FILE *file = fopen(LIVE_EVENTS, "re");
	_cleanup_(freep) char *line = NULL;
	unsigned int wrong = 0;
	unsigned int gone = 0;
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0) {
		json_t *record = json_loads(line, 0, NULL);

		wrong += !record;
		note_record(record);
		json_decref(record);
	}
	is(wrong, 0, "each line of the log is JSON");

	for (json_int_t number = 1; number <= last; number++) {
		gone += missing[number];
		if (told[number] + missing[number] == 1)
			continue;
		wrong++;
		diag("event %d: %d records, %d gaps", (int)number, told[number], missing[number]);
	}
	is(wrong, 0, "each of %d events has its record or is in a gap", (int)last);
	is(live_number("counters.lost"), gone, "what the gaps tell is what was lost");
}

/* One process in many users' names: each refusal differs from the one before. */
static int flood(void)
{
	int err = 0;
	int fd;

	for (unsigned int i = 1; i <= FLOOD; i++) {
		if (setresuid(i, 0, 0) < 0)
			return -errno;

		fd = open(LIVE_SECRET, O_RDONLY | O_CLOEXEC);
		err = fd < 0 ? -errno : 0;
		closep(&fd);
	}
	return setresuid(0, 0, 0) < 0 ? -errno : err;
}

static void test_ring_overrun(void)
{
	pid_t logger = (pid_t)live_number("logger.pid");
	json_int_t last;

	is(kill(logger, SIGSTOP), 0, "the logger is stopped");
	is(flood(), -EACCES, "refused while events are lost");
	ok(live_number("counters.lost") > 0, "events are lost");
	last = live_number("counters.sequence");
	is(last, SMALL + FLOOD, "each has its number");
	ok(live_wait_state("degraded", 60), "the status tells that nothing is written");

	is(kill(logger, SIGCONT), 0, "the logger goes on");
	ok(live_wait_line(LIVE_EVENTS, "ring buffer full", "", 60), "the gap is on record");
	ok(live_wait_state("protected", 40), "the status is content again");
	test_complete(last);
}

/* Room for a few records only, then for all. */
static void test_full_disk(void)
{
	pid_t pids[SMALL];
	unsigned int lacking = 0;
	int err;

	for (size_t i = 0; i < SMALL; i++)
		pids[i] = live_read(LIVE_SECRET, 1, &err);
	is(err, -EACCES, "refused with a full disk");
	ok(live_wait_text("logger.error", "No space", 40), "the status tells of the full disk");
	is_text(live_text("state"), "degraded", "the host is degraded");

	is(mount(NULL, "/var/log/bulwark", NULL, MS_REMOUNT, LARGE_LOG), 0, "there is room again");
	ok(live_wait_state("protected", 40), "the host is protected again");
	for (size_t i = 0; i < SMALL; i++)
		lacking += !live_is_told(pids[i]);
	is(lacking, 0, "every refusal is on record");
}

int main(int argc, char **argv)
{
	pid_t engine;

	live_probe_main(argc, argv);
	is(mount("log", "/var/log/bulwark", "tmpfs", 0, SMALL_LOG), 0, "the log has little room");
	live_prepare();
	engine = live_start();
	if (!ok(engine > 0, "the daemon starts"))
		return done();

	test_full_disk();
	test_ring_overrun();
	live_finish(engine);
	return done();
}
