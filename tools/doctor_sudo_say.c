/*
 * What the sudo theme says of what it found, where, and how to mend it.
 */
#include "tools/doctor_sudo.h"

#include "core/host/sudoers.h"
#include "tools/doctor_pam.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_SHOWN 4

/* "bob, %wheel": whom an entry speaks of, as it is written. */
static const struct subject {
	const char *key;
	const char *before;
	bool number;
} subjects[] = {
    {"username", "", false},
    {"useralias", "", false},
    {"runasalias", "", false},
    {"usergroup", "%", false},
    {"userid", "#", true},
    {"usergid", "%#", true},
    {"netgroup", "+", false},
    {"hostname", "", false},
    {"hostalias", "", false},
    {"networkaddr", "", false},
    {"command", "", false},
    {"cmndalias", "", false},
};

static const char *const skip_words[SUDO_SKIPS] = {
    [SKIP_NOPASSWD] = "NOPASSWD",
    [SKIP_NO_AUTHENTICATE] = "!authenticate",
    [SKIP_EXEMPT] = "exempt_group",
};

/* The first of whom it speaks; "" if of all. */
static void
subject_of(const json_t *entry, char *text, size_t size)
{
	const json_t *list = json_object_get(entry, "User_List"), *v;
	size_t i;

	if (list == NULL)
		list = json_object_get(entry, "Binding");
	text[0] = '\0';
	for (i = 0; i < nitems(subjects) && text[0] == '\0'; i++) {
		const struct subject *s = &subjects[i];

		v = json_object_get(json_array_get(list, 0), s->key);
		if (v != NULL && s->number)
			(void)snprintf(text, size, "%s%lld", s->before,
			    (long long)json_integer_value(v));
		else if (v != NULL)
			(void)snprintf(text, size, "%s%s", s->before,
			    json_string_value(v));
	}
}

void
sudo_words(const json_t *entry, const char *word, char *words, size_t size)
{
	bool defaults = json_object_get(entry, "User_List") == NULL;
	char subject[256];

	subject_of(entry, subject, sizeof(subject));
	(void)snprintf(
	    words, size, "%s %s %s", defaults ? "Defaults" : "", subject, word);
}

char *
sudo_place(const struct sudo_host *h, const json_t *entry, const char *word)
{
	char words[512], *where;

	sudo_words(entry, word, words, sizeof(words));
	if ((where = sudoers_where(h->file, words)) == NULL && word[0] == '!') {
		/* "! word" is the same */
		sudo_words(entry, word + 1, words, sizeof(words));
		where = sudoers_where(h->file, words);
	}
	return where != NULL ? where : strdup(h->file);
}

char *
sudo_edit(const char *where, const char *expression)
{
	const char *colon = strrchr(where, ':');
	char *fix = NULL;

	if (colon == NULL || strchr(where, '\'') != NULL)
		return NULL;
	if (asprintf(&fix,
		"f='%.*s'; t=$(mktemp \"$f.XXXXXX\") && "
		"sed -E '%s%s' \"$f\" >\"$t\" && visudo -cqf \"$t\" && "
		"install -m 440 \"$t\" \"$f\"; rm -f \"$t\"",
		(int)(colon - where), where, colon + 1, expression) == -1)
		return NULL;
	return fix;
}

/* "alice, bob and 3 more" */
static char *
names_text(const json_t *names)
{
	size_t i, size, n = json_array_size(names);
	size_t shown = n <= NAMES_SHOWN + 1 ? n : NAMES_SHOWN;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	for (i = 0; i < shown; i++)
		(void)fprintf(out, "%s%s",
		    i == 0 ? "" : (i + 1 == n ? " and " : ", "),
		    json_string_value(json_array_get(names, i)));
	if (shown < n)
		(void)fprintf(out, " and %zu more", n - shown);
	return fclose(out) == 0 ? text : NULL;
}

/* Why auth is left out, as the end of a sentence; to be freed. */
static char *
skip_text(const struct sudo_host *h, const struct sudo_hole *hole)
{
	const char *word = skip_words[hole->skip];
	char *where = NULL, *text = NULL;

	if (hole->skip == SKIP_AUTH_OPEN)
		return strdup("its auth lines let pass without it");
	if (hole->skip == SKIP_CACHED)
		return strdup(
		    "a time stamp of sudo's leaves auth out for a while");
	if ((where = sudo_place(h, hole->skip_by, word)) != NULL &&
	    asprintf(&text, "%s (%s) leaves auth out", word, where) == -1)
		text = NULL;
	free(where);
	return text;
}

struct saying {
	struct doctor *d;
	const struct sudo_host *h;
	const struct sudo_hole *hole;
	const char *who;
	const char *as;
	const char *skip;
};

/* The account lines of sudo's own service do not hold the gate. */
static void
say_open(const struct saying *s)
{
	const char *service = s->hole->service;
	const struct pam_way *w = doctor_way(s->d, service, PAM_PHASE_ACCOUNT);
	char *mend = pam_mend(service, PAM_PHASE_ACCOUNT, w);
	char *fix = pam_fix(service, PAM_PHASE_ACCOUNT, w);

	if (mend == NULL)
		s->d->failed = true;
	else
		doctor_found(s->d,
		    &(struct finding){.severity = SEVERITY_BYPASS,
			.id = "sudo-account-open",
			.where = w->file,
			.mend = mend,
			.fix = fix,
			.show = "sudo -l -U USER",
			.number = "PCI 8.5.1",
			.steps = w->n_steps > 0 ? doctor_steps(w) : NULL},
		    "%s may run commands as %s by sudo without the gate: no "
		    "account line of the PAM service %s holds it, and %s",
		    s->who, s->as, service, s->skip);
	free(mend);
	free(fix);
}

/* sudo is told not to ask the account phase. */
static void
say_off(const struct saying *s)
{
	char *where = sudo_place(s->h, s->hole->account_by, "!pam_acct_mgmt");
	char *fix = where == NULL
			? NULL
			: sudo_edit(where,
			      "s/![[:blank:]]*pam_acct_mgmt/pam_acct_mgmt/g");

	doctor_found(s->d,
	    &(struct finding){.severity = SEVERITY_BYPASS,
		.id = "sudo-no-account",
		.where = where,
		.mend = "write pam_acct_mgmt where it says !pam_acct_mgmt",
		.fix = fix,
		.show = "visudo -c; grep -rn pam_acct_mgmt /etc/sudoers*",
		.number = "PCI 8.5.1"},
	    "%s may run commands as %s by sudo without the gate: "
	    "!pam_acct_mgmt makes sudo leave the account lines of PAM out, "
	    "and %s",
	    s->who, s->as, s->skip);
	free(where);
	free(fix);
}

/* sudo is told of another PAM service. */
static void
say_other(const struct saying *s)
{
	const char *name = sudo_option_name(s->hole->option);
	const char *usual =
	    s->hole->option == SUDO_LOGIN_SERVICE && s->h->login_service
		? "sudo-i"
		: "sudo";
	char *where = NULL, word[256];
	char *fix = NULL, *mend = NULL, *expression = NULL;
	const struct pam_way *w =
	    doctor_way(s->d, s->hole->service, PAM_PHASE_ACCOUNT);

	(void)snprintf(word, sizeof(word), "%s %s", s->hole->service, name);
	where = sudo_place(s->h, s->hole->account_by, word);
	if (where == NULL ||
	    asprintf(&mend, "write %s=%s where it says %s=%s", name, usual,
		name, s->hole->service) == -1 ||
	    asprintf(&expression,
		"s/%s[[:blank:]]*=[[:blank:]]*(\"[^\"]*\"|[^,[:blank:]]*)/"
		"%s=%s/g",
		name, name, usual) == -1)
		s->d->failed = true;
	else
		fix = sudo_edit(where, expression);
	doctor_found(s->d,
	    &(struct finding){.severity = SEVERITY_BYPASS,
		.id = "sudo-other-service",
		.where = where,
		.mend = mend,
		.fix = fix,
		.show = "grep -rn 'pam_.*service' /etc/sudoers*",
		.number = "PCI 8.5.1",
		.steps = w->n_steps > 0 ? doctor_steps(w) : NULL},
	    "%s may run commands as %s by sudo without the gate: %s makes "
	    "sudo ask the PAM service %s, no account line of which holds it, "
	    "and %s",
	    s->who, s->as, name, s->hole->service, s->skip);
	free(where);
	free(mend);
	free(expression);
	free(fix);
}

/* The gate asks; but nothing else does. */
static void
say_code_alone(const struct saying *s)
{
	const struct sudo_hole *hole = s->hole;
	bool tag = hole->skip == SKIP_NOPASSWD;
	char *where = sudo_place(s->h, hole->skip_by, skip_words[hole->skip]);
	char *fix = NULL;

	if (where != NULL && hole->skip != SKIP_EXEMPT)
		fix = sudo_edit(
		    where, tag ? "s/NOPASSWD[[:blank:]]*:/PASSWD:/g"
			       : "s/![[:blank:]]*authenticate/authenticate/g");
	doctor_found(s->d,
	    &(struct finding){.severity = SEVERITY_NOTE,
		.id = "sudo-code-alone",
		.where = where,
		.mend = tag ? "write PASSWD where it says NOPASSWD, if the "
			      "code alone is not enough"
			    : "take it out, if the code alone is not enough",
		.fix = fix,
		.show = "sudo -l -U USER"},
	    "sudo asks %s for the code and not for the password: %s", s->who,
	    s->skip);
	free(where);
	free(fix);
}

void
sudo_say_hole(
    struct doctor *d, const struct sudo_host *h, const struct sudo_hole *hole)
{
	static void (*const say[])(const struct saying *) = {
	    [ACCOUNT_GATED] = say_code_alone,
	    [ACCOUNT_OFF] = say_off,
	    [ACCOUNT_OTHER] = say_other,
	    [ACCOUNT_OPEN] = say_open,
	};
	char *who = names_text(hole->names), *skip = skip_text(h, hole);
	char as[256];

	if (hole->as.user != NULL)
		(void)snprintf(as, sizeof(as), "%s",
		    strcmp(hole->as.user, SUDO_ANY_USER) == 0
			? "another account"
			: hole->as.user);
	else
		(void)snprintf(as, sizeof(as), "group %s", hole->as.group);
	if (who == NULL || skip == NULL)
		d->failed = true;
	else
		say[hole->account](&(struct saying){d, h, hole, who, as, skip});
	free(who);
	free(skip);
}
