/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the control socket: one question, one answer, for those who may ask
 */
#ifndef BULWARK_CONTROL_SOCKET_H
#define BULWARK_CONTROL_SOCKET_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#define BW_CLIENTS_MAX 16
/* So that no user but root can keep others out. */
#define BW_CLIENTS_PER_USER_MAX 4
#define BW_CLIENTS_FOR_ROOT 4

enum bw_access {
	BW_ACCESS_NONE = 1,
	BW_ACCESS_LOOK = 2,
	BW_ACCESS_CHANGE = 3,
};

/**
 * struct bw_peer - Who has connected, as the kernel says
 */
struct bw_peer {
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t groups_len;
};

/* Root may change, the group may look; without a group, only root may. */
enum bw_access bw_access_for(const struct bw_peer *peer, gid_t group, bool has_group);

/* Is there room for one more of this user, beside @total of whom @of_user are his? */
bool bw_client_fits(uid_t uid, unsigned int total, unsigned int of_user);

struct bw_control_client;

/**
 * struct bw_control_socket - The listening side
 *
 * @answer: Makes the answer to one request; a new reference, NULL without memory.  The
 *	request's "asker" is the user who asks.
 * @group: Whose members may look; counts if @has_group.
 */
struct bw_control_socket {
	json_t *(*answer)(void *context, const json_t *request, enum bw_access access);
	void *context;
	sd_event *event;
	sd_event_source *source;
	int fd;
	gid_t group;
	bool has_group;
	struct bw_control_client *clients[BW_CLIENTS_MAX];
};

/* Returns 0 or -errno. */
int bw_control_socket_open(struct bw_control_socket *control, sd_event *event, const char *path);
void bw_control_socket_close(struct bw_control_socket *control);

#endif
