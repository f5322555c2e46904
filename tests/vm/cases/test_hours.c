// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - grants that hold at some hours: by the kernel's clock
 */
#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "live.h"
#include "rig.h"
#include "tap.h"

#define FILE_NAME "pensions.yaml"

#define POLICY(rest)                                                                       \
	"set: pensions\nversion: 1\nmode: enforce\nprotect: [/srv/set]\n"                  \
	"grants:\n  - name: reader\n    exe: " LIVE_GRANTED "\n    user: root\n    unit: " \
	"any\n" rest

#define NIGHT "    hours: 01:00-04:30 Europe/Helsinki\n"

#define HOUR 3600
#define MINUTE 60

/* 27 March 2027, 00:00 UTC, 02:00 in Helsinki.  Its clocks go ahead one day and one hour later. */
#define SATURDAY 1806105600
#define SUNDAY (SATURDAY + 24 * HOUR)

static void clock_set(time_t when)
{
	const struct timespec now = { .tv_sec = when };

	if (clock_settime(CLOCK_REALTIME, &now) < 0)
		diag("the time can't be set: %d", -errno);
}

static void policy_taken(const char *rest, const char *what)
{
	ok(live_apply(FILE_NAME, rest), "%s: taken", what);
}

static void granted_at(time_t when, const char *what)
{
	clock_set(when);
	is(live_read_granted(), 0, "%s: granted", what);
}

static void refused_at(time_t when, const char *what)
{
	clock_set(when);
	is(live_read_granted(), -EACCES, "%s: refused", what);
}

static void test_turned_clocks(const char *by)
{
	diag("%s", by);
	refused_at(SATURDAY - HOUR - MINUTE, "00:59 on Saturday");
	granted_at(SATURDAY + 2 * HOUR + 29 * MINUTE, "04:29 on Saturday");
	refused_at(SATURDAY + 2 * HOUR + 30 * MINUTE, "04:30 on Saturday");
	refused_at(SUNDAY - HOUR - MINUTE, "00:59 on Sunday");
	granted_at(SUNDAY - HOUR, "01:00 on Sunday");
	granted_at(SUNDAY + 1 * HOUR + 29 * MINUTE, "04:29 on Sunday, an hour shorter");
	refused_at(SUNDAY + 1 * HOUR + 31 * MINUTE, "04:31 on Sunday");
}

/* What was opened in time: each read is judged by itself. */
static void test_end_of_hours(void)
{
	int reader;

	clock_set(SATURDAY + 2 * HOUR + 30 * MINUTE - 5);
	reader = live_reader_start();
	is(live_read_granted(), 0, "before the end of the hours: granted");
	sleep(6);
	is(live_reader_end(reader), -EACCES, "who goes on reading what it opened is refused");
	ok(live_wait_line(LIVE_EVENTS, "wrong-hours", LIVE_GRANTED, 20), "and it is on record");
}

static void test_zones(void)
{
	json_t *answer;

	live_policy(FILE_NAME, POLICY("    hours: 01:00-04:30 Europe/Nowhere\n"));
	answer = live_ask("apply");
	ok(answer && !json_boolean_value(json_object_get(answer, "ok")),
	   "a time zone that the host doesn't know: refused");
	ok(live_says(answer, "there is no time zone 'Europe/Nowhere' on this host"),
	   "and it is said why");
	json_decref(answer);
	granted_at(SATURDAY + 2 * HOUR, "the policy in force stays, in its hours");
	live_refused("in the reader's hours");

	policy_taken(POLICY("    hours: 03:00-04:00\n"), "hours of the host's own clocks, UTC");
	granted_at(SATURDAY + 3 * HOUR, "03:00");
	refused_at(SATURDAY + 4 * HOUR, "04:00");
}

/* Years off, as a host may start whose clock has no battery: known again at once. */
static void test_wrong_clock(void)
{
	policy_taken(POLICY("    hours: 00:00-24:00\n"), "hours that never end");
	clock_set(SATURDAY - 20L * 365 * 24 * HOUR);
	for (int i = 0; i < 20 && live_read_granted(); i++)
		sleep(1);
	is(live_read_granted(), 0, "twenty years back: the daemon looks at the clocks again");
	clock_set(SATURDAY);
	for (int i = 0; i < 20 && live_read_granted(); i++)
		sleep(1);
	is(live_read_granted(), 0, "and ahead again");
}

int main(int argc, char **argv)
{
	pid_t engine;

	live_probe_main(argc, argv);
	live_prepare();
	clock_set(SATURDAY);
	live_policy(FILE_NAME, POLICY(NIGHT));
	engine = live_start();
	ok(engine > 0, "the daemon starts");

	live_refused("at the reader's hours");
	test_turned_clocks("with a daemon");
	test_end_of_hours();

	(void)live_end(engine, SIGKILL);
	test_turned_clocks("the daemon is gone");
	engine = live_start();
	ok(engine > 0, "the next daemon starts");

	test_zones();
	test_wrong_clock();
	live_finish(engine);
	return done();
}
