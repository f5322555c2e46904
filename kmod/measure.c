// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - digest of the policy in force, for IMA and for the status
 *
 * IMA's list gets an entry "bulwark-policy" whose buffer is the text
 * "generation=7 sha256=<64 hex digits>", if its policy has a rule
 * "measure func=CRITICAL_DATA" (for example by ima_policy=critical_data).
 */
#include <linux/ima.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/string.h>

#include "measure.h"

#define TEXT_SIZE (sizeof("generation=4294967295 sha256=") + 2 * BW_DIGEST_SIZE)

/* Protects @last, and keeps IMA's list in the order of the calls. */
static DEFINE_MUTEX(lock);
static struct bw_measured last;

static int store(u32 generation, const u8 *digest)
{
	char text[TEXT_SIZE];
	int len, err;

	len = scnprintf(text, sizeof(text), "generation=%u sha256=%*phN", generation,
			BW_DIGEST_SIZE, digest);

	err = ima_measure_critical_data("bulwark", "bulwark-policy", text, len, false, NULL, 0);
	if (!err || err == -EEXIST)
		return 0;
	if (err == -ENOENT || err == -ENOMEM)
		return err;
	return -EIO;
}

int bw_measure_policy(u32 generation, const u8 *digest)
{
	int err;

	mutex_lock(&lock);
	err = store(generation, digest);
	last.generation = generation;
	last.stored = !err;
	memcpy(last.digest, digest, sizeof(last.digest));
	mutex_unlock(&lock);

	return err;
}

void bw_measure_last(struct bw_measured *ret_measured)
{
	mutex_lock(&lock);
	*ret_measured = last;
	mutex_unlock(&lock);
}
