/*
 * The relay: START out; prompts in, answers out; one verdict in, then EOF.
 * A table says which messages are permitted in which phase; any other ends
 * the conversation with an error, and an error denies.
 */
#include "pam_module/relay.h"

#include "pam_module/ask.h"
#include "pam_module/gate.h"
#include "pam_module/limits.h"

#include "base/deadline.h"

#include <string.h>
#include <unistd.h>

#define REPLY_MAX 1024 /* bytes: a verdict and its text, by far */

struct relay {
	pam_handle_t *pamh;
	const struct msg_start *start;
	struct relay_result *result;
	struct buf *in;
	struct buf *out;
	int fd;
	unsigned int prompts;
	uint64_t wait_ms; /* for the next reply */
	bool done;
};

static enum bh_err
send_start(struct relay *r)
{
	enum bh_err e;

	r->result->doing = "send the request";
	if ((e = msg_put_start(r->out, r->start)) != BH_OK)
		return e;
	return gate_send(r->fd, r->out);
}

static enum bh_err
send_answer(struct relay *r, const struct msg_answer *m)
{
	enum bh_err e;

	r->result->doing = "send the answer";
	if ((e = msg_put_answer(r->out, m)) != BH_OK)
		return e;
	return gate_send(r->fd, r->out);
}

/* The end of a conversation in which nobody answers. */
static enum bh_err
send_abort(struct relay *r)
{
	enum bh_err e;

	r->result->doing = "send the abort";
	if ((e = msg_put_abort(r->out)) != BH_OK ||
	    (e = gate_send(r->fd, r->out)) != BH_OK)
		return e;
	r->result->aborted = true;
	r->done = true;
	return BH_OK;
}

/* A reply to another conversation's START does not count. */
static enum bh_err
check_nonce(const struct relay *r, const uint8_t nonce[MSG_NONCE_LEN])
{
	return secret_eq(nonce, r->start->nonce, MSG_NONCE_LEN) ? BH_OK
								: BH_ERR_PROTO;
}

static enum bh_err
on_prompt(struct relay *r)
{
	struct msg_answer answer = {.answer = NULL};
	struct msg_prompt prompt;
	enum bh_err e;

	if ((e = msg_get_prompt(r->in, &prompt)) != BH_OK ||
	    (e = check_nonce(r, prompt.nonce)) != BH_OK)
		return e;
	if (++r->prompts > limits.prompts_max)
		return BH_ERR_PROTO;
	e = ask_question(r->pamh, prompt.echo, prompt.text, &answer);
	if (e == BH_OK)
		e = send_answer(r, &answer);
	else if (e == BH_ERR_REFUSED)
		e = send_abort(r);
	buf_free(answer.answer);
	r->wait_ms = limits.verdict_ms;
	return e;
}

static enum bh_err
on_verdict(struct relay *r)
{
	struct msg_verdict verdict;
	enum bh_err e;

	if ((e = msg_get_verdict(r->in, &verdict)) != BH_OK ||
	    (e = check_nonce(r, verdict.nonce)) != BH_OK)
		return e;
	if (verdict.verdict == VERDICT_ALLOW) {
		r->result->doing = "see the end after the verdict";
		e = gate_wait_eof(r->fd, deadline_in_ms(limits.eof_ms));
		if (e != BH_OK)
			return e;
	}
	r->result->verdict = verdict;
	r->done = true;
	return BH_OK;
}

/* What the daemon may say, phase by phase; only auth and account ask. */
static const struct permit {
	enum msg_phase phase;
	enum msg_type type;
	enum bh_err (*handle)(struct relay *r);
} permits[] = {
    {PHASE_AUTH, MSG_PROMPT, on_prompt},
    {PHASE_AUTH, MSG_VERDICT, on_verdict},
    {PHASE_ACCOUNT, MSG_PROMPT, on_prompt},
    {PHASE_ACCOUNT, MSG_VERDICT, on_verdict},
    {PHASE_SESSION_OPEN, MSG_VERDICT, on_verdict},
    {PHASE_SESSION_CLOSE, MSG_VERDICT, on_verdict},
    {PHASE_PASSWORD, MSG_VERDICT, on_verdict},
};

static enum bh_err
on_message(struct relay *r)
{
	enum msg_type type;
	enum bh_err e;
	size_t i;

	r->result->doing = "understand the reply";
	if ((e = msg_get_type(r->in, &type)) != BH_OK)
		return e;
	for (i = 0; i < nitems(permits); i++) {
		if (permits[i].phase == r->start->phase &&
		    permits[i].type == type)
			return permits[i].handle(r);
	}
	return BH_ERR_PROTO;
}

static enum bh_err
converse(struct relay *r)
{
	enum bh_err e;

	if ((e = send_start(r)) != BH_OK)
		return e;
	while (!r->done) {
		r->result->doing = "get a reply";
		e = gate_recv(r->fd, r->in, deadline_in_ms(r->wait_ms));
		if (e != BH_OK || (e = on_message(r)) != BH_OK)
			return e;
	}
	return BH_OK;
}

enum bh_err
relay_run(pam_handle_t *pamh, const char *path, const struct msg_start *start,
    struct relay_result *result)
{
	struct relay r = {
	    .pamh = pamh,
	    .start = start,
	    .result = result,
	    .fd = -1,
	    .wait_ms = limits.first_ms,
	};
	enum bh_err e = BH_ERR_NOMEM;

	memset(result, 0, sizeof(*result));
	result->doing = "allocate buffers";
	if ((r.in = buf_new(REPLY_MAX)) == NULL ||
	    (r.out = buf_new(MSG_MAX)) == NULL)
		goto out;
	result->doing = "reach the daemon";
	if ((e = gate_connect(path, &r.fd)) != BH_OK)
		goto out;
	e = converse(&r);
out:
	if (r.fd != -1)
		(void)close(r.fd);
	buf_free(r.in);
	buf_free(r.out);
	return e;
}
