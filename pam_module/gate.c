/*
 * The gate socket, between the caller's limits, signals and descriptors.
 */
#include "pam_module/gate.h"

#include "pam_module/limits.h"
#include "pam_module/options.h"
#include "pam_module/trust.h"

#include "base/deadline.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define FD_FIRST 3

/*
 * A socket above 2: where the caller closed its standard descriptors, what
 * it prints must not land in the conversation.
 */
static enum bh_err
open_socket(int *fdp)
{
	int fd, high;

	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return BH_ERR_SYSTEM;
	if (fd < FD_FIRST) {
		high = fcntl(fd, F_DUPFD_CLOEXEC, FD_FIRST);
		(void)close(fd);
		fd = high;
	}
	if (fd == -1)
		return BH_ERR_SYSTEM;
	*fdp = fd;
	return BH_OK;
}

/* A blocking connect() to a full backlog honours SO_SNDTIMEO too. */
static enum bh_err
set_send_limit(int fd)
{
	const struct timeval tv = {
	    .tv_sec = (time_t)(limits.send_ms / 1000),
	    .tv_usec = (suseconds_t)(limits.send_ms % 1000 * 1000),
	};

	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) == -1)
		return BH_ERR_SYSTEM;
	return BH_OK;
}

/* What a failed connect() or send() means; EAGAIN is SO_SNDTIMEO's word. */
static enum bh_err
send_error(int errnum)
{
	return errnum == EAGAIN || errnum == EINTR ? BH_ERR_TIMEOUT
						   : err_from_errno(errnum);
}

static enum bh_err
connect_to(int fd, const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	uint64_t deadline = deadline_in_ms(limits.send_ms);

	if (!msg_set(sun.sun_path, sizeof(sun.sun_path), path))
		return BH_ERR_RANGE;
	while (connect(fd, (const struct sockaddr *)&sun, sizeof(sun)) == -1) {
		if (errno != EINTR || deadline_left_ms(deadline) == 0)
			return send_error(errno);
	}
	return BH_OK;
}

enum bh_err
gate_connect(const char *path, int *fdp)
{
	int fd = -1;
	enum bh_err e;

	if ((e = open_socket(&fd)) != BH_OK ||
	    (e = set_send_limit(fd)) != BH_OK ||
	    (e = connect_to(fd, path)) != BH_OK ||
	    (e = trust_peer(fd)) != BH_OK) {
		if (fd != -1)
			(void)close(fd);
		return e;
	}
	*fdp = fd;
	return BH_OK;
}

enum bh_err
gate_send(int fd, struct buf *b)
{
	uint64_t deadline = deadline_in_ms(limits.send_ms);
	enum bh_err e = BH_OK;
	ssize_t n;

	while ((n = send(fd, b->data, b->len, MSG_NOSIGNAL)) == -1) {
		if (errno != EINTR || deadline_left_ms(deadline) == 0) {
			e = send_error(errno);
			break;
		}
	}
	if (n != -1 && (size_t)n != b->len)
		e = BH_ERR_IO;
	buf_reset(b);
	return e;
}

/* Let recv() block until then and no longer. */
static enum bh_err
set_receive_limit(int fd, uint64_t deadline)
{
	int left_ms = deadline_left_ms(deadline);
	const struct timeval tv = {
	    .tv_sec = left_ms / 1000,
	    .tv_usec = left_ms % 1000 * 1000,
	};

	if (left_ms == 0)
		return BH_ERR_TIMEOUT;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) == -1)
		return BH_ERR_SYSTEM;
	return BH_OK;
}

/*
 * recv() that waits; *np is 0 at the end, or the message's whole length.
 * One call in the kernel where poll() and recv() would be two.
 */
static enum bh_err
wait_recv(int fd, void *data, size_t size, uint64_t deadline, ssize_t *np)
{
	enum bh_err e;
	ssize_t n;

	do {
		if ((e = set_receive_limit(fd, deadline)) != BH_OK)
			return e;
		n = recv(fd, data, size, MSG_TRUNC);
	} while (n == -1 && (errno == EINTR || errno == EAGAIN));
	if (n == -1)
		return err_from_errno(errno);
	*np = n;
	return BH_OK;
}

enum bh_err
gate_recv(int fd, struct buf *b, uint64_t deadline_ns)
{
	enum bh_err e;
	ssize_t n = 0;

	buf_reset(b);
	if ((e = wait_recv(fd, b->data, b->max, deadline_ns, &n)) != BH_OK)
		return e;
	if (n == 0)
		return BH_ERR_CLOSED;
	b->len = (size_t)n < b->max ? (size_t)n : b->max;
	return (size_t)n > b->max ? BH_ERR_PROTO : BH_OK;
}

enum bh_err
gate_wait_eof(int fd, uint64_t deadline_ns)
{
	char byte;
	enum bh_err e;
	ssize_t n = 0;

	if ((e = wait_recv(fd, &byte, sizeof(byte), deadline_ns, &n)) != BH_OK)
		return e;
	if (n != 0)
		return BH_ERR_PROTO;
	/* An empty message reads like an end, but only an end lasts. */
	if (recv(fd, &byte, sizeof(byte), MSG_DONTWAIT) != 0)
		return BH_ERR_PROTO;
	return BH_OK;
}
