// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the resolver: policies against a tree of files
 *
 * Every test has a tree of its own.  Executables of grants are the system's,
 * because those in a temporary directory must not be trusted.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "resolve.h"

#define POLICIES_MAX 64
#define ENTRIES_MAX 16
#define EXECUTABLE "/usr/bin/env"

static struct {
	char root[64];
	struct bw_policy policies[POLICIES_MAX];
	struct bw_policy *pointers[POLICIES_MAX];
	struct bw_policies all;
	struct bw_set_name set_names[BW_SETS_MAX + 1];
	struct bw_diagnostics diagnostics;
	struct bw_rules *rules;
} test;

/* --- A tree ------------------------------------------------------------------ */

/* A path in the tree: for as long as eight others aren't asked for. */
static const char *in_tree(const char *name)
{
	static char paths[8][PATH_MAX];
	static unsigned int next;
	char *path = paths[next++ % ARRAY_LEN(paths)];

	snprintf(path, sizeof(paths[0]), "%s%s", test.root, name);
	return path;
}

static void make_directory(const char *name)
{
	ck_assert_msg(mkdir(in_tree(name), 0755) == 0, "mkdir %s: %s", name, strerror(errno));
}

static void make_file(const char *name)
{
	int fd = open(in_tree(name), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);

	ck_assert_msg(fd >= 0, "create %s: %s", name, strerror(errno));
	close(fd);
}

static void make_hard_link(const char *old, const char *new)
{
	ck_assert_int_eq(link(in_tree(old), in_tree(new)), 0);
}

static void make_symlink(const char *target, const char *new)
{
	ck_assert_int_eq(symlink(in_tree(target), in_tree(new)), 0);
}

static int tree_remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	return remove(path);
}

/* --- Policies ---------------------------------------------------------------- */

static void test_setup(void)
{
	memset(&test, 0, sizeof(test));
	strcpy(test.root, "/tmp/bulwark-resolve-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(test.root));
	test.all.items = test.pointers;
}

static void paths_free(struct bw_policy_path *paths, size_t len)
{
	for (size_t i = 0; i < len; i++)
		free(paths[i].path);
	free(paths);
}

static void test_teardown(void)
{
	for (size_t i = 0; i < test.all.len; i++) {
		paths_free(test.policies[i].protect, test.policies[i].protect_len);
		paths_free(test.policies[i].except, test.policies[i].except_len);
		free(test.policies[i].grants);
		free(test.policies[i].file);
		free(test.policies[i].set);
	}
	bw_rules_free(test.rules);
	bw_diagnostics_done(&test.diagnostics);
	nftw(test.root, tree_remove_one, 64, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static struct bw_policy *policy_add(const char *set)
{
	struct bw_policy *policy = &test.policies[test.all.len];

	policy->set = strdup(set);
	ck_assert_int_ge(asprintf(&policy->file, "%s.yaml", set), 0);
	policy->mode = BW_MODE_ENFORCE;
	policy->protect = calloc(ENTRIES_MAX, sizeof(*policy->protect));
	policy->except = calloc(ENTRIES_MAX, sizeof(*policy->except));
	policy->grants = calloc(ENTRIES_MAX, sizeof(*policy->grants));
	test.pointers[test.all.len++] = policy;
	return policy;
}

static void protect(struct bw_policy *policy, const char *path)
{
	policy->protect[policy->protect_len++] = (struct bw_policy_path){
		.path = strdup(path),
		.at = { .line = 3, .column = 5 },
	};
}

static void except(struct bw_policy *policy, const char *path)
{
	policy->except[policy->except_len++] = (struct bw_policy_path){
		.path = strdup(path),
		.at = { .line = 6, .column = 5 },
	};
}

/* The strings must outlive the policy. */
static void grant(struct bw_policy *policy, char *exe, char *user, char *unit)
{
	policy->grants[policy->grants_len++] = (struct bw_policy_grant){
		.name = "grant",
		.exe = exe,
		.user = user,
		.unit = unit,
		.exe_at = { .line = 9, .column = 10 },
		.user_at = { .line = 10, .column = 11 },
	};
}

static int resolve_with(const struct bw_identifier *identifier)
{
	bw_rules_free(test.rules);
	test.rules = NULL;
	bw_diagnostics_done(&test.diagnostics);
	return bw_policies_resolve(&test.all, identifier, test.set_names, &test.diagnostics,
				   &test.rules);
}

static void resolve(void)
{
	int err = resolve_with(&bw_identifier_stat);

	ck_assert_msg(err == 0, "resolve: %s (%s)", strerror(-err),
		      test.diagnostics.len ? test.diagnostics.items[0].text : "no diagnostic");
}

/* --- What came out ----------------------------------------------------------- */

static bool told(bool warning, const char *text)
{
	for (size_t i = 0; i < test.diagnostics.len; i++) {
		const struct bw_diagnostic *diagnostic = &test.diagnostics.items[i];

		if (diagnostic->warning == warning && strstr(diagnostic->text, text))
			return true;
	}
	return false;
}

#define assert_warned(text) ck_assert_msg(told(true, text), "no warning '%s'", text)
#define assert_error(text) ck_assert_msg(told(false, text), "no error '%s'", text)

static void assert_refused(const char *text)
{
	ck_assert_int_eq(resolve_with(&bw_identifier_stat), -EINVAL);
	ck_assert_ptr_null(test.rules);
	assert_error(text);
}

static struct bw_file_key key_of(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct bw_file_key key;

	ck_assert_int_eq(bw_identifier_stat.identify(NULL, fd, &key), 0);
	return key;
}

static const struct bw_rule *rule_find(const struct bw_rule_key *key)
{
	for (size_t i = 0; i < test.rules->len; i++)
		if (memcmp(&test.rules->items[i].key, key, sizeof(*key)) == 0)
			return &test.rules->items[i].rule;
	return NULL;
}

static size_t rules_of_kind(enum bw_rule_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < test.rules->len; i++)
		count += test.rules->items[i].key.kind == kind;
	return count;
}

/* 0: no rule; else set << 8 | anchor. */
static unsigned int anchor_of(const char *path)
{
	const struct bw_rule_key key = { .kind = BW_RULE_ANCHOR, .file = key_of(path) };
	const struct bw_rule *rule = rule_find(&key);

	return rule ? (unsigned int)rule->set << 8 | rule->anchor : 0;
}

static unsigned int name_of(const char *directory, const char *name)
{
	const struct bw_rule_key key = {
		.kind = BW_RULE_NAME,
		.file = key_of(directory),
		.name = bw_name_hash(name),
	};
	const struct bw_rule *rule = rule_find(&key);

	return rule ? (unsigned int)rule->set << 8 | rule->anchor : 0;
}

#define PROTECTED(set) ((set) << 8 | BW_ANCHOR_PROTECT)
#define EXCEPTED(set) ((set) << 8 | BW_ANCHOR_EXCEPT)

/* --- Places ------------------------------------------------------------------ */

START_TEST(no_policy_is_an_empty_one)
{
	resolve();
	ck_assert_uint_eq(test.rules->len, 0);
	ck_assert_uint_eq(test.rules->filesystems, 0);
	ck_assert_uint_eq(test.rules->watches_len, 0);
}
END_TEST

START_TEST(directory_gives_an_anchor)
{
	const struct bw_rule_key filesystem = {
		.kind = BW_RULE_FILESYSTEM,
		.file.dev = key_of(test.root).dev,
	};
	const struct bw_rule_key set = { .kind = BW_RULE_SET, .set = 1 };

	make_directory("/a");
	make_file("/a/f");
	protect(policy_add("one"), in_tree("/a"));
	resolve();
	ck_assert_uint_eq(anchor_of(in_tree("/a")), PROTECTED(1));
	ck_assert_ptr_nonnull(rule_find(&filesystem));
	ck_assert_ptr_nonnull(rule_find(&set));
	ck_assert_uint_eq(rule_find(&set)->mode, BW_MODE_ENFORCE);
	ck_assert_uint_eq(test.rules->len, 3);
	ck_assert_uint_eq(test.rules->filesystems, 1ULL << bw_filesystem_bit(filesystem.file.dev));
	ck_assert_uint_eq(test.diagnostics.len, 0);
}
END_TEST

static __u32 filesystem_mode_of(const char *path)
{
	const struct bw_rule_key key = {
		.kind = BW_RULE_FILESYSTEM,
		.file.dev = key_of(path).dev,
	};

	ck_assert_ptr_nonnull(rule_find(&key));
	return rule_find(&key)->mode;
}

/* What can't be placed is only told of where all sets only monitor. */
START_TEST(filesystem_is_as_strict_as_its_strictest_set)
{
	make_directory("/a");
	make_directory("/b");
	protect(policy_add("one"), in_tree("/a"));
	test.policies[0].mode = BW_MODE_MONITOR;
	resolve();
	ck_assert_uint_eq(filesystem_mode_of(test.root), BW_MODE_MONITOR);

	protect(policy_add("two"), in_tree("/b"));
	resolve();
	ck_assert_uint_eq(filesystem_mode_of(test.root), 0);
}
END_TEST

START_TEST(file_gives_an_anchor_and_a_name)
{
	make_file("/dump");
	protect(policy_add("one"), in_tree("/dump"));
	resolve();
	ck_assert_uint_eq(anchor_of(in_tree("/dump")), PROTECTED(1));
	ck_assert_uint_eq(name_of(test.root, "dump"), PROTECTED(1));
}
END_TEST

START_TEST(pattern_gives_what_matches)
{
	make_file("/a.pdf");
	make_file("/b.pdf");
	make_file("/c.txt");
	make_file("/.d.pdf");
	protect(policy_add("one"), in_tree("/*.pdf"));
	resolve();
	ck_assert_uint_eq(anchor_of(in_tree("/a.pdf")), PROTECTED(1));
	ck_assert_uint_eq(anchor_of(in_tree("/b.pdf")), PROTECTED(1));
	ck_assert_uint_eq(anchor_of(in_tree("/c.txt")), 0);
	ck_assert_uint_eq(rules_of_kind(BW_RULE_ANCHOR), 2);
	ck_assert_uint_eq(rules_of_kind(BW_RULE_NAME), 2);
}
END_TEST

START_TEST(symbolic_link_stands_for_its_target)
{
	make_directory("/target");
	make_symlink("/target", "/link");
	protect(policy_add("one"), in_tree("/link"));
	resolve();
	ck_assert_uint_eq(anchor_of(in_tree("/target")), PROTECTED(1));
	ck_assert_uint_eq(anchor_of(in_tree("/link")), 0);
	ck_assert_uint_eq(test.diagnostics.len, 1);
	assert_warned(in_tree("/link"));
	assert_warned(in_tree("/target"));
}
END_TEST

START_TEST(symbolic_link_to_nothing_is_left_out)
{
	make_symlink("/nowhere", "/link");
	protect(policy_add("one"), in_tree("/link"));
	resolve();
	ck_assert_uint_eq(test.rules->len, 1);
	assert_warned("symbolic link to nothing");
}
END_TEST

START_TEST(pattern_without_match_is_a_warning)
{
	protect(policy_add("one"), in_tree("/*.pdf"));
	resolve();
	ck_assert_uint_eq(test.rules->len, 1);
	assert_warned("matches nothing yet");
	ck_assert_uint_eq(test.rules->watches_len, 1);
	ck_assert_str_eq(test.rules->watches[0], test.root);
}
END_TEST

START_TEST(missing_path_gives_a_name)
{
	protect(policy_add("one"), in_tree("/dump"));
	resolve();
	ck_assert_uint_eq(name_of(test.root, "dump"), PROTECTED(1));
	ck_assert_uint_eq(rules_of_kind(BW_RULE_ANCHOR), 0);
	ck_assert_uint_eq(rules_of_kind(BW_RULE_FILESYSTEM), 1);
	assert_warned("doesn't exist yet");
}
END_TEST

START_TEST(missing_directory_is_watched_for)
{
	protect(policy_add("one"), in_tree("/no/such/dump"));
	resolve();
	ck_assert_uint_eq(test.rules->len, 1);
	assert_warned("doesn't exist yet");
	ck_assert_uint_eq(test.rules->watches_len, 1);
	ck_assert_str_eq(test.rules->watches[0], test.root);
}
END_TEST

/* A server that is down has no pid file, and another cluster may have one. */
START_TEST(excepted_name_counts_in_each_directory)
{
	struct bw_policy *policy = policy_add("one");

	make_directory("/15");
	make_directory("/16");
	make_file("/15/pid");
	make_file("/notes");
	protect(policy, in_tree("/1?"));
	except(policy, in_tree("/*/pid"));
	resolve();
	ck_assert_uint_eq(name_of(in_tree("/15"), "pid"), EXCEPTED(1));
	ck_assert_uint_eq(anchor_of(in_tree("/15/pid")), 0);
	ck_assert_uint_eq(name_of(in_tree("/16"), "pid"), EXCEPTED(1));
	ck_assert_uint_eq(test.diagnostics.len, 0);
}
END_TEST

START_TEST(except_makes_a_hole)
{
	struct bw_policy *policy = policy_add("one");

	make_directory("/a");
	make_directory("/a/log");
	protect(policy, in_tree("/a"));
	except(policy, in_tree("/a/log"));
	resolve();
	ck_assert_uint_eq(anchor_of(in_tree("/a")), PROTECTED(1));
	ck_assert_uint_eq(name_of(in_tree("/a"), "log"), EXCEPTED(1));
	ck_assert_uint_eq(anchor_of(in_tree("/a/log")), 0);
}
END_TEST

START_TEST(except_outside_says_nothing)
{
	struct bw_policy *policy = policy_add("one");

	make_directory("/a");
	make_directory("/b");
	protect(policy, in_tree("/a"));
	except(policy, in_tree("/b"));
	resolve();
	ck_assert_uint_eq(anchor_of(in_tree("/b")), 0);
	assert_warned("nothing to except");
}
END_TEST

START_TEST(protected_again_within_a_hole)
{
	struct bw_policy *policy = policy_add("one");

	make_directory("/a");
	make_directory("/a/log");
	make_directory("/a/log/audit");
	protect(policy, in_tree("/a"));
	protect(policy, in_tree("/a/log/audit"));
	except(policy, in_tree("/a/log"));
	resolve();
	ck_assert_uint_eq(name_of(in_tree("/a"), "log"), EXCEPTED(1));
	ck_assert_uint_eq(anchor_of(in_tree("/a/log/audit")), PROTECTED(1));
}
END_TEST

START_TEST(what_holds_no_data_is_left_out)
{
	ck_assert_int_eq(mkfifo(in_tree("/fifo"), 0644), 0);
	protect(policy_add("one"), in_tree("/fifo"));
	resolve();
	ck_assert_uint_eq(rules_of_kind(BW_RULE_ANCHOR), 0);
	assert_warned("neither a directory nor a regular file");
}
END_TEST

static const char *const needed[] = { "/", "/usr", "/etc", "/run" };

START_TEST(host_is_not_shut_out)
{
	protect(policy_add("one"), needed[_i]);
	assert_refused("can't be protected");
}
END_TEST

/* --- Below a directory -------------------------------------------------------- */

START_TEST(files_with_other_names_get_anchors)
{
	make_directory("/a");
	make_directory("/a/deep");
	make_file("/a/deep/f");
	make_file("/a/alone");
	make_hard_link("/a/deep/f", "/outside");
	protect(policy_add("one"), in_tree("/a"));
	resolve();
	ck_assert_uint_eq(anchor_of(in_tree("/outside")), PROTECTED(1));
	ck_assert_uint_eq(rules_of_kind(BW_RULE_ANCHOR), 2);
	ck_assert_uint_eq(test.diagnostics.len, 0);
}
END_TEST

START_TEST(holes_are_not_entered)
{
	struct bw_policy *policy = policy_add("one");

	make_directory("/a");
	make_directory("/a/log");
	make_file("/a/log/f");
	make_hard_link("/a/log/f", "/outside");
	protect(policy, in_tree("/a"));
	except(policy, in_tree("/a/log"));
	resolve();
	ck_assert_uint_eq(anchor_of(in_tree("/outside")), 0);
}
END_TEST

START_TEST(symbolic_links_below_are_not_followed)
{
	make_directory("/a");
	make_directory("/other");
	make_file("/other/f");
	make_hard_link("/other/f", "/other/g");
	make_symlink("/other", "/a/link");
	protect(policy_add("one"), in_tree("/a"));
	resolve();
	ck_assert_uint_eq(rules_of_kind(BW_RULE_ANCHOR), 1);
}
END_TEST

START_TEST(in_the_set_by_one_name_is_in_the_set)
{
	struct bw_policy *policy = policy_add("one");

	make_directory("/a");
	make_file("/a/f");
	make_hard_link("/a/f", "/a/pid");
	protect(policy, in_tree("/a"));
	except(policy, in_tree("/a/pid"));
	resolve();
	ck_assert_uint_eq(anchor_of(in_tree("/a/pid")), PROTECTED(1));
	ck_assert_uint_eq(name_of(in_tree("/a"), "pid"), PROTECTED(1));
	assert_warned("is another name of");
}
END_TEST

/* Its control: both names are holes. */
START_TEST(excepted_by_all_names_is_excepted)
{
	struct bw_policy *policy = policy_add("one");

	make_directory("/a");
	make_file("/a/pid");
	make_hard_link("/a/pid", "/a/pid2");
	protect(policy, in_tree("/a"));
	except(policy, in_tree("/a/pid"));
	except(policy, in_tree("/a/pid2"));
	resolve();
	ck_assert_uint_eq(name_of(in_tree("/a"), "pid"), EXCEPTED(1));
	ck_assert_uint_eq(anchor_of(in_tree("/a/pid")), 0);
	ck_assert_uint_eq(test.diagnostics.len, 0);
}
END_TEST

START_TEST(depth_is_bounded)
{
	char name[4 * BW_DEPTH_MAX] = "/a";

	protect(policy_add("one"), in_tree("/a"));
	make_directory(name);
	for (int i = 0; i < BW_DEPTH_MAX + 1; i++) {
		strcat(name, "/d");
		make_directory(name);
	}
	resolve();
	assert_warned("directories deep");
}
END_TEST

/* Its control: one less is looked at. */
START_TEST(depth_is_used)
{
	char name[4 * BW_DEPTH_MAX] = "/a";

	protect(policy_add("one"), in_tree("/a"));
	make_directory(name);
	for (int i = 1; i < BW_DEPTH_MAX; i++) {
		strcat(name, "/d");
		make_directory(name);
	}
	strcat(name, "/f");
	make_file(name);
	make_hard_link(name, "/outside");
	resolve();
	ck_assert_uint_eq(anchor_of(in_tree("/outside")), PROTECTED(1));
	ck_assert_uint_eq(test.diagnostics.len, 0);
}
END_TEST

/* --- Mounts ------------------------------------------------------------------- */

/* An ordinary user needs a user namespace for that; root in a container too. */
static void mounts_make_private(void)
{
	int err = unshare(CLONE_NEWNS);

	if (err < 0)
		err = unshare(CLONE_NEWUSER | CLONE_NEWNS);
	ck_assert_msg(err == 0, "this test needs a mount namespace of its own: %s",
		      strerror(errno));
	ck_assert_int_eq(mount("none", "/", "", MS_REC | MS_PRIVATE, NULL), 0);
}

static void mount_at(const char *source, const char *target, const char *type, unsigned long flags)
{
	ck_assert_msg(mount(source, target, type, flags, NULL) == 0, "mount at %s: %s", target,
		      strerror(errno));
}

START_TEST(mount_points_get_anchors)
{
	struct bw_policy *policy = policy_add("one");
	_cleanup_(freep) char *volume = strdup(in_tree("/a/a volume"));
	_cleanup_(freep) char *hole = strdup(in_tree("/a/hole"));

	mounts_make_private();
	make_directory("/a");
	make_directory("/a/a volume");
	make_directory("/a/hole");
	mount_at("none", volume, "tmpfs", 0);
	mount_at("none", hole, "tmpfs", 0);
	make_file("/a/a volume/f");
	make_hard_link("/a/a volume/f", "/a/a volume/g");
	protect(policy, in_tree("/a"));
	except(policy, hole);
	resolve();
	ck_assert_uint_eq(anchor_of(volume), PROTECTED(1));
	ck_assert_uint_eq(anchor_of(in_tree("/a/a volume/f")), PROTECTED(1));
	ck_assert_uint_eq(name_of(in_tree("/a"), "hole"), EXCEPTED(1));
	ck_assert_uint_eq(anchor_of(hole), 0);
	ck_assert_uint_eq(rules_of_kind(BW_RULE_FILESYSTEM), 2);
	umount2(volume, MNT_DETACH);
	umount2(hole, MNT_DETACH);
}
END_TEST

START_TEST(bind_mount_is_told)
{
	_cleanup_(freep) char *inside = strdup(in_tree("/a/data"));
	_cleanup_(freep) char *outside = strdup(in_tree("/data"));

	mounts_make_private();
	make_directory("/a");
	make_directory("/a/data");
	make_directory("/data");
	mount_at(outside, inside, "", MS_BIND);
	protect(policy_add("one"), in_tree("/a"));
	resolve();
	ck_assert_uint_eq(anchor_of(outside), PROTECTED(1));
	assert_warned("which is protected with it");
	umount2(inside, MNT_DETACH);
}
END_TEST

/* A jail below a set must not take the host's programs away. */
START_TEST(mounts_that_the_host_needs_are_left_out)
{
	_cleanup_(freep) char *usr = strdup(in_tree("/a/usr"));
	_cleanup_(freep) char *proc = strdup(in_tree("/a/proc"));

	mounts_make_private();
	make_directory("/a");
	make_directory("/a/usr");
	make_directory("/a/proc");
	mount_at("/usr/bin", usr, "", MS_BIND | MS_REC);
	mount_at("/proc", proc, "", MS_BIND | MS_REC);
	protect(policy_add("one"), in_tree("/a"));
	resolve();
	ck_assert_uint_eq(anchor_of("/usr/bin"), 0);
	ck_assert_uint_eq(anchor_of("/proc"), 0);
	assert_warned("which the host needs to run");
	assert_warned("no data there");
	umount2(usr, MNT_DETACH);
	umount2(proc, MNT_DETACH);
}
END_TEST

START_TEST(sets_may_not_overlap_through_a_mount)
{
	_cleanup_(freep) char *inside = strdup(in_tree("/a/data"));
	_cleanup_(freep) char *outside = strdup(in_tree("/data"));

	mounts_make_private();
	make_directory("/a");
	make_directory("/a/data");
	make_directory("/data");
	mount_at(outside, inside, "", MS_BIND);
	protect(policy_add("one"), in_tree("/a"));
	protect(policy_add("two"), outside);
	assert_refused("sets may not overlap");
	umount2(inside, MNT_DETACH);
}
END_TEST

/* --- Sets --------------------------------------------------------------------- */

START_TEST(sets_may_not_share_a_path)
{
	make_directory("/a");
	protect(policy_add("one"), in_tree("/a"));
	protect(policy_add("two"), in_tree("/a"));
	assert_refused("belongs to set 'one' too");
}
END_TEST

START_TEST(sets_may_not_lie_in_each_other)
{
	make_directory("/a");
	make_directory("/a/b");
	protect(policy_add("one"), in_tree("/a"));
	protect(policy_add("two"), in_tree("/a/b"));
	assert_refused("lies inside");
	ck_assert_str_eq(test.diagnostics.items[0].file, "two.yaml");
	ck_assert_uint_eq(test.diagnostics.items[0].at.line, 3);
}
END_TEST

START_TEST(sets_may_not_share_a_file)
{
	make_directory("/a");
	make_directory("/b");
	make_file("/a/f");
	make_hard_link("/a/f", "/b/f");
	protect(policy_add("one"), in_tree("/a"));
	protect(policy_add("two"), in_tree("/b"));
	assert_refused("by another name");
}
END_TEST

START_TEST(except_lets_another_set_in)
{
	struct bw_policy *outer = policy_add("one");

	make_directory("/a");
	make_directory("/a/b");
	make_directory("/a/b/c");
	protect(outer, in_tree("/a"));
	except(outer, in_tree("/a/b"));
	protect(policy_add("two"), in_tree("/a/b"));
	resolve();
	ck_assert_uint_eq(anchor_of(in_tree("/a/b")), PROTECTED(2));
	/* A name would go before the anchor. */
	ck_assert_uint_eq(name_of(in_tree("/a"), "b"), 0);
	ck_assert_uint_eq(test.diagnostics.len, 0);
}
END_TEST

START_TEST(except_lets_another_set_in_below)
{
	struct bw_policy *outer = policy_add("one");

	make_directory("/a");
	make_directory("/a/b");
	make_directory("/a/b/c");
	protect(outer, in_tree("/a"));
	except(outer, in_tree("/a/b"));
	protect(policy_add("two"), in_tree("/a/b/c"));
	resolve();
	ck_assert_uint_eq(anchor_of(in_tree("/a/b/c")), PROTECTED(2));
	ck_assert_uint_eq(name_of(in_tree("/a"), "b"), EXCEPTED(1));
}
END_TEST

START_TEST(one_set_makes_no_hole_in_another)
{
	struct bw_policy *other = policy_add("two");

	make_directory("/a");
	make_directory("/a/b");
	make_directory("/c");
	protect(policy_add("one"), in_tree("/a"));
	protect(other, in_tree("/c"));
	except(other, in_tree("/a/b"));
	assert_refused("only that set can except it");
}
END_TEST

START_TEST(protected_and_excepted_is_an_error)
{
	struct bw_policy *policy = policy_add("one");

	make_directory("/a");
	protect(policy, in_tree("/a"));
	except(policy, in_tree("/a"));
	assert_refused("both protected and excepted");
}
END_TEST

START_TEST(a_path_given_twice_counts_once)
{
	struct bw_policy *policy = policy_add("one");

	make_directory("/a");
	protect(policy, in_tree("/a"));
	protect(policy, in_tree("/?"));
	resolve();
	ck_assert_uint_eq(rules_of_kind(BW_RULE_ANCHOR), 1);
}
END_TEST

START_TEST(sets_keep_their_numbers)
{
	make_directory("/a");
	make_directory("/b");
	strcpy(test.set_names[1].name, "gone");
	strcpy(test.set_names[3].name, "old");
	strcpy(test.set_names[BW_SET_CANARY].name, "canary");
	protect(policy_add("new"), in_tree("/a"));
	protect(policy_add("old"), in_tree("/b"));
	resolve();
	ck_assert_uint_eq(anchor_of(in_tree("/a")), PROTECTED(2));
	ck_assert_uint_eq(anchor_of(in_tree("/b")), PROTECTED(3));
	ck_assert_str_eq(test.rules->set_names[1].name, "gone");
	ck_assert_str_eq(test.rules->set_names[2].name, "new");
	ck_assert_str_eq(test.rules->set_names[BW_SET_CANARY].name, "canary");
}
END_TEST

START_TEST(numbers_of_sets_that_are_gone_are_used_again)
{
	const struct bw_rule_key key = { .kind = BW_RULE_SET, .set = 1 };

	for (int i = 1; i < BW_SETS_MAX; i++)
		snprintf(test.set_names[i].name, BW_SET_NAME_SIZE, "gone-%d", i);
	policy_add("new");
	resolve();
	ck_assert_str_eq(test.rules->set_names[1].name, "new");
	ck_assert_ptr_nonnull(rule_find(&key));
}
END_TEST

START_TEST(sets_are_bounded)
{
	char name[BW_SET_NAME_SIZE];

	for (int i = 1; i < BW_SETS_MAX; i++) {
		snprintf(name, sizeof(name), "set-%d", i);
		policy_add(name);
	}
	resolve();
	ck_assert_uint_eq(rules_of_kind(BW_RULE_SET), BW_SETS_MAX - 1);

	policy_add("one-too-many");
	ck_assert_int_eq(resolve_with(&bw_identifier_stat), -ENOSPC);
	assert_error("no more than 62 sets");
}
END_TEST

/* --- Grants ------------------------------------------------------------------- */

static const struct bw_grant *grant_find(uint16_t set, uint16_t index)
{
	const struct bw_rule_key key = {
		.kind = BW_RULE_GRANT,
		.set = set,
		.index = index,
		.file = key_of(EXECUTABLE),
	};
	const struct bw_rule *rule = rule_find(&key);

	return rule ? &rule->grant : NULL;
}

START_TEST(grant_names_the_executable)
{
	const struct bw_rule_key exe = { .kind = BW_RULE_EXE, .file = key_of(EXECUTABLE) };

	grant(policy_add("one"), EXECUTABLE, "root", "db@*.service");
	resolve();
	ck_assert_ptr_nonnull(grant_find(1, 0));
	ck_assert_uint_eq(grant_find(1, 0)->uid, 0);
	ck_assert_uint_eq(grant_find(1, 0)->flags, 0);
	ck_assert_uint_eq(grant_find(1, 0)->number, 1);
	ck_assert_uint_eq(grant_find(1, 0)->unit_star, 3);
	ck_assert_ptr_nonnull(rule_find(&exe));
	ck_assert_uint_eq(test.rules->executables_len, 1);
	ck_assert_mem_eq(&test.rules->executables[0], &exe.file, sizeof(exe.file));
	ck_assert_uint_eq(test.diagnostics.len, 0);
	ck_assert_str_eq(test.rules->watches[0], "/usr/bin");
}
END_TEST

START_TEST(grants_are_counted_without_holes)
{
	struct bw_policy *one = policy_add("one");
	struct bw_policy *two = policy_add("two");

	grant(one, EXECUTABLE, "1000", "any");
	grant(one, "/usr/bin/no-such-program", "any", "any");
	grant(one, "/usr/bin/en[v]", "1001", "any");
	grant(two, EXECUTABLE, "1002", "any");
	resolve();
	ck_assert_uint_eq(grant_find(1, 0)->uid, 1000);
	ck_assert_uint_eq(grant_find(1, 1)->uid, 1001);
	ck_assert_uint_eq(grant_find(1, 1)->number, 3);
	ck_assert_ptr_null(grant_find(1, 2));
	ck_assert_uint_eq(grant_find(2, 0)->uid, 1002);
	ck_assert_uint_eq(test.rules->executables_len, 1);
	assert_warned("lets nobody in: '/usr/bin/no-such-program' doesn't exist");
}
END_TEST

/* /bin is /usr/bin: two names of one executable in one pattern. */
START_TEST(executable_found_twice_counts_once)
{
	grant(policy_add("one"), "/{usr/,}bin/env", "any", "any");
	test.policies[0].grants[0].exe = "/*/env";
	resolve();
	ck_assert_uint_eq(rules_of_kind(BW_RULE_GRANT), rules_of_kind(BW_RULE_EXE));
}
END_TEST

START_TEST(grants_per_executable_are_bounded)
{
	struct bw_policy *policy = policy_add("one");

	for (int i = 0; i < BW_GRANTS_PER_EXE_MAX; i++)
		grant(policy, EXECUTABLE, "any", "any");
	resolve();
	ck_assert_uint_eq(rules_of_kind(BW_RULE_GRANT), BW_GRANTS_PER_EXE_MAX);

	grant(policy, EXECUTABLE, "any", "any");
	assert_refused("one executable can have 8 grants");
}
END_TEST

START_TEST(executable_that_others_write_gets_no_grant)
{
	char exe[PATH_MAX];

	make_file("/server");
	snprintf(exe, sizeof(exe), "%s", in_tree("/server"));
	grant(policy_add("one"), exe, "any", "any");
	resolve();
	ck_assert_uint_eq(rules_of_kind(BW_RULE_GRANT), 0);
	ck_assert_uint_eq(rules_of_kind(BW_RULE_EXE), 0);
	assert_warned(geteuid() ? "doesn't belong to root" : "'/tmp' can be written by others");
	assert_warned("lets nobody in");
}
END_TEST

START_TEST(script_gets_no_grant)
{
	grant(policy_add("one"), "/usr/bin/ldd", "any", "any");
	resolve();
	ck_assert_uint_eq(rules_of_kind(BW_RULE_GRANT), 0);
	assert_warned("it is a script");
}
END_TEST

START_TEST(directory_is_no_executable)
{
	grant(policy_add("one"), "/usr/bin", "any", "any");
	resolve();
	ck_assert_uint_eq(rules_of_kind(BW_RULE_GRANT), 0);
	assert_warned("'/usr/bin' gets no grant");
}
END_TEST

START_TEST(unknown_user_is_an_error)
{
	grant(policy_add("one"), EXECUTABLE, "no-such-user-here", "any");
	assert_refused("there is no user 'no-such-user-here'");
	ck_assert_uint_eq(test.diagnostics.items[0].at.line, 10);
}
END_TEST

/* --- The rest ----------------------------------------------------------------- */

START_TEST(watches_are_sorted_and_single)
{
	struct bw_policy *policy = policy_add("one");

	make_directory("/15");
	make_directory("/16");
	make_directory("/15/main");
	protect(policy, in_tree("/*/main"));
	except(policy, in_tree("/*/main/log"));
	resolve();
	ck_assert_uint_eq(test.rules->watches_len, 4);
	ck_assert_str_eq(test.rules->watches[0], test.root);
	ck_assert_str_eq(test.rules->watches[1], in_tree("/15"));
	ck_assert_str_eq(test.rules->watches[2], in_tree("/15/main"));
	ck_assert_str_eq(test.rules->watches[3], in_tree("/16"));
}
END_TEST

static int identify_nothing(void *context, int fd, struct bw_file_key *ret_key)
{
	return *(int *)context;
}

START_TEST(file_that_cannot_be_named_is_an_error)
{
	int err = -EIO;
	const struct bw_identifier identifier = { .identify = identify_nothing, .context = &err };

	make_directory("/a");
	protect(policy_add("one"), in_tree("/a"));
	ck_assert_int_eq(resolve_with(&identifier), -EINVAL);
	assert_error("Input/output error");
	err = -ENOMEM;
	ck_assert_int_eq(resolve_with(&identifier), -ENOMEM);
}
END_TEST

START_TEST(all_mistakes_are_told_at_once)
{
	struct bw_policy *policy = policy_add("one");

	protect(policy, "/usr");
	protect(policy, "/etc");
	grant(policy, EXECUTABLE, "no-such-user-here", "any");
	ck_assert_int_eq(resolve_with(&bw_identifier_stat), -EINVAL);
	ck_assert_uint_eq(test.diagnostics.errors, 3);
}
END_TEST

START_TEST(no_key_comes_twice)
{
	struct bw_policy *policy = policy_add("one");

	make_directory("/a");
	make_directory("/a/b");
	make_file("/a/f");
	make_hard_link("/a/f", "/a/b/f");
	make_hard_link("/a/f", "/f");
	protect(policy, in_tree("/a"));
	protect(policy, in_tree("/a/b"));
	protect(policy, in_tree("/f"));
	protect(policy, in_tree("/a/f"));
	resolve();
	for (size_t i = 0; i < test.rules->len; i++)
		ck_assert_ptr_eq(rule_find(&test.rules->items[i].key), &test.rules->items[i].rule);
}
END_TEST

START_TEST(name_hash_is_fnv_1a)
{
	ck_assert_uint_eq(bw_name_hash(""), 0xcbf29ce484222325ULL);
	ck_assert_uint_eq(bw_name_hash("a"), 0xaf63dc4c8601ec8cULL);
	ck_assert_uint_eq(bw_name_hash("foobar"), 0x85944171f73967e8ULL);
	ck_assert_uint_eq(bw_name_hash("\xff"), (0xcbf29ce484222325ULL ^ 0xff) * 0x100000001b3ULL);
}
END_TEST

static TCase *places_tests(void)
{
	TCase *tcase = tcase_create("places");

	tcase_add_test(tcase, no_policy_is_an_empty_one);
	tcase_add_test(tcase, directory_gives_an_anchor);
	tcase_add_test(tcase, filesystem_is_as_strict_as_its_strictest_set);
	tcase_add_test(tcase, file_gives_an_anchor_and_a_name);
	tcase_add_test(tcase, pattern_gives_what_matches);
	tcase_add_test(tcase, symbolic_link_stands_for_its_target);
	tcase_add_test(tcase, symbolic_link_to_nothing_is_left_out);
	tcase_add_test(tcase, pattern_without_match_is_a_warning);
	tcase_add_test(tcase, missing_path_gives_a_name);
	tcase_add_test(tcase, missing_directory_is_watched_for);
	tcase_add_test(tcase, excepted_name_counts_in_each_directory);
	tcase_add_test(tcase, except_makes_a_hole);
	tcase_add_test(tcase, except_outside_says_nothing);
	tcase_add_test(tcase, protected_again_within_a_hole);
	tcase_add_test(tcase, what_holds_no_data_is_left_out);
	tcase_add_loop_test(tcase, host_is_not_shut_out, 0, ARRAY_LEN(needed));
	return tcase;
}

static TCase *trees_tests(void)
{
	TCase *tcase = tcase_create("trees");

	tcase_add_test(tcase, files_with_other_names_get_anchors);
	tcase_add_test(tcase, holes_are_not_entered);
	tcase_add_test(tcase, symbolic_links_below_are_not_followed);
	tcase_add_test(tcase, in_the_set_by_one_name_is_in_the_set);
	tcase_add_test(tcase, excepted_by_all_names_is_excepted);
	tcase_add_test(tcase, depth_is_bounded);
	tcase_add_test(tcase, depth_is_used);
	tcase_add_test(tcase, mount_points_get_anchors);
	tcase_add_test(tcase, bind_mount_is_told);
	tcase_add_test(tcase, mounts_that_the_host_needs_are_left_out);
	tcase_add_test(tcase, sets_may_not_overlap_through_a_mount);
	return tcase;
}

static TCase *sets_tests(void)
{
	TCase *tcase = tcase_create("sets");

	tcase_add_test(tcase, sets_may_not_share_a_path);
	tcase_add_test(tcase, sets_may_not_lie_in_each_other);
	tcase_add_test(tcase, sets_may_not_share_a_file);
	tcase_add_test(tcase, except_lets_another_set_in);
	tcase_add_test(tcase, except_lets_another_set_in_below);
	tcase_add_test(tcase, one_set_makes_no_hole_in_another);
	tcase_add_test(tcase, protected_and_excepted_is_an_error);
	tcase_add_test(tcase, a_path_given_twice_counts_once);
	tcase_add_test(tcase, sets_keep_their_numbers);
	tcase_add_test(tcase, numbers_of_sets_that_are_gone_are_used_again);
	tcase_add_test(tcase, sets_are_bounded);
	return tcase;
}

static TCase *grants_tests(void)
{
	TCase *tcase = tcase_create("grants");

	tcase_add_test(tcase, grant_names_the_executable);
	tcase_add_test(tcase, grants_are_counted_without_holes);
	tcase_add_test(tcase, executable_found_twice_counts_once);
	tcase_add_test(tcase, grants_per_executable_are_bounded);
	tcase_add_test(tcase, executable_that_others_write_gets_no_grant);
	tcase_add_test(tcase, script_gets_no_grant);
	tcase_add_test(tcase, directory_is_no_executable);
	tcase_add_test(tcase, unknown_user_is_an_error);
	return tcase;
}

static TCase *whole_tests(void)
{
	TCase *tcase = tcase_create("whole");

	tcase_add_test(tcase, watches_are_sorted_and_single);
	tcase_add_test(tcase, file_that_cannot_be_named_is_an_error);
	tcase_add_test(tcase, all_mistakes_are_told_at_once);
	tcase_add_test(tcase, no_key_comes_twice);
	tcase_add_test(tcase, name_hash_is_fnv_1a);
	return tcase;
}

int main(void)
{
	TCase *tcases[] = { places_tests(), trees_tests(), sets_tests(), grants_tests(),
			    whole_tests() };
	Suite *suite = suite_create("resolve");
	SRunner *runner = srunner_create(suite);
	int failed;

	for (size_t i = 0; i < ARRAY_LEN(tcases); i++) {
		tcase_add_checked_fixture(tcases[i], test_setup, test_teardown);
		suite_add_tcase(suite, tcases[i]);
	}
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
