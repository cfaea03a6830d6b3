/*
 * The loop's front door: who is let in, and how many at once.
 */
#include "daemon/loop_internal.h"

#include "base/deadline.h"
#include "base/log.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define UID_CONNECTIONS 8 /* open at once by one caller that is not root */
#define ACCEPT_ROUND	64

static size_t
count_uid(const struct conversations *list, uint32_t uid)
{
	const struct conversation *c;
	size_t n = 0;

	TAILQ_FOREACH(c, list, link)
	n += c->peer.euid == uid;
	return n;
}

/* Is there room for one more of this caller? */
static bool
has_room(struct loop *l, uint32_t uid)
{
	if (l->n >= l->max)
		return false;
	return uid == 0 || count_uid(&l->talking, uid) +
				   count_uid(&l->ready, uid) +
				   count_uid(&l->leaving, uid) <
			       UID_CONNECTIONS;
}

/* Owns fd. */
static void
admit(struct loop *l, int fd)
{
	uint64_t now_ns = deadline_now_ns();
	struct conversation *c;
	struct peer peer;

	if (peer_credentials(fd, &peer) != BH_OK ||
	    !peer_permitted(&l->d->names, &peer)) {
		seldom_log(&l->refused, now_ns,
		    "gate socket: a caller that is neither root nor in "
		    "allow_uids was closed");
		(void)close(fd);
		return;
	}
	if (!has_room(l, peer.euid)) {
		seldom_log(&l->crowded, now_ns,
		    "gate socket: too many logins are open, more were closed");
		(void)close(fd);
		return;
	}
	if ((c = conversation_new(fd, &peer, now_ns)) == NULL)
		return;
	TAILQ_INSERT_TAIL(&l->talking, c, link);
	l->n++;
	/* mostly the caller has said already what it wants */
	conversation_read(c, &l->room);
	loop_resort(l, c);
}

/* One connection; -1 if there is none.  Without descriptors or memory we
 * wait a little rather than spin. */
static int
accept_one(struct loop *l, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd == -1 && errno != EAGAIN && errno != EINTR &&
	    errno != ECONNABORTED) {
		seldom_log(&l->crowded, deadline_now_ns(),
		    "a connection could not be accepted");
		l->accept_ns = deadline_now_ns() + QUIET_NS;
	}
	return fd;
}

static void
accept_logins(struct loop *l)
{
	int i, fd;

	if (l->polls[POLL_GATE].revents == 0)
		return;
	/* a caller that is alone has nobody behind it, most of the time */
	for (i = 0; i < ACCEPT_ROUND && (i == 0 || l->n > 1); i++) {
		if ((fd = accept_one(l, l->d->gate_fd)) == -1)
			return;
		admit(l, fd);
	}
}

static void
accept_admin(struct loop *l)
{
	size_t i;
	int fd;

	if (l->polls[POLL_ADMIN].revents == 0 ||
	    (fd = accept_one(l, l->d->admin_fd)) == -1)
		return;
	for (i = 0; i < ADMIN_SOCKET_MAX; i++) {
		if (l->admin[i].fd == -1) {
			admin_socket_start(&l->admin[i], fd, deadline_now_ns());
			return;
		}
	}
	(void)close(fd);
}

void
loop_accept(struct loop *l)
{
	if (l->stopping)
		return;
	accept_logins(l);
	accept_admin(l);
}
