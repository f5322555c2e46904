/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - an armed kernel and small policies, for the tests of enforcement
 *
 * A test program is also each of its probes: run from a copy of itself with
 * `--probe NAME PATH`, so that who reads is decided by which copy it is.
 */
#ifndef RIG_H
#define RIG_H

#include "enforcer.h"
#include "keeper_client.h"

#define RIG_CANARY "/run/canary"

/* Copies of the running program; GRANTED and OTHER differ in nothing but the inode. */
#define RIG_GRANTED "/run/granted"
#define RIG_OTHER "/run/other"

#define RIG_RULES_MAX 128

/**
 * struct rig - Bulwark armed, without its daemon
 *
 * @keeper: Descriptor of the device.
 * @release: Whose programs rig_rearm() arms with; NULL like "".
 * @enforcer: What is armed.
 * @rules: For rig_apply(), in @items.
 */
struct rig {
	int keeper;
	const char *release;
	struct bw_enforcer *enforcer;
	struct bw_rules rules;
	struct bw_rule_entry items[RIG_RULES_MAX];
};

/**
 * struct rig_probe - One way to try
 *
 * @name: Of the probe.
 * @run: Returns 0 or -errno.
 */
struct rig_probe {
	const char *name;
	int (*run)(const char *path);
};

/* Ends the program with the probe's outcome if it was called as one. */
void rig_probe_main(int argc, char **argv, const struct rig_probe *probes, size_t len);

/* Runs a probe from the copy @exe; 0 or -errno, or less than -1000 if it went wrong. */
int rig_call(const char *exe, const char *probe, const char *path);

/* The same with another real user. */
int rig_call_as(unsigned int uid, const char *exe, const char *probe, const char *path);

/* The same after @prepare in the child, before its exec; 0 or -errno. */
int rig_call_after(int (*prepare)(void), const char *exe, const char *probe, const char *path);

/* A descriptor of the first map of that name; -1 for none. */
int rig_map_fd(const char *name);

/* Starts a probe and doesn't wait; its outcome is told by rig_call_end(). */
int rig_call_begin(const char *exe, const char *probe, const char *path);
int rig_call_end(int pid);

/* Makes the copies; rig_arm() does it too. */
void rig_prepare(void);

/* Makes the copies, and arms.  0 or -errno, with a remark on what failed. */
int rig_arm(struct rig *rig);

/* Arms again as the next daemon would. */
int rig_rearm(struct rig *rig);

/* At the end of a case: the policy is empty, and what the keeper holds goes with the guest. */
void rig_end(struct rig *rig);

/* Lets all go instead, for which the kernel takes its time. */
void rig_disarm(struct rig *rig);

/* Rules; they are in force after rig_apply().  A path that isn't there ends the test. */
void rig_clear(struct rig *rig);
void rig_set(struct rig *rig, unsigned int set, enum bw_mode mode, const char *directory);
void rig_protect(struct rig *rig, unsigned int set, const char *path);
void rig_name(struct rig *rig, unsigned int set, const char *directory, const char *name,
	      enum bw_anchor anchor);
struct bw_grant *rig_grant(struct rig *rig, unsigned int set, const char *exe, unsigned int index);
/* How much is left to whom no grant fits. */
struct bw_budget *rig_others(struct rig *rig, unsigned int set);
/* Who may use the kernel's debuggers. */
void rig_tracer(struct rig *rig, unsigned int set, const char *exe);
int rig_apply(struct rig *rig);

/* A file with that text, and all directories that lead to it. */
void rig_write(const char *path, const char *text);
void rig_mkdir(const char *path);

/* Opens, reads one byte, and closes: 0 or -errno. */
int rig_open(const char *path, int flags);
int rig_read(const char *path);

/*
 * Reads twice through one descriptor, then once more after @change: -ENODATA if it
 * was refused before, else the outcome after.
 */
int rig_before_and_after(const char *path, int (*change)(void));

struct bw_state rig_state(const struct rig *rig);

#endif
