// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - facts of a host: reads them from a file, strictly
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "facts.h"
#include "files.h"

/* Some 100,000 files of one directory. */
#define FACTS_SIZE_MAX (16U << 20)

/* What a file may be; of "link" it is said what it leads to, if it does. */
static const char *const kinds[] = { "file", "script", "directory", "link", "other" };

/**
 * struct loading - Facts that are being read
 */
struct loading {
	struct bw_diagnostics *diagnostics;
	json_t *facts;
};

static bool number_fits(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) >= 0 &&
	       json_integer_value(value) < UINT_MAX;
}

/* The name of the first that is no number; NULL for none. */
static const char *numbers_fault(json_t *numbers)
{
	const char *name;
	json_t *value;

	if (!json_is_object(numbers))
		return "users, groups";

	json_object_foreach (numbers, name, value) {
		if (!number_fits(value))
			return name;
	}
	return NULL;
}

static bool kind_is_known(const char *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (!strcmp(kinds[i], kind))
			return true;
	return false;
}

static bool mode_fits(const char *mode)
{
	return strlen(mode) == 4 && strspn(mode, "01234567") == 4;
}

static bool file_fits(json_t *file)
{
	const char *kind, *mode, *filesystem, *leads_to = NULL, *blamed = NULL;
	json_t *owner;

	if (json_unpack_ex(file, NULL, JSON_STRICT, "{s:s, s:o, s:s, s:s, s?s, s?s}", "kind", &kind,
			   "owner", &owner, "mode", &mode, "filesystem", &filesystem, "leads_to",
			   &leads_to, "blamed", &blamed))
		return false;

	return kind_is_known(kind) && number_fits(owner) && mode_fits(mode) &&
	       (!leads_to || *leads_to == '/');
}

static const char *files_fault(json_t *files)
{
	const char *path;
	json_t *file;

	if (!json_is_object(files))
		return "files";

	json_object_foreach (files, path, file) {
		if (*path != '/' || !file_fits(file))
			return path;
	}
	return NULL;
}

static bool asked_fits(const json_t *asked)
{
	const json_t *path;
	size_t i;

	json_array_foreach (asked, i, path) {
		if (!json_is_string(path))
			return false;
	}
	return json_is_array(asked);
}

static int complain(const struct loading *loading, const char *path, const char *text)
{
	static const struct bw_position whole_file;
	int err = bw_diagnostics_add(loading->diagnostics, path, whole_file, false, "%s", text);

	return err ? err : -EINVAL;
}

static int complain_of(const struct loading *loading, const char *path, const char *name)
{
	static const struct bw_position whole_file;
	int err = bw_diagnostics_add(loading->diagnostics, path, whole_file, false,
				     "what it says of '%s' isn't what 'bulwarkctl facts' writes",
				     name);

	return err ? err : -EINVAL;
}

/* Facts of another version may mean something else by the same words. */
static bool version_is_known(json_t *facts)
{
	int version;

	return !json_unpack(facts, "{s:i}", "facts", &version) && version == BW_FACTS_VERSION;
}

static int members_judge(const struct loading *loading, const char *path)
{
	json_t *users, *groups, *asked, *files;
	const char *host, *kernel, *taken, *fault;
	json_error_t error;
	int version;

	if (!version_is_known(loading->facts))
		return complain(
			loading, path,
			"these are no facts of version 1, as 'bulwarkctl facts' takes them");

	if (json_unpack_ex(loading->facts, &error, JSON_STRICT,
			   "{s:i, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "facts", &version, "host",
			   &host, "kernel", &kernel, "taken", &taken, "users", &users, "groups",
			   &groups, "asked", &asked, "files", &files))
		return complain(loading, path, error.text);

	if (!asked_fits(asked))
		return complain_of(loading, path, "asked");

	fault = numbers_fault(users);
	if (!fault)
		fault = numbers_fault(groups);
	if (!fault)
		fault = files_fault(files);
	return fault ? complain_of(loading, path, fault) : 0;
}

static int syntax_complain(const struct loading *loading, const char *path,
			   const json_error_t *error)
{
	const struct bw_position at = {
		.line = error->line > 0 ? error->line : 0,
		.column = error->column > 0 ? error->column : 1,
	};
	int err = bw_diagnostics_add(loading->diagnostics, path, at, false, "%s", error->text);

	return err ? err : -EINVAL;
}

static int facts_take(void *context, const char *path, const char *text, size_t len)
{
	struct loading *loading = context;
	json_error_t error;

	if (loading->facts)
		return complain(loading, path, "one host's facts are looked at: name its file");

	if (len > FACTS_SIZE_MAX)
		return complain(loading, path, "it is too large");

	loading->facts = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	return loading->facts ? members_judge(loading, path)
			      : syntax_complain(loading, path, &error);
}

int bw_facts_load(const char *path, struct bw_diagnostics *diagnostics, json_t **ret_facts)
{
	struct loading loading = { .diagnostics = diagnostics };
	const struct bw_files files = {
		.what = "facts",
		.suffix = ".json",
		.size_max = FACTS_SIZE_MAX,
		.take = facts_take,
		.context = &loading,
	};
	int err = bw_files_read(&files, path, diagnostics);

	if (err || !loading.facts) {
		json_decref(loading.facts);
		return err ? err : -EINVAL;
	}

	*ret_facts = loading.facts;
	return 0;
}
