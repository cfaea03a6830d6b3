/*
 * The other end of the gate socket, in a process of its own: it plays a
 * script for each connection and reports what it got in shared memory.
 */
#ifndef TESTS_PAM_PEER_H
#define TESTS_PAM_PEER_H

#include "base/msg.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

/* What the peer saw; its counters go on over connections. */
struct report {
	atomic_int connections;
	atomic_int starts;  /* well-formed ones */
	atomic_int prompts; /* sent */
	atomic_int answers;
	atomic_int aborts;
	atomic_int allows; /* ALLOW followed by the end */
	struct msg_start start;
	char answer[MSG_ANSWER_MAX + 1];
	size_t answerlen;
	bool toolong;
};

/* One conversation, START not yet read. */
struct talk {
	int fd;
	struct report *report;
	uint8_t nonce[MSG_NONCE_LEN];
	int number;	  /* of the connection, from 0 */
	uint8_t old[256]; /* kept over connections, for replays */
	size_t oldlen;
};

/* Returning closes the connection. */
typedef void play_fn(struct talk *t);

struct peer {
	pid_t pid;
	struct report *report;
	char path[64];
};

/*
 * Listen at path, as uid (-1: our own), and play for each connection.
 * peer_stop ends the process; its report stays readable until peer_free.
 */
struct peer *peer_start(const char *path, uid_t uid, play_fn *play);
void peer_stop(struct peer *p);
void peer_free(struct peer *p);

/* Steps of a script.  talk_start and talk_answer are false at an end. */
bool talk_start(struct talk *t);
void talk_prompt(struct talk *t, bool echo, const char *text);
bool talk_answer(struct talk *t);
void talk_verdict(struct talk *t, uint32_t word, bool grant, const char *text);
void talk_send(struct talk *t, const void *data, size_t len);
void talk_wait_closed(struct talk *t);

/* A verdict's bytes, for scripts that spoil them. */
size_t talk_encode(const struct talk *t, uint32_t word, bool grant,
    const char *text, uint8_t *out, size_t size);

/* The grant id every ALLOW of a peer carries. */
extern const uint8_t peer_grant[MSG_GRANT_LEN];

#endif
