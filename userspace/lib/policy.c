// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - policy files: YAML text to checked structures
 */
#include <limits.h>
#include <string.h>

#include "cleanup.h"
#include "pattern.h"
#include "policy.h"
#include "policy_check.h"
#include "policy_reading.h"
#include "until.h"

#define PATHS_MAX 1024
#define SEVERITY_DEFAULT 5
#define MOMENT_MAX 32

/* The daemon's decoy lives in a set of this name. */
#define NAME_RESERVED "canary"

static void paths_free(struct bw_policy_path *paths, size_t len)
{
	for (size_t i = 0; i < len; i++)
		free(paths[i].path);
	free(paths);
}

static void grant_done(struct bw_policy_grant *grant)
{
	free(grant->name);
	free(grant->exe);
	free(grant->user);
	free(grant->unit);
	free(grant->group);
	free(grant->login);
	free(grant->script);
	free(grant->package);
	free(grant->reason);
}

static void grants_free(struct bw_policy_grant *grants, size_t len)
{
	for (size_t i = 0; i < len; i++)
		grant_done(&grants[i]);
	free(grants);
}

bool bw_policy_has_path(const struct bw_policy_path *paths, size_t len, const char *path)
{
	for (size_t i = 0; i < len; i++)
		if (strcmp(paths[i].path, path) == 0)
			return true;

	return false;
}

void bw_policy_free(struct bw_policy *policy)
{
	if (!policy)
		return;

	grants_free(policy->grants, policy->grants_len);
	grants_free(policy->tracers, policy->tracers_len);
	paths_free(policy->protect, policy->protect_len);
	paths_free(policy->except, policy->except_len);
	free(policy->set);
	free(policy->file);
	free(policy->signer);
	free(policy);
}

static void policy_freep(struct bw_policy **policy)
{
	bw_policy_free(*policy);
}

void bw_policies_free(struct bw_policies *policies)
{
	if (!policies)
		return;

	for (size_t i = 0; i < policies->len; i++)
		bw_policy_free(policies->items[i]);
	free(policies->items);
	free(policies);
}

const struct bw_policy *bw_policies_find(const struct bw_policies *policies, const char *set)
{
	for (size_t i = 0; i < policies->len; i++)
		if (strcmp(policies->items[i]->set, set) == 0)
			return policies->items[i];

	return NULL;
}

const struct bw_policy *bw_policies_devices(const struct bw_policies *policies)
{
	for (size_t i = 0; i < policies->len; i++)
		if (policies->items[i]->devices)
			return policies->items[i];
	return NULL;
}

static void set_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;
	const char *name = bw_value_name(reading->reporter, value);

	if (name && !strcmp(name, NAME_RESERVED)) {
		bw_report_error(reading->reporter, value->at,
				"'set: " NAME_RESERVED
				"' is the daemon's own; choose another name");
		return;
	}

	reading->policy->set = bw_text_copy(reading->reporter, name);
	reading->policy->set_at = value->at;
}

static void version_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;

	bw_value_number(reading->reporter, value, 1, UINT_MAX, &reading->policy->version);
}

static void severity_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;

	bw_value_number(reading->reporter, value, 1, 10, &reading->policy->severity);
}

static void mode_read(void *context, const struct bw_value *value)
{
	static const char *const words[] = { "learn", "monitor", "enforce" };
	static const enum bw_mode modes[] = { BW_MODE_LEARN, BW_MODE_MONITOR, BW_MODE_ENFORCE };
	struct bw_reading *reading = context;
	size_t index;

	reading->mode_at = value->at;
	if (bw_value_word(reading->reporter, value, words, ARRAY_LEN(words), &index))
		reading->policy->mode = modes[index];
	else
		reading->mode_wrong = true;
}

static void learn_until_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;
	const char *text = bw_value_text(reading->reporter, value, MOMENT_MAX);

	reading->policy->learn_until_at = value->at;
	if (text && !bw_until_parse(text, &reading->policy->learn_until))
		bw_report_error(reading->reporter, value->at,
				"'learn-until: %s' is no day or moment; write '2026-12-31', "
				"'2026-12-31T18:00' or '2026-12-31T18:00+02:00'",
				text);
}

static bool path_protectable(struct bw_reporter *reporter, const struct bw_value *value,
			     const char *path)
{
	const char *vital, *why = bw_pattern_vital(path, &vital);

	if (!why)
		return true;

	if (bw_pattern_has_glob(path))
		bw_report_error(reporter, value->at,
				"'%s' matches '%s', which can't be protected: %s; name the "
				"directories that hold the data",
				path, vital, why);
	else
		bw_report_error(
			reporter, value->at,
			"'%s' can't be protected: %s; name the directory that holds the data", path,
			why);
	return false;
}

static void paths_read(struct bw_reading *reading, const struct bw_value *value, bool protect,
		       struct bw_policy_path **ret_paths, size_t *ret_len)
{
	struct bw_policy_path *paths;
	size_t len;

	reading->paths_incomplete = true;
	if (!bw_list_check(reading->reporter, value, PATHS_MAX, "- /absolute/path"))
		return;

	len = bw_list_len(value->node);
	paths = calloc(len + 1, sizeof(*paths));
	if (!paths) {
		bw_report_no_memory(reading->reporter);
		return;
	}

	*ret_paths = paths;
	for (size_t i = 0; i < len; i++) {
		struct bw_value entry = bw_list_value(reading, value, i);
		const char *path = bw_value_path(reading->reporter, &entry);

		if (!path || (protect && !path_protectable(reading->reporter, &entry, path)))
			continue;

		paths[*ret_len].path = bw_text_copy(reading->reporter, path);
		paths[(*ret_len)++].at = entry.at;
	}
	reading->paths_incomplete = *ret_len < len;
}

static void protect_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;

	if (value->node->type == YAML_SEQUENCE_NODE && !bw_list_len(value->node))
		reading->nothing_at = value->at;
	paths_read(reading, value, true, &reading->policy->protect, &reading->policy->protect_len);
}

static void except_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;
	bool incomplete = reading->paths_incomplete;

	paths_read(reading, value, false, &reading->policy->except, &reading->policy->except_len);
	reading->paths_incomplete |= incomplete;
}

static void devices_read(void *context, const struct bw_value *value)
{
	static const char *const words[] = { "open", "under-sets" };
	struct bw_reading *reading = context;
	size_t index = 1;

	reading->policy->devices =
		bw_value_word(reading->reporter, value, words, ARRAY_LEN(words), &index) && index;
	/* A wrong word stands for something. */
	if (index)
		reading->policy->devices_at = value->at;
}

static void nothing_check(const struct bw_reading *reading)
{
	if (reading->nothing_at.line && !reading->policy->devices_at.line)
		bw_report_error(reading->reporter, reading->nothing_at,
				"'protect' is empty; a set without files protects nothing");
}

/* Nobody is refused in a set that learns: it has an end. */
static void learning_check(const struct bw_reading *reading)
{
	const struct bw_policy *policy = reading->policy;
	bool learns = policy->mode == BW_MODE_LEARN;

	if (learns && !policy->learn_until_at.line)
		bw_report_error(reading->reporter, reading->mode_at,
				"'mode: learn' needs an end; add a day, as in "
				"'learn-until: 2026-12-31'");
	if (!learns && policy->learn_until_at.line && !reading->mode_wrong)
		bw_report_error(reading->reporter, policy->learn_until_at,
				"'learn-until' belongs to 'mode: learn' alone; remove it");
}

static const struct bw_key key_items[] = {
	{ "set", "'set' is missing; give the set a name, as in 'set: pension-db'", set_read },
	{ "version", "'version' is missing; begin with 'version: 1'", version_read },
	{ "mode", NULL, mode_read },
	{ "learn-until", NULL, learn_until_read },
	{ "severity", NULL, severity_read },
	{ "protect", "'protect' is missing; list what is to be protected", protect_read },
	{ "except", NULL, except_read },
	{ "devices", NULL, devices_read },
	{ "grants", "'grants' is missing; say who may read, or 'grants: []' for nobody",
	  bw_grants_read },
	{ "tracers", NULL, bw_tracers_read },
	{ "others", NULL, bw_others_read },
};

const struct bw_keys bw_policy_keys = {
	.items = key_items,
	.len = ARRAY_LEN(key_items),
	.where = "at the top of a policy",
	.other = &bw_grant_keys,
	.other_where = "in an entry of 'grants'",
};

static void document_read(struct bw_reading *reading)
{
	const yaml_node_t *root = yaml_document_get_root_node(reading->document);

	if (!root) {
		bw_report_error(reading->reporter, (struct bw_position){ 1, 1 },
				"an empty file; a policy begins with 'set: NAME'");
		return;
	}

	if (root->type != YAML_MAPPING_NODE) {
		bw_report_error(reading->reporter, bw_yaml_position(root->start_mark),
				"a policy is a mapping of keys, not %s; begin with 'set: NAME'",
				bw_value_kind(root));
		return;
	}

	bw_keys_read(reading->reporter, reading->document, root, &bw_policy_keys, reading);
	nothing_check(reading);
	learning_check(reading);
	if (!reading->reporter->err)
		bw_policy_check(reading->reporter, reading->policy, !reading->paths_incomplete);
}

static void text_read(struct bw_reporter *reporter, const char *text, size_t len,
		      struct bw_policy *policy)
{
	yaml_document_t document;
	struct bw_reading reading = {
		.reporter = reporter,
		.document = &document,
		.policy = policy,
	};
	int err;

	err = bw_yaml_load(reporter, text, len, &document);
	if (err) {
		if (err == -ENOMEM)
			bw_report_no_memory(reporter);
		return;
	}

	document_read(&reading);
	yaml_document_delete(&document);
}

static struct bw_policy *policy_new(const char *file)
{
	_cleanup_(policy_freep) struct bw_policy *policy = calloc(1, sizeof(*policy));

	if (!policy)
		return NULL;

	policy->mode = BW_MODE_MONITOR;
	policy->severity = SEVERITY_DEFAULT;
	policy->file = strdup(file);
	return policy->file ? take_ptr(policy) : NULL;
}

int bw_policy_parse(const char *file, const char *text, size_t len,
		    struct bw_diagnostics *diagnostics, struct bw_policy **ret_policy)
{
	_cleanup_(policy_freep) struct bw_policy *policy = policy_new(file);
	struct bw_reporter reporter = bw_reporter_begin(diagnostics, file);
	int err;

	if (!policy)
		return -ENOMEM;

	text_read(&reporter, text, len, policy);
	err = bw_reporter_end(&reporter);
	if (err)
		return err;

	*ret_policy = take_ptr(policy);
	return 0;
}
