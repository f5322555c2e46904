// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - an event and its record, for the tests of records
 */
#include <check.h>
#include <string.h>

#include "cleanup.h"
#include "record_rig.h"

struct record_rig record_rig;

static void names_set(char (*names)[BW_EVENT_NAME_SIZE], __u32 *len, const char *const *list)
{
	for (*len = 0; list[*len]; ++*len)
		strcpy(names[*len], list[*len]);
}

void record_rig_setup(void)
{
	static const char *const names[] = { "16384", "5", "base", NULL };
	static const char *const exe_names[] = { "cp", "bin", "usr", NULL };

	record_rig.event = (struct bw_event){
		.size = sizeof(record_rig.event),
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
	names_set(record_rig.event.names, &record_rig.event.names_len, names);
	names_set(record_rig.event.exe_names, &record_rig.event.exe_names_len, exe_names);
	record_rig.context = (struct bw_record_context){
		.set_name = "pension-db",
		.severity = 9,
		.file_path = "/var/lib/pg/base/5/16384",
		.exe_path = "/usr/bin/cp",
		.user_name = "root",
		.boot_id = BOOT,
		.host = "db1",
		.boot_offset_ns = 1700000000 * (int64_t)SECOND,
	};
	record_rig.record = NULL;
}

void record_rig_teardown(void)
{
	json_decref(record_rig.record);
}

const json_t *rig_get(const char *path)
{
	_cleanup_(freep) char *copy = strdup(path);
	char *save = NULL;
	const json_t *at = record_rig.record;

	for (char *name = strtok_r(copy, ".", &save); name; name = strtok_r(NULL, ".", &save))
		at = json_object_get(at, name);
	return at;
}

const char *rig_text(const char *path)
{
	const char *value = json_string_value(rig_get(path));

	ck_assert_msg(value, "no text at '%s'", path);
	return value;
}

long long rig_integer(const char *path)
{
	ck_assert_msg(json_is_integer(rig_get(path)), "no integer at '%s'", path);
	return json_integer_value(rig_get(path));
}

void rig_refuse(void)
{
	json_decref(record_rig.record);
	record_rig.record = bw_record_refusal(&record_rig.event, &record_rig.context);
	ck_assert_ptr_nonnull(record_rig.record);
}

struct bw_refusal_key rig_refusal_key(void)
{
	return (struct bw_refusal_key){
		.exe = record_rig.event.exe,
		.start_ns = record_rig.event.start_ns,
		.pid = record_rig.event.pid,
		.uid = record_rig.event.uid,
		.set = record_rig.event.set,
		.reason = record_rig.event.reason,
		.channel = record_rig.event.channel,
		.verdict = record_rig.event.verdict,
	};
}
