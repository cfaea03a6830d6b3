/*
 * Where the gate's lines go in the files that distributions ship, and that they
 * come out again without a trace.
 */
#include "tests/unit/unit.h"

#include "core/host/linediff.h"
#include "core/host/pamfile.h"
#include "core/host/sshdfile.h"
#include "tests/unit/pam_shipped.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * The line that each of ours stands directly above ("" : at the end), by its
 * beginning; NULL: there is none of this phase.
 */
static const struct row {
	const char *name;
	const char *service;
	const char *text;
	const char *auth, *account, *session, *password;
} rows[] = {
    {"Debian 12 sshd", "sshd", debian_sshd, "@include common-auth",
	"account    required     pam_nologin.so", "\n",
	"@include common-password"},
    {"Debian 13 sshd", "sshd", trixie_sshd, "@include common-auth",
	"account    required     pam_nologin.so", "\n",
	"@include common-password"},
    {"Debian 12 sudo", "sudo", debian_sudo, "@include common-auth",
	"@include common-account", "session    required   pam_limits.so",
	"password   include      other"},
    {"Debian 12 sudo-i", "sudo-i", debian_sudo_i, "@include common-auth",
	"@include common-account", "session    required   pam_limits.so",
	"password   include      other"},
    {"Ubuntu sudo", "sudo", ubuntu_sudo, "@include common-auth",
	"@include common-account", "session    required   pam_limits.so",
	"password   include      other"},
    {"Debian 12 su", "su", debian_su, "\n", "@include common-account",
	"session       required   pam_env.so readenv=1\n",
	"password   include      other"},
    {"Debian 12 polkit-1", "polkit-1", debian_polkit, "@include common-auth",
	"@include common-account",
	"session       required   pam_env.so readenv=1 user",
	"@include common-password"},
    {"Debian 12 passwd", "passwd", debian_passwd, NULL, NULL, NULL,
	"@include common-password"},
    {"Fedora sshd", "sshd", fedora_sshd, "auth       substack     password",
	"account    required     pam_sepermit.so",
	"# pam_selinux.so open should", "password   include      password"},
    {"Fedora sudo", "sudo", fedora_sudo, "auth       include      system",
	"account    include      system", "session    optional     pam_keyinit",
	"password   include      system"},
    {"Fedora su", "su", fedora_su, "# Uncomment the following",
	"account\t\tsufficient\tpam_succeed_if.so", "session\t\tinclude",
	"password\tinclude"},
    {"Arch sshd", "sshd", arch_sshd, "auth      include   system",
	"account   include   system", "session   include   system",
	"password  include   system"},
    {"Arch sudo", "sudo", arch_sudo, "auth\t\tinclude", "account\t\tinclude",
	"session\t\tinclude", "password   include      other"},
    {"Arch su", "su", arch_su, "# Uncomment the following",
	"account         required        pam_unix.so",
	"session         required        pam_unix.so",
	"password        include"},
    {"Arch polkit-1", "polkit-1", arch_polkit, "auth       include",
	"account    include", "session    include", "password   include"},
};

/* What follows our line of that phase; NULL: there is none. */
static const char *
below(const char *text, const char *phase)
{
	const char *line;

	for (line = text; line != NULL && *line != '\0';
	     line = strchr(line, '\n') + 1) {
		if (strncmp(line, phase, strlen(phase)) == 0 &&
		    strstr(line, "pam_bulkhead.so " PAMFILE_MARK "\n") !=
			NULL &&
		    strstr(line, "pam_bulkhead.so") < strchr(line, '\n'))
			return strchr(line, '\n') + 1;
	}
	return NULL;
}

static void
check_below(
    const struct row *r, const char *text, const char *phase, const char *want)
{
	const char *is = below(text, phase);

	if (want == NULL && is == NULL)
		return;
	if (want == NULL || is == NULL || strncmp(is, want, strlen(want)) != 0)
		fail_msg("%s, %s: it stands above '%.40s'", r->name, phase,
		    is != NULL ? is : "(it is not there)");
}

static char *
gated(const char *service, const char *text, bool password)
{
	char *now = NULL;

	assert_int_equal(pamfile_gate(service, text, password, &now), BH_OK);
	return now;
}

static void
test_places(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		const struct row *r = &rows[i];
		char *now = gated(r->service, r->text, true);

		check_below(r, now, "auth", r->auth);
		check_below(r, now, "account", r->account);
		check_below(r, now, "session", r->session);
		check_below(r, now, "password", r->password);
		assert_true(pamfile_names_gate(now));
		free(now);
	}
}

static void
test_production_has_no_password_line(void **state)
{
	char *now = gated("sshd", debian_sshd, false);

	(void)state;
	assert_null(below(now, "password"));
	free(now);
	now = gated("passwd", debian_passwd, false);
	assert_string_equal(now, debian_passwd);
	free(now);
}

static void
test_out_again_without_a_trace(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		char *now = gated(rows[i].service, rows[i].text, true);
		char *again = gated(rows[i].service, now, true);
		char *bare = NULL;

		assert_string_equal(again, now); /* a second one: no change */
		assert_int_equal(pamfile_ungate(now, &bare), BH_OK);
		assert_string_equal(bare, rows[i].text);
		free(now);
		free(again);
		free(bare);
	}
}

static void
test_follows(void **state)
{
	(void)state;
	assert_true(pamfile_follows(debian_su_l, "su"));
	assert_true(pamfile_follows(fedora_su_l, "su"));
	assert_true(pamfile_follows(fedora_sudo_i, "sudo"));
	assert_false(pamfile_follows(debian_sudo_i, "sudo"));
	assert_false(
	    pamfile_follows("auth sufficient pam_x.so\nauth include su\n"
			    "account include su\nsession include su\n",
		"su"));
	assert_false(pamfile_follows("auth include su\n", "su"));
}

static void
test_session_falls_back_above_all(void **state)
{
	static const char *const texts[] = {
	    /* what sets the PAM environment, and what skips us */
	    "session required pam_env.so user_readenv=1\n"
	    "session required pam_loginuid.so\n",
	    "session sufficient pam_x.so\nsession required pam_loginuid.so\n",
	    "session [success=1 default=ignore] pam_limits.so\n"
	    "session required pam_loginuid.so\n",
	    "session include foo\nsession required pam_loginuid.so\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(texts); i++) {
		char *now = gated("sshd", texts[i], false);

		assert_int_equal(strncmp(now,
				     "session    required     "
				     "pam_bulkhead.so",
				     35),
		    0);
		free(now);
	}
}

static void
test_lines_of_ones_own_stay_alone(void **state)
{
	static const char own[] = "auth requisite pam_bulkhead.so\n"
				  "@include common-auth\n"
				  "account required /lib/pam_bulkhead.so\n"
				  "@include common-account\n"
				  "session required pam_bulkhead.so\n"
				  "@include common-session\n";
	char *now = gated("sshd", own, false), *bare;

	(void)state;
	assert_string_equal(now, own);
	assert_int_equal(pamfile_ungate(own, &bare), BH_OK);
	assert_string_equal(bare, own);
	free(now);
	free(bare);
}

/* A continued line is one line, whatever stands between its pieces. */
static void
test_continued_lines(void **state)
{
	char *now = gated("sshd",
	    "auth \\\n# a comment\n\n  required pam_unix.so\n"
	    "-account required pam_x.so # auth\nsession optional pam_y.so",
	    false);

	(void)state;
	assert_string_equal(now,
	    "auth       requisite    pam_bulkhead.so " PAMFILE_MARK "\n"
	    "auth \\\n# a comment\n\n  required pam_unix.so\n"
	    "account    required     pam_bulkhead.so " PAMFILE_MARK "\n"
	    "-account required pam_x.so # auth\n"
	    "session    required     pam_bulkhead.so " PAMFILE_MARK "\n"
	    "session optional pam_y.so");
	free(now);
}

/* A phase without a line is that of "other"; it stays behind the gate. */
static void
test_missing_phase(void **state)
{
	char *now = gated("su", "auth required pam_unix.so", false);

	(void)state;
	assert_string_equal(now,
	    "auth       requisite    pam_bulkhead.so " PAMFILE_MARK "\n"
	    "auth required pam_unix.so\n"
	    "account    required     pam_bulkhead.so " PAMFILE_MARK "\n"
	    "account    include      other " PAMFILE_MARK "\n"
	    "session    required     pam_bulkhead.so " PAMFILE_MARK "\n"
	    "session    include      other " PAMFILE_MARK "\n");
	free(now);
}

static void
test_sshd_methods(void **state)
{
	static const struct {
		const char *was;
		bool key, password;
		const char *want;
	} methods[] = {
	    {NULL, true, true,
		"publickey,keyboard-interactive:pam keyboard-interactive:pam"},
	    {"any", true, false, "publickey,keyboard-interactive:pam"},
	    {NULL, false, true, "keyboard-interactive:pam"},
	    {"publickey", true, true, "publickey,keyboard-interactive:pam"},
	    {"publickey,password password", true, true,
		"publickey,keyboard-interactive:pam keyboard-interactive:pam"},
	    {"publickey,keyboard-interactive:pam", true, true, NULL},
	    {"publickey,keyboard-interactive publickey", true, true,
		"publickey,keyboard-interactive "
		"publickey,keyboard-interactive:pam"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(methods); i++) {
		char *is = NULL;

		assert_int_equal(sshdfile_methods(methods[i].was,
				     methods[i].key, methods[i].password, &is),
		    BH_OK);
		if (methods[i].want == NULL)
			assert_null(is);
		else
			assert_string_equal(is, methods[i].want);
		free(is);
	}
}

static void
test_sshd_file(void **state)
{
	static const char machines[] =
	    "# x\nInclude /etc/ssh/bulkhead.d/*.conf\n"
	    "Port 22\nMatch User a\nUsePAM yes\n";
	char *block, *now, *bare;

	(void)state;
	assert_int_equal(sshdfile_block("a,b", &block), BH_OK);
	assert_int_equal(sshdfile_gate(machines, block, &now), BH_OK);
	assert_ptr_equal(strstr(now, block),
	    now + strlen("# x\nInclude /etc/ssh/bulkhead.d/*.conf\n"));
	assert_int_equal(sshdfile_ungate(now, &bare), BH_OK);
	assert_string_equal(bare, machines);
	free(bare);
	free(now);
	free(block);
	assert_true(sshdfile_reads_folder(
	    "# x\n\nInclude /etc/ssh/sshd_config.d/*.conf\nPort 1\n"));
	assert_true(
	    sshdfile_reads_folder("include=\"sshd_config.d/*.conf\"\n"));
	assert_true(
	    sshdfile_reads_folder("Include /etc/ssh/bulkhead.d/*.conf\n"
				  "Include /etc/ssh/sshd_config.d/*.conf\n"));
	assert_false(sshdfile_reads_folder(
	    "Port 1\nInclude /etc/ssh/sshd_config.d/*.conf\n"));
	assert_false(sshdfile_reads_folder(""));
}

static void
test_diff(void **state)
{
	char *diff;

	(void)state;
	assert_int_equal(
	    linediff("f", "1\n2\n3\n4\n5\n", "1\n2\n3\n4\nx\n5\n", &diff),
	    BH_OK);
	assert_string_equal(diff, "--- f\n+++ f\n@@ -2,4 +2,5 @@\n"
				  " 2\n 3\n 4\n+x\n 5\n");
	free(diff);
	assert_int_equal(linediff("f", "1\n2\n", "2\n", &diff), BH_OK);
	assert_string_equal(diff, "--- f\n+++ f\n@@ -1,2 +1,1 @@\n-1\n 2\n");
	free(diff);
	assert_int_equal(linediff("f", NULL, "2\n", &diff), BH_OK);
	assert_string_equal(
	    diff, "--- /dev/null\n+++ f\n@@ -0,0 +1,1 @@\n+2\n");
	free(diff);
	assert_int_equal(linediff("f", "1\n", "1\n", &diff), BH_OK);
	assert_string_equal(diff, "");
	free(diff);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_places),
	    cmocka_unit_test(test_production_has_no_password_line),
	    cmocka_unit_test(test_out_again_without_a_trace),
	    cmocka_unit_test(test_follows),
	    cmocka_unit_test(test_session_falls_back_above_all),
	    cmocka_unit_test(test_lines_of_ones_own_stay_alone),
	    cmocka_unit_test(test_continued_lines),
	    cmocka_unit_test(test_missing_phase),
	    cmocka_unit_test(test_sshd_methods),
	    cmocka_unit_test(test_sshd_file),
	    cmocka_unit_test(test_diff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
