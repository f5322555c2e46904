// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what a grant asks of its executable: the readers of `sha256:` and `package:`
 */
#include <errno.h>

#include "package.h"
#include "policy_reading.h"

#define TEXT_MAX 128

static void digest_read(struct bw_reading *reading, const struct bw_value *value)
{
	const char *text = bw_value_text(reading->reporter, value, TEXT_MAX);
	int err = text ? bw_digests_add(&reading->grant->sha256, text) : 0;

	if (err == -EINVAL)
		bw_report_error(reading->reporter, value->at,
				"'sha256: %s' is no SHA-256; write the 64 hexadecimal digits that "
				"sha256sum(1) prints",
				text);
	else if (err == -EEXIST)
		bw_report_error(reading->reporter, value->at, "'%s' is listed twice", text);
}

void bw_sha256_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;

	reading->grant->sha256_at = value->at;
	if (value->node->type != YAML_SEQUENCE_NODE) {
		digest_read(reading, value);
		return;
	}

	if (!bw_list_check(reading->reporter, value, BW_DIGESTS_MAX, "- 64 hexadecimal digits"))
		return;

	if (bw_list_len(value->node) == 0)
		bw_report_error(reading->reporter, value->at,
				"'sha256' is empty; leave it out if any content will do");
	for (size_t i = 0; i < bw_list_len(value->node); i++) {
		struct bw_value entry = bw_list_value(reading, value, i);

		digest_read(reading, &entry);
	}
}

void bw_package_read(void *context, const struct bw_value *value)
{
	struct bw_reading *reading = context;
	const char *text = bw_value_text(reading->reporter, value, TEXT_MAX);

	reading->grant->package_at = value->at;
	if (!text)
		return;

	if (bw_package_name_is_valid(text))
		reading->grant->package = bw_text_copy(reading->reporter, text);
	else
		bw_report_error(reading->reporter, value->at,
				"'package: %s' is no package's name; write it as dpkg(1) lists it, "
				"without an architecture",
				text);
}
