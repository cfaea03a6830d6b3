/*
 * What a command says: facts on stdout, as text or as one JSON document, and
 * messages on stderr.  No control byte of any data reaches a terminal.
 */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H

#include "base/err.h"
#include "tools/command.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define OUTPUT_COLUMNS_MAX 12

/*
 * Report why a command stops: "bulkhead: TEXT" on stderr and, under --json,
 * {"error": "TEXT"} on stdout.  Returns code, so that a command may say
 *	return out_fail(inv, CLI_NO, "no such account: %s", login);
 */
int out_fail(struct invocation *inv, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * The same with ": " and the text of an error behind; the code is CLI_NO for
 * what a rule, a name or the input forbids, else CLI_FAILED.
 */
int out_error(struct invocation *inv, enum bh_err e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A message that is not the end: "bulkhead: TEXT" on stderr. */
void out_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Plain text on stdout, made printable; nothing under --json. */
void out_text(const struct invocation *inv, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Print the document, take it, and return CLI_DONE; CLI_FAILED if doc is NULL
 * (out of memory) or can't be written.  Once a command.
 */
int out_json(struct invocation *inv, json_t *doc);

/* A JSON string of any bytes (docs/ledger.md: Strings); NULL gives null. */
json_t *out_json_string(const char *s);

/* UTC, RFC 3339 to the second; "never" for 0 in text, null in JSON. */
const char *out_time(uint64_t t_s, char text[32]);
json_t *out_json_time(uint64_t t_s);

/*
 * A table, aligned for the terminal; heading and cells are copied.  The last
 * column is not padded.  Cells: as many as there are headings.
 */
struct table;
struct table *table_new(const char *const *headings, size_t n);
void table_add(struct table *t, const char *const *cells);
void table_print(const struct table *t);
void table_free(struct table *t); /* NULL is accepted */

/* May colour be used on stdout: a terminal, TERM, no NO_COLOR. */
bool out_colour(void);

/* Make text printable: what is not printable UTF-8 in this locale becomes
 * \xNN.  keep_newlines leaves "\n".  The result is the caller's to free. */
char *out_printable(const char *text, bool keep_newlines);

#endif
