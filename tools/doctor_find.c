/*
 * What every theme of bulkhead doctor uses: telling what it found, asking the
 * daemon, and the accounts of this host.
 */
#include "tools/doctor.h"

#include "tools/client.h"
#include "tools/output.h"
#include "tools/terminal.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *const doctor_severity_words[SEVERITIES] = {
    [SEVERITY_BYPASS] = "bypass",
    [SEVERITY_UNKNOWN] = "unknown",
    [SEVERITY_WEAK] = "weak",
    [SEVERITY_NOTE] = "note",
};

/* The same finding may come by many accounts: once is enough. */
static bool
known(const json_t *findings, const json_t *finding)
{
	const json_t *other;
	size_t i;

	json_array_foreach(findings, i, other)
	{
		if (json_equal(other, finding))
			return true;
	}
	return false;
}

void
doctor_found(struct doctor *d, const struct finding *f, const char *what, ...)
{
	json_t *finding, *sentence;
	char *text = NULL;
	va_list ap;

	va_start(ap, what);
	if (vasprintf(&text, what, ap) == -1)
		text = NULL;
	va_end(ap);
	sentence = out_json_string(text);
	free(text);
	finding = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:s*, "
			    "s:o*}",
	    "severity", doctor_severity_words[f->severity], "id", f->id,
	    "theme", d->theme, "what", sentence, "where",
	    out_json_string(f->where), "mend", out_json_string(f->mend), "fix",
	    out_json_string(f->fix), "show", out_json_string(f->show), "number",
	    f->number, "steps", f->steps);
	if (finding == NULL || json_is_null(sentence)) {
		d->failed = true;
	} else if (!known(d->findings, finding)) {
		d->n[f->severity]++;
		if (json_array_append(d->findings, finding) != 0)
			d->failed = true;
	}
	json_decref(finding);
}

const char *
doctor_where(const char *file, unsigned int line)
{
	static char where[PATH_MAX + 16];

	(void)snprintf(where, sizeof(where), "%s:%u", file, line);
	return where;
}

void
doctor_progress(const struct doctor *d, size_t done, size_t total)
{
	if (total > 0)
		progress("doctor: %s: %zu of %zu", d->theme, done, total);
	else
		progress("doctor: %s", d->theme);
}

json_t *
doctor_ask(struct doctor *d, json_t *request)
{
	/* Not the command's own: its one JSON document is still to come. */
	struct invocation inv = *d->inv;
	json_t *reply = NULL;

	if (d->daemon_why != NULL) {
		json_decref(request);
		return NULL;
	}
	inv.json = false;
	if (client_ask(&inv, request, &reply) != CLI_DONE) {
		d->daemon_why =
		    strdup("bulkheadd can't be asked; see the message above, "
			   "and 'bulkhead status'");
		d->failed = d->failed || d->daemon_why == NULL;
		return NULL;
	}
	if (reply_flag(reply, "ok"))
		return reply;
	json_decref(reply);
	return NULL;
}

json_t *
doctor_list(struct doctor *d, json_t *request, const char *key)
{
	json_t *list = json_array(), *reply, *after;

	do {
		after = NULL;
		if ((reply = doctor_ask(d, json_deep_copy(request))) == NULL) {
			json_decref(list);
			list = NULL;
			break;
		}
		if (json_array_extend(list, json_object_get(reply, key)) != 0)
			d->failed = true;
		after = json_object_get(reply, "after");
		if (after != NULL && json_object_set(request, "after", after))
			d->failed = true;
		json_decref(reply);
	} while (after != NULL && !d->failed);
	json_decref(request);
	return list;
}

const struct doctor_account *
doctor_account(const struct doctor *d, const char *name)
{
	size_t i;

	for (i = 0; i < d->n_accounts; i++) {
		if (strcmp(d->accounts[i].name, name) == 0)
			return &d->accounts[i];
	}
	return NULL;
}

/* Does a row of the list name that login, and is the member what is wanted? */
static bool
listed(const json_t *list, const char *login, const char *member,
    const char *value)
{
	const json_t *row;
	size_t i;

	json_array_foreach(list, i, row)
	{
		if (strcmp(reply_text(row, "login"), login) == 0 &&
		    strcmp(reply_text(row, member), value) == 0)
			return true;
	}
	return false;
}

bool
doctor_has_token(const struct doctor *d, const char *login)
{
	return listed(d->tokens, login, "status", "active");
}

bool
doctor_is_machine(const struct doctor *d, const char *login)
{
	return listed(d->machines, login, "state", "in force");
}

const struct pam_way *
doctor_way(struct doctor *d, const char *service, enum pam_phase phase)
{
	static const struct pam_way shut = {.end = PAM_WAY_SHUT};
	static const struct pam_way open = {.end = PAM_WAY_OPEN};
	const struct pam_way *w;
	const char *why = NULL;
	enum bh_err e = pam_way(d->pam, service, phase, &w, &why);

	if (e == BH_OK)
		return w;
	if (e == BH_ERR_CONFIG)
		return &shut;
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_UNKNOWN,
		.id = "pam-unreadable",
		.where = service,
		.mend = "make the service's file readable to root, then ask "
			"again"},
	    "the stack of %s can't be worked through: %s", service,
	    err_text(e));
	return &open;
}

json_t *
doctor_steps(const struct pam_way *w)
{
	json_t *steps = json_array();
	size_t i;

	for (i = 0; i < w->n_steps; i++) {
		const struct pam_step *s = &w->steps[i];
		char *text;

		if (asprintf(&text, "%s:%u: %s %s: %s%s", s->file, s->line,
			s->control, s->module,
			s->answer[0] != '\0' ? s->answer : "skipped",
			s->decides ? " (this leads past the gate)" : "") == -1)
			break;
		if (json_array_append_new(steps, out_json_string(text)) != 0)
			i = w->n_steps;
		free(text);
	}
	return steps;
}
