/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the control socket's protocol
 *
 * One JSON object per line each way, UTF-8, at most BW_WIRE_LINE_MAX bytes.
 * Request: {"verb": "status"} with the verb's arguments as further members.
 * Answer: {"ok": true, ...} or {"ok": false, "error": "what is wrong, and what
 * to do", "diagnostics": ["file:1:1: error: ..."]}.
 *
 *	verb	who		arguments	answer
 *	status	root, bulwark	-		see bulwarkctl(8)
 *	holders	root, bulwark	-		"holders": [...]
 *	budgets	root, bulwark	-		"budgets": [...]
 *	apply	root		-		"generation", "diagnostics"
 *	tighten	root		"file"		"generation", "diagnostics"
 *	seal	root		"needed",	-
 *			"commitments": [...]
 *	unseal	root		"secret"	"shown", "needed"
 *	breakglass-request
 *		root, bulwark	see below	"request", "needed"
 *	breakglass-use
 *		root		"request",	"name", "generation", "seconds"
 *			"signatures": [...]
 *
 * A request to break the glass has "set", "exe", "for", "bytes" and "reason", and may have
 * "user" and "files": texts as glass.h tells.
 *
 * A commitment is 64 hexadecimal digits, a secret what bw_secret_text() makes.
 */
#ifndef BULWARK_WIRE_H
#define BULWARK_WIRE_H

#include <jansson.h>

#define BW_SOCKET_PATH "/run/bulwark/control.sock"
#define BW_WIRE_LINE_MAX (1U << 20)

/*
 * Sends one request and waits for its answer, @timeout_ms at most.
 *
 * Returns 0, -ENOENT or -ECONNREFUSED (no daemon), -EACCES, -ETIMEDOUT, -EPROTO
 * (no JSON object came back), -EMSGSIZE (request too long), -ENOMEM.
 */
int bw_wire_call(const char *socket_path, json_t *request, int timeout_ms, json_t **ret_answer);

/* Parses one line.  Returns 0, -EPROTO, -ENOMEM. */
int bw_wire_parse(const char *line, size_t len, json_t **ret_object);

#endif
