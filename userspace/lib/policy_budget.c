// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - budgets of a policy: the readers of `budget:` and of all below, and of `others:`
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "names.h"
#include "policy_reading.h"
#include "quantity.h"

/* "16777216TiB" and more than that is no budget any more. */
#define TEXT_MAX 24

#define SECOND_NS 1000000000ULL
#define EVERY_MAX_S (366ULL * 24 * 60 * 60)
#define FILES_MAX 4000000000U

/* From all of it on there is a refusal, or nothing to refuse. */
#define SHARE_MAX 99

/* Less than what can be told from any number: 2^62. */
#define BYTES_MAX (1ULL << 62)

static void bytes_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;
	const char *text = bw_value_text(reading->reporter, value, TEXT_MAX);
	uint64_t bytes;

	if (!text)
		return;

	if (bw_size_parse(text, BYTES_MAX, &bytes))
		reading->grant->budget.bytes = bytes;
	else
		bw_report_error(reading->reporter, value->at,
				"'bytes: %s' is no size; write a number with 'KiB', 'MiB', 'GiB', "
				"'TiB' or 'PiB', or one of bytes, as in 'bytes: 64KiB'",
				text);
}

static void files_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;
	unsigned int files;

	if (bw_value_number(reading->reporter, value, 1, FILES_MAX, &files))
		reading->grant->budget.files = files;
}

static void every_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;
	const char *text = bw_value_text(reading->reporter, value, TEXT_MAX);
	uint64_t seconds;

	if (!text)
		return;

	if (bw_time_parse(text, EVERY_MAX_S, &seconds))
		reading->grant->budget.every_ns = seconds * SECOND_NS;
	else
		bw_report_error(reading->reporter, value->at,
				"'every: %s' is no length of time; write a number with 's', 'm', "
				"'h' or 'd', up to 366d, as in 'every: 24h'",
				text);
}

static void per_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;
	const char *words[BW_BUDGET_GRANT];
	size_t index;

	/* Without the first, which is none. */
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		words[i] = bw_budget_per_name(BW_BUDGET_PROCESS + i);

	if (bw_value_word(reading->reporter, value, words, ARRAY_LEN(words), &index))
		reading->grant->budget.per = BW_BUDGET_PROCESS + index;
}

/* "80%": one digit or two, and no 0 before them. */
static bool share_parse(const char *text, uint8_t *ret_percent)
{
	char *end;
	unsigned long percent;

	if (*text < '1' || *text > '9')
		return false;

	percent = strtoul(text, &end, 10);
	if (percent > SHARE_MAX || strcmp(end, "%") != 0)
		return false;

	*ret_percent = (uint8_t)percent;
	return true;
}

static void warn_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;
	const char *text = bw_value_text(reading->reporter, value, TEXT_MAX);

	if (text && !share_parse(text, &reading->grant->budget.warn))
		bw_report_error(reading->reporter, value->at,
				"'warn: %s' is no share; write '1%%' to '%u%%', as in 'warn: 80%%'",
				text, SHARE_MAX);
}

static void coverage_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;
	const char *text = bw_value_text(reading->reporter, value, TEXT_MAX);

	if (text && !share_parse(text, &reading->grant->budget.coverage))
		bw_report_error(reading->reporter, value->at,
				"'coverage: %s' is no share of the set; write '1%%' to '%u%%', as "
				"in 'coverage: 5%%'",
				text, SHARE_MAX);
}

static const struct bw_key key_items[] = {
	{ "bytes", NULL, bytes_read },
	{ "files", NULL, files_read },
	{ "coverage", NULL, coverage_read },
	{ "every", "'every' is missing; in which time? as in 'every: 24h'", every_read },
	{ "per", "'per' is missing; who shares it? 'process', 'session', 'user', 'unit' or 'grant'",
	  per_read },
	{ "warn", NULL, warn_read },
};

const struct bw_keys bw_budget_keys = {
	.items = key_items,
	.len = ARRAY_LEN(key_items),
	.where = "in a budget",
	.other = &bw_grant_keys,
	.other_where = "in the grant itself",
};

void bw_budget_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;
	struct bw_budget *budget = &reading->grant->budget;

	reading->grant->budget_at = value->at;
	if (value->node->type != YAML_MAPPING_NODE) {
		bw_report_error(reading->reporter, value->at,
				"'budget' is a mapping of keys, not %s; as in 'budget: { bytes: "
				"1GiB, files: 200, every: 24h, per: user }'",
				bw_value_kind(value->node));
		return;
	}

	budget->bytes = BW_BUDGET_NO_BYTES;
	budget->files = BW_BUDGET_NO_FILES;
	bw_keys_read(reading->reporter, reading->document, value->node, &bw_budget_keys, reading);
	if (budget->bytes == BW_BUDGET_NO_BYTES && budget->files == BW_BUDGET_NO_FILES &&
	    !budget->coverage && !reading->reporter->errors)
		bw_report_error(reading->reporter, value->at,
				"a budget without 'bytes', 'files' and 'coverage' limits nothing; "
				"give one of them");
}

static const struct bw_key others_items[] = {
	{ "budget", "'budget' is missing; how much may others read? without 'others' it is nothing",
	  bw_budget_read },
};

const struct bw_keys bw_others_keys = {
	.items = others_items,
	.len = ARRAY_LEN(others_items),
	.where = "in 'others'",
	.other = &bw_grant_keys,
	.other_where = "in an entry of 'grants'",
};

void bw_others_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;
	struct bw_policy_grant others = { 0 };

	if (value->node->type != YAML_MAPPING_NODE) {
		bw_report_error(reading->reporter, value->at,
				"'others' is a mapping with a budget, not %s; as in 'others: { "
				"budget: { bytes: 64KiB, files: 10, every: 1h, per: user } }'",
				bw_value_kind(value->node));
		return;
	}

	reading->grant = &others;
	bw_keys_read(reading->reporter, reading->document, value->node, &bw_others_keys, reading);
	reading->grant = NULL;
	reading->policy->others = others.budget;
	reading->policy->others_at = value->at;
}
