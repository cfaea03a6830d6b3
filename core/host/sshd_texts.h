/*
 * Texts that meet sshd's patterns and networks, and such as just don't: where
 * a representative is taken from.
 */
#ifndef CORE_HOST_SSHD_TEXTS_H
#define CORE_HOST_SSHD_TEXTS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* A list of different texts, in the order in which they came. */
struct sshd_texts {
	char **text;
	bool *real;
	size_t n;
};

enum bh_err sshd_texts_add(
    struct sshd_texts *t, const char *text, bool real) BH_CHECKED;
void sshd_texts_free(struct sshd_texts *t);

/* For each pattern of a list a text that it matches. */
enum bh_err sshd_texts_patterns(
    struct sshd_texts *t, const char *list, bool real) BH_CHECKED;

/*
 * For each network of a list addresses inside, at both ends, and the ones next
 * to it; for a pattern of an address's text an address that it matches.
 * Networks lie in each other or apart, so these meet every cell that they cut
 * the space into.
 */
enum bh_err sshd_texts_addresses(
    struct sshd_texts *t, const char *list, bool real) BH_CHECKED;

#endif
