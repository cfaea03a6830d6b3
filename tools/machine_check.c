/*
 * Machine accounts of the register against this host: the unix account, the
 * two files, and what takes effect in sshd.
 */
#include "base/hex.h"
#include "core/crypto/crypto.h"
#include "core/host/keys.h"
#include "tools/client.h"
#include "tools/machine.h"
#include "tools/offline.h"

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <shadow.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WHAT_MAX  1600
#define BLOCK_MAX 8192

/* One machine account while it is looked at. */
struct look {
	const json_t *m;
	const char *login;
	machine_finding found;
	void *arg;
	size_t n_keys;
};

static void __attribute__((format(printf, 2, 3)))
say(const struct look *l, const char *fmt, ...)
{
	char what[WHAT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	l->found(l->arg, l->login, what);
}

static bool
no_shell(const char *shell)
{
	const char *base = strrchr(shell, '/');

	base = base != NULL ? base + 1 : shell;
	return *base == '\0' || strcmp(base, "nologin") == 0 ||
	       strcmp(base, "false") == 0;
}

/* A hash that some password fits, or an empty one. */
static bool
has_password(const char *login)
{
	const struct spwd *sp = getspnam(login);

	return sp != NULL && sp->sp_pwdp[0] != '!' && sp->sp_pwdp[0] != '*';
}

static bool
has_own_keys(const char *home)
{
	static const char *const files[] = {
	    "authorized_keys", "authorized_keys2"};
	char path[PATH_MAX];
	struct stat st;
	size_t i;

	for (i = 0; i < nitems(files); i++) {
		(void)snprintf(
		    path, sizeof(path), "%s/.ssh/%s", home, files[i]);
		if (lstat(path, &st) == 0)
			return true;
	}
	return false;
}

bool
machine_account_ok(const char *login, char *why, size_t size)
{
	const struct passwd *pw;
	char first[64];
	uid_t uid;

	if ((pw = getpwnam(login)) == NULL) {
		(void)snprintf(why, size,
		    "there is no unix account %s; make it: useradd --system "
		    "--create-home --shell /bin/sh %s (sshd runs the forced "
		    "command by the account's shell, so it needs one)",
		    login, login);
		return false;
	}
	uid = pw->pw_uid;
	if (uid == 0 || strcmp(login, OFFLINE_USER) == 0) {
		(void)snprintf(why, size,
		    "unix account %s is %s; a machine needs one of its own",
		    login, uid == 0 ? "root by its uid" : "the daemon's");
		return false;
	}
	if (no_shell(pw->pw_shell)) {
		(void)snprintf(why, size,
		    "the shell of unix account %s is '%s', by which sshd can't "
		    "run the forced command; give it one: usermod --shell "
		    "/bin/sh %s",
		    login, pw->pw_shell, login);
		return false;
	}
	/* what opened its own files before the block was there */
	if (has_own_keys(pw->pw_dir)) {
		(void)snprintf(why, size,
		    "%s/.ssh has an authorized_keys of its own, which no "
		    "machine account needs; look who put it there, and remove "
		    "it",
		    pw->pw_dir);
		return false;
	}
	if (has_password(login)) {
		(void)snprintf(why, size,
		    "unix account %s has a password; take it away: usermod "
		    "--password '*' %s",
		    login, login);
		return false;
	}
	pw = getpwuid(uid);
	if (pw != NULL && strcmp(pw->pw_name, login) != 0) {
		(void)snprintf(first, sizeof(first), "%s", pw->pw_name);
		(void)snprintf(why, size,
		    "unix accounts %s and %s share the uid %u; a machine needs "
		    "one of its own",
		    login, first, (unsigned)uid);
		return false;
	}
	return true;
}

/* A plain file of root's that nobody else may write; false: it was said. */
static bool
file_ok(const struct look *l, const char *path)
{
	struct stat st;

	if (lstat(path, &st) == -1)
		say(l, "%s: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode) || st.st_uid != 0 ||
		 (st.st_mode & 022) != 0)
		say(l,
		    "%s is not a plain file that only root may write; look who "
		    "changed it",
		    path);
	else
		return true;
	return false;
}

/* The block is what machine add writes, to the byte. */
static void
check_block(const struct look *l)
{
	char path[MACHINE_PATH], text[BLOCK_MAX];
	char *want;
	size_t n = 0;
	FILE *in;

	machine_path(l->login, MACHINE_BLOCK, path);
	if (!file_ok(l, path))
		return;
	if ((in = fopen(path, "re")) != NULL) {
		n = fread(text, 1, sizeof(text), in);
		(void)fclose(in);
	}
	want = machine_block(l->m);
	if (want == NULL || n != strlen(want) || memcmp(text, want, n) != 0)
		say(l,
		    "%s is not as the register has it; look who changed it, "
		    "then revoke and add the account anew",
		    path);
	free(want);
}

static enum bh_err
on_key(void *arg, const struct key_line *k)
{
	struct look *l = arg;
	const struct slice in = {k->blob, k->bloblen};
	uint8_t hash[CRYPTO_HASH_LEN];
	char hex[2 * CRYPTO_HASH_LEN + 1];
	char *options;
	enum bh_err e;

	l->n_keys++;
	if ((e = crypto_sha256(&in, 1, hash)) != BH_OK)
		return e;
	hex_encode(hash, sizeof(hash), hex);
	if (strcmp(hex, reply_text(l->m, "key")) != 0)
		say(l, "%s:%u: another key than the register's", k->file,
		    k->line);
	options = machine_options(l->m);
	if (options == NULL || strcmp(options, k->options) != 0)
		say(l, "%s:%u: other options than the register's", k->file,
		    k->line);
	free(options);
	return BH_OK;
}

static void
on_unseen(void *arg, const char *what)
{
	say(arg, "%s", what);
}

static enum bh_err
check_keys(struct look *l)
{
	char path[MACHINE_PATH];
	enum bh_err e;

	machine_path(l->login, MACHINE_KEYS, path);
	if (!file_ok(l, path))
		return BH_OK;
	e = keys_read_file(path, l->login, on_key, on_unseen, l);
	if (e == BH_ERR_NOTFOUND)
		return BH_OK;
	if (e == BH_OK && l->n_keys != 1)
		say(l, "%s has %zu keys and not one", path, l->n_keys);
	return e;
}

/* What must take effect.  Absent is what this sshd does not know; a later one
 * lets a Match name a PAM stack without the gate. */
static const struct {
	const char *keyword;
	const char *value;
} wanted[] = {
    {"pamservicename", "sshd"},
    {"usepam", "yes"},
    {"authenticationmethods", "publickey"},
    {"pubkeyauthentication", "yes"},
    {"authorizedkeyscommand", "none"},
    {"authorizedprincipalsfile", "none"},
    {"authorizedprincipalscommand", "none"},
    {"trustedusercakeys", "none"},
    {"passwordauthentication", "no"},
    {"kbdinteractiveauthentication", "no"},
    {"hostbasedauthentication", "no"},
    {"gssapiauthentication", "no"},
    {"permitemptypasswords", "no"},
    {"permituserenvironment", "no"},
    {"permittty", "no"},
    {"permituserrc", "no"},
    {"disableforwarding", "yes"},
    {"allowtcpforwarding", "no"},
    {"allowstreamlocalforwarding", "no"},
    {"allowagentforwarding", "no"},
    {"x11forwarding", "no"},
    {"gatewayports", "no"},
    {"permitopen", "none"},
    {"permitlisten", "none"},
    {"permittunnel", "no"},
    {"maxsessions", "1"},
};

static void
check_value(const struct look *l, const struct sshd_options *o,
    const char *keyword, const char *want, const char *from)
{
	const char *value = sshd_value(o, keyword, 0);

	if (value == NULL &&
	    (strcmp(want, "no") == 0 || strcmp(want, "none") == 0 ||
		strcmp(want, "sshd") == 0))
		return;
	if (value == NULL || strcmp(value, want) != 0)
		say(l,
		    "sshd: %s is '%s' for %s from %s and must be '%s'; is the "
		    "line '" MACHINE_INCLUDE "' above every Match?",
		    keyword, value != NULL ? value : "unset", l->login, from,
		    want);
}

/* A client's variables become the command's environment. */
static void
check_accepted(const struct look *l, const struct sshd_options *o)
{
	static const char *const harmless[] = {
	    "LANG", "LANGUAGE", "LC_*", "COLORTERM", "NO_COLOR"};
	char copy[256], *word, *rest;
	const char *value;
	size_t i, k;

	for (i = 0; (value = sshd_value(o, "acceptenv", i)) != NULL; i++) {
		(void)snprintf(copy, sizeof(copy), "%s", value);
		for (word = strtok_r(copy, " ", &rest); word != NULL;
		     word = strtok_r(NULL, " ", &rest)) {
			for (k = 0; k < nitems(harmless); k++) {
				if (strcmp(word, harmless[k]) == 0)
					break;
			}
			if (k == nitems(harmless) &&
			    strncmp(word, "LC_", 3) != 0)
				say(l,
				    "sshd: AcceptEnv %s lets the client set "
				    "variables of the forced command; take it "
				    "out of sshd's configuration",
				    word);
		}
	}
}

/* from: an address, or NULL for one that no Match names. */
static enum bh_err
check_effective(const struct look *l, struct sshd_host *h, const char *from)
{
	const struct sshd_options *o;
	char path[MACHINE_PATH], *why = NULL;
	size_t i;
	enum bh_err e;

	e = sshd_ask(h, l->login, from, &o, &why);
	if (e == BH_ERR_CONFIG) {
		say(l, "sshd refuses its configuration: %s",
		    why != NULL ? why : "no reason given");
		free(why);
		return BH_OK;
	}
	free(why);
	if (e != BH_OK)
		return e;
	if (from == NULL)
		from = "anywhere";
	for (i = 0; i < nitems(wanted); i++)
		check_value(l, o, wanted[i].keyword, wanted[i].value, from);
	check_value(l, o, "authorizedkeysfile",
	    machine_path(l->login, MACHINE_KEYS, path), from);
	check_value(l, o, "forcecommand", reply_text(l->m, "command"), from);
	check_accepted(l, o);
	return BH_OK;
}

static enum bh_err
check_sshd(const struct look *l, struct sshd_host *h)
{
	const json_t *net, *from = json_object_get(l->m, "from");
	char addr[64];
	enum bh_err e;
	size_t i;

	if (h == NULL) {
		say(l, "no sshd was found on this host");
		return BH_OK;
	}
	if ((e = check_effective(l, h, NULL)) != BH_OK)
		return e;
	json_array_foreach(from, i, net)
	{
		(void)snprintf(
		    addr, sizeof(addr), "%s", json_string_value(net));
		addr[strcspn(addr, "/")] = '\0';
		if ((e = check_effective(l, h, addr)) != BH_OK)
			return e;
	}
	return BH_OK;
}

static void
check_quota(const struct look *l)
{
	const struct passwd *pw = getpwnam(l->login);
	uint64_t want = reply_number(l->m, "quota"), is = 0;

	if (want == 0 || pw == NULL ||
	    machine_quota_own(reply_text(l->m, "command")))
		return;
	if (machine_quota_get(pw->pw_dir, pw->pw_uid, &is) != BH_OK)
		say(l, "quotas are not on where %s lies", pw->pw_dir);
	else if (is == 0 || is / 1024 > want / 1024 + 1)
		say(l,
		    "the kernel's quota of uid %u is not the register's; set "
		    "it: setquota -u %s",
		    (unsigned)pw->pw_uid, l->login);
}

enum bh_err
machine_check_one(
    struct sshd_host *h, const json_t *m, machine_finding found, void *arg)
{
	struct look l = {.m = m,
	    .login = reply_text(m, "login"),
	    .found = found,
	    .arg = arg};
	char why[WHAT_MAX];
	enum bh_err e;

	if (!machine_account_ok(l.login, why, sizeof(why)))
		say(&l, "%s", why);
	check_block(&l);
	if ((e = check_keys(&l)) != BH_OK)
		return e;
	check_quota(&l);
	return check_sshd(&l, h);
}

/* The row in force, or only expired, that a file belongs to. */
static bool
belongs(const json_t *machines, const char *name)
{
	static const char *const suffixes[] = {".conf", ".keys"};
	const json_t *m;
	size_t i, k;

	json_array_foreach(machines, i, m)
	{
		const char *login = reply_text(m, "login");
		size_t len = strlen(login);

		for (k = 0; k < nitems(suffixes); k++) {
			if (strcmp(reply_text(m, "state"), "revoked") != 0 &&
			    strncmp(name, login, len) == 0 &&
			    strcmp(name + len, suffixes[k]) == 0)
				return true;
		}
	}
	return false;
}

/* Files that belong to no account: what a revoke or an add that was cut
 * short left, or somebody's own. */
static void
check_folder(const json_t *machines, machine_finding found, void *arg)
{
	struct look l = {.login = "", .found = found, .arg = arg};
	const struct dirent *entry;
	struct stat st;
	DIR *dir;

	if (lstat(MACHINE_FOLDER, &st) == -1)
		return;
	if (!S_ISDIR(st.st_mode) || st.st_uid != 0 || (st.st_mode & 022) != 0)
		say(&l, MACHINE_FOLDER " is not a folder that only root may "
				       "write");
	if ((dir = opendir(MACHINE_FOLDER)) == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 ||
		    belongs(machines, entry->d_name))
			continue;
		say(&l,
		    MACHINE_FOLDER "/%s belongs to no machine account that is "
				   "in force; remove it",
		    entry->d_name);
	}
	(void)closedir(dir);
}

enum bh_err
machine_check(const json_t *machines, machine_finding found, void *arg)
{
	struct sshd_host *h = NULL;
	const json_t *m;
	char *why = NULL;
	enum bh_err e;
	size_t i;

	if ((e = crypto_open()) != BH_OK)
		return e;
	e = sshd_find(&h, &why);
	free(why);
	if (e == BH_ERR_NOTFOUND)
		e = BH_OK;
	json_array_foreach(machines, i, m)
	{
		if (e == BH_OK &&
		    strcmp(reply_text(m, "state"), "in force") == 0)
			e = machine_check_one(h, m, found, arg);
	}
	if (e == BH_OK)
		check_folder(machines, found, arg);
	sshd_host_free(h);
	return e;
}
