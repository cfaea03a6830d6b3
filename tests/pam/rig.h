/*
 * Real libpam around a test build of the module: a folder of service files,
 * a person who answers, and the entry points in a table.
 */
#ifndef TESTS_PAM_RIG_H
#define TESTS_PAM_RIG_H

/* cmocka wants these before itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/pam/peer.h"
#include "tests/pam/plays.h"

#include <security/pam_appl.h>

#define MODULE_TEST    "pam_bulkhead_test" /* trusts our own uid */
#define MODULE_HANG    "pam_bulkhead_hang" /* and waits 0.1 s only */
#define MODULE_SHIPPED "pam_bulkhead"

/* The person, or application, at the conversation's other end. */
struct person {
	int rv;		  /* what the conversation returns */
	bool no_response; /* *resp is NULL */
	bool no_answer;	  /* resp->resp is NULL */
	const char *answer;
	void (*hook)(void *); /* called at each prompt */
	void *hook_arg;
	int asked;
	int style;	  /* of the last prompt */
	char prompt[512]; /* its text */
	char shown[512];  /* last error text */
};

struct rig {
	char dir[32];
	char socket[64];
	struct peer *peer;
	struct person person;
	struct pam_conv conv;
	pam_handle_t *pamh;
};

struct entry {
	const char *name;
	int (*call)(pam_handle_t *, int);
	int denied;
	bool asks; /* prompts are permitted */
};
extern const struct entry entries[4];

/* A folder and a person who types 123456. */
void rig_open(struct rig *r);
void rig_close(struct rig *r);

/* A service "test" in which module alone decides; extra: more options. */
void rig_service(struct rig *r, const char *module, const char *extra);

/* A service "test" of this text. */
void rig_service_text(struct rig *r, const char *text);

/* The module's path, and its standard line behind the control field. */
void rig_module(char *path, size_t size, const char *module);

/* Begin and end a PAM transaction; a running one is ended first. */
void rig_pam_start(struct rig *r, const char *user);
void rig_pam_end(struct rig *r);

/* A new peer in the place of the old one. */
void rig_peer(struct rig *r, play_fn *play);

/* Usual rig with play_ask and MODULE_TEST, transaction begun. */
int rig_setup(void **state);
int rig_teardown(void **state);

#endif
