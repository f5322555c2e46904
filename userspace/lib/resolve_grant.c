// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - resolver: executables of grants
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "grant.h"
#include "resolve_texts.h"
#include "resolver.h"

/**
 * struct request - One grant, while its executables are looked for
 *
 * @granted: Without the executable.
 * @given: Number of executables that got the grant.
 * @matches: Number of names that the pattern stood for.
 */
struct request {
	struct resolver *resolver;
	struct granted granted;
	unsigned int given;
	unsigned int matches;
};

#define request_say(request, position, warning, ...) \
	resolver_say((request)->resolver, (request)->granted.policy, position, warning, __VA_ARGS__)

const char *status_distrust(const struct stat *status)
{
	if (status->st_uid != 0)
		return "doesn't belong to root";

	return status->st_mode & (S_IWGRP | S_IWOTH) ? "can be written by others than root" : NULL;
}

const char *path_distrust(char *path)
{
	const char *why = NULL;
	struct stat status;
	char *slash;

	while (!why) {
		if (lstat(*path ? path : "/", &status) < 0)
			return TEXT_UNSEEN;

		why = status_distrust(&status);
		slash = strrchr(path, '/');
		if (why || !slash)
			break;

		*slash = '\0';
	}
	return why;
}

bool file_is_script(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char magic[2];

	return fd >= 0 && read(fd, magic, sizeof(magic)) == 2 && !memcmp(magic, "#!", 2);
}

static bool granted_is_known(const struct resolver *resolver, const struct granted *granted)
{
	const struct granteds *granteds = &resolver->granteds;

	/* Executables of one grant are added one after the other. */
	for (size_t i = granteds->len; i-- > 0;) {
		const struct granted *other = &granteds->items[i];

		if (other->source != granted->source)
			break;

		if (file_key_compare(&other->exe, &granted->exe) == 0)
			return true;
	}
	return false;
}

static int granted_add(struct request *request, const struct bw_file_key *exe)
{
	struct granteds *granteds = &request->resolver->granteds;
	int err;

	request->granted.exe = *exe;
	request->given +=
		!(request->granted.grant.flags & BW_GRANT_DIGEST) || request->granted.grant.content;
	if (granted_is_known(request->resolver, &request->granted))
		return 0;

	err = array_reserve(&granteds->items, granteds->len, sizeof(*granteds->items));
	if (err)
		return err;

	granteds->items[granteds->len++] = request->granted;
	return 0;
}

int file_identify(const struct resolver *resolver, const char *path, struct bw_file_key *ret_key)
{
	const struct bw_identifier *identifier = resolver->identifier;
	_cleanup_(closep) int fd = path_open(path, O_PATH);
	struct stat status;

	if (fd < 0)
		return fd;

	if (fstat(fd, &status) < 0)
		return -errno;

	if (!S_ISREG(status.st_mode))
		return -EISDIR;

	return identifier->identify(identifier->context, fd, ret_key);
}

static int executable_judge(struct request *request, const char *canonical)
{
	const struct bw_position at = request->granted.source->exe_at;
	_cleanup_(freep) char *blamed = strdup(canonical);
	struct bw_file_key key;
	uint64_t version;
	const char *why;
	int err;

	if (!blamed)
		return -ENOMEM;

	err = file_identify(request->resolver, canonical, &key);
	if (err)
		return request_say(request, at, true, TEXT_NO_GRANT, canonical, strerror(-err));

	why = path_distrust(blamed);
	if (why)
		return request_say(request, at, true, TEXT_NO_GRANT_DISTRUST, canonical,
				   *blamed ? blamed : "/", why);

	if (file_is_script(canonical))
		return request_say(request, at, true, TEXT_NO_GRANT_SCRIPT, canonical);

	err = content_verify(request->resolver, &request->granted, canonical, &key, &version);
	if (err)
		return err;

	request->granted.grant.content = version;
	return granted_add(request, &key);
}

static int executable_match(void *context, const char *path)
{
	_cleanup_(freep) char *canonical = NULL;
	_cleanup_(freep) char *directory = NULL;
	_cleanup_(freep) char *blamed = NULL;
	struct request *request = context;
	int err;

	request->matches++;
	err = path_canonical(path, &canonical, &blamed);
	if (err == -EXDEV)
		return request_say(request, request->granted.source->exe_at, true,
				   TEXT_NO_GRANT_BY_LINK, path, blamed);

	if (leads_nowhere(err))
		return 0;

	if (err)
		return err;

	directory = path_directory(canonical);
	err = directory ? watches_add_directory(request->resolver, directory) : -ENOMEM;
	return err ? err : executable_judge(request, canonical);
}

static int executables_collect(struct request *request)
{
	const struct bw_policy_grant *source = request->granted.source;
	int err;

	err = pattern_each(source->exe, executable_match, request);
	if (err == -ENOMEM)
		return err;

	if (err)
		return request_say(request, source->exe_at, is_unprivileged(err),
				   "can't look for '%s': %s", source->exe, strerror(-err));

	err = watches_add(request->resolver, source->exe);
	if (err || request->given)
		return err;

	return request_say(request, source->exe_at, true, TEXT_NOBODY, source->name, source->exe,
			   request->matches ? TEXT_UNTRUSTED : TEXT_MISSING);
}

static int set_grant_add(const struct request *request)
{
	struct resolver *resolver = request->resolver;
	int err;

	err = array_reserve(&resolver->grants, resolver->grants_len, sizeof(*resolver->grants));
	if (err)
		return err;

	resolver->grants[resolver->grants_len++] = (struct bw_set_grant){
		.set = request->granted.set,
		.grant = request->granted.grant,
	};
	return 0;
}

/* @granted: its policy, source, set and kind. */
static int grant_collect(struct resolver *resolver, const struct granted *granted,
			 unsigned int number)
{
	struct request request = { .resolver = resolver, .granted = *granted };
	int err;

	err = grant_conditions(resolver, granted, number, &request.granted.grant);
	if (err)
		return err;

	/* Those that bw_rules_keep() may go on with. */
	if (granted->kind == BW_RULE_GRANT)
		err = set_grant_add(&request);
	return err ? err : executables_collect(&request);
}

static int list_collect(struct resolver *resolver, const struct granted *kind,
			const struct bw_policy_grant *sources, size_t len)
{
	int err = 0;

	for (size_t i = 0; i < len && !err; i++) {
		struct granted granted = *kind;

		granted.source = &sources[i];
		err = grant_collect(resolver, &granted, (unsigned int)i + 1);
	}
	return err;
}

int grants_collect(struct resolver *resolver, const struct bw_policy *policy, uint16_t set)
{
	const struct granted grant = { .policy = policy, .set = set, .kind = BW_RULE_GRANT };
	const struct granted tracer = { .policy = policy, .set = set, .kind = BW_RULE_TRACER };
	int err;

	resolver->watched = &resolver->executable_watches;
	err = list_collect(resolver, &grant, policy->grants, policy->grants_len);
	if (!err)
		err = list_collect(resolver, &tracer, policy->tracers, policy->tracers_len);
	resolver->watched = &resolver->watches;
	return err;
}

/* By executable, then set, then kind, then order in the policy file. */
static int granted_compare(const void *one, const void *other)
{
	const struct granted *a = one;
	const struct granted *b = other;
	int order = file_key_compare(&a->exe, &b->exe);

	if (order)
		return order;

	if (a->set != b->set)
		return a->set < b->set ? -1 : 1;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;

	return (a->grant.number > b->grant.number) - (a->grant.number < b->grant.number);
}

static int executable_emit(const struct bw_file_key *exe, struct bw_rules *rules)
{
	const struct bw_rule_key key = { .kind = BW_RULE_EXE, .file = *exe };
	const struct bw_rule rule = { 0 };

	rules->executables[rules->executables_len++] = *exe;
	return rules_add(rules, &key, &rule);
}

static int granted_emit(struct resolver *resolver, const struct granted *granted, uint16_t index,
			struct bw_rules *rules)
{
	const struct bw_rule_key key = {
		.kind = granted->kind,
		.set = granted->set,
		.index = index,
		.file = granted->exe,
	};
	const struct bw_rule rule = { .grant = granted->grant };

	if (index >= BW_GRANTS_PER_EXE_MAX)
		return resolver_say(
			resolver, granted->policy, granted->source->exe_at, false,
			"grant '%s': one executable can have %d grants in a set, and '%s' "
			"has more; put them together with `any` or a `*`",
			granted->source->name, BW_GRANTS_PER_EXE_MAX, granted->source->exe);

	return rules_add(rules, &key, &rule);
}

static const struct bw_rule *script_find(const struct bw_rules *rules,
					 const struct bw_rule_key *key)
{
	for (size_t i = 0; i < rules->len; i++)
		if (memcmp(&rules->items[i].key, key, sizeof(*key)) == 0)
			return &rules->items[i].rule;
	return NULL;
}

/* By one name at most: see struct bw_rule. */
static int script_emit(struct resolver *resolver, const struct granted *granted,
		       struct bw_rules *rules)
{
	const struct bw_rule_key key = { .kind = BW_RULE_SCRIPT, .file = granted->grant.script };
	const char *path = granted->source->script;
	const struct bw_rule *known;
	struct bw_rule rule = { 0 };

	if (!granted->grant.script.ino)
		return 0;

	known = script_find(rules, &key);
	if (known && strcmp(known->path, path) != 0)
		return resolver_say(resolver, granted->policy, granted->source->script_at, false,
				    "'%s' is the same file as '%s', which another grant names; "
				    "write one of them in both",
				    path, known->path);
	if (known)
		return 0;

	memcpy(rule.path, path, strlen(path));
	return rules_add(rules, &key, &rule);
}

static int granteds_emit(struct resolver *resolver, struct bw_rules *rules)
{
	struct granteds *granteds = &resolver->granteds;
	uint16_t index = 0;
	int err = 0;

	if (!granteds->len)
		return 0;

	qsort(granteds->items, granteds->len, sizeof(*granteds->items), granted_compare);
	rules->executables = calloc(granteds->len, sizeof(*rules->executables));
	if (!rules->executables)
		return -ENOMEM;

	for (size_t i = 0; i < granteds->len && !err; i++) {
		const struct granted *granted = &granteds->items[i];
		const struct granted *last = i ? granted - 1 : NULL;
		bool same = last && file_key_compare(&last->exe, &granted->exe) == 0;

		if (!same)
			err = executable_emit(&granted->exe, rules);

		same = same && last->set == granted->set && last->kind == granted->kind;
		index = same ? index + 1 : 0;
		if (!err)
			err = granted_emit(resolver, granted, index, rules);
		if (!err)
			err = script_emit(resolver, granted, rules);
	}
	return err;
}

int grants_emit(struct resolver *resolver, struct bw_rules *rules)
{
	int err = granteds_emit(resolver, rules);

	if (err)
		return err;

	rules->grants = take_ptr(resolver->grants);
	rules->grants_len = resolver->grants_len;
	rules->verified = take_ptr(resolver->verified);
	rules->verified_len = resolver->verified_len;
	rules->unread = resolver->unread;
	resolver->verified_len = 0;
	watches_take(&resolver->executable_watches, &rules->executable_watches,
		     &rules->executable_watches_len);
	return 0;
}
