/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - userspace side of /dev/bulwark
 *
 * Every call returns 0 or the -errno that <bulwark/control.h> documents.
 */
#ifndef BULWARK_KEEPER_CLIENT_H
#define BULWARK_KEEPER_CLIENT_H

#include <bulwark/control.h>

#include "resolve.h"

struct bw_kept_list {
	struct bw_kept links[BW_KEEP_LINKS_MAX];
	struct bw_kept maps[BW_KEEP_MAPS_MAX];
	unsigned int links_len;
	unsigned int maps_len;
};

/* Opens the device; a descriptor or -errno (-ENOENT: the module isn't loaded). */
int bw_keeper_open(void);
int bw_keeper_info(int keeper, struct bw_control_info *ret_info);
int bw_keeper_adopt(int keeper, const struct bw_kept_list *list);
int bw_keeper_list(int keeper, struct bw_kept_list *ret_list);
int bw_keeper_release(int keeper);
int bw_keeper_identify(int keeper, int fd, struct bw_file_key *ret_key);
int bw_keeper_seal(int keeper, uint32_t needed, const uint8_t (*commitments)[BW_DIGEST_SIZE],
		   uint32_t commitments_len);
int bw_keeper_unseal(int keeper, const uint8_t secret[BW_SECRET_SIZE], uint32_t *ret_shown,
		     uint32_t *ret_needed);
int bw_keeper_measure(int keeper, uint32_t generation, const uint8_t digest[BW_DIGEST_SIZE]);

/* What an error of these two means to people, and what to do. */
const char *bw_keeper_seal_excuse(int err);
const char *bw_keeper_unseal_excuse(int err);

/* For bw_policies_resolve(); @keeper must stay where it is. */
struct bw_identifier bw_keeper_identifier(int *keeper);

#endif
