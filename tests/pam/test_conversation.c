/*
 * The person at the prompt: all that an application may answer.
 */
#include "tests/pam/rig.h"

#include <stdlib.h>
#include <string.h>

/* A01, A03, A07: no answer is no answer, however it comes about. */
static void
test_no_answer_aborts(void **state)
{
	static const struct {
		const char *rule;
		int rv;
		bool no_response;
		bool no_answer;
	} rows[] = {
	    {"A01 Ctrl-D", PAM_SUCCESS, false, true},
	    {"A03 no response", PAM_SUCCESS, true, false},
	    {"A03 error", PAM_CONV_ERR, false, false},
	    {"A03 again", PAM_CONV_AGAIN, false, false},
	    {"A03 abort", PAM_ABORT, false, false},
	    {"A03 ignore", PAM_IGNORE, false, false},
	};
	struct rig *r = *state;
	size_t i, j;
	int rv;

	for (i = 0; i < nitems(rows); i++) {
		rig_peer(r, play_ask);
		r->person.rv = rows[i].rv;
		r->person.no_response = rows[i].no_response;
		r->person.no_answer = rows[i].no_answer;
		for (j = 0; j < 2; j++) {
			rv = entries[j].call(r->pamh, 0);
			if (rv != entries[j].denied)
				fail_msg("%s: %d", rows[i].rule, rv);
		}
		peer_stop(r->peer);
		assert_int_equal(atomic_load(&r->peer->report->answers), 0);
	}
}

static void
test_abort_is_sent(void **state)
{
	struct rig *r = *state;

	r->person.no_answer = true;
	assert_int_equal(pam_authenticate(r->pamh, 0), PAM_AUTH_ERR);
	/* The next login's START is read after the abort was. */
	r->person.no_answer = false;
	assert_int_equal(pam_authenticate(r->pamh, 0), PAM_SUCCESS);
	assert_int_equal(atomic_load(&r->peer->report->aborts), 1);
}

/* A07: without a conversation function nobody is asked, nothing crashes. */
static void
test_a07_no_conversation(void **state)
{
	const struct pam_conv none = {NULL, NULL};
	struct rig *r = *state;

	assert_int_equal(pam_set_item(r->pamh, PAM_CONV, &none), PAM_SUCCESS);
	assert_int_equal(pam_authenticate(r->pamh, 0), PAM_AUTH_ERR);
	assert_int_equal(pam_acct_mgmt(r->pamh, 0), PAM_PERM_DENIED);
	assert_int_equal(pam_set_item(r->pamh, PAM_USER, NULL), PAM_SUCCESS);
	assert_int_equal(pam_authenticate(r->pamh, 0), PAM_AUTH_ERR);
	assert_int_equal(atomic_load(&r->peer->report->answers), 0);
}

/* A02, A05, A13: bytes go as they were typed; the daemon judges them. */
static void
test_answers_arrive_unaltered(void **state)
{
	static const char *const answers[] = {"", "123456", " 123456",
	    "+123456", "0x1234", "123456\n", "\xef\xbc\x91\xef\xbc\x92",
	    "\b\n\r\177INCORRECT\b\n\r\177", "%n%s", "\x01\xff\x9b"};
	struct rig *r = *state;
	struct report *report = r->peer->report;
	size_t i;

	for (i = 0; i < nitems(answers); i++) {
		r->person.answer = answers[i];
		assert_int_equal(pam_authenticate(r->pamh, 0), PAM_SUCCESS);
		assert_int_equal(report->answerlen, strlen(answers[i]));
		assert_string_equal(report->answer, answers[i]);
		assert_false(report->toolong);
	}
}

/* A06: of a longer answer only the fact is sent. */
static void
test_a06_long_answers(void **state)
{
	static const size_t lengths[] = {511, 512, 513, 65537, 1048576};
	struct rig *r = *state;
	struct report *report = r->peer->report;
	char *answer;
	size_t i;

	for (i = 0; i < nitems(lengths); i++) {
		bool toolong = lengths[i] > MSG_ANSWER_MAX;

		answer = calloc(1, lengths[i] + 1);
		assert_non_null(answer);
		memset(answer, '1', lengths[i]);
		r->person.answer = answer;
		assert_int_equal(pam_authenticate(r->pamh, 0), PAM_SUCCESS);
		assert_int_equal(report->toolong, toolong);
		assert_int_equal(report->answerlen, toolong ? 0 : lengths[i]);
		free(answer);
	}
}

static void
test_prompt_is_printable(void **state)
{
	struct rig *r = *state;
	const char *p;

	rig_peer(r, play_ask_echo);
	assert_int_equal(pam_authenticate(r->pamh, 0), PAM_AUTH_ERR);
	assert_int_equal(r->person.style, PAM_PROMPT_ECHO_ON);
	assert_string_equal(r->person.prompt, "Two?lines ?[1m?%n: ");
	assert_string_equal(r->person.shown, "No?[2J%s??");
	for (p = r->person.shown; *p != '\0'; p++)
		assert_in_range((unsigned char)*p, ' ', '~');
}

static void
test_prompt_hides_the_answer(void **state)
{
	struct rig *r = *state;

	assert_int_equal(pam_authenticate(r->pamh, 0), PAM_SUCCESS);
	assert_int_equal(r->person.style, PAM_PROMPT_ECHO_OFF);
	assert_string_equal(r->person.prompt, "One-time code: ");
	assert_string_equal(r->person.shown, "");
}

/* sudo's account phase is silent, and still asks. */
static void
test_silent_asks_but_does_not_tell(void **state)
{
	struct rig *r = *state;
	size_t i;

	rig_peer(r, play_ask_deny);
	for (i = 0; i < 2; i++) {
		r->person.asked = 0;
		r->person.shown[0] = '\0';
		assert_int_equal(entries[i].call(r->pamh, (int)PAM_SILENT),
		    entries[i].denied);
		assert_int_equal(r->person.asked, 1);
		assert_string_equal(r->person.shown, "");
		assert_int_equal(
		    entries[i].call(r->pamh, 0), entries[i].denied);
		assert_string_equal(r->person.shown, "Access denied.");
	}
}

/* No copy of ours in PAM's items: a later module finds no code there. */
static void
test_no_authtok(void **state)
{
	struct rig *r = *state;
	const void *item = NULL;

	assert_int_equal(pam_authenticate(r->pamh, 0), PAM_SUCCESS);
	if (pam_get_item(r->pamh, PAM_AUTHTOK, &item) == PAM_SUCCESS)
		assert_null(item);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_no_answer_aborts),
	    TEST(test_abort_is_sent),
	    TEST(test_a07_no_conversation),
	    TEST(test_answers_arrive_unaltered),
	    TEST(test_a06_long_answers),
	    TEST(test_prompt_is_printable),
	    TEST(test_prompt_hides_the_answer),
	    TEST(test_silent_asks_but_does_not_tell),
	    TEST(test_no_authtok),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
