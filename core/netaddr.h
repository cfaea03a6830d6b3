/*
 * Addresses and networks, IPv4 and IPv6, by number and never by name.
 */
#ifndef CORE_NETADDR_H
#define CORE_NETADDR_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define NETADDR_TEXT 64

/* family is AF_INET or AF_INET6, 0 for none; bits the prefix length. */
struct netaddr {
	int family;
	uint32_t bits;
	uint8_t bytes[16];
};

/* An address or network ("10.0.0.0/8"); BH_ERR_INPUT if it is none, or has
 * bits set behind its prefix.  IPv4 written as IPv6 (::ffff:a.b.c.d) becomes
 * IPv4; a zone (%eth0) is cut. */
enum bh_err netaddr_parse(const char *s, struct netaddr *ap) BH_CHECKED;

/* The client's address in SSH_CONNECTION ("10.0.0.1 49820 10.0.0.2 22");
 * portp may be NULL. */
enum bh_err netaddr_from_connection(const char *connection,
    struct netaddr *ap, uint32_t *portp) BH_CHECKED;

/* The source that throttles and known sources count by: /32, or /64. */
void netaddr_source(const struct netaddr *a, struct netaddr *sourcep);

bool netaddr_in(const struct netaddr *a, const struct netaddr *net);
bool netaddr_eq(const struct netaddr *a, const struct netaddr *b);

/* As text, without the prefix where it is the whole address; "" for none. */
const char *netaddr_text(const struct netaddr *a, char out[NETADDR_TEXT]);

#endif
