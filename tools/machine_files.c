/*
 * The two files of a machine account in /etc/ssh/bulkhead.d: its key, and the
 * block that tells sshd what this login may do.
 */
#include "tools/client.h"
#include "tools/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *const suffix[] = {
    [MACHINE_KEYS] = "keys", [MACHINE_BLOCK] = "conf"};

const char *
machine_path(const char *login, enum machine_file file, char path[MACHINE_PATH])
{
	(void)snprintf(path, MACHINE_PATH, MACHINE_FOLDER "/%.64s.%s", login,
	    suffix[file]);
	return path;
}

/*
 * Each way in is closed by name, though the first lines close most of them:
 * a value given for everybody must not come back by a keyword that a later
 * sshd reads first.
 */
static const char block_rest[] = "\tAuthenticationMethods publickey\n"
				 "\tPubkeyAuthentication yes\n"
				 "\tAuthorizedKeysCommand none\n"
				 "\tAuthorizedPrincipalsFile none\n"
				 "\tAuthorizedPrincipalsCommand none\n"
				 "\tTrustedUserCAKeys none\n"
				 "\tPasswordAuthentication no\n"
				 "\tKbdInteractiveAuthentication no\n"
				 "\tHostbasedAuthentication no\n"
				 "\tGSSAPIAuthentication no\n"
				 "\tPermitEmptyPasswords no\n"
				 "\tPermitTTY no\n"
				 "\tPermitUserRC no\n"
				 "\tDisableForwarding yes\n"
				 "\tAllowTcpForwarding no\n"
				 "\tAllowStreamLocalForwarding no\n"
				 "\tAllowAgentForwarding no\n"
				 "\tX11Forwarding no\n"
				 "\tGatewayPorts no\n"
				 "\tPermitOpen none\n"
				 "\tPermitListen none\n"
				 "\tPermitTunnel no\n"
				 "\tMaxSessions 1\n";

char *
machine_block(const json_t *m)
{
	const char *login = reply_text(m, "login");
	char path[MACHINE_PATH], *text;

	if (asprintf(&text,
		"# Machine account %s: written by bulkhead machine add, and "
		"compared by\n"
		"# bulkhead machine list.  Changes by hand are findings.\n"
		"Match User %s\n"
		"\tAuthorizedKeysFile %s\n"
		"%s"
		"\tForceCommand %s\n"
		"Match all\n",
		login, login, machine_path(login, MACHINE_KEYS, path),
		block_rest, reply_text(m, "command")) == -1)
		return NULL;
	return text;
}

/* A double quote is the one character that an option's value can't hold as
 * it is (sshd(8), AUTHORIZED_KEYS FILE FORMAT). */
static void
put_quoted(FILE *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '"')
			(void)fputc('\\', out);
		(void)fputc(*s, out);
	}
}

char *
machine_options(const json_t *m)
{
	const json_t *net, *from = json_object_get(m, "from");
	time_t end = (time_t)reply_number(m, "expires_s");
	char *text = NULL, day[32];
	struct tm tm;
	size_t i, len;
	FILE *out;

	if (gmtime_r(&end, &tm) == NULL ||
	    strftime(day, sizeof(day), "%Y%m%d%H%M%SZ", &tm) == 0 ||
	    (out = open_memstream(&text, &len)) == NULL)
		return NULL;
	(void)fputs("restrict,command=\"", out);
	put_quoted(out, reply_text(m, "command"));
	(void)fputs("\",from=\"", out);
	json_array_foreach(from, i, net)(void)
	    fprintf(out, "%s%s", i > 0 ? "," : "", json_string_value(net));
	(void)fprintf(out, "\",expiry-time=\"%s\"", day);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

enum bh_err
machine_lock(int *fdp)
{
	struct stat st;
	int fd;

	if (mkdir(MACHINE_FOLDER, 0755) == -1 && errno != EEXIST)
		return err_from_errno(errno);
	fd = open(
	    MACHINE_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return err_from_errno(errno);
	if (fstat(fd, &st) == -1 || flock(fd, LOCK_EX | LOCK_NB) == -1) {
		int why = errno;

		(void)close(fd);
		errno = why;
		return why == EWOULDBLOCK ? BH_ERR_BUSY : err_from_errno(why);
	}
	if (st.st_uid != 0 || (st.st_mode & 022) != 0) {
		(void)close(fd);
		return BH_ERR_UNSAFE;
	}
	*fdp = fd;
	return BH_OK;
}

static bool
write_all(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

/* sshd reads names that end in .conf: not the one that is being written. */
static enum bh_err
write_file(int folder, const char *name, const char *text)
{
	char temporary[MACHINE_PATH];
	enum bh_err e = BH_OK;
	int fd;

	(void)snprintf(temporary, sizeof(temporary), ".%.100s.new", name);
	(void)unlinkat(folder, temporary, 0);
	fd = openat(folder, temporary,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_from_errno(errno);
	if (!write_all(fd, text) || fchmod(fd, 0644) == -1 || fsync(fd) == -1)
		e = err_from_errno(errno);
	if (close(fd) == -1 && e == BH_OK)
		e = err_from_errno(errno);
	if (e == BH_OK && (renameat(folder, temporary, folder, name) == -1 ||
			      fsync(folder) == -1))
		e = err_from_errno(errno);
	if (e != BH_OK)
		(void)unlinkat(folder, temporary, 0);
	return e;
}

static void
file_name(const char *login, enum machine_file file, char name[MACHINE_PATH])
{
	(void)snprintf(name, MACHINE_PATH, "%.64s.%s", login, suffix[file]);
}

/* The block first: from then on sshd reads no other key file of this login,
 * and there is no key yet. */
enum bh_err
machine_files_write(int fd, const json_t *m, const char *key)
{
	const char *login = reply_text(m, "login");
	char *block = machine_block(m), *options = machine_options(m);
	char *line = NULL, name[MACHINE_PATH];
	enum bh_err e = BH_ERR_NOMEM;

	if (block == NULL || options == NULL ||
	    asprintf(&line, "%s %s\n", options, key) == -1) {
		line = NULL;
		goto out;
	}
	file_name(login, MACHINE_BLOCK, name);
	if ((e = write_file(fd, name, block)) != BH_OK)
		goto out;
	file_name(login, MACHINE_KEYS, name);
	e = write_file(fd, name, line);
out:
	free(block);
	free(options);
	free(line);
	return e;
}

static enum bh_err
remove_file(int folder, const char *name)
{
	if (unlinkat(folder, name, 0) == -1 && errno != ENOENT)
		return err_from_errno(errno);
	return fsync(folder) == -1 ? err_from_errno(errno) : BH_OK;
}

/* The key first: a block without a key lets nobody in, a key file that is
 * left alone might be named by another block. */
enum bh_err
machine_files_remove(int fd, const char *login)
{
	char name[MACHINE_PATH];
	enum bh_err e;

	file_name(login, MACHINE_KEYS, name);
	if ((e = remove_file(fd, name)) != BH_OK)
		return e;
	file_name(login, MACHINE_BLOCK, name);
	return remove_file(fd, name);
}
