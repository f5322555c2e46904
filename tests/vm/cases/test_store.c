// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - a store of documents: a server may serve so many of them, and it is told when it
 * wants more
 * Takes long.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "cleanup.h"
#include "live.h"
#include "rig.h"
#include "tap.h"

/* As many as were carried off. */
#define STORE "/srv/documents"
#define DOCUMENTS 53576U
#define DOCUMENTS_PER_DIRECTORY 1000U
#define DOCUMENT_BYTES 600U

#define SERVER LIVE_GRANTED
#define SERVER_UID 33
#define LOGIN_UID "1000"
#define UNIT_CGROUP "/sys/fs/cgroup/system.slice/web.service"

#define FILES_MAX 200U

/* A day of the access log, of which an hour takes some seconds here. */
#define ACCESS_LOG "/run/access.log"
#define HOURS 24U
#define HOUR_S 2U
#define POPULAR 40U

/* Another name of the grant: nothing was read by it so far. */
#define POLICY(version, grant, every)                                             \
	"set: documents\nversion: " version "\nmode: enforce\nseverity: 9\n"      \
	"protect: [" STORE "]\n"                                                  \
	"grants:\n  - name: " grant "\n    exe: " SERVER "\n    user: www-data\n" \
	"    unit: web.service\n"                                                 \
	"    budget: { files: 200, every: " every ", per: unit, warn: 80% }\n"

static const char *document(unsigned int number)
{
	static char path[64];

	(void)snprintf(path, sizeof(path), STORE "/%02u/%05u.pdf", number / DOCUMENTS_PER_DIRECTORY,
		       number);
	return path;
}

static void store_make(void)
{
	char text[DOCUMENT_BYTES + 1];

	memset(text, '\n', DOCUMENT_BYTES);
	text[DOCUMENT_BYTES] = '\0';
	memcpy(text, "%PDF-1.7", strlen("%PDF-1.7"));

	for (unsigned int i = 0; i < DOCUMENTS; i++)
		rig_write(document(i), text);
	ok(access(document(DOCUMENTS - 1), R_OK) == 0, "a store of %u documents", DOCUMENTS);
}

/* --- The server ---------------------------------------------------------------- */

static int document_serve(unsigned int number)
{
	_cleanup_(closep) int fd = open(document(number), O_RDONLY | O_CLOEXEC);
	char content[2 * DOCUMENT_BYTES];

	return fd < 0 || read(fd, content, sizeof(content)) < 0 ? -errno : 0;
}

/* "FROM-TO", and up to the first that is refused. */
static int probe_serve(const char *range)
{
	char *end;
	unsigned long from = strtoul(range, &end, 10);
	unsigned long to = strtoul(end + 1, NULL, 10);
	int err = 0;

	while (!err && from <= to)
		err = document_serve((unsigned int)from++);
	return err;
}

static long long now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void wait_until(long long when_ms)
{
	long long left = when_ms - now_ms();

	if (left > 0)
		(void)usleep((useconds_t)left * 1000);
}

/* Serves what the log says, when it says so: lines of the Common Log Format. */
static int probe_replay(const char *path)
{
	_cleanup_(fclosep) FILE *log = fopen(path, "re");
	long long start = now_ms();
	unsigned int hour, minute, second, directory, number;
	int err = 0;

	while (!err &&
	       fscanf(log,
		      "%*s - - [%*2s/%*3s/%*4s:%2u:%2u:%2u %*5s] \"GET /%u/%u.pdf %*s 200 600 ",
		      &hour, &minute, &second, &directory, &number) == 5) {
		wait_until(start + ((hour * 60LL + minute) * 60 + second) * HOUR_S * 1000 / 3600);
		err = document_serve(number);
	}
	return err;
}

static const struct rig_probe probes[] = {
	{ "serve", probe_serve },
	{ "replay", probe_replay },
};

/* As systemd starts it, but by somebody who logged in. */
static int as_server(void)
{
	rig_mkdir(UNIT_CGROUP);
	if (file_write(UNIT_CGROUP "/cgroup.procs", "0") ||
	    file_write("/proc/self/loginuid", LOGIN_UID))
		return -errno;

	return setgid(SERVER_UID) < 0 || setuid(SERVER_UID) < 0 ? -errno : 0;
}

static int serve(const char *range)
{
	return rig_call_after(as_server, SERVER, "serve", range);
}

/* --- So many, and no more ------------------------------------------------------ */

static void test_limit(void)
{
	is(serve("0-199"), 0, "200 documents are served");
	is(serve("200-53575"), -EACCES, "no other one is");
	is(serve("0-199"), 0, "the 200 are served again");
	is(serve("200-53575"), -EACCES, "and no other one");
}

/* The first record of a finding with that word, or NULL. */
static json_t *finding(const char *word)
{
	_cleanup_(fclosep) FILE *log = fopen(LIVE_EVENTS, "re");
	_cleanup_(freep) char *line = NULL;
	json_t *found = NULL;
	size_t size = 0;

	while (log && !found && getline(&line, &size, log) > 0)
		if (strstr(line, "\"class_uid\":2006") && strstr(line, word))
			found = json_loads(line, 0, NULL);
	return found;
}

static void told_check(const json_t *record, unsigned int files, const char *what)
{
	const char *path = "/missing", *unit = "", *user = "";
	json_int_t told = -1, limit = -1, bytes = -1, every = -1, auid = -1;

	(void)json_unpack((json_t *)record,
			  "{s:{s:{s:I, s:I, s:I, s:I}, s:s}, s:{s:{s:I, s:{s:s}}}, s:{s:s}}",
			  "unmapped", "budget", "files", &told, "files_limit", &limit, "bytes",
			  &bytes, "every_s", &every, "unit", &unit, "actor", "process", "auid",
			  &auid, "user", "uid", &user, "file", "path", &path);
	is(told, files, "%s: how many files", what);
	is(limit, FILES_MAX, "%s: of how many", what);
	is(bytes, files * DOCUMENT_BYTES, "%s: how many bytes", what);
	is(every, 3600, "%s: in what time", what);
	is_text(unit, "web.service", "%s: by which unit", what);
	is_text(user, "33", "%s: by which user", what);
	is(auid, 1000, "%s: who had logged in", what);
	ok(strncmp(path, STORE "/", strlen(STORE "/")) == 0, "%s: '%s'", what, path);
}

static void test_told(void)
{
	json_t *warning, *trip;

	ok(live_wait_line(LIVE_EVENTS, "\"class_uid\":2006", "budget-files", 40),
	   "it is a finding on record");
	warning = finding("\"event\":\"warning\"");
	trip = finding("\"event\":\"refusal\"");
	ok(warning && trip, "a warning, and the budget that is used up");
	told_check(warning, FILES_MAX * 8 / 10, "warning");
	told_check(trip, FILES_MAX, "used up");
	is(live_lines(LIVE_EVENTS, "\"event\":\"warning\"", "documents"), 1, "it was warned once");
	json_decref(warning);
	json_decref(trip);
}

/* --- An ordinary day ------------------------------------------------------------ */

/* The same numbers each time. */
static unsigned int draw(unsigned int below)
{
	static unsigned long long state = 20260101;

	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned int)(state >> 33) % below;
}

/* Most want what many want; the rest is spread over the store. */
static unsigned int document_wanted(void)
{
	return draw(10) < 4 ? draw(POPULAR) : draw(DOCUMENTS);
}

/* So many requests in each hour, @times of those of an ordinary day. */
static void log_make(unsigned int times)
{
	static const unsigned char requests[HOURS] = { 6,  4,	2,   2,	  2,   4,   12,	 40,
						       80, 110, 120, 120, 100, 110, 120, 110,
						       90, 60,	40,  30,  24,  20,  14,	 8 };
	_cleanup_(fclosep) FILE *log = fopen(ACCESS_LOG, "we");

	for (unsigned int hour = 0; hour < HOURS; hour++) {
		for (unsigned int i = 0; i < requests[hour] * times; i++) {
			unsigned int second = i * 3600 / (requests[hour] * times);
			unsigned int number = document_wanted();

			(void)fprintf(log,
				      "10.0.0.%u - - [01/Jan/2026:%02u:%02u:%02u +0100] "
				      "\"GET /%02u/%05u.pdf HTTP/1.1\" 200 600\n",
				      draw(250) + 1, hour, second / 60, second % 60,
				      number / DOCUMENTS_PER_DIRECTORY, number);
		}
	}
}

static void test_day(void)
{
	json_int_t refused;

	ok(live_apply("documents.yaml", POLICY("2", "server-by-day", "2s")), "an hour takes 2 s");
	refused = live_number("counters.refused");
	log_make(1);
	is(rig_call_after(as_server, SERVER, "replay", ACCESS_LOG), 0,
	   "all of an ordinary day's requests are served");
	is(live_number("counters.refused"), refused, "and nothing is counted as refused");

	log_make(4);
	is(rig_call_after(as_server, SERVER, "replay", ACCESS_LOG), -EACCES,
	   "control: a day with four times as many isn't");
}

int main(int argc, char **argv)
{
	pid_t engine;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	live_prepare();
	store_make();
	live_policy("documents.yaml", POLICY("1", "server", "1h"));
	engine = live_start();
	if (!ok(engine > 0, "the daemon starts") ||
	    !ok(live_wait_state("protected", 60), "the host is protected"))
		return done();

	test_limit();
	test_told();
	test_day();
	live_finish(engine);
	return done();
}
