/*
 * Start-up: a straight list of steps.  What needs root comes first, then the
 * user, then the store as that user, then the walls; the loop accepts
 * nothing before the last of them.
 */
#include "daemon/carry.h"
#include "daemon/daemon.h"

#include "base/log.h"
#include "core/clock.h"
#include "core/crypto/crypto.h"
#include "daemon/listener.h"
#include "daemon/notify.h"
#include "daemon/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define MODE_ROOT_ONLY	0600
#define MODE_ALLOW_UIDS 0666

static enum bh_err
read_config(struct daemon *d)
{
	char *why = NULL;
	enum bh_err e;

	if ((e = config_load(d->config_path, &d->config, &why)) != BH_OK)
		log_msg(LOG_LEVEL_ERR, "%s", why != NULL ? why : err_text(e));
	free(why);
	return e;
}

/* The folder stays open, so that SIGHUP finds a file that was replaced. */
static enum bh_err
open_config_folder(struct daemon *d)
{
	const char *slash = strrchr(d->config_path, '/');
	const char *name = slash != NULL ? slash + 1 : d->config_path;
	char folder[PATH_MAX] = ".";
	size_t len;

	if (strlen(name) > NAME_MAX)
		return BH_ERR_RANGE;
	memcpy(d->config_name, name, strlen(name) + 1);
	if (slash != NULL) {
		len = slash == d->config_path
			  ? 1
			  : (size_t)(slash - d->config_path);
		if (len >= sizeof(folder))
			return BH_ERR_RANGE;
		memcpy(folder, d->config_path, len);
		folder[len] = '\0';
	}
	d->config_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return d->config_fd == -1 ? err_from_errno(errno) : BH_OK;
}

static enum bh_err
read_key(struct daemon *d)
{
	return keyring_load(d->config->key, &d->keys);
}

/* What libraries read from files once is read now. */
static enum bh_err
warm_up(struct daemon *d)
{
	(void)d;
	clock_open();
	tzset();
	json_object_seed(0);
	return crypto_open();
}

static enum bh_err
open_proc(struct daemon *d)
{
	d->proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return d->proc_fd == -1 ? err_from_errno(errno) : BH_OK;
}

/* No handler runs anywhere: signals are read like messages. */
static enum bh_err
catch_signals(struct daemon *d)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_SETMASK, &set, NULL) == -1 ||
	    sigaction(SIGPIPE, &ignore, NULL) == -1)
		return err_from_errno(errno);
	d->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return d->signal_fd == -1 ? err_from_errno(errno) : BH_OK;
}

static enum bh_err
find_users(struct daemon *d)
{
	const struct passwd *pw;

	d->as_root = geteuid() == 0;
	d->uid = geteuid();
	d->gid = getegid();
	if (d->as_root) {
		if ((pw = getpwnam(DAEMON_USER)) == NULL || pw->pw_uid == 0) {
			log_msg(LOG_LEVEL_ERR,
			    "there is no user " DAEMON_USER
			    ": useradd --system --no-create-home --shell "
			    "/usr/sbin/nologin " DAEMON_USER);
			return BH_ERR_NOTFOUND;
		}
		d->uid = pw->pw_uid;
		d->gid = pw->pw_gid;
	}
	return peer_names_load(d->config, &d->names);
}

static enum bh_err
open_listener(struct inherited *in, const char *name, const char *path,
    mode_t mode, int *fdp)
{
	if ((*fdp = listener_take(in, name, path)) != -1)
		return BH_OK;
	return listener_make(path, mode, fdp);
}

static enum bh_err
open_sockets(struct daemon *d)
{
	mode_t mode = d->config->n_uids > 0 ? MODE_ALLOW_UIDS : MODE_ROOT_ONLY;
	enum bh_err e;

	d->notify_fd = notify_open();
	carry_open(d);
	if ((e = open_listener(&d->inherited, "gate", d->config->socket, mode,
		 &d->gate_fd)) != BH_OK)
		return e;
	e = open_listener(&d->inherited, "admin", d->config->admin,
	    MODE_ROOT_ONLY, &d->admin_fd);
	listener_drop(&d->inherited);
	return e;
}

/*
 * Become the daemon's user, for good.  Started by somebody else than root
 * (a test, say) there is nobody to become and nothing to give away; all else
 * is the same.
 */
static enum bh_err
drop_root(struct daemon *d)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	if (!d->as_root)
		return BH_OK;
	if (setgroups(0, NULL) == -1 ||
	    setresgid(d->gid, d->gid, d->gid) == -1 ||
	    setresuid(d->uid, d->uid, d->uid) == -1)
		return err_from_errno(errno);
	if (getresuid(&r, &e, &s) == -1 || getresgid(&rg, &eg, &sg) == -1 ||
	    r != d->uid || e != d->uid || s != d->uid || rg != d->gid ||
	    eg != d->gid || sg != d->gid || setuid(0) != -1 ||
	    getgroups(0, NULL) != 0)
		return BH_ERR_SYSTEM;
	return BH_OK;
}

static enum bh_err
set_limits(struct daemon *d)
{
	return sandbox_limits(DAEMON_FILES, &d->files);
}

static enum bh_err
open_store(struct daemon *d)
{
	char host[STORE_HOST_LEN + 1];
	struct store_options o = {
	    .where = d->config->store,
	    .keys = d->keys,
	    .realm = d->config->realm,
	    .realm_class = d->config->realm_class,
	    .host = host,
	};
	enum bh_err e;

	if ((e = host_id(host)) != BH_OK)
		return e;
	return store_open(&o, &d->store);
}

static enum bh_err
check_anchor(struct daemon *d)
{
	enum bh_err e;

	if ((e = anchor_open(d->config->anchor, false, &d->anchor)) != BH_OK)
		return e;
	return anchor_check(d->anchor, d->store);
}

static void
log_decision(void *arg, int level, const char *text)
{
	(void)arg;
	log_msg((enum log_level)level, "%s", text);
}

static enum bh_err
make_gate(struct daemon *d)
{
	struct now now;

	if ((d->gate = gate_new(d->store, d->config)) == NULL)
		return BH_ERR_NOMEM;
	gate_on_line(d->gate, log_decision, NULL);
	clock_read(&now);
	d->admin = (struct admin){
	    .gate = d->gate,
	    .store = d->store,
	    .config = d->config,
	    .keys = d->keys,
	    .daemon = true,
	    .started_s = now.wall_s,
	};
	carry_load(d);
	return BH_OK;
}

static enum bh_err
enter_sandbox(struct daemon *d)
{
	const struct sandbox s = {
	    .store_fd = store_dirfd(d->store),
	    .config_fd = d->config_fd,
	    .proc_fd = d->proc_fd,
	};

	return sandbox_enter(&s);
}

/* The first commit, from behind the walls: it shows that they fit. */
static enum bh_err
record_start(struct daemon *d)
{
	enum bh_err e = record_open(d);

	if (e != BH_ERR_FULL)
		return e;
	log_msg(LOG_LEVEL_ALERT, "the disk is full: nobody is admitted but "
				 "by a recovery code");
	return BH_OK;
}

static const struct step {
	const char *doing;
	enum bh_err (*run)(struct daemon *d);
	const char *mend; /* what to do when it fails */
} steps[] = {
    {"catch signals", catch_signals, NULL},
    {"read the configuration", read_config,
	"mend the file and try it with `bulkhead config check`; a new host "
	"begins with `bulkhead init`"},
    {"open the configuration's folder", open_config_folder, NULL},
    {"read the clock and OpenSSL", warm_up, NULL},
    {"read the realm's key", read_key,
	"[gate] key names it; it must be there and be root's alone, and "
	"memory for it must be lockable (ulimit -l)"},
    {"open /proc", open_proc, "mount /proc"},
    {"find the users", find_users, NULL},
    {"open the sockets", open_sockets, NULL},
    {"give up root", drop_root, NULL},
    {"set limits", set_limits, NULL},
    {"open the store", open_store,
	"`bulkhead init` makes a new one; `bulkhead store accept --reason "
	"...` takes one that was altered or set back"},
    {"check the anchor", check_anchor,
	"a store that was set back is taken by `bulkhead store accept "
	"--reason ...`"},
    {"make the gate", make_gate, NULL},
    {"close the sandbox", enter_sandbox,
	"this kernel must offer seccomp filters"},
    {"record the start", record_start, NULL},
};

/* So that no file of ours becomes somebody's standard error. */
static enum bh_err
fill_standard(void)
{
	int fd;

	do {
		if ((fd = open("/dev/null", O_RDWR)) == -1)
			return err_from_errno(errno);
	} while (fd <= STDERR_FILENO);
	(void)close(fd);
	return BH_OK;
}

enum bh_err
startup_descriptors(struct daemon *d)
{
	unsigned int first = STDERR_FILENO + 1;
	enum bh_err e;

	d->config_fd = d->proc_fd = d->gate_fd = d->admin_fd = -1;
	d->signal_fd = d->notify_fd = d->carry_fd = -1;
	if ((e = listener_inherit(&d->inherited)) != BH_OK)
		return e;
	first += (unsigned int)d->inherited.n;
	if (close_range(first, ~0U, 0) == -1)
		return err_from_errno(errno);
	return fill_standard();
}

enum bh_err
startup_run(struct daemon *d)
{
	enum bh_err e;
	size_t i;

	for (i = 0; i < nitems(steps); i++) {
		if ((e = steps[i].run(d)) == BH_OK)
			continue;
		log_msg(LOG_LEVEL_ERR, "not started: could not %s: %s%s%s",
		    steps[i].doing, err_text(e),
		    steps[i].mend != NULL ? "; " : "",
		    steps[i].mend != NULL ? steps[i].mend : "");
		return e;
	}
	return BH_OK;
}

static void
close_fd(int *fdp)
{
	if (*fdp != -1)
		(void)close(*fdp);
	*fdp = -1;
}

void
startup_undo(struct daemon *d)
{
	gate_free(d->gate);
	anchor_close(d->anchor);
	store_close(d->store);
	keyring_free(d->keys);
	config_free(d->config);
	crypto_close();
	close_fd(&d->config_fd);
	close_fd(&d->proc_fd);
	close_fd(&d->gate_fd);
	close_fd(&d->admin_fd);
	close_fd(&d->signal_fd);
	close_fd(&d->notify_fd);
	close_fd(&d->carry_fd);
}
