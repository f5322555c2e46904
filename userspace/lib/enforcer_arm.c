// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - enforcer: arming, in an order in which enforcement comes last
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "enforcer_internal.h"

#define MODULE_BTF_PATH "/sys/kernel/btf/bulwark"
#define OWN_PATH "/proc/self/exe"
#define HOST_ROOT_PATH "/proc/1/root"
#define HOST_MOUNT_NS_PATH "/proc/1/ns/mnt"

#define COMPLAINT_LINES 24

/* What makes a process somebody, and must be seen before anybody is judged. */
static const char *const identity_programs[] = {
	"bw_script", "bw_exec", "bw_fork", "bw_taint_map", "bw_taint_protect",
};

/* libbpf's printer has no context: the one place for it, set while arming. */
static void (*complain)(const char *line);

/* A verifier's log has thousands of lines; the last ones tell what it minds. */
static char *last_lines(char *text)
{
	unsigned int lines = 0;
	char *at = text + strlen(text);

	while (at > text && lines <= COMPLAINT_LINES)
		lines += *--at == '\n';

	return at;
}

__attribute__((format(printf, 2, 0))) static int print_lines(enum libbpf_print_level level,
							     const char *format, va_list args)
{
	_cleanup_(freep) char *text = NULL;
	char *rest = NULL;

	if (level > LIBBPF_WARN || !complain || vasprintf(&text, format, args) < 0)
		return 0;

	for (char *line = strtok_r(last_lines(text), "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		complain(line);

	return 0;
}

static int kernel_check(struct bw_enforcer *enforcer)
{
	struct bw_control_info info;
	int err;

	err = bw_keeper_info(enforcer->keeper, &info);
	if (err)
		return err;

	if (info.flags & BW_INFO_OFF)
		return -EOPNOTSUPP;

	enforcer->sealed = (info.flags & BW_INFO_SEALED) != 0;
	return bw_enforcer_missing() ? -ENODEV : 0;
}

static int canary_identify(struct bw_enforcer *enforcer)
{
	_cleanup_(closep) int fd = open(enforcer->canary, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;

	if (!S_ISREG(st.st_mode))
		return -EINVAL;

	return bw_keeper_identify(enforcer->keeper, fd, &enforcer->canary_key);
}

/* Who runs this executable is Bulwark. */
static int own_identify(struct bw_enforcer *enforcer)
{
	_cleanup_(closep) int fd = open(OWN_PATH, O_PATH | O_CLOEXEC);

	return fd < 0 ? -errno : bw_keeper_identify(enforcer->keeper, fd, &enforcer->own_key);
}

/* All other programs are needed: without their hooks there is no arming. */
static int optional_programs_choose(struct bw_enforcer *enforcer)
{
	return bpf_program__set_autoload(enforcer->bpf->progs.bw_mmap_backing,
					 enforcer_has_hook("mmap_backing_file"));
}

bool enforcer_program_is_attached(const struct bpf_program *program)
{
	return bpf_program__type(program) == BPF_PROG_TYPE_LSM;
}

/* What is attached already, and what only has to run before that. */
static bool is_left_out(const struct bpf_program *program)
{
	return enforcer_program_is_attached(program) ||
	       strcmp(bpf_program__name(program), "bw_sweep") == 0;
}

/* Only what asks questions is loaded. */
static int programs_leave(struct bw_enforcer *enforcer)
{
	struct bpf_program *program;
	int err = 0;

	bpf_object__for_each_program (program, enforcer->bpf->obj)
		if (!err && is_left_out(program))
			err = bpf_program__set_autoload(program, false);

	return err;
}

/* INV-8: on a sealed host the keeper takes no others. */
static int programs_choose(struct bw_enforcer *enforcer)
{
	int err = optional_programs_choose(enforcer);

	if (err)
		return err;

	enforcer->programs_stay = enforcer->sealed || enforcer_build_is_in_force(enforcer);
	return enforcer->programs_stay ? programs_leave(enforcer) : 0;
}

static int programs_open(struct bw_enforcer *enforcer)
{
	enforcer->bpf = bulwark_bpf__open();
	if (!enforcer->bpf)
		return -errno;

	/* Without the module's type information its functions can't be called. */
	enforcer->bpf->rodata->have_audit = access(MODULE_BTF_PATH, F_OK) == 0;
	enforcer->bpf->rodata->have_seal = enforcer->bpf->rodata->have_audit;
	enforcer->bpf->rodata->have_idmap = enforcer_hook_arguments("inode_setattr") > 2;
	return programs_choose(enforcer);
}

static int programs_load(struct bw_enforcer *enforcer)
{
	return bulwark_bpf__load(enforcer->bpf);
}

/*
 * Not the skeleton's mapping: from libbpf 1.5 on it is no more than a copy of what
 * the object file says, if the map is one that was taken over.
 */
static int state_map(struct bw_enforcer *enforcer)
{
	int fd = bpf_map__fd(enforcer->bpf->maps.data_state);
	void *state =
		mmap(NULL, sizeof(*enforcer->state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (state == MAP_FAILED)
		return -errno;

	enforcer->state = state;
	return 0;
}

/* Whose view of the files counts: that of the host's first process. */
static int host_view(const struct bw_enforcer *enforcer, struct bw_file_key *ret_root,
		     __u32 *ret_mount_ns)
{
	_cleanup_(closep) int fd = open(HOST_ROOT_PATH, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || stat(HOST_MOUNT_NS_PATH, &st) < 0)
		return -errno;

	*ret_mount_ns = st.st_ino;
	return bw_keeper_identify(enforcer->keeper, fd, ret_root);
}

/* A stamp of 0 is what a cache that was only just made holds. */
static int maps_fill(struct bw_enforcer *enforcer)
{
	struct bw_state *state = enforcer_state(enforcer);
	struct bw_file_key root;
	__u32 mount_ns = 0;
	int err;

	err = host_view(enforcer, &root, &mount_ns);
	if (err)
		return err;

	state->root = root;
	state->daemon = enforcer->own_key;
	state->mount_ns = mount_ns;
	if (enforcer->took_over)
		return 0;

	state->stamp = 1;
	state->abi = BW_ABI_VERSION;
	return 0;
}

static int abi_check(struct bw_enforcer *enforcer)
{
	return enforcer_state(enforcer)->abi == BW_ABI_VERSION ? 0 : -EPROTO;
}

static bool is_identity(const struct bpf_program *program)
{
	for (size_t i = 0; i < ARRAY_LEN(identity_programs); i++)
		if (strcmp(bpf_program__name(program), identity_programs[i]) == 0)
			return true;

	return false;
}

static int program_attach(struct bw_enforcer *enforcer, const struct bpf_program *program)
{
	struct bpf_link *link;

	if (enforcer->links_len == ARRAY_LEN(enforcer->links))
		return -E2BIG;

	link = bpf_program__attach(program);
	if (!link)
		return -errno;

	enforcer->link_names[enforcer->links_len] = bpf_program__name(program);
	enforcer->links[enforcer->links_len++] = link;
	return 0;
}

static int programs_attach(struct bw_enforcer *enforcer, bool identity)
{
	struct bpf_program *program;

	bpf_object__for_each_program (program, enforcer->bpf->obj) {
		int err;

		if (!enforcer_program_is_attached(program) || !bpf_program__autoload(program) ||
		    is_identity(program) != identity)
			continue;

		err = program_attach(enforcer, program);
		if (err)
			return err;
	}
	return 0;
}

static int identity_attach(struct bw_enforcer *enforcer)
{
	return programs_attach(enforcer, true);
}

/*
 * Twice: a child forked during the first round by a process not yet swept has
 * nothing to inherit, and may be numbered below where the round has got to.
 */
static int processes_sweep(struct bw_enforcer *enforcer)
{
	int err = enforcer_iterate(enforcer->bpf->progs.bw_sweep, 0, NULL, NULL);

	return err ? err : enforcer_iterate(enforcer->bpf->progs.bw_sweep, 0, NULL, NULL);
}

static int rest_attach(struct bw_enforcer *enforcer)
{
	return programs_attach(enforcer, false);
}

static int canary_prove(struct bw_enforcer *enforcer)
{
	return bw_enforcer_prove(enforcer);
}

static void kept_add(struct bw_kept *kept, unsigned int *len, int fd, const char *name)
{
	kept[*len].fd = fd;
	kept[*len].id = 0;
	(void)snprintf(kept[*len].name, sizeof(kept[*len].name), "%s", name);
	(*len)++;
}

/* The keeper lets the old links go once it has the new ones. */
static int keeper_adopt(struct bw_enforcer *enforcer)
{
	struct bw_kept_list list = { 0 };
	struct bpf_map *map;

	for (unsigned int i = 0; i < enforcer->links_len; i++)
		kept_add(list.links, &list.links_len, bpf_link__fd(enforcer->links[i]),
			 enforcer->link_names[i]);

	bpf_object__for_each_map (map, enforcer->bpf->obj)
		if (enforcer_map_is_kept(map) && list.maps_len < BW_KEEP_MAPS_MAX)
			kept_add(list.maps, &list.maps_len, bpf_map__fd(map),
				 enforcer_map_name(map));

	return bw_keeper_adopt(enforcer->keeper, &list);
}

/*
 * Design 6.2.  Nothing is left behind by a step that fails: links and maps go
 * with this process's descriptors, and the keeper has what it had before.
 *
 * @changes: Programs or who is held to be whom; left out where the programs stay.
 */
static const struct {
	const char *name;
	int (*run)(struct bw_enforcer *enforcer);
	bool changes;
} steps[] = {
	{ "check the kernel", kernel_check, false },
	{ "identify the canary", canary_identify, false },
	{ "identify the daemon", own_identify, false },
	{ "open the programs", programs_open, false },
	{ "take over the maps", enforcer_take_over, false },
	{ "load the programs", programs_load, false },
	{ "share the state", state_map, false },
	{ "fill the maps", maps_fill, false },
	{ "check the ABI", abi_check, false },
	{ "forget which programs are in force", enforcer_build_forget, true },
	{ "attach the identity programs", identity_attach, true },
	{ "sweep running processes", processes_sweep, true },
	{ "attach the enforcing programs", rest_attach, true },
	{ "put a policy in force", enforcer_policy_ensure, false },
	{ "be refused the canary", canary_prove, false },
	{ "guard its own objects", enforcer_guard_objects, false },
	{ "hand over to the keeper", keeper_adopt, true },
	{ "note which programs are in force", enforcer_build_name, true },
	{ "be refused the canary again", canary_prove, false },
};

static int arm(struct bw_enforcer *enforcer, const char **ret_step)
{
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		int err;

		if (steps[i].changes && enforcer->programs_stay)
			continue;

		*ret_step = steps[i].name;
		err = steps[i].run(enforcer);
		if (err)
			return err;
	}
	return 0;
}

int bw_enforcer_arm(const struct bw_enforcer_options *options, struct bw_enforcer **ret_enforcer,
		    const char **ret_step)
{
	_cleanup_(bw_enforcer_freep) struct bw_enforcer *enforcer = calloc(1, sizeof(*enforcer));
	libbpf_print_fn_t printer;
	int err;

	*ret_step = "allocate memory";
	if (!enforcer)
		return -ENOMEM;

	enforcer->keeper = options->keeper;
	enforcer->release = options->release ? options->release : "";
	enforcer->canary = strdup(options->canary);
	if (!enforcer->canary)
		return -ENOMEM;

	enforcer_reader_identify(enforcer, options);

	complain = options->log;
	printer = libbpf_set_print(print_lines);
	err = arm(enforcer, ret_step);
	libbpf_set_print(printer);
	complain = NULL;
	if (err)
		return err;

	*ret_enforcer = take_ptr(enforcer);
	return 0;
}
