/*
 * The listening sockets: handed over by a service manager, or made here.
 */
#ifndef DAEMON_LISTENER_H
#define DAEMON_LISTENER_H

#include "base/err.h"

#include <sys/types.h>

#define LISTENER_INHERITED_MAX 8
#define LISTENER_NAME_MAX      64

/* Sockets of LISTEN_FDS, with their LISTEN_FDNAMES; fd -1 once taken. */
struct inherited {
	int n;
	struct {
		int fd;
		char name[LISTENER_NAME_MAX];
	} row[LISTENER_INHERITED_MAX];
};

/*
 * Read LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES, and take them out of the
 * environment.  None of them, or another process's, is an empty set.
 * BH_ERR_INPUT if they are there and malformed.
 */
enum bh_err listener_inherit(struct inherited *in) BH_CHECKED;

/*
 * The inherited socket of that name, or bound to that path; -1 if there is
 * none.  One that is not a listening UNIX SEQPACKET socket counts as none
 * and is logged.
 */
int listener_take(struct inherited *in, const char *name, const char *path);

/* The inherited regular file of that name; -1 if there is none. */
int listener_take_file(struct inherited *in, const char *name);

/* Close what nobody took, with a line in the log. */
void listener_drop(struct inherited *in);

/*
 * Make a listening socket at path with that mode, its folder too (0755) if
 * it is missing.  BH_ERR_BUSY if somebody answers there already,
 * BH_ERR_UNSAFE if something else than a socket is there or others may write
 * to the folder; logged.  A socket nobody answers on is replaced.
 */
enum bh_err listener_make(const char *path, mode_t mode, int *fdp) BH_CHECKED;

#endif
