// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl: what sets have learnt, from the daemon's files or a copy of one
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "learnt_load.h"
#include "print.h"

static int say_unreadable(const struct bw_ctl *ctl, int err, const char *path)
{
	if (err == -EACCES)
		return bw_print_error(
			ctl,
			"cannot read '%s': only root and the group 'bulwark' may; use "
			"sudo, or 'adduser NAME bulwark' and log in again",
			path);

	return bw_print_error(ctl, "cannot read '%s': %s", path, strerror(-err));
}

int bw_learnt_load(const struct bw_ctl *ctl, const char *set, struct bw_lessons *ret_lessons)
{
	_cleanup_(freep) char *path = NULL;
	_cleanup_(fclosep) FILE *file = NULL;
	unsigned int line;
	int err;

	if (asprintf(&path, BW_LEARNT_DIR "/%s" BW_LEARNT_SUFFIX, set) < 0)
		path = NULL;
	if (!path)
		return bw_print_error(ctl, "no memory");

	*ret_lessons = (struct bw_lessons){ 0 };
	file = fopen(ctl->learnt ? ctl->learnt : path, "re");
	if (!file && errno == ENOENT && !ctl->learnt)
		return BW_EXIT_OK;

	if (!file)
		return say_unreadable(ctl, -errno, ctl->learnt ? ctl->learnt : path);

	err = bw_lessons_read(file, ret_lessons, &line);
	if (err == -EBADMSG)
		return bw_print_error(ctl,
				      "line %u of '%s' is nothing that bulwarkd writes; is it a "
				      "whole copy of " BW_LEARNT_DIR "/SET" BW_LEARNT_SUFFIX "?",
				      line, ctl->learnt ? ctl->learnt : path);

	return err ? say_unreadable(ctl, err, ctl->learnt ? ctl->learnt : path) : BW_EXIT_OK;
}
