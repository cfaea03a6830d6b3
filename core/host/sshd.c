/*
 * sshd -T: what takes effect, asked of sshd itself.
 */
#include "core/host/sshd_internal.h"

#include "core/host/program.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An address, a host and a server's address that are nobody's (RFC 5737, RFC
 * 6761): a Match by one of these is not what a login usually meets. */
#define NOBODYS_ADDRESS "203.0.113.253"
#define NOBODYS_HOST	"nobody.invalid"
#define NOBODYS_SERVER	"203.0.113.254"
#define USUAL_PORT	22

static void __attribute__((format(printf, 2, 3)))
explain(char **whyp, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(whyp, fmt, ap) == -1)
		*whyp = NULL;
	va_end(ap);
}

enum bh_err
sshd_find(struct sshd_host **hp, char **whyp)
{
	struct sshd_host *h;
	enum bh_err e;

	*whyp = NULL;
	if ((h = calloc(1, sizeof(*h))) == NULL)
		return BH_ERR_NOMEM;
	h->program = strdup(SSHD_PROGRAM);
	h->config = strdup(SSHD_FOLDER "/sshd_config");
	if (h->program == NULL || h->config == NULL)
		e = BH_ERR_NOMEM;
	else if ((e = sshd_listener(h)) != BH_OK)
		explain(whyp,
		    "the command line of the sshd that runs can't be "
		    "read (%s)",
		    err_text(e));
	else if (access(h->program, X_OK) != 0) {
		explain(whyp,
		    "there is no sshd on this host: none runs, and "
		    "there is no %s",
		    h->program);
		e = BH_ERR_NOTFOUND;
	} else
		e = sshd_text_read(h->config, &h->text);
	if (e == BH_OK)
		*hp = h;
	else
		sshd_host_free(h);
	return e;
}

static void
options_free(struct sshd_options *o)
{
	if (o == NULL)
		return;
	free(o->said);
	if (o->line != NULL)
		free(o->line[0]);
	free(o->line);
	free(o);
}

void
sshd_host_free(struct sshd_host *h)
{
	struct sshd_options *o;
	size_t i;

	if (h == NULL)
		return;
	while ((o = h->options) != NULL) {
		h->options = o->next;
		options_free(o);
	}
	for (i = 0; i < h->n_args; i++)
		free(h->arg[i]);
	sshd_text_free(&h->text);
	free(h->program);
	free(h->config);
	free(h);
}

const char *
sshd_host_config(const struct sshd_host *h)
{
	return h->config;
}

bool
sshd_host_runs(const struct sshd_host *h)
{
	return h->runs;
}

size_t
sshd_host_others(const struct sshd_host *h)
{
	return h->others;
}

const struct sshd_line *
sshd_line(const struct sshd_host *h, size_t i)
{
	return i < h->text.n ? &h->text.line[i] : NULL;
}

const struct sshd_line *
sshd_where(const struct sshd_host *h, const char *keyword, const char *value)
{
	const struct sshd_line *l;
	size_t i;

	for (i = 0; (l = sshd_line(h, i)) != NULL; i++) {
		if (strcmp(l->keyword, keyword) == 0 &&
		    strcasecmp(l->value, value) == 0)
			return l;
	}
	return NULL;
}

/* Split what -T printed; takes said. */
static enum bh_err
options_new(char *said, struct sshd_options **op)
{
	struct sshd_options *o;
	char *copy, *rest;
	size_t n = 1;

	for (rest = said; *rest != '\0'; rest++)
		n += *rest == '\n';
	o = calloc(1, sizeof(*o));
	copy = strdup(said);
	if (o == NULL || copy == NULL ||
	    (o->line = calloc(n, sizeof(*o->line))) == NULL) {
		free(copy);
		free(said);
		free(o);
		return BH_ERR_NOMEM;
	}
	o->said = said;
	for (rest = copy; rest != NULL;)
		o->line[o->n++] = strsep(&rest, "\n");
	*op = o;
	return BH_OK;
}

/* One object an answer: most users' answers are the same. */
static enum bh_err
keep_answer(struct sshd_host *h, char *said, const struct sshd_options **op)
{
	struct sshd_options *o;
	enum bh_err e;

	for (o = h->options; o != NULL; o = o->next) {
		if (strcmp(o->said, said) == 0) {
			free(said);
			*op = o;
			return BH_OK;
		}
	}
	if ((e = options_new(said, &o)) != BH_OK)
		return e;
	o->next = h->options;
	h->options = o;
	*op = o;
	return BH_OK;
}

/* The last line that sshd said, without what it is about. */
static char *
complaint(char *err)
{
	char *end = err + strlen(err), *line;

	while (end > err && isspace((unsigned char)end[-1]))
		*--end = '\0';
	line = strrchr(err, '\n');
	return line != NULL ? line + 1 : err;
}

static enum bh_err
run_sshd(struct sshd_host *h, const char *criteria,
    const struct sshd_options **op, char **whyp)
{
	const char *argv[SSHD_ARGS + 8];
	struct program_result r;
	enum bh_err e;
	size_t n = 0, i;
	char *said;

	argv[n++] = h->program;
	argv[n++] = "-T";
	argv[n++] = "-f";
	argv[n++] = h->config;
	argv[n++] = "-C";
	argv[n++] = criteria;
	for (i = 0; i < h->n_args; i++)
		argv[n++] = h->arg[i];
	argv[n] = NULL;
	if ((e = program_run(argv, &r)) != BH_OK) {
		explain(whyp, "%s -T -f %s: %s", h->program, h->config,
		    err_text(e));
		return e;
	}
	if (r.code != 0) {
		explain(whyp, "%s -T -f %s says: %s", h->program, h->config,
		    complaint(r.err));
		e = BH_ERR_CONFIG;
	} else {
		said = r.out;
		r.out = NULL;
		e = keep_answer(h, said, op);
	}
	program_free(&r);
	return e;
}

/* What -C can carry: a comma ends a criterion. */
static bool
criterion_ok(const char *s)
{
	return s[0] != '\0' && strpbrk(s, ", \t\r\n") == NULL;
}

/* Every criterion that a Match may use must be there, or sshd says nothing. */
static enum bh_err
ask(struct sshd_host *h, const char *user, const char *addr,
    const struct sshd_options **op, char **whyp)
{
	char criteria[1024];

	if (!criterion_ok(user) || !criterion_ok(addr) ||
	    (size_t)snprintf(criteria, sizeof(criteria),
		"user=%s,host=%s,addr=%s,laddr=%s,lport=%u,rdomain=-", user,
		NOBODYS_HOST, addr, NOBODYS_SERVER,
		h->port != 0 ? h->port : USUAL_PORT) >= sizeof(criteria)) {
		explain(whyp, "sshd can't be asked about '%s' from '%s'", user,
		    addr);
		return BH_ERR_INPUT;
	}
	return run_sshd(h, criteria, op, whyp);
}

enum bh_err
sshd_ask(struct sshd_host *h, const char *user, const char *addr,
    const struct sshd_options **op, char **whyp)
{
	bool every = h->text.has_match || !h->text.complete;
	const struct sshd_options *o;
	const char *port;
	enum bh_err e;

	*whyp = NULL;
	if (addr == NULL)
		addr = NOBODYS_ADDRESS;
	if (h->port == 0) {
		/* A Match can't change the port, so any user tells it. */
		if ((e = ask(h, "root", addr, &o, whyp)) != BH_OK)
			return e;
		port = sshd_value(o, "port", 0);
		h->port = port != NULL ? (unsigned int)strtoul(port, NULL, 10)
				       : USUAL_PORT;
		if (h->port == 0 || h->port > 65535)
			h->port = USUAL_PORT;
	}
	if (!every && h->options != NULL) {
		*op = h->options;
		return BH_OK;
	}
	return ask(h, user, addr, op, whyp);
}

const char *
sshd_value(const struct sshd_options *o, const char *keyword, size_t i)
{
	size_t len = strlen(keyword), k;

	for (k = 0; k < o->n; k++) {
		if (strncmp(o->line[k], keyword, len) == 0 &&
		    o->line[k][len] == ' ' && i-- == 0)
			return o->line[k] + len + 1;
	}
	return NULL;
}

bool
sshd_is(const struct sshd_options *o, const char *keyword, const char *word)
{
	const char *value = sshd_value(o, keyword, 0);

	return value != NULL && strcmp(value, word) == 0;
}
