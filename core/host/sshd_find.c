/*
 * The sshd of this host: which there are, and what is known of each.
 */
#include "core/host/sshd_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void
sshd_list_free(struct sshd_host **list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		sshd_host_free(list[i]);
	free(list);
}

enum bh_err
sshd_hosts_add(struct sshd_hosts *list, struct sshd_host *h)
{
	struct sshd_host **grown;

	grown =
	    reallocarray(list->host, list->n + 1, sizeof(struct sshd_host *));
	if (grown == NULL) {
		sshd_host_free(h);
		return BH_ERR_NOMEM;
	}
	list->host = grown;
	grown[list->n++] = h;
	return BH_OK;
}

/* The first that runs and can be looked at; the others are only counted. */
static struct sshd_host *
pick(struct sshd_hosts *list)
{
	struct sshd_host *h = NULL;
	size_t i, others = 0;

	for (i = 0; i < list->n; i++) {
		if (!list->host[i]->plain)
			continue;
		if (h != NULL || list->host[i]->why != NULL) {
			others++;
			continue;
		}
		h = list->host[i];
		list->host[i] = NULL;
	}
	if (h == NULL)
		h = sshd_host_new();
	if (h != NULL)
		h->others = others;
	return h;
}

enum bh_err
sshd_find(struct sshd_host **hp, char **whyp)
{
	struct sshd_hosts list = {.n = 0};
	struct sshd_host *h = NULL;
	enum bh_err e;

	*whyp = NULL;
	if ((e = sshd_listeners(&list)) != BH_OK)
		sshd_explain(whyp,
		    "the command line of the sshd that runs can't be read (%s)",
		    err_text(e));
	else if ((h = pick(&list)) == NULL)
		e = BH_ERR_NOMEM;
	else if (access(h->program, X_OK) != 0) {
		sshd_explain(whyp,
		    "there is no sshd on this host: none runs, and there is "
		    "no %s",
		    h->program);
		e = BH_ERR_NOTFOUND;
	} else
		e = sshd_text_read(h->config, &h->text);
	sshd_list_free(list.host, list.n);
	if (e == BH_OK)
		*hp = h;
	else
		sshd_host_free(h);
	return e;
}

enum bh_err
sshd_find_all(struct sshd_host ***listp, size_t *np)
{
	struct sshd_hosts list = {.n = 0};
	enum bh_err e;
	size_t i;

	if ((e = sshd_listeners(&list)) == BH_OK)
		e = sshd_boot(&list);
	for (i = 0; i < list.n && e == BH_OK; i++) {
		if (list.host[i]->why == NULL)
			e = sshd_text_read(
			    list.host[i]->config, &list.host[i]->text);
	}
	if (e != BH_OK) {
		sshd_list_free(list.host, list.n);
		return e;
	}
	*listp = list.host;
	*np = list.n;
	return BH_OK;
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

const char *
sshd_host_why(const struct sshd_host *h)
{
	return h->why;
}

bool
sshd_host_starts(const struct sshd_host *h)
{
	return h->runs || h->starts;
}

pid_t
sshd_host_pid(const struct sshd_host *h)
{
	return h->pid;
}

const char *
sshd_host_service(const struct sshd_host *h)
{
	return h->service;
}

const char *
sshd_host_program(const struct sshd_host *h)
{
	return h->program;
}

const char *
sshd_host_argument(const struct sshd_host *h, size_t i)
{
	return i < h->n_args ? h->arg[i] : NULL;
}

bool
sshd_host_complete(const struct sshd_host *h)
{
	return h->text.complete;
}

const struct sshd_block *
sshd_block(const struct sshd_host *h, size_t i)
{
	return i < h->text.n_blocks ? &h->text.block[i] : NULL;
}

/* Old names that sshd still takes for a keyword. */
static bool
same_keyword(const char *written, const char *keyword)
{
	static const char kbdint[] = "kbdinteractiveauthentication";

	if (strcmp(written, keyword) == 0)
		return true;
	return strcmp(keyword, kbdint) == 0 &&
	       (strcmp(written, "challengeresponseauthentication") == 0 ||
		   strcmp(written, "skeyauthentication") == 0);
}

const struct sshd_line *
sshd_effective(
    const struct sshd_host *h, const struct sshd_set *hold, const char *keyword)
{
	const struct sshd_line *outside = NULL, *l;
	size_t i;

	for (i = 0; (l = sshd_line(h, i)) != NULL; i++) {
		if (!same_keyword(l->keyword, keyword))
			continue;
		if (l->block != 0 && sshd_set_has(hold, l->block))
			return l;
		if (l->block == 0 && outside == NULL)
			outside = l;
	}
	return outside;
}

/*
 * When it read its configuration last: a restart by SIGHUP keeps the process
 * and its start, but writes the pid file anew.  False: no pid file of its own
 * tells.
 */
static bool
read_at(const struct sshd_host *h, const char *pidfile, time_t *atp)
{
	struct timespec boot, now;
	char text[32] = "";
	struct stat st;
	bool its_own;
	FILE *f;

	if (clock_gettime(CLOCK_BOOTTIME, &boot) != 0 ||
	    clock_gettime(CLOCK_REALTIME, &now) != 0 || pidfile == NULL ||
	    (f = fopen(pidfile, "re")) == NULL)
		return false;
	its_own = fgets(text, sizeof(text), f) != NULL &&
		  strtol(text, NULL, 10) == (long)h->pid &&
		  fstat(fileno(f), &st) == 0;
	(void)fclose(f);
	if (!its_own)
		return false;
	*atp = now.tv_sec - boot.tv_sec +
	       (time_t)(h->since / (uint64_t)sysconf(_SC_CLK_TCK));
	if (st.st_mtime > *atp)
		*atp = st.st_mtime;
	return true;
}

const char *
sshd_host_stale(const struct sshd_host *h, const char *pidfile)
{
	const char *last = NULL;
	struct stat st;
	time_t at;
	size_t i;

	if (!h->runs || !read_at(h, pidfile, &at))
		return NULL;
	at++; /* these clocks are not read at one time */
	if (stat(h->config, &st) == 0 && st.st_mtime > at)
		return h->config;
	if (stat(SSHD_PARTS, &st) == 0 && st.st_mtime > at)
		return SSHD_PARTS; /* one of them may be gone */
	for (i = 0; i < h->text.n; i++) {
		if (h->text.line[i].file == last)
			continue;
		last = h->text.line[i].file;
		if (stat(last, &st) == 0 && st.st_mtime > at)
			return last;
	}
	return NULL;
}
