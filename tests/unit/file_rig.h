/*
 * Files in a folder of the test's own.
 */
#ifndef TESTS_UNIT_FILE_RIG_H
#define TESTS_UNIT_FILE_RIG_H

#include <stddef.h>

/* Set-up and tear-down of a cmocka group: the folder, and all that is in it. */
int file_rig_up(void **state);
int file_rig_down(void **state);

/* The path of a name in the folder; lives until the next call. */
const char *file_path(const char *name);

/* Write the file NAME; returns its path, as file_path. */
const char *file_write(const char *name, const void *bytes, size_t len);
const char *file_text(const char *name, const char *text);

#endif
