/*
 * The PAM configuration of a host: how its libpam was built, which services
 * have files, and each one read and judged once.
 */
#include "core/host/pam.h"

#include "core/host/pam_internal.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct block {
	struct block *next;
	max_align_t data[];
};

void *
pam_alloc(struct pam_host *h, size_t size)
{
	struct block *b = calloc(1, sizeof(*b) + size);

	if (b == NULL)
		return NULL;
	b->next = h->pool;
	h->pool = b;
	return b->data;
}

char *
pam_copy(struct pam_host *h, const char *s)
{
	size_t size = strlen(s) + 1;
	char *copy = pam_alloc(h, size);

	return copy != NULL ? memcpy(copy, s, size) : NULL;
}

char *
pam_rooted(const struct pam_host *h, const char *path)
{
	char *full;

	return asprintf(&full, "%s%s", h->root, path) != -1 ? full : NULL;
}

static bool
holds(const char *bytes, size_t len, const char *text)
{
	return memmem(bytes, len, text, strlen(text)) != NULL;
}

/* A folder besides the two that every libpam knows: "/usr/etc/pam.d/%s". */
static enum bh_err
find_vendor(struct pam_host *h, const char *bytes, size_t len)
{
	static const char tail[] = "/pam.d/%s";
	const char *at = bytes, *from, *end = bytes + len;
	char path[PATH_MAX];

	while (
	    (at = memmem(at, (size_t)(end - at), tail, sizeof(tail))) != NULL) {
		for (from = at; from > bytes && from[-1] != '\0'; from--)
			;
		at += sizeof(tail) - 1;
		if (*from != '/' || (size_t)(at - from) >= sizeof(path))
			continue;
		(void)snprintf(
		    path, sizeof(path), "%.*s", (int)(at - from - 3), from);
		if (strcmp(path, h->folder[0].path) == 0 ||
		    strcmp(path, h->folder[1].path) == 0)
			continue;
		h->folder[2].path = pam_copy(h, path);
		return h->folder[2].path != NULL ? BH_OK : BH_ERR_NOMEM;
	}
	return BH_OK;
}

/* The library says by its own words what it does. */
static enum bh_err
ask_library(struct pam_host *h)
{
	static const char *const folders[] = {
	    "/usr/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib", "/lib"};
	char path[PATH_MAX];
	struct text *t = NULL;
	const char *bytes;
	enum bh_err e;
	size_t len, i;

	(void)snprintf(
	    path, sizeof(path), "%s%s/../libpam.so.0", h->root, h->module_dir);
	e = text_open_linked(path, &t);
	for (i = 0; i < nitems(folders) && e != BH_OK; i++) {
		(void)snprintf(path, sizeof(path), "%s%s/libpam.so.0", h->root,
		    folders[i]);
		e = text_open_linked(path, &t);
	}
	if (e != BH_OK)
		return BH_OK;
	bytes = text_bytes(t, &len);
	h->debian = holds(bytes, len, "@include");
	h->long_lines = holds(bytes, len, "smaller jump number");
	if (holds(bytes, len, "maximum level of inclusions"))
		h->deep = PAM_LEVELS;
	e = find_vendor(h, bytes, len);
	text_close(t);
	return e;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* libpam makes every service's name lower case. */
static bool
can_be_service(const char *name)
{
	const char *s;

	for (s = name; *s != '\0'; s++) {
		if (isupper((unsigned char)*s))
			return false;
	}
	return name[0] != '\0' && name[0] != '.';
}

static enum bh_err
add_name(struct pam_host *h, const char *name)
{
	char **names;

	if (!can_be_service(name))
		return BH_OK;
	names = reallocarray(h->names, h->n_names + 1, sizeof(*names));
	if (names == NULL)
		return BH_ERR_NOMEM;
	h->names = names;
	if ((names[h->n_names] = pam_copy(h, name)) == NULL)
		return BH_ERR_NOMEM;
	h->n_names++;
	return BH_OK;
}

static enum bh_err
list_folder(struct pam_host *h, size_t i)
{
	char *full = pam_rooted(h, h->folder[i].path);
	const struct dirent *entry;
	enum bh_err e = BH_OK;
	struct stat st;
	DIR *d = NULL;

	if (full == NULL)
		return BH_ERR_NOMEM;
	h->folder[i].there = stat(full, &st) == 0 && S_ISDIR(st.st_mode);
	if (h->folder[i].there && (d = opendir(full)) == NULL)
		e = BH_ERR_SYSTEM;
	while (d != NULL && e == BH_OK && (entry = readdir(d)) != NULL) {
		if (entry->d_type != DT_DIR)
			e = add_name(h, entry->d_name);
	}
	if (d != NULL)
		(void)closedir(d);
	free(full);
	return e;
}

/* The names in /etc/pam.conf, where there is no folder. */
static enum bh_err
list_conf(struct pam_host *h)
{
	char *full = pam_rooted(h, PAM_CONF), *buf = NULL, *rest, *word;
	struct pam_cursor c = {.number = 1};
	struct text *t = NULL;
	enum bh_err e = BH_ERR_NOMEM;
	size_t len, size;
	bool bracket;

	if (full == NULL)
		return e;
	e = text_open_linked(full, &t);
	free(full);
	if (e != BH_OK)
		return BH_OK;
	c.at = text_bytes(t, &len);
	c.end = c.at + len;
	size = pam_line_size(h, &c);
	e = (buf = malloc(size)) != NULL ? BH_OK : BH_ERR_NOMEM;
	while (e == BH_OK && pam_line_next(h, &c, buf, size) > 0) {
		rest = buf;
		if ((word = pam_token(&rest, &bracket)) != NULL)
			e = add_name(h, word);
	}
	free(buf);
	text_close(t);
	return e;
}

static enum bh_err
list_services(struct pam_host *h)
{
	bool folder = false;
	enum bh_err e = BH_OK;
	size_t i, n = 0;

	for (i = 0; i < PAM_FOLDERS_MAX && h->folder[i].path != NULL; i++) {
		if ((e = list_folder(h, i)) != BH_OK)
			return e;
		folder = folder || h->folder[i].there;
	}
	if (!folder && (e = list_conf(h)) != BH_OK)
		return e;
	if (h->n_names > 0)
		qsort(h->names, h->n_names, sizeof(*h->names), by_name);
	for (i = 0; i < h->n_names; i++) {
		if (n == 0 || strcmp(h->names[i], h->names[n - 1]) != 0)
			h->names[n++] = h->names[i];
	}
	h->n_names = n;
	return BH_OK;
}

enum bh_err
pam_host_open(const char *root, const char *module_dir, struct pam_host **hp)
{
	struct pam_host *h = calloc(1, sizeof(*h));
	enum bh_err e = BH_ERR_NOMEM;

	if (h == NULL)
		return e;
	h->folder[0].path = PAM_ETC;
	h->folder[1].path = "/usr/lib/pam.d";
	h->debian = true;
	h->deep = 4 * PAM_LEVELS; /* no limit before 1.6 but open files */
	if ((h->root = pam_copy(h, root)) == NULL ||
	    (h->module_dir = pam_copy(h, module_dir)) == NULL ||
	    (e = ask_library(h)) != BH_OK || (e = list_services(h)) != BH_OK) {
		pam_host_free(h);
		return e;
	}
	*hp = h;
	return BH_OK;
}

void
pam_host_free(struct pam_host *h)
{
	struct pam_service *s;
	struct pam_file *f;
	struct block *b;
	size_t i;

	if (h == NULL)
		return;
	for (s = h->services; s != NULL; s = s->next) {
		for (i = 0; i < PAM_PHASES; i++) {
			free(s->own[i].line);
			free(s->other[i].line);
		}
	}
	for (f = h->files; f != NULL; f = f->next)
		text_close(f->text);
	free(h->names);
	while ((b = h->pool) != NULL) {
		h->pool = b->next;
		free(b);
	}
	free(h);
}

/* As pam_start: without a path, in lower case. */
static enum bh_err
find_service(struct pam_host *h, const char *name, struct pam_service **sp)
{
	const char *slash = strrchr(name, '/');
	struct pam_service *s;
	char *lower, *c;

	if ((lower = strdup(slash != NULL ? slash + 1 : name)) == NULL)
		return BH_ERR_NOMEM;
	for (c = lower; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	for (s = h->services; s != NULL && strcmp(s->name, lower) != 0;)
		s = s->next;
	if (s == NULL && (s = pam_alloc(h, sizeof(*s))) != NULL) {
		s->next = h->services;
		h->services = s;
		if ((s->name = pam_copy(h, lower)) != NULL)
			pam_read(h, s);
		else
			s->e = BH_ERR_NOMEM;
	}
	free(lower);
	*sp = s;
	return s != NULL ? BH_OK : BH_ERR_NOMEM;
}

enum bh_err
pam_way(struct pam_host *h, const char *service, enum pam_phase phase,
    const struct pam_way **wp, const char **whyp)
{
	struct pam_service *s;
	enum bh_err e;

	if ((e = find_service(h, service, &s)) != BH_OK)
		return e;
	if (s->e == BH_ERR_CONFIG)
		*whyp = s->why;
	if (s->e != BH_OK)
		return s->e;
	if (!s->walked[phase])
		s->walk_e[phase] = pam_judge(h, s, phase);
	s->walked[phase] = true;
	*wp = &s->way[phase];
	return s->walk_e[phase];
}

bool
pam_is_part(struct pam_host *h, const char *service)
{
	const struct pam_part *p;
	struct pam_service *s;
	size_t i;

	for (i = 0; i < h->n_names && !h->parts_known; i++) {
		if (find_service(h, h->names[i], &s) != BH_OK)
			return false;
	}
	h->parts_known = true;
	if (find_service(h, service, &s) != BH_OK || s->file == NULL)
		return false;
	for (p = h->parts; p != NULL; p = p->next) {
		if (strcmp(p->path, s->file) == 0)
			return true;
	}
	return false;
}

const char *
pam_service(const struct pam_host *h, size_t i)
{
	return i < h->n_names ? h->names[i] : NULL;
}
