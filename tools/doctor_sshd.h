/*
 * Inside of bulkhead doctor's look at sshd.
 */
#ifndef TOOLS_DOCTOR_SSHD_H
#define TOOLS_DOCTOR_SSHD_H

#include "core/host/sshd_methods.h"
#include "core/host/sshd_points.h"
#include "tools/doctor.h"

/* An account, as sshd's rules see it. */
struct sshd_person {
	const struct doctor_account *account;
	struct sshd_who who;
	char **groups;
	struct sshd_set hold; /* blocks whose conditions about it hold */
	bool skip;	      /* nobody can log in as this one at all */
	bool locked;	      /* sshd itself refuses it, where PAM is off */
	bool expired;	      /* its end has come: pam_unix or sshd says no */
	bool idle;	      /* no shell to work in, and no password */
	bool machine;
};

/* Where an account's keys may come from. */
struct sshd_keys {
	bool there;  /* a file of it, a command or a CA */
	bool own;    /* a file in its home, which it may write itself */
	bool forced; /* one of them may come with a command that is forced */
};

/* What sshd would do for some logins, and what is wrong with it. */
struct sshd_fault;

/* Many logins, one finding. */
struct sshd_entry {
	const struct sshd_fault *fault;
	enum severity severity;
	const struct sshd_options *options;
	const struct sshd_line *line; /* that decides; NULL: none does */
	struct sshd_set hold;	      /* what the first of them met */
	struct sshd_login login;      /* the first of them */
	char list[SSHD_LISTS_TEXT];
	size_t n_accounts;
	bool *has; /* an account each */
};

/* The three walls of one PAM service. */
struct sshd_walls {
	char *service;
	const struct pam_way *way[PAM_PHASES];
};

/* One sshd. */
struct sshd_look {
	struct doctor *d;
	struct sshd_host *h;
	const struct sshd_options *usual; /* for nobody in particular */
	struct sshd_points *points;
	struct sshd_person *person;
	struct doctor_account unlisted; /* of a directory */
	size_t n;
	struct sshd_able able;
	bool starts; /* it runs, or is started at the boot */
	struct sshd_walls *walls;
	size_t n_walls;
	struct sshd_entry *entry;
	size_t n_entries;
};

/* doctor_sshd_people.c: false: memory is out */
bool sshd_people(struct sshd_look *k);
void sshd_people_free(struct sshd_look *k);
struct sshd_keys sshd_keys(
    const struct sshd_options *o, const struct doctor_account *a);

/* doctor_sshd_judge.c: one account by one answer at one point */
void sshd_judge(struct sshd_look *k, size_t person,
    const struct sshd_options *o, const struct sshd_point *point,
    const struct sshd_set *hold);
const struct sshd_walls *sshd_walls(
    struct sshd_look *k, const struct sshd_options *o);

/* doctor_sshd_tell.c: what was found, as findings */
void sshd_tell(struct sshd_look *k);

/* doctor_sshd_fix.c: shell texts, NULL where there is none; to be freed */
char *sshd_fix_option(const struct sshd_look *k, const struct sshd_set *hold,
    const char *keyword, const char *written, const char *value);
char *sshd_fix_reload(const struct sshd_look *k);
/*
 * Does its command line say UsePAM, AuthenticationMethods or KbdInteractive-
 * Authentication, which goes before what any file says?  End it, and start it
 * without them; NULL: it does not run, or can't be said in shell.
 */
bool sshd_is_told(const struct sshd_look *k);
char *sshd_fix_restart(const struct sshd_look *k);
char *sshd_fix_service(struct sshd_look *k, const struct sshd_walls *w);
/* Several of them as one; takes them.  NULL among them: NULL. */
char *sshd_fix_join(char *first, char *second);
char *sshd_show(const struct sshd_look *k, const struct sshd_login *l);

/* Is the option given where sshd is started, and not in a file? */
bool sshd_in_arguments(const struct sshd_look *k, const char *keyword);

/* What is wrong: a row each. */
struct sshd_fault {
	const char *id;
	enum severity severity;
	const char *keyword; /* the option that decides */
	const char *good;    /* its value, as it should be; NULL: no such */
	const char *written; /* the keyword, as a person writes it */
	const char *what;    /* behind "SSHD lets WHO in ..." */
	const char *mend;
	const char *number;
};

enum sshd_faults {
	FAULT_NO_PAM = 0,
	FAULT_LISTS,
	FAULT_OPEN,
	FAULT_LISTS_ALONE,
	FAULT_ONE_WALL,
	FAULT_REFUSED,
	FAULT_NOBODY,
	FAULT_PASSWORD,
	FAULT_SIDES /* the first of the options that are wrong by themselves */
};
extern const struct sshd_fault sshd_faults[];
extern const size_t n_sshd_faults;

#endif
