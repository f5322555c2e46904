// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - how much of a set may be read (INV-6): a share of it in any window, however slowly
 *
 * Boots with two processors.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "live.h"
#include "rig.h"
#include "tap.h"

#define STORE "/srv/documents"
#define LARGE STORE "/large"
#define DOCUMENTS 400U
#define KIB 1024U
#define DOCUMENT_KIB_MAX 8U
#define LARGE_KIB 256U
#define PIECE (4 * KIB)
#define COVERAGE 10U

/* Slow readers, and what they write. */
#define READERS 3U
#define WINDOW_S 3
#define WINDOWS 4
#define PAUSE_US 20000
#define READINGS "/run/readings-"
#define READINGS_MAX 8192

/* Another name of the grant: nothing was read by it so far. */
#define POLICY(version, grant, every)                                             \
	"set: documents\nversion: " version "\nmode: enforce\nprotect: [" STORE   \
	"]\ngrants:\n  - name: " grant "\n    exe: " LIVE_GRANTED                 \
	"\n    user: root\n    unit: any\n    budget: { coverage: 10%, warn: 80%" \
	", every: " every ", per: user }\n"

/* One that came; in nanoseconds of CLOCK_BOOTTIME. */
struct reading {
	unsigned long long from_ns;
	unsigned long long to_ns;
	unsigned int bytes;
	unsigned int number;
};

static const char *document(unsigned int number)
{
	static char path[64];

	(void)snprintf(path, sizeof(path), STORE "/%u.pdf", number);
	return path;
}

/* The same each time. */
static unsigned int document_bytes(unsigned int number)
{
	return (number * 7919U % DOCUMENT_KIB_MAX + 1) * KIB - number % 100;
}

static unsigned int store_bytes(void)
{
	unsigned int sum = LARGE_KIB * KIB;

	for (unsigned int i = 0; i < DOCUMENTS; i++)
		sum += document_bytes(i);
	return sum;
}

static unsigned int limit(void)
{
	return store_bytes() * COVERAGE / 100;
}

static void fill(const char *path, unsigned int bytes)
{
	static char text[LARGE_KIB * KIB + 1];

	memset(text, 'x', bytes);
	text[bytes] = '\0';
	rig_write(path, text);
}

static void store_make(void)
{
	for (unsigned int i = 0; i < DOCUMENTS; i++)
		fill(document(i), document_bytes(i));
	fill(LARGE, LARGE_KIB * KIB);
}

/* --- Probes ---------------------------------------------------------------------- */

static int document_read(unsigned int number)
{
	_cleanup_(closep) int fd = open(document(number), O_RDONLY | O_CLOEXEC);
	static char content[DOCUMENT_KIB_MAX * KIB];

	return fd < 0 || read(fd, content, sizeof(content)) < 0 ? -errno : 0;
}

/* How many can be read one after the other, before one that can't; in the place of an error. */
static int probe_many(const char *path)
{
	unsigned int came = 0;

	while (came < DOCUMENTS && document_read(came) == 0)
		came++;
	return -(int)came;
}

static int probe_again(const char *many)
{
	unsigned int left = (unsigned int)atoi(many);
	int err = 0;

	while (!err && left > 0)
		err = document_read(--left);
	return err;
}

/* Of two pieces, a byte each. */
static int probe_pieces(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char bytes[2];

	return fd < 0 || pread(fd, bytes, sizeof(bytes), PIECE - 1) < 0 ? -errno : 0;
}

static int probe_map(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 || mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -errno : 0;
}

static int probe_send(const char *path)
{
	_cleanup_(closep) int sink = open("/run/sink", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 || sendfile(sink, fd, NULL, 1) < 0 ? -errno : 0;
}

static unsigned long long now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (unsigned long long)now.tv_sec * 1000000000ULL + (unsigned long long)now.tv_nsec;
}

/* A new document every moment, whatever came of the last one.  The path ends in its number. */
static int probe_slow(const char *path)
{
	_cleanup_(fclosep) FILE *out = fopen(path, "we");
	unsigned long long end = now_ns() + WINDOWS * WINDOW_S * 1000000000ULL;
	unsigned int i = (unsigned int)atoi(path + strlen(READINGS));

	for (; out && now_ns() < end; i += READERS) {
		struct reading reading = { .from_ns = now_ns(), .number = i % DOCUMENTS };

		if (document_read(reading.number) == 0)
			reading.bytes = document_bytes(reading.number);
		reading.to_ns = now_ns();
		(void)fwrite(&reading, sizeof(reading), 1, out);
		(void)usleep(PAUSE_US);
	}
	return 0;
}

static const struct rig_probe probes[] = {
	{ "read", rig_read },	    { "many", probe_many }, { "again", probe_again },
	{ "pieces", probe_pieces }, { "map", probe_map },   { "send", probe_send },
	{ "slow", probe_slow },
};

static int probe(const char *name, const char *path)
{
	return rig_call(LIVE_GRANTED, name, path);
}

static json_int_t budget_number(const char *key)
{
	json_t *answer = live_ask("budgets");
	const json_t *budget = json_array_get(json_object_get(answer, "budgets"), 0);
	json_int_t number = json_integer_value(json_object_get(budget, key));

	json_decref(answer);
	return number;
}

/* --- Pieces ---------------------------------------------------------------------- */

static void test_pieces(void)
{
	is((int)probe("read", LARGE), -EACCES, "who may be anywhere in a file reads all of it");
	is(probe("map", LARGE), -EACCES, "a mapping does");
	is(probe("send", LARGE), -EACCES, "so does who has it sent");
	is((int)budget_number("distinct_bytes"), 0, "what is refused costs nothing");
	is(probe("pieces", LARGE), 0, "a call that says where is charged for that");
	is((int)budget_number("distinct_bytes"), 2 * (int)PIECE, "in whole pieces");
	is((int)budget_number("distinct_bytes_limit"), (int)limit(), "of a tenth of the set");
	is(probe("pieces", LARGE), 0, "the same once more");
	is((int)budget_number("distinct_bytes"), 2 * (int)PIECE, "is free");
	is(probe("map", document(0)), 0, "a document is mapped");
	is(probe("pieces", document(0)), 0, "and read by pieces");
	is((int)budget_number("distinct_bytes"), (int)(2 * PIECE + document_bytes(0)),
	   "which are part of it");
}

/* --- Documents ------------------------------------------------------------------- */

static void test_documents(void)
{
	unsigned int sum = 0, next;
	char many[16];
	int came;

	ok(live_apply("documents.yaml", POLICY("2", "server", "1h")), "a tenth of the set an hour");
	came = -probe("many", STORE);
	ok(came > 0 && came < (int)DOCUMENTS, "%d documents of %u", came, DOCUMENTS);
	for (next = 0; (int)next < came; next++)
		sum += document_bytes(next);
	ok(sum <= limit(), "%u bytes of %u", sum, limit());
	ok(sum + document_bytes(next) > limit(), "with the next one it were more");
	is((int)budget_number("distinct_bytes"), (int)sum, "they are counted");

	(void)snprintf(many, sizeof(many), "%d", came);
	is(probe("again", many), 0, "all of them can be read again");
	is(probe("read", document(next)), -EACCES, "the next one can't");
	is(rig_call("/proc/self/exe", "read", document(0)), -EACCES, "control: no grant, nothing");
	ok(live_wait_line(LIVE_EVENTS, "\"class_uid\":2006", "budget-coverage", 40),
	   "it is a finding on record");
	ok(live_lines(LIVE_EVENTS, "\"event\":\"warning\"", "budget-coverage") == 1,
	   "it was warned before");
	ok(live_lines(LIVE_EVENTS, "\"event\":\"refusal\"", "\"coverage_percent\":10") > 0,
	   "with what the budget stood at");
}

/* --- Slow readers ---------------------------------------------------------------- */

static const char *readings_of(unsigned int reader)
{
	static char path[sizeof(READINGS) + 4];

	(void)snprintf(path, sizeof(path), READINGS "%u", reader);
	return path;
}

static void readers_run(void)
{
	int pids[READERS];

	for (unsigned int i = 0; i < READERS; i++)
		pids[i] = rig_call_begin(LIVE_GRANTED, "slow", readings_of(i));
	for (unsigned int i = 0; i < READERS; i++)
		is(rig_call_end(pids[i]), 0, "slow reader %u", i);
}

static int by_time(const void *one, const void *other)
{
	const struct reading *a = one, *b = other;

	return (a->from_ns > b->from_ns) - (a->from_ns < b->from_ns);
}

static size_t readings_load(struct reading *readings)
{
	size_t len = 0;

	for (unsigned int i = 0; i < READERS; i++) {
		_cleanup_(fclosep) FILE *in = fopen(readings_of(i), "re");

		if (in)
			len += fread(readings + len, sizeof(*readings), READINGS_MAX - len, in);
	}
	qsort(readings, len, sizeof(*readings), by_time);
	return len;
}

/* Distinct bytes of what began and ended in the window that begins with reading @first. */
static unsigned int window_sum(const struct reading *readings, size_t len, size_t first)
{
	bool seen[DOCUMENTS] = { false };
	unsigned int sum = 0;

	for (size_t i = first; i < len; i++) {
		if (readings[i].to_ns > readings[first].from_ns + WINDOW_S * 1000000000ULL ||
		    !readings[i].bytes || seen[readings[i].number])
			continue;
		seen[readings[i].number] = true;
		sum += readings[i].bytes;
	}
	return sum;
}

static void test_slow(void)
{
	static struct reading readings[READINGS_MAX];
	unsigned int most = 0, all = 0, refused = 0;
	size_t len;

	ok(live_apply("documents.yaml", POLICY("3", "slow", "3s")), "a tenth of the set in 3 s");
	readers_run();
	len = readings_load(readings);
	for (size_t i = 0; i < len; i++) {
		unsigned int sum = window_sum(readings, len, i);

		most = sum > most ? sum : most;
		all += readings[i].bytes;
		refused += !readings[i].bytes;
	}
	ok(len > 0 && len < READINGS_MAX, "%zu tries", len);
	ok(refused > 0, "%u were refused", refused);
	ok(most <= limit(), "%u distinct bytes in the fullest window, of %u", most, limit());
	ok(most > limit() - 2 * DOCUMENT_KIB_MAX * KIB, "which is all but a document or two");
	ok(all > 2 * limit(), "%u bytes in %u windows: it comes back", all, WINDOWS);
}

int main(int argc, char **argv)
{
	pid_t engine;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	live_prepare();
	store_make();
	live_policy("documents.yaml", POLICY("1", "pieces", "1h"));
	engine = live_start();
	if (!ok(engine > 0, "the daemon starts") ||
	    !ok(live_wait_state("protected", 60), "the host is protected"))
		return done();

	test_pieces();
	test_documents();
	test_slow();
	live_finish(engine);
	return done();
}
