/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - names for the numbers in events: sets, users, mounts
 */
#ifndef BULWARK_LOGGER_NAMES_H
#define BULWARK_LOGGER_NAMES_H

#include <limits.h>

#include "logger_state.h"
#include "mounts.h"
#include "record.h"

/**
 * struct bw_names - Where the logger looks names up
 *
 * @set_names: Descriptor of the map `set_names`; borrowed.
 * @mountinfo: Tells by POLLPRI when something was mounted.
 * @severities: By set, as the engine told.
 */
struct bw_names {
	int set_names;
	int mountinfo;
	struct bw_mounts mounts;
	uint8_t severities[BW_SETS_MAX + 1];
	char boot_id[BW_BOOT_ID_SIZE];
	char host[HOST_NAME_MAX + 1];
	int64_t boot_offset_ns;
};

int bw_names_init(struct bw_names *names, int set_names);
void bw_names_done(struct bw_names *names);

/* Before a batch of records: clocks may have been set, filesystems mounted. */
void bw_names_refresh(struct bw_names *names);

/**
 * struct bw_named - A record's context and what it points to
 */
struct bw_named {
	struct bw_record_context context;
	struct bw_set_name set_name;
	char *file_path;
	char *exe_path;
	char user_name[LOGIN_NAME_MAX];
};

/* Without an event: what belongs to any record. @ret_named must stay where it is. */
void bw_names_host(const struct bw_names *names, struct bw_named *ret_named);
void bw_names_event(const struct bw_names *names, const struct bw_event *event,
		    struct bw_named *ret_named);
void bw_names_repeat(const struct bw_names *names, const struct bw_refusal_key *key,
		     const struct bw_event *first, struct bw_named *ret_named);
void bw_named_done(struct bw_named *named);

#endif
