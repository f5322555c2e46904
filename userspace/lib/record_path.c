// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - records: paths from the names in an event
 */
#include <stdbool.h>
#include <string.h>

#include "cleanup.h"
#include "record.h"

/* Names come from a file upwards, and aren't trusted to end or to be few. */
static char *path_build(const char (*names)[BW_EVENT_NAME_SIZE], size_t len, size_t len_max,
			bool cut)
{
	char *path = malloc(len_max * (BW_EVENT_NAME_SIZE + sizeof("/...")) + sizeof("..."));
	char *end = path;

	if (!path)
		return NULL;

	if (cut)
		end = stpcpy(end, "...");

	for (size_t i = len < len_max ? len : len_max; i-- > 0;) {
		size_t name_len = strnlen(names[i], BW_EVENT_NAME_SIZE);

		*end++ = '/';
		end = mempcpy(end, names[i], name_len);
		/* What fills its slot was cut. */
		if (name_len >= BW_EVENT_NAME_SIZE - 1)
			end = stpcpy(end, "...");
	}
	*end = '\0';
	return path;
}

char *bw_event_path(const struct bw_event *event)
{
	return path_build(event->names, event->names_len, BW_EVENT_NAMES, event->names_cut);
}

char *bw_event_exe_path(const struct bw_event *event)
{
	return path_build(event->exe_names, event->exe_names_len, BW_EVENT_EXE_NAMES,
			  event->exe_names_cut);
}
