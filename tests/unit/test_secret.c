// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the secrets' text form, and of their commitments
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "secret.h"

#define ZERO_28 "0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000"
/* SHA-256 of 32 zero bytes begins with 66687aad. */
#define ZERO ZERO_28 "-0000-0000-6668"

static const struct {
	const char *name;
	const char *text;
	int err;
} cases[] = {
	{ "as it is written", ZERO, 0 },
	{ "with an end of line", ZERO "\n", 0 },
	{ "from another system", "# kept\r\n" ZERO "\r\n", 0 },
	{ "below what is to be done", "# secret 1 of 3\n# face\n" ZERO "\n", 0 },
	{ "above a remark", ZERO "\n#", 0 },
	{ "in groups of its own", " 00 00" ZERO_28 " 0000 6668", 0 },
	{ "without groups",
	  "0000000000000000000000000000000000000000000000000000000000000000"
	  "6668",
	  0 },
	{ "nothing", "", -EINVAL },
	{ "a remark alone", "# " ZERO, -EINVAL },
	{ "a remark behind it", ZERO " # mine", -EINVAL },
	{ "without its last group", ZERO_28 "-0000-0000", -EINVAL },
	{ "a digit too few", ZERO_28 "-0000-0000-666", -EINVAL },
	{ "a digit too many", ZERO "0", -EINVAL },
	{ "a letter that is no digit", ZERO_28 "-0000-000O-6668", -EINVAL },
	{ "no plain text", ZERO_28 "-0000-0000-666\xe2\x80\x88", -EINVAL },
	{ "a mistyped digit", ZERO_28 "-0000-0001-6668", -EBADMSG },
	{ "a mistyped last group", ZERO_28 "-0000-0000-6667", -EBADMSG },
};

START_TEST(reads_text)
{
	static const uint8_t zero[BW_SECRET_SIZE];
	uint8_t secret[BW_SECRET_SIZE];

	memset(secret, 0xaa, sizeof(secret));
	ck_assert_msg(bw_secret_parse(cases[_i].text, secret) == cases[_i].err, "case '%s'",
		      cases[_i].name);
	ck_assert_msg((memcmp(secret, zero, sizeof(zero)) == 0) == !cases[_i].err,
		      "case '%s': written only on success", cases[_i].name);
}
END_TEST

START_TEST(writes_text)
{
	static const uint8_t zero[BW_SECRET_SIZE];
	char text[BW_SECRET_TEXT_SIZE];

	bw_secret_text(zero, text);
	ck_assert_str_eq(text, ZERO);
}
END_TEST

START_TEST(reads_what_it_writes)
{
	uint8_t secret[BW_SECRET_SIZE], again[BW_SECRET_SIZE], other[BW_SECRET_SIZE];
	char text[BW_SECRET_TEXT_SIZE];

	ck_assert_int_eq(bw_secret_make(secret), 0);
	ck_assert_int_eq(bw_secret_make(other), 0);
	ck_assert_mem_ne(secret, other, sizeof(secret));
	bw_secret_text(secret, text);
	ck_assert_int_eq(bw_secret_parse(text, again), 0);
	ck_assert_mem_eq(secret, again, sizeof(secret));
}
END_TEST

/* Of the bytes 0 to 47, by sha256sum(1). */
START_TEST(commits_to_id_and_secret)
{
	static const uint8_t right[BW_DIGEST_SIZE] = { 0x4d, 0xbd, 0xc2, 0xb2, 0xb6, 0x2c, 0xb0,
						       0x07, 0x49, 0x78, 0x5b, 0xc8, 0x42, 0x02,
						       0x23, 0x6d, 0xbc, 0x37, 0x77, 0xd7, 0x46,
						       0x60, 0x61, 0x1b, 0x8e, 0x58, 0x81, 0x2f,
						       0x0c, 0xfd, 0xe6, 0xc3 };
	uint8_t bytes[BW_SEAL_ID_SIZE + BW_SECRET_SIZE];
	uint8_t commitment[BW_DIGEST_SIZE];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	bw_secret_commitment(bytes, bytes + BW_SEAL_ID_SIZE, commitment);
	ck_assert_mem_eq(commitment, right, sizeof(right));
}
END_TEST

static Suite *secret_suite(void)
{
	Suite *suite = suite_create("secret");
	TCase *tcase = tcase_create("secret");

	tcase_add_loop_test(tcase, reads_text, 0, ARRAY_LEN(cases));
	tcase_add_test(tcase, writes_text);
	tcase_add_test(tcase, reads_what_it_writes);
	tcase_add_test(tcase, commits_to_id_and_secret);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(secret_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
