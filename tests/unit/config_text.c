/*
 * Configurations as texts, for tests.
 */
#include "tests/unit/config_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static enum bh_err
parse_bytes(const char *text, size_t len, struct config **cp, char **whyp)
{
	enum bh_err e;
	int fd;

	fd = memfd_create("config", MFD_CLOEXEC);
	assert_true(fd != -1);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	e = config_parse_fd(fd, "bulkhead.conf", cp, whyp);
	assert_int_equal(close(fd), 0);
	return e;
}

struct config *
parse_ok(const char *text)
{
	struct config *c = NULL;
	char *why = NULL;
	enum bh_err e;

	e = parse_bytes(text, strlen(text), &c, &why);
	if (e != BH_OK)
		print_error("%s\n", why != NULL ? why : err_text(e));
	assert_int_equal(e, BH_OK);
	assert_null(why);
	assert_non_null(c);
	return c;
}

void
refused_bytes(const char *text, size_t len, const char *rule, const char *want)
{
	struct config *c = NULL;
	char *why = NULL;
	enum bh_err e;

	e = parse_bytes(text, len, &c, &why);
	if (e != BH_ERR_CONFIG || why == NULL || strstr(why, want) == NULL)
		print_error("%s: error %d, says: %s\n", rule, (int)e,
		    why != NULL ? why : "nothing");
	assert_int_equal(e, BH_ERR_CONFIG);
	assert_null(c);
	assert_non_null(why);
	assert_true(strncmp(why, "bulkhead.conf:", 14) == 0);
	assert_true(why[14] >= '1' && why[14] <= '9');
	assert_non_null(strstr(why, want));
	free(why);
}

void
refused(const char *text, const char *rule, const char *want)
{
	refused_bytes(text, strlen(text), rule, want);
}

struct config_row
row_of(const struct config *c, const char *section, const char *key)
{
	struct config_row row = {NULL, NULL, NULL, NULL};
	size_t i;

	for (i = 0; config_row(c, i, &row); i++) {
		if (strcmp(row.section, section) == 0 &&
		    strcmp(row.key, key) == 0)
			return row;
	}
	fail_msg("no row for [%s] %s", section, key);
	return row;
}
