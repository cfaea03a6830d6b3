/*
 * Inside the view of sshd: the host, and the text of its configuration.
 */
#ifndef CORE_HOST_SSHD_INTERNAL_H
#define CORE_HOST_SSHD_INTERNAL_H

#include "core/host/sshd.h"

#define SSHD_FOLDER  "/etc/ssh"
#define SSHD_ARGS    32
#define SSHD_PROGRAM "/usr/sbin/sshd"

/* What the files say, as text: sshd itself only tells what takes effect. */
struct sshd_text {
	struct sshd_line *line;
	size_t n;
	bool has_match;
	bool complete; /* all files could be read */
};

struct sshd_options {
	struct sshd_options *next;
	char *said; /* as sshd -T printed it */
	char **line; /* "keyword value", in a copy of it */
	size_t n;
};

struct sshd_host {
	char *program;
	char *config;
	char *arg[SSHD_ARGS]; /* "-o", "X=Y" and the like */
	size_t n_args;
	bool runs;
	size_t others;
	unsigned int port; /* 0: not asked yet */
	struct sshd_text text;
	struct sshd_options *options; /* every answer that was got, once */
};

/*
 * Read the file and what it Includes.  What can't be read leaves complete
 * false; BH_ERR_NOMEM is the only error.
 */
enum bh_err sshd_text_read(const char *path, struct sshd_text *t) BH_CHECKED;
void sshd_text_free(struct sshd_text *t);

/* Find the listeners in /proc; without one, h->runs stays false. */
enum bh_err sshd_listener(struct sshd_host *h) BH_CHECKED;

#endif
