/*
 * The configuration of this host's sshd as it takes effect, asked of sshd
 * itself (sshd -T -C), for one login at a time.  Run as root.
 */
#ifndef CORE_HOST_SSHD_H
#define CORE_HOST_SSHD_H

#include "base/err.h"
#include "core/host/sshd_match.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct sshd_host;    /* the sshd that is looked at */
struct sshd_options; /* what takes effect for one login */

/*
 * Find the sshd: the one that runs as a listener, with its own path, -f and
 * -o (/proc/PID/cmdline), else /usr/sbin/sshd.  BH_ERR_NOTFOUND: no sshd on
 * this host.  *whyp, where set, is a sentence and the caller's to free.
 */
enum bh_err sshd_find(struct sshd_host **hp, char **whyp) BH_CHECKED;
void sshd_host_free(struct sshd_host *h);		 /* NULL is accepted */
const char *sshd_host_config(const struct sshd_host *h); /* path of -f */
bool sshd_host_runs(const struct sshd_host *h);
/* How many other sshd listeners run on this host; they are not looked at. */
size_t sshd_host_others(const struct sshd_host *h);

/*
 * Every sshd of this host: all that listen, and behind them those that would be
 * started and are not among them: /usr/sbin/sshd with /etc/ssh/sshd_config and
 * SSHD_OPTS, and what the administrator's units of systemd start.  No sshd at
 * all is an empty list.  sshd_list_free frees the list and its hosts.
 */
enum bh_err sshd_find_all(struct sshd_host ***listp, size_t *np) BH_CHECKED;
void sshd_list_free(struct sshd_host **list, size_t n);
/* NULL, or why this one can't be looked at: a sentence; nothing below is known
 * then but its process and its name. */
const char *sshd_host_why(const struct sshd_host *h);
pid_t sshd_host_pid(const struct sshd_host *h); /* 0: it does not run */
/* Does it run, or is it started at the boot or when somebody connects? */
bool sshd_host_starts(const struct sshd_host *h);
/* Its own name, which is its PAM service unless sshd -T tells another. */
const char *sshd_host_service(const struct sshd_host *h);
const char *sshd_host_program(const struct sshd_host *h);
/* The i-th word that it was started with, -o, -p, -c, -h; NULL: no more. */
const char *sshd_host_argument(const struct sshd_host *h, size_t i);
/* Were all files read: do sshd_line and sshd_block tell everything? */
bool sshd_host_complete(const struct sshd_host *h);
/* The file, or folder of parts, that was changed after it read its
 * configuration last; NULL: none, or its pid file (as -T tells it) does not say
 * when that was. */
const char *sshd_host_stale(const struct sshd_host *h, const char *pidfile);
/* The i-th Match block, [0] being what stands outside of all; NULL: no more. */
const struct sshd_block *sshd_block(const struct sshd_host *h, size_t i);

/*
 * A line of the configuration file or of one it Includes, as text: to point
 * at, and for what sshd -T does not tell.  conditional: it stands in a Match by
 * something else than user and group, so it takes effect for some addresses,
 * hosts or ports.
 */
struct sshd_line {
	const char *file;
	unsigned int line;
	const char *keyword; /* lower case */
	const char *value;   /* its words, one space between */
	size_t block;	     /* sshd_block's number */
	bool conditional;
};
/* The i-th line, without Match and Include; NULL: no more. */
const struct sshd_line *sshd_line(const struct sshd_host *h, size_t i);
/* The first line with that keyword and value; NULL: there is none. */
const struct sshd_line *sshd_where(
    const struct sshd_host *h, const char *keyword, const char *value);

/*
 * What takes effect for user from addr ("192.0.2.1"; NULL: an address that no
 * Match names).  A configuration without a Match block is asked once and the
 * answer given again.  *op lives as long as h.  BH_ERR_INPUT: a name that sshd
 * can't be asked about.  BH_ERR_CONFIG and *whyp: what sshd says of it.
 */
enum bh_err sshd_ask(struct sshd_host *h, const char *user, const char *addr,
    const struct sshd_options **op, char **whyp) BH_CHECKED;

/* The same for one login in full; each answer is kept once, so equal ones are
 * the same pointer. */
enum bh_err sshd_ask_login(struct sshd_host *h, const struct sshd_login *l,
    const struct sshd_options **op, char **whyp) BH_CHECKED;

/*
 * The line that sets a keyword where exactly these Match blocks hold: of those
 * in a block the first, else the first outside of all.  NULL: none does.
 */
const struct sshd_line *sshd_effective(const struct sshd_host *h,
    const struct sshd_set *hold, const char *keyword);

/* The i-th value of a keyword in lower case; NULL: no more, or not set.  An
 * option that -T prints on one line with several words is one value. */
const char *sshd_value(
    const struct sshd_options *o, const char *keyword, size_t i);
/* Is the first value that word? */
bool sshd_is(
    const struct sshd_options *o, const char *keyword, const char *word);

/*
 * Would this sshd start with that configuration file (sshd -t, with its own
 * options)?  BH_ERR_CONFIG and *whyp, the caller's to free: what it says.
 */
enum bh_err sshd_check(
    struct sshd_host *h, const char *file, char **whyp) BH_CHECKED;

/*
 * Have the listeners with h's configuration file read it anew, and wait until
 * they listen again.  Sessions and logins that are open go on.  sshd_check
 * first: a listener that can't read its configuration ends.  BH_ERR_CLOSED: it
 * did.  BH_ERR_TIMEOUT: it did not listen anew within some seconds.
 */
enum bh_err sshd_reload(struct sshd_host *h) BH_CHECKED;

#endif
