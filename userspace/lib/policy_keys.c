// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - keys of a policy: walks a mapping by a table of what it may hold
 */
#include <string.h>

#include "cleanup.h"
#include "policy_keys.h"
#include "text.h"

#define KEYS_MAX 16
#define KEY_SHOWN_MAX 64

/* What other tools call the same thing; too far off for bw_word_suggest(). */
static const struct {
	const char *word;
	const char *key;
} synonyms[] = {
	{ "allow", "grants" },	     { "binary", "exe" },      { "comment", "reason" },
	{ "description", "reason" }, { "executable", "exe" },  { "exclude", "except" },
	{ "files", "protect" },	     { "level", "severity" },  { "objects", "protect" },
	{ "path", "exe" },	     { "path", "protect" },    { "paths", "protect" },
	{ "priority", "severity" },  { "process", "exe" },     { "program", "exe" },
	{ "service", "unit" },	     { "subjects", "grants" }, { "uid", "user" },
	{ "name", "set" },	     { "why", "reason" },
};

static const struct bw_key *key_find(const struct bw_keys *keys, const char *name)
{
	for (size_t i = 0; i < keys->len; i++) {
		if (!strcmp(keys->items[i].name, name))
			return &keys->items[i];
	}
	return NULL;
}

static const char *key_synonym(const struct bw_keys *keys, const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(synonyms); i++) {
		if (!strcmp(synonyms[i].word, word) && key_find(keys, synonyms[i].key))
			return synonyms[i].key;
	}
	return NULL;
}

static const char *key_similar(const struct bw_keys *keys, const char *word)
{
	const char *names[KEYS_MAX];

	for (size_t i = 0; i < keys->len && i < KEYS_MAX; i++)
		names[i] = keys->items[i].name;
	return bw_word_suggest(word, names, keys->len < KEYS_MAX ? keys->len : KEYS_MAX);
}

/* "'a', 'b' and 'c'" */
static char *keys_list(const struct bw_keys *keys)
{
	char *list = NULL, *longer;

	for (size_t i = 0; i < keys->len; i++) {
		const char *joint = !i ? "" : i + 1 < keys->len ? ", " : " and ";

		if (asprintf(&longer, "%s%s'%s'", list ? list : "", joint, keys->items[i].name) < 0)
			longer = NULL;
		free(list);
		list = longer;
		if (!list)
			break;
	}
	return list;
}

static void key_report_known(struct bw_reporter *reporter, struct bw_position at, const char *word,
			     const struct bw_keys *keys)
{
	_cleanup_(freep) char *list = keys_list(keys);

	if (list)
		bw_report_error(reporter, at, "unknown key '%s' %s; the keys are %s", word,
				keys->where, list);
	else
		bw_report_no_memory(reporter);
}

/* Returns the name of the key that was meant, NULL for none. */
static const char *key_report_unknown(struct bw_reporter *reporter, struct bw_position at,
				      const char *word, const struct bw_keys *keys)
{
	const char *meant;

	meant = key_synonym(keys, word);
	if (!meant && key_find(keys->other, word)) {
		bw_report_error(reporter, at, "the key '%s' can't stand %s; it belongs %s", word,
				keys->where, keys->other_where);
		return NULL;
	}

	meant = meant ? meant : key_similar(keys, word);
	if (meant)
		bw_report_error(reporter, at, "unknown key '%s' %s; did you mean '%s'?", word,
				keys->where, meant);
	else
		key_report_known(reporter, at, word, keys);
	return meant;
}

/**
 * struct met - What has become of one key
 *
 * @line: Where it stands; 0: nowhere yet.
 * @meant: An unknown key was probably this one: it isn't missing as well.
 */
struct met {
	unsigned int line;
	bool meant;
};

static const char *key_word(struct bw_reporter *reporter, const yaml_node_t *node)
{
	struct bw_position at = bw_yaml_position(node->start_mark);

	if (node->type != YAML_SCALAR_NODE) {
		bw_report_error(reporter, at, "a key must be a single word, not %s",
				bw_value_kind(node));
		return NULL;
	}

	if (node->data.scalar.length > KEY_SHOWN_MAX) {
		bw_report_error(reporter, at, "a key of %zu bytes; is a ':' out of place?",
				node->data.scalar.length);
		return NULL;
	}

	if (strlen((const char *)node->data.scalar.value) != node->data.scalar.length) {
		bw_report_error(reporter, at, "a key with a NUL byte in it; remove it");
		return NULL;
	}
	return (const char *)node->data.scalar.value;
}

static void pair_read(struct bw_reporter *reporter, yaml_document_t *document,
		      const yaml_node_pair_t *pair, const struct bw_keys *keys, struct met *met,
		      void *context)
{
	const yaml_node_t *key_node = yaml_document_get_node(document, pair->key);
	const yaml_node_t *node = yaml_document_get_node(document, pair->value);
	struct bw_position at = bw_yaml_position(key_node->start_mark);
	const char *word = key_word(reporter, key_node), *meant;
	const struct bw_key *key;
	struct bw_value value;

	if (!word)
		return;

	key = key_find(keys, word);
	if (!key) {
		meant = key_report_unknown(reporter, at, word, keys);
		if (meant)
			met[key_find(keys, meant) - keys->items].meant = true;
		return;
	}

	met += key - keys->items;
	if (met->line) {
		bw_report_error(reporter, at, "'%s' is given twice; the first is in line %u", word,
				met->line);
		return;
	}

	met->line = at.line;
	value = bw_value_of(key->name, node);
	/* What isn't there has no place of its own. */
	if (bw_value_missing(node))
		value.at = at;
	key->read(context, &value);
}

void bw_keys_read(struct bw_reporter *reporter, yaml_document_t *document,
		  const yaml_node_t *mapping, const struct bw_keys *keys, void *context)
{
	struct met met[KEYS_MAX] = { 0 };
	const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;

	for (; pair < mapping->data.mapping.pairs.top; pair++)
		pair_read(reporter, document, pair, keys, met, context);

	for (size_t i = 0; i < keys->len; i++) {
		if (keys->items[i].missing && !met[i].line && !met[i].meant)
			bw_report_error(reporter, bw_yaml_position(mapping->start_mark), "%s",
					keys->items[i].missing);
	}
}
