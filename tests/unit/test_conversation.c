/*
 * The conversation's states and what is permitted in each.  The gate behind
 * it is a scripted one.
 */
#include "daemon/conversation.h"

#include "base/deadline.h"
#include "daemon/grid.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* The scripted gate. */
struct login {
	int answers;
	int aborts;
	bool toolong;
	char answer[64];
};

static enum login_step script_first;
static enum verdict script_verdict;
static int logins_alive;

struct login *
login_new(const struct msg_start *start, const struct peer *peer)
{
	logins_alive += start != NULL && peer != NULL;
	return calloc(1, sizeof(struct login));
}

void
login_free(struct login *l)
{
	if (l != NULL)
		logins_alive--;
	free(l);
}

bool
login_wants_session(const struct login *l)
{
	return l == NULL;
}

void
login_set_peer(struct login *l, const struct peer *peer)
{
	l->aborts += peer == NULL;
}

enum login_step
login_first(struct gate *g, struct login *l, const struct now *now)
{
	(void)g;
	return l != NULL && now != NULL ? script_first : LOGIN_READY;
}

void
login_answer(struct login *l, struct buf *answer, bool toolong)
{
	l->answers++;
	l->toolong = toolong;
	memcpy(l->answer, answer->data, answer->len);
	buf_free(answer);
}

void
login_aborted(struct login *l)
{
	l->aborts++;
}

void
login_result(const struct login *l, struct login_result *rp)
{
	(void)l;
	memset(rp, 0, sizeof(*rp));
	rp->verdict = script_verdict;
	rp->has_grant = true;
	memset(rp->grant, 0x5a, sizeof(rp->grant));
	rp->text = script_verdict == VERDICT_ALLOW ? "" : GATE_DENIED;
}

/* One conversation and the caller's end of it. */
struct fixture {
	struct conversation_room room;
	struct conversation *c;
	struct buf *b;
	int fd;
};

static const uint8_t nonce[MSG_NONCE_LEN] = "0123456789abcde";

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct peer peer = {.pid = 0, .euid = 0};
	int fds[2];

	if (f == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == -1)
		return -1;
	f->fd = fds[0];
	f->b = buf_new(MSG_MAX);
	f->room.message = buf_new(MSG_MAX);
	f->room.proc_fd = open("/proc", O_RDONLY | O_DIRECTORY);
	f->c = conversation_new(fds[1], &peer, deadline_now_ns());
	script_first = LOGIN_ASK;
	script_verdict = VERDICT_DENY;
	logins_alive = 0;
	*state = f;
	memset(f->room.message->data, 0, MSG_MAX); /* for assert_wiped */
	return f->b != NULL && f->room.message != NULL && f->c != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	bool leaked;

	conversation_free(f->c);
	leaked = logins_alive != 0;
	if (f->fd != -1)
		close(f->fd);
	close(f->room.proc_fd);
	buf_free(f->b);
	buf_free(f->room.message);
	free(f);
	return leaked ? -1 : 0;
}

static void
send_raw(struct fixture *f)
{
	assert_int_equal(
	    send(f->fd, f->b->data, f->b->len, MSG_NOSIGNAL), f->b->len);
	buf_reset(f->b);
}

static void
send_start(struct fixture *f)
{
	struct msg_start start = {.phase = PHASE_AUTH};

	memcpy(start.nonce, nonce, sizeof(nonce));
	(void)msg_set(start.service, sizeof(start.service), "sshd");
	(void)msg_set(start.user, sizeof(start.user), "alice");
	assert_int_equal(msg_put_start(f->b, &start), BH_OK);
	send_raw(f);
}

static void
send_answer(struct fixture *f, const char *text)
{
	struct msg_answer answer = {.toolong = false};

	answer.answer = buf_new_from(text, strlen(text));
	assert_int_equal(msg_put_answer(f->b, &answer), BH_OK);
	buf_free(answer.answer);
	send_raw(f);
}

static enum msg_type
receive(struct fixture *f)
{
	enum msg_type type;
	ssize_t n;

	buf_reset(f->b);
	n = recv(f->fd, f->b->data, f->b->max, MSG_DONTWAIT);
	assert_true(n > 0);
	f->b->len = (size_t)n;
	assert_int_equal(msg_get_type(f->b, &type), BH_OK);
	return type;
}

static void
assert_wiped(const struct fixture *f)
{
	size_t i;

	for (i = 0; i < f->room.message->max; i++)
		assert_int_equal(f->room.message->data[i], 0);
}

static void
test_allow(void **state)
{
	struct fixture *f = *state;
	struct msg_prompt prompt;
	struct msg_verdict verdict;
	uint64_t now_ns = deadline_now_ns();

	send_start(f);
	conversation_read(f->c, &f->room);
	assert_int_equal(f->c->state, CONV_ANSWER);
	assert_int_equal(receive(f), MSG_PROMPT);
	assert_int_equal(msg_get_prompt(f->b, &prompt), BH_OK);
	assert_memory_equal(prompt.nonce, nonce, sizeof(nonce));
	assert_false(prompt.echo);
	assert_string_equal(prompt.text, GATE_PROMPT);
	buf_reset(f->b);

	send_answer(f, "755224");
	conversation_read(f->c, &f->room);
	assert_wiped(f);
	assert_int_equal(f->c->state, CONV_READY);
	assert_int_equal(f->c->login->answers, 1);
	assert_string_equal(f->c->login->answer, "755224");

	script_verdict = VERDICT_ALLOW;
	conversation_decided(f->c, now_ns);
	assert_int_equal(f->c->leave_ns, now_ns);
	conversation_leave(f->c, &f->room);
	assert_wiped(f);
	assert_int_equal(f->c->state, CONV_OVER);
	assert_int_equal(receive(f), MSG_VERDICT);
	assert_int_equal(msg_get_verdict(f->b, &verdict), BH_OK);
	assert_memory_equal(verdict.nonce, nonce, sizeof(nonce));
	assert_int_equal(verdict.verdict, VERDICT_ALLOW);
	assert_true(verdict.has_grant);
	assert_int_equal(recv(f->fd, f->b->data, 1, MSG_DONTWAIT), 0);
}

/* A denial gives no grant away and leaves on the grid. */
static void
test_deny(void **state)
{
	struct fixture *f = *state;
	struct msg_verdict verdict;

	script_first = LOGIN_READY;
	send_start(f);
	conversation_read(f->c, &f->room);
	assert_int_equal(f->c->state, CONV_READY);
	conversation_decided(f->c, f->c->answered_ns);
	assert_int_equal(f->c->leave_ns,
	    grid_leave_ns(f->c->answered_ns, f->c->answered_ns));
	conversation_leave(f->c, &f->room);
	assert_int_equal(receive(f), MSG_VERDICT);
	assert_int_equal(msg_get_verdict(f->b, &verdict), BH_OK);
	assert_int_equal(verdict.verdict, VERDICT_DENY);
	assert_false(verdict.has_grant);
	assert_string_equal(verdict.text, GATE_DENIED);
}

/* What has been answered is decided, though the caller is dead. */
static void
test_caller_dies_after_answer(void **state)
{
	struct fixture *f = *state;

	send_start(f);
	conversation_read(f->c, &f->room);
	send_answer(f, "000000");
	close(f->fd);
	f->fd = -1;
	conversation_read(f->c, &f->room);
	assert_int_equal(f->c->state, CONV_READY);
	assert_int_equal(f->c->login->answers, 1);
	assert_int_equal(f->c->login->aborts, 0);
	conversation_decided(f->c, deadline_now_ns());
	conversation_leave(f->c, &f->room);
	assert_int_equal(f->c->state, CONV_OVER);
}

static void
test_caller_dies_at_prompt(void **state)
{
	struct fixture *f = *state;

	send_start(f);
	conversation_read(f->c, &f->room);
	close(f->fd);
	f->fd = -1;
	conversation_read(f->c, &f->room);
	assert_int_equal(f->c->state, CONV_READY);
	assert_int_equal(f->c->login->answers, 0);
	assert_int_equal(f->c->login->aborts, 1);
}

static void
test_abort(void **state)
{
	struct fixture *f = *state;

	send_start(f);
	conversation_read(f->c, &f->room);
	buf_reset(f->b);
	assert_int_equal(msg_put_abort(f->b), BH_OK);
	send_raw(f);
	conversation_read(f->c, &f->room);
	assert_int_equal(f->c->state, CONV_READY);
	assert_int_equal(f->c->login->aborts, 1);
}

static void
test_nothing_to_read(void **state)
{
	struct fixture *f = *state;

	conversation_read(f->c, &f->room);
	assert_int_equal(f->c->state, CONV_START);
}

/* Time is up: before START nothing is owed, at the prompt a denial is. */
static void
test_end(void **state)
{
	struct fixture *f = *state;

	send_start(f);
	conversation_read(f->c, &f->room);
	conversation_end(f->c, 7);
	assert_int_equal(f->c->state, CONV_READY);
	assert_int_equal(f->c->answered_ns, 7);
	assert_int_equal(f->c->login->aborts, 1);
	conversation_end(f->c, 8);
	assert_int_equal(f->c->login->aborts, 1);
}

static void
test_end_before_start(void **state)
{
	struct fixture *f = *state;

	conversation_end(f->c, 7);
	assert_int_equal(f->c->state, CONV_OVER);
	assert_null(f->c->login);
}

static void
put_empty(struct fixture *f)
{
	assert_int_equal(buf_put_u8(f->b, MSG_VERSION), BH_OK);
}

static void
put_answer(struct fixture *f)
{
	struct msg_answer answer = {.answer = buf_new_from("1", 1)};

	assert_int_equal(msg_put_answer(f->b, &answer), BH_OK);
	buf_free(answer.answer);
}

static void
put_abort(struct fixture *f)
{
	assert_int_equal(msg_put_abort(f->b), BH_OK);
}

static void
put_verdict(struct fixture *f)
{
	const struct msg_verdict verdict = {.verdict = VERDICT_ALLOW};

	assert_int_equal(msg_put_verdict(f->b, &verdict), BH_OK);
}

static void
put_prompt(struct fixture *f)
{
	const struct msg_prompt prompt = {.text = "?"};

	assert_int_equal(msg_put_prompt(f->b, &prompt), BH_OK);
}

static void
put_other_version(struct fixture *f)
{
	put_abort(f);
	f->b->data[0] = MSG_VERSION + 1;
}

static void
put_start(struct fixture *f)
{
	const struct msg_start start = {.phase = PHASE_AUTH};

	assert_int_equal(msg_put_start(f->b, &start), BH_OK);
}

static void
put_bad_phase(struct fixture *f)
{
	put_start(f);
	f->b->data[2 + MSG_NONCE_LEN] = 9;
}

static void
put_cut_start(struct fixture *f)
{
	put_start(f);
	f->b->len--;
}

static void
put_long_start(struct fixture *f)
{
	put_start(f);
	assert_int_equal(buf_put_u8(f->b, 0), BH_OK);
}

static const struct wrong {
	const char *rule;
	void (*put)(struct fixture *f);
	bool at_prompt; /* else before START */
} wrongs[] = {
    {"half a header", put_empty, false},
    {"ANSWER before START", put_answer, false},
    {"ABORT before START", put_abort, false},
    {"VERDICT from a caller", put_verdict, false},
    {"PROMPT from a caller", put_prompt, false},
    {"another version", put_other_version, false},
    {"START of no phase", put_bad_phase, false},
    {"START cut short", put_cut_start, false},
    {"START with trailing bytes", put_long_start, false},
    {"a second START", put_start, true},
    {"VERDICT at the prompt", put_verdict, true},
    {"another version at the prompt", put_other_version, true},
    {"half a header at the prompt", put_empty, true},
};

static void
try_wrong(const struct wrong *w)
{
	void *state;
	struct fixture *f;

	assert_int_equal(setup(&state), 0);
	f = state;
	if (w->at_prompt) {
		send_start(f);
		conversation_read(f->c, &f->room);
		buf_reset(f->b);
	}
	w->put(f);
	send_raw(f);
	conversation_read(f->c, &f->room);
	if (f->c->state != (w->at_prompt ? CONV_READY : CONV_OVER))
		fail_msg("%s", w->rule);
	if (w->at_prompt && f->c->login->aborts != 1)
		fail_msg("%s: is no answer", w->rule);
	assert_int_equal(teardown(&state), 0);
}

static void
test_wrong(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < nitems(wrongs); i++)
		try_wrong(&wrongs[i]);
}

/* A caller that does not read is not waited for. */
static void
test_full_socket(void **state)
{
	struct fixture *f = *state;
	uint8_t junk[1024] = {0};

	script_first = LOGIN_READY;
	send_start(f);
	conversation_read(f->c, &f->room);
	while (send(f->c->fd, junk, sizeof(junk), MSG_DONTWAIT) > 0)
		;
	conversation_decided(f->c, deadline_now_ns());
	conversation_leave(f->c, &f->room);
	assert_int_equal(f->c->state, CONV_OVER);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_allow),
	    T(test_deny),
	    T(test_caller_dies_after_answer),
	    T(test_caller_dies_at_prompt),
	    T(test_abort),
	    T(test_nothing_to_read),
	    T(test_end),
	    T(test_end_before_start),
	    cmocka_unit_test(test_wrong),
	    T(test_full_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
