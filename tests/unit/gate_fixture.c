/*
 * A gate on a new store, driven login by login.
 */
#include "tests/unit/unit.h"

#include "tests/unit/gate_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

const char *const hotp[10] = {"755224", "287082", "359152", "969429", "338314",
    "254676", "287922", "162583", "399871", "520489"};

static void
keep_line(void *arg, int level, const char *text)
{
	struct gate_fixture *f = arg;

	(void)level;
	snprintf(f->line, sizeof(f->line), "%s", text);
}

static struct config *
parse(const char *policy)
{
	struct config *c = NULL;
	char *why = NULL;
	int fd = memfd_create("config", MFD_CLOEXEC);

	assert_true(fd != -1);
	assert_true(dprintf(fd,
			"[realm]\nname = vault\nclass = backup\n"
			"[policy]\n%s",
			policy) > 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	if (config_parse_fd(fd, "test.conf", &c, &why) != BH_OK)
		fail_msg("%s", why);
	close(fd);
	return c;
}

void
fixture_config(struct gate_fixture *f, const char *policy)
{
	struct config *c = parse(policy);

	gate_set_config(f->gate, c);
	config_free(f->config);
	f->config = c;
}

int
gate_setup(void **state)
{
	struct gate_fixture *f = calloc(1, sizeof(*f));
	void *store = NULL;
	uint64_t alice;

	assert_non_null(f);
	assert_int_equal(fixture_setup(&store), 0);
	memcpy(&f->store, store, sizeof(f->store));
	free(store);
	f->store.options.where = f->store.where; /* it has moved */
	clock_read(&f->now);
	f->now.wall_s = T0;
	f->config = parse("freshness = 0\n");
	f->gate = gate_new(f->store.s, f->config);
	assert_non_null(f->gate);
	gate_on_line(f->gate, keep_line, f);
	alice = fixture_account(&f->store, "alice");
	fixture_account(&f->store, "bob");
	fixture_token(&f->store, alice, FACTOR_HOTP, "12345678901234567890");
	*state = f;
	return 0;
}

int
gate_teardown(void **state)
{
	struct gate_fixture *f = *state;
	void *store = malloc(sizeof(f->store));

	gate_free(f->gate);
	config_free(f->config);
	assert_non_null(store);
	memcpy(store, &f->store, sizeof(f->store));
	free(f);
	return fixture_teardown(&store);
}

static void
set(char *field, size_t size, const char *text)
{
	assert_true(msg_set(field, size, text));
}

static struct login *
make_login(const struct try *t, enum msg_phase phase)
{
	static struct msg_start m;
	struct peer peer;
	struct login *l;

	memset(&m, 0, sizeof(m));
	m.phase = phase;
	m.flags = t->flags | (t->has_grant ? MSG_F_GRANT : 0);
	m.real_uid = t->real_uid;
	m.user_uid = t->user_uid;
	set(m.service, sizeof(m.service), t->service);
	set(m.user, sizeof(m.user), t->user);
	set(m.caller, sizeof(m.caller), t->caller);
	set(m.tty, sizeof(m.tty), t->tty);
	set(m.rhost, sizeof(m.rhost), t->rhost);
	set(m.realm, sizeof(m.realm), t->realm);
	set(m.connection, sizeof(m.connection), t->connection);
	set(m.auth_info, sizeof(m.auth_info), t->auth_info);
	memcpy(m.grant, t->grant, sizeof(m.grant));
	memset(&peer, 0, sizeof(peer));
	peer.euid = t->peer_uid;
	peer.auid = t->auid;
	peer.pid = t->pid;
	peer.start = t->start;
	set(peer.name, sizeof(peer.name), t->peer_name);
	if (t->session != 0) {
		peer.session.kind = SESSION_AUDIT;
		peer.session.audit = t->session;
	}
	l = login_new(&m, &peer);
	assert_non_null(l);
	return l;
}

/* Ask what the gate wants asked; true if it asked. */
static bool
give_answer(struct gate_fixture *f, struct login *l, const struct try *t)
{
	struct buf *answer;

	if (login_first(f->gate, l, &f->now) != LOGIN_ASK)
		return false;
	if (t->no_answer) {
		login_aborted(l);
		return true;
	}
	answer = buf_new_from(t->answer, strlen(t->answer));
	assert_non_null(answer);
	login_answer(l, answer, false);
	return true;
}

enum verdict
try_phase(struct gate_fixture *f, struct try *t, enum msg_phase phase)
{
	struct login *l = make_login(t, phase);
	struct login_result r;
	enum bh_err e;

	t->asked = give_answer(f, l, t);
	login_result(l, &r);
	assert_int_equal(r.verdict, VERDICT_DENY); /* until it is decided */
	gate_batch(f->gate, &l, 1, &f->now, &e);
	gate_log(f->gate, &l, 1);
	assert_int_equal(e, f->expect);
	login_result(l, &r);
	if (r.verdict == VERDICT_ALLOW && r.has_grant) {
		t->has_grant = true;
		memcpy(t->grant, r.grant, sizeof(t->grant));
	}
	login_free(l);
	return r.verdict;
}

enum verdict
try_auth(struct gate_fixture *f, struct try *t)
{
	t->has_grant = false;
	return try_phase(f, t, PHASE_AUTH);
}

size_t
try_batch(struct gate_fixture *f, const struct try *t, size_t n)
{
	struct login *l[GATE_BATCH_MAX];
	struct login_result r;
	size_t i, admitted = 0;
	enum bh_err e;

	for (i = 0; i < n; i++) {
		l[i] = make_login(t, PHASE_AUTH);
		give_answer(f, l[i], t);
	}
	gate_batch(f->gate, l, n, &f->now, &e);
	gate_log(f->gate, l, n);
	assert_int_equal(e, f->expect);
	for (i = 0; i < n; i++) {
		login_result(l[i], &r);
		admitted += r.verdict == VERDICT_ALLOW;
		login_free(l[i]);
	}
	return admitted;
}

struct account
account_of(struct gate_fixture *f, const char *login)
{
	struct account a;

	assert_int_equal(store_account_get(f->store.s, login, &a), BH_OK);
	return a;
}

size_t
count_text(struct gate_fixture *f, const char *text)
{
	uint64_t seq;
	size_t n = 0;

	for (seq = 0; seq < store_head(f->store.s)->size; seq++) {
		struct buf *b = NULL;

		assert_int_equal(store_record_get(f->store.s, seq, &b), BH_OK);
		n += memmem(b->data, b->len, text, strlen(text)) != NULL;
		buf_free(b);
	}
	return n;
}

static size_t
count_member(struct gate_fixture *f, const char *name, const char *value)
{
	char text[128];

	snprintf(text, sizeof(text), "\"%s\":\"%s\"", name, value);
	return count_text(f, text);
}

size_t
count_action(struct gate_fixture *f, const char *action)
{
	return count_member(f, "action", action);
}

size_t
count_reason(struct gate_fixture *f, const char *reason)
{
	return count_member(f, "reason", reason);
}

const char *
last_reason(struct gate_fixture *f)
{
	static char reason[64];
	struct buf *b = NULL;
	char *at;

	assert_int_equal(
	    store_record_get(f->store.s, store_head(f->store.s)->size - 1, &b),
	    BH_OK);
	at = memmem(b->data, b->len, "\"reason\":\"", 10);
	assert_non_null(at);
	snprintf(reason, sizeof(reason), "%.*s",
	    (int)(sizeof(reason) - 1 < b->len ? sizeof(reason) - 1 : b->len),
	    at + 10);
	reason[strcspn(reason, "\"")] = '\0';
	buf_free(b);
	return reason;
}

size_t
ssh_key_blob(uint8_t number, uint8_t blob[SSH_KEY_LEN])
{
	static const char type[] = "ssh-ed25519";

	memset(blob, 0, SSH_KEY_LEN);
	blob[3] = sizeof(type) - 1;
	memcpy(blob + 4, type, sizeof(type) - 1);
	blob[18] = 32;
	memset(blob + 19, number, 32);
	return SSH_KEY_LEN;
}
