/*
 * SSH public keys as they lie in files.
 */
#include "tests/unit/unit.h"

#include "core/base64.h"
#include "core/host/keys.h"
#include "core/host/keys_internal.h"
#include "tests/unit/file_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_TEXT 256

/* A blob of that type with a part of one letter, as "base64". */
static char *
blob_of(const char *type, char letter, char text[KEY_TEXT])
{
	struct buf *b = buf_new(KEY_TEXT);
	size_t i, len = strlen(type);

	assert_non_null(b);
	assert_int_equal(buf_put_u32(b, (uint32_t)len), BH_OK);
	assert_int_equal(buf_put(b, type, len), BH_OK);
	assert_int_equal(buf_put_u32(b, 32), BH_OK);
	for (i = 0; i < 32; i++)
		assert_int_equal(buf_put_u8(b, (uint8_t)letter), BH_OK);
	assert_int_equal(base64_encode(b->data, b->len, text, KEY_TEXT), BH_OK);
	buf_free(b);
	return text;
}

/* What the walk gave: "LINE type options ca comment" a key, and the rest. */
struct seen {
	char keys[4096], unseen[4096];
	size_t n;
};

static enum bh_err
see(void *arg, const struct key_line *k)
{
	struct seen *s = arg;
	size_t len = strlen(s->keys);

	assert_int_equal(k->bloblen, 4 + strlen(k->type) + 4 + 32);
	(void)snprintf(s->keys + len, sizeof(s->keys) - len, "%u|%s|%s|%s|%s;",
	    k->line, k->type, k->options, k->ca ? "ca" : "", k->comment);
	s->n++;
	return BH_OK;
}

static void
miss(void *arg, const char *what)
{
	struct seen *s = arg;
	size_t len = strlen(s->unseen);

	(void)snprintf(s->unseen + len, sizeof(s->unseen) - len, "%s\n", what);
}

/* Read a file of that text; @ stands for a good ed25519 blob. */
static enum bh_err
read_text(const char *text, struct seen *s)
{
	char blob[KEY_TEXT], whole[8192];
	size_t len = 0;

	(void)blob_of("ssh-ed25519", 'k', blob);
	for (whole[0] = '\0'; *text != '\0'; text++) {
		if (*text == '@')
			len += (size_t)snprintf(
			    whole + len, sizeof(whole) - len, "%s", blob);
		else
			whole[len++] = *text;
	}
	memset(s, 0, sizeof(*s));
	return keys_read_file(
	    file_write("keys", whole, len), "alice", see, miss, s);
}

static void
test_lines(void **state)
{
	static const struct {
		const char *rule, *text, *want;
	} rows[] = {
	    {"a key", "ssh-ed25519 @ a b\n", "1|ssh-ed25519|||a b;"},
	    {"without a comment or a line's end", "ssh-ed25519 @",
		"1|ssh-ed25519|||;"},
	    {"CRLF", "ssh-ed25519 @\r\nssh-ed25519 @ c\r\n",
		"1|ssh-ed25519|||;2|ssh-ed25519|||c;"},
	    {"comments and blank lines",
		"# ssh-ed25519 @\n\n \t\n \t ssh-ed25519 \t @\tc\n",
		"4|ssh-ed25519|||c;"},
	    {"options", "restrict,pty ssh-ed25519 @ c\n",
		"1|ssh-ed25519|restrict,pty||c;"},
	    {"a blank in quotes",
		"command=\"echo ssh-ed25519 x\",pty ssh-ed25519 @\n",
		"1|ssh-ed25519|command=\"echo ssh-ed25519 x\",pty||;"},
	    {"a quote in quotes", "command=\"a \\\" b\" ssh-ed25519 @\n",
		"1|ssh-ed25519|command=\"a \\\" b\"||;"},
	    {"a CA", "cert-authority ssh-ed25519 @\n",
		"1|ssh-ed25519|cert-authority|ca|;"},
	    {"a CA among options, any case",
		"from=\"a,b\",Cert-Authority,principals=\"x\" ssh-ed25519 @\n",
		"1|ssh-ed25519|from=\"a,b\",Cert-Authority,principals=\"x\"|"
		"ca|;"},
	    {"no CA: the word stands in quotes",
		"command=\"x,cert-authority,y\" ssh-ed25519 @\n",
		"1|ssh-ed25519|command=\"x,cert-authority,y\"||;"},
	    {"no CA: a longer word", "cert-authority2 ssh-ed25519 @\n",
		"1|ssh-ed25519|cert-authority2||;"},
	};
	struct seen s;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		print_message("# %s\n", rows[i].rule);
		assert_int_equal(read_text(rows[i].text, &s), BH_OK);
		assert_string_equal(s.keys, rows[i].want);
		assert_string_equal(s.unseen, "");
	}
}

/* Lines that are no key are said, and those around them are read. */
static void
test_no_keys(void **state)
{
	static const struct {
		const char *rule, *line;
	} rows[] = {
	    {"garbage", "garbage"},
	    {"a type alone", "ssh-ed25519"},
	    {"no base64", "ssh-ed25519 !!!!"},
	    {"base64 of nothing", "ssh-ed25519 AAAA"},
	    {"one character short", "ssh-ed25519 AAA"},
	    {"text and blob are of two types", "ssh-rsa @"},
	    {"a short name: sshd does not take it either", "ED25519 @"},
	    {"a blob alone", "@"},
	    {"quotes that don't end", "command=\"x ssh-ed25519 @"},
	    {"a type's length that runs over", "x f////w=="},
	    {"trailing characters", "ssh-ed25519 @x"},
	};
	char text[512], want[128];
	struct seen s;
	size_t i;

	(void)state;
	(void)snprintf(want, sizeof(want),
	    "%s:2: this line is no SSH public key\n", file_path("keys"));
	for (i = 0; i < nitems(rows); i++) {
		print_message("# %s\n", rows[i].rule);
		(void)snprintf(text, sizeof(text),
		    "ssh-ed25519 @ 1\n%s\nssh-ed25519 @ 3\n", rows[i].line);
		assert_int_equal(read_text(text, &s), BH_OK);
		assert_string_equal(
		    s.keys, "1|ssh-ed25519|||1;3|ssh-ed25519|||3;");
		assert_string_equal(s.unseen, want);
	}
}

static void
test_types(void **state)
{
	static const char *const types[] = {"ssh-rsa", "ecdsa-sha2-nistp521",
	    "sk-ssh-ed25519@openssh.com", "ssh-ed25519-cert-v01@openssh.com",
	    "a-type-of-tomorrow"};
	char line[512], blob[KEY_TEXT];
	struct seen s;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(types); i++) {
		(void)snprintf(line, sizeof(line), "%s %s\n", types[i],
		    blob_of(types[i], 'x', blob));
		memset(&s, 0, sizeof(s));
		assert_int_equal(keys_read_file(file_text("keys", line), NULL,
				     see, miss, &s),
		    BH_OK);
		assert_int_equal(s.n, 1);
		assert_non_null(strstr(s.keys, types[i]));
	}
}

static void
test_long_line(void **state)
{
	size_t len = KEY_LINE_MAX + 1;
	char *text = malloc(len + 1);
	struct seen s = {0};

	(void)state;
	assert_non_null(text);
	memset(text, 'x', len);
	text[len] = '\n';
	assert_int_equal(keys_read_file(file_write("keys", text, len + 1), NULL,
			     see, miss, &s),
	    BH_OK);
	assert_non_null(strstr(s.unseen, ":1: the line is longer"));
	free(text);
}

/* P03: sshd follows a link in an account's place, so these keys open it. */
static void
test_a_link_to_keys(void **state)
{
	struct seen s = {0};

	(void)state;
	assert_int_equal(read_text("ssh-ed25519 @ c\n", &s), BH_OK);
	assert_int_equal(symlink("keys", file_path("tokeys")), 0);
	memset(&s, 0, sizeof(s));
	assert_int_equal(
	    keys_read_file(file_path("tokeys"), "alice", see, miss, &s), BH_OK);
	assert_string_equal(s.keys, "1|ssh-ed25519|||c;");
}

/* What is no plain file is refused, and does not hang. */
static void
test_no_plain_file(void **state)
{
	struct seen s = {0};

	(void)state;
	assert_int_equal(keys_read_file(file_path("none"), NULL, see, miss, &s),
	    BH_ERR_NOTFOUND);
	(void)file_text("target", "");
	assert_int_equal(symlink("target", file_path("link")), 0);
	assert_int_equal(mkfifo(file_path("fifo"), 0600), 0);
	assert_int_equal(keys_read_file(file_path("link"), NULL, see, miss, &s),
	    BH_ERR_UNSAFE);
	assert_int_equal(keys_read_file(file_path("fifo"), NULL, see, miss, &s),
	    BH_ERR_UNSAFE);
	assert_int_equal(symlink("fifo", file_path("tofifo")), 0);
	assert_int_equal(
	    keys_read_file(file_path("tofifo"), "alice", see, miss, &s),
	    BH_ERR_UNSAFE);
	assert_int_equal(symlink("gone", file_path("togone")), 0);
	assert_int_equal(
	    keys_read_file(file_path("togone"), "alice", see, miss, &s),
	    BH_ERR_NOTFOUND);
	assert_int_equal(
	    keys_read_file("/dev/zero", "alice", see, miss, &s), BH_ERR_UNSAFE);
	(void)file_text("huge", "");
	assert_int_equal(truncate(file_path("huge"), 1 << 30), 0);
	assert_int_equal(keys_read_file(file_path("huge"), NULL, see, miss, &s),
	    BH_ERR_FULL);
	if (getuid() != 0) { /* root reads it all the same */
		(void)file_text("closed", "");
		assert_int_equal(chmod(file_path("closed"), 0), 0);
		assert_int_equal(
		    keys_read_file(file_path("closed"), NULL, see, miss, &s),
		    BH_ERR_SYSTEM);
	}
}

static enum bh_err
stop(void *arg, const struct key_line *k)
{
	(void)k;
	++*(int *)arg;
	return BH_ERR_FULL;
}

static void
test_error_stops(void **state)
{
	char text[1024], blob[KEY_TEXT];
	int calls = 0;

	(void)state;
	(void)blob_of("ssh-ed25519", 'k', blob);
	(void)snprintf(
	    text, sizeof(text), "ssh-ed25519 %s\nssh-ed25519 %s\n", blob, blob);
	assert_int_equal(
	    keys_read_file(file_text("keys", text), NULL, stop, miss, &calls),
	    BH_ERR_FULL);
	assert_int_equal(calls, 1);
}

static void
test_read_one(void **state)
{
	static const struct {
		const char *rule, *before, *behind, *why;
	} rows[] = {
	    {"a .pub file", "", " alice@host\n", NULL},
	    {"comments may stand around it", "# mine\n\n", "\n\n", NULL},
	    {"options", "restrict ", "\n", "options"},
	    {"junk", "junk\n", "\n", "no SSH public key"},
	    {"none", "#", "\n", "no SSH public key"},
	};
	char text[1200], want[512], blob[KEY_TEXT], *line;
	struct buf *key;
	const char *why;
	enum bh_err e;
	size_t i;

	(void)state;
	(void)blob_of("ssh-ed25519", 'k', blob);
	(void)snprintf(want, sizeof(want), "ssh-ed25519 %s", blob);
	for (i = 0; i < nitems(rows); i++) {
		print_message("# %s\n", rows[i].rule);
		(void)snprintf(text, sizeof(text), "%s%s%s", rows[i].before,
		    want, rows[i].behind);
		e = keys_read_one(file_text("one", text), &line, &key, &why);
		assert_int_equal(e, rows[i].why != NULL ? BH_ERR_INPUT : BH_OK);
		if (e != BH_OK) {
			assert_non_null(strstr(why, rows[i].why));
			continue;
		}
		assert_string_equal(line, want);
		assert_int_equal(key->len, 4 + 11 + 4 + 32);
		free(line);
		buf_free(key);
	}
	(void)snprintf(text, sizeof(text), "%s\n%s\n", want, want);
	assert_int_equal(
	    keys_read_one(file_text("one", text), &line, &key, &why),
	    BH_ERR_INPUT);
	assert_int_equal(keys_read_one(file_path("none"), &line, &key, &why),
	    BH_ERR_NOTFOUND);
}

static void
test_expand(void **state)
{
	static const struct {
		const char *pattern, *want; /* NULL: refused */
	} rows[] = {
	    {".ssh/authorized_keys", "/home/al/.ssh/authorized_keys"},
	    {"/etc/keys/%u", "/etc/keys/al"},
	    {"%h/k", "/home/al/k"},
	    {"%u/k", "/home/al/al/k"},
	    {"/k/%U%%%u", "/k/1000%al"},
	    {"/k/%i", NULL},
	    {"/k/%", NULL},
	    {"", NULL},
	};
	char name[] = "al", home[] = "/home/al", path[32];
	const struct key_account a = {name, home, 1000};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		print_message("# %s\n", rows[i].pattern);
		assert_int_equal(
		    key_path_expand(rows[i].pattern, &a, path, sizeof(path)),
		    rows[i].want != NULL);
		if (rows[i].want != NULL)
			assert_string_equal(path, rows[i].want);
	}
	assert_true(key_path_expand(
	    "/123456789012345678901234567890", &a, path, sizeof(path)));
	assert_false(key_path_expand(
	    "/1234567890123456789012345678901", &a, path, sizeof(path)));
	assert_true(
	    key_path_expand("1234567890123456789012", &a, path, sizeof(path)));
	assert_false(
	    key_path_expand("12345678901234567890123", &a, path, sizeof(path)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_no_keys),
	    cmocka_unit_test(test_types),
	    cmocka_unit_test(test_long_line),
	    cmocka_unit_test(test_a_link_to_keys),
	    cmocka_unit_test(test_no_plain_file),
	    cmocka_unit_test(test_error_stops),
	    cmocka_unit_test(test_read_one),
	    cmocka_unit_test(test_expand),
	};

	return cmocka_run_group_tests(tests, file_rig_up, file_rig_down);
}
