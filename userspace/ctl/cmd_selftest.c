// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: does any way lead to a protected file?
 */
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "choice.h"
#include "cleanup.h"
#include "holder.h"
#include "print.h"
#include "trial.h"

/**
 * struct matrix - All trials
 *
 * @descriptor: Of the file, from before it was protected; -1 for none.
 * @counts: How many of each enum trial_result.
 * @list: Each, as --json has it.
 */
struct matrix {
	int descriptor;
	size_t counts[TRIAL_NOT_TRIED + 1];
	json_t *list;
};

static enum bw_colour result_colour(enum trial_result result)
{
	switch (result) {
	case TRIAL_REFUSED:
		return BW_COLOUR_GOOD;
	case TRIAL_LEAKED:
		return BW_COLOUR_BAD;
	default:
		return BW_COLOUR_CARE;
	}
}

/* Why it came to that; NULL for no reason. */
static const char *trial_reason(const struct trial *trial)
{
	if (*trial->why)
		return trial->why;

	return trial->err ? strerror(-trial->err) : NULL;
}

static void trial_print(const struct trial *trial)
{
	const struct technique *technique = trial->technique;
	const char *reason = trial_reason(trial);

	bw_print_word(stdout, result_colour(trial->result), trial_result_name(trial->result), 15);
	if (reason)
		bw_print_line(stdout, "%-4s %-36s %s", technique->row, technique->what, reason);
	else
		bw_print_line(stdout, "%-4s %s", technique->row, technique->what);
}

static void trial_list(json_t *list, const struct trial *trial)
{
	const struct technique *technique = trial->technique;

	(void)json_array_append_new(
		list, json_pack("{s:s,s:s,s:s,s:s,s:s*}", "technique", technique->name, "channel",
				technique->row, "what", technique->what, "result",
				trial_result_name(trial->result), "error", trial_reason(trial)));
}

static void technique_try(const struct bw_ctl *ctl, struct matrix *matrix,
			  const struct technique *technique, const char *path,
			  const struct grounds *grounds)
{
	const struct trial trial = trial_run(technique, path, matrix->descriptor, grounds);

	matrix->counts[trial.result]++;
	if (ctl->json)
		trial_list(matrix->list, &trial);
	else
		trial_print(&trial);
}

static void all_try(const struct bw_ctl *ctl, struct matrix *matrix, const char *path,
		    const struct grounds *grounds)
{
	const struct technique *technique;

	if (!ctl->json)
		bw_print_head(stdout,
			      "RESULT         ROW  TECHNIQUE                            REASON");

	for (size_t i = 0; (technique = technique_at(i)); i++)
		if (choice_has(ctl->only, technique->name))
			technique_try(ctl, matrix, technique, path, grounds);
}

static int matrix_conclude(const struct bw_ctl *ctl, struct matrix *matrix, const char *path)
{
	const size_t *counts = matrix->counts;

	if (ctl->json) {
		bw_print_json(stdout,
			      json_pack("{s:b,s:o,s:I,s:I,s:I,s:I,s:o}", "ok",
					!counts[TRIAL_LEAKED], "file", bw_json_text(path),
					"refused", (json_int_t)counts[TRIAL_REFUSED], "leaked",
					(json_int_t)counts[TRIAL_LEAKED], "not_applicable",
					(json_int_t)counts[TRIAL_NOT_APPLICABLE], "not_tried",
					(json_int_t)counts[TRIAL_NOT_TRIED], "techniques",
					matrix->list));
	} else {
		bw_print_wrapped(stdout, 0, 0,
				 "'%s': %zu ways refused, %zu leaked, %zu not applicable here, %zu "
				 "could not be tried",
				 path, counts[TRIAL_REFUSED], counts[TRIAL_LEAKED],
				 counts[TRIAL_NOT_APPLICABLE], counts[TRIAL_NOT_TRIED]);
		json_decref(matrix->list);
	}
	if (counts[TRIAL_LEAKED])
		return BW_EXIT_UNPROTECTED;

	return counts[TRIAL_REFUSED] ? BW_EXIT_OK : BW_EXIT_FAILED;
}

/* An inherited descriptor of just this file; -1 for none, -EBADF for anything else. */
static int descriptor_parse(const char *text, const char *path)
{
	struct stat named, inherited;
	char *end;
	long number;

	if (!text)
		return -1;

	number = strtol(text, &end, 10);
	if (end == text || *end || number < 0 || number > INT_MAX)
		return -EBADF;

	if (stat(path, &named) < 0 || fstat((int)number, &inherited) < 0 ||
	    named.st_dev != inherited.st_dev || named.st_ino != inherited.st_ino)
		return -EBADF;

	return (int)number;
}

static int grounds_failed(const struct bw_ctl *ctl, const char *file, int err)
{
	return bw_print_error(ctl, "can't try '%s': %s; %s", file, strerror(-err),
			      err == -EXDEV
				      ? "no directory above it, on its filesystem, takes a new "
					"file that can be read"
				      : "name a protected file, or start bulwarkd for its decoy");
}

static int names_print(void)
{
	const struct technique *technique;

	for (size_t i = 0; (technique = technique_at(i)); i++)
		(void)puts(technique->name);
	return BW_EXIT_OK;
}

int bw_cmd_selftest(const struct bw_ctl *ctl)
{
	const char *file = ctl->args_len > 0 ? ctl->args[0] : DECOY_PATH;
	_cleanup_(grounds_done) struct grounds grounds = { 0 };
	_cleanup_(freep) char *path = NULL;
	struct matrix matrix = { .list = NULL };
	int err;

	if (ctl->only && !strcmp(ctl->only, CHOICE_HELP))
		return names_print();

	err = ctl->only ? choice_judge(ctl, ctl->only) : 0;
	if (err)
		return err;

	path = realpath(file, NULL);
	if (!path)
		return grounds_failed(ctl, file, -errno);

	matrix.descriptor = descriptor_parse(ctl->descriptor, path);
	if (matrix.descriptor == -EBADF)
		return bw_print_misuse(ctl, "'--descriptor %s' is no descriptor of '%s'",
				       ctl->descriptor, file);

	err = grounds_make(&grounds, path);
	if (err)
		return grounds_failed(ctl, file, err);

	matrix.list = json_array();
	all_try(ctl, &matrix, path, &grounds);
	return matrix_conclude(ctl, &matrix, path);
}
