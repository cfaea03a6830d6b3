/*
 * Keys: which lines decide.
 */
#include "core/host/sshd_key.h"

#include <stdlib.h>
#include <string.h>

/* First value wins, but for the lists, which grow with each block. */
const char *const sshd_keywords[] = {"allowusers", "denyusers", "allowgroups",
    "denygroups", "authenticationmethods", "usepam", "pamservicename",
    "kbdinteractiveauthentication", "passwordauthentication",
    "pubkeyauthentication", "hostbasedauthentication", "gssapiauthentication",
    "gssapikeyexchange", "permitemptypasswords", "permitrootlogin",
    "authorizedkeyscommand", "authorizedkeysfile", "trustedusercakeys",
    "authorizedprincipalscommand", "refuseconnection", "ignorerhosts",
    "forcecommand", "gatewayports", "permittunnel", "allowagentforwarding",
    "disableforwarding", NULL};
#define LISTS 4 /* of them, the first */

struct setter {
	unsigned short *block; /* in the order of the text */
	const char **value;    /* what its first line says */
	size_t n;
};

struct sshd_setters {
	const struct sshd_host *h;
	struct setter of[SSHD_KEY_WORDS];
	struct sshd_set peers; /* what USER@HOST asks */
};

static size_t
keyword_index(const char *keyword)
{
	size_t i;

	for (i = 0; sshd_keywords[i] != NULL; i++) {
		if (strcmp(sshd_keywords[i], keyword) == 0)
			return i;
	}
	if (strcmp(keyword, "challengeresponseauthentication") == 0 ||
	    strcmp(keyword, "skeyauthentication") == 0)
		return keyword_index("kbdinteractiveauthentication");
	return i;
}

static enum bh_err
add_setter(struct setter *s, const struct sshd_line *l)
{
	unsigned short *blocks;
	const char **values;
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (s->block[i] == l->block)
			return BH_OK;
	}
	if ((blocks = reallocarray(s->block, i + 1, sizeof(*blocks))) != NULL)
		s->block = blocks;
	values = reallocarray(s->value, i + 1, sizeof(const char *));
	if (values != NULL)
		s->value = values;
	if (blocks == NULL || values == NULL)
		return BH_ERR_NOMEM;
	blocks[i] = (unsigned short)l->block;
	values[i] = l->value;
	s->n++;
	return BH_OK;
}

/* The first block that says the same as the i-th. */
static unsigned short
first_alike(const struct setter *s, size_t i)
{
	size_t k;

	for (k = 0; strcmp(s->value[k], s->value[i]) != 0; k++)
		;
	return s->block[k];
}

/* Which blocks have a line that matters here. */
static enum bh_err
find_setters(struct sshd_setters *s, struct sshd_set *telling)
{
	const struct sshd_block *b;
	const struct sshd_line *l;
	enum bh_err e = BH_OK;
	size_t i, k;

	for (i = 0; e == BH_OK && (l = sshd_line(s->h, i)) != NULL; i++) {
		k = keyword_index(l->keyword);
		if (l->block == 0 || sshd_keywords[k] == NULL)
			continue;
		sshd_set_add(telling, l->block);
		e = add_setter(&s->of[k], l);
	}
	for (i = 0; (b = sshd_block(s->h, i)) != NULL; i++) {
		if (sshd_block_asks(b, SSHD_PEER))
			sshd_set_add(&s->peers, i);
	}
	for (i = 0; i < SSHD_SET_WORDS; i++)
		telling->w[i] |= s->peers.w[i];
	return e;
}

enum bh_err
sshd_setters_new(const struct sshd_host *h, struct sshd_setters **sp,
    struct sshd_set *tellingp)
{
	struct sshd_setters *s;
	enum bh_err e;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return BH_ERR_NOMEM;
	s->h = h;
	memset(tellingp, 0, sizeof(*tellingp));
	if ((e = find_setters(s, tellingp)) != BH_OK)
		sshd_setters_free(s);
	else
		*sp = s;
	return e;
}

void
sshd_setters_free(struct sshd_setters *s)
{
	size_t i;

	for (i = 0; s != NULL && i < SSHD_KEY_WORDS; i++) {
		free(s->of[i].block);
		free(s->of[i].value);
	}
	free(s);
}

void
sshd_key_of(const struct sshd_setters *all, const struct sshd_set *hold,
    struct sshd_key *key)
{
	const struct setter *s;
	size_t k, i;

	memset(key, 0, sizeof(*key));
	for (k = 0; sshd_keywords[k] != NULL; k++) {
		s = &all->of[k];
		for (i = 0; i < s->n; i++) {
			if (!sshd_set_has(hold, s->block[i]))
				continue;
			if (k < LISTS) {
				sshd_set_add(&key->added, s->block[i]);
				continue;
			}
			key->from[k] = s->block[i];
			key->value[k] = first_alike(s, i);
			break;
		}
	}
	for (i = 0; i < SSHD_SET_WORDS; i++)
		key->peers.w[i] = hold->w[i] & all->peers.w[i];
}

bool
sshd_key_same_lines(const struct sshd_key *a, const struct sshd_key *b)
{
	return memcmp(a->from, b->from, sizeof(a->from)) == 0 &&
	       sshd_set_eq(&a->added, &b->added);
}

bool
sshd_key_same_values(const struct sshd_key *a, const struct sshd_key *b)
{
	return memcmp(a->value, b->value, sizeof(a->value)) == 0 &&
	       sshd_set_eq(&a->added, &b->added);
}

bool
sshd_key_eq(const struct sshd_key *a, const struct sshd_key *b)
{
	return sshd_key_same_lines(a, b) && sshd_set_eq(&a->peers, &b->peers);
}
