// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the control socket's protocol, the caller's side
 */
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "cleanup.h"
#include "wire.h"

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until the socket is ready.  A hang-up is ready: the call that follows tells. */
static int wait_ready(int fd, short events, int64_t deadline_ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };
	int64_t left_ms = deadline_ms - now_ms();
	int ready = poll(&poll_fd, 1, left_ms < 0 ? 0 : (int)left_ms);

	if (ready < 0 && errno != EINTR)
		return -errno;

	/* After a signal the deadline is what ends the callers' loops. */
	return ready == 0 ? -ETIMEDOUT : 0;
}

static int socket_connect(const char *path, int64_t deadline_ms)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_(closep) int fd = -EBADF;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;

	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;

	/* EAGAIN: the daemon's queue is full, and poll(2) doesn't wait for that. */
	while (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return -errno;

		if (now_ms() >= deadline_ms)
			return -ETIMEDOUT;

		(void)poll(NULL, 0, 10);
	}
	return take_fd(&fd);
}

static int text_send(int fd, const char *text, size_t len, int64_t deadline_ms)
{
	ssize_t sent;
	int err;

	while (len > 0) {
		err = wait_ready(fd, POLLOUT, deadline_ms);
		if (err)
			return err;

		sent = send(fd, text, len, MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;

		if (sent > 0) {
			text += sent;
			len -= (size_t)sent;
		}
	}
	return 0;
}

/* Reads up to a newline, which isn't counted, or to the end of the stream. */
static int line_receive(int fd, char *line, size_t size, int64_t deadline_ms, size_t *ret_len)
{
	size_t len = 0;
	ssize_t got;
	char *end;
	int err;

	while (len < size) {
		err = wait_ready(fd, POLLIN, deadline_ms);
		if (err)
			return err;

		got = recv(fd, line + len, size - len, 0);
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;

		end = got > 0 ? memchr(line + len, '\n', (size_t)got) : NULL;
		if (got == 0 || end) {
			*ret_len = end ? (size_t)(end - line) : len;
			return 0;
		}
		len += got > 0 ? (size_t)got : 0;
	}
	return -EPROTO;
}

static int request_send(int fd, const json_t *request, int64_t deadline_ms)
{
	_cleanup_(freep) char *text = json_dumps(request, JSON_COMPACT);
	int err;

	if (!text)
		return -ENOMEM;

	if (strlen(text) >= BW_WIRE_LINE_MAX)
		return -EMSGSIZE;

	err = text_send(fd, text, strlen(text), deadline_ms);
	return err ? err : text_send(fd, "\n", 1, deadline_ms);
}

int bw_wire_call(const char *socket_path, json_t *request, int timeout_ms, json_t **ret_answer)
{
	int64_t deadline_ms = now_ms() + timeout_ms;
	_cleanup_(freep) char *line = NULL;
	_cleanup_(closep) int fd = -EBADF;
	size_t len = 0;
	int err;

	fd = socket_connect(socket_path, deadline_ms);
	if (fd < 0)
		return fd;

	line = malloc(BW_WIRE_LINE_MAX);
	if (!line)
		return -ENOMEM;

	err = request_send(fd, request, deadline_ms);
	/* A daemon that hangs up early has said why: its answer is worth more than EPIPE. */
	if (err && err != -EPIPE)
		return err;

	err = line_receive(fd, line, BW_WIRE_LINE_MAX, deadline_ms, &len);
	if (err)
		return err == -ECONNRESET ? -EPROTO : err;

	return bw_wire_parse(line, len, ret_answer);
}

int bw_wire_parse(const char *line, size_t len, json_t **ret_object)
{
	json_error_t error;
	json_t *object;

	if (len > BW_WIRE_LINE_MAX)
		return -EPROTO;

	object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	if (!object)
		return json_error_code(&error) == json_error_out_of_memory ? -ENOMEM : -EPROTO;

	if (!json_is_object(object)) {
		json_decref(object);
		return -EPROTO;
	}
	*ret_object = object;
	return 0;
}
