/*
 * Shell text that mends what an sshd does.  Lines are found by what they say
 * and by the Match they stand in, never by number: one text may be run after
 * another one that has moved them, and run again.
 */
#include "tools/doctor_pam.h"
#include "tools/doctor_sshd.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLANK	   "[[:space:]]"
#define MATCH_LINE "/^" BLANK "*match[[:space:]=]/I"

static char *__attribute__((format(printf, 1, 2))) text(const char *fmt, ...)
{
	va_list ap;
	char *made;

	va_start(ap, fmt);
	if (vasprintf(&made, fmt, ap) == -1)
		made = NULL;
	va_end(ap);
	return made;
}

char *
sshd_fix_join(char *first, char *second)
{
	char *both = NULL;

	if (first != NULL && second != NULL)
		both = text("%s && %s", first, second);
	free(first);
	free(second);
	return both;
}

/* What can stand between single quotes, in a shell's word and in sed's. */
static bool
plain(const char *s)
{
	return strpbrk(s, "'\n\r") == NULL;
}

/* As a regular expression of sed that means just this text. */
static char *
quoted(const char *s)
{
	char *out = malloc(2 * strlen(s) + 1), *at = out;

	for (; out != NULL && *s != '\0'; s++) {
		if (strchr("\\.[]*^$/", *s) != NULL)
			*at++ = '\\';
		*at++ = *s;
	}
	if (out != NULL)
		*at = '\0';
	return out;
}

/* "authenticationmethods" of -o "AuthenticationMethods=x" */
static bool
argument_is(const char *argument, const char *keyword)
{
	size_t len = strlen(keyword);

	return strncasecmp(argument, keyword, len) == 0 &&
	       (argument[len] == '=' || argument[len] == ' ');
}

bool
sshd_in_arguments(const struct sshd_look *k, const char *keyword)
{
	const char *argument;
	size_t i;

	for (i = 0; (argument = sshd_host_argument(k->h, i)) != NULL; i++) {
		if (argument_is(argument, keyword))
			return true;
	}
	return false;
}

/* The lines among which sed looks: those of the Match, or those above all. */
static char *
range(const struct sshd_look *k, const struct sshd_line *line)
{
	const struct sshd_block *b = sshd_block(k->h, line->block);
	char *criteria, *made;

	if (line->block == 0 || b->text == NULL ||
	    strcmp(b->file, line->file) != 0)
		return strdup("0," MATCH_LINE);
	if (!plain(b->text) || (criteria = quoted(b->text)) == NULL)
		return NULL;
	made = text("/^" BLANK "*match[[:space:]=]\\{1,\\}%s" BLANK
		    "*$/I," MATCH_LINE,
	    criteria);
	free(criteria);
	return made;
}

/* The first value wins: one line more above everything else. */
static char *
insert(const char *file, const char *written, const char *value)
{
	return text("{ sed '" MATCH_LINE "Q' '%s' | grep -qxF '%s %s' || "
		    "sed -i --follow-symlinks '1i %s %s' '%s'; }",
	    file, written, value, written, value, file);
}

char *
sshd_fix_option(const struct sshd_look *k, const struct sshd_set *hold,
    const char *keyword, const char *written, const char *value)
{
	const struct sshd_line *line = sshd_effective(k->h, hold, keyword);
	const char *file = line != NULL ? line->file : sshd_host_config(k->h);
	char *lines, *made;

	if (((line == NULL || line->block == 0) &&
		sshd_in_arguments(k, keyword)) ||
	    file[0] != '/' || !plain(file) || strpbrk(value, "/&'\\") != NULL)
		return NULL;
	if (line == NULL)
		return insert(file, written, value);
	if ((lines = range(k, line)) == NULL)
		return NULL;
	made = text("sed -i --follow-symlinks "
		    "'%s s/^\\(" BLANK "*\\)%s[[:space:]=].*/\\1%s %s/I' '%s'",
	    lines, line->keyword, written, value, file);
	free(lines);
	return made;
}

char *
sshd_fix_reload(const struct sshd_look *k)
{
	const char *program = sshd_host_program(k->h);
	const char *config = sshd_host_config(k->h);

	if (!plain(program) || !plain(config))
		return NULL;
	if (sshd_host_pid(k->h) == 0)
		return text("'%s' -t -f '%s'", program, config);
	return text("'%s' -t -f '%s' && kill -HUP %ld", program, config,
	    (long)sshd_host_pid(k->h));
}

/* What a command line may say that its file had better say. */
static const char *const told[] = {
    "usepam", "authenticationmethods", "kbdinteractiveauthentication"};

static bool
is_told(const char *argument)
{
	size_t i;

	for (i = 0; i < nitems(told); i++) {
		if (argument_is(argument, told[i]))
			return true;
	}
	return false;
}

bool
sshd_is_told(const struct sshd_look *k)
{
	const char *argument;
	size_t i;

	for (i = 0; (argument = sshd_host_argument(k->h, i)) != NULL; i++) {
		if (is_told(argument))
			return true;
	}
	return false;
}

/* The words it was started with, without those: " '-p' '2222'" */
static char *
arguments_left(const struct sshd_look *k)
{
	const char *word, *next;
	char *all = strdup(""), *more;
	size_t i;

	for (i = 0; all != NULL && (word = sshd_host_argument(k->h, i)) != NULL;
	     i++) {
		next = sshd_host_argument(k->h, i + 1);
		if (strcmp(word, "-o") == 0 && next != NULL && is_told(next)) {
			i++;
			continue;
		}
		more = plain(word) ? text("%s '%s'", all, word) : NULL;
		free(all);
		all = more;
	}
	return all;
}

char *
sshd_fix_restart(const struct sshd_look *k)
{
	const char *program = sshd_host_program(k->h);
	const char *config = sshd_host_config(k->h);
	long pid = (long)sshd_host_pid(k->h);
	char *left, *made;

	if (pid == 0 || !plain(program) || !plain(config) ||
	    (left = arguments_left(k)) == NULL)
		return NULL;
	made = text("'%s' -t -f '%s' && { ! kill %ld 2>/dev/null || "
		    "{ while kill -0 %ld 2>/dev/null; do sleep 0.1; done; "
		    "'%s' -f '%s'%s; }; }",
	    program, config, pid, pid, program, config, left);
	free(left);
	return made;
}

/* Is the gate in every phase of the service "sshd"? */
static bool
usual_is_gated(struct doctor *d)
{
	return doctor_way(d, "sshd", PAM_PHASE_AUTH)->end == PAM_WAY_GATED &&
	       doctor_way(d, "sshd", PAM_PHASE_ACCOUNT)->end == PAM_WAY_GATED &&
	       doctor_way(d, "sshd", PAM_PHASE_SESSION)->end == PAM_WAY_GATED;
}

/* The gate as first line of each phase that is open; it can be given twice. */
static char *
add_lines(const struct sshd_walls *w)
{
	char *all = NULL, *one, *group;
	int phase;

	for (phase = 0; phase <= PAM_PHASE_SESSION; phase++) {
		if (w->way[phase]->end != PAM_WAY_OPEN)
			continue;
		one = pam_fix(w->service, (enum pam_phase)phase, w->way[phase]);
		group = one != NULL ? text("{ %s; }", one) : NULL;
		free(one);
		all = all == NULL ? group : sshd_fix_join(all, group);
		if (all == NULL)
			return NULL;
	}
	return all;
}

char *
sshd_fix_service(struct sshd_look *k, const struct sshd_walls *w)
{
	char *path = text("/etc/pam.d/%s", w->service);
	char *lines = NULL, *made = NULL;

	if (path == NULL || !plain(path))
		made = NULL;
	else if (access(path, F_OK) == 0)
		made = add_lines(w);
	else if (usual_is_gated(k->d))
		made = text("{ [ -e '%s' ] || cp -p /etc/pam.d/sshd '%s'; }",
		    path, path);
	else if ((lines = add_lines(w)) != NULL)
		made = text("{ [ -e '%s' ] || { %s; }; }", path, lines);
	free(lines);
	free(path);
	return made;
}

char *
sshd_show(const struct sshd_look *k, const struct sshd_login *l)
{
	const char *argument;
	char *made, *longer;
	size_t i;

	made = text("%s -T -f %s -C 'user=%s,host=%s,addr=%s,laddr=%s,lport=%u,"
		    "rdomain=%s'",
	    sshd_host_program(k->h), sshd_host_config(k->h), l->user, l->host,
	    l->addr, l->laddr, l->lport, l->rdomain);
	for (i = 0;
	     made != NULL && (argument = sshd_host_argument(k->h, i)) != NULL;
	     i++) {
		longer = text("%s '%s'", made, argument);
		free(made);
		made = longer;
	}
	return made;
}
