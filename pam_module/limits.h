/*
 * How long the module waits, and how often it lets itself be asked.  Values
 * of a struct, so that a test links other ones.
 */
#ifndef PAM_MODULE_LIMITS_H
#define PAM_MODULE_LIMITS_H

#include <stdint.h>

struct limits {
	uint64_t send_ms;    /* to connect, and for each message sent */
	uint64_t first_ms;   /* for the first reply to START */
	uint64_t verdict_ms; /* for the reply to an ANSWER */
	uint64_t eof_ms;     /* for the end after the verdict */
	unsigned int prompts_max;
};

extern const struct limits limits;

#endif
