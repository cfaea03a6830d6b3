/*
 * SIGHUP: another configuration, read through the folder that was opened
 * before the sandbox.  A bad file changes nothing.
 */
#include "daemon/daemon.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *
say(const char *path, const char *what)
{
	char *why = NULL;

	if (asprintf(&why, "%s: %s", path, what) == -1)
		return NULL;
	return why;
}

/* The same demands as at start-up, when root read it: ours is not root's. */
static enum bh_err
check_file(const struct daemon *d, int fd, char **whyp)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_from_errno(errno);
	if (S_ISREG(st.st_mode) &&
	    (st.st_uid == 0 || (!d->as_root && st.st_uid == d->uid)) &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return BH_OK;
	*whyp = say(d->config_path,
	    "must be a plain file of root that others can't write");
	return BH_ERR_UNSAFE;
}

static enum bh_err
read_next(const struct daemon *d, struct config **nextp, char **whyp)
{
	enum bh_err e;
	int fd;

	fd = openat(d->config_fd, d->config_name,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1) {
		e = err_from_errno(errno);
		*whyp = say(d->config_path, strerror(errno));
		return e;
	}
	if ((e = check_file(d, fd, whyp)) == BH_OK)
		e = config_parse_fd(fd, d->config_path, nextp, whyp);
	(void)close(fd);
	return e;
}

/* In force only if the record of it is. */
static enum bh_err
take_on(struct daemon *d, struct config *next)
{
	enum bh_err e;

	gate_set_config(d->gate, next);
	if ((e = record_event(d, "policy.change", d->config_path)) != BH_OK) {
		gate_set_config(d->gate, d->config);
		return e;
	}
	config_free(d->config);
	d->config = next;
	d->admin.config = next;
	return BH_OK;
}

void
reload(struct daemon *d)
{
	struct config *next = NULL;
	char *why = NULL;
	enum bh_err e;

	if ((e = read_next(d, &next, &why)) != BH_OK ||
	    (e = config_reload_ok(d->config, next, &why)) != BH_OK ||
	    (e = take_on(d, next)) != BH_OK) {
		log_msg(LOG_LEVEL_ERR,
		    "reload: the old configuration stays in force: %s",
		    why != NULL ? why : err_text(e));
		config_free(next);
	} else {
		log_msg(
		    LOG_LEVEL_NOTICE, "reload: %s is in force", d->config_path);
	}
	free(why);
}
