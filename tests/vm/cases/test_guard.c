// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-8: root can't switch it off, weaken it or blind it once it is sealed
 *
 * Each way works before the seal, on what stands in for Bulwark where it would harm
 * it; is refused after, with a record that tells who tried; and works again when the
 * secret was shown.  More orders:
 *
 *	tests/vm/fast --cmdline "orders=1000 orders_seed=7" debian12 guard
 *
 * Boots with two processors.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "calls.h"
#include "cleanup.h"
#include "live.h"
#include "rig.h"
#include "scratch.h"
#include "tamper.h"
#include "tap.h"
#include "words.h"

#define ORDERS_USUAL 50
#define SEED 20260729
#define WAYS_MAX 128

/* Number of the secret that opens the seal. */
#define SECRET 1

static const struct tamper_way *ways[WAYS_MAX];
static size_t ways_len;

static struct tamper_aim bulwark;

/* --- One way ---------------------------------------------------------------------- */

/* In a process of its own, so that its record has a number of its own. */
static pid_t way_try(const struct tamper_way *way, int *ret_err)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(-way->run());

	*ret_err = -EIO;
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status))
		*ret_err = -WEXITSTATUS(status);
	return pid;
}

static void move_to(const char *cgroup, pid_t pid)
{
	char path[256], number[16];

	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	(void)snprintf(number, sizeof(number), "%d", pid);
	is(file_write(path, number), 0, "process %d is in '%s'", pid, cgroup);
}

static pid_t stand_in_start(void)
{
	pid_t pid = fork();

	while (pid == 0)
		pause();
	return pid;
}

static void stand_in_end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* Some filesystems know no attributes or flags. */
static bool way_is_there(const struct tamper_way *way, int err)
{
	if (err != -ENOTTY && err != -EOPNOTSUPP)
		return true;

	skip("this filesystem has no such thing", "control: %s", way->name);
	return false;
}

static void way_open(const struct tamper_way *way, const char *when)
{
	pid_t stand_in = stand_in_start();
	int err;

	tamper_aim.engine = stand_in;
	tamper_aim.logger = stand_in;
	tamper_aim.cgroup = TAMPER_OTHER_CGROUP;
	tamper_aim.slice = TAMPER_OTHER_CGROUP;
	(void)way_try(way, &err);
	if (way_is_there(way, err))
		is(err, way->open, "%s: %s", when, way->name);
	stand_in_end(stand_in);
}

static void canary_is_refused(const char *what)
{
	int err;

	(void)live_read(LIVE_SECRET, 1, &err);
	if (err != -EACCES)
		is(err, -EACCES, "the secret is refused after %s", what);
}

static void way_refused(const struct tamper_way *way)
{
	char number[32];
	pid_t pid;
	int err;

	tamper_aim = bulwark;
	pid = way_try(way, &err);
	is(err, way->refused, "sealed: %s", way->name);
	canary_is_refused(way->name);
	/* Some ways start a process, whose parent it is. */
	(void)snprintf(number, sizeof(number), "\"pid\":%d", pid);
	ok(live_wait_line(LIVE_EVENTS, number, way->record, 10), "told as %s: %s", way->record,
	   way->name);
}

/* --- What goes on under the seal -------------------------------------------------- */

static int signal_null(void)
{
	return kill(bulwark.engine, 0) < 0 ? -errno : 0;
}

static int signal_apply(void)
{
	return kill(bulwark.engine, SIGHUP) < 0 ? -errno : 0;
}

static int read_policy(void)
{
	return rig_read(LIVE_POLICY_DIR "/pensions.yaml");
}

static int read_log(void)
{
	return rig_read(LIVE_EVENTS);
}

static int ask_status(void)
{
	json_t *answer = live_ask("status");
	int err = answer ? 0 : -ENODATA;

	json_decref(answer);
	return err;
}

static int work_with_files(void)
{
	rig_write("/srv/work/one", "work\n");
	if (rename("/srv/work/one", "/srv/work/two") < 0 || chmod("/srv/work/two", 0600) < 0 ||
	    link("/srv/work/two", "/srv/work/one") < 0 || unlink("/srv/work/one") < 0 ||
	    unlink("/srv/work/two") < 0 || rmdir("/srv/work") < 0)
		return -errno;

	return 0;
}

static int work_with_processes(void)
{
	struct rlimit limit = { .rlim_cur = 64, .rlim_max = 64 };
	pid_t pid = stand_in_start();
	int err = 0;

	if (prlimit(pid, RLIMIT_NOFILE, &limit, NULL) < 0 ||
	    setpriority(PRIO_PROCESS, (id_t)pid, 5) < 0 || kill(pid, SIGTERM) < 0)
		err = -errno;
	stand_in_end(pid);
	return err;
}

/* As a sandboxed service is started: in a namespace that hands nothing on. */
static int work_with_mounts(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
	    mount("/etc", "/etc", NULL, MS_BIND, NULL) < 0 ||
	    mount("tmpfs", "/etc/bulwark", "tmpfs", 0, NULL) < 0)
		return -errno;

	return 0;
}

static int work_with_maps(void)
{
	int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "other", 4, 4, 1, NULL);
	struct bpf_map_info info = { 0 };
	unsigned int len = sizeof(info);
	int again;

	if (map < 0 || bpf_obj_get_info_by_fd(map, &info, &len))
		return -ENODATA;

	again = bpf_map_get_fd_by_id(info.id);
	return again < 0 ? again : 0;
}

static int move_others(void)
{
	return file_write(TAMPER_OTHER_CGROUP "/cgroup.procs", "0");
}

static const struct {
	const char *name;
	int (*run)(void);
} work[] = {
	{ "a signal that asks whether it is there", signal_null },
	{ "SIGHUP", signal_apply },
	{ "reading a policy", read_policy },
	{ "reading the log", read_log },
	{ "asking for the status", ask_status },
	{ "the granted reader", live_read_granted },
	{ "other files", work_with_files },
	{ "other processes", work_with_processes },
	{ "mounts of another namespace", work_with_mounts },
	{ "other maps", work_with_maps },
	{ "another cgroup", move_others },
};

static void test_work_goes_on(const char *when)
{
	for (size_t i = 0; i < ARRAY_LEN(work); i++) {
		const struct tamper_way way = { .run = work[i].run };
		int err;

		(void)way_try(&way, &err);
		is(err, 0, "%s: %s", when, work[i].name);
	}
}

/* --- Many orders ------------------------------------------------------------------ */

static void shuffle(const struct tamper_way **list, size_t len, unsigned int *seed)
{
	for (size_t i = len - 1; i > 0; i--) {
		size_t other = (size_t)rand_r(seed) % (i + 1);
		const struct tamper_way *way = list[i];

		list[i] = list[other];
		list[other] = way;
	}
}

/* The first that isn't refused ends it. */
static int order_run(const struct tamper_way *const *order)
{
	for (size_t i = 0; i < ways_len; i++)
		if (order[i]->run() != order[i]->refused)
			return (int)i + 1;

	return 0;
}

static void test_orders(void)
{
	const struct tamper_way *order[WAYS_MAX];
	unsigned int orders_wanted = word_number("orders", ORDERS_USUAL);
	unsigned int seed = word_number("orders_seed", SEED);
	unsigned int orders = 0;
	int at = 0;

	tamper_aim = bulwark;
	memcpy(order, ways, sizeof(order));
	while (!at && orders < orders_wanted) {
		shuffle(order, ways_len, &seed);
		at = order_run(order);
		canary_is_refused("an order of ways");
		orders++;
	}
	ok(!at, "all ways are refused in each of %u orders%s%s", orders, at ? ", but " : "",
	   at ? order[at - 1]->name : "");
}

/* --- What the daemon is started with ----------------------------------------------- */

static bool preload_is_tried(const char *path)
{
	int tried;
	pid_t pid = fork();

	if (pid == 0) {
		char *arguments[] = { (char *)path, (char *)"--version", NULL };
		char *environment[] = { (char *)"LD_PRELOAD=/srv/none.so", NULL };
		int out = open("/srv/preload", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

		(void)dup2(out, STDERR_FILENO);
		(void)dup2(out, STDOUT_FILENO);
		(void)execve(path, arguments, environment);
		_exit(127);
	}
	(void)waitpid(pid, NULL, 0);
	tried = live_lines("/srv/preload", "none.so", "LD_PRELOAD");
	return tried > 0;
}

static void test_preload(void)
{
	ok(preload_is_tried("/usr/bin/bulwarkctl"), "control: another program is preloaded");
	ok(!preload_is_tried("/usr/sbin/bulwarkd"), "the daemon isn't");
}

/* --- What it runs ------------------------------------------------------------------ */

static int copy_file(const char *from, const char *to)
{
	_cleanup_(closep) int in = open(from, O_RDONLY | O_CLOEXEC);
	_cleanup_(closep) int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	char buffer[65536];
	ssize_t len;

	while ((len = read(in, buffer, sizeof(buffer))) > 0)
		if (write(out, buffer, (size_t)len) != len)
			return -errno;

	return len < 0 ? -errno : 0;
}

/* A second daemon, which gives up, with the library at @source in place of its own. */
static pid_t second_daemon(const char *source)
{
	pid_t pid = fork();

	if (pid == 0) {
		char *arguments[] = { (char *)"/usr/sbin/bulwarkd", NULL };
		int null = open("/dev/null", O_WRONLY);

		if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_PRIVATE, NULL) < 0 ||
		    mount(source, bulwark.library, NULL, MS_BIND, NULL) < 0)
			_exit(126);
		(void)dup2(null, STDERR_FILENO);
		(void)execv(arguments[0], arguments);
		_exit(127);
	}
	(void)waitpid(pid, NULL, 0);
	return pid;
}

static void test_foreign_library(void)
{
	char number[32];
	pid_t pid;

	is(copy_file(bulwark.library, "/srv/library"), 0, "a library is copied");
	pid = second_daemon("/srv/library");
	(void)snprintf(number, sizeof(number), "\"pid\":%d,", pid);
	ok(live_wait_line(LIVE_EVENTS, number, "tamper-code", 10), "a foreign library is told");

	pid = second_daemon(bulwark.library);
	(void)snprintf(number, sizeof(number), "\"pid\":%d,", pid);
	ok(live_wait_line(LIVE_EVENTS, number, "tamper-write", 10),
	   "control: a daemon that lives elsewhere is told for what it writes to");
	is(live_lines(LIVE_EVENTS, number, "tamper-code"), 0, "control: its own library isn't");
}

/* --- What PID 1 may ----------------------------------------------------------------- */

static const struct tamper_way *way_named(const char *name)
{
	for (size_t i = 0; i < ways_len; i++)
		if (strcmp(ways[i]->name, name) == 0)
			return ways[i];

	return NULL;
}

/* A host must be able to stop; who comes next is guarded as well. */
static void test_init(void)
{
	live_kill(bulwark.logger);
	ok(live_wait_line(LIVE_EVENTS, "\"pid\":1,", "tamper-signal", 20),
	   "PID 1 may, and is told");
	ok(live_wait_state("protected", 40), "the next logger runs");
	bulwark.logger = (pid_t)live_number("logger.pid");
	way_refused(way_named("kill -KILL of the logger"));
	way_refused(way_named("the logger's oom_score_adj"));
}

/* --- All of it -------------------------------------------------------------------- */

static void ways_add(const struct tamper_way *list, size_t len)
{
	for (size_t i = 0; i < len; i++)
		ways[ways_len++] = &list[i];
}

/* Its numbers change whenever a policy is applied. */
static void aim_at(pid_t engine)
{
	is(tamper_aim_find(), 0, "Bulwark's own is found");
	bulwark = tamper_aim;
	bulwark.engine = engine;
	bulwark.logger = (pid_t)live_number("logger.pid");
	bulwark.cgroup = TAMPER_CGROUP;
	bulwark.slice = TAMPER_SLICE;
}

static void prepare(pid_t engine)
{
	(void)file_write("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	rig_mkdir(TAMPER_SLICE);
	(void)file_write(TAMPER_SLICE "/cgroup.subtree_control", "+memory");
	rig_mkdir(TAMPER_CGROUP);
	rig_mkdir(TAMPER_OTHER_CGROUP);
	rig_write(TAMPER_SPARE, "spare\n");
	rig_write(TAMPER_SPARE_LOG, "spare\n");
	rig_mkdir(TAMPER_SPARE_DIR);
	rig_mkdir(TAMPER_MOUNT);
	/* As systemd has it. */
	if (mount(NULL, "/", NULL, MS_SHARED, NULL) < 0)
		diag("cannot share the root: %s", strerror(errno));
	if (mount(TAMPER_MOUNT, TAMPER_MOUNT, NULL, MS_BIND, NULL) < 0)
		diag("cannot mount '%s': %s", TAMPER_MOUNT, strerror(errno));

	aim_at(engine);
	move_to(TAMPER_CGROUP, bulwark.engine);
	move_to(TAMPER_CGROUP, bulwark.logger);
}

static void test_open(const char *when)
{
	for (size_t i = 0; i < ways_len; i++)
		way_open(ways[i], when);
}

static void test_sealed(void)
{
	for (size_t i = 0; i < ways_len; i++)
		way_refused(ways[i]);

	test_foreign_library();
	test_orders();
	test_work_goes_on("sealed");
	ok(live_number("logger.pid") == bulwark.logger, "the logger is still the same");
	ok(kill(bulwark.engine, 0) == 0, "so is the engine");
	test_init();
	ok(live_number("counters.refused") > (json_int_t)ways_len, "what was refused is counted");
}

int main(int argc, char **argv)
{
	pid_t engine;
	int device;

	live_probe_main(argc, argv);
	live_prepare();
	is(tamper_library_prepare(), 0, "a link leads to a library");
	engine = live_start();
	if (!ok(engine > 0, "the daemon starts"))
		return done();

	ok(live_wait_state("protected", 40), "the host is protected");
	device = device_open();
	ways_add(tamper_objects, tamper_objects_len);
	ways_add(tamper_processes, tamper_processes_len);
	ways_add(tamper_files, tamper_files_len);
	ways_add(tamper_kernel, tamper_kernel_len);
	prepare(engine);
	test_preload();
	test_work_goes_on("control");
	aim_at(engine);
	test_open("control");
	aim_at(engine);

	is(device_seal(device, 1, 1, SECRET), 0, "the host is sealed");
	test_sealed();
	is(device_unseal(device, SECRET), 1, "the secret is shown");
	aim_at(engine);
	test_open("unsealed");
	closep(&device);
	live_finish(engine);
	return done();
}
