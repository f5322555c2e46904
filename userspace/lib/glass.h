/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - break-glass: what was asked for, as officers sign it, and the grant it becomes
 *
 * A request is lines of "key: value", each once and in this order:
 *
 *	bulwark-breakglass	1
 *	host			/etc/machine-id
 *	boot			/proc/sys/kernel/random/boot_id
 *	nonce			32 hexadecimal digits
 *	made			when, for people
 *	asked-by		user id of who asked
 *	set, exe, user, uid	what for whom
 *	for			how long, from its use on
 *	bytes, files		how much; files may be `any`
 *	reason			for people
 */
#ifndef BULWARK_GLASS_H
#define BULWARK_GLASS_H

#include <stdbool.h>

#include "resolve.h"
#include "signers.h"

#define BW_OFFICERS_DIR "/etc/bulwark/officers.d"

/* Bytes of a request. */
#define BW_GLASS_SIZE_MAX 4096U

/* The longest that the glass can be broken. */
#define BW_GLASS_SECONDS_MAX (24ULL * 60 * 60)

/* How old a request may be when it is used. */
#define BW_GLASS_AGE_NS (3600 * 1000000000ULL)

/* "breakglass:1a2b3c4d": no name that a policy can give. */
#define BW_GLASS_NAME_SIZE 24

enum bw_glass_key {
	BW_GLASS_VERSION,
	BW_GLASS_HOST,
	BW_GLASS_BOOT,
	BW_GLASS_NONCE,
	BW_GLASS_MADE,
	BW_GLASS_ASKED_BY,
	BW_GLASS_SET,
	BW_GLASS_EXE,
	BW_GLASS_USER,
	BW_GLASS_UID,
	BW_GLASS_FOR,
	BW_GLASS_BYTES,
	BW_GLASS_FILES,
	BW_GLASS_REASON,
	BW_GLASS_KEYS,
};

/**
 * struct bw_glass - One request
 *
 * @text: Cut into lines; owned.
 * @values: By enum bw_glass_key; in @text.
 * @uid: For whom.
 * @seconds: How long.
 * @bytes: How much.
 * @files: How many; BW_BUDGET_NO_FILES for any number.
 */
struct bw_glass {
	char *text;
	const char *values[BW_GLASS_KEYS];
	uint32_t uid;
	uint64_t seconds;
	uint64_t bytes;
	uint32_t files;
};

void bw_glass_done(struct bw_glass *glass);

/* The text with these values, right or wrong; malloc'ed, NULL without memory. */
char *bw_glass_text(const char *const values[BW_GLASS_KEYS]);

/*
 * Returns 0, -EINVAL (*ret_wrong is what a line should be, a sentence), or -ENOMEM.
 */
int bw_glass_parse(const char *text, size_t len, struct bw_glass *ret_glass,
		   const char **ret_wrong);

/* Of a grant's number. */
void bw_glass_name(uint32_t number, char ret_name[BW_GLASS_NAME_SIZE]);

/* A grant that ends at @until_ns, from a request whose text has this digest. */
struct bw_grant bw_glass_grant(const struct bw_glass *glass, const uint8_t digest[BW_DIGEST_SIZE],
			       uint64_t until_ns);

/*
 * resolve_glass.c: an executable that only root can change, by its canonical path.
 *
 * Returns 0, -EPERM (others can change it, or lead there), -ENOEXEC (a script), or another
 * -errno.
 */
int bw_glass_executable(const struct bw_identifier *identifier, const char *path,
			struct bw_file_key *ret_exe);

/*
 * Adds the grant to those of the set and executable, as the last one, or puts it in the place of
 * the one before for the same user.
 *
 * Returns 0, -ENOENT (no such set), -ENOSPC (the executable has too many) or -ENOMEM.
 */
int bw_rules_glass_add(struct bw_rules *rules, const char *set, const struct bw_file_key *exe,
		       const struct bw_grant *grant);

/*
 * What officers have opened stays open, whatever is applied, until its end.
 *
 * Returns 0 or -ENOMEM.
 */
int bw_rules_glass_keep(struct bw_rules *rules, const struct bw_rules *in_force, uint64_t now_ns);

#endif
