// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - dpkg's own records: which package a file belongs to, and what is in it
 */
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "package.h"

#define SIGNS "+.-"
#define LETTERS "abcdefghijklmnopqrstuvwxyz0123456789"

#define MD5_HEX_LEN (2UL * BW_MD5_SIZE)

/* Between the digest and the name in md5sums. */
#define GAP "  "

#define LIST_SUFFIX ".list"

bool bw_package_name_is_valid(const char *name)
{
	size_t len = strlen(name);

	return len >= 2 && strspn(name, LETTERS SIGNS) == len && !strchr(SIGNS, *name);
}

/* /bin/x for /usr/bin/x: the same file only where /bin is a link to that. */
static bool is_merged(const char *record, const char *path)
{
	char real[PATH_MAX];

	return strncmp(path, "/usr/", 5) == 0 && strcmp(record, path + 4) == 0 &&
	       realpath(record, real) && strcmp(real, path) == 0;
}

static bool is_named(const char *record, const char *path)
{
	return strcmp(record, path) == 0 || is_merged(record, path);
}

/* Calls @each for each line, without its end, until it returns true: whether it did, or -errno. */
static int lines_find(const char *file, bool (*each)(void *context, const char *line),
		      void *context)
{
	_cleanup_(fclosep) FILE *stream = fopen(file, "re");
	_cleanup_(freep) char *line = NULL;
	size_t size = 0;
	bool found = false;

	if (!stream)
		return -errno;

	while (!found && getline(&line, &size, stream) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		found = each(context, line);
	}
	return found ? 1 : ferror(stream) ? -EIO : 0;
}

static bool line_is_path(void *context, const char *line)
{
	return is_named(line, context);
}

/* --- What is in it ------------------------------------------------------------- */

/**
 * struct summing - A file that is looked for among a package's digests
 *
 * @path: Of the file.
 * @md5: What is in it.
 * @known: It is there...
 * @right: ...and with this digest.
 */
struct summing {
	const char *path;
	const uint8_t *md5;
	bool known;
	bool right;
};

/* "DIGEST  usr/bin/x": of a name with odd characters, which begins otherwise, no executable. */
static bool sum_look(void *context, const char *line)
{
	struct summing *summing = context;
	uint8_t md5[BW_MD5_SIZE];
	char name[PATH_MAX];
	size_t len;

	if (strlen(line) <= MD5_HEX_LEN + strlen(GAP) ||
	    sodium_hex2bin(md5, sizeof(md5), line, MD5_HEX_LEN, NULL, &len, NULL) ||
	    len != sizeof(md5) || strncmp(line + MD5_HEX_LEN, GAP, strlen(GAP)) != 0)
		return false;

	(void)snprintf(name, sizeof(name), "/%s", line + MD5_HEX_LEN + strlen(GAP));
	if (!is_named(name, summing->path))
		return false;

	summing->known = true;
	summing->right = memcmp(md5, summing->md5, sizeof(md5)) == 0;
	return true;
}

static int content_judge(const char *list, struct summing *summing)
{
	_cleanup_(freep) char *sums = NULL;
	int stem = (int)(strlen(list) - strlen(LIST_SUFFIX));
	int err;

	if (asprintf(&sums, "%.*s.md5sums", stem, list) < 0) {
		sums = NULL;
		return -ENOMEM;
	}

	err = lines_find(sums, sum_look, summing);
	if (err < 0 && err != -ENOENT)
		return err;

	if (!summing->known)
		return BW_OWNERSHIP_NO_DIGEST;

	return summing->right ? BW_OWNERSHIP_RIGHT : BW_OWNERSHIP_OTHER_CONTENT;
}

/* --- Whose it is --------------------------------------------------------------- */

/* The records are triples: from where, to where, by whose wish.  No package has such a name. */
static int is_diverted(const char *dir, const char *path)
{
	_cleanup_(freep) char *file = NULL;
	int found;

	if (asprintf(&file, "%s/diversions", dir) < 0) {
		file = NULL;
		return -ENOMEM;
	}

	found = lines_find(file, line_is_path, (void *)path);
	return found == -ENOENT ? 0 : found;
}

static int list_judge(const char *list, const char *path, const uint8_t *md5)
{
	struct summing summing = { .path = path, .md5 = md5 };
	int found = lines_find(list, line_is_path, (void *)path);

	if (found <= 0)
		return found ? found : BW_OWNERSHIP_NOT_ITS;

	return content_judge(list, &summing);
}

/* Of several architectures of one package, the one that has the file. */
static int lists_judge(const glob_t *lists, const char *path, const uint8_t *md5)
{
	int answer = BW_OWNERSHIP_NOT_ITS;

	for (size_t i = 0; i < lists->gl_pathc && answer == BW_OWNERSHIP_NOT_ITS; i++)
		answer = list_judge(lists->gl_pathv[i], path, md5);
	return answer;
}

/* NAME.list, or NAME:ARCHITECTURE.list: a name has no character that glob(7) knows. */
static int lists_find(const char *dir, const char *package, glob_t *ret_lists)
{
	_cleanup_(freep) char *plain = NULL, *qualified = NULL;
	int err;

	if (asprintf(&plain, "%s/info/%s" LIST_SUFFIX, dir, package) < 0) {
		plain = NULL;
		return -ENOMEM;
	}
	if (asprintf(&qualified, "%s/info/%s:*" LIST_SUFFIX, dir, package) < 0) {
		qualified = NULL;
		return -ENOMEM;
	}

	err = glob(plain, GLOB_NOSORT, NULL, ret_lists);
	if (!err || err == GLOB_NOMATCH)
		err = glob(qualified, GLOB_NOSORT | GLOB_APPEND, NULL, ret_lists);
	if (err == GLOB_NOSPACE)
		return -ENOMEM;

	return err && err != GLOB_NOMATCH ? -EIO : 0;
}

int bw_package_owns(const char *dir, const char *package, const char *path,
		    const uint8_t md5[BW_MD5_SIZE])
{
	_cleanup_(globfree) glob_t lists = { 0 };
	int answer;

	answer = lists_find(dir, package, &lists);
	if (answer)
		return answer;

	if (!lists.gl_pathc)
		return BW_OWNERSHIP_NO_PACKAGE;

	answer = is_diverted(dir, path);
	if (answer)
		return answer < 0 ? answer : BW_OWNERSHIP_DIVERTED;

	return lists_judge(&lists, path, md5);
}

const char *bw_ownership_text(enum bw_ownership ownership)
{
	switch (ownership) {
	case BW_OWNERSHIP_RIGHT:
		return "is what dpkg has unpacked of package";
	case BW_OWNERSHIP_NO_PACKAGE:
		return "isn't verified: dpkg knows no package";
	case BW_OWNERSHIP_NOT_ITS:
		return "isn't a file of package";
	case BW_OWNERSHIP_DIVERTED:
		return "is diverted (dpkg-divert), and so no file of package";
	case BW_OWNERSHIP_NO_DIGEST:
		return "has no digest in dpkg's records of package";
	case BW_OWNERSHIP_OTHER_CONTENT:
		return "isn't what dpkg has unpacked of package";
	}
	return "isn't known to be of package";
}
