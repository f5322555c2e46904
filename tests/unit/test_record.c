// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the records: refusals, gaps and state as OCSF
 */
#include <check.h>
#include <stdbool.h>
#include <string.h>

#include "cleanup.h"
#include "record_rig.h"

static char *path_of(void)
{
	static char path[2048];
	_cleanup_(freep) char *built = bw_event_path(&record_rig.event);

	ck_assert_ptr_nonnull(built);
	snprintf(path, sizeof(path), "%s", built);
	return path;
}

START_TEST(path_reads_from_the_root)
{
	_cleanup_(freep) char *exe = bw_event_exe_path(&record_rig.event);

	ck_assert_str_eq(path_of(), "/base/5/16384");
	ck_assert_str_eq(exe, "/usr/bin/cp");
}
END_TEST

START_TEST(path_tells_what_is_missing)
{
	record_rig.event.names_cut = 1;
	ck_assert_str_eq(path_of(), ".../base/5/16384");
	record_rig.event.names_len = 0;
	record_rig.event.names_cut = 0;
	ck_assert_str_eq(path_of(), "");
	record_rig.event.names_len = 1;
	memset(record_rig.event.names[0], 'x', BW_EVENT_NAME_SIZE - 1);
	record_rig.event.names[0][BW_EVENT_NAME_SIZE - 1] = '\0';
	ck_assert_uint_eq(strlen(path_of()), 1 + BW_EVENT_NAME_SIZE - 1 + 3);
	ck_assert_str_eq(path_of() + BW_EVENT_NAME_SIZE, "...");
}
END_TEST

/* The ring is written by the kernel side, but a bug there must not become one here. */
START_TEST(path_doubts_lengths)
{
	record_rig.event.names_len = 1000000;
	memset(record_rig.event.names, 'x', sizeof(record_rig.event.names));
	ck_assert_uint_eq(strlen(path_of()), BW_EVENT_NAMES * (1 + BW_EVENT_NAME_SIZE + 3));
}
END_TEST

START_TEST(refusal_is_ocsf_1001)
{
	rig_refuse();
	ck_assert_int_eq(rig_integer("category_uid"), 1);
	ck_assert_int_eq(rig_integer("class_uid"), 1001);
	ck_assert_int_eq(rig_integer("activity_id"), 14);
	ck_assert_int_eq(rig_integer("type_uid"), 100114);
	ck_assert_str_eq(rig_text("type_name"), "File System Activity: Open");
	ck_assert_int_eq(rig_integer("time"), 1700000100000LL);
	ck_assert_int_eq(rig_integer("severity_id"), 5);
	ck_assert_int_eq(rig_integer("status_id"), 2);
	ck_assert_str_eq(rig_text("status_code"), "EACCES");
	ck_assert_str_eq(rig_text("metadata.version"), "1.5.0");
	ck_assert_str_eq(rig_text("metadata.uid"), BOOT ":42");
	ck_assert_int_eq(rig_integer("metadata.sequence"), 42);
	ck_assert_str_eq(json_string_value(json_array_get(rig_get("metadata.profiles"), 1)),
			 "security_control");
	ck_assert_str_eq(rig_text("device.hostname"), "db1");
	ck_assert_str_eq(rig_text("policy.name"), "pension-db");
	ck_assert_str_eq(rig_text("policy.version"), "7");
}
END_TEST

START_TEST(refusal_names_the_actor)
{
	rig_refuse();
	ck_assert_int_eq(rig_integer("actor.process.pid"), 1000);
	ck_assert_int_eq(rig_integer("actor.process.tid"), 1001);
	ck_assert_str_eq(rig_text("actor.process.name"), "cp");
	ck_assert_str_eq(rig_text("actor.process.file.path"), "/usr/bin/cp");
	ck_assert_str_eq(rig_text("actor.process.file.name"), "cp");
	ck_assert_str_eq(rig_text("actor.process.file.uid"), "254:2:99");
	ck_assert_int_eq(rig_integer("actor.process.created_time"), 1700000090000LL);
	ck_assert_int_eq(rig_integer("actor.process.parent_process.pid"), 900);
	ck_assert_str_eq(rig_text("actor.process.user.uid"), "0");
	ck_assert_str_eq(rig_text("actor.user.name"), "root");
	ck_assert_int_eq(rig_integer("actor.process.auid"), 1000);
	ck_assert_str_eq(rig_text("actor.process.session.uid"), "3");
	ck_assert_str_eq(rig_text("unmapped.unit"), "ssh.service");
	ck_assert_str_eq(json_string_value(json_array_get(rig_get("unmapped.subject"), 1)),
			 "chroot");
}
END_TEST

START_TEST(refusal_names_the_file)
{
	rig_refuse();
	ck_assert_str_eq(rig_text("file.path"), "/var/lib/pg/base/5/16384");
	ck_assert_str_eq(rig_text("file.name"), "16384");
	ck_assert_int_eq(rig_integer("file.type_id"), 1);
	ck_assert_int_eq(rig_integer("file.size"), 8192);
	ck_assert_str_eq(rig_text("unmapped.file.device"), "8:1");
	ck_assert_str_eq(rig_text("unmapped.file.inode"), "1234");
	ck_assert_int_eq(rig_integer("unmapped.file.generation"), 5);
}
END_TEST

static const struct {
	enum bw_channel channel;
	int activity_id;
	const char *activity_name;
} channels[] = {
	{ BW_CHANNEL_OPEN, 14, "Open" },
	{ BW_CHANNEL_READ, 2, "Read" },
	{ BW_CHANNEL_MMAP, 2, "Read" },
	{ BW_CHANNEL_LINK, 99, "Link" },
	{ BW_CHANNEL_RENAME, 5, "Rename" },
	{ BW_CHANNEL_IOCTL, 99, "Ioctl" },
	{ BW_CHANNEL_MEMORY, 99, "Trace" },
	{ BW_CHANNEL_MOUNT, 12, "Mount" },
	{ BW_CHANNEL_KERNEL, 99, "Debug" },
	{ BW_CHANNEL_CORE, 99, "Dump" },
	{ 77, 99, "Other" },
};

START_TEST(channels_are_activities)
{
	record_rig.event.channel = channels[_i].channel;
	rig_refuse();
	ck_assert_int_eq(rig_integer("activity_id"), channels[_i].activity_id);
	ck_assert_str_eq(rig_text("activity_name"), channels[_i].activity_name);
	ck_assert_int_eq(rig_integer("type_uid"), 100100 + channels[_i].activity_id);
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
	{ "warning", BW_EVENT_WARNING, BW_VERDICT_ALLOW, 1, 1, 1, "warning" },
	{ "read under break-glass", BW_EVENT_GLASS, BW_VERDICT_ALLOW, 1, 1, 1, "breakglass" },
	{ "tampering refused", BW_EVENT_TAMPER, BW_VERDICT_DENY, 2, 2, 2, "tamper" },
	{ "tampering let through", BW_EVENT_TAMPER, BW_VERDICT_ALLOW, 3, 17, 1, "tamper" },
};

START_TEST(outcome_is_what_was_done)
{
	record_rig.event.type = outcomes[_i].type;
	record_rig.event.verdict = outcomes[_i].verdict;
	rig_refuse();
	ck_assert_int_eq(rig_integer("action_id"), outcomes[_i].action_id);
	ck_assert_int_eq(rig_integer("disposition_id"), outcomes[_i].disposition_id);
	ck_assert_int_eq(rig_integer("status_id"), outcomes[_i].status_id);
	ck_assert_str_eq(rig_text("unmapped.event"), outcomes[_i].event);
	ck_assert(json_is_true(rig_get("policy.is_applied")) == (outcomes[_i].status_id == 2));
}
END_TEST

static const struct {
	unsigned int severity;
	int severity_id;
} severities[] = { { 0, 0 }, { 1, 2 }, { 5, 3 }, { 6, 4 }, { 8, 4 }, { 9, 5 }, { 10, 5 } };

START_TEST(severity_is_the_sets)
{
	record_rig.context.severity = severities[_i].severity;
	rig_refuse();
	ck_assert_int_eq(rig_integer("severity_id"), severities[_i].severity_id);
}
END_TEST

START_TEST(what_is_not_known_is_left_out)
{
	record_rig.event.login_uid = NO_ID;
	record_rig.event.session = NO_ID;
	record_rig.event.set = 0;
	record_rig.event.exe = (struct bw_file_key){ 0 };
	record_rig.event.exe_names_len = 0;
	record_rig.event.names_len = 0;
	record_rig.event.reason = BW_REASON_NO_PLACE;
	record_rig.context = (struct bw_record_context){ 0 };
	rig_refuse();
	ck_assert_ptr_null(rig_get("actor.process.auid"));
	ck_assert_ptr_null(rig_get("actor.process.session"));
	ck_assert_ptr_null(rig_get("actor.process.file"));
	ck_assert_ptr_null(rig_get("actor.user.name"));
	ck_assert_ptr_null(rig_get("device.hostname"));
	ck_assert_ptr_null(rig_get("policy"));
	ck_assert_ptr_null(rig_get("file.path"));
	ck_assert_str_eq(rig_text("file.name"), "unknown");
	ck_assert_str_eq(rig_text("unmapped.reason"), "no-place");
	ck_assert_int_eq(rig_integer("severity_id"), 0);
}
END_TEST

START_TEST(mount_path_goes_before_the_names)
{
	record_rig.context.file_path = NULL;
	record_rig.context.mount_path = "/mnt/data";
	rig_refuse();
	ck_assert_str_eq(rig_text("file.path"), "/mnt/data/base/5/16384");
	record_rig.context.mount_path = "/";
	rig_refuse();
	ck_assert_str_eq(rig_text("file.path"), "/base/5/16384");
	record_rig.event.names_cut = 1;
	record_rig.context.mount_path = "/mnt/data";
	rig_refuse();
	ck_assert_str_eq(rig_text("file.path"), "/mnt/data/.../base/5/16384");
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

	record_rig.context.file_path = strange[_i].bytes;
	rig_refuse();
	ck_assert_msg(strcmp(rig_text("file.path"), strange[_i].shown) == 0, "case '%s': '%s'",
		      strange[_i].name, rig_text("file.path"));
	dumped = json_dumps(record_rig.record, JSON_COMPACT);
	ck_assert_ptr_nonnull(dumped);
	ck_assert_ptr_null(strchr(dumped, '\n'));
	ck_assert_ptr_null(strchr(dumped, '\x1b'));
}
END_TEST

START_TEST(any_event_makes_a_record)
{
	_cleanup_(freep) char *line = NULL;

	memset(&record_rig.event, 0xff, sizeof(record_rig.event));
	rig_refuse();
	line = bw_record_line(record_rig.record, 80);
	ck_assert_ptr_nonnull(line);
	ck_assert_str_eq(rig_text("unmapped.reason"), "unknown");
	ck_assert_int_eq(rig_integer("unmapped.stamp"), INT64_MAX);
	ck_assert_str_eq(rig_text("unmapped.file.inode"), "18446744073709551615");
}
END_TEST

/* A disk that is being mounted has no path, only a number. */
START_TEST(mount_names_the_disk)
{
	record_rig.event.channel = BW_CHANNEL_MOUNT;
	record_rig.event.file.dev = 8 << 20 | 17;
	rig_refuse();
	ck_assert_ptr_nonnull(strstr(rig_text("message"), "mount the disk 8:17"));
}
END_TEST

static const struct {
	enum bw_tamper tamper;
	uint32_t target;
	uint32_t detail;
	enum bw_verdict verdict;
	const char *message;
	int severity_id;
} tampers[] = {
	{ BW_TAMPER_MAP, 12, 0, BW_VERDICT_DENY,
	  "was refused to get hold of Bulwark's BPF map 12: ", 5 },
	{ BW_TAMPER_SIGNAL, 77, 9, BW_VERDICT_DENY,
	  "was refused to send a signal to '/var/lib/pg/base/5/16384'[77] (signal 9): the host is "
	  "sealed",
	  5 },
	{ BW_TAMPER_SIGNAL, 77, 15, BW_VERDICT_ALLOW, "was seen to send a signal to ", 3 },
	{ BW_TAMPER_WRITE, 0, 0, BW_VERDICT_DENY,
	  "was refused to write to Bulwark's file '/var/lib/pg/base/5/16384': ", 5 },
	{ BW_TAMPER_UNLOAD, 0, 0, BW_VERDICT_DENY, "was refused to unload a kernel module: ", 5 },
	{ BW_TAMPER_CODE, 0, 0, BW_VERDICT_ALLOW, "was seen to map code that isn't Bulwark's", 5 },
	{ 200, 0, 0, BW_VERDICT_DENY, "was refused to tamper with Bulwark: ", 5 },
};

START_TEST(tampering_says_what_was_tried)
{
	record_rig.event.type = BW_EVENT_TAMPER;
	record_rig.event.channel = BW_CHANNEL_TAMPER | tampers[_i].tamper;
	record_rig.event.reason = BW_REASON_SEALED;
	record_rig.event.verdict = tampers[_i].verdict;
	record_rig.event.target = tampers[_i].target;
	record_rig.event.detail = tampers[_i].detail;
	rig_refuse();
	ck_assert_msg(strstr(rig_text("message"), tampers[_i].message), "'%s'",
		      rig_text("message"));
	ck_assert_int_eq(rig_integer("severity_id"), tampers[_i].severity_id);
	ck_assert_str_eq(rig_text("activity_name"), "Tamper");
	ck_assert_str_eq(rig_text("unmapped.reason"), "sealed");
}
END_TEST

/* The first one's event is lost. */
START_TEST(repeated_tampering_is_told_as_such)
{
	const struct bw_refusal_count count = { .sequence = 42, .count = 2, .last_ns = SECOND };
	struct bw_refusal_key key = rig_refusal_key();

	key.channel = BW_CHANNEL_TAMPER | BW_TAMPER_SIGNAL;
	key.reason = BW_REASON_SEALED;
	record_rig.record = bw_record_repeat(&key, &count, &record_rig.context);
	ck_assert_str_eq(rig_text("unmapped.channel"), "tamper-signal");
	ck_assert_int_eq(rig_integer("severity_id"), 5);
	ck_assert_ptr_nonnull(strstr(rig_text("message"), "was refused to send a signal to"));
}
END_TEST

static const struct bw_refusal_count twelve = {
	.sequence = 42,
	.count = 12,
	.last_ns = 160 * SECOND,
};

START_TEST(repeat_refers_to_the_first)
{
	struct bw_refusal_key key = rig_refusal_key();

	record_rig.context.first = &record_rig.event;
	record_rig.record = bw_record_repeat(&key, &twelve, &record_rig.context);
	ck_assert_str_eq(rig_text("unmapped.event"), "repeat");
	ck_assert_int_eq(rig_integer("count"), 12);
	ck_assert_int_eq(rig_integer("start_time"), 1700000100000LL);
	ck_assert_int_eq(rig_integer("end_time"), 1700000160000LL);
	ck_assert_int_eq(rig_integer("time"), 1700000160000LL);
	ck_assert_str_eq(rig_text("metadata.uid"), BOOT ":42:12");
	ck_assert_str_eq(rig_text("metadata.correlation_uid"), BOOT ":42");
	ck_assert_ptr_null(rig_get("metadata.sequence"));
	ck_assert_int_eq(rig_integer("unmapped.sequence"), 42);
	ck_assert_str_eq(rig_text("file.path"), "/var/lib/pg/base/5/16384");
	ck_assert_ptr_nonnull(strstr(rig_text("message"), "12 times in all"));
}
END_TEST

START_TEST(repeat_tells_what_the_key_knows)
{
	struct bw_refusal_key key = rig_refusal_key();

	record_rig.context.file_path = NULL;
	record_rig.context.exe_path = NULL;
	record_rig.record = bw_record_repeat(&key, &twelve, &record_rig.context);
	ck_assert_int_eq(rig_integer("actor.process.pid"), 1000);
	ck_assert_str_eq(rig_text("actor.process.file.uid"), "254:2:99");
	ck_assert_ptr_null(rig_get("actor.process.name"));
	ck_assert_ptr_null(rig_get("actor.process.auid"));
	ck_assert_ptr_null(rig_get("file.size"));
	ck_assert_ptr_null(rig_get("unmapped.unit"));
	ck_assert_ptr_null(rig_get("start_time"));
	ck_assert_str_eq(rig_text("unmapped.reason"), "no-grant");
	ck_assert_str_eq(rig_text("policy.name"), "pension-db");
}
END_TEST

/* Where the first one's event is lost the file is known all the same. */
START_TEST(repeated_read_under_breakglass_names_the_file)
{
	struct bw_refusal_key key = rig_refusal_key();

	key.verdict = BW_VERDICT_ALLOW;
	key.reason = BW_REASON_GLASS;
	key.channel = BW_CHANNEL_READ;
	record_rig.record = bw_record_repeat(&key, &twelve, &record_rig.context);
	ck_assert_str_eq(rig_text("unmapped.event"), "repeat");
	ck_assert_str_eq(rig_text("unmapped.verdict"), "allow");
	ck_assert_str_eq(rig_text("unmapped.reason"), "breakglass");
	ck_assert_str_eq(rig_text("file.uid"), "254:2:99");
	ck_assert_ptr_null(rig_get("file.size"));
	ck_assert_ptr_null(rig_get("unmapped.exe"));
	ck_assert_int_eq(rig_integer("action_id"), 1);
	ck_assert_ptr_nonnull(strstr(rig_text("message"), "was allowed to read"));
}
END_TEST

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

	record_rig.record = bw_record_gap(&gap, &record_rig.context);
	ck_assert_int_eq(rig_integer("type_uid"), 100899);
	ck_assert_str_eq(rig_text("activity_name"), "Gap");
	ck_assert_int_eq(rig_integer("severity_id"), 4);
	ck_assert_int_eq(rig_integer("start_time"), 1700000000000LL);
	ck_assert_int_eq(rig_integer("end_time"), 1700000060000LL);
	ck_assert_int_eq(rig_integer("unmapped.missing"), 3);
	ck_assert_int_eq(rig_integer("unmapped.refused"), 12);
	ck_assert_str_eq(rig_text("message"), "gap in the records: daemon not running; 12 refused "
					      "meanwhile, 3 lost, events 5 to 7 are missing");
}
END_TEST

START_TEST(gap_without_loss_is_mild)
{
	const struct bw_gap gap = { .to_ns = SECOND };

	record_rig.record = bw_record_gap(&gap, &record_rig.context);
	ck_assert_int_eq(rig_integer("severity_id"), 1);
	ck_assert_int_eq(rig_integer("unmapped.missing"), 0);
	ck_assert_ptr_null(rig_get("unmapped.first_sequence"));
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
	{ BW_NOTICE_SEALED, "sealed", 99, 1 },
	{ BW_NOTICE_SECRET_SHOWN, "secret-shown", 99, 3 },
	{ BW_NOTICE_SECRET_WRONG, "secret-wrong", 99, 4 },
	{ BW_NOTICE_UNSEALED, "unsealed", 99, 4 },
	{ BW_NOTICE_HELD_BACK, "policy-held-back", 99, 3 },
	{ BW_NOTICE_LEARNING_ENDS, "learning-ends", 99, 3 },
	{ BW_NOTICE_GLASS_ASKED, "breakglass-asked", 99, 3 },
	{ BW_NOTICE_GLASS_REFUSED, "breakglass-refused", 99, 4 },
	{ BW_NOTICE_GLASS_BROKEN, "breakglass-used", 99, 4 },
	{ BW_NOTICE_GLASS_ENDED, "breakglass-ended", 99, 3 },
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

	record_rig.record = bw_record_state(&notice, &record_rig.context);
	ck_assert_int_eq(rig_integer("class_uid"), 6002);
	ck_assert_int_eq(rig_integer("activity_id"), notices[_i].activity_id);
	ck_assert_int_eq(rig_integer("severity_id"), notices[_i].severity_id);
	ck_assert_str_eq(rig_text("unmapped.state"), notices[_i].state);
	ck_assert_int_eq(rig_integer("unmapped.generation"), 3);
	ck_assert_str_eq(rig_text("app.name"), "Bulwark");
	ck_assert_ptr_nonnull(strstr(rig_text("message"), "(generation 3): because"));
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
	tcase_add_test(tcase, mount_names_the_disk);
	tcase_add_loop_test(tcase, tampering_says_what_was_tried, 0, ARRAY_LEN(tampers));
	tcase_add_test(tcase, repeated_tampering_is_told_as_such);
	tcase_add_test(tcase, repeat_refers_to_the_first);
	tcase_add_test(tcase, repeat_tells_what_the_key_knows);
	tcase_add_test(tcase, repeated_read_under_breakglass_names_the_file);
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

int main(void)
{
	TCase *tcases[] = { refusal_tests(), notice_tests() };
	Suite *suite = suite_create("record");
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
