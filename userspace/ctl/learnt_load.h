/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - bulwarkctl: what sets have learnt, from the daemon's files or a copy of one
 */
#ifndef BULWARK_LEARNT_LOAD_H
#define BULWARK_LEARNT_LOAD_H

#include "ctl.h"
#include "lesson.h"

/*
 * Of @set, by --learnt or from where the daemon keeps it.  Where there is no such file,
 * @ret_lessons are none, unless --learnt names it.  Complains; an enum bw_ctl_exit.
 */
int bw_learnt_load(const struct bw_ctl *ctl, const char *set, struct bw_lessons *ret_lessons);

#endif
