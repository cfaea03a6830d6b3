/*
 * One login's conversation.  A table says which message is permitted in
 * which state; any other ends the conversation, and the end denies.
 */
#include "daemon/conversation.h"

#include "base/deadline.h"
#include "core/clock.h"
#include "daemon/grid.h"
#include "daemon/peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NS_PER_MS UINT64_C(1000000)

struct conversation *
conversation_new(int fd, const struct peer *peer, uint64_t now_ns)
{
	struct conversation *c;

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		(void)close(fd);
		return NULL;
	}
	c->fd = fd;
	c->state = CONV_START;
	c->peer = *peer;
	c->deadline_ns = now_ns + CONVERSATION_START_MS * NS_PER_MS;
	return c;
}

void
conversation_free(struct conversation *c)
{
	if (c == NULL)
		return;
	if (c->fd != -1)
		(void)close(c->fd);
	login_free(c->login);
	secret_wipe(c, sizeof(*c));
	free(c);
}

/* Send what lies in the room's buffer, at once or not at all. */
static enum bh_err
send_message(struct conversation *c, struct conversation_room *room)
{
	struct buf *b = room->message;
	ssize_t n;

	n = send(c->fd, b->data, b->len, MSG_NOSIGNAL | MSG_DONTWAIT);
	return n == (ssize_t)b->len ? BH_OK : BH_ERR_CLOSED;
}

static void
ready(struct conversation *c, uint64_t now_ns)
{
	c->answered_ns = now_ns;
	c->state = CONV_READY;
}

static enum bh_err
ask(struct conversation *c, struct conversation_room *room)
{
	struct msg_prompt prompt = {.echo = false};
	enum bh_err e;

	memcpy(prompt.nonce, c->nonce, sizeof(prompt.nonce));
	(void)msg_set(prompt.text, sizeof(prompt.text), GATE_PROMPT);
	buf_reset(room->message);
	if ((e = msg_put_prompt(room->message, &prompt)) != BH_OK ||
	    (e = send_message(c, room)) != BH_OK)
		return e;
	c->state = CONV_ANSWER;
	return BH_OK;
}

static enum bh_err
on_start(struct conversation *c, struct conversation_room *room)
{
	struct msg_start *start = &room->start;
	struct now now;
	enum bh_err e;

	if ((e = msg_get_start(room->message, start)) != BH_OK)
		return e;
	memcpy(c->nonce, start->nonce, sizeof(c->nonce));
	if ((c->login = login_new(start, &c->peer)) == NULL)
		return BH_ERR_NOMEM;
	if (login_wants_session(c->login)) {
		peer_look(room->proc_fd, &c->peer);
		login_set_peer(c->login, &c->peer);
	}
	clock_read(&now);
	c->deadline_ns = deadline_now_ns() + CONVERSATION_LIFE_MS * NS_PER_MS;
	if (login_first(room->gate, c->login, &now) == LOGIN_ASK)
		return ask(c, room);
	ready(c, deadline_now_ns());
	return BH_OK;
}

static enum bh_err
on_answer(struct conversation *c, struct conversation_room *room)
{
	struct msg_answer answer = {.answer = NULL};
	enum bh_err e;

	if ((e = msg_get_answer(room->message, &answer)) != BH_OK)
		return e;
	login_answer(c->login, answer.answer, answer.toolong);
	ready(c, deadline_now_ns());
	return BH_OK;
}

static enum bh_err
on_abort(struct conversation *c, struct conversation_room *room)
{
	enum bh_err e;

	if ((e = msg_get_abort(room->message)) != BH_OK)
		return e;
	login_aborted(c->login);
	ready(c, deadline_now_ns());
	return BH_OK;
}

/* What the module may say, state by state. */
static const struct permit {
	enum conversation_state state;
	enum msg_type type;
	enum bh_err (*handle)(
	    struct conversation *, struct conversation_room *);
} permits[] = {
    {CONV_START, MSG_START, on_start},
    {CONV_ANSWER, MSG_ANSWER, on_answer},
    {CONV_ANSWER, MSG_ABORT, on_abort},
};

static enum bh_err
on_message(struct conversation *c, struct conversation_room *room)
{
	enum msg_type type;
	enum bh_err e;
	size_t i;

	if ((e = msg_get_type(room->message, &type)) != BH_OK)
		return e;
	for (i = 0; i < nitems(permits); i++) {
		if (permits[i].state == c->state && permits[i].type == type)
			return permits[i].handle(c, room);
	}
	return BH_ERR_PROTO;
}

/*
 * One message into the room's buffer.  BH_ERR_TIMEOUT: there is none yet;
 * BH_ERR_CLOSED: there will be none.  Descriptors sent along are dropped by
 * the kernel, since no room for them is given.
 */
static enum bh_err
receive(struct conversation *c, struct buf *b)
{
	ssize_t n;

	buf_reset(b);
	n = recv(c->fd, b->data, b->max, MSG_DONTWAIT | MSG_TRUNC);
	/* A caller that died with our prompt unread: the kernel says so once,
	 * then gives what it had sent before. */
	if (n == -1 && errno == ECONNRESET)
		n = recv(c->fd, b->data, b->max, MSG_DONTWAIT | MSG_TRUNC);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return BH_ERR_TIMEOUT;
	if (n <= 0)
		return BH_ERR_CLOSED;
	b->len = (size_t)n < b->max ? (size_t)n : b->max;
	return (size_t)n > b->max ? BH_ERR_PROTO : BH_OK;
}

void
conversation_read(struct conversation *c, struct conversation_room *room)
{
	enum bh_err e = receive(c, room->message);

	if (e == BH_OK)
		e = on_message(c, room);
	buf_reset(room->message);
	if (e == BH_OK || e == BH_ERR_TIMEOUT)
		return;
	if (e != BH_ERR_CLOSED)
		seldom_log(&room->malformed, deadline_now_ns(),
		    "a caller sent a malformed or forbidden message");
	conversation_end(c, deadline_now_ns());
}

void
conversation_end(struct conversation *c, uint64_t now_ns)
{
	if (c->state == CONV_START || c->state == CONV_ANSWER) {
		if (c->login == NULL) {
			c->state = CONV_OVER;
			return;
		}
		login_aborted(c->login);
		ready(c, now_ns);
	}
}

void
conversation_decided(struct conversation *c, uint64_t now_ns)
{
	struct login_result result;

	login_result(c->login, &result);
	c->leave_ns = result.verdict == VERDICT_ALLOW
			  ? now_ns
			  : grid_leave_ns(c->answered_ns, now_ns);
	c->state = CONV_LEAVING;
}

void
conversation_leave(struct conversation *c, struct conversation_room *room)
{
	struct msg_verdict verdict = {.verdict = VERDICT_DENY};
	struct login_result result;

	login_result(c->login, &result);
	memcpy(verdict.nonce, c->nonce, sizeof(verdict.nonce));
	verdict.verdict = result.verdict;
	verdict.has_grant = result.verdict == VERDICT_ALLOW && result.has_grant;
	if (verdict.has_grant)
		memcpy(verdict.grant, result.grant, sizeof(verdict.grant));
	(void)msg_set(verdict.text, sizeof(verdict.text), result.text);
	buf_reset(room->message);
	/* A caller that does not read is closed, and that denies. */
	if (msg_put_verdict(room->message, &verdict) == BH_OK)
		(void)send_message(c, room);
	buf_reset(room->message);
	(void)close(c->fd); /* ALLOW counts with EOF */
	c->fd = -1;
	c->state = CONV_OVER;
}
