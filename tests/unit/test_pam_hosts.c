/*
 * Stacks as systems ship them, with the gate's line in right places and in
 * wrong ones, and how a libpam was built.
 */
#include "tests/unit/unit.h"

#include "tests/unit/pam_rig.h"

#include <stdio.h>
#include <stdlib.h>

#define OPEN	PAM_WAY_OPEN
#define GATED	PAM_WAY_GATED
#define SHUT	PAM_WAY_SHUT
#define AUTH	PAM_PHASE_AUTH
#define ACCOUNT PAM_PHASE_ACCOUNT
#define SESSION PAM_PHASE_SESSION

static const char debian[] =
    "=sshd\n@include common-auth\n"
    "account    required     pam_nologin.so\n@include common-account\n"
    "session [success=ok ignore=ignore module_unknown=ignore default=bad]  "
    "pam_selinux.so close\n"
    "session    required     pam_loginuid.so\n"
    "session    optional     pam_keyinit.so force revoke\n"
    "@include common-session\n"
    "session    optional     pam_motd.so  motd=/run/motd.dynamic\n"
    "session    optional     pam_mail.so standard noenv # [1]\n"
    "session    required     pam_limits.so\n"
    "session    required     pam_env.so user_readenv=1\n"
    "session [success=ok ignore=ignore module_unknown=ignore default=bad]  "
    "pam_selinux.so open\n"
    "@include common-password\n"
    "=common-auth\nauth\t[success=1 default=ignore]\tpam_unix.so nullok\n"
    "auth\trequisite\t\t\tpam_deny.so\nauth\trequired\t\t\tpam_permit.so\n"
    "=common-account\n"
    "account\t[success=1 new_authtok_reqd=done default=ignore]\tpam_unix.so\n"
    "account\trequisite\tpam_deny.so\naccount\trequired\tpam_permit.so\n"
    "=common-session\nsession\t[default=1]\tpam_permit.so\n"
    "session\trequisite\tpam_deny.so\nsession\trequired\tpam_permit.so\n"
    "session\trequired\tpam_unix.so\nsession\toptional\tpam_systemd.so\n"
    "=common-password\npassword requisite pam_deny.so\n"
    "=su\nauth       sufficient pam_rootok.so\n"
    "session       required   pam_env.so readenv=1\n"
    "session    optional   pam_mail.so nopen\nsession    required   "
    "pam_limits.so\n"
    "@include common-auth\n@include common-account\n@include "
    "common-session\n";

static const char fedora[] =
    "=sshd\n#%PAM-1.0\nauth       substack     password-auth\n"
    "auth       include      postlogin\n"
    "account    required     pam_sepermit.so\n"
    "account    required     pam_nologin.so\n"
    "account    include      password-auth\n"
    "session    required     pam_selinux.so close\n"
    "session    required     pam_loginuid.so\n"
    "session    required     pam_selinux.so open env_params\n"
    "session    optional     pam_keyinit.so force revoke\n"
    "session    optional     pam_motd.so\n"
    "session    include      password-auth\n"
    "session    include      postlogin\n"
    "=password-auth\nauth        required     pam_env.so\n"
    "auth        required     pam_faildelay.so delay=2000000\n"
    "auth        [default=1 ignore=ignore success=ok] pam_usertype.so "
    "isregular\n"
    "auth        [default=1 ignore=ignore success=ok] pam_localuser.so\n"
    "auth        sufficient   pam_unix.so nullok\n"
    "auth        [default=1 ignore=ignore success=ok] pam_usertype.so "
    "isregular\n"
    "auth        sufficient   pam_sss.so forward_pass\n"
    "auth        required     pam_deny.so\n"
    "account     required     pam_unix.so\n"
    "account     sufficient   pam_localuser.so\n"
    "account     sufficient   pam_usertype.so issystem\n"
    "account     [default=bad success=ok user_unknown=ignore] pam_sss.so\n"
    "account     required     pam_permit.so\n"
    "session     optional     pam_keyinit.so revoke\n"
    "session     required     pam_limits.so\n"
    "-session    optional     pam_systemd.so\n"
    "session     [success=1 default=ignore] pam_succeed_if.so service in "
    "crond quiet use_uid\n"
    "session     required     pam_unix.so\nsession     optional     "
    "pam_sss.so\n"
    "=postlogin\nsession     optional      pam_umask.so silent\n";

static const char arch[] =
    "=sshd\nauth      include   system-remote-login\n"
    "account   include   system-remote-login\n"
    "session   include   system-remote-login\n"
    "=system-remote-login\nauth      include   system-login\n"
    "account   include   system-login\nsession   include   system-login\n"
    "=system-login\nauth       requisite  pam_nologin.so\n"
    "auth       include    system-auth\n"
    "account    required   pam_access.so\naccount    required   "
    "pam_nologin.so\n"
    "account    include    system-auth\n"
    "session    optional   pam_loginuid.so\n"
    "session    optional   pam_keyinit.so       force revoke\n"
    "session    include    system-auth\n"
    "-session   optional   pam_systemd.so\nsession    required   pam_env.so\n"
    "=system-auth\n"
    "auth       required                    pam_faillock.so      preauth\n"
    "-auth      [success=2 default=ignore]  pam_systemd_home.so\n"
    "auth       [success=1 default=bad]     pam_unix.so          "
    "try_first_pass nullok\n"
    "auth       [default=die]               pam_faillock.so      authfail\n"
    "auth       optional                    pam_permit.so\n"
    "auth       required                    pam_env.so\n"
    "auth       required                    pam_faillock.so      authsucc\n"
    "-account   [success=1 default=ignore]  pam_systemd_home.so\n"
    "account    required                    pam_unix.so\n"
    "account    optional                    pam_permit.so\n"
    "session    required                    pam_limits.so\n"
    "session    required                    pam_unix.so\n";

static const char suse[] =
    "=sshd\n#%PAM-1.0\nauth        requisite   pam_nologin.so\n"
    "auth        include     common-auth\n"
    "account     requisite   pam_nologin.so\n"
    "account     include     common-account\n"
    "session     required    pam_loginuid.so\n"
    "session     include     common-session\n"
    "=common-auth\nauth\trequired\tpam_env.so\n"
    "auth\trequired\tpam_unix.so\ttry_first_pass\n"
    "=common-account\naccount\trequired\tpam_unix.so\n"
    "=common-session\nsession\trequired\tpam_limits.so\n"
    "session\trequired\tpam_unix.so\ttry_first_pass\n"
    "session\toptional\tpam_umask.so\nsession\toptional\tpam_systemd.so\n";

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
    {"Debian as shipped", debian, "", "=sshd", "sshd", AUTH, OPEN, false},
    {"Debian as shipped, account", debian, "", "=sshd", "sshd", ACCOUNT, OPEN,
	false},
    {"Debian as shipped, session", debian, "", "=sshd", "sshd", SESSION, OPEN,
	false},
    {"Debian, first in auth", debian, "auth requisite pam_bulkhead.so\n",
	"@include common-auth", "sshd", AUTH, GATED, false},
    {"Debian, behind common-auth", debian, "auth required pam_bulkhead.so\n",
	"account    required     pam_nologin", "sshd", AUTH, GATED, false},
    {"Debian, sufficient before common-auth", debian,
	"auth sufficient pam_bulkhead.so\n", "@include common-auth", "sshd",
	AUTH, OPEN, false},
    {"Debian, in common-auth before pam_unix", debian,
	"auth required pam_bulkhead.so\n", "auth\t[success=1", "sshd", AUTH,
	GATED, false},
    {"Debian, in common-auth behind pam_unix: its jump", debian,
	"auth required pam_bulkhead.so\n", "auth\trequisite", "sshd", AUTH,
	SHUT, false},
    {"Debian, at the end of common-auth", debian,
	"auth required pam_bulkhead.so\n", "=common-account", "sshd", AUTH,
	GATED, false},
    {"Debian, in common-account behind pam_unix", debian,
	"account required pam_bulkhead.so\n", "account\trequisite", "sshd",
	ACCOUNT, SHUT, false},
    {"Debian, session behind pam_loginuid", debian,
	"session required pam_bulkhead.so\n",
	"session    optional     "
	"pam_keyinit",
	"sshd", SESSION, GATED, false},
    {"Debian, session at the end", debian, "session required pam_bulkhead.so\n",
	"@include common-password", "sshd", SESSION, GATED, true},
    {"Debian, su behind pam_rootok", debian, "auth requisite pam_bulkhead.so\n",
	"session       required   pam_env.so readenv=1", "su", AUTH, GATED,
	false},
    {"Debian, su optional in session", debian,
	"session optional pam_bulkhead.so\n", "session    optional   pam_mail",
	"su", SESSION, OPEN, false},
    {"Fedora as shipped", fedora, "", "=sshd", "sshd", AUTH, OPEN, false},
    {"Fedora, behind the substack", fedora, "auth required pam_bulkhead.so\n",
	"auth       include      postlogin", "sshd", AUTH, GATED, false},
    {"Fedora, before the substack", fedora, "auth requisite pam_bulkhead.so\n",
	"auth       substack", "sshd", AUTH, GATED, false},
    {"Fedora, in password-auth behind pam_unix", fedora,
	"auth required pam_bulkhead.so\n", "auth        required     pam_deny",
	"sshd", AUTH, OPEN, false},
    {"Fedora, in password-auth behind a jump over it", fedora,
	"auth required pam_bulkhead.so\n",
	"auth        [default=1 "
	"ignore=ignore success=ok] "
	"pam_localuser",
	"sshd", AUTH, OPEN, false},
    {"Fedora, account first", fedora, "account required pam_bulkhead.so\n",
	"account    required     pam_sepermit", "sshd", ACCOUNT, GATED, false},
    {"Fedora, account behind password-auth: pam_localuser", fedora,
	"account required pam_bulkhead.so\n",
	"session    required     pam_selinux.so close", "sshd", ACCOUNT, OPEN,
	false},
    {"Fedora, session behind pam_loginuid", fedora,
	"session required pam_bulkhead.so\n",
	"session    required     pam_selinux.so open", "sshd", SESSION, GATED,
	false},
    {"Fedora, session behind all else", fedora,
	"session required pam_bulkhead.so\n", "=password-auth", "sshd", SESSION,
	GATED, false},
    {"Arch as shipped", arch, "", "=sshd", "sshd", AUTH, OPEN, false},
    {"Arch, first", arch, "auth requisite pam_bulkhead.so\n", "auth      inc",
	"sshd", AUTH, GATED, false},
    {"Arch, behind it all", arch, "auth required pam_bulkhead.so\n",
	"account   include   system-remote", "sshd", AUTH, GATED, false},
    {"Arch, in system-auth where pam_unix jumps", arch,
	"auth required pam_bulkhead.so\n", "auth       [default=die]", "sshd",
	AUTH, SHUT, false},
    {"Arch, in system-auth where the jump lands", arch,
	"auth required pam_bulkhead.so\n", "auth       optional", "sshd", AUTH,
	GATED, false},
    {"Arch, in account", arch, "account required pam_bulkhead.so\n",
	"account   include   system-remote", "sshd", ACCOUNT, GATED, false},
    {"openSUSE as shipped", suse, "", "=sshd", "sshd", AUTH, OPEN, false},
    {"openSUSE, first", suse, "auth requisite pam_bulkhead.so\n",
	"auth        requisite", "sshd", AUTH, GATED, false},
    {"openSUSE, sufficient in common-auth", suse,
	"auth sufficient pam_bulkhead.so\n", "auth\trequired\tpam_unix", "sshd",
	AUTH, OPEN, false},
    {"openSUSE, session behind a module that nobody knows", suse,
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
