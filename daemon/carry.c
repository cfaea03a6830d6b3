/*
 * From one daemon to the next.
 */
#include "daemon/carry.h"

#include "base/log.h"
#include "core/clock.h"
#include "daemon/notify.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CARRY_NAME "grants"

static int
make_file(const struct daemon *d)
{
	int fd = memfd_create(CARRY_NAME, MFD_CLOEXEC);

	if (fd == -1)
		log_msg(LOG_LEVEL_WARNING, "memory for the next daemon: %s",
		    strerror(errno));
	else
		notify_send_fd(
		    d->notify_fd, "FDSTORE=1\nFDNAME=" CARRY_NAME, fd);
	return fd;
}

void
carry_open(struct daemon *d)
{
	if (d->notify_fd == -1)
		return;
	d->carry_fd = listener_take_file(&d->inherited, CARRY_NAME);
	if (d->carry_fd == -1)
		d->carry_fd = make_file(d);
}

static enum bh_err
read_all(int fd, struct buf *b)
{
	ssize_t n;

	while ((n = pread(
		    fd, b->data + b->len, b->max - b->len, (off_t)b->len)) > 0)
		b->len += (size_t)n;
	return n == -1 ? err_from_errno(errno) : BH_OK;
}

static enum bh_err
write_all(int fd, const struct buf *b)
{
	size_t at = 0;
	ssize_t n;

	while (at < b->len) {
		n = pwrite(fd, b->data + at, b->len - at, (off_t)at);
		if (n == -1)
			return err_from_errno(errno);
		at += (size_t)n;
	}
	return BH_OK;
}

/* Empty, so that no grant comes back twice. */
static enum bh_err
clear(int fd)
{
	return ftruncate(fd, 0) == -1 ? err_from_errno(errno) : BH_OK;
}

void
carry_load(struct daemon *d)
{
	struct buf *b = NULL;
	enum bh_err e = BH_OK;

	if (d->carry_fd == -1 || (b = buf_new(GATE_PUT_MAX)) == NULL)
		return;
	if ((e = read_all(d->carry_fd, b)) == BH_OK &&
	    (e = clear(d->carry_fd)) == BH_OK && b->len > 0)
		e = gate_get_grants(d->gate, b);
	if (e != BH_OK)
		log_err(e, "the logins that the last daemon left were not "
			   "taken over");
	buf_free(b);
}

void
carry_save(struct daemon *d)
{
	struct buf *b = NULL;
	struct now now;
	enum bh_err e;

	if (d->carry_fd == -1 || (b = buf_new(GATE_PUT_MAX)) == NULL)
		return;
	clock_read(&now);
	if ((e = clear(d->carry_fd)) != BH_OK ||
	    (e = gate_put_grants(d->gate, &now, b)) != BH_OK ||
	    (e = write_all(d->carry_fd, b)) != BH_OK) {
		log_err(e, "leave the logins to the next daemon");
		if (clear(d->carry_fd) != BH_OK)
			log_msg(LOG_LEVEL_ERR, "they are left in part");
	}
	buf_free(b);
}
