/*
 * The process at the other end: SO_PEERCRED and /proc.
 */
#include "daemon/peer.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STAT_MAX     1024
#define STAT_TTY     7 /* numbers of the fields, as in proc(5) */
#define STAT_SESSION 6
#define STAT_START   22

static enum bh_err
load_name(uint32_t uid, char name[MODEL_NAME_MAX + 1])
{
	const struct passwd *pw;

	errno = 0;
	if ((pw = getpwuid(uid)) == NULL) {
		log_msg(LOG_LEVEL_ERR, "allow_uids: uid %lu has no account",
		    (unsigned long)uid);
		return BH_ERR_NOTFOUND;
	}
	if (!model_name_ok(pw->pw_name)) {
		log_msg(LOG_LEVEL_ERR,
		    "allow_uids: the name of uid %lu is no account name",
		    (unsigned long)uid);
		return BH_ERR_RANGE;
	}
	(void)msg_set(name, MODEL_NAME_MAX + 1, pw->pw_name);
	return BH_OK;
}

enum bh_err
peer_names_load(const struct config *c, struct peer_names *names)
{
	enum bh_err e;
	size_t i;

	memset(names, 0, sizeof(*names));
	for (i = 0; i < c->n_uids; i++) {
		names->row[i].uid = c->allow_uids[i];
		e = load_name(c->allow_uids[i], names->row[i].name);
		if (e != BH_OK)
			return e;
		names->n++;
	}
	return BH_OK;
}

enum bh_err
peer_credentials(int fd, struct peer *peer)
{
	struct ucred cred = {.pid = 0, .uid = (uid_t)-1, .gid = (gid_t)-1};
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1 ||
	    len != sizeof(cred))
		return BH_ERR_SYSTEM;
	memset(peer, 0, sizeof(*peer));
	peer->pid = cred.pid > 0 ? (uint32_t)cred.pid : 0;
	peer->euid = cred.uid;
	peer->auid = UINT32_MAX;
	return BH_OK;
}

bool
peer_permitted(const struct peer_names *names, struct peer *peer)
{
	size_t i;

	peer->name[0] = '\0';
	if (peer->euid == 0)
		return true;
	for (i = 0; i < names->n; i++) {
		if (names->row[i].uid == peer->euid) {
			memcpy(
			    peer->name, names->row[i].name, sizeof(peer->name));
			return true;
		}
	}
	return false;
}

/* The text of the file PID/name below procfd. */
static enum bh_err
read_proc(int procfd, uint32_t pid, const char *name, char text[STAT_MAX])
{
	char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%lu/%s", (unsigned long)pid, name);
	fd = openat(procfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return err_from_errno(errno);
	n = read(fd, text, STAT_MAX - 1);
	(void)close(fd);
	if (n <= 0)
		return BH_ERR_IO;
	text[n] = '\0';
	return BH_OK;
}

/* UINT32_MAX, the kernel's word for "unset", if it can't be read. */
static uint32_t
read_audit(int procfd, uint32_t pid, const char *name)
{
	char text[STAT_MAX];
	uint64_t value;

	if (read_proc(procfd, pid, name, text) != BH_OK)
		return UINT32_MAX;
	text[strcspn(text, "\n")] = '\0';
	if (config_uint(text, 0, UINT32_MAX, &value) != BH_OK)
		return UINT32_MAX;
	return (uint32_t)value;
}

/* Field number n of proc(5); rest begins at field 3. */
static enum bh_err
stat_field(const char *rest, int n, uint64_t max, uint64_t *valuep)
{
	char digits[24];
	size_t len;
	int i;

	for (i = 3; i < n; i++) {
		rest += strcspn(rest, " ");
		if (*rest++ == '\0')
			return BH_ERR_INPUT;
	}
	len = strcspn(rest, " \n");
	if (len >= sizeof(digits))
		return BH_ERR_INPUT;
	memcpy(digits, rest, len);
	digits[len] = '\0';
	return config_uint(digits, 0, max, valuep);
}

enum bh_err
peer_parse_stat(const char *line, struct proc_stat *statp)
{
	const char *rest = strrchr(line, ')');
	uint64_t tty, leader, start;
	enum bh_err e;

	if (rest == NULL || rest[1] != ' ')
		return BH_ERR_INPUT;
	rest += 2;
	if ((e = stat_field(rest, STAT_TTY, INT32_MAX, &tty)) != BH_OK ||
	    (e = stat_field(rest, STAT_SESSION, INT32_MAX, &leader)) != BH_OK ||
	    (e = stat_field(rest, STAT_START, UINT64_MAX, &start)) != BH_OK)
		return e;
	statp->tty = (uint32_t)tty;
	statp->leader = (uint32_t)leader;
	statp->start = start;
	return BH_OK;
}

static enum bh_err
read_stat(int procfd, uint32_t pid, struct proc_stat *statp)
{
	char text[STAT_MAX];
	enum bh_err e;

	if ((e = read_proc(procfd, pid, "stat", text)) != BH_OK)
		return e;
	return peer_parse_stat(text, statp);
}

/* Terminal, session leader, and when that started. */
static void
look_terminal(int procfd, const struct proc_stat *self, struct peer *peer)
{
	struct proc_stat leader;

	if (self->tty == 0 || self->leader == 0 ||
	    read_stat(procfd, self->leader, &leader) != BH_OK)
		return;
	/* A process id that was given away again leads another session. */
	if (leader.leader != self->leader || leader.tty != self->tty)
		return;
	peer->session.kind = SESSION_TTY;
	peer->session.tty = self->tty;
	peer->session.leader = self->leader;
	peer->session.leader_start = leader.start;
}

void
peer_look(int procfd, struct peer *peer)
{
	struct proc_stat self;
	bool seen;
	uint32_t audit;

	memset(&peer->session, 0, sizeof(peer->session));
	peer->auid = UINT32_MAX;
	peer->start = 0;
	if (peer->pid == 0)
		return;
	seen = read_stat(procfd, peer->pid, &self) == BH_OK;
	if (seen)
		peer->start = self.start;
	peer->auid = read_audit(procfd, peer->pid, "loginuid");
	audit = read_audit(procfd, peer->pid, "sessionid");
	if (audit != UINT32_MAX) {
		peer->session.kind = SESSION_AUDIT;
		peer->session.audit = audit;
		return;
	}
	if (seen)
		look_terminal(procfd, &self, peer);
}
