/*
 * sudo's networks: the addresses of this host that a rule may name.
 */
#include "tools/doctor_sudo.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct net {
	int family;
	size_t len;
	bool masked; /* else its mask is the interface's */
	uint8_t bytes[16];
	uint8_t mask[16];
};

static bool
read_address(const char *text, int family, uint8_t bytes[16])
{
	return inet_pton(family, text, bytes) == 1;
}

/* "24", or "255.255.255.0" */
static bool
read_mask(const char *text, struct net *n)
{
	unsigned long bits;
	char *end;
	size_t i;

	if (strpbrk(text, ".:") != NULL)
		return read_address(text, n->family, n->mask);
	bits = strtoul(text, &end, 10);
	if (end == text || *end != '\0' || bits > n->len * 8)
		return false;
	for (i = 0; i < bits; i++)
		n->mask[i / 8] |= (uint8_t)(0x80u >> (i % 8));
	return true;
}

static bool
read_net(const char *text, struct net *n)
{
	char copy[128];
	char *slash;

	if (strlen(text) >= sizeof(copy))
		return false;
	(void)snprintf(copy, sizeof(copy), "%s", text);
	if ((slash = strchr(copy, '/')) != NULL)
		*slash++ = '\0';
	*n = (struct net){.family = AF_INET, .len = 4};
	if (strchr(copy, ':') != NULL)
		*n = (struct net){.family = AF_INET6, .len = 16};
	n->masked = slash != NULL;
	return read_address(copy, n->family, n->bytes) &&
	       (slash == NULL || read_mask(slash, n));
}

static const void *
bytes_of(const struct sockaddr *sa)
{
	const void *any = sa;

	if (sa->sa_family == AF_INET)
		return &((const struct sockaddr_in *)any)->sin_addr;
	return &((const struct sockaddr_in6 *)any)->sin6_addr;
}

/* addr_matches of sudo: without a mask, the interface's network counts too. */
static bool
has_address(const struct ifaddrs *ifa, const struct net *n)
{
	const uint8_t *own, *mask = n->mask;
	bool same = true;
	size_t i;

	/* sudo does not count the loopback interface either. */
	if ((ifa->ifa_flags & IFF_LOOPBACK) != 0 ||
	    (ifa->ifa_flags & IFF_UP) == 0 || ifa->ifa_addr == NULL ||
	    ifa->ifa_addr->sa_family != n->family)
		return false;
	own = bytes_of(ifa->ifa_addr);
	if (!n->masked) {
		if (memcmp(own, n->bytes, n->len) == 0)
			return true;
		if (ifa->ifa_netmask == NULL)
			return false;
		mask = bytes_of(ifa->ifa_netmask);
	}
	for (i = 0; i < n->len; i++)
		same = same &&
		       (own[i] & mask[i]) ==
			   (n->masked ? n->bytes[i] & mask[i] : n->bytes[i]);
	return same;
}

bool
sudo_net_here(const char *text)
{
	struct ifaddrs *list, *ifa;
	struct net net;
	bool found = false;

	/* What is not understood may be this host. */
	if (!read_net(text, &net) || getifaddrs(&list) != 0)
		return true;
	for (ifa = list; ifa != NULL && !found; ifa = ifa->ifa_next)
		found = has_address(ifa, &net);
	freeifaddrs(list);
	return found;
}
