/*
 * bulkheadd: the gate's daemon.
 */
#include "base/log.h"
#include "core/clock.h"
#include "daemon/carry.h"
#include "daemon/daemon.h"
#include "daemon/loop.h"
#include "daemon/notify.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#define EXIT_USAGE  2
#define EXIT_FAILED 3

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"foreground", no_argument, NULL, 'f'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static void
usage(FILE *to)
{
	(void)fputs("usage: bulkheadd [-c FILE] [--foreground]\n"
		    "\n"
		    "  -c, --config FILE  configuration (" CONFIG_PATH ")\n"
		    "  --foreground       log to standard error too\n"
		    "  --version          print the version\n"
		    "  --help             print this\n"
		    "\n"
		    "bulkheadd stays in the foreground either way; the service "
		    "manager looks after it.\n",
	    to);
}

/* -1: go on; else the exit code. */
static int
parse_arguments(int argc, char **argv, struct daemon *d)
{
	int c;

	while ((c = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			d->config_path = optarg;
			break;
		case 'f':
			d->foreground = true;
			break;
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		case 'V':
			(void)puts("bulkheadd " VERSION_TEXT);
			return EXIT_SUCCESS;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind != argc) {
		usage(stderr);
		return EXIT_USAGE;
	}
	return -1;
}

static void
say_ready(const struct daemon *d)
{
	log_set_stderr(d->foreground);
	log_msg(LOG_LEVEL_NOTICE, "ready: realm %s (%s)", d->config->realm,
	    class_name(d->config->realm_class));
	(void)puts("bulkheadd: ready");
	(void)fflush(stdout);
	notify_send(d->notify_fd, "READY=1");
}

/* The sums of denials, then the last record. */
static void
close_ledger(struct daemon *d)
{
	struct now now;
	enum bh_err e;

	clock_read(&now);
	if ((e = gate_tick(d->gate, &now)) != BH_OK ||
	    (e = record_event(d, "log.close", NULL)) != BH_OK)
		log_err(e, "record the end of the daemon");
}

static enum bh_err
serve(struct daemon *d)
{
	enum bh_err e;

	say_ready(d);
	e = loop_run(d);
	notify_send(d->notify_fd, "STOPPING=1");
	close_ledger(d);
	carry_save(d);
	log_msg(LOG_LEVEL_NOTICE, "stopped");
	return e;
}

int
main(int argc, char **argv)
{
	struct daemon d = {.config_path = CONFIG_PATH};
	enum bh_err e;
	int rv;

	admin_wipe_json();
	if ((rv = parse_arguments(argc, argv, &d)) != -1)
		return rv;
	e = startup_descriptors(&d);
	log_open("bulkheadd", true, true);
	if (e != BH_OK)
		log_err(e, "not started: descriptors given by LISTEN_FDS");
	else if ((e = startup_run(&d)) == BH_OK)
		e = serve(&d);
	startup_undo(&d);
	log_close();
	return e == BH_OK ? EXIT_SUCCESS : EXIT_FAILED;
}
