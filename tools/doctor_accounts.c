/*
 * Who may log in, and with what: accounts with a first factor and no token,
 * shared uids, system accounts that people could use.
 */
#include "tools/doctor_accounts.h"

#include "core/clock.h"
#include "core/host/keys.h"
#include "core/host/textfile.h"
#include "core/model.h"
#include "tools/client.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOGIN_DEFS	"/etc/login.defs"
#define UID_MIN_DEFAULT 1000
#define UID_PEOPLE_MAX	59999
#define PATTERNS_MAX	64

const char *
doctor_day(uint64_t t_s, char text[DAY_TEXT])
{
	time_t t = (time_t)t_s;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(text, DAY_TEXT, "%Y-%m-%d", &tm) == 0)
		(void)snprintf(text, DAY_TEXT, "?");
	return text;
}

uint64_t
doctor_now(struct doctor *d)
{
	json_t *reply = doctor_ask(d, json_pack("{s:s}", "op", "status"));
	uint64_t now_s = 0;
	struct now now;

	if (reply != NULL)
		now_s = reply_number(json_object_get(reply, "clock"), "now_s");
	json_decref(reply);
	if (now_s != 0)
		return now_s;
	clock_read(&now);
	return now.wall_s;
}

const char *
doctor_fix(char text[FIX_TEXT], const char *fmt, const char *name)
{
	const char *at;
	size_t len = 0;

	if (!model_name_ok(name))
		return NULL;
	for (; *fmt != '\0' && len < FIX_TEXT - 1; fmt++) {
		if (fmt[0] != '%' || fmt[1] != 's') {
			text[len++] = *fmt;
			continue;
		}
		for (at = name; *at != '\0' && len < FIX_TEXT - 1; at++)
			text[len++] = *at;
		fmt++;
	}
	text[len] = '\0';
	return *fmt == '\0' ? text : NULL;
}

/* What sshd may be told about where keys lie. */
struct patterns {
	const char *text[PATTERNS_MAX];
	size_t n;
};

static void
add_pattern(struct patterns *p, const char *text)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (strcmp(p->text[i], text) == 0)
			return;
	}
	if (text[0] != '\0' && p->n < PATTERNS_MAX)
		p->text[p->n++] = text;
}

/*
 * One question to sshd, and what stands in its files whatever the Match block:
 * a question for each account would be a process for each.  A path that is the
 * same for everybody counts where sshd says it: in a block it is one account's.
 */
static void
find_patterns(struct sshd_host *h, struct patterns *p)
{
	const struct sshd_options *o;
	const struct sshd_line *l;
	const char *value;
	char *why = NULL;
	size_t i;

	if (sshd_ask(h, "root", NULL, &o, &why) == BH_OK &&
	    (value = sshd_value(o, "authorizedkeysfile", 0)) != NULL)
		add_pattern(p, value);
	free(why);
	for (i = 0; (l = sshd_line(h, i)) != NULL; i++) {
		if (strcmp(l->keyword, "authorizedkeysfile") == 0 &&
		    (l->value[0] != '/' || strchr(l->value, '%') != NULL))
			add_pattern(p, l->value);
	}
}

static enum bh_err
on_key(void *arg, const struct key_line *k)
{
	(void)k;
	*(bool *)arg = true;
	return BH_OK;
}

/* A line that is no key: the theme of sshd looks at it. */
static void
on_unseen(void *arg, const char *what)
{
	(void)arg;
	(void)what;
}

static bool
has_keys(const struct doctor_account *a, const struct patterns *p)
{
	struct key_account account = {a->name, a->home, a->uid};
	char path[PATH_MAX], *copy, *rest, *word;
	bool found = false;
	size_t i;

	for (i = 0; i < p->n && !found; i++) {
		if ((copy = strdup(p->text[i])) == NULL)
			return true;
		rest = copy;
		while (!found && (word = text_word(&rest, " \t")) != NULL) {
			if (strcasecmp(word, "none") != 0 &&
			    key_path_expand(
				word, &account, path, sizeof(path)) &&
			    keys_read_file(path, a->name, on_key, on_unseen,
				&found) != BH_OK)
				continue;
		}
		free(copy);
	}
	return found;
}

static void
say_no_token(
    struct doctor *d, const struct doctor_account *a, bool password, bool keys)
{
	bool root = strcmp(a->name, "root") == 0;
	char fix[FIX_TEXT], show[FIX_TEXT];

	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_NOTE,
		.id = "account-no-token",
		.where = a->name,
		.mend = root ? "leave it so, if root logs in on the console "
			       "alone; else enrol root too"
			     : "enrol it ('bulkhead person add', 'bulkhead "
			       "account add', 'bulkhead enroll'), or lock it",
		.fix = root ? NULL
			    : doctor_fix(fix,
				  "usermod --lock --expiredate 1 %s", a->name),
		.show = doctor_fix(show, "passwd --status %s", a->name),
		.number = "PCI 8.4.2"},
	    "%s has %s and no token: the gate lets it in nowhere", a->name,
	    password && keys ? "a password and SSH keys"
	    : password	     ? "a password"
			     : "SSH keys");
}

static void
look_for_tokens(struct doctor *d, const struct shadow *s)
{
	struct patterns patterns = {.n = 0};
	const struct shadow_row *row;
	struct sshd_host *h = NULL;
	bool password, keys;
	char *why = NULL;
	size_t i;

	if (sshd_find(&h, &why) == BH_OK)
		find_patterns(h, &patterns);
	free(why);
	for (i = 0; i < d->n_accounts; i++) {
		const struct doctor_account *a = &d->accounts[i];

		doctor_progress(d, i, d->n_accounts);
		row = shadow_find(s, a->name);
		if (!a->login || (row != NULL && row->expired) ||
		    doctor_has_token(d, a->name) ||
		    doctor_is_machine(d, a->name))
			continue;
		password = row != NULL && row->password;
		keys = has_keys(a, &patterns);
		if (password || keys)
			say_no_token(d, a, password, keys);
	}
	sshd_host_free(h);
}

/* From where on login.defs gives uids to people. */
static uid_t
first_uid(void)
{
	char *line, *rest, *word;
	uint64_t uid = UID_MIN_DEFAULT;
	unsigned int number;
	struct text *t;

	if (text_open(LOGIN_DEFS, &t) != BH_OK)
		return UID_MIN_DEFAULT;
	while (text_next_entry(t, &line, &number)) {
		rest = line;
		if (line != NULL && (word = text_word(&rest, " \t")) != NULL &&
		    strcmp(word, "UID_MIN") == 0 &&
		    (word = text_word(&rest, " \t")) != NULL &&
		    config_uint(word, 1, UINT32_MAX - 1, &uid) != BH_OK)
			uid = UID_MIN_DEFAULT;
	}
	text_close(t);
	return (uid_t)uid;
}

static void
look_at_system(struct doctor *d, const struct shadow *s)
{
	uid_t people = first_uid();
	char fix[FIX_TEXT], show[FIX_TEXT];
	size_t i;

	for (i = 0; i < d->n_accounts; i++) {
		const struct doctor_account *a = &d->accounts[i];
		const struct shadow_row *row = shadow_find(s, a->name);

		if (a->uid == 0 || a->uid >= people || !a->login ||
		    row == NULL || !row->password || row->expired)
			continue;
		doctor_found(d,
		    &(struct finding){.severity = SEVERITY_WEAK,
			.id = "account-system-login",
			.where = a->name,
			.mend = "take the password away",
			.fix = doctor_fix(
			    fix, "usermod --password '*' %s", a->name),
			.show = doctor_fix(show,
			    "getent passwd %s; passwd --status %s", a->name),
			.number = "PCI 8.6.1"},
		    "the system account %s has a password and the shell %s, so "
		    "a person can use it",
		    a->name, a->shell);
	}
}

static int
by_uid(const void *a, const void *b)
{
	const struct doctor_account *const *x = a, *const *y = b;

	if ((*x)->uid != (*y)->uid)
		return (*x)->uid < (*y)->uid ? -1 : 1;
	return *x < *y ? -1 : *x > *y; /* as the file has them */
}

static void
say_shared(struct doctor *d, const struct doctor_account *first,
    const struct doctor_account *a, uid_t unused)
{
	char fix[FIX_TEXT], show[64];
	bool plain = model_name_ok(a->name);

	(void)snprintf(fix, sizeof(fix),
	    "sed -i 's/^\\(%s:[^:]*\\):%u:/\\1:%u:/' /etc/passwd", a->name,
	    (unsigned)a->uid, (unsigned)unused);
	(void)snprintf(show, sizeof(show), "awk -F: '$3 == %u' /etc/passwd",
	    (unsigned)a->uid);
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_WEAK,
		.id = "account-uid-shared",
		.where = a->name,
		.mend = "give it a uid of its own, or remove it; files that it "
			"has keep the old uid",
		.fix = plain ? fix : NULL,
		.show = show,
		.number = "PCI 8.2.1"},
	    a->uid == 0 ? "%s is root by another name (uid %u, as %s): what it "
			  "does is recorded as root's"
			: "%s has the uid %u of %s: what one does is recorded "
			  "as the other's",
	    a->name, (unsigned)a->uid, first->name);
}

static void
look_for_shared(struct doctor *d)
{
	const struct doctor_account **order, *first = NULL;
	uid_t unused = first_uid();
	size_t i;

	if (d->n_accounts == 0)
		return;
	if ((order = calloc(d->n_accounts, sizeof(const void *))) == NULL) {
		d->failed = true;
		return;
	}
	for (i = 0; i < d->n_accounts; i++) {
		order[i] = &d->accounts[i];
		if (order[i]->uid >= unused && order[i]->uid < UID_PEOPLE_MAX)
			unused = order[i]->uid + 1;
	}
	qsort(order, d->n_accounts, sizeof(const void *), by_uid);
	for (i = 0; i < d->n_accounts; i++) {
		if (first != NULL && first->uid == order[i]->uid)
			say_shared(d, first, order[i], unused++);
		else
			first = order[i];
	}
	free(order);
}

void
doctor_accounts(struct doctor *d)
{
	struct shadow s;

	if (shadow_read(&s) != BH_OK) {
		d->failed = true;
		return;
	}
	look_for_shared(d);
	look_at_system(d, &s);
	if (d->tokens == NULL || d->machines == NULL) {
		doctor_found(d,
		    &(struct finding){.severity = SEVERITY_UNKNOWN,
			.id = "register-unread",
			.where = d->config->store,
			.mend = "see 'bulkhead status', and what bulkheadd "
				"logs",
			.show = "bulkhead status",
			.number = "PCI 8.2.4"},
		    "who has a token could not be looked at: %s",
		    d->daemon_why != NULL ? d->daemon_why
					  : "the register does not open");
	} else {
		look_for_tokens(d, &s);
		doctor_tokens(d, &s);
		doctor_machines(d);
	}
	shadow_free(&s);
}
