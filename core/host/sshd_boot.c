/*
 * The sshd that would be started: at the boot, or when somebody connects.  What
 * systemd's units and /etc/default/ssh give it beside its own file.
 */
#include "core/host/sshd_internal.h"

#include "core/host/textfile.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLANKS	   " \t"
#define DEFAULTS   "/etc/default/ssh"
#define WORDS_SIZE 4096

/* Where an administrator changes a unit; a package's own has no options. */
static const char *const units[] = {"/etc/systemd/system/*.service",
    "/etc/systemd/system/*.service.d/*.conf", "/run/systemd/system/*.service",
    "/run/systemd/system/*.service.d/*.conf"};

static bool
any(const char *pattern)
{
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0)
		return false;
	globfree(&found);
	return true;
}

/* Is ssh started at the boot, or when somebody connects? */
static bool
ssh_starts(void)
{
	static const char *const links[] = {
	    "/etc/systemd/system/*.wants/ssh.service",
	    "/etc/systemd/system/*.wants/sshd.service",
	    "/etc/systemd/system/*.wants/ssh.socket",
	    "/etc/systemd/system/*.wants/sshd.socket", "/etc/rc[2-5].d/S*ssh",
	    "/etc/rc[2-5].d/S*sshd"};
	size_t i;

	for (i = 0; i < nitems(links); i++) {
		if (any(links[i]))
			return true;
	}
	return false;
}

/* The unit of ".../NAME.service" or ".../NAME.service.d/X.conf". */
static bool
unit_starts(const char *path)
{
	char copy[PATH_MAX], wanted[PATH_MAX], *end, *name;

	(void)snprintf(copy, sizeof(copy), "%s", path);
	if ((end = strstr(copy, ".service")) == NULL)
		return false;
	*end = '\0';
	if ((name = strrchr(copy, '/')) == NULL)
		return false;
	name++;
	if (strcmp(name, "ssh") == 0 || strcmp(name, "sshd") == 0 ||
	    strcmp(name, "ssh@") == 0 || strcmp(name, "sshd@") == 0)
		return ssh_starts();
	if ((end = strchr(name, '@')) != NULL)
		*end = '\0';
	(void)snprintf(wanted, sizeof(wanted),
	    "/etc/systemd/system/*.wants/%.200s.*", name);
	return any(wanted);
}

/* What SSHD_OPTS says; "" if it says nothing. */
static void
default_options(char words[WORDS_SIZE])
{
	static const char name[] = "SSHD_OPTS=";
	unsigned int number;
	struct text *t;
	char *line;

	words[0] = '\0';
	if (text_open_linked(DEFAULTS, &t) != BH_OK)
		return;
	while (text_next_entry(t, &line, &number)) {
		if (line == NULL || strncmp(line, name, sizeof(name) - 1) != 0)
			continue;
		(void)snprintf(
		    words, WORDS_SIZE, "%s", line + sizeof(name) - 1);
	}
	text_close(t);
}

static bool
same_words(const struct sshd_host *a, const struct sshd_host *b)
{
	size_t i;

	if (a->n_args != b->n_args)
		return false;
	for (i = 0; i < a->n_args; i++) {
		if (strcmp(a->arg[i], b->arg[i]) != 0)
			return false;
	}
	return true;
}

/* Is there one already that is just as this one? */
static bool
known(const struct sshd_hosts *list, const struct sshd_host *h)
{
	const struct sshd_host *other;
	size_t i;

	for (i = 0; i < list->n; i++) {
		other = list->host[i];
		if (other->why == NULL && same_words(other, h) &&
		    strcmp(other->config, h->config) == 0 &&
		    strcmp(other->service, h->service) == 0)
			return true;
	}
	return false;
}

/* Takes h. */
static enum bh_err
add(struct sshd_hosts *list, struct sshd_host *h)
{
	if (known(list, h) || access(h->program, X_OK) != 0) {
		sshd_host_free(h);
		return BH_OK;
	}
	return sshd_hosts_add(list, h);
}

/* The program and the name that it runs under, if it is an sshd. */
static bool
takes_program(struct sshd_host *h, char **restp)
{
	char *program, *name, *as = NULL, real[PATH_MAX];
	bool renamed = false;

	if ((program = text_word(restp, BLANKS)) == NULL)
		return false;
	for (; *program != '\0' && strchr("-@:+!", *program) != NULL; program++)
		renamed = renamed || *program == '@';
	if (renamed && (as = text_word(restp, BLANKS)) == NULL)
		return false;
	if (program[0] != '/' || realpath(program, real) == NULL ||
	    (name = strrchr(real, '/')) == NULL || strcmp(name, "/sshd") != 0)
		return false;
	name = strrchr(renamed ? as : program, '/');
	name = name != NULL ? name + 1 : renamed ? as : program;
	free(h->service);
	free(h->program);
	h->service = strdup(name);
	h->program = strdup(real);
	return h->service != NULL && h->program != NULL;
}

static void
without_quotes(char words[WORDS_SIZE], const char *first, const char *second)
{
	const char *in;
	char *out = words;

	(void)snprintf(words, WORDS_SIZE, "%s %s", first, second);
	for (in = words; *in != '\0'; in++) {
		if (*in != '"' && *in != '\'')
			*out++ = *in;
	}
	*out = '\0';
}

/* "ExecStart=/usr/sbin/sshd -D $SSHD_OPTS" */
static enum bh_err
add_started(
    struct sshd_hosts *list, char *command, const char *options, bool starts)
{
	struct sshd_host *h = sshd_host_new();
	char words[WORDS_SIZE], *rest = command, *variable;
	enum bh_err e;

	if (h == NULL)
		return BH_ERR_NOMEM;
	if (!takes_program(h, &rest)) {
		sshd_host_free(h);
		return BH_OK;
	}
	/* Other variables are not known here, and not used by packages. */
	variable = strstr(rest, "$SSHD_OPTS");
	if (variable != NULL)
		*variable = '\0';
	h->starts = starts;
	without_quotes(words, rest, variable != NULL ? options : "");
	if ((e = sshd_take_words(h, words)) != BH_OK) {
		sshd_host_free(h);
		return e == BH_ERR_NOMEM ? e : BH_OK;
	}
	return add(list, h);
}

static enum bh_err
read_unit(struct sshd_hosts *list, const char *path, const char *options)
{
	static const char key[] = "ExecStart=";
	enum bh_err e = BH_OK;
	unsigned int number;
	struct text *t;
	char *line;

	if (text_open_linked(path, &t) != BH_OK)
		return BH_OK;
	while (e == BH_OK && text_next_entry(t, &line, &number)) {
		if (line != NULL && strncmp(line, key, sizeof(key) - 1) == 0)
			e = add_started(list, line + sizeof(key) - 1, options,
			    unit_starts(path));
	}
	text_close(t);
	return e;
}

enum bh_err
sshd_boot(struct sshd_hosts *list)
{
	struct sshd_host *usual = sshd_host_new();
	char options[WORDS_SIZE], words[WORDS_SIZE];
	enum bh_err e;
	glob_t found;
	size_t i, k;

	if (usual == NULL)
		return BH_ERR_NOMEM;
	default_options(options);
	without_quotes(words, options, "");
	usual->starts = ssh_starts();
	if ((e = sshd_take_words(usual, words)) != BH_OK) {
		sshd_host_free(usual);
		return e;
	}
	e = add(list, usual);
	for (i = 0; i < nitems(units) && e == BH_OK; i++) {
		if (glob(units[i], 0, NULL, &found) != 0)
			continue;
		for (k = 0; k < found.gl_pathc && e == BH_OK; k++)
			e = read_unit(list, found.gl_pathv[k], options);
		globfree(&found);
	}
	return e;
}
