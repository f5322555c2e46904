// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - has something changed?  Short numbers for long texts
 */
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "fingerprint.h"

uint64_t bw_fingerprint_add(uint64_t fingerprint, const void *bytes, size_t len)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < len; i++)
		fingerprint = (fingerprint ^ byte[i]) * 0x100000001b3ULL;
	return fingerprint;
}

bool bw_mount_concerns(const char *mount, const char *pattern)
{
	_cleanup_(freep) char *fixed = strndup(pattern, strcspn(pattern, "*?["));
	char *slash;

	/* Without memory: rather once too often. */
	if (!fixed)
		return true;

	/* What lies before the first pattern character's own name never changes. */
	if (strlen(fixed) < strlen(pattern)) {
		slash = strrchr(fixed, '/');
		if (slash)
			slash[slash == fixed] = '\0';
	}

	return bw_path_below(mount, fixed) || bw_path_below(fixed, mount);
}

static bool concerns_grants(const char *mount, const struct bw_policy_grant *grants, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bw_mount_concerns(mount, grants[i].exe))
			return true;
	}
	return false;
}

static bool concerns_policy(const char *mount, const struct bw_policy *policy)
{
	for (size_t i = 0; i < policy->protect_len; i++) {
		if (bw_mount_concerns(mount, policy->protect[i].path))
			return true;
	}
	return concerns_grants(mount, policy->grants, policy->grants_len) ||
	       concerns_grants(mount, policy->tracers, policy->tracers_len);
}

static bool concerns_any(const char *mount, const struct bw_policies *policies)
{
	for (size_t i = 0; policies && i < policies->len; i++) {
		if (concerns_policy(mount, policies->items[i]))
			return true;
	}
	return false;
}

uint64_t bw_fingerprint_mounts(const struct bw_mounts *mounts, const struct bw_policies *policies)
{
	uint64_t fingerprint = BW_FINGERPRINT_START;

	for (size_t i = 0; i < mounts->len; i++) {
		const struct bw_mount *mount = &mounts->items[i];

		if (!concerns_any(mount->path, policies))
			continue;

		fingerprint = bw_fingerprint_add(fingerprint, &mount->dev, sizeof(mount->dev));
		fingerprint = bw_fingerprint_add(fingerprint, mount->root, strlen(mount->root) + 1);
		fingerprint = bw_fingerprint_add(fingerprint, mount->path, strlen(mount->path) + 1);
	}
	return fingerprint;
}
