/*
 * Log lines that strangers can cause: one a minute of a kind, and how many.
 */
#ifndef DAEMON_SELDOM_H
#define DAEMON_SELDOM_H

#include <stdint.h>

/* One kind of event; zeroed to begin with. */
struct seldom {
	uint64_t next_ns; /* not before */
	uint64_t missed;
};

/* Log the text, or count it if there was a line less than a minute ago. */
void seldom_log(struct seldom *s, uint64_t now_ns, const char *text);

#endif
