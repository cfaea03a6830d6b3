/*
 * Administration over the gate's fixture: requests as JSON text.
 */
#ifndef TESTS_UNIT_ADMIN_FIXTURE_H
#define TESTS_UNIT_ADMIN_FIXTURE_H

#include "core/admin.h"
#include "tests/unit/gate_fixture.h"

struct admin_fixture {
	struct gate_fixture *g;
	struct admin admin;
	json_t *reply; /* the last one */
};

int admin_setup(void **state);
int admin_teardown(void **state);

/* Run a request (JSON, printf's format, ' for "); the reply's exit code, 0
 * for ok.  The reply stays in f->reply until the next one. */
int ask(struct admin_fixture *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Members of the last reply, by a path with dots. */
const char *said(const struct admin_fixture *f, const char *path);
json_int_t number(const struct admin_fixture *f, const char *path);

/* Does any record of the ledger hold this text? */
bool in_ledger(struct admin_fixture *f, const char *text);

#endif
