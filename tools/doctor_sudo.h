/*
 * Inside the sudo theme of bulkhead doctor: who is there, how sudo was built,
 * and what was found to be let through.
 */
#ifndef TOOLS_DOCTOR_SUDO_H
#define TOOLS_DOCTOR_SUDO_H

#include "core/host/sudoers_rules.h"
#include "tools/doctor.h"

#include <limits.h>

/* Somebody who may call sudo and is not root yet. */
struct sudo_person {
	struct sudo_user user;
	char *name;
	gid_t gid;
	gid_t *groups;
	int n_groups;
};

struct sudo_group {
	char *name;
	gid_t gid;
	bool there;
};

/* How sudo was built ("sudo -V"), and the host that its rules ask for. */
struct sudo_host {
	const char *program;
	bool pam;	    /* it asks PAM at all */
	bool login_service; /* "sudo -i" has the service sudo-i */
	bool case_counts;   /* in the names of users */
	bool group_plugin;
	bool fqdn;	/* a host's name is what the resolver says */
	double timeout; /* minutes */
	char file[PATH_MAX];
	struct sudo_person root;
	struct sudo_person *person;
	size_t n_persons;
	struct sudo_group *group; /* those that were asked for */
	size_t n_groups;
	char name[256];	     /* the host's */
	char long_name[256]; /* "": not asked yet */
	bool no_memory;
	struct sudo_eyes eyes;
};

/* False: there is no sudo here.  What is to be freed is freed by _free. */
bool sudo_host_look(struct sudo_host *h);
/* All accounts but root's, and those that only a directory knows. */
void sudo_host_people(
    struct sudo_host *h, const struct doctor *d, const json_t *doc);
void sudo_host_free(struct sudo_host *h);

/* doctor_sudo_runas.c: names of those as whom a command may run since a rule
 * says so by an id or a group; a few of each kind.  NULL: no memory. */
json_t *sudo_host_runas(const struct sudo_host *h, const json_t *doc);
/* The shells of this host's accounts. */
json_t *sudo_shells(const struct doctor *d);
/* Is the command what "sudo -i" runs as that user; where it may be anybody, one
 * of these shells? */
bool sudo_is_shell(const json_t *shells, const struct doctor *d,
    const struct sudo_as *as, const char *command);

/* Why sudo runs a command without asking. */
enum sudo_skip {
	SKIP_NONE = 0,
	SKIP_NOPASSWD,
	SKIP_NO_AUTHENTICATE,
	SKIP_EXEMPT,
	SKIP_AUTH_OPEN,
	SKIP_CACHED,
	SUDO_SKIPS
};

/* Why the gate is not met in account. */
enum sudo_account {
	ACCOUNT_GATED = 0,
	ACCOUNT_OFF,   /* !pam_acct_mgmt */
	ACCOUNT_OTHER, /* another PAM service is set for it, and that is open */
	ACCOUNT_OPEN,
};

/* The same for any number of people. */
struct sudo_hole {
	enum sudo_skip skip;
	enum sudo_account account;
	const char *service;
	enum sudo_option option; /* that names the service */
	const json_t *skip_by;	 /* entry of Defaults, or rule */
	const json_t *account_by;
	struct sudo_as as;
	const char *command;
	json_t *names;
};

/* doctor_sudo_net.c: is this host meant by an address or a network? */
bool sudo_net_here(const char *text);

/* doctor_sudo_say.c */
void sudo_say_hole(
    struct doctor *d, const struct sudo_host *h, const struct sudo_hole *hole);
/* Words for sudoers_where: the entry's subject, and the word that counts. */
void sudo_words(
    const json_t *entry, const char *word, char *words, size_t size);
/* "FILE:LINE" of an entry with that word; the file where it is not found.  To
 * be freed; NULL: no memory. */
char *sudo_place(
    const struct sudo_host *h, const json_t *entry, const char *word);
/* Edit a line, checked by visudo before it is put in place; to be freed; NULL:
 * the line is not known. */
char *sudo_edit(const char *where, const char *expression);

/* doctor_sudo_source.c: rules that are no file, other plugins */
void sudo_sources(struct doctor *d, struct sudo_host *h);
/* doctor_sudo_weak.c: what is no way past the gate, but good to know */
void sudo_defaults(
    struct doctor *d, const struct sudo_host *h, const json_t *doc);

#endif
