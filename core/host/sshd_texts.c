/*
 * Representatives of patterns and of networks.
 */
#include "core/host/sshd_texts.h"

#include "core/host/sshd_pattern.h"
#include "core/netaddr.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define TEXT 1024

enum bh_err
sshd_texts_add(struct sshd_texts *t, const char *text, bool real)
{
	char **texts, *copy;
	bool *reals;
	size_t i;

	for (i = 0; i < t->n; i++) {
		if (strcmp(t->text[i], text) == 0) {
			t->real[i] = t->real[i] || real;
			return BH_OK;
		}
	}
	if ((texts = reallocarray(t->text, t->n + 1, sizeof(char *))) != NULL)
		t->text = texts;
	if ((reals = reallocarray(t->real, t->n + 1, sizeof(bool))) != NULL)
		t->real = reals;
	copy = strdup(text);
	if (texts == NULL || reals == NULL || copy == NULL) {
		free(copy);
		return BH_ERR_NOMEM;
	}
	t->text[t->n] = copy;
	t->real[t->n++] = real;
	return BH_OK;
}

void
sshd_texts_free(struct sshd_texts *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		free(t->text[i]);
	free(t->text);
	free(t->real);
	memset(t, 0, sizeof(*t));
}

/* The pattern, with a text for each "*" and a letter for each "?". */
static void
filled(const char *pattern, const char *any, char one, char *out)
{
	size_t len = 0, add;

	for (; *pattern != '\0' && len + strlen(any) + 2 < TEXT; pattern++) {
		if (*pattern == '*') {
			add = strlen(any);
			memcpy(out + len, any, add);
			len += add;
		} else
			out[len++] = *pattern == '?' ? one : *pattern;
	}
	out[len] = '\0';
}

enum bh_err
sshd_texts_patterns(struct sshd_texts *t, const char *list, bool real)
{
	char pattern[TEXT], text[TEXT];
	enum bh_err e = BH_OK;
	bool negated;

	while (e == BH_OK &&
	       sshd_pattern_next(&list, pattern, sizeof(pattern), &negated)) {
		filled(pattern, "x", 'x', text);
		if (text[0] != '\0')
			e = sshd_texts_add(t, text, real);
	}
	return e;
}

static size_t
family_bytes(const struct netaddr *a)
{
	return a->family == AF_INET ? 4 : 16;
}

/* One more or one less; past an end of the space it goes round. */
static void
step(struct netaddr *a, bool up)
{
	size_t i = family_bytes(a);

	while (i-- > 0) {
		a->bytes[i] = (uint8_t)(a->bytes[i] + (up ? 1 : 255));
		if (a->bytes[i] != (up ? 0 : 255))
			return;
	}
}

static enum bh_err
add_number(struct sshd_texts *t, struct netaddr a, bool real)
{
	char text[NETADDR_TEXT];

	a.bits = a.family == AF_INET ? 32 : 128;
	return sshd_texts_add(t, netaddr_text(&a, text), real);
}

static enum bh_err
add_network(struct sshd_texts *t, const struct netaddr *net, bool real)
{
	struct netaddr first = *net, second = *net, last = *net, before, after;
	uint32_t bit, bits = net->family == AF_INET ? 32 : 128;
	enum bh_err e;

	for (bit = net->bits; bit < bits; bit++)
		last.bytes[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
	before = first;
	after = last;
	step(&before, false);
	step(&after, true);
	if (net->bits + 1 < bits)
		step(&second, true); /* an address that a person would write */
	if ((e = add_number(t, second, real)) != BH_OK ||
	    (e = add_number(t, first, real)) != BH_OK ||
	    (e = add_number(t, last, real)) != BH_OK ||
	    (e = add_number(t, before, real)) != BH_OK)
		return e;
	return add_number(t, after, real);
}

/* A pattern of an address's text, if some filling makes it an address. */
static enum bh_err
add_pattern(struct sshd_texts *t, const char *pattern, bool real)
{
	static const char *const fillings[] = {"1", "1.1", "1.1.1", "10.1.1.1",
	    "", "::1", "1:1", "1::1", "db8::1"};
	struct netaddr number;
	char text[TEXT];
	size_t i;

	for (i = 0; i < nitems(fillings); i++) {
		filled(pattern, fillings[i], '1', text);
		if (strchr(text, '/') == NULL &&
		    netaddr_parse(text, &number) == BH_OK)
			return sshd_texts_add(t, text, real);
	}
	return BH_OK;
}

enum bh_err
sshd_texts_addresses(struct sshd_texts *t, const char *list, bool real)
{
	struct netaddr net;
	char pattern[TEXT];
	enum bh_err e = BH_OK;
	bool negated;

	while (e == BH_OK &&
	       sshd_pattern_next(&list, pattern, sizeof(pattern), &negated)) {
		if (netaddr_parse(pattern, &net) == BH_OK)
			e = add_network(t, &net, real);
		else
			e = add_pattern(t, pattern, real);
	}
	return e;
}
