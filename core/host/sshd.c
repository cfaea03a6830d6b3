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

void
sshd_explain(char **whyp, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(whyp, fmt, ap) == -1)
		*whyp = NULL;
	va_end(ap);
}

struct sshd_host *
sshd_host_new(void)
{
	struct sshd_host *h;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		return NULL;
	h->program = strdup(SSHD_PROGRAM);
	h->config = strdup(SSHD_FOLDER "/sshd_config");
	h->service = strdup("sshd");
	if (h->program != NULL && h->config != NULL && h->service != NULL)
		return h;
	sshd_host_free(h);
	return NULL;
}

void
sshd_options_free(struct sshd_options *o)
{
	if (o->line != NULL)
		free(o->line[0]);
	free(o->line);
	free(o->said);
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
		sshd_options_free(o);
	}
	for (i = 0; i < h->n_args; i++)
		free(h->arg[i]);
	sshd_text_free(&h->text);
	free(h->program);
	free(h->config);
	free(h->service);
	free(h->why);
	free(h);
}

enum bh_err
sshd_options_new(char *said, struct sshd_options **op)
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
	if ((e = sshd_options_new(said, &o)) != BH_OK)
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
		sshd_explain(whyp, "%s -T -f %s: %s", h->program, h->config,
		    err_text(e));
		return e;
	}
	if (r.code != 0) {
		sshd_explain(whyp, "%s -T -f %s says: %s", h->program,
		    h->config, complaint(r.err));
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
enum bh_err
sshd_ask_login(struct sshd_host *h, const struct sshd_login *l,
    const struct sshd_options **op, char **whyp)
{
	char criteria[1024];

	*whyp = NULL;
	if (!criterion_ok(l->user) || !criterion_ok(l->addr) ||
	    !criterion_ok(l->host) || !criterion_ok(l->laddr) ||
	    strpbrk(l->rdomain, ", \t\r\n") != NULL ||
	    (size_t)snprintf(criteria, sizeof(criteria),
		"user=%s,host=%s,addr=%s,laddr=%s,lport=%u,rdomain=%s", l->user,
		l->host, l->addr, l->laddr, l->lport,
		l->rdomain) >= sizeof(criteria)) {
		sshd_explain(whyp, "sshd can't be asked about '%s' from '%s'",
		    l->user, l->addr);
		return BH_ERR_INPUT;
	}
	return run_sshd(h, criteria, op, whyp);
}

static enum bh_err
ask(struct sshd_host *h, const char *user, const char *addr,
    const struct sshd_options **op, char **whyp)
{
	struct sshd_login l = {.user = user,
	    .host = NOBODYS_HOST,
	    .addr = addr,
	    .laddr = NOBODYS_SERVER,
	    .rdomain = "-",
	    .lport = h->port != 0 ? h->port : USUAL_PORT};

	return sshd_ask_login(h, &l, op, whyp);
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
