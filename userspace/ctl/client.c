// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl asks the daemon
 */
#include <string.h>

#include <bulwark/abi.h>

#include "cleanup.h"
#include "client.h"
#include "print.h"
#include "wire.h"

struct bw_client_excuse bw_client_excuse(int err)
{
	switch (err) {
	case -ENOENT:
	case -ECONNREFUSED:
		return (struct bw_client_excuse){
			"bulwarkd isn't running",
			"run 'systemctl start bulwarkd'; 'journalctl -u bulwarkd' tells why it "
			"ended",
		};
	case -EACCES:
	case -EPERM:
		return (struct bw_client_excuse){
			"only root and the group 'bulwark' may ask",
			"use sudo, or 'adduser NAME bulwark' and log in again",
		};
	case -ETIMEDOUT:
		return (struct bw_client_excuse){
			"bulwarkd doesn't answer",
			"look at 'systemctl status bulwarkd'; 'systemctl restart bulwarkd' opens "
			"no "
			"gap",
		};
	case -EPROTO:
		return (struct bw_client_excuse){
			"the answer makes no sense",
			"is that bulwarkd, and of this version? 'systemctl restart bulwarkd'",
		};
	default:
		return (struct bw_client_excuse){
			strerror(-err),
			"look at 'journalctl -u bulwarkd'",
		};
	}
}

int bw_client_ask(const struct bw_ctl *ctl, const char *verb, int timeout_ms, json_t **ret_answer)
{
	_cleanup_(json_decrefp) json_t *request = json_pack("{s:s}", "verb", verb);

	if (!request)
		return -ENOMEM;

	return bw_wire_call(ctl->socket, request, timeout_ms, ret_answer);
}

int bw_client_need_for(const struct bw_ctl *ctl, json_t *request, int timeout_ms,
		       json_t **ret_answer)
{
	_cleanup_(json_decrefp) json_t *asked = request;
	_cleanup_(json_decrefp) json_t *answer = NULL;
	struct bw_client_excuse excuse;
	const char *error;
	int err = -ENOMEM;

	if (asked)
		err = bw_wire_call(ctl->socket, asked, timeout_ms, &answer);
	if (err) {
		excuse = bw_client_excuse(err);
		return bw_print_error(ctl, "cannot ask bulwarkd at '%s': %s; %s", ctl->socket,
				      excuse.reason, excuse.hint);
	}

	if (!bw_member_true(answer, "ok")) {
		error = bw_member_text(answer, "error");
		return bw_print_error(ctl, "bulwarkd refused '%s': %s",
				      bw_member_text(asked, "verb"),
				      error ? error : "no reason given");
	}

	*ret_answer = take_ptr(answer);
	return 0;
}

int bw_client_need(const struct bw_ctl *ctl, const char *verb, int timeout_ms, json_t **ret_answer)
{
	return bw_client_need_for(ctl, json_pack("{s:s}", "verb", verb), timeout_ms, ret_answer);
}

const char *bw_member_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

json_int_t bw_member_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

bool bw_member_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

int bw_members_width(const json_t *list, const char *key, int least)
{
	json_t *object;
	size_t i;

	json_array_foreach (list, i, object) {
		const char *text = bw_member_text(object, key);
		int len = text ? (int)strnlen(text, BW_SET_NAME_SIZE) : 0;

		if (len > least)
			least = len;
	}
	return least;
}
