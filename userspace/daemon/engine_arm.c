// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the engine: up to the point where the kernel refuses
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "engine.h"
#include "keeper_client.h"
#include "log.h"

/* An earlier daemon's logger may still be writing what it has. */
#define LOCK_PATIENCE_MS 10000
#define LOCK_STEP_MS 50

/* Whom the decoy is granted to. */
#define READER "/usr/bin/bulwarkctl"

static int make_dir(const struct bw_engine *engine)
{
	if (mkdir(engine->dir, 0750) < 0)
		return errno == EEXIST ? 0 : -errno;

	/* systemd-tmpfiles does the same; here it is for a host without it. */
	if (engine->control.has_group && chown(engine->dir, 0, engine->control.group) < 0)
		return -errno;
	return 0;
}

int bw_engine_lock(struct bw_engine *engine)
{
	_cleanup_(freep) char *path = NULL;
	int err;

	err = make_dir(engine);
	if (err)
		return log_error(err, "cannot make '%s'", engine->dir);

	if (asprintf(&path, "%s/lock", engine->dir) < 0)
		return log_error(-ENOMEM, "cannot start");

	engine->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (engine->lock < 0)
		return log_error(-errno, "cannot open '%s'", path);

	for (int waited = 0; waited < LOCK_PATIENCE_MS; waited += LOCK_STEP_MS) {
		if (flock(engine->lock, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK)
			return log_error(-errno, "cannot lock '%s'", path);
		(void)usleep(LOCK_STEP_MS * 1000);
	}
	return log_error(-EBUSY, "another bulwarkd, or its logger, still runs");
}

static int open_keeper(struct bw_engine *engine)
{
	struct bw_control_info info;
	int err;

	engine->keeper = bw_keeper_open();
	if (engine->keeper == -ENOENT)
		return log_error(0, "the module is not loaded; run 'modprobe bulwark', and "
				    "'dkms status' if there is none for this kernel"),
		       -ENXIO;
	if (engine->keeper < 0)
		return log_error(engine->keeper, "cannot open '%s'", BW_DEVICE_PATH);

	err = bw_keeper_info(engine->keeper, &info);
	if (err == -EPROTO)
		return log_error(err, "module and daemon are of different versions; reboot, or "
				      "install both from the same release");
	if (err)
		return log_error(err, "the module does not answer");

	engine->off = (info.flags & BW_INFO_OFF) != 0;
	engine->seal = info;
	return 0;
}

static void log_line(const char *line)
{
	log_warning("libbpf: %s", line);
}

static int explain_failure(int err, const char *step)
{
	switch (err) {
	case -EKEYREJECTED:
		return log_error(err, "the programs are attached, but the decoy could be read: "
				      "nothing is enforced; see 'sysctl kernel.ftrace_enabled'");
	case -EPERM:
		return log_error(err, "cannot arm ('%s'); bulwarkd needs root's capabilities",
				 step);
	case -EPROTO:
		return log_error(err,
				 "another release's enforcement is in force and stays so, and "
				 "this one can't go on from it ('%s'); reboot, or install the "
				 "release that was running",
				 step);
	default:
		return log_error(err,
				 "cannot arm ('%s'), nothing new is enforced; "
				 "see 'bulwarkctl doctor'",
				 step);
	}
}

/*
 * To bulwarkctl as the logger's user, of whom nobody needs the decoy for anything else: so
 * its selftest has a process that may read something.
 */
static void reader_choose(const struct bw_options *options, struct bw_enforcer_options *arming)
{
	const struct passwd *user = getpwnam(options->logger_user);

	if (!user || user->pw_uid == 0)
		return;

	arming->reader = READER;
	arming->reader_uid = user->pw_uid;
}

static int arm(struct bw_engine *engine)
{
	struct bw_enforcer_options options = {
		.keeper = engine->keeper,
		.canary = engine->decoy,
		.release = BULWARK_VERSION,
		.log = log_line,
	};
	const char *missing = bw_enforcer_missing();
	const char *step = "start";
	int err;

	if (missing)
		return log_error(-ENODEV, "this kernel cannot enforce: %s", missing);

	err = bw_canary_create(engine->decoy);
	if (err)
		return log_error(err, "cannot make the decoy '%s'", engine->decoy);

	reader_choose(engine->options, &options);
	err = bw_enforcer_arm(&options, &engine->enforcer, &step);
	if (err)
		return explain_failure(err, step);

	log_notice("armed%s%s",
		   bw_enforcer_took_over(engine->enforcer)
			   ? "; policy, identities and counters of an earlier daemon go on"
			   : "",
		   bw_enforcer_programs_stayed(engine->enforcer) ? "; its programs do, too" : "");
	return 0;
}

int bw_engine_arm(struct bw_engine *engine)
{
	int err;

	if (geteuid() != 0)
		return log_error(-EPERM, "bulwarkd must be started by root");

	err = open_keeper(engine);
	if (err)
		return err;

	/* Recovery (design 6.7): the engine runs to say that nothing is protected. */
	if (engine->off) {
		log_alert("NOT PROTECTED: 'bulwark=off' stands on the kernel's command line");
		return 0;
	}

	return arm(engine);
}
