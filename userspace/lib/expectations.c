// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - expectations: a policy's own tests, in the file beside it
 */
#include <string.h>

#include "cleanup.h"
#include "explain.h"
#include "names.h"
#include "reporter.h"

#define BLANKS " \t\r\n"
#define SUFFIX_POLICY ".yaml"
#define SUFFIX ".expect"

/**
 * struct expectation - One line of an .expect file
 *
 * @at: Of the verdict.
 * @reason: 0: any will do.
 * @clock: `at=`, or NULL.
 * @shown: The same as a number; 0: at any hour.
 * @mount_namespace: "host", "own" or NULL.
 */
struct expectation {
	struct bw_position at;
	enum bw_verdict verdict;
	enum bw_reason reason;
	time_t shown;
	char *exe;
	char *user;
	char *unit;
	char *script;
	char *group;
	char *login;
	char *clock;
	char *mount_namespace;
	char *file;
};

/**
 * struct line - A line that is being cut into words
 *
 * @rest: What hasn't been cut yet.
 * @at: Where the last word began.
 */
struct line {
	char *rest;
	struct bw_position at;
};

static unsigned int characters(const char *text, const char *end)
{
	unsigned int count = 0;

	for (; text < end; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

/* The next word, NULL at the end or a comment. */
static char *word_next(struct line *line)
{
	char *word = line->rest + strspn(line->rest, BLANKS), *end;

	if (!*word || *word == '#')
		return NULL;

	line->at.column += characters(line->rest, word);
	end = word + strcspn(word, BLANKS);
	line->rest = end;
	if (*end) {
		*end = 0;
		line->rest++;
	}
	return word;
}

/* The next word begins behind this one and the blank that ended it. */
static void word_pass(struct line *line, const char *word)
{
	line->at.column += characters(word, line->rest);
}

static char **expectation_field(struct expectation *expectation, const char *word, size_t len)
{
	const struct {
		const char *key;
		char **field;
	} fields[] = {
		{ "exe", &expectation->exe },
		{ "user", &expectation->user },
		{ "unit", &expectation->unit },
		{ "script", &expectation->script },
		{ "group", &expectation->group },
		{ "login", &expectation->login },
		{ "at", &expectation->clock },
		{ "mount-namespace", &expectation->mount_namespace },
		{ "file", &expectation->file },
	};

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (strlen(fields[i].key) == len && !memcmp(fields[i].key, word, len))
			return fields[i].field;
	}
	return NULL;
}

static void pair_take(struct bw_reporter *reporter, struct expectation *expectation,
		      struct bw_position at, char *word, char *equals)
{
	char **field = expectation_field(expectation, word, equals - word);

	*equals = 0;
	if (!field)
		bw_report_error(
			reporter, at,
			"unknown key '%s'; the keys are 'exe', 'user', 'unit', 'script', 'group', "
			"'login', 'at', 'mount-namespace' and 'file'",
			word);
	else if (*field)
		bw_report_error(reporter, at, "'%s' is given twice", word);
	else
		*field = equals + 1;
}

static void reason_take(struct bw_reporter *reporter, struct expectation *expectation,
			struct bw_position at, const char *word)
{
	if (expectation->reason) {
		bw_report_error(reporter, at, "'%s' is out of place; write key=value", word);
		return;
	}

	expectation->reason = bw_reason_from_name(word);
	if (!expectation->reason)
		bw_report_error(reporter, at,
				"'%s' is neither a reason such as 'no-grant' nor a key=value",
				word);
}

static void expectation_check(struct bw_reporter *reporter, struct expectation *expectation)
{
	const char *mounts = expectation->mount_namespace;

	if (!expectation->exe || !expectation->user || !expectation->file)
		bw_report_error(reporter, expectation->at,
				"'exe=', 'user=' and 'file=' are all needed");
	if (mounts && strcmp(mounts, "host") != 0 && strcmp(mounts, "own") != 0)
		bw_report_error(reporter, expectation->at,
				"'mount-namespace=%s' is unknown; write 'host' or 'own'", mounts);
	if (expectation->clock && !bw_clock_parse(expectation->clock, &expectation->shown))
		bw_report_error(reporter, expectation->at,
				"'at=%s' is no moment; write it as in 'at=2026-11-24T04:31'",
				expectation->clock);
}

static void expectation_parse(struct bw_reporter *reporter, struct line *line, char *word,
			      struct expectation *expectation)
{
	expectation->at = line->at;
	expectation->verdict = bw_verdict_from_name(word);
	if (!expectation->verdict)
		bw_report_error(reporter, line->at,
				"'%s' is no verdict; write 'allow', 'deny' or 'would-deny'", word);

	word_pass(line, word);
	while ((word = word_next(line))) {
		char *equals = strchr(word, '=');

		if (equals)
			pair_take(reporter, expectation, line->at, word, equals);
		else
			reason_take(reporter, expectation, line->at, word);
		word_pass(line, word);
	}
	expectation_check(reporter, expectation);
}

/* `deny` holds in monitor mode as well: the same file serves both. */
static bool expectation_holds(const struct expectation *expectation, const struct bw_answer *answer)
{
	if (expectation->reason && expectation->reason != answer->reason)
		return false;

	return expectation->verdict == answer->verdict ||
	       (expectation->verdict == BW_VERDICT_DENY &&
		answer->verdict == BW_VERDICT_WOULD_DENY);
}

static void mismatch_report(struct bw_reporter *reporter, const struct expectation *expectation,
			    const struct bw_answer *answer)
{
	const char *expected_reason =
		expectation->reason ? bw_reason_name(expectation->reason) : "";
	const char *reason =
		answer->in_set ? bw_reason_text(answer->reason) : "the file is in no set";

	if (answer->policy)
		bw_report_error(reporter, expectation->at, "expected %s%s%s, got %s: %s (%s:%u:%u)",
				bw_verdict_name(expectation->verdict), *expected_reason ? " " : "",
				expected_reason, bw_verdict_name(answer->verdict), reason,
				answer->policy->file, answer->at.line, answer->at.column);
	else
		bw_report_error(reporter, expectation->at, "expected %s%s%s, got %s: %s",
				bw_verdict_name(expectation->verdict), *expected_reason ? " " : "",
				expected_reason, bw_verdict_name(answer->verdict), reason);
}

static void expectation_run(struct bw_reporter *reporter, const struct bw_policy *policy,
			    const struct expectation *expectation)
{
	const struct bw_policies policies = { .items = (struct bw_policy **)&policy, .len = 1 };
	const struct bw_question question = {
		.exe = expectation->exe,
		.user = expectation->user,
		.unit = expectation->unit ? expectation->unit : "",
		.script = expectation->script ? expectation->script : "",
		.group = expectation->group ? expectation->group : "",
		.login = expectation->login ? expectation->login : "none",
		.at = expectation->shown,
		.shown = true,
		.mount_ns = expectation->mount_namespace &&
			    !strcmp(expectation->mount_namespace, "own"),
		.file = expectation->file,
	};
	struct bw_answer answer;
	int err = bw_explain(&policies, &question, &answer);

	if (err == -ENOMEM)
		bw_report_no_memory(reporter);
	else if (err == -EINVAL)
		bw_report_error(reporter, expectation->at,
				"'exe=' and 'file=' must be absolute paths without '.' and '..'");
	else if (err)
		bw_report_error(reporter, expectation->at,
				"no user '%s' on this host, and no grant names one; use a number",
				question.user);
	else if (!expectation_holds(expectation, &answer))
		mismatch_report(reporter, expectation, &answer);
}

/* Returns whether the line holds an expectation. */
static bool line_run(struct bw_reporter *reporter, const struct bw_policy *policy, char *text,
		     unsigned int number)
{
	struct line line = { .rest = text, .at = { .line = number, .column = 1 } };
	struct expectation expectation = { 0 };
	size_t errors = reporter->errors;
	char *word = word_next(&line);

	if (!word)
		return false;

	expectation_parse(reporter, &line, word, &expectation);
	if (reporter->errors == errors)
		expectation_run(reporter, policy, &expectation);
	return true;
}

static void lines_run(struct bw_reporter *reporter, const struct bw_policy *policy, FILE *file,
		      unsigned int *run, unsigned int *failed)
{
	_cleanup_(freep) char *text = NULL;
	size_t size = 0;

	for (unsigned int number = 1; getline(&text, &size, file) >= 0; number++) {
		size_t errors = reporter->errors;

		*run += line_run(reporter, policy, text, number);
		*failed += reporter->errors > errors;
	}
}

/* "x.expect" for "x.expect" and for "x.yaml". */
static char *expectations_path(const char *path)
{
	size_t len = strlen(path), suffix_len = strlen(SUFFIX_POLICY);
	char *beside;

	if (len <= suffix_len || strcmp(path + len - suffix_len, SUFFIX_POLICY) != 0)
		return strdup(path);

	return asprintf(&beside, "%.*s" SUFFIX, (int)(len - suffix_len), path) < 0 ? NULL : beside;
}

int bw_expectations_run(const struct bw_policy *policy, const char *path,
			struct bw_diagnostics *diagnostics, unsigned int *ret_run,
			unsigned int *ret_failed)
{
	_cleanup_(freep) char *beside = expectations_path(path);
	_cleanup_(fclosep) FILE *file = NULL;
	struct bw_reporter reporter;
	unsigned int run = 0, failed = 0;
	int err;

	if (!beside)
		return -ENOMEM;

	file = fopen(beside, "re");
	if (!file)
		return -errno;

	reporter = bw_reporter_begin(diagnostics, beside);
	lines_run(&reporter, policy, file, &run, &failed);
	if (ferror(file))
		bw_report_error(&reporter, (struct bw_position){ 0 }, "can't be read to its end");

	err = bw_reporter_end(&reporter);
	if (err == -ENOMEM)
		return err;

	*ret_run = run;
	*ret_failed = failed;
	return err;
}
