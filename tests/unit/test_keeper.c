// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the keeper calls, as far as they go without the module
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cleanup.h"
#include "keeper_client.h"

static int null_fd;

static void null_open(void)
{
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(null_fd, 0);
}

static void null_close(void)
{
	close(null_fd);
}

START_TEST(open_says_why)
{
	int fd = bw_keeper_open();

	/* The device is there only where the module is loaded. */
	if (access(BW_DEVICE_PATH, F_OK) < 0) {
		ck_assert_int_eq(fd, -ENOENT);
		return;
	}
	ck_assert(fd >= 0 || fd == -EPERM || fd == -EACCES);
	closep(&fd);
}
END_TEST

START_TEST(another_device_is_no_keeper)
{
	struct bw_kept_list list = { .links_len = 1 };
	struct bw_control_info info;
	struct bw_file_key key;

	ck_assert_int_eq(bw_keeper_info(null_fd, &info), -ENOTTY);
	ck_assert_int_eq(bw_keeper_adopt(null_fd, &list), -ENOTTY);
	ck_assert_int_eq(bw_keeper_list(null_fd, &list), -ENOTTY);
	ck_assert_int_eq(bw_keeper_release(null_fd), -ENOTTY);
	ck_assert_int_eq(bw_keeper_identify(null_fd, null_fd, &key), -ENOTTY);
}
END_TEST

START_TEST(bad_descriptor_is_told)
{
	struct bw_control_info info;

	ck_assert_int_eq(bw_keeper_info(-1, &info), -EBADF);
	ck_assert_int_eq(bw_keeper_release(-1), -EBADF);
}
END_TEST

/* The kernel would read past the arrays: the length alone is in the structure. */
START_TEST(adopt_refuses_lengths_beyond_the_arrays)
{
	struct bw_kept_list links = { .links_len = BW_KEEP_LINKS_MAX + 1 };
	struct bw_kept_list maps = { .links_len = 1, .maps_len = BW_KEEP_MAPS_MAX + 1 };

	ck_assert_int_eq(bw_keeper_adopt(null_fd, &links), -E2BIG);
	ck_assert_int_eq(bw_keeper_adopt(null_fd, &maps), -E2BIG);
}
END_TEST

START_TEST(outputs_stay_untouched_on_error)
{
	struct bw_kept_list list = { .links_len = 7, .maps_len = 8 };
	struct bw_file_key key = { .ino = 9 };

	ck_assert_int_eq(bw_keeper_list(null_fd, &list), -ENOTTY);
	ck_assert_uint_eq(list.links_len, 7);
	ck_assert_uint_eq(list.maps_len, 8);
	ck_assert_int_eq(bw_keeper_identify(null_fd, null_fd, &key), -ENOTTY);
	ck_assert_uint_eq(key.ino, 9);
}
END_TEST

START_TEST(identifier_asks_the_keeper_it_was_given)
{
	struct bw_identifier identifier = bw_keeper_identifier(&null_fd);
	struct bw_file_key key;

	ck_assert_int_eq(identifier.identify(identifier.context, null_fd, &key), -ENOTTY);
	null_close();
	null_fd = -1;
	ck_assert_int_eq(identifier.identify(identifier.context, 0, &key), -EBADF);
}
END_TEST

static Suite *keeper_suite(void)
{
	Suite *suite = suite_create("keeper");
	TCase *tcase = tcase_create("without the module");

	tcase_add_checked_fixture(tcase, null_open, null_close);
	tcase_add_test(tcase, open_says_why);
	tcase_add_test(tcase, another_device_is_no_keeper);
	tcase_add_test(tcase, bad_descriptor_is_told);
	tcase_add_test(tcase, adopt_refuses_lengths_beyond_the_arrays);
	tcase_add_test(tcase, outputs_stay_untouched_on_error);
	tcase_add_test(tcase, identifier_asks_the_keeper_it_was_given);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(keeper_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
