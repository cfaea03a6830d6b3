/*
 * What doctor says mends a stack, given to a shell: it closes the stack, leaves
 * a way in for who satisfies the gate, and may be given twice.
 */
#include "tests/unit/unit.h"

#include "tests/unit/pam_rig.h"
#include "tests/unit/pam_systems.h"
#include "tools/doctor_pam.h"

#include <stdlib.h>

static const struct row {
	const char *rule;
	const char *files;
	const char *service;
} rows[] = {
    {"Debian", pam_debian, "sshd"},
    {"Debian", pam_debian, "su"},
    {"Fedora", pam_fedora, "sshd"},
    {"Arch", pam_arch, "sshd"},
    {"openSUSE", pam_suse, "sshd"},
    {"no file, Debian's other",
	"=other\nauth required pam_unix.so\naccount required pam_unix.so\n"
	"session required pam_unix.so\n",
	"su-l"},
    {"a phase without lines, and no end of line",
	"=other\nauth required pam_unix.so\nsession required pam_unix.so\n"
	"=sshd\nauth required pam_unix.so\naccount required pam_unix.so",
	"sshd"},
    {"a package's own file",
	"=/usr/lib/pam.d/polkit-1\n@include common-auth\n"
	"@include common-account\n@include common-session\n"
	"=common-auth\nauth required pam_unix.so\n"
	"=common-account\naccount required pam_unix.so\n"
	"=common-session\nsession required pam_unix.so\n",
	"polkit-1"},
    {"sufficient, with options",
	"=sshd\nauth sufficient pam_bulkhead.so realm=vault socket=/run/x\n"
	"auth required pam_unix.so\naccount required pam_unix.so\n"
	"session optional pam_bulkhead.so\nsession required pam_unix.so\n",
	"sshd"},
    {"the gate or the password",
	"=sshd\nauth [success=2 default=ignore] pam_bulkhead.so\n"
	"auth [success=1 default=ignore] pam_unix.so\n"
	"auth requisite pam_deny.so\nauth required pam_permit.so\n",
	"sshd"},
    {"a jump over the gate",
	"=sshd\nauth [success=1 default=ignore] pam_succeed_if.so user = x\n"
	"auth required pam_bulkhead.so\nauth [success=1 default=ignore] "
	"pam_unix.so\n"
	"auth requisite pam_deny.so\nauth required pam_permit.so\n",
	"sshd"},
    {"su - includes su",
	"=su\nauth sufficient pam_rootok.so\nauth required pam_unix.so\n"
	"account required pam_unix.so\nsession required pam_unix.so\n"
	"=su-l\nauth include su\naccount include su\n"
	"session optional pam_keyinit.so force\nsession include su\n",
	"su-l"},
    {"a jump over the gate, both in a file that others include too",
	"=common-auth\nauth [success=3 default=ignore] pam_krb5.so\n"
	"auth [success=1 default=ignore] pam_unix.so\n"
	"auth requisite pam_deny.so\nauth requisite pam_bulkhead.so\n"
	"auth required pam_permit.so\n"
	"=sshd\n@include common-auth\naccount required pam_unix.so\n"
	"session required pam_unix.so\n",
	"sshd"},
    {"a jump over a file with the gate that others include too",
	"=company\nauth required pam_bulkhead.so\nauth required "
	"pam_permit.so\naccount required pam_bulkhead.so\n"
	"=sudo\nauth [success=1 default=bad] pam_unix.so\n"
	"auth substack company\nauth required pam_permit.so\n"
	"account sufficient pam_unix.so\naccount include company\n",
	"sudo"},
    {"a later line forgets what a required one refused",
	"=sudo\nauth requisite pam_bulkhead.so\n"
	"account required pam_bulkhead.so\n"
	"account [default=reset] pam_unix.so\n"
	"account required pam_permit.so\n",
	"sudo"},
    {"session behind what reads the user's file",
	"=sshd\nauth requisite pam_bulkhead.so\naccount required "
	"pam_bulkhead.so\nsession required pam_loginuid.so\n"
	"session required pam_env.so user_readenv=1\nsession optional "
	"pam_bulkhead.so\nsession required pam_unix.so\n",
	"sshd"},
};

static void
mend(const struct row *r, enum pam_phase phase)
{
	struct pam_host *h = pam_rig_open();
	const struct pam_way *w = pam_rig_way(h, r->service, phase);
	bool open = w->end == PAM_WAY_OPEN, gated;
	char *fix = pam_fix(r->service, phase, w);
	char *words = pam_mend(r->service, phase, w);

	if (open) {
		assert_non_null(words);
		if (fix == NULL)
			fail_msg("%s: no text", r->rule);
		pam_rig_shell(fix);
		pam_host_free(h);
		h = pam_rig_open();
		w = pam_rig_way(h, r->service, phase);
		gated = w->end == PAM_WAY_GATED && w->n_gates == 1 &&
			w->before_gate == NULL;
		pam_host_free(h);
		/* Of a file that was not there, it is not said twice. */
		if (strncmp(fix, "printf", 6) != 0)
			pam_rig_shell(fix);
		h = pam_rig_open();
		w = pam_rig_way(h, r->service, phase);
		if (!gated || w->end != PAM_WAY_GATED || w->n_gates != 1)
			fail_msg("%s: '%s' does not mend %s", r->rule, fix,
			    pam_phase_words[phase]);
	}
	pam_host_free(h);
	free(fix);
	free(words);
}

static void
test_mended(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		pam_host_free(pam_rig(rows[i].files, NULL));
		for (j = 0; j < 3; j++)
			mend(&rows[i], (enum pam_phase)j);
	}
}

/* What the gate was told it is told again; what a shell would take apart is not
 * said. */
static void
test_options(void **state)
{
	struct pam_host *h =
	    pam_rig("=sshd\nauth sufficient pam_bulkhead.so realm=vault\n"
		    "auth required pam_unix.so\n"
		    "=sudo\nauth sufficient pam_bulkhead.so realm=$(id)\n"
		    "auth required pam_unix.so\n",
		NULL);
	char *fix = pam_fix(
	    "sshd", PAM_PHASE_AUTH, pam_rig_way(h, "sshd", PAM_PHASE_AUTH));

	(void)state;
	assert_non_null(strstr(fix, "pam_bulkhead.so realm=vault\\n"));
	free(fix);
	assert_null(pam_fix(
	    "sudo", PAM_PHASE_AUTH, pam_rig_way(h, "sudo", PAM_PHASE_AUTH)));
	pam_host_free(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mended),
	    cmocka_unit_test(test_options),
	};

	return cmocka_run_group_tests(tests, pam_rig_up, pam_rig_down);
}
