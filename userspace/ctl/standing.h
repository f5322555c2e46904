/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what stands without the daemon: the keeper's word
 */
#ifndef BULWARK_STANDING_H
#define BULWARK_STANDING_H

#include <bulwark/control.h>

/*
 * Asks /dev/bulwark, or reads the module's files below @status_dir where only
 * root may ask.
 *
 * Returns 0, -ENOENT (the module isn't loaded), -EACCES (not for this user), or
 * another -errno.
 */
int bw_standing_read(const char *status_dir, struct bw_control_info *ret_info);

#endif
