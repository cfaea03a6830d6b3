/*
 * Lines and words of a PAM configuration, cut as libpam cuts them
 * (Linux-PAM 1.5: _pam_assemble_line, _pam_StrTok, _pam_parse_control; 1.7:
 * _pam_line_assemble).
 */
#include "core/host/pam_internal.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#define BLANKS	   " \n\t"
#define SHORT_LINE 1024 /* libpam's buffer before 1.7 */

const char *const pam_code_names[PAM_CODES] = {"success", "open_err",
    "symbol_err", "service_err", "system_err", "buf_err", "perm_denied",
    "auth_err", "cred_insufficient", "authinfo_unavail", "user_unknown",
    "maxtries", "new_authtok_reqd", "acct_expired", "session_err",
    "cred_unavail", "cred_expired", "cred_err", "no_module_data", "conv_err",
    "authtok_err", "authtok_recover_err", "authtok_lock_busy",
    "authtok_disable_aging", "try_again", "ignore", "abort", "authtok_expired",
    "module_unknown", "bad_item", "conv_again", "incomplete"};

/* ACTION_IGNORE is 0, the others follow downwards. */
static const char *const action_names[] = {
    "ignore", "ok", "done", "bad", "die", "reset"};

char *
pam_token(char **restp, bool *bracketp)
{
	char *from = *restp, *end, *to;

	*bracketp = false;
	if (from == NULL)
		return NULL;
	from += strspn(from, BLANKS);
	if (*from == '\0')
		return *restp = NULL;
	if (*from == '[') {
		*bracketp = true;
		for (to = end = ++from; *end != '\0' && *end != ']';
		     to++, end++) {
			if (end[0] == '\\' && end[1] == ']')
				end++;
			*to = *end;
		}
		if (to != end)
			*to = '\0';
	} else {
		end = from + strcspn(from, BLANKS);
	}
	if (*end != '\0')
		*end++ = '\0';
	*restp = *end != '\0' ? end : NULL;
	return from;
}

/* Skip the name that s begins with; its number, or n if none does. */
static size_t
named(char **sp, const char *const *names, size_t n)
{
	size_t i, len;

	for (i = 0; i < n; i++) {
		len = strlen(names[i]);
		if (strncmp(*sp, names[i], len) == 0) {
			*sp += len;
			break;
		}
	}
	return i;
}

static char *
skip_space(char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

/* The number of a jump; 0: it is none that libpam takes. */
static int
jump_number(const struct pam_host *h, char **sp)
{
	int n = 0;

	for (; isdigit((unsigned char)**sp); (*sp)++) {
		if (n <= (INT_MAX - 9) / 10)
			n = n * 10 + (**sp - '0');
		else if (h->long_lines)
			return 0;
		else
			n = INT_MAX; /* farther than any stack */
	}
	return n;
}

static void
set_default(int actions[PAM_CODES], int action)
{
	size_t i;

	for (i = 0; i < PAM_CODES; i++) {
		if (actions[i] == ACTION_UNDEF)
			actions[i] = action;
	}
}

/* One "code = action"; false: libpam does not take the field. */
static bool
take_pair(const struct pam_host *h, char **sp, int actions[PAM_CODES])
{
	size_t code, i;
	int action;
	char *s = *sp;

	code = named(&s, pam_code_names, PAM_CODES);
	if (code == PAM_CODES) {
		if (strncmp(s, "default", strlen("default")) != 0)
			return false;
		s += strlen("default");
	}
	s = skip_space(s);
	if (*s++ != '=')
		return false;
	s = skip_space(s);
	if ((i = named(&s, action_names, nitems(action_names))) <
	    nitems(action_names))
		action = -(int)i;
	else if ((action = jump_number(h, &s)) == 0)
		return false;
	if (code < PAM_CODES)
		actions[code] = action;
	else
		set_default(actions, action);
	*sp = skip_space(s);
	return true;
}

static void
take_field(const struct pam_host *h, char *s, int actions[PAM_CODES])
{
	size_t i;

	s = skip_space(s);
	while (*s != '\0' && take_pair(h, &s, actions))
		;
	for (i = 0; *s != '\0' && i < PAM_CODES; i++)
		actions[i] = ACTION_BAD;
	set_default(actions, ACTION_BAD);
}

bool
pam_control(const struct pam_host *h, char *token, int actions[PAM_CODES])
{
	static const struct {
		const char *word;
		int success;
		int ignore;
		int rest;
	} words[] = {
	    {"required", ACTION_OK, ACTION_IGNORE, ACTION_BAD},
	    {"requisite", ACTION_OK, ACTION_IGNORE, ACTION_DIE},
	    {"optional", ACTION_OK, ACTION_IGNORE, ACTION_IGNORE},
	    {"sufficient", ACTION_DONE, ACTION_IGNORE, ACTION_IGNORE},
	};
	size_t i;

	for (i = 0; i < PAM_CODES; i++)
		actions[i] = ACTION_UNDEF;
	if (strcasecmp(token, "include") == 0 ||
	    strcasecmp(token, "substack") == 0)
		return false;
	for (i = 0; i < nitems(words); i++) {
		if (strcasecmp(token, words[i].word) != 0)
			continue;
		actions[CODE_SUCCESS] = words[i].success;
		actions[CODE_NEW_AUTHTOK_REQD] = words[i].success;
		actions[CODE_IGNORE] = words[i].ignore;
		set_default(actions, words[i].rest);
		return true;
	}
	take_field(h, token, actions);
	return true;
}

/* As fgets: at most size - 1 bytes, to the line's end.  The text that is seen
 * ends at a NUL.  False: the file's end. */
static bool
get_piece(struct pam_cursor *c, char *p, size_t size, unsigned int *linep)
{
	size_t left = (size_t)(c->end - c->at), n = 0;
	const char *stop;

	if (left == 0)
		return false;
	*linep = c->number;
	n = left < size - 1 ? left : size - 1;
	if ((stop = memchr(c->at, '\n', n)) != NULL)
		n = (size_t)(stop - c->at) + 1;
	memcpy(p, c->at, n);
	p[n] = '\0';
	c->at += n;
	if (stop != NULL)
		c->number++;
	return true;
}

/* Is the last that is no blank a backslash?  It becomes a blank, and the
 * text's end. */
static bool
goes_on(char *from, char **endp)
{
	char *s = from + strlen(from);

	while (s > from && strchr(BLANKS, *--s) != NULL)
		;
	if (*s != '\\')
		return false;
	*s++ = ' ';
	*s = '\0';
	*endp = s;
	return true;
}

/* A line over 1023 bytes is cut and its rest is the next line, also that of a
 * comment; empty lines and comments within a continued line are left out. */
static int
next_short(struct pam_cursor *c, char *buf)
{
	char *p = buf, *end = buf + SHORT_LINE, *s;
	unsigned int line;
	bool used = false;

	for (;;) {
		/* With one byte left libpam would turn round for ever. */
		if (p + 1 >= end)
			return -1;
		if (!get_piece(c, p, (size_t)(end - p), &line))
			return used ? -1 : 0;
		s = p + strspn(p, BLANKS);
		if (*s == '\0' || *s == '#')
			continue;
		if (!used)
			c->line = line;
		used = true;
		if (s[strcspn(s, "#")] == '#') {
			s[strcspn(s, "#")] = '\0';
			return 1;
		}
		if (!goes_on(s, &p))
			return 1;
	}
}

/* Since 1.7: of any length; an empty line or a comment ends a continued one. */
static int
next_long(struct pam_cursor *c, char *buf, size_t size)
{
	char *p = buf, *s, *end;
	unsigned int line;
	bool open = false, more;

	*p = '\0';
	for (;;) {
		if (!get_piece(c, p, size - (size_t)(p - buf), &line))
			return open ? -1 : 0;
		more = goes_on(p, &end) && strchr(p, '#') == NULL;
		s = p + strspn(p, " \t");
		s[strcspn(s, "#")] = '\0';
		if (p == buf && !more && (*s == '\0' || *s == '\n')) {
			open = false;
			continue;
		}
		if (p == buf)
			c->line = line;
		memmove(p, s, strlen(s) + 1);
		if (!more)
			return 1;
		open = true;
		p += strlen(p);
	}
}

size_t
pam_line_size(const struct pam_host *h, const struct pam_cursor *c)
{
	return h->long_lines ? (size_t)(c->end - c->at) + 2 : SHORT_LINE;
}

int
pam_line_next(
    const struct pam_host *h, struct pam_cursor *c, char *buf, size_t size)
{
	return h->long_lines ? next_long(c, buf, size) : next_short(c, buf);
}
