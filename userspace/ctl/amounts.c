// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl: sizes and lengths of time as people say them
 */
#include <stdio.h>

#include "amounts.h"
#include "cleanup.h"

void bw_amount_bytes(json_int_t bytes, char *text, size_t text_size)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < ARRAY_LEN(units)) {
		value /= 1024;
		unit++;
	}
	(void)snprintf(text, text_size, unit && value < 100 ? "%.1f%s" : "%.0f%s", value,
		       units[unit]);
}

void bw_amount_time(json_int_t seconds, char *text, size_t text_size)
{
	static const struct {
		char suffix;
		json_int_t seconds;
	} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 } };

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (seconds < 2 * units[i].seconds)
			continue;

		(void)snprintf(text, text_size, "%lld%c",
			       (long long)((seconds + units[i].seconds - 1) / units[i].seconds),
			       units[i].suffix);
		return;
	}
	(void)snprintf(text, text_size, "%llds", (long long)seconds + 1);
}
