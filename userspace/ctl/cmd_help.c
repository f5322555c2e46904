// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl help: the verbs, and what each takes
 */
#include "print.h"

static json_t *verbs_list(void)
{
	json_t *list = json_array();

	for (const struct bw_verb *verb = bw_verbs; verb->name; verb++)
		(void)json_array_append_new(list, json_pack("{s:s,s:s,s:s}", "verb", verb->name,
							    "arguments", verb->synopsis, "summary",
							    verb->summary));
	return list;
}

int bw_cmd_help(const struct bw_ctl *ctl)
{
	const struct bw_verb *verb = NULL;

	if (ctl->json) {
		bw_print_json(stdout, json_pack("{s:b,s:o}", "ok", 1, "verbs", verbs_list()));
		return BW_EXIT_OK;
	}

	if (ctl->args_len > 0) {
		verb = bw_verb_find(ctl->args[0]);
		if (!verb)
			return bw_print_misuse(ctl,
					       "unknown verb '%s'; 'bulwarkctl help' lists them",
					       ctl->args[0]);
	}

	bw_usage_print(verb);
	return BW_EXIT_OK;
}
