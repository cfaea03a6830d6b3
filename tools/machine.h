/*
 * Machine accounts on this host: sshd's two files of each, the unix account
 * and its quota.  A machine is a row of machine.list (core/admin_machine.c).
 */
#ifndef TOOLS_MACHINE_H
#define TOOLS_MACHINE_H

#include "base/err.h"
#include "core/host/sshd.h"

#include "tools/command.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MACHINE_FOLDER	"/etc/ssh/bulkhead.d"
#define MACHINE_INCLUDE "Include " MACHINE_FOLDER "/*.conf"

enum machine_file { MACHINE_KEYS = 0, MACHINE_BLOCK };

/* Its path, in memory of the caller's. */
#define MACHINE_PATH 160
const char *machine_path(
    const char *login, enum machine_file file, char path[MACHINE_PATH]);

/* The text of its block, and the options before its key; the caller's to
 * free, NULL: no memory. */
char *machine_block(const json_t *m);
char *machine_options(const json_t *m);

/*
 * Write both files, key is "type base64"; remove them.  Each file is whole or
 * not there at any moment; 0644 root.  Errors have set errno; BH_ERR_UNSAFE if
 * others than root may write into the folder.
 * machine_lock keeps another run of the tool out; the descriptor is the
 * caller's to close.
 */
enum bh_err machine_lock(int *fdp) BH_CHECKED;
enum bh_err machine_files_write(int fd, const json_t *m, const char *key) BH_CHECKED;
enum bh_err machine_files_remove(int fd, const char *login) BH_CHECKED;

/* What is found of one machine account: a sentence. */
typedef void (*machine_finding)(
    void *arg, const char *login, const char *what);

/* Can the unix account be a machine's?  False, and why (a sentence). */
bool machine_account_ok(const char *login, char *why, size_t size);

/* Block, key file and what takes effect in sshd against the register's row
 * of one machine account in force. */
enum bh_err machine_check_one(struct sshd_host *h, const json_t *m,
    machine_finding found, void *arg) BH_CHECKED;

/* All of them, files that belong to none, and the folder.  A host without
 * sshd is a finding for each account in force. */
enum bh_err machine_check(
    const json_t *machines, machine_finding found, void *arg) BH_CHECKED;

/*
 * The kernel's limit in bytes for a user where path lies.
 * get: BH_ERR_NOTFOUND if quotas are not on there; 0 is no limit.
 */
enum bh_err machine_quota_get(
    const char *path, uid_t uid, uint64_t *bytesp) BH_CHECKED;
enum bh_err machine_quota_set(
    const char *path, uid_t uid, uint64_t bytes) BH_CHECKED;

/* Does the command limit itself (borg serve --storage-quota)? */
bool machine_quota_own(const char *command);

/* machine list: tools/machine_list.c */
int cmd_machine_list(struct invocation *inv);

#endif
