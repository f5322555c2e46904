/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - has something changed?  Short numbers for long texts
 *
 * No defence against somebody who makes two texts with one number: he only keeps
 * the engine from saying that files differ.
 */
#ifndef BULWARK_FINGERPRINT_H
#define BULWARK_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

#include "mounts.h"
#include "policy.h"

#define BW_FINGERPRINT_START 0xcbf29ce484222325ULL

uint64_t bw_fingerprint_add(uint64_t fingerprint, const void *bytes, size_t len);

/* Those mounts that can change what the policies protect, or whom they grant. */
uint64_t bw_fingerprint_mounts(const struct bw_mounts *mounts, const struct bw_policies *policies);

/* Can a mount at @mount change what @pattern matches, or what lies below? */
bool bw_mount_concerns(const char *mount, const char *pattern);

#endif
