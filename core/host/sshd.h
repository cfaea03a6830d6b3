/*
 * The configuration of this host's sshd as it takes effect, asked of sshd
 * itself (sshd -T -C), for one login at a time.  Run as root.
 */
#ifndef CORE_HOST_SSHD_H
#define CORE_HOST_SSHD_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

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

/* The i-th value of a keyword in lower case; NULL: no more, or not set.  An
 * option that -T prints on one line with several words is one value. */
const char *sshd_value(
    const struct sshd_options *o, const char *keyword, size_t i);
/* Is the first value that word? */
bool sshd_is(
    const struct sshd_options *o, const char *keyword, const char *word);

#endif
