// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - an armed kernel and small policies, for the tests of enforcement
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "rig.h"
#include "tap.h"

#define PROBE_OPTION "--probe"
#define PROBE_LOST (-1001)

__attribute__((noreturn)) static void give_up(const char *what, const char *path, int err)
{
	diag("cannot %s '%s': %s", what, path, strerror(-err));
	exit(EXIT_FAILURE);
}

void rig_probe_main(int argc, char **argv, const struct rig_probe *probes, size_t len)
{
	if (argc < 4 || strcmp(argv[1], PROBE_OPTION) != 0)
		return;

	for (size_t i = 0; i < len; i++)
		if (strcmp(probes[i].name, argv[2]) == 0)
			exit(-probes[i].run(argv[3]));

	exit(EXIT_FAILURE + 254);
}

__attribute__((noreturn)) static void probe_exec(const char *exe, const char *probe,
						 const char *path)
{
	execl(exe, exe, PROBE_OPTION, probe, path, NULL);
	_exit(253);
}

int rig_call_begin(const char *exe, const char *probe, const char *path)
{
	pid_t pid = fork();

	if (pid == 0)
		probe_exec(exe, probe, path);
	return pid;
}

int rig_call_end(int pid)
{
	int status = 0;

	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) ||
	    WEXITSTATUS(status) >= 250) {
		diag("a probe went wrong: status %d", status);
		return PROBE_LOST;
	}
	return -WEXITSTATUS(status);
}

int rig_call_after(int (*prepare)(void), const char *exe, const char *probe, const char *path)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (prepare())
			_exit(254);
		probe_exec(exe, probe, path);
	}
	return rig_call_end(pid);
}

int rig_call_as(unsigned int uid, const char *exe, const char *probe, const char *path)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (uid && (setgid(uid) < 0 || setuid(uid) < 0))
			_exit(254);
		probe_exec(exe, probe, path);
	}
	return rig_call_end(pid);
}

int rig_call(const char *exe, const char *probe, const char *path)
{
	return rig_call_end(rig_call_begin(exe, probe, path));
}

static void copy_self(const char *to)
{
	char *const argv[] = { "cp", "/proc/self/exe", NULL };
	_cleanup_(closep) int in = open(argv[1], O_RDONLY | O_CLOEXEC);
	_cleanup_(closep) int out = -EBADF;
	char buffer[65536];
	ssize_t len;

	(void)unlink(to);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	if (in < 0 || out < 0)
		give_up("copy the test to", to, -errno);

	while ((len = read(in, buffer, sizeof(buffer))) > 0)
		if (write(out, buffer, len) != len)
			give_up("write", to, -errno);
}

static void log_line(const char *line)
{
	diag("%s", line);
}

int rig_rearm(struct rig *rig)
{
	const struct bw_enforcer_options options = {
		.keeper = rig->keeper,
		.canary = RIG_CANARY,
		.release = rig->release,
		.log = log_line,
	};
	const char *step = "";
	int err = bw_enforcer_arm(&options, &rig->enforcer, &step);

	if (err)
		diag("cannot %s: %s", step, strerror(-err));
	return err;
}

int rig_map_fd(const char *name)
{
	struct bpf_map_info info;
	__u32 id = 0, len;
	int fd;

	while (bpf_map_get_next_id(id, &id) == 0) {
		fd = bpf_map_get_fd_by_id(id);
		memset(&info, 0, sizeof(info));
		len = sizeof(info);
		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len) &&
		    strcmp(info.name, name) == 0)
			return fd;
		(void)close(fd);
	}
	return -1;
}

/* What is being run, or is protected, can't be written: files that are there stay. */
void rig_prepare(void)
{
	if (access(RIG_GRANTED, X_OK) < 0)
		copy_self(RIG_GRANTED);
	if (access(RIG_OTHER, X_OK) < 0)
		copy_self(RIG_OTHER);
	if (access(RIG_CANARY, F_OK) < 0)
		rig_write(RIG_CANARY, "canary\n");
}

int rig_arm(struct rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	rig_clear(rig);
	rig_prepare();

	rig->keeper = bw_keeper_open();
	if (rig->keeper < 0) {
		diag("cannot open the keeper: %s", strerror(-rig->keeper));
		return rig->keeper;
	}
	return rig_rearm(rig);
}

static void rig_close(struct rig *rig)
{
	bw_enforcer_free(rig->enforcer);
	rig->enforcer = NULL;
	closep(&rig->keeper);
	(void)unlink(RIG_GRANTED);
	(void)unlink(RIG_OTHER);
}

void rig_end(struct rig *rig)
{
	rig_clear(rig);
	if (rig->enforcer && rig_apply(rig))
		diag("the policy stays in force");
	rig_close(rig);
}

void rig_disarm(struct rig *rig)
{
	(void)bw_keeper_release(rig->keeper);
	rig_close(rig);
}

void rig_clear(struct rig *rig)
{
	memset(&rig->rules, 0, sizeof(rig->rules));
	rig->rules.items = rig->items;
}

static struct bw_file_key identify(const struct rig *rig, const char *path)
{
	_cleanup_(closep) int fd = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	struct bw_file_key key;
	int err = fd < 0 ? -errno : bw_keeper_identify(rig->keeper, fd, &key);

	if (err)
		give_up("identify", path, err);
	return key;
}

static struct bw_rule_entry *entry_add(struct rig *rig, enum bw_rule_kind kind)
{
	struct bw_rule_entry *entry = &rig->items[rig->rules.len];

	if (rig->rules.len == RIG_RULES_MAX)
		give_up("add", "rule", -ENOSPC);

	memset(entry, 0, sizeof(*entry));
	entry->key.kind = kind;
	rig->rules.len++;
	return entry;
}

static void filesystem_add(struct rig *rig, __u32 dev)
{
	for (size_t i = 0; i < rig->rules.len; i++)
		if (rig->items[i].key.kind == BW_RULE_FILESYSTEM &&
		    rig->items[i].key.file.dev == dev)
			return;

	entry_add(rig, BW_RULE_FILESYSTEM)->key.file.dev = dev;
	rig->rules.filesystems |= 1ULL << bw_filesystem_bit(dev);
}

void rig_protect(struct rig *rig, unsigned int set, const char *path)
{
	struct bw_rule_entry *entry = entry_add(rig, BW_RULE_ANCHOR);

	entry->key.file = identify(rig, path);
	entry->rule.set = set;
	entry->rule.anchor = BW_ANCHOR_PROTECT;
	filesystem_add(rig, entry->key.file.dev);
}

void rig_set(struct rig *rig, unsigned int set, enum bw_mode mode, const char *directory)
{
	struct bw_rule_entry *entry = entry_add(rig, BW_RULE_SET);

	entry->key.set = set;
	entry->rule.mode = mode;
	(void)snprintf(rig->rules.set_names[set].name, BW_SET_NAME_SIZE, "set-%u", set);
	if (directory)
		rig_protect(rig, set, directory);
}

void rig_name(struct rig *rig, unsigned int set, const char *directory, const char *name,
	      enum bw_anchor anchor)
{
	struct bw_rule_entry *entry = entry_add(rig, BW_RULE_NAME);

	entry->key.file = identify(rig, directory);
	entry->key.name = bw_name_hash(name);
	entry->rule.set = set;
	entry->rule.anchor = anchor;
	filesystem_add(rig, entry->key.file.dev);
}

struct bw_grant *rig_grant(struct rig *rig, unsigned int set, const char *exe, unsigned int index)
{
	struct bw_rule_entry *entry;

	if (!index) {
		entry = entry_add(rig, BW_RULE_EXE);
		entry->key.file = identify(rig, exe);
	}

	entry = entry_add(rig, BW_RULE_GRANT);
	entry->key.set = set;
	entry->key.index = index;
	entry->key.file = identify(rig, exe);
	entry->rule.grant.number = index + 1;
	entry->rule.grant.unit_star = BW_UNIT_NO_STAR;
	entry->rule.grant.flags = BW_GRANT_ANY_UNIT | BW_GRANT_ANY_USER;
	return &entry->rule.grant;
}

struct bw_budget *rig_others(struct rig *rig, unsigned int set)
{
	struct bw_rule_entry *entry = entry_add(rig, BW_RULE_OTHERS);

	entry->key.set = set;
	return &entry->rule.grant.budget;
}

void rig_tracer(struct rig *rig, unsigned int set, const char *exe)
{
	rig_grant(rig, set, exe, 0);
	rig->items[rig->rules.len - 1].key.kind = BW_RULE_TRACER;
}

int rig_apply(struct rig *rig)
{
	__u32 generation;

	return bw_enforcer_apply(rig->enforcer, &rig->rules, &generation);
}

void rig_mkdir(const char *path)
{
	char part[4096];

	for (size_t i = 1; path[i - 1] && i < sizeof(part); i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;

		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			give_up("make", part, -errno);
	}
}

void rig_write(const char *path, const char *text)
{
	char *parent = strdup(path);
	_cleanup_(closep) int fd = -EBADF;
	char *slash = parent ? strrchr(parent, '/') : NULL;

	if (slash && slash != parent) {
		*slash = '\0';
		rig_mkdir(parent);
	}
	free(parent);

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		give_up("write", path, -errno);
}

int rig_open(const char *path, int flags)
{
	_cleanup_(closep) int fd = open(path, flags | O_CLOEXEC, 0644);

	return fd < 0 ? -errno : 0;
}

int rig_read(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char byte;

	if (fd < 0 || read(fd, &byte, 1) < 0)
		return -errno;
	return 0;
}

int rig_before_and_after(const char *path, int (*change)(void))
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char byte;
	int err;

	if (fd < 0 || pread(fd, &byte, 1, 0) < 0 || pread(fd, &byte, 1, 0) < 0)
		return -ENODATA;

	err = change();
	if (err)
		return -ENOTRECOVERABLE;

	return pread(fd, &byte, 1, 0) < 0 ? -errno : 0;
}

struct bw_state rig_state(const struct rig *rig)
{
	return bw_enforcer_state(rig->enforcer);
}
