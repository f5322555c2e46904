/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - holds BPF links and maps, so that they outlive the daemon
 */
#ifndef BULWARK_KEEPER_H
#define BULWARK_KEEPER_H

#include <bulwark/control.h>

/**
 * struct bw_keep - The keeper's whole content, as control.h tells it
 *
 * @links_len: Entries of @links in use.
 * @maps_len: Entries of @maps in use.
 */
struct bw_keep {
	u32 links_len;
	u32 maps_len;
	struct bw_kept links[BW_KEEP_LINKS_MAX];
	struct bw_kept maps[BW_KEEP_MAPS_MAX];
};

/*
 * Takes references on all that @keep names, then lets go of what was held.  On an
 * error nothing changes (fails closed).  Errors: those of BW_IOCTL_ADOPT from
 * EINVAL (names) on.  The caller must hold a reference on the module.
 */
int bw_keeper_adopt(const struct bw_keep *keep);

/* 0 or -ENOENT. */
int bw_keeper_release(void);

/* Names and ids, @fd -1. */
void bw_keeper_list(struct bw_keep *ret_keep);

/* Sets @links, @maps and @adoptions of @info. */
void bw_keeper_count(struct bw_control_info *info);

/* Doesn't return while anything is held. */
void bw_keeper_exit(void);

#endif
