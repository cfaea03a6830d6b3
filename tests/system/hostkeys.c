/*
 * Print the SSH keys that this host accepts, a line each: where, for whom,
 * "ca" or "host", type and comment; "unseen: ..." for what can't be seen.
 */
#include "core/host/keys.h"

#include <stdio.h>

static enum bh_err
print_key(void *arg, const struct key_line *k)
{
	(void)arg;
	(void)printf("%s:%u %s %s %s %s\n", k->file, k->line,
	    k->account != NULL ? k->account : "-",
	    k->ca ? "ca" : (k->host ? "host" : "key"), k->type, k->comment);
	return BH_OK;
}

static void
print_unseen(void *arg, const char *what)
{
	(void)arg;
	(void)printf("unseen: %s\n", what);
}

int
main(void)
{
	struct sshd_host *h;
	enum bh_err e;
	char *why;

	if ((e = sshd_find(&h, &why)) != BH_OK) {
		(void)printf("%s: %s\n", err_text(e), why != NULL ? why : "");
		return 1;
	}
	(void)printf("sshd %s, configuration %s\n",
	    sshd_host_runs(h) ? "runs" : "does not run", sshd_host_config(h));
	e = keys_accepted(h, print_key, print_unseen, NULL, NULL);
	(void)printf("%s\n", err_text(e));
	sshd_host_free(h);
	return e == BH_OK ? 0 : 1;
}
