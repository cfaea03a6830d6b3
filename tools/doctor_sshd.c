/*
 * Each sshd of this host, for each account and each kind of connection that
 * its Match blocks tell apart: sshd itself says what takes effect then.
 */
#include "tools/doctor_sshd.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Questions to one sshd, which takes some 5 ms to answer: for each way in which
 * lines come to take effect, as long as there are not too many; then for each
 * that comes to other values, and no more.
 */
#define ASKS_FREE 100
#define ASKS_MAX  1000

/* Answers so far, by what decides them. */
struct answers {
	struct sshd_key *key;
	const struct sshd_options **options;
	size_t n;
	bool capped;
	bool differ; /* sshd says other than its files */
	char *why;   /* sshd did not answer */
};

static void
unknown(struct sshd_look *k, const char *id, const char *mend, const char *what)
{
	/* Where it does not run, that folder may not have been made yet. */
	bool folder = strstr(what, "privilege separation directory") != NULL;
	char where[64];

	(void)snprintf(
	    where, sizeof(where), "process %ld", (long)sshd_host_pid(k->h));
	doctor_found(k->d,
	    &(struct finding){.severity = SEVERITY_UNKNOWN,
		.id = id,
		.where =
		    sshd_host_pid(k->h) != 0 ? where : sshd_host_config(k->h),
		.mend = mend,
		.fix = folder ? "mkdir -p -m 755 /run/sshd" : NULL,
		.number = "PCI 8.5.1"},
	    "the sshd that is %s '%s' can't be judged: %s",
	    sshd_host_pid(k->h) != 0 ? "running under the name"
				     : "configured for",
	    sshd_host_service(k->h), what);
}

static bool
keep(
    struct answers *a, const struct sshd_key *key, const struct sshd_options *o)
{
	const struct sshd_options **options;
	struct sshd_key *keys;

	keys = reallocarray(a->key, a->n + 1, sizeof(*keys));
	if (keys != NULL)
		a->key = keys;
	options = reallocarray(
	    a->options, a->n + 1, sizeof(const struct sshd_options *));
	if (options != NULL)
		a->options = options;
	if (keys == NULL || options == NULL)
		return false;
	keys[a->n] = *key;
	options[a->n++] = o;
	return true;
}

/* An answer that is known: by the same lines, or by the same values. */
static const struct sshd_options *
known(const struct answers *a, const struct sshd_key *key,
    bool (*same)(const struct sshd_key *, const struct sshd_key *))
{
	size_t i;

	for (i = 0; i < a->n; i++) {
		if (same(&a->key[i], key))
			return a->options[i];
	}
	return NULL;
}

/* Do two answers say the same of all that is looked at? */
static bool
alike(const struct sshd_options *a, const struct sshd_options *b)
{
	const char *one, *other;
	size_t k;

	for (k = 0; a != b && sshd_keywords[k] != NULL; k++) {
		one = sshd_value(a, sshd_keywords[k], 0);
		other = sshd_value(b, sshd_keywords[k], 0);
		if ((one == NULL) != (other == NULL) ||
		    (one != NULL && strcmp(one, other) != 0))
			return false;
	}
	return true;
}

/* What takes effect for a login with that key; NULL: not known. */
static const struct sshd_options *
answer(struct sshd_look *k, struct answers *a, const struct sshd_key *key,
    const struct sshd_login *l)
{
	const struct sshd_options *o, *before;

	if ((o = known(a, key, sshd_key_same_lines)) != NULL)
		return o;
	before = known(a, key, sshd_key_same_values);
	if (before != NULL && a->n >= ASKS_FREE)
		return before;
	if (a->n == ASKS_MAX || a->why != NULL) {
		a->capped = a->capped || a->why == NULL;
		return NULL;
	}
	if (sshd_ask_login(k->h, l, &o, &a->why) != BH_OK)
		return NULL;
	if (before != NULL && !alike(o, before))
		a->differ = true;
	if (!keep(a, key, o)) {
		k->d->failed = true;
		return NULL;
	}
	return o;
}

/* Keys that one class of accounts has met. */
struct met {
	struct sshd_key *key;
	bool *real;
	size_t n;
};

/* Was it met before, in a connection that is as possible as this one? */
static bool
met_before(
    struct sshd_look *k, struct met *m, const struct sshd_key *key, bool real)
{
	struct sshd_key *keys;
	bool *reals;
	size_t i;

	for (i = 0; i < m->n; i++) {
		if (sshd_key_eq(&m->key[i], key) && (m->real[i] || !real))
			return true;
	}
	keys = reallocarray(m->key, m->n + 1, sizeof(*keys));
	if (keys != NULL)
		m->key = keys;
	reals = reallocarray(m->real, m->n + 1, sizeof(bool));
	if (reals != NULL)
		m->real = reals;
	if (keys == NULL || reals == NULL) {
		k->d->failed = true;
		return true;
	}
	keys[m->n] = *key;
	reals[m->n++] = real;
	return false;
}

/* All accounts that no rule tells from this one, at this point. */
static void
judge_class(struct sshd_look *k, size_t first, const struct sshd_options *o,
    const struct sshd_point *point, const struct sshd_set *hold)
{
	size_t i;

	for (i = first; i < k->n; i++) {
		if (sshd_set_eq(&k->person[i].hold, &k->person[first].hold))
			sshd_judge(k, i, o, point, hold);
	}
}

/* Every point for the class that the account is the first of. */
static void
look_at_class(struct sshd_look *k, struct answers *a, size_t first)
{
	const struct sshd_options *o;
	const struct sshd_point *point;
	struct met met = {.n = 0};
	struct sshd_login login;
	struct sshd_set hold;
	struct sshd_key key;
	size_t i;

	for (i = 0; (point = sshd_point(k->points, i)) != NULL; i++) {
		hold = k->person[first].hold;
		sshd_set_and(&hold, &point->hold);
		sshd_point_key(k->points, &hold, &key);
		if (met_before(k, &met, &key, point->real))
			continue;
		login = point->login;
		login.user = k->person[first].who.name;
		if ((o = answer(k, a, &key, &login)) != NULL)
			judge_class(k, first, o, point, &hold);
	}
	free(met.key);
	free(met.real);
}

static bool
first_of_class(const struct sshd_look *k, size_t person)
{
	size_t i;

	for (i = 0; i < person; i++) {
		if (sshd_set_eq(&k->person[i].hold, &k->person[person].hold))
			return false;
	}
	return true;
}

static void
look_at_people(struct sshd_look *k)
{
	struct answers a = {.n = 0};
	size_t i;

	for (i = 0; i < k->n; i++) {
		if (i % 20 == 0)
			doctor_progress(k->d, i, k->n);
		if (first_of_class(k, i))
			look_at_class(k, &a, i);
	}
	if (a.why != NULL)
		unknown(k, "sshd-no-answer",
		    "have sshd -T -C answer for that login", a.why);
	if (a.capped)
		unknown(k, "sshd-too-many",
		    "use fewer Match blocks, or fewer that cross each other",
		    "its Match blocks tell more logins apart than are "
		    "looked at");
	if (a.differ)
		unknown(k, "sshd-answers-differ",
		    "look at each of its Match blocks with sshd -T -C",
		    "it does not do what its Match blocks seem to say");
	free(a.key);
	free(a.options);
	free(a.why);
}

/* Conditions that only sshd itself can tell. */
static void
look_at_blocks(struct sshd_look *k)
{
	const struct sshd_block *b;
	size_t i;

	for (i = 0; (b = sshd_block(k->h, i)) != NULL; i++) {
		if (sshd_block_asks(b, SSHD_STRANGE))
			unknown(k, "sshd-match-unknown",
			    "write that Match by user, group, host, address, "
			    "port or rdomain",
			    b->text != NULL ? b->text : "a Match");
	}
	if (!sshd_host_complete(k->h))
		unknown(k, "sshd-file-unread",
		    "make its configuration and all that it Includes readable "
		    "plain files",
		    "a file of its configuration can't be read");
}

static void
look_at_start(struct sshd_look *k)
{
	const char *file =
	    sshd_host_stale(k->h, sshd_value(k->usual, "pidfile", 0));
	char *fix;

	if (file == NULL)
		return;
	fix = sshd_fix_reload(k);
	doctor_found(k->d,
	    &(struct finding){.severity = SEVERITY_UNKNOWN,
		.id = "sshd-not-reloaded",
		.where = file,
		.mend = "have sshd read its configuration again",
		.fix = fix},
	    "the sshd of process %ld read its configuration before this was "
	    "changed: what takes effect now may be something else",
	    (long)sshd_host_pid(k->h));
	free(fix);
}

static void
look_at(struct sshd_look *k)
{
	bool capped = false;
	enum bh_err e;

	k->able.hostbased = sshd_value(k->usual, "ignorerhosts", 0) != NULL &&
			    (!sshd_is(k->usual, "ignorerhosts", "yes") ||
				access("/etc/ssh/shosts.equiv", F_OK) == 0 ||
				access("/etc/hosts.equiv", F_OK) == 0);
	k->able.gssapi = access("/etc/krb5.keytab", F_OK) == 0;
	look_at_start(k);
	look_at_blocks(k);
	e = sshd_points_new(k->h, k->usual, &k->points, &capped);
	if (e != BH_OK || !sshd_people(k)) {
		k->d->failed = true;
		return;
	}
	if (capped)
		unknown(k, "sshd-too-many", "use fewer Match blocks",
		    "its Match blocks tell more connections apart than are "
		    "looked at");
	look_at_people(k);
	sshd_tell(k);
}

static void
free_look(struct sshd_look *k)
{
	size_t i;

	for (i = 0; i < k->n_walls; i++)
		free(k->walls[i].service);
	free(k->walls);
	sshd_people_free(k);
	sshd_points_free(k->points);
}

static void
look_at_host(struct doctor *d, struct sshd_host *h)
{
	struct sshd_look k = {.d = d, .h = h, .starts = sshd_host_starts(h)};
	struct sshd_login nobody = {.user = "nobody.invalid",
	    .host = "nobody.invalid",
	    .addr = "203.0.113.253",
	    .laddr = "203.0.113.254",
	    .rdomain = "",
	    .lport = 22};
	char *why = NULL;

	if (sshd_host_why(h) != NULL)
		unknown(&k, "sshd-out-of-sight",
		    "look at it from where it runs, or end it",
		    sshd_host_why(h));
	else if (sshd_ask_login(h, &nobody, &k.usual, &why) == BH_OK)
		look_at(&k);
	else if (k.starts)
		unknown(&k, "sshd-no-answer",
		    "have 'sshd -T' answer: mend what it says, and make "
		    "/run/sshd if that is missing",
		    why != NULL ? why : "sshd does not answer");
	free(why);
	free_look(&k);
}

void
doctor_sshd(struct doctor *d)
{
	struct sshd_host **host;
	size_t n, i;

	if (sshd_find_all(&host, &n) != BH_OK) {
		doctor_found(d,
		    &(struct finding){.severity = SEVERITY_UNKNOWN,
			.id = "sshd-unknown",
			.where = "/proc",
			.mend = "mount /proc where root can read it"},
		    "which sshd run on this host can't be found out");
		return;
	}
	for (i = 0; i < n; i++)
		look_at_host(d, host[i]);
	sshd_list_free(host, n);
}
