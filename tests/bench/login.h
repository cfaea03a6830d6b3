/*
 * One login through a PAM stack of our own choosing, timed: what sshd does of
 * pam_start, pam_authenticate and pam_end, with an answer from memory.
 */
#ifndef TESTS_BENCH_LOGIN_H
#define TESTS_BENCH_LOGIN_H

#include <stdint.h>

struct login_try {
	const char
	    *confdir; /* folder of the PAM files, for pam_start_confdir */
	const char *service; /* the file in it, and PAM_SERVICE */
	const char *user;
	const char *rhost;  /* "" = unset */
	const char *answer; /* "-" = none: the conversation fails */
	/* Called once a question was asked, before it is answered; may be
	 * NULL. */
	void (*asked)(void *arg);
	void *arg;
	void (*around)(
	    void); /* just before and after pam_authenticate; or NULL */
};

struct login_done {
	int rv;		  /* of pam_authenticate, or of pam_start */
	unsigned asked;	  /* questions asked */
	uint64_t auth_ns; /* inside pam_authenticate */
	uint64_t cpu_ns;  /* of this process, likewise */
	uint64_t all_ns;  /* from pam_start to pam_end */
};

void login_run(const struct login_try *t, struct login_done *d);

/* CLOCK_MONOTONIC, and what this process has had of a CPU. */
uint64_t login_clock_ns(void);
uint64_t login_cpu_ns(void);

#endif
