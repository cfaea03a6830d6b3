/*
 * Put many accounts into a store at once, as the daemon's user and while no
 * daemon runs.
 *
 *	populate [-n] CONFIG PREFIX:KIND:COUNT:SEED...
 *
 * -n: the configuration's store and anchor are made first.
 *
 * Accounts are PREFIX0, PREFIX1, ...; each has a person of the same name and
 * one active token.  The secret of account i is SEED (16 bytes, hex) and i as
 * four bytes (two crowds of one store need two seeds); for a YubiKey: SEED is
 *the AES key, 0000 and i the private id, and i in modhex the public one.
 *Recovery codes can't be chosen: they are printed, "LOGIN CODE..." a line.
 */
#include "base/buf.h"
#include "base/log.h"
#include "core/anchor.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/crypto/crypto.h"
#include "core/factor.h"
#include "core/keyring.h"
#include "core/store/store.h"

#include <err.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEED_LEN 16
#define BATCH	 5000 /* accounts in one transaction */
#define DAEMON	 "bulkhead"

struct crowd {
	char prefix[40];
	enum factor_kind kind;
	unsigned count;
	uint8_t seed[SEED_LEN];
};

static void
must(enum bh_err e, const char *what)
{
	if (e != BH_OK)
		errx(1, "%s: %s", what, err_text(e));
}

static void
become_daemon(void)
{
	const struct passwd *pw = getpwnam(DAEMON);

	if (pw == NULL)
		errx(1, "no user " DAEMON);
	if (setgroups(0, NULL) == -1 || setgid(pw->pw_gid) == -1 ||
	    setuid(pw->pw_uid) == -1)
		err(1, "setuid");
}

/* A new store, and an anchor that says so. */
static void
create_store(
    const struct config *c, const struct store_options *o, uint64_t now_s)
{
	struct store *s = NULL;
	struct anchor *a = NULL;

	must(store_create(o, now_s, &s), c->store);
	must(anchor_open(c->anchor, true, &a), c->anchor);
	must(anchor_write(a, store_head(s), true), c->anchor);
	anchor_close(a);
	store_close(s);
}

static struct store *
open_store(const struct config *c, bool create, uint64_t now_s)
{
	static char host[STORE_HOST_LEN + 1];
	struct keyring *keys = NULL;
	struct store *s = NULL;
	struct store_options o = {
	    .where = c->store,
	    .realm = c->realm,
	    .realm_class = c->realm_class,
	    .host = host,
	};

	must(keyring_load(c->key, &keys), c->key);
	must(host_id(host), "host id");
	o.keys = keys;
	become_daemon();
	if (create)
		create_store(c, &o, now_s);
	must(store_open(&o, &s), c->store);
	return s;
}

/* The low four bytes of a secret, private or public id. */
static void
put_index(uint8_t *end, unsigned i)
{
	size_t k;

	for (k = 0; k < 4; k++)
		end[3 - k] = (uint8_t)(i >> (8 * k));
}

static void
public_id(char *out, unsigned i)
{
	static const char modhex[] = "cbdefghijklnrtuv";
	size_t k;

	for (k = 0; k < 12; k++)
		out[11 - k] = modhex[k < 8 ? i >> (4 * k) & 0xf : 0];
	out[12] = '\0';
}

static struct buf *
make_secret(const struct crowd *c, unsigned i, struct buf **codes)
{
	uint8_t bytes[SEED_LEN + 6];
	struct buf *secret = NULL;
	size_t len = SEED_LEN + 4;

	if (c->kind == FACTOR_RECOVERY) {
		must(factor_recovery_make(codes, &secret), "recovery codes");
		return secret;
	}
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, c->seed, SEED_LEN);
	if (c->kind == FACTOR_YUBIKEY)
		len = sizeof(bytes);
	put_index(bytes + len - 4, i);
	if ((secret = buf_new_from(bytes, len)) == NULL)
		errx(1, "out of memory");
	return secret;
}

static void
print_codes(const char *login, const struct buf *codes)
{
	size_t i;

	printf("%s ", login);
	for (i = 0; i < codes->len; i++)
		putchar(codes->data[i] == '\n' ? ' ' : codes->data[i]);
	putchar('\n');
}

static void
add_one(struct store *s, const struct crowd *c, unsigned i, uint64_t now_s)
{
	struct person p = {.created_s = now_s};
	struct account a = {.created_s = now_s};
	struct token t = {
	    .kind = c->kind,
	    .status = TOKEN_ACTIVE,
	    .created_s = now_s,
	    .confirmed_s = now_s,
	};
	struct buf *codes = NULL, *secret = make_secret(c, i, &codes);

	if (c->kind == FACTOR_TOTP || c->kind == FACTOR_HOTP) {
		t.hash = OTP_SHA1;
		t.digits = 6;
	}
	if (c->kind == FACTOR_TOTP)
		t.period_s = 30;
	if (c->kind == FACTOR_YUBIKEY)
		public_id(t.public_id, i);
	(void)snprintf(a.login, sizeof(a.login), "%s%u", c->prefix, i);
	memcpy(a.person, a.login, sizeof(a.person));
	memcpy(p.id, a.login, sizeof(p.id));
	must(store_person_add(s, &p), p.id);
	must(store_account_add(s, &a), a.login);
	t.account_id = a.id;
	must(store_token_add(s, &t, secret), a.login);
	if (codes != NULL)
		print_codes(a.login, codes);
	buf_free(codes);
	buf_free(secret);
}

static void
add_crowd(struct store *s, const struct crowd *c, uint64_t now_s)
{
	unsigned i;

	for (i = 0; i < c->count; i++) {
		if (i % BATCH == 0)
			must(store_begin(s), "begin");
		add_one(s, c, i, now_s);
		if (i % BATCH == BATCH - 1 || i == c->count - 1)
			must(store_commit(s), "commit");
	}
}

static void
parse_crowd(const char *arg, struct crowd *c)
{
	char kind[16], seed[2 * SEED_LEN + 1];
	unsigned byte;
	size_t i;

	memset(c, 0, sizeof(*c));
	if (sscanf(arg, "%39[^:]:%15[^:]:%u:%32s", c->prefix, kind, &c->count,
		seed) != 4 ||
	    strlen(seed) != 2 * (size_t)SEED_LEN)
		errx(2, "not PREFIX:KIND:COUNT:SEED: %s", arg);
	must(factor_from_name(kind, &c->kind), kind);
	for (i = 0; i < SEED_LEN; i++) {
		if (sscanf(seed + 2 * i, "%2x", &byte) != 1)
			errx(2, "bad seed");
		c->seed[i] = (uint8_t)byte;
	}
}

int
main(int argc, char **argv)
{
	struct config *c = NULL;
	struct crowd crowd;
	struct store *s;
	struct now now;
	char *why = NULL;
	bool create;
	int i;

	create = argc > 1 && strcmp(argv[1], "-n") == 0;
	argv += create ? 1 : 0;
	argc -= create ? 1 : 0;
	if (argc < 3)
		errx(2, "usage: populate [-n] CONFIG PREFIX:KIND:COUNT:SEED"
			"...");
	log_open("populate", false, true);
	if (config_load(argv[1], &c, &why) != BH_OK)
		errx(1, "%s", why != NULL ? why : argv[1]);
	must(crypto_open(), "crypto");
	clock_read(&now);
	s = open_store(c, create, now.wall_s);
	for (i = 2; i < argc; i++) {
		parse_crowd(argv[i], &crowd);
		add_crowd(s, &crowd, now.wall_s);
	}
	store_close(s);
	config_free(c);
	return 0;
}
