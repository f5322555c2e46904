// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests: which signatures of policy files count; minisign makes them
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "policy.h"
#include "scratch_dir.h"
#include "signers.h"

#define POLICY "set: s\nversion: 1\nprotect: [/srv/s]\ngrants: []\n"
#define FILE_NAME "policy.d/s.yaml"
#define SIGNATURE_NAME FILE_NAME BW_SIGNATURE_SUFFIX

static struct bw_diagnostics found;
static struct bw_signers *signers;

/* In the scratch directory, with minisign's own messages left out. */
static void run(const char *command)
{
	_cleanup_(freep) char *line = NULL;

	ck_assert_int_gt(
		asprintf(&line, "cd '%s' && { %s; } >/dev/null", scratch_path(""), command), 0);
	ck_assert_msg(system(line) == 0, "%s", command);
}

static void sign_setup(void)
{
	scratch_setup();
	found = (struct bw_diagnostics){ 0 };
	signers = NULL;
	ck_assert_int_eq(mkdir(scratch_path("policy.d"), 0755), 0);
	scratch_write(FILE_NAME, POLICY);
	run("mkdir signers.d && minisign -G -W -p signers.d/officer.pub -s officer.key && "
	    "minisign -G -W -p stranger.pub -s stranger.key");
}

static void sign_teardown(void)
{
	bw_signers_free(signers);
	bw_diagnostics_done(&found);
	scratch_teardown();
}

static int load(bool signed_only, bool trusted)
{
	struct bw_policy_terms terms = { .trusted = trusted, .signed_only = signed_only };
	_cleanup_(bw_policies_freep) struct bw_policies *policies = NULL;

	bw_signers_free(signers);
	signers = NULL;
	ck_assert_int_eq(bw_signers_load(scratch_path("signers.d"), trusted, &found, &signers), 0);
	terms.signers = signers;
	return bw_policies_load(scratch_path("policy.d"), &terms, &found, &policies);
}

static void is_told(const char *text)
{
	for (size_t i = 0; i < found.len; i++)
		if (strstr(found.items[i].text, text))
			return;
	ck_abort_msg("nobody says '%s', but: %s", text,
		     found.len ? found.items[0].text : "nothing");
}

/* Both of minisign's ways, that of old ones as well. */
static const char *const right[] = {
	"minisign -S -s officer.key -m " FILE_NAME,
	"minisign -S -l -s officer.key -m " FILE_NAME,
	"minisign -S -s officer.key -t 'as agreed on Tuesday' -m " FILE_NAME,
	"minisign -S -s officer.key -m " FILE_NAME " && sed -i 's/$/\\r/' " SIGNATURE_NAME,
};

START_TEST(right_signatures_count)
{
	run(right[_i]);
	ck_assert_int_eq(load(true, true), 0);
	ck_assert_int_eq(load(false, false), 0);
	ck_assert_uint_eq(found.len, 0);
}
END_TEST

static const struct {
	const char *command;
	const char *told;
} wrong[] = {
	{ "minisign -S -s stranger.key -m " FILE_NAME, "isn't among the signers'" },
	{ "minisign -S -s officer.key -m " FILE_NAME " && echo '#' >> " FILE_NAME, "doesn't fit" },
	{ "minisign -S -l -s officer.key -m " FILE_NAME " && echo '#' >> " FILE_NAME,
	  "doesn't fit" },
	{ "minisign -S -s officer.key -t Tuesday -m " FILE_NAME
	  " && sed -i s/Tuesday/Wednesday/ " SIGNATURE_NAME,
	  "doesn't fit" },
	/* Another file's signature. */
	{ "echo > x && minisign -S -s officer.key -m x && cp x.minisig " SIGNATURE_NAME,
	  "doesn't fit" },
	/* Whose key is claimed to be the officer's. */
	{ "minisign -S -s stranger.key -m " FILE_NAME " && { echo 'untrusted comment: x'; "
	  "{ sed -n 2p signers.d/officer.pub | base64 -d | head -c 10; "
	  "sed -n 2p " SIGNATURE_NAME " | base64 -d | tail -c 64; } | base64 -w 0; echo; "
	  "tail -n 2 " SIGNATURE_NAME "; } > x && mv x " SIGNATURE_NAME,
	  "doesn't fit" },
	{ "echo nonsense > " SIGNATURE_NAME, "is no signature" },
	{ ": > " SIGNATURE_NAME, "is no signature" },
	{ "head -c 5000 /dev/zero > " SIGNATURE_NAME, "is no signature" },
	{ "minisign -S -s officer.key -m " FILE_NAME " && sed -i 3d " SIGNATURE_NAME,
	  "is no signature" },
	{ "minisign -S -s officer.key -m " FILE_NAME
	  " && sed -i '2s/^RU[A-Z]/RVX/' " SIGNATURE_NAME,
	  "is no signature" },
};

/* Asked for or not: what is there must fit. */
START_TEST(wrong_signatures_are_refused)
{
	run(wrong[_i].command);
	ck_assert_int_eq(load(true, false), -EINVAL);
	is_told(wrong[_i].told);
	ck_assert_int_eq(load(false, false), -EINVAL);
}
END_TEST

START_TEST(unsigned_files_are_refused_where_asked)
{
	ck_assert_int_eq(load(false, true), 0);
	ck_assert_int_eq(load(true, true), -EINVAL);
	is_told("it isn't signed: ");
}
END_TEST

START_TEST(all_files_must_be_signed)
{
	run(right[0]);
	scratch_write("policy.d/t.yaml", "set: t\nversion: 1\nprotect: [/srv/t]\ngrants: []\n");
	ck_assert_int_eq(load(true, true), -EINVAL);
	is_told("t.yaml.minisig' is missing");
}
END_TEST

START_TEST(without_signers_nothing_counts)
{
	run(right[0]);
	run("rm signers.d/officer.pub");
	ck_assert_int_eq(load(false, true), 0);
	ck_assert_int_eq(load(true, true), -EINVAL);
	is_told("there is no signer");

	run("rmdir signers.d");
	ck_assert_int_eq(load(true, true), -EINVAL);
}
END_TEST

/* What others than root can write proves nothing. */
START_TEST(others_signatures_and_keys_are_refused)
{
	run(right[0]);
	ck_assert_int_eq(chmod(scratch_path(SIGNATURE_NAME), 0666), 0);
	ck_assert_int_eq(load(true, true), -EINVAL);
	is_told("everybody can write it");

	ck_assert_int_eq(chmod(scratch_path("signers.d/officer.pub"), 0666), 0);
	ck_assert_int_eq(bw_signers_load(scratch_path("signers.d"), true, &found, &signers),
			 -EINVAL);
}
END_TEST

START_TEST(what_is_no_key_is_told)
{
	run("minisign -S -s officer.key -m signers.d/officer.pub && "
	    "cp signers.d/officer.pub.minisig signers.d/wrong.pub");
	ck_assert_int_eq(bw_signers_load(scratch_path("signers.d"), false, &found, &signers),
			 -EINVAL);
	is_told("no public key");
}
END_TEST

START_TEST(each_signer_counts)
{
	run("cp stranger.pub signers.d/");
	run("minisign -S -s stranger.key -m " FILE_NAME);
	ck_assert_int_eq(load(true, true), 0);
	run(right[0]);
	ck_assert_int_eq(load(true, true), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("signers");
	TCase *tcase = tcase_create("signatures");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, sign_setup, sign_teardown);
	tcase_add_loop_test(tcase, right_signatures_count, 0, ARRAY_LEN(right));
	tcase_add_loop_test(tcase, wrong_signatures_are_refused, 0, ARRAY_LEN(wrong));
	tcase_add_test(tcase, unsigned_files_are_refused_where_asked);
	tcase_add_test(tcase, all_files_must_be_signed);
	tcase_add_test(tcase, without_signers_nothing_counts);
	tcase_add_test(tcase, others_signatures_and_keys_are_refused);
	tcase_add_test(tcase, what_is_no_key_is_told);
	tcase_add_test(tcase, each_signer_counts);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
