// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-5: engine and logger are killed at random moments, over and over
 *
 * While they arm, adopt, apply, seal, stop, or have nothing to do.  No verdict may
 * change, nothing may stay behind, and the next daemon must protect.  More of it:
 *
 *	tests/vm/fast --cmdline "kills=10000 kills_seed=7" debian12 killed
 *
 * Boots with two processors.
 * Takes long.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "calls.h"
#include "cleanup.h"
#include "leftovers.h"
#include "live.h"
#include "rig.h"
#include "scratch.h"
#include "tap.h"
#include "words.h"

#define CTL "/usr/bin/bulwarkctl"
#define SECRETS "/run/secrets"
#define SECRET_FILE SECRETS "/officer-1.secret"

/* As many, or where nobody asks for a number as come about in that time: but a few. */
#define KILLS_USUAL 20
#define KILLS_LEAST 6
#define SECONDS_USUAL 75
#define SEED_USUAL 20261127
/* Each tenth kill is one of a daemon that arms a host without enforcement. */
#define ARMING_SHARE 10
#define ROUNDS_BETWEEN_CHECKS 10
#define SETTLE_SECONDS 30

/* The secret stays protected by each, and its reader granted. */
#define LONGER                                                                       \
	"set: pensions\nversion: 2\nmode: enforce\nprotect: [/srv/set, /srv/else]\n" \
	"grants:\n  - name: reader\n    exe: " LIVE_GRANTED "\n    user: root\n    unit: any\n"

static int device;
static unsigned int seed = SEED_USUAL;
static unsigned int kills;
static time_t deadline;

/* What a start takes here, until the daemon answers: where it arms, and after another. */
static unsigned int arming_ms;
static unsigned int start_ms;

/* --- What must not change ------------------------------------------------------- */

/**
 * struct tally - What the one without a grant has seen; shared with it
 *
 * @stop: Set for it to end.
 * @refused: Reads that came to nothing.
 * @let_through: Reads that didn't.
 */
struct tally {
	unsigned int stop;
	unsigned int refused;
	unsigned int let_through;
};

static struct tally *tally_map(void)
{
	void *map = mmap(NULL, sizeof(struct tally), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return map == MAP_FAILED ? NULL : map;
}

static pid_t outsider_start(struct tally *tally)
{
	pid_t pid = fork();

	while (pid == 0) {
		if (__atomic_load_n(&tally->stop, __ATOMIC_RELAXED))
			_exit(EXIT_SUCCESS);
		if (rig_read(LIVE_SECRET) == -EACCES)
			tally->refused++;
		else
			tally->let_through++;
		(void)usleep(10000);
	}
	return pid;
}

static void outsider_end(struct tally *tally, pid_t pid)
{
	__atomic_store_n(&tally->stop, 1, __ATOMIC_RELAXED);
	(void)waitpid(pid, NULL, 0);
	ok(tally->refused > kills, "there was a load");
	is(tally->let_through, 0, "of %u refused reads, none was let through", tally->refused);
}

/* --- What must not stay --------------------------------------------------------- */

/* Who starts on a sealed host brings fewer with it. */
static void kernel_settle(const struct leftovers *most)
{
	char when[32];

	(void)snprintf(when, sizeof(when), "%u kills", kills);
	leftovers_most_test(most, when);
}

static unsigned int descriptors_count(pid_t pid)
{
	_cleanup_(freep) char *path = NULL;
	unsigned int count = 0;
	DIR *dir;

	if (asprintf(&path, "/proc/%d/fd", pid) < 0)
		return 0;

	dir = opendir(path);
	while (dir && readdir(dir))
		count++;
	if (dir)
		(void)closedir(dir);
	return count;
}

/* What it does at a start, it does with a few more. */
static void descriptors_settle(pid_t pid, unsigned int expected)
{
	unsigned int seen = descriptors_count(pid);
	time_t end = time(NULL) + SETTLE_SECONDS;

	while (seen > expected && time(NULL) < end) {
		(void)usleep(100000);
		seen = descriptors_count(pid);
	}
	if (!ok(seen <= expected, "%u kills: nor a descriptor", kills))
		diag("%u descriptors, not %u", seen, expected);
}

/* --- Killing --------------------------------------------------------------------- */

static unsigned int random_below(unsigned int limit)
{
	return (unsigned int)rand_r(&seed) % limit;
}

static void some_moment(unsigned int most_ms)
{
	(void)usleep(random_below(most_ms * 1000));
}

/* The logger is the engine's only child; 0 when there is none. */
static pid_t logger_of(pid_t engine)
{
	char path[64], text[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", engine, engine);
	file_text(path, text, sizeof(text));
	return (pid_t)strtol(text, NULL, 10);
}

/* On a sealed host PID 1 does it. */
static void strike(pid_t pid)
{
	if (pid <= 0)
		return;

	if (kill(pid, SIGKILL) == 0) {
		kills++;
	} else if (errno == EPERM) {
		live_kill(pid);
		kills++;
	}
}

/* One, or both in either order, or the other one in the midst of what follows. */
static void strike_some(pid_t engine, unsigned int within_ms)
{
	pid_t logger = logger_of(engine);

	switch (random_below(4)) {
	case 0:
		strike(engine);
		break;
	case 1:
		strike(engine);
		strike(logger);
		break;
	case 2:
		strike(logger);
		strike(engine);
		break;
	default:
		strike(logger);
		some_moment(within_ms);
		strike(engine);
	}
	(void)waitpid(engine, NULL, 0);
}

/* --- What they are killed in ------------------------------------------------------ */

static struct bw_control_info keeper_info(void)
{
	struct bw_control_info info = { 0 };

	if (bw_keeper_info(device, &info))
		ok(false, "%u kills: the module tells about itself", kills);
	return info;
}

static void secrets_forget(void)
{
	(void)unlink(SECRET_FILE);
	(void)mkdir(SECRETS, 0700);
}

static bool is_sealed(void)
{
	return keeper_info().flags & BW_INFO_SEALED;
}

static void unseal(void)
{
	if (!is_sealed())
		return;

	is(scratch_run(CTL, "unseal", SECRET_FILE, NULL), 0, "%u kills: unsealed", kills);
	secrets_forget();
}

static void do_apply(pid_t engine)
{
	(void)engine;
	json_decref(live_ask("apply"));
}

static void do_seal(pid_t engine)
{
	(void)engine;
	(void)scratch_run(CTL, "seal", "--yes", "--officers", "1", "--needed", "1", "--output",
			  SECRETS, NULL);
}

static void do_stop(pid_t engine)
{
	(void)kill(engine, SIGTERM);
}

static void do_nothing(pid_t engine)
{
	(void)engine;
}

static const struct activity {
	const char *name;
	void (*run)(pid_t engine);
} activities[] = {
	{ "applying", do_apply },
	{ "sealing", do_seal },
	{ "stopping", do_stop },
	{ "resting", do_nothing },
};

static unsigned int activity_kills[ARRAY_LEN(activities)];
static unsigned int starting_kills;

static pid_t activity_begin(const struct activity *activity, pid_t engine)
{
	pid_t pid = fork();

	if (pid == 0) {
		activity->run(engine);
		_exit(EXIT_SUCCESS);
	}
	return pid;
}

static void policy_change(void)
{
	if (random_below(2))
		live_policy("pensions.yaml", LONGER);
	else
		live_policy_first();
}

/* The programs in force are another build's now, so the next daemon replaces them. */
static void build_change(void)
{
	_cleanup_(closep) int fd = -EBADF;
	struct bw_kept_list list;
	struct bw_state *state;

	(void)bw_keeper_list(device, &list);
	for (unsigned int i = 0; i < list.maps_len; i++)
		if (strcmp(list.maps[i].name, "state") == 0)
			fd = bpf_map_get_fd_by_id(list.maps[i].id);

	state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (!ok(state != MAP_FAILED, "%u kills: another build's programs", kills))
		return;

	state->build[0]++;
	(void)munmap(state, sizeof(*state));
}

/* In its start, which takes over and applies. */
static void kill_starting(unsigned int start_takes_ms)
{
	unsigned int before = kills;
	pid_t engine = live_begin();

	some_moment(start_takes_ms);
	strike_some(engine, start_takes_ms);
	starting_kills += kills - before;
}

static void kill_active(unsigned int index)
{
	unsigned int before = kills;
	pid_t engine = live_begin();
	pid_t doer;

	if (!live_wait_answer(engine)) {
		ok(false, "%u kills: the next daemon starts", kills);
		live_show_log();
		return;
	}
	doer = activity_begin(&activities[index], engine);
	some_moment(start_ms / 2);
	strike_some(engine, start_ms);
	(void)waitpid(doer, NULL, 0);
	activity_kills[index] += kills - before;
}

/* A seal that came about stays for some rounds. */
static void round_run(void)
{
	bool replaces = !is_sealed() && random_below(3) == 0;

	if (!is_sealed())
		policy_change();
	if (replaces)
		build_change();
	if (replaces || random_below(2))
		kill_starting(replaces ? arming_ms : start_ms);
	else
		kill_active(random_below(ARRAY_LEN(activities)));
	if (random_below(3) == 0)
		unseal();
}

static bool is_enough(unsigned int until)
{
	return kills >= until || (deadline && kills >= KILLS_LEAST && time(NULL) >= deadline);
}

/* --- Whether all is as before ------------------------------------------------------ */

struct rest {
	struct leftovers kernel;
	unsigned int descriptors;
};

static void check(const struct rest *rest)
{
	pid_t engine;

	unseal();
	engine = live_start();
	ok(engine > 0 && live_wait_state("protected", 60), "%u kills: the next one protects",
	   kills);
	kernel_settle(&rest->kernel);
	descriptors_settle(engine, rest->descriptors);
	strike_some(engine, start_ms);
}

static pid_t start_timed(unsigned int *ret_ms)
{
	time_t since = time(NULL);
	pid_t engine = live_start();

	*ret_ms = (unsigned int)(time(NULL) - since + 1) * 1000;
	return engine;
}

/* A daemon that protects: its pid.  What there is then is no leak. */
static pid_t rest_start(struct rest *rest, const char *what)
{
	struct leftovers now;
	pid_t engine = live_start();

	ok(live_wait_state("protected", 60), "%s protects", what);
	leftovers_count(&now);
	leftovers_widen(&rest->kernel, &now);
	return engine;
}

/*
 * The most that there is: after a daemon that took over, with the other one's programs and maps
 * of its own; after one that replaced the programs, but not the maps; and after one that took
 * over these, of three daemons.
 */
static struct rest rest_find(void)
{
	struct rest rest = { 0 };
	pid_t engine;

	(void)live_end(start_timed(&arming_ms), SIGKILL);
	(void)live_end(start_timed(&start_ms), SIGKILL);
	(void)live_end(rest_start(&rest, "a daemon that takes over"), SIGKILL);
	build_change();
	(void)live_end(rest_start(&rest, "one that replaces the programs"), SIGKILL);
	engine = rest_start(&rest, "one that takes over those");
	rest.descriptors = descriptors_count(engine);
	diag("%u ms to arm, %u ms to start; %u descriptors", arming_ms, start_ms, rest.descriptors);
	(void)live_end(engine, SIGKILL);
	return rest;
}

/* --- Arming ------------------------------------------------------------------------ */

/* All programs are held, or nothing is. */
static void kill_arming(const struct leftovers *nothing, unsigned int links)
{
	unsigned int held;

	kill_starting(arming_ms);
	held = keeper_info().links;
	ok(held == 0 || held == links, "%u kills: %u programs are held", kills, held);
	is(device_release(device), held ? 0 : -ENOENT, "%u kills: let go", kills);
	kernel_settle(nothing);
}

static void test_arming(unsigned int until, const struct leftovers *nothing, unsigned int links)
{
	is(device_release(device), 0, "a host without enforcement");
	kernel_settle(nothing);
	while (!is_enough(until))
		kill_arming(nothing, links);
}

static void test_kills(unsigned int until, const struct rest *rest)
{
	struct tally *tally = tally_map();
	pid_t outsider;
	int reader;

	(void)live_end(live_start(), SIGKILL);
	live_refused("before");
	reader = live_reader_start();
	outsider = outsider_start(tally);
	while (!is_enough(until)) {
		for (unsigned int i = 0; i < ROUNDS_BETWEEN_CHECKS && !is_enough(until); i++)
			round_run();
		check(rest);
	}
	outsider_end(tally, outsider);
	is(live_reader_end(reader), 0, "the granted reader was never refused");
}

int main(int argc, char **argv)
{
	unsigned int until = word_number("kills", KILLS_USUAL);
	struct leftovers nothing;
	struct rest rest;

	live_probe_main(argc, argv);
	seed = word_number("kills_seed", SEED_USUAL);
	deadline = getenv("kills") ? 0 : time(NULL) + SECONDS_USUAL;
	live_prepare();
	secrets_forget();
	rig_mkdir("/srv/else");
	device = device_open();
	leftovers_count(&nothing);
	rest = rest_find();

	test_arming(until / ARMING_SHARE, &nothing, keeper_info().links);
	test_kills(until, &rest);
	diag("%u kills: %u in a start", kills, starting_kills);
	for (size_t i = 0; i < ARRAY_LEN(activities); i++)
		diag("%u in or before %s", activity_kills[i], activities[i].name);

	closep(&device);
	live_finish(live_start());
	return done();
}
