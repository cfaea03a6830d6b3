/*
 * Asking the person at the terminal, and reading secrets from a file.
 */
#ifndef TOOLS_TERMINAL_H
#define TOOLS_TERMINAL_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define TERMINAL_SECRET_MAX 4096

/* Is there somebody to ask: does /dev/tty open? */
bool terminal_there(void);

/*
 * Ask on /dev/tty and read one line of at most max bytes, without its end;
 * a NUL stands behind the bytes.  The terminal is put back as it was on every
 * way out; Ctrl-C, Ctrl-\ and a hang-up then end the program as they would,
 * or run the caller's handler: then BH_ERR_CLOSED.
 * BH_ERR_NOTFOUND: no terminal.  BH_ERR_CLOSED: end of input.
 * BH_ERR_RANGE: a longer line.  *linep is the caller's to free.
 */
enum bh_err terminal_ask(const char *prompt, bool echo, size_t max,
    struct buf **linep) BH_CHECKED;

/*
 * Read a secret from a file, or from stdin if path is "-"; one line end behind
 * it is cut, a NUL stands behind the bytes.  BH_ERR_RANGE: more than
 * TERMINAL_SECRET_MAX.  BH_ERR_INPUT: empty.
 */
enum bh_err terminal_read_file(const char *path, struct buf **secretp)
    BH_CHECKED;

/* One line that says how far long work is, on stderr if it is a terminal;
 * the next one takes its place, progress_end takes it away. */
void progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void progress_end(void);

#endif
