/*
 * What sudo does when one person runs one command: the rules of sudoers(5)
 * worked through as sudo does, on what sudo's own parser made of them.
 */
#ifndef CORE_HOST_SUDOERS_RULES_H
#define CORE_HOST_SUDOERS_RULES_H

#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Names that stand for what no rule names. */
#define SUDO_ANY_USER	 "(another account)"
#define SUDO_ANY_GROUP	 "(another group)"
#define SUDO_ANY_COMMAND "(any command)"

struct sudo_user {
	const char *name;
	uid_t uid;
};

/* As whom the command is to run: a user, or a group of one's own account. */
struct sudo_as {
	const char *user; /* NULL: oneself, with this group */
	uid_t uid;
	const char *group;
};

/* What of the host the rules ask for. */
struct sudo_eyes {
	/* group is a name, or "#27"; u a person, or whom the command runs as */
	bool (*in_group)(
	    void *arg, const struct sudo_user *u, const char *group);
	/* u NULL: is this host in it? */
	bool (*in_netgroup)(
	    void *arg, const struct sudo_user *u, const char *netgroup);
	/* a name with its wildcards, or an address or network */
	bool (*is_host)(void *arg, const char *text);
	bool (*is_address)(void *arg, const char *text);
	/* how sudo reads the names of users ("Defaults case_insensitive_user")
	 */
	bool case_counts;
	bool group_plugin; /* one tells who is in a group of no Unix kind */
	void *arg;
};

enum sudo_option {
	SUDO_AUTHENTICATE = 0,
	SUDO_ACCT_MGMT,
	SUDO_SESSION,
	SUDO_EXEMPT_GROUP,
	SUDO_TIMEOUT,
	SUDO_SERVICE,
	SUDO_LOGIN_SERVICE,
	SUDO_ASKPASS_SERVICE,
	SUDO_RUNAS_DEFAULT,
	SUDO_TARGETPW,
	SUDO_ROOTPW,
	SUDO_RUNASPW,
	SUDO_OPTIONS
};

struct sudo_effect {
	/* NULL: as sudo was built; else the option's value of the entry. */
	const json_t *value[SUDO_OPTIONS];
	/* The entry of Defaults (or the rule, for NOPASSWD) that says so. */
	const json_t *by[SUDO_OPTIONS];
	const json_t *rule; /* the user's entry in User_Specs that allows it */
	bool tag;	    /* authenticate is by PASSWD or NOPASSWD */
	bool exempt;	    /* the user is in exempt_group */
};

/* The name of an option in sudoers(5). */
const char *sudo_option_name(enum sudo_option o);

/* What an option says: false where it is not set or no such value. */
bool sudo_flag(const struct sudo_effect *e, enum sudo_option o, bool unset);
const char *sudo_text(
    const struct sudo_effect *e, enum sudo_option o, const char *unset);
/* Minutes; negative: it never ends. */
double sudo_timeout(const struct sudo_effect *e, double unset);

struct sudo_rules;

/*
 * The rules of doc (sudoers_read) that speak of one user on this host.  All
 * that is handed in must live longer.
 */
enum bh_err sudo_rules_new(const json_t *doc, const struct sudo_user *user,
    const struct sudo_eyes *eyes, struct sudo_rules **rp) BH_CHECKED;
void sudo_rules_free(struct sudo_rules *r); /* NULL is accepted */
const struct sudo_user *sudo_rules_user(const struct sudo_rules *r);
/* Does the same hold for both, but for their names? */
bool sudo_rules_same(const struct sudo_rules *a, const struct sudo_rules *b);
/* Is there any rule that lets the user run something? */
bool sudo_rules_any(const struct sudo_rules *r);

/* Is there a rule by which the user may run something as that? */
bool sudo_rules_as(const struct sudo_rules *r, const struct sudo_as *as);

/*
 * Of these commands one for each way in which the user's rules and the Defaults
 * tell them apart, and those of keep.  The caller's; NULL: no memory.
 */
json_t *sudo_rules_commands(
    const struct sudo_rules *r, const json_t *commands, const json_t *keep);

/* May the user run that, and what holds then? */
bool sudo_rules_ask(const struct sudo_rules *r, const struct sudo_as *as,
    const char *command, struct sudo_effect *e);

/*
 * All that rules and Defaults name, each once, with the SUDO_ANY_ one; "name"
 * members of the array.  The caller's; NULL: no memory.
 */
json_t *sudo_named_commands(const json_t *doc);
json_t *sudo_named_runas(const json_t *doc);  /* "root" is always there */
json_t *sudo_named_groups(const json_t *doc); /* of runas; with ANY_GROUP */
/* The members by which runas users are named otherwise: by id, group... */
json_t *sudo_named_runas_kinds(const json_t *doc);
json_t *sudo_named_users(const json_t *doc); /* who may run something */
json_t *sudo_named_user_groups(const json_t *doc);

/* Inside: lists of members, the last that fits decides. */
enum sudo_match { SUDO_UNSPECIFIED = 0, SUDO_ALLOW, SUDO_REFUSE };
enum sudo_match sudo_match_users(const json_t *doc, const char *aliases,
    const json_t *list, const struct sudo_user *u,
    const struct sudo_eyes *eyes);
enum sudo_match sudo_match_hosts(
    const json_t *doc, const json_t *list, const struct sudo_eyes *eyes);
enum sudo_match sudo_match_commands(
    const json_t *doc, const json_t *list, const char *command);
enum sudo_match sudo_match_groups(
    const json_t *doc, const json_t *list, const char *group);

#endif
