// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - values of policy keys: from YAML nodes to checked text and numbers
 */
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "cleanup.h"
#include "pattern.h"
#include "policy_value.h"
#include "text.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

#define USER_MAX 64
#define NUMBER_MAX 32
#define WORD_MAX 32

/* Users are 32-bit numbers; the last one means "nobody" to the kernel's calls. */
#define UID_LAST 4294967294ULL

static struct bw_value value_make(const char *key, const yaml_node_t *node, const char *format)
{
	struct bw_value value = {
		.key = key,
		.node = node,
		.at = bw_yaml_position(node->start_mark),
	};

	(void)snprintf(value.what, sizeof(value.what), format, key);
	return value;
}

struct bw_value bw_value_of(const char *key, const yaml_node_t *node)
{
	return value_make(key, node, "'%s'");
}

struct bw_value bw_value_entry_of(const char *key, const yaml_node_t *node)
{
	return value_make(key, node, "an entry of '%s'");
}

static const char *node_text(const yaml_node_t *node)
{
	return (const char *)node->data.scalar.value;
}

static bool node_plain(const yaml_node_t *node)
{
	return node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static bool word_in(const char *word, const char *const *words, size_t words_len)
{
	for (size_t i = 0; i < words_len; i++) {
		if (!strcasecmp(word, words[i]))
			return true;
	}
	return false;
}

bool bw_value_missing(const yaml_node_t *node)
{
	static const char *const nothing[] = { "", "~", "null" };

	return node->type == YAML_SCALAR_NODE && node_plain(node) &&
	       word_in(node_text(node), nothing, ARRAY_LEN(nothing));
}

/* Other readers of the same file take these for true and false. */
static bool value_boolean(const yaml_node_t *node)
{
	static const char *const booleans[] = { "yes", "no", "true", "false", "on", "off" };

	return node_plain(node) && word_in(node_text(node), booleans, ARRAY_LEN(booleans));
}

const char *bw_value_kind(const yaml_node_t *node)
{
	switch (node->type) {
	case YAML_SEQUENCE_NODE:
		return "a list";
	case YAML_MAPPING_NODE:
		return "a mapping of keys";
	default:
		return "a single value";
	}
}

/* Finds the first hidden character of what libyaml has checked to be UTF-8. */
static bool text_hides(const char *text, size_t len, bool lines, uint32_t *ret_character)
{
	uint32_t character = 0;
	size_t bytes;

	for (size_t i = 0; i < len; i += bytes) {
		bytes = bw_utf8_decode(text + i, len - i, &character);
		if (lines && character == '\n')
			continue;

		if (!bytes || bw_character_hidden(character)) {
			*ret_character = character;
			return true;
		}
	}
	return false;
}

static bool text_visible(struct bw_reporter *reporter, const struct bw_value *value, bool lines)
{
	uint32_t hidden;

	if (!text_hides(node_text(value->node), value->node->data.scalar.length, lines, &hidden))
		return true;

	if (hidden == '\n')
		bw_report_error(reporter, value->at, "%s goes over several lines; write it on one",
				value->what);
	else
		bw_report_error(reporter, value->at,
				"%s holds the invisible character U+%04X; remove it", value->what,
				hidden);
	return false;
}

static bool value_single(struct bw_reporter *reporter, const struct bw_value *value)
{
	if (value->node->type != YAML_SCALAR_NODE) {
		bw_report_error(reporter, value->at, "%s must be a single value, not %s",
				value->what, bw_value_kind(value->node));
		return false;
	}

	if (!bw_value_missing(value->node))
		return true;

	bw_report_error(reporter, value->at, "%s has no value", value->what);
	return false;
}

static const char *value_text(struct bw_reporter *reporter, const struct bw_value *value,
			      size_t max, bool lines)
{
	if (!value_single(reporter, value))
		return NULL;

	if (!value->node->data.scalar.length) {
		bw_report_error(reporter, value->at, "%s is empty", value->what);
		return NULL;
	}

	if (value->node->data.scalar.length > max) {
		bw_report_error(reporter, value->at, "%s is longer than %zu bytes", value->what,
				max);
		return NULL;
	}

	return text_visible(reporter, value, lines) ? node_text(value->node) : NULL;
}

const char *bw_value_text(struct bw_reporter *reporter, const struct bw_value *value, size_t max)
{
	return value_text(reporter, value, max, false);
}

const char *bw_value_prose(struct bw_reporter *reporter, const struct bw_value *value, size_t max)
{
	return value_text(reporter, value, max, true);
}

/* Text that other readers of YAML take for text, too. */
static const char *value_word_text(struct bw_reporter *reporter, const struct bw_value *value,
				   size_t max)
{
	const char *text = bw_value_text(reporter, value, max);

	if (!text || !value_boolean(value->node))
		return text;

	bw_report_error(reporter, value->at,
			"'%s: %s' means true or false in YAML; write it in quotes: '%s: \"%s\"'",
			value->key, text, value->key, text);
	return NULL;
}

const char *bw_value_name(struct bw_reporter *reporter, const struct bw_value *value)
{
	const char *text = value_word_text(reporter, value, BW_SET_NAME_SIZE - 1);

	if (!text)
		return NULL;

	if (*text != '-' && !text[strspn(text, LOWER DIGITS "-")])
		return text;

	bw_report_error(
		reporter, value->at,
		"'%s: %s' is not a valid name; use small letters, digits and '-', begin with a "
		"letter or digit",
		value->key, text);
	return NULL;
}

static void path_report(struct bw_reporter *reporter, const struct bw_value *value,
			const char *path, const char *fault)
{
	_cleanup_(freep) char *normal = bw_path_normalise(path);

	if (!normal) {
		bw_report_no_memory(reporter);
		return;
	}

	if (*path == '/' && normal[1] && !bw_path_fault(normal))
		bw_report_error(reporter, value->at, "'%s' %s; write '%s'", path, fault, normal);
	else
		bw_report_error(reporter, value->at, "'%s' %s", path, fault);
}

const char *bw_value_path(struct bw_reporter *reporter, const struct bw_value *value)
{
	const char *path = bw_value_text(reporter, value, PATH_MAX - 1);
	const char *fault;

	if (!path)
		return NULL;

	fault = bw_path_fault(path);
	if (!fault)
		return path;

	path_report(reporter, value, path, fault);
	return NULL;
}

/* @what: "user" or "group". */
static bool id_number(struct bw_reporter *reporter, const struct bw_value *value, const char *text,
		      const char *what)
{
	if (text[0] == '0' && text[1]) {
		bw_report_error(reporter, value->at,
				"'%s: %s' begins with 0; write the number without it", value->key,
				text);
		return false;
	}

	if (strlen(text) <= 10 && strtoull(text, NULL, 10) <= UID_LAST)
		return true;

	bw_report_error(reporter, value->at, "'%s: %s' is out of range; %ss go from 0 to %llu",
			value->key, text, what, UID_LAST);
	return false;
}

static bool id_shaped(const char *text)
{
	return strchr(LOWER UPPER "_", *text) && !text[strspn(text, LOWER UPPER DIGITS "_-.@\\$")];
}

static const char *value_id(struct bw_reporter *reporter, const struct bw_value *value,
			    const char *what)
{
	const char *text = value_word_text(reporter, value, USER_MAX);

	if (!text)
		return NULL;

	if (!text[strspn(text, DIGITS)])
		return id_number(reporter, value, text, what) ? text : NULL;

	if (id_shaped(text))
		return text;

	bw_report_error(reporter, value->at,
			"'%s: %s' is not a %s; write one name or number, or 'any' for everybody",
			value->key, text, what);
	return NULL;
}

const char *bw_value_user(struct bw_reporter *reporter, const struct bw_value *value)
{
	return value_id(reporter, value, "user");
}

const char *bw_value_group(struct bw_reporter *reporter, const struct bw_value *value)
{
	return value_id(reporter, value, "group");
}

/* Ends a unit's name; those that processes live in have one for themselves. */
static const struct {
	const char *suffix;
	bool has_processes;
} unit_types[] = {
	{ ".service", true },	 { ".scope", true },   { ".mount", true },  { ".socket", true },
	{ ".swap", true },	 { ".slice", false },  { ".timer", false }, { ".target", false },
	{ ".automount", false }, { ".device", false }, { ".path", false },
};

static const char *unit_fault(const char *text)
{
	const char *suffix = strrchr(text, '.'), *star = strchr(text, '*');

	if (!strcmp(text, "*"))
		return "matches everything; write 'unit: any' if that is meant";
	if (text[strspn(text, LOWER UPPER DIGITS ":-_.\\@*")])
		return "has a character that no unit's name can have";
	if (star && strchr(star + 1, '*'))
		return "has more than one '*'; write a grant for each";
	if (suffix == text)
		return "is only a type; write the unit's full name";

	for (size_t i = 0; suffix && i < ARRAY_LEN(unit_types); i++) {
		if (strcmp(unit_types[i].suffix, suffix) != 0)
			continue;

		if (!unit_types[i].has_processes)
			return "has no processes of its own; name the '.service' or '.scope'";
		if (suffix[-1] == '@')
			return "is a template that no process runs in; write '@*' for all of its "
			       "instances";
		return NULL;
	}
	return "is not a unit's full name; add its type, as in 'postgresql@15-main.service'";
}

const char *bw_value_unit(struct bw_reporter *reporter, const struct bw_value *value)
{
	const char *text = value_word_text(reporter, value, BW_UNIT_SIZE - 1);
	const char *fault;

	if (!text || !strcmp(text, "any"))
		return text;

	fault = unit_fault(text);
	if (!fault)
		return text;

	bw_report_error(reporter, value->at, "'unit: %s' %s", text, fault);
	return NULL;
}

static bool number_shaped(struct bw_reporter *reporter, const struct bw_value *value,
			  const char *text)
{
	if (!node_plain(value->node)) {
		bw_report_error(reporter, value->at, "%s must be a number; write it without quotes",
				value->what);
		return false;
	}

	if (!text[strspn(text, DIGITS)] && (text[0] != '0' || !text[1]))
		return true;

	bw_report_error(reporter, value->at,
			"'%s: %s' is not a whole number; use digits only, as in '%s: 3'",
			value->key, text, value->key);
	return false;
}

bool bw_value_number(struct bw_reporter *reporter, const struct bw_value *value, unsigned int min,
		     unsigned int max, unsigned int *ret_number)
{
	const char *text = bw_value_text(reporter, value, NUMBER_MAX);
	unsigned long long number;

	if (!text || !number_shaped(reporter, value, text))
		return false;

	/* Too many digits give ULLONG_MAX, which is out of range as well. */
	number = strtoull(text, NULL, 10);
	if (number < min || number > max) {
		bw_report_error(reporter, value->at,
				"'%s: %s' is out of range; it goes from %u to %u", value->key, text,
				min, max);
		return false;
	}

	*ret_number = number;
	return true;
}

/* "'a', 'b' or 'c'" */
static char *words_list(const char *const *words, size_t words_len)
{
	char *list = NULL, *longer;

	for (size_t i = 0; i < words_len; i++) {
		const char *joint = !i ? "" : i + 1 < words_len ? ", " : " or ";

		if (asprintf(&longer, "%s%s'%s'", list ? list : "", joint, words[i]) < 0)
			longer = NULL;
		free(list);
		list = longer;
		if (!list)
			break;
	}
	return list;
}

static void word_report(struct bw_reporter *reporter, const struct bw_value *value,
			const char *text, const char *const *words, size_t words_len)
{
	const char *meant = bw_word_suggest(text, words, words_len);
	_cleanup_(freep) char *list = words_list(words, words_len);

	if (!list)
		bw_report_no_memory(reporter);
	else if (meant)
		bw_report_error(reporter, value->at, "'%s: %s' is unknown; did you mean '%s'?",
				value->key, text, meant);
	else
		bw_report_error(reporter, value->at, "'%s: %s' is unknown; write %s", value->key,
				text, list);
}

bool bw_value_word(struct bw_reporter *reporter, const struct bw_value *value,
		   const char *const *words, size_t words_len, size_t *ret_index)
{
	const char *text = bw_value_text(reporter, value, WORD_MAX);

	if (!text)
		return false;

	for (size_t i = 0; i < words_len; i++) {
		if (!strcmp(words[i], text)) {
			*ret_index = i;
			return true;
		}
	}

	word_report(reporter, value, text, words, words_len);
	return false;
}
