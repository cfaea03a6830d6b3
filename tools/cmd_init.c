/*
 * bulkhead init: a new realm on this host.  Each step makes one thing that is
 * not there yet and the last one is the anchor, so that an init that was cut
 * short is simply run again.
 */
#include "tools/client.h"
#include "tools/init.h"
#include "tools/offline.h"
#include "tools/output.h"

#include "core/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FINGERPRINT_LEN 8

static int
failed(struct invocation *inv, const char *path)
{
	return out_fail(inv, CLI_FAILED, "%s: %s", path, strerror(errno));
}

/* The folder that path lies in, made with that mode and owner if missing. */
static int
make_folder(
    struct invocation *inv, const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	char folder[PATH_MAX];
	struct stat st;
	char *slash;

	(void)snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (path[0] != '/' || slash == NULL || slash == folder)
		return out_fail(inv, CLI_FAILED,
		    "%s must be an absolute path, in a folder of its own",
		    path);
	*slash = '\0';
	if (mkdir(folder, 0700) == 0) {
		if (chown(folder, uid, gid) == -1 || chmod(folder, mode) == -1)
			return failed(inv, folder);
		return CLI_DONE;
	}
	if (errno != EEXIST || lstat(folder, &st) == -1)
		return failed(inv, folder);
	if (uid != 0 && S_ISDIR(st.st_mode) && st.st_uid == 0 &&
	    rmdir(folder) == 0) /* empty: killed between mkdir and chown, or
				   made by hand */
		return make_folder(inv, path, mode, uid, gid);
	if (!S_ISDIR(st.st_mode) || st.st_uid != uid ||
	    (uid != 0 && (st.st_mode & 07777) != mode))
		return out_fail(inv, CLI_NO,
		    "%s is there and not a folder of uid %u with mode %04o; "
		    "put that right first",
		    folder, (unsigned)uid, (unsigned)mode);
	return CLI_DONE;
}

static int
check_config(struct invocation *inv)
{
	const char *realm = inv_value(inv, "realm");
	const char *class = inv_value(inv, "class");
	const struct config *c;

	if ((c = inv_config(inv)) == NULL)
		return CLI_FAILED;
	if (strcmp(c->realm, realm) == 0 &&
	    strcmp(class_name(c->realm_class), class) == 0)
		return CLI_DONE;
	return out_fail(inv, CLI_NO,
	    "%s is there already and says realm %s of class %s; nothing was "
	    "changed",
	    inv->config_path, c->realm, class_name(c->realm_class));
}

/* A file comes to its name whole, or not at all, and never over another. */
static int
write_config(struct invocation *inv)
{
	char fresh[PATH_MAX];
	FILE *f;
	int fd, code = CLI_DONE;

	if (access(inv->config_path, F_OK) == 0)
		return check_config(inv);
	if (inv->config_path[0] != '/')
		return out_fail(inv, CLI_USAGE,
		    "-c %s: give the whole path, from /", inv->config_path);
	code = make_folder(inv, inv->config_path, 0755, 0, 0);
	if (code != CLI_DONE)
		return code;
	(void)snprintf(fresh, sizeof(fresh), "%s.new", inv->config_path);
	(void)unlink(fresh);
	fd = open(
	    fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd == -1 || (f = fdopen(fd, "w")) == NULL)
		return failed(inv, fresh);
	init_template(f, inv_value(inv, "realm"), inv_value(inv, "class"));
	if (fflush(f) != 0 || ferror(f) || fchmod(fd, 0644) == -1 ||
	    fsync(fd) == -1 || link(fresh, inv->config_path) == -1)
		code = failed(inv, inv->config_path);
	(void)fclose(f);
	(void)unlink(fresh);
	return code == CLI_DONE ? check_config(inv) : code;
}

/* What there is already, before anything is made. */
struct found {
	bool key;
	bool store;
	bool anchor; /* with something in it */
};

static int
look(struct invocation *inv, const struct config *c, struct found *f)
{
	struct stat st;

	f->key =
	    strncmp(c->key, "file:", 5) != 0 || access(c->key + 5, F_OK) == 0;
	f->store = access(c->store + strlen("sqlite:"), F_OK) == 0;
	f->anchor = stat(c->anchor, &st) == 0 && st.st_size > 0;
	if (f->store && f->anchor)
		return out_fail(inv, CLI_NO,
		    "there is a realm already: store %s; nothing was changed",
		    c->store + strlen("sqlite:"));
	if (f->store && !f->key)
		return out_fail(inv, CLI_NO,
		    "there is a store %s but not its key %s; restore the key; "
		    "nothing was changed",
		    c->store + strlen("sqlite:"), c->key);
	if (f->anchor)
		return out_fail(inv, CLI_NO,
		    "the anchor %s knows of a store that is not there; restore "
		    "the store, or, if it is given up, remove the anchor",
		    c->anchor);
	return CLI_DONE;
}

static int
make_key(
    struct invocation *inv, const struct config *c, const struct found *found)
{
	struct keyring *k;
	enum bh_err e;
	int code;

	if (found->key) {
		if (strncmp(c->key, "file:", 5) == 0)
			out_note("the key %s is there already and is used",
			    c->key + 5);
		return CLI_DONE;
	}
	code = make_folder(inv, c->key + 5, 0755, 0, 0);
	if (code != CLI_DONE)
		return code;
	if ((k = keyring_new()) == NULL)
		return out_fail(inv, CLI_FAILED,
		    "no locked memory for the key (ulimit -l)");
	if ((e = crypto_open()) == BH_OK && (e = keyring_add(k, 1)) == BH_OK)
		e = keyring_write(k, c->key + 5, 1);
	keyring_free(k);
	return e == BH_OK ? CLI_DONE : out_error(inv, e, "key %s", c->key + 5);
}

static void
print_summary(struct invocation *inv, const struct config *c, const json_t *r)
{
	const json_t *ledger = json_object_get(r, "ledger");

	out_text(inv,
	    "Realm %s of class %s is made. For the auditor, keep "
	    "elsewhere:\n\n",
	    c->realm, class_name(c->realm_class));
	out_text(inv, "host id          %s\n", reply_text(r, "host"));
	out_text(inv, "log id           %s\n", reply_text(r, "log_id"));
	out_text(inv, "ledger           %" PRIu64 " record, root %s\n",
	    reply_number(ledger, "size"), reply_text(ledger, "root"));
	out_text(inv,
	    "key              generation %" PRIu64 ", fingerprint %s\n\n",
	    reply_number(r, "key_generation"),
	    reply_text(r, "key_fingerprint"));
	out_text(inv, "configuration    %s\n", inv->config_path);
	out_text(inv, "key              %s\n", c->key);
	out_text(inv, "store            %s\n", c->store);
	out_text(inv, "anchor           %s\n\n", c->anchor);
	out_text(inv, "Next: start bulkheadd; 'bulkhead person add', 'bulkhead "
		      "account add', 'bulkhead enroll'.\n");
}

static json_t *
document(struct invocation *inv, const struct config *c, const json_t *reply)
{
	json_t *doc = reply_document(reply);

	(void)json_object_set_new(
	    doc, "config", out_json_string(inv->config_path));
	(void)json_object_set_new(doc, "key", out_json_string(c->key));
	(void)json_object_set_new(doc, "store", out_json_string(c->store));
	(void)json_object_set_new(doc, "anchor", out_json_string(c->anchor));
	return doc;
}

static int
make_store(struct invocation *inv, const struct config *c)
{
	json_t *reply = NULL;
	int code;

	code = offline_run(inv, init_store, NULL, &reply);
	if (code == CLI_DONE && !reply_flag(reply, "ok"))
		code = client_refused(inv, reply);
	else if (code == CLI_DONE && inv->json)
		code = out_json(inv, document(inv, c, reply));
	else if (code == CLI_DONE)
		print_summary(inv, c, reply);
	json_decref(reply);
	return code;
}

static int
cmd_init(struct invocation *inv)
{
	const struct config *c;
	struct found found;
	uid_t uid;
	gid_t gid;
	int code;

	if (!model_name_ok(inv_value(inv, "realm")))
		return out_fail(inv, CLI_USAGE,
		    "a realm's name is 1 to 64 of a-z A-Z 0-9 . _ -, not "
		    "starting with - or .");
	(void)umask(022);
	if (!offline_user(inv, &uid, &gid))
		return CLI_FAILED;
	if ((code = write_config(inv)) != CLI_DONE)
		return code;
	c = inv_config(inv);
	if ((code = look(inv, c, &found)) != CLI_DONE ||
	    (code = make_key(inv, c, &found)) != CLI_DONE ||
	    (code = make_folder(inv, c->store + strlen("sqlite:"), 0700, uid,
		 gid)) != CLI_DONE ||
	    (code = make_folder(inv, c->anchor, 0700, uid, gid)) != CLI_DONE)
		return code;
	return make_store(inv, c);
}

static const struct arg options[] = {
    {.name = "realm",
	.argument = "NAME",
	.required = true,
	.help = "the realm's name"},
    {.name = "class",
	.argument = "CLASS",
	.required = true,
	.choices = "production backup",
	.help = "what stands behind the gate"},
};

const struct command commands_init[] = {
    {.name = "init",
	.run = cmd_init,
	.summary = "Make a realm on this host",
	.description =
	    "Makes the configuration, the key, the store with the first "
	    "record of its ledger, and the anchor; and prints what an auditor "
	    "must keep.  Nothing that is there is overwritten: where a store "
	    "is, the answer is no.  One that was cut short is finished by "
	    "running it again.",
	ARGS(options, options)},
    {.name = NULL},
};
