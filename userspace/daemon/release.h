/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - ends enforcement, for the removal of the package
 */
#ifndef BULWARK_RELEASE_H
#define BULWARK_RELEASE_H

/* Returns 0 if nothing is held afterwards, or -errno (-EPERM: sealed); logs. */
int bw_release(void);

#endif
