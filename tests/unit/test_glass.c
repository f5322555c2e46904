// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of break-glass: what a request may say, and whose signatures open it;
 * minisign makes them
 */
#include <check.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "glass.h"
#include "glass_judge.h"
#include "grant.h"
#include "scratch_dir.h"

#define HOST "0123456789abcdef0123456789abcdef"
#define BOOT "0b0bb0b0-0000-4000-8000-0123456789ab"
#define REQUEST "request"

static const char *const right[BW_GLASS_KEYS] = {
	[BW_GLASS_VERSION] = "1",
	[BW_GLASS_HOST] = HOST,
	[BW_GLASS_BOOT] = BOOT,
	[BW_GLASS_NONCE] = "00112233445566778899aabbccddeeff",
	[BW_GLASS_MADE] = "2026-11-28T08:00:00Z",
	[BW_GLASS_ASKED_BY] = "1000",
	[BW_GLASS_SET] = "pensions",
	[BW_GLASS_EXE] = "/usr/bin/rsync",
	[BW_GLASS_USER] = "backup",
	[BW_GLASS_UID] = "34",
	[BW_GLASS_FOR] = "30m",
	[BW_GLASS_BYTES] = "2GiB",
	[BW_GLASS_FILES] = "any",
	[BW_GLASS_REASON] = "The restore of Tuesday: \xc3\xa4mne 7",
};

static struct bw_glass glass;
static const char *wrong;

static void glass_setup(void)
{
	glass = (struct bw_glass){ 0 };
	wrong = NULL;
}

static void glass_teardown(void)
{
	bw_glass_done(&glass);
}

static int parse(const char *text, size_t len)
{
	bw_glass_done(&glass);
	return bw_glass_parse(text, len, &glass, &wrong);
}

static char *text_with(enum bw_glass_key key, const char *value)
{
	const char *values[BW_GLASS_KEYS];
	char *text;

	memcpy(values, right, sizeof(values));
	values[key] = value;
	text = bw_glass_text(values);
	ck_assert_ptr_nonnull(text);
	return text;
}

static char *text_right(void)
{
	return text_with(BW_GLASS_VERSION, "1");
}

START_TEST(right_request_is_read)
{
	_cleanup_(freep) char *text = text_right();

	ck_assert_int_eq(parse(text, strlen(text)), 0);
	for (size_t i = 0; i < BW_GLASS_KEYS; i++)
		ck_assert_str_eq(glass.values[i], right[i]);
	ck_assert_uint_eq(glass.uid, 34);
	ck_assert_uint_eq(glass.seconds, 1800);
	ck_assert_uint_eq(glass.bytes, 2ULL << 30);
	ck_assert_uint_eq(glass.files, BW_BUDGET_NO_FILES);
}
END_TEST

static const struct {
	enum bw_glass_key key;
	const char *value;
	const char *says;
} values[] = {
	{ BW_GLASS_VERSION, "2", "this version" },
	{ BW_GLASS_VERSION, "", "this version" },
	{ BW_GLASS_HOST, "", "'host'" },
	{ BW_GLASS_HOST, HOST "0", "'host'" },
	{ BW_GLASS_HOST, "0123456789ABCDEF0123456789ABCDEF", "'host'" },
	{ BW_GLASS_BOOT, HOST, "'boot'" },
	{ BW_GLASS_NONCE, "1", "'nonce'" },
	{ BW_GLASS_MADE, "", "'made'" },
	{ BW_GLASS_ASKED_BY, "root", "'asked-by'" },
	{ BW_GLASS_ASKED_BY, "-1", "'asked-by'" },
	{ BW_GLASS_ASKED_BY, "4294967296", "'asked-by'" },
	{ BW_GLASS_ASKED_BY, "00000000000000000001", "'asked-by'" },
	{ BW_GLASS_SET, "", "'set'" },
	{ BW_GLASS_SET, "Pensions", "'set'" },
	{ BW_GLASS_SET, "pensions/x", "'set'" },
	{ BW_GLASS_SET, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "'set'" },
	{ BW_GLASS_EXE, "", "'exe'" },
	{ BW_GLASS_EXE, "rsync", "'exe'" },
	{ BW_GLASS_USER, "", "'user'" },
	{ BW_GLASS_UID, "backup", "'uid'" },
	{ BW_GLASS_UID, "4294967295", "'uid'" },
	{ BW_GLASS_FOR, "0m", "'for'" },
	{ BW_GLASS_FOR, "30", "'for'" },
	{ BW_GLASS_FOR, "25h", "'for'" },
	{ BW_GLASS_FOR, "-1h", "'for'" },
	{ BW_GLASS_BYTES, "0", "'bytes'" },
	{ BW_GLASS_BYTES, "any", "'bytes'" },
	{ BW_GLASS_BYTES, "2GB", "'bytes'" },
	{ BW_GLASS_BYTES, "18446744073709551615", "'bytes'" },
	{ BW_GLASS_BYTES, "99999999999999999999", "'bytes'" },
	{ BW_GLASS_FILES, "0", "'files'" },
	{ BW_GLASS_FILES, "", "'files'" },
	{ BW_GLASS_FILES, "4294967295", "'files'" },
	{ BW_GLASS_REASON, "", "'reason'" },
	{ BW_GLASS_REASON, "x\nbytes: 4GiB", "behind 'reason'" },
	{ BW_GLASS_REASON, "x\033[2J", "plain text" },
	{ BW_GLASS_REASON, "x\xe2\x80\xae", "plain text" },
	{ BW_GLASS_REASON, "x\xff", "plain text" },
	{ BW_GLASS_SET, "pensions\nexe: /bin/sh", "'user'" },
	{ BW_GLASS_EXE, "/bin/a\nuser: root\nuid: 0", "'for'" },
};

/* A value that brings further lines puts what follows out of its place. */
START_TEST(wrong_values_are_told)
{
	_cleanup_(freep) char *text = text_with(values[_i].key, values[_i].value);
	int err = parse(text, strlen(text));

	ck_assert_msg(err == -EINVAL, "'%s'", values[_i].value);
	ck_assert_msg(strstr(wrong, values[_i].says), "'%s': %s", values[_i].value, wrong);
}
END_TEST

START_TEST(long_values_are_refused)
{
	char value[1100];
	_cleanup_(freep) char *reason = NULL;
	_cleanup_(freep) char *exe = NULL;

	memset(value, '/', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	exe = text_with(BW_GLASS_EXE, value);
	ck_assert_int_eq(parse(exe, strlen(exe)), -EINVAL);
	value[201] = '\0';
	reason = text_with(BW_GLASS_REASON, value);
	ck_assert_int_eq(parse(reason, strlen(reason)), -EINVAL);
	value[200] = '\0';
	free(reason);
	reason = text_with(BW_GLASS_REASON, value);
	ck_assert_int_eq(parse(reason, strlen(reason)), 0);
}
END_TEST

/* Nothing may be cut off, left out, or added. */
START_TEST(only_whole_requests_are_taken)
{
	_cleanup_(freep) char *text = text_right();
	size_t len = strlen(text);
	char more[BW_GLASS_SIZE_MAX + 1];

	for (size_t i = 0; i < len; i++)
		ck_assert_int_eq(parse(text, i), -EINVAL);
	(void)snprintf(more, sizeof(more), "%s\n", text);
	ck_assert_int_eq(parse(more, strlen(more)), -EINVAL);
	(void)snprintf(more, sizeof(more), "%sset: others\n", text);
	ck_assert_int_eq(parse(more, strlen(more)), -EINVAL);
	ck_assert_int_eq(parse(strchr(text, '\n') + 1, strlen(strchr(text, '\n') + 1)), -EINVAL);
	memcpy(more, text, len);
	more[len - 1] = '\0';
	ck_assert_int_eq(parse(more, len), -EINVAL);
	memset(more, 'x', sizeof(more));
	ck_assert_int_eq(parse(more, sizeof(more)), -EINVAL);
	ck_assert_int_eq(parse(text, len), 0);
}
END_TEST

/* --- Grants -------------------------------------------------------------------- */

static struct bw_grant grant_right(void)
{
	const uint8_t digest[BW_DIGEST_SIZE] = { 0x78, 0x56, 0x34, 0x12 };
	_cleanup_(freep) char *text = text_right();

	ck_assert_int_eq(parse(text, strlen(text)), 0);
	return bw_glass_grant(&glass, digest, 99);
}

START_TEST(grant_is_what_was_asked_for)
{
	struct bw_grant grant = grant_right();
	char name[BW_GLASS_NAME_SIZE];

	ck_assert_uint_eq(grant.flags, BW_GRANT_GLASS | BW_GRANT_ANY_UNIT);
	ck_assert_uint_eq(grant.uid, 34);
	ck_assert_uint_eq(grant.number, 0x92345678);
	ck_assert_uint_eq(grant.until_ns, 99);
	ck_assert_uint_eq(grant.budget.every_ns, (1800 + 24 * 3600) * 1000000000ULL);
	ck_assert_uint_eq(grant.budget.bytes, 2ULL << 30);
	ck_assert_uint_eq(grant.budget.files, BW_BUDGET_NO_FILES);
	ck_assert_uint_eq(grant.budget.per, BW_BUDGET_GRANT);
	bw_glass_name(grant.number, name);
	ck_assert_str_eq(name, "breakglass:92345678");
	ck_assert_uint_eq(grant.budget.id, bw_budget_id("pensions", name));
}
END_TEST

static const struct bw_file_key exe = { .dev = 1, .ino = 50 };

/* Two sets; the executable has @grants of its own in the first. */
static struct bw_rules *rules_new(unsigned int grants)
{
	struct bw_rules *rules = calloc(1, sizeof(*rules));

	rules->items = calloc(64, sizeof(*rules->items));
	strcpy(rules->set_names[1].name, "pensions");
	strcpy(rules->set_names[2].name, "dumps");
	for (__u16 set = 1; set <= 2; set++)
		rules->items[rules->len++].key =
			(struct bw_rule_key){ .kind = BW_RULE_SET, .set = set };
	for (unsigned int i = 0; i < grants; i++)
		rules->items[rules->len++].key = (struct bw_rule_key){
			.kind = BW_RULE_GRANT, .set = 1, .file = exe, .index = i
		};
	return rules;
}

static unsigned int grants_count(const struct bw_rules *rules, const char *set, unsigned int index)
{
	unsigned int count = 0;

	for (size_t i = 0; i < rules->len; i++)
		count += rules->items[i].key.kind == BW_RULE_GRANT &&
			 rules->items[i].rule.grant.flags & BW_GRANT_GLASS &&
			 rules->items[i].key.index == index &&
			 !strcmp(rules->set_names[rules->items[i].key.set].name, set);
	return count;
}

START_TEST(grant_comes_last)
{
	_cleanup_(bw_rules_freep) struct bw_rules *rules = rules_new(3);
	struct bw_grant grant = grant_right();

	ck_assert_int_eq(bw_rules_glass_add(rules, "pensions", &exe, &grant), 0);
	ck_assert_uint_eq(grants_count(rules, "pensions", 3), 1);
	ck_assert_uint_eq(rules->executables_len, 1);
	ck_assert_int_eq(bw_rules_glass_add(rules, "pensions", &exe, &grant), 0);
	ck_assert_uint_eq(grants_count(rules, "pensions", 4), 0);
	ck_assert_int_eq(bw_rules_glass_add(rules, "other", &exe, &grant), -ENOENT);
}
END_TEST

/* Officers' last word for the same process counts: what was open before ends. */
START_TEST(grant_takes_the_place_of_its_like)
{
	_cleanup_(bw_rules_freep) struct bw_rules *rules = rules_new(1);
	struct bw_grant grant = grant_right();

	ck_assert_int_eq(bw_rules_glass_add(rules, "pensions", &exe, &grant), 0);
	grant.number++;
	ck_assert_int_eq(bw_rules_glass_add(rules, "pensions", &exe, &grant), 0);
	ck_assert_uint_eq(grants_count(rules, "pensions", 1), 1);
	ck_assert_uint_eq(grants_count(rules, "pensions", 2), 0);
	ck_assert_uint_eq(rules->items[rules->len - 2].rule.grant.number, grant.number);

	grant.uid++;
	ck_assert_int_eq(bw_rules_glass_add(rules, "pensions", &exe, &grant), 0);
	ck_assert_uint_eq(grants_count(rules, "pensions", 1), 1);
	ck_assert_uint_eq(grants_count(rules, "pensions", 2), 1);
}
END_TEST

START_TEST(too_many_grants_are_refused)
{
	_cleanup_(bw_rules_freep) struct bw_rules *rules = rules_new(BW_GRANTS_PER_EXE_MAX);
	struct bw_grant grant = grant_right();

	ck_assert_int_eq(bw_rules_glass_add(rules, "pensions", &exe, &grant), -ENOSPC);
	ck_assert_int_eq(bw_rules_glass_add(rules, "dumps", &exe, &grant), 0);
}
END_TEST

/* By the set's name, whatever its number is by now; until its end, and no longer. */
START_TEST(grant_stays_until_its_end)
{
	_cleanup_(bw_rules_freep) struct bw_rules *before = rules_new(0);
	_cleanup_(bw_rules_freep) struct bw_rules *after = rules_new(1);
	_cleanup_(bw_rules_freep) struct bw_rules *later = rules_new(1);
	struct bw_grant grant = grant_right();

	strcpy(after->set_names[1].name, "dumps");
	strcpy(after->set_names[2].name, "pensions");
	ck_assert_int_eq(bw_rules_glass_add(before, "pensions", &exe, &grant), 0);
	ck_assert_int_eq(bw_rules_glass_keep(after, before, 98), 0);
	ck_assert_uint_eq(grants_count(after, "pensions", 0), 1);
	ck_assert_uint_eq(grants_count(after, "dumps", 1), 0);
	ck_assert_int_eq(bw_rules_glass_keep(later, before, 99), 0);
	ck_assert_uint_eq(grants_count(later, "pensions", 1), 0);
}
END_TEST

START_TEST(grant_goes_with_its_set)
{
	_cleanup_(bw_rules_freep) struct bw_rules *before = rules_new(0);
	_cleanup_(bw_rules_freep) struct bw_rules *after = rules_new(0);
	struct bw_grant grant = grant_right();
	size_t len = after->len;

	strcpy(after->set_names[1].name, "others");
	ck_assert_int_eq(bw_rules_glass_add(before, "pensions", &exe, &grant), 0);
	ck_assert_int_eq(bw_rules_glass_keep(after, before, 0), 0);
	ck_assert_uint_eq(after->len, len);
}
END_TEST

/* --- Signatures ---------------------------------------------------------------- */

static struct bw_signers *officers;
static char why[BW_GLASS_WHY_SIZE];

/* In the scratch directory, with minisign's own messages left out. */
static void run(const char *command)
{
	_cleanup_(freep) char *line = NULL;

	ck_assert_int_gt(
		asprintf(&line, "cd '%s' && { %s; } >/dev/null", scratch_path(""), command), 0);
	ck_assert_msg(system(line) == 0, "%s", command);
}

static void judge_setup(void)
{
	struct bw_diagnostics found = { 0 };
	_cleanup_(freep) char *text = text_right();

	glass_setup();
	scratch_setup();
	scratch_write(REQUEST, text);
	run("mkdir officers.d && for name in anna bert stranger; do "
	    "minisign -G -W -p $name.pub -s $name.key && minisign -S -s $name.key -x $name -m "
	    "request; done && cp anna.pub bert.pub officers.d && cp anna.pub officers.d/zoe.pub");
	ck_assert_int_eq(bw_signers_load(scratch_path("officers.d"), false, &found, &officers), 0);
}

static void judge_teardown(void)
{
	bw_signers_free(officers);
	scratch_teardown();
	glass_teardown();
}

static int judge(const char *host, const char *boot, const char *names)
{
	const struct bw_glass_terms terms = {
		.host = host, .boot = boot, .officers = officers, .needed = 2
	};
	json_t *signatures = json_array();
	_cleanup_(freep) char *text = NULL;
	_cleanup_(freep) char *words = strdup(names);
	size_t len;
	int err;

	for (char *name = strtok(words, " "); name; name = strtok(NULL, " ")) {
		_cleanup_(freep) char *signature = file_bytes(scratch_path(name), &len);

		json_array_append_new(signatures, json_string(signature));
	}
	text = file_bytes(scratch_path(REQUEST), &len);
	bw_glass_done(&glass);
	why[0] = '\0';
	err = bw_glass_judge(&terms, text, len, signatures, &glass, why);
	json_decref(signatures);
	return err;
}

START_TEST(enough_officers_open_it)
{
	ck_assert_int_eq(judge(HOST, BOOT, "anna bert"), 0);
	ck_assert_str_eq(why, "anna.pub, bert.pub");
	ck_assert_str_eq(glass.values[BW_GLASS_SET], "pensions");
	ck_assert_int_eq(judge(HOST, BOOT, "bert anna anna"), 0);
}
END_TEST

static const struct {
	const char *host;
	const char *boot;
	const char *command;
	const char *signatures;
	const char *says;
} refused[] = {
	{ HOST, BOOT, "true", "", "0 officers have signed it, of 2" },
	{ HOST, BOOT, "true", "anna", "1 officers have signed it, of 2" },
	/* One officer, once more, and by another name of the same key. */
	{ HOST, BOOT, "true", "anna anna", "1 officers have signed it, of 2" },
	{ HOST, BOOT, "true", "anna stranger", "signature 2 is none of the officers'" },
	{ HOST, BOOT, "true", "anna request", "signature 2 is no signature" },
	{ HOST, BOOT, "sed -i s/2GiB/3GiB/ request", "anna bert", "signature 1 doesn't fit" },
	{ HOST, BOOT, "sed -i s/Tuesday/Tuesdax/ request", "anna bert", "signature 1 doesn't fit" },
	{ HOST, BOOT, "cp request x && echo >> x && minisign -S -s bert.key -x bert -m x",
	  "anna bert", "signature 2 doesn't fit" },
	{ "ffffffffffffffffffffffffffffffff", BOOT, "true", "anna bert", "another host" },
	{ HOST, "ffffffff-0000-4000-8000-0123456789ab", "true", "anna bert", "started anew" },
	{ HOST, BOOT, "echo x >> request", "anna bert", "behind 'reason'" },
};

START_TEST(anything_else_does_not)
{
	run(refused[_i].command);
	ck_assert_int_eq(judge(refused[_i].host, refused[_i].boot, refused[_i].signatures),
			 -EINVAL);
	ck_assert_msg(strstr(why, refused[_i].says), "%s", why);
}
END_TEST

START_TEST(too_many_signatures_are_refused)
{
	ck_assert_int_eq(judge(HOST, BOOT,
			       "anna bert anna anna anna anna anna anna anna anna anna anna anna "
			       "anna anna anna"),
			 0);
	ck_assert_int_eq(judge(HOST, BOOT,
			       "anna bert anna anna anna anna anna anna anna anna anna anna anna "
			       "anna anna anna anna"),
			 -EINVAL);
}
END_TEST

START_TEST(digest_is_of_keys_and_number)
{
	uint8_t one[BW_DIGEST_SIZE], other[BW_DIGEST_SIZE];

	bw_glass_officers_digest(officers, 2, one);
	bw_glass_officers_digest(officers, 2, other);
	ck_assert_mem_eq(one, other, sizeof(one));
	bw_glass_officers_digest(officers, 1, other);
	ck_assert_mem_ne(one, other, sizeof(one));
	officers->items[1].key[0] ^= 1;
	bw_glass_officers_digest(officers, 2, other);
	ck_assert_mem_ne(one, other, sizeof(one));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("glass");
	TCase *requests = tcase_create("requests");
	TCase *signatures = tcase_create("signatures");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(requests, glass_setup, glass_teardown);
	tcase_add_test(requests, right_request_is_read);
	tcase_add_loop_test(requests, wrong_values_are_told, 0, ARRAY_LEN(values));
	tcase_add_test(requests, long_values_are_refused);
	tcase_add_test(requests, only_whole_requests_are_taken);
	tcase_add_test(requests, grant_is_what_was_asked_for);
	tcase_add_test(requests, grant_comes_last);
	tcase_add_test(requests, grant_takes_the_place_of_its_like);
	tcase_add_test(requests, too_many_grants_are_refused);
	tcase_add_test(requests, grant_stays_until_its_end);
	tcase_add_test(requests, grant_goes_with_its_set);
	tcase_add_checked_fixture(signatures, judge_setup, judge_teardown);
	tcase_set_timeout(signatures, 60);
	tcase_add_test(signatures, enough_officers_open_it);
	tcase_add_loop_test(signatures, anything_else_does_not, 0, ARRAY_LEN(refused));
	tcase_add_test(signatures, too_many_signatures_are_refused);
	tcase_add_test(signatures, digest_is_of_keys_and_number);
	suite_add_tcase(suite, requests);
	suite_add_tcase(suite, signatures);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
