/*
 * Inside of bulkhead distinct: statements about the wall between two realms,
 * one row each.  A new check is one row (distinct_table.c), one function (the
 * file of its theme), one test (tests/system/distinct.bats) and one line in
 * docs/distinct.md.
 */
#ifndef TOOLS_DISTINCT_H
#define TOOLS_DISTINCT_H

#include "core/host/sshd.h"
#include "core/host/textfile.h"
#include "tools/command.h"

#include <jansson.h>
#include <stdbool.h>

/* One run of the command. */
struct scan {
	struct invocation *inv;
	const struct config *config;
	struct sshd_host *sshd; /* NULL: sshd_why says why */
	char *sshd_why;
	char *daemon_why; /* why the daemon is not asked again; NULL: it is */
};

/* One statement being checked. */
struct check {
	struct scan *scan;
	json_t *findings; /* {what, where, mend}: it is broken */
	json_t *unseen;	  /* sentences: what of it could not be looked at */
	json_t *notes;	  /* sentences: what it rests on */
	bool failed;	  /* memory is out: nothing is believed */
};

/* Where a statement is looked at. */
enum statement_class { IN_BACKUP = 1, IN_PRODUCTION = 2, IN_BOTH = 3 };

struct statement {
	const char *id;
	const char *text;
	const char *number; /* requirement numbers; NULL: none is given */
	int classes;	    /* enum statement_class */
	void (*run)(struct check *c); /* NULL: no tool can */
	const char *limit; /* what a tool can't see, and who must show it */
};

extern const struct statement statements[];
extern const size_t n_statements;

/*
 * What a check finds.  Broken: there is a finding.  Not checkable: none, but
 * something was unseen.  Holds: neither.  where is "FILE:LINE", a file or an
 * account.
 */
void check_broken(struct check *c, const char *where, const char *mend,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void check_unseen(struct check *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void check_note(struct check *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* "FILE:LINE" into where; it lives until the next call. */
const char *check_where(const char *file, unsigned int line);

/*
 * Ask the daemon; takes the request.  NULL: it was noted as unseen, and a
 * daemon that can't be reached is not tried again.  The reply is the caller's.
 */
json_t *check_ask(struct check *c, json_t *request);
/* A list in pages, as client_list. */
json_t *check_list(struct check *c, json_t *request, const char *key);

/* What production has is known by manifests alone: none in force is noted as
 * unseen. */
void check_manifests(struct check *c);

/*
 * Read a file line by line, comments and empty lines left out; one that is not
 * there is nothing, one that can't be read is unseen.  each may change the
 * line.
 */
typedef void (*line_each)(
    struct check *c, const char *file, unsigned int number, char *line);
void check_lines(struct check *c, const char *path, line_each each);
/* The same for each file that a glob pattern names. */
void check_files(struct check *c, const char *pattern, line_each each);
/* Does a path exist (not followed)? */
bool check_exists(const char *path);

/* What takes effect in sshd for a user; NULL: it was noted as unseen. */
const struct sshd_options *check_sshd(struct check *c, const char *user);

/*
 * An option of sshd that must have one value, for every account and in every
 * block that a Match by address, host or port decides about.  user: for this
 * one alone; NULL: for all.
 */
struct sshd_rule {
	const char *keyword; /* lower case */
	const char *good;
	const char *user;
	const char *what; /* what another value means */
	const char *mend;
};
void check_sshd_rule(struct check *c, const struct sshd_rule *r);

/* distinct_keys.c: keys and certificates */
void distinct_keys(struct check *c);
void distinct_privates(struct check *c);
void distinct_privates_here(struct check *c);
/* distinct_register.c: what the daemon knows */
void distinct_manifest(struct check *c);
void distinct_shared(struct check *c);
void distinct_passwords(struct check *c);
void distinct_persons(struct check *c);
void distinct_key_file(struct check *c);
void distinct_two_people(struct check *c);
/* distinct_ssh.c: what sshd and ssh are told */
void distinct_sources(struct check *c);
void distinct_forwarding(struct check *c);
void distinct_rhosts(struct check *c);
void distinct_hostbased(struct check *c);
/* distinct_sudo.c: sudo, su and root */
void distinct_elevation(struct check *c);
void distinct_sudo_directory(struct check *c);
/* distinct_system.c: the system around */
void distinct_directories(struct check *c);
void distinct_management(struct check *c);
void distinct_guest_agents(struct check *c);
void distinct_exports(struct check *c);
void distinct_time(struct check *c);

#endif
