/*
 * /etc/bulkhead/bulkhead.conf: one table of typed rows gives the parser, the
 * defaults, `config show`, the man page's check and the fuzzer's dictionary.
 */
#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include "base/err.h"
#include "core/model.h"
#include "core/netaddr.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_PATH	    "/etc/bulkhead/bulkhead.conf"
#define CONFIG_TEXT_MAX	    512
#define CONFIG_NETS_MAX	    64
#define CONFIG_UIDS_MAX	    16
#define CONFIG_SERVICES_MAX 16
#define CONFIG_FRESHNESS_MAX_S 3600

enum require { REQUIRE_ANY = 1, REQUIRE_KNOWLEDGE = 2 };

struct net_list {
	size_t n;
	struct netaddr net[CONFIG_NETS_MAX];
};

/* The [policy] keys; a [service NAME] section overrides any of them. */
struct policy {
	uint32_t factors;	/* bit 1 << enum factor_kind */
	enum require require;
	uint32_t otp_window;	/* 0..2 */
	uint32_t hotp_ahead;	/* 1..100 */
	uint32_t lock_after;	/* 4..10 */
	uint64_t lock_for_s;	/* 1800..86400*30 */
	uint64_t freshness_s;	/* 0..CONFIG_FRESHNESS_MAX_S */
	struct net_list sources;
	struct net_list forbidden_sources;
};

struct service_policy {
	char service[MODEL_NAME_MAX + 1];
	struct policy policy;
};

struct config {
	/* [realm] */
	char realm[MODEL_NAME_MAX + 1];
	enum realm_class realm_class;
	bool single_administrator;
	/* [gate] */
	char socket[PATH_MAX];
	char admin[PATH_MAX];
	char store[CONFIG_TEXT_MAX];  /* sqlite:PATH */
	char anchor[PATH_MAX];
	char key[CONFIG_TEXT_MAX];    /* file:PATH or credential:NAME */
	size_t n_uids;
	uint32_t allow_uids[CONFIG_UIDS_MAX];
	/* [policy], [service ...] */
	struct policy policy;
	size_t n_services;
	struct service_policy service[CONFIG_SERVICES_MAX];
	/* [ledger], [alarm], [emergency] */
	uint64_t checkpoint_every_s;
	uint64_t manifest_max_age_s;
	char alarm_exec[PATH_MAX];
	char emergency_path[CONFIG_TEXT_MAX];
};

/*
 * Read and check a file.  An unknown section or key, a duplicate, a bad value,
 * a NUL, a byte order mark, a line too long: BH_ERR_CONFIG, and *whyp (the
 * caller's to free) says "FILE:LINE: what and what to do".  A file that is not
 * a plain file, or that group or others may write: BH_ERR_UNSAFE.  [realm] name
 * and class must be there; all else has a default, some by class.
 * config_parse_fd reads from a descriptor; name is for messages.
 */
enum bh_err config_load(const char *path, struct config **cp,
    char **whyp) BH_CHECKED;
enum bh_err config_parse_fd(int fd, const char *name, struct config **cp,
    char **whyp) BH_CHECKED;
void config_free(struct config *c); /* NULL is accepted */

/* The policy for a PAM service; sudo speaks for sudo-i too, su for su-l. */
const struct policy *config_policy(const struct config *c,
    const char *service);

/*
 * BH_ERR_CONFIG if next changes what only a restart may change: realm, class,
 * sockets, store, anchor, key, allow_uids; *whyp as above.
 */
enum bh_err config_reload_ok(const struct config *now,
    const struct config *next, char **whyp) BH_CHECKED;

/*
 * One line for `config show`: section, key, value as it would be written, and
 * where it comes from: "default", "default for backup", or "FILE:LINE".  Row i
 * from 0; false behind the last.  The texts live as long as *c.
 */
struct config_row {
	const char *section;
	const char *key;
	const char *value;
	const char *origin;
};
bool config_row(const struct config *c, size_t i, struct config_row *rowp);

/* The table itself: every key with its help, for pages and checks. */
struct config_key {
	const char *section;
	const char *key;
	const char *type;	  /* as in the manual: "duration, 30m..30d" */
	const char *default_text; /* as in the manual */
	const char *help;
};
const struct config_key *config_keys(size_t *np);

/* "90", "30s", "15m", "2h", "7d" into seconds, within min..max. */
enum bh_err config_duration(const char *s, uint64_t min, uint64_t max,
    uint64_t *secondsp) BH_CHECKED;
/* Plain decimal within min..max; no sign, no space, no leading zeros. */
enum bh_err config_uint(const char *s, uint64_t min, uint64_t max,
    uint64_t *valuep) BH_CHECKED;

#endif
