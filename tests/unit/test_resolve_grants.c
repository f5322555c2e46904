// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the resolver: executables and users of grants
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "content.h"
#include "resolve_rig.h"

#define EXECUTABLE "/usr/bin/env"

static const struct bw_grant *grant_find(uint16_t set, uint16_t index)
{
	const struct bw_rule_key key = {
		.kind = BW_RULE_GRANT,
		.set = set,
		.index = index,
		.file = rig_key(EXECUTABLE),
	};
	const struct bw_rule *rule = rig_rule(&key);

	return rule ? &rule->grant : NULL;
}

START_TEST(grant_names_the_executable)
{
	const struct bw_rule_key exe = { .kind = BW_RULE_EXE, .file = rig_key(EXECUTABLE) };

	rig_grant(rig_policy("one"), EXECUTABLE, "root", "db@*.service");
	rig_resolve();
	ck_assert_ptr_nonnull(grant_find(1, 0));
	ck_assert_uint_eq(grant_find(1, 0)->uid, 0);
	ck_assert_uint_eq(grant_find(1, 0)->flags, 0);
	ck_assert_uint_eq(grant_find(1, 0)->number, 1);
	ck_assert_uint_eq(grant_find(1, 0)->unit_star, 3);
	ck_assert_ptr_nonnull(rig_rule(&exe));
	ck_assert_uint_eq(rig.rules->executables_len, 1);
	ck_assert_mem_eq(&rig.rules->executables[0], &exe.file, sizeof(exe.file));
	ck_assert_uint_eq(rig.diagnostics.len, 0);
	ck_assert_str_eq(rig.rules->executable_watches[0], "/usr/bin");
}
END_TEST

START_TEST(grants_are_counted_without_holes)
{
	struct bw_policy *one = rig_policy("one");
	struct bw_policy *two = rig_policy("two");

	rig_grant(one, EXECUTABLE, "1000", "any");
	rig_grant(one, "/usr/bin/no-such-program", "any", "any");
	rig_grant(one, "/usr/bin/en[v]", "1001", "any");
	rig_grant(two, EXECUTABLE, "1002", "any");
	rig_resolve();
	ck_assert_uint_eq(grant_find(1, 0)->uid, 1000);
	ck_assert_uint_eq(grant_find(1, 1)->uid, 1001);
	ck_assert_uint_eq(grant_find(1, 1)->number, 3);
	ck_assert_ptr_null(grant_find(1, 2));
	ck_assert_uint_eq(grant_find(2, 0)->uid, 1002);
	ck_assert_uint_eq(rig.rules->executables_len, 1);
	assert_warned("lets nobody in: '/usr/bin/no-such-program' doesn't exist");
}
END_TEST

/* rbash is bash: two names of one executable in one pattern. */
START_TEST(executable_found_twice_counts_once)
{
	rig_grant(rig_policy("one"), "/usr/bin/*bash", "any", "any");
	rig_resolve();
	ck_assert_uint_eq(rig_count(BW_RULE_GRANT), 1);
	ck_assert_uint_eq(rig_count(BW_RULE_EXE), 1);
}
END_TEST

START_TEST(grants_per_executable_are_bounded)
{
	struct bw_policy *policy = rig_policy("one");

	for (int i = 0; i < BW_GRANTS_PER_EXE_MAX; i++)
		rig_grant(policy, EXECUTABLE, "any", "any");
	rig_resolve();
	ck_assert_uint_eq(rig_count(BW_RULE_GRANT), BW_GRANTS_PER_EXE_MAX);

	rig_grant(policy, EXECUTABLE, "any", "any");
	assert_refused("one executable can have 8 grants");
}
END_TEST

/* Neither lets anybody do what the other does. */
START_TEST(tracer_is_no_grant)
{
	const struct bw_rule_key tracer = {
		.kind = BW_RULE_TRACER,
		.set = 1,
		.file = rig_key(EXECUTABLE),
	};
	struct bw_policy *policy = rig_policy("one");

	rig_tracer(policy, EXECUTABLE, "1000", "any");
	rig_resolve();
	ck_assert_ptr_nonnull(rig_rule(&tracer));
	ck_assert_uint_eq(rig_rule(&tracer)->grant.uid, 1000);
	ck_assert_ptr_null(grant_find(1, 0));
	ck_assert_uint_eq(rig_count(BW_RULE_EXE), 1);
	ck_assert_uint_eq(rig.rules->grants_len, 0);

	rig_grant(policy, EXECUTABLE, "1001", "any");
	rig_resolve();
	ck_assert_uint_eq(rig_rule(&tracer)->grant.uid, 1000);
	ck_assert_uint_eq(grant_find(1, 0)->uid, 1001);
	ck_assert_uint_eq(rig_count(BW_RULE_TRACER), 1);
	ck_assert_uint_eq(rig_count(BW_RULE_GRANT), 1);
}
END_TEST

START_TEST(executable_that_others_write_gets_no_grant)
{
	char exe[PATH_MAX];

	rig_file("/server");
	snprintf(exe, sizeof(exe), "%s", rig_path("/server"));
	rig_grant(rig_policy("one"), exe, "any", "any");
	rig_resolve();
	ck_assert_uint_eq(rig_count(BW_RULE_GRANT), 0);
	ck_assert_uint_eq(rig_count(BW_RULE_EXE), 0);
	assert_warned(geteuid() ? "doesn't belong to root" : "'/tmp' can be written by others");
	assert_warned("lets nobody in");
}
END_TEST

START_TEST(script_gets_no_grant)
{
	rig_grant(rig_policy("one"), "/usr/bin/ldd", "any", "any");
	rig_resolve();
	ck_assert_uint_eq(rig_count(BW_RULE_GRANT), 0);
	assert_warned("it is a script");
}
END_TEST

#define SCRIPT "/usr/bin/ldd"

START_TEST(script_is_named_by_its_path)
{
	const struct bw_rule_key key = { .kind = BW_RULE_SCRIPT, .file = rig_key(SCRIPT) };
	struct bw_policy *policy = rig_policy("one");

	rig_grant(policy, EXECUTABLE, "any", "any");
	rig_grant(policy, EXECUTABLE, "any", "any");
	policy->grants[0].script = (char *)SCRIPT;
	policy->grants[1].script = (char *)SCRIPT;
	rig_resolve();
	ck_assert_mem_eq(&grant_find(1, 0)->script, &key.file, sizeof(key.file));
	ck_assert_uint_eq(grant_find(1, 0)->flags & BW_GRANT_SCRIPT, BW_GRANT_SCRIPT);
	ck_assert_ptr_nonnull(rig_rule(&key));
	ck_assert_str_eq(rig_rule(&key)->path, SCRIPT);
	ck_assert_uint_eq(rig_count(BW_RULE_SCRIPT), 1);
	ck_assert_uint_eq(rig.diagnostics.len, 0);
}
END_TEST

START_TEST(script_has_one_name)
{
	struct bw_policy *policy = rig_policy("one");

	rig_grant(policy, EXECUTABLE, "any", "any");
	rig_grant(policy, EXECUTABLE, "any", "any");
	policy->grants[0].script = (char *)SCRIPT;
	policy->grants[1].script = (char *)"/bin/ldd";
	assert_refused("is the same file as");
}
END_TEST

/* INV-2: the grant stays, so that it can be told what it lacks, and holds for nobody. */
START_TEST(script_that_is_none_lets_nobody_in)
{
	char script[PATH_MAX];
	struct bw_policy *policy = rig_policy("one");

	rig_file("/job");
	snprintf(script, sizeof(script), "%s", rig_path("/job"));
	rig_grant(policy, EXECUTABLE, "any", "any");
	rig_grant(policy, EXECUTABLE, "any", "any");
	policy->grants[0].script = (char *)"/usr/bin/no-such-script";
	policy->grants[1].script = script;
	rig_resolve();
	assert_warned("its script '/usr/bin/no-such-script' doesn't exist");
	assert_warned(geteuid() ? "doesn't belong to root" : "'/tmp' can be written by others");
	ck_assert_uint_eq(grant_find(1, 0)->script.ino, 0);
	ck_assert_uint_eq(grant_find(1, 1)->script.ino, 0);
	ck_assert_uint_eq(rig_count(BW_RULE_SCRIPT), 0);
}
END_TEST

/* Of the kernel's side: a number for each file, and how many were asked for. */
static uint64_t versions_given;

static int version_of(void *versions, const struct bw_file_key *file, uint64_t *ret_version)
{
	*ret_version = 70 + ++versions_given;
	return *(int *)versions;
}

static void resolve_by(int err)
{
	struct bw_identifier identifier = bw_identifier_stat;

	identifier.version = version_of;
	identifier.versions = &err;
	versions_given = 0;
	ck_assert_int_eq(rig_resolve_with(&identifier), 0);
}

static struct bw_digests digests_of(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct bw_digests digests = { .len = 1 };
	struct bw_content content;

	ck_assert_int_eq(bw_content_hash(fd, &content), 0);
	memcpy(digests.items[0], content.sha256, sizeof(content.sha256));
	return digests;
}

START_TEST(content_is_verified)
{
	struct bw_policy *policy = rig_policy("one");

	rig_grant(policy, EXECUTABLE, "any", "any");
	rig_grant(policy, EXECUTABLE, "any", "any");
	policy->grants[0].sha256 = digests_of(EXECUTABLE);
	resolve_by(0);
	ck_assert_uint_eq(grant_find(1, 0)->flags & BW_GRANT_DIGEST, BW_GRANT_DIGEST);
	ck_assert_uint_eq(grant_find(1, 0)->content, 71);
	ck_assert_uint_eq(grant_find(1, 1)->flags & BW_GRANT_DIGEST, 0);
	ck_assert_uint_eq(grant_find(1, 1)->content, 0);
	ck_assert_uint_ne(grant_find(1, 0)->pattern, grant_find(1, 1)->pattern);
	ck_assert_uint_eq(rig.diagnostics.len, 0);
	ck_assert_uint_eq(versions_given, 1);
	ck_assert_uint_eq(rig.rules->verified_len, 1);
	ck_assert_str_eq(rig.rules->verified[0].path, EXECUTABLE);
	ck_assert_uint_eq(rig.rules->verified[0].version, 71);
	ck_assert(rig.rules->verified[0].right);
}
END_TEST

/* INV-2: the grant stays, so that it can be told what it lacks, and holds for nobody. */
START_TEST(other_content_lets_nobody_in)
{
	struct bw_policy *policy = rig_policy("one");

	rig_grant(policy, EXECUTABLE, "any", "any");
	policy->grants[0].sha256 = digests_of("/usr/bin/true");
	resolve_by(0);
	ck_assert_uint_eq(grant_find(1, 0)->flags & BW_GRANT_DIGEST, BW_GRANT_DIGEST);
	ck_assert_uint_eq(grant_find(1, 0)->content, 0);
	ck_assert(!rig.rules->verified[0].right);
	assert_warned("which 'sha256' doesn't list");
	assert_warned("lets nobody in");
}
END_TEST

START_TEST(version_that_is_not_known_lets_nobody_in)
{
	struct bw_policy *policy = rig_policy("one");

	rig_grant(policy, EXECUTABLE, "any", "any");
	policy->grants[0].sha256 = digests_of(EXECUTABLE);
	resolve_by(-E2BIG);
	ck_assert_uint_eq(grant_find(1, 0)->content, 0);
	assert_warned("one executable too many");
}
END_TEST

START_TEST(package_is_none_here)
{
	struct bw_policy *policy = rig_policy("one");

	rig_grant(policy, EXECUTABLE, "any", "any");
	policy->grants[0].package = (char *)"no-such-package-here";
	resolve_by(0);
	ck_assert_uint_eq(grant_find(1, 0)->content, 0);
	assert_warned("dpkg knows no package 'no-such-package-here'");
}
END_TEST

START_TEST(directory_is_no_executable)
{
	rig_grant(rig_policy("one"), "/usr/bin", "any", "any");
	rig_resolve();
	ck_assert_uint_eq(rig_count(BW_RULE_GRANT), 0);
	assert_warned("'/usr/bin' gets no grant");
}
END_TEST

START_TEST(unknown_user_is_an_error)
{
	rig_grant(rig_policy("one"), EXECUTABLE, "no-such-user-here", "any");
	assert_refused("there is no user 'no-such-user-here'");
	ck_assert_uint_eq(rig.diagnostics.items[0].at.line, 10);
}
END_TEST

START_TEST(group_is_looked_up)
{
	rig_grant(rig_policy("one"), EXECUTABLE, "any", "any");
	rig.policies[0].grants[0].group = "root";
	rig_grant(&rig.policies[0], EXECUTABLE, "any", "any");
	rig.policies[0].grants[1].group = "4711";
	rig_grant(&rig.policies[0], EXECUTABLE, "any", "any");
	rig_resolve();
	ck_assert_uint_eq(grant_find(1, 0)->gid, 0);
	ck_assert_uint_ne(grant_find(1, 0)->flags & BW_GRANT_GROUP, 0);
	ck_assert_uint_eq(grant_find(1, 1)->gid, 4711);
	ck_assert_uint_eq(grant_find(1, 2)->flags & BW_GRANT_GROUP, 0);

	rig.policies[0].grants[1].group = "no-such-group-here";
	assert_refused("there is no group 'no-such-group-here' on this host");
}
END_TEST

/* --- Executables alone ----------------------------------------------------------- */

static const char *exe_of(const char *name)
{
	static char exe[PATH_MAX];

	snprintf(exe, sizeof(exe), "%s", rig_path(name));
	return exe;
}

/* Resolves the grants once more, with what came of all else. */
static struct bw_rules *again(void)
{
	struct bw_rules *rules = NULL;

	ck_assert_int_eq(bw_grants_resolve(&rig.all, &bw_identifier_stat, rig.rules,
					   &rig.diagnostics, &rules),
			 0);
	return rules;
}

static size_t granted_of(const struct bw_rules *rules, const char *exe)
{
	const struct bw_file_key key = rig_key(exe);
	size_t count = 0;

	for (size_t i = 0; i < rules->len; i++)
		count += rules->items[i].key.kind == BW_RULE_GRANT &&
			 memcmp(&rules->items[i].key.file, &key, sizeof(key)) == 0;
	return count;
}

START_TEST(grants_alone_are_looked_for)
{
	_cleanup_(bw_rules_freep) struct bw_rules *rules = NULL;
	struct bw_policy *policy = rig_policy("one");

	rig_directory("/data");
	rig_directory("/bin");
	ck_assert_int_eq(symlink("/usr/bin/env", rig_path("/bin/server")), 0);
	rig_protect(policy, rig_path("/data"));
	rig_except(policy, rig_path("/data/log"));
	rig_protect(policy, rig_path("/dump"));
	rig_grant(policy, (char *)exe_of("/bin/server"), "any", "any");
	rig_resolve();
	ck_assert_uint_eq(granted_of(rig.rules, "/usr/bin/env"), 1);

	/* Neither is looked at: the trees are as they were found. */
	rig_file("/dump");
	ck_assert_int_eq(unlink(rig_path("/bin/server")), 0);
	ck_assert_int_eq(symlink("/usr/bin/true", rig_path("/bin/server")), 0);
	rules = again();
	ck_assert_uint_eq(granted_of(rules, "/usr/bin/env"), 0);
	ck_assert_uint_eq(granted_of(rules, "/usr/bin/true"), 1);
	ck_assert_uint_eq(rules->len, rig.rules->len);
	ck_assert_uint_eq(rules->filesystems, rig.rules->filesystems);
	ck_assert_uint_eq(rules->holes_len, rig.rules->holes_len);
	ck_assert_uint_eq(rules->watches_len, rig.rules->watches_len);
	ck_assert_uint_eq(rules->executable_watches_len, rig.rules->executable_watches_len);
	ck_assert_uint_eq(rules->grants_len, 1);
	ck_assert_mem_eq(rules->set_names, rig.rules->set_names, sizeof(rules->set_names));
}
END_TEST

/* In force by bw_rules_tighten() alone, and so are those whom it grants. */
START_TEST(set_that_is_gone_keeps_its_grants)
{
	const struct bw_rule_key set = { .kind = BW_RULE_SET, .set = 2 };
	_cleanup_(bw_rules_freep) struct bw_rules *found = NULL;
	struct bw_rules *rules;

	rig_directory("/data");
	rig_grant(rig_policy("one"), "/usr/bin/true", "any", "any");
	rig_protect(rig_policy("gone"), rig_path("/data"));
	rig_grant(rig.pointers[1], EXECUTABLE, "any", "any");
	rig_tracer(rig.pointers[1], "/usr/bin/false", "any", "any");
	rig_resolve();
	ck_assert_uint_eq(rig_anchor(rig_path("/data")), PROTECTED(2));

	rig.all.len = 1;
	rules = again();
	rig.all.len = 2;
	ck_assert_int_eq(bw_rules_tighten(rules, rig.rules), 0);

	found = rig.rules;
	rig.rules = rules;
	ck_assert_uint_eq(rig_anchor(rig_path("/data")), PROTECTED(2));
	ck_assert_ptr_nonnull(rig_rule(&set));
	ck_assert_uint_eq(granted_of(rules, EXECUTABLE), 1);
	ck_assert_uint_eq(granted_of(rules, "/usr/bin/true"), 1);
	ck_assert_uint_eq(rig_count(BW_RULE_SET), 2);
	ck_assert_uint_eq(rig_count(BW_RULE_TRACER), 1);
	ck_assert_uint_eq(rig_count(BW_RULE_EXE), 3);
	ck_assert_uint_eq(rules->executables_len, 3);
}
END_TEST

/* So that a package's directory doesn't have the trees walked. */
START_TEST(executables_are_watched_apart)
{
	rig_directory("/data");
	rig_protect(rig_policy("one"), rig_path("/data"));
	rig_grant(rig.pointers[0], EXECUTABLE, "any", "any");
	rig_resolve();
	ck_assert_uint_eq(rig.rules->watches_len, 1);
	ck_assert_str_eq(rig.rules->watches[0], rig.root);
	ck_assert_uint_eq(rig.rules->executable_watches_len, 1);
	ck_assert_str_eq(rig.rules->executable_watches[0], "/usr/bin");
}
END_TEST

START_TEST(mistake_in_grants_alone_is_told)
{
	struct bw_rules *rules = NULL;

	rig_grant(rig_policy("one"), EXECUTABLE, "any", "any");
	rig_resolve();
	rig.pointers[0]->grants[0].user = "no-such-user-here";
	ck_assert_int_eq(bw_grants_resolve(&rig.all, &bw_identifier_stat, rig.rules,
					   &rig.diagnostics, &rules),
			 -EINVAL);
	ck_assert_ptr_null(rules);
}
END_TEST

static TCase *grants_tests(void)
{
	TCase *tcase = tcase_create("grants");

	tcase_add_test(tcase, grant_names_the_executable);
	tcase_add_test(tcase, grants_are_counted_without_holes);
	tcase_add_test(tcase, executable_found_twice_counts_once);
	tcase_add_test(tcase, grants_per_executable_are_bounded);
	tcase_add_test(tcase, tracer_is_no_grant);
	tcase_add_test(tcase, executable_that_others_write_gets_no_grant);
	tcase_add_test(tcase, script_gets_no_grant);
	tcase_add_test(tcase, script_is_named_by_its_path);
	tcase_add_test(tcase, script_has_one_name);
	tcase_add_test(tcase, script_that_is_none_lets_nobody_in);
	tcase_add_test(tcase, content_is_verified);
	tcase_add_test(tcase, other_content_lets_nobody_in);
	tcase_add_test(tcase, version_that_is_not_known_lets_nobody_in);
	tcase_add_test(tcase, package_is_none_here);
	tcase_add_test(tcase, directory_is_no_executable);
	tcase_add_test(tcase, unknown_user_is_an_error);
	tcase_add_test(tcase, group_is_looked_up);
	tcase_add_test(tcase, grants_alone_are_looked_for);
	tcase_add_test(tcase, set_that_is_gone_keeps_its_grants);
	tcase_add_test(tcase, executables_are_watched_apart);
	tcase_add_test(tcase, mistake_in_grants_alone_is_told);
	return tcase;
}

int main(void)
{
	TCase *tcases[] = { grants_tests() };
	Suite *suite = suite_create("resolve grants");
	SRunner *runner = srunner_create(suite);
	int failed;

	for (size_t i = 0; i < ARRAY_LEN(tcases); i++) {
		tcase_add_checked_fixture(tcases[i], rig_setup, rig_teardown);
		suite_add_tcase(suite, tcases[i]);
	}
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
