/*
 * Inside of bulkhead selftest: a throw-away realm with a real daemon.
 */
#ifndef TOOLS_SELFTEST_H
#define TOOLS_SELFTEST_H

#include "base/msg.h"
#include "tools/command.h"

#include <jansson.h>
#include <sys/types.h>

#define SELFTEST_OUTPUT_MAX 65536

struct selftest {
	struct invocation *inv;
	char folder[64];
	char config[96];
	char socket[96];
	char self[PATH_MAX];	  /* this program */
	char bulkheadd[PATH_MAX]; /* the daemon */
	pid_t daemon;		  /* 0: does not run */
	json_t *steps;
	size_t failed;
};

/* Folders and configuration; false: reported. */
bool selftest_make(struct selftest *t);

/* Start the daemon and wait until it is ready; end it by SIGTERM: did it end
 * well? */
bool selftest_start(struct selftest *t);
bool selftest_stop(struct selftest *t);

/* End and remove everything. */
void selftest_clean(struct selftest *t);

/*
 * Run "bulkhead -c CONFIG --json" with these words (NULL ends), input on its
 * standard input; the JSON it printed, NULL if it did not exit with want.
 */
json_t *selftest_run(
    struct selftest *t, int want, const char *input, const char *const *words);

/* One entry of PAM into the gate, as the module would make it. */
struct selftest_login {
	const char *user;
	const char *answer; /* to a question, if there is one */
	enum msg_phase phase;
	bool asked; /* from here on: what came of it */
	struct msg_verdict verdict;
};
/* DENY, if anything goes wrong on the way. */
enum verdict selftest_login(struct selftest *t, struct selftest_login *l);

#endif
