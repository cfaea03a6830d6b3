/*
 * What changes between two texts of which one has some more lines than the
 * other and nothing else differs, as a unified diff.
 */
#ifndef CORE_HOST_LINEDIFF_H
#define CORE_HOST_LINEDIFF_H

#include "base/err.h"

/*
 * The diff from old (NULL: there was no file) to now (NULL: there is none any
 * more) with three lines around each change; "" if nothing changes.  Lines
 * that are in neither order are shown as taken out and put in.  *diffp is the
 * caller's to free.
 */
enum bh_err linediff(const char *path, const char *old, const char *now,
    char **diffp) BH_CHECKED;

#endif
