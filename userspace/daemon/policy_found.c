// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what was found wrong with policy files: says it, each thing once
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "policy_found.h"

static bool same_text(const char *one, const char *other)
{
	return strcmp(one ? one : "", other ? other : "") == 0;
}

static bool was_found(const struct bw_diagnostics *found, const struct bw_diagnostic *item)
{
	for (size_t i = 0; i < found->len; i++) {
		const struct bw_diagnostic *known = &found->items[i];

		if (known->at.line == item->at.line && known->at.column == item->at.column &&
		    same_text(known->file, item->file) && same_text(known->text, item->text))
			return true;
	}
	return false;
}

static void log_item(const struct bw_diagnostic *item)
{
	_cleanup_(freep) char *line = bw_diagnostic_format(item);

	if (item->warning)
		log_warning("%s", line ? line : "?");
	else
		log_error(0, "%s", line ? line : "?");
}

void bw_found_log(const struct bw_diagnostics *found, const struct bw_diagnostics *known)
{
	for (size_t i = 0; i < found->len; i++)
		if (!known || !was_found(known, &found->items[i]))
			log_item(&found->items[i]);
}

void bw_found_log_errors(const struct bw_diagnostics *found, const struct bw_diagnostics *known)
{
	for (size_t i = 0; i < found->len; i++)
		if (!found->items[i].warning && !was_found(known, &found->items[i]))
			log_item(&found->items[i]);
}

void bw_found_rename(struct bw_diagnostics *found, const char *dir, const char *name,
		     const char *path)
{
	_cleanup_(freep) char *installed = NULL;

	if (asprintf(&installed, "%s/%s", dir, name) < 0) {
		installed = NULL;
		return;
	}

	for (size_t i = 0; i < found->len; i++) {
		char *copy = strcmp(found->items[i].file, installed) == 0 ? strdup(path) : NULL;

		if (!copy)
			continue;

		free(found->items[i].file);
		found->items[i].file = copy;
	}
}
