/*
 * Addresses and networks.
 */
#include "tests/unit/unit.h"

#include "core/netaddr.h"

#include <sys/socket.h>

static struct netaddr
addr(const char *s)
{
	struct netaddr a;

	if (netaddr_parse(s, &a) != BH_OK)
		fail_msg("%s", s);
	return a;
}

/* What is read, as it is written again; NULL: refused. */
static void
test_parse(void **state)
{
	static const struct {
		const char *rule, *in, *out;
	} rows[] = {
	    {"IPv4", "10.0.0.1", "10.0.0.1"},
	    {"a whole prefix is left out", "10.0.0.1/32", "10.0.0.1"},
	    {"a network", "10.0.0.0/8", "10.0.0.0/8"},
	    {"everything", "0.0.0.0/0", "0.0.0.0/0"},
	    {"IPv6", "2001:DB8::1", "2001:db8::1"},
	    {"an IPv6 network", "fd00:20::/64", "fd00:20::/64"},
	    {"everything, IPv6", "::/0", "::/0"},
	    {"IPv4 written as IPv6", "::ffff:10.0.0.1", "10.0.0.1"},
	    {"and as a network", "::ffff:10.0.0.0/104", "10.0.0.0/8"},
	    {"a zone is cut", "fe80::1%eth0", "fe80::1"},
	    {"bits behind the prefix", "10.0.0.1/8", NULL},
	    {"bits behind the prefix, IPv6", "fd00::1/64", NULL},
	    {"prefix too long", "10.0.0.0/33", NULL},
	    {"prefix too long, IPv6", "fd00::/129", NULL},
	    {"prefix with a sign", "10.0.0.0/+8", NULL},
	    {"prefix with a zero before it", "10.0.0.0/08", NULL},
	    {"prefix empty", "10.0.0.0/", NULL},
	    {"prefix of another kind", "10.0.0.0/255.0.0.0", NULL},
	    {"two prefixes", "10.0.0.0/8/8", NULL},
	    {"a huge prefix", "10.0.0.0/4294967304", NULL},
	    {"three parts", "10.0.1", NULL},
	    {"octal", "010.0.0.1", NULL},
	    {"a name", "localhost", NULL},
	    {"empty", "", NULL},
	    {"a blank", " 10.0.0.1", NULL},
	    {"a blank behind", "10.0.0.1 ", NULL},
	    {"a zone on IPv4", "10.0.0.1%eth0", NULL},
	    {"UNKNOWN, as sshd writes", "UNKNOWN", NULL},
	    {"very long",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		NULL},
	};
	char text[NETADDR_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		struct netaddr a = {0};
		enum bh_err e = netaddr_parse(rows[i].in, &a);

		if (e != (rows[i].out == NULL ? BH_ERR_INPUT : BH_OK))
			fail_msg("%s", rows[i].rule);
		if (e == BH_OK &&
		    strcmp(netaddr_text(&a, text), rows[i].out) != 0)
			fail_msg("%s: %s", rows[i].rule, text);
		if (e != BH_OK)
			assert_int_equal(a.family, 0);
	}
}

static void
test_in(void **state)
{
	static const struct {
		const char *rule, *address, *net;
		bool in;
	} rows[] = {
	    {"inside", "10.20.0.7", "10.20.0.0/24", true},
	    {"the first", "10.20.0.0", "10.20.0.0/24", true},
	    {"the last", "10.20.0.255", "10.20.0.0/24", true},
	    {"next door", "10.20.1.0", "10.20.0.0/24", false},
	    {"a broken byte, inside", "10.20.15.9", "10.20.8.0/21", true},
	    {"a broken byte, outside", "10.20.16.0", "10.20.8.0/21", false},
	    {"itself", "10.0.0.1", "10.0.0.1", true},
	    {"another", "10.0.0.2", "10.0.0.1", false},
	    {"in everything", "10.0.0.1", "0.0.0.0/0", true},
	    {"a network in a larger one", "10.1.0.0/16", "10.0.0.0/8", true},
	    {"not in a smaller one", "10.0.0.0/8", "10.0.0.0/16", false},
	    {"IPv6", "fd00:20::99", "fd00:20::/64", true},
	    {"IPv6 outside", "fd00:20:0:1::99", "fd00:20::/64", false},
	    {"IPv4 written as IPv6 is IPv4", "::ffff:10.20.0.7", "10.20.0.0/24",
		true},
	    {"families do not mix", "10.0.0.1", "::/0", false},
	    {"nor the other way", "::1", "0.0.0.0/0", false},
	};
	struct netaddr none = {0}, any;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		struct netaddr a = addr(rows[i].address);
		struct netaddr net = addr(rows[i].net);

		if (netaddr_in(&a, &net) != rows[i].in)
			fail_msg("%s", rows[i].rule);
	}
	any = addr("0.0.0.0/0");
	assert_false(netaddr_in(&none, &any));
	assert_false(netaddr_in(&none, &none));
}

static void
test_source(void **state)
{
	static const struct {
		const char *rule, *in, *source;
	} rows[] = {
	    {"IPv4 counts alone", "192.0.2.7", "192.0.2.7"},
	    {"IPv6 by its /64", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
	    {"a network stays one", "2001:db8::/32", "2001:db8::/32"},
	};
	struct netaddr a, b, none = {0};
	char text[NETADDR_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		a = addr(rows[i].in);
		netaddr_source(&a, &b);
		if (strcmp(netaddr_text(&b, text), rows[i].source) != 0)
			fail_msg("%s: %s", rows[i].rule, text);
	}
	netaddr_source(&none, &b);
	assert_int_equal(b.family, 0);
	assert_string_equal(netaddr_text(&none, text), "");
}

static void
test_eq(void **state)
{
	struct netaddr a = addr("10.0.0.0/8"), b = addr("10.0.0.0/9");
	struct netaddr c = addr("::ffff:10.0.0.0/104");

	(void)state;
	assert_false(netaddr_eq(&a, &b));
	assert_true(netaddr_eq(&a, &c));
}

static void
test_connection(void **state)
{
	static const struct {
		const char *rule, *in, *address;
		uint32_t port;
	} rows[] = {
	    {"IPv4", "10.0.0.1 49820 10.0.0.2 22", "10.0.0.1", 49820},
	    {"IPv6", "fd00::1 65535 fd00::2 22", "fd00::1", 65535},
	    {"mapped", "::ffff:10.0.0.1 1 ::ffff:10.0.0.2 22", "10.0.0.1", 1},
	    {"a socket pair", "UNKNOWN 65535 UNKNOWN 65535", NULL, 0},
	    {"nothing", "", NULL, 0},
	    {"an address alone", "10.0.0.1", NULL, 0},
	    {"a network", "10.0.0.0/8 1 10.0.0.2 22", NULL, 0},
	    {"a port too large", "10.0.0.1 65536 10.0.0.2 22", NULL, 0},
	    {"a huge port", "10.0.0.1 99999999999999999999 10.0.0.2 22", NULL,
		0},
	    {"a name", "host 1 10.0.0.2 22", NULL, 0},
	    {"a blank first", " 10.0.0.1 1 10.0.0.2 22", NULL, 0},
	};
	char text[NETADDR_TEXT];
	struct netaddr a;
	uint32_t port;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		enum bh_err e;

		port = 0;
		e = netaddr_from_connection(rows[i].in, &a, &port);
		if (e != (rows[i].address == NULL ? BH_ERR_INPUT : BH_OK) ||
		    port != rows[i].port)
			fail_msg("%s", rows[i].rule);
		if (e != BH_OK)
			continue;
		if (strcmp(netaddr_text(&a, text), rows[i].address) != 0)
			fail_msg("%s: %s", rows[i].rule, text);
		assert_int_equal(
		    netaddr_from_connection(rows[i].in, &a, NULL), BH_OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_in),
	    cmocka_unit_test(test_source),
	    cmocka_unit_test(test_eq),
	    cmocka_unit_test(test_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
