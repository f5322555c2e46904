// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests: what is told of a budget that officers have opened
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "budgets.h"
#include "cleanup.h"

#define SECOND_NS 1000000000ULL
#define END_S 5000

static const struct {
	const char *name;
	uint32_t files;
	uint64_t now_s;
	const char *says;
} openings[] = {
	{ "it ends", 3, END_S - 90, "\"ends_s\":90}" },
	{ "its last second", 3, END_S, "\"ends_s\":0}" },
	{ "how it is called", 3, 0, "{\"set\":\"pensions\",\"grant\":\"breakglass:81234567\"," },
	{ "whose it is", 3, 0, "\"per\":\"grant\",\"who\":\"all\"," },
	{ "how much of how much", 3, 0,
	  "\"bytes\":700,\"bytes_limit\":4096,\"files\":2,\"files_limit\":3," },
	{ "any number of files", BW_BUDGET_NO_FILES, 0, "\"files\":2,\"files_limit\":null," },
	{ "nothing comes back", 3, 0, "\"back_s\":0,\"back_bytes\":0,\"back_files\":0," },
};

START_TEST(glass_is_told)
{
	const struct bw_glass_open open = {
		.set = "pensions",
		.grant = {
			.number = 0x81234567,
			.until_ns = END_S * SECOND_NS,
			.budget = {
				.every_ns = SECOND_NS,
				.bytes = 4096,
				.files = openings[_i].files,
				.per = BW_BUDGET_GRANT,
			},
		},
	};
	const struct bw_budget_use use = {
		.key = { .per = BW_BUDGET_GRANT },
		.bytes = 700,
		.files = 2,
		.back_ns = SECOND_NS,
		.back_bytes = 700,
		.back_files = 2,
	};
	_cleanup_(json_decrefp) json_t *told =
		bw_glass_json(&open, &use, openings[_i].now_s * SECOND_NS);
	_cleanup_(freep) char *text = json_dumps(told, JSON_COMPACT);

	ck_assert_msg(text && strstr(text, openings[_i].says), "case '%s': %s", openings[_i].name,
		      text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("daemon_budgets");
	TCase *tests = tcase_create("budgets");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tests, glass_is_told, 0, ARRAY_LEN(openings));
	suite_add_tcase(suite, tests);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
