/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - bulwarkctl: what the log says of a set's refusals, as if it were learnt
 */
#ifndef BULWARK_RECORDED_H
#define BULWARK_RECORDED_H

#include "ctl.h"
#include "lesson.h"

/*
 * Adds those that were refused, or would have been, since @from_s for what another policy could
 * say otherwise.  A log that isn't there says nothing, unless --log names it.  Complains; an
 * enum bw_ctl_exit.
 */
int bw_recorded_add(const struct bw_ctl *ctl, const char *set, int64_t from_s,
		    struct bw_lessons *lessons);

#endif
