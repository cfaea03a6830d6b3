/*
 * The administrator's socket: one JSON request, one reply, the end.
 */
#ifndef DAEMON_ADMIN_SOCKET_H
#define DAEMON_ADMIN_SOCKET_H

#include "core/admin.h"
#include "daemon/peer.h"

#include <stdbool.h>
#include <stdint.h>

#define ADMIN_SOCKET_MAX 16    /* connections at once */
#define ADMIN_SOCKET_MS	 10000 /* until the request came */

/* fd is -1 in a free one. */
struct admin_connection {
	int fd;
	struct peer peer;
	uint64_t deadline_ns;
};

/* Take on fd, which it then owns; it is closed if the peer is not root. */
void admin_socket_start(struct admin_connection *c, int fd, uint64_t now_ns);

/* Read the request, run it, reply and close; true if one was run. */
bool admin_socket_read(
    struct admin_connection *c, struct admin *admin, int proc_fd);

void admin_socket_close(struct admin_connection *c);

#endif
