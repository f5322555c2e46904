// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests: what was let through, remembered exactly
 */
#include "budget_model.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HISTORY 65536

/* What was let through. */
struct reading {
	__u64 when;
	__u64 amount;
	unsigned int file;
};

/**
 * struct model - The exact answer
 *
 * @readings: All that may still matter, oldest first.
 * @from: Index of the first one.
 * @to: Behind the last one.
 */
struct model {
	struct reading readings[HISTORY];
	size_t from;
	size_t to;
};

static struct model model;
static unsigned int seed;

void model_reset(void)
{
	model.from = model.to = 0;
	seed = 1;
}

void model_add(__u64 when, unsigned int file, __u64 amount)
{
	if (model.to == HISTORY) {
		memmove(model.readings, model.readings + model.from,
			(model.to - model.from) * sizeof(model.readings[0]));
		model.to -= model.from;
		model.from = 0;
	}
	if (model.to == HISTORY)
		ck_abort_msg("the model remembers no more than %d readings", HISTORY);
	model.readings[model.to++] = (struct reading){ when, amount, file };
}

void model_undo(void)
{
	model.to--;
}

void model_forget(__u64 before)
{
	while (model.from < model.to && model.readings[model.from].when < before)
		model.from++;
}

void model_sum(__u64 since, __u64 *ret_bytes, unsigned int *ret_files)
{
	bool seen[MODEL_FILES] = { false };

	*ret_bytes = 0;
	*ret_files = 0;
	for (size_t i = model.to; i > model.from && model.readings[i - 1].when >= since; i--) {
		const struct reading *reading = &model.readings[i - 1];

		*ret_bytes += reading->amount;
		*ret_files += !seen[reading->file];
		seen[reading->file] = true;
	}
}

__u64 model_back(__u64 now, __u64 by)
{
	return now > by ? now - by : 0;
}

void model_check(const struct bw_budget *budget, __u64 now)
{
	unsigned int files;
	__u64 bytes;

	model_sum(model_back(now, budget->every_ns), &bytes, &files);
	if (bytes > budget->bytes || files > budget->files)
		ck_abort_msg("%llu bytes of %llu, %u files of %u", bytes, budget->bytes, files,
			     budget->files);
}

__u64 random_below(__u64 limit)
{
	return ((__u64)rand_r(&seed) << 31 | (__u64)rand_r(&seed)) % limit;
}
