/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the answer to "holders": who has protected files open or mapped
 */
#ifndef BULWARK_HOLDERS_H
#define BULWARK_HOLDERS_H

#include <jansson.h>

#include "enforcer.h"

/* A new reference; NULL without memory. */
json_t *bw_holders_report(struct bw_enforcer *enforcer);

#endif
