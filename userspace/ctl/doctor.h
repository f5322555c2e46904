/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - bulwarkctl doctor: one check, one line, and what to do about it
 */
#ifndef BULWARK_DOCTOR_H
#define BULWARK_DOCTOR_H

#include <jansson.h>

#include <bulwark/control.h>

#include "ctl.h"

enum bw_finding {
	BW_FINDING_OK = 1,
	BW_FINDING_WARN = 2, /* protected all the same, but look at it */
	BW_FINDING_FAIL = 3, /* not protected, or not after the next boot */
};

#define BW_RELEASE_SIZE 65

/**
 * struct bw_doctor - One examination
 *
 * @ctl: The command line.
 * @running: Release of the kernel that runs.
 * @newest: Release of the newest kernel in /boot; "" for none.
 * @release: Which of them is looked at.
 * @config: The build configuration of @release; NULL when there is none.
 * @checks: What was seen: [{"check", "level", "seen", "hint"}].
 * @counts: Checks by finding.
 */
struct bw_doctor {
	const struct bw_ctl *ctl;
	char running[BW_RELEASE_SIZE];
	char newest[BW_RELEASE_SIZE];
	const char *release;
	char *config;
	json_t *checks;
	size_t counts[BW_FINDING_FAIL + 1];
};

/* Tells what a check saw, and then, if something is to be done, what. */
void bw_doctor_see(struct bw_doctor *doctor, enum bw_finding finding, const char *check,
		   const char *format, ...) __attribute__((format(printf, 4, 5)));
void bw_doctor_advise(struct bw_doctor *doctor, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A path of the host that is looked at; malloc'ed, NULL without memory. */
char *bw_doctor_path(const struct bw_doctor *doctor, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Whole text of one of its files, gzip'ed or not; NULL and errno. */
char *bw_doctor_read(const struct bw_doctor *doctor, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool bw_doctor_exists(const struct bw_doctor *doctor, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Does a word stand in a text, between separators? */
bool bw_word_in(const char *text, const char *word, const char *separators);

/* doctor_kernel.c: the kernel, and what was said to it at boot */
void bw_doctor_kernel(struct bw_doctor *doctor);
void bw_doctor_command_line(struct bw_doctor *doctor);
void bw_doctor_lsm(struct bw_doctor *doctor);
void bw_doctor_lsm_next(struct bw_doctor *doctor);
void bw_doctor_btf(struct bw_doctor *doctor);
void bw_doctor_config(struct bw_doctor *doctor);
void bw_doctor_ftrace(struct bw_doctor *doctor);
void bw_doctor_lockdown(struct bw_doctor *doctor);

/* doctor_module.c: our module, and who builds it */
void bw_doctor_headers(struct bw_doctor *doctor);
void bw_doctor_dkms(struct bw_doctor *doctor);
void bw_doctor_module(struct bw_doctor *doctor);
void bw_doctor_module_next(struct bw_doctor *doctor);
void bw_doctor_signature(struct bw_doctor *doctor);
void bw_doctor_keeper(struct bw_doctor *doctor);
/* What the keeper says of itself: 0, -ENODEV without the module, or another -errno. */
int bw_doctor_standing(const struct bw_doctor *doctor, struct bw_control_info *ret_info);
void bw_doctor_next_kernel(struct bw_doctor *doctor);

/* doctor_seal.c: the seal */
void bw_doctor_seal(struct bw_doctor *doctor);
bool bw_doctor_is_sealed(const struct bw_doctor *doctor);

/* doctor_host.c: daemon, files and logs */
void bw_doctor_daemon(struct bw_doctor *doctor);
void bw_doctor_policy(struct bw_doctor *doctor);
void bw_doctor_log(struct bw_doctor *doctor);
void bw_doctor_journal(struct bw_doctor *doctor);
void bw_doctor_audit(struct bw_doctor *doctor);
void bw_doctor_core(struct bw_doctor *doctor);
void bw_doctor_user(struct bw_doctor *doctor);

#endif
