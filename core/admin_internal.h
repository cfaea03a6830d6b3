/*
 * What the files of administration share: one operation at work.  Nobody else
 * includes it.
 */
#ifndef CORE_ADMIN_INTERNAL_H
#define CORE_ADMIN_INTERNAL_H

#include "base/log.h"
#include "core/admin.h"
#include "core/digest.h"
#include "core/event.h"
#include "core/factor.h"

#define OP_DIGEST_HEX  (2 * MODEL_DIGEST_LEN)
#define OP_ERROR_MAX   512
#define OP_LINE_MAX    1024
#define OP_CHANGED_MAX 2

enum op_exit { OP_NO = 1, OP_USAGE = 2, OP_FAILED = 3 };

struct op {
	struct admin *a;
	const struct admin_actor *actor;
	const struct now *now;
	json_t *in;
	json_t *out; /* the reply, "ok" is put in at the end */
	int exit;    /* 0, or why the reply says no */
	bool keep;   /* commit although the reply says no */
	char error[OP_ERROR_MAX];
	char line[OP_LINE_MAX]; /* the last record, for the log */
	enum log_level level;	/* of that line; 0: a notice */
	char name[24];		/* of an actor that is not root */
	uint64_t changed[OP_CHANGED_MAX];
	size_t n_changed;
};

/* Say no: what, where, what to do.  Returns BH_ERR_REFUSED. */
enum bh_err op_refuse(struct op *o, enum op_exit code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4))) BH_CHECKED;

/* Members of the request; the table of operations has checked their types.
 * NULL or the default if absent. */
const char *op_text(const struct op *o, const char *key);
uint64_t op_number(const struct op *o, const char *key, uint64_t unset);
bool op_flag(const struct op *o, const char *key);

/* Put a value into an object; takes it.  BH_ERR_NOMEM if it is NULL. */
enum bh_err op_put(json_t *object, const char *key, json_t *value) BH_CHECKED;
/* Numbers, times (0 gives null) and texts, NULL gives null. */
json_t *op_int(uint64_t v);
json_t *op_time(uint64_t t_s);
json_t *op_string(const char *s);
json_t *op_hex(const uint8_t *p, size_t len);

/* The i-th element of a list of digests or of entries, which the table of
 * operations has checked. */
void op_digest(const json_t *list, size_t i, struct digest *d);
/* The kind of that word; 0: none. */
enum digest_kind op_digest_kind(const char *word);

/* The account that "login" names, the token that "id" names; each refuses if
 * there is none. */
enum bh_err op_account(struct op *o, struct account *a) BH_CHECKED;
enum bh_err op_token(
    struct op *o, struct token *t, struct account *a) BH_CHECKED;

/* Begin a record: action, actor, note and ticket of the request. */
void op_event(struct op *o, const char *action, struct event *e);
void op_event_token(
    struct event *e, const struct account *a, const struct token *t);
/* Append it. */
enum bh_err op_record(struct op *o, struct event *e) BH_CHECKED;

/* The account's grants and throttle go once this is committed; what is only
 * in memory of its attempts is written now. */
enum bh_err op_changed(struct op *o, struct account *a) BH_CHECKED;

/* admin_person.c */
enum bh_err op_person_add(struct op *o) BH_CHECKED;
enum bh_err op_person_list(struct op *o) BH_CHECKED;
/* admin_account.c */
enum bh_err op_account_add(struct op *o) BH_CHECKED;
enum bh_err op_account_list(struct op *o) BH_CHECKED;
enum bh_err op_account_show(struct op *o) BH_CHECKED;
enum bh_err op_account_remove(struct op *o) BH_CHECKED;
enum bh_err op_unlock(struct op *o) BH_CHECKED;
/* admin_session.c */
enum bh_err op_session_through(struct op *o) BH_CHECKED;
enum bh_err op_gate_change(struct op *o) BH_CHECKED;
/* admin_enroll.c */
enum bh_err op_enroll(struct op *o) BH_CHECKED;
/* admin_manifest.c */
enum bh_err op_manifest_identity(struct op *o) BH_CHECKED;
enum bh_err op_manifest_serial(struct op *o) BH_CHECKED;
enum bh_err op_manifest_digests(struct op *o) BH_CHECKED;
enum bh_err op_manifest_list(struct op *o) BH_CHECKED;
enum bh_err op_listed(struct op *o) BH_CHECKED;
/* Say no unless this host's realm is of that class; what: "no manifest is imported" .... */
enum bh_err op_class(
    struct op *o, enum realm_class c, const char *what) BH_CHECKED;
json_t *op_source_value(const struct manifest_source *m);
/* admin_import.c */
enum bh_err op_manifest_source(struct op *o) BH_CHECKED;
enum bh_err op_manifest_begin(struct op *o) BH_CHECKED;
enum bh_err op_manifest_stage(struct op *o) BH_CHECKED;
enum bh_err op_manifest_collisions(struct op *o) BH_CHECKED;
enum bh_err op_manifest_activate(struct op *o) BH_CHECKED;
enum bh_err op_manifest_refuse(struct op *o) BH_CHECKED;
/* admin_token.c */
enum bh_err op_token_list(struct op *o) BH_CHECKED;
enum bh_err op_token_confirm(struct op *o) BH_CHECKED;
enum bh_err op_token_resync(struct op *o) BH_CHECKED;
enum bh_err op_token_revoke(struct op *o) BH_CHECKED;
/* Revoke *t inside the transaction and record it. */
enum bh_err op_revoke(struct op *o, struct account *a, struct token *t,
    const char *reason) BH_CHECKED;
json_t *op_token_value(const struct token *t, const char *login);
/* admin_machine.c */
enum bh_err op_machine_add(struct op *o) BH_CHECKED;
enum bh_err op_machine_list(struct op *o) BH_CHECKED;
enum bh_err op_machine_revoke(struct op *o) BH_CHECKED;
/* admin_password.c */
enum bh_err op_password_set(struct op *o) BH_CHECKED;
enum bh_err op_password_check(struct op *o) BH_CHECKED;
/* admin_realm.c */
enum bh_err op_ping(struct op *o) BH_CHECKED;
enum bh_err op_status(struct op *o) BH_CHECKED;
enum bh_err op_key_rotate(struct op *o) BH_CHECKED;
enum bh_err op_store_accept(struct op *o) BH_CHECKED;
enum bh_err op_store_backup(struct op *o) BH_CHECKED;
enum bh_err op_store_backup_remove(struct op *o) BH_CHECKED;
enum bh_err op_clock_accept(struct op *o) BH_CHECKED;
enum bh_err op_ledger_show(struct op *o) BH_CHECKED;

#endif
