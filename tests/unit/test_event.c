/*
 * Records: the canonical body, strings that try to forge one (the attack
 * catalogue's J01), and the syslog line.
 */
#include "core/escape.h"
#include "core/event.h"
#include "tests/unit/unit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const struct event login = {
    .seq = 17,
    .now = {.wall_s = 1700000000, .wall_ns = 42, .synchronised = true},
    .boot_id = "b",
    .realm = "vault",
    .host = "00ff",
    .hostname = "vault1",
    .service = "sshd",
    .action = "login",
    .outcome = "failure",
    .reason = "code",
    .subject = "alice",
    .person = "a.doe",
    .has_uid = true,
    .uid = 0,
    .ip = "192.0.2.7",
    .port = 49820,
    .share = "known",
    .n_factors = 2,
    .factor =
	{
	    {.type = "possession",
		.kind = "totp",
		.known_by = "gate",
		.result = "failed",
		.token = 5},
	    {.type = "possession",
		.kind = "publickey",
		.known_by = "sshd",
		.result = "ok",
		.detail = "SHA256:xyz"},
	},
    .all_ok = false,
};

static char *
body_text(const struct event *e)
{
	struct buf *body = NULL;
	char *text;

	assert_int_equal(event_body(e, &body), BH_OK);
	text = strndup((const char *)body->data, body->len);
	assert_non_null(text);
	assert_int_equal(strlen(text), body->len);
	buf_free(body);
	return text;
}

/* Keys in order, no white space, unset fields left out. */
static void
test_canonical_body(void **state)
{
	char *text = body_text(&login);

	(void)state;
	assert_string_equal(text,
	    "{\"action\":\"login\",\"all_ok\":false,\"boot_id\":\"b\","
	    "\"factors\":[{\"id\":5,\"kind\":\"totp\",\"known_by\":\"gate\","
	    "\"result\":\"failed\",\"type\":\"possession\"},"
	    "{\"detail\":\"SHA256:xyz\",\"kind\":\"publickey\","
	    "\"known_by\":\"sshd\",\"result\":\"ok\","
	    "\"type\":\"possession\"}],\"gate_version\":\"" VERSION_TEXT
	    "\",\"host\":\"00ff\",\"host_name\":\"vault1\","
	    "\"origin\":{\"ip\":\"192.0.2.7\",\"port\":49820},"
	    "\"outcome\":\"failure\",\"realm\":\"vault\","
	    "\"reason\":\"code\",\"seq\":17,\"service\":\"sshd\","
	    "\"share\":\"known\",\"subject\":{\"name\":\"alice\","
	    "\"person\":\"a.doe\",\"uid\":0},"
	    "\"time\":\"2023-11-14T22:13:20.000000042Z\","
	    "\"time_synced\":true,\"v\":1}");
	free(text);
}

static void
test_smallest_body(void **state)
{
	const struct event e = {.action = "log.open", .outcome = ""};
	char *text = body_text(&e);

	(void)state;
	assert_string_equal(text,
	    "{\"action\":\"log.open\",\"gate_version\":\"" VERSION_TEXT
	    "\",\"seq\":0,\"time\":\"1970-01-01T00:00:00.000000000Z\","
	    "\"time_synced\":false,\"v\":1}");
	free(text);
}

static void
test_every_field_has_its_place(void **state)
{
	struct event e = login;
	char *text;

	(void)state;
	e.subject_hash = "ab";
	e.target = "root";
	e.has_auid = true;
	e.auid = 1000;
	e.actor = "root";
	e.tty = "pts/1";
	e.session = "12";
	e.grant = "cd";
	e.token = 9;
	e.token_kind = "hotp";
	e.count = 3;
	e.from_s = 1699999940;
	e.ticket = "T-1";
	e.approver = "bob";
	e.note = "lost phone";
	e.policy_hash = "ef";
	e.detail = "more";
	text = body_text(&e);
	assert_non_null(strstr(text, "\"name_hash\":\"ab\""));
	assert_non_null(strstr(text, "\"target\":\"root\""));
	assert_non_null(
	    strstr(text, "\"actor\":{\"auid\":1000,\"name\":\"root\"}"));
	assert_non_null(strstr(text, "\"tty\":\"pts/1\""));
	assert_non_null(strstr(text, "\"session\":\"12\""));
	assert_non_null(strstr(text, "\"grant\":\"cd\""));
	assert_non_null(strstr(text, "\"token\":9,\"token_kind\":\"hotp\""));
	assert_non_null(strstr(text, "\"count\":3"));
	assert_non_null(
	    strstr(text, "\"from\":\"2023-11-14T22:12:20.000000000Z\""));
	assert_non_null(strstr(text, "\"ticket\":\"T-1\""));
	assert_non_null(strstr(text, "\"approver\":\"bob\""));
	assert_non_null(strstr(text, "\"note\":\"lost phone\""));
	assert_non_null(strstr(text, "\"policy_hash\":\"ef\""));
	assert_non_null(strstr(text, "\"detail\":\"more\""));
	free(text);
}

static const char *const hostile[] = {
    "new\nline",
    "quote\" back\\slash \\\\ end\\",
    "esc\x1b[2J bell\a del\x7f",
    "\x9b"
    "31m",
    "%n%s%n",
    "\",\"outcome\":\"success\",\"x\":\"",
    "\\x41 looks like an escape",
    "\\x4",
    "\\\xff",
    "\xff\xfe\x80",
    "\xc0\xaf overlong",
    "\xed\xa0\x80 surrogate",
    "\xf4\x90\x80\x80 beyond",
    "\xe3\x81 cut",
    "\xe3\x82\xa2\xe3\x83\xaa\xe3\x82\xb9",
    "\xc2\x9b"
    "31m",
    "\xe2\x80\xae turned round",
    "\\x5cx41",
};

/* One record, valid JSON, nothing forged, and the bytes come back. */
static void
test_hostile_strings_come_back(void **state)
{
	struct event e = login;
	json_t *root;
	char *text, *bytes;
	size_t i, len;

	(void)state;
	for (i = 0; i < nitems(hostile); i++) {
		e.subject = e.ip = e.tty = e.service = e.note = hostile[i];
		text = body_text(&e);
		assert_null(strchr(text, '\n'));
		root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(root);
		assert_string_equal(
		    json_string_value(json_object_get(root, "outcome")),
		    "failure");
		bytes =
		    escape_undo(json_string_value(json_object_get(
				    json_object_get(root, "subject"), "name")),
			&len);
		assert_non_null(bytes);
		assert_int_equal(len, strlen(hostile[i]));
		assert_memory_equal(bytes, hostile[i], len);
		free(bytes);
		json_decref(root);
		free(text);
	}
}

/* Any two bytes behind a backslash, and any two alone. */
static void
test_all_pairs_come_back(void **state)
{
	char raw[5] = "\\x", *text, *bytes;
	unsigned int i;
	size_t len, start;

	(void)state;
	for (i = 0; i < 65536u * 2; i++) {
		start = i < 65536u ? 2 : 0;
		raw[0] = '\\';
		raw[1] = 'x';
		raw[start] = (char)(i >> 8 & 0xff);
		raw[start + 1] = (char)(i & 0xff);
		text = escape_text(raw, 4);
		assert_non_null(text);
		if (strlen(text) == 0) { /* a NUL byte ends the text */
			free(text);
			continue;
		}
		bytes = escape_undo(text, &len);
		assert_non_null(bytes);
		if (memchr(raw, '\0', 4) == NULL) {
			assert_int_equal(len, 4);
			assert_memory_equal(bytes, raw, 4);
			assert_false(escape_needed(text, strlen(text)) &&
				     strchr(text, '\\') == NULL);
		}
		free(bytes);
		free(text);
	}
}

static void
test_line(void **state)
{
	char line[1024];

	(void)state;
	event_line(&login, line, sizeof(line));
	assert_string_equal(line,
	    "action=login outcome=failure reason=code account=alice "
	    "person=a.doe uid=0 service=sshd ip=192.0.2.7 port=49820 "
	    "share=known realm=vault factor=totp:failed:gate "
	    "factor=publickey:ok:sshd seq=17");
}

/* A value can't become a pair of its own, nor a second line. */
static void
test_line_is_not_forged(void **state)
{
	struct event e = login;
	char line[2048], *s;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(hostile); i++) {
		e.subject = hostile[i];
		e.note = "a b";
		event_line(&e, line, sizeof(line));
		for (s = line; *s != '\0'; s++)
			assert_true(*s >= 0x20 && *s < 0x7f);
		assert_non_null(strstr(line, " note=\"a b\""));
	}
	e.subject = "x outcome=success";
	event_line(&e, line, sizeof(line));
	assert_non_null(strstr(line, "account=\"x outcome=success\""));
}

/* A short line holds whole pairs only. */
static void
test_line_is_cut_between_pairs(void **state)
{
	char line[64];
	size_t size;

	(void)state;
	for (size = 0; size <= sizeof(line); size++) {
		memset(line, '#', sizeof(line));
		event_line(&login, line, size);
		if (size < sizeof(line))
			assert_int_equal(line[size], '#');
		if (size > 0)
			assert_true(strlen(line) < size);
		if (size == 31)
			assert_string_equal(
			    line, "action=login outcome=failure");
	}
}

static void
test_long_values(void **state)
{
	char *name = malloc(100001), *text;
	struct event e = login;
	json_t *root;

	(void)state;
	assert_non_null(name);
	memset(name, 0xff, 100000);
	name[100000] = '\0';
	e.subject = name;
	text = body_text(&e);
	root = json_loads(text, 0, NULL);
	assert_non_null(root);
	json_decref(root);
	free(text);
	free(name);
}

static void
test_numbers_out_of_range(void **state)
{
	struct event e = login;
	struct buf *body = NULL;

	(void)state;
	e.seq = UINT64_MAX;
	assert_int_equal(event_body(&e, &body), BH_ERR_RANGE);
	e = login;
	e.factor[0].token = UINT64_MAX;
	assert_int_not_equal(event_body(&e, &body), BH_OK);
	e = login;
	e.now.wall_s = UINT64_MAX;
	assert_int_equal(event_body(&e, &body), BH_ERR_RANGE);
	assert_null(body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_canonical_body),
	    cmocka_unit_test(test_smallest_body),
	    cmocka_unit_test(test_every_field_has_its_place),
	    cmocka_unit_test(test_hostile_strings_come_back),
	    cmocka_unit_test(test_all_pairs_come_back),
	    cmocka_unit_test(test_line),
	    cmocka_unit_test(test_line_is_not_forged),
	    cmocka_unit_test(test_line_is_cut_between_pairs),
	    cmocka_unit_test(test_long_values),
	    cmocka_unit_test(test_numbers_out_of_range),
	};

	return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
