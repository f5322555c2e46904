// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: one technique, tried on its twin and on the file
 *
 * Fails towards "leaked" and "not tried": bytes count whatever else was said, and
 * what didn't work on the twin shows nothing about the file.
 */
#include "trial.h"

#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "cleanup.h"

/* One that hangs is ended. */
#define SECONDS_MAX 20

/**
 * struct answer - What a technique's process says
 *
 * @err: 0 or -errno.
 * @loot: What it got.
 */
struct answer {
	int err;
	struct loot loot;
};

/* The file as a technique needs it; @directory is room for a path. */
static void target_fill(struct target *target, char *directory, const char *path)
{
	char *slash;

	(void)snprintf(directory, PATH_MAX, "%s", path);
	slash = strrchr(directory, '/');
	*slash = '\0';
	target->path = path;
	target->directory = slash == directory ? "/" : directory;
	target->name = slash + 1;
}

static void answer_give(const struct technique *technique, const struct target *target, int out)
{
	static struct answer answer;

	(void)alarm(SECONDS_MAX);
	answer.err = technique->take(target, &answer.loot);
	_exit(write(out, &answer, sizeof(answer)) != (ssize_t)sizeof(answer));
}

/* A process that ends without a word was ended by the alarm, or by itself. */
static void answer_read(int in, struct answer *answer)
{
	size_t have = 0;
	ssize_t len;

	while (have < sizeof(*answer) &&
	       (len = read(in, (char *)answer + have, sizeof(*answer) - have)) > 0)
		have += (size_t)len;
	if (have < sizeof(*answer))
		*answer = (struct answer){ .err = -ECHILD };
}

static void technique_run(const struct technique *technique, const char *path, int descriptor,
			  const struct grounds *grounds, struct answer *answer)
{
	struct target target = { .work = grounds->work, .descriptor = descriptor };
	char directory[PATH_MAX];
	int ends[2];
	pid_t pid;

	target_fill(&target, directory, path);
	*answer = (struct answer){ .err = grounds_begin(grounds) };
	if (answer->err)
		return;

	if (pipe(ends) < 0) {
		answer->err = -errno;
		grounds_end(grounds);
		return;
	}

	(void)fflush(NULL);
	pid = fork();
	if (pid == 0)
		answer_give(technique, &target, ends[1]);

	closep(&ends[1]);
	answer_read(ends[0], answer);
	closep(&ends[0]);
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	grounds_end(grounds);
}

/* What a kernel or filesystem says that doesn't have it. */
static bool is_missing(int err)
{
	return err == -ENOSYS || err == -EOPNOTSUPP || err == -ENOTTY || err == -ENODEV ||
	       err == -ENOENT || err == -EXDEV || err == -EINVAL;
}

static bool works(const struct technique *technique, const struct answer *answer)
{
	return answer->loot.len > 0 &&
	       (technique->is_oracle || grounds_is_twin(answer->loot.bytes, answer->loot.len));
}

/* Nothing but a kernel without Bulwark can prove what is closed to everybody. */
static bool is_closed(const struct answer *twin, const struct answer *answer)
{
	return twin->loot.closed && answer->loot.closed;
}

/* The one that tells why the technique shows nothing; NULL if it shows something. */
static const struct answer *hindrance_find(const struct technique *technique,
					   const struct answer *twin, const struct answer *answer)
{
	if (answer->loot.len > 0 || is_closed(twin, answer))
		return NULL;

	if (!works(technique, twin))
		return twin;

	return *answer->loot.why || !answer->err ? answer : NULL;
}

static enum trial_result result_of(const struct answer *hindrance, const struct answer *answer)
{
	if (hindrance)
		return is_missing(hindrance->err) ? TRIAL_NOT_APPLICABLE : TRIAL_NOT_TRIED;

	return answer->loot.len > 0 ? TRIAL_LEAKED : TRIAL_REFUSED;
}

struct trial trial_run(const struct technique *technique, const char *path, int descriptor,
		       const struct grounds *grounds)
{
	static struct answer twin, answer;
	struct trial trial = { .technique = technique };
	const struct answer *hindrance;

	technique_run(technique, grounds->twin, -1, grounds, &twin);
	technique_run(technique, path, descriptor, grounds, &answer);
	hindrance = hindrance_find(technique, &twin, &answer);
	trial.result = result_of(hindrance, &answer);
	trial.err = hindrance ? hindrance->err : answer.err;
	if (hindrance)
		memcpy(trial.why, hindrance->loot.why, sizeof(trial.why));
	return trial;
}

const char *trial_result_name(enum trial_result result)
{
	switch (result) {
	case TRIAL_REFUSED:
		return "refused";
	case TRIAL_LEAKED:
		return "leaked";
	case TRIAL_NOT_APPLICABLE:
		return "not-applicable";
	default:
		return "not-tried";
	}
}
