// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the mount table: device numbers and paths
 */
#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cleanup.h"
#include "mounts.h"

#define DISK (8U << 20 | 1)

static char table_path[] = "/tmp/bulwark-mounts-XXXXXX";
static struct bw_mounts mounts;

static int load(const char *table)
{
	_cleanup_(closep) int fd = -EBADF;
	int err;

	strcpy(table_path + strlen(table_path) - 6, "XXXXXX");
	fd = mkstemp(table_path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, table, strlen(table)), (ssize_t)strlen(table));
	bw_mounts_done(&mounts);
	err = bw_mounts_load(table_path, &mounts);
	unlink(table_path);
	return err;
}

static void mounts_teardown(void)
{
	bw_mounts_done(&mounts);
}

static const char table[] = "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
			    "22 21 0:20 / /proc rw - proc proc rw\n"
			    "23 21 8:2 / /mnt/long/volume rw shared:2 master:3 - xfs /dev/sda2 rw\n"
			    "24 21 8:2 / /data rw - xfs /dev/sda2 rw\n"
			    "25 21 8:3 /pg/15 /var/lib/pg rw - ext4 /dev/sda3 rw\n"
			    "26 21 8:4 / /a\\040b\\134c rw - ext4 /dev/sda4 rw\n"
			    "27 21 8:1 /srv /s rw - ext4 /dev/sda1 rw\n"
			    "28 21 0:30 /@ /sub rw - btrfs /dev/sda5 rw\n";

START_TEST(load_reads_each_line)
{
	ck_assert_int_eq(load(table), 0);
	ck_assert_uint_eq(mounts.len, 8);
	ck_assert_uint_eq(mounts.items[0].dev, DISK);
	ck_assert_str_eq(mounts.items[1].type, "proc");
	ck_assert_str_eq(mounts.items[4].root, "/pg/15");
	ck_assert_str_eq(mounts.items[5].path, "/a b\\c");
}
END_TEST

static const struct {
	const char *name;
	unsigned int major;
	unsigned int minor;
	const char *inner;
	const char *path;
} paths[] = {
	{ "root of the host", 8, 1, "/etc/passwd", "/etc/passwd" },
	{ "the root itself", 8, 1, "", "/" },
	{ "shortest of two mounts", 8, 2, "/f", "/data/f" },
	{ "shortest by a bind mount", 8, 1, "/srv/f", "/s/f" },
	{ "only a part is mounted", 8, 3, "/pg/15/main/f", "/var/lib/pg/main/f" },
	{ "the part itself", 8, 3, "/pg/15", "/var/lib/pg" },
	{ "beside that part", 8, 3, "/pg/16/main/f", NULL },
	{ "a longer name than that part's", 8, 3, "/pg/150", NULL },
	{ "blanks and backslashes", 8, 4, "/f", "/a b\\c/f" },
	{ "cut above", 8, 2, ".../b/f", "/data/.../b/f" },
	{ "cut above, in a part", 8, 3, ".../b/f", NULL },
	{ "cut above, in the host's root", 8, 1, ".../b/f", "/.../b/f" },
	{ "not mounted", 8, 9, "/f", NULL },
};

START_TEST(path_is_the_hosts)
{
	_cleanup_(freep) char *path = NULL;

	ck_assert_int_eq(load(table), 0);
	path = bw_mounts_path(&mounts, paths[_i].major << 20 | paths[_i].minor, paths[_i].inner);
	ck_assert_msg(path ? paths[_i].path && !strcmp(path, paths[_i].path) : !paths[_i].path,
		      "case '%s': '%s'", paths[_i].name, path ? path : "NULL");
}
END_TEST

START_TEST(root_is_where_all_of_it_is)
{
	ck_assert_int_eq(load(table), 0);
	ck_assert_str_eq(bw_mounts_root(&mounts, 8U << 20 | 2), "/data");
	ck_assert_ptr_null(bw_mounts_root(&mounts, 8U << 20 | 3));
	ck_assert_ptr_null(bw_mounts_root(&mounts, 8U << 20 | 9));
}
END_TEST

static const struct {
	const char *name;
	const char *table;
	int err;
} tables[] = {
	{ "empty", "", 0 },
	{ "no newline at the end", "1 1 8:1 / / rw - ext4 x rw", 0 },
	{ "many optional fields", "1 1 8:1 / / rw a b c d e f - ext4 x rw\n", 0 },
	{ "empty line", "\n", -EBADMSG },
	{ "too short", "1 1 8:1 / /\n", -EBADMSG },
	{ "no dash", "1 1 8:1 / / rw shared:1 ext4\n", -EBADMSG },
	{ "no type", "1 1 8:1 / / rw -\n", -EBADMSG },
	{ "no device", "1 1 x / / rw - ext4 x rw\n", -EBADMSG },
};

START_TEST(load_judges_lines)
{
	int err = load(tables[_i].table);

	ck_assert_msg(err == tables[_i].err, "case '%s': %d", tables[_i].name, err);
}
END_TEST

START_TEST(load_says_why)
{
	ck_assert_int_eq(bw_mounts_load("/no/such/file", &mounts), -ENOENT);
	ck_assert_ptr_null(mounts.items);
}
END_TEST

/* Against the running kernel: the table and stat(2) agree on where /proc is. */
START_TEST(load_reads_the_kernels)
{
	_cleanup_(freep) char *path = NULL;
	struct stat status;

	ck_assert_int_eq(bw_mounts_load(BW_MOUNTINFO_PATH, &mounts), 0);
	ck_assert_int_eq(stat("/proc", &status), 0);
	path = bw_mounts_path(&mounts, major(status.st_dev) << 20 | minor(status.st_dev), "/self");
	ck_assert_str_eq(path, "/proc/self");
}
END_TEST

START_TEST(below_is_by_whole_names)
{
	ck_assert_str_eq(bw_path_below("/a/b/c", "/a"), "/b/c");
	ck_assert_str_eq(bw_path_below("/a", "/a"), "");
	ck_assert_str_eq(bw_path_below("/a", "/"), "/a");
	ck_assert_str_eq(bw_path_below("/", "/"), "");
	ck_assert_ptr_null(bw_path_below("/ab", "/a"));
	ck_assert_ptr_null(bw_path_below("/", "/a"));
}
END_TEST

static Suite *mounts_suite(void)
{
	Suite *suite = suite_create("mounts");
	TCase *tcase = tcase_create("mounts");

	tcase_add_checked_fixture(tcase, NULL, mounts_teardown);
	tcase_add_test(tcase, load_reads_each_line);
	tcase_add_loop_test(tcase, path_is_the_hosts, 0, ARRAY_LEN(paths));
	tcase_add_test(tcase, root_is_where_all_of_it_is);
	tcase_add_loop_test(tcase, load_judges_lines, 0, ARRAY_LEN(tables));
	tcase_add_test(tcase, load_says_why);
	tcase_add_test(tcase, load_reads_the_kernels);
	tcase_add_test(tcase, below_is_by_whole_names);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(mounts_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
