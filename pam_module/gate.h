/*
 * The gate socket: connecting to the daemon, sending and receiving one
 * message.  No call blocks for longer than its limit.
 */
#ifndef PAM_MODULE_GATE_H
#define PAM_MODULE_GATE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

/*
 * Connect to the daemon at path; *fdp is above 2 and O_CLOEXEC.  BH_ERR_PEER
 * if somebody else listens there.
 */
enum bh_err gate_connect(const char *path, int *fdp) BH_CHECKED;

/* Send b as one message, then wipe and empty it. */
enum bh_err gate_send(int fd, struct buf *b) BH_CHECKED;

/*
 * Receive one whole message into b.  BH_ERR_CLOSED at the end of the
 * connection, BH_ERR_PROTO for a message longer than b->max.
 */
enum bh_err gate_recv(int fd, struct buf *b, uint64_t deadline_ns) BH_CHECKED;

/* BH_OK if the next thing to come is the end of the connection. */
enum bh_err gate_wait_eof(int fd, uint64_t deadline_ns) BH_CHECKED;

#endif
