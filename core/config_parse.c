/*
 * Reading bulkhead.conf.  libinih splits the lines; its handler is told no
 * line numbers and it forgives much, so the reader that feeds it counts the
 * lines and refuses what should not be in them.
 */
#include "core/config_parse.h"

#include <ctype.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX    (1024 * 1024) /* bytes */
#define ALLOWED_MAX 512

struct parse {
	struct config_origin *origin;
	FILE *in;
	size_t bytes;
	unsigned int line;
	bool indented;	      /* this line begins with a blank */
	const char *section;  /* of the table; NULL before the first one */
	size_t service;	      /* index, if section is [service] */
	const char *last_key; /* key of this section an indented line extends */
	unsigned int *section_line;
	unsigned int why_line;
	char *why;
	enum bh_err error;
};

bool
config_rule_is_policy(const struct config_rule *rule)
{
	return strcmp(rule->doc.section, "policy") == 0;
}

void *
config_field(struct config *c, struct service_policy *service,
    const struct config_rule *rule)
{
	char *base = (char *)c;

	if (service != NULL)
		base = (char *)&service->policy;
	else if (config_rule_is_policy(rule))
		base = (char *)&c->policy;
	return base + rule->offset;
}

/* Say what is wrong in this line, once.  Returns false. */
static bool __attribute__((format(printf, 2, 3)))
fail(struct parse *p, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (p->error != BH_OK)
		return false;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p->error = BH_ERR_CONFIG;
	p->why_line = p->line;
	if (asprintf(&p->why, "%s:%u: %s", p->origin->file, p->line, text) ==
	    -1) {
		p->why = NULL;
		p->error = BH_ERR_NOMEM;
	}
	return false;
}

/* The keys of a section, or with NULL the sections, for a message. */
static const char *
allowed(const char *section, char *text, size_t size)
{
	const char *last = "", *word;
	size_t i, len = 0;

	text[0] = '\0';
	for (i = 0; i < n_config_rules; i++) {
		word = section == NULL ? config_rules[i].doc.section
				       : config_rules[i].doc.key;
		if (section != NULL &&
		    strcmp(config_rules[i].doc.section, section) != 0)
			continue;
		if (strcmp(word, last) == 0 || len >= size)
			continue;
		len += (size_t)snprintf(
		    text + len, size - len, "%s%s", len > 0 ? ", " : "", word);
		last = word;
	}
	return text;
}

static bool
enter_service(struct parse *p, const char *name)
{
	struct config *c = &p->origin->config;
	size_t i;

	if (!model_name_ok(name))
		return fail(p,
		    "'%s' is not the name of a service; allowed: a-z A-Z 0-9 "
		    ". _ -, up to 64 of them",
		    name);
	if (strcmp(name, "sudo-i") == 0 || strcmp(name, "su-l") == 0)
		return fail(p,
		    "[service %s] is spoken for by [service %s]; "
		    "write that one",
		    name, name[2] == '-' ? "su" : "sudo");
	for (i = 0; i < c->n_services; i++) {
		if (strcmp(c->service[i].service, name) == 0)
			return fail(p,
			    "section [service %s] stands here a "
			    "second time; make one of both",
			    name);
	}
	if (c->n_services == CONFIG_SERVICES_MAX)
		return fail(
		    p, "more than %d [service] sections", CONFIG_SERVICES_MAX);
	memcpy(c->service[i].service, name, strlen(name) + 1);
	p->service = c->n_services++;
	p->section = "service";
	return true;
}

static bool
enter_section(struct parse *p, const char *name)
{
	char text[ALLOWED_MAX];
	size_t i;

	p->last_key = NULL;
	if (strncmp(name, "service ", 8) == 0)
		return enter_service(p, name + 8);
	for (i = 0; i < n_config_rules; i++) {
		if (strcmp(config_rules[i].doc.section, name) == 0)
			break;
	}
	if (i == n_config_rules)
		return fail(p,
		    "unknown section [%s]; allowed: %s, service "
		    "NAME",
		    name, allowed(NULL, text, sizeof(text)));
	if (p->section_line[i] != 0)
		return fail(p,
		    "section [%s] stands in line %u already; make "
		    "one of both",
		    name, p->section_line[i]);
	p->section_line[i] = p->line;
	p->section = config_rules[i].doc.section;
	return true;
}

/* A line that begins with '[': libinih would cut a long name, and take
 * anything behind the bracket. */
static bool
read_heading(struct parse *p, const char *line)
{
	const char *end = strchr(line, ']');
	char name[256];
	size_t len;

	if (end == NULL)
		return fail(p, "the section's name lacks its ']'");
	len = (size_t)(end - line) - 1;
	memcpy(name, line + 1, len);
	name[len] = '\0';
	end += 1 + strspn(end + 1, " \t");
	if (*end != '\0' && *end != ';' && *end != '#')
		return fail(p,
		    "'%s' behind [%s]; a section's name stands "
		    "alone on its line",
		    end, name);
	return enter_section(p, name);
}

static bool
line_ok(struct parse *p, const char *line, size_t len)
{
	size_t i;

	if (p->line == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0)
		return fail(p, "a byte order mark; save the file without it");
	for (i = 0; i < len; i++) {
		if (line[i] == '\0')
			return fail(p, "a NUL byte; this is not a text file");
		if (line[i] == '\r')
			return fail(p, "a carriage return; save the file with "
				       "Unix line ends");
		if (((unsigned char)line[i] < 0x20 && line[i] != '\t') ||
		    line[i] == 0x7f)
			return fail(p,
			    "a control character (\\x%02x); remove "
			    "it",
			    (unsigned int)(unsigned char)line[i]);
	}
	p->indented = line[0] == ' ' || line[0] == '\t';
	if (line[strspn(line, " \t")] != '[')
		return true;
	if (p->indented)
		return fail(p, "a section's name begins in the first column");
	return read_heading(p, line);
}

/* libinih leaves the comment behind a line that goes on with a list. */
static void
cut_comment(char *line)
{
	size_t i;

	for (i = 1; line[0] != '\0' && line[i] != '\0'; i++) {
		if (line[i] == ';' && isblank((unsigned char)line[i - 1]))
			line[i] = '\0';
	}
}

/* The reader that libinih calls for each line, as fgets would read it. */
static char *
read_line(char *str, int num, void *stream)
{
	struct parse *p = stream;
	size_t len = 0, max = (size_t)num - 3;
	int c;

	if (p->error != BH_OK)
		return NULL;
	p->line++;
	while ((c = getc(p->in)) != EOF && c != '\n') {
		if (len == max) {
			(void)fail(p,
			    "a line longer than %zu bytes; go on "
			    "with a list on the next line, indented",
			    max);
			return NULL;
		}
		str[len++] = (char)c;
	}
	if (ferror(p->in))
		p->error = BH_ERR_IO;
	if (p->error != BH_OK || (c == EOF && len == 0))
		return NULL;
	str[len] = '\0';
	if ((p->bytes += len + 1) > FILE_MAX) {
		(void)fail(p, "a file of more than %d bytes", FILE_MAX);
		return NULL;
	}
	if (!line_ok(p, str, len))
		return NULL;
	if (p->indented)
		cut_comment(str);
	return str;
}

static bool
set_value(struct parse *p, size_t i, const char *value)
{
	const struct config_rule *rule = &config_rules[i];
	struct config_origin *o = p->origin;
	bool in_service = strcmp(p->section, "service") == 0;
	unsigned int *linep =
	    in_service ? &o->service_line[p->service][i] : &o->line[i];
	const char *what = "is wrong";

	if (p->indented && p->last_key != NULL && !rule->type->is_list)
		return fail(p,
		    "an indented line goes on with '%s', which is "
		    "no list; begin each key in the first column",
		    rule->doc.key);
	if (*linep != 0 && (!p->indented || p->last_key == NULL))
		return fail(p,
		    "'%s' stands in line %u already; remove one of "
		    "both",
		    rule->doc.key, *linep);
	if (rule->type->parse(rule, value, *linep != 0,
		config_field(&o->config,
		    in_service ? &o->config.service[p->service] : NULL, rule),
		&what) != BH_OK)
		return fail(p, "%s = '%s' %s; allowed: %s", rule->doc.key,
		    value, what, rule->doc.type);
	if (*linep == 0)
		*linep = p->line;
	p->last_key = rule->doc.key;
	return true;
}

/* libinih's handler for a key, and again for each line that goes on. */
static int
handle(void *user, const char *section, const char *name, const char *value)
{
	struct parse *p = user;
	char text[ALLOWED_MAX];
	const char *table;
	size_t i;

	(void)section; /* cut at 49 bytes: ours is read by read_heading */
	if (p->error != BH_OK)
		return 0;
	if (p->section == NULL)
		return fail(p, "'%s' stands before any [section]", name);
	table = strcmp(p->section, "service") == 0 ? "policy" : p->section;
	for (i = 0; i < n_config_rules; i++) {
		if (strcmp(config_rules[i].doc.section, table) == 0 &&
		    strcmp(config_rules[i].doc.key, name) == 0)
			return set_value(p, i, value);
	}
	return fail(p, "unknown key '%s' in [%s]; allowed: %s", name,
	    p->section, allowed(table, text, sizeof(text)));
}

/* What libinih itself could not read in line n, if that is the first. */
static void
syntax_error(struct parse *p, unsigned int n)
{
	if (p->error != BH_OK && p->why_line <= n)
		return;
	free(p->why);
	p->why = NULL;
	p->error = BH_OK;
	p->line = n;
	(void)fail(p, "neither [section] nor key = value");
}

enum bh_err
config_parse_lines(int fd, struct config_origin *o,
    unsigned int section_line[CONFIG_RULES_MAX], char **whyp)
{
	struct parse p = {.origin = o, .section_line = section_line};
	int copy, n;

	if ((copy = dup(fd)) == -1)
		return BH_ERR_SYSTEM;
	if ((p.in = fdopen(copy, "r")) == NULL) {
		(void)close(copy);
		return BH_ERR_NOMEM;
	}
	n = ini_parse_stream(read_line, &p, handle, &p);
	(void)fclose(p.in);
	if (n > 0)
		syntax_error(&p, (unsigned int)n);
	*whyp = p.why;
	return p.error;
}
