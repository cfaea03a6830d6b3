/*
 * Addresses and networks by number.
 */
#include "core/netaddr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define V4_BITS 32u
#define V6_BITS 128u

static uint32_t
family_bits(int family)
{
	return family == AF_INET ? V4_BITS : V6_BITS;
}

/* A decimal of at most three digits, nothing around it. */
static enum bh_err
parse_bits(const char *s, uint32_t max, uint32_t *bitsp)
{
	size_t len = strlen(s);
	uint32_t v = 0;
	size_t i;

	if (len < 1 || len > 3 || (len > 1 && s[0] == '0'))
		return BH_ERR_INPUT;
	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return BH_ERR_INPUT;
		v = v * 10 + (uint32_t)(s[i] - '0');
	}
	if (v > max)
		return BH_ERR_INPUT;
	*bitsp = v;
	return BH_OK;
}

static void
clear_behind(struct netaddr *a)
{
	uint32_t bit;

	for (bit = a->bits; bit < family_bits(a->family); bit++)
		a->bytes[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
}

/* ::ffff:a.b.c.d is a.b.c.d: a rule for one must hold for the other. */
static void
unmap(struct netaddr *a)
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

	if (a->family != AF_INET6 || a->bits < 96 ||
	    memcmp(a->bytes, prefix, sizeof(prefix)) != 0)
		return;
	a->family = AF_INET;
	a->bits -= 96;
	memmove(a->bytes, a->bytes + 12, 4);
	memset(a->bytes + 4, 0, 12);
}

enum bh_err
netaddr_parse(const char *s, struct netaddr *ap)
{
	char text[NETADDR_TEXT + 16], *slash, *zone;
	struct netaddr a, clear;
	enum bh_err e;

	if (strlen(s) >= sizeof(text))
		return BH_ERR_INPUT;
	snprintf(text, sizeof(text), "%s", s);
	if ((slash = strchr(text, '/')) != NULL)
		*slash++ = '\0';
	if ((zone = strchr(text, '%')) != NULL)
		*zone = '\0';
	memset(&a, 0, sizeof(a));
	if (zone == NULL && inet_pton(AF_INET, text, a.bytes) == 1)
		a.family = AF_INET;
	else if (inet_pton(AF_INET6, text, a.bytes) == 1)
		a.family = AF_INET6;
	else
		return BH_ERR_INPUT;
	a.bits = family_bits(a.family);
	if (slash != NULL && (e = parse_bits(slash, a.bits, &a.bits)) != BH_OK)
		return e;
	clear = a;
	clear_behind(&clear);
	if (memcmp(&clear, &a, sizeof(a)) != 0)
		return BH_ERR_INPUT;
	unmap(&a);
	*ap = a;
	return BH_OK;
}

enum bh_err
netaddr_from_connection(
    const char *connection, struct netaddr *ap, uint32_t *portp)
{
	size_t len = strcspn(connection, " ");
	char text[NETADDR_TEXT];
	unsigned long port = 0;
	struct netaddr a;
	enum bh_err e;
	char *end;

	if (len == 0 || len >= sizeof(text) || connection[len] != ' ')
		return BH_ERR_INPUT;
	memcpy(text, connection, len);
	text[len] = '\0';
	if (strchr(text, '/') != NULL)
		return BH_ERR_INPUT;
	if ((e = netaddr_parse(text, &a)) != BH_OK)
		return e;
	if (connection[len + 1] >= '0' && connection[len + 1] <= '9')
		port = strtoul(connection + len + 1, &end, 10);
	if (port > UINT16_MAX)
		return BH_ERR_INPUT;
	*ap = a;
	if (portp != NULL)
		*portp = (uint32_t)port;
	return BH_OK;
}

void
netaddr_source(const struct netaddr *a, struct netaddr *sourcep)
{
	*sourcep = *a;
	/* one line at home has a /64 of its own */
	if (a->family == AF_INET6 && a->bits > 64) {
		sourcep->bits = 64;
		clear_behind(sourcep);
	}
}

bool
netaddr_in(const struct netaddr *a, const struct netaddr *net)
{
	struct netaddr cut = *a;

	if (a->family != net->family || a->family == 0 || a->bits < net->bits)
		return false;
	cut.bits = net->bits;
	clear_behind(&cut);
	return memcmp(cut.bytes, net->bytes, sizeof(cut.bytes)) == 0;
}

bool
netaddr_eq(const struct netaddr *a, const struct netaddr *b)
{
	return a->family != 0 && a->family == b->family && a->bits == b->bits &&
	       memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

const char *
netaddr_text(const struct netaddr *a, char out[NETADDR_TEXT])
{
	size_t len;

	out[0] = '\0';
	if (a->family == 0 ||
	    inet_ntop(a->family, a->bytes, out, NETADDR_TEXT) == NULL)
		return "";
	len = strlen(out);
	if (a->bits != family_bits(a->family))
		snprintf(out + len, NETADDR_TEXT - len, "/%u", a->bits);
	return out;
}
