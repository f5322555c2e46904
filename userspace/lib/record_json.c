// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - records: what all kinds have
 */
#include <string.h>

#include "cleanup.h"
#include "record_json.h"
#include "text.h"

#define NS_PER_MS 1000000

char *text_show(const char *text)
{
	_cleanup_(freep) char *marked = malloc(4 * strlen(text) + 1);
	char *end = marked;

	if (!marked)
		return NULL;

	for (; *text; text++) {
		if (text[0] == '\\' && text[1] == 'x')
			end = stpcpy(end, "\\x5c");
		else
			*end++ = *text;
	}
	*end = '\0';
	return bw_text_escape(marked);
}

bool text_close(FILE *out, char **text)
{
	bool failed = ferror(out);

	if (fclose(out) == 0 && !failed && *text)
		return true;

	free(*text);
	*text = NULL;
	return false;
}

void member_json(json_t *object, const char *name, json_t *value, bool *failed)
{
	if (json_object_set_new(object, name, value) < 0)
		*failed = true;
}

void member_text(json_t *object, const char *name, const char *text, bool *failed)
{
	_cleanup_(freep) char *shown = NULL;

	if (!text)
		return;

	shown = text_show(text);
	member_json(object, name, shown ? json_string(shown) : NULL, failed);
}

/* JSON readers know no more than 63 bits; what has more is cut to the most. */
void member_integer(json_t *object, const char *name, uint64_t value, bool *failed)
{
	member_json(object, name, json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value),
		    failed);
}

void member_boolean(json_t *object, const char *name, bool value, bool *failed)
{
	member_json(object, name, json_boolean(value), failed);
}

void member_time(json_t *object, const char *name, int64_t time_ns, bool *failed)
{
	member_json(object, name, json_integer(time_ns / NS_PER_MS), failed);
}

/* Inode numbers may have 64 bits: as text they keep them. */
void member_file_key(json_t *object, const char *name, const struct bw_file_key *key, bool *failed)
{
	char device[24], inode[24];

	snprintf(device, sizeof(device), "%u:%u", key->dev >> 20, key->dev & 0xfffff);
	snprintf(inode, sizeof(inode), "%llu", (unsigned long long)key->ino);
	member_json(object, name,
		    json_pack("{s:s, s:s, s:I}", "device", device, "inode", inode, "generation",
			      (json_int_t)key->generation),
		    failed);
}

json_t *record_finish(json_t *record, bool failed)
{
	if (!failed)
		return record;

	json_decref(record);
	return NULL;
}

static void class_add(json_t *record, const struct ocsf_class *class, bool *failed)
{
	char type_name[64];

	snprintf(type_name, sizeof(type_name), "%s: %s", class->class_name, class->activity_name);
	member_integer(record, "category_uid", class->category_uid, failed);
	member_text(record, "category_name", class->category_name, failed);
	member_integer(record, "class_uid", class->class_uid, failed);
	member_text(record, "class_name", class->class_name, failed);
	member_integer(record, "activity_id", class->activity_id, failed);
	member_text(record, "activity_name", class->activity_name, failed);
	member_integer(record, "type_uid", class->class_uid * 100 + class->activity_id, failed);
	member_text(record, "type_name", type_name, failed);
}

static void severity_add(json_t *record, enum ocsf_severity severity, bool *failed)
{
	static const char *const names[] = { "Unknown", "Informational", "Low",
					     "Medium",	"High",		 "Critical" };

	member_integer(record, "severity_id", severity, failed);
	member_text(record, "severity", names[severity], failed);
}

static void metadata_add(json_t *record, const char *const *profiles, const char *uid, bool *failed)
{
	json_t *list = json_array();
	json_t *metadata;

	for (; *profiles; profiles++)
		if (json_array_append_new(list, json_string(*profiles)) < 0)
			*failed = true;

	metadata = json_pack("{s:s, s:{s:s, s:s, s:s}, s:o, s:s}", "version", OCSF_VERSION,
			     "product", "name", "Bulwark", "vendor_name", "Bulwark", "version",
			     BULWARK_VERSION, "profiles", list, "log_name", "bulwark");
	if (metadata)
		member_text(metadata, "uid", uid, failed);
	member_json(record, "metadata", metadata, failed);
}

static void device_add(json_t *record, const struct bw_record_context *context, bool *failed)
{
	json_t *device = json_pack("{s:i, s:s}", "type_id", 1, "type", "Server");

	if (device) {
		member_text(device, "hostname", context->host, failed);
		member_text(device, "boot_uid", context->boot_id, failed);
	}
	member_json(record, "device", device, failed);
}

json_t *record_new(const struct ocsf_class *class, int64_t time_ns, enum ocsf_severity severity,
		   char *uid, const struct bw_record_context *context)
{
	json_t *record = json_object();
	bool failed = !record || !uid;

	if (!failed) {
		member_time(record, "time", time_ns, &failed);
		class_add(record, class, &failed);
		severity_add(record, severity, &failed);
		metadata_add(record, class->profiles, uid, &failed);
		device_add(record, context, &failed);
	}
	free(uid);
	return record_finish(record, failed);
}

const json_t *record_get(const json_t *record, const char *path)
{
	char name[32];
	size_t len;

	while (record && *path) {
		len = strcspn(path, ".");
		if (len >= sizeof(name))
			return NULL;

		memcpy(name, path, len);
		name[len] = '\0';
		record = json_object_get(record, name);
		path += len + (path[len] == '.');
	}
	return record;
}

const char *record_text(const json_t *record, const char *path)
{
	return json_string_value(record_get(record, path));
}

uint64_t record_integer(const json_t *record, const char *path)
{
	json_int_t value = json_integer_value(record_get(record, path));

	return value < 0 ? 0 : (uint64_t)value;
}
