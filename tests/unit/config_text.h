/*
 * Configurations as texts, for tests: parsed, or refused as they must be.
 */
#ifndef TESTS_UNIT_CONFIG_TEXT_H
#define TESTS_UNIT_CONFIG_TEXT_H

#include "core/config.h"

#define BACKUP	   "[realm]\nname = vault\nclass = backup\n"
#define PRODUCTION "[realm]\nname = shop\nclass = production\n"

/* Parse a text that is right; the caller's to free. */
struct config *parse_ok(const char *text);

/* The text must be refused, with a file, a line and want in the message; rule
 * is shown if it is not. */
void refused(const char *text, const char *rule, const char *want);
void refused_bytes(const char *text, size_t len, const char *rule,
    const char *want);

/* The row of a key: its value and origin. */
struct config_row row_of(const struct config *c, const char *section,
    const char *key);

#endif
