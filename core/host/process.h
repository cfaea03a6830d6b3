/*
 * The processes of this host, as /proc tells them: what runs, with which
 * words, and who waits for connections.
 */
#ifndef CORE_HOST_PROCESS_H
#define CORE_HOST_PROCESS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PROCESS_ARGS 64

struct process {
	pid_t pid;
	uid_t uid;     /* effective */
	char *program; /* the file; "" for a kernel thread */
	char *said;    /* its command line, each word ended by a NUL */
	char *arg[PROCESS_ARGS]; /* in said; the first ones */
	size_t n_args;
	bool listens;	   /* on a TCP port */
	unsigned int port; /* the first of them */
};

struct processes {
	struct process *p;
	size_t n;
};

/* Those of this host's own: not of a container, nor kernel threads. */
enum bh_err processes_read(struct processes *ps) BH_CHECKED;
void processes_free(struct processes *ps);

/* Is that process of this host?  A container's is another host's. */
bool process_is_here(const char *pid);

/*
 * Is it called so?  By its file, by its first word ("name: title" too), or by
 * the script that an interpreter runs.
 */
bool process_is(const struct process *p, const char *name);

/* Has it that word, or one that begins so and ends in '='?  The value (the next
 * word, or behind '='), "" for none; NULL: it has not. */
const char *process_option(const struct process *p, const char *word);

#endif
