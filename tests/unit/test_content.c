// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests: what is in executables, and dpkg's records of it
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "content.h"
#include "scratch_dir.h"
#include "verified.h"

/* Of "pension\n", by sha256sum(1) and md5sum(1). */
#define TEXT "pension\n"
#define SHA256 "e0aeb16ad57e817ac4ec9035e71014ddc8de18af288290c7eee6fd0ea564a985"
#define MD5 "5ec3298f545e860b6719bacc67775f8e"

static const uint8_t md5[BW_MD5_SIZE] = { 0x5e, 0xc3, 0x29, 0x8f, 0x54, 0x5e, 0x86, 0x0b,
					  0x67, 0x19, 0xba, 0xcc, 0x67, 0x77, 0x5f, 0x8e };

/* --- Files ----------------------------------------------------------------------- */

static int content_of(const char *name, struct bw_content *ret_content)
{
	_cleanup_(closep) int fd = open(scratch_path(name), O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return bw_content_read(fd, ret_content);
}

START_TEST(content_has_both_digests)
{
	struct bw_content content;
	char hex[BW_DIGEST_HEX_SIZE];

	scratch_write("x", TEXT);
	ck_assert_int_eq(content_of("x", &content), 0);
	bw_digest_hex(content.sha256, hex);
	ck_assert_str_eq(hex, SHA256);
	ck_assert_mem_eq(content.md5, md5, sizeof(md5));
}
END_TEST

START_TEST(writer_is_waited_for)
{
	struct bw_content content;
	int fd;

	scratch_write("x", TEXT);
	fd = open(scratch_path("x"), O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(content_of("x", &content), -ETXTBSY);
	(void)close(fd);
	ck_assert_int_eq(content_of("x", &content), 0);
}
END_TEST

/* What a mapping writes no call shows. */
START_TEST(mapping_is_waited_for)
{
	struct bw_content content;
	void *bytes;
	int fd;

	scratch_write("x", TEXT);
	fd = open(scratch_path("x"), O_RDWR | O_CLOEXEC);
	bytes = mmap(NULL, 1, PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(bytes, MAP_FAILED);
	(void)close(fd);
	ck_assert_int_eq(content_of("x", &content), -ETXTBSY);
	(void)munmap(bytes, 1);
	ck_assert_int_eq(content_of("x", &content), 0);
}
END_TEST

START_TEST(digests_are_listed_once)
{
	struct bw_digests digests = { 0 }, fewer = { 0 }, none = { 0 };
	char hex[BW_DIGEST_HEX_SIZE];

	ck_assert_int_eq(bw_digests_add(&digests, SHA256), 0);
	ck_assert_int_eq(bw_digests_add(&digests, SHA256), -EEXIST);
	ck_assert_int_eq(bw_digests_add(&fewer, SHA256), 0);
	ck_assert_int_eq(bw_digests_add(&digests, SHA256 "0"), -EINVAL);
	ck_assert_int_eq(bw_digests_add(&digests, ""), -EINVAL);
	for (unsigned int i = 1; i < BW_DIGESTS_MAX; i++) {
		(void)snprintf(hex, sizeof(hex), "%064x", i);
		ck_assert_int_eq(bw_digests_add(&digests, hex), 0);
	}
	(void)snprintf(hex, sizeof(hex), "%064x", BW_DIGESTS_MAX);
	ck_assert_int_eq(bw_digests_add(&digests, hex), -ENOSPC);
	ck_assert(bw_digests_within(&fewer, &digests));
	ck_assert(!bw_digests_within(&digests, &fewer));
	ck_assert(bw_digests_within(&fewer, &none));
	ck_assert(!bw_digests_within(&none, &fewer));
	ck_assert(bw_digests_within(&none, &none));
}
END_TEST

START_TEST(version_is_remembered)
{
	const struct bw_file_key one = { .ino = 1 }, other = { .ino = 2 };
	struct bw_content content = { .sha256 = { 1 } };
	struct bw_contents contents = { 0 };

	ck_assert_ptr_null(bw_contents_find(&contents, &one, 7));
	ck_assert_int_eq(bw_contents_add(&contents, &one, 7, &content), 0);
	ck_assert_uint_eq(bw_contents_find(&contents, &one, 7)->sha256[0], 1);
	ck_assert_ptr_null(bw_contents_find(&contents, &one, 8));
	ck_assert_ptr_null(bw_contents_find(&contents, &other, 7));

	content.sha256[0] = 2;
	ck_assert_int_eq(bw_contents_add(&contents, &one, 8, &content), 0);
	ck_assert_uint_eq(contents.len, 1);
	ck_assert_uint_eq(bw_contents_find(&contents, &one, 8)->sha256[0], 2);
	ck_assert_ptr_null(bw_contents_find(&contents, &one, 7));
	bw_contents_done(&contents);
}
END_TEST

/* --- Records of dpkg ------------------------------------------------------------- */

static void records_setup(void)
{
	scratch_setup();
	ck_assert_int_eq(mkdir(scratch_path("info"), 0755), 0);
	scratch_write("info/server.list", "/.\n/usr\n/usr/sbin\n/usr/sbin/server\n/bin/cat\n");
	scratch_write("info/server.md5sums", MD5 "  usr/sbin/server\n" MD5 "  bin/cat\n");
}

static int owns(const char *package, const char *path)
{
	return bw_package_owns(scratch_path(""), package, path, md5);
}

START_TEST(package_has_the_file)
{
	ck_assert_int_eq(owns("server", "/usr/sbin/server"), BW_OWNERSHIP_RIGHT);
	ck_assert_int_eq(owns("server", "/usr/sbin/serve"), BW_OWNERSHIP_NOT_ITS);
	ck_assert_int_eq(owns("server", "/sbin/server"), BW_OWNERSHIP_NOT_ITS);
	ck_assert_int_eq(owns("serve", "/usr/sbin/server"), BW_OWNERSHIP_NO_PACKAGE);
}
END_TEST

/* Where /bin leads to /usr/bin, as on each Debian of today. */
START_TEST(record_from_before_the_merge_holds)
{
	char real[PATH_MAX];
	bool merged = realpath("/bin/cat", real) && strcmp(real, "/usr/bin/cat") == 0;

	ck_assert_int_eq(owns("server", "/usr/bin/cat"),
			 merged ? BW_OWNERSHIP_RIGHT : BW_OWNERSHIP_NOT_ITS);
	scratch_write("info/server.list", "/bin/no-such-program\n");
	ck_assert_int_eq(owns("server", "/usr/bin/no-such-program"), BW_OWNERSHIP_NOT_ITS);
}
END_TEST

START_TEST(architecture_is_part_of_the_record)
{
	scratch_write("info/tool:amd64.list", "/usr/bin/tool\n");
	scratch_write("info/tool:amd64.md5sums", MD5 "  usr/bin/tool\n");
	scratch_write("info/tool:i386.list", "/usr/bin/tool32\n");
	ck_assert_int_eq(owns("tool", "/usr/bin/tool"), BW_OWNERSHIP_RIGHT);
	ck_assert_int_eq(owns("tool", "/usr/bin/tool32"), BW_OWNERSHIP_NO_DIGEST);
	ck_assert_int_eq(owns("too", "/usr/bin/tool"), BW_OWNERSHIP_NO_PACKAGE);
}
END_TEST

static const struct {
	const char *name;
	const char *sums;
	enum bw_ownership ownership;
} records[] = {
	{ "right", MD5 "  usr/sbin/server\n", BW_OWNERSHIP_RIGHT },
	{ "no end", MD5 "  usr/sbin/server", BW_OWNERSHIP_RIGHT },
	{ "after wrong lines", "\n  \nx\n" MD5 "\n" MD5 "  \n" MD5 "  usr/sbin/server\n",
	  BW_OWNERSHIP_RIGHT },
	{ "empty", "", BW_OWNERSHIP_NO_DIGEST },
	{ "another name", MD5 "  usr/sbin/server2\n", BW_OWNERSHIP_NO_DIGEST },
	{ "a longer digest", "0" MD5 "  usr/sbin/server\n", BW_OWNERSHIP_NO_DIGEST },
	{ "a shorter digest", "00  usr/sbin/server\n", BW_OWNERSHIP_NO_DIGEST },
	{ "one blank", MD5 " usr/sbin/server\n", BW_OWNERSHIP_NO_DIGEST },
	{ "escaped", "\\" MD5 "  usr/sbin/server\n", BW_OWNERSHIP_NO_DIGEST },
	{ "another digest", "00000000000000000000000000000000  usr/sbin/server\n",
	  BW_OWNERSHIP_OTHER_CONTENT },
	{ "the first counts",
	  "00000000000000000000000000000000  usr/sbin/server\n" MD5 "  usr/sbin/server\n",
	  BW_OWNERSHIP_OTHER_CONTENT },
};

START_TEST(record_is_read)
{
	scratch_write("info/server.md5sums", records[_i].sums);
	ck_assert_msg(owns("server", "/usr/sbin/server") == (int)records[_i].ownership, "case '%s'",
		      records[_i].name);
}
END_TEST

START_TEST(package_without_digests_is_none)
{
	ck_assert_int_eq(unlink(scratch_path("info/server.md5sums")), 0);
	ck_assert_int_eq(owns("server", "/usr/sbin/server"), BW_OWNERSHIP_NO_DIGEST);
}
END_TEST

/* Neither the file that was put aside nor what has its name now. */
START_TEST(diverted_file_is_refused)
{
	scratch_write("diversions", "/usr/sbin/other\n/usr/sbin/other.real\n:\n");
	ck_assert_int_eq(owns("server", "/usr/sbin/server"), BW_OWNERSHIP_RIGHT);
	scratch_write("diversions", "/usr/sbin/server\n/usr/sbin/server.real\n:\n");
	ck_assert_int_eq(owns("server", "/usr/sbin/server"), BW_OWNERSHIP_DIVERTED);
	ck_assert_int_eq(owns("server", "/usr/sbin/server.real"), BW_OWNERSHIP_DIVERTED);
}
END_TEST

START_TEST(names_are_those_of_dpkg)
{
	ck_assert(bw_package_name_is_valid("postgresql-15"));
	ck_assert(bw_package_name_is_valid("libstdc++6"));
	ck_assert(bw_package_name_is_valid("0ad"));
	ck_assert(!bw_package_name_is_valid("x"));
	ck_assert(!bw_package_name_is_valid(""));
	ck_assert(!bw_package_name_is_valid("../x"));
	ck_assert(!bw_package_name_is_valid("x/y"));
	ck_assert(!bw_package_name_is_valid("x*"));
	ck_assert(!bw_package_name_is_valid("X11"));
	ck_assert(!bw_package_name_is_valid("x:amd64"));
}
END_TEST

/* --- A grant, and what is in its executable -------------------------------------- */

START_TEST(both_must_be_right)
{
	struct bw_policy_grant grant = { .package = (char *)"no-such-package-here" };
	struct bw_content content;
	char *why;

	scratch_write("x", TEXT);
	ck_assert_int_eq(content_of("x", &content), 0);
	ck_assert_int_eq(bw_digests_add(&grant.sha256, SHA256), 0);
	ck_assert_int_eq(bw_content_judge(&grant, "/x", &content, &why), 0);
	ck_assert_str_eq(why, "isn't verified: dpkg knows no package 'no-such-package-here'");
	free(why);

	grant.package = NULL;
	ck_assert_int_eq(bw_content_judge(&grant, "/x", &content, &why), 0);
	ck_assert_ptr_null(why);

	content.sha256[31] ^= 1;
	ck_assert_int_eq(bw_content_judge(&grant, "/x", &content, &why), 0);
	ck_assert_ptr_nonnull(strstr(why, "which 'sha256' doesn't list"));
	free(why);
}
END_TEST

#define VERIFIED(path, version, right)           \
	{                                        \
		(char *)path, {}, version, right \
	}

static char told[1024];

static void note(void *context, const char *text)
{
	strncat(told, text, sizeof(told) - strlen(told) - 2);
	strcat(told, "\n");
}

static const struct {
	struct bw_verified before;
	struct bw_verified now;
	const char *told;
} changes[] = {
	{ VERIFIED("/x", 1, true), VERIFIED("/x", 1, true), "" },
	{ VERIFIED("/x", 1, false), VERIFIED("/x", 2, false), "" },
	{ VERIFIED("/y", 1, true), VERIFIED("/x", 2, true), "" },
	{ VERIFIED("/x", 1, true), VERIFIED("/x", 2, true),
	  "'/x' has changed, and was verified again\n" },
	{ VERIFIED("/x", 1, true), VERIFIED("/x", 1, false),
	  "'/x' is suspended: what is in it isn't verified\n" },
	{ VERIFIED("/x", 1, false), VERIFIED("/x", 2, true), "'/x' was verified again\n" },
};

START_TEST(change_is_told)
{
	struct bw_verified before[] = { changes[_i].before, VERIFIED("/z", 1, true) };
	struct bw_verified now[] = { VERIFIED("/z", 1, true), changes[_i].now };
	const struct bw_rules one = { .verified = before, .verified_len = 2 };
	const struct bw_rules other = { .verified = now, .verified_len = 2 };

	*told = '\0';
	bw_verified_compare(&one, &other, note, NULL);
	ck_assert_str_eq(told, changes[_i].told);
	bw_verified_compare(NULL, &other, note, NULL);
	ck_assert_str_eq(told, changes[_i].told);
}
END_TEST

/* The kernel has no names. */
START_TEST(earlier_version_is_recalled)
{
	struct bw_verified now[] = { VERIFIED("/x", 2, true), VERIFIED("/y", 3, true) };
	struct bw_rule_entry entries[2] = { 0 };
	const struct bw_rules rules = { .verified = now, .verified_len = 2 };
	struct bw_rules earlier = { .items = entries, .len = 2 };

	now[0].file.ino = 1;
	now[1].file.ino = 2;
	for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
		entries[i].key.kind = BW_RULE_GRANT;
		entries[i].key.file.ino = i + 1;
		entries[i].rule.grant.content = i + 1;
	}
	entries[0].rule.grant.flags = BW_GRANT_DIGEST;
	ck_assert_int_eq(bw_verified_recall(&earlier, &rules), 0);
	ck_assert_uint_eq(earlier.verified_len, 1);

	*told = '\0';
	bw_verified_compare(&earlier, &rules, note, NULL);
	ck_assert_str_eq(told, "'/x' has changed, and was verified again\n");
	free(earlier.verified[0].path);
	free(earlier.verified);
}
END_TEST

static TCase *contents_tests(void)
{
	TCase *tcase = tcase_create("contents");

	tcase_add_checked_fixture(tcase, scratch_setup, scratch_teardown);
	tcase_add_test(tcase, content_has_both_digests);
	tcase_add_test(tcase, writer_is_waited_for);
	tcase_add_test(tcase, mapping_is_waited_for);
	tcase_add_test(tcase, digests_are_listed_once);
	tcase_add_test(tcase, version_is_remembered);
	tcase_add_test(tcase, both_must_be_right);
	tcase_add_test(tcase, earlier_version_is_recalled);
	tcase_add_loop_test(tcase, change_is_told, 0, ARRAY_LEN(changes));
	return tcase;
}

static TCase *records_tests(void)
{
	TCase *tcase = tcase_create("records");

	tcase_add_checked_fixture(tcase, records_setup, scratch_teardown);
	tcase_add_test(tcase, package_has_the_file);
	tcase_add_test(tcase, record_from_before_the_merge_holds);
	tcase_add_test(tcase, architecture_is_part_of_the_record);
	tcase_add_loop_test(tcase, record_is_read, 0, ARRAY_LEN(records));
	tcase_add_test(tcase, package_without_digests_is_none);
	tcase_add_test(tcase, diverted_file_is_refused);
	tcase_add_test(tcase, names_are_those_of_dpkg);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("content");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, contents_tests());
	suite_add_tcase(suite, records_tests());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
