/*
 * Points: what kinds of connection there are for one sshd.
 */
#include "core/host/sshd_points.h"

#include "core/host/sshd_key.h"
#include "core/host/sshd_texts.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POINTS_MAX 20000
#define PORTS_MAX  64
#define ANYBODY	   "203.0.113.253" /* RFC 5737: of no network */
#define ANYBODY_V6 "2001:db8::fd"  /* RFC 3849 */
#define ANY_HOST   "nobody.invalid"
#define BIT(kind)  (1u << (kind))
#define OF_PEER	   (BIT(SSHD_HOST) | BIT(SSHD_ADDRESS) | BIT(SSHD_PEER))
#define OF_LOCAL   (BIT(SSHD_LOCAL_ADDRESS) | BIT(SSHD_LOCAL_PORT))
#define OF_RDOMAIN BIT(SSHD_RDOMAIN)

struct sshd_points {
	struct sshd_point *point;
	size_t n;
	struct sshd_texts addresses, hosts, locals, rdomains;
	unsigned int port[PORTS_MAX];
	size_t n_ports;
	const struct sshd_host *h;
	const struct sshd_options *o;
	struct sshd_setters *setters;
	struct sshd_set telling; /* blocks that are told apart */
	bool capped;
};

static void
add_port(struct sshd_points *p, unsigned long port)
{
	size_t i;

	for (i = 0; i < p->n_ports; i++) {
		if (p->port[i] == port)
			return;
	}
	if (p->n_ports == PORTS_MAX)
		p->capped = true;
	else if (port > 0 && port <= 65535)
		p->port[p->n_ports++] = (unsigned int)port;
}

/* "ADDR:PORT" of a listenaddress line, brackets off. */
static bool
listen_pair(const char *value, char *addr, size_t size, unsigned long *portp)
{
	const char *colon, *end;
	size_t len;

	if (value[0] == '[') {
		value++;
		if ((end = strchr(value, ']')) == NULL || end[1] != ':')
			return false;
		colon = end + 1;
		len = (size_t)(end - value);
	} else {
		if ((colon = strchr(value, ':')) == NULL)
			return false;
		len = (size_t)(colon - value);
	}
	if (len >= size)
		return false;
	memcpy(addr, value, len);
	addr[len] = '\0';
	*portp = strtoul(colon + 1, NULL, 10);
	return true;
}

/* Does it listen there? */
static bool
listens(const struct sshd_options *o, const char *laddr, unsigned int lport)
{
	char addr[INET6_ADDRSTRLEN + IF_NAMESIZE];
	const char *value;
	unsigned long port;
	size_t i;

	for (i = 0; (value = sshd_value(o, "listenaddress", i)) != NULL; i++) {
		if (!listen_pair(value, addr, sizeof(addr), &port) ||
		    port != lport)
			continue;
		if (strcmp(addr, laddr) == 0 ||
		    (strcmp(addr, "0.0.0.0") == 0 &&
			strchr(laddr, ':') == NULL) ||
		    (strcmp(addr, "::") == 0 && strchr(laddr, ':') != NULL))
			return true;
	}
	return false;
}

/* This host's own addresses, those that are nobody else's first. */
static enum bh_err
add_interfaces(struct sshd_points *p)
{
	char text[INET6_ADDRSTRLEN];
	struct ifaddrs *all, *i;
	enum bh_err e = BH_OK;
	const void *bytes;

	if (getifaddrs(&all) != 0)
		return BH_OK;
	for (i = all; i != NULL && e == BH_OK; i = i->ifa_next) {
		if (i->ifa_addr == NULL)
			continue;
		if (i->ifa_addr->sa_family == AF_INET)
			bytes = &((const struct sockaddr_in *)(const void *)
				      i->ifa_addr)
				     ->sin_addr;
		else if (i->ifa_addr->sa_family == AF_INET6)
			bytes = &((const struct sockaddr_in6 *)(const void *)
				      i->ifa_addr)
				     ->sin6_addr;
		else
			continue;
		if (inet_ntop(i->ifa_addr->sa_family, bytes, text,
			sizeof(text)) != NULL)
			e = sshd_texts_add(&p->locals, text, true);
	}
	freeifaddrs(all);
	return e;
}

/* The addresses and ports that it listens on. */
static enum bh_err
add_listened(struct sshd_points *p)
{
	char addr[INET6_ADDRSTRLEN + IF_NAMESIZE];
	const char *value;
	unsigned long port;
	enum bh_err e = BH_OK;
	size_t i;

	for (i = 0; e == BH_OK &&
		    (value = sshd_value(p->o, "listenaddress", i)) != NULL;
	     i++) {
		if (!listen_pair(value, addr, sizeof(addr), &port))
			continue;
		add_port(p, port);
		if (strcmp(addr, "::") != 0 && strcmp(addr, "0.0.0.0") != 0)
			e = sshd_texts_add(&p->locals, addr, true);
	}
	for (i = 0; (value = sshd_value(p->o, "port", i)) != NULL; i++)
		add_port(p, strtoul(value, NULL, 10));
	return e;
}

/* Texts for what the conditions of the blocks ask. */
static enum bh_err
add_condition(struct sshd_points *p, const struct sshd_condition *c, bool dns)
{
	enum bh_err e;

	switch (c->kind) {
	case SSHD_HOST:
	case SSHD_PEER:
		/* Without UseDNS the host is the address. */
		if ((e = sshd_texts_addresses(&p->addresses, c->list, true)) !=
		    BH_OK)
			return e;
		return sshd_texts_patterns(&p->hosts, c->list, dns);
	case SSHD_ADDRESS:
		return sshd_texts_addresses(&p->addresses, c->list, true);
	case SSHD_LOCAL_ADDRESS:
		return sshd_texts_addresses(&p->locals, c->list, false);
	case SSHD_LOCAL_PORT:
		add_port(p, strtoul(c->list, NULL, 10));
		return BH_OK;
	case SSHD_RDOMAIN:
		return sshd_texts_patterns(&p->rdomains, c->list, false);
	case SSHD_USER:
	case SSHD_GROUP:
	case SSHD_STRANGE:
	case SSHD_KINDS:
		break;
	}
	return BH_OK;
}

static enum bh_err
add_texts(struct sshd_points *p)
{
	bool dns = sshd_is(p->o, "usedns", "yes");
	const struct sshd_block *b;
	enum bh_err e;
	size_t i, c;

	if ((e = sshd_texts_add(&p->addresses, ANYBODY, true)) != BH_OK ||
	    (e = sshd_texts_add(&p->addresses, ANYBODY_V6, true)) != BH_OK ||
	    (e = sshd_texts_add(&p->rdomains, "", true)) != BH_OK ||
	    (dns && (e = sshd_texts_add(&p->hosts, ANY_HOST, true)) != BH_OK) ||
	    (e = add_listened(p)) != BH_OK || (e = add_interfaces(p)) != BH_OK)
		return e;
	for (i = 0; (b = sshd_block(p->h, i)) != NULL; i++) {
		for (c = 0; c < b->n && sshd_set_has(&p->telling, i); c++) {
			e = add_condition(p, &b->condition[c], dns);
			if (e != BH_OK)
				return e;
		}
	}
	if (p->locals.n == 0)
		e = sshd_texts_add(&p->locals, "127.0.0.1", true);
	if (p->n_ports == 0)
		add_port(p, 22);
	return e;
}

/* One point more, unless one for which the same holds is there. */
static enum bh_err
add_point(struct sshd_points *to, const struct sshd_point *point)
{
	struct sshd_point *grown;
	size_t i;

	for (i = 0; i < to->n; i++) {
		if (!sshd_set_eq(&to->point[i].hold, &point->hold))
			continue;
		if (point->real && !to->point[i].real)
			to->point[i] = *point;
		return BH_OK;
	}
	if (to->n == POINTS_MAX) {
		to->capped = true;
		return BH_OK;
	}
	grown = reallocarray(to->point, to->n + 1, sizeof(*grown));
	if (grown == NULL)
		return BH_ERR_NOMEM;
	to->point = grown;
	grown[to->n++] = *point;
	return BH_OK;
}

/* Of the blocks in which a login's conditions of these kinds don't hold. */
static void
narrow(
    const struct sshd_points *p, struct sshd_point *point, unsigned int kinds)
{
	const struct sshd_block *b;
	struct sshd_set hold;
	size_t i;

	memset(&hold, 0, sizeof(hold));
	for (i = 0; (b = sshd_block(p->h, i)) != NULL; i++) {
		if (sshd_set_has(&p->telling, i) &&
		    sshd_block_has_peer(b, &point->login, kinds))
			sshd_set_add(&hold, i);
	}
	sshd_set_and(&point->hold, &hold);
}

static enum bh_err
peers(const struct sshd_points *p, struct sshd_points *out)
{
	bool dns = sshd_is(p->o, "usedns", "yes");
	enum bh_err e = BH_OK;
	struct sshd_point point;
	size_t a, h;

	for (a = 0; a < p->addresses.n && e == BH_OK; a++) {
		/* a name that is another one's when there are no names */
		for (h = 0; h <= p->hosts.n && e == BH_OK; h++) {
			if (h > 0 && !dns && a > 0)
				break;
			memset(&point, 0, sizeof(point));
			point.hold = p->telling;
			point.real = h == 0 || dns;
			point.login.addr = p->addresses.text[a];
			point.login.host = h == 0 ? p->addresses.text[a]
						  : p->hosts.text[h - 1];
			narrow(p, &point, OF_PEER);
			e = add_point(out, &point);
		}
	}
	return e;
}

static enum bh_err
locals(const struct sshd_points *p, struct sshd_points *out)
{
	enum bh_err e = BH_OK;
	struct sshd_point point;
	size_t a, n;

	for (n = 0; n < p->n_ports && e == BH_OK; n++) {
		for (a = 0; a < p->locals.n && e == BH_OK; a++) {
			memset(&point, 0, sizeof(point));
			point.hold = p->telling;
			point.login.laddr = p->locals.text[a];
			point.login.lport = p->port[n];
			point.real =
			    p->locals.real[a] &&
			    listens(p->o, point.login.laddr, p->port[n]);
			narrow(p, &point, OF_LOCAL);
			e = add_point(out, &point);
		}
	}
	return e;
}

static enum bh_err
rdomains(const struct sshd_points *p, struct sshd_points *out)
{
	enum bh_err e = BH_OK;
	struct sshd_point point;
	size_t i;

	for (i = 0; i < p->rdomains.n && e == BH_OK; i++) {
		memset(&point, 0, sizeof(point));
		point.hold = p->telling;
		point.real = p->rdomains.real[i];
		point.login.rdomain = p->rdomains.text[i];
		narrow(p, &point, OF_RDOMAIN);
		e = add_point(out, &point);
	}
	return e;
}

/* What is possible together; first the natural ones. */
static enum bh_err
combine(struct sshd_points *p, const struct sshd_points *peer,
    const struct sshd_points *local, const struct sshd_points *rdomain)
{
	struct sshd_point point;
	enum bh_err e = BH_OK;
	size_t a, b, c;

	for (c = 0; c < rdomain->n; c++) {
		for (b = 0; b < local->n; b++) {
			for (a = 0; a < peer->n && e == BH_OK; a++) {
				point = peer->point[a];
				sshd_set_and(
				    &point.hold, &local->point[b].hold);
				sshd_set_and(
				    &point.hold, &rdomain->point[c].hold);
				point.login.laddr = local->point[b].login.laddr;
				point.login.lport = local->point[b].login.lport;
				point.login.rdomain =
				    rdomain->point[c].login.rdomain;
				point.real = point.real &&
					     local->point[b].real &&
					     rdomain->point[c].real;
				e = add_point(p, &point);
			}
		}
	}
	return e;
}

enum bh_err
sshd_points_new(const struct sshd_host *h, const struct sshd_options *o,
    struct sshd_points **pp, bool *cappedp)
{
	struct sshd_points peer = {.n = 0}, local = {.n = 0},
			   rdomain = {.n = 0};
	struct sshd_points *p;
	enum bh_err e;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return BH_ERR_NOMEM;
	p->h = h;
	p->o = o;
	if ((e = sshd_setters_new(h, &p->setters, &p->telling)) == BH_OK &&
	    (e = add_texts(p)) == BH_OK && (e = peers(p, &peer)) == BH_OK &&
	    (e = locals(p, &local)) == BH_OK &&
	    (e = rdomains(p, &rdomain)) == BH_OK)
		e = combine(p, &peer, &local, &rdomain);
	free(peer.point);
	free(local.point);
	free(rdomain.point);
	if (e != BH_OK) {
		sshd_points_free(p);
		return e;
	}
	*cappedp = p->capped || peer.capped || local.capped;
	*pp = p;
	return BH_OK;
}

void
sshd_points_free(struct sshd_points *p)
{
	if (p == NULL)
		return;
	sshd_setters_free(p->setters);
	sshd_texts_free(&p->addresses);
	sshd_texts_free(&p->hosts);
	sshd_texts_free(&p->locals);
	sshd_texts_free(&p->rdomains);
	free(p->point);
	free(p);
}

const struct sshd_point *
sshd_point(const struct sshd_points *p, size_t i)
{
	return i < p->n ? &p->point[i] : NULL;
}

void
sshd_point_key(const struct sshd_points *p, const struct sshd_set *hold,
    struct sshd_key *key)
{
	sshd_key_of(p->setters, hold, key);
}
