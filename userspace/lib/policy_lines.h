/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - which lines of a policy file hold what, for whoever writes another one of it
 */
#ifndef BULWARK_POLICY_LINES_H
#define BULWARK_POLICY_LINES_H

#include <stdbool.h>
#include <stddef.h>

/* From the first one on, counted from 0, up to the one before @to; none if they are equal. */
struct bw_lines {
	size_t from;
	size_t to;
};

/**
 * struct bw_policy_lines - Where the keys of a policy stand, with their values
 *
 * @grants: `grants:` and all below.
 * @grants_empty: It is `[]`.
 * @indent: Blanks before the '-' of a grant.
 */
struct bw_policy_lines {
	struct bw_lines version;
	struct bw_lines mode;
	struct bw_lines learn_until;
	struct bw_lines grants;
	bool grants_empty;
	size_t indent;
};

/*
 * Of a text that bw_policy_parse() takes.
 *
 * Returns 0, -ENOMEM, or -ENOTSUP: keys or grants don't begin lines of their own.
 */
int bw_policy_lines_find(const char *text, size_t len, struct bw_policy_lines *ret_lines);

#endif
