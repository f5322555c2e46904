// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - sizes and lengths of time as policies write them: "2GiB", "24h"
 */
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "quantity.h"

#define DIGITS "0123456789"

/* The largest first. */
struct unit {
	const char *name;
	uint64_t size;
};

static const struct unit sizes[] = {
	{ "PiB", 1ULL << 50 }, { "TiB", 1ULL << 40 }, { "GiB", 1ULL << 30 },
	{ "MiB", 1ULL << 20 }, { "KiB", 1ULL << 10 }, { "", 1 },
};

static const struct unit times[] = {
	{ "d", 24ULL * 60 * 60 },
	{ "h", 60ULL * 60 },
	{ "m", 60 },
	{ "s", 1 },
};

static bool parse(const char *text, const struct unit *units, size_t units_len, uint64_t max,
		  uint64_t *ret_quantity)
{
	size_t digits = strspn(text, DIGITS);
	unsigned long long number = strtoull(text, NULL, 10);

	if (!digits || (*text == '0' && digits > 1))
		return false;

	for (size_t i = 0; i < units_len; i++) {
		if (strcmp(text + digits, units[i].name) != 0)
			continue;

		*ret_quantity = number * units[i].size;
		return number && number <= max / units[i].size;
	}
	return false;
}

/* The last unit is 1. */
static const struct unit *unit_of(const struct unit *units, uint64_t quantity)
{
	while (quantity % units->size)
		units++;
	return units;
}

bool bw_size_parse(const char *text, uint64_t max, uint64_t *ret_bytes)
{
	return parse(text, sizes, ARRAY_LEN(sizes), max, ret_bytes);
}

bool bw_time_parse(const char *text, uint64_t max, uint64_t *ret_seconds)
{
	return parse(text, times, ARRAY_LEN(times), max, ret_seconds);
}

void bw_size_print(FILE *out, uint64_t bytes)
{
	const struct unit *unit = unit_of(sizes, bytes);

	(void)fprintf(out, "%llu%s", (unsigned long long)(bytes / unit->size),
		      *unit->name ? unit->name : " bytes");
}

void bw_time_print(FILE *out, uint64_t seconds)
{
	const struct unit *unit = unit_of(times, seconds);

	(void)fprintf(out, "%llu%s", (unsigned long long)(seconds / unit->size), unit->name);
}
