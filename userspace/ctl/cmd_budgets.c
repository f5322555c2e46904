// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl budgets: what was read of how much, by whom, and when it comes back
 */
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "client.h"
#include "print.h"

#define QUANTITY_SIZE 24

/* "12.5 GiB", as people say it. */
static void size_text(json_int_t bytes, char *text, size_t text_size)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < ARRAY_LEN(units)) {
		value /= 1024;
		unit++;
	}
	(void)snprintf(text, text_size, unit && value < 100 ? "%.1f%s" : "%.0f%s", value,
		       units[unit]);
}

static void count_text(json_int_t count, char *text, size_t text_size)
{
	(void)snprintf(text, text_size, "%lld", (long long)count);
}

/* "30s", "12m", "3h", "2d": rounded up, so that nobody comes too early. */
static void time_text(json_int_t seconds, char *text, size_t text_size)
{
	static const struct {
		char suffix;
		json_int_t seconds;
	} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 } };

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (seconds < 2 * units[i].seconds)
			continue;

		(void)snprintf(text, text_size, "%lld%c",
			       (long long)((seconds + units[i].seconds - 1) / units[i].seconds),
			       units[i].suffix);
		return;
	}
	(void)snprintf(text, text_size, "%llds", (long long)seconds + 1);
}

/* "used of limit", or "used" where there is none. */
static void share_text(const json_t *budget, const char *key, const char *limit_key,
		       void (*quantity)(json_int_t, char *, size_t), char *text, size_t text_size)
{
	const json_t *limit = json_object_get(budget, limit_key);
	char used[QUANTITY_SIZE], most[QUANTITY_SIZE];

	quantity(bw_member_number(budget, key), used, sizeof(used));
	if (!json_is_integer(limit)) {
		(void)snprintf(text, text_size, "%s", used);
		return;
	}

	quantity(json_integer_value(limit), most, sizeof(most));
	(void)snprintf(text, text_size, "%s of %s", used, most);
}

static bool is_used_up(const json_t *budget, const char *key, const char *limit_key)
{
	const json_t *limit = json_object_get(budget, limit_key);

	return json_is_integer(limit) && bw_member_number(budget, key) >= json_integer_value(limit);
}

/* From which share on it is told, or that it was. */
static void warning_print(const json_t *budget)
{
	json_int_t warn = bw_member_number(budget, "warn");

	if (warn > 0)
		bw_print_part(stdout, ", %s %lld%%",
			      bw_member_true(budget, "warned") ? "warned at" : "warns at",
			      (long long)warn);
}

static void back_print(const json_t *budget)
{
	char size[QUANTITY_SIZE], when[QUANTITY_SIZE], every[QUANTITY_SIZE];

	size_text(bw_member_number(budget, "back_bytes"), size, sizeof(size));
	time_text(bw_member_number(budget, "back_s"), when, sizeof(when));
	time_text(bw_member_number(budget, "every_s") - 1, every, sizeof(every));
	bw_print_line(stdout, "       in any %s; in %s comes back: %s, files: %lld", every, when,
		      size, (long long)bw_member_number(budget, "back_files"));
}

/* ", distinct: used of limit"; nothing without a coverage. */
static void coverage_text(const json_t *budget, char *text, size_t text_size)
{
	char distinct[2 * QUANTITY_SIZE + 8];

	*text = '\0';
	if (!json_is_integer(json_object_get(budget, "distinct_bytes_limit")))
		return;

	share_text(budget, "distinct_bytes", "distinct_bytes_limit", size_text, distinct,
		   sizeof(distinct));
	(void)snprintf(text, text_size, ", distinct: %s", distinct);
}

static void budget_print(const json_t *budget)
{
	bool empty = is_used_up(budget, "bytes", "bytes_limit") ||
		     is_used_up(budget, "files", "files_limit") ||
		     is_used_up(budget, "distinct_bytes", "distinct_bytes_limit");
	char coverage[2 * QUANTITY_SIZE + 24];
	char bytes[2 * QUANTITY_SIZE + 8], files[2 * QUANTITY_SIZE + 8];
	const char *set = bw_member_text(budget, "set");
	const char *grant = bw_member_text(budget, "grant");
	const char *per = bw_member_text(budget, "per");
	const char *who = bw_member_text(budget, "who");

	share_text(budget, "bytes", "bytes_limit", size_text, bytes, sizeof(bytes));
	share_text(budget, "files", "files_limit", count_text, files, sizeof(files));
	coverage_text(budget, coverage, sizeof(coverage));
	bw_print_word(stdout, empty ? BW_COLOUR_BAD : BW_COLOUR_GOOD, empty ? "empty" : "left", 6);
	bw_print_part(stdout, "%s/%s, %s %s: %s, files: %s%s", set ? set : "?", grant ? grant : "?",
		      per ? per : "?", who ? who : "?", bytes, files, coverage);
	warning_print(budget);
	bw_print_line(stdout, "%s", "");
	back_print(budget);
}

int bw_cmd_budgets(const struct bw_ctl *ctl)
{
	_cleanup_(json_decrefp) json_t *answer = NULL;
	const json_t *budgets;
	json_t *budget;
	size_t i;
	int code;

	code = bw_client_need(ctl, "budgets", BW_ASK_TIMEOUT_MS, &answer);
	if (code)
		return code;

	if (ctl->json) {
		bw_print_json(stdout, json_incref(answer));
		return BW_EXIT_OK;
	}

	budgets = json_object_get(answer, "budgets");
	if (json_array_size(budgets) == 0)
		bw_print_line(stdout, "nothing was read by a grant that has a budget");

	json_array_foreach (budgets, i, budget)
		budget_print(budget);

	if (bw_member_true(answer, "truncated"))
		bw_print_line(stdout, "and more: only the first %zu are listed",
			      json_array_size(budgets));
	return BW_EXIT_OK;
}
