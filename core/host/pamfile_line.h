/*
 * Inside of laying the gate into PAM files: the lines of such a file.
 */
#ifndef CORE_HOST_PAMFILE_LINE_H
#define CORE_HOST_PAMFILE_LINE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Bits: an @include of a file that is not known may hold any of them. */
enum pamfile_phase {
	PAMFILE_AUTH = 1,
	PAMFILE_ACCOUNT = 2,
	PAMFILE_SESSION = 4,
	PAMFILE_PASSWORD = 8,
	PAMFILE_ALL = 15,
};

/* One line as libpam puts it together; from and to are offsets in the text. */
struct pamfile_line {
	size_t from;	     /* the start of its first piece */
	size_t to;	     /* behind the end of its last */
	unsigned int phases; /* enum pamfile_phase */
	bool at_include;
	char *control; /* "sufficient", "[success=1 default=bad]", "" */
	char *module;  /* as written, or the file or service included */
	char *rest;    /* arguments */
};

struct pamfile {
	struct pamfile_line *line;
	size_t n;
};

/* The entries of the text, without comments and what is none. */
enum bh_err pamfile_parse(const char *text, struct pamfile *f) BH_CHECKED;
void pamfile_free(struct pamfile *f);

/* Is that the module, by the last part of its path? */
bool pamfile_is_module(const struct pamfile_line *l, const char *name);

/* Does the line go on to the next whatever its module answers, or end in a
 * failure: no sufficient, no jump, no done? */
bool pamfile_goes_on(const struct pamfile_line *l);

#endif
