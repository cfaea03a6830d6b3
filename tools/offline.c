/*
 * Work on the store while no daemon runs.
 */
#include "tools/offline.h"

#include "core/admin.h"
#include "core/anchor.h"
#include "tools/output.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

bool
offline_user(struct invocation *inv, uid_t *uidp, gid_t *gidp)
{
	const struct passwd *pw;

	if (geteuid() != 0) {
		(void)out_fail(
		    inv, CLI_FAILED, "only root may do this; use sudo");
		return false;
	}
	if ((pw = getpwnam(OFFLINE_USER)) == NULL) {
		(void)out_fail(inv, CLI_FAILED,
		    "there is no user %s, who owns the store; make it with: "
		    "useradd --system --user-group --no-create-home "
		    "--home-dir /nonexistent --shell /usr/sbin/nologin %s",
		    OFFLINE_USER, OFFLINE_USER);
		return false;
	}
	if (pw->pw_uid == 0) {
		(void)out_fail(inv, CLI_FAILED,
		    "the user %s has uid 0; it must not be root", OFFLINE_USER);
		return false;
	}
	*uidp = pw->pw_uid;
	*gidp = pw->pw_gid;
	return true;
}

json_t *
offline_no(const char *fmt, ...)
{
	char *text;
	json_t *reply;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n == -1)
		return NULL;
	reply = json_pack("{s:b, s:i, s:o}", "ok", 0, "exit", (int)CLI_FAILED,
	    "error", out_json_string(text));
	free(text);
	return reply;
}

/* What a store that does not open means for the one who asked. */
static json_t *
not_open(enum bh_err e, const char *what)
{
	json_t *reply;

	if (e == BH_ERR_BUSY) {
		reply =
		    offline_no("the store is in use: bulkheadd starts or "
			       "stops just now, or another bulkhead command "
			       "is at work; try again");
		(void)json_object_set_new(reply, "busy", json_true());
		return reply;
	}
	if (e == BH_ERR_NOTFOUND)
		return offline_no("%s is not there; 'bulkhead init' makes a "
				  "realm",
		    what);
	return offline_no(
	    "%s can't be used: %s; the lines above say why", what, err_text(e));
}

/* One operation on an open store; the anchor follows.  accept: it may stand
 * further on than the store, and yields to nothing but a store accepted. */
static json_t *
run_on(struct offline *off, struct store *s, struct anchor *anchor,
    json_t *request, bool accept)
{
	struct admin_actor actor = {.uid = 0, .auid = UINT32_MAX};
	struct admin admin = {
	    .store = s, .config = off->config, .keys = off->keys};
	json_t *reply;
	struct now now;
	char text[16];
	uint64_t auid;
	enum bh_err e;
	ssize_t n;
	int fd;

	if ((fd = open("/proc/self/loginuid", O_RDONLY | O_CLOEXEC)) != -1) {
		n = read(fd, text, sizeof(text) - 1);
		text[n > 0 ? n : 0] = '\0';
		if (config_uint(text, 0, UINT32_MAX, &auid) == BH_OK)
			actor.auid = (uint32_t)auid;
		(void)close(fd);
	}
	if ((admin.gate = gate_new(s, off->config)) == NULL)
		return offline_no("out of memory");
	clock_read(&now);
	reply = admin_run(&admin, &actor, request, &now);
	if ((!accept || json_is_true(json_object_get(reply, "ok"))) &&
	    (e = anchor_write(anchor, store_head(s), accept)) != BH_OK)
		out_note("the anchor %s could not be written: %s",
		    off->config->anchor, err_text(e));
	gate_free(admin.gate);
	return reply;
}

json_t *
offline_admin(struct offline *off, json_t *request)
{
	const char *op = json_string_value(json_object_get(request, "op"));
	bool accept = op != NULL && strcmp(op, "store.accept") == 0;
	char host[STORE_HOST_LEN + 1];
	struct store_options o = {.where = off->config->store,
	    .keys = off->keys,
	    .realm = off->config->realm,
	    .realm_class = off->config->realm_class,
	    .host = host,
	    .accept = accept};
	struct anchor *anchor = NULL;
	struct store *s = NULL;
	json_t *reply = NULL;
	enum bh_err e;

	if ((e = host_id(host)) != BH_OK || (e = store_open(&o, &s)) != BH_OK) {
		reply = not_open(e, off->config->store);
	} else if ((e = anchor_open(off->config->anchor, false, &anchor)) ==
		       BH_ERR_NOTFOUND &&
		   accept) {
		e = anchor_open(off->config->anchor, true, &anchor);
	}
	if (reply == NULL && e == BH_OK && !accept)
		e = anchor_check(anchor, s);
	if (reply == NULL && e != BH_OK)
		reply = not_open(e, off->config->anchor);
	if (reply == NULL)
		reply = run_on(off, s, anchor, request, accept);
	anchor_close(anchor);
	store_close(s);
	return reply;
}

static bool
drop_to(uid_t uid, gid_t gid)
{
	return setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0 &&
	       setresuid(uid, uid, uid) == 0 && setuid(0) == -1 &&
	       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && chdir("/") == 0;
}

static void
send_reply(int fd, json_t *reply)
{
	struct buf *b;
	size_t len;

	if ((b = buf_new(ADMIN_REPLY_MAX)) == NULL)
		return;
	len = json_dumpb(reply, (char *)b->data, b->max, JSON_COMPACT);
	if (len > 0 && len <= b->max)
		(void)send(fd, b->data, len, MSG_NOSIGNAL);
	buf_free(b);
}

/* The child: the key is read as root, all else as the store's owner. */
static void
child(const struct config *config, uid_t uid, gid_t gid, int fd,
    json_t *(*work)(struct offline *off, json_t *arg), json_t *arg)
{
	struct offline off = {.config = config};
	json_t *reply;
	enum bh_err e;

	(void)umask(077);
	clock_open();
	if ((e = crypto_open()) != BH_OK)
		reply = offline_no("OpenSSL can't be used: %s", err_text(e));
	else if ((e = keyring_load(config->key, &off.keys)) != BH_OK)
		reply = offline_no("the realm's key (%s) can't be used: %s",
		    config->key, err_text(e));
	else if (!drop_to(uid, gid))
		reply = offline_no(
		    "can't become user %s: %s", OFFLINE_USER, strerror(errno));
	else
		reply = work(&off, arg);
	if (reply != NULL)
		send_reply(fd, reply);
	json_decref(reply);
	keyring_free(off.keys);
	crypto_close();
}

/* Read the one message; the child's end closes when it dies. */
static int
collect(struct invocation *inv, int fd, json_t **replyp)
{
	json_error_t error;
	struct buf *b;
	ssize_t n;

	if ((b = buf_new(ADMIN_REPLY_MAX)) == NULL)
		return out_fail(inv, CLI_FAILED, "out of memory");
	do {
		n = recv(fd, b->data, b->max, 0);
	} while (n == -1 && errno == EINTR);
	*replyp =
	    n > 0 ? json_loadb((char *)b->data, (size_t)n, 0, &error) : NULL;
	buf_free(b);
	if (*replyp != NULL)
		return CLI_DONE;
	return out_fail(inv, CLI_FAILED,
	    "the work on the store ended without an answer; "
	    "'bulkhead status' says how things stand");
}

/* Signals that end us are held back in the child for good: what it began it
 * brings to an end. */
static pid_t
fork_held(sigset_t *before)
{
	sigset_t all;
	pid_t pid;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, before);
	if ((pid = fork()) != 0)
		(void)sigprocmask(SIG_SETMASK, before, NULL);
	return pid;
}

int
offline_run(struct invocation *inv,
    json_t *(*work)(struct offline *off, json_t *arg), json_t *arg,
    json_t **replyp)
{
	const struct config *config;
	sigset_t before;
	uid_t uid;
	gid_t gid;
	pid_t pid;
	int fds[2], code;

	if ((config = inv_config(inv)) == NULL ||
	    !offline_user(inv, &uid, &gid))
		return CLI_FAILED;
	(void)fflush(stdout);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == -1)
		return out_fail(
		    inv, CLI_FAILED, "socketpair: %s", strerror(errno));
	if ((pid = fork_held(&before)) == 0) {
		(void)close(fds[0]);
		child(config, uid, gid, fds[1], work, arg);
		_exit(0);
	}
	(void)close(fds[1]);
	code = pid == -1
		   ? out_fail(inv, CLI_FAILED, "fork: %s", strerror(errno))
		   : collect(inv, fds[0], replyp);
	(void)close(fds[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	return code;
}
