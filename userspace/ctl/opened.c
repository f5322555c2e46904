// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl: what officers have opened, of which no policy file tells
 */
#include <string.h>
#include <sys/stat.h>

#include "amounts.h"
#include "cleanup.h"
#include "client.h"
#include "grant.h"
#include "opened.h"
#include "policy.h"
#include "print.h"
#include "wire.h"

/* Another policy than the one in force may be another host's. */
static bool is_in_force(const struct bw_ctl *ctl)
{
	return strcmp(ctl->policy, BW_POLICY_DIR) == 0 || strcmp(ctl->socket, BW_SOCKET_PATH) != 0;
}

/* What is read of a disk can't be counted. */
static bool is_disk(const char *file)
{
	struct stat status;

	return stat(file, &status) == 0 && S_ISBLK(status.st_mode);
}

static bool may_be_open(const struct bw_question *question, const struct bw_answer *answer)
{
	return answer->in_set && (answer->reason != BW_REASON_GRANTED || answer->others) &&
	       !question->mount_ns && !is_disk(question->file);
}

/* NULL if it can't be asked. */
static json_t *request_new(const struct bw_question *question, const char *set)
{
	uint32_t uid;

	if (bw_user_number(question->user, &uid))
		return NULL;

	return json_pack("{s:s, s:s, s:s, s:I}", "verb", "breakglass-open", "set", set, "exe",
			 question->exe, "uid", (json_int_t)uid);
}

static json_int_t bytes_left(const json_t *opened)
{
	json_int_t left =
		bw_member_number(opened, "bytes_limit") - bw_member_number(opened, "bytes");

	return left > 0 ? left : 0;
}

json_t *bw_opened_ask(const struct bw_ctl *ctl, const struct bw_question *question,
		      struct bw_answer *answer)
{
	_cleanup_(json_decrefp) json_t *request = NULL;
	_cleanup_(json_decrefp) json_t *told = NULL;
	json_t *opened;

	if (!is_in_force(ctl) || !may_be_open(question, answer))
		return NULL;

	request = request_new(question, answer->policy->set);
	if (!request || bw_wire_call(ctl->socket, request, BW_ASK_TIMEOUT_MS, &told))
		return NULL;

	opened = json_object_get(told, "open");
	if (!json_is_object(opened))
		return NULL;

	bw_explain_glass(answer, bytes_left(opened) > 0);
	return json_incref(opened);
}

void bw_opened_print(const json_t *opened)
{
	char left[BW_AMOUNT_SIZE], most[BW_AMOUNT_SIZE], ends[BW_AMOUNT_SIZE];
	const json_t *files = json_object_get(opened, "files_limit");
	const char *name = bw_member_text(opened, "grant");

	bw_amount_bytes(bytes_left(opened), left, sizeof(left));
	bw_amount_bytes(bw_member_number(opened, "bytes_limit"), most, sizeof(most));
	bw_amount_time(bw_member_number(opened, "ends_s"), ends, sizeof(ends));
	bw_print_part(stdout, "  grant  %s, ends in %s, left: %s of %s", name ? name : "?", ends,
		      left, most);
	if (json_is_integer(files))
		bw_print_part(stdout, ", files: %lld of %lld",
			      (long long)bw_member_number(opened, "files"),
			      (long long)json_integer_value(files));
	bw_print_line(stdout, "%s", "");
}
