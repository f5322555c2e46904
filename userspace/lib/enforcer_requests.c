// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - enforcer: which requests to break the glass were made, and which were used
 *
 * In the kernel, as long as the boot: under the seal nobody else writes there.
 */
#include <errno.h>
#include <string.h>

#include "enforcer_internal.h"
#include "glass.h"

/* bw_request.made_ns of what is no request, but stands for the officers. */
#define OFFICERS (~0ULL)

static int requests_fd(const struct bw_enforcer *enforcer)
{
	return bpf_map__fd(enforcer->bpf->maps.requests);
}

static struct bw_request_key key_of(const uint8_t digest[BW_DIGEST_SIZE])
{
	struct bw_request_key key;

	memcpy(key.digest, digest, sizeof(key.digest));
	return key;
}

/**
 * struct search - One look at all of them
 *
 * @len: How many there are.
 * @oldest: Of those that are requests; @oldest_ns is OFFICERS if there is none.
 */
struct search {
	size_t len;
	struct bw_request_key oldest;
	uint64_t oldest_ns;
};

static struct search requests_look(const struct bw_enforcer *enforcer)
{
	struct search search = { .oldest_ns = OFFICERS };
	struct bw_request_key key, *previous = NULL;
	int requests = requests_fd(enforcer);
	struct bw_request request;

	while (bpf_map_get_next_key(requests, previous, &key) == 0) {
		previous = &key;
		search.len++;
		if (bpf_map_lookup_elem(requests, &key, &request) ||
		    request.made_ns >= search.oldest_ns)
			continue;

		search.oldest = key;
		search.oldest_ns = request.made_ns;
	}
	return search;
}

/* One place is the officers'. */
static int room_make(struct bw_enforcer *enforcer, uint64_t now_ns, bool oldest_goes)
{
	struct search search = requests_look(enforcer);

	if (search.len < BW_REQUESTS_MAX - 1)
		return 0;

	if (search.oldest_ns == OFFICERS ||
	    (!oldest_goes && now_ns - search.oldest_ns <= BW_GLASS_AGE_NS))
		return -ENOSPC;

	return bpf_map_delete_elem(requests_fd(enforcer), &search.oldest);
}

int bw_enforcer_request_add(struct bw_enforcer *enforcer, const uint8_t digest[BW_DIGEST_SIZE],
			    uint64_t now_ns, bool oldest_goes)
{
	const struct bw_request_key key = key_of(digest);
	const struct bw_request request = { .made_ns = now_ns };
	int err = room_make(enforcer, now_ns, oldest_goes);

	return err ? err : bpf_map_update_elem(requests_fd(enforcer), &key, &request, BPF_NOEXIST);
}

int bw_enforcer_request_use(struct bw_enforcer *enforcer, const uint8_t digest[BW_DIGEST_SIZE],
			    uint64_t now_ns)
{
	const struct bw_request_key key = key_of(digest);
	struct bw_request request;
	int err;

	err = bpf_map_lookup_elem(requests_fd(enforcer), &key, &request);
	if (err)
		return err;

	if (request.made_ns == OFFICERS)
		return -ENOENT;

	if (request.used_ns)
		return -EALREADY;

	if (now_ns - request.made_ns > BW_GLASS_AGE_NS)
		return -ETIME;

	request.used_ns = now_ns;
	return bpf_map_update_elem(requests_fd(enforcer), &key, &request, BPF_EXIST);
}

void bw_enforcer_request_undo(struct bw_enforcer *enforcer, const uint8_t digest[BW_DIGEST_SIZE])
{
	const struct bw_request_key key = key_of(digest);
	struct bw_request request;

	if (bpf_map_lookup_elem(requests_fd(enforcer), &key, &request))
		return;

	/* Fails closed: where that can't be written it stays used. */
	request.used_ns = 0;
	(void)bpf_map_update_elem(requests_fd(enforcer), &key, &request, BPF_EXIST);
}

/* Those before aren't any more. */
static void officers_forget(struct bw_enforcer *enforcer)
{
	int requests = requests_fd(enforcer);
	struct bw_request_key key, next;
	struct bw_request request;
	int err = bpf_map_get_next_key(requests, NULL, &key);

	while (!err) {
		err = bpf_map_get_next_key(requests, &key, &next);
		if (!bpf_map_lookup_elem(requests, &key, &request) && request.made_ns == OFFICERS)
			(void)bpf_map_delete_elem(requests, &key);
		key = next;
	}
}

int bw_enforcer_officers_note(struct bw_enforcer *enforcer, const uint8_t digest[BW_DIGEST_SIZE])
{
	const struct bw_request_key key = key_of(digest);
	const struct bw_request officers = { .made_ns = OFFICERS };

	officers_forget(enforcer);
	return bpf_map_update_elem(requests_fd(enforcer), &key, &officers, BPF_ANY);
}

bool bw_enforcer_officers_are(const struct bw_enforcer *enforcer,
			      const uint8_t digest[BW_DIGEST_SIZE])
{
	const struct bw_request_key key = key_of(digest);
	struct bw_request request;

	return bpf_map_lookup_elem(requests_fd(enforcer), &key, &request) == 0 &&
	       request.made_ns == OFFICERS;
}
