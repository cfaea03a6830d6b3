/*
 * Operations on machine accounts: a program's login, with one key, one
 * command, some addresses and an end.
 */
#include "core/admin_internal.h"

#include "base/hex.h"
#include "core/base64.h"
#include "core/crypto/crypto.h"
#include "core/digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MACHINE_LIFE_S (400ull * 86400)
#define MACHINE_PAGE   30 /* each has a command of up to MODEL_COMMAND_MAX */
#define FINGERPRINT    64
#define DAY_TEXT       32
#define DETAIL_MAX     (MODEL_COMMAND_MAX + MODEL_FROM_MAX * NETADDR_TEXT + 256)

/* UTC, to the second. */
static const char *
time_text(uint64_t t_s, char text[DAY_TEXT])
{
	time_t t = (time_t)t_s;
	struct tm tm;

	if (t_s > INT64_MAX || gmtime_r(&t, &tm) == NULL ||
	    strftime(text, DAY_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		(void)snprintf(text, DAY_TEXT, "%" PRIu64, t_s);
	return text;
}

/*
 * The command goes into a line of sshd's configuration and into an option of
 * a key file; a line end in it would be a line of its own there.  sshd drops
 * what stands before the first word, and a backslash at the end would take
 * the option's closing quote.
 */
static bool
command_ok(const char *s)
{
	size_t i, len = strlen(s);

	if (len == 0 || len > MODEL_COMMAND_MAX || s[0] == ' ' || s[0] == '=' ||
	    s[len - 1] == ' ' || s[len - 1] == '\\')
		return false;
	for (i = 0; i < len; i++) {
		if (s[i] < ' ' || s[i] > '~')
			return false;
	}
	return true;
}

static enum bh_err
take_login(struct op *o, struct machine *m)
{
	const char *login = op_text(o, "login");
	struct machine old;
	struct account a;
	enum bh_err e;

	(void)msg_set(m->login, sizeof(m->login), login);
	if (strcmp(login, "root") == 0)
		return op_refuse(o, OP_NO,
		    "root is no account for a machine; make one of its own");
	if ((e = store_account_get(o->a->store, login, &a)) == BH_OK)
		return op_refuse(o, OP_NO,
		    "account %s is a person's (%s); a machine needs an account "
		    "of its own",
		    login, a.person);
	if (e != BH_ERR_NOTFOUND)
		return e;
	e = store_machine_get(o->a->store, login, &old);
	if (e == BH_OK && old.ended_s == 0)
		return op_refuse(o, OP_NO,
		    "machine account %s is there already; 'bulkhead machine "
		    "revoke %s' first",
		    login, login);
	/* one that was altered is in force for nobody, and gives way */
	return e == BH_ERR_NOTFOUND || e == BH_ERR_SEALED ? BH_OK : e;
}

static enum bh_err
take_owner(struct op *o, struct machine *m)
{
	const char *owner = op_text(o, "owner");
	struct person p;
	enum bh_err e;

	(void)msg_set(m->owner, sizeof(m->owner), owner);
	(void)msg_set(m->ticket, sizeof(m->ticket), op_text(o, "ticket"));
	if ((e = store_person_get(o->a->store, owner, &p)) == BH_ERR_NOTFOUND)
		return op_refuse(o, OP_NO,
		    "there is no person %s to own it; 'bulkhead person list' "
		    "names those there are",
		    owner);
	return e;
}

static enum bh_err
take_end(struct op *o, struct machine *m)
{
	uint64_t now_s = o->now->wall_s;
	uint64_t high_s = store_clock_high(o->a->store);
	char text[DAY_TEXT];

	m->created_s = now_s;
	m->expires_s = op_number(o, "expires_s", 0);
	if (m->expires_s > now_s + MACHINE_LIFE_S)
		return op_refuse(o, OP_NO,
		    "the end is more than 400 days away; take an earlier one, "
		    "and renew it then");
	if (m->expires_s <= now_s)
		return op_refuse(o, OP_NO,
		    "the end is not in the future; it is %s now",
		    time_text(now_s, text));
	if (m->expires_s <= high_s)
		return op_refuse(o, OP_NO,
		    "the end lies before the highest time this store has seen, "
		    "%s; take a later one or, if the clock once ran ahead, see "
		    "bulkhead clock accept",
		    time_text(high_s, text));
	return BH_OK;
}

static enum bh_err
take_from(struct op *o, struct machine *m)
{
	const json_t *item, *list = json_object_get(o->in, "from");
	size_t i, n = json_array_size(list);

	if (n == 0 || n > MODEL_FROM_MAX)
		return op_refuse(o, OP_USAGE,
		    "give 1 to %d addresses or networks that it may come from",
		    MODEL_FROM_MAX);
	json_array_foreach(list, i, item)
	{
		if (netaddr_parse(json_string_value(item), &m->from[i]) !=
		    BH_OK)
			return op_refuse(o, OP_USAGE,
			    "address %zu is no address or network, or has bits "
			    "behind its prefix; write 192.0.2.0/24 or "
			    "2001:db8::/48",
			    i + 1);
	}
	return BH_OK;
}

/* In a backup realm: is the key one that production lists, be it for an
 * account, to sign others, or as a host's? */
static enum bh_err
check_listed(struct op *o, const struct buf *blob)
{
	static const enum digest_kind kinds[] = {
	    DIGEST_SSH_KEY, DIGEST_SSH_CA, DIGEST_SSH_HOST};
	char text[DAY_TEXT];
	struct digest d;
	struct listing l;
	enum bh_err e;
	size_t i;

	if (o->a->config->realm_class != CLASS_BACKUP)
		return BH_OK;
	for (i = 0; i < nitems(kinds); i++) {
		e = digest_ssh_as(kinds[i], blob->data, blob->len, &d);
		if (e == BH_OK)
			e = store_listed(o->a->store, &d, &l);
		if (e == BH_ERR_NOTFOUND)
			continue;
		if (e != BH_OK)
			return e;
		return op_refuse(o, OP_NO,
		    "that %s is in use in realm %s, by its manifest of %s; "
		    "make a new key for this account alone",
		    digest_kind_name(kinds[i]), l.realm,
		    time_text(l.created_s, text));
	}
	return BH_OK;
}

static enum bh_err
take_key(struct op *o, struct machine *m)
{
	const char *text = op_text(o, "key");
	struct digest d[DIGEST_SSH_MAX];
	struct buf *blob = NULL;
	size_t n = 0;
	enum bh_err e;

	if ((e = base64_decode(text, strlen(text), &blob)) == BH_OK)
		e = digest_ssh(blob->data, blob->len, d, &n);
	if (e == BH_ERR_INPUT)
		e = op_refuse(o, OP_USAGE,
		    "the key is no SSH public key in base64; give the second "
		    "word of a .pub file");
	else if (e == BH_OK && (n != 1 || d[0].kind != DIGEST_SSH_KEY))
		e = op_refuse(o, OP_NO,
		    "a certificate stands for a CA, not for one key; give the "
		    "plain public key");
	if (e == BH_OK) {
		const struct slice in = {blob->data, blob->len};

		e = crypto_sha256(&in, 1, m->key);
	}
	if (e == BH_OK)
		e = check_listed(o, blob);
	buf_free(blob);
	return e;
}

static enum bh_err
take_command(struct op *o, struct machine *m)
{
	const char *command = op_text(o, "command");

	if (!command_ok(command))
		return op_refuse(o, OP_USAGE,
		    "the command must be 1 to %d printable ASCII characters on "
		    "one line, with no blank or '=' at its beginning and no "
		    "blank or backslash at its end",
		    MODEL_COMMAND_MAX);
	(void)msg_set(m->command, sizeof(m->command), command);
	m->quota = op_number(o, "quota", 0);
	return BH_OK;
}

static void
fingerprint(const uint8_t key[MODEL_DIGEST_LEN], char out[FINGERPRINT])
{
	char text[48];

	if (base64_encode(key, MODEL_DIGEST_LEN, text, sizeof(text)) != BH_OK)
		text[0] = '\0';
	text[strcspn(text, "=")] = '\0';
	(void)snprintf(out, FINGERPRINT, "SHA256:%s", text);
}

static void
append(char *out, size_t size, const char *a, const char *b)
{
	size_t len = strlen(out);

	(void)snprintf(out + len, size - len, "%s%s", a, b);
}

/* All that it may do, for the record. */
static void
detail_text(const struct machine *m, char out[DETAIL_MAX])
{
	char net[NETADDR_TEXT], key[FINGERPRINT], end[DAY_TEXT];
	size_t i;

	fingerprint(m->key, key);
	(void)snprintf(out, DETAIL_MAX, "key %s until %s quota %" PRIu64, key,
	    time_text(m->expires_s, end), m->quota);
	for (i = 0; i < MODEL_FROM_MAX && m->from[i].family != 0; i++)
		append(out, DETAIL_MAX, i == 0 ? " from " : ",",
		    netaddr_text(&m->from[i], net));
	append(out, DETAIL_MAX, " command ", m->command);
}

static json_t *
from_value(const struct machine *m)
{
	char text[NETADDR_TEXT];
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < MODEL_FROM_MAX && m->from[i].family != 0; i++) {
		if (json_array_append_new(list,
			json_string(netaddr_text(&m->from[i], text))) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* state: "in force", "expired" or "revoked". */
static json_t *
machine_value(struct op *o, const struct machine *m)
{
	uint64_t high_s = store_clock_high(o->a->store);
	uint64_t now_s = o->now->wall_s > high_s ? o->now->wall_s : high_s;
	char key[2 * MODEL_DIGEST_LEN + 1], print[FINGERPRINT];

	hex_encode(m->key, sizeof(m->key), key);
	fingerprint(m->key, print);
	return json_pack(
	    "{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:s}",
	    "login", m->login, "owner", m->owner, "ticket", m->ticket,
	    "command", m->command, "key", key, "fingerprint", print, "from",
	    from_value(m), "quota", op_int(m->quota), "created_s",
	    op_time(m->created_s), "expires_s", op_time(m->expires_s),
	    "ended_s", op_time(m->ended_s), "state",
	    m->ended_s != 0	    ? "revoked"
	    : m->expires_s <= now_s ? "expired"
				    : "in force");
}

static enum bh_err
record_machine(struct op *o, const char *action, const struct machine *m)
{
	char detail[DETAIL_MAX];
	struct event ev;

	detail_text(m, detail);
	op_event(o, action, &ev);
	ev.subject = m->login;
	ev.person = m->owner;
	ev.ticket = m->ticket;
	ev.detail = detail;
	return op_record(o, &ev);
}

enum bh_err
op_machine_add(struct op *o)
{
	struct machine m = {.expires_s = 0};
	enum bh_err e;

	if ((e = take_login(o, &m)) != BH_OK ||
	    (e = take_owner(o, &m)) != BH_OK ||
	    (e = take_end(o, &m)) != BH_OK || (e = take_from(o, &m)) != BH_OK ||
	    (e = take_key(o, &m)) != BH_OK ||
	    (e = take_command(o, &m)) != BH_OK)
		return e;
	if (!op_flag(o, "check") &&
	    ((e = store_machine_add(o->a->store, &m)) != BH_OK ||
		(e = record_machine(o, "machine.add", &m)) != BH_OK))
		return e;
	return op_put(o->out, "machine", machine_value(o, &m));
}

enum bh_err
op_machine_list(struct op *o)
{
	const char *after = op_text(o, "after");
	json_t *list = json_array();
	struct machine *m;
	size_t i, n = 0;
	enum bh_err e;

	if ((e = op_put(o->out, "machines", list)) != BH_OK)
		return e;
	if ((m = calloc(MACHINE_PAGE, sizeof(*m))) == NULL)
		return BH_ERR_NOMEM;
	e = store_machines(
	    o->a->store, after != NULL ? after : "", MACHINE_PAGE, m, &n);
	for (i = 0; e == BH_OK && i < n; i++) {
		if (json_array_append_new(list, machine_value(o, &m[i])) != 0)
			e = BH_ERR_NOMEM;
	}
	if (e == BH_OK && n == MACHINE_PAGE)
		e = op_put(o->out, "after", op_string(m[n - 1].login));
	free(m);
	return e;
}

enum bh_err
op_machine_revoke(struct op *o)
{
	const char *login = op_text(o, "login");
	struct machine m;
	enum bh_err e;

	e = store_machine_get(o->a->store, login, &m);
	if (e == BH_ERR_NOTFOUND)
		return op_refuse(o, OP_NO,
		    "there is no machine account %s; 'bulkhead machine list' "
		    "names those there are",
		    login);
	if (e == BH_OK && m.ended_s != 0)
		return op_refuse(
		    o, OP_NO, "machine account %s is revoked already", login);
	if (e != BH_OK || (e = store_machine_end(
			       o->a->store, login, o->now->wall_s)) != BH_OK)
		return e;
	m.ended_s = o->now->wall_s;
	if ((e = record_machine(o, "machine.revoke", &m)) != BH_OK)
		return e;
	return op_put(o->out, "machine", machine_value(o, &m));
}
