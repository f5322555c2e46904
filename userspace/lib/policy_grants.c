// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - grants of a policy: the readers of `grants:`, `tracers:` and of all below
 */
#include <string.h>

#include "cleanup.h"
#include "policy_reading.h"

#define GRANTS_MAX 256
#define REASON_MAX 1000
#define HOURS_MAX 128

static void name_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;

	reading->grant->name =
		bw_text_copy(reading->reporter, bw_value_name(reading->reporter, value));
}

static void exe_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;
	const char *path = bw_value_path(reading->reporter, value);

	if (path && !path[1]) {
		bw_report_error(reading->reporter, value->at, "'exe: /' is no executable");
		return;
	}

	reading->grant->exe = bw_text_copy(reading->reporter, path);
	reading->grant->exe_at = value->at;
}

static void user_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;

	reading->grant->user =
		bw_text_copy(reading->reporter, bw_value_user(reading->reporter, value));
	reading->grant->user_at = value->at;
}

static void unit_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;

	reading->grant->unit =
		bw_text_copy(reading->reporter, bw_value_unit(reading->reporter, value));
	reading->grant->unit_at = value->at;
}

static void script_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;
	const char *path = bw_value_path(reading->reporter, value);

	reading->grant->script_at = value->at;
	if (!path)
		return;

	if (strlen(path) >= BW_SCRIPT_SIZE || strpbrk(path, "*?[\\"))
		bw_report_error(reading->reporter, value->at,
				"'script: %s' is a pattern, or longer than %d bytes; name one file",
				path, BW_SCRIPT_SIZE - 1);
	else
		reading->grant->script = bw_text_copy(reading->reporter, path);
}

static void group_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;
	const char *group = bw_value_group(reading->reporter, value);

	reading->grant->group_at = value->at;
	if (group && strcmp(group, "any") != 0)
		reading->grant->group = bw_text_copy(reading->reporter, group);
}

static void login_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;
	const char *login = bw_value_user(reading->reporter, value);

	reading->grant->login_at = value->at;
	if (login && strcmp(login, "any") != 0)
		reading->grant->login = bw_text_copy(reading->reporter, login);
}

static void span_read(struct bw_reading *reading, const struct bw_value *value)
{
	const char *text = bw_value_text(reading->reporter, value, HOURS_MAX);
	char fault[BW_HOURS_FAULT_SIZE];
	const char *wrong;

	if (!text)
		return;

	wrong = bw_hours_add(&reading->grant->hours, text, fault);
	if (wrong)
		bw_report_error(reading->reporter, value->at, "%s", wrong);
}

static void hours_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;

	reading->grant->hours_at = value->at;
	if (value->node->type != YAML_SEQUENCE_NODE) {
		span_read(reading, value);
		return;
	}

	if (!bw_list_check(reading->reporter, value, BW_SPANS_MAX, "- Mon..Fri 08:00-18:00"))
		return;

	if (bw_list_len(value->node) == 0)
		bw_report_error(reading->reporter, value->at,
				"'hours' is empty; leave it out if any hour will do");
	for (size_t i = 0; i < bw_list_len(value->node); i++) {
		struct bw_value entry = bw_list_value(reading, value, i);

		span_read(reading, &entry);
	}
}

static void mounts_read(void *context, const struct bw_value *value)
{
	static const char *const words[] = { "host", "any" };
	struct bw_reading *reading = context;
	size_t index;

	if (bw_value_word(reading->reporter, value, words, ARRAY_LEN(words), &index))
		reading->grant->any_mounts = index == 1;
}

static void reason_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;
	const char *text = bw_value_prose(reading->reporter, value, REASON_MAX);

	reading->grant->reason = bw_text_copy(reading->reporter, text);
}

static const struct bw_key key_items[] = {
	{ "name", "'name' is missing; events name a grant by it", name_read },
	{ "exe", "'exe' is missing; a grant is for one executable", exe_read },
	{ "user", "'user' is missing; name one, or write 'user: any' for everybody", user_read },
	{ "unit", "'unit' is missing; name a systemd unit, or write 'unit: any'", unit_read },
	{ "sha256", NULL, bw_sha256_read },
	{ "package", NULL, bw_package_read },
	{ "script", NULL, script_read },
	{ "group", NULL, group_read },
	{ "login", NULL, login_read },
	{ "hours", NULL, hours_read },
	{ "mount-namespace", NULL, mounts_read },
	{ "budget", NULL, bw_budget_read },
	{ "reason", NULL, reason_read },
};

const struct bw_keys bw_grant_keys = {
	.items = key_items,
	.len = ARRAY_LEN(key_items),
	.where = "in a grant",
	.other = &bw_policy_keys,
	.other_where = "at the top of the policy",
};

static void grant_read(struct bw_reading *reading, const struct bw_value *entry,
		       struct bw_policy_grant *grant)
{
	reading->grant = grant;
	grant->at = entry->at;
	bw_keys_read(reading->reporter, reading->document, entry->node, &bw_grant_keys, reading);
}

static bool entry_check(struct bw_reading *reading, const struct bw_value *entry)
{
	if (entry->node->type == YAML_MAPPING_NODE)
		return true;

	bw_report_error(reading->reporter, entry->at,
			"an entry of '%s' is a mapping of keys, not %s; begin it with "
			"'- name: NAME'",
			entry->key, bw_value_kind(entry->node));
	return false;
}

static void list_read(struct bw_reading *reading, const struct bw_value *value,
		      struct bw_policy_grant **ret_grants, size_t *ret_len)
{
	struct bw_policy_grant *grants;
	size_t len = 0;

	if (!bw_list_check(reading->reporter, value, GRANTS_MAX, "- name: NAME"))
		return;

	grants = calloc(bw_list_len(value->node) + 1, sizeof(*grants));
	if (!grants) {
		bw_report_no_memory(reading->reporter);
		return;
	}

	for (size_t i = 0; i < bw_list_len(value->node); i++) {
		struct bw_value entry = bw_list_value(reading, value, i);

		if (entry_check(reading, &entry))
			grant_read(reading, &entry, &grants[len++]);
	}
	*ret_grants = grants;
	*ret_len = len;
}

void bw_grants_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;

	list_read(reading, value, &reading->policy->grants, &reading->policy->grants_len);
}

void bw_tracers_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;

	list_read(reading, value, &reading->policy->tracers, &reading->policy->tracers_len);
}
