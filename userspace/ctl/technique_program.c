// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: what an administrator would type
 *
 * Each is a line for the shell, with the file as $FILE, its last name as $NAME and
 * $WORK to work in; what it prints is the loot.
 */
#include <stdlib.h>

#include "cleanup.h"
#include "technique.h"

static int program_run(const struct target *target, const char *line, struct loot *loot)
{
	FILE *pipe;

	if (setenv("FILE", target->path, 1) < 0 || setenv("NAME", target->name, 1) < 0 ||
	    setenv("WORK", target->work, 1) < 0 || chdir(target->directory) < 0)
		return -errno;

	pipe = popen(line, "re");
	if (!pipe)
		return -errno;

	loot->len = fread(loot->bytes, 1, sizeof(loot->bytes), pipe);
	(void)pclose(pipe);
	return loot->len ? 0 : -EACCES;
}

#define PROGRAM(name, line)                                                    \
	static int take_##name(const struct target *target, struct loot *loot) \
	{                                                                      \
		return program_run(target, "exec 2>/dev/null; " line, loot);   \
	}

PROGRAM(cat, "cat -- \"$FILE\"")
PROGRAM(head, "head -c 4096 -- \"$FILE\"")
PROGRAM(tail, "tail -c +1 -- \"$FILE\"")
PROGRAM(dd, "dd if=\"$FILE\"")
PROGRAM(dd_direct, "dd if=\"$FILE\" iflag=direct")
PROGRAM(cp, "cp -- \"$FILE\" \"$WORK/copy\" && cat \"$WORK/copy\"")
PROGRAM(cp_clone, "cp --reflink=always -- \"$FILE\" \"$WORK/copy\" && cat \"$WORK/copy\"")
PROGRAM(install, "install -m 600 -- \"$FILE\" \"$WORK/copy\" && cat \"$WORK/copy\"")
PROGRAM(rsync, "rsync \"$FILE\" \"$WORK/copy\" && cat \"$WORK/copy\"")
PROGRAM(tar, "tar -cO -- \"$NAME\" | tar -xO")
PROGRAM(gzip, "gzip -c -- \"$FILE\" | gzip -dc")
PROGRAM(base64, "base64 -- \"$FILE\" | base64 -d")
PROGRAM(sed, "sed -n p -- \"$FILE\"")
PROGRAM(shell, "{ IFS= read -r line && printf '%s\\n' \"$line\"; } <\"$FILE\"")

const struct technique techniques_program[] = {
	{ "cat", "A1", "cat", take_cat, false },
	{ "head", "A1", "head", take_head, false },
	{ "tail", "A1", "tail", take_tail, false },
	{ "dd", "A1", "dd", take_dd, false },
	{ "dd-direct", "A1", "dd iflag=direct", take_dd_direct, false },
	{ "cp", "A1", "cp", take_cp, false },
	{ "cp-clone", "E7", "cp --reflink=always", take_cp_clone, false },
	{ "install", "A1", "install", take_install, false },
	{ "rsync", "A1", "rsync", take_rsync, false },
	{ "tar", "A1", "tar", take_tar, false },
	{ "gzip", "A1", "gzip", take_gzip, false },
	{ "base64", "A1", "base64", take_base64, false },
	{ "sed", "A1", "sed", take_sed, false },
	{ "shell", "A1", "a shell's redirection", take_shell, false },
	{ NULL, NULL, NULL, NULL, false },
};
