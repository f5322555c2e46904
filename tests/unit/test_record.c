// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the records: OCSF, journal fields, lines for people
 */
#include <check.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "record.h"

#define BOOT "0b0bb0b0-0000-4000-8000-0123456789ab"
#define NO_ID 4294967295U
#define SECOND 1000000000ULL

static struct bw_event event;
static struct bw_record_context context;
static json_t *record;

static void names_set(char (*names)[BW_EVENT_NAME_SIZE], __u32 *len, const char *const *list)
{
	for (*len = 0; list[*len]; ++*len)
		strcpy(names[*len], list[*len]);
}

static void record_setup(void)
{
	static const char *const names[] = { "16384", "5", "base", NULL };
	static const char *const exe_names[] = { "cp", "bin", "usr", NULL };

	event = (struct bw_event){
		.size = sizeof(event),
		.version = BW_ABI_VERSION,
		.type = BW_EVENT_REFUSAL,
		.generation = 7,
		.sequence = 42,
		.time_ns = 100 * SECOND,
		.stamp = 9,
		.start_ns = 90 * SECOND,
		.file = { .dev = 8 << 20 | 1, .generation = 5, .ino = 1234 },
		.exe = { .dev = 254 << 20 | 2, .ino = 99 },
		.file_size = 8192,
		.pid = 1000,
		.tid = 1001,
		.ppid = 900,
		.uid = 0,
		.gid = 4,
		.login_uid = 1000,
		.session = 3,
		.subject_flags = BW_SUBJECT_KNOWN | BW_SUBJECT_CHROOT,
		.set = 2,
		.channel = BW_CHANNEL_OPEN,
		.verdict = BW_VERDICT_DENY,
		.reason = BW_REASON_NO_GRANT,
		.comm = "cp",
		.unit = "ssh.service",
	};
	names_set(event.names, &event.names_len, names);
	names_set(event.exe_names, &event.exe_names_len, exe_names);
	context = (struct bw_record_context){
		.set_name = "pension-db",
		.severity = 9,
		.file_path = "/var/lib/pg/base/5/16384",
		.exe_path = "/usr/bin/cp",
		.user_name = "root",
		.boot_id = BOOT,
		.host = "db1",
		.boot_offset_ns = 1700000000 * (int64_t)SECOND,
	};
	record = NULL;
}

static void record_teardown(void)
{
	json_decref(record);
}

static const json_t *get(const char *path)
{
	_cleanup_(freep) char *copy = strdup(path);
	char *save = NULL;
	const json_t *at = record;

	for (char *name = strtok_r(copy, ".", &save); name; name = strtok_r(NULL, ".", &save))
		at = json_object_get(at, name);
	return at;
}

static const char *text(const char *path)
{
	const char *value = json_string_value(get(path));

	ck_assert_msg(value, "no text at '%s'", path);
	return value;
}

static long long integer(const char *path)
{
	ck_assert_msg(json_is_integer(get(path)), "no integer at '%s'", path);
	return json_integer_value(get(path));
}

static void refuse(void)
{
	json_decref(record);
	record = bw_record_refusal(&event, &context);
	ck_assert_ptr_nonnull(record);
}

/* --- Paths -------------------------------------------------------------------- */

static char *path_of(void)
{
	static char path[2048];
	_cleanup_(freep) char *built = bw_event_path(&event);

	ck_assert_ptr_nonnull(built);
	snprintf(path, sizeof(path), "%s", built);
	return path;
}

START_TEST(path_reads_from_the_root)
{
	_cleanup_(freep) char *exe = bw_event_exe_path(&event);

	ck_assert_str_eq(path_of(), "/base/5/16384");
	ck_assert_str_eq(exe, "/usr/bin/cp");
}
END_TEST

START_TEST(path_tells_what_is_missing)
{
	event.names_cut = 1;
	ck_assert_str_eq(path_of(), ".../base/5/16384");
	event.names_len = 0;
	event.names_cut = 0;
	ck_assert_str_eq(path_of(), "");
	event.names_len = 1;
	memset(event.names[0], 'x', BW_EVENT_NAME_SIZE - 1);
	event.names[0][BW_EVENT_NAME_SIZE - 1] = '\0';
	ck_assert_uint_eq(strlen(path_of()), 1 + BW_EVENT_NAME_SIZE - 1 + 3);
	ck_assert_str_eq(path_of() + BW_EVENT_NAME_SIZE, "...");
}
END_TEST

/* The ring is written by the kernel side, but a bug there must not become one here. */
START_TEST(path_doubts_lengths)
{
	event.names_len = 1000000;
	memset(event.names, 'x', sizeof(event.names));
	ck_assert_uint_eq(strlen(path_of()), BW_EVENT_NAMES * (1 + BW_EVENT_NAME_SIZE + 3));
}
END_TEST

/* --- Refusals ----------------------------------------------------------------- */

START_TEST(refusal_is_ocsf_1001)
{
	refuse();
	ck_assert_int_eq(integer("category_uid"), 1);
	ck_assert_int_eq(integer("class_uid"), 1001);
	ck_assert_int_eq(integer("activity_id"), 14);
	ck_assert_int_eq(integer("type_uid"), 100114);
	ck_assert_str_eq(text("type_name"), "File System Activity: Open");
	ck_assert_int_eq(integer("time"), 1700000100000LL);
	ck_assert_int_eq(integer("severity_id"), 5);
	ck_assert_int_eq(integer("status_id"), 2);
	ck_assert_str_eq(text("status_code"), "EACCES");
	ck_assert_str_eq(text("metadata.version"), "1.5.0");
	ck_assert_str_eq(text("metadata.uid"), BOOT ":42");
	ck_assert_int_eq(integer("metadata.sequence"), 42);
	ck_assert_str_eq(json_string_value(json_array_get(get("metadata.profiles"), 1)),
			 "security_control");
	ck_assert_str_eq(text("device.hostname"), "db1");
	ck_assert_str_eq(text("policy.name"), "pension-db");
	ck_assert_str_eq(text("policy.version"), "7");
}
END_TEST

START_TEST(refusal_names_the_actor)
{
	refuse();
	ck_assert_int_eq(integer("actor.process.pid"), 1000);
	ck_assert_int_eq(integer("actor.process.tid"), 1001);
	ck_assert_str_eq(text("actor.process.name"), "cp");
	ck_assert_str_eq(text("actor.process.file.path"), "/usr/bin/cp");
	ck_assert_str_eq(text("actor.process.file.name"), "cp");
	ck_assert_str_eq(text("actor.process.file.uid"), "254:2:99");
	ck_assert_int_eq(integer("actor.process.created_time"), 1700000090000LL);
	ck_assert_int_eq(integer("actor.process.parent_process.pid"), 900);
	ck_assert_str_eq(text("actor.process.user.uid"), "0");
	ck_assert_str_eq(text("actor.user.name"), "root");
	ck_assert_int_eq(integer("actor.process.auid"), 1000);
	ck_assert_str_eq(text("actor.process.session.uid"), "3");
	ck_assert_str_eq(text("unmapped.unit"), "ssh.service");
	ck_assert_str_eq(json_string_value(json_array_get(get("unmapped.subject"), 1)), "chroot");
}
END_TEST

START_TEST(refusal_names_the_file)
{
	refuse();
	ck_assert_str_eq(text("file.path"), "/var/lib/pg/base/5/16384");
	ck_assert_str_eq(text("file.name"), "16384");
	ck_assert_int_eq(integer("file.type_id"), 1);
	ck_assert_int_eq(integer("file.size"), 8192);
	ck_assert_str_eq(text("unmapped.file.device"), "8:1");
	ck_assert_str_eq(text("unmapped.file.inode"), "1234");
	ck_assert_int_eq(integer("unmapped.file.generation"), 5);
}
END_TEST

static const struct {
	enum bw_channel channel;
	int activity_id;
	const char *activity_name;
} channels[] = {
	{ BW_CHANNEL_OPEN, 14, "Open" },    { BW_CHANNEL_READ, 2, "Read" },
	{ BW_CHANNEL_MMAP, 2, "Read" },	    { BW_CHANNEL_LINK, 99, "Link" },
	{ BW_CHANNEL_RENAME, 5, "Rename" }, { 77, 99, "Other" },
};

START_TEST(channels_are_activities)
{
	event.channel = channels[_i].channel;
	refuse();
	ck_assert_int_eq(integer("activity_id"), channels[_i].activity_id);
	ck_assert_str_eq(text("activity_name"), channels[_i].activity_name);
	ck_assert_int_eq(integer("type_uid"), 100100 + channels[_i].activity_id);
}
END_TEST

static const struct {
	const char *name;
	enum bw_event_type type;
	enum bw_verdict verdict;
	int action_id;
	int disposition_id;
	int status_id;
	const char *event;
} outcomes[] = {
	{ "deny", BW_EVENT_REFUSAL, BW_VERDICT_DENY, 2, 2, 2, "refusal" },
	{ "would-deny", BW_EVENT_REFUSAL, BW_VERDICT_WOULD_DENY, 3, 17, 1, "refusal" },
	{ "taint", BW_EVENT_TAINT, 0, 3, 17, 1, "taint" },
	{ "carried", BW_EVENT_CARRIED, BW_VERDICT_ALLOW, 1, 1, 1, "carried" },
};

START_TEST(outcome_is_what_was_done)
{
	event.type = outcomes[_i].type;
	event.verdict = outcomes[_i].verdict;
	refuse();
	ck_assert_int_eq(integer("action_id"), outcomes[_i].action_id);
	ck_assert_int_eq(integer("disposition_id"), outcomes[_i].disposition_id);
	ck_assert_int_eq(integer("status_id"), outcomes[_i].status_id);
	ck_assert_str_eq(text("unmapped.event"), outcomes[_i].event);
	ck_assert(json_is_true(get("policy.is_applied")) == (outcomes[_i].status_id == 2));
}
END_TEST

static const struct {
	unsigned int severity;
	int severity_id;
} severities[] = { { 0, 0 }, { 1, 2 }, { 5, 3 }, { 6, 4 }, { 8, 4 }, { 9, 5 }, { 10, 5 } };

START_TEST(severity_is_the_sets)
{
	context.severity = severities[_i].severity;
	refuse();
	ck_assert_int_eq(integer("severity_id"), severities[_i].severity_id);
}
END_TEST

START_TEST(what_is_not_known_is_left_out)
{
	event.login_uid = NO_ID;
	event.session = NO_ID;
	event.set = 0;
	event.exe = (struct bw_file_key){ 0 };
	event.exe_names_len = 0;
	event.names_len = 0;
	event.reason = BW_REASON_NO_PLACE;
	context = (struct bw_record_context){ 0 };
	refuse();
	ck_assert_ptr_null(get("actor.process.auid"));
	ck_assert_ptr_null(get("actor.process.session"));
	ck_assert_ptr_null(get("actor.process.file"));
	ck_assert_ptr_null(get("actor.user.name"));
	ck_assert_ptr_null(get("device.hostname"));
	ck_assert_ptr_null(get("policy"));
	ck_assert_ptr_null(get("file.path"));
	ck_assert_str_eq(text("file.name"), "unknown");
	ck_assert_str_eq(text("unmapped.reason"), "no-place");
	ck_assert_int_eq(integer("severity_id"), 0);
}
END_TEST

START_TEST(mount_path_goes_before_the_names)
{
	context.file_path = NULL;
	context.mount_path = "/mnt/data";
	refuse();
	ck_assert_str_eq(text("file.path"), "/mnt/data/base/5/16384");
	context.mount_path = "/";
	refuse();
	ck_assert_str_eq(text("file.path"), "/base/5/16384");
	event.names_cut = 1;
	context.mount_path = "/mnt/data";
	refuse();
	ck_assert_str_eq(text("file.path"), "/mnt/data/.../base/5/16384");
}
END_TEST

static const struct {
	const char *name;
	const char *bytes;
	const char *shown;
} strange[] = {
	{ "plain", "/srv/a b", "/srv/a b" },
	{ "umlaut", "/srv/\xc3\xa4", "/srv/\xc3\xa4" },
	{ "no UTF-8", "/srv/\xff\xfe", "/srv/\\xff\\xfe" },
	{ "half a character", "/srv/\xc3", "/srv/\\xc3" },
	{ "escape sequence", "/srv/\x1b[2J", "/srv/\\x1b[2J" },
	{ "newline", "/srv/a\nb", "/srv/a\\x0ab" },
	{ "C1 control", "/srv/\xc2\x9b", "/srv/\\xc2\\x9b" },
	{ "right to left", "/srv/\xe2\x80\xaegpj", "/srv/\\xe2\\x80\\xaegpj" },
	{ "looks escaped", "/srv/\\xff", "/srv/\\x5cxff" },
	{ "backslash", "/srv/a\\b\\", "/srv/a\\b\\" },
	{ "quote", "/srv/\"", "/srv/\"" },
	{ "surrogate", "/srv/\xed\xa0\x80", "/srv/\\xed\\xa0\\x80" },
};

START_TEST(bytes_are_shown_without_loss)
{
	_cleanup_(freep) char *dumped = NULL;

	context.file_path = strange[_i].bytes;
	refuse();
	ck_assert_msg(strcmp(text("file.path"), strange[_i].shown) == 0, "case '%s': '%s'",
		      strange[_i].name, text("file.path"));
	dumped = json_dumps(record, JSON_COMPACT);
	ck_assert_ptr_nonnull(dumped);
	ck_assert_ptr_null(strchr(dumped, '\n'));
	ck_assert_ptr_null(strchr(dumped, '\x1b'));
}
END_TEST

START_TEST(any_event_makes_a_record)
{
	_cleanup_(freep) char *line = NULL;

	memset(&event, 0xff, sizeof(event));
	refuse();
	line = bw_record_line(record);
	ck_assert_ptr_nonnull(line);
	ck_assert_str_eq(text("unmapped.reason"), "unknown");
	ck_assert_int_eq(integer("unmapped.stamp"), INT64_MAX);
	ck_assert_str_eq(text("unmapped.file.inode"), "18446744073709551615");
}
END_TEST

/* --- Repetitions ---------------------------------------------------------------- */

static const struct bw_refusal_count twelve = {
	.sequence = 42,
	.count = 12,
	.last_ns = 160 * SECOND,
};

static struct bw_refusal_key key_of_event(void)
{
	return (struct bw_refusal_key){
		.exe = event.exe,
		.start_ns = event.start_ns,
		.pid = event.pid,
		.uid = event.uid,
		.set = event.set,
		.reason = event.reason,
		.channel = event.channel,
		.verdict = event.verdict,
	};
}

START_TEST(repeat_refers_to_the_first)
{
	struct bw_refusal_key key = key_of_event();

	context.first = &event;
	record = bw_record_repeat(&key, &twelve, &context);
	ck_assert_str_eq(text("unmapped.event"), "repeat");
	ck_assert_int_eq(integer("count"), 12);
	ck_assert_int_eq(integer("start_time"), 1700000100000LL);
	ck_assert_int_eq(integer("end_time"), 1700000160000LL);
	ck_assert_int_eq(integer("time"), 1700000160000LL);
	ck_assert_str_eq(text("metadata.uid"), BOOT ":42:12");
	ck_assert_str_eq(text("metadata.correlation_uid"), BOOT ":42");
	ck_assert_ptr_null(get("metadata.sequence"));
	ck_assert_int_eq(integer("unmapped.sequence"), 42);
	ck_assert_str_eq(text("file.path"), "/var/lib/pg/base/5/16384");
	ck_assert_ptr_nonnull(strstr(text("message"), "12 times in all"));
}
END_TEST

START_TEST(repeat_tells_what_the_key_knows)
{
	struct bw_refusal_key key = key_of_event();

	context.file_path = NULL;
	context.exe_path = NULL;
	record = bw_record_repeat(&key, &twelve, &context);
	ck_assert_int_eq(integer("actor.process.pid"), 1000);
	ck_assert_str_eq(text("actor.process.file.uid"), "254:2:99");
	ck_assert_ptr_null(get("actor.process.name"));
	ck_assert_ptr_null(get("actor.process.auid"));
	ck_assert_ptr_null(get("file.size"));
	ck_assert_ptr_null(get("unmapped.unit"));
	ck_assert_ptr_null(get("start_time"));
	ck_assert_str_eq(text("unmapped.reason"), "no-grant");
	ck_assert_str_eq(text("policy.name"), "pension-db");
}
END_TEST

/* --- Gaps and state --------------------------------------------------------------- */

START_TEST(gap_is_ocsf_1008)
{
	const struct bw_gap gap = {
		.from_ns = 1700000000 * (int64_t)SECOND,
		.to_ns = 1700000060 * (int64_t)SECOND,
		.first_sequence = 5,
		.last_sequence = 7,
		.refused = 12,
		.lost = 3,
		.why = "daemon not running",
	};

	record = bw_record_gap(&gap, &context);
	ck_assert_int_eq(integer("type_uid"), 100899);
	ck_assert_str_eq(text("activity_name"), "Gap");
	ck_assert_int_eq(integer("severity_id"), 4);
	ck_assert_int_eq(integer("start_time"), 1700000000000LL);
	ck_assert_int_eq(integer("end_time"), 1700000060000LL);
	ck_assert_int_eq(integer("unmapped.missing"), 3);
	ck_assert_int_eq(integer("unmapped.refused"), 12);
	ck_assert_str_eq(text("message"), "gap in the records: daemon not running; 12 refused "
					  "meanwhile, 3 lost, events 5 to 7 are missing");
}
END_TEST

START_TEST(gap_without_loss_is_mild)
{
	const struct bw_gap gap = { .to_ns = SECOND };

	record = bw_record_gap(&gap, &context);
	ck_assert_int_eq(integer("severity_id"), 1);
	ck_assert_int_eq(integer("unmapped.missing"), 0);
	ck_assert_ptr_null(get("unmapped.first_sequence"));
}
END_TEST

static const struct {
	enum bw_notice_kind kind;
	const char *state;
	int activity_id;
	int severity_id;
} notices[] = {
	{ BW_NOTICE_STARTED, "started", 3, 1 },
	{ BW_NOTICE_STOPPED, "stopped", 4, 1 },
	{ BW_NOTICE_APPLIED, "applied", 99, 1 },
	{ BW_NOTICE_REFUSED, "policy-refused", 99, 3 },
	{ BW_NOTICE_LOGGER_RESTARTED, "logger-restarted", 5, 3 },
	{ BW_NOTICE_PROTECTED, "protected", 6, 1 },
	{ BW_NOTICE_UNPROTECTED, "unprotected", 7, 5 },
	{ 0, "unknown", 99, 4 },
	{ 77, "unknown", 99, 4 },
};

START_TEST(state_is_ocsf_6002)
{
	const struct bw_notice notice = {
		.kind = notices[_i].kind,
		.generation = 3,
		.time_ns = SECOND,
		.text = "because",
	};

	record = bw_record_state(&notice, &context);
	ck_assert_int_eq(integer("class_uid"), 6002);
	ck_assert_int_eq(integer("activity_id"), notices[_i].activity_id);
	ck_assert_int_eq(integer("severity_id"), notices[_i].severity_id);
	ck_assert_str_eq(text("unmapped.state"), notices[_i].state);
	ck_assert_int_eq(integer("unmapped.generation"), 3);
	ck_assert_str_eq(text("app.name"), "Bulwark");
	ck_assert_ptr_nonnull(strstr(text("message"), "(generation 3): because"));
}
END_TEST

/* --- The journal ------------------------------------------------------------------ */

static struct iovec *fields;
static size_t fields_len;

static void journal(void)
{
	ck_assert_int_eq(bw_record_journal(record, &fields, &fields_len), 0);
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
	refuse();
	journal();
	for (size_t i = 0; i < ARRAY_LEN(refusal_fields); i++)
		ck_assert_msg(journal_has(refusal_fields[i]), "no field '%s'", refusal_fields[i]);
	ck_assert_uint_eq(fields_len, ARRAY_LEN(refusal_fields));
	bw_record_journal_free(fields, fields_len);
}
END_TEST

START_TEST(journal_leaves_out_what_is_not_there)
{
	event.unit[0] = '\0';
	event.verdict = BW_VERDICT_WOULD_DENY;
	refuse();
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

	record = bw_record_gap(&gap, &context);
	journal();
	ck_assert(journal_has("MESSAGE_ID=" BW_MESSAGE_ID_GAP));
	ck_assert(journal_has("PRIORITY=3"));
	ck_assert(journal_has("BULWARK_FIRST_SEQUENCE=5"));
	ck_assert(journal_has("BULWARK_LAST_SEQUENCE=7"));
	ck_assert(journal_has("BULWARK_LOST=3"));
	bw_record_journal_free(fields, fields_len);

	json_decref(record);
	record = bw_record_state(&notice, &context);
	journal();
	ck_assert(journal_has("MESSAGE_ID=" BW_MESSAGE_ID_STATE));
	ck_assert(journal_has("PRIORITY=2"));
	ck_assert(journal_has("BULWARK_STATE=unprotected"));
	bw_record_journal_free(fields, fields_len);
}
END_TEST

START_TEST(journal_refuses_what_is_no_record)
{
	record = json_pack("{s:s}", "message", "hello");
	ck_assert_int_eq(bw_record_journal(record, &fields, &fields_len), -EINVAL);
	ck_assert_int_eq(bw_record_journal(NULL, &fields, &fields_len), -EINVAL);
}
END_TEST

/* --- Lines ------------------------------------------------------------------------ */

static char line[4096];

static const char *line_of(void)
{
	_cleanup_(freep) char *made = bw_record_line(record);

	ck_assert_ptr_nonnull(made);
	snprintf(line, sizeof(line), "%s", made);
	return line;
}

static void utc_set(void)
{
	setenv("TZ", "UTC", 1);
}

START_TEST(line_shows_the_access)
{
	refuse();
	ck_assert_str_eq(line_of(),
			 "2023-11-14 22:15:00 deny pension-db cp[1000] root open no-grant "
			 "/var/l...5/16384");
}
END_TEST

START_TEST(line_of_today_has_no_date)
{
	context.boot_offset_ns = (int64_t)time(NULL) * (int64_t)SECOND - 100 * (int64_t)SECOND;
	refuse();
	ck_assert_str_eq(line_of() + strlen("HH:MM:SS"),
			 " deny pension-db cp[1000] root open no-grant /var/lib/pg/base/5/16384");
}
END_TEST

START_TEST(line_counts_repetitions)
{
	struct bw_refusal_key key = key_of_event();

	context.first = &event;
	record = bw_record_repeat(&key, &twelve, &context);
	ck_assert_ptr_nonnull(
		strstr(line_of(), " deny pension-db cp[1000] root open no-grant x12 "));
}
END_TEST

START_TEST(line_fits_a_terminal)
{
	context.boot_offset_ns = (int64_t)time(NULL) * (int64_t)SECOND - 100 * (int64_t)SECOND;
	context.file_path = "/var/lib/postgresql/15/main/base/16384/pg_internal.init.and.more";
	refuse();
	ck_assert_uint_eq(strlen(line_of()), 80);
	ck_assert_ptr_nonnull(strstr(line, " /var/lib/pos..."));
	ck_assert_ptr_nonnull(strstr(line, "and.more"));
}
END_TEST

/* A path of two-byte characters is cut between them. */
START_TEST(line_cuts_between_characters)
{
	char path[512] = "/";
	size_t count = 0;

	for (int i = 0; i < 100; i++)
		strcat(path, "\xc3\xa4");
	context.file_path = path;
	refuse();
	for (const char *at = strchr(line_of(), '/') + 1; *at; at += 2) {
		if (strncmp(at, "...", 3) == 0)
			at += 3;
		ck_assert_msg(strncmp(at, "\xc3\xa4", 2) == 0, "cut in '%s'", line);
		count++;
	}
	ck_assert_uint_gt(count, 4);
}
END_TEST

/* The file may have been written by somebody else. */
START_TEST(line_is_safe_for_a_terminal)
{
	refuse();
	json_object_set_new((json_t *)get("file"), "path", json_string("/a\x1b[2J\nb"));
	json_object_set_new((json_t *)get("actor.process"), "name", json_string("\r\x07"));
	ck_assert_ptr_nonnull(strstr(line_of(), "/a\\x1b[2J\\x0ab"));
	for (const char *at = line; *at; at++)
		ck_assert_uint_ge((unsigned char)*at, ' ');
}
END_TEST

START_TEST(line_takes_any_json)
{
	static const char *const texts[] = { "{}", "[]", "{\"unmapped\":{\"event\":\"refusal\"}}",
					     "{\"unmapped\":{\"event\":3},\"message\":\"m\"}",
					     "{\"time\":-5,\"unmapped\":[]}" };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		json_decref(record);
		record = json_loads(texts[i], 0, NULL);
		ck_assert_uint_gt(strlen(line_of()), 0);
	}
}
END_TEST

START_TEST(line_tells_gaps_and_state)
{
	const struct bw_gap gap = { .why = "ring buffer full", .lost = 3 };
	const struct bw_notice notice = { .kind = BW_NOTICE_APPLIED, .generation = 4 };

	record = bw_record_gap(&gap, &context);
	ck_assert_ptr_nonnull(strstr(line_of(), " gap gap in the records: ring buffer full; "));
	json_decref(record);
	record = bw_record_state(&notice, &context);
	ck_assert_ptr_nonnull(strstr(line_of(), " state a policy is in force (generation 4)"));
}
END_TEST

static TCase *refusal_tests(void)
{
	TCase *tcase = tcase_create("refusal");

	tcase_add_test(tcase, path_reads_from_the_root);
	tcase_add_test(tcase, path_tells_what_is_missing);
	tcase_add_test(tcase, path_doubts_lengths);
	tcase_add_test(tcase, refusal_is_ocsf_1001);
	tcase_add_test(tcase, refusal_names_the_actor);
	tcase_add_test(tcase, refusal_names_the_file);
	tcase_add_loop_test(tcase, channels_are_activities, 0, ARRAY_LEN(channels));
	tcase_add_loop_test(tcase, outcome_is_what_was_done, 0, ARRAY_LEN(outcomes));
	tcase_add_loop_test(tcase, severity_is_the_sets, 0, ARRAY_LEN(severities));
	tcase_add_test(tcase, what_is_not_known_is_left_out);
	tcase_add_test(tcase, mount_path_goes_before_the_names);
	tcase_add_loop_test(tcase, bytes_are_shown_without_loss, 0, ARRAY_LEN(strange));
	tcase_add_test(tcase, any_event_makes_a_record);
	tcase_add_test(tcase, repeat_refers_to_the_first);
	tcase_add_test(tcase, repeat_tells_what_the_key_knows);
	return tcase;
}

static TCase *notice_tests(void)
{
	TCase *tcase = tcase_create("gap and state");

	tcase_add_test(tcase, gap_is_ocsf_1008);
	tcase_add_test(tcase, gap_without_loss_is_mild);
	tcase_add_loop_test(tcase, state_is_ocsf_6002, 0, ARRAY_LEN(notices));
	return tcase;
}

static TCase *journal_tests(void)
{
	TCase *tcase = tcase_create("journal");

	tcase_add_test(tcase, journal_gets_native_fields);
	tcase_add_test(tcase, journal_leaves_out_what_is_not_there);
	tcase_add_test(tcase, journal_gets_gaps_and_state);
	tcase_add_test(tcase, journal_refuses_what_is_no_record);
	return tcase;
}

static TCase *line_tests(void)
{
	TCase *tcase = tcase_create("line");

	tcase_add_unchecked_fixture(tcase, utc_set, NULL);
	tcase_add_test(tcase, line_shows_the_access);
	tcase_add_test(tcase, line_of_today_has_no_date);
	tcase_add_test(tcase, line_counts_repetitions);
	tcase_add_test(tcase, line_fits_a_terminal);
	tcase_add_test(tcase, line_cuts_between_characters);
	tcase_add_test(tcase, line_is_safe_for_a_terminal);
	tcase_add_test(tcase, line_takes_any_json);
	tcase_add_test(tcase, line_tells_gaps_and_state);
	return tcase;
}

int main(void)
{
	TCase *tcases[] = { refusal_tests(), notice_tests(), journal_tests(), line_tests() };
	Suite *suite = suite_create("record");
	SRunner *runner = srunner_create(suite);
	int failed;

	for (size_t i = 0; i < ARRAY_LEN(tcases); i++) {
		tcase_add_checked_fixture(tcases[i], record_setup, record_teardown);
		suite_add_tcase(suite, tcases[i]);
	}
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
