// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - break-glass: what was asked for, as officers sign it, and the grant it becomes
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "glass.h"
#include "grant.h"
#include "quantity.h"
#include "text.h"

#define SECOND_NS 1000000000ULL

/* Beyond those of any policy file. */
#define NUMBER_FIRST 0x80000000U

#define HEX "0123456789abcdef"
#define NAME "abcdefghijklmnopqrstuvwxyz0123456789-"

#define REASON_MAX 200
#define EXE_MAX 1024

void bw_glass_done(struct bw_glass *glass)
{
	free(glass->text);
	*glass = (struct bw_glass){ 0 };
}

/* --- Values -------------------------------------------------------------------- */

static bool is_made_of(const char *value, const char *characters, size_t len)
{
	return strlen(value) == len && strspn(value, characters) == len;
}

static bool version_read(struct bw_glass *glass, const char *value)
{
	return strcmp(value, "1") == 0;
}

static bool hex_read(struct bw_glass *glass, const char *value)
{
	return is_made_of(value, HEX, 32);
}

static bool boot_read(struct bw_glass *glass, const char *value)
{
	return is_made_of(value, HEX "-", 36);
}

static bool short_read(struct bw_glass *glass, const char *value)
{
	return *value && strlen(value) <= 64;
}

static bool number_parse(const char *value, uint32_t max, uint32_t *ret_number)
{
	unsigned long long number = strtoull(value, NULL, 10);
	size_t digits = strspn(value, "0123456789");

	if (!digits || digits > 10 || value[digits] || number > max)
		return false;

	*ret_number = (uint32_t)number;
	return true;
}

static bool asker_read(struct bw_glass *glass, const char *value)
{
	uint32_t asker;

	return number_parse(value, UINT32_MAX, &asker);
}

static bool set_read(struct bw_glass *glass, const char *value)
{
	return *value && strlen(value) < BW_SET_NAME_SIZE && is_made_of(value, NAME, strlen(value));
}

static bool exe_read(struct bw_glass *glass, const char *value)
{
	return *value == '/' && strlen(value) <= EXE_MAX;
}

static bool uid_read(struct bw_glass *glass, const char *value)
{
	/* The last one is nobody's: the kernel's "no such user". */
	return number_parse(value, UINT32_MAX - 1, &glass->uid);
}

static bool for_read(struct bw_glass *glass, const char *value)
{
	return bw_time_parse(value, BW_GLASS_SECONDS_MAX, &glass->seconds);
}

static bool bytes_read(struct bw_glass *glass, const char *value)
{
	return bw_size_parse(value, BW_BUDGET_NO_BYTES - 1, &glass->bytes);
}

static bool files_read(struct bw_glass *glass, const char *value)
{
	if (strcmp(value, "any") != 0)
		return number_parse(value, BW_BUDGET_NO_FILES - 1, &glass->files) && glass->files;

	glass->files = BW_BUDGET_NO_FILES;
	return true;
}

static bool reason_read(struct bw_glass *glass, const char *value)
{
	return *value && strlen(value) <= REASON_MAX;
}

static const struct {
	const char *name;
	bool (*read)(struct bw_glass *glass, const char *value);
	const char *wrong;
} keys[BW_GLASS_KEYS] = {
	[BW_GLASS_VERSION] = { "bulwark-breakglass", version_read,
			       "it is no request that this version knows: its first line should "
			       "be 'bulwark-breakglass: 1'" },
	[BW_GLASS_HOST] = { "host", hex_read, "'host' should be the host's machine-id" },
	[BW_GLASS_BOOT] = { "boot", boot_read, "'boot' should be the boot's id" },
	[BW_GLASS_NONCE] = { "nonce", hex_read, "'nonce' should be 32 hexadecimal digits" },
	[BW_GLASS_MADE] = { "made", short_read, "'made' should be a time" },
	[BW_GLASS_ASKED_BY] = { "asked-by", asker_read, "'asked-by' should be a user's number" },
	[BW_GLASS_SET] = { "set", set_read, "'set' should be a set's name" },
	[BW_GLASS_EXE] = { "exe", exe_read,
			   "'exe' should be an absolute path, as in '/usr/bin/rsync'" },
	[BW_GLASS_USER] = { "user", short_read, "'user' should be a user's name or number" },
	[BW_GLASS_UID] = { "uid", uid_read, "'uid' should be a user's number" },
	[BW_GLASS_FOR] = { "for", for_read,
			   "'for' should be a time of 24 hours at most, as in '30m'" },
	[BW_GLASS_BYTES] = { "bytes", bytes_read, "'bytes' should be a size, as in '2GiB'" },
	[BW_GLASS_FILES] = { "files", files_read,
			     "'files' should be a number from 1 on, or 'any'" },
	[BW_GLASS_REASON] = { "reason", reason_read,
			      "'reason' should tell why, in 200 bytes at most" },
};

/* --- Text ---------------------------------------------------------------------- */

char *bw_glass_text(const char *const values[BW_GLASS_KEYS])
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;

	for (size_t i = 0; i < BW_GLASS_KEYS; i++)
		(void)fprintf(out, "%s: %s\n", keys[i].name, values[i] ? values[i] : "");
	if (fclose(out) == 0)
		return text;

	free(text);
	return NULL;
}

/* What officers are shown is what they sign: nothing in it is hidden from them. */
static bool text_is_plain(const char *text, size_t len)
{
	uint32_t character;
	size_t bytes;

	for (size_t i = 0; i < len; i += bytes) {
		bytes = bw_utf8_decode(text + i, len - i, &character);
		if (!bytes || (bw_character_hidden(character) && character != '\n'))
			return false;
	}
	return true;
}

/* The value of the line that @rest begins with, which is cut there; NULL if it isn't @name's. */
static const char *value_take(char **rest, const char *name)
{
	char *line = *rest;
	char *end = strchr(line, '\n');
	size_t len = strlen(name);

	if (!end || strncmp(line, name, len) != 0 || line[len] != ':' || line[len + 1] != ' ')
		return NULL;

	*end = '\0';
	*rest = end + 1;
	return line + len + 2;
}

/* Returns NULL, or what is wrong. */
static const char *lines_read(struct bw_glass *glass)
{
	char *rest = glass->text;

	for (size_t i = 0; i < BW_GLASS_KEYS; i++) {
		glass->values[i] = value_take(&rest, keys[i].name);
		if (!glass->values[i] || !keys[i].read(glass, glass->values[i]))
			return keys[i].wrong;
	}
	return *rest ? "nothing should stand behind 'reason'" : NULL;
}

int bw_glass_parse(const char *text, size_t len, struct bw_glass *ret_glass, const char **ret_wrong)
{
	_cleanup_(bw_glass_done) struct bw_glass glass = { 0 };

	*ret_wrong = keys[BW_GLASS_VERSION].wrong;
	if (len > BW_GLASS_SIZE_MAX)
		return -EINVAL;

	*ret_wrong = "it should be plain text, one line for each of its keys";
	if (!text_is_plain(text, len))
		return -EINVAL;

	glass.text = strndup(text, len);
	if (!glass.text)
		return -ENOMEM;

	*ret_wrong = lines_read(&glass);
	if (*ret_wrong)
		return -EINVAL;

	*ret_glass = glass;
	glass.text = NULL;
	return 0;
}

/* --- Grant --------------------------------------------------------------------- */

void bw_glass_name(uint32_t number, char ret_name[BW_GLASS_NAME_SIZE])
{
	(void)snprintf(ret_name, BW_GLASS_NAME_SIZE, "breakglass:%08x", number);
}

static uint32_t number_of(const uint8_t digest[BW_DIGEST_SIZE])
{
	uint32_t number = NUMBER_FIRST;

	for (size_t i = 0; i < sizeof(number); i++)
		number |= (uint32_t)digest[i] << (8 * i);
	return number;
}

/* In a window that is longer than it lasts: nothing comes back, and it can be told for a day. */
struct bw_grant bw_glass_grant(const struct bw_glass *glass, const uint8_t digest[BW_DIGEST_SIZE],
			       uint64_t until_ns)
{
	struct bw_grant grant = {
		.uid = glass->uid,
		.flags = BW_GRANT_GLASS | BW_GRANT_ANY_UNIT,
		.number = number_of(digest),
		.unit_star = BW_UNIT_NO_STAR,
		.budget = {
			.every_ns = (glass->seconds + BW_GLASS_SECONDS_MAX) * SECOND_NS,
			.bytes = glass->bytes,
			.files = glass->files,
			.per = BW_BUDGET_GRANT,
		},
		.until_ns = until_ns,
	};
	char name[BW_GLASS_NAME_SIZE];

	bw_glass_name(grant.number, name);
	grant.budget.id = bw_budget_id(glass->values[BW_GLASS_SET], name);
	return grant;
}
