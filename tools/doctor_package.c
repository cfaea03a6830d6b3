/*
 * Are module, daemon and command what their package brought?  dpkg keeps an
 * MD5 of each file: enough against a slip, and against whoever forgot it.
 */
#include "tools/doctor_gate.h"

#include "core/host/program.h"
#include "core/host/textfile.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#define SUMS	"/var/lib/dpkg/info/*bulkhead*.md5sums"
#define MD5SUM	"/usr/bin/md5sum"
#define MD5_LEN 32

/* Does a line of the list name that path?  "usr/lib" and "lib" are one. */
static bool
names(const char *listed, const char *path)
{
	static const char usr[] = "usr/";
	const char *bare = path + 1;

	if (strncmp(bare, usr, sizeof(usr) - 1) == 0)
		bare += sizeof(usr) - 1;
	if (strncmp(listed, usr, sizeof(usr) - 1) == 0)
		listed += sizeof(usr) - 1;
	return strcmp(listed, bare) == 0;
}

static bool
sum_in(const char *file, const char *path, char sum[MD5_LEN + 1])
{
	char *line, *rest, *word;
	unsigned int number;
	struct text *t;
	bool found = false;

	if (text_open(file, &t) != BH_OK)
		return false;
	while (!found && text_next(t, &line, &number)) {
		rest = line;
		if (line == NULL || (word = text_word(&rest, " ")) == NULL ||
		    strlen(word) != MD5_LEN)
			continue;
		rest += strspn(rest, " ");
		if ((found = names(rest, path)))
			memcpy(sum, word, MD5_LEN + 1);
	}
	text_close(t);
	return found;
}

/* "/var/lib/dpkg/info/libpam-bulkhead:amd64.md5sums" to the package. */
static void
package_of(const char *file, char package[64])
{
	const char *base = strrchr(file, '/') + 1;

	(void)snprintf(package, 64, "%.*s", (int)strcspn(base, ":."), base);
}

/* The sum that a package has of it, and which one; false: none. */
static bool
packaged(const char *path, char sum[MD5_LEN + 1], char package[64])
{
	bool found = false;
	glob_t files;
	size_t i;

	if (glob(SUMS, 0, NULL, &files) != 0)
		return false;
	for (i = 0; i < files.gl_pathc && !found; i++) {
		found = sum_in(files.gl_pathv[i], path, sum);
		if (found)
			package_of(files.gl_pathv[i], package);
	}
	globfree(&files);
	return found;
}

static bool
is_same(const char *path, const char *sum)
{
	const char *const argv[] = {MD5SUM, "--", path, NULL};
	struct program_result r;
	bool same;

	if (program_run(argv, &r) != BH_OK)
		return false;
	same = r.code == 0 && strncmp(r.out, sum, MD5_LEN) == 0;
	program_free(&r);
	return same;
}

static void
look_at(struct doctor *d, const char *path)
{
	char sum[MD5_LEN + 1], package[64], fix[FIX_LINE], show[FIX_LINE];

	if (!packaged(path, sum, package)) {
		doctor_found(d,
		    &(struct finding){.severity = SEVERITY_NOTE,
			.id = "file-unpackaged",
			.where = path,
			.mend = "install the package, or keep a sum of the "
				"file elsewhere",
			.show = doctor_text(show, "dpkg -S %s", path),
			.number = "PCI 10.3.4"},
		    "no package vouches for %s", path);
		return;
	}
	if (is_same(path, sum))
		return;
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_UNKNOWN,
		.id = "file-altered",
		.where = path,
		.mend = "find out who changed it and what it does; then "
			"install the package anew and restart bulkheadd",
		.fix =
		    doctor_text(fix, "apt-get install --reinstall %s", package),
		.show = doctor_text(show, "dpkg --verify %s", package),
		.number = "PCI 8.5.1"},
	    "%s is not what package %s brought: whom it lets in can't be told",
	    path, package);
}

void
doctor_package(struct doctor *d)
{
	char path[PATH_MAX];

	look_at(d, PAM_MODULE_FOLDER "/pam_bulkhead.so");
	if (doctor_beside("bulkheadd", path))
		look_at(d, path);
	if (doctor_beside("bulkhead", path))
		look_at(d, path);
}
