// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what stands without the daemon: the keeper's word
 */
#include <string.h>

#include "cleanup.h"
#include "keeper_client.h"
#include "standing.h"

static __u64 flag_of(const char *word, const char *value)
{
	if (strcmp(value, "yes") != 0)
		return 0;

	if (!strcmp(word, "permanent"))
		return BW_INFO_PERMANENT;

	if (!strcmp(word, "sealed"))
		return BW_INFO_SEALED;

	return strcmp(word, "off") ? 0 : BW_INFO_OFF;
}

/* One line of the module's file `state`: a word and its value. */
static void word_take(struct bw_control_info *info, const char *word, const char *value)
{
	unsigned long long number = strtoull(value, NULL, 10);

	if (!strcmp(word, "links"))
		info->links = (__u32)number;
	else if (!strcmp(word, "maps"))
		info->maps = (__u32)number;
	else if (!strcmp(word, "adoptions"))
		info->adoptions = number;
	else if (!strcmp(word, "seal-needed"))
		info->seal_needed = (__u32)number;
	else if (!strcmp(word, "seal-shown"))
		info->seal_shown = (__u32)number;
	else if (!strcmp(word, "wrong-secrets"))
		info->wrong_secrets = number;
	else
		info->flags |= flag_of(word, value);
}

static int state_read(const char *status_dir, struct bw_control_info *ret_info)
{
	struct bw_control_info info = { 0 };
	_cleanup_(fclosep) FILE *file = NULL;
	_cleanup_(freep) char *path = NULL;
	char word[32];
	char value[128];

	if (asprintf(&path, "%s/state", status_dir) < 0) {
		path = NULL;
		return -ENOMEM;
	}

	file = fopen(path, "re");
	if (!file)
		return -errno;

	while (fscanf(file, "%31s %127[^\n]", word, value) == 2)
		word_take(&info, word, value);

	*ret_info = info;
	return 0;
}

int bw_standing_read(const char *status_dir, struct bw_control_info *ret_info)
{
	_cleanup_(closep) int keeper = bw_keeper_open();
	int err;

	if (keeper >= 0 && !bw_keeper_info(keeper, ret_info))
		return 0;

	/* Everybody may read the file; it says less, but the same. */
	err = state_read(status_dir, ret_info);

	/* The device is there, so the module is, whatever became of securityfs. */
	if (err == -ENOENT && (keeper == -EACCES || keeper == -EPERM))
		return -EACCES;

	return err;
}
