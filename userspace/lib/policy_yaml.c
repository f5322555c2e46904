// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - policy files as YAML: text to a tree of plain nodes
 */
#include <inttypes.h>
#include <string.h>

#include "cleanup.h"
#include "policy_yaml.h"
#include "text.h"

/* A policy needs 4: the file, `grants:`, a grant, its value. */
#define DEPTH_MAX 8

#define YAML_TAG_PREFIX "tag:yaml.org,2002:"

static void parser_deletep(yaml_parser_t *parser)
{
	yaml_parser_delete(parser);
}

static void event_deletep(yaml_event_t *event)
{
	yaml_event_delete(event);
}

/* How libyaml's words begin, and what they mean to the author of a policy. */
static const struct {
	const char *problem;
	const char *advice;
} problems[] = {
	{ "found character that cannot start any token",
	  "a value can't begin with this character; put the value in quotes" },
	{ "mapping values are not allowed in this context",
	  "a second ': ' in one value; put the value in quotes, or correct the indentation" },
	{ "block sequence entries are not allowed in this context",
	  "'- ' can't stand here; begin the list on a line of its own" },
	{ "mapping keys are not allowed in this context", "a key can't stand here" },
	{ "could not find expected ':'", "a key without ':'; write 'key: value'" },
	{ "did not find expected alphabetic or numeric character",
	  "'*' and '&' begin an alias or an anchor; put the value in quotes" },
	{ "found unexpected end of stream", "a quote is opened and never closed" },
	{ "found unexpected document indicator", "a quote is opened and never closed" },
	{ "found unknown escape character",
	  "unknown '\\' escape in double quotes; use single quotes, or write '\\\\'" },
	{ "did not find expected hex", "an escape such as '\\x41' needs hexadecimal digits" },
	{ "found invalid Unicode character escape code", "the escape names no character" },
	{ "did not find expected <document start>",
	  "nothing can follow here; is the indentation right, and a bracket closed twice?" },
	{ "did not find expected node content", "a value is missing" },
	{ "did not find expected '-' indicator",
	  "the line fits nothing above it; check its indentation" },
	{ "did not find expected key", "the line fits nothing above it; check its indentation" },
	{ "did not find expected ',' or ']'", "a list in brackets needs ',' or ']' here" },
	{ "did not find expected ',' or '}'", "a mapping in braces needs ',' or '}' here" },
	{ "found a tab character", "indent with spaces, not with tabs" },
};

static const char *problem_advice(const char *problem)
{
	for (size_t i = 0; i < ARRAY_LEN(problems); i++) {
		if (!strncmp(problems[i].problem, problem, strlen(problems[i].problem)))
			return problems[i].advice;
	}
	return problem;
}

static int syntax_report(struct bw_reporter *reporter, const yaml_parser_t *parser)
{
	const char *advice;

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;

	advice = problem_advice(parser->problem ? parser->problem : "unreadable");
	if (parser->context && parser->context_mark.line != parser->problem_mark.line)
		bw_report_error(reporter, bw_yaml_position(parser->problem_mark),
				"not valid YAML: %s (in what begins at line %zu)", advice,
				parser->context_mark.line + 1);
	else
		bw_report_error(reporter, bw_yaml_position(parser->problem_mark),
				"not valid YAML: %s", advice);
	return -EINVAL;
}

/**
 * struct scan - Position in the bytes of a file
 *
 * @indent: Only blanks so far in this line.
 * @told: The line has been complained about.
 */
struct scan {
	struct bw_position at;
	bool indent;
	bool told;
};

static void scan_report(struct bw_reporter *reporter, struct scan *scan, size_t bytes,
			uint32_t character)
{
	if (scan->told)
		return;

	scan->told = true;
	if (!bytes)
		bw_report_error(reporter, scan->at, "not UTF-8; save the file in UTF-8");
	else if (!character)
		bw_report_error(reporter, scan->at, "a NUL byte; a policy is a text file");
	else if (character == '\t')
		bw_report_error(reporter, scan->at, "a tab in the indentation; indent with spaces");
	else
		bw_report_error(reporter, scan->at,
				"the invisible character U+%04" PRIX32 "; remove it", character);
}

static bool character_wrong(const struct scan *scan, uint32_t character)
{
	if (character == '\t')
		return scan->indent;

	return character != '\n' && character != '\r' && bw_character_hidden(character);
}

static void scan_advance(struct scan *scan, uint32_t character, bool line_ends)
{
	if (line_ends) {
		*scan = (struct scan){ .at = { scan->at.line + 1, 1 }, .indent = true };
		return;
	}

	scan->at.column++;
	scan->indent = scan->indent && (character == ' ' || character == '\t');
}

/* libyaml gives no line for a bad byte, and editors don't show what is invisible. */
static int bytes_check(struct bw_reporter *reporter, const char *text, size_t len)
{
	struct scan scan = { .at = { 1, 1 }, .indent = true };
	size_t bytes, i = len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;

	for (; i < len; i += bytes ? bytes : 1) {
		uint32_t character = 0;
		bool line_ends;

		bytes = bw_utf8_decode(text + i, len - i, &character);
		if (!bytes || character_wrong(&scan, character))
			scan_report(reporter, &scan, bytes, character);

		line_ends = bytes && (character == '\n' ||
				      (character == '\r' && (i + 1 == len || text[i + 1] != '\n')));
		scan_advance(&scan, character, line_ends);
	}
	return reporter->errors ? -EINVAL : 0;
}

static const yaml_char_t *event_anchor(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.anchor;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor;
	default:
		return NULL;
	}
}

static const yaml_char_t *event_tag(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.tag;
	default:
		return NULL;
	}
}

/**
 * struct shape - What the events of a file have shown so far
 */
struct shape {
	unsigned int depth;
	unsigned int documents;
	bool aliases;
};

/* "!!str" is stored as "tag:yaml.org,2002:str". */
static void tag_report(struct bw_reporter *reporter, struct bw_position at, const char *tag)
{
	size_t len = strlen(YAML_TAG_PREFIX);
	bool standard = !strncmp(tag, YAML_TAG_PREFIX, len);

	bw_report_error(reporter, at,
			"the tag '%s%s'; tags are not supported, write the value alone",
			standard ? "!!" : "", standard ? tag + len : tag);
}

static void node_check(struct bw_reporter *reporter, const yaml_event_t *event)
{
	struct bw_position at = bw_yaml_position(event->start_mark);

	if (event_anchor(event))
		bw_report_error(reporter, at, "the anchor '&%s'; anchors are not supported",
				event_anchor(event));
	if (event_tag(event))
		tag_report(reporter, at, (const char *)event_tag(event));
}

static void event_check(struct bw_reporter *reporter, struct shape *shape,
			const yaml_event_t *event)
{
	struct bw_position at = bw_yaml_position(event->start_mark);

	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++shape->documents == 2)
			bw_report_error(reporter, at,
					"a second document; a file holds one set, "
					"put the next one into a file of its own");
		break;
	case YAML_ALIAS_EVENT:
		shape->aliases = true;
		bw_report_error(reporter, at,
				"the alias '*%s'; aliases are not supported, write "
				"the value itself, in quotes if it begins with '*'",
				event->data.alias.anchor);
		break;
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		shape->depth++;
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		shape->depth--;
		break;
	default:
		break;
	}
	node_check(reporter, event);
}

static int event_next(struct bw_reporter *reporter, yaml_parser_t *parser, struct shape *shape,
		      bool *ret_more)
{
	_cleanup_(event_deletep) yaml_event_t event = { 0 };

	if (!yaml_parser_parse(parser, &event))
		return syntax_report(reporter, parser);

	event_check(reporter, shape, &event);
	if (shape->depth > DEPTH_MAX) {
		bw_report_error(reporter, bw_yaml_position(event.start_mark),
				"nested deeper than %d levels; a policy needs 4", DEPTH_MAX);
		return -EINVAL;
	}

	*ret_more = event.type != YAML_STREAM_END_EVENT;
	return 0;
}

/* The document API resolves aliases and drops tags: the events still show them. */
static int shape_check(struct bw_reporter *reporter, const char *text, size_t len)
{
	_cleanup_(parser_deletep) yaml_parser_t parser = { 0 };
	struct shape shape = { 0 };
	bool more = true;
	int err;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;

	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	while (more) {
		err = event_next(reporter, &parser, &shape, &more);
		if (err)
			return err;
	}
	return shape.aliases ? -EINVAL : 0;
}

static int document_load(struct bw_reporter *reporter, const char *text, size_t len,
			 yaml_document_t *ret_document)
{
	_cleanup_(parser_deletep) yaml_parser_t parser = { 0 };

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;

	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	if (!yaml_parser_load(&parser, ret_document))
		return syntax_report(reporter, &parser);

	return 0;
}

int bw_yaml_load(struct bw_reporter *reporter, const char *text, size_t len,
		 yaml_document_t *ret_document)
{
	int err;

	if (len > BW_POLICY_SIZE_MAX) {
		bw_report_error(reporter, (struct bw_position){ 0 },
				"larger than %u KiB; a policy is a short text",
				BW_POLICY_SIZE_MAX >> 10);
		return -EINVAL;
	}

	err = bytes_check(reporter, text, len);
	if (err)
		return err;

	err = shape_check(reporter, text, len);
	if (err)
		return err;

	return document_load(reporter, text, len, ret_document);
}
