// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - path patterns of a policy: how they are written, what they cover
 */
#include <fnmatch.h>
#include <limits.h>
#include <string.h>

#include <bulwark/abi.h>

#include "cleanup.h"
#include "pattern.h"

#define GLOB_CHARACTERS "*?[\\"
#define MATCH_FLAGS (FNM_PATHNAME | FNM_PERIOD)

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

/**
 * struct part - One name of a path
 */
struct part {
	const char *name;
	size_t len;
};

/* Moves on to the next name; false at the end. */
static bool part_next(struct part *part, const char **rest)
{
	if (**rest != '/' || !(*rest)[1])
		return false;

	part->name = *rest + 1;
	part->len = strcspn(part->name, "/");
	*rest = part->name + part->len;
	return true;
}

static bool part_is(const struct part *part, const char *name)
{
	return part->len == strlen(name) && !memcmp(part->name, name, part->len);
}

/* A '[' that no ']' closes would be matched as itself: not what was meant. */
static bool bracket_open(const struct part *part)
{
	for (size_t i = 0; i < part->len; i++) {
		const char *end;

		if (part->name[i] == '\\') {
			i++;
			continue;
		}
		if (part->name[i] != '[')
			continue;

		/* "[]abc]" and "[!]abc]" hold a ']'. */
		i++;
		if (i < part->len && (part->name[i] == '!' || part->name[i] == '^'))
			i++;
		end = i + 1 < part->len ? memchr(part->name + i + 1, ']', part->len - i - 1) : NULL;
		if (!end)
			return true;

		i = end - part->name;
	}
	return false;
}

static bool part_holds(const struct part *part, char character)
{
	for (size_t i = 0; i < part->len; i++) {
		if (part->name[i] == '\\')
			i++;
		else if (part->name[i] == character)
			return true;
	}
	return false;
}

static bool part_holds_stars(const struct part *part)
{
	return memmem(part->name, part->len, "**", 2);
}

static bool part_ends_escaped(const struct part *part)
{
	size_t backslashes = 0;

	while (backslashes < part->len && part->name[part->len - 1 - backslashes] == '\\')
		backslashes++;
	return backslashes % 2;
}

static const char *part_fault(const struct part *part)
{
	if (!part->len)
		return "has a doubled '/'";
	if (part_is(part, "."))
		return "has a '.' part";
	if (part_is(part, ".."))
		return "has a '..' part";
	if (part->len > NAME_MAX)
		return "has a name longer than " TEXT(NAME_MAX) " bytes";
	if (part_holds_stars(part))
		return "has a '**', which is not supported: a directory covers all below it";
	if (part_holds(part, '{'))
		return "has braces, which are not supported: write an entry for each, or '\\{'";
	if (part_ends_escaped(part))
		return "has a '\\' that escapes nothing";
	if (bracket_open(part))
		return "has a '[' without its ']': close it, or write '\\['";
	return NULL;
}

const char *bw_path_fault(const char *path)
{
	const char *rest = path, *fault;
	unsigned int parts = 0;
	struct part part;

	if (*path != '/')
		return "is not absolute: it must begin with '/'";
	if (strlen(path) >= PATH_MAX)
		return "is longer than a path can be";

	while (part_next(&part, &rest)) {
		fault = part_fault(&part);
		if (fault)
			return fault;

		if (++parts > BW_DEPTH_MAX)
			return "is deeper than " TEXT(BW_DEPTH_MAX) " names";
	}
	return *rest && path[1] ? "ends in '/'" : NULL;
}

char *bw_path_normalise(const char *path)
{
	char *normal = malloc(strlen(path) + 2), *end = normal;
	const char *rest = path;

	if (!normal)
		return NULL;

	while (*rest) {
		struct part part;

		rest += strspn(rest, "/");
		part = (struct part){ .name = rest, .len = strcspn(rest, "/") };
		rest += part.len;
		if (!part.len || part_is(&part, "."))
			continue;

		if (part_is(&part, "..")) {
			while (end > normal && *--end != '/')
				;
			continue;
		}
		*end++ = '/';
		end = mempcpy(end, part.name, part.len);
	}

	if (end == normal)
		*end++ = '/';
	*end = 0;
	return normal;
}

bool bw_pattern_has_glob(const char *pattern)
{
	return strpbrk(pattern, GLOB_CHARACTERS);
}

/* Does one part, as a pattern, match another, taken as it is? */
static bool part_matches(const struct part *pattern, const struct part *name)
{
	char pattern_text[NAME_MAX + 1], name_text[NAME_MAX + 1];

	if (pattern->len > NAME_MAX || name->len > NAME_MAX)
		return false;

	*(char *)mempcpy(pattern_text, pattern->name, pattern->len) = 0;
	*(char *)mempcpy(name_text, name->name, name->len) = 0;
	return !fnmatch(pattern_text, name_text, MATCH_FLAGS);
}

size_t bw_pattern_covers(const char *pattern, const char *path)
{
	const char *pattern_rest = pattern, *path_rest = path;
	struct part pattern_part, path_part;

	while (part_next(&pattern_part, &pattern_rest)) {
		if (!part_next(&path_part, &path_rest) || !part_matches(&pattern_part, &path_part))
			return 0;
	}
	return path_rest > path ? path_rest - path : 1;
}

static bool part_has_glob(const struct part *part)
{
	for (size_t i = 0; i < part->len; i++) {
		if (strchr(GLOB_CHARACTERS, part->name[i]))
			return true;
	}
	return false;
}

static enum bw_relation part_relation(const struct part *outer, const struct part *inner)
{
	bool inner_has_glob = part_has_glob(inner);

	if (outer->len == inner->len && !memcmp(outer->name, inner->name, inner->len))
		return BW_RELATION_INSIDE;

	if (!inner_has_glob)
		return part_matches(outer, inner) ? BW_RELATION_INSIDE : BW_RELATION_APART;

	/* A lone star matches whatever doesn't begin with a dot. */
	if (part_is(outer, "*") && *inner->name != '.' && *inner->name != '\\')
		return BW_RELATION_INSIDE;

	if (part_has_glob(outer))
		return BW_RELATION_MAYBE;

	return part_matches(inner, outer) ? BW_RELATION_MAYBE : BW_RELATION_APART;
}

enum bw_relation bw_pattern_relation(const char *outer, const char *inner)
{
	const char *outer_rest = outer, *inner_rest = inner;
	enum bw_relation relation = BW_RELATION_INSIDE;
	struct part outer_part, inner_part;

	while (part_next(&outer_part, &outer_rest)) {
		enum bw_relation here = BW_RELATION_APART;

		if (part_next(&inner_part, &inner_rest))
			here = part_relation(&outer_part, &inner_part);
		if (here < relation)
			relation = here;
		if (relation == BW_RELATION_APART)
			break;
	}
	return relation;
}

#define SYSTEM "the system itself runs from it"
#define NO_FILES "it holds no stored files"
#define OURS "it is Bulwark's own, and Bulwark would be locked out"

/* What nobody can do without, and what holds nothing that could be stolen. */
static const struct {
	const char *path;
	bool below;
	const char *why;
} vital[] = {
	{ "/", false, "it is the whole host" },
	{ "/bin", false, SYSTEM },
	{ "/boot", false, SYSTEM },
	{ "/etc", false, SYSTEM },
	{ "/etc/bulwark", true, OURS },
	{ "/lib", false, SYSTEM },
	{ "/lib32", false, SYSTEM },
	{ "/lib64", false, SYSTEM },
	{ "/proc", true, NO_FILES },
	{ "/run", false, SYSTEM },
	{ "/run/bulwark", true, OURS },
	{ "/sbin", false, SYSTEM },
	{ "/sys", true, NO_FILES },
	{ "/usr", false, SYSTEM },
	{ "/usr/bin", false, SYSTEM },
	{ "/usr/lib", false, SYSTEM },
	{ "/usr/lib32", false, SYSTEM },
	{ "/usr/lib64", false, SYSTEM },
	{ "/usr/sbin", false, SYSTEM },
	{ "/usr/share", false, SYSTEM },
	{ "/var", false, SYSTEM },
	{ "/var/lib", false, SYSTEM },
	{ "/var/lib/bulwark", true, OURS },
	{ "/var/log", false, SYSTEM },
	{ "/var/log/bulwark", true, OURS },
};

/* /dev/shm is the one place below /dev where somebody may keep a file. */
static bool below_dev(const char *pattern)
{
	return bw_pattern_relation("/dev", pattern) == BW_RELATION_INSIDE &&
	       bw_pattern_relation("/dev/shm", pattern) != BW_RELATION_INSIDE;
}

static bool vital_matches(size_t index, const char *pattern)
{
	const char *path = vital[index].path;

	return bw_pattern_covers(pattern, path) == strlen(path) ||
	       (vital[index].below && bw_pattern_relation(path, pattern) == BW_RELATION_INSIDE);
}

const char *bw_pattern_vital(const char *pattern, const char **ret_path)
{
	for (size_t i = 0; i < ARRAY_LEN(vital); i++) {
		if (!vital_matches(i, pattern))
			continue;

		*ret_path = vital[i].path;
		return vital[i].why;
	}

	if (!below_dev(pattern))
		return NULL;

	*ret_path = "/dev";
	return NO_FILES;
}
