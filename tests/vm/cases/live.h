/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the real bulwarkd in the fast guest, and what it writes
 */
#ifndef LIVE_H
#define LIVE_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#define LIVE_POLICY_DIR "/etc/bulwark/policy.d"
#define LIVE_EVENTS "/var/log/bulwark/events.jsonl"
#define LIVE_LOG "/run/bulwarkd.log"

/* In the set of the policy that live_prepare() writes; only LIVE_GRANTED may read it. */
#define LIVE_SECRET "/srv/set/secret"
#define LIVE_GRANTED "/opt/granted"

/* Who reads all the time ends when it is there. */
#define LIVE_END "/run/end-reading"

/* Ends the program if it was called as the granted reader. */
void live_probe_main(int argc, char **argv);

/* Directories as systemd-tmpfiles makes them, a policy, and what it is about. */
void live_prepare(void);

/* Puts a new file in the place of LIVE_GRANTED. */
void live_copy_granted(void);

/* Ends the daemon, and enforcement for the tests that follow. */
void live_finish(pid_t pid);

/* Writes the policy of live_prepare() once more. */
void live_policy_first(void);

/* Writes LIVE_POLICY_DIR/@name. */
void live_policy(const char *name, const char *text);

/* The same, and has it applied: was it taken? */
bool live_apply(const char *name, const char *text);

/* An option for each bulwarkd that is started from now on; NULL for none. */
void live_option(const char *option);

/* Starts bulwarkd and waits until it answers.  Its pid, or -errno with remarks. */
pid_t live_start(void);

/* The two halves of it. */
pid_t live_begin(void);
bool live_wait_answer(pid_t pid);

/* Sends it a signal and waits for its end: the status of waitpid(2). */
int live_end(pid_t pid, int signal);

/* Has PID 1 kill it, which may do so on a sealed host as well. */
void live_kill(pid_t pid);

/* An answer, or NULL; to be freed with json_decref(). */
json_t *live_ask(const char *verb);

/* Is that in one of an answer's diagnostics? */
bool live_says(const json_t *answer, const char *text);

/* A number or text of "status" by its path, like "logger.pid"; -1 or "" without. */
json_int_t live_number(const char *path);
const char *live_text(const char *path);

/* Each waits until it is so, or the time is up: what is asked for is within. */
bool live_wait_gone(pid_t pid, int seconds);
bool live_wait_state(const char *state, int seconds);
bool live_wait_text(const char *path, const char *text, int seconds);
bool live_wait_number(const char *path, json_int_t least, int seconds);

/* Waits for a line of @file that holds both; how many there are. */
int live_lines(const char *file, const char *one, const char *other);
bool live_wait_line(const char *file, const char *one, const char *other, int seconds);

/* Prints what the daemon said as remarks. */
void live_show_log(void);

/* The granted reader: 0 or -errno. */
int live_read_granted(void);

/* One that reads all the time, until its end: 0, or the first error. */
int live_reader_start(void);
int live_reader_end(int pid);

/* Somebody else, as one test. */
void live_refused(const char *when);

/* Is there a record that tells of this process? */
bool live_is_told(pid_t pid);

/* Opens and reads @path in a process of its own: its pid; *ret_err 0 or -errno. */
pid_t live_read(const char *path, unsigned int times, int *ret_err);

#endif
