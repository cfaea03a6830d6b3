/*
 * Statements about what the daemon knows: manifests, passwords, persons.
 */
#include "tools/distinct.h"

#include "tools/client.h"
#include "tools/output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SHADOW	   "/etc/shadow"
#define KEY_FILE   "file:"
#define STORE_FILE "sqlite:"

static json_t *
sources(struct check *c)
{
	return check_list(
	    c, json_pack("{s:s}", "op", "manifest.list"), "sources");
}

static json_t *
accounts(struct check *c)
{
	return check_list(
	    c, json_pack("{s:s}", "op", "account.list"), "accounts");
}

void
check_manifests(struct check *c)
{
	json_t *list = sources(c), *source;
	bool any = false;
	size_t i;

	if (list == NULL)
		return;
	json_array_foreach(list, i, source) any =
	    any || reply_number(source, "serial") > 0;
	if (!any)
		check_unseen(c, "no manifest of production is in force");
	json_decref(list);
}

/* "manifest of REALM, host HOST" */
static const char *
source_name(const json_t *source, char name[192])
{
	(void)snprintf(name, 192, "manifest of %.64s, host %.64s",
	    reply_text(source, "realm"), reply_text(source, "host"));
	return name;
}

static void
judge_age(struct check *c, const json_t *source, uint64_t now_s)
{
	uint64_t made_s = reply_number(source, "created_s");
	uint64_t expires_s = reply_number(source, "expires_s");
	uint64_t max_s = c->scan->config->manifest_max_age_s;
	static const char mend[] =
	    "fetch a new one from that host and import it";
	char name[192], when[32];

	(void)source_name(source, name);
	if (reply_number(source, "serial") == 0)
		check_broken(
		    c, name, mend, "none of its manifests is in force");
	else if (expires_s < now_s)
		check_broken(
		    c, name, mend, "it ended %s", out_time(expires_s, when));
	else if (made_s + max_s < now_s)
		check_broken(c, name, mend,
		    "it was made %s, longer ago than [ledger] "
		    "manifest_max_age",
		    out_time(made_s, when));
}

/* The highest time that was ever seen, or now; 0: noted as unseen. */
static uint64_t
time_now(struct check *c)
{
	json_t *reply = check_ask(c, json_pack("{s:s}", "op", "status"));
	const json_t *clock = json_object_get(reply, "clock");
	uint64_t now_s = reply_number(clock, "now_s");
	uint64_t highest_s = reply_number(clock, "highest_s");

	json_decref(reply);
	return now_s > highest_s ? now_s : highest_s;
}

void
distinct_manifest(struct check *c)
{
	json_t *list = sources(c), *source;
	uint64_t now_s = time_now(c);
	size_t i;

	if (list == NULL)
		return;
	if (json_array_size(list) == 0)
		check_broken(c, "manifests",
		    "'bulkhead manifest export' on each production host, and "
		    "'bulkhead manifest import' here",
		    "none was imported, so nothing of production is known");
	json_array_foreach(list, i, source) judge_age(c, source, now_s);
	json_decref(list);
}

void
distinct_shared(struct check *c)
{
	json_t *list = sources(c), *source;
	uint64_t n;
	char name[192];
	size_t i;

	if (list == NULL)
		return;
	check_manifests(c);
	json_array_foreach(list, i, source)
	{
		if ((n = reply_number(source, "quarantined")) > 0)
			check_broken(c, source_name(source, name),
			    "replace what collides ('bulkhead manifest import' "
			    "shows it), or accept the import",
			    "%" PRIu64 " of its entries are in use here too",
			    n);
	}
	check_note(c, "what a manifest in force lists is refused at enrolment "
		      "and at login");
	json_decref(list);
}

/* Who has which entry in /etc/shadow; an entry by which nobody logs in is left
 * out. */
struct shadow {
	struct check *c;
	json_t *logins; /* accounts */
	size_t strangers;
	char names[512]; /* of some of them */
};

static bool
has_login(const json_t *list, const char *login)
{
	const json_t *a;
	size_t i;

	json_array_foreach(list, i, a)
	{
		if (strcmp(reply_text(a, "login"), login) == 0)
			return true;
	}
	return false;
}

static void
judge_password(
    struct check *c, const char *where, const char *login, const char *field)
{
	static const char mend[] = "'bulkhead password LOGIN' makes one; or "
				   "lock it by 'passwd -l LOGIN'";
	json_t *reply;

	if (field[0] == '\0') {
		check_broken(c, where, mend, "%s needs no password", login);
		return;
	}
	reply =
	    check_ask(c, json_pack("{s:s, s:s, s:s}", "op", "password.check",
			     "login", login, "shadow", field));
	if (reply == NULL)
		return;
	if (!reply_flag(reply, "made"))
		check_broken(c, where, mend,
		    "%s has a password that 'bulkhead password' did not make",
		    login);
	else if (!reply_flag(reply, "same"))
		check_broken(c, where, mend,
		    "%s has another password than the one that 'bulkhead "
		    "password' made",
		    login);
	json_decref(reply);
}

static void
shadow_line(struct shadow *s, unsigned int number, char *line)
{
	char *rest = line, *login, *field;
	size_t len;

	login = strsep(&rest, ":");
	field = strsep(&rest, ":");
	/* "!..." and "*" are no password's hash */
	if (field == NULL || field[0] == '!' || field[0] == '*')
		return;
	if (has_login(s->logins, login)) {
		judge_password(s->c, check_where(SHADOW, number), login, field);
		return;
	}
	len = strlen(s->names);
	if (s->strangers++ < 8)
		(void)snprintf(s->names + len, sizeof(s->names) - len,
		    "%s%.32s", len > 0 ? ", " : "", login);
}

void
distinct_passwords(struct check *c)
{
	struct shadow s = {.c = c};
	unsigned int number;
	struct text *t;
	enum bh_err e;
	char *line;

	if ((s.logins = accounts(c)) == NULL)
		return;
	if ((e = text_open(SHADOW, &t)) != BH_OK) {
		check_unseen(c, "%s: %s", SHADOW, text_why(e));
		json_decref(s.logins);
		return;
	}
	while (text_next(t, &line, &number)) {
		if (line != NULL)
			shadow_line(&s, number, line);
		else
			check_unseen(
			    c, "%s:%u: the line is too long", SHADOW, number);
	}
	text_close(t);
	if (s.strangers > 0)
		check_note(c,
		    "%zu accounts outside of the register have a password too "
		    "(%s); the gate admits none of them, the console may",
		    s.strangers, s.names);
	json_decref(s.logins);
}

static void
judge_single(struct check *c)
{
	if (c->scan->config->single_administrator)
		check_broken(c, c->scan->inv->config_path,
		    "enrol a second administrator and set it to no",
		    "[realm] single_administrator is yes");
}

/* Persons with a token that works. */
void
distinct_persons(struct check *c)
{
	json_t *list = accounts(c), *persons = json_object(), *a;
	size_t i;

	judge_single(c);
	if (list == NULL) {
		json_decref(persons);
		return;
	}
	json_array_foreach(list, i, a)
	{
		if (reply_number(a, "tokens_active") > 0 &&
		    json_object_set_new(
			persons, reply_text(a, "person"), json_true()) != 0)
			c->failed = true;
	}
	if (json_object_size(persons) < 2)
		check_broken(c, "register",
		    "enrol a second person, or nobody is left when one is "
		    "away",
		    "%zu person(s) have a token that works",
		    json_object_size(persons));
	json_decref(persons);
	json_decref(list);
}

void
distinct_two_people(struct check *c)
{
	judge_single(c);
	check_unseen(c, "'bulkhead ledger show' has who enrolled whom, and who "
			"approved");
}

/* Each realm's keys are made by init, and no store opens by another's. */
void
distinct_key_file(struct check *c)
{
	const char *key = c->scan->config->key;
	const char *store = c->scan->config->store;
	struct stat k, s;
	json_t *reply;

	reply = check_ask(c, json_pack("{s:s}", "op", "status"));
	if (reply == NULL)
		return;
	check_note(c, "the store opens by the key of realm %s on host %s alone",
	    reply_text(reply, "realm"), reply_text(reply, "host"));
	json_decref(reply);
	if (strncmp(key, KEY_FILE, strlen(KEY_FILE)) != 0 ||
	    strncmp(store, STORE_FILE, strlen(STORE_FILE)) != 0)
		return;
	key += strlen(KEY_FILE);
	store += strlen(STORE_FILE);
	if (stat(key, &k) == -1 || stat(store, &s) == -1)
		check_unseen(c, "%s or %s: %s", key, store, strerror(errno));
	else if (k.st_dev == s.st_dev)
		check_note(c,
		    "%s lies on the same disk as the store: who has the disk "
		    "has both; [gate] key = credential:NAME keeps it apart",
		    key);
}
