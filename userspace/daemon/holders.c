// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the answer to "holders": who has protected files open or mapped
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "holders.h"

/* So that the answer stays within one line of the protocol. */
#define HOLDERS_MAX 4000

/**
 * struct holders - The answer in the making
 */
struct holders {
	const struct bw_set_name *set_names;
	json_t *array;
};

/* Anybody chooses the name of his threads: what isn't plain text is shown as '?'. */
static void plain_text(char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

static json_t *holder_json(const struct holders *holders, const struct bw_holder *holder)
{
	const char *set = "";
	char device[24];
	char comm[sizeof(holder->comm) + 1] = "";

	if (holder->set <= BW_SETS_MAX)
		set = holders->set_names[holder->set].name;

	memcpy(comm, holder->comm, sizeof(holder->comm));
	plain_text(comm);
	(void)snprintf(device, sizeof(device), "%u:%u", holder->file.dev >> 20,
		       holder->file.dev & 0xfffff);

	return json_pack("{s:i, s:I, s:s, s:o, s:s, s:s, s:b, s:s, s:I}", "pid", (int)holder->pid,
			 "uid", (json_int_t)holder->uid, "comm", comm, "fd",
			 holder->fd < 0 ? json_null() : json_integer(holder->fd), "set", set,
			 "hold", holder->hold == BW_HOLD_MAPPED ? "mapped" : "open", "granted",
			 holder->granted == 1, "device", device, "inode",
			 (json_int_t)holder->file.ino);
}

static int add_holder(void *context, const struct bw_holder *holder)
{
	struct holders *holders = context;

	if (json_array_size(holders->array) == HOLDERS_MAX)
		return 1;

	return json_array_append_new(holders->array, holder_json(holders, holder)) < 0 ? -ENOMEM
										       : 0;
}

json_t *bw_holders_report(struct bw_enforcer *enforcer)
{
	struct holders holders = {
		.set_names = bw_enforcer_set_names(enforcer),
		.array = json_array(),
	};
	int err;

	err = bw_enforcer_holders(enforcer, add_holder, &holders);
	if (err < 0) {
		json_decref(holders.array);
		return json_pack("{s:b, s:s+}", "ok", 0, "error",
				 "cannot look at who holds files: ", strerror(-err));
	}

	return json_pack("{s:b, s:b, s:o}", "ok", 1, "truncated", err > 0, "holders",
			 holders.array);
}
