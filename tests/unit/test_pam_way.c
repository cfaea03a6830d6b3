/*
 * PAM stacks by libpam's rules, a row a rule: who gets past the gate, and by
 * which line.
 */
#include "tests/unit/unit.h"

#include "tests/unit/pam_rig.h"

#include <stdio.h>

#define OPEN  PAM_WAY_OPEN
#define GATED PAM_WAY_GATED
#define SHUT  PAM_WAY_SHUT

/* libpam refuses the service. */
#define REFUSED 3

/* Each is about phase auth of "su". */
static const struct row {
	const char *rule;
	const char *files;
	unsigned int end;
	const char *decides; /* "FILE:LINE" behind /etc/pam.d/; NULL: any */
} rows[] = {
    /* controls */
    {"requisite", "=su\nauth requisite pam_bulkhead.so\n", GATED, NULL},
    {"required", "=su\nauth required pam_bulkhead.so\n", GATED, NULL},
    {"sufficient, with the password behind it",
	"=su\nauth sufficient pam_bulkhead.so\nauth required pam_unix.so\n",
	OPEN, "su:1"},
    {"sufficient, with pam_deny behind it",
	"=su\nauth sufficient pam_bulkhead.so\nauth required pam_deny.so\n",
	GATED, NULL},
    {"sufficient alone", "=su\nauth sufficient pam_bulkhead.so\n", GATED, NULL},
    {"optional",
	"=su\nauth optional pam_bulkhead.so\n"
	"auth required pam_unix.so\n",
	OPEN, "su:1"},
    {"a module that never says yes, and then sufficient",
	"=su\nauth optional pam_faildelay.so\nauth sufficient "
	"pam_bulkhead.so\n",
	GATED, NULL},
    {"keywords in any case",
	"=su\nAUTH Requisite pam_bulkhead.so\nauth required pam_unix.so\n",
	GATED, NULL},
    {"a keyword in brackets",
	"=su\nauth [sufficient] pam_unix.so\nauth required pam_bulkhead.so\n",
	OPEN, "su:1"},
    {"default=ignore",
	"=su\nauth [success=ok default=ignore] pam_bulkhead.so\n"
	"auth required pam_unix.so\n",
	OPEN, "su:1"},
    {"auth_err=die default=ignore: auth_err is what the gate says",
	"=su\nauth [success=ok auth_err=die default=ignore] pam_bulkhead.so\n"
	"auth required pam_unix.so\n",
	GATED, NULL},
    {"auth_err=ignore default=die",
	"=su\nauth [auth_err=ignore success=ok default=die] pam_bulkhead.so\n"
	"auth required pam_unix.so\n",
	OPEN, "su:1"},
    {"default stands for what follows it only where that is not named",
	"=su\nauth [default=ignore auth_err=die] pam_bulkhead.so\n"
	"auth required pam_unix.so\n",
	GATED, NULL},
    {"brackets that libpam does not take: all is bad",
	"=su\nauth [default=ignore nonsense] pam_bulkhead.so\n"
	"auth required pam_unix.so\n",
	SHUT, NULL},
    {"a jump of nought is none that libpam takes",
	"=su\nauth [default=0] pam_bulkhead.so\nauth required pam_unix.so\n",
	SHUT, NULL},
    {"a no that is called bad, and a yes behind it",
	"=su\nauth [success=bad default=ignore] pam_bulkhead.so\n"
	"auth required pam_unix.so\n",
	OPEN, "su:1"},
    /* jumps */
    {"success jumps over the gate",
	"=su\nauth [success=1 default=ignore] pam_unix.so\n"
	"auth requisite pam_bulkhead.so\nauth required pam_permit.so\n",
	OPEN, "su:1"},
    {"the gate jumps over pam_deny",
	"=su\nauth [success=1 default=ignore] pam_bulkhead.so\n"
	"auth requisite pam_deny.so\nauth required pam_permit.so\n",
	GATED, NULL},
    {"the gate or the password",
	"=su\nauth [success=2 default=ignore] pam_bulkhead.so\n"
	"auth [success=1 default=ignore] pam_unix.so\n"
	"auth requisite pam_deny.so\nauth required pam_permit.so\n",
	OPEN, "su:1"},
    {"a jump to behind the last line fails",
	"=su\nauth required pam_unix.so\n"
	"auth [success=2 default=ignore] pam_unix.so\n"
	"auth requisite pam_bulkhead.so\n",
	GATED, NULL},
    {"a jump to the end is none too far",
	"=su\nauth required pam_unix.so\n"
	"auth [success=1 default=ignore] pam_unix.so\n"
	"auth requisite pam_bulkhead.so\n",
	OPEN, "su:2"},
    {"a jump counts as nothing: no yes, no success",
	"=su\nauth [success=1] pam_unix.so\nauth requisite "
	"pam_bulkhead.so\n",
	SHUT, NULL},
    {"a substack is one line for a jump",
	"=su\nauth [success=1 default=die] pam_unix.so\n"
	"auth substack two\nauth required pam_permit.so\n"
	"=two\nauth required pam_permit.so\nauth required pam_bulkhead.so\n",
	OPEN, "su:1"},
    {"an include is as many lines as it has",
	"=su\nauth [success=1 default=die] pam_unix.so\n"
	"auth include two\nauth required pam_permit.so\n"
	"=two\nauth required pam_permit.so\nauth required pam_bulkhead.so\n",
	GATED, NULL},
    {"a jump within a substack does not leave it",
	"=su\nauth substack two\nauth requisite pam_bulkhead.so\n"
	"auth required pam_permit.so\n"
	"=two\nauth [success=1] pam_unix.so\n",
	SHUT, NULL},
    /* done and die, in a substack and in an include */
    {"sufficient in an include ends all",
	"=su\nauth include two\nauth required pam_bulkhead.so\n"
	"=two\nauth sufficient pam_unix.so\nauth required pam_deny.so\n",
	OPEN, "two:1"},
    {"sufficient in @include ends all",
	"=su\n@include two\nauth required pam_bulkhead.so\n"
	"=two\nauth sufficient pam_unix.so\nauth required pam_deny.so\n",
	OPEN, "two:1"},
    {"sufficient in a substack ends just that",
	"=su\nauth substack two\nauth required pam_bulkhead.so\n"
	"=two\nauth sufficient pam_unix.so\nauth required pam_deny.so\n",
	GATED, NULL},
    {"the gate skipped within a substack",
	"=su\nauth substack two\nauth required pam_permit.so\n"
	"=two\nauth sufficient pam_unix.so\nauth required pam_bulkhead.so\n",
	OPEN, "two:1"},
    {"die in a substack is remembered",
	"=su\nauth substack two\nauth sufficient pam_permit.so\n"
	"=two\nauth requisite pam_bulkhead.so\n",
	GATED, NULL},
    {"reset forgets what a substack found",
	"=su\nauth substack two\nauth required pam_permit.so\n"
	"=two\nauth required pam_bulkhead.so\n"
	"auth [default=reset] pam_permit.so\n",
	OPEN, "two:1"},
    {"reset does not forget what was before the substack",
	"=su\nauth required pam_bulkhead.so\nauth substack two\n"
	"auth required pam_permit.so\n"
	"=two\nauth [default=reset] pam_permit.so\n",
	GATED, NULL},
    /* files */
    {"a comment behind a line, and lines that go on",
	"=su\n# auth sufficient pam_permit.so\nauth \\\n  sufficient \\\n"
	"\tpam_unix.so # no \\\nauth required pam_bulkhead.so\n",
	OPEN, "su:2"},
    {"an empty line within a line that goes on",
	"=su\nauth \\\n\n# no\nsufficient pam_unix.so\n"
	"auth required pam_bulkhead.so\n",
	OPEN, "su:1"},
    {"a file that ends in a line that goes on is refused",
	"=su\nauth required pam_bulkhead.so\nauth sufficient pam_unix.so \\\n",
	REFUSED, NULL},
    {"other phases do not count",
	"=su\nauth required pam_bulkhead.so\naccount sufficient "
	"pam_permit.so\n",
	GATED, NULL},
    {"an included file gives the phase that is asked for",
	"=su\nauth include two\nauth required pam_bulkhead.so\n"
	"=two\naccount sufficient pam_permit.so\nauth required "
	"pam_permit.so\n",
	GATED, NULL},
    {"/etc before /usr/lib",
	"=su\nauth required pam_bulkhead.so\n"
	"=/usr/lib/pam.d/su\nauth required pam_unix.so\n",
	GATED, NULL},
    {"/usr/lib where /etc has none",
	"=/usr/lib/pam.d/su\nauth required pam_unix.so\n", OPEN, NULL},
    {"/etc/pam.conf is not read where there are folders",
	"=other\nauth required pam_deny.so\n"
	"=/etc/pam.conf\nsu auth required pam_unix.so\n",
	SHUT, NULL},
    {"no file: other", "=other\nauth required pam_unix.so\n", OPEN, NULL},
    {"no line for the phase: other",
	"=su\naccount required pam_bulkhead.so\n"
	"=other\nauth required pam_unix.so\n",
	OPEN, NULL},
    {"other adds nothing to lines that are there",
	"=su\nauth required pam_bulkhead.so\n=other\nauth sufficient "
	"pam_permit.so\n",
	GATED, NULL},
    {"neither a file nor other", "=sshd\nauth required pam_unix.so\n", REFUSED,
	NULL},
    {"a broken other refuses all services",
	"=su\nauth required pam_unix.so\n=other\nauth x \\\n", REFUSED, NULL},
    {"an included file that is missing denies",
	"=su\nauth include two\nauth required pam_unix.so\n", SHUT, NULL},
    {"an @include that is missing refuses the service",
	"=su\n@include two\nauth required pam_unix.so\n", REFUSED, NULL},
    {"a file that includes itself ends some time",
	"=su\nauth include su\nauth sufficient pam_unix.so\n", SHUT, NULL},
    {"what decides before it includes itself",
	"=su\nauth sufficient pam_unix.so\nauth include su\n", OPEN, NULL},
    {"an include by its whole path",
	"=su\nauth include /opt/two\nauth required pam_bulkhead.so\n"
	"=/opt/two\nauth sufficient pam_unix.so\n",
	OPEN, "/opt/two:1"},
    {"include on Debian looks in /etc/pam.d alone",
	"=su\nauth include two\nauth required pam_unix.so\n"
	"=/usr/lib/pam.d/two\nauth required pam_permit.so\n",
	SHUT, NULL},
    {"an include without a name: libpam falls over",
	"=su\nauth required pam_unix.so\nauth include\n", REFUSED, NULL},
    /* lines that libpam can't use */
    {"a type that is none denies, in auth",
	"=su\nauht required pam_bulkhead.so\nauth required pam_unix.so\n", SHUT,
	NULL},
    {"no module", "=su\nauth required\nauth required pam_unix.so\n", SHUT,
	NULL},
    {"no module, but optional",
	"=su\nauth optional\nauth required pam_unix.so\n", OPEN, NULL},
    {"a module without a name refuses the service",
	"=su\nauth optional .so\nauth required pam_unix.so\n", REFUSED, NULL},
    {"a carriage return is part of the module's name",
	"=su\nauth required pam_bulkhead.so\r\nauth required "
	"pam_unix.so\r\n",
	SHUT, NULL},
    /* modules */
    {"a module that is missing denies",
	"=su\nauth required pam_none.so\nauth required pam_unix.so\n", SHUT,
	NULL},
    {"with a minus too",
	"=su\n-auth required pam_none.so\n"
	"auth required pam_unix.so\n",
	SHUT, NULL},
    {"sufficient counts for nothing where it is missing",
	"=su\n-auth sufficient pam_none.so\nauth required "
	"pam_bulkhead.so\n",
	GATED, NULL},
    {"pam_deny never agrees",
	"=su\nauth [success=done default=ignore] pam_deny.so\n"
	"auth required pam_bulkhead.so\n",
	GATED, NULL},
    {"pam_permit never refuses",
	"=su\nauth [default=1 success=ok] pam_permit.so\n"
	"auth required pam_bulkhead.so\nauth required pam_permit.so\n",
	GATED, NULL},
    {"pam_rootok refuses who calls su",
	"=su\nauth sufficient pam_rootok.so\nauth required "
	"pam_bulkhead.so\n",
	GATED, NULL},
    {"pam_succeed_if that asks for root refuses who calls su",
	"=su\nauth sufficient pam_succeed_if.so uid = 0 use_uid quiet\n"
	"auth required pam_bulkhead.so\n",
	GATED, NULL},
    {"pam_succeed_if that asks about the target lets who calls su pass",
	"=su\nauth sufficient pam_succeed_if.so uid = 0 quiet\n"
	"auth required pam_bulkhead.so\n",
	OPEN, NULL},
    {"pam_wheel trust",
	"=su\nauth sufficient pam_wheel.so trust\n"
	"auth required pam_bulkhead.so\n",
	OPEN, "su:1"},
    {"a module of that name elsewhere is foreign",
	"=su\nauth required /opt/pam_bulkhead.so\n"
	"=/opt/pam_bulkhead.so\n\177ELF pam_sm_authenticate\n",
	OPEN, NULL},
    {"by its whole path it is the gate",
	"=su\nauth required /lib/security/here/pam_bulkhead.so\n", GATED, NULL},
    {"brackets keep an argument together",
	"=su\nauth requisite pam_bulkhead.so [realm=a b] x\n"
	"auth required pam_unix.so\n",
	GATED, NULL},
};

static bool
decides(const struct pam_way *w, const char *want)
{
	char where[128];
	size_t i;

	for (i = 0; i < w->n_steps; i++) {
		(void)snprintf(where, sizeof(where), "%s%s:%u",
		    want[0] == '/' ? "" : "/etc/pam.d/",
		    want[0] == '/' ? w->steps[i].file
				   : strrchr(w->steps[i].file, '/') + 1,
		    w->steps[i].line);
		if (w->steps[i].decides)
			return strcmp(where + (want[0] == '/' ? 0 : 11),
				   want) == 0;
	}
	return false;
}

static void
test_rules(void **state)
{
	const struct pam_way *w;
	const char *why;
	struct pam_host *h;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		enum bh_err e;

		h = pam_rig(rows[i].files, NULL);
		e = pam_way(h, "su", PAM_PHASE_AUTH, &w, &why);
		if (rows[i].end == REFUSED
			? e != BH_ERR_CONFIG || why == NULL
			: e != BH_OK || w->end != rows[i].end)
			fail_msg("%s: %s, end %d", rows[i].rule, err_text(e),
			    e == BH_OK ? (int)w->end : -1);
		if (rows[i].decides != NULL && !decides(w, rows[i].decides))
			fail_msg("%s: another line decides", rows[i].rule);
		pam_host_free(h);
	}
}

/* Open, but not to an account that pam_unix finds to have run out. */
static void
test_run_out(void **state)
{
	struct pam_host *h = pam_rig(
	    "=su\naccount required pam_unix.so\n"
	    "=su-l\naccount [success=1 default=ignore] pam_unix.so\n"
	    "account requisite pam_deny.so\naccount required pam_permit.so\n"
	    "=sudo\naccount sufficient pam_localuser.so\n"
	    "account required pam_unix.so\n"
	    "=sshd\naccount optional pam_unix.so\n"
	    "account required pam_permit.so\n",
	    NULL);

	(void)state;
	assert_false(pam_rig_way(h, "su", PAM_PHASE_ACCOUNT)->opens_if_expired);
	assert_false(
	    pam_rig_way(h, "su-l", PAM_PHASE_ACCOUNT)->opens_if_expired);
	assert_true(
	    pam_rig_way(h, "sudo", PAM_PHASE_ACCOUNT)->opens_if_expired);
	assert_true(
	    pam_rig_way(h, "sshd", PAM_PHASE_ACCOUNT)->opens_if_expired);
	pam_host_free(h);
}

static void
test_absent(void **state)
{
	struct pam_host *h =
	    pam_rig("=su\nauth [success=ok module_unknown=ignore default=die] "
		    "pam_bulkhead.so\nauth required pam_unix.so\n"
		    "account requisite pam_bulkhead.so\n",
		NULL);
	const struct pam_way *w = pam_rig_way(h, "su", PAM_PHASE_AUTH);

	(void)state;
	assert_int_equal(w->end, PAM_WAY_GATED);
	assert_true(w->opens_if_absent);
	assert_false(pam_rig_way(h, "su", PAM_PHASE_ACCOUNT)->opens_if_absent);
	pam_host_free(h);
	h = pam_rig("=su\nauth [success=ok module_unknown=ignore default=die] "
		    "pam_bulkhead.so\nauth required pam_unix.so\n"
		    "account requisite pam_bulkhead.so\n",
	    "pam_bulkhead.so");
	w = pam_rig_way(h, "su", PAM_PHASE_AUTH);
	assert_int_equal(w->end, PAM_WAY_OPEN);
	assert_true(w->gate_present);
	w = pam_rig_way(h, "su", PAM_PHASE_ACCOUNT);
	assert_int_equal(w->end, PAM_WAY_SHUT);
	pam_host_free(h);
}

static void
test_expired(void **state)
{
	static const struct {
		const char *rule;
		const char *text;
		bool expired;
	} cases[] = {
	    {"gate first",
		"=su\naccount required pam_bulkhead.so\naccount [success=1 "
		"new_authtok_reqd=done default=ignore] pam_unix.so\naccount "
		"requisite pam_deny.so\naccount required pam_permit.so\n",
		false},
	    {"gate behind what ends on it",
		"=su\naccount [success=1 new_authtok_reqd=done default=ignore] "
		"pam_unix.so\naccount requisite pam_deny.so\n"
		"account required pam_bulkhead.so\n",
		true},
	    {"gate behind what is bad with it",
		"=su\naccount [success=ok default=bad] pam_foreign.so\n"
		"account required pam_bulkhead.so\n",
		true},
	};
	struct pam_host *h;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(cases); i++) {
		const struct pam_way *w;

		h = pam_rig(cases[i].text, NULL);
		w = pam_rig_way(h, "su", PAM_PHASE_ACCOUNT);
		if (w->end != PAM_WAY_GATED || w->expired != cases[i].expired)
			fail_msg("%s", cases[i].rule);
		pam_host_free(h);
	}
}

static void
test_rootok_in_a_daemon(void **state)
{
	static const char text[] = "=sshd\nauth sufficient pam_rootok.so\n"
				   "auth required pam_bulkhead.so\n";
	struct pam_host *h = pam_rig(text, NULL);

	(void)state;
	assert_int_equal(
	    pam_rig_way(h, "sshd", PAM_PHASE_AUTH)->end, PAM_WAY_OPEN);
	pam_host_free(h);
}

static void
test_services(void **state)
{
	struct pam_host *h = pam_rig("=su\n@include part\n=part\nauth required "
				     "pam_unix.so\n=Upper\nx\n"
				     "=/usr/lib/pam.d/polkit-1\nauth include "
				     "su\n=/usr/lib/pam.d/su\nx\n",
	    NULL);

	(void)state;
	assert_string_equal(pam_service(h, 0), "part");
	assert_string_equal(pam_service(h, 1), "polkit-1");
	assert_string_equal(pam_service(h, 2), "su");
	assert_null(pam_service(h, 3));
	assert_true(pam_is_part(h, "part"));
	assert_true(pam_is_part(h, "su"));
	assert_false(pam_is_part(h, "polkit-1"));
	assert_false(pam_is_part(h, "sshd"));
	pam_host_free(h);
}

static void
test_bounds(void **state)
{
	struct pam_host *h = pam_rig(
	    "=su\nauth include su\nauth include su\nauth include su\n", NULL);
	const struct pam_way *w;
	const char *why;

	(void)state;
	assert_int_equal(
	    pam_way(h, "su", PAM_PHASE_AUTH, &w, &why), BH_ERR_FULL);
	pam_host_free(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rules),
	    cmocka_unit_test(test_run_out),
	    cmocka_unit_test(test_absent),
	    cmocka_unit_test(test_expired),
	    cmocka_unit_test(test_rootok_in_a_daemon),
	    cmocka_unit_test(test_services),
	    cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, pam_rig_up, pam_rig_down);
}
