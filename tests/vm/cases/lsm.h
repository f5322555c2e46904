/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the smallest LSM programs: no object file, no daemon
 */
#ifndef LSM_H
#define LSM_H

#include <bulwark/event.h>

/*
 * Loads a program for the hook of this name that calls bulwark_audit(@audit), unless
 * @audit is NULL, and returns @verdict.  A descriptor or -errno.
 */
int lsm_load(const char *hook, int verdict, const struct bw_audit *audit);

/* Attaches it.  The descriptor of the link or -errno. */
int lsm_attach(int program);

/* Both; only the link stays. */
int lsm_run(const char *hook, int verdict, const struct bw_audit *audit);

/*
 * Loads and attaches a program that returns @verdict while bulwark_is_sealed(), and
 * 0 otherwise.  The descriptor of the link or -errno.
 */
int lsm_run_sealed(const char *hook, int verdict);

/* A small array map.  A descriptor or -errno. */
int lsm_map(void);

/* The kernel's id of a link or a map; 0 on an error. */
unsigned int lsm_link_id(int link);
unsigned int lsm_map_id(int map);

/* Whether a link of this id is gone, after waiting for what goes late. */
int lsm_link_is_gone(unsigned int id);

#endif
