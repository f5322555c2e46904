/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - policy files as YAML: text to a tree of plain nodes
 *
 * What YAML can do beyond lists, mappings and plain values is refused: an
 * anchor, a tag or a second document makes people and programs read different
 * things.
 */
#ifndef BULWARK_POLICY_YAML_H
#define BULWARK_POLICY_YAML_H

#include <yaml.h>

#include "reporter.h"

/* Where a node begins, as editors count. */
static inline struct bw_position bw_yaml_position(yaml_mark_t mark)
{
	return (struct bw_position){ .line = mark.line + 1, .column = mark.column + 1 };
}

/*
 * Returns 0 with a document to yaml_document_delete(), or -EINVAL (reported: it
 * makes no sense to look further) or -ENOMEM.
 */
int bw_yaml_load(struct bw_reporter *reporter, const char *text, size_t len,
		 yaml_document_t *ret_document);

#endif
