// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the control socket: one question, one answer, for those who may ask
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "cleanup.h"
#include "control_socket.h"
#include "log.h"
#include "wire.h"

/* A client that doesn't get to the point makes room for others. */
#define CLIENT_PATIENCE_US 10000000
/* Questions are short; what is longer is none. */
#define REQUEST_MAX 65536
#define GROUPS_MAX 1024

/**
 * struct bw_control_client - One connection
 *
 * @control: Whose it is.
 * @slot: Its index in @control->clients.
 * @text: The request so far, then the answer.
 * @len: Bytes of @text.
 * @sent: Of these, already sent.
 * @answered: @text is the answer.
 */
struct bw_control_client {
	struct bw_control_socket *control;
	sd_event_source *source;
	sd_event_source *timer;
	unsigned int slot;
	int fd;
	uid_t uid;
	enum bw_access access;
	char *text;
	size_t len;
	size_t sent;
	bool answered;
};

enum bw_access bw_access_for(const struct bw_peer *peer, gid_t group, bool has_group)
{
	if (peer->uid == 0)
		return BW_ACCESS_CHANGE;

	if (!has_group)
		return BW_ACCESS_NONE;

	if (peer->gid == group)
		return BW_ACCESS_LOOK;

	for (size_t i = 0; i < peer->groups_len; i++) {
		if (peer->groups[i] == group)
			return BW_ACCESS_LOOK;
	}
	return BW_ACCESS_NONE;
}

bool bw_client_fits(uid_t uid, unsigned int total, unsigned int of_user)
{
	if (uid == 0)
		return total < BW_CLIENTS_MAX;

	return total < BW_CLIENTS_MAX - BW_CLIENTS_FOR_ROOT && of_user < BW_CLIENTS_PER_USER_MAX;
}

static void client_free(struct bw_control_client *client)
{
	if (!client)
		return;

	if (client->control->clients[client->slot] == client)
		client->control->clients[client->slot] = NULL;
	sd_event_source_disable_unref(client->source);
	sd_event_source_disable_unref(client->timer);
	closep(&client->fd);
	free(client->text);
	free(client);
}

static void client_freep(struct bw_control_client **client)
{
	client_free(*client);
}

/* Sends what the socket takes.  Returns 1 when all is out, 0 if not, or -errno. */
static int client_send(struct bw_control_client *client)
{
	while (client->sent < client->len) {
		ssize_t sent = send(client->fd, client->text + client->sent,
				    client->len - client->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;

		client->sent += (size_t)sent;
	}
	return 1;
}

static int client_answer(struct bw_control_client *client, const json_t *answer)
{
	char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;

	if (!text)
		return -ENOMEM;

	/* The line's end takes the place of the string's. */
	free(client->text);
	client->text = text;
	client->len = strlen(text);
	client->text[client->len++] = '\n';
	client->answered = true;
	return sd_event_source_set_io_events(client->source, EPOLLOUT);
}

static int client_refuse(struct bw_control_client *client, const char *error)
{
	json_t *answer = json_pack("{s:b, s:s}", "ok", 0, "error", error);
	int err = client_answer(client, answer);

	json_decref(answer);
	return err;
}

static int client_ask(struct bw_control_client *client, size_t line_len)
{
	struct bw_control_socket *control = client->control;
	json_t *answer = NULL;
	json_t *request;
	int err;

	err = bw_wire_parse(client->text, line_len, &request);
	if (err)
		return client_refuse(client, "the request is not a JSON object in one line");

	/* What a client says of itself doesn't count. */
	if (json_object_set_new(request, "asker", json_integer(client->uid)) == 0)
		answer = control->answer(control->context, request, client->access);
	json_decref(request);
	err = client_answer(client, answer);
	json_decref(answer);
	return err;
}

/* Returns 0 to go on, or -errno when there is nothing more to expect. */
static int client_receive(struct bw_control_client *client)
{
	const char *end;
	ssize_t len;

	len = recv(client->fd, client->text + client->len, REQUEST_MAX - client->len, MSG_DONTWAIT);
	if (len < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (len == 0)
		return -EPIPE;

	client->len += (size_t)len;
	end = memchr(client->text, '\n', client->len);
	if (end)
		return client_ask(client, (size_t)(end - client->text));

	if (client->len == REQUEST_MAX)
		return client_refuse(client, "the request is too long");
	return 0;
}

static int on_client(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct bw_control_client *client = context;
	int err = 0;

	if (!client->answered)
		err = client_receive(client);
	if (err >= 0 && client->answered)
		err = client_send(client);
	if (err != 0)
		client_free(client);
	return 0;
}

static int on_patience(sd_event_source *source, uint64_t usec, void *context)
{
	client_free(context);
	return 0;
}

static int read_peer(const struct bw_control_socket *control, struct bw_control_client *client)
{
	gid_t groups[GROUPS_MAX];
	socklen_t groups_size = sizeof(groups);
	struct ucred credentials;
	socklen_t size = sizeof(credentials);
	struct bw_peer peer;

	if (getsockopt(client->fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
		return -errno;

	/* Fails closed: a peer in more groups than fit is in none of them. */
	if (getsockopt(client->fd, SOL_SOCKET, SO_PEERGROUPS, groups, &groups_size) < 0)
		groups_size = 0;

	peer = (struct bw_peer){
		.uid = credentials.uid,
		.gid = credentials.gid,
		.groups = groups,
		.groups_len = groups_size / sizeof(groups[0]),
	};
	client->uid = peer.uid;
	client->access = bw_access_for(&peer, control->group, control->has_group);
	return 0;
}

/* Puts a client into a free slot, unless there are too many. */
static int take_slot(struct bw_control_socket *control, struct bw_control_client *client)
{
	unsigned int of_user = 0;
	unsigned int total = 0;

	for (unsigned int i = 0; i < BW_CLIENTS_MAX; i++) {
		if (!control->clients[i]) {
			client->slot = i;
			continue;
		}
		total++;
		of_user += control->clients[i]->uid == client->uid;
	}

	if (!bw_client_fits(client->uid, total, of_user))
		return -EUSERS;

	control->clients[client->slot] = client;
	return 0;
}

static int watch_client(struct bw_control_client *client)
{
	sd_event *event = client->control->event;
	int err;

	err = sd_event_add_io(event, &client->source, client->fd, EPOLLIN, on_client, client);
	if (err < 0)
		return err;

	err = sd_event_add_time_relative(event, &client->timer, CLOCK_MONOTONIC, CLIENT_PATIENCE_US,
					 0, on_patience, client);
	return err < 0 ? err : 0;
}

static int take_client(struct bw_control_socket *control, int fd)
{
	_cleanup_(client_freep) struct bw_control_client *client = calloc(1, sizeof(*client));
	int err;

	if (!client) {
		(void)close(fd);
		return -ENOMEM;
	}

	client->control = control;
	client->fd = fd;
	client->text = malloc(REQUEST_MAX);
	if (!client->text)
		return -ENOMEM;

	err = read_peer(control, client);
	if (err)
		return err;

	err = take_slot(control, client);
	if (err)
		return err;

	err = watch_client(client);
	if (err)
		return err;

	(void)take_ptr(client);
	return 0;
}

static int on_connection(sd_event_source *source, int listening, uint32_t events, void *context)
{
	int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0)
		(void)take_client(context, fd);
	return 0;
}

/* A setgid directory has given it the group already, unless nobody made one. */
static int hand_to_group(const struct bw_control_socket *control, const char *path)
{
	struct stat status;

	if (chmod(path, 0660) < 0 || lstat(path, &status) < 0)
		return -errno;

	if (control->has_group && status.st_gid != control->group &&
	    lchown(path, 0, control->group) < 0)
		return -errno;
	return 0;
}

static int bind_socket(const struct bw_control_socket *control, int fd, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t mask;
	int err = 0;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;

	strcpy(address.sun_path, path);
	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;

	/* Nobody's until it is known whose. */
	mask = umask(0777);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		err = -errno;
	(void)umask(mask);
	if (err)
		return err;

	err = hand_to_group(control, path);
	if (err)
		return err;

	return listen(fd, BW_CLIENTS_MAX) < 0 ? -errno : 0;
}

int bw_control_socket_open(struct bw_control_socket *control, sd_event *event, const char *path)
{
	int err;

	control->event = event;
	control->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->fd < 0)
		return -errno;

	err = bind_socket(control, control->fd, path);
	if (err)
		return err;

	err = sd_event_add_io(event, &control->source, control->fd, EPOLLIN, on_connection,
			      control);
	return err < 0 ? err : 0;
}

void bw_control_socket_close(struct bw_control_socket *control)
{
	control->source = sd_event_source_disable_unref(control->source);
	for (unsigned int i = 0; i < BW_CLIENTS_MAX; i++)
		client_free(control->clients[i]);
	closep(&control->fd);
	control->fd = -EBADF;
}
