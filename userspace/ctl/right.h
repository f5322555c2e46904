/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - bulwarkctl explain: which condition failed, and what would be right
 */
#ifndef BULWARK_RIGHT_H
#define BULWARK_RIGHT_H

#include "explain.h"

/* Nothing for who is let in. */
void bw_right_print(const struct bw_question *question, const struct bw_answer *answer);

#endif
