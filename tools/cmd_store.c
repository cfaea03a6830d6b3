/*
 * bulkhead store: copies of it, and taking it as it is.
 */
#include "tools/client.h"
#include "tools/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCHEME	   "sqlite:"
#define COPY_BYTES 65536

static int
cmd_store_accept(struct invocation *inv)
{
	json_t *reply;
	int code;

	code = client_alone(inv,
	    json_pack("{s:s, s:s}", "op", "store.accept", "reason",
		inv_value(inv, "reason")),
	    &reply);
	if (code != CLI_DONE)
		return code;
	out_text(inv,
	    "the store is taken as it is. totp codes of this moment are spent; "
	    "hotp tokens and YubiKeys wait for 'bulkhead token confirm'; "
	    "recovery codes are revoked. A token that was revoked after the "
	    "copy was made is active again: see 'bulkhead token list'\n");
	code = inv->json ? out_json(inv, reply_document(reply)) : CLI_DONE;
	json_decref(reply);
	return code;
}

/* The copy as the daemon made it: a plain file with one name. */
static int
open_copy(const struct config *c, const char *name)
{
	char path[CONFIG_TEXT_MAX + NAME_MAX + 2];
	const char *store = c->store + strlen(SCHEME);
	struct stat st;
	int fd;

	(void)snprintf(path, sizeof(path), "%.*s/%s",
	    (int)(strrchr(store, '/') - store), store, name);
	if ((fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)) ==
	    -1)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1)
		return fd;
	(void)close(fd);
	errno = EINVAL;
	return -1;
}

static bool
write_all(int fd, const char *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		if ((n = write(fd, p, len)) == -1) {
			if (errno == EINTR)
				continue;
			return false;
		}
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static bool
copy_bytes(int from, int to)
{
	char bytes[COPY_BYTES];
	ssize_t n;

	while ((n = read(from, bytes, sizeof(bytes))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 || !write_all(to, bytes, (size_t)n))
			return false;
	}
	return fsync(to) == 0;
}

/* Have the copy made, take it over, have it removed there. */
static int
take_copy(struct invocation *inv, int to, json_t **replyp)
{
	json_t *gone = NULL;
	const char *name;
	int from, code;

	code =
	    client_call(inv, json_pack("{s:s}", "op", "store.backup"), replyp);
	if (code != CLI_DONE)
		return code;
	name = reply_text(*replyp, "name");
	if (strchr(name, '/') != NULL || name[0] == '\0')
		return out_fail(inv, CLI_FAILED, "the copy has no name");
	if ((from = open_copy(inv_config(inv), name)) == -1 ||
	    !copy_bytes(from, to))
		code = out_fail(inv, CLI_FAILED,
		    "the copy can't be written: "
		    "%s",
		    strerror(errno));
	if (from != -1)
		(void)close(from);
	if (client_ask(inv,
		json_pack(
		    "{s:s, s:s}", "op", "store.backup.remove", "name", name),
		&gone) != CLI_DONE ||
	    !reply_flag(gone, "ok"))
		out_note("the file %s stays beside the store; remove it", name);
	json_decref(gone);
	return code;
}

static int
cmd_store_backup(struct invocation *inv)
{
	const char *path = inv_value(inv, "output");
	json_t *reply = NULL;
	sigset_t all, before;
	int to, code;

	/* Ctrl-C waits: a copy is short, half of one is worth nothing */
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	to = open(
	    path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to == -1) {
		code = out_fail(inv, errno == EEXIST ? CLI_NO : CLI_FAILED,
		    "%s: %s; nothing was written", path, strerror(errno));
	} else {
		code = take_copy(inv, to, &reply);
		if (close(to) == -1 && code == CLI_DONE)
			code = out_fail(
			    inv, CLI_FAILED, "%s: %s", path, strerror(errno));
		if (code != CLI_DONE)
			(void)unlink(path);
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (code == CLI_DONE) {
		(void)json_object_del(reply, "name");
		(void)json_object_set_new(reply, "file", out_json_string(path));
		out_text(inv,
		    "copy of the store in %s; its secrets are sealed by the "
		    "realm's key, which is not in it\n",
		    path);
		if (inv->json)
			code = out_json(inv, reply_document(reply));
	}
	json_decref(reply);
	return code;
}

static const struct arg accept_options[] = {
    {.name = "reason",
	.argument = "TEXT",
	.required = true,
	.help = "why, for the ledger"},
};

static const struct arg backup_options[] = {
    {.name = "output",
	.letter = 'o',
	.argument = "FILE",
	.type = VALUE_FILE,
	.required = true,
	.help = "the new file"},
};

const struct command commands_store[] = {
    {.name = "store accept",
	.run = cmd_store_accept,
	.summary = "Take a store as it is, after it was set back or changed",
	.description =
	    "While bulkheadd does not run.  No code used before can be used "
	    "again: totp tokens start behind this moment, hotp tokens and "
	    "YubiKeys must be confirmed again, recovery codes are revoked.",
	ARGS(options, accept_options)},
    {.name = "store backup",
	.run = cmd_store_backup,
	.summary = "Write a copy of the store",
	.description = "A whole and consistent one, mode 0600, while bulkheadd "
		       "may run.  Never over a file that is there.",
	ARGS(options, backup_options)},
    {.name = NULL},
};
