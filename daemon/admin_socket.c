/*
 * The administrator's socket.  Requests and replies may hold secrets: they
 * live in buffers that wipe themselves.
 */
#include "daemon/admin_socket.h"

#include "base/buf.h"
#include "base/log.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define SEND_BUFFER (2 * ADMIN_REPLY_MAX)
#define EXIT_USAGE  2
#define EXIT_FAILED 3

void
admin_socket_start(struct admin_connection *c, int fd, uint64_t now_ns)
{
	int size = SEND_BUFFER;

	if (peer_credentials(fd, &c->peer) != BH_OK || c->peer.euid != 0) {
		log_msg(LOG_LEVEL_WARNING,
		    "admin socket: uid %lu is not root and was closed",
		    (unsigned long)c->peer.euid);
		(void)close(fd);
		return;
	}
	/* The kernel may give less: the default holds a reply as well. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	c->fd = fd;
	c->deadline_ns = now_ns + ADMIN_SOCKET_MS * UINT64_C(1000000);
}

void
admin_socket_close(struct admin_connection *c)
{
	if (c->fd != -1)
		(void)close(c->fd);
	c->fd = -1;
}

static json_t *
failure(int exit_code, const char *text)
{
	return json_pack(
	    "{s:b,s:i,s:s}", "ok", 0, "exit", exit_code, "error", text);
}

/* One message; BH_ERR_TIMEOUT: none yet. */
static enum bh_err
receive(const struct admin_connection *c, struct buf *b)
{
	ssize_t n = recv(c->fd, b->data, b->max, MSG_DONTWAIT | MSG_TRUNC);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return BH_ERR_TIMEOUT;
	if (n <= 0)
		return BH_ERR_CLOSED;
	if ((size_t)n > b->max)
		return BH_ERR_RANGE;
	b->len = (size_t)n;
	return BH_OK;
}

static json_t *
run(const struct admin_connection *c, struct admin *admin, struct buf *b)
{
	const struct admin_actor actor = {
	    .uid = c->peer.euid,
	    .auid = c->peer.auid,
	};
	struct now now;
	json_t *request, *reply;

	request = json_loadb(
	    (const char *)b->data, b->len, JSON_REJECT_DUPLICATES, NULL);
	buf_reset(b);
	if (request == NULL || !json_is_object(request)) {
		json_decref(request);
		return failure(EXIT_USAGE, "the request is no JSON object");
	}
	clock_read(&now);
	reply = admin_run(admin, &actor, request, &now);
	json_decref(request);
	secret_burn_stack();
	return reply;
}

/* Consumes reply, which may be NULL. */
static void
send_reply(const struct admin_connection *c, json_t *reply, struct buf *b)
{
	size_t len = 0;

	buf_reset(b);
	if (reply != NULL)
		len = json_dumpb(reply, (char *)b->data, b->max, JSON_COMPACT);
	json_decref(reply);
	if (len == 0 || len > b->max) {
		buf_reset(b);
		reply = failure(EXIT_FAILED, "the reply does not fit, or "
					     "memory is out");
		len = json_dumpb(reply, (char *)b->data, b->max, JSON_COMPACT);
		json_decref(reply);
	}
	b->len = len;
	if (len > 0 && send(c->fd, b->data, len, MSG_NOSIGNAL | MSG_DONTWAIT) !=
			   (ssize_t)len)
		log_msg(LOG_LEVEL_WARNING,
		    "admin socket: the reply could not be sent");
}

bool
admin_socket_read(struct admin_connection *c, struct admin *admin, int proc_fd)
{
	struct buf *in = buf_new(ADMIN_REQUEST_MAX);
	struct buf *out = buf_new(ADMIN_REPLY_MAX);
	bool ran = false;
	enum bh_err e;

	e = in != NULL && out != NULL ? receive(c, in) : BH_ERR_NOMEM;
	if (e == BH_OK) {
		peer_look(proc_fd, &c->peer);
		send_reply(c, run(c, admin, in), out);
		ran = true;
	} else if (e == BH_ERR_RANGE) {
		send_reply(
		    c, failure(EXIT_USAGE, "the request is too long"), out);
	}
	buf_free(in);
	buf_free(out);
	if (e != BH_ERR_TIMEOUT)
		admin_socket_close(c);
	return ran;
}
