// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the resolver: symbolic links, and whose they are
 *
 * Only root can make links that belong to others: nobody else is asked.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "resolve_rig.h"

#define POSTGRES 101
#define MALLORY 102

static void owned(const char *name, uid_t uid)
{
	ck_assert_int_eq(lchown(rig_path(name), uid, uid), 0);
}

static void directory(const char *name, uid_t uid)
{
	rig_directory(name);
	owned(name, uid);
}

static void link_to(const char *target, const char *name, uid_t uid)
{
	rig_symlink(target, name);
	owned(name, uid);
}

static void text_link(const char *text, const char *name, uid_t uid)
{
	ck_assert_int_eq(symlink(text, rig_path(name)), 0);
	owned(name, uid);
}

/* A cluster as PostgreSQL makes it. */
static void cluster(void)
{
	directory("/main", POSTGRES);
	directory("/main/pg_tblspc", POSTGRES);
	directory("/host", 0);
	directory("/host/lib", 0);
}

static void protect_tablespaces(void)
{
	rig_protect(rig_policy("one"), rig_path("/main/pg_tblspc/*"));
}

START_TEST(tablespaces_and_log_are_followed)
{
	struct bw_policy *policy = rig_policy("one");

	cluster();
	directory("/space", POSTGRES);
	directory("/wal", POSTGRES);
	link_to("/space", "/main/pg_tblspc/16385", POSTGRES);
	link_to("/wal", "/main/pg_wal", POSTGRES);
	rig_protect(policy, rig_path("/main/pg_tblspc/*"));
	rig_protect(policy, rig_path("/main/pg_wal"));
	rig_resolve();
	ck_assert_uint_eq(rig_anchor(rig_path("/space")), PROTECTED(1));
	ck_assert_uint_eq(rig_anchor(rig_path("/wal")), PROTECTED(1));
}
END_TEST

START_TEST(what_is_somebody_elses_is_left_out)
{
	cluster();
	link_to("/host/lib", "/main/pg_tblspc/1", POSTGRES);
	protect_tablespaces();
	rig_resolve();
	ck_assert_uint_eq(rig_count(BW_RULE_ANCHOR), 0);
	ck_assert_uint_eq(rig_count(BW_RULE_NAME), 0);
	assert_warned("is left out: the symbolic link");
	assert_warned(rig_path("/main/pg_tblspc/1"));
}
END_TEST

START_TEST(root_may_lead_anywhere)
{
	cluster();
	link_to("/host/lib", "/main/pg_tblspc/1", 0);
	protect_tablespaces();
	rig_resolve();
	ck_assert_uint_eq(rig_anchor(rig_path("/host/lib")), PROTECTED(1));
}
END_TEST

/* What ends well for the one link doesn't for the other. */
static const struct {
	const char *name;
	uid_t first;
	uid_t second;
	uid_t target;
	bool followed;
} chains[] = {
	{ "own all along", POSTGRES, POSTGRES, POSTGRES, true },
	{ "root's to own", 0, POSTGRES, POSTGRES, true },
	{ "own by root's to own", POSTGRES, 0, POSTGRES, true },
	{ "own by root's to root's", POSTGRES, 0, 0, false },
	{ "own by own to root's", POSTGRES, POSTGRES, 0, false },
	{ "root's by own to root's", 0, POSTGRES, 0, false },
	{ "own by another's to own", POSTGRES, MALLORY, POSTGRES, false },
	{ "own to another's", POSTGRES, POSTGRES, MALLORY, false },
};

START_TEST(each_link_is_judged)
{
	cluster();
	directory("/target", chains[_i].target);
	link_to("/target", "/second", chains[_i].second);
	link_to("/second", "/main/pg_tblspc/1", chains[_i].first);
	protect_tablespaces();
	rig_resolve();
	ck_assert_msg((rig_anchor(rig_path("/target")) == PROTECTED(1)) == chains[_i].followed,
		      "case '%s'", chains[_i].name);
}
END_TEST

/* A link that the pattern's middle meets, with what is asked for behind it. */
START_TEST(links_in_the_middle_are_judged)
{
	struct bw_policy *policy = rig_policy("one");

	cluster();
	directory("/host/lib/data", 0);
	rig_file("/host/lib/data/x");
	text_link("../../host/lib", "/main/pg_tblspc/1", POSTGRES);
	rig_protect(policy, rig_path("/main/pg_tblspc/*/data"));
	rig_protect(policy, rig_path("/main/pg_tblspc/*/data/*"));
	rig_protect(policy, rig_path("/main/pg_tblspc/*/missing"));
	rig_protect(policy, rig_path("/main/pg_tblspc/1/data/x"));
	rig_resolve();
	ck_assert_uint_eq(rig_count(BW_RULE_ANCHOR), 0);
	ck_assert_uint_eq(rig_count(BW_RULE_NAME), 0);
	assert_warned("is left out: the symbolic link");
}
END_TEST

/* Where a user's link leads, and what it makes the sets do to each other. */
static const struct {
	const char *target;
	const char *other;
	const char *warning;
	unsigned int one;
	unsigned int two;
} overlaps[] = {
	{ "/space", "/space", "stays in set 'two'", PROTECTED(2), PROTECTED(2) },
	{ "/space/in", "/space", "stays in set 'two'", 0, PROTECTED(2) },
	{ "/space", "/space/in", "stays in that one", PROTECTED(1), PROTECTED(2) },
};

START_TEST(users_links_make_no_overlap)
{
	cluster();
	directory("/space", POSTGRES);
	directory("/space/in", POSTGRES);
	link_to(overlaps[_i].target, "/main/pg_tblspc/1", POSTGRES);
	protect_tablespaces();
	rig_protect(rig_policy("two"), rig_path(overlaps[_i].other));
	rig_resolve();
	assert_warned(overlaps[_i].warning);
	ck_assert_uint_eq(rig_anchor(rig_path(overlaps[_i].target)), overlaps[_i].one);
	ck_assert_uint_eq(rig_anchor(rig_path(overlaps[_i].other)), overlaps[_i].two);
}
END_TEST

/* Control: what root leads there is a mistake in the policies. */
START_TEST(roots_links_do)
{
	cluster();
	directory("/space", POSTGRES);
	directory("/space/in", POSTGRES);
	link_to(overlaps[_i].target, "/main/pg_tblspc/1", 0);
	protect_tablespaces();
	rig_protect(rig_policy("two"), rig_path(overlaps[_i].other));
	assert_refused("sets may not overlap");
}
END_TEST

START_TEST(users_links_are_excepted)
{
	struct bw_policy *policy = rig_policy("one");

	cluster();
	directory("/main/log", POSTGRES);
	link_to("/main/log", "/main/pg_tblspc/1", POSTGRES);
	rig_protect(policy, rig_path("/main"));
	rig_protect(policy, rig_path("/main/pg_tblspc/*"));
	rig_except(policy, rig_path("/main/log"));
	rig_resolve();
	assert_warned("is left out: it is excepted");
	ck_assert_uint_eq(rig_anchor(rig_path("/main/log")), 0);
	ck_assert_uint_eq(rig_name(rig_path("/main"), "log"), EXCEPTED(1));
}
END_TEST

/* Nobody's link keeps the policy from being resolved. */
START_TEST(links_to_nothing_do_no_harm)
{
	struct bw_policy *policy = rig_policy("one");
	char text[4000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	cluster();
	text_link("2", "/main/pg_tblspc/1", POSTGRES);
	text_link("1", "/main/pg_tblspc/2", POSTGRES);
	text_link(text, "/main/pg_tblspc/3", POSTGRES);
	text_link("/dev/null/x", "/main/pg_tblspc/4", POSTGRES);
	text_link("/", "/main/pg_tblspc/5", POSTGRES);
	rig_protect(policy, rig_path("/main/pg_tblspc/*"));
	rig_protect(policy, rig_path("/main/pg_tblspc/*/x"));
	rig_protect(policy, rig_path("/main/pg_tblspc/*/*.x"));
	rig_resolve();
	ck_assert_uint_eq(rig_count(BW_RULE_ANCHOR), 0);
	assert_warned("symbolic link to nothing");
}
END_TEST

static void except_by_links(uid_t uid)
{
	struct bw_policy *policy = rig_policy("one");

	cluster();
	directory("/main/base", POSTGRES);
	directory("/main/base/5", POSTGRES);
	directory("/main/new", POSTGRES);
	link_to("/main/base", "/main/opts", uid);
	link_to("/main/base", "/main/global", uid);
	link_to("/main/new", "/main/pid", uid);
	rig_protect(policy, rig_path("/main"));
	rig_except(policy, rig_path("/main/opts"));
	rig_except(policy, rig_path("/main/p*d"));
	rig_except(policy, rig_path("/main/global/5"));
	rig_except(policy, rig_path("/main/glob*/control"));
	rig_resolve();
}

/* INV-1: rm main/opts; ln -s base main/opts */
START_TEST(nothing_is_excepted_by_its_owners_link)
{
	except_by_links(POSTGRES);
	ck_assert_uint_eq(rig_name(rig_path("/main"), "base"), 0);
	ck_assert_uint_eq(rig_name(rig_path("/main"), "new"), 0);
	ck_assert_uint_eq(rig_name(rig_path("/main/base"), "5"), 0);
	ck_assert_uint_eq(rig_name(rig_path("/main/base"), "control"), 0);
	ck_assert_uint_eq(rig_count(BW_RULE_NAME), 0);
	assert_warned("can't say what is excepted");
	assert_warned(rig_path("/main/opts"));
}
END_TEST

/* Its control. */
START_TEST(root_may_except_by_a_link)
{
	except_by_links(0);
	ck_assert_uint_eq(rig_name(rig_path("/main"), "base"), EXCEPTED(1));
	ck_assert_uint_eq(rig_name(rig_path("/main"), "new"), EXCEPTED(1));
	ck_assert_uint_eq(rig_name(rig_path("/main/base"), "5"), EXCEPTED(1));
	ck_assert_uint_eq(rig_name(rig_path("/main/base"), "control"), EXCEPTED(1));
}
END_TEST

/* A link of root's that leads on by one that isn't, and one to nothing. */
START_TEST(each_link_of_an_exception_is_judged)
{
	struct bw_policy *policy = rig_policy("one");

	cluster();
	directory("/main/base", POSTGRES);
	link_to("/main/base", "/main/second", POSTGRES);
	link_to("/main/second", "/main/opts", 0);
	link_to("/main/nothing", "/main/pid", POSTGRES);
	rig_protect(policy, rig_path("/main"));
	rig_except(policy, rig_path("/main/opts"));
	rig_except(policy, rig_path("/main/pid"));
	rig_resolve();
	ck_assert_uint_eq(rig_count(BW_RULE_NAME), 0);
	assert_warned(rig_path("/main/second"));
	assert_warned(rig_path("/main/pid"));
}
END_TEST

/* A data directory by its owner's link is protected; what is in it isn't excepted. */
START_TEST(linked_cluster_has_no_holes)
{
	struct bw_policy *policy = rig_policy("one");

	directory("/pg", POSTGRES);
	directory("/data", POSTGRES);
	link_to("/data", "/pg/main", POSTGRES);
	rig_protect(policy, rig_path("/pg/*"));
	rig_except(policy, rig_path("/pg/*/opts"));
	rig_resolve();
	ck_assert_uint_eq(rig_anchor(rig_path("/data")), PROTECTED(1));
	ck_assert_uint_eq(rig_name(rig_path("/data"), "opts"), 0);
	assert_warned("can't say what is excepted");
}
END_TEST

START_TEST(what_the_host_runs_from_is_left_out)
{
	static const char *const targets[] = { "/usr/lib", "/etc", "/usr/share/doc", "/home",
					       "/var/lib" };

	cluster();
	text_link(targets[_i], "/main/pg_tblspc/1", 0);
	protect_tablespaces();
	rig_resolve();
	ck_assert_uint_eq(rig_count(BW_RULE_ANCHOR), 0);
	assert_warned("can't be protected: the host needs");
}
END_TEST

START_TEST(grants_follow_no_strange_links)
{
	char exe[128];

	directory("/app", POSTGRES);
	text_link("/usr/bin/env", "/app/server", POSTGRES);
	snprintf(exe, sizeof(exe), "%s", rig_path("/app/server"));
	rig_grant(rig_policy("one"), exe, "any", "any");
	rig_resolve();
	ck_assert_uint_eq(rig_count(BW_RULE_GRANT), 0);
	assert_warned("gets no grant: the symbolic link");
}
END_TEST

START_TEST(root_may_grant_by_a_link)
{
	char exe[128];

	text_link("/usr/bin/env", "/server", 0);
	snprintf(exe, sizeof(exe), "%s", rig_path("/server"));
	rig_grant(rig_policy("one"), exe, "any", "any");
	rig_resolve();
	ck_assert_uint_eq(rig_count(BW_RULE_GRANT), 1);
}
END_TEST

/* At the first look, who owns the directory puts a link in its place. */
static int identify_and_swap(void *context, int fd, struct bw_file_key *ret_key)
{
	if (access(rig_path("/moved"), F_OK) < 0) {
		ck_assert_int_eq(rename(rig_path("/main"), rig_path("/moved")), 0);
		link_to("/host", "/main", POSTGRES);
	}
	return bw_identifier_stat.identify(NULL, fd, ret_key);
}

START_TEST(link_laid_meanwhile_is_not_followed)
{
	const struct bw_identifier identifier = { .identify = identify_and_swap };
	struct bw_policy *policy = rig_policy("one");

	cluster();
	rig_file("/main/dump");
	rig_protect(policy, rig_path("/main/dump"));
	rig_protect(policy, rig_path("/main/l*"));
	ck_assert_int_eq(rig_resolve_with(&identifier), 0);
	for (size_t i = 0; i < rig.rules->len; i++) {
		__u64 ino = rig.rules->items[i].key.file.ino;

		ck_assert_uint_ne(ino, rig_key(rig_path("/host")).ino);
		ck_assert_uint_ne(ino, rig_key(rig_path("/host/lib")).ino);
	}
}
END_TEST

static TCase *links_tests(void)
{
	TCase *tcase = tcase_create("links");

	if (geteuid() != 0)
		return tcase;

	tcase_add_test(tcase, tablespaces_and_log_are_followed);
	tcase_add_test(tcase, what_is_somebody_elses_is_left_out);
	tcase_add_test(tcase, root_may_lead_anywhere);
	tcase_add_loop_test(tcase, each_link_is_judged, 0, ARRAY_LEN(chains));
	tcase_add_test(tcase, links_in_the_middle_are_judged);
	tcase_add_loop_test(tcase, users_links_make_no_overlap, 0, ARRAY_LEN(overlaps));
	tcase_add_loop_test(tcase, roots_links_do, 0, ARRAY_LEN(overlaps));
	tcase_add_test(tcase, users_links_are_excepted);
	tcase_add_test(tcase, links_to_nothing_do_no_harm);
	tcase_add_test(tcase, nothing_is_excepted_by_its_owners_link);
	tcase_add_test(tcase, root_may_except_by_a_link);
	tcase_add_test(tcase, each_link_of_an_exception_is_judged);
	tcase_add_test(tcase, linked_cluster_has_no_holes);
	tcase_add_loop_test(tcase, what_the_host_runs_from_is_left_out, 0, 5);
	tcase_add_test(tcase, grants_follow_no_strange_links);
	tcase_add_test(tcase, root_may_grant_by_a_link);
	tcase_add_test(tcase, link_laid_meanwhile_is_not_followed);
	return tcase;
}

int main(void)
{
	TCase *tcase = links_tests();
	Suite *suite = suite_create("resolve links");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, rig_setup, rig_teardown);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
