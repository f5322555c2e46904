/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - bulwarkctl: what officers have opened, of which no policy file tells
 */
#ifndef BULWARK_OPENED_H
#define BULWARK_OPENED_H

#include <jansson.h>

#include "ctl.h"
#include "explain.h"

/*
 * Asks the daemon, if the policy doesn't let in who asks, and has @answer say what is so.
 * Returns a new reference; NULL: nothing is open, or nobody knows.
 */
json_t *bw_opened_ask(const struct bw_ctl *ctl, const struct bw_question *question,
		      struct bw_answer *answer);

/* "breakglass:1a2b3c4d, ends in 12m, left: 1.5GiB of 2.0GiB" */
void bw_opened_print(const json_t *opened);

#endif
