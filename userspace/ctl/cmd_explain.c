// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl explain: who may read a file, and by which line
 */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "explain.h"
#include "names.h"
#include "opened.h"
#include "print.h"
#include "right.h"

/**
 * struct inquiry - A question, and what it was found to ask on this host
 *
 * @question: What bw_explain() is asked.
 * @content: What is in the executable here, if it can be read.
 * @exe: Where the executable really is, "" if that is what was typed.
 * @file: The same of the file.
 * @opened: What officers have opened to who asks; NULL for nothing.
 */
struct inquiry {
	struct bw_question question;
	struct bw_answer answer;
	struct bw_content content;
	char exe[PATH_MAX];
	char file[PATH_MAX];
	json_t *opened;
};

static void inquiry_done(struct inquiry *inquiry)
{
	json_decref(inquiry->opened);
}

/* The kernel sees no symbolic links: /bin/cp is /usr/bin/cp. */
static void path_follow(const char *typed, char *real)
{
	if (!realpath(typed, real) || !strcmp(typed, real))
		*real = '\0';
}

static bool says_more(const struct bw_answer *one, const struct bw_answer *other)
{
	if (one->in_set != other->in_set)
		return one->in_set;

	if ((one->verdict == BW_VERDICT_ALLOW) != (other->verdict == BW_VERDICT_ALLOW))
		return one->verdict == BW_VERDICT_ALLOW;

	return one->grant && !other->grant;
}

/* Asks again with another name of the same thing, and keeps the better answer. */
static void ask_again(const struct bw_policies *policies, struct inquiry *inquiry,
		      const char **field, const char *name)
{
	const char *typed = *field;
	struct bw_answer answer;

	if (!*name)
		return;

	*field = name;
	if (!bw_explain(policies, &inquiry->question, &answer) &&
	    says_more(&answer, &inquiry->answer))
		inquiry->answer = answer;
	else
		*field = typed;
}

/* On another host than that of the policy it isn't there: then the digest is taken for right. */
static void content_look(struct inquiry *inquiry)
{
	const char *exe = *inquiry->exe ? inquiry->exe : inquiry->question.exe;
	_cleanup_(closep) int fd = open(exe, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return;

	if (!bw_content_hash(fd, &inquiry->content))
		inquiry->question.content = &inquiry->content;
}

static int inquire(const struct bw_policies *policies, struct inquiry *inquiry)
{
	int err;

	path_follow(inquiry->question.exe, inquiry->exe);
	path_follow(inquiry->question.file, inquiry->file);
	/* Relative names have no other meaning than the one they have here. */
	if (*inquiry->exe && *inquiry->question.exe != '/')
		inquiry->question.exe = inquiry->exe;
	if (*inquiry->file && *inquiry->question.file != '/')
		inquiry->question.file = inquiry->file;

	content_look(inquiry);
	err = bw_explain(policies, &inquiry->question, &inquiry->answer);
	if (err)
		return err;

	/* A file is in a set if any of its names is. */
	ask_again(policies, inquiry, &inquiry->question.file, inquiry->file);
	ask_again(policies, inquiry, &inquiry->question.exe, inquiry->exe);
	return 0;
}

/* One line of a file, without its end; malloc'ed, NULL if there is none. */
static char *source_line(const char *path, unsigned int number)
{
	_cleanup_(fclosep) FILE *file = fopen(path, "re");
	_cleanup_(freep) char *line = NULL;
	size_t size = 0;

	if (!file || number == 0)
		return NULL;

	for (unsigned int i = 0; i < number; i++) {
		if (getline(&line, &size, file) < 0)
			return NULL;
	}
	line[strcspn(line, "\n")] = '\0';
	return take_ptr(line);
}

static void line_print(const struct bw_answer *answer)
{
	_cleanup_(freep) char *source = NULL;

	if (!answer->policy || answer->at.line == 0)
		return;

	bw_print_line(stdout, "   line  %s:%u:%u", answer->policy->file, answer->at.line,
		      answer->at.column);
	source = source_line(answer->policy->file, answer->at.line);
	if (source)
		bw_print_line(stdout, "         | %s", source);
}

static void verdict_print(const struct bw_answer *answer)
{
	static const enum bw_colour colours[] = {
		[BW_VERDICT_ALLOW] = BW_COLOUR_GOOD,
		[BW_VERDICT_DENY] = BW_COLOUR_BAD,
		[BW_VERDICT_WOULD_DENY] = BW_COLOUR_CARE,
	};

	bw_print_word(stdout, colours[answer->verdict], bw_verdict_name(answer->verdict), 0);
	if (!answer->in_set)
		bw_print_line(stdout, ": the file is in no set%s",
			      answer->policy ? ", an exception cuts it out" : "");
	else if (answer->others)
		bw_print_line(stdout,
			      ": no grant fits, but others may read while their budget lasts");
	else
		bw_print_line(stdout, ": %s", bw_reason_text(answer->reason));
}

static void path_print(const char *what, const char *path, const char *real)
{
	if (*real && strcmp(path, real) != 0)
		bw_print_line(stdout, "%7s  %s (here: %s)", what, path, real);
	else
		bw_print_line(stdout, "%7s  %s", what, path);
}

static void names_print(const struct inquiry *inquiry)
{
	const struct bw_question *question = &inquiry->question;

	path_print("exe", question->exe, inquiry->exe);
	bw_print_line(stdout, "   user  %s", question->user);
	bw_print_line(stdout, "   unit  %s", *question->unit ? question->unit : "(none)");
	path_print("file", question->file, inquiry->file);
}

static void inquiry_print(const struct inquiry *inquiry)
{
	const struct bw_answer *answer = &inquiry->answer;

	verdict_print(answer);
	names_print(inquiry);
	if (answer->in_set)
		bw_print_line(stdout, "    set  %s, %s%s", answer->policy->set,
			      bw_mode_verb(answer->policy->mode),
			      answer->policy->mode == BW_MODE_ENFORCE ? "" : ": the access passes");
	if (answer->grant && !answer->others)
		bw_print_line(stdout, "  grant  %s", answer->grant->name);
	if (inquiry->opened)
		bw_opened_print(inquiry->opened);
	line_print(answer);
	bw_right_print(&inquiry->question, answer);
}

static const char *grant_name(const struct inquiry *inquiry)
{
	const struct bw_answer *answer = &inquiry->answer;

	if (inquiry->opened)
		return json_string_value(json_object_get(inquiry->opened, "grant"));

	return answer->grant && !answer->others ? answer->grant->name : NULL;
}

static json_t *inquiry_pack(const struct inquiry *inquiry)
{
	const struct bw_answer *answer = &inquiry->answer;
	const struct bw_policy *policy = answer->policy;

	return json_pack(
		"{s:b,s:s,s:s,s:s,s:b,s:b,s:o,s:o,s:s?,s:s?,s:o?,s:i,s:i,s:O?}", "ok", 1, "verdict",
		bw_verdict_name(answer->verdict), "reason", bw_reason_name(answer->reason), "text",
		bw_reason_text(answer->reason), "in_set", answer->in_set, "others", answer->others,
		"exe", bw_json_text(inquiry->question.exe), "path",
		bw_json_text(inquiry->question.file), "set",
		policy && answer->in_set ? policy->set : NULL, "grant", grant_name(inquiry), "file",
		policy ? bw_json_text(policy->file) : NULL, "line", answer->at.line, "column",
		answer->at.column, "opened", inquiry->opened);
}

static int say_failed(const struct bw_ctl *ctl, int err, const struct bw_question *question)
{
	if (err == -ENOENT)
		return bw_print_error(
			ctl,
			"cannot explain user '%s': there is none here, and no grant "
			"names one; give a name that 'getent passwd' lists, or a number",
			question->user);

	if (err == -EINVAL)
		return bw_print_error(ctl,
				      "cannot explain '%s' and '%s': both must be absolute paths "
				      "without '.' and '..'",
				      question->exe, question->file);

	return bw_print_error(ctl, "cannot explain '%s': %s", question->file, strerror(-err));
}

/* Loads what is to be explained; complains about the first mistake only. */
static int policies_get(const struct bw_ctl *ctl, struct bw_policies **ret_policies)
{
	_cleanup_(bw_diagnostics_done) struct bw_diagnostics diagnostics = { 0 };
	_cleanup_(freep) char *first = NULL;
	int err;

	err = bw_policies_load(ctl->policy, NULL, &diagnostics, ret_policies);
	if (!err)
		return 0;

	first = bw_diagnostics_first_error(&diagnostics);
	return bw_print_error(ctl,
			      "cannot use the policy '%s': %s; 'bulwarkctl check %s' shows all",
			      ctl->policy, first ? first : strerror(-err), ctl->policy);
}

int bw_cmd_explain(const struct bw_ctl *ctl)
{
	_cleanup_(bw_policies_freep) struct bw_policies *policies = NULL;
	_cleanup_(inquiry_done) struct inquiry inquiry = { 0 };
	int err;

	if (!ctl->exe || !ctl->user || ctl->args_len == 0)
		return bw_print_misuse(ctl,
				       "'explain' needs --exe PATH, --user NAME and a FILE, as in "
				       "'bulwarkctl explain --exe /usr/bin/cp --user root "
				       "/srv/x.pdf'");

	err = policies_get(ctl, &policies);
	if (err)
		return err;

	inquiry.question = (struct bw_question){
		.exe = ctl->exe,
		.user = ctl->user,
		.unit = ctl->unit,
		.script = ctl->script ? ctl->script : "",
		.group = ctl->group ? ctl->group : "",
		.login = ctl->login ? ctl->login : "none",
		.at = time(NULL),
		.shown = ctl->clock != NULL,
		.mount_ns = ctl->mount_ns,
		.file = ctl->args[0],
	};
	if (ctl->clock && !bw_clock_parse(ctl->clock, &inquiry.question.at))
		return bw_print_misuse(
			ctl, "'--at %s' is no moment; write it as in '--at 2026-11-24T04:31'",
			ctl->clock);

	err = inquire(policies, &inquiry);
	if (err)
		return say_failed(ctl, err, &inquiry.question);

	inquiry.opened = bw_opened_ask(ctl, &inquiry.question, &inquiry.answer);
	if (ctl->json)
		bw_print_json(stdout, inquiry_pack(&inquiry));
	else
		inquiry_print(&inquiry);
	return BW_EXIT_OK;
}
