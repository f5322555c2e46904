// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl diff: what changes between two policies, in words
 *
 * Needs no root and no daemon.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "policy.h"
#include "policy_diff.h"
#include "print.h"

/* A file takes the place of the one that has its name, if there is one. */
static char *namesake_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct stat st;
	char *other;

	if (stat(path, &st) < 0 || S_ISDIR(st.st_mode))
		return strdup(BW_POLICY_DIR);

	if (asprintf(&other, BW_POLICY_DIR "/%s", slash ? slash + 1 : path) < 0)
		return NULL;
	return other;
}

static int load(const struct bw_ctl *ctl, const char *path, struct bw_policies **ret_policies)
{
	_cleanup_(bw_diagnostics_done) struct bw_diagnostics mistakes = { 0 };
	_cleanup_(freep) char *first = NULL;
	int err;

	err = bw_policies_load(path, NULL, &mistakes, ret_policies);
	if (!err)
		return BW_EXIT_OK;

	first = bw_diagnostics_first_error(&mistakes);
	return bw_print_error(ctl, "cannot compare '%s': %s; 'bulwarkctl check %s' shows all", path,
			      first ? first : strerror(-err), path);
}

static int load_before(const struct bw_ctl *ctl, const char *now, struct bw_policies **ret_policies)
{
	_cleanup_(freep) char *path = ctl->args_len > 1 ? strdup(ctl->args[0]) : namesake_of(now);

	if (!path)
		return bw_print_error(ctl, "no memory");

	/* A file whose name is new has nothing before it. */
	if (ctl->args_len == 1 && access(path, F_OK) < 0) {
		*ret_policies = calloc(1, sizeof(**ret_policies));
		return *ret_policies ? BW_EXIT_OK : bw_print_error(ctl, "no memory");
	}
	return load(ctl, path, ret_policies);
}

static enum bw_colour colour_of(enum bw_effect effect)
{
	return effect & BW_EFFECT_MORE ? BW_COLOUR_CARE : BW_COLOUR_GOOD;
}

static void difference_print(const struct bw_difference *difference)
{
	bw_print_word(stdout, colour_of(difference->effect), bw_effect_name(difference->effect), 6);
	bw_print_wrapped(stdout, 6, 6, "%s: %s", difference->set, difference->text);
}

static void differences_print(const struct bw_differences *differences)
{
	for (size_t i = 0; i < differences->len; i++)
		difference_print(&differences->items[i]);
	if (differences->len == 0)
		bw_print_line(stdout, "nothing changes");
}

static void differences_print_json(const struct bw_differences *differences)
{
	json_t *list = json_array();

	for (size_t i = 0; i < differences->len; i++) {
		const struct bw_difference *item = &differences->items[i];

		(void)json_array_append_new(list, json_pack("{s:s,s:s,s:o}", "set", item->set,
							    "effect", bw_effect_name(item->effect),
							    "text", bw_json_text(item->text)));
	}
	bw_print_json(stdout, json_pack("{s:b,s:o}", "ok", 1, "differences", list));
}

int bw_cmd_diff(const struct bw_ctl *ctl)
{
	_cleanup_(bw_policies_freep) struct bw_policies *before = NULL;
	_cleanup_(bw_policies_freep) struct bw_policies *now = NULL;
	_cleanup_(bw_differences_done) struct bw_differences differences = { 0 };
	int code;

	if (ctl->args_len == 0)
		return bw_print_misuse(ctl, "'diff' compares a policy file or directory with what "
					    "it would replace; see 'bulwarkctl help diff'");

	code = load(ctl, ctl->args[ctl->args_len - 1], &now);
	if (!code)
		code = load_before(ctl, ctl->args[ctl->args_len - 1], &before);
	if (code)
		return code;

	if (bw_policies_compare(before, now, &differences))
		return bw_print_error(ctl, "no memory");

	if (ctl->json)
		differences_print_json(&differences);
	else
		differences_print(&differences);
	return BW_EXIT_OK;
}
