/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - trust: may what is open here decide what the kernel refuses?
 */
#ifndef BULWARK_POLICY_TRUST_H
#define BULWARK_POLICY_TRUST_H

#include "reporter.h"

/* Only root owns and can write the open file or directory.  0, or -EINVAL (reported). */
int bw_trust_check(struct bw_reporter *reporter, int fd);

/*
 * The same for an open directory and all above it; above it, a sticky one that
 * others can write will do: they can't put another in root's place there.
 */
int bw_trust_check_directories(struct bw_reporter *reporter, int dir_fd);

#endif
