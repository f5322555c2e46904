// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - enforcer: what this kernel lacks, before anything is tried
 */
#include <fcntl.h>
#include <string.h>

#include "cleanup.h"
#include "enforcer_internal.h"

#define LSM_PATH "/sys/kernel/security/lsm"
#define BTF_PATH "/sys/kernel/btf/vmlinux"
#define FTRACE_PATH "/proc/sys/kernel/ftrace_enabled"
#define JIT_PATH "/proc/sys/net/core/bpf_jit_enable"

/* The file's text without its last newline; false if it can't be read. */
static bool read_line(const char *path, char *line, size_t size)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return false;

	len = read(fd, line, size - 1);
	if (len < 0)
		return false;

	line[len] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static bool list_has(char *list, const char *word)
{
	char *rest = NULL;

	for (char *item = strtok_r(list, ",", &rest); item; item = strtok_r(NULL, ",", &rest))
		if (strcmp(item, word) == 0)
			return true;

	return false;
}

static bool switched_off(const char *path)
{
	char value[16];

	return read_line(path, value, sizeof(value)) && strcmp(value, "0") == 0;
}

/* The type of the function that stands for a hook; NULL without such a hook. */
static const struct btf_type *hook_type(const struct btf *kernel, const char *hook)
{
	char name[64];
	int id;

	(void)snprintf(name, sizeof(name), "bpf_lsm_%s", hook);
	id = btf__find_by_name_kind(kernel, name, BTF_KIND_FUNC);
	return id > 0 ? btf__type_by_id(kernel, btf__type_by_id(kernel, id)->type) : NULL;
}

bool enforcer_has_hook(const char *hook)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	bool found = kernel && hook_type(kernel, hook);

	btf__free(kernel);
	return found;
}

unsigned int enforcer_hook_arguments(const char *hook)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	const struct btf_type *type = kernel ? hook_type(kernel, hook) : NULL;
	unsigned int arguments = type ? btf_vlen(type) : 0;

	btf__free(kernel);
	return arguments;
}

const char *bw_enforcer_missing(void)
{
	char lsms[512];

	if (!read_line(LSM_PATH, lsms, sizeof(lsms)))
		return "cannot read " LSM_PATH ": mount securityfs there";

	if (!list_has(lsms, "bpf"))
		return "the BPF LSM is not active: add 'bpf' to 'lsm=' on the kernel's command "
		       "line";

	if (access(BTF_PATH, R_OK) < 0)
		return "the kernel has no type information in " BTF_PATH
		       ": boot a kernel built with CONFIG_DEBUG_INFO_BTF";

	if (switched_off(FTRACE_PATH))
		return "kernel.ftrace_enabled is 0, which stops all BPF programs: set it to 1";

	if (switched_off(JIT_PATH))
		return "net.core.bpf_jit_enable is 0, so no program can be attached: set it to 1";

	/* The youngest of the hooks that all supported series have. */
	if (!enforcer_has_hook("file_ioctl_compat"))
		return "the kernel shows no 32-bit ioctls (file_ioctl_compat): boot the latest "
		       "kernel of its series";

	return NULL;
}
