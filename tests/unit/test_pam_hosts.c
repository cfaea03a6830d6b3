/*
 * Stacks as systems ship them, with the gate's line in right places and in
 * wrong ones, and how a libpam was built.
 */
#include "tests/unit/unit.h"

#include "tests/unit/pam_rig.h"
#include "tests/unit/pam_systems.h"

#include <stdio.h>
#include <stdlib.h>

#define OPEN	PAM_WAY_OPEN
#define GATED	PAM_WAY_GATED
#define SHUT	PAM_WAY_SHUT
#define AUTH	PAM_PHASE_AUTH
#define ACCOUNT PAM_PHASE_ACCOUNT
#define SESSION PAM_PHASE_SESSION

/* The gate's line goes before the first text at; NULL: nowhere. */
static const struct place {
	const char *rule;
	const char *system;
	const char *line;
	const char *at;
	const char *service;
	enum pam_phase phase;
	enum pam_end end;
	bool order; /* something stands above it that must not */
} places[] = {
    {"Debian as shipped", pam_debian, "", "=sshd", "sshd", AUTH, OPEN, false},
    {"Debian as shipped, account", pam_debian, "", "=sshd", "sshd", ACCOUNT,
	OPEN, false},
    {"Debian as shipped, session", pam_debian, "", "=sshd", "sshd", SESSION,
	OPEN, false},
    {"Debian, first in auth", pam_debian, "auth requisite pam_bulkhead.so\n",
	"@include common-auth", "sshd", AUTH, GATED, false},
    {"Debian, behind common-auth", pam_debian,
	"auth required pam_bulkhead.so\n",
	"account    required     pam_nologin", "sshd", AUTH, GATED, false},
    {"Debian, sufficient before common-auth", pam_debian,
	"auth sufficient pam_bulkhead.so\n", "@include common-auth", "sshd",
	AUTH, OPEN, false},
    {"Debian, in common-auth before pam_unix", pam_debian,
	"auth required pam_bulkhead.so\n", "auth\t[success=1", "sshd", AUTH,
	GATED, false},
    {"Debian, in common-auth behind pam_unix: its jump", pam_debian,
	"auth required pam_bulkhead.so\n", "auth\trequisite", "sshd", AUTH,
	SHUT, false},
    {"Debian, at the end of common-auth", pam_debian,
	"auth required pam_bulkhead.so\n", "=common-account", "sshd", AUTH,
	GATED, false},
    {"Debian, in common-account behind pam_unix", pam_debian,
	"account required pam_bulkhead.so\n", "account\trequisite", "sshd",
	ACCOUNT, SHUT, false},
    {"Debian, session behind pam_loginuid", pam_debian,
	"session required pam_bulkhead.so\n",
	"session    optional     "
	"pam_keyinit",
	"sshd", SESSION, GATED, false},
    {"Debian, session at the end", pam_debian,
	"session required pam_bulkhead.so\n", "@include common-password",
	"sshd", SESSION, GATED, true},
    {"Debian, su behind pam_rootok", pam_debian,
	"auth requisite pam_bulkhead.so\n",
	"session       required   pam_env.so readenv=1", "su", AUTH, GATED,
	false},
    {"Debian, su optional in session", pam_debian,
	"session optional pam_bulkhead.so\n", "session    optional   pam_mail",
	"su", SESSION, OPEN, false},
    {"Fedora as shipped", pam_fedora, "", "=sshd", "sshd", AUTH, OPEN, false},
    {"Fedora, behind the substack", pam_fedora,
	"auth required pam_bulkhead.so\n", "auth       include      postlogin",
	"sshd", AUTH, GATED, false},
    {"Fedora, before the substack", pam_fedora,
	"auth requisite pam_bulkhead.so\n", "auth       substack", "sshd", AUTH,
	GATED, false},
    {"Fedora, in password-auth behind pam_unix", pam_fedora,
	"auth required pam_bulkhead.so\n", "auth        required     pam_deny",
	"sshd", AUTH, OPEN, false},
    {"Fedora, in password-auth behind a jump over it", pam_fedora,
	"auth required pam_bulkhead.so\n",
	"auth        [default=1 "
	"ignore=ignore success=ok] "
	"pam_localuser",
	"sshd", AUTH, OPEN, false},
    {"Fedora, account first", pam_fedora, "account required pam_bulkhead.so\n",
	"account    required     pam_sepermit", "sshd", ACCOUNT, GATED, false},
    {"Fedora, account behind password-auth: pam_localuser", pam_fedora,
	"account required pam_bulkhead.so\n",
	"session    required     pam_selinux.so close", "sshd", ACCOUNT, OPEN,
	false},
    {"Fedora, session behind pam_loginuid", pam_fedora,
	"session required pam_bulkhead.so\n",
	"session    required     pam_selinux.so open", "sshd", SESSION, GATED,
	false},
    {"Fedora, session behind all else", pam_fedora,
	"session required pam_bulkhead.so\n", "=password-auth", "sshd", SESSION,
	GATED, false},
    {"Arch as shipped", pam_arch, "", "=sshd", "sshd", AUTH, OPEN, false},
    {"Arch, first", pam_arch, "auth requisite pam_bulkhead.so\n",
	"auth      inc", "sshd", AUTH, GATED, false},
    {"Arch, behind it all", pam_arch, "auth required pam_bulkhead.so\n",
	"account   include   system-remote", "sshd", AUTH, GATED, false},
    {"Arch, in system-auth where pam_unix jumps", pam_arch,
	"auth required pam_bulkhead.so\n", "auth       [default=die]", "sshd",
	AUTH, SHUT, false},
    {"Arch, in system-auth where the jump lands", pam_arch,
	"auth required pam_bulkhead.so\n", "auth       optional", "sshd", AUTH,
	GATED, false},
    {"Arch, in account", pam_arch, "account required pam_bulkhead.so\n",
	"account   include   system-remote", "sshd", ACCOUNT, GATED, false},
    {"openSUSE as shipped", pam_suse, "", "=sshd", "sshd", AUTH, OPEN, false},
    {"openSUSE, first", pam_suse, "auth requisite pam_bulkhead.so\n",
	"auth        requisite", "sshd", AUTH, GATED, false},
    {"openSUSE, sufficient in common-auth", pam_suse,
	"auth sufficient pam_bulkhead.so\n", "auth\trequired\tpam_unix", "sshd",
	AUTH, OPEN, false},
    {"openSUSE, session behind a module that nobody knows", pam_suse,
	"session optional pam_foreign.so\nsession required "
	"pam_bulkhead.so\n",
	"session     include", "sshd", SESSION, GATED, true},
};

static char *
with_line(const struct place *p)
{
	const char *at = strstr(p->system, p->at);
	char *text;

	assert_non_null(at);
	if (asprintf(&text, "%.*s%s%s", (int)(at - p->system), p->system,
		p->line, at) == -1)
		abort();
	return text;
}

static void
test_places(void **state)
{
	const struct pam_way *w;
	struct pam_host *h;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(places); i++) {
		text = with_line(&places[i]);
		h = pam_rig(text, NULL);
		free(text);
		w = pam_rig_way(h, places[i].service, places[i].phase);
		if (w->end != places[i].end ||
		    (w->before_gate != NULL) != places[i].order)
			fail_msg("%s: end %d, %s above", places[i].rule, w->end,
			    w->before_gate != NULL ? w->before_gate->module
						   : "nothing");
		pam_host_free(h);
	}
}

/* What the steps say of a jump over the gate. */
static void
test_steps(void **state)
{
	struct pam_host *h = pam_rig(
	    "=sshd\nauth [success=1 default=ignore] pam_unix.so nullok\n"
	    "auth requisite pam_bulkhead.so realm=vault\n"
	    "auth required pam_permit.so\n",
	    NULL);
	const struct pam_way *w = pam_rig_way(h, "sshd", AUTH);

	(void)state;
	assert_int_equal(w->n_steps, 3);
	assert_string_equal(w->steps[0].control, "[success=1 default=ignore]");
	assert_string_equal(w->steps[0].answer, "success");
	assert_true(w->steps[0].decides);
	assert_true(w->steps[1].gate);
	assert_string_equal(w->steps[1].answer, "");
	assert_string_equal(w->steps[1].args, "realm=vault");
	assert_string_equal(w->steps[2].module, "pam_permit.so");
	assert_int_equal(w->insert, 1);
	assert_string_equal(w->file, "/etc/pam.d/sshd");
	pam_host_free(h);
}

static void
test_password(void **state)
{
	struct pam_host *h =
	    pam_rig("=sshd\nauth required pam_bulkhead.so\nauth required "
		    "pam_permit.so\n=su\nauth required pam_bulkhead.so\n"
		    "auth required pam_unix.so\n",
		NULL);

	(void)state;
	assert_true(pam_rig_way(h, "sshd", AUTH)->no_password);
	assert_false(pam_rig_way(h, "su", AUTH)->no_password);
	pam_host_free(h);
}

static void
test_conf_alone(void **state)
{
	struct pam_host *h =
	    pam_rig("=/etc/pam.conf\nsu auth required pam_bulkhead.so\n"
		    "SSHD auth required pam_unix.so\n"
		    "other auth required pam_deny.so\n",
		NULL);

	(void)state;
	assert_string_equal(pam_service(h, 0), "other");
	assert_string_equal(pam_service(h, 1), "su");
	assert_null(pam_service(h, 2));
	assert_int_equal(
	    pam_rig_way(h, "su", PAM_PHASE_AUTH)->end, PAM_WAY_GATED);
	assert_int_equal(
	    pam_rig_way(h, "sshd", PAM_PHASE_AUTH)->end, PAM_WAY_OPEN);
	assert_int_equal(
	    pam_rig_way(h, "sudo", PAM_PHASE_AUTH)->end, PAM_WAY_SHUT);
	pam_host_free(h);
}

/* How libpam was built is told by its own text. */
static void
test_libraries(void **state)
{
	static const char vendors[] = "x\0/etc/pam.d/%s\0/usr/lib/pam.d/%s\0"
				      "/usr/etc/pam.d/%s\0";
	static const char files[] =
	    "=su\n@include two\nauth include two\n"
	    "=/usr/etc/pam.d/two\nauth required pam_unix.so\n";
	struct pam_host *h = pam_rig(files, NULL);
	const struct pam_way *w;
	const char *why;

	(void)state;
	assert_int_equal(
	    pam_way(h, "su", PAM_PHASE_AUTH, &w, &why), BH_ERR_CONFIG);
	pam_host_free(h);
	pam_rig_file("/lib/security/libpam.so.0", vendors, sizeof(vendors));
	h = pam_rig_open();
	/* @include is no type there: it denies; the other include works. */
	w = pam_rig_way(h, "su", PAM_PHASE_AUTH);
	assert_int_equal(w->end, PAM_WAY_SHUT);
	pam_host_free(h);
	pam_rig_file("su", "auth include two\n", 17);
	h = pam_rig_open();
	w = pam_rig_way(h, "su", PAM_PHASE_AUTH);
	assert_int_equal(w->end, PAM_WAY_OPEN);
	assert_string_equal(w->steps[0].file, "/usr/etc/pam.d/two");
	pam_host_free(h);
}

/* A line over 1023 bytes is cut, and its rest is a line, before 1.7. */
static void
test_long_lines(void **state)
{
	static const char library[] = "@include\0expecting smaller jump number";
	struct pam_host *h;
	char text[2048];

	(void)state;
	(void)snprintf(text, sizeof(text),
	    "=su\n#%1022sauth sufficient pam_permit.so\n"
	    "auth required pam_bulkhead.so\n",
	    " ");
	h = pam_rig(text, NULL);
	assert_int_equal(
	    pam_rig_way(h, "su", PAM_PHASE_AUTH)->end, PAM_WAY_OPEN);
	pam_host_free(h);
	pam_rig_file("/lib/security/libpam.so.0", library, sizeof(library));
	h = pam_rig_open();
	assert_int_equal(
	    pam_rig_way(h, "su", PAM_PHASE_AUTH)->end, PAM_WAY_GATED);
	pam_host_free(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_places),
	    cmocka_unit_test(test_steps),
	    cmocka_unit_test(test_password),
	    cmocka_unit_test(test_conf_alone),
	    cmocka_unit_test(test_libraries),
	    cmocka_unit_test(test_long_lines),
	};

	return cmocka_run_group_tests(tests, pam_rig_up, pam_rig_down);
}
