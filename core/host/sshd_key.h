/*
 * What decides sshd's answer: the block that each keyword's value comes from,
 * and what it says there.  Equal keys, equal answers, as far as sshd_keywords
 * go; so one question is enough for all logins of one key.
 */
#ifndef CORE_HOST_SSHD_KEY_H
#define CORE_HOST_SSHD_KEY_H

#include "base/err.h"
#include "core/host/sshd.h"

#include <stdbool.h>

#define SSHD_KEY_WORDS 32

struct sshd_key {
	unsigned short from[SSHD_KEY_WORDS];  /* a block each, 0: outside */
	unsigned short value[SSHD_KEY_WORDS]; /* the first that says so too */
	struct sshd_set added; /* blocks whose lists are joined */
	struct sshd_set peers; /* USER@HOST of lists that hold */
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
/* The same lines take effect, and the same USER@HOST hold. */
bool sshd_key_eq(const struct sshd_key *a, const struct sshd_key *b);
/* The same lines take effect. */
bool sshd_key_same_lines(const struct sshd_key *a, const struct sshd_key *b);
/* What takes effect is the same, though other lines may say so. */
bool sshd_key_same_values(const struct sshd_key *a, const struct sshd_key *b);

#endif
