/*
 * S06: each kind of verdict under each control form, through real libpam.
 * No stack that holds the gate lets anybody in without ALLOW.
 */
#include "tests/pam/rig.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* %1$s: type, %2$s: our module with its options. */
static const struct form {
	const char *rule;
	const char *text;
} forms[] = {
    {"required", "%1$s required %2$s\n"},
    {"requisite", "%1$s requisite %2$s\n"},
    {"requisite, then permit",
	"%1$s requisite %2$s\n%1$s required pam_permit.so\n"},
    {"required, then permit",
	"%1$s required %2$s\n%1$s sufficient pam_permit.so\n"},
    {"sufficient", "%1$s sufficient %2$s\n%1$s required pam_deny.so\n"},
    {"success=1 default=ignore",
	"%1$s [success=1 default=ignore] %2$s\n"
	"%1$s requisite pam_deny.so\n%1$s required pam_permit.so\n"},
    {"success=ok ignore=ignore default=die",
	"%1$s [success=ok new_authtok_reqd=ok ignore=ignore default=die] "
	"%2$s\n%1$s required pam_permit.so\n"},
    {"success=done ignore=ignore authinfo_unavail=ignore default=die",
	"%1$s [success=done ignore=ignore authinfo_unavail=ignore "
	"default=die] %2$s\n%1$s required pam_permit.so\n"},
};

static const char *const types[] = {"auth", "account", "session", "session"};

static void
write_service(
    struct rig *r, const struct form *f, const char *type, const char *option)
{
	char module[PATH_MAX], line[PATH_MAX + 128], text[4 * PATH_MAX];

	rig_module(module, sizeof(module), MODULE_TEST);
	(void)snprintf(
	    line, sizeof(line), "%s socket=%s %s", module, r->socket, option);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)snprintf(text, sizeof(text), f->text, type, line);
#pragma GCC diagnostic pop
	rig_service_text(r, text);
}

static void
check_forms(struct rig *r, const char *what, const char *option, bool allows)
{
	size_t i, j;
	int rv;

	for (i = 0; i < nitems(forms); i++) {
		for (j = 0; j < nitems(entries); j++) {
			write_service(r, &forms[i], types[j], option);
			rig_pam_start(r, "root");
			rv = entries[j].call(r->pamh, 0);
			if ((rv == PAM_SUCCESS) != allows || rv == PAM_IGNORE)
				fail_msg("%s, %s, %s: %d", what, forms[i].rule,
				    entries[j].name, rv);
		}
	}
}

static void
test_s06_verdicts(void **state)
{
	struct rig *r = *state;
	size_t i;

	for (i = 0; i < nplays; i++) {
		if (plays[i].hangs)
			continue;
		rig_peer(r, plays[i].play);
		check_forms(r, plays[i].rule, "", plays[i].allows);
	}
}

static void
test_s06_no_daemon(void **state)
{
	struct rig *r = *state;

	peer_stop(r->peer);
	check_forms(r, "no daemon", "", false);
}

static void
test_s06_bad_option(void **state)
{
	struct rig *r = *state;

	rig_peer(r, play_allow);
	check_forms(r, "bad option", "nullok", false);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_s06_verdicts),
	    TEST(test_s06_no_daemon),
	    TEST(test_s06_bad_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
