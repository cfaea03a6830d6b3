/*
 * Enrolment: a new token for an account.  The secret goes out in this one
 * reply and nowhere else.
 */
#include "core/admin_internal.h"

#include "core/base64.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PERIOD_DEFAULT_S 30
#define DIGITS_DEFAULT	 6
#define DAY_TEXT	 16

/* A new token before it is in the store. */
struct enrolment {
	struct account account;
	struct token token;
	struct buf *secret;
	struct buf *codes; /* recovery: shown once */
};

/* Which members a kind takes; all others are a mistake worth a word. */
static const struct {
	enum factor_kind kind;
	const char *takes; /* blanks around each */
} takes[] = {
    {FACTOR_TOTP, " digits algorithm period secret "},
    {FACTOR_HOTP, " digits secret "},
    {FACTOR_YUBIKEY, " public_id private_id key csv "},
    {FACTOR_RECOVERY, " "},
};

static enum bh_err
check_takes(struct op *o, enum factor_kind kind)
{
	char padded[64];
	const char *key, *allowed = " ";
	json_t *value;
	size_t i;

	for (i = 0; i < nitems(takes); i++) {
		if (takes[i].kind == kind)
			allowed = takes[i].takes;
	}
	json_object_foreach(o->in, key, value)
	{
		(void)snprintf(padded, sizeof(padded), " %s ", key);
		if (strstr(" op login kind ticket ", padded) == NULL &&
		    strstr(allowed, padded) == NULL)
			return op_refuse(o, OP_USAGE,
			    "a token of kind %s has no %s; leave it out",
			    factor_name(kind), key);
	}
	return BH_OK;
}

static enum bh_err
read_kind(struct op *o, struct token *t)
{
	const uint32_t factors = o->a->config->policy.factors;
	const char *algorithm = op_text(o, "algorithm");

	if (factor_from_name(op_text(o, "kind"), &t->kind) != BH_OK)
		return op_refuse(o, OP_USAGE,
		    "no such kind of token; one of: totp hotp yubikey "
		    "recovery");
	if ((factors & 1u << (unsigned int)t->kind) == 0)
		return op_refuse(o, OP_NO,
		    "tokens of kind %s do not count on this host: [policy] "
		    "factors in the configuration leaves them out",
		    factor_name(t->kind));
	t->hash = OTP_SHA1;
	if (algorithm != NULL &&
	    otp_hash_from_name(algorithm, &t->hash) != BH_OK)
		return op_refuse(o, OP_USAGE,
		    "no such algorithm; one of: SHA1 SHA256 SHA512");
	return check_takes(o, t->kind);
}

static enum bh_err
read_numbers(struct op *o, struct token *t)
{
	uint64_t digits = op_number(o, "digits", DIGITS_DEFAULT);
	uint64_t period = op_number(o, "period", PERIOD_DEFAULT_S);

	if (t->kind != FACTOR_TOTP && t->kind != FACTOR_HOTP)
		return BH_OK;
	if (digits != 6 && digits != 8)
		return op_refuse(o, OP_USAGE, "digits must be 6 or 8");
	t->digits = (uint32_t)digits;
	if (t->kind == FACTOR_HOTP)
		return BH_OK;
	if (period != 30 && period != 60)
		return op_refuse(o, OP_USAGE, "period must be 30 or 60");
	t->period_s = (uint32_t)period;
	return BH_OK;
}

static enum bh_err
otp_secret(struct op *o, struct enrolment *en)
{
	const char *text = op_text(o, "secret");
	size_t len = factor_secret_len(en->token.kind, en->token.hash);
	enum bh_err e;

	if (text != NULL) {
		e = base64_decode(text, strlen(text), &en->secret);
		return e == BH_ERR_INPUT
			   ? op_refuse(o, OP_USAGE, "the secret is not base64")
			   : e;
	}
	if ((en->secret = buf_new(len)) == NULL)
		return BH_ERR_NOMEM;
	if ((e = crypto_random(en->secret->data, len)) == BH_OK)
		en->secret->len = len;
	return e;
}

static enum bh_err
yubikey_secret(struct op *o, struct enrolment *en)
{
	const char *csv = op_text(o, "csv"), *id = op_text(o, "public_id");
	const char *private = op_text(o, "private_id"),
		   *key = op_text(o, "key");
	enum bh_err e;

	if (csv != NULL && id == NULL && private == NULL && key == NULL)
		e = yubikey_from_csv(
		    csv, strlen(csv), en->token.public_id, &en->secret);
	else if (csv == NULL && id != NULL && private != NULL && key != NULL)
		e = yubikey_from_values(
		    id, private, key, en->token.public_id, &en->secret);
	else
		return op_refuse(o, OP_USAGE,
		    "a YubiKey has a public id, a private id and a key, or one "
		    "line of CSV; give all three or the line");
	if (e == BH_ERR_INPUT || e == BH_ERR_RANGE)
		return op_refuse(o, OP_NO,
		    "that is no YubiKey: public id in modhex, private id of 12 "
		    "and key of 32 hexadecimal digits, or one line "
		    "serial,public id,private id,key");
	return e;
}

static enum bh_err
read_secret(struct op *o, struct enrolment *en)
{
	const char *why = NULL;
	enum bh_err e;

	if (en->token.kind == FACTOR_RECOVERY)
		e = factor_recovery_make(&en->codes, &en->secret);
	else if (en->token.kind == FACTOR_YUBIKEY)
		e = yubikey_secret(o, en);
	else
		e = otp_secret(o, en);
	if (e != BH_OK)
		return e;
	e = factor_token_ok(&en->token, en->secret->len, &why);
	if (e == BH_ERR_RANGE)
		return op_refuse(o, OP_NO, "%s", why);
	return e;
}

/* What the new one replaces: others of its kind that nobody confirmed, and
 * for recovery codes the batch before.  One that store.accept has put back
 * waits for its code and stays. */
static enum bh_err
revoke_replaced(struct op *o, struct enrolment *en)
{
	struct token t[MODEL_TOKENS_MAX];
	bool recovery = en->token.kind == FACTOR_RECOVERY;
	enum bh_err e;
	size_t i, n = 0;

	e = store_tokens_of(o->a->store, en->account.id, t, &n);
	for (i = 0; e == BH_OK && i < n; i++) {
		if (t[i].kind != en->token.kind ||
		    (!recovery && (t[i].status != TOKEN_PENDING ||
				      t[i].confirmed_s != 0)))
			continue;
		e = op_revoke(o, &en->account, &t[i],
		    recovery ? "replaced by a new batch"
			     : "replaced before it was confirmed");
	}
	return e;
}

static enum bh_err
add_token(struct op *o, struct enrolment *en)
{
	enum bh_err e;

	e = store_token_add(o->a->store, &en->token, en->secret);
	if (e == BH_ERR_EXISTS)
		return op_refuse(o, OP_NO,
		    "this secret or key is, or was, a token of this host "
		    "already; each token needs a secret of its own");
	if (e == BH_ERR_FULL)
		return op_refuse(o, OP_NO,
		    "account %s has %d tokens, and more it can't have; revoke "
		    "one first",
		    en->account.login, MODEL_TOKENS_MAX);
	return e;
}

/* The day in UTC, as people write it in a record. */
static const char *
day_text(uint64_t t_s, char text[DAY_TEXT])
{
	time_t t = (time_t)t_s;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(text, DAY_TEXT, "%Y-%m-%d", &tm) == 0)
		return "an unknown day";
	return text;
}

/* A credential of production must not open a backup realm: not one that a
 * manifest lists, be it quarantined or not.  Realm and date only: whose it is
 * there is nobody's business here. */
static enum bh_err
refuse_listed(struct op *o, const struct enrolment *en)
{
	struct digest d[DIGEST_TOKEN_MAX];
	char day[DAY_TEXT];
	struct listing l;
	enum bh_err e;
	size_t i, n = 0;

	if (o->a->config->realm_class != CLASS_BACKUP ||
	    !store_manifest_any(o->a->store))
		return BH_OK;
	if ((e = digest_token(&en->token, en->secret, d, &n)) != BH_OK)
		return e;
	for (i = 0; i < n; i++) {
		e = store_listed(o->a->store, &d[i], &l);
		if (e == BH_OK)
			return op_refuse(o, OP_NO,
			    "this key is in use in realm %s (its manifest of "
			    "%s lists it); the backup realm needs one of its "
			    "own",
			    l.realm, day_text(l.created_s, day));
		if (e != BH_ERR_NOTFOUND)
			return e;
	}
	return BH_OK;
}

static enum bh_err
put_text(json_t *out, const char *key, const struct buf *text)
{
	const char *s = (const char *)text->data;
	size_t len = strnlen(s, text->len);

	while (len > 0 && s[len - 1] == '=') /* apps take no padding */
		len--;
	return op_put(out, key, json_stringn(s, len));
}

/* The secret, for the authenticator app. */
static enum bh_err
reply_otp(struct op *o, const struct enrolment *en)
{
	char label[MODEL_NAME_MAX + MSG_NAME_MAX + 2];
	char host[MSG_NAME_MAX + 1] = "";
	struct buf *text = NULL, *uri = NULL;
	enum bh_err e;

	if (gethostname(host, sizeof(host) - 1) == -1 || host[0] == '\0')
		(void)msg_set(host, sizeof(host), "localhost");
	(void)snprintf(label, sizeof(label), "%s@%s", en->account.login, host);
	if ((e = base32_encode(en->secret->data, en->secret->len, &text)) !=
		BH_OK ||
	    (e = factor_uri(&en->token, en->secret, o->a->config->realm, label,
		 &uri)) != BH_OK ||
	    (e = put_text(o->out, "secret", text)) != BH_OK)
		goto out;
	e = put_text(o->out, "uri", uri);
out:
	buf_free(text);
	buf_free(uri);
	return e;
}

static enum bh_err
reply_codes(struct op *o, const struct buf *codes)
{
	const char *p = (const char *)codes->data, *end = p + codes->len;
	json_t *list = json_array();
	enum bh_err e;

	if ((e = op_put(o->out, "codes", list)) != BH_OK)
		return e;
	while (p < end && *p != '\0') {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((stop != NULL ? stop : end) - p);

		if (json_array_append_new(list, json_stringn(p, len)) != 0)
			return BH_ERR_NOMEM;
		p += len + (stop != NULL ? 1 : 0);
	}
	return BH_OK;
}

static enum bh_err
reply(struct op *o, const struct enrolment *en)
{
	const struct token *t = &en->token;
	enum bh_err e;

	if ((e = op_put(o->out, "token",
		 op_token_value(t, en->account.login))) != BH_OK)
		return e;
	if (t->kind == FACTOR_RECOVERY)
		return reply_codes(o, en->codes);
	return t->kind == FACTOR_YUBIKEY ? BH_OK : reply_otp(o, en);
}

static enum bh_err
enrol(struct op *o, struct enrolment *en)
{
	struct event ev;
	enum bh_err e;

	en->token.account_id = en->account.id;
	en->token.created_s = o->now->wall_s;
	en->token.status = TOKEN_PENDING;
	if (en->token.kind == FACTOR_RECOVERY) {
		en->token.status = TOKEN_ACTIVE;
		en->token.confirmed_s = o->now->wall_s;
	}
	if ((e = revoke_replaced(o, en)) != BH_OK ||
	    (e = add_token(o, en)) != BH_OK)
		return e;
	op_event(o, "enrol", &ev);
	op_event_token(&ev, &en->account, &en->token);
	return op_record(o, &ev);
}

enum bh_err
op_enroll(struct op *o)
{
	struct enrolment en;
	enum bh_err e;

	memset(&en, 0, sizeof(en));
	if ((e = read_kind(o, &en.token)) == BH_OK &&
	    (e = read_numbers(o, &en.token)) == BH_OK &&
	    (e = op_account(o, &en.account)) == BH_OK &&
	    (e = read_secret(o, &en)) == BH_OK &&
	    (e = refuse_listed(o, &en)) == BH_OK &&
	    (e = enrol(o, &en)) == BH_OK)
		e = reply(o, &en);
	buf_free(en.secret);
	buf_free(en.codes);
	return e;
}
