/*
 * /etc/bulkhead/bulkhead.conf: load, fill in the defaults, and say where each
 * value comes from.
 */
#include "core/config.h"

#include "core/config_parse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Set *whyp; e stays the error unless there is no memory for it. */
static enum bh_err __attribute__((format(printf, 3, 4)))
say(enum bh_err e, char **whyp, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(whyp, fmt, ap);
	va_end(ap);
	if (n == -1) {
		*whyp = NULL;
		return BH_ERR_NOMEM;
	}
	return e;
}

static const char *
preset_of(const struct config *c, const struct config_rule *rule)
{
	if (c->realm_class == CLASS_BACKUP && rule->preset_backup != NULL)
		return rule->preset_backup;
	return rule->preset;
}

/* The default of one rule; [realm] name and class have none. */
static enum bh_err
fill_rule(
    struct config_origin *o, size_t i, unsigned int section_line, char **whyp)
{
	const struct config_rule *rule = &config_rules[i];
	const char *preset = preset_of(&o->config, rule);
	const char *what;
	void *field = config_field(&o->config, NULL, rule);

	if (preset == NULL)
		return say(BH_ERR_CONFIG, whyp,
		    "%s:%u: [%s] %s is missing; allowed: %s", o->file,
		    section_line > 0 ? section_line : 1, rule->doc.section,
		    rule->doc.key, rule->doc.type);
	if (preset[0] == '\0')
		return BH_OK; /* the struct is zeroed: empty */
	return rule->type->parse(rule, preset, false, field, &what);
}

/* What a service does not set is as in [policy]. */
static void
fill_service(struct config_origin *o, size_t n)
{
	const struct config_rule *rule;
	size_t i;

	for (i = 0; i < n_config_rules; i++) {
		rule = &config_rules[i];
		if (config_rule_is_policy(rule) && o->service_line[n][i] == 0)
			memcpy(config_field(
				   &o->config, &o->config.service[n], rule),
			    config_field(&o->config, NULL, rule), rule->size);
	}
}

static enum bh_err
fill(struct config_origin *o, const unsigned int *section_line, char **whyp)
{
	enum bh_err e;
	size_t i, first = 0;

	for (i = 0; i < n_config_rules; i++) {
		if (strcmp(config_rules[i].doc.section,
			config_rules[first].doc.section) != 0)
			first = i;
		if (o->line[i] == 0 &&
		    (e = fill_rule(o, i, section_line[first], whyp)) != BH_OK)
			return e;
	}
	for (i = 0; i < o->config.n_services; i++)
		fill_service(o, i);
	return BH_OK;
}

/* Print one value into a text of its own. */
static enum bh_err
print_value(const struct config_rule *rule, const void *field, char **textp)
{
	size_t len;
	FILE *out;

	if ((out = open_memstream(textp, &len)) == NULL)
		return BH_ERR_NOMEM;
	rule->type->print(rule, field, out);
	return fclose(out) == 0 ? BH_OK : BH_ERR_NOMEM;
}

static enum bh_err
print_origin(const struct config_origin *o, const struct config_rule *rule,
    unsigned int line, char **textp)
{
	int n;

	if (line > 0)
		n = asprintf(textp, "%s:%u", o->file, line);
	else if (rule->preset_backup != NULL)
		n = asprintf(
		    textp, "default for %s", class_name(o->config.realm_class));
	else
		n = asprintf(textp, "default");
	if (n == -1)
		*textp = NULL;
	return n == -1 ? BH_ERR_NOMEM : BH_OK;
}

static enum bh_err
add_row(struct config_origin *o, struct service_policy *service,
    const struct config_rule *rule, unsigned int line)
{
	struct config_row *row, *rows;
	char *section = NULL, *value = NULL, *origin = NULL;
	enum bh_err e = BH_ERR_NOMEM;
	int n;

	rows = reallocarray(o->rows, o->n_rows + 1, sizeof(*rows));
	if (rows == NULL)
		return BH_ERR_NOMEM;
	o->rows = rows;
	if (service != NULL)
		n = asprintf(&section, "service %s", service->service);
	else
		n = asprintf(&section, "%s", rule->doc.section);
	if (n == -1)
		return BH_ERR_NOMEM;
	if ((e = print_value(rule, config_field(&o->config, service, rule),
		 &value)) != BH_OK ||
	    (e = print_origin(o, rule, line, &origin)) != BH_OK) {
		free(section);
		free(value);
		return e;
	}
	row = &o->rows[o->n_rows++];
	row->section = section;
	row->key = rule->doc.key;
	row->value = value;
	row->origin = origin;
	return BH_OK;
}

/* The rows of config_row: the table's, and what each service changes. */
static enum bh_err
make_rows(struct config_origin *o)
{
	enum bh_err e;
	size_t i, n;

	for (i = 0; i < n_config_rules; i++) {
		if ((e = add_row(o, NULL, &config_rules[i], o->line[i])) !=
		    BH_OK)
			return e;
	}
	for (n = 0; n < o->config.n_services; n++) {
		for (i = 0; i < n_config_rules; i++) {
			if (o->service_line[n][i] != 0 &&
			    (e = add_row(o, &o->config.service[n],
				 &config_rules[i], o->service_line[n][i])) !=
				BH_OK)
				return e;
		}
	}
	return BH_OK;
}

enum bh_err
config_parse_fd(int fd, const char *name, struct config **cp, char **whyp)
{
	unsigned int section_line[CONFIG_RULES_MAX] = {0};
	struct config_origin *o;
	enum bh_err e = BH_ERR_NOMEM;

	*whyp = NULL;
	if ((o = calloc(1, sizeof(*o))) == NULL)
		return BH_ERR_NOMEM;
	if ((o->file = strdup(name)) == NULL ||
	    (e = config_parse_lines(fd, o, section_line, whyp)) != BH_OK ||
	    (e = fill(o, section_line, whyp)) != BH_OK ||
	    (e = make_rows(o)) != BH_OK) {
		config_free(&o->config);
		return e;
	}
	*cp = &o->config;
	return BH_OK;
}

/* Nobody but root and ourselves may be able to write what we obey. */
static enum bh_err
check_file(int fd, const char *path, char **whyp)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return say(BH_ERR_SYSTEM, whyp, "%s: %m", path);
	if (!S_ISREG(st.st_mode))
		return say(BH_ERR_UNSAFE, whyp, "%s: not a plain file", path);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return say(BH_ERR_UNSAFE, whyp,
		    "%s: belongs to uid %u; give it to root: chown root %s",
		    path, (unsigned int)st.st_uid, path);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return say(BH_ERR_UNSAFE, whyp,
		    "%s: others than its owner may write it; chmod 0644 %s",
		    path, path);
	return BH_OK;
}

enum bh_err
config_load(const char *path, struct config **cp, char **whyp)
{
	enum bh_err e;
	int fd;

	*whyp = NULL;
	/* O_NONBLOCK: a FIFO must not hold us up before it is refused. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1) {
		e = err_from_errno(errno);
		return say(e, whyp, "%s: %s%m", path, "can't be read: ");
	}
	if ((e = check_file(fd, path, whyp)) == BH_OK)
		e = config_parse_fd(fd, path, cp, whyp);
	(void)close(fd);
	return e;
}

void
config_free(struct config *c)
{
	struct config_origin *o = (struct config_origin *)c;
	size_t i;

	if (o == NULL)
		return;
	for (i = 0; i < o->n_rows; i++) {
		free((char *)(uintptr_t)o->rows[i].section);
		free((char *)(uintptr_t)o->rows[i].value);
		free((char *)(uintptr_t)o->rows[i].origin);
	}
	free(o->rows);
	free(o->file);
	free(o);
}

const struct policy *
config_policy(const struct config *c, const char *service)
{
	size_t i;

	if (strcmp(service, "sudo-i") == 0)
		service = "sudo";
	else if (strcmp(service, "su-l") == 0)
		service = "su";
	for (i = 0; i < c->n_services; i++) {
		if (strcmp(c->service[i].service, service) == 0)
			return &c->service[i].policy;
	}
	return &c->policy;
}

/* What only a restart may change: the ground the daemon stands on. */
static bool
needs_restart(const char *section, const char *key)
{
	return strcmp(section, "gate") == 0 ||
	       (strcmp(section, "realm") == 0 &&
		   strcmp(key, "single_administrator") != 0);
}

enum bh_err
config_reload_ok(
    const struct config *now, const struct config *next, char **whyp)
{
	struct config_row a, b;
	size_t i;

	*whyp = NULL;
	/* The first rows are the table's, in its order, in both of them. */
	for (i = 0; i < n_config_rules; i++) {
		if (!config_row(now, i, &a) || !config_row(next, i, &b))
			return BH_ERR_INPUT;
		if (needs_restart(a.section, a.key) &&
		    strcmp(a.value, b.value) != 0)
			return say(BH_ERR_CONFIG, whyp,
			    "%s: [%s] %s = '%s' takes the place of '%s', which "
			    "only a restart may do; restart bulkheadd",
			    b.origin, b.section, b.key, b.value, a.value);
	}
	return BH_OK;
}

bool
config_row(const struct config *c, size_t i, struct config_row *rowp)
{
	const struct config_origin *o = (const struct config_origin *)c;

	if (i >= o->n_rows)
		return false;
	*rowp = o->rows[i];
	return true;
}

const struct config_key *
config_keys(size_t *np)
{
	static struct config_key keys[CONFIG_RULES_MAX];
	size_t i;

	for (i = 0; i < n_config_rules; i++)
		keys[i] = config_rules[i].doc;
	*np = n_config_rules;
	return keys;
}
