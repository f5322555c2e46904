// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - budgets under attack (INV-6): by many processes of one user, for several windows
 *
 * Each notes what came, before and behind each call, and nothing else is believed: a call
 * belongs to the windows in which it began and ended.  The budgets are of sets of the same
 * files, and each attacker goes for all of them in turn, by every channel.
 *
 * Boots with two processors.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "channels.h"
#include "cleanup.h"
#include "rig.h"
#include "tap.h"

#define KIB 1024U
#define SECOND_NS 1000000000ULL
#define MS_NS 1000000ULL

#define EVERY_NS (4 * SECOND_NS)
#define WINDOWS 4
#define PART_NS (EVERY_NS / BW_BUDGET_PARTS + 1)
/* For so long at most. */
#define COUNTS_NS ((BW_BUDGET_PARTS + 1) * PART_NS)

#define ATTACKERS 16
#define PAUSE_US 20000
#define READINGS_MAX 65536U

/* A bit for each KiB of one. */
#define DOCUMENTS 16U
#define LIMIT (4 * CHANNEL_FILE_BYTES)
#define PIECE_SHIFT 12

/* What is read shifts through the set in steps: the limit's worth, and some of the last one. */
#define STEP_NS (EVERY_NS / 2)
#define STEP_DOCUMENTS 4U
#define STEP_REACH 6U

/**
 * struct target - A set, and the budget that is attacked
 *
 * @name: Of the budget.
 * @directory: The set.
 * @to_others: The budget is others': no grant names the attackers.
 * @coverage: Percent of the set; 0: what is limited is all that is read.
 */
static const struct target {
	const char *name;
	const char *directory;
	bool to_others;
	unsigned int coverage;
} targets[] = {
	{ "bytes", "/srv/bytes", false, 0 },
	{ "coverage", "/srv/coverage", false, LIMIT * 100 / (DOCUMENTS * CHANNEL_FILE_BYTES) },
	{ "others", "/srv/others", true, 0 },
};

/**
 * struct reading - A call that ended; in nanoseconds of CLOCK_BOOTTIME
 *
 * @from_ns: Before it.
 * @to_ns: Behind it.
 * @kib: Of the document: what came of it; 0: it was refused.
 * @document: Its number.
 * @target: The same.
 */
struct reading {
	unsigned long long from_ns;
	unsigned long long to_ns;
	__u64 kib;
	unsigned int document;
	unsigned int target;
};

/**
 * struct attack - What came of it, to whomever; shared
 *
 * @begin_ns: CLOCK_BOOTTIME.
 * @stop: Set for the attackers to end.
 * @failed: How often a call neither brought anything nor was refused.
 * @len: Entries of @readings.
 * @readings: In no order.
 */
struct attack {
	unsigned long long begin_ns;
	unsigned int stop;
	unsigned int failed;
	unsigned int len;
	struct reading readings[READINGS_MAX];
};

static const char *document_path(const struct target *target, unsigned int number)
{
	static char path[64];

	(void)snprintf(path, sizeof(path), "%s/%u", target->directory, number);
	return path;
}

static void target_make(const struct target *target)
{
	for (unsigned int i = 0; i < DOCUMENTS; i++)
		channel_file(document_path(target, i));
}

static struct bw_budget target_budget(const struct target *target, unsigned int id)
{
	return (struct bw_budget){
		.every_ns = EVERY_NS,
		.bytes = target->coverage ? BW_BUDGET_NO_BYTES : LIMIT,
		.id = id,
		.files = BW_BUDGET_NO_FILES,
		.per = BW_BUDGET_USER,
		.coverage = (__u8)target->coverage,
		.piece_shift = PIECE_SHIFT,
		.distinct = LIMIT,
	};
}

static void target_add(struct rig *rig, const struct target *target, unsigned int set)
{
	const struct bw_budget budget = target_budget(target, set);
	static char self[4096];

	(void)!readlink("/proc/self/exe", self, sizeof(self) - 1);
	rig_set(rig, set, BW_MODE_ENFORCE, target->directory);
	if (target->to_others)
		*rig_others(rig, set) = budget;
	else
		rig_grant(rig, set, self, 0)->budget = budget;
}

/* --- Attackers --------------------------------------------------------------------- */

static unsigned long long now_ns(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_BOOTTIME, &time);
	return (unsigned long long)time.tv_sec * SECOND_NS + (unsigned long long)time.tv_nsec;
}

static void reading_add(struct attack *attack, const struct reading *reading)
{
	unsigned int at = __atomic_fetch_add(&attack->len, 1, __ATOMIC_SEQ_CST);

	if (at < READINGS_MAX)
		attack->readings[at] = *reading;
}

/* Of a document: those in which @len bytes from @from on lie. */
static __u64 kib_mask(unsigned int from, long len)
{
	unsigned int kib = ((unsigned int)len + KIB - 1) / KIB;
	__u64 mask = kib < 64 ? (1ULL << kib) - 1 : ~0ULL;

	return mask << from / KIB;
}

/* Did something come?  Each channel comes to each target: with each round to the next. */
static bool attack_once(struct attack *attack, unsigned int turn)
{
	size_t channel = turn % channels_len, round = turn / channels_len;
	struct reading reading = {
		.from_ns = now_ns(),
		.target = (unsigned int)((turn + round) % ARRAY_LEN(targets)),
	};
	unsigned long long step = (reading.from_ns - attack->begin_ns) / STEP_NS;
	const char *path;
	long len;

	reading.document =
		(step * STEP_DOCUMENTS + (unsigned int)random() % STEP_REACH) % DOCUMENTS;
	path = document_path(&targets[reading.target], reading.document);
	len = channel_run(channel, path);
	reading.to_ns = now_ns();
	if (len > 0)
		reading.kib = kib_mask(channels[channel].from, len);
	else if (len != -EACCES)
		__atomic_fetch_add(&attack->failed, 1, __ATOMIC_SEQ_CST);
	reading_add(attack, &reading);
	return len > 0;
}

/* Goes on in a child of its own now and then: forking stretches nothing. */
static void attacker_start(struct attack *attack, unsigned int number)
{
	if (fork() > 0)
		return;

	for (unsigned int turn = number;; turn++) {
		if (__atomic_load_n(&attack->stop, __ATOMIC_SEQ_CST))
			_exit(EXIT_SUCCESS);
		if (turn % 8 == 0 && fork() > 0)
			_exit(EXIT_SUCCESS);
		srandom(number + turn);
		if (!attack_once(attack, turn))
			(void)usleep(PAUSE_US);
	}
}

/* Whose parent ended is ours. */
static void attack_run(struct attack *attack)
{
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	attack->begin_ns = now_ns();
	for (unsigned int i = 0; i < ATTACKERS; i++)
		attacker_start(attack, i);
	(void)usleep(WINDOWS * EVERY_NS / 1000);
	__atomic_store_n(&attack->stop, 1, __ATOMIC_SEQ_CST);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		continue;
}

/* --- What they noted --------------------------------------------------------------- */

static int by_time(const void *one, const void *other)
{
	const struct reading *a = one, *b = other;

	return (a->from_ns > b->from_ns) - (a->from_ns < b->from_ns);
}

/* The readings of one target, in the order in which they began. */
static size_t readings_of(const struct attack *attack, unsigned int target,
			  struct reading *ret_readings)
{
	size_t len = 0;

	for (unsigned int i = 0; i < attack->len && i < READINGS_MAX; i++)
		if (attack->readings[i].target == target)
			ret_readings[len++] = attack->readings[i];
	qsort(ret_readings, len, sizeof(*ret_readings), by_time);
	return len;
}

/* Of what ended until then; for a share of the set each KiB once. */
static unsigned long long bytes_until(const struct reading *readings, size_t len,
				      unsigned long long to_ns, bool distinct)
{
	__u64 seen[DOCUMENTS] = { 0 };
	unsigned long long kib = 0;

	for (size_t i = 0; i < len && readings[i].from_ns <= to_ns; i++) {
		__u64 *known = &seen[readings[i].document];

		if (readings[i].to_ns > to_ns)
			continue;
		kib += (unsigned int)__builtin_popcountll(readings[i].kib & ~*known);
		if (distinct)
			*known |= readings[i].kib;
	}
	return kib * KIB;
}

static unsigned long long fullest_window(const struct reading *readings, size_t len, bool distinct)
{
	unsigned long long most = 0, sum;

	for (size_t i = 0; i < len; i++) {
		sum = bytes_until(readings + i, len - i, readings[i].from_ns + EVERY_NS, distinct);
		most = sum > most ? sum : most;
	}
	return most;
}

/* How long it was at the beginning that nothing was refused. */
static unsigned long long until_refused_ns(const struct reading *readings, size_t len)
{
	unsigned long long first = ~0ULL;

	for (size_t i = 0; i < len; i++)
		if (!readings[i].kib && readings[i].to_ns < first)
			first = readings[i].to_ns;
	return len ? first - readings[0].from_ns : first;
}

/* Did something come by a call that began until then? */
static bool came_until(const struct reading *readings, size_t len, unsigned long long to_ns)
{
	for (size_t i = 0; i < len && readings[i].from_ns <= to_ns; i++)
		if (readings[i].kib)
			return true;
	return false;
}

/*
 * How long nothing had come when a call was refused all the same, at most.  Not of those that
 * others may have overtaken.
 */
static unsigned long long longest_refused_ns(const struct reading *readings, size_t len)
{
	unsigned long long longest = 0, since = 0;

	for (size_t i = 0; i < len; i++) {
		const struct reading *reading = &readings[i];

		if (reading->kib && reading->to_ns > since)
			since = reading->to_ns;
		else if (!reading->kib && since && reading->from_ns > since + longest &&
			 !came_until(reading, len - i, reading->to_ns))
			longest = reading->from_ns - since;
	}
	return longest;
}

static void judge(const struct target *target, const struct reading *readings, size_t len)
{
	bool distinct = target->coverage;
	unsigned long long most = fullest_window(readings, len, distinct);
	unsigned long long all = bytes_until(readings, len, ~0ULL, distinct);
	unsigned long long spared = until_refused_ns(readings, len);
	unsigned long long longest = longest_refused_ns(readings, len);

	ok(most > 0 && most <= LIMIT, "%s: %llu bytes in the fullest window, of %u", target->name,
	   most, LIMIT);
	ok(spared <= PART_NS, "%s: it is refused after %llu ms, of %llu", target->name,
	   spared / MS_NS, PART_NS / MS_NS);
	ok(all > LIMIT, "%s: %llu bytes in %u windows: it comes back", target->name, all, WINDOWS);
	ok(longest <= COUNTS_NS, "%s: not refused longer than %llu ms, of %llu", target->name,
	   longest / MS_NS, COUNTS_NS / MS_NS);
}

static void test_attack(struct attack *attack)
{
	static struct reading readings[READINGS_MAX];

	attack_run(attack);
	ok(attack->len > 0 && attack->len < READINGS_MAX, "%u calls", attack->len);
	is(attack->failed, 0, "each brought something, or was refused");
	for (unsigned int i = 0; i < ARRAY_LEN(targets); i++)
		judge(&targets[i], readings, readings_of(attack, i, readings));
}

int main(int argc, char **argv)
{
	struct attack *attack = mmap(NULL, sizeof(*attack), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct rig rig;

	is(channels_prepare(), 0, "a disk");
	for (size_t i = 0; i < ARRAY_LEN(targets); i++)
		target_make(&targets[i]);
	if (!ok(attack != MAP_FAILED, "memory that is shared") || !is(rig_arm(&rig), 0, "armed"))
		return done();

	for (unsigned int i = 0; i < ARRAY_LEN(targets); i++)
		target_add(&rig, &targets[i], i + 1);
	is(rig_apply(&rig), 0, "a policy of budgets");
	test_attack(attack);
	rig_end(&rig);
	is(channels_end(), 0, "the disk is let go");
	return done();
}
