// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl holders: who has protected files open or mapped
 */
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>

#include "cleanup.h"
#include "client.h"
#include "print.h"

/* The user's name, or the number where there is none; at most @size bytes. */
static void user_name(json_int_t uid, char *name, size_t size)
{
	const struct passwd *user = getpwuid((uid_t)uid);

	if (user)
		(void)snprintf(name, size, "%s", user->pw_name);
	else
		(void)snprintf(name, size, "%lld", (long long)uid);
}

/* Only root can look at most processes: false then, and when it is gone. */
static bool path_of_descriptor(json_int_t pid, json_int_t fd, char *path, size_t size)
{
	char link[64];
	ssize_t len;

	(void)snprintf(link, sizeof(link), "/proc/%lld/fd/%lld", (long long)pid, (long long)fd);
	len = readlink(link, path, size - 1);
	if (len < 0)
		return false;

	path[len] = '\0';
	return true;
}

/* One line of /proc/PID/maps: is it a mapping of this file?  Then @ret_at is its path. */
static bool is_mapping_of(const char *line, const char *device, uint64_t inode, int *ret_at)
{
	unsigned int major_seen;
	unsigned int minor_seen;
	uint64_t inode_seen;
	char seen[32];

	*ret_at = 0;
	if (sscanf(line, "%*s %*s %*s %x:%x %" SCNu64 " %n", &major_seen, &minor_seen, &inode_seen,
		   ret_at) < 3)
		return false;

	(void)snprintf(seen, sizeof(seen), "%u:%u", major_seen, minor_seen);
	return inode_seen == inode && !strcmp(seen, device) && *ret_at > 0;
}

static bool path_of_mapping(json_int_t pid, const char *device, uint64_t inode, char *path,
			    size_t size)
{
	_cleanup_(fclosep) FILE *maps = NULL;
	_cleanup_(freep) char *line = NULL;
	size_t line_size = 0;
	char name[64];
	int at;

	(void)snprintf(name, sizeof(name), "/proc/%lld/maps", (long long)pid);
	maps = fopen(name, "re");
	if (!maps)
		return false;

	while (getline(&line, &line_size, maps) > 0) {
		if (!is_mapping_of(line, device, inode, &at))
			continue;

		line[strcspn(line, "\n")] = '\0';
		(void)snprintf(path, size, "%s", line + at);
		return true;
	}
	return false;
}

/* The file's path as its holder sees it, else what names it for sure. */
static void file_name(const json_t *holder, char *name, size_t size)
{
	const json_t *fd = json_object_get(holder, "fd");
	json_int_t pid = bw_member_number(holder, "pid");
	json_int_t inode = bw_member_number(holder, "inode");
	const char *member = bw_member_text(holder, "device");
	const char *device = member ? member : "?";
	bool found;

	if (json_is_integer(fd))
		found = path_of_descriptor(pid, json_integer_value(fd), name, size);
	else
		found = path_of_mapping(pid, device, (uint64_t)inode, name, size);

	if (!found)
		(void)snprintf(name, size, "inode %lld on device %s", (long long)inode, device);
}

static void holder_print(const json_t *holder, int width)
{
	const json_t *fd = json_object_get(holder, "fd");
	const char *comm = bw_member_text(holder, "comm");
	const char *set = bw_member_text(holder, "set");
	bool granted = bw_member_true(holder, "granted");
	char user[33];
	char held[16] = "mapped";
	char file[PATH_MAX];

	user_name(bw_member_number(holder, "uid"), user, sizeof(user));
	file_name(holder, file, sizeof(file));
	if (json_is_integer(fd))
		(void)snprintf(held, sizeof(held), "fd %lld", (long long)json_integer_value(fd));

	bw_print_word(stdout, granted ? BW_COLOUR_GOOD : BW_COLOUR_BAD, granted ? "yes" : "no", 6);
	bw_print_line(stdout, "%7lld %-9.9s %-15.15s %-7s %-*s %s",
		      (long long)bw_member_number(holder, "pid"), user, comm ? comm : "?", held,
		      width, set ? set : "?", file);
}

static void holders_print(const json_t *holders)
{
	int width = bw_members_width(holders, "set", 4);
	char head[128];
	json_t *holder;
	size_t i;

	(void)snprintf(head, sizeof(head),
		       "GRANT     PID USER      COMMAND         HELD    %-*s FILE", width, "SET");
	if (json_array_size(holders) > 0)
		bw_print_head(stdout, head);

	json_array_foreach (holders, i, holder)
		holder_print(holder, width);
}

static size_t ungranted_count(const json_t *holders)
{
	json_t *holder;
	size_t count = 0;
	size_t i;

	json_array_foreach (holders, i, holder)
		count += !bw_member_true(holder, "granted");
	return count;
}

static void summary_print(const json_t *answer, size_t ungranted)
{
	size_t listed = json_array_size(json_object_get(answer, "holders"));

	if (listed == 0)
		bw_print_line(stdout, "nobody has a protected file open or mapped");

	if (bw_member_true(answer, "truncated"))
		bw_print_line(stdout, "and more: only the first %zu are listed", listed);

	if (ungranted > 0)
		bw_print_wrapped(stdout, 0, 0,
				 "%zu without a grant: reads through the descriptor are judged "
				 "like any other; what is mapped stays readable until the process "
				 "ends",
				 ungranted);
}

int bw_cmd_holders(const struct bw_ctl *ctl)
{
	const json_t *holders;
	size_t ungranted;
	json_t *answer;
	int code;

	code = bw_client_need(ctl, "holders", BW_ASK_TIMEOUT_MS, &answer);
	if (code)
		return code;

	holders = json_object_get(answer, "holders");
	ungranted = ungranted_count(holders);
	code = ungranted > 0 ? BW_EXIT_FAILED : BW_EXIT_OK;
	if (ctl->json) {
		bw_print_json(stdout, answer);
		return code;
	}

	holders_print(holders);
	summary_print(answer, ungranted);
	json_decref(answer);
	return code;
}
