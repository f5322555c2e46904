/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - bulwarkctl selftest: all techniques, and which of them are wanted
 */
#ifndef BULWARK_CHOICE_H
#define BULWARK_CHOICE_H

#include "ctl.h"
#include "technique.h"

/* What --only takes instead of names, to list them. */
#define CHOICE_HELP "help"

/* The technique at this place among all; NULL after the last. */
const struct technique *technique_at(size_t place);

/* Is it among @only, names with commas between?  NULL stands for all. */
bool choice_has(const char *only, const char *name);

/* Says which word of @only is no technique's name: 0 or BW_EXIT_USAGE. */
int choice_judge(const struct bw_ctl *ctl, const char *only);

#endif
