/*
 * The daemon's side of one login: a small state machine.  The module's side
 * is pam_module/relay.c.
 *
 *	START --> ANSWER --> READY --> LEAVING --> OVER
 *	    `--------------->
 */
#ifndef DAEMON_CONVERSATION_H
#define DAEMON_CONVERSATION_H

#include "base/buf.h"
#include "base/msg.h"
#include "core/gate.h"
#include "daemon/seldom.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#define CONVERSATION_START_MS 10000	       /* until START came */
#define CONVERSATION_LIFE_MS  (15 * 60 * 1000) /* until it was answered */

enum conversation_state {
	CONV_START = 1, /* waits for START */
	CONV_ANSWER,	/* has asked, waits for ANSWER or ABORT */
	CONV_READY,	/* waits for gate_batch; nothing is read any more */
	CONV_LEAVING,	/* decided; leaves at leave_ns */
	CONV_OVER,	/* nothing is owed: close it */
};

/* What every conversation needs; borrowed. */
struct conversation_room {
	struct gate *gate;
	int proc_fd;
	struct buf *message; /* MSG_MAX bytes; wiped after each use */
	struct msg_start start;
	struct seldom malformed;
};

struct conversation {
	TAILQ_ENTRY(conversation) link;
	int fd;
	enum conversation_state state;
	struct peer peer;
	struct login *login; /* from START on */
	uint8_t nonce[MSG_NONCE_LEN];
	uint64_t deadline_ns; /* for what it waits for */
	uint64_t answered_ns; /* when the last word of the caller came */
	uint64_t leave_ns;
};
TAILQ_HEAD(conversations, conversation);

/* Owns fd from here; NULL: no memory, fd is then closed. */
struct conversation *conversation_new(
    int fd, const struct peer *peer, uint64_t now_ns);

/* Closes and wipes; NULL is accepted. */
void conversation_free(struct conversation *c);

/* Read one message, if there is one, and move on; see state afterwards. */
void conversation_read(struct conversation *c, struct conversation_room *room);

/* It will say no more: its time is up, or we stop.  An open question counts
 * as not answered. */
void conversation_end(struct conversation *c, uint64_t now_ns);

/* gate_batch has decided: from READY to LEAVING. */
void conversation_decided(struct conversation *c, uint64_t now_ns);

/* Send the verdict: from LEAVING to OVER, whether it arrives or not. */
void conversation_leave(struct conversation *c, struct conversation_room *room);

#endif
