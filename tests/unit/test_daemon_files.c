// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - tests: the log on disk, and what counts as a change
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

#include "cleanup.h"
#include "fingerprint.h"
#include "logger_file.h"
#include "policy_digest.h"
#include "policy_state.h"

static char scratch[64];

static void setup(void)
{
	strcpy(scratch, "/tmp/bulwark-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(scratch));
}

static void teardown(void)
{
	char command[96];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", scratch);
	ck_assert_int_eq(system(command), 0);
}

static const char *path_of(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", scratch, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	_cleanup_(fclosep) FILE *file = fopen(path_of(name), "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
}

static const char *read_file(const char *name)
{
	static char text[4096];
	_cleanup_(fclosep) FILE *file = fopen(path_of(name), "re");
	size_t len;

	ck_assert_ptr_nonnull(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	return text;
}

static int append(struct bw_log_file *file, const char *text)
{
	json_t *record = json_pack("{s:s}", "text", text);
	int err = bw_log_file_append(file, record);

	json_decref(record);
	return err;
}

START_TEST(records_are_lines)
{
	_cleanup_(freep) char *path = strdup(path_of("log"));
	struct bw_log_file file = { .fd = -EBADF };
	struct stat status;

	ck_assert_int_eq(bw_log_file_open(&file, path), 0);
	ck_assert_int_eq(append(&file, "one"), 0);
	ck_assert(file.dirty);
	ck_assert_int_eq(bw_log_file_sync(&file), 0);
	ck_assert(!file.dirty);

	/* Rotated: the old name is gone, the new file begins with what comes next. */
	ck_assert_int_eq(rename(path, path_of("log.1")), 0);
	ck_assert_int_eq(append(&file, "two\nlines"), 0);
	ck_assert_int_eq(bw_log_file_open(&file, path), 0);
	ck_assert_int_eq(append(&file, "three"), 0);
	bw_log_file_close(&file);

	ck_assert_str_eq(read_file("log.1"), "{\"text\":\"one\"}\n{\"text\":\"two\\nlines\"}\n");
	ck_assert_str_eq(read_file("log"), "{\"text\":\"three\"}\n");
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_int_eq(status.st_mode & 0137, 0);
}
END_TEST

START_TEST(half_a_record_is_taken_back)
{
	_cleanup_(freep) char *path = strdup(path_of("log"));
	struct bw_log_file file = { .fd = -EBADF };
	struct rlimit old;
	struct rlimit limit;

	ck_assert_int_eq(bw_log_file_open(&file, path), 0);
	ck_assert_int_eq(append(&file, "one"), 0);

	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = 20;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(append(&file, "cut in two"), -ENOSPC);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);

	ck_assert_int_eq(append(&file, "two"), 0);
	bw_log_file_close(&file);
	ck_assert_str_eq(read_file("log"), "{\"text\":\"one\"}\n{\"text\":\"two\"}\n");
}
END_TEST

START_TEST(only_files_are_logs)
{
	_cleanup_(freep) char *path = strdup(path_of("log"));
	struct bw_log_file file = { .fd = -EBADF };

	ck_assert_int_eq(append(&file, "nowhere"), -EBADF);
	ck_assert_int_eq(symlink("/dev/null", path), 0);
	ck_assert_int_eq(bw_log_file_open(&file, path), -ELOOP);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_lt(bw_log_file_open(&file, path), 0);
	ck_assert_int_lt(bw_log_file_open(&file, path_of("no/such/dir")), 0);
}
END_TEST

static const char *digest(void)
{
	static char text[BW_DIGEST_TEXT_SIZE];
	uint8_t bytes[BW_DIGEST_SIZE];

	ck_assert_int_eq(bw_policy_digest(scratch, bytes), 0);
	bw_policy_digest_text(bytes, text);
	return text;
}

/* The numbers are what sha256sum says of the same bytes. */
START_TEST(policy_files_have_a_digest)
{
	uint8_t bytes[BW_DIGEST_SIZE];

	ck_assert_str_eq(digest(),
			 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	write_file("b.yaml", "c");
	write_file("a.yaml", "ab");
	write_file("notes.txt", "set: a\n");
	write_file(".hidden.yaml", "set: a\n");
	ck_assert_str_eq(digest(),
			 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

	ck_assert_int_eq(symlink("a.yaml", path_of("c.yaml")), 0);
	ck_assert_int_lt(bw_policy_digest(scratch, bytes), 0);
	ck_assert_int_eq(bw_policy_digest("/no/such/directory", bytes), -ENOENT);
}
END_TEST

static const struct {
	const char *name;
	const char *mount;
	const char *pattern;
	bool concerns;
} mounts[] = {
	{ "the same", "/srv", "/srv", true },
	{ "below", "/srv/a/b", "/srv", true },
	{ "above", "/srv", "/srv/a/b", true },
	{ "the root", "/", "/srv/a", true },
	{ "beside", "/srv2", "/srv", false },
	{ "elsewhere", "/run/user/1000", "/var/lib/postgresql/*/main", false },
	{ "below a pattern", "/var/lib/postgresql/15/main/pg_wal", "/var/lib/postgresql/*/main",
	  true },
	{ "a match of a pattern", "/var/lib/postgresql/15", "/var/lib/postgresql/1?/main", true },
	{ "above a pattern", "/var/lib", "/var/lib/postgresql/*", true },
	{ "a pattern at the top", "/anything", "/*", true },
};

START_TEST(mounts_that_count)
{
	ck_assert_msg(bw_mount_concerns(mounts[_i].mount, mounts[_i].pattern) ==
			      mounts[_i].concerns,
		      "case '%s'", mounts[_i].name);
}
END_TEST

START_TEST(rules_are_compared)
{
	struct bw_rule_entry items[] = {
		{ .key = { .kind = BW_RULE_SET, .set = 1 }, .rule = { .mode = BW_MODE_ENFORCE } },
		{ .key = { .kind = BW_RULE_ANCHOR, .file = { .ino = 7 } }, .rule = { .set = 1 } },
	};
	struct bw_rule_entry turned[] = { items[1], items[0] };
	struct bw_rules one = { .items = items, .len = 2 };
	struct bw_rules other = { .items = turned, .len = 2 };

	bw_rules_sort(&one);
	bw_rules_sort(&other);
	ck_assert(bw_rules_equal(&one, &other));

	other.items[0].rule.mode ^= 3;
	ck_assert(!bw_rules_equal(&one, &other));
	other.items[0].rule.mode ^= 3;

	other.filesystems = 1;
	ck_assert(!bw_rules_equal(&one, &other));
	other.filesystems = 0;

	other.len = 1;
	ck_assert(!bw_rules_equal(&one, &other));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("daemon_files");
	TCase *tests = tcase_create("files");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, records_are_lines);
	tcase_add_test(tests, half_a_record_is_taken_back);
	tcase_add_test(tests, only_files_are_logs);
	tcase_add_test(tests, policy_files_have_a_digest);
	tcase_add_loop_test(tests, mounts_that_count, 0, ARRAY_LEN(mounts));
	tcase_add_test(tests, rules_are_compared);
	suite_add_tcase(suite, tests);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
