/*
 * Identity, serials and passwords for the store's tests, each in a transaction
 * of its own.
 */
#ifndef TESTS_UNIT_REALM_FIXTURE_H
#define TESTS_UNIT_REALM_FIXTURE_H

#include "tests/unit/store_fixture.h"

/* Reopen, take the store as it is, reopen. */
void accept_it(struct fixture *f);

enum bh_err put_identity(struct fixture *f, const char *text);
/* Whatever the store gives must be that text. */
enum bh_err identity_is(struct fixture *f, const char *text);

enum bh_err serial(struct fixture *f, uint64_t now_s, uint64_t *serialp);

enum bh_err set_password(
    struct fixture *f, const char *login, const char *shadow);
/* BH_ERR_REFUSED stands for another one. */
enum bh_err password_is(
    struct fixture *f, const char *login, const char *shadow);

#endif
