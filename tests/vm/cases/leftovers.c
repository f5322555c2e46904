// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what the kernel holds, to be told whether something stays behind
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "calls.h"
#include "leftovers.h"
#include "tap.h"

#define TRIES_MAX 60

/*
 * What a call leaves behind that is made thousands of times is more than these.  The
 * kernel's own count of files is off by 32 for each processor.
 */
#define FILES_MORE_MAX 128
#define SLAB_MORE_KIB_MAX (32 * 1024)

static const struct {
	const char *name;
	int (*next)(uint32_t id, uint32_t *next_id);
} kinds[LEFTOVERS_KINDS] = {
	{ "programs", bpf_prog_get_next_id },
	{ "maps", bpf_map_get_next_id },
	{ "links", bpf_link_get_next_id },
	{ "type information", bpf_btf_get_next_id },
};

static void ids_count(struct leftovers *leftovers, unsigned int kind)
{
	unsigned int len = 0;
	uint32_t id = 0;

	while (len < LEFTOVERS_IDS_MAX && !kinds[kind].next(id, &id))
		leftovers->ids[kind][len++] = id;
	leftovers->ids_len[kind] = len;
}

/* The first number after the word; -1 without. */
static long number_after(const char *path, const char *word)
{
	char text[8192];
	const char *at;
	long number;

	file_text(path, text, sizeof(text));
	at = strstr(text, word);
	return at && sscanf(at + strlen(word), "%ld", &number) == 1 ? number : -1;
}

static void count_now(struct leftovers *ret_leftovers)
{
	memset(ret_leftovers, 0, sizeof(*ret_leftovers));
	for (unsigned int kind = 0; kind < LEFTOVERS_KINDS; kind++)
		ids_count(ret_leftovers, kind);
	ret_leftovers->files = number_after("/proc/sys/fs/file-nr", "");
	ret_leftovers->module_refs = number_after("/sys/module/bulwark/refcnt", "");
	ret_leftovers->slab_kib = number_after("/proc/meminfo", "SUnreclaim:");
}

static bool same(const struct leftovers *one, const struct leftovers *other)
{
	return !memcmp(one->ids, other->ids, sizeof(one->ids)) &&
	       one->module_refs == other->module_refs;
}

void leftovers_count(struct leftovers *ret_leftovers)
{
	struct leftovers before;
	unsigned int calm = 0;

	count_now(ret_leftovers);
	for (unsigned int tries = 0; calm < 3 && tries < TRIES_MAX; tries++) {
		before = *ret_leftovers;
		(void)usleep(500000);
		count_now(ret_leftovers);
		calm = same(&before, ret_leftovers) ? calm + 1 : 0;
	}
}

static void ids_show(const struct leftovers *leftovers, unsigned int kind, const char *when)
{
	char text[512];
	int at = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < leftovers->ids_len[kind] && at < (int)sizeof(text) - 16; i++)
		at += snprintf(text + at, sizeof(text) - (size_t)at, " %u",
			       leftovers->ids[kind][i]);
	diag("%s %s:%s", kinds[kind].name, when, text);
}

static void ids_test(const struct leftovers *before, const struct leftovers *after,
		     unsigned int kind, const char *when)
{
	bool held = before->ids_len[kind] == after->ids_len[kind] &&
		    !memcmp(before->ids[kind], after->ids[kind], sizeof(before->ids[kind]));

	if (ok(held, "%s: the %u %s from before, no others", when, before->ids_len[kind],
	       kinds[kind].name))
		return;

	ids_show(before, kind, "before");
	ids_show(after, kind, "after");
}

/* Waits for what goes late: as long as there is more than before. */
static void settle(const struct leftovers *before, struct leftovers *ret_after)
{
	leftovers_count(ret_after);
	for (unsigned int tries = 0; tries < TRIES_MAX && !same(before, ret_after); tries++) {
		(void)usleep(500000);
		count_now(ret_after);
	}
}

void leftovers_test(const struct leftovers *before, const char *when)
{
	struct leftovers after;

	settle(before, &after);
	for (unsigned int kind = 0; kind < LEFTOVERS_KINDS; kind++)
		ids_test(before, &after, kind, when);
	is(after.module_refs, before->module_refs, "%s: the module's references", when);
	diag("open files %ld, then %ld; slab %ld KiB, then %ld", before->files, after.files,
	     before->slab_kib, after.slab_kib);
	ok(after.files <= before->files + FILES_MORE_MAX, "%s: no files are left open", when);
	ok(after.slab_kib <= before->slab_kib + SLAB_MORE_KIB_MAX, "%s: no memory is lost", when);
}

static bool within(const struct leftovers *seen, const struct leftovers *most)
{
	for (unsigned int kind = 0; kind < LEFTOVERS_KINDS; kind++)
		if (seen->ids_len[kind] > most->ids_len[kind])
			return false;

	return true;
}

void leftovers_most_test(const struct leftovers *most, const char *when)
{
	struct leftovers after;

	count_now(&after);
	for (unsigned int tries = 0; tries < TRIES_MAX && !within(&after, most); tries++) {
		(void)usleep(500000);
		count_now(&after);
	}
	for (unsigned int kind = 0; kind < LEFTOVERS_KINDS; kind++)
		ok(after.ids_len[kind] <= most->ids_len[kind], "%s: %u %s, at most %u", when,
		   after.ids_len[kind], kinds[kind].name, most->ids_len[kind]);
}

void leftovers_widen(struct leftovers *most, const struct leftovers *other)
{
	for (unsigned int kind = 0; kind < LEFTOVERS_KINDS; kind++)
		if (most->ids_len[kind] < other->ids_len[kind])
			most->ids_len[kind] = other->ids_len[kind];
}
