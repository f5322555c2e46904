// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-5: the end of the daemon, and the next one, change no verdict
 *
 * Boots with two processors.
 * Boots afresh.
 * Takes long.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "rig.h"
#include "tap.h"

#define SECRET "/srv/set/secret"
#define GO "/run/go"
#define PIN "/sys/fs/bpf/stolen"
#define REARMS 3
#define FILES 7

static int probe_read(const char *path)
{
	return rig_read(path);
}

/* Who started under one daemon reads under the next. */
static int probe_wait(const char *path)
{
	while (access(GO, F_OK) < 0)
		(void)usleep(10000);
	return rig_read(path);
}

/* Reads until told to stop: the first byte it gets ends it. */
static int probe_try_on(const char *path)
{
	while (access(GO, F_OK) < 0)
		if (rig_read(path) != -EACCES)
			return -ENOTRECOVERABLE;
	return -EACCES;
}

static const struct rig_probe probes[] = {
	{ "read", probe_read },
	{ "wait", probe_wait },
	{ "try-on", probe_try_on },
};

static void policy_make(struct rig *rig)
{
	rig_clear(rig);
	rig_set(rig, 1, BW_MODE_ENFORCE, "/srv/set");
	(void)rig_grant(rig, 1, RIG_GRANTED, 0);
	rig->rules.digest[0] = FILES;
}

/* What was put in force can be read again, by whatever daemon. */
static void check_rules(const struct rig *rig, const char *when)
{
	_cleanup_(bw_rules_freep) struct bw_rules *rules = NULL;
	struct rig wanted = { .keeper = rig->keeper };

	policy_make(&wanted);
	is(bw_enforcer_rules(rig->enforcer, &rules), 0, "%s: the rules in force are told", when);
	if (!rules)
		return;

	is(rules->len, wanted.rules.len, "%s: as many as were applied", when);
	is(rules->filesystems, wanted.rules.filesystems, "%s: with their filesystems", when);
	is(rules->digest[0], FILES, "%s: with the digest of their files", when);
}

static void check_verdicts(const char *when)
{
	is(rig_call(RIG_OTHER, "read", SECRET), -EACCES, "%s: refused", when);
	is(rig_call(RIG_GRANTED, "read", SECRET), 0, "%s: granted", when);
}

/* A daemon of its own, which is killed. */
static void arm_and_die(void)
{
	struct rig rig;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (rig_arm(&rig))
			_exit(EXIT_FAILURE);
		policy_make(&rig);
		if (rig_apply(&rig))
			_exit(EXIT_FAILURE);
		(void)kill(getpid(), SIGKILL);
	}
	(void)waitpid(pid, &status, 0);
	ok(WIFSIGNALED(status), "a daemon armed, applied a policy and was killed");
}

static void next_daemon(struct rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	rig->keeper = bw_keeper_open();
	is(rig_rearm(rig), 0, "the next daemon arms");
	ok(bw_enforcer_took_over(rig->enforcer), "it takes over");
	ok(bw_enforcer_programs_stayed(rig->enforcer), "the programs stay");
}

static void test_killed(struct rig *rig)
{
	struct bw_state state;
	int pid;

	arm_and_die();
	check_verdicts("without a daemon");
	pid = rig_call_begin(RIG_GRANTED, "wait", SECRET);

	next_daemon(rig);
	is(bw_enforcer_generation(rig->enforcer), 2, "with the policy that was in force");
	is_text(bw_enforcer_set_names(rig->enforcer)[1].name, "set-1", "and the names of its sets");
	state = rig_state(rig);
	ok(state.refused > 0 && state.sequence > 0, "and the counters");
	check_verdicts("with the next daemon");
	check_rules(rig, "the next daemon");

	rig_write(GO, "");
	is(rig_call_end(pid), 0, "who started in between is known");
	(void)unlink(GO);
}

/* Link by link: are the programs in force the very same? */
static bool links_equal(const struct bw_kept_list *one, const struct bw_kept_list *other)
{
	bool equal = one->links_len == other->links_len;

	for (unsigned int i = 0; equal && i < one->links_len; i++)
		equal = one->links[i].id == other->links[i].id;

	return equal;
}

/* Nothing is attached that is attached already. */
static void test_same_release(struct rig *rig)
{
	struct bw_kept_list before, after;
	unsigned int stayed = 0;

	(void)bw_keeper_list(rig->keeper, &before);
	for (unsigned int i = 0; i < REARMS; i++) {
		bw_enforcer_free(rig->enforcer);
		stayed += rig_rearm(rig) == 0 && bw_enforcer_programs_stayed(rig->enforcer);
	}
	(void)bw_keeper_list(rig->keeper, &after);
	is(stayed, REARMS, "the same release leaves the programs in force");
	ok(links_equal(&before, &after), "the keeper's links are the same");
	check_verdicts("with the same programs");
}

/* From a list to what can be adopted. */
static void list_open(struct bw_kept_list *list)
{
	for (unsigned int i = 0; i < list->links_len; i++) {
		list->links[i].fd = bpf_link_get_fd_by_id(list->links[i].id);
		list->links[i].id = 0;
	}
	for (unsigned int i = 0; i < list->maps_len; i++) {
		list->maps[i].fd = bpf_map_get_fd_by_id(list->maps[i].id);
		list->maps[i].id = 0;
	}
}

static int list_adopt(int keeper, struct bw_kept_list *list)
{
	int err = bw_keeper_adopt(keeper, list);

	for (unsigned int i = 0; i < list->links_len; i++)
		closep(&list->links[i].fd);
	for (unsigned int i = 0; i < list->maps_len; i++)
		closep(&list->maps[i].fd);
	return err;
}

/* Has the keeper let the last of its links go. */
static int last_link_drop(int keeper)
{
	struct bw_kept_list list;

	(void)bw_keeper_list(keeper, &list);
	list_open(&list);
	closep(&list.links[--list.links_len].fd);
	return list_adopt(keeper, &list);
}

/* A keeper that hasn't got them all gets them. */
static void test_incomplete(struct rig *rig)
{
	struct bw_control_info before, after;

	(void)bw_keeper_info(rig->keeper, &before);
	is(last_link_drop(rig->keeper), 0, "the keeper lacks a program");

	bw_enforcer_free(rig->enforcer);
	is(rig_rearm(rig), 0, "the next daemon arms");
	ok(!bw_enforcer_programs_stayed(rig->enforcer), "with programs of its own");
	(void)bw_keeper_info(rig->keeper, &after);
	is(after.links, before.links, "the keeper has all programs again");
	check_verdicts("with all programs");
}

/* The new programs are there before the old ones go. */
static void test_upgrade(struct rig *rig)
{
	static const char *const releases[] = { "one", "two" };
	int pid = rig_call_begin(RIG_OTHER, "try-on", SECRET);
	struct bw_control_info before, after;
	unsigned int failed = 0;

	(void)bw_keeper_info(rig->keeper, &before);
	for (size_t i = 0; i < ARRAY_LEN(releases); i++) {
		bw_enforcer_free(rig->enforcer);
		rig->release = releases[i];
		failed += rig_rearm(rig) != 0;
	}
	(void)bw_keeper_info(rig->keeper, &after);
	rig_write(GO, "");
	is(failed, 0, "armed again and again");
	is(rig_call_end(pid), -EACCES, "not one read was let through meanwhile");
	(void)unlink(GO);
	is(after.links, before.links, "the keeper holds as many links as before");
	is(after.maps, before.maps, "and as many maps");
	is((long)(after.adoptions - before.adoptions), ARRAY_LEN(releases),
	   "but those of the last release");
}

static void test_failure(struct rig *rig)
{
	struct bw_enforcer_options options = { .keeper = rig->keeper, .canary = "/run/none" };
	struct bw_enforcer *enforcer = NULL;
	const char *step;

	is(bw_enforcer_arm(&options, &enforcer, &step), -ENOENT, "arming without a canary fails");
	is_text(step, "identify the canary", "and says where");
	check_verdicts("after arming failed");

	options.canary = "/run";
	is(bw_enforcer_arm(&options, &enforcer, &step), -EINVAL, "a directory is no canary");
	check_verdicts("after that");
}

static void test_new_canary(struct rig *rig)
{
	__u32 generation = bw_enforcer_generation(rig->enforcer);

	(void)unlink(RIG_CANARY);
	rig_write("/run/in-between", "");
	rig_write(RIG_CANARY, "another canary\n");
	is(bw_enforcer_prove(rig->enforcer), -EKEYREJECTED,
	   "another file in its place can be read");

	bw_enforcer_free(rig->enforcer);
	is(rig_rearm(rig), 0, "the next daemon arms with it");
	is(bw_enforcer_generation(rig->enforcer), generation + 1, "in one more generation");
	is(bw_enforcer_prove(rig->enforcer), 0, "and is refused it");
	check_verdicts("with another canary");
	check_rules(rig, "with another canary");
}

/* What bpftool could try: detach each link, or pin it and remove the pin. */
static void test_detaching(void)
{
	unsigned int detached = 0;
	__u32 id = 0;

	while (bpf_link_get_next_id(id, &id) == 0) {
		_cleanup_(closep) int fd = bpf_link_get_fd_by_id(id);

		if (fd < 0)
			continue;
		detached += bpf_link_detach(fd) == 0;
		if (bpf_obj_pin(fd, PIN) == 0)
			(void)unlink(PIN);
	}
	is(detached, 0, "no link can be detached");
	check_verdicts("after pins came and went");
}

/* The kernel detaches in its own time. */
static int read_when_free(void)
{
	int err = -EACCES;

	for (int tries = 0; tries < 100 && err == -EACCES; tries++) {
		err = rig_read(SECRET);
		if (err)
			(void)usleep(100000);
	}
	return err;
}

/* --- What another release left behind ------------------------------------------- */

static int map_get(const struct bw_kept_list *list, const char *name)
{
	for (unsigned int i = 0; i < list->maps_len; i++)
		if (strcmp(list->maps[i].name, name) == 0)
			return bpf_map_get_fd_by_id(list->maps[i].id);
	return -ENOENT;
}

/* Has the keeper hold @map as @to in the place of what it holds as @from. */
static int kept_replace(int keeper, const char *from, const char *to, int map)
{
	struct bw_kept_list list;

	(void)bw_keeper_list(keeper, &list);
	list_open(&list);
	for (unsigned int i = 0; i < list.maps_len; i++) {
		struct bw_kept *kept = &list.maps[i];

		if (strcmp(kept->name, from) != 0)
			continue;

		(void)snprintf(kept->name, sizeof(kept->name), "%s", to);
		closep(&kept->fd);
		kept->fd = dup(map);
	}
	return list_adopt(keeper, &list);
}

/* No entries: the map is there, but not by its name. */
static const struct {
	const char *what;
	const char *map;
	const char *becomes;
	__u32 entries;
} others[] = {
	{ "a map of another size", "carried", "carried", 4 },
	{ "names of another size", "set_names", "set_names", 4 },
	{ "a state of another size", "state", "state", 4 },
	{ "a map that is missing", "carried", "another", 0 },
};

/* As an upgrade would find it; the keeper has its own back afterwards. */
static void test_other_release(struct rig *rig, size_t i)
{
	_cleanup_(closep) int other = -EBADF;
	_cleanup_(closep) int own = -EBADF;
	struct bw_kept_list list;

	(void)bw_keeper_list(rig->keeper, &list);
	own = map_get(&list, others[i].map);
	other = others[i].entries
			? bpf_map_create(BPF_MAP_TYPE_ARRAY, "other", 4, 8, others[i].entries, NULL)
			: dup(own);
	is(kept_replace(rig->keeper, others[i].map, others[i].becomes, other), 0,
	   "%s is in the keeper", others[i].what);

	bw_enforcer_free(rig->enforcer);
	rig->enforcer = NULL;
	is(rig_rearm(rig), -EPROTO, "%s: the next daemon doesn't arm", others[i].what);
	check_verdicts(others[i].what);

	is(kept_replace(rig->keeper, others[i].becomes, others[i].map, own), 0,
	   "the keeper has its own again");
	if (!rig->enforcer)
		is(rig_rearm(rig), 0, "and the next daemon arms");
	check_verdicts("after that");
}

int main(int argc, char **argv)
{
	struct rig rig;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	rig_write(SECRET, "pension\n");
	(void)unlink(GO);

	test_killed(&rig);
	if (!rig.enforcer)
		return done();

	test_same_release(&rig);
	test_incomplete(&rig);
	test_upgrade(&rig);
	test_failure(&rig);
	test_detaching();
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		test_other_release(&rig, i);
	test_new_canary(&rig);

	rig_disarm(&rig);
	is(read_when_free(), 0, "nothing is refused once the keeper has let go");
	return done();
}
