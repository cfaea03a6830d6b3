/*
 * The Match blocks of a sshd_config, as conditions that can be worked through:
 * which of them hold for a login, and which line takes effect then.
 */
#ifndef CORE_HOST_SSHD_MATCH_H
#define CORE_HOST_SSHD_MATCH_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SSHD_BLOCKS_MAX 512
#define SSHD_SET_WORDS	(SSHD_BLOCKS_MAX / 64)

/* A set of blocks, by their numbers. */
struct sshd_set {
	uint64_t w[SSHD_SET_WORDS];
};

void sshd_set_add(struct sshd_set *s, size_t i);
bool sshd_set_has(const struct sshd_set *s, size_t i);
bool sshd_set_eq(const struct sshd_set *a, const struct sshd_set *b);
void sshd_set_and(struct sshd_set *s, const struct sshd_set *other);
bool sshd_set_empty(const struct sshd_set *s);
size_t sshd_set_first(const struct sshd_set *s); /* SSHD_BLOCKS_MAX: empty */

/* What a condition looks at. */
enum sshd_kind {
	SSHD_USER = 0,
	SSHD_GROUP,
	SSHD_HOST,
	SSHD_ADDRESS,
	SSHD_LOCAL_ADDRESS,
	SSHD_LOCAL_PORT,
	SSHD_RDOMAIN,
	SSHD_PEER,    /* USER@HOST of AllowUsers and DenyUsers */
	SSHD_STRANGE, /* one that is not known here */
	SSHD_KINDS
};

struct sshd_condition {
	enum sshd_kind kind;
	char *list;
};

/* All conditions must hold: those of the Match around an Include as well.
 * Block 0 is what stands outside of every Match. */
struct sshd_block {
	struct sshd_condition *condition;
	size_t n;
	char *file; /* where its Match is; NULL for what is no Match's */
	char *text; /* what that says behind "Match", as it is written */
};

/* A login, as a Match sees it.  host is the address where UseDNS is off. */
struct sshd_login {
	const char *user;
	const char *host;
	const char *addr;
	const char *laddr;
	const char *rdomain; /* "" for none */
	unsigned int lport;
};

/* Add what a Match line says behind "Match"; it is changed. */
enum bh_err sshd_block_parse(struct sshd_block *b, char *criteria) BH_CHECKED;
enum bh_err sshd_block_add(
    struct sshd_block *b, enum sshd_kind kind, const char *list) BH_CHECKED;
enum bh_err sshd_block_copy(
    struct sshd_block *b, const struct sshd_block *from) BH_CHECKED;
void sshd_block_free(struct sshd_block *b);

/* Do its conditions about the account hold?  groups: all of its names. */
bool sshd_block_has_user(const struct sshd_block *b, const char *user,
    char *const *groups, size_t n_groups);
/* Do its conditions of these kinds (1u << kind, or'ed) about the connection
 * hold?  A strange one does. */
bool sshd_block_has_peer(
    const struct sshd_block *b, const struct sshd_login *l, unsigned int kinds);
/* Has it a condition of that kind? */
bool sshd_block_asks(const struct sshd_block *b, enum sshd_kind kind);

#endif
