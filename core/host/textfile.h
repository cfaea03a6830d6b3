/*
 * Text files that other programs and other people write: read once, within
 * bounds, and never through a symbolic link, a FIFO or a device that somebody
 * put in their place.
 */
#ifndef CORE_HOST_TEXTFILE_H
#define CORE_HOST_TEXTFILE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define TEXT_LINE_MAX 65536
#define TEXT_FILE_MAX (4 * 1024 * 1024)

struct text;

/*
 * BH_ERR_NOTFOUND: no such file.  BH_ERR_UNSAFE: a symbolic link or no plain
 * file.  BH_ERR_FULL: longer than TEXT_FILE_MAX.
 */
enum bh_err text_open(const char *path, struct text **tp) BH_CHECKED;
/* The same through symbolic links, for files that their reader follows too.
 * What the link leads to is looked at before it is opened. */
enum bh_err text_open_linked(const char *path, struct text **tp) BH_CHECKED;
void text_close(struct text *t); /* wipes; NULL is accepted */

/* The whole, for a reader with rules of its own, before any text_next; a NUL
 * stands behind it.  It lives until the file is closed. */
const char *text_bytes(const struct text *t, size_t *lenp);

/*
 * The next line, without its end ("\n" or "\r\n"), and its number from 1; it
 * lives until the file is closed and may be changed.  A line ends at a NUL, as
 * it does for programs that read strings.  A line over TEXT_LINE_MAX is NULL.
 * False: no more.
 */
bool text_next(struct text *t, char **linep, unsigned int *numberp);

/* The same without a line's leading blanks, and without empty lines and those
 * that begin with '#'. */
bool text_next_entry(struct text *t, char **linep, unsigned int *numberp);

/* What an error of text_open means for one who looks at files, in few words. */
const char *text_why(enum bh_err e);

/*
 * Cut the next word (blanks between, "..." keeps them in) off *restp, like a
 * configuration file's reader; NULL: no more.  separators are what stands
 * between words.
 */
char *text_word(char **restp, const char *separators);

#endif
