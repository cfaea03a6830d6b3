/*
 * One run of bulkhead: parse, do, clean up.
 */
#include "base/log.h"
#include "core/admin.h"
#include "tools/command.h"
#include "tools/output.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* Descriptors 0..2 must be open, or a store's file would become one of them
 * and take our messages (caller closed them). */
static bool
standard_descriptors(void)
{
	int fd;

	do {
		if ((fd = open("/dev/null", O_RDWR)) == -1)
			return false;
	} while (fd <= STDERR_FILENO);
	return close(fd) == 0;
}

const struct config *
inv_config(struct invocation *inv)
{
	char *why = NULL;
	enum bh_err e;

	if (inv->config != NULL)
		return inv->config;
	e = config_load(inv->config_path, &inv->config, &why);
	if (e != BH_OK)
		(void)out_fail(
		    inv, CLI_FAILED, "%s", why != NULL ? why : err_text(e));
	free(why);
	return inv->config;
}

int
command_main(int argc, char **argv)
{
	struct invocation inv;
	int code;

	if (!standard_descriptors())
		return CLI_FAILED;
	admin_wipe_json(); /* replies may hold secrets */
	(void)setlocale(LC_CTYPE, "");
	(void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write */
	log_open("bulkhead", false, true);
	if (command_parse(argc, argv, &inv, &code))
		code = inv.command->run(&inv);
	config_free(inv.config);
	if (fflush(stdout) != 0 && code == CLI_DONE)
		code = CLI_FAILED;
	log_close();
	return code;
}
