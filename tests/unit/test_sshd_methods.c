/*
 * Method lists and who may log in at all, as sshd works them out.
 */
#include "core/host/sshd_internal.h"
#include "core/host/sshd_methods.h"

#include "tests/unit/unit.h"

#include <stdlib.h>

static struct sshd_options *
says(const char *text)
{
	struct sshd_options *o;

	assert_int_equal(sshd_options_new(strdup(text), &o), BH_OK);
	return o;
}

#define PAM    "usepam yes\n"
#define KEY    "pubkeyauthentication yes\n"
#define KBDINT "kbdinteractiveauthentication yes\n"
#define PASS   "passwordauthentication yes\n"
#define ROOT   "permitrootlogin "
#define LISTS  "authenticationmethods "
#define TWO    "publickey,keyboard-interactive:pam"

static const struct {
	const char *rule, *said;
	bool root, alone, asked;
	const char *mended;
} lists[] = {
    {"any", PAM KEY KBDINT, false, true, true, TWO " keyboard-interactive:pam"},
    {"any, in words", PAM KEY LISTS "any\n", false, true, false, TWO},
    {"two steps", PAM KEY KBDINT LISTS TWO "\n", false, false, true, TWO},
    {"two steps, one off", PAM KEY LISTS TWO "\n", false, false, false, TWO},
    {"one of two lists", PAM KEY KBDINT LISTS TWO " publickey\n", false, true,
	true, TWO},
    {"no PAM", KEY KBDINT LISTS TWO "\n", false, false, false, TWO},
    {"no PAM, password", PASS LISTS "password\n", false, true, false,
	"keyboard-interactive:pam"},
    {"password is PAM's auth", PAM PASS LISTS "password\n", false, false, true,
	"keyboard-interactive:pam"},
    {"key and password", PAM KEY PASS LISTS "publickey,password\n", false,
	false, true, TWO},
    {"root without a password",
	PAM KEY KBDINT ROOT "without-password\n" LISTS TWO "\n", true, false,
	false, TWO},
    {"root by key", PAM KEY KBDINT ROOT "without-password\n", true, true, false,
	TWO " keyboard-interactive:pam"},
    {"root by all", PAM KEY KBDINT ROOT "yes\n" LISTS TWO "\n", true, false,
	true, TWO},
    {"root by command", PAM KEY KBDINT ROOT "forced-commands-only\n", true,
	true, false, TWO " keyboard-interactive:pam"},
    {"another host", PAM "hostbasedauthentication yes\n", false, true, false,
	"hostbased,keyboard-interactive:pam"},
    {"a ticket, but no keytab", PAM "gssapiauthentication yes\n", false, false,
	false, "gssapi-with-mic,keyboard-interactive:pam"},
    {"another device than PAM",
	PAM KBDINT LISTS "keyboard-interactive:bsdauth\n", false, false, false,
	"keyboard-interactive:bsdauth"},
    {"no key counts",
	PAM KEY "authorizedkeysfile none\n"
		"authorizedkeyscommand none\ntrustedusercakeys none\n",
	false, false, false, TWO},
    {"empty passwords", PAM PASS "permitemptypasswords yes\n", false, false,
	true, "keyboard-interactive:pam"},
};
static void
test_methods(void **state)
{
	struct sshd_able able = {.hostbased = true};
	struct sshd_who who = {.name = "alice"};
	char mended[SSHD_LISTS_TEXT];
	struct sshd_options *o;
	struct sshd_methods m;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(lists); i++) {
		o = says(lists[i].said);
		who.root = lists[i].root;
		sshd_methods(o, &who, &able, &m);
		sshd_methods_mended(o, mended, sizeof(mended));
		if (m.alone != lists[i].alone || m.asked != lists[i].asked ||
		    strcmp(mended, lists[i].mended) != 0)
			fail_msg("%s: %d %d %s", lists[i].rule, m.alone,
			    m.asked, mended);
		sshd_options_free(o);
	}
}

static void
test_admits(void **state)
{
	static const struct {
		const char *rule, *said;
		bool root, want;
	} rows[] = {
	    {"no list", "x y\n", false, true},
	    {"named", "allowusers bob\nallowusers al*\n", false, true},
	    {"not named", "allowusers bob\n", false, false},
	    {"from there", "allowusers alice@10.0.0.0/8\n", false, true},
	    {"not from there", "allowusers alice@!10.0.0.0/8,*\n", false,
		false},
	    {"denied wins", "allowusers alice\ndenyusers a*\n", false, false},
	    {"a group", "allowgroups staff\n", false, true},
	    {"another group", "allowgroups wheel\n", false, false},
	    {"both must", "allowusers alice\nallowgroups wheel\n", false,
		false},
	    {"a denied group", "denygroups st*\n", false, false},
	    {"no root", "permitrootlogin no\n", true, false},
	    {"nobody", "refuseconnection yes\n", false, false},
	};
	struct sshd_login l = {.host = "10.1.1.1", .addr = "10.1.1.1"};
	char staff[] = "staff";
	char *groups[] = {staff};
	struct sshd_who who = {
	    .name = "alice", .groups = groups, .n_groups = 1};
	struct sshd_options *o;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		o = says(rows[i].said);
		who.root = rows[i].root;
		if (sshd_admits(o, &who, &l) != rows[i].want)
			fail_msg("%s", rows[i].rule);
		sshd_options_free(o);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_methods),
	    cmocka_unit_test(test_admits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
