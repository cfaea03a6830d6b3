/*
 * What START says of the caller, and the module's options.
 */
#include "tests/pam/rig.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char hostile[] =
    "a\nFeb 1 sshd: ok\"\\\x1b[2J\x9b%n{\"verdict\":\"allow\"}\x01\xff";

/* J01: hostile bytes are the daemon's to judge; they arrive as they are. */
static void
test_j01_items_arrive_unaltered(void **state)
{
	struct rig *r = *state;
	const struct msg_start *m = &r->peer->report->start;

	rig_pam_start(r, hostile);
	assert_int_equal(pam_set_item(r->pamh, PAM_RHOST, hostile), 0);
	assert_int_equal(pam_set_item(r->pamh, PAM_RUSER, hostile), 0);
	assert_int_equal(pam_set_item(r->pamh, PAM_TTY, hostile), 0);
	assert_int_equal(pam_authenticate(r->pamh, 0), PAM_SUCCESS);
	assert_string_equal(m->user, hostile);
	assert_string_equal(m->rhost, hostile);
	assert_string_equal(m->ruser, hostile);
	assert_string_equal(m->tty, hostile);
	assert_string_equal(m->service, "test");
	assert_string_equal(m->realm, "vault");
	assert_int_equal(m->flags & MSG_F_TRUNCATED, 0);
}

/* I03: odd names go through the same conversation. */
static void
test_i03_names(void **state)
{
	static const char *const names[] = {
	    "", ".", "..", "../../etc/shadow", "a/b", "0", "-1", "4294967295"};
	struct rig *r = *state;
	size_t i;

	for (i = 0; i < nitems(names); i++) {
		rig_pam_start(r, names[i]);
		r->person.asked = 0;
		assert_int_equal(pam_authenticate(r->pamh, 0), PAM_SUCCESS);
		assert_int_equal(r->person.asked, 1);
		assert_string_equal(r->peer->report->start.user, names[i]);
		if (getuid() == 0)
			assert_int_equal(
			    r->peer->report->start.flags & MSG_F_NO_USER,
			    MSG_F_NO_USER);
	}
}

/* Set every long value in turn and see the flag. */
static void
test_long_values_are_flagged(void **state)
{
	static const int items[] = {PAM_RHOST, PAM_RUSER, PAM_TTY, PAM_USER};
	struct rig *r = *state;
	const struct msg_start *m = &r->peer->report->start;
	char longest[MSG_NAME_MAX + 1], longer[4097];
	size_t i;

	memset(longest, 'x', sizeof(longest) - 1);
	memset(longer, 'x', sizeof(longer) - 1);
	longest[sizeof(longest) - 1] = longer[sizeof(longer) - 1] = '\0';
	for (i = 0; i < nitems(items); i++) {
		rig_pam_start(r, "root");
		assert_int_equal(pam_set_item(r->pamh, items[i], longest), 0);
		assert_int_equal(pam_authenticate(r->pamh, 0), PAM_SUCCESS);
		assert_int_equal(m->flags & MSG_F_TRUNCATED, 0);
		assert_int_equal(pam_set_item(r->pamh, items[i], longer), 0);
		assert_int_equal(pam_authenticate(r->pamh, 0), PAM_SUCCESS);
		assert_int_equal(m->flags & MSG_F_TRUNCATED, MSG_F_TRUNCATED);
	}
}

static void
test_ssh_values(void **state)
{
	static const char name[] = "SSH_AUTH_INFO_0=";
	static const size_t lengths[] = {
	    0, 100, MSG_AUTHINFO_MAX, MSG_AUTHINFO_MAX + 1, 20000};
	struct rig *r = *state;
	const struct msg_start *m = &r->peer->report->start;
	char *env = calloc(1, 20000 + sizeof(name));
	size_t i;

	assert_non_null(env);
	assert_int_equal(pam_putenv(r->pamh,
			     "SSH_CONNECTION=127.0.0.1 49820 127.0.0.1 2222"),
	    0);
	for (i = 0; i < nitems(lengths); i++) {
		bool cut = lengths[i] > MSG_AUTHINFO_MAX;

		memcpy(env, name, sizeof(name));
		memset(env + sizeof(name) - 1, 'k', lengths[i]);
		env[sizeof(name) - 1 + lengths[i]] = '\0';
		assert_int_equal(pam_putenv(r->pamh, env), PAM_SUCCESS);
		assert_int_equal(pam_authenticate(r->pamh, 0), PAM_SUCCESS);
		assert_int_equal(
		    strlen(m->auth_info), cut ? MSG_AUTHINFO_MAX : lengths[i]);
		assert_int_equal(
		    m->flags & MSG_F_TRUNCATED, cut ? MSG_F_TRUNCATED : 0);
		assert_string_equal(
		    m->connection, "127.0.0.1 49820 127.0.0.1 2222");
	}
	free(env);
}

static void
test_who_calls(void **state)
{
	struct rig *r = *state;
	const struct msg_start *m = &r->peer->report->start;
	const struct passwd *pw = getpwuid(getuid());

	rig_pam_start(r, "daemon");
	assert_int_equal(pam_authenticate(r->pamh, 0), PAM_SUCCESS);
	assert_int_equal(m->phase, PHASE_AUTH);
	assert_int_equal(m->real_uid, getuid());
	assert_string_equal(m->caller, pw != NULL ? pw->pw_name : "");
	if (getuid() == 0 && (pw = getpwnam("daemon")) != NULL)
		assert_int_equal(m->user_uid, pw->pw_uid);
}

/* The application may leave the name to us. */
static void
test_user_is_asked_for(void **state)
{
	struct rig *r = *state;

	r->person.answer = "alice";
	rig_pam_start(r, NULL);
	assert_int_equal(pam_authenticate(r->pamh, 0), PAM_SUCCESS);
	assert_int_equal(r->person.asked, 2);
	assert_string_equal(r->peer->report->start.user, "alice");
	r->person.no_answer = true;
	rig_pam_start(r, NULL);
	assert_int_equal(pam_authenticate(r->pamh, 0), PAM_AUTH_ERR);
}

/* H03: an option that is not understood denies, in each phase. */
static void
test_h03_options(void **state)
{
	static const char *const bad[] = {"debug", "nullok", "realm",
	    "realm=", "realm=a realm=b", "realm=a/b", "socket=/tmp/x",
	    "Realm=vault", "realm=vault failmode=safe", "alwaysok", "=",
	    "[realm=a\tb]"};
	struct rig *r = *state;
	size_t i, j;

	rig_peer(r, play_allow);
	for (i = 0; i < nitems(bad); i++) {
		rig_service(r, MODULE_TEST, bad[i]);
		rig_pam_start(r, "root");
		for (j = 0; j < nitems(entries); j++)
			assert_int_equal(
			    entries[j].call(r->pamh, 0), entries[j].denied);
		assert_int_equal(pam_putenv(r->pamh, "BULKHEAD_GRANT=x"), 0);
		assert_int_equal(pam_open_session(r->pamh, 0), PAM_SESSION_ERR);
		assert_null(pam_getenv(r->pamh, "BULKHEAD_GRANT"));
	}
	assert_int_equal(atomic_load(&r->peer->report->connections), 0);
}

static void
test_h03_socket_paths(void **state)
{
	static const char *const bad[] = {"socket=", "socket=gate.sock",
	    "socket=./gate.sock", "socket=@abstract", ""};
	struct rig *r = *state;
	char text[4096], module[2048], longer[256];
	size_t i;

	memset(longer, '/', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	memcpy(longer, "socket=", 7);
	rig_module(module, sizeof(module), MODULE_TEST);
	for (i = 0; i < nitems(bad); i++) {
		(void)snprintf(text, sizeof(text), "auth required %s %s\n",
		    module, bad[i][0] != '\0' ? bad[i] : longer);
		rig_service_text(r, text);
		rig_pam_start(r, "root");
		assert_int_equal(pam_authenticate(r->pamh, 0), PAM_AUTH_ERR);
	}
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_j01_items_arrive_unaltered),
	    TEST(test_i03_names),
	    TEST(test_long_values_are_flagged),
	    TEST(test_ssh_values),
	    TEST(test_who_calls),
	    TEST(test_user_is_asked_for),
	    TEST(test_h03_options),
	    TEST(test_h03_socket_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
