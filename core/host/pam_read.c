/*
 * A service's stacks, read from this host's files as libpam reads them
 * (Linux-PAM 1.5, libpam/pam_handlers.c, with what Debian changes in it).
 */
#include "core/host/pam_internal.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define OTHER	  "other"
#define PHASE_ANY PAM_PHASES

/* One service that is being read. */
struct reader {
	struct pam_host *h;
	struct pam_service *s;
	size_t n;  /* lines so far */
	bool dead; /* libpam itself would fall over: nobody gets in */
};

/* Where in it: one file of it. */
struct scope {
	const char *file;
	const char *service; /* whose lines these are; NULL: each says it */
	unsigned int phase;  /* that is asked for, or PHASE_ANY */
	unsigned int depth;  /* of includes */
	unsigned int level;  /* of substacks */
	unsigned int top;    /* 0: this is the service's own file */
	const char *via;     /* NULL: the same */
};

/* One line in the making. */
struct entry {
	struct pam_line line;
	unsigned int phase;
	bool other;
	char *rest; /* tokens to come */
};

static const char *const phase_words[PAM_PHASES] = {
    "auth", "account", "session", "password"};

static enum bh_err take_file(
    struct reader *r, const char *path, const struct scope *sc);

/* libpam gives the file up: for an included one, its line then denies. */
static enum bh_err
give_up(struct reader *r, const struct scope *sc, unsigned int line,
    const char *why)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "%s:%u: %s", sc->file, line, why);
	r->s->why = pam_copy(r->h, text);
	return r->s->why != NULL ? BH_ERR_CONFIG : BH_ERR_NOMEM;
}

static struct pam_file *
new_file(struct pam_host *h, const char *path)
{
	struct pam_file *f = pam_alloc(h, sizeof(*f));
	char *full = pam_rooted(h, path);
	struct stat st;

	if (f != NULL && (f->path = pam_copy(h, path)) != NULL &&
	    full != NULL) {
		f->e = text_open_linked(full, &f->text);
		if (f->e == BH_ERR_UNSAFE && stat(full, &st) == 0)
			f->empty =
			    S_ISDIR(st.st_mode) ||
			    (S_ISCHR(st.st_mode) && major(st.st_rdev) == 1 &&
				minor(st.st_rdev) == 3);
		f->next = h->files;
		h->files = f;
	} else {
		f = NULL;
	}
	free(full);
	return f;
}

/* BH_ERR_NOTFOUND: libpam can't open it either. */
static enum bh_err
read_file(struct pam_host *h, const char *path, struct pam_file **fp)
{
	struct pam_file *f;

	for (f = h->files; f != NULL; f = f->next) {
		if (strcmp(f->path, path) == 0)
			break;
	}
	if (f == NULL && (f = new_file(h, path)) == NULL)
		return BH_ERR_NOMEM;
	*fp = f;
	return f->empty ? BH_OK : f->e;
}

/* The first folder's file of that name. */
static enum bh_err
find_file(struct pam_host *h, const char *name, struct pam_file **fp)
{
	enum bh_err e = BH_ERR_NOTFOUND;
	char path[PATH_MAX];
	size_t i;

	if (name[0] == '/')
		return read_file(h, name, fp);
	for (i = 0; i < PAM_FOLDERS_MAX && e == BH_ERR_NOTFOUND; i++) {
		if (h->folder[i].path == NULL)
			break;
		(void)snprintf(
		    path, sizeof(path), "%s/%s", h->folder[i].path, name);
		e = read_file(h, path, fp);
	}
	return e;
}

/* What an include of that name reads. */
static enum bh_err
find_included(struct pam_host *h, const char *name, struct pam_file **fp)
{
	char path[PATH_MAX];

	if (name[0] == '/' || !h->debian)
		return find_file(h, name, fp);
	if (!h->folder[0].there)
		return BH_ERR_NOTFOUND;
	(void)snprintf(path, sizeof(path), "%s/%s", h->folder[0].path, name);
	return read_file(h, path, fp);
}

static enum bh_err
remember_part(struct pam_host *h, const char *path)
{
	struct pam_part *p;

	for (p = h->parts; p != NULL; p = p->next) {
		if (strcmp(p->path, path) == 0)
			return BH_OK;
	}
	if ((p = pam_alloc(h, sizeof(*p))) == NULL)
		return BH_ERR_NOMEM;
	*p = (struct pam_part){.next = h->parts, .path = path};
	h->parts = p;
	return BH_OK;
}

/* libpam names a module without its folder and ending; "" and "?" it does not
 * take, and gives the whole file up. */
static bool
has_name(const char *module)
{
	const char *name = strrchr(module, '/'), *dot;
	size_t len;

	name = name != NULL ? name + 1 : module;
	dot = strrchr(name, '.');
	len = dot != NULL ? (size_t)(dot - name) : strlen(name);
	return len > 0 && !(len == 1 && name[0] == '?');
}

static enum bh_err
append(struct reader *r, const struct scope *sc, const struct entry *entry)
{
	struct pam_stack *stack;
	struct pam_line *l;

	if (entry->phase >= PAM_PHASES)
		return give_up(r, sc, entry->line.line,
		    "it includes a file that is "
		    "missing");
	if (r->n++ >= PAM_LINES_MAX)
		return BH_ERR_FULL;
	stack = entry->other ? &r->s->other[entry->phase]
			     : &r->s->own[entry->phase];
	if ((stack->n & (stack->n - 1)) == 0) {
		l = reallocarray(
		    stack->line, stack->n == 0 ? 1 : stack->n * 2, sizeof(*l));
		if (l == NULL)
			return BH_ERR_NOMEM;
		stack->line = l;
	}
	l = &stack->line[stack->n++];
	*l = entry->line;
	if (l->kind == PAM_LINE_MODULE && !has_name(l->module))
		return give_up(r, sc, l->line, "the module has no name");
	return BH_OK;
}

/* A line that libpam can't use: it stands in the stack and denies. */
static void
make_failing(struct entry *entry, bool all_bad)
{
	size_t i;

	entry->line.kind = PAM_LINE_FAILS;
	entry->line.answers = CODE_BIT(CODE_PERM_DENIED);
	for (i = 0; all_bad && i < PAM_CODES; i++)
		entry->line.actions[i] = ACTION_BAD;
}

/* The file's lines in the place of the include.  BH_ERR_CONFIG: libpam could
 * not read them. */
static enum bh_err
take_included(struct reader *r, const struct scope *sc,
    const struct entry *entry, const char *service, bool substack)
{
	struct scope in = {.service = service,
	    .phase = entry->phase,
	    .depth = sc->depth + 1,
	    .level = sc->level + (substack ? 1 : 0),
	    .top = sc->top != 0 ? sc->top : entry->line.line};
	struct pam_file *f;
	enum bh_err e;

	if (in.depth >= r->h->deep || in.level >= PAM_LEVELS ||
	    entry->line.module[0] == '\0')
		return BH_ERR_CONFIG;
	e = find_included(r->h, entry->line.module, &f);
	if (e == BH_ERR_NOTFOUND)
		return BH_ERR_CONFIG;
	if (e != BH_OK || (e = remember_part(r->h, f->path)) != BH_OK)
		return e;
	in.via = sc->via != NULL ? sc->via : f->path;
	return take_file(r, f->path, &in);
}

/* include, substack and @include. */
static enum bh_err
include(struct reader *r, const struct scope *sc, struct entry *entry,
    const char *service, bool substack, bool at)
{
	struct entry mark = *entry;
	enum bh_err e;

	/* libpam of Debian looks at the name without asking if there is one. */
	if (entry->line.module[0] == '\0' && r->h->debian) {
		r->dead = true;
		return give_up(
		    r, sc, entry->line.line, "an include without a name");
	}
	if (substack) {
		mark.line.kind = PAM_LINE_SUBSTACK;
		if ((e = append(r, sc, &mark)) != BH_OK)
			return e;
	}
	e = take_included(r, sc, entry, service, substack);
	if (e != BH_ERR_CONFIG || r->dead)
		return e;
	/*
	 * The line denies.  After @include libpam has set no action for that,
	 * and uses what lay there before: it may be to ignore it.
	 */
	make_failing(entry, true);
	entry->line.args = "";
	if (at) {
		entry->line.answers |= CODE_BIT(CODE_IGNORE);
		entry->line.actions[CODE_IGNORE] = ACTION_IGNORE;
	}
	return append(r, sc, entry);
}

/* The first word: the phase, or @include.  False: it is none. */
static bool
take_phase(struct reader *r, const struct scope *sc, struct entry *entry,
    const char *word, bool *atp)
{
	unsigned int i;

	*atp = false;
	if (word != NULL && word[0] == '-')
		word++;
	for (i = 0; word != NULL && i < PAM_PHASES; i++) {
		if (strcasecmp(word, phase_words[i]) == 0) {
			entry->phase = i;
			return true;
		}
	}
	entry->phase = sc->phase != PHASE_ANY ? sc->phase : PAM_PHASE_AUTH;
	if (word != NULL && r->h->debian && strcasecmp(word, "@include") == 0) {
		entry->phase = sc->phase;
		*atp = true;
		return true;
	}
	return false;
}

/* Token into *textp, as written; with brackets if it had some. */
static enum bh_err
take_text(struct reader *r, char **restp, char **tokenp, const char **textp)
{
	bool bracket;
	char *token = pam_token(restp, &bracket), *text;
	size_t size;

	*tokenp = token;
	*textp = token;
	if (token == NULL)
		return BH_OK;
	size = strlen(token) + 3;
	if ((text = pam_alloc(r->h, size)) == NULL)
		return BH_ERR_NOMEM;
	(void)snprintf(text, size, "%s%s%s", bracket ? "[" : "", token,
	    bracket ? "]" : "");
	*textp = text;
	return BH_OK;
}

/* The rest of a line without the blanks around it; NULL: no memory. */
static const char *
take_args(struct reader *r, const char *rest)
{
	size_t len;
	char *args;

	rest += strspn(rest, " \t\n");
	len = strlen(rest);
	while (len > 0 && strchr(" \t\n", rest[len - 1]) != NULL)
		len--;
	if ((args = pam_copy(r->h, rest)) != NULL)
		args[len] = '\0';
	return args;
}

/* Control, module and arguments of a line. */
static enum bh_err
take_module(struct reader *r, const struct scope *sc, struct entry *entry,
    const char *service, bool broken)
{
	const char *args = "";
	char *control, *module;
	bool steers = true;
	enum bh_err e;

	if ((e = take_text(r, &entry->rest, &control, &entry->line.control)) !=
	    BH_OK)
		return e;
	if (control != NULL)
		steers = pam_control(r->h, control, entry->line.actions);
	if ((e = take_text(r, &entry->rest, &module, &entry->line.module)) !=
	    BH_OK)
		return e;
	/* Brackets are not part of the name. */
	entry->line.module = pam_copy(r->h, module != NULL ? module : "");
	if (entry->rest != NULL)
		args = take_args(r, entry->rest);
	if (entry->line.module == NULL || args == NULL)
		return BH_ERR_NOMEM;
	entry->line.args = args;
	if (!steers)
		return include(r, sc, entry, service,
		    strcasecmp(control, "substack") == 0, false);
	if (control == NULL)
		entry->line.control = "";
	if (broken || control == NULL || module == NULL)
		make_failing(entry, control == NULL);
	else if ((e = pam_answers(r->h, r->s->name,
		      (enum pam_phase)entry->phase, &entry->line)) != BH_OK)
		return e;
	return append(r, sc, entry);
}

static enum bh_err
take_line(
    struct reader *r, const struct scope *sc, char *buf, unsigned int number)
{
	struct entry entry = {.line = {.file = sc->file,
				  .line = number,
				  .top = sc->top != 0 ? sc->top : number,
				  .via = sc->via,
				  .level = sc->level},
	    .rest = buf};
	const char *service = sc->service;
	char *word;
	bool bracket, at, broken;

	if (service == NULL &&
	    (service = pam_token(&entry.rest, &bracket)) == NULL)
		return give_up(r, sc, number, "a line without a service");
	entry.other = strcasecmp(service, OTHER) == 0;
	if (!entry.other && strcasecmp(service, r->s->name) != 0)
		return BH_OK;
	word = pam_token(&entry.rest, &bracket);
	broken = !take_phase(r, sc, &entry, word, &at);
	if (sc->phase != PHASE_ANY && entry.phase != sc->phase)
		return BH_OK;
	if (!at)
		return take_module(r, sc, &entry, service, broken);
	entry.line.control = "@include";
	word = pam_token(&entry.rest, &bracket);
	entry.line.args = "";
	entry.line.module = pam_copy(r->h, word != NULL ? word : "");
	if (entry.line.module == NULL)
		return BH_ERR_NOMEM;
	return include(r, sc, &entry, service, false, true);
}

static enum bh_err
take_file(struct reader *r, const char *path, const struct scope *sc)
{
	struct scope in = *sc;
	struct pam_cursor c = {.number = 1};
	struct pam_file *f;
	enum bh_err e;
	size_t len, size;
	char *buf;
	int more;

	if ((e = read_file(r->h, path, &f)) != BH_OK || f->empty)
		return e;
	in.file = f->path;
	c.at = text_bytes(f->text, &len);
	c.end = c.at + len;
	size = pam_line_size(r->h, &c);
	if ((buf = malloc(size)) == NULL)
		return BH_ERR_NOMEM;
	while ((more = pam_line_next(r->h, &c, buf, size)) > 0) {
		if ((e = take_line(r, &in, buf, c.line)) != BH_OK)
			break;
		if (r->n++ >= PAM_LINES_MAX) {
			e = BH_ERR_FULL;
			break;
		}
	}
	free(buf);
	if (e == BH_OK && more < 0)
		return give_up(r, &in, c.number, "it ends in a continued line");
	return e;
}

/* The service's own file, then that of "other". */
static enum bh_err
take_folders(struct reader *r)
{
	struct scope sc = {.service = r->s->name, .phase = PHASE_ANY};
	struct pam_file *f;
	bool something = false;
	enum bh_err e;

	if ((e = find_file(r->h, r->s->name, &f)) == BH_OK) {
		if ((r->s->file = pam_copy(r->h, f->path)) == NULL)
			return BH_ERR_NOMEM;
		something = true;
		e = take_file(r, f->path, &sc);
	}
	if (e != BH_OK && e != BH_ERR_NOTFOUND)
		return e;
	sc.service = OTHER;
	if ((e = find_file(r->h, OTHER, &f)) == BH_OK) {
		something = true;
		e = take_file(r, f->path, &sc);
	}
	if (e == BH_ERR_NOTFOUND && !something) {
		r->s->why = "neither the service nor \"other\" has a file";
		return BH_ERR_CONFIG;
	}
	return e == BH_ERR_NOTFOUND ? BH_OK : e;
}

static enum bh_err
take_conf(struct reader *r)
{
	struct scope sc = {.phase = PHASE_ANY};
	enum bh_err e = take_file(r, PAM_CONF, &sc);

	if (e == BH_ERR_NOTFOUND) {
		r->s->why = "there is no PAM configuration";
		return BH_ERR_CONFIG;
	}
	if (e == BH_OK && (r->s->file = pam_copy(r->h, PAM_CONF)) == NULL)
		return BH_ERR_NOMEM;
	return e;
}

void
pam_read(struct pam_host *h, struct pam_service *s)
{
	struct reader r = {.h = h, .s = s};
	bool folder = false;
	size_t i;

	for (i = 0; i < PAM_FOLDERS_MAX; i++)
		folder = folder || h->folder[i].there;
	s->e = folder ? take_folders(&r) : take_conf(&r);
	if (s->e == BH_ERR_CONFIG && s->why == NULL)
		s->why = "libpam can't read its configuration";
}
