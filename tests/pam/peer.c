/*
 * The scripted peer.
 */
#include "tests/pam/peer.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORD_OFFSET (2 + MSG_NONCE_LEN)

const uint8_t peer_grant[MSG_GRANT_LEN] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55,
    0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};

/* Receive one message; NULL at the end. */
static struct buf *
receive(struct talk *t)
{
	struct buf *b = buf_new(MSG_MAX);
	ssize_t n;

	if (b == NULL)
		abort();
	n = recv(t->fd, b->data, b->max, 0);
	if (n <= 0) {
		buf_free(b);
		return NULL;
	}
	b->len = (size_t)n;
	return b;
}

bool
talk_start(struct talk *t)
{
	struct buf *b = receive(t);
	enum msg_type type;
	bool ok;

	if (b == NULL)
		return false;
	ok = msg_get_type(b, &type) == BH_OK && type == MSG_START &&
	     msg_get_start(b, &t->report->start) == BH_OK;
	memcpy(t->nonce, t->report->start.nonce, sizeof(t->nonce));
	if (ok)
		atomic_fetch_add(&t->report->starts, 1);
	buf_free(b);
	return ok;
}

void
talk_send(struct talk *t, const void *data, size_t len)
{
	/* The module may be gone already; that is no matter of the script. */
	if (send(t->fd, data, len, MSG_NOSIGNAL) == -1)
		return;
}

void
talk_prompt(struct talk *t, bool echo, const char *text)
{
	struct msg_prompt m = {.echo = echo};
	struct buf *b = buf_new(MSG_MAX);

	memcpy(m.nonce, t->nonce, sizeof(m.nonce));
	if (b == NULL || !msg_set(m.text, sizeof(m.text), text) ||
	    msg_put_prompt(b, &m) != BH_OK)
		abort();
	talk_send(t, b->data, b->len);
	atomic_fetch_add(&t->report->prompts, 1);
	buf_free(b);
}

static bool
keep_answer(struct talk *t, struct buf *b)
{
	struct msg_answer m;

	if (msg_get_answer(b, &m) != BH_OK)
		return false;
	t->report->toolong = m.toolong;
	t->report->answerlen = m.answer->len;
	memcpy(t->report->answer, m.answer->data, m.answer->len);
	t->report->answer[m.answer->len] = '\0';
	buf_free(m.answer);
	atomic_fetch_add(&t->report->answers, 1);
	return true;
}

bool
talk_answer(struct talk *t)
{
	struct buf *b = receive(t);
	enum msg_type type;
	bool ok = false;

	if (b == NULL)
		return false;
	if (msg_get_type(b, &type) == BH_OK) {
		if (type == MSG_ANSWER)
			ok = keep_answer(t, b);
		else if (type == MSG_ABORT && msg_get_abort(b) == BH_OK)
			atomic_fetch_add(&t->report->aborts, 1);
	}
	buf_free(b);
	return ok;
}

size_t
talk_encode(const struct talk *t, uint32_t word, bool grant, const char *text,
    uint8_t *out, size_t size)
{
	struct msg_verdict m = {.verdict = VERDICT_ALLOW, .has_grant = grant};
	struct buf *b = buf_new(MSG_MAX);
	size_t len, i;

	memcpy(m.nonce, t->nonce, sizeof(m.nonce));
	memcpy(m.grant, peer_grant, sizeof(m.grant));
	if (b == NULL || !msg_set(m.text, sizeof(m.text), text) ||
	    msg_put_verdict(b, &m) != BH_OK || b->len > size)
		abort();
	for (i = 0; i < 4; i++)
		b->data[WORD_OFFSET + i] = (uint8_t)(word >> (24 - 8 * i));
	len = b->len;
	memcpy(out, b->data, len);
	buf_free(b);
	return len;
}

void
talk_verdict(struct talk *t, uint32_t word, bool grant, const char *text)
{
	uint8_t bytes[512];

	talk_send(
	    t, bytes, talk_encode(t, word, grant, text, bytes, sizeof(bytes)));
}

void
talk_wait_closed(struct talk *t)
{
	struct buf *b;

	while ((b = receive(t)) != NULL)
		buf_free(b);
}

static void __attribute__((noreturn))
serve(int listener, struct report *report, play_fn *play)
{
	struct talk t = {.report = report};

	for (;;) {
		if ((t.fd = accept(listener, NULL, NULL)) == -1)
			_exit(1);
		t.number = atomic_fetch_add(&report->connections, 1);
		play(&t);
		(void)close(t.fd);
	}
}

/* In the child: SO_PEERCRED shows who calls listen(). */
static void __attribute__((noreturn)) child(const char *path, uid_t uid,
    int ready, struct report *report, play_fn *play)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!msg_set(sun.sun_path, sizeof(sun.sun_path), path) || fd == -1 ||
	    bind(fd, (const struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    chmod(path, 0666) == -1)
		_exit(2);
	if (uid != (uid_t)-1 && setuid(uid) == -1)
		_exit(3);
	if (listen(fd, 64) == -1 || write(ready, "", 1) != 1)
		_exit(4);
	(void)close(ready);
	serve(fd, report, play);
}

struct peer *
peer_start(const char *path, uid_t uid, play_fn *play)
{
	struct peer *p = calloc(1, sizeof(*p));
	int ready[2];
	char byte;

	if (p == NULL || !msg_set(p->path, sizeof(p->path), path) ||
	    pipe(ready) == -1)
		abort();
	p->report = mmap(NULL, sizeof(*p->report), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p->report == MAP_FAILED || (p->pid = fork()) == -1)
		abort();
	if (p->pid == 0) {
		(void)close(ready[0]);
		child(path, uid, ready[1], p->report, play);
	}
	(void)close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		abort();
	(void)close(ready[0]);
	return p;
}

void
peer_stop(struct peer *p)
{
	if (p->pid == 0)
		return;
	(void)kill(p->pid, SIGKILL);
	(void)waitpid(p->pid, NULL, 0);
	(void)unlink(p->path);
	p->pid = 0;
}

void
peer_free(struct peer *p)
{
	if (p == NULL)
		return;
	peer_stop(p);
	(void)munmap(p->report, sizeof(*p->report));
	free(p);
}
