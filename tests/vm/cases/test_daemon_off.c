// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-10: with bulwark=off the daemon enforces nothing, and says so
 */
#include <string.h>

#include "calls.h"
#include "live.h"
#include "tap.h"

static bool is_off(void)
{
	char text[4096];

	file_text("/proc/cmdline", text, sizeof(text));
	return strstr(text, "bulwark=off") != NULL;
}

static void test_off(void)
{
	json_t *answer;
	int err;

	is_text(live_text("state"), "not-protected", "the state is not-protected");
	is(live_number("generation"), 0, "nothing is in force");
	(void)live_read(LIVE_SECRET, 1, &err);
	is(err, 0, "nothing is refused");
	ok(live_wait_line(LIVE_LOG, "NOT PROTECTED", "bulwark=off", 30), "it is said aloud");

	answer = live_ask("apply");
	ok(answer && !json_boolean_value(json_object_get(answer, "ok")), "apply is refused");
	json_decref(answer);
	answer = live_ask("holders");
	ok(answer && !json_boolean_value(json_object_get(answer, "ok")), "holders are refused");
	json_decref(answer);
}

int main(int argc, char **argv)
{
	pid_t engine;

	live_probe_main(argc, argv);
	if (!is_off()) {
		skip("no bulwark=off on the command line", "the daemon enforces nothing");
		return done();
	}

	live_prepare();
	engine = live_start();
	if (ok(engine > 0, "the daemon starts with bulwark=off"))
		test_off();
	live_finish(engine);
	return done();
}
