// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests: the JSON Schema knows the keys that the parser knows
 *
 * What it says of values, tests/gates/lint.sh tries with the files of tests/policies.
 */
#include <check.h>
#include <glob.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "policy_reading.h"
#include "scratch_dir.h"

#define SCHEMA "policies/policy.schema.json"

static const struct {
	const char *where;
	const struct bw_keys *keys;
} mappings[] = {
	{ "a policy", &bw_policy_keys },
	{ "a grant", &bw_grant_keys },
	{ "a budget", &bw_budget_keys },
};

static json_t *schema;

static void schema_setup(void)
{
	json_error_t error;

	schema = json_load_file(SCHEMA, 0, &error);
	ck_assert_msg(schema != NULL, "%s:%d: %s", SCHEMA, error.line, error.text);
}

static void schema_teardown(void)
{
	json_decref(schema);
}

static const json_t *mapping_of(const struct bw_keys *keys)
{
	const json_t *definitions = json_object_get(schema, "definitions");

	if (keys == &bw_grant_keys)
		return json_object_get(definitions, "grant");

	return keys == &bw_budget_keys ? json_object_get(definitions, "budget") : schema;
}

static bool is_required(const json_t *mapping, const char *name)
{
	const json_t *word;
	size_t i;

	json_array_foreach (json_object_get(mapping, "required"), i, word)
		if (strcmp(json_string_value(word), name) == 0)
			return true;

	return false;
}

/* Described, too: editors show it. */
static bool is_described(const json_t *property)
{
	const json_t *reference = json_object_get(property, "$ref");

	return json_object_get(property, "description") ||
	       (reference && strcmp(json_string_value(reference), "#/definitions/budget") == 0);
}

START_TEST(schema_has_the_parsers_keys)
{
	const struct bw_keys *keys = mappings[_i].keys;
	const json_t *mapping = mapping_of(keys);
	const json_t *properties = json_object_get(mapping, "properties");

	for (size_t i = 0; i < keys->len; i++) {
		const struct bw_key *key = &keys->items[i];
		const json_t *property = json_object_get(properties, key->name);

		ck_assert_msg(property != NULL, "'%s' of %s isn't in the schema", key->name,
			      mappings[_i].where);
		ck_assert_msg(is_described(property), "'%s' isn't described", key->name);
		ck_assert_msg(is_required(mapping, key->name) == (key->missing != NULL),
			      "'%s' of %s: needed or not?", key->name, mappings[_i].where);
	}
	ck_assert_uint_eq(json_object_size(properties), keys->len);
	ck_assert(json_is_false(json_object_get(mapping, "additionalProperties")));
}
END_TEST

/* In some file of a pattern, behind one of the characters @before. */
static bool stands_in(const char *pattern, const char *before, const char *text)
{
	bool found = false;
	glob_t files;

	ck_assert_int_eq(glob(pattern, 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc && !found; i++) {
		size_t len;
		_cleanup_(freep) char *content = file_bytes(files.gl_pathv[i], &len);

		for (const char *at = strstr(content, text); at && !found;
		     at = strstr(at + 1, text))
			found = at == content || strchr(before, at[-1]);
	}
	globfree(&files);
	return found;
}

START_TEST(each_key_has_a_right_and_a_wrong_example)
{
	const struct bw_keys *keys = mappings[_i].keys;

	for (size_t i = 0; i < keys->len; i++) {
		const char *name = keys->items[i].name;
		char right[64], wrong[64];

		(void)snprintf(right, sizeof(right), "%s:", name);
		(void)snprintf(wrong, sizeof(wrong), "%s", name);
		ck_assert_msg(stands_in("tests/policies/good/*.yaml", "\n {", right),
			      "no file with a right '%s'", name);
		ck_assert_msg(stands_in("tests/policies/bad/*.expected", "'", wrong),
			      "no file with a wrong '%s'", name);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("schema");
	TCase *tcase = tcase_create("keys");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, schema_setup, schema_teardown);
	tcase_add_loop_test(tcase, schema_has_the_parsers_keys, 0, ARRAY_LEN(mappings));
	tcase_add_loop_test(tcase, each_key_has_a_right_and_a_wrong_example, 0,
			    ARRAY_LEN(mappings));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
