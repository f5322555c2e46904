// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - records as native fields of the journal
 */
#include <string.h>
#include <syslog.h>

#include "cleanup.h"
#include "record_json.h"

/* Where in a record each field comes from; bulwark-events(5) lists them. */
static const struct {
	const char *field;
	const char *path;
} fields[] = {
	{ "MESSAGE", "message" },
	{ "BULWARK_EVENT", "unmapped.event" },
	{ "BULWARK_RECORD", "metadata.uid" },
	{ "BULWARK_SET", "unmapped.set" },
	{ "BULWARK_VERDICT", "unmapped.verdict" },
	{ "BULWARK_REASON", "unmapped.reason" },
	{ "BULWARK_CHANNEL", "unmapped.channel" },
	{ "BULWARK_SEQUENCE", "unmapped.sequence" },
	{ "BULWARK_GENERATION", "unmapped.generation" },
	{ "BULWARK_COUNT", "unmapped.count" },
	{ "BULWARK_PATH", "file.path" },
	{ "BULWARK_DEVICE", "unmapped.file.device" },
	{ "BULWARK_INODE", "unmapped.file.inode" },
	{ "BULWARK_EXE", "actor.process.file.path" },
	{ "BULWARK_COMM", "actor.process.name" },
	{ "BULWARK_PID", "actor.process.pid" },
	{ "BULWARK_PPID", "actor.process.parent_process.pid" },
	{ "BULWARK_UID", "actor.process.user.uid" },
	{ "BULWARK_USER", "actor.process.user.name" },
	{ "BULWARK_LOGIN_UID", "actor.process.auid" },
	{ "BULWARK_SESSION", "actor.process.session.uid" },
	{ "BULWARK_UNIT", "unmapped.unit" },
	{ "BULWARK_TARGET", "unmapped.target" },
	{ "BULWARK_DETAIL", "unmapped.detail" },
	{ "BULWARK_STATE", "unmapped.state" },
	{ "BULWARK_WHY", "unmapped.why" },
	{ "BULWARK_REFUSED", "unmapped.refused" },
	{ "BULWARK_LOST", "unmapped.lost" },
	{ "BULWARK_FIRST_SEQUENCE", "unmapped.first_sequence" },
	{ "BULWARK_LAST_SEQUENCE", "unmapped.last_sequence" },
};

#define FIXED_FIELDS 3
#define FIELDS_MAX (ARRAY_LEN(fields) + FIXED_FIELDS)

static int severity_priority(const json_t *record)
{
	switch (record_integer(record, "severity_id")) {
	case OCSF_SEVERITY_CRITICAL:
		return LOG_CRIT;
	case OCSF_SEVERITY_HIGH:
		return LOG_ERR;
	case OCSF_SEVERITY_MEDIUM:
		return LOG_WARNING;
	case OCSF_SEVERITY_INFORMATIONAL:
		return LOG_INFO;
	default:
		return LOG_NOTICE;
	}
}

/* What was refused is no worse than a warning: it was refused. */
static int record_priority(const json_t *record, const char *event)
{
	const char *verdict = record_text(record, "unmapped.verdict");
	const char *reason = record_text(record, "unmapped.reason");

	/* Somebody is after the protection itself. */
	if (reason && strcmp(reason, "sealed") == 0)
		return severity_priority(record);

	if (verdict)
		return strcmp(verdict, "deny") == 0 ? LOG_WARNING : LOG_NOTICE;

	if (strcmp(event, "taint") == 0 || strcmp(event, "warning") == 0)
		return LOG_WARNING;

	return strcmp(event, "carried") == 0 ? LOG_INFO : severity_priority(record);
}

static const char *record_message_id(const char *event)
{
	if (strcmp(event, "gap") == 0)
		return BW_MESSAGE_ID_GAP;

	if (strcmp(event, "tamper") == 0)
		return BW_MESSAGE_ID_TAMPER;

	return strcmp(event, "state") == 0 ? BW_MESSAGE_ID_STATE : BW_MESSAGE_ID_REFUSAL;
}

static int field_add(struct iovec *list, size_t *len, const char *name, const char *value)
{
	char *text;
	int size = asprintf(&text, "%s=%s", name, value);

	if (size < 0)
		return -ENOMEM;

	list[(*len)++] = (struct iovec){ .iov_base = text, .iov_len = (size_t)size };
	return 0;
}

static int field_add_json(struct iovec *list, size_t *len, const char *name, const json_t *value)
{
	char number[24];

	/* An empty text, like a process's unit when it has none, says nothing. */
	if (json_string_length(value))
		return field_add(list, len, name, json_string_value(value));

	if (!json_is_integer(value))
		return 0;

	snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
	return field_add(list, len, name, number);
}

static int fields_fill(const json_t *record, const char *event, struct iovec *list, size_t *len)
{
	char priority[4];
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(fields) && !err; i++)
		err = field_add_json(list, len, fields[i].field,
				     record_get(record, fields[i].path));
	if (err)
		return err;

	snprintf(priority, sizeof(priority), "%d", record_priority(record, event));
	err = field_add(list, len, "PRIORITY", priority);
	if (err)
		return err;

	err = field_add(list, len, "MESSAGE_ID", record_message_id(event));
	return err ? err : field_add(list, len, "SYSLOG_IDENTIFIER", "bulwark");
}

int bw_record_journal(const json_t *record, struct iovec **ret_fields, size_t *ret_len)
{
	const char *event = record_text(record, "unmapped.event");
	struct iovec *list;
	size_t len = 0;
	int err;

	if (!event)
		return -EINVAL;

	list = calloc(FIELDS_MAX, sizeof(*list));
	if (!list)
		return -ENOMEM;

	err = fields_fill(record, event, list, &len);
	if (err) {
		bw_record_journal_free(list, len);
		return err;
	}
	*ret_fields = list;
	*ret_len = len;
	return 0;
}

void bw_record_journal_free(struct iovec *list, size_t len)
{
	for (size_t i = 0; i < len; i++)
		free(list[i].iov_base);
	free(list);
}
