/*
 * The configuration: what is refused and how it is said, the defaults, and
 * where each value comes from (the attack catalogue's H01, H02, D14).
 */
#include "tests/unit/config_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const struct {
	const char *rule, *text, *want;
} wrong[] = {
    {"an empty file has no realm", "", ":1: [realm] name is missing"},
    {"the class is asked for where [realm] stands", "\n\n[realm]\nname = x\n",
	":3: [realm] class is missing"},
    {"unknown section", BACKUP "[polciy]\notp_window = 1\n",
	":4: unknown section [polciy]; allowed: realm, gate, policy"},
    {"unknown section without keys", BACKUP "[bogus]\n",
	":4: unknown section [bogus]"},
    {"section twice", BACKUP "[gate]\n[realm]\n",
	":5: section [realm] stands in line 1"},
    {"text behind a section", BACKUP "[gate] x\n", ":4: 'x' behind [gate]"},
    {"section not closed", BACKUP "[gate\n", ":4: the section's name"},
    {"section not in the first column", BACKUP " [gate]\n",
	":4: a section's name begins in the first column"},
    {"unknown key", BACKUP "[policy]\notp_windows = 1\n",
	":5: unknown key 'otp_windows' in [policy]; allowed: factors,"},
    {"unknown key in a service", BACKUP "[service sshd]\nsocket = /x\n",
	":5: unknown key 'socket' in [service]; allowed: factors,"},
    {"key before any section", "name = x\n" BACKUP,
	":1: 'name' stands before any [section]"},
    {"a line without '='", BACKUP "nonsense\n",
	":4: neither [section] nor key = value"},
    {"the first of two mistakes is told", "[realm]\nnonsense\nnam = x\n",
	":2: neither"},
    {"trailing text", BACKUP "[policy]\notp_window = 1 2\n",
	":5: otp_window = '1 2' is not a number; allowed: a number, 0..2"},
    {"a range is told", BACKUP "[policy]\nlock_after = 3\n",
	":5: lock_after = '3' is out of range; allowed: a number, 4..10"},
    {"indented line behind what is no list",
	BACKUP "[policy]\notp_window = 1\n  2\n",
	":6: an indented line goes on with 'otp_window'"},
    {"bad item on a line that goes on",
	BACKUP "[policy]\nsources = 10.0.0.1,\n  nowhere\n",
	":6: sources = 'nowhere' has an item"},
    {"one factor on two lines", BACKUP "[policy]\nfactors = totp,\n totp\n",
	":6: factors = 'totp' has a factor twice"},
    {"service twice", BACKUP "[service su]\n[service su]\n",
	":5: section [service su]"},
    {"service without name", BACKUP "[service]\n", ":4: unknown section"},
    {"service with a bad name", BACKUP "[service a/b]\n",
	":4: 'a/b' is not the name of a service"},
    {"sudo-i is sudo's", BACKUP "[service sudo-i]\n",
	":4: [service sudo-i] is spoken for by [service sudo]"},
    {"su-l is su's", BACKUP "[service su-l]\n",
	":4: [service su-l] is spoken for by [service su]"},
    {"carriage return", "[realm]\r\nname = x\r\n", ":1: a carriage return"},
    {"control character", BACKUP "[alarm]\nexec = /x\x1b[2J\n",
	":5: a control character (\\x1b)"},
    {"byte order mark", "\xef\xbb\xbf" BACKUP, ":1: a byte order mark"},
};

static void
test_each_mistake_names_its_line(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < nitems(wrong); i++)
		refused(wrong[i].text, wrong[i].rule, wrong[i].want);
}

static void
test_nul_and_long_lines(void **state)
{
	static const char nul[] = BACKUP "[alarm]\nexec = /x\0y\n";
	char *big;
	size_t len = 1024 * 1024, start = strlen(BACKUP "[policy]\n");

	(void)state;
	refused_bytes(nul, sizeof(nul) - 1, "NUL", ":5: a NUL byte");
	big = malloc(len + 1);
	assert_non_null(big);
	memset(big, '1', len);
	memcpy(big, BACKUP "[policy]\n", start);
	memcpy(big + start, "sources = ", 10);
	big[len - 1] = '\n';
	refused_bytes(big, len, "line of a MiB", ":5: a line longer than");
	memset(big, '\n', len);
	refused_bytes(big, len, "file of a MiB of empty lines",
	    ":1: [realm] name is missing");
	free(big);
}

/* The last length that is taken, and the first one that is not. */
static void
test_longest_line(void **state)
{
	char text[512] = BACKUP "[emergency]\npath = ";
	struct config *c;
	size_t start = strlen(BACKUP "[emergency]\n");
	size_t len = strlen(text);

	(void)state;
	memset(text + len, 'x', start + 197 - len);
	text[start + 197] = '\0';
	c = parse_ok(text);
	assert_int_equal(strlen(c->emergency_path), 190);
	config_free(c);
	text[start + 197] = 'x';
	text[start + 198] = '\0';
	refused(text, "198 bytes", ":5: a line longer than 197 bytes");
}

static void
test_defaults_by_class(void **state)
{
	struct config *b = parse_ok(BACKUP), *p = parse_ok(PRODUCTION);

	(void)state;
	assert_int_equal(b->realm_class, CLASS_BACKUP);
	assert_int_equal(b->policy.freshness_s, 0);
	assert_int_equal(b->policy.require, REQUIRE_KNOWLEDGE);
	assert_string_equal(
	    row_of(b, "policy", "freshness").origin, "default for backup");
	assert_int_equal(p->realm_class, CLASS_PRODUCTION);
	assert_int_equal(p->policy.freshness_s, 900);
	assert_int_equal(p->policy.require, REQUIRE_ANY);
	assert_string_equal(
	    row_of(p, "policy", "require").origin, "default for production");
	assert_string_equal(b->socket, "/run/bulkhead/gate.sock");
	assert_string_equal(b->admin, "/run/bulkhead/admin.sock");
	assert_string_equal(b->store, "sqlite:/var/lib/bulkhead/store.db");
	assert_string_equal(b->anchor, "/var/lib/bulkhead-anchor/head");
	assert_string_equal(b->key, "file:/etc/bulkhead/realm.key");
	assert_int_equal(b->policy.factors,
	    1u << FACTOR_TOTP | 1u << FACTOR_HOTP | 1u << FACTOR_YUBIKEY |
		1u << FACTOR_RECOVERY);
	assert_int_equal(b->policy.otp_window, 1);
	assert_int_equal(b->policy.hotp_ahead, 10);
	assert_int_equal(b->policy.lock_after, 10);
	assert_int_equal(b->policy.lock_for_s, 1800);
	assert_int_equal(b->checkpoint_every_s, 900);
	assert_int_equal(b->manifest_max_age_s, 7 * 86400);
	assert_string_equal(b->alarm_exec, "");
	assert_string_equal(b->emergency_path, "");
	assert_string_equal(row_of(b, "gate", "socket").origin, "default");
	assert_false(b->single_administrator);
	config_free(b);
	config_free(p);
}

/* The sample of the manual, as it is printed there. */
static const char sample[] =
    "[realm]\n"
    "name  = vault\n"
    "class = backup                  ; production | backup\n"
    "single_administrator = no       ; yes: recovery code + 24 h\n"
    "\n"
    "[gate]\n"
    "socket = /run/bulkhead/gate.sock\n"
    "key    = file:/etc/bulkhead/realm.key      ; or credential:NAME\n"
    "allow_uids =                               ; callers\n"
    "# a comment\n"
    "[policy]\n"
    "factors    = totp, hotp, yubikey,\n"
    "    recovery                               ; which kinds count\n"
    "freshness  = 0\n"
    "sources    = 10.20.0.0/24,     ; the vault's own\n"
    "    ; and more\n"
    "    fd00:20::/64\n"
    "    10.30.0.1                  ; and one host\n"
    "forbidden_sources = 10.10.0.0/16\n"
    "\n"
    "[service sudo]\n"
    "freshness = 5m\n"
    "[service sshd]\n"
    "sources = 10.99.0.0/16\n";

static void
test_sample(void **state)
{
	struct config *c = parse_ok(sample);
	const struct policy *sudo = config_policy(c, "sudo");
	struct config_row row;

	(void)state;
	assert_string_equal(c->key, "file:/etc/bulkhead/realm.key");
	assert_int_equal(c->n_uids, 0);
	assert_int_equal(c->policy.sources.n, 3);
	row = row_of(c, "policy", "sources");
	assert_string_equal(row.value, "10.20.0.0/24, fd00:20::/64, 10.30.0.1");
	assert_string_equal(row.origin, "bulkhead.conf:15");
	assert_int_equal(sudo->freshness_s, 300);
	assert_int_equal(sudo->sources.n, 3); /* as [policy] has it */
	assert_ptr_equal(config_policy(c, "sudo-i"), sudo);
	assert_ptr_equal(config_policy(c, "su"), &c->policy);
	assert_ptr_equal(config_policy(c, "su-l"), &c->policy);
	assert_ptr_equal(config_policy(c, "unheard-of"), &c->policy);
	assert_int_equal(config_policy(c, "sshd")->sources.n, 1);
	assert_int_equal(config_policy(c, "sshd")->freshness_s, 0);
	row = row_of(c, "service sudo", "freshness");
	assert_string_equal(row.value, "5m");
	assert_string_equal(row.origin, "bulkhead.conf:22");
	config_free(c);
}

/* A service stands above [policy] and still inherits from it. */
static void
test_service_before_policy(void **state)
{
	struct config *c;

	(void)state;
	c = parse_ok("[service su]\notp_window = 2\n[policy]\nlock_after = 5\n"
		     "otp_window = 0\n" BACKUP);
	assert_int_equal(config_policy(c, "su-l")->otp_window, 2);
	assert_int_equal(config_policy(c, "su-l")->lock_after, 5);
	assert_int_equal(config_policy(c, "sshd")->otp_window, 0);
	config_free(c);
}

static void
test_lists_are_bounded(void **state)
{
	char text[4096] = BACKUP "[policy]\nsources = 10.0.0.0\n";
	size_t i, len;

	(void)state;
	for (i = 1; i <= CONFIG_NETS_MAX; i++) {
		len = strlen(text);
		(void)snprintf(
		    text + len, sizeof(text) - len, "  10.0.0.%zu\n", i);
		if (i == CONFIG_NETS_MAX - 1)
			config_free(parse_ok(text));
	}
	refused(text, "65 networks", "has too many items");
	(void)snprintf(text, sizeof(text), "%s",
	    BACKUP "[gate]\nallow_uids = 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,"
		   "16,17\n");
	refused(text, "17 uids", "has too many items");
	(void)snprintf(text, sizeof(text), "%s", BACKUP);
	for (i = 0; i <= CONFIG_SERVICES_MAX; i++) {
		len = strlen(text);
		(void)snprintf(
		    text + len, sizeof(text) - len, "[service s%zu]\n", i);
	}
	refused(text, "17 services", "more than 16 [service] sections");
}

static void
test_reload_keeps_the_ground(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
	    {BACKUP "[policy]\nlock_after = 5\n", NULL},
	    {BACKUP "single_administrator = yes\n", NULL},
	    {"[realm]\nname = other\nclass = backup\n", ":2: [realm] name"},
	    {"[realm]\nname = vault\nclass = production\n",
		":3: [realm] class"},
	    {BACKUP "[gate]\nsocket = /x\n", ":5: [gate] socket"},
	    {BACKUP "[gate]\nadmin = /x\n", ":5: [gate] admin"},
	    {BACKUP "[gate]\nstore = sqlite:/x\n", ":5: [gate] store"},
	    {BACKUP "[gate]\nanchor = /x\n", ":5: [gate] anchor"},
	    {BACKUP "[gate]\nkey = file:/x\n", ":5: [gate] key"},
	    {BACKUP "[gate]\nallow_uids = 5\n", ":5: [gate] allow_uids"},
	};
	struct config *now = parse_ok(BACKUP), *next;
	enum bh_err e;
	char *why;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		next = parse_ok(rows[i].text);
		e = config_reload_ok(now, next, &why);
		assert_int_equal(
		    e, rows[i].want != NULL ? BH_ERR_CONFIG : BH_OK);
		if (rows[i].want != NULL)
			assert_non_null(strstr(why, rows[i].want));
		free(why);
		config_free(next);
	}
	config_free(now);
}

static void
write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f;

	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void
load_fails(const char *path, enum bh_err want)
{
	struct config *c = NULL;
	char *why = NULL;

	assert_int_equal(config_load(path, &c, &why), want);
	assert_null(c);
	assert_non_null(why);
	assert_non_null(strstr(why, path));
	free(why);
}

/* H01: missing, a folder, a FIFO, or one that others may write. */
static void
test_unsafe_files(void **state)
{
	static const mode_t modes[] = {0666, 0664, 0646, 0622};
	char dir[] = "/tmp/test_config.XXXXXX", path[64];
	struct config *c = NULL;
	char *why = NULL;
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(dir));
	load_fails(dir, BH_ERR_UNSAFE);
	(void)snprintf(path, sizeof(path), "%s/bulkhead.conf", dir);
	load_fails(path, BH_ERR_NOTFOUND);
	assert_int_equal(mkfifo(path, 0600), 0);
	load_fails(path, BH_ERR_UNSAFE);
	assert_int_equal(unlink(path), 0);
	for (i = 0; i < nitems(modes); i++) {
		write_file(path, BACKUP, modes[i]);
		load_fails(path, BH_ERR_UNSAFE);
	}
	write_file(path, "", 0644);
	load_fails(path, BH_ERR_CONFIG);
	write_file(path, BACKUP, 0644);
	assert_int_equal(config_load(path, &c, &why), BH_OK);
	config_free(c);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	config_free(NULL);
}

static void
test_durations(void **state)
{
	static const struct {
		const char *text;
		enum bh_err want;
		uint64_t seconds;
	} rows[] = {
	    {"0", BH_OK, 0},
	    {"90", BH_OK, 90},
	    {"90s", BH_OK, 90},
	    {"15m", BH_OK, 900},
	    {"2h", BH_OK, 7200},
	    {"7d", BH_OK, 604800},
	    {"", BH_ERR_INPUT, 0},
	    {"s", BH_ERR_INPUT, 0},
	    {"1 m", BH_ERR_INPUT, 0},
	    {"-1m", BH_ERR_INPUT, 0},
	    {"01m", BH_ERR_INPUT, 0},
	    {"1w", BH_ERR_INPUT, 0},
	    {"1mm", BH_ERR_INPUT, 0},
	    {"8d", BH_ERR_RANGE, 0},
	    {"18446744073709551615d", BH_ERR_RANGE, 0},
	    {"18446744073709551616", BH_ERR_RANGE, 0},
	    {"99999999999999999999999999", BH_ERR_INPUT, 0},
	};
	uint64_t seconds;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		seconds = 0;
		assert_int_equal(
		    config_duration(rows[i].text, 0, 604800, &seconds),
		    rows[i].want);
		assert_int_equal(seconds, rows[i].seconds);
	}
}

static void
test_numbers(void **state)
{
	uint64_t v = 7;

	(void)state;
	assert_int_equal(
	    config_uint("18446744073709551615", 0, UINT64_MAX, &v), BH_OK);
	assert_true(v == UINT64_MAX);
	v = 7;
	assert_int_equal(config_uint("18446744073709551616", 0, UINT64_MAX, &v),
	    BH_ERR_RANGE);
	assert_int_equal(config_uint("+1", 0, 9, &v), BH_ERR_INPUT);
	assert_int_equal(config_uint(" 1", 0, 9, &v), BH_ERR_INPUT);
	assert_int_equal(config_uint("00", 0, 9, &v), BH_ERR_INPUT);
	assert_int_equal(config_uint("1\n", 0, 9, &v), BH_ERR_INPUT);
	assert_int_equal(config_uint("", 0, 9, &v), BH_ERR_INPUT);
	assert_int_equal(v, 7); /* written only on success */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_mistake_names_its_line),
	    cmocka_unit_test(test_nul_and_long_lines),
	    cmocka_unit_test(test_longest_line),
	    cmocka_unit_test(test_defaults_by_class),
	    cmocka_unit_test(test_sample),
	    cmocka_unit_test(test_service_before_policy),
	    cmocka_unit_test(test_lists_are_bounded),
	    cmocka_unit_test(test_reload_keeps_the_ground),
	    cmocka_unit_test(test_unsafe_files),
	    cmocka_unit_test(test_durations),
	    cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
