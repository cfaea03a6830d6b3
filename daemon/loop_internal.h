/*
 * The loop's own state, for loop.c and loop_accept.c.
 */
#ifndef DAEMON_LOOP_INTERNAL_H
#define DAEMON_LOOP_INTERNAL_H

#include "daemon/admin_socket.h"
#include "daemon/conversation.h"
#include "daemon/daemon.h"
#include "daemon/seldom.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUIET_NS (UINT64_C(100) * 1000 * 1000)

enum { POLL_SIGNAL, POLL_GATE, POLL_ADMIN, POLL_FIXED };
#define POLL_MAX (POLL_FIXED + ADMIN_SOCKET_MAX + DAEMON_CONNECTIONS)

struct loop {
	struct daemon *d;
	struct conversation_room room;
	struct conversations talking; /* polled */
	struct conversations ready;   /* in the order their answers came */
	struct conversations leaving; /* wait for the time grid */
	size_t n;		      /* in all three */
	size_t max;
	struct admin_connection admin[ADMIN_SOCKET_MAX];
	struct pollfd polls[POLL_MAX];
	bool stopping;
	uint64_t accept_ns; /* no accepting before this */
	uint64_t quiet_ns;  /* idle work is due at this moment, ... */
	bool idle_left;	    /* ... if there is some */
	uint64_t open_ns;   /* when log.open is tried again */
	struct seldom crowded;
	struct seldom refused;
	struct seldom anchors;
};

/* After c's state may have changed: into the queue where it belongs. */
void loop_resort(struct loop *l, struct conversation *c);

/* Accept what poll found on the two listening sockets, a bounded number. */
void loop_accept(struct loop *l);

#endif
