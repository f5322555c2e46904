// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - from root to a user without capabilities, and into a program of its own
 */
#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "log.h"
#include "logger_spawn.h"

/* Above everything that is moved to its place below. */
#define FD_PARKED 64

static int find_user(const char *name, uid_t *ret_uid, gid_t *ret_gid)
{
	const struct passwd *user;

	errno = 0;
	user = getpwnam(name);
	if (!user)
		return errno ? -errno : -ESRCH;

	/* Fails closed: a logger that is root would be none. */
	if (user->pw_uid == 0)
		return -EPERM;

	*ret_uid = user->pw_uid;
	*ret_gid = user->pw_gid;
	return 0;
}

int bw_logger_spawn_check(const struct bw_options *options)
{
	uid_t uid;
	gid_t gid;
	int err = find_user(options->logger_user, &uid, &gid);

	if (err == -ESRCH)
		return log_error(err, "no user '%s' for the logger; run systemd-sysusers",
				 options->logger_user);
	if (err)
		return log_error(err, "cannot run the logger as '%s'", options->logger_user);
	return 0;
}

/* Two rounds, so that no descriptor is overwritten before it has moved. */
static int place_fds(const int fds[static BW_LOGGER_FD_END])
{
	int parked[BW_LOGGER_FD_END];

	for (int i = BW_LOGGER_FD_LINK; i < BW_LOGGER_FD_END; i++) {
		parked[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, FD_PARKED);
		if (parked[i] < 0)
			return -errno;
	}

	for (int i = BW_LOGGER_FD_LINK; i < BW_LOGGER_FD_END; i++) {
		if (dup2(parked[i], i) < 0)
			return -errno;
	}

	if (close_range(BW_LOGGER_FD_END, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return -errno;
	return 0;
}

/* Groups, capabilities and the way back to them, then the user. */
static int drop_privileges(uid_t uid, gid_t gid)
{
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_change_id((int)uid, (int)gid, CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING))
		return -EPERM;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;

	/* Fails closed: believe the kernel, not the library. */
	if (setuid(0) == 0 || geteuid() != uid)
		return -EPERM;
	return 0;
}

/* Signals as a new program expects them. */
static void reset_signals(void)
{
	sigset_t none;

	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static int become_logger(const struct bw_logger_spawn *spawn, const int *fds, uid_t uid, gid_t gid)
{
	const char *journal = getenv("JOURNAL_STREAM");
	_cleanup_(freep) char *stream = NULL;
	char *arguments[] = { (char *)"bulwarkd-logger",
			      (char *)"--logger",
			      (char *)"--log-dir",
			      (char *)spawn->options->log_dir,
			      (char *)"--state-dir",
			      (char *)spawn->options->state_dir,
			      NULL };
	char *environment[] = { NULL, NULL };
	int err;

	if (journal && asprintf(&stream, "JOURNAL_STREAM=%s", journal) < 0)
		return -ENOMEM;
	environment[0] = stream;

	err = place_fds(fds);
	if (err)
		return err;

	err = drop_privileges(uid, gid);
	if (err)
		return err;

	reset_signals();
	(void)execve("/proc/self/exe", arguments, environment);
	return -errno;
}

int bw_logger_spawn(const struct bw_logger_spawn *spawn, pid_t *ret_pid, int *ret_link)
{
	int fds[BW_LOGGER_FD_END];
	int pair[2];
	uid_t uid;
	gid_t gid;
	pid_t pid;
	int err;

	err = find_user(spawn->options->logger_user, &uid, &gid);
	if (err)
		return err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;

	pid = fork();
	if (pid < 0) {
		err = -errno;
		(void)close(pair[0]);
		(void)close(pair[1]);
		return err;
	}

	if (pid == 0) {
		for (int i = 0; i < BW_LOGGER_FD_END; i++)
			fds[i] = i == BW_LOGGER_FD_LINK ? pair[1] : spawn->fds[i];
		err = become_logger(spawn, fds, uid, gid);
		log_error(err, "cannot become the logger");
		_exit(1);
	}

	(void)close(pair[1]);
	*ret_pid = pid;
	*ret_link = pair[0];
	return 0;
}
