// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what was found in executables, by the kernel's version of it
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "content.h"

void bw_contents_done(struct bw_contents *contents)
{
	free(contents->items);
	*contents = (struct bw_contents){ 0 };
}

static struct bw_known_content *known_find(const struct bw_contents *contents,
					   const struct bw_file_key *file)
{
	for (size_t i = 0; i < contents->len; i++)
		if (memcmp(&contents->items[i].file, file, sizeof(*file)) == 0)
			return &contents->items[i];
	return NULL;
}

const struct bw_content *bw_contents_find(const struct bw_contents *contents,
					  const struct bw_file_key *file, uint64_t version)
{
	const struct bw_known_content *known = known_find(contents, file);

	return known && known->version == version ? &known->content : NULL;
}

int bw_contents_add(struct bw_contents *contents, const struct bw_file_key *file, uint64_t version,
		    const struct bw_content *content)
{
	struct bw_known_content *known = known_find(contents, file);

	if (!known) {
		known = reallocarray(contents->items, contents->len + 1, sizeof(*known));
		if (!known)
			return -ENOMEM;

		contents->items = known;
		known += contents->len++;
	}
	*known = (struct bw_known_content){ *file, version, *content };
	return 0;
}
