// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the control socket's protocol, the caller's side
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "cleanup.h"
#include "wire.h"

/* A daemon for one call: takes a line, says @answer, hangs up. */
static struct {
	char directory[32];
	char path[64];
	int listener;
	const char *answer;
	bool hears;
	char heard[256];
	pthread_t thread;
} daemon_fake;

static void daemon_setup(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memset(&daemon_fake, 0, sizeof(daemon_fake));
	strcpy(daemon_fake.directory, "/tmp/bulwark-wire-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(daemon_fake.directory));
	snprintf(daemon_fake.path, sizeof(daemon_fake.path), "%s/socket", daemon_fake.directory);
	strcpy(address.sun_path, daemon_fake.path);
	daemon_fake.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(daemon_fake.listener, 0);
	ck_assert_int_eq(bind(daemon_fake.listener, (struct sockaddr *)&address, sizeof(address)),
			 0);
	ck_assert_int_eq(listen(daemon_fake.listener, 1), 0);
}

static void daemon_teardown(void)
{
	close(daemon_fake.listener);
	unlink(daemon_fake.path);
	rmdir(daemon_fake.directory);
}

/* Up to the end of the line: it may come in parts. */
static void daemon_hear(int fd)
{
	size_t len = 0;
	ssize_t part;

	do {
		part = read(fd, daemon_fake.heard + len, sizeof(daemon_fake.heard) - 1 - len);
		len += part > 0 ? (size_t)part : 0;
	} while (part > 0 && !strchr(daemon_fake.heard, '\n'));
}

static void *daemon_serve(void *unused)
{
	int fd = accept(daemon_fake.listener, NULL, NULL);

	if (daemon_fake.hears)
		daemon_hear(fd);

	(void)send(fd, daemon_fake.answer, strlen(daemon_fake.answer), MSG_NOSIGNAL);
	close(fd);
	return unused;
}

static int call_answered(const char *answer, json_t **ret_answer)
{
	json_t *request = json_pack("{s:s}", "verb", "status");
	int err;

	daemon_fake.answer = answer;
	daemon_fake.hears = true;
	ck_assert_int_eq(pthread_create(&daemon_fake.thread, NULL, daemon_serve, NULL), 0);
	err = bw_wire_call(daemon_fake.path, request, 5000, ret_answer);
	pthread_join(daemon_fake.thread, NULL);
	json_decref(request);
	return err;
}

START_TEST(call_sends_a_line_and_gets_one)
{
	json_t *answer = NULL;

	ck_assert_int_eq(call_answered("{\"ok\":true}\nrest", &answer), 0);
	ck_assert_str_eq(daemon_fake.heard, "{\"verb\":\"status\"}\n");
	ck_assert(json_is_true(json_object_get(answer, "ok")));
	json_decref(answer);
}
END_TEST

static const struct {
	const char *name;
	const char *answer;
	int err;
} answers[] = {
	{ "no newline before the end", "{\"ok\":false}", 0 },
	{ "nothing", "", -EPROTO },
	{ "half an object", "{\"ok\":", -EPROTO },
	{ "no object", "[1]\n", -EPROTO },
	{ "two objects", "{} {}\n", -EPROTO },
	{ "no UTF-8", "{\"a\":\"\xff\"}\n", -EPROTO },
	{ "a member twice", "{\"ok\":true,\"ok\":false}\n", -EPROTO },
};

START_TEST(call_judges_the_answer)
{
	json_t *answer = NULL;

	ck_assert_msg(call_answered(answers[_i].answer, &answer) == answers[_i].err, "case '%s'",
		      answers[_i].name);
	ck_assert_msg(!answer == !!answers[_i].err, "case '%s': answer", answers[_i].name);
	json_decref(answer);
}
END_TEST

/* The answer of a daemon that refuses a caller comes before it reads anything. */
START_TEST(call_hears_a_daemon_that_hangs_up_early)
{
	json_t *request = json_object();
	json_t *answer = NULL;

	daemon_fake.answer = "{\"ok\":false,\"error\":\"you may not\"}\n";
	daemon_fake.hears = false;
	ck_assert_int_eq(pthread_create(&daemon_fake.thread, NULL, daemon_serve, NULL), 0);
	ck_assert_int_eq(bw_wire_call(daemon_fake.path, request, 5000, &answer), 0);
	pthread_join(daemon_fake.thread, NULL);
	ck_assert_str_eq(json_string_value(json_object_get(answer, "error")), "you may not");
	json_decref(answer);
	json_decref(request);
}
END_TEST

START_TEST(call_times_out)
{
	json_t *request = json_object();
	json_t *answer = NULL;

	/* The listener never accepts; the queue takes the connection. */
	ck_assert_int_eq(bw_wire_call(daemon_fake.path, request, 50, &answer), -ETIMEDOUT);
	ck_assert_ptr_null(answer);
	json_decref(request);
}
END_TEST

START_TEST(call_says_that_nobody_listens)
{
	json_t *request = json_object();
	json_t *answer = NULL;
	char long_path[200];

	close(daemon_fake.listener);
	ck_assert_int_eq(bw_wire_call(daemon_fake.path, request, 50, &answer), -ECONNREFUSED);
	unlink(daemon_fake.path);
	ck_assert_int_eq(bw_wire_call(daemon_fake.path, request, 50, &answer), -ENOENT);
	memset(long_path, 'x', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	ck_assert_int_eq(bw_wire_call(long_path, request, 50, &answer), -ENAMETOOLONG);
	json_decref(request);
	daemon_fake.listener = -1;
}
END_TEST

START_TEST(call_refuses_a_request_that_no_line_holds)
{
	char *text = malloc(BW_WIRE_LINE_MAX + 1);
	json_t *request;
	json_t *answer = NULL;

	memset(text, 'x', BW_WIRE_LINE_MAX);
	text[BW_WIRE_LINE_MAX] = '\0';
	request = json_pack("{s:s}", "verb", text);
	ck_assert_int_eq(bw_wire_call(daemon_fake.path, request, 500, &answer), -EMSGSIZE);
	json_decref(request);
	free(text);
}
END_TEST

START_TEST(parse_bounds_the_line)
{
	size_t len = BW_WIRE_LINE_MAX + 1;
	char *line = malloc(len);
	json_t *object = NULL;

	memset(line, ' ', len);
	memcpy(line, "{}", 2);
	ck_assert_int_eq(bw_wire_parse(line, len, &object), -EPROTO);
	ck_assert_int_eq(bw_wire_parse(line, len - 1, &object), 0);
	json_decref(object);

	/* Depth must not become stack. */
	memset(line, '[', len);
	ck_assert_int_eq(bw_wire_parse(line, len - 1, &object), -EPROTO);
	free(line);
}
END_TEST

static Suite *wire_suite(void)
{
	Suite *suite = suite_create("wire");
	TCase *tcase = tcase_create("call");

	tcase_add_checked_fixture(tcase, daemon_setup, daemon_teardown);
	tcase_add_test(tcase, call_sends_a_line_and_gets_one);
	tcase_add_loop_test(tcase, call_judges_the_answer, 0, ARRAY_LEN(answers));
	tcase_add_test(tcase, call_hears_a_daemon_that_hangs_up_early);
	tcase_add_test(tcase, call_times_out);
	tcase_add_test(tcase, call_says_that_nobody_listens);
	tcase_add_test(tcase, call_refuses_a_request_that_no_line_holds);
	tcase_add_test(tcase, parse_bounds_the_line);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(wire_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
