// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - a budget's warning: once, when a share of it is used, and before the refusal
 *
 * The test grants itself, and looks for the one ring of events that there is.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "cleanup.h"
#include "rig.h"
#include "tap.h"

#define SET "/srv/set"
#define LARGE SET "/large"

#define HOUR_NS (3600 * 1000000000ULL)
#define BUDGET_FILES 5
#define BUDGET_BYTES 10
#define FILES 8
#define WARN 80

/* Another number for each policy: nothing was read by it so far. */
static struct bw_budget limits = { .every_ns = HOUR_NS, .per = BW_BUDGET_USER };

/**
 * struct told - What the programs told since the last look
 *
 * @warnings: How many of them were warnings.
 * @refusals: And refusals.
 * @last: The last one.
 */
struct told {
	unsigned int warnings;
	unsigned int refusals;
	struct bw_event last;
};

static int told_add(void *context, void *data, size_t len)
{
	struct told *told = context;

	if (len < sizeof(told->last))
		return 0;

	memcpy(&told->last, data, sizeof(told->last));
	told->warnings += told->last.type == BW_EVENT_WARNING;
	told->refusals += told->last.type == BW_EVENT_REFUSAL;
	return 0;
}

static struct told told_since(struct ring_buffer *ring, struct told *told)
{
	struct told since;

	(void)ring_buffer__consume(ring);
	since = *told;
	memset(told, 0, sizeof(*told));
	return since;
}

static const char *self_path(void)
{
	static char self[4096];

	(void)!readlink("/proc/self/exe", self, sizeof(self) - 1);
	return self;
}

static void policy(struct rig *rig, __u64 bytes, __u32 files, __u16 warn)
{
	limits.id++;
	limits.bytes = bytes;
	limits.files = files;
	limits.warn = warn;
	rig_clear(rig);
	rig_set(rig, 1, BW_MODE_ENFORCE, SET);
	rig_grant(rig, 1, self_path(), 0)->budget = limits;
	is(rig_apply(rig), 0, "a policy that warns from %u%% on", warn);
}

static const char *file_name(unsigned int number)
{
	static char name[64];

	(void)snprintf(name, sizeof(name), SET "/%u", number);
	return name;
}

/* Files from @from on: how many of them could be read. */
static unsigned int files_read(unsigned int from, unsigned int to)
{
	unsigned int came = 0;

	for (unsigned int i = from; i < to; i++)
		came += rig_read(file_name(i)) == 0;
	return came;
}

static void test_files(struct rig *rig, struct ring_buffer *ring, struct told *told)
{
	struct told now;

	policy(rig, BW_BUDGET_NO_BYTES, BUDGET_FILES, WARN);
	(void)told_since(ring, told);
	is((int)files_read(0, 3), 3, "3 files of %u", BUDGET_FILES);
	now = told_since(ring, told);
	is((int)now.warnings, 0, "nothing is told below the share");
	is((int)files_read(3, 4), 1, "a fourth");
	now = told_since(ring, told);
	is((int)now.warnings, 1, "it is told at the share");
	is(now.last.verdict, BW_VERDICT_ALLOW, "it was let through");
	is(now.last.reason, BW_REASON_BUDGET_FILES, "for the files");
	is(now.last.set, 1, "of the set");
	is((int)now.last.uid, 0, "by this user");
	is((int)now.last.totals.files, 4, "4 files");
	is((int)now.last.totals.files_max, BUDGET_FILES, "of %u", BUDGET_FILES);
	is((int)now.last.totals.per, BW_BUDGET_USER, "that a user may read");
	ok(now.last.totals.every_ns == HOUR_NS, "in an hour");
	is((int)files_read(0, BUDGET_FILES), BUDGET_FILES, "all of the budget, and again");
	now = told_since(ring, told);
	is((int)now.warnings, 0, "it isn't told again");
	is((int)files_read(BUDGET_FILES, FILES), 0, "no more");
	now = told_since(ring, told);
	is((int)now.warnings, 0, "nor at a refusal");
	is((int)now.refusals, 1, "which is told, once");
	is(now.last.reason, BW_REASON_BUDGET_FILES, "for the same limit");
	is((int)now.last.totals.files, BUDGET_FILES, "with all files of it");
}

/* One byte each. */
static void test_bytes(struct rig *rig, struct ring_buffer *ring, struct told *told)
{
	struct told now;

	policy(rig, BUDGET_BYTES, BW_BUDGET_NO_FILES, WARN);
	(void)told_since(ring, told);
	for (unsigned int i = 0; i < 7; i++)
		(void)rig_read(LARGE);
	now = told_since(ring, told);
	is((int)now.warnings, 0, "7 bytes of %u: nothing", BUDGET_BYTES);
	is(rig_read(LARGE), 0, "an eighth");
	now = told_since(ring, told);
	is((int)now.warnings, 1, "it is told");
	is(now.last.reason, BW_REASON_BUDGET_BYTES, "for the bytes");
	is((int)now.last.totals.bytes, 8, "8 bytes");
	is((int)now.last.totals.bytes_max, BUDGET_BYTES, "of %u", BUDGET_BYTES);
}

static void test_none(struct rig *rig, struct ring_buffer *ring, struct told *told)
{
	policy(rig, BUDGET_BYTES, BW_BUDGET_NO_FILES, 0);
	(void)told_since(ring, told);
	for (unsigned int i = 0; i < BUDGET_BYTES; i++)
		(void)rig_read(LARGE);
	is((int)told_since(ring, told).warnings, 0, "who asks for no warning gets none");
	is(rig_read(LARGE), -EACCES, "control: the budget is used up");
}

int main(int argc, char **argv)
{
	struct told told = { 0 };
	struct ring_buffer *ring;
	struct rig rig;
	int events;

	rig_mkdir(SET);
	rig_write(LARGE, "more than a byte");
	for (unsigned int i = 0; i < FILES; i++)
		rig_write(file_name(i), "content");
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	events = rig_map_fd("events");
	ring = ring_buffer__new(events, told_add, &told, NULL);
	if (ok(ring != NULL, "the programs' events")) {
		test_files(&rig, ring, &told);
		test_bytes(&rig, ring, &told);
		test_none(&rig, ring, &told);
	}
	ring_buffer__free(ring);
	(void)close(events);

	rig_end(&rig);
	return done();
}
