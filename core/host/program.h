/*
 * Running another program and reading what it says: no shell, no inherited
 * environment, nothing of ours but /dev/null and two pipes, an end in time.
 */
#ifndef CORE_HOST_PROGRAM_H
#define CORE_HOST_PROGRAM_H

#include "base/err.h"

#define PROGRAM_OUT_MAX (4 * 1024 * 1024)
#define PROGRAM_ERR_MAX 16384
#define PROGRAM_MS	30000

struct program_result {
	int code;  /* exit code; 128 + signal if one ended it */
	char *out; /* NUL-terminated; bytes behind a NUL are not seen */
	char *err; /* cut at PROGRAM_ERR_MAX */
};

/*
 * Run argv[0], an absolute path, to its end.  BH_ERR_NOTFOUND: no such
 * program.  BH_ERR_FULL: it said more than PROGRAM_OUT_MAX, BH_ERR_TIMEOUT: it
 * took longer than PROGRAM_MS; it was ended then.  With BH_OK the caller calls
 * program_free.
 */
enum bh_err program_run(
    const char *const *argv, struct program_result *r) BH_CHECKED;
void program_free(struct program_result *r);

#endif
