// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - budgets of a policy: the readers of `budget:` and of all below
 */
#include <stdint.h>
#include <string.h>

#include "cleanup.h"
#include "policy_reading.h"

#define DIGITS "0123456789"

/* "16777216TiB" and more than that is no budget any more. */
#define TEXT_MAX 24

#define SECOND_NS 1000000000ULL
#define EVERY_MAX_S (366ULL * 24 * 60 * 60)
#define FILES_MAX 4000000000U

/* Less than what can be told from any number: 2^62. */
#define BYTES_MAX (1ULL << 62)

struct suffix {
	const char *name;
	uint64_t factor;
};

static const struct suffix sizes[] = {
	{ "", 1 },
	{ "KiB", 1ULL << 10 },
	{ "MiB", 1ULL << 20 },
	{ "GiB", 1ULL << 30 },
	{ "TiB", 1ULL << 40 },
	{ "PiB", 1ULL << 50 },
};

static const struct suffix durations[] = {
	{ "s", 1 },
	{ "m", 60 },
	{ "h", 60ULL * 60 },
	{ "d", 24ULL * 60 * 60 },
};

/* Words in the order of enum bw_budget_per, which begins with none. */
static const char *const whom[] = { "process", "session", "user", "unit", "grant" };

/* "300GiB" by a table of suffixes.  False for what it doesn't know, 0, or more than @max. */
static bool quantity_parse(const char *text, const struct suffix *suffixes, size_t suffixes_len,
			   uint64_t max, uint64_t *ret_quantity)
{
	size_t digits = strspn(text, DIGITS);
	unsigned long long number = strtoull(text, NULL, 10);

	if (!digits || (*text == '0' && digits > 1))
		return false;

	for (size_t i = 0; i < suffixes_len; i++) {
		if (strcmp(text + digits, suffixes[i].name) != 0)
			continue;

		*ret_quantity = number * suffixes[i].factor;
		return number && number <= max / suffixes[i].factor;
	}
	return false;
}

static void bytes_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;
	const char *text = bw_value_text(reading->reporter, value, TEXT_MAX);
	uint64_t bytes;

	if (!text)
		return;

	if (quantity_parse(text, sizes, ARRAY_LEN(sizes), BYTES_MAX, &bytes))
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

	if (quantity_parse(text, durations, ARRAY_LEN(durations), EVERY_MAX_S, &seconds))
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
	size_t index;

	if (bw_value_word(reading->reporter, value, whom, ARRAY_LEN(whom), &index))
		reading->grant->budget.per = BW_BUDGET_PROCESS + index;
}

static const struct bw_key key_items[] = {
	{ "bytes", NULL, bytes_read },
	{ "files", NULL, files_read },
	{ "every", "'every' is missing; in which time? as in 'every: 24h'", every_read },
	{ "per", "'per' is missing; who shares it? 'process', 'session', 'user', 'unit' or 'grant'",
	  per_read },
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
	    !reading->reporter->errors)
		bw_report_error(reading->reporter, value->at,
				"a budget without 'bytes' and 'files' limits nothing; give one of "
				"them");
}
