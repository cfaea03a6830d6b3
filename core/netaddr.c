/*
 * Addresses by number: parsed, compared, written.  No name is ever resolved.
 */
#include "core/netaddr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define V4_BITS 32
#define V6_BITS 128

static uint32_t
family_bits(int family)
{
	return family == AF_INET ? V4_BITS : family == AF_INET6 ? V6_BITS : 0;
}

/* A decimal without sign or leading zero, at most max. */
static bool
parse_decimal(const char *s, uint32_t max, uint32_t *vp)
{
	uint32_t v = 0;
	size_t i;

	if (s[0] == '0' && s[1] != '\0')
		return false;
	for (i = 0; s[i] != '\0'; i++) {
		if (i == 5 || s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (uint32_t)(s[i] - '0');
	}
	if (i == 0 || v > max)
		return false;
	*vp = v;
	return true;
}

/* Clear the bits behind the prefix; true if there were any. */
static bool
clear_host(struct netaddr *a)
{
	uint32_t i, whole = family_bits(a->family);
	bool any = false;

	for (i = a->bits; i < whole; i++) {
		uint8_t bit = (uint8_t)(0x80U >> (i % 8));

		any = any || (a->bytes[i / 8] & bit) != 0;
		a->bytes[i / 8] = (uint8_t)(a->bytes[i / 8] & ~bit);
	}
	return any;
}

/* ::ffff:a.b.c.d is the IPv4 address it carries, or lists would miss it. */
static void
unmap(struct netaddr *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (a->family != AF_INET6 || a->bits < V6_BITS - V4_BITS ||
	    memcmp(a->bytes, mapped, sizeof(mapped)) != 0)
		return;
	a->family = AF_INET;
	a->bits -= V6_BITS - V4_BITS;
	memmove(a->bytes, a->bytes + sizeof(mapped), 4);
	memset(a->bytes + 4, 0, sizeof(a->bytes) - 4);
}

enum bh_err
netaddr_parse(const char *s, struct netaddr *ap)
{
	char text[NETADDR_TEXT], *prefix, *zone;
	struct netaddr a = {0};

	if (s == NULL || strlen(s) >= sizeof(text))
		return BH_ERR_INPUT;
	memcpy(text, s, strlen(s) + 1);
	if ((prefix = strchr(text, '/')) != NULL)
		*prefix++ = '\0';
	if ((zone = strchr(text, '%')) != NULL) {
		if (zone[1] == '\0')
			return BH_ERR_INPUT;
		*zone = '\0';
	}
	if (zone == NULL && inet_pton(AF_INET, text, a.bytes) == 1)
		a.family = AF_INET;
	else if (inet_pton(AF_INET6, text, a.bytes) == 1)
		a.family = AF_INET6;
	else
		return BH_ERR_INPUT;
	a.bits = family_bits(a.family);
	if (prefix != NULL && !parse_decimal(prefix, a.bits, &a.bits))
		return BH_ERR_INPUT;
	if (clear_host(&a))
		return BH_ERR_INPUT;
	unmap(&a);
	*ap = a;
	return BH_OK;
}

enum bh_err
netaddr_from_connection(
    const char *connection, struct netaddr *ap, uint32_t *portp)
{
	char text[2 * NETADDR_TEXT + 16], *word[4], *rest = NULL;
	struct netaddr client, server;
	uint32_t port, server_port;
	size_t n;

	if (connection == NULL || strlen(connection) >= sizeof(text))
		return BH_ERR_INPUT;
	memcpy(text, connection, strlen(connection) + 1);
	rest = text;
	for (n = 0; n < nitems(word) && rest != NULL; n++)
		word[n] = strsep(&rest, " ");
	/* Four words and nothing behind them: this came from outside. */
	if (n != nitems(word) || rest != NULL ||
	    netaddr_parse(word[0], &client) != BH_OK ||
	    netaddr_parse(word[2], &server) != BH_OK ||
	    client.bits != family_bits(client.family) ||
	    server.bits != family_bits(server.family) ||
	    strchr(word[0], '/') != NULL || strchr(word[2], '/') != NULL ||
	    !parse_decimal(word[1], UINT16_MAX, &port) ||
	    !parse_decimal(word[3], UINT16_MAX, &server_port))
		return BH_ERR_INPUT;
	*ap = client;
	if (portp != NULL)
		*portp = port;
	return BH_OK;
}

void
netaddr_source(const struct netaddr *a, struct netaddr *sourcep)
{
	struct netaddr s = *a;

	/* One subscriber owns a /64 and can change address at will in it. */
	if (s.family == AF_INET6 && s.bits > 64)
		s.bits = 64;
	(void)clear_host(&s);
	*sourcep = s;
}

bool
netaddr_in(const struct netaddr *a, const struct netaddr *net)
{
	uint32_t whole = net->bits / 8, rest = net->bits % 8;
	uint8_t mask = (uint8_t)(0xff00U >> rest);

	if (a->family == 0 || a->family != net->family || a->bits < net->bits ||
	    net->bits > family_bits(net->family))
		return false;
	if (memcmp(a->bytes, net->bytes, whole) != 0)
		return false;
	return rest == 0 || ((a->bytes[whole] ^ net->bytes[whole]) & mask) == 0;
}

bool
netaddr_eq(const struct netaddr *a, const struct netaddr *b)
{
	return a->family == b->family && a->bits == b->bits &&
	       memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

const char *
netaddr_text(const struct netaddr *a, char out[NETADDR_TEXT])
{
	size_t len;

	out[0] = '\0';
	if (family_bits(a->family) == 0 ||
	    inet_ntop(a->family, a->bytes, out, NETADDR_TEXT) == NULL) {
		out[0] = '\0';
		return out;
	}
	if (a->bits == family_bits(a->family))
		return out;
	len = strlen(out);
	(void)snprintf(out + len, NETADDR_TEXT - len, "/%u", a->bits);
	return out;
}
