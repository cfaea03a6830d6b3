/*
 * sshd's patterns and Match blocks, as sshd has them.
 */
#include "core/host/sshd_internal.h"
#include "core/host/sshd_pattern.h"
#include "core/host/sshd_points.h"
#include "core/host/sshd_texts.h"

#include "tests/unit/file_rig.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

static void
test_pattern(void **state)
{
	static const struct {
		const char *rule, *text, *pattern;
		bool want;
	} rows[] = {
	    {"plain", "alice", "alice", true},
	    {"longer", "alices", "alice", false},
	    {"star is any text", "alice", "al*", true},
	    {"star is no text too", "al", "al*", true},
	    {"stars in between", "abcabd", "a*abd", true},
	    {"question is one", "ab", "a?", true},
	    {"question is not none", "a", "a?", false},
	    {"empty matches star only", "", "*", true},
	    {"capitals count", "Alice", "alice", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		if (sshd_pattern_match(rows[i].text, rows[i].pattern) !=
		    rows[i].want)
			fail_msg("%s", rows[i].rule);
	}
}

static void
test_list(void **state)
{
	static const struct {
		const char *rule, *text, *list;
		enum pattern_said want;
	} rows[] = {
	    {"one of some", "bob", "alice,bob", PATTERN_YES},
	    {"none", "carol", "alice,bob", PATTERN_NO},
	    {"negated wins", "bob", "*,!bob", PATTERN_NEVER},
	    {"negated wins before", "bob", "!bob,*", PATTERN_NEVER},
	    {"only negated is no match", "carol", "!bob", PATTERN_NO},
	    {"empty list", "bob", "", PATTERN_NO},
	};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		if (sshd_pattern_list(rows[i].text, rows[i].list) !=
		    rows[i].want)
			fail_msg("%s", rows[i].rule);
	}
	assert_int_equal(
	    sshd_pattern_host("A.Example", "*.example"), PATTERN_YES);
	assert_int_equal(
	    sshd_pattern_host("a.example", "*.EXAMPLE"), PATTERN_YES);
}

static void
test_address(void **state)
{
	static const struct {
		const char *rule, *addr, *list;
		enum pattern_said want;
	} rows[] = {
	    {"inside", "10.1.2.3", "10.0.0.0/8", PATTERN_YES},
	    {"outside", "11.1.2.3", "10.0.0.0/8", PATTERN_NO},
	    {"negated", "10.1.2.3", "10.0.0.0/8,!10.1.0.0/16", PATTERN_NEVER},
	    {"by text", "192.168.7.1", "192.168.*", PATTERN_YES},
	    {"another family", "::1", "0.0.0.0/0", PATTERN_NO},
	    {"six", "2001:db8::1", "2001:db8::/32", PATTERN_YES},
	    {"one", "10.1.2.3", "10.1.2.3", PATTERN_YES},
	};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		if (sshd_pattern_address(rows[i].addr, rows[i].list) !=
		    rows[i].want)
			fail_msg("%s", rows[i].rule);
	}
	assert_true(sshd_pattern_peer("a.example", "10.0.0.1", "*.example"));
	assert_true(sshd_pattern_peer("a.example", "10.0.0.1", "10.0.0.0/8"));
	assert_false(sshd_pattern_peer(
	    "a.example", "10.0.0.1", "*.example,!10.0.0.0/8"));
}

/* Each network has one inside and one next to it, at both of its ends. */
static void
test_texts(void **state)
{
	static const char *const want[] = {"10.0.0.1", "10.0.0.0",
	    "10.0.255.255", "9.255.255.255", "10.1.0.0"};
	struct sshd_texts t = {.n = 0};
	size_t i;

	(void)state;
	assert_int_equal(sshd_texts_addresses(&t, "!10.0.0.0/16", true), BH_OK);
	assert_int_equal(t.n, nitems(want));
	for (i = 0; i < t.n; i++)
		assert_string_equal(t.text[i], want[i]);
	assert_int_equal(sshd_texts_addresses(&t, "192.168.*", true), BH_OK);
	assert_int_equal(
	    sshd_pattern_address(t.text[t.n - 1], "192.168.*"), PATTERN_YES);
	assert_int_equal(sshd_texts_patterns(&t, "*.a?.example", false), BH_OK);
	assert_string_equal(t.text[t.n - 1], "x.ax.example");
	assert_false(t.real[t.n - 1]);
	sshd_texts_free(&t);
}

/* A host of which only a file's text is known; the answer is the caller's. */
static struct sshd_host *
host(const char *text)
{
	struct sshd_host *h = sshd_host_new();

	assert_non_null(h);
	free(h->config);
	h->config = strdup(file_text("sshd_config", text));
	assert_int_equal(sshd_text_read(h->config, &h->text), BH_OK);
	assert_true(h->text.complete);
	return h;
}

static struct sshd_options *
says(const char *text)
{
	struct sshd_options *o;

	assert_int_equal(sshd_options_new(strdup(text), &o), BH_OK);
	return o;
}

static struct sshd_set
blocks(const char *list)
{
	struct sshd_set s = {.w = {0}};

	for (; *list != '\0'; list++)
		sshd_set_add(&s, (size_t)(*list - '0'));
	return s;
}

/* Which blocks a user has: by name, by group, never by a connection. */
static void
test_blocks(void **state)
{
	char alice[] = "alice", staff[] = "staff";
	char *groups[] = {alice, staff};
	struct sshd_host *h = host("UsePAM yes\n"
				   "Match User a*,!anna Address 10.0.0.0/8\n"
				   "Match Group \"staff\"\n"
				   "Match all\n"
				   "Match Group *,!staff\n"
				   "Match LocalPort 22 User bob # bob\n");
	static const bool alices[] = {true, true, true, true, false, false};
	struct sshd_login l = {.user = "alice",
	    .host = "10.1.1.1",
	    .addr = "10.1.1.1",
	    .laddr = "10.0.0.2",
	    .rdomain = "",
	    .lport = 22};
	size_t i;

	(void)state;
	assert_int_equal(h->text.n_blocks, nitems(alices));
	for (i = 0; i < nitems(alices); i++)
		assert_int_equal(sshd_block_has_user(sshd_block(h, i), "alice",
				     groups, nitems(groups)),
		    alices[i]);
	assert_false(sshd_block_has_user(sshd_block(h, 1), "anna", groups, 1));
	assert_true(sshd_block_has_peer(sshd_block(h, 1), &l, ~0u));
	l.addr = "11.1.1.1";
	assert_false(sshd_block_has_peer(sshd_block(h, 1), &l, ~0u));
	assert_true(
	    sshd_block_has_peer(sshd_block(h, 1), &l, 1u << SSHD_LOCAL_PORT));
	assert_true(sshd_block_has_peer(sshd_block(h, 5), &l, ~0u));
	assert_false(sshd_block_asks(sshd_block(h, 5), SSHD_STRANGE));
	sshd_host_free(h);
}

/* Of blocks that hold the first wins, and any of them over what is outside. */
static void
test_effective(void **state)
{
	struct sshd_host *h = host("X11Forwarding no\n"
				   "PermitTTY yes\n"
				   "PermitTTY maybe\n"
				   "Match User a\n"
				   "PermitTTY one\n"
				   "Match User b\n"
				   "PermitTTY two\n"
				   "ChallengeResponseAuthentication no\n");
	struct sshd_set none = blocks("0"), second = blocks("02"),
			both = blocks("012");

	(void)state;
	assert_string_equal(
	    sshd_effective(h, &none, "permittty")->value, "yes");
	assert_string_equal(
	    sshd_effective(h, &second, "permittty")->value, "two");
	assert_string_equal(
	    sshd_effective(h, &both, "permittty")->value, "one");
	assert_int_equal(sshd_effective(h, &both, "permittty")->line, 5);
	assert_int_equal(
	    sshd_effective(h, &both, "kbdinteractiveauthentication")->line, 8);
	assert_null(sshd_effective(h, &none, "kbdinteractiveauthentication"));
	sshd_host_free(h);
}

/* A Match in an Included file is one more condition, and ends with it. */
static void
test_include(void **state)
{
	struct sshd_host *h;
	char text[512];
	const struct sshd_set outer = {.w = {1 | 1 << 1}};

	(void)state;
	(void)snprintf(text, sizeof(text),
	    "Match User a\nInclude %s\nPermitTTY outer\n",
	    file_text("part", "PermitTTY head\nMatch LocalPort 1\n"
			      "PermitTTY inner\n"));
	h = host(text);
	assert_int_equal(h->text.n_blocks, 3);
	assert_int_equal(sshd_block(h, 2)->n, 2);
	assert_string_equal(sshd_line(h, 0)->value, "head");
	assert_int_equal(sshd_line(h, 0)->block, 1);
	assert_int_equal(sshd_line(h, 1)->block, 2);
	assert_int_equal(sshd_line(h, 2)->block, 1);
	assert_string_equal(
	    sshd_effective(h, &outer, "permittty")->value, "head");
	sshd_host_free(h);
}

static const char usual[] = "port 22\nport 2222\nusedns no\n"
			    "listenaddress [::]:22\nlistenaddress 0.0.0.0:22\n"
			    "listenaddress 127.0.0.1:2222\n";

/* Is there a point where just these blocks hold?  real, where not NULL. */
static bool
has_point(const struct sshd_points *p, const char *hold, bool *realp)
{
	struct sshd_set want = blocks(hold);
	const struct sshd_point *point;
	size_t i;

	for (i = 0; (point = sshd_point(p, i)) != NULL; i++) {
		if (!sshd_set_eq(&point->hold, &want))
			continue;
		if (realp != NULL)
			*realp = point->real;
		return true;
	}
	return false;
}

/* Networks in each other, a hole in one, a port: every way to be in some. */
static void
test_points(void **state)
{
	struct sshd_host *h = host("Match Address 10.0.0.0/8\n"
				   "PermitRootLogin no\n"
				   "Match Address 10.1.0.0/16\n"
				   "PermitRootLogin no\n"
				   "Match Address *,!10.1.2.0/24\n"
				   "PermitRootLogin no\n"
				   "Match LocalPort 2222\n"
				   "PermitRootLogin no\n"
				   "Match LocalPort 2299\n"
				   "PermitRootLogin no\n"
				   "Match LocalPort 9\n"
				   "PermitTTY no\n");
	static const char *const want[] = {
	    "3", "13", "123", "12", "34", "134", "1234", "124"};
	struct sshd_options *o = says(usual);
	struct sshd_points *p;
	bool capped, real;
	size_t i;

	(void)state;
	assert_int_equal(sshd_points_new(h, o, &p, &capped), BH_OK);
	assert_false(capped);
	for (i = 0; i < nitems(want); i++) {
		real = false;
		if (!has_point(p, want[i], &real) || !real)
			fail_msg("no point for %s", want[i]);
	}
	assert_true(has_point(p, "35", &real));
	assert_false(real); /* nobody listens there */
	assert_false(has_point(p, "345", NULL));
	assert_false(has_point(p, "36", NULL)); /* decides nothing */
	sshd_points_free(p);
	sshd_options_free(o);
	sshd_host_free(h);
}

/* Without UseDNS the host is the address, so a name is no way to come in. */
static void
test_points_names(void **state)
{
	struct sshd_host *h = host("AllowUsers bob@10.0.0.0/8 carol\n"
				   "Match Host *.example\n"
				   "PermitRootLogin no\n"
				   "Match Host 10.9.*\n"
				   "PermitRootLogin no\n");
	struct sshd_options *o = says(usual);
	struct sshd_points *p;
	bool capped, real;

	(void)state;
	assert_int_equal(sshd_points_new(h, o, &p, &capped), BH_OK);
	assert_true(has_point(p, "", &real) && real);
	assert_true(has_point(p, "1", &real) && real);
	assert_true(has_point(p, "13", &real) && real);
	assert_true(has_point(p, "2", &real) && !real);
	sshd_points_free(p);
	sshd_options_free(o);
	o = says("port 22\nusedns yes\nlistenaddress 0.0.0.0:22\n");
	assert_int_equal(sshd_points_new(h, o, &p, &capped), BH_OK);
	assert_true(has_point(p, "2", &real) && real);
	assert_true(has_point(p, "12", &real) && real);
	sshd_points_free(p);
	sshd_options_free(o);
	sshd_host_free(h);
}

static void
test_keys(void **state)
{
	struct sshd_host *h = host("Match User a\n"
				   "PermitRootLogin no\n"
				   "Match User b\n"
				   "PermitRootLogin no\n"
				   "Match User c\n"
				   "PermitRootLogin yes\n"
				   "AllowUsers c\n");
	struct sshd_options *o = says(usual);
	struct sshd_set one = blocks("1"), two = blocks("2"),
			all = blocks("12"), three = blocks("3");
	struct sshd_key a, b, c, d;
	struct sshd_points *p;
	bool capped;

	(void)state;
	assert_int_equal(sshd_points_new(h, o, &p, &capped), BH_OK);
	sshd_point_key(p, &one, &a);
	sshd_point_key(p, &two, &b);
	sshd_point_key(p, &all, &c);
	sshd_point_key(p, &three, &d);
	assert_true(sshd_key_eq(&a, &c));
	assert_false(sshd_key_same_lines(&a, &b));
	assert_true(sshd_key_same_values(&a, &b));
	assert_false(sshd_key_same_values(&a, &d));
	sshd_points_free(p);
	sshd_options_free(o);
	sshd_host_free(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pattern),
	    cmocka_unit_test(test_list),
	    cmocka_unit_test(test_address),
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_blocks),
	    cmocka_unit_test(test_effective),
	    cmocka_unit_test(test_include),
	    cmocka_unit_test(test_points),
	    cmocka_unit_test(test_points_names),
	    cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, file_rig_up, file_rig_down);
}
