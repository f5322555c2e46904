// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - which lines of a policy file hold what, for whoever writes another one of it
 */
#include <errno.h>
#include <string.h>

#include "policy_lines.h"
#include "policy_yaml.h"

/* What stands last in a node: only there its end is the end of text. */
static const yaml_node_t *last_leaf(yaml_document_t *document, const yaml_node_t *node)
{
	while (node->type != YAML_SCALAR_NODE) {
		bool list = node->type == YAML_SEQUENCE_NODE;

		if (list ? node->data.sequence.style == YAML_FLOW_SEQUENCE_STYLE ||
				    node->data.sequence.items.start == node->data.sequence.items.top
			 : node->data.mapping.style == YAML_FLOW_MAPPING_STYLE ||
				    node->data.mapping.pairs.start == node->data.mapping.pairs.top)
			break;

		node = yaml_document_get_node(document,
					      list ? node->data.sequence.items.top[-1]
						   : node->data.mapping.pairs.top[-1].value);
	}
	return node;
}

/* Texts over several lines end where the next line begins. */
static size_t line_behind(yaml_mark_t end)
{
	return end.column ? end.line + 1 : end.line;
}

static struct bw_lines pair_lines(yaml_document_t *document, const yaml_node_pair_t *pair)
{
	const yaml_node_t *key = yaml_document_get_node(document, pair->key);
	const yaml_node_t *value = yaml_document_get_node(document, pair->value);

	return (struct bw_lines){
		.from = key->start_mark.line,
		.to = line_behind(last_leaf(document, value)->end_mark),
	};
}

static int grants_find(const yaml_node_t *value, struct bw_policy_lines *lines)
{
	lines->grants_empty = value->data.sequence.items.start == value->data.sequence.items.top;
	if (!lines->grants_empty && value->data.sequence.style == YAML_FLOW_SEQUENCE_STYLE)
		return -ENOTSUP;

	lines->indent = lines->grants_empty ? 2 : value->start_mark.column;
	return 0;
}

static int root_find(yaml_document_t *document, const yaml_node_t *root,
		     struct bw_policy_lines *lines)
{
	const yaml_node_pair_t *pair = root->data.mapping.pairs.start;
	int err = 0;

	if (root->data.mapping.style == YAML_FLOW_MAPPING_STYLE)
		return -ENOTSUP;

	for (; pair < root->data.mapping.pairs.top && !err; pair++) {
		const yaml_node_t *key = yaml_document_get_node(document, pair->key);
		const char *name = (const char *)key->data.scalar.value;

		if (strcmp(name, "version") == 0)
			lines->version = pair_lines(document, pair);
		if (strcmp(name, "mode") == 0)
			lines->mode = pair_lines(document, pair);
		if (strcmp(name, "learn-until") == 0)
			lines->learn_until = pair_lines(document, pair);
		if (strcmp(name, "grants") != 0)
			continue;

		lines->grants = pair_lines(document, pair);
		err = grants_find(yaml_document_get_node(document, pair->value), lines);
	}
	return err;
}

int bw_policy_lines_find(const char *text, size_t len, struct bw_policy_lines *ret_lines)
{
	struct bw_diagnostics diagnostics = { 0 };
	struct bw_reporter reporter = bw_reporter_begin(&diagnostics, "");
	struct bw_policy_lines lines = { 0 };
	yaml_document_t document;
	int err;

	err = bw_yaml_load(&reporter, text, len, &document);
	if (!err) {
		err = root_find(&document, yaml_document_get_root_node(&document), &lines);
		yaml_document_delete(&document);
	}
	bw_diagnostics_done(&diagnostics);
	if (err)
		return err == -ENOMEM ? err : -ENOTSUP;

	*ret_lines = lines;
	return 0;
}
