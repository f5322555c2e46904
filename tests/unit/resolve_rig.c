// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - a tree of files and policies about it, for the resolver's tests
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "resolve_rig.h"

#define ENTRIES_MAX 16

struct rig rig;

/* A path in the tree: for as long as eight others aren't asked for. */
const char *rig_path(const char *name)
{
	static char paths[8][PATH_MAX];
	static unsigned int next;
	char *path = paths[next++ % ARRAY_LEN(paths)];

	snprintf(path, sizeof(paths[0]), "%s%s", rig.root, name);
	return path;
}

void rig_directory(const char *name)
{
	ck_assert_msg(mkdir(rig_path(name), 0755) == 0, "mkdir %s: %s", name, strerror(errno));
}

void rig_file(const char *name)
{
	int fd = open(rig_path(name), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);

	ck_assert_msg(fd >= 0, "create %s: %s", name, strerror(errno));
	close(fd);
}

void rig_fill(const char *name, size_t size)
{
	_cleanup_(freep) char *bytes = calloc(1, size);
	_cleanup_(closep) int fd = -EBADF;

	rig_file(name);
	fd = open(rig_path(name), O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
}

void rig_hard_link(const char *old, const char *new)
{
	ck_assert_int_eq(link(rig_path(old), rig_path(new)), 0);
}

void rig_symlink(const char *target, const char *new)
{
	ck_assert_int_eq(symlink(rig_path(target), rig_path(new)), 0);
}

static int tree_remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	return remove(path);
}

void rig_setup(void)
{
	memset(&rig, 0, sizeof(rig));
	strcpy(rig.root, "/tmp/bulwark-resolve-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(rig.root));
	rig.all.items = rig.pointers;
}

static void paths_free(struct bw_policy_path *paths, size_t len)
{
	for (size_t i = 0; i < len; i++)
		free(paths[i].path);
	free(paths);
}

void rig_teardown(void)
{
	for (size_t i = 0; i < rig.all.len; i++) {
		paths_free(rig.policies[i].protect, rig.policies[i].protect_len);
		paths_free(rig.policies[i].except, rig.policies[i].except_len);
		free(rig.policies[i].grants);
		free(rig.policies[i].tracers);
		free(rig.policies[i].file);
		free(rig.policies[i].set);
	}
	bw_rules_free(rig.rules);
	bw_diagnostics_done(&rig.diagnostics);
	nftw(rig.root, tree_remove_one, 64, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

struct bw_policy *rig_policy(const char *set)
{
	struct bw_policy *policy = &rig.policies[rig.all.len];

	policy->set = strdup(set);
	ck_assert_int_ge(asprintf(&policy->file, "%s.yaml", set), 0);
	policy->mode = BW_MODE_ENFORCE;
	policy->protect = calloc(ENTRIES_MAX, sizeof(*policy->protect));
	policy->except = calloc(ENTRIES_MAX, sizeof(*policy->except));
	policy->grants = calloc(ENTRIES_MAX, sizeof(*policy->grants));
	policy->tracers = calloc(ENTRIES_MAX, sizeof(*policy->tracers));
	rig.pointers[rig.all.len++] = policy;
	return policy;
}

void rig_protect(struct bw_policy *policy, const char *path)
{
	policy->protect[policy->protect_len++] = (struct bw_policy_path){
		.path = strdup(path),
		.at = { .line = 3, .column = 5 },
	};
}

void rig_except(struct bw_policy *policy, const char *path)
{
	policy->except[policy->except_len++] = (struct bw_policy_path){
		.path = strdup(path),
		.at = { .line = 6, .column = 5 },
	};
}

static struct bw_policy_grant grant_of(char *exe, char *user, char *unit)
{
	return (struct bw_policy_grant){
		.name = "grant",
		.exe = exe,
		.user = user,
		.unit = unit,
		.exe_at = { .line = 9, .column = 10 },
		.user_at = { .line = 10, .column = 11 },
	};
}

void rig_grant(struct bw_policy *policy, char *exe, char *user, char *unit)
{
	policy->grants[policy->grants_len++] = grant_of(exe, user, unit);
}

void rig_tracer(struct bw_policy *policy, char *exe, char *user, char *unit)
{
	policy->tracers[policy->tracers_len++] = grant_of(exe, user, unit);
}

int rig_resolve_with(const struct bw_identifier *identifier)
{
	bw_rules_free(rig.rules);
	rig.rules = NULL;
	bw_diagnostics_done(&rig.diagnostics);
	return bw_policies_resolve(&rig.all, identifier, rig.set_names, &rig.diagnostics,
				   &rig.rules);
}

void rig_resolve(void)
{
	int err = rig_resolve_with(&bw_identifier_stat);

	ck_assert_msg(err == 0, "resolve: %s (%s)", strerror(-err),
		      rig.diagnostics.len ? rig.diagnostics.items[0].text : "no diagnostic");
}

bool rig_told(bool warning, const char *text)
{
	for (size_t i = 0; i < rig.diagnostics.len; i++) {
		const struct bw_diagnostic *diagnostic = &rig.diagnostics.items[i];

		if (diagnostic->warning == warning && strstr(diagnostic->text, text))
			return true;
	}
	return false;
}

void assert_refused(const char *text)
{
	ck_assert_int_eq(rig_resolve_with(&bw_identifier_stat), -EINVAL);
	ck_assert_ptr_null(rig.rules);
	ck_assert_msg(rig_told(false, text), "no error '%s'", text);
}

struct bw_file_key rig_key(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct bw_file_key key;

	ck_assert_int_eq(bw_identifier_stat.identify(NULL, fd, &key), 0);
	return key;
}

const struct bw_rule *rig_rule(const struct bw_rule_key *key)
{
	for (size_t i = 0; i < rig.rules->len; i++)
		if (memcmp(&rig.rules->items[i].key, key, sizeof(*key)) == 0)
			return &rig.rules->items[i].rule;
	return NULL;
}

size_t rig_count(enum bw_rule_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < rig.rules->len; i++)
		count += rig.rules->items[i].key.kind == kind;
	return count;
}

/* 0: no rule; else set << 8 | anchor. */
unsigned int rig_anchor(const char *path)
{
	const struct bw_rule_key key = { .kind = BW_RULE_ANCHOR, .file = rig_key(path) };
	const struct bw_rule *rule = rig_rule(&key);

	return rule ? (unsigned int)rule->set << 8 | rule->anchor : 0;
}

unsigned int rig_name(const char *directory, const char *name)
{
	const struct bw_rule_key key = {
		.kind = BW_RULE_NAME,
		.file = rig_key(directory),
		.name = bw_name_hash(name),
	};
	const struct bw_rule *rule = rig_rule(&key);

	return rule ? (unsigned int)rule->set << 8 | rule->anchor : 0;
}
