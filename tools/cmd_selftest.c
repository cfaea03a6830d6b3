/*
 * bulkhead selftest: the real daemon in its real sandbox, on throw-away
 * folders, one round of everything.
 */
#include "core/factor.h"
#include "core/crypto/crypto.h"
#include "tools/client.h"
#include "tools/output.h"
#include "tools/selftest.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECRET_LEN 20
#define WRONG	   "000000"

/* RFC 4226, appendix D. */
#define HOTP_SECRET "hex:3132333435363738393031323334353637383930"
static const char *const hotp[] = {"755224", "287082", "359152"};

/* A key that exists nowhere: public id, private id, AES key; its first three
 * codes. */
#define YUBIKEY "vvvvvvvvvvvv\n8792ebfe26cc\necde18dbe76fbd0c33330f1c354871db\n"
static const char *const yubikey[] = {
    "vvvvvvvvvvvvgbrgbdbejtbrrghbrjjfdrbfkcbugubb",
    "vvvvvvvvvvvvnvrhcctrhtifrcbfnvtirghjcujhdifh",
    "vvvvvvvvvvvvlicjttivrhrevfjtftddtjvuiididelj"};

static volatile sig_atomic_t stopped;

static void
on_signal(int sig)
{
	stopped = sig;
}

static bool
step(struct selftest *t, bool ok, const char *text)
{
	(void)json_array_append_new(
	    t->steps, json_pack("{s:s, s:b}", "step", text, "ok", ok));
	out_text(t->inv, "%s %s\n", ok ? "ok    " : "not ok", text);
	(void)fflush(stdout);
	if (!ok)
		t->failed++;
	return ok;
}

#define RUN(t, want, input, ...) \
	selftest_run(t, want, input, (const char *const[]){__VA_ARGS__, NULL})

/* Did the command exit as wanted? */
#define DID(t, want, input, ...) did(RUN(t, want, input, __VA_ARGS__))

static bool
did(json_t *doc)
{
	bool ok = doc != NULL;

	json_decref(doc);
	return ok;
}

static enum verdict
login(struct selftest *t, const char *user, const char *answer)
{
	struct selftest_login l = {
	    .user = user, .answer = answer, .phase = PHASE_AUTH};

	return selftest_login(t, &l);
}

static bool
in(struct selftest *t, const char *user, const char *answer)
{
	return login(t, user, answer) == VERDICT_ALLOW;
}

/* Denied, after a question: as anybody is. */
static bool
out(struct selftest *t, const char *user, const char *answer)
{
	struct selftest_login l = {
	    .user = user, .answer = answer, .phase = PHASE_AUTH};

	return selftest_login(t, &l) == VERDICT_DENY && l.asked &&
	       strcmp(l.verdict.text, "Access denied.") == 0;
}

static bool
people(struct selftest *t)
{
	static const char *const logins[] = {
	    "totp-user", "hotp-user", "key-user", "paper-user", "lock-user"};
	size_t i;

	if (!DID(t, 0, NULL, "person", "add", "tester"))
		return false;
	for (i = 0; i < nitems(logins); i++) {
		if (!DID(t, 0, NULL, "account", "add", logins[i], "--person",
			"tester"))
			return false;
	}
	return true;
}

static const char *
totp_code(const struct buf *secret, int steps)
{
	static char code[FACTOR_CODE_MAX + 1];
	int64_t now = (int64_t)time(NULL) + 30 * steps;

	if (factor_totp_code(secret, (uint64_t)now, code) != BH_OK)
		code[0] = '\0';
	return code;
}

static void
test_totp(struct selftest *t)
{
	struct buf *secret = buf_new(SECRET_LEN), *text = NULL;
	char line[64], used[FACTOR_CODE_MAX + 1];

	if (secret == NULL ||
	    crypto_random(secret->data, SECRET_LEN) != BH_OK) {
		(void)step(t, false, "random bytes");
		buf_free(secret);
		return;
	}
	secret->len = SECRET_LEN;
	if (base32_encode(secret->data, secret->len, &text) == BH_OK)
		(void)snprintf(line, sizeof(line), "%.*s", (int)text->len,
		    (const char *)text->data);
	(void)step(t,
	    DID(t, 0, line, "enroll", "totp-user", "totp", "--secret-file", "-",
		"--confirm", totp_code(secret, -1)),
	    "totp: enrolled, and confirmed by a code");
	(void)snprintf(used, sizeof(used), "%s", totp_code(secret, 0));
	(void)step(t, out(t, "totp-user", WRONG), "totp: a wrong code is out");
	(void)step(t, in(t, "totp-user", used), "totp: the right code is in");
	(void)step(
	    t, out(t, "totp-user", used), "totp: the same code again is out");
	secret_wipe(line, sizeof(line));
	buf_free(secret);
	buf_free(text);
}

static void
test_hotp(struct selftest *t)
{
	(void)step(t,
	    DID(t, 0, HOTP_SECRET, "enroll", "hotp-user", "hotp",
		"--secret-file", "-", "--confirm", hotp[0]),
	    "hotp: enrolled, and confirmed by a code");
	(void)step(t, out(t, "hotp-user", hotp[0]),
	    "hotp: the confirming code is spent");
	(void)step(t, in(t, "hotp-user", hotp[1]), "hotp: the next is in");
	(void)step(t, out(t, "hotp-user", hotp[1]),
	    "hotp: the same code again is out");
}

static void
test_yubikey(struct selftest *t)
{
	(void)step(t,
	    DID(t, 0, YUBIKEY, "enroll", "key-user", "yubikey", "--secret-file",
		"-", "--confirm", yubikey[0]),
	    "yubikey: enrolled, and confirmed by a touch");
	(void)step(t, in(t, "key-user", yubikey[2]), "yubikey: a touch is in");
	(void)step(t, out(t, "key-user", yubikey[1]),
	    "yubikey: an earlier one is out");
}

static void
test_recovery(struct selftest *t)
{
	char code[2][64] = {"", ""};
	json_t *doc, *codes;

	doc = RUN(t, 0, NULL, "enroll", "paper-user", "recovery");
	codes = json_object_get(doc, "codes");
	if (json_array_size(codes) > 1) {
		(void)snprintf(code[0], sizeof(code[0]), "%s",
		    json_string_value(json_array_get(codes, 0)));
		(void)snprintf(code[1], sizeof(code[1]), "%s",
		    json_string_value(json_array_get(codes, 1)));
	}
	json_decref(doc);
	(void)step(t, code[1][0] != '\0', "recovery: codes are made");
	(void)step(t, in(t, "paper-user", code[0]), "recovery: a code is in");
	(void)step(t, out(t, "paper-user", code[0]),
	    "recovery: the same code again is out");
	(void)step(t, in(t, "paper-user", code[1]), "recovery: another is in");
	secret_wipe(code, sizeof(code));
}

static void
test_lock(struct selftest *t)
{
	bool denied = true;
	int i;

	(void)step(t,
	    DID(t, 0, "hex:6162636465666768696a6b6c6d6e6f7071727374", "enroll",
		"lock-user", "totp", "--secret-file", "-"),
	    "a token that nobody confirmed");
	(void)step(t, DID(t, 1, NULL, "token", "confirm", "99", WRONG),
	    "a token that is not there is not confirmed");
	for (i = 0; i < 10; i++)
		denied = out(t, "hotp-user", WRONG) && denied;
	(void)step(t, denied, "lock: ten wrong codes are out");
	(void)step(t, out(t, "hotp-user", hotp[2]),
	    "lock: then the right one is out too");
	(void)step(t,
	    DID(t, 0, NULL, "unlock", "hotp-user", "--reason", "self-test"),
	    "lock: lifted");
	(void)step(
	    t, in(t, "hotp-user", hotp[2]), "lock: the right code is in again");
	(void)step(t, out(t, "lock-user", WRONG) && out(t, "nobody", WRONG),
	    "unenrolled and unknown are out, and are told the same");
}

/* auth, account, session: what the code was worth. */
static void
test_phases(struct selftest *t)
{
	struct selftest_login l = {.user = "key-user", .phase = PHASE_ACCOUNT};
	json_t *doc;
	const char *code;

	(void)step(t, selftest_login(t, &l) == VERDICT_DENY,
	    "a login that never was asked is out in account");
	doc = RUN(t, 0, NULL, "enroll", "key-user", "recovery");
	code =
	    json_string_value(json_array_get(json_object_get(doc, "codes"), 0));
	l.phase = PHASE_AUTH;
	l.answer = code;
	(void)step(t,
	    selftest_login(t, &l) == VERDICT_ALLOW && l.verdict.has_grant,
	    "a right code makes a grant");
	l.phase = PHASE_ACCOUNT;
	l.answer = NULL;
	(void)step(
	    t, selftest_login(t, &l) == VERDICT_ALLOW, "account confirms it");
	json_decref(doc);
}

static void
test_ledger(struct selftest *t)
{
	json_t *doc = RUN(t, 0, NULL, "ledger", "show");
	char *text = doc != NULL ? json_dumps(doc, JSON_COMPACT) : NULL;

	(void)step(t, json_array_size(doc) > 20, "the ledger has it all");
	(void)step(t,
	    text != NULL && strstr(text, yubikey[2]) == NULL &&
		strstr(text, hotp[1]) == NULL &&
		strstr(text, "ecde18db") == NULL,
	    "and no code or secret in it");
	free(text);
	json_decref(doc);
}

static void
round_of_everything(struct selftest *t)
{
	static void (*const tests[])(struct selftest * t) = {test_totp,
	    test_hotp, test_yubikey, test_recovery, test_phases, test_lock,
	    test_ledger};
	size_t i;

	if (!step(t,
		DID(t, 0, NULL, "init", "--realm", "selftest", "--class",
		    "production"),
		"a realm is made") ||
	    !step(t, selftest_start(t), "the daemon starts in its sandbox") ||
	    !step(t, people(t), "people and accounts are added"))
		return;
	for (i = 0; i < nitems(tests) && stopped == 0; i++)
		tests[i](t);
	(void)step(t, selftest_stop(t), "the daemon stops when told to");
	(void)step(t, DID(t, 0, NULL, "status"), "the store opens without it");
}

static int
cmd_selftest(struct invocation *inv)
{
	struct selftest t = {.inv = inv};
	int code = CLI_FAILED;

	(void)signal(SIGINT, on_signal);
	(void)signal(SIGTERM, on_signal);
	if (crypto_open() != BH_OK)
		return out_fail(inv, CLI_FAILED, "OpenSSL can't be used");
	t.steps = json_array();
	if (selftest_make(&t)) {
		round_of_everything(&t);
		if (stopped != 0)
			code = out_fail(inv, CLI_FAILED, "interrupted");
		else
			code = t.failed > 0 ? CLI_NO : CLI_DONE;
		out_text(inv, "%s\n",
		    code == CLI_DONE ? "everything holds" : "not everything holds");
		if (inv->json && stopped == 0 &&
		    out_json(inv, json_pack("{s:b, s:O}", "ok",
				      code == CLI_DONE, "steps", t.steps)) !=
			CLI_DONE)
			code = CLI_FAILED;
	}
	selftest_clean(&t);
	return code;
}

const struct command commands_selftest[] = {
    {.name = "selftest",
	.run = cmd_selftest,
	.summary = "Try the daemon, in its sandbox, on a throw-away realm",
	.description = "Makes a realm in a folder of its own, starts the "
		       "daemon on it, and tries one round of everything.  The "
		       "realm of this host is not touched."},
    {.name = NULL},
};
