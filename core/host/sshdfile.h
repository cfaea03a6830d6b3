/*
 * Laying the gate's settings into sshd's configuration and taking them out
 * again: text in, text out.
 */
#ifndef CORE_HOST_SSHDFILE_H
#define CORE_HOST_SSHDFILE_H

#include "base/err.h"

#include <stdbool.h>

#define SSHDFILE_FOLDER	 "/etc/ssh/sshd_config.d"
#define SSHDFILE_DROP_IN SSHDFILE_FOLDER "/00-bulkhead.conf"

/* Does the configuration Include the folder's *.conf before it says anything
 * else (machine accounts' Include apart)?  Then a drop-in is heard first. */
bool sshdfile_reads_folder(const char *text);

/*
 * A method list that asks for a code besides what was asked for up to now.
 * was: the value of AuthenticationMethods as sshd -T prints it ("any" or NULL:
 * not set); key, password: are these taken now.  *newp: the value to set, or
 * NULL where each list asks PAM already.
 */
enum bh_err sshdfile_methods(
    const char *was, bool key, bool password, char **newp) BH_CHECKED;

/* The settings themselves, with the two lines that mark them. */
enum bh_err sshdfile_block(const char *methods, char **blockp) BH_CHECKED;

/* The block above everything but a leading Include of machine accounts. */
enum bh_err sshdfile_gate(
    const char *text, const char *block, char **newp) BH_CHECKED;

/* The text without blocks. */
enum bh_err sshdfile_ungate(const char *text, char **newp) BH_CHECKED;

#endif
