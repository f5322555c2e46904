// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - resolver: what is in the executables of grants that ask for it
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "content.h"
#include "resolver.h"

static int identify(const struct resolver *resolver, int fd, struct bw_file_key *ret_key)
{
	return resolver->identifier->identify(resolver->identifier->context, fd, ret_key);
}

static int version_ask(const struct resolver *resolver, const struct bw_file_key *file,
		       uint64_t *ret_version)
{
	const struct bw_identifier *identifier = resolver->identifier;

	*ret_version = 1;
	return identifier->version ? identifier->version(identifier->versions, file, ret_version)
				   : 0;
}

/* Nobody had a version that is known open for writing: whoever opens it makes another one. */
static int version_read(const struct resolver *resolver, int fd, const struct bw_file_key *file,
			uint64_t version, struct bw_content *ret_content)
{
	struct bw_contents *contents = resolver->identifier->contents;
	const struct bw_content *known =
		contents ? bw_contents_find(contents, file, version) : NULL;
	int err;

	if (known) {
		*ret_content = *known;
		return 0;
	}

	/* Where no kernel counts versions, it is for people to read. */
	if (!resolver->identifier->version)
		return bw_content_hash(fd, ret_content);

	err = bw_content_read(fd, ret_content);
	if (err || !contents)
		return err;

	return bw_contents_add(contents, file, version, ret_content);
}

/*
 * In this order: from the version on, the kernel tells of whoever may change the file; who
 * could before has it open still, or is done.
 */
static int executable_read(const struct resolver *resolver, const char *path,
			   const struct bw_file_key *file, uint64_t *ret_version,
			   struct bw_content *ret_content)
{
	_cleanup_(closep) int fd = path_open(path, O_RDONLY);
	struct bw_file_key key;
	int err;

	if (fd < 0)
		return fd;

	err = identify(resolver, fd, &key);
	if (err)
		return err;

	if (file_key_compare(&key, file) != 0)
		return -EAGAIN;

	err = version_ask(resolver, file, ret_version);
	return err ? err : version_read(resolver, fd, file, *ret_version, ret_content);
}

static const char *failure_text(int err)
{
	switch (err) {
	case -ETXTBSY:
		return "is open for writing";
	case -EAGAIN:
		return "is being changed";
	case -E2BIG:
		return "is one executable too many to be verified: start the host anew";
	case -EINVAL:
		return "lies on a filesystem that doesn't tell who may change it";
	default:
		return NULL;
	}
}

/* What came of it, for whoever compares it with the last time. */
static int seen_add(struct resolver *resolver, const char *path, const struct bw_file_key *file,
		    uint64_t version, bool right)
{
	struct bw_verified *seen;
	int err = array_reserve(&resolver->verified, resolver->verified_len, sizeof(*seen));

	if (err)
		return err;

	seen = &resolver->verified[resolver->verified_len];
	*seen = (struct bw_verified){ strdup(path), *file, version, right };
	if (!seen->path)
		return -ENOMEM;

	resolver->verified_len++;
	return 0;
}

/* @err: behind @why; 0 for nothing. */
static int content_say(struct resolver *resolver, const struct granted *granted, const char *path,
		       const char *why, int err)
{
	const struct bw_policy_grant *source = granted->source;

	return resolver_say(resolver, granted->policy,
			    source->sha256.len > 0 ? source->sha256_at : source->package_at, true,
			    "'%s' gets no grant: it %s%s%s", path, why, err ? ": " : "",
			    err ? strerror(-err) : "");
}

/*
 * dpkg's records are looked at again when they change: new ones come after the files.
 * *ret_distrust isn't NULL if others than root could have written them.
 */
static int records_look(struct resolver *resolver, const struct granted *granted,
			const char **ret_distrust)
{
	char directory[] = BW_DPKG_INFO_DIR;

	if (!granted->source->package)
		return 0;

	*ret_distrust = path_distrust(directory);
	return watches_add_directory(resolver, BW_DPKG_INFO_DIR);
}

static int judge(struct resolver *resolver, const struct granted *granted, const char *path,
		 const struct bw_content *content, bool *ret_right)
{
	_cleanup_(freep) char *why = NULL;
	int err = bw_content_judge(granted->source, path, content, &why);

	*ret_right = !err && !why;
	if (*ret_right || err == -ENOMEM)
		return err;

	return content_say(resolver, granted, path,
			   why ? why : "can't be looked for in dpkg's records", err);
}

static int fail(struct resolver *resolver, const struct granted *granted, const char *path, int err)
{
	const char *why = failure_text(err);

	if (err == -ENOMEM)
		return err;

	resolver->unread += err == -ETXTBSY || err == -EAGAIN;
	return content_say(resolver, granted, path, why ? why : "can't be verified", why ? 0 : err);
}

int content_verify(struct resolver *resolver, const struct granted *granted, const char *path,
		   const struct bw_file_key *file, uint64_t *ret_version)
{
	struct bw_content content;
	const char *distrust = NULL;
	uint64_t version = 0;
	bool right = false;
	int err;

	*ret_version = 0;
	if (!bw_content_matters(granted->source))
		return 0;

	err = records_look(resolver, granted, &distrust);
	if (err)
		return err;

	err = executable_read(resolver, path, file, &version, &content);
	if (err)
		err = fail(resolver, granted, path, err);
	else if (distrust)
		err = content_say(resolver, granted, path,
				  "is in records of dpkg's that others than root can write", 0);
	else
		err = judge(resolver, granted, path, &content, &right);
	if (err)
		return err;

	if (right)
		*ret_version = version;
	return seen_add(resolver, path, file, version, right);
}
