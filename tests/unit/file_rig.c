/*
 * Files in a folder of the test's own.
 */
#include "tests/unit/file_rig.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

int
file_rig_up(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/bulkhead-test.XXXXXX");
	return mkdtemp(folder) != NULL ? 0 : -1;
}

int
file_rig_down(void **state)
{
	struct dirent *entry;
	DIR *dir;

	(void)state;
	if ((dir = opendir(folder)) == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL)
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	(void)closedir(dir);
	return rmdir(folder);
}

const char *
file_path(const char *name)
{
	static char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

const char *
file_write(const char *name, const void *bytes, size_t len)
{
	const char *path = file_path(name);
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1 || write(fd, bytes, len) != (ssize_t)len)
		abort();
	(void)close(fd);
	return path;
}

const char *
file_text(const char *name, const char *text)
{
	return file_write(name, text, strlen(text));
}
