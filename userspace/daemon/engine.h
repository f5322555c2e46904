/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the engine: arms, applies, watches, answers
 */
#ifndef BULWARK_ENGINE_H
#define BULWARK_ENGINE_H

#include <systemd/sd-event.h>

#include "budgets.h"
#include "canary.h"
#include "control_socket.h"
#include "enforcer.h"
#include "learnt_files.h"
#include "logger_process.h"
#include "options.h"
#include "policy_state.h"
#include "status_report.h"
#include "watch.h"

/**
 * struct bw_engine - Everything the engine process has
 *
 * @dir: Of the control socket, the lock and the decoy; owned.
 * @decoy: Path of the decoy; owned.
 * @lock: Held by engine and logger together.
 * @keeper: Descriptor of /dev/bulwark.
 * @enforcer: NULL with bulwark=off.
 * @off: bulwark=off stands on the kernel's command line.
 * @executables: Where an upgrade replaces them: what it does can't wait for @watch.
 * @seal: The module's word of it that notices were sent of.
 * @started: The start is over: what the level is, is told from now on.
 * @canary: What the decoy said last.
 * @level: What was said last.
 * @problem: The worst one then; NULL for none.
 * @logger_restarts: Of which a notice was sent.
 * @retry_us: Pause before a policy that had errors at the start is tried again.
 * @since_ns: CLOCK_REALTIME of the start.
 * @nagged_s: When it was told last that learning ends.
 * @glass: What officers have opened.
 * @glass_len: Entries of @glass.
 * @glass_timer: For the first end of them; NULL for none.
 */
struct bw_engine {
	const struct bw_options *options;
	sd_event *event;
	char *dir;
	char *decoy;
	int lock;
	int keeper;
	struct bw_enforcer *enforcer;
	bool off;
	struct bw_policy_state policy;
	struct bw_watch watch;
	struct bw_watch executables;
	struct bw_logger_process logger;
	struct bw_control_socket control;
	struct bw_control_info seal;
	bool started;
	enum bw_canary canary;
	enum bw_level level;
	const struct bw_problem *problem;
	unsigned int logger_restarts;
	uint64_t retry_us;
	int64_t since_ns;
	struct bw_learnt_files learnt;
	time_t nagged_s;
	struct bw_glass_open glass[BW_GLASS_OPEN_MAX];
	size_t glass_len;
	sd_event_source *glass_timer;
};

/* The whole process.  Returns 0 after an orderly end, or -errno; logs. */
int bw_engine_run(const struct bw_options *options);

/* engine_arm.c: up to the point where the kernel refuses.  Log; 0 or -errno. */
int bw_engine_lock(struct bw_engine *engine);
int bw_engine_arm(struct bw_engine *engine);

/* engine_state.c */
struct bw_facts bw_engine_facts(struct bw_engine *engine);
/* Looks whether the host is protected, and says so if that has changed. */
void bw_engine_look(struct bw_engine *engine);
void bw_engine_notice(struct bw_engine *engine, enum bw_notice_kind kind, const char *text);

/* engine_seal.c: fails closed, a module that doesn't answer may be sealed. */
bool bw_engine_is_sealed(const struct bw_engine *engine);
/* Sends notices of what has changed since @engine->seal. */
void bw_engine_notice_seal(struct bw_engine *engine, const struct bw_control_info *now);
json_t *bw_engine_answer_seal(struct bw_engine *engine, const json_t *request);
json_t *bw_engine_answer_unseal(struct bw_engine *engine, const json_t *request);

/*
 * engine_policy.c: the files become the policy in force, or stay what they are.
 * @asked: By an administrator.
 */
int bw_engine_apply(struct bw_engine *engine, bool asked);
/* The same for @path in the place of the file of that name, if nothing gets weaker. */
int bw_engine_tighten(struct bw_engine *engine, const char *path);
/* With one more grant, by officers' leave: as bw_policy_state_break(). */
int bw_engine_break(struct bw_engine *engine, const char *set, const struct bw_file_key *exe,
		    const struct bw_grant *grant);
/* Later once more, as long as errors at the start leave the host without a policy. */
void bw_engine_apply_later(struct bw_engine *engine);
/* Something has changed on the host; or what the executables are. */
void bw_engine_refresh(void *context);
void bw_engine_refresh_executables(void *context);

/*
 * engine_learn.c: what sets learn is written now and then, and when asked; that it ends is told.
 * bw_engine_learn_sets() comes after each apply, bw_engine_learn() before it.
 */
int bw_engine_learn_start(struct bw_engine *engine);
void bw_engine_learn(struct bw_engine *engine);
void bw_engine_learn_sets(struct bw_engine *engine);
void bw_engine_learn_facts(const struct bw_engine *engine, struct bw_facts *facts);

/*
 * engine_guard.c: tells the kernel which files are Bulwark's own; before the host is
 * sealed, and again when others are.  Logs; 0 or -errno.
 */
int bw_engine_guard(struct bw_engine *engine);

/* engine_glass.c: requests to break the glass; refusals are told as well. */
json_t *bw_engine_answer_glass_request(struct bw_engine *engine, const json_t *request);
json_t *bw_engine_answer_glass_use(struct bw_engine *engine, const json_t *request);
/* Before the host is sealed: others than these officers have no say then.  0 or -errno. */
int bw_engine_glass_seal(struct bw_engine *engine);

/* engine_glass_end.c: one more is open; what an earlier daemon has opened; what has ended goes. */
void bw_engine_glass_note(struct bw_engine *engine, const char *set, const struct bw_file_key *exe,
			  const struct bw_grant *grant);
void bw_engine_glass_begin(struct bw_engine *engine);
void bw_engine_glass_look(struct bw_engine *engine);
/* What is open for an executable and user. */
json_t *bw_engine_answer_glass_open(struct bw_engine *engine, const json_t *request);

/* engine_verbs.c: the answer to a request; a new reference, NULL without memory. */
json_t *bw_engine_refuse(const char *error);
json_t *bw_engine_answer(void *context, const json_t *request, enum bw_access access);

#endif
