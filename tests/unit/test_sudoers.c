/*
 * sudo's rules, worked through on what sudo's own parser makes of them.
 */
#include "tests/unit/unit.h"

#include "core/host/sudoers.h"
#include "core/host/sudoers_rules.h"
#include "tests/unit/file_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* alice is in wheel (27), everybody in staff; this is the host "here". */
static bool
in_group(void *arg, const struct sudo_user *u, const char *group)
{
	(void)arg;
	return strcmp(group, "staff") == 0 ||
	       (strcmp(u->name, "alice") == 0 &&
		   (strcmp(group, "wheel") == 0 || strcmp(group, "#27") == 0));
}

static bool
in_netgroup(void *arg, const struct sudo_user *u, const char *netgroup)
{
	(void)arg;
	return u != NULL && strcmp(u->name, "bob") == 0 &&
	       strcmp(netgroup, "net") == 0;
}

static bool
is_here(void *arg, const char *text)
{
	(void)arg;
	return strcmp(text, "here") == 0 || strcmp(text, "10.0.0.0/8") == 0;
}

static const struct sudo_eyes eyes = {
    .in_group = in_group,
    .in_netgroup = in_netgroup,
    .is_host = is_here,
    .is_address = is_here,
    .group_plugin = true,
};

/* What follows is said for short, and written out by text_of(). */
#define RULE(user, options, command)                    \
	"{\"User_List\": [" user "], \"Host_List\": "   \
	"[{\"hostname\": \"ALL\"}], \"Cmnd_Specs\": "   \
	"[{\"runasusers\": [{\"username\": \"ALL\"}], " \
	"\"Options\": [" options "], \"Commands\": [" command "]}]}"
#define ALL	 "{\"command\": \"ALL\"}"
#define ALICE	 "{\"username\": \"alice\"}"
#define NOPASSWD "{\"authenticate\": false}"
#define PASSWD	 "{\"authenticate\": true}"
#define DEFAULTS(binding, options) \
	"{\"Binding\": [" binding "], \"Options\": [" options "]}"
#define GLOBAL(options) "{\"Options\": [" options "]}"

static const struct row {
	const char *rule;
	const char *early;
	const char *runas;
	const char *command_defaults;
	const char *specs;
	const char *user;
	const char *as;
	const char *command;
	bool allowed;
	bool authenticate;
	double timeout;
} rows[] = {
    {"one's own rule", "", "", "", RULE(ALICE, "", ALL), "alice", "root", "/x",
	true, true, 15},
    {"one's own in another case", "", "", "",
	RULE("{\"username\": \"Alice\"}", "", ALL), "alice", "root", "/x", true,
	true, 15},
    {"another's rule", "", "", "", RULE(ALICE, "", ALL), "bob", "root", "/x",
	false, true, 15},
    {"NOPASSWD", "", "", "", RULE(ALICE, NOPASSWD, ALL), "alice", "root", "/x",
	true, false, 15},
    {"the last rule that fits decides", "", "", "",
	RULE(ALICE, NOPASSWD, ALL) "," RULE(ALICE, "", ALL), "alice", "root",
	"/x", true, true, 15},
    {"a later rule for another command changes nothing", "", "", "",
	RULE(ALICE, NOPASSWD, ALL) "," RULE(ALICE, "", "{\"command\": \"/y\"}"),
	"alice", "root", "/x", true, false, 15},
    {"a command taken back", "", "", "",
	RULE(ALICE, NOPASSWD, ALL ", {\"command\": \"/x\", \"negated\": true}"),
	"alice", "root", "/x", false, true, 15},
    {"a folder of commands", "", "", "",
	RULE(ALICE, NOPASSWD, "{\"command\": \"/bin/\"}"), "alice", "root",
	"/bin/x", true, false, 15},
    {"and none below it", "", "", "",
	RULE(ALICE, NOPASSWD, "{\"command\": \"/bin/\"}"), "alice", "root",
	"/bin/x/y", false, true, 15},
    {"a file by its other path", "", "", "",
	RULE(ALICE, NOPASSWD, "{\"command\": \"/bin/env\"}"), "alice", "root",
	"/usr/bin/env", true, false, 15},
    {"a wildcard", "", "", "",
	RULE(ALICE, NOPASSWD, "{\"command\": \"/bin/[a-z]*\"}"), "alice",
	"root", "/bin/x", true, false, 15},
    {"a regular expression", "", "", "",
	RULE(ALICE, NOPASSWD, "{\"command\": \"^/bin/(x|y)$\"}"), "alice",
	"root", "/bin/y", true, false, 15},
    {"arguments that are not named", "", "", "",
	RULE(ALICE, NOPASSWD, "{\"command\": \"/x -l\"}"), "alice", "root",
	"/x", false, true, 15},
    {"arguments that are", "", "", "",
	RULE(ALICE, NOPASSWD, "{\"command\": \"/x -l\"}"), "alice", "root",
	"/x -l", true, false, 15},
    {"a group", "", "", "", RULE("{\"usergroup\": \"wheel\"}", NOPASSWD, ALL),
	"alice", "root", "/x", true, false, 15},
    {"a group by number", "", "", "", RULE("{\"usergid\": 27}", NOPASSWD, ALL),
	"alice", "root", "/x", true, false, 15},
    {"a user by number", "", "", "", RULE("{\"userid\": 1000}", NOPASSWD, ALL),
	"bob", "root", "/x", true, false, 15},
    {"a netgroup", "", "", "", RULE("{\"netgroup\": \"net\"}", NOPASSWD, ALL),
	"bob", "root", "/x", true, false, 15},
    {"a plugin's group may be anybody's", "", "", "",
	RULE("{\"nonunixgroup\": \"ad\"}", NOPASSWD, ALL), "bob", "root", "/x",
	true, false, 15},
    {"the name of an alias that there is not", "", "", "",
	RULE("{\"useralias\": \"ALICE\"}", NOPASSWD, ALL), "alice", "root",
	"/x", true, false, 15},
    {"a group but for one", "", "", "",
	RULE("{\"usergroup\": \"staff\"}, {\"username\": \"bob\", "
	     "\"negated\": true}",
	    NOPASSWD, ALL),
	"bob", "root", "/x", false, true, 15},
    {"an alias, and one in an alias", "", "", "",
	RULE("{\"useralias\": \"OPS\"}", NOPASSWD, ALL), "alice", "root", "/x",
	true, false, 15},
    {"an alias of commands", "", "", "",
	RULE(ALICE, NOPASSWD, "{\"cmndalias\": \"XS\"}"), "alice", "root", "/x",
	true, false, 15},
    {"an alias that leads to itself ends", "", "", "",
	RULE("{\"useralias\": \"ROUND\"}", NOPASSWD, ALL), "alice", "root",
	"/x", false, true, 15},
    {"a rule whose time is over", "", "", "",
	RULE(ALICE, NOPASSWD ", {\"notafter\": \"20200101000000Z\"}", ALL),
	"alice", "root", "/x", false, true, 15},
    {"Defaults for all", GLOBAL(NOPASSWD), "", "", RULE(ALICE, "", ALL),
	"alice", "root", "/x", true, false, 15},
    {"a tag stands above Defaults", GLOBAL(NOPASSWD), "", "",
	RULE(ALICE, PASSWD, ALL), "alice", "root", "/x", true, true, 15},
    {"Defaults for one", DEFAULTS(ALICE, NOPASSWD), "", "",
	RULE(ALICE, "", ALL), "alice", "root", "/x", true, false, 15},
    {"Defaults for another", DEFAULTS("{\"username\": \"bob\"}", NOPASSWD), "",
	"", RULE(ALICE, "", ALL), "alice", "root", "/x", true, true, 15},
    {"Defaults on this host", DEFAULTS("{\"hostname\": \"here\"}", NOPASSWD),
	"", "", RULE(ALICE, "", ALL), "alice", "root", "/x", true, false, 15},
    {"Defaults on another host",
	DEFAULTS("{\"hostname\": \"there\"}", NOPASSWD), "", "",
	RULE(ALICE, "", ALL), "alice", "root", "/x", true, true, 15},
    {"Defaults in a network",
	DEFAULTS("{\"networkaddr\": \"10.0.0.0/8\"}", NOPASSWD), "", "",
	RULE(ALICE, "", ALL), "alice", "root", "/x", true, false, 15},
    {"Defaults for whom it runs as", "",
	DEFAULTS("{\"username\": \"root\"}", NOPASSWD), "",
	RULE(ALICE, "", ALL), "alice", "root", "/x", true, false, 15},
    {"Defaults for somebody else it might run as", "",
	DEFAULTS("{\"username\": \"bob\"}", NOPASSWD), "", RULE(ALICE, "", ALL),
	"alice", "root", "/x", true, true, 15},
    {"Defaults for the command", "", "",
	DEFAULTS("{\"command\": \"/x\"}", NOPASSWD), RULE(ALICE, "", ALL),
	"alice", "root", "/x", true, false, 15},
    {"they come after those for all", GLOBAL(NOPASSWD), "",
	DEFAULTS("{\"command\": \"/x\"}", PASSWD), RULE(ALICE, "", ALL),
	"alice", "root", "/x", true, true, 15},
    {"a time stamp's time", GLOBAL("{\"timestamp_timeout\": \"0.5\"}"), "", "",
	RULE(ALICE, "", ALL), "alice", "root", "/x", true, true, 0.5},
    {"no time stamp", GLOBAL("{\"timestamp_timeout\": false}"), "", "",
	RULE(ALICE, "", ALL), "alice", "root", "/x", true, true, 0},
    {"without end", GLOBAL("{\"timestamp_timeout\": \"-1\"}"), "", "",
	RULE(ALICE, "", ALL), "alice", "root", "/x", true, true, -1},
    {"the later Defaults decides",
	GLOBAL("{\"timestamp_timeout\": \"0\"}") "," DEFAULTS(
	    ALICE, "{\"timestamp_timeout\": \"3\"}"),
	"", "", RULE(ALICE, "", ALL), "alice", "root", "/x", true, true, 3},
};

static json_t *
document(const char *early, const char *runas, const char *command,
    const char *specs)
{
	json_error_t error;
	char *text;
	json_t *doc;

	assert_true(
	    asprintf(&text,
		"{\"Defaults\": [%s], \"Defaults_Early\": [%s], "
		"\"Defaults_Runas\": [%s], \"Defaults_Command\": [%s], "
		"\"User_Aliases\": {\"OPS\": [{\"useralias\": \"WHEEL\"}], "
		"\"WHEEL\": [{\"usergroup\": \"wheel\"}], \"ROUND\": "
		"[{\"useralias\": \"ROUND\"}]}, \"Command_Aliases\": {\"XS\": "
		"[{\"command\": \"/x\"}]}, \"Runas_Aliases\": {\"G\": "
		"[{\"username\": \"disk\"}]}, \"User_Specs\": [%s]}",
		early, early, runas, command, specs) != -1);
	doc = json_loads(text, 0, &error);
	if (doc == NULL)
		print_error("%s: %s\n", error.text, text);
	assert_non_null(doc);
	free(text);
	return doc;
}

static void
test_rows(void **state)
{
	struct sudo_effect e;
	struct sudo_rules *r;
	bool allowed;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		const struct row *w = &rows[i];
		struct sudo_user user = {
		    w->user, strcmp(w->user, "bob") == 0 ? 1000 : 1001};
		struct sudo_as as = {.user = w->as};
		json_t *doc =
		    document(w->early, w->runas, w->command_defaults, w->specs);

		assert_int_equal(sudo_rules_new(doc, &user, &eyes, &r), BH_OK);
		allowed = sudo_rules_ask(r, &as, w->command, &e);
		if (allowed != w->allowed ||
		    (allowed && sudo_flag(&e, SUDO_AUTHENTICATE, true) !=
				    w->authenticate) ||
		    (allowed && (sudo_timeout(&e, 15) < w->timeout ||
				    sudo_timeout(&e, 15) > w->timeout)))
			fail_msg("%s: allowed %d, authenticate %d, %g min",
			    w->rule, allowed,
			    sudo_flag(&e, SUDO_AUTHENTICATE, true),
			    sudo_timeout(&e, 15));
		sudo_rules_free(r);
		json_decref(doc);
	}
}

/* Without a list it is the default user; "()" and a group alone are oneself. */
static const struct as_row {
	const char *rule;
	const char *spec;
	struct sudo_as as;
	bool want;
} as_rows[] = {
    {"no list is root", "", {.user = "root"}, true},
    {"and nobody else", "", {.user = "carol"}, false},
    {"a user of the list", "\"runasusers\": [{\"username\": \"carol\"}],",
	{.user = "carol"}, true},
    {"none of the list", "\"runasusers\": [{\"username\": \"carol\"}],",
	{.user = "root"}, false},
    {"by number", "\"runasusers\": [{\"userid\": 0}],", {.user = "root"}, true},
    {"ALL but root",
	"\"runasusers\": [{\"username\": \"ALL\"}, {\"username\": "
	"\"root\", \"negated\": true}],",
	{.user = "root"}, false},
    {"oneself is nobody else", "\"runasusers\": [{\"username\": \"\"}],",
	{.user = "root"}, false},
    {"a group", "\"runasgroups\": [{\"usergroup\": \"disk\"}],",
	{.group = "disk"}, true},
    {"another group", "\"runasgroups\": [{\"usergroup\": \"disk\"}],",
	{.group = "adm"}, false},
    {"all groups are others too",
	"\"runasgroups\": [{\"usergroup\": \"ALL\"}],",
	{.group = SUDO_ANY_GROUP}, true},
    {"an alias of groups", "\"runasgroups\": [{\"runasalias\": \"G\"}],",
	{.group = "disk"}, true},
    {"none of the alias", "\"runasgroups\": [{\"runasalias\": \"G\"}],",
	{.group = SUDO_ANY_GROUP}, false},
    {"a group is no user", "\"runasgroups\": [{\"usergroup\": \"disk\"}],",
	{.user = "root"}, false},
};

static void
test_as(void **state)
{
	struct sudo_user user = {"alice", 1001};
	struct sudo_effect e;
	struct sudo_rules *r;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(as_rows); i++) {
		char *specs;
		json_t *doc;

		assert_true(asprintf(&specs,
				"{\"User_List\": [" ALICE "], \"Host_List\": "
				"[{\"hostname\": \"here\"}], \"Cmnd_Specs\": "
				"[{%s \"Commands\": [" ALL "]}]}",
				as_rows[i].spec) != -1);
		doc = document("", "", "", specs);
		assert_int_equal(sudo_rules_new(doc, &user, &eyes, &r), BH_OK);
		if (sudo_rules_ask(r, &as_rows[i].as, "/x", &e) !=
		    as_rows[i].want)
			fail_msg("%s", as_rows[i].rule);
		sudo_rules_free(r);
		json_decref(doc);
		free(specs);
	}
}

static void
test_exempt(void **state)
{
	json_t *doc = document(GLOBAL("{\"exempt_group\": \"wheel\"}"), "", "",
	    RULE("{\"username\": \"ALL\"}", "", ALL));
	struct sudo_user alice = {"alice", 1001}, bob = {"bob", 1000},
			 carol = {"carol", 1002};
	struct sudo_rules *a, *b, *c;
	struct sudo_as root = {.user = "root"};
	struct sudo_effect e;

	(void)state;
	assert_int_equal(sudo_rules_new(doc, &alice, &eyes, &a), BH_OK);
	assert_int_equal(sudo_rules_new(doc, &bob, &eyes, &b), BH_OK);
	assert_int_equal(sudo_rules_new(doc, &carol, &eyes, &c), BH_OK);
	assert_true(sudo_rules_ask(a, &root, SUDO_ANY_COMMAND, &e));
	assert_true(e.exempt);
	assert_true(sudo_rules_ask(b, &root, SUDO_ANY_COMMAND, &e));
	assert_false(e.exempt);
	assert_true(sudo_rules_same(b, c));
	assert_false(sudo_rules_same(a, b));
	sudo_rules_free(a);
	sudo_rules_free(b);
	sudo_rules_free(c);
	json_decref(doc);
}

static void
test_parser_faults(void **state)
{
	json_t *doc;

	(void)state;
	/* As cvtsudoers 1.9.13 prints an unknown Defaults, and CWD=. */
	doc = sudoers_json("{\n    \"Defaults\": [\n    ]\n    \"User_Specs\": "
			   "[\n {\n \"Options\": [\n"
			   "     \"runcwd\": \"/tmp\",\n"
			   "     { \"setenv\": true }\n ]\n }\n    ]\n}\n");
	assert_non_null(doc);
	assert_int_equal(
	    json_array_size(json_object_get(doc, "User_Specs")), 1);
	json_decref(doc);
	doc = sudoers_json("\n");
	assert_non_null(doc);
	json_decref(doc);
	assert_null(sudoers_json("{ \"Defaults\": [ }"));
	assert_null(sudoers_json("sudoers:1: syntax error"));
}

/* A file that is named after this host. */
static void
host_file(void)
{
	char host[256] = "", name[300];

	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	(void)snprintf(
	    name, sizeof(name), "%.*s.rules", (int)strcspn(host, "."), host);
	(void)file_text(name, "dave ALL=NOPASSWD: ALL\n");
}

static void
test_where(void **state)
{
	char main_file[512], *where, *want, *text;

	(void)state;
	(void)snprintf(
	    main_file, sizeof(main_file), "%s", file_text("sudoers", ""));
	(void)file_text("more", "# bob NOPASSWD\nDefaults:bob \\\n"
				"\tenv_reset, \\\n\t!authenticate\n"
				"bobby ALL=NOPASSWD: ALL\n"
				"bob ALL=NOPASSWD: ALL\n#1000 ALL=ALL\n");
	assert_true(
	    asprintf(&text, "Defaults env_reset\n"
			    "Defaults !authenticate\n@include more\n") != -1);
	(void)file_text("sudoers", text);
	free(text);
	assert_non_null(where = sudoers_where(main_file, "bob NOPASSWD"));
	assert_true(asprintf(&want, "%s:6", file_path("more")) != -1);
	assert_string_equal(where, want);
	free(where);
	free(want);
	assert_non_null(
	    where = sudoers_where(main_file, "Defaults bob !authenticate"));
	assert_true(asprintf(&want, "%s:4", file_path("more")) != -1);
	assert_string_equal(where, want);
	free(where);
	free(want);
	assert_non_null(
	    where = sudoers_where(main_file, "Defaults !authenticate"));
	assert_true(asprintf(&want, "%s:2", main_file) != -1);
	assert_string_equal(where, want);
	free(where);
	free(want);
	assert_non_null(where = sudoers_where(main_file, "#1000 ALL"));
	free(where);
	assert_null(sudoers_where(main_file, "carol NOPASSWD"));
	(void)file_text("a b", "carol ALL=NOPASSWD: ALL\n");
	(void)file_text("sudoers", "@include a\\ b\n");
	assert_non_null(where = sudoers_where(main_file, "carol NOPASSWD"));
	free(where);
	(void)file_text("sudoers", "#include \"a b\"\n");
	assert_non_null(where = sudoers_where(main_file, "carol NOPASSWD"));
	free(where);
	host_file();
	(void)file_text("sudoers", "@include %h.rules\n");
	assert_non_null(where = sudoers_where(main_file, "dave NOPASSWD"));
	free(where);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_as),
	    cmocka_unit_test(test_exempt),
	    cmocka_unit_test(test_parser_faults),
	    cmocka_unit_test(test_where),
	};

	return cmocka_run_group_tests(tests, file_rig_up, file_rig_down);
}
