/*
 * Match blocks as conditions.
 */
#include "core/host/sshd_match.h"

#include "core/host/sshd_pattern.h"
#include "core/host/textfile.h"

#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\f\v"
#define WORD   64

void
sshd_set_add(struct sshd_set *s, size_t i)
{
	s->w[i / WORD] |= UINT64_C(1) << i % WORD;
}

bool
sshd_set_has(const struct sshd_set *s, size_t i)
{
	return (s->w[i / WORD] >> i % WORD & 1) != 0;
}

bool
sshd_set_eq(const struct sshd_set *a, const struct sshd_set *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

void
sshd_set_and(struct sshd_set *s, const struct sshd_set *other)
{
	size_t i;

	for (i = 0; i < SSHD_SET_WORDS; i++)
		s->w[i] &= other->w[i];
}

size_t
sshd_set_first(const struct sshd_set *s)
{
	size_t i;

	for (i = 0; i < SSHD_SET_WORDS; i++) {
		if (s->w[i] != 0)
			return i * WORD + (size_t)__builtin_ctzll(s->w[i]);
	}
	return SSHD_BLOCKS_MAX;
}

bool
sshd_set_empty(const struct sshd_set *s)
{
	return sshd_set_first(s) == SSHD_BLOCKS_MAX;
}

enum bh_err
sshd_block_add(struct sshd_block *b, enum sshd_kind kind, const char *list)
{
	struct sshd_condition *grown;
	char *copy = strdup(list);

	grown = reallocarray(b->condition, b->n + 1, sizeof(*grown));
	if (grown != NULL)
		b->condition = grown;
	if (grown == NULL || copy == NULL) {
		free(copy);
		return BH_ERR_NOMEM;
	}
	grown[b->n++] = (struct sshd_condition){.kind = kind, .list = copy};
	return BH_OK;
}

enum bh_err
sshd_block_copy(struct sshd_block *b, const struct sshd_block *from)
{
	enum bh_err e = BH_OK;
	size_t i;

	for (i = 0; i < from->n && e == BH_OK; i++)
		e = sshd_block_add(
		    b, from->condition[i].kind, from->condition[i].list);
	return e;
}

void
sshd_block_free(struct sshd_block *b)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		free(b->condition[i].list);
	free(b->condition);
	free(b->file);
	free(b->text);
	memset(b, 0, sizeof(*b));
}

static enum sshd_kind
kind_named(const char *word)
{
	static const struct {
		const char *name;
		enum sshd_kind kind;
	} names[] = {
	    {"user", SSHD_USER},
	    {"group", SSHD_GROUP},
	    {"host", SSHD_HOST},
	    {"address", SSHD_ADDRESS},
	    {"localaddress", SSHD_LOCAL_ADDRESS},
	    {"localport", SSHD_LOCAL_PORT},
	    {"rdomain", SSHD_RDOMAIN},
	};
	size_t i;

	for (i = 0; i < nitems(names); i++) {
		if (strcasecmp(names[i].name, word) == 0)
			return names[i].kind;
	}
	return SSHD_STRANGE;
}

enum bh_err
sshd_block_parse(struct sshd_block *b, char *criteria)
{
	char *rest = criteria, *word, *list;
	enum sshd_kind kind;
	enum bh_err e = BH_OK;

	while (e == BH_OK && (word = text_word(&rest, BLANKS "=")) != NULL &&
	       word[0] != '#') {
		if (strcasecmp(word, "all") == 0)
			continue;
		/* Whoever has an account here is none. */
		if (strcasecmp(word, "invalid-user") == 0)
			e = sshd_block_add(b, SSHD_USER, "");
		else if ((kind = kind_named(word)) == SSHD_STRANGE)
			/* Without knowing whether a value follows: it is one
			 * more strange word then. */
			e = sshd_block_add(b, kind, word);
		else if ((list = text_word(&rest, BLANKS)) != NULL)
			e = sshd_block_add(b, kind, list);
	}
	return e;
}

/* A group that is negated and held ends it, whatever the others are. */
static bool
groups_match(char *const *groups, size_t n, const char *list)
{
	bool found = false;
	size_t i;

	for (i = 0; i < n; i++) {
		switch (sshd_pattern_list(groups[i], list)) {
		case PATTERN_NEVER:
			return false;
		case PATTERN_YES:
			found = true;
			break;
		case PATTERN_NO:
			break;
		}
	}
	return found;
}

bool
sshd_block_has_user(const struct sshd_block *b, const char *user,
    char *const *groups, size_t n_groups)
{
	const struct sshd_condition *c;
	size_t i;

	for (i = 0; i < b->n; i++) {
		c = &b->condition[i];
		if (c->kind == SSHD_USER &&
		    sshd_pattern_list(user, c->list) != PATTERN_YES)
			return false;
		if (c->kind == SSHD_GROUP &&
		    !groups_match(groups, n_groups, c->list))
			return false;
	}
	return true;
}

static bool
peer_holds(const struct sshd_condition *c, const struct sshd_login *l)
{
	switch (c->kind) {
	case SSHD_HOST:
		return sshd_pattern_host(l->host, c->list) == PATTERN_YES;
	case SSHD_ADDRESS:
		return sshd_pattern_address(l->addr, c->list) == PATTERN_YES;
	case SSHD_LOCAL_ADDRESS:
		return sshd_pattern_address(l->laddr, c->list) == PATTERN_YES;
	case SSHD_LOCAL_PORT:
		return strtoul(c->list, NULL, 10) == l->lport;
	case SSHD_RDOMAIN:
		return sshd_pattern_list(l->rdomain, c->list) == PATTERN_YES;
	case SSHD_PEER:
		return sshd_pattern_peer(l->host, l->addr, c->list);
	case SSHD_USER:
	case SSHD_GROUP:
	case SSHD_STRANGE:
	case SSHD_KINDS:
		break;
	}
	return true;
}

bool
sshd_block_has_peer(
    const struct sshd_block *b, const struct sshd_login *l, unsigned int kinds)
{
	size_t i;

	for (i = 0; i < b->n; i++) {
		if ((kinds >> b->condition[i].kind & 1) != 0 &&
		    !peer_holds(&b->condition[i], l))
			return false;
	}
	return true;
}

bool
sshd_block_asks(const struct sshd_block *b, enum sshd_kind kind)
{
	size_t i;

	for (i = 0; i < b->n; i++) {
		if (b->condition[i].kind == kind)
			return true;
	}
	return false;
}
