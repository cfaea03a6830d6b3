/*
 * The poll loop.  A round: read everything that is ready, decide up to
 * GATE_BATCH_MAX logins in one transaction, send what is due, accept.
 */
#include "daemon/loop.h"

#include "base/deadline.h"
#include "base/log.h"
#include "core/clock.h"
#include "daemon/loop_internal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S   UINT64_C(1000000000)
#define FILES_KEPT 48 /* descriptors for everything but logins */

static void
add_poll(struct loop *l, size_t i, int fd)
{
	l->polls[i].fd = fd;
	l->polls[i].events = POLLIN;
	l->polls[i].revents = 0;
}

static size_t
fill_polls(struct loop *l, uint64_t now_ns)
{
	bool closed = l->stopping || now_ns < l->accept_ns;
	struct conversation *c;
	size_t i, n = POLL_FIXED;

	add_poll(l, POLL_SIGNAL, l->d->signal_fd);
	add_poll(l, POLL_GATE, closed ? -1 : l->d->gate_fd);
	add_poll(l, POLL_ADMIN, closed ? -1 : l->d->admin_fd);
	for (i = 0; i < ADMIN_SOCKET_MAX; i++)
		add_poll(l, n++, l->admin[i].fd);
	TAILQ_FOREACH(c, &l->talking, link)
	add_poll(l, n++, c->fd);
	return n;
}

static void
earlier(uint64_t *ap, uint64_t b)
{
	if (b < *ap)
		*ap = b;
}

/* The moment something is to be done though nothing comes. */
static uint64_t
next_deadline(struct loop *l, uint64_t now_ns)
{
	uint64_t next = UINT64_MAX, tick_s;
	const struct conversation *c;
	struct now now;
	size_t i;

	if (!TAILQ_EMPTY(&l->ready))
		return now_ns;
	TAILQ_FOREACH(c, &l->talking, link)
	earlier(&next, c->deadline_ns);
	TAILQ_FOREACH(c, &l->leaving, link)
	earlier(&next, c->leave_ns);
	for (i = 0; i < ADMIN_SOCKET_MAX; i++) {
		if (l->admin[i].fd != -1)
			earlier(&next, l->admin[i].deadline_ns);
	}
	if (l->accept_ns > now_ns)
		earlier(&next, l->accept_ns);
	if (l->idle_left)
		earlier(&next, l->quiet_ns);
	if (!l->d->opened)
		earlier(&next, l->open_ns);
	clock_read(&now);
	tick_s = gate_tick_in(l->d->gate, &now);
	if (tick_s < UINT64_MAX / NS_PER_S / 2)
		earlier(&next, now_ns + tick_s * NS_PER_S);
	return next;
}

static enum bh_err
wait_round(struct loop *l)
{
	uint64_t now_ns = deadline_now_ns();
	uint64_t next = next_deadline(l, now_ns);
	uint64_t left = next > now_ns ? next - now_ns : 0;
	const struct timespec ts = {
	    .tv_sec = (time_t)(left / NS_PER_S),
	    .tv_nsec = (long)(left % NS_PER_S),
	};
	size_t n = fill_polls(l, now_ns);

	if (ppoll(l->polls, n, next == UINT64_MAX ? NULL : &ts, NULL) >= 0 ||
	    errno == EINTR)
		return BH_OK;
	return BH_ERR_SYSTEM;
}

/* Something happened: idle work waits until it has been quiet again. */
static void
touched(struct loop *l)
{
	l->quiet_ns = deadline_now_ns() + QUIET_NS;
	l->idle_left = true;
}

static void
over(struct loop *l, struct conversation *c)
{
	conversation_free(c);
	l->n--;
}

void
loop_resort(struct loop *l, struct conversation *c)
{
	if (c->state == CONV_START || c->state == CONV_ANSWER)
		return;
	TAILQ_REMOVE(&l->talking, c, link);
	if (c->state == CONV_READY)
		TAILQ_INSERT_TAIL(&l->ready, c, link);
	else
		over(l, c);
}

static void
read_talking(struct loop *l)
{
	struct conversation *c, *next;
	size_t i = POLL_FIXED + ADMIN_SOCKET_MAX;
	uint64_t now_ns = deadline_now_ns();

	/* In the order in which fill_polls went through them. */
	for (c = TAILQ_FIRST(&l->talking); c != NULL; c = next, i++) {
		next = TAILQ_NEXT(c, link);
		if (l->polls[i].revents != 0)
			conversation_read(c, &l->room);
		else if (now_ns >= c->deadline_ns)
			conversation_end(c, now_ns);
		loop_resort(l, c);
	}
}

/* What has been answered by now is decided; all others end. */
static void
end_talking(struct loop *l)
{
	struct conversation *c;

	while ((c = TAILQ_FIRST(&l->talking)) != NULL) {
		conversation_read(c, &l->room);
		conversation_end(c, deadline_now_ns());
		loop_resort(l, c);
	}
}

static void
read_admin(struct loop *l)
{
	uint64_t now_ns = deadline_now_ns();
	struct admin_connection *c;
	size_t i;

	for (i = 0; i < ADMIN_SOCKET_MAX; i++) {
		c = &l->admin[i];
		if (c->fd == -1)
			continue;
		if (l->polls[POLL_FIXED + i].revents == 0) {
			if (now_ns >= c->deadline_ns || l->stopping)
				admin_socket_close(c);
			continue;
		}
		if (admin_socket_read(c, &l->d->admin, l->d->proc_fd)) {
			record_anchor(l->d);
			touched(l);
		}
	}
}

static size_t
take_ready(struct loop *l, struct conversation **batch, struct login **logins)
{
	struct conversation *c;
	size_t n = 0;

	while (n < GATE_BATCH_MAX && (c = TAILQ_FIRST(&l->ready)) != NULL) {
		TAILQ_REMOVE(&l->ready, c, link);
		batch[n] = c;
		logins[n++] = c->login;
	}
	return n;
}

static void
decide_batch(struct loop *l)
{
	struct conversation *batch[GATE_BATCH_MAX];
	struct login *logins[GATE_BATCH_MAX];
	struct now now;
	enum bh_err e = BH_OK;
	size_t i, n;

	if ((n = take_ready(l, batch, logins)) == 0)
		return;
	clock_read(&now);
	gate_batch(l->d->gate, logins, n, &now, &e);
	if (e != BH_OK)
		log_err(e, "%zu logins denied: the store did not commit", n);
	for (i = 0; i < n; i++) {
		conversation_decided(batch[i], deadline_now_ns());
		if (batch[i]->leave_ns <= deadline_now_ns())
			conversation_leave(batch[i], &l->room);
	}
	/* nobody waits for the anchor and the log */
	if (e == BH_OK &&
	    anchor_write(l->d->anchor, store_head(l->d->store), false) != BH_OK)
		seldom_log(&l->anchors, now.mono_ns,
		    "the anchor could not be written");
	gate_log(l->d->gate, logins, n);
	for (i = 0; i < n; i++) {
		if (batch[i]->state == CONV_OVER)
			over(l, batch[i]);
		else
			TAILQ_INSERT_TAIL(&l->leaving, batch[i], link);
	}
	touched(l);
}

static void
send_due(struct loop *l)
{
	struct conversation *c, *next;
	uint64_t now_ns = deadline_now_ns();

	for (c = TAILQ_FIRST(&l->leaving); c != NULL; c = next) {
		next = TAILQ_NEXT(c, link);
		if (now_ns < c->leave_ns)
			continue;
		TAILQ_REMOVE(&l->leaving, c, link);
		conversation_leave(c, &l->room);
		over(l, c);
	}
}

static void
stop(struct loop *l)
{
	if (l->stopping)
		return;
	log_msg(LOG_LEVEL_NOTICE, "stopping: %zu logins are open", l->n);
	l->stopping = true;
	end_talking(l);
}

static void
read_signals(struct loop *l)
{
	struct signalfd_siginfo info;

	while (read(l->d->signal_fd, &info, sizeof(info)) ==
	       (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			reload(l->d);
		else
			stop(l);
		touched(l);
	}
}

/* Summaries once a minute, log.open when there is room again. */
static void
tick(struct loop *l)
{
	uint64_t now_ns = deadline_now_ns();
	struct now now;
	enum bh_err e;

	if (!l->d->opened && now_ns >= l->open_ns) {
		l->open_ns = now_ns + 60 * NS_PER_S;
		if ((e = record_open(l->d)) != BH_OK)
			log_err(e, "record the start of the daemon");
	}
	clock_read(&now);
	if (gate_tick_in(l->d->gate, &now) != 0)
		return;
	if ((e = gate_tick(l->d->gate, &now)) != BH_OK)
		log_err(e, "record the sums of denials");
	else
		record_anchor(l->d);
	touched(l);
}

static void
idle(struct loop *l)
{
	uint64_t now_ns = deadline_now_ns();

	if (!l->idle_left || now_ns < l->quiet_ns)
		return;
	l->idle_left = store_idle(l->d->store);
	l->quiet_ns = now_ns + QUIET_NS;
}

static void
run_round(struct loop *l)
{
	read_talking(l);
	read_admin(l);
	if (l->polls[POLL_SIGNAL].revents != 0)
		read_signals(l);
	decide_batch(l);
	send_due(l);
	loop_accept(l);
	tick(l);
	idle(l);
}

static struct loop *
loop_new(struct daemon *d)
{
	struct loop *l;
	size_t i;

	if ((l = calloc(1, sizeof(*l))) == NULL ||
	    (l->room.message = buf_new(MSG_MAX)) == NULL) {
		free(l);
		return NULL;
	}
	l->d = d;
	l->room.gate = d->gate;
	l->room.proc_fd = d->proc_fd;
	l->max = d->files > FILES_KEPT ? d->files - FILES_KEPT : 1;
	if (l->max > DAEMON_CONNECTIONS)
		l->max = DAEMON_CONNECTIONS;
	TAILQ_INIT(&l->talking);
	TAILQ_INIT(&l->ready);
	TAILQ_INIT(&l->leaving);
	for (i = 0; i < ADMIN_SOCKET_MAX; i++)
		l->admin[i].fd = -1;
	return l;
}

static void
free_list(struct loop *l, struct conversations *list)
{
	struct conversation *c;

	while ((c = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, c, link);
		over(l, c);
	}
}

static void
loop_free(struct loop *l)
{
	size_t i;

	free_list(l, &l->talking);
	free_list(l, &l->ready);
	free_list(l, &l->leaving);
	for (i = 0; i < ADMIN_SOCKET_MAX; i++)
		admin_socket_close(&l->admin[i]);
	buf_free(l->room.message);
	free(l);
}

enum bh_err
loop_run(struct daemon *d)
{
	enum bh_err e = BH_OK;
	struct loop *l;

	if ((l = loop_new(d)) == NULL)
		return BH_ERR_NOMEM;
	while (!l->stopping || l->n > 0) {
		if ((e = wait_round(l)) != BH_OK) {
			log_err(e, "wait for something to do");
			break;
		}
		run_round(l);
	}
	loop_free(l);
	return e;
}
