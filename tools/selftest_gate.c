/*
 * The module's side of the gate socket, for the self-test.
 */
#include "tools/selftest.h"

#include "base/deadline.h"
#include "core/crypto/crypto.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LOGIN_MS   20000
#define CONNECTION "192.0.2.7 40000 192.0.2.1 22"

static enum bh_err
reach(const char *path, int *fdp)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd;

	if (!msg_set(sun.sun_path, sizeof(sun.sun_path), path))
		return BH_ERR_RANGE;
	if ((fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) == -1)
		return BH_ERR_SYSTEM;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		(void)close(fd);
		return BH_ERR_CLOSED;
	}
	*fdp = fd;
	return BH_OK;
}

static enum bh_err
send_buf(int fd, const struct buf *b)
{
	return send(fd, b->data, b->len, MSG_NOSIGNAL) == (ssize_t)b->len
		   ? BH_OK
		   : BH_ERR_IO;
}

static enum bh_err
receive(int fd, struct buf *b, enum msg_type *typep)
{
	enum bh_err e;
	ssize_t n;

	buf_reset(b);
	b->off = 0;
	if ((e = deadline_wait_read(fd, deadline_in_ms(LOGIN_MS))) != BH_OK)
		return e;
	if ((n = recv(fd, b->data, b->max, 0)) <= 0)
		return BH_ERR_CLOSED;
	b->len = (size_t)n;
	return msg_get_type(b, typep);
}

static enum bh_err
send_start(
    int fd, struct buf *b, const struct selftest_login *l, struct msg_start *m)
{
	enum bh_err e;

	memset(m, 0, sizeof(*m));
	m->phase = l->phase;
	m->user_uid = 1000;
	(void)msg_set(m->service, sizeof(m->service), "sshd");
	(void)msg_set(m->user, sizeof(m->user), l->user);
	(void)msg_set(m->rhost, sizeof(m->rhost), "192.0.2.7");
	(void)msg_set(m->tty, sizeof(m->tty), "ssh");
	(void)msg_set(m->connection, sizeof(m->connection), CONNECTION);
	if (l->phase != PHASE_AUTH && l->verdict.has_grant) {
		m->flags |= MSG_F_GRANT;
		memcpy(m->grant, l->verdict.grant, sizeof(m->grant));
	}
	if ((e = crypto_random(m->nonce, sizeof(m->nonce))) != BH_OK ||
	    (e = msg_put_start(b, m)) != BH_OK)
		return e;
	return send_buf(fd, b);
}

static enum bh_err
answer(int fd, struct buf *b, struct selftest_login *l)
{
	struct msg_answer m = {.toolong = false};
	struct msg_prompt prompt;
	enum bh_err e;

	if ((e = msg_get_prompt(b, &prompt)) != BH_OK)
		return e;
	l->asked = true;
	buf_reset(b);
	b->off = 0;
	if (l->answer == NULL) {
		if ((e = msg_put_abort(b)) != BH_OK)
			return e;
		return send_buf(fd, b);
	}
	m.answer = buf_new_from(l->answer, strlen(l->answer));
	if (m.answer == NULL)
		return BH_ERR_NOMEM;
	if ((e = msg_put_answer(b, &m)) == BH_OK)
		e = send_buf(fd, b);
	buf_free(m.answer);
	return e;
}

static enum bh_err
converse(int fd, struct buf *b, struct selftest_login *l)
{
	struct msg_start start;
	enum msg_type type;
	enum bh_err e;

	if ((e = send_start(fd, b, l, &start)) != BH_OK ||
	    (e = receive(fd, b, &type)) != BH_OK)
		return e;
	memset(&l->verdict, 0, sizeof(l->verdict));
	if (type == MSG_PROMPT && ((e = answer(fd, b, l)) != BH_OK ||
				      (e = receive(fd, b, &type)) != BH_OK))
		return e;
	if (type != MSG_VERDICT)
		return BH_ERR_PROTO;
	if ((e = msg_get_verdict(b, &l->verdict)) != BH_OK)
		return e;
	return memcmp(l->verdict.nonce, start.nonce, MSG_NONCE_LEN) == 0
		   ? BH_OK
		   : BH_ERR_PEER;
}

enum verdict
selftest_login(struct selftest *t, struct selftest_login *l)
{
	struct buf *b = buf_new(MSG_MAX);
	enum bh_err e = BH_ERR_NOMEM;
	int fd = -1;

	l->asked = false;
	if (b != NULL && (e = reach(t->socket, &fd)) == BH_OK)
		e = converse(fd, b, l);
	if (fd != -1)
		(void)close(fd);
	buf_free(b);
	return e == BH_OK ? l->verdict.verdict : VERDICT_DENY;
}
