// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the records: fields of the journal
 */
#include <check.h>
#include <stdbool.h>
#include <string.h>

#include "cleanup.h"
#include "record_rig.h"

static struct iovec *fields;
static size_t fields_len;

static void journal(void)
{
	ck_assert_int_eq(bw_record_journal(record_rig.record, &fields, &fields_len), 0);
}

static bool journal_has(const char *field)
{
	for (size_t i = 0; i < fields_len; i++)
		if (fields[i].iov_len == strlen(field) &&
		    memcmp(fields[i].iov_base, field, fields[i].iov_len) == 0)
			return true;
	return false;
}

static bool journal_names(const char *name)
{
	for (size_t i = 0; i < fields_len; i++)
		if (fields[i].iov_len > strlen(name) &&
		    memcmp(fields[i].iov_base, name, strlen(name)) == 0 &&
		    ((char *)fields[i].iov_base)[strlen(name)] == '=')
			return true;
	return false;
}

static const char *const refusal_fields[] = {
	"MESSAGE=cp[1000] (root) was refused to open '/var/lib/pg/base/5/16384' of set "
	"'pension-db': no grant names this executable",
	"MESSAGE_ID=" BW_MESSAGE_ID_REFUSAL,
	"PRIORITY=4",
	"SYSLOG_IDENTIFIER=bulwark",
	"BULWARK_EVENT=refusal",
	"BULWARK_RECORD=" BOOT ":42",
	"BULWARK_SET=pension-db",
	"BULWARK_VERDICT=deny",
	"BULWARK_REASON=no-grant",
	"BULWARK_CHANNEL=open",
	"BULWARK_SEQUENCE=42",
	"BULWARK_GENERATION=7",
	"BULWARK_COUNT=1",
	"BULWARK_PATH=/var/lib/pg/base/5/16384",
	"BULWARK_DEVICE=8:1",
	"BULWARK_INODE=1234",
	"BULWARK_EXE=/usr/bin/cp",
	"BULWARK_COMM=cp",
	"BULWARK_PID=1000",
	"BULWARK_PPID=900",
	"BULWARK_UID=0",
	"BULWARK_USER=root",
	"BULWARK_LOGIN_UID=1000",
	"BULWARK_SESSION=3",
	"BULWARK_UNIT=ssh.service",
};

START_TEST(journal_gets_native_fields)
{
	rig_refuse();
	journal();
	for (size_t i = 0; i < ARRAY_LEN(refusal_fields); i++)
		ck_assert_msg(journal_has(refusal_fields[i]), "no field '%s'", refusal_fields[i]);
	ck_assert_uint_eq(fields_len, ARRAY_LEN(refusal_fields));
	bw_record_journal_free(fields, fields_len);
}
END_TEST

START_TEST(journal_leaves_out_what_is_not_there)
{
	record_rig.event.unit[0] = '\0';
	record_rig.event.verdict = BW_VERDICT_WOULD_DENY;
	rig_refuse();
	journal();
	ck_assert(!journal_names("BULWARK_UNIT"));
	ck_assert(!journal_names("BULWARK_LOST"));
	ck_assert(journal_has("PRIORITY=5"));
	bw_record_journal_free(fields, fields_len);
}
END_TEST

START_TEST(journal_gets_gaps_and_state)
{
	const struct bw_gap gap = { .first_sequence = 5, .last_sequence = 7, .lost = 3 };
	const struct bw_notice notice = { .kind = BW_NOTICE_UNPROTECTED };

	record_rig.record = bw_record_gap(&gap, &record_rig.context);
	journal();
	ck_assert(journal_has("MESSAGE_ID=" BW_MESSAGE_ID_GAP));
	ck_assert(journal_has("PRIORITY=3"));
	ck_assert(journal_has("BULWARK_FIRST_SEQUENCE=5"));
	ck_assert(journal_has("BULWARK_LAST_SEQUENCE=7"));
	ck_assert(journal_has("BULWARK_LOST=3"));
	bw_record_journal_free(fields, fields_len);

	json_decref(record_rig.record);
	record_rig.record = bw_record_state(&notice, &record_rig.context);
	journal();
	ck_assert(journal_has("MESSAGE_ID=" BW_MESSAGE_ID_STATE));
	ck_assert(journal_has("PRIORITY=2"));
	ck_assert(journal_has("BULWARK_STATE=unprotected"));
	bw_record_journal_free(fields, fields_len);
}
END_TEST

START_TEST(journal_refuses_what_is_no_record)
{
	record_rig.record = json_pack("{s:s}", "message", "hello");
	ck_assert_int_eq(bw_record_journal(record_rig.record, &fields, &fields_len), -EINVAL);
	ck_assert_int_eq(bw_record_journal(NULL, &fields, &fields_len), -EINVAL);
}
END_TEST

static TCase *journal_tests(void)
{
	TCase *tcase = tcase_create("journal");

	tcase_add_test(tcase, journal_gets_native_fields);
	tcase_add_test(tcase, journal_leaves_out_what_is_not_there);
	tcase_add_test(tcase, journal_gets_gaps_and_state);
	tcase_add_test(tcase, journal_refuses_what_is_no_record);
	return tcase;
}

int main(void)
{
	TCase *tcases[] = { journal_tests() };
	Suite *suite = suite_create("record journal");
	SRunner *runner = srunner_create(suite);
	int failed;

	for (size_t i = 0; i < ARRAY_LEN(tcases); i++) {
		tcase_add_checked_fixture(tcases[i], record_rig_setup, record_rig_teardown);
		suite_add_tcase(suite, tcases[i]);
	}
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
