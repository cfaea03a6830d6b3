/*
 * Accounts and tokens as several commands show them.
 */
#ifndef TOOLS_ACCOUNT_H
#define TOOLS_ACCOUNT_H

#include "tools/command.h"

#include <jansson.h>

/* What is locked of an account, in few words; "-" for nothing. */
void account_locks(const json_t *a, char *text, size_t size);

/* A list of accounts; one account with its tokens; a list of tokens. */
void account_table(const json_t *list);
void account_text(struct invocation *inv, const json_t *a);
void token_table(const json_t *list);

/* What kind a token is: "totp SHA1 6". */
void token_kind_text(const json_t *t, char *text, size_t size);

#endif
