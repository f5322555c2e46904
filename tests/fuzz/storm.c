// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - processes and threads that make nonsense all at once
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bulwark/control.h>

#include "storm.h"
#include "trouble.h"

#define CHILDREN 3
#define NOBODY 65534

/* What still runs so long after its time hangs. */
#define LATE_MS 60000

/* Where one who was executed finds the tally: right before the slots. */
#define TALLY_FD 39

static struct nonsense_tally *tally;
static uint64_t seed;

/* Of this process, for its threads. */
static long deadline_ms;

long storm_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void count(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/* Far from those of other threads, rounds and seeds. */
static uint64_t seed_of(uint64_t number)
{
	struct nonsense mix = { .random = seed ^ number << 32 };

	return nonsense_any(&mix);
}

static void steps(struct nonsense *nonsense, unsigned int times)
{
	while (times--)
		nonsense_step(nonsense);
}

/* What is left of the descriptors after an exec, and a device of its own. */
int storm_executed(const char *random)
{
	struct nonsense nonsense = { .random = strtoull(random, NULL, 0) };

	nonsense.tally = mmap(NULL, sizeof(*nonsense.tally), PROT_READ | PROT_WRITE, MAP_SHARED,
			      TALLY_FD, 0);
	nonsense.device = open(BW_DEVICE_PATH, O_RDWR | O_CLOEXEC);
	if (nonsense.tally == MAP_FAILED || nonsense.device < 0)
		return EXIT_FAILURE;

	nonsense.arena = trouble_arena();
	steps(&nonsense, 200);
	return EXIT_SUCCESS;
}

__attribute__((noreturn)) static void run_forked(struct nonsense *nonsense)
{
	char random[32];

	switch (nonsense_below(nonsense, 8)) {
	case 0:
		count(&tally->execs);
		(void)snprintf(random, sizeof(random), "%llu",
			       (unsigned long long)nonsense_any(nonsense));
		execl("/proc/self/exe", "nonsense", STORM_EXEC_OPTION, random, NULL);
		_exit(EXIT_FAILURE);
	case 1:
		if (!setresgid(NOBODY, NOBODY, NOBODY) && !setresuid(NOBODY, NOBODY, NOBODY))
			nonsense_refused(nonsense);
		_exit(EXIT_SUCCESS);
	default:
		steps(nonsense, 64);
		_exit(EXIT_SUCCESS);
	}
}

static void fork_once(struct nonsense *nonsense)
{
	pid_t pid = fork();

	if (!pid)
		run_forked(nonsense);
	if (pid < 0)
		return;

	count(&tally->forks);
	(void)waitpid(pid, NULL, 0);
}

static void *thread_run(void *data)
{
	struct nonsense *nonsense = data;

	while (storm_now_ms() < deadline_ms) {
		steps(nonsense, 64);
		if (nonsense_one_in(nonsense, 32))
			fork_once(nonsense);
	}
	return NULL;
}

/* Threads with the same descriptors and memory, and a device of each. */
void storm_all(uint64_t number)
{
	struct nonsense threads[NONSENSE_THREADS] = { 0 };
	pthread_t ids[NONSENSE_THREADS];
	char *arena = trouble_arena();

	for (unsigned int i = 0; i < NONSENSE_THREADS; i++) {
		threads[i].random = seed_of(number * NONSENSE_THREADS + i);
		threads[i].tally = tally;
		threads[i].arena = arena;
		threads[i].thread = i;
		threads[i].device = open(BW_DEVICE_PATH, O_RDWR | O_CLOEXEC);
	}
	for (unsigned int slot = 0; slot < TROUBLE_SLOTS; slot++)
		trouble_slot_fill(&threads[0], slot);

	for (unsigned int i = 0; i < NONSENSE_THREADS; i++)
		if (pthread_create(&ids[i], NULL, thread_run, &threads[i]))
			_exit(EXIT_FAILURE);
	for (unsigned int i = 0; i < NONSENSE_THREADS; i++)
		(void)pthread_join(ids[i], NULL);
}

/* Opens the device while the module goes and comes. */
void storm_visits(uint64_t number)
{
	struct nonsense nonsense = { .random = seed_of(number), .tally = tally };

	nonsense.arena = trouble_arena();
	while (storm_now_ms() < deadline_ms) {
		nonsense.device = open(BW_DEVICE_PATH, O_RDWR | O_CLOEXEC);
		if (nonsense.device < 0) {
			(void)usleep(1000);
			continue;
		}
		for (uint64_t i = nonsense_below(&nonsense, 32); i; i--)
			nonsense_call(&nonsense);
		close(nonsense.device);
		(void)usleep((useconds_t)nonsense_below(&nonsense, 20000));
	}
}

static pid_t child_start(void (*run)(uint64_t number), uint64_t number)
{
	pid_t pid = fork();

	if (pid)
		return pid;

	run(number);
	_exit(EXIT_SUCCESS);
}

/* One that could not be started is -1, which stands for all processes. */
static void child_kill(pid_t pid)
{
	if (pid > 0)
		(void)kill(pid, SIGKILL);
}

/* Waits for all, orphans too; false if one had to be killed. */
static bool children_end(const pid_t *children)
{
	long late_ms = deadline_ms + LATE_MS;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) >= 0) {
		if (pid)
			continue;
		if (storm_now_ms() > late_ms) {
			for (unsigned int i = 0; i < CHILDREN; i++)
				child_kill(children[i]);
			return false;
		}
		(void)usleep(10000);
	}
	return true;
}

/* One of the children is killed in the middle; @meanwhile runs beside them. */
bool storm_round(unsigned int number, long ms, void (*run)(uint64_t number),
		 void (*meanwhile)(void))
{
	struct nonsense random = { .random = seed_of(number) };
	pid_t children[CHILDREN];

	deadline_ms = storm_now_ms() + ms;
	for (unsigned int i = 0; i < CHILDREN; i++)
		children[i] = child_start(run, (uint64_t)number * CHILDREN + i);

	(void)usleep((useconds_t)(nonsense_below(&random, (uint64_t)ms) * 1000));
	child_kill(children[nonsense_below(&random, CHILDREN)]);
	while (storm_now_ms() < deadline_ms)
		meanwhile();

	return children_end(children);
}

struct nonsense_tally *storm_begin(uint64_t from)
{
	int fd = memfd_create("tally", 0);

	if (fd < 0 || ftruncate(fd, sizeof(*tally)) || dup2(fd, TALLY_FD) < 0)
		return NULL;

	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	close(fd);
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED, TALLY_FD, 0);
	seed = from;
	return tally == MAP_FAILED ? NULL : tally;
}
