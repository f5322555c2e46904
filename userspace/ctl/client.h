/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - bulwarkctl asks the daemon
 */
#ifndef BULWARK_CLIENT_H
#define BULWARK_CLIENT_H

#include <jansson.h>

#include "ctl.h"

#define BW_ASK_TIMEOUT_MS 15000

/* The reason for a failed bw_client_ask(), and what to do: two sentences for people. */
struct bw_client_excuse {
	const char *reason;
	const char *hint;
};

struct bw_client_excuse bw_client_excuse(int err);

/* Sends a verb without arguments.  Returns what bw_wire_call() does. */
int bw_client_ask(const struct bw_ctl *ctl, const char *verb, int timeout_ms, json_t **ret_answer);

/*
 * The same for verbs that can't do without an answer that says ok: complains
 * where there is none.  Returns 0 or an enum bw_ctl_exit.
 */
int bw_client_need(const struct bw_ctl *ctl, const char *verb, int timeout_ms, json_t **ret_answer);

/*
 * The same for a request with arguments, whose reference is dropped; NULL stands for
 * no memory.
 */
int bw_client_need_for(const struct bw_ctl *ctl, json_t *request, int timeout_ms,
		       json_t **ret_answer);

/* Members of an answer that may be missing or of another type. */
const char *bw_member_text(const json_t *object, const char *key);
json_int_t bw_member_number(const json_t *object, const char *key);
bool bw_member_true(const json_t *object, const char *key);

/* Columns for a text member of all of a list's objects: at least @least. */
int bw_members_width(const json_t *list, const char *key, int least);

#endif
