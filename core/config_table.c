/*
 * The keys of bulkhead.conf, one row each.
 */
#include "core/config_table.h"

#include <stddef.h>

#define MINUTE_S 60u
#define HOUR_S	 3600u
#define DAY_S	 86400u

#define IN_CONFIG(field)                       \
	.offset = offsetof(struct config, field), \
	.size = sizeof(((struct config *)NULL)->field)
#define IN_POLICY(field)                       \
	.offset = offsetof(struct policy, field), \
	.size = sizeof(((struct policy *)NULL)->field)

const struct config_rule config_rules[] = {
	{
	    .doc = {"realm", "name", "a name: a-z A-Z 0-9 . _ -, up to 64",
		"none, must be set", "name of the realm this host belongs to"},
	    .type = &config_type_name,
	    IN_CONFIG(realm),
	},
	{
	    .doc = {"realm", "class", "production or backup",
		"none, must be set", "what the realm holds"},
	    .type = &config_type_class,
	    IN_CONFIG(realm_class),
	},
	{
	    .doc = {"realm", "single_administrator", "yes or no", "no",
		"no second person can approve; said in every report"},
	    .type = &config_type_bool,
	    IN_CONFIG(single_administrator),
	    .preset = "no",
	},
	{
	    .doc = {"gate", "socket", "an absolute path, up to 107 bytes",
		"/run/bulkhead/gate.sock", "where logins ask"},
	    .type = &config_type_socket,
	    IN_CONFIG(socket),
	    .preset = "/run/bulkhead/gate.sock",
	},
	{
	    .doc = {"gate", "admin", "an absolute path, up to 107 bytes",
		"/run/bulkhead/admin.sock", "where bulkhead(8) asks"},
	    .type = &config_type_socket,
	    IN_CONFIG(admin),
	    .preset = "/run/bulkhead/admin.sock",
	},
	{
	    .doc = {"gate", "store", "sqlite: and an absolute path",
		"sqlite:/var/lib/bulkhead/store.db", "everything that lasts"},
	    .type = &config_type_store,
	    IN_CONFIG(store),
	    .preset = "sqlite:/var/lib/bulkhead/store.db",
	},
	{
	    .doc = {"gate", "anchor", "an absolute path",
		"/var/lib/bulkhead-anchor/head",
		"head of the ledger, against a store set back"},
	    .type = &config_type_path,
	    IN_CONFIG(anchor),
	    .preset = "/var/lib/bulkhead-anchor/head",
	},
	{
	    .doc = {"gate", "key",
		"file: and an absolute path, or credential: and a name",
		"file:/etc/bulkhead/realm.key", "the key of the store"},
	    .type = &config_type_keyfile,
	    IN_CONFIG(key),
	    .preset = "file:/etc/bulkhead/realm.key",
	},
	{
	    .doc = {"gate", "allow_uids",
		"a list of up to 16 user ids, 1..4294967294", "empty",
		"callers that are not root"},
	    .type = &config_type_uids,
	    IN_CONFIG(n_uids),
	    .min = 1,
	    .max = UINT32_MAX - 1,
	    .preset = "",
	},
	{
	    .doc = {"policy", "factors",
		"a list of totp, hotp, yubikey, recovery",
		"totp, hotp, yubikey, recovery", "which kinds count"},
	    .type = &config_type_factors,
	    IN_POLICY(factors),
	    .preset = "totp, hotp, yubikey, recovery",
	},
	{
	    .doc = {"policy", "require", "any or knowledge",
		"any in class production, knowledge in class backup",
		"knowledge: a password is asked beside the code"},
	    .type = &config_type_require,
	    IN_POLICY(require),
	    .preset = "any",
	    .preset_backup = "knowledge",
	},
	{
	    .doc = {"policy", "otp_window", "a number, 0..2", "1",
		"steps each side of now at which a totp code counts"},
	    .type = &config_type_uint,
	    IN_POLICY(otp_window),
	    .min = 0,
	    .max = 2,
	    .preset = "1",
	},
	{
	    .doc = {"policy", "hotp_ahead", "a number, 1..100", "10",
		"counters ahead at which a hotp code counts"},
	    .type = &config_type_uint,
	    IN_POLICY(hotp_ahead),
	    .min = 1,
	    .max = 100,
	    .preset = "10",
	},
	{
	    .doc = {"policy", "lock_after", "a number, 4..10", "10",
		"wrong answers, in all shares together, that lock an account"},
	    .type = &config_type_uint,
	    IN_POLICY(lock_after),
	    .min = 4,
	    .max = 10,
	    .preset = "10",
	},
	{
	    .doc = {"policy", "lock_for", "a duration, 30m..30d", "30m",
		"how long a lock lasts"},
	    .type = &config_type_duration,
	    IN_POLICY(lock_for_s),
	    .min = 30 * MINUTE_S,
	    .max = 30 * DAY_S,
	    .preset = "30m",
	},
	{
	    .doc = {"policy", "freshness", "a duration, 0..1h",
		"15m in class production, 0 in class backup",
		"how long a grant serves later sudo and su of its session"},
	    .type = &config_type_duration,
	    IN_POLICY(freshness_s),
	    .min = 0,
	    .max = CONFIG_FRESHNESS_MAX_S,
	    .preset = "15m",
	    .preset_backup = "0",
	},
	{
	    .doc = {"policy", "sources",
		"a list of up to 64 addresses and networks", "empty: anywhere",
		"where logins may come from, for services with a peer"},
	    .type = &config_type_nets,
	    IN_POLICY(sources),
	    .preset = "",
	},
	{
	    .doc = {"policy", "forbidden_sources",
		"a list of up to 64 addresses and networks", "empty",
		"where logins must not come from, whatever sources says"},
	    .type = &config_type_nets,
	    IN_POLICY(forbidden_sources),
	    .preset = "",
	},
	{
	    .doc = {"ledger", "checkpoint_every", "a duration, 1m..15m", "15m",
		"how often the head of the ledger is signed"},
	    .type = &config_type_duration,
	    IN_CONFIG(checkpoint_every_s),
	    .min = MINUTE_S,
	    .max = 15 * MINUTE_S,
	    .preset = "15m",
	},
	{
	    .doc = {"ledger", "manifest_max_age", "a duration, 1h..365d", "7d",
		"age at which the other realm's manifest is a finding"},
	    .type = &config_type_duration,
	    IN_CONFIG(manifest_max_age_s),
	    .min = HOUR_S,
	    .max = 365 * DAY_S,
	    .preset = "7d",
	},
	{
	    .doc = {"alarm", "exec", "an absolute path, or empty", "empty",
		"program that gets each alarm as JSON on stdin"},
	    .type = &config_type_path,
	    IN_CONFIG(alarm_exec),
	    .preset = "",
	},
	{
	    .doc = {"emergency", "path",
		"console, or a text that names the rescue path", "empty",
		"the way in when the daemon can't run"},
	    .type = &config_type_text,
	    IN_CONFIG(emergency_path),
	    .preset = "",
	},
};

const size_t n_config_rules = nitems(config_rules);

_Static_assert(nitems(config_rules) <= CONFIG_RULES_MAX, "rules fit");
