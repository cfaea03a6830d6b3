/*
 * Inside the view of sshd: the host, and the text of its configuration.
 */
#ifndef CORE_HOST_SSHD_INTERNAL_H
#define CORE_HOST_SSHD_INTERNAL_H

#include "core/host/sshd.h"
#include "core/host/sshd_match.h"

#include <sys/types.h>

#define SSHD_FOLDER  "/etc/ssh"
#define SSHD_PARTS   SSHD_FOLDER "/sshd_config.d"
#define SSHD_ARGS    32
#define SSHD_PROGRAM "/usr/sbin/sshd"

/* What the files say, as text: sshd itself only tells what takes effect. */
struct sshd_text {
	struct sshd_line *line;
	size_t n;
	struct sshd_block *block; /* [0] is what stands outside of all */
	size_t n_blocks;
	bool has_match;
	bool complete; /* all files could be read */
};

struct sshd_options {
	struct sshd_options *next;
	char *said;  /* as sshd -T printed it */
	char **line; /* "keyword value", in a copy of it */
	size_t n;
};

struct sshd_host {
	char *program;
	char *config;
	char *arg[SSHD_ARGS]; /* "-o", "X=Y" and the like */
	size_t n_args;
	bool runs;
	bool plain;	/* root's, and no container's: what sshd_find takes */
	bool starts;	/* at the boot, or when somebody connects */
	pid_t pid;	/* where it runs */
	uint64_t since; /* when it was started, in ticks after the boot */
	char *service;	/* what PAM knows it by: its own name */
	char *why;	/* a sentence: it runs, but can't be looked at */
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

/* A list of hosts that grows. */
struct sshd_hosts {
	struct sshd_host **host;
	size_t n;
};

/* A sentence; NULL where memory is out. */
void sshd_explain(char **whyp, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A host as it is where no sshd runs; NULL: no memory. */
struct sshd_host *sshd_host_new(void);

/* Takes h, also with an error. */
enum bh_err sshd_hosts_add(
    struct sshd_hosts *list, struct sshd_host *h) BH_CHECKED;

/* Take the options from what sshd is started with, behind the program; one
 * space between the words, no quotes.  The text is changed. */
enum bh_err sshd_take_words(struct sshd_host *h, char *words) BH_CHECKED;

/* Add those that are started some time and are not in the list yet. */
enum bh_err sshd_boot(struct sshd_hosts *list) BH_CHECKED;

/* The listeners in /proc, without the texts of their files. */
enum bh_err sshd_listeners(struct sshd_hosts *list) BH_CHECKED;

/* Split what -T printed; takes said, also with an error. */
enum bh_err sshd_options_new(char *said, struct sshd_options **op) BH_CHECKED;
void sshd_options_free(struct sshd_options *o);

#endif
