/*
 * base: messages round trip, and every cut or lengthened one is refused;
 * text for the log; deadlines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/deadline.h"
#include "base/log.h"
#include "base/msg.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

static struct msg_start start;
static struct msg_start got;

static enum bh_err
put_start(struct buf *b)
{
	memset(&start, 0, sizeof(start));
	start.phase = PHASE_ACCOUNT;
	start.flags = MSG_F_GRANT | MSG_F_TRUNCATED;
	start.real_uid = 1000;
	start.user_uid = UINT32_MAX;
	memset(start.nonce, 0xa5, sizeof(start.nonce));
	memset(start.grant, 0x5a, sizeof(start.grant));
	memset(start.user, 'u', MSG_NAME_MAX);
	memset(start.auth_info, 'k', MSG_AUTHINFO_MAX);
	if (!msg_set(start.service, sizeof(start.service), "sshd"))
		return BH_ERR_RANGE;
	return msg_put_start(b, &start);
}

static enum bh_err
get_start(struct buf *b)
{
	return msg_get_start(b, &got);
}

static enum bh_err
put_prompt(struct buf *b)
{
	const struct msg_prompt m = {.echo = true, .text = "Code: "};

	return msg_put_prompt(b, &m);
}

static enum bh_err
get_prompt(struct buf *b)
{
	struct msg_prompt m;
	enum bh_err e = msg_get_prompt(b, &m);

	if (e == BH_OK) {
		assert_true(m.echo);
		assert_string_equal(m.text, "Code: ");
	}
	return e;
}

static enum bh_err
put_answer(struct buf *b)
{
	struct msg_answer m = {.answer = buf_new_from("12\0 56", 6)};
	enum bh_err e = msg_put_answer(b, &m);

	buf_free(m.answer);
	return e;
}

static enum bh_err
get_answer(struct buf *b)
{
	struct msg_answer m;
	enum bh_err e = msg_get_answer(b, &m);

	if (e == BH_OK) {
		assert_int_equal(m.answer->len, 6);
		assert_memory_equal(m.answer->data, "12\0 56", 6);
	}
	buf_free(m.answer);
	return e;
}

static enum bh_err
put_verdict(struct buf *b)
{
	const struct msg_verdict m = {.verdict = VERDICT_ALLOW,
	    .has_grant = true,
	    .grant = {1, 2, 3},
	    .text = ""};

	return msg_put_verdict(b, &m);
}

static enum bh_err
get_verdict(struct buf *b)
{
	struct msg_verdict m;
	enum bh_err e = msg_get_verdict(b, &m);

	if (e == BH_OK) {
		assert_int_equal(m.verdict, VERDICT_ALLOW);
		assert_int_equal(m.grant[2], 3);
	} else {
		assert_int_equal(m.verdict, VERDICT_DENY);
	}
	return e;
}

static const struct {
	enum msg_type type;
	enum bh_err (*put)(struct buf *b);
	enum bh_err (*get)(struct buf *b);
} rows[] = {
    {MSG_START, put_start, get_start},
    {MSG_PROMPT, put_prompt, get_prompt},
    {MSG_ANSWER, put_answer, get_answer},
    {MSG_ABORT, msg_put_abort, msg_get_abort},
    {MSG_VERDICT, put_verdict, get_verdict},
};

/* Decode the first len bytes of b as a whole message. */
static enum bh_err
decode(const struct buf *b, size_t len, size_t row)
{
	struct buf *copy = buf_new_from(b->data, len);
	enum msg_type type = 0;
	enum bh_err e;

	assert_non_null(copy);
	if ((e = msg_get_type(copy, &type)) == BH_OK) {
		assert_int_equal(type, rows[row].type);
		e = rows[row].get(copy);
	}
	buf_free(copy);
	return e;
}

static void
test_round_trip_and_every_length(void **state)
{
	struct buf *b;
	size_t i, len;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		assert_non_null(b = buf_new(MSG_MAX));
		assert_int_equal(rows[i].put(b), BH_OK);
		assert_int_equal(decode(b, b->len, i), BH_OK);
		if (rows[i].type == MSG_START)
			assert_memory_equal(&got, &start, sizeof(got));
		assert_int_not_equal(decode(b, b->len + 1, i), BH_OK);
		for (len = 0; len < b->len; len++)
			assert_int_not_equal(decode(b, len, i), BH_OK);
		buf_free(b);
	}
}

/* One byte at offset becomes value: malformed. */
static void
test_start_fields_are_checked(void **state)
{
	static const struct {
		const char *rule;
		size_t offset;
		uint8_t value;
	} spoil[] = {
	    {"version 0", 0, 0},
	    {"version 2", 0, 2},
	    {"type 0", 1, 0},
	    {"type after the last", 1, 6},
	    {"phase 0", 18, 0},
	    {"phase after the last", 18, 6},
	    {"unknown flag", 22, 0x0b},
	    {"highest unknown flag", 19, 0x80},
	    {"grant without its flag", 22, MSG_F_TRUNCATED},
	    {"no user, but a uid", 22, MSG_F_ALL},
	    {"NUL in a name", 33, 0},
	};
	enum msg_type type;
	struct buf *b;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(spoil); i++) {
		assert_non_null(b = buf_new(MSG_MAX));
		assert_int_equal(put_start(b), BH_OK);
		b->data[spoil[i].offset] = spoil[i].value;
		if (msg_get_type(b, &type) == BH_OK && type == MSG_START &&
		    msg_get_start(b, &got) == BH_OK)
			fail_msg("%s", spoil[i].rule);
		buf_free(b);
	}
}

static void
test_answer_limits(void **state)
{
	struct msg_answer m = {.answer = NULL};
	struct buf *b = buf_new(MSG_MAX);

	(void)state;
	assert_non_null(b);
	assert_non_null(m.answer = buf_new(MSG_ANSWER_MAX + 1));
	m.answer->len = MSG_ANSWER_MAX + 1;
	assert_int_equal(msg_put_answer(b, &m), BH_ERR_RANGE);
	m.toolong = true;
	assert_int_equal(msg_put_answer(b, &m), BH_OK);
	assert_int_equal(b->len, 5);
	buf_free(m.answer);
	buf_free(b);
}

static void
test_deny_carries_no_grant(void **state)
{
	const struct msg_verdict m = {
	    .verdict = VERDICT_DENY, .has_grant = true};
	struct buf *b = buf_new(MSG_MAX);

	(void)state;
	assert_non_null(b);
	assert_int_equal(msg_put_verdict(b, &m), BH_ERR_RANGE);
	buf_free(b);
}

static void
test_msg_set(void **state)
{
	char field[5];

	(void)state;
	assert_true(msg_set(field, sizeof(field), NULL));
	assert_string_equal(field, "");
	assert_true(msg_set(field, sizeof(field), "four"));
	assert_string_equal(field, "four");
	assert_false(msg_set(field, sizeof(field), "fiver"));
	assert_string_equal(field, "five");
}

static void
test_printable(void **state)
{
	static const struct {
		const char *src;
		size_t size;
		const char *want;
	} texts[] = {
	    {"alice", 16, "alice"},
	    {"", 16, ""},
	    {"a\n\"b", 32, "a\\x0a\\x22b"},
	    {"\\\x1b\x9b'", 32, "\\x5c\\x1b\\x9b\\x27"},
	    {"12345678", 9, "12345678"},
	    {"123456789", 9, "12345..."},
	    {"12345\n89", 9, "12345..."},
	    {"1234\n", 8, "1234..."},
	    {"abc", 1, ""},
	};
	char dst[32];
	size_t i;

	(void)state;
	for (i = 0; i < nitems(texts); i++)
		assert_string_equal(
		    log_printable(dst, texts[i].size, texts[i].src),
		    texts[i].want);
}

/* What log_msg writes to stderr, in text. */
static void
catch_stderr(char *text, size_t size)
{
	int pair[2], saved = dup(2);
	ssize_t n;

	assert_int_equal(pipe(pair), 0);
	assert_int_equal(dup2(pair[1], 2), 2);
	log_open("bulkheadd", false, true);
	log_msg(LOG_LEVEL_NOTICE, "user %s", "a\nb\x1b[2J\x9b");
	log_err(BH_ERR_TIMEOUT, "ask %d", 7);
	log_close();
	assert_int_equal(dup2(saved, 2), 2);
	(void)close(saved);
	(void)close(pair[1]);
	n = read(pair[0], text, size - 1);
	assert_true(n > 0);
	text[n] = '\0';
	(void)close(pair[0]);
}

static void
test_log_lines_cannot_be_forged(void **state)
{
	char text[512];

	(void)state;
	catch_stderr(text, sizeof(text));
	assert_string_equal(text, "bulkheadd: user a\\x0ab\\x1b[2J\\x9b\n"
				  "bulkheadd: ask 7: no answer in time\n");
}

static void
test_deadlines(void **state)
{
	int pair[2];

	(void)state;
	assert_int_equal(deadline_left_ms(0), 0);
	assert_int_equal(deadline_left_ms(UINT64_MAX), INT_MAX);
	assert_true(deadline_in_ms(UINT64_MAX) == UINT64_MAX);
	assert_in_range(deadline_left_ms(deadline_in_ms(60000)), 1, 60000);
	assert_int_equal(pipe(pair), 0);
	assert_int_equal(deadline_wait_read(pair[0], 0), BH_ERR_TIMEOUT);
	assert_int_equal(write(pair[1], "x", 1), 1);
	assert_int_equal(deadline_wait_read(pair[0], 0), BH_OK);
	(void)close(pair[0]);
	(void)close(pair[1]);
	assert_int_equal(deadline_wait_read(pair[0], 0), BH_ERR_SYSTEM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trip_and_every_length),
	    cmocka_unit_test(test_start_fields_are_checked),
	    cmocka_unit_test(test_answer_limits),
	    cmocka_unit_test(test_deny_carries_no_grant),
	    cmocka_unit_test(test_msg_set),
	    cmocka_unit_test(test_printable),
	    cmocka_unit_test(test_log_lines_cannot_be_forged),
	    cmocka_unit_test(test_deadlines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
