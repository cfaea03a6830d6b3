/*
 * What decides sshd's answer: the block that each keyword's value comes from.
 * Equal keys, equal answers, as far as sshd_keywords go; so one question is
 * enough for all logins of one key.
 */
#ifndef CORE_HOST_SSHD_KEY_H
#define CORE_HOST_SSHD_KEY_H

#include "base/err.h"
#include "core/host/sshd.h"

#include <stdbool.h>

#define SSHD_KEY_WORDS 32

struct sshd_key {
	unsigned short from[SSHD_KEY_WORDS]; /* a block each, 0: outside */
	struct sshd_set added;		     /* blocks whose lists are joined */
};

/* What is looked at: a block without a line of one of these decides nothing.
 * NULL ends the list. */
extern const char *const sshd_keywords[];

struct sshd_setters;

/* *tellingp: the blocks that have such a line. */
enum bh_err sshd_setters_new(const struct sshd_host *h,
    struct sshd_setters **sp, struct sshd_set *tellingp) BH_CHECKED;
void sshd_setters_free(struct sshd_setters *s); /* NULL is accepted */

/* The key where these blocks hold. */
void sshd_key_of(const struct sshd_setters *s, const struct sshd_set *hold,
    struct sshd_key *key);
bool sshd_key_eq(const struct sshd_key *a, const struct sshd_key *b);

#endif
