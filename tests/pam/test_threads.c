/*
 * Thirty-two threads, a handle each: right verdicts for all of them.
 */
#include "tests/pam/rig.h"

#include <pthread.h>
#include <string.h>

#define THREADS 32

struct login {
	struct rig *rig;
	struct person person;
	int rv;
};

static void *
login_thread(void *arg)
{
	struct login *l = arg;
	const struct pam_conv conv = {l->rig->conv.conv, &l->person};
	pam_handle_t *pamh = NULL;

	l->rv = pam_start_confdir("test", "root", &conv, l->rig->dir, &pamh);
	if (l->rv == PAM_SUCCESS)
		l->rv = pam_authenticate(pamh, 0);
	(void)pam_end(pamh, l->rv);
	return NULL;
}

/* Even the answers "0" are right, odd ones wrong. */
static void
play_even(struct talk *t)
{
	bool right;

	if (!talk_start(t))
		return;
	talk_prompt(t, false, "One-time code: ");
	if (!talk_answer(t))
		return;
	right = t->report->answer[0] == '0';
	talk_verdict(
	    t, (uint32_t)(right ? VERDICT_ALLOW : VERDICT_DENY), right, "");
}

static void
test_b14_threads(void **state)
{
	struct rig *r = *state;
	struct login logins[THREADS];
	pthread_t threads[THREADS];
	size_t i;

	rig_peer(r, play_even);
	memset(logins, 0, sizeof(logins));
	for (i = 0; i < THREADS; i++) {
		logins[i].rig = r;
		logins[i].person.answer = i % 2 == 0 ? "0" : "1";
		assert_int_equal(
		    pthread_create(&threads[i], NULL, login_thread, &logins[i]),
		    0);
	}
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(
		    logins[i].rv, i % 2 == 0 ? PAM_SUCCESS : PAM_AUTH_ERR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_b14_threads, rig_setup, rig_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
