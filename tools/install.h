/*
 * Inside of bulkhead install, confirm and uninstall.
 *
 * All that is needed to finish or to go back lies in one file, INSTALL_STATE,
 * which is replaced as a whole and synced before a file of /etc is touched:
 *
 *	{"installed": [FILE...],	laid and confirmed
 *	 "pending": null or {		at work, or waiting for confirm
 *	   "id", "kind": "install" or "uninstall", "state": "laying" or "laid",
 *	   "boot", "deadline_ms", "laid_ticks", "files": [FILE...]}}
 *
 * FILE: {"path", "kind": "pam" or "sshd", "before": SIDE, "after": SIDE}.
 * SIDE: null (no such file), or bytes (hexadecimal), mode, owner, time and
 * extended attributes.
 */
#ifndef TOOLS_INSTALL_H
#define TOOLS_INSTALL_H

#include "core/host/sshd.h"
#include "tools/command.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INSTALL_FOLDER	 "/var/lib/bulkhead-install"
#define INSTALL_STATE	 INSTALL_FOLDER "/state"
#define INSTALL_STAGED	 INSTALL_FOLDER "/sshd_config.staged"
#define INSTALL_WHY	 512
#define INSTALL_PAM	 "/etc/pam.d"
#define INSTALL_PAM_DIST "/usr/lib/pam.d" /* what a distribution ships */

/* Why something could not be done: a sentence for a person. */
struct install_why {
	char text[INSTALL_WHY];
};
void install_because(struct install_why *why, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* install_file.c: one file of this host as a SIDE, and back. */

/* BH_ERR_UNSAFE: no plain file.  BH_ERR_FULL: too long.  The path is one that
 * install_resolve gave.  A file that is not there is JSON's null. */
enum bh_err install_read(const char *path, json_t **sidep) BH_CHECKED;
/* Where a file really lies; it must be below /etc.  *realp is the caller's.
 * BH_ERR_NOTFOUND: there is none.  BH_ERR_UNSAFE: elsewhere. */
enum bh_err install_resolve(const char *path, char **realp) BH_CHECKED;
/*
 * Make the file what the SIDE says, at once: a new file beside it, synced, in
 * its place.  keep_time: with the SIDE's own time.
 */
enum bh_err install_put(
    const char *path, const json_t *side, bool keep_time) BH_CHECKED;
/* Remove what an install_put that was cut short has left. */
void install_sweep(const char *path);
/* The bytes as text, the caller's to free; NULL: no memory, or a NUL in it. */
char *install_text(const json_t *side);

/* Is a file of that path among them? */
bool install_has_file(const json_t *files, const char *path);
/* A SIDE with other bytes. */
json_t *install_side(const json_t *like, const char *text);
/* What is wanted, with the mode, owner and attributes that somebody has given
 * the file since it was left so. */
json_t *install_held(const json_t *want, const json_t *left, const json_t *now);
/* The same bytes; and the same mode, owner, time and attributes? */
bool install_same_bytes(const json_t *a, const json_t *b);
bool install_same(const json_t *a, const json_t *b);
/* FILE's text without the gate's lines; "kind" says how. */
enum bh_err install_ungate(
    const char *kind, const char *text, char **newp) BH_CHECKED;

/* install_state.c: the state file, under its lock. */

/*
 * Take the lock (wait: until it is free; else BH_ERR_BUSY) and read the state.
 * *statep: an empty one where there is none; install_unlock closes *lockp.
 */
enum bh_err install_open(
    bool wait, int *lockp, json_t **statep, struct install_why *why) BH_CHECKED;
void install_unlock(int lock);
/* Write and sync it; an empty one removes the folder. */
enum bh_err install_save(const json_t *state) BH_CHECKED;
/* NULL: none. */
json_t *install_pending(const json_t *state);
/* Is it over: never laid whole, another boot, or past its time? */
bool install_expired(const json_t *pending);
uint64_t install_boot_ms(void);
const char *install_boot_id(void);

/* install_plan.c: what would be changed. */

struct install_plan {
	json_t *files;	   /* FILE... */
	json_t *gated;	   /* services that have the gate afterwards */
	json_t *not_gated; /* there, and left out by --services */
	char *block;	   /* sshd's settings; NULL: nothing to set */
};
/* services: "sshd,su", NULL for all.  CLI_DONE, or reported. */
int install_plan(struct invocation *inv, const char *services,
    struct sshd_host *h, struct install_plan *p);
/* FILEs that take the gate out again: those of the state, and any other with
 * a marked line. */
int install_plan_out(
    struct invocation *inv, const json_t *state, json_t **filesp);
void install_plan_free(struct install_plan *p);

/* install_rules.c: may it be? */
int install_allowed(
    struct invocation *inv, struct sshd_host *h, const struct install_plan *p);
/* Can somebody who knows it use this account's password? */
bool install_has_password(const char *login);

/* install_notes.c: whom it changes something for, as sentences.  CLI_DONE, or
 * reported. */
int install_notes(struct invocation *inv, struct sshd_host *h, json_t *notes);

/* install_check.c: is it so, once the files are changed?  CLI_DONE, or
 * reported. */
int install_check_sshd(struct invocation *inv, const struct install_plan *p);
/* doctor's whole round; how many ways past the gate it knows. */
int install_check_gate(struct invocation *inv, const struct install_plan *p,
    size_t *bypassesp, size_t *unknownp);

/* install_lay.c: changing the files, and back. */

/* Each FILE from before to after; one that is not as before stops it. */
enum bh_err install_lay(
    const json_t *files, const char *kind, struct install_why *why) BH_CHECKED;
/* sshd -t, then reload; no sshd is fine. */
enum bh_err install_reload(struct install_why *why) BH_CHECKED;
/*
 * Bring what is pending to the side without it (an install back, an uninstall
 * to its end), reload sshd, and forget it.  A file that somebody has changed
 * since loses our lines alone; each such is a sentence in notes.
 */
enum bh_err install_undo(
    json_t *state, json_t *notes, struct install_why *why) BH_CHECKED;
/* What is pending holds from now on. */
enum bh_err install_keep(json_t *state) BH_CHECKED;

/* install_watch.c: the process that puts it back. */

/*
 * Start it; it outlives the terminal.  *tellp: it undoes at once when this end
 * is closed before install_watch_armed was called.
 */
enum bh_err install_watch(const char *id, int *tellp) BH_CHECKED;
enum bh_err install_watch_armed(
    int tell, const char *id, uint64_t within_s) BH_CHECKED;
/* What the process does, and the job at a boot: CLI_DONE, or reported. */
int install_finish(struct invocation *inv);

/* install_session.c: CLI_DONE: this command was given in a session that came
 * through the gate after that moment; *loginp the account, to be freed. */
int install_proof(struct invocation *inv, uint64_t laid_ticks, char **loginp);
uint64_t install_ticks(void);

/*
 * A record of it in the ledger: "laid", "confirmed", "put-back", "removed".
 * login and services (texts) may be NULL.  Best effort: what is done is done,
 * and a daemon that is down must not keep the gate in.
 */
void install_record(struct invocation *inv, const char *what, const char *login,
    const json_t *services);

/* cmd_uninstall.c */
int cmd_confirm(struct invocation *inv);
int cmd_uninstall(struct invocation *inv);
/* The diffs of FILEs on stdout, and into changes; CLI_DONE, or reported. */
int install_show(struct invocation *inv, const json_t *files, json_t *changes);
/* Ask, unless --yes; CLI_DONE: go on. */
int install_ask(struct invocation *inv, const char *question);

#endif
