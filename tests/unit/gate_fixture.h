/*
 * A gate on a new store with two accounts: alice with a HOTP token of RFC
 * 4226's secret, bob with none.
 */
#ifndef TESTS_UNIT_GATE_FIXTURE_H
#define TESTS_UNIT_GATE_FIXTURE_H

#include "core/gate.h"
#include "tests/unit/store_fixture.h"

/* The codes of that secret for counters 0 to 9 (RFC 4226, appendix D). */
extern const char *const hotp[10];

#define GATE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, gate_setup, gate_teardown)

struct gate_fixture {
	struct fixture store;
	struct config *config;
	struct gate *gate;
	struct now now;
	char line[2048];    /* the last line for the log */
	enum bh_err expect; /* of each batch from here on */
};

/* One login, as it would come from the module; NULL strings are unset. */
struct
try {
	const char *service, *user, *caller, *tty, *rhost, *realm;
	const char *connection, *auth_info, *answer, *peer_name;
	uint32_t real_uid, user_uid, peer_uid, auid, flags;
	uint32_t session; /* audit session, 0 = none */
	uint32_t pid;
	uint64_t start;
	bool no_answer;	  /* the question is abandoned */
	bool asked;	  /* set: a question was asked */
	bool has_grant;	  /* set by an ALLOW, sent with what follows */
	uint8_t grant[MSG_GRANT_LEN];
};

int gate_setup(void **state);
int gate_teardown(void **state);

/* Take these [policy] lines from here on. */
void fixture_config(struct gate_fixture *f, const char *policy);

enum verdict try_phase(
    struct gate_fixture *f, struct try *t, enum msg_phase phase);
enum verdict try_auth(struct gate_fixture *f, struct try *t);

/* n times the same auth in one batch; how many were admitted. */
size_t try_batch(struct gate_fixture *f, const struct try *t, size_t n);

struct account account_of(struct gate_fixture *f, const char *login);

/* An Ed25519 key's blob (RFC 8709, 4) by its number; its length. */
#define SSH_KEY_LEN 51
size_t ssh_key_blob(uint8_t number, uint8_t blob[SSH_KEY_LEN]);

/* The ledger: reason of the last record; how many records hold a text, have
 * an action, a reason. */
const char *last_reason(struct gate_fixture *f);
size_t count_text(struct gate_fixture *f, const char *text);
size_t count_action(struct gate_fixture *f, const char *action);
size_t count_reason(struct gate_fixture *f, const char *reason);

#endif
