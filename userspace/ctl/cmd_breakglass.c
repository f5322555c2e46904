// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl breakglass: asks for leave to read, and uses what officers have signed
 *
 * Whoever asks needs no network: the request and its signatures are files.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "client.h"
#include "glass.h"
#include "print.h"

/* Resolving walks no tree here, but the daemon may be at it. */
#define USE_TIMEOUT_MS (10 * 60 * 1000)

/* --- A request ----------------------------------------------------------------- */

/* Returns 0 or an enum bw_ctl_exit. */
static int options_check(const struct bw_ctl *ctl)
{
	const struct {
		const char *value;
		const char *option;
	} needed[] = {
		{ ctl->set, "--set SET" },	  { ctl->exe, "--exe PATH" },
		{ ctl->length, "--for TIME" },	  { ctl->bytes, "--bytes SIZE" },
		{ ctl->reason, "--reason TEXT" },
	};

	for (size_t i = 0; i < ARRAY_LEN(needed); i++)
		if (!needed[i].value)
			return bw_print_misuse(ctl,
					       "'breakglass request' needs '%s'; see 'bulwarkctl "
					       "help breakglass'",
					       needed[i].option);
	return 0;
}

static json_t *request_new(const struct bw_ctl *ctl)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s*, s:s*, s:s}", "verb", "breakglass-request",
			 "set", ctl->set, "exe", ctl->exe, "for", ctl->length, "bytes", ctl->bytes,
			 "user", ctl->user, "files", ctl->files, "reason", ctl->reason);
}

static int request(const struct bw_ctl *ctl)
{
	_cleanup_(json_decrefp) json_t *answer = NULL;
	int code;

	code = options_check(ctl);
	if (!code && ctl->args_len > 1)
		code = bw_print_misuse(ctl, "'%s' is one argument too many", ctl->args[1]);
	if (!code)
		code = bw_client_need_for(ctl, request_new(ctl), BW_ASK_TIMEOUT_MS, &answer);
	if (code)
		return code;

	if (ctl->json)
		bw_print_json(stdout, take_ptr(answer));
	else
		(void)fputs(bw_member_text(answer, "request"), stdout);
	return BW_EXIT_OK;
}

/* --- Use ----------------------------------------------------------------------- */

/* A text of at most BW_GLASS_SIZE_MAX bytes; malloc'ed.  Returns 0 or an enum bw_ctl_exit. */
static int file_read(const struct bw_ctl *ctl, const char *path, char **ret_text)
{
	_cleanup_(freep) char *text = calloc(1, BW_GLASS_SIZE_MAX + 2);
	_cleanup_(fclosep) FILE *file = fopen(path, "re");
	size_t len;

	if (!text || !file)
		return bw_print_error(ctl, "cannot read '%s': %s", path, strerror(errno));

	len = fread(text, 1, BW_GLASS_SIZE_MAX + 1, file);
	if (ferror(file))
		return bw_print_error(ctl, "cannot read '%s': %s", path, strerror(errno));
	if (len > BW_GLASS_SIZE_MAX || memchr(text, '\0', len))
		return bw_print_error(ctl, "'%s' is neither a request nor a signature", path);

	*ret_text = take_ptr(text);
	return 0;
}

/* Returns 0 or an enum bw_ctl_exit. */
static int text_add(const struct bw_ctl *ctl, json_t *list, const char *path)
{
	_cleanup_(freep) char *text = NULL;
	int code = file_read(ctl, path, &text);

	if (code)
		return code;

	/* Fails for what is no text. */
	if (json_array_append_new(list, json_string(text)) < 0)
		return bw_print_error(ctl, "'%s' is neither a request nor a signature", path);
	return 0;
}

/* All files after the verb's word: the request, then the signatures. */
static int files_read(const struct bw_ctl *ctl, json_t *list)
{
	int code = 0;

	for (int i = 1; i < ctl->args_len && !code; i++)
		code = text_add(ctl, list, ctl->args[i]);
	return code;
}

static void opened_print(const json_t *answer)
{
	bw_print_line(stdout, "'%s' is open for %lld seconds, as generation %lld",
		      bw_member_text(answer, "name"),
		      (long long)bw_member_number(answer, "seconds"),
		      (long long)bw_member_number(answer, "generation"));
}

static int use(const struct bw_ctl *ctl)
{
	_cleanup_(json_decrefp) json_t *files = json_array();
	_cleanup_(json_decrefp) json_t *answer = NULL;
	_cleanup_(json_decrefp) json_t *text = NULL;
	int code;

	if (ctl->args_len < 2)
		return bw_print_misuse(ctl, "which request? As in 'bulwarkctl breakglass use "
					    "request request.anna request.bert'");

	code = files_read(ctl, files);
	if (code)
		return code;

	text = json_incref(json_array_get(files, 0));
	(void)json_array_remove(files, 0);
	code = bw_client_need_for(ctl,
				  json_pack("{s:s, s:O, s:O}", "verb", "breakglass-use", "request",
					    text, "signatures", files),
				  USE_TIMEOUT_MS, &answer);
	if (code)
		return code;

	if (ctl->json)
		bw_print_json(stdout, take_ptr(answer));
	else
		opened_print(answer);
	return BW_EXIT_OK;
}

int bw_cmd_breakglass(const struct bw_ctl *ctl)
{
	const char *word = ctl->args_len > 0 ? ctl->args[0] : "";

	if (strcmp(word, "request") == 0)
		return request(ctl);

	if (strcmp(word, "use") == 0)
		return use(ctl);

	return bw_print_misuse(ctl, "'breakglass' is followed by 'request' or 'use'; see "
				    "'bulwarkctl help breakglass'");
}
