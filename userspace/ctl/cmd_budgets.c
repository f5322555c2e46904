// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl budgets: what was read of how much, by whom, and when it comes back
 */
#include <stdlib.h>
#include <string.h>

#include "amounts.h"
#include "cleanup.h"
#include "client.h"
#include "print.h"

static void count_text(json_int_t count, char *text, size_t text_size)
{
	(void)snprintf(text, text_size, "%lld", (long long)count);
}

/* "used of limit", or "used" where there is none. */
static void share_text(const json_t *budget, const char *key, const char *limit_key,
		       void (*quantity)(json_int_t, char *, size_t), char *text, size_t text_size)
{
	const json_t *limit = json_object_get(budget, limit_key);
	char used[BW_AMOUNT_SIZE], most[BW_AMOUNT_SIZE];

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

/* Of what officers have opened nothing comes back. */
static void end_print(const json_t *ends)
{
	char when[BW_AMOUNT_SIZE];

	bw_amount_time(json_integer_value(ends), when, sizeof(when));
	bw_print_line(stdout, "       ends in %s; nothing comes back before", when);
}

static void back_print(const json_t *budget)
{
	char size[BW_AMOUNT_SIZE], when[BW_AMOUNT_SIZE], every[BW_AMOUNT_SIZE];

	bw_amount_bytes(bw_member_number(budget, "back_bytes"), size, sizeof(size));
	bw_amount_time(bw_member_number(budget, "back_s"), when, sizeof(when));
	bw_amount_time(bw_member_number(budget, "every_s") - 1, every, sizeof(every));
	bw_print_line(stdout, "       in any %s; in %s comes back: %s, files: %lld", every, when,
		      size, (long long)bw_member_number(budget, "back_files"));
}

/* ", distinct: used of limit"; nothing without a coverage. */
static void coverage_text(const json_t *budget, char *text, size_t text_size)
{
	char distinct[2 * BW_AMOUNT_SIZE + 8];

	*text = '\0';
	if (!json_is_integer(json_object_get(budget, "distinct_bytes_limit")))
		return;

	share_text(budget, "distinct_bytes", "distinct_bytes_limit", bw_amount_bytes, distinct,
		   sizeof(distinct));
	(void)snprintf(text, text_size, ", distinct: %s", distinct);
}

static void budget_print(const json_t *budget)
{
	bool empty = is_used_up(budget, "bytes", "bytes_limit") ||
		     is_used_up(budget, "files", "files_limit") ||
		     is_used_up(budget, "distinct_bytes", "distinct_bytes_limit");
	char coverage[2 * BW_AMOUNT_SIZE + 24];
	char bytes[2 * BW_AMOUNT_SIZE + 8], files[2 * BW_AMOUNT_SIZE + 8];
	const char *set = bw_member_text(budget, "set");
	const char *grant = bw_member_text(budget, "grant");
	const char *per = bw_member_text(budget, "per");
	const char *who = bw_member_text(budget, "who");
	const json_t *ends = json_object_get(budget, "ends_s");

	share_text(budget, "bytes", "bytes_limit", bw_amount_bytes, bytes, sizeof(bytes));
	share_text(budget, "files", "files_limit", count_text, files, sizeof(files));
	coverage_text(budget, coverage, sizeof(coverage));
	bw_print_word(stdout, empty ? BW_COLOUR_BAD : BW_COLOUR_GOOD, empty ? "empty" : "left", 6);
	bw_print_part(stdout, "%s/%s, %s %s: %s, files: %s%s", set ? set : "?", grant ? grant : "?",
		      per ? per : "?", who ? who : "?", bytes, files, coverage);
	warning_print(budget);
	bw_print_line(stdout, "%s", "");
	if (json_is_integer(ends))
		end_print(ends);
	else
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
