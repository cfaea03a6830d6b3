/*
 * Random PAM configurations, from a seed, for both readers of them.
 */
#ifndef TESTS_PAM_STACKS_H
#define TESTS_PAM_STACKS_H

#include <stddef.h>
#include <stdint.h>

#define STACK_FILES 6 /* the service, other, and what they include */

struct stacks {
	uint64_t seed;
	const char *dir;     /* of the configuration */
	const char *modules; /* with pam_bulkhead.so and standin.so in it */
	unsigned int id;     /* of the next line */
};

uint32_t stacks_random(struct stacks *s, uint32_t below);
/* A chance of n in a hundred. */
int stacks_chance(struct stacks *s, uint32_t n);

/* Write the files "test", "other", "inc0"... anew. */
void stacks_write(struct stacks *s);

#endif
