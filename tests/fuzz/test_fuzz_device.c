// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - nonsense for /dev/bulwark, by many threads at once, for a given time
 *
 *	tests/vm/fast --cmdline "fuzz_seconds=60 fuzz_seed=7" debian12 fuzz_device
 *
 * First while the keeper alone holds what enforces: nothing may come of it.  Then
 * with links that may be held and let go; then while the module goes and comes.  A
 * seed makes the same calls again; what the threads and the time make of them is
 * the kernel's.
 *
 * Boots with two processors.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "calls.h"
#include "leftovers.h"
#include "lsm.h"
#include "nonsense.h"
#include "rig.h"
#include "storm.h"
#include "tap.h"

#define SECONDS_DEFAULT 600

#define ROUND_MS 3000

/* At least: the module can go only while nobody has the device open. */
#define RELOADS_MS 8000
#define RELOAD_ROUNDS_MAX 8

/* Links of their own, and as many programs that the children attach. */
#define LINKS 4
#define HOOK "sb_statfs"

static struct nonsense_tally *tally;
static uint64_t seed;
static long seconds = SECONDS_DEFAULT;

/* As long as somebody has the device open, or something is held, it must not go. */
static unsigned int unloads;

static void module_tried(void)
{
	unloads += module_unload(0) == 0;
	(void)usleep(50000);
}

/* Returns how many rounds there were, and as tests whether each ended well. */
static void rounds_run(unsigned int first, long ms, bool (*check)(void))
{
	long until_ms = storm_now_ms() + ms;
	unsigned int rounds = 0, hung = 0, failed = 0;

	do {
		hung += !storm_round(first + rounds, ROUND_MS, storm_all, module_tried);
		failed += !check();
		rounds++;
	} while (storm_now_ms() < until_ms && !hung);

	is(hung, 0, "%u rounds, and each comes to its end", rounds);
	is(failed, 0, "after each the keeper holds what it should");
}

/* --- What must hold ----------------------------------------------------------- */

/* All that the keeper tells. */
struct content {
	struct bw_control_info info;
	struct bw_kept links[BW_KEEP_LINKS_MAX];
	struct bw_kept maps[BW_KEEP_MAPS_MAX];
	unsigned int links_len;
	unsigned int maps_len;
};

static struct content armed_content;
static int main_device;

/* What the calls themselves say; as a whole it stays the same while armed. */
static int content_get(struct content *ret_content)
{
	struct bw_control_keep call = {
		.size = sizeof(call),
		.version = BW_ABI_VERSION,
		.links_len = BW_KEEP_LINKS_MAX,
		.maps_len = BW_KEEP_MAPS_MAX,
		.links = (uint64_t)ret_content->links,
		.maps = (uint64_t)ret_content->maps,
	};
	int err;

	memset(ret_content, 0, sizeof(*ret_content));
	ret_content->info.size = sizeof(ret_content->info);
	ret_content->info.version = BW_ABI_VERSION;
	err = device_call(main_device, BW_IOCTL_INFO, &ret_content->info);
	if (!err)
		err = device_call(main_device, BW_IOCTL_LIST, &call);
	ret_content->links_len = call.links_len;
	ret_content->maps_len = call.maps_len;
	return err;
}

static bool check_armed(void)
{
	struct content content;

	return !content_get(&content) && !memcmp(&content, &armed_content, sizeof(content)) &&
	       rig_read(RIG_CANARY) == -EACCES;
}

static bool ids_are_there(const struct bw_kept *kept, unsigned int len, int (*get)(uint32_t id))
{
	for (unsigned int i = 0; i < len; i++) {
		int fd = get(kept[i].id);

		if (fd < 0 || kept[i].fd != -1 || !kept[i].name[0])
			return false;
		close(fd);
	}
	return true;
}

/* What is listed is what is counted, and exists. */
static bool check_loose(void)
{
	struct content content;

	return !content_get(&content) && content.links_len == content.info.links &&
	       content.maps_len == content.info.maps && (content.links_len || !content.maps_len) &&
	       ids_are_there(content.links, content.links_len, bpf_link_get_fd_by_id) &&
	       ids_are_there(content.maps, content.maps_len, bpf_map_get_fd_by_id);
}

/* --- The tests ---------------------------------------------------------------- */

static void ids_add(struct nonsense_ids *ids, unsigned int id)
{
	if (ids->len < NONSENSE_IDS_MAX)
		ids->of[ids->len++] = id;
}

static void ids_of_all(struct nonsense_ids *ret_ids, int (*next)(uint32_t id, uint32_t *next_id))
{
	uint32_t id = 0;

	ret_ids->len = 0;
	while (!next(id, &id))
		ids_add(ret_ids, id);
}

static void storm_armed(void)
{
	struct leftovers before;

	is(rig_read(RIG_CANARY), -EACCES, "armed, and held by the keeper alone: refused");
	is(content_get(&armed_content), 0, "the keeper tells what it holds");
	ok(armed_content.links_len && armed_content.maps_len, "links and maps");

	leftovers_count(&before);
	tally->armed = true;
	tally->links.len = 0;
	ids_of_all(&tally->maps, bpf_map_get_next_id);
	ids_of_all(&tally->programs, bpf_prog_get_next_id);
	rounds_run(0, seconds * 450, check_armed);

	is(rig_read(RIG_CANARY), -EACCES, "the canary is refused as before");
	ok(check_armed(), "the same links and maps are held");
	is((long)(tally->outcomes[NONSENSE_ADOPT][0] + tally->outcomes[NONSENSE_RELEASE][0]), 0,
	   "nothing was adopted, nothing let go");
	is(module_unload(0), -EAGAIN, "rmmod fails as before");
	leftovers_test(&before, "armed");
}

static void test_armed(void)
{
	struct leftovers empty;
	struct rig rig;

	rig_prepare();
	is(rig_read(RIG_CANARY), 0, "the canary can be read before");
	leftovers_count(&empty);
	if (!is(rig_arm(&rig), 0, "armed"))
		return;

	bw_enforcer_free(rig.enforcer);
	rig.enforcer = NULL;
	storm_armed();
	rig_disarm(&rig);
	leftovers_test(&empty, "let go");
	is(rig_read(RIG_CANARY), 0, "and the canary can be read again");
}

static void storm_loose(void)
{
	int links[LINKS], maps[LINKS], programs[2 * LINKS];

	memset(&tally->links, 0, sizeof(tally->links));
	for (unsigned int i = 0; i < 2 * LINKS; i++)
		programs[i] = lsm_load(HOOK, 0, NULL);
	for (unsigned int i = 0; i < LINKS; i++) {
		links[i] = lsm_attach(programs[i]);
		maps[i] = lsm_map();
		ids_add(&tally->links, lsm_link_id(links[i]));
	}
	ids_of_all(&tally->maps, bpf_map_get_next_id);
	ids_of_all(&tally->programs, bpf_prog_get_next_id);
	rounds_run(1U << 16, seconds * 450, check_loose);

	for (unsigned int i = 0; i < 2 * LINKS; i++)
		close(programs[i]);
	for (unsigned int i = 0; i < LINKS; i++) {
		close(links[i]);
		close(maps[i]);
	}
}

static void test_loose(void)
{
	struct leftovers empty;
	int err;

	leftovers_count(&empty);
	tally->armed = false;
	storm_loose();
	err = device_release(main_device);
	ok(!err || err == -ENOENT, "what is held can be let go");
	is(device_release(main_device), -ENOENT, "then nothing is held");
	is(device_info(main_device).links, 0, "and no link is counted");
	leftovers_test(&empty, "links that were held");
	is(unloads, 0, "the module never went while it was in use");
}

static void module_goes_and_comes(void)
{
	unloads += module_unload(0) == 0;
	(void)module_load();
}

/* Who opens the device holds the module, or finds none.  A slow guest takes several rounds. */
static void test_reloads(void)
{
	long ms = seconds * 100 < RELOADS_MS ? RELOADS_MS : seconds * 100;
	bool ended = true;

	close(main_device);
	tally->armed = true;
	for (unsigned int i = 0; i < RELOAD_ROUNDS_MAX && ended && !unloads; i++)
		ended = storm_round((1U << 17) + i, ms, storm_visits, module_goes_and_comes);
	ok(ended, "a module that goes and comes hangs nobody");
	ok(unloads, "it went, %u times", unloads);
	(void)module_load();
	main_device = device_open();
	ok(!device_info(main_device).links, "it holds nothing afterwards");
}

/* After all that. */
static void test_still_works(void)
{
	struct rig rig;

	is(rig_read(RIG_CANARY), 0, "nothing is refused");
	if (!is(rig_arm(&rig), 0, "it can be armed once more"))
		return;
	is(rig_read(RIG_CANARY), -EACCES, "the canary is refused");
	rig_disarm(&rig);
}

static void outcomes_show(unsigned int call)
{
	char text[400];
	int at = 0;

	for (int err = 0; err < NONSENSE_ERRNOS && at < (int)sizeof(text) - 40; err++)
		if (tally->outcomes[call][err])
			at += snprintf(text + at, sizeof(text) - (size_t)at, " %s %llu",
				       err ? strerrorname_np(err) : "done",
				       (unsigned long long)tally->outcomes[call][err]);
	diag("%s:%s", nonsense_name(call), at ? text : "");
}

static void test_outcomes(void)
{
	diag("%llu calls, %llu of them unknown, %llu unprivileged; %llu forks, %llu of them execs",
	     (unsigned long long)tally->steps, (unsigned long long)tally->unknown,
	     (unsigned long long)tally->refused, (unsigned long long)tally->forks,
	     (unsigned long long)tally->execs);
	for (unsigned int call = 0; call < NONSENSE_CALLS; call++) {
		outcomes_show(call);
		ok(nonsense_seen_all(tally, call), "%s: success and each error came",
		   nonsense_name(call));
	}
	ok(tally->unknown && tally->refused && tally->forks && tally->execs,
	   "unknown calls, those without privilege, and those after fork and exec too");
	if (!is((long)tally->wrong, 0, "no call said what it must not say"))
		diag("%s", tally->wrong_text);
}

/* --- Beginning ---------------------------------------------------------------- */

static const char *option(int argc, char **argv, int index, const char *word)
{
	return argc > index ? argv[index] : getenv(word);
}

/* As arguments, or as words on the kernel's command line, which init gets as these. */
static void options_read(int argc, char **argv)
{
	const char *time_text = option(argc, argv, 1, "fuzz_seconds");
	const char *seed_text = option(argc, argv, 2, "fuzz_seed");

	if (time_text && atol(time_text) > 0)
		seconds = atol(time_text);
	if (seed_text)
		seed = strtoull(seed_text, NULL, 0);
	else if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = (uint64_t)storm_now_ms();
	diag("fuzz_seconds=%ld fuzz_seed=%llu", seconds, (unsigned long long)seed);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], STORM_EXEC_OPTION))
		return storm_executed(argv[2]);

	options_read(argc, argv);
	tally = storm_begin(seed);
	if (!ok(tally, "there is memory for the tally"))
		return done();

	main_device = device_open();
	test_armed();
	test_loose();
	test_reloads();
	test_still_works();
	test_outcomes();
	return done();
}
