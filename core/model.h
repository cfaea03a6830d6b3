/*
 * The nouns: person, account, token and what they are allowed to look like.
 */
#ifndef CORE_MODEL_H
#define CORE_MODEL_H

#include "base/err.h"
#include "core/attempts.h"
#include "core/netaddr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_NAME_MAX	 64  /* bytes in a person's id, an account, a realm */
#define MODEL_TEXT_MAX	 200 /* bytes in a free text: a person's name, a reason */
#define MODEL_PUBLIC_MAX 32  /* modhex characters of a YubiKey's public id */
#define MODEL_TOKENS_MAX 16  /* tokens of one account that are not revoked */
#define MODEL_SOURCES_MAX 8 /* known addresses of one account */
#define MODEL_SECRET_MIN 16  /* bytes: 128 bits (RFC 4226, 4: R6) */
#define MODEL_SECRET_MAX 512 /* bytes of any factor's secret */

enum realm_class { CLASS_PRODUCTION = 1, CLASS_BACKUP = 2 };

enum factor_kind {
	FACTOR_TOTP = 1,
	FACTOR_HOTP = 2,
	FACTOR_YUBIKEY = 3,
	FACTOR_RECOVERY = 4,
};

enum token_status {
	TOKEN_PENDING = 1, /* enrolled, not yet confirmed by a code */
	TOKEN_ACTIVE = 2,
	TOKEN_REVOKED = 3,
};

enum otp_hash { OTP_SHA1 = 1, OTP_SHA256 = 2, OTP_SHA512 = 3 };

/* One human.  Times are seconds since 1970 everywhere below. */
struct person {
	char id[MODEL_NAME_MAX + 1];
	char name[MODEL_TEXT_MAX + 1];
	uint64_t created_s;
};

/* One login name of one person, with its attempts. */
struct account {
	uint64_t id; /* given by the store, never used twice */
	char login[MODEL_NAME_MAX + 1];
	char person[MODEL_NAME_MAX + 1];
	uint64_t created_s;
	uint64_t last_login_s; /* last admitted login; 0 = never */
	struct attempts attempts;
	/* where logins were admitted from, the latest first; family 0 ends */
	struct netaddr source[MODEL_SOURCES_MAX];
};

/*
 * One credential.  state is what has been used up, and only ever grows:
 *   totp      highest accepted step + 1, and in the bits above 30 what was
 *             accepted while the clock was known to run ahead (otp.c)
 *   hotp      next counter (RFC 4226, 7.2)
 *   yubikey   (session counter << 8 | use) + 1 of the last accepted OTP
 *   recovery  one bit for each used code
 */
struct token {
	uint64_t id; /* given by the store, never used twice */
	uint64_t account_id;
	enum factor_kind kind;
	enum token_status status;
	enum otp_hash hash;   /* totp; hotp is SHA-1 (RFC 4226) */
	uint32_t digits;      /* totp, hotp: 6 or 8 */
	uint32_t period_s;    /* totp: 30 or 60 */
	bool weak;	      /* imported with less than 128 bits */
	char public_id[MODEL_PUBLIC_MAX + 1]; /* yubikey: modhex */
	uint64_t state;
	uint64_t created_s;
	uint64_t confirmed_s; /* 0 = not yet */
	uint64_t ended_s;     /* when it was revoked, 0 = not */
	uint64_t last_used_s; /* 0 = never */
};

/*
 * What two realms must not share, by what names it (core/digest.h).  The
 * numbers are in stores and never change their meaning.
 */
enum digest_kind {
	DIGEST_OTP_KEY = 1, /* a totp or hotp key as HMAC uses it */
	DIGEST_YUBIKEY_ID,  /* a YubiKey's public id */
	DIGEST_YUBIKEY_AES, /* its AES key */
	DIGEST_RECOVERY,    /* a batch of recovery codes */
	DIGEST_SSH_KEY,	    /* a public key that opens an account */
	DIGEST_SSH_CA,	    /* a key whose certificates do */
	DIGEST_SSH_HOST,    /* a host key */
	DIGEST_KIND_COUNT
};
#define MODEL_DIGEST_LEN 32

struct digest {
	enum digest_kind kind;
	uint8_t bytes[MODEL_DIGEST_LEN];
};

/* A production host whose manifests this backup realm imports. */
struct manifest_source {
	uint64_t id;
	char realm[MODEL_NAME_MAX + 1];
	char host[MODEL_NAME_MAX + 1];	  /* host id, hex */
	uint8_t signer[MODEL_DIGEST_LEN]; /* SHA-256 of its certificate */
	/* of the manifest in force; serial 0: there was none yet */
	uint64_t serial;
	uint64_t created_s;
	uint64_t expires_s;
	uint64_t imported_s;
	uint64_t entries;
	uint64_t quarantined; /* of them: collide, and deny nobody */
};

/* Where a digest is listed. */
struct listing {
	char realm[MODEL_NAME_MAX + 1];
	uint64_t created_s; /* of the manifest that lists it */
	bool quarantined;
};

#define MODEL_FROM_MAX	  8
#define MODEL_COMMAND_MAX 1000

/* An account of a program: one key, one command, some addresses, an end. */
struct machine {
	char login[MODEL_NAME_MAX + 1];
	char owner[MODEL_NAME_MAX + 1]; /* a person's id */
	char ticket[MODEL_TEXT_MAX + 1];
	char command[MODEL_COMMAND_MAX + 1]; /* ForceCommand */
	uint8_t key[MODEL_DIGEST_LEN];	     /* SHA-256 of the SSH key's blob */
	struct netaddr from[MODEL_FROM_MAX]; /* family 0 ends */
	uint64_t quota;			     /* bytes; 0 = none */
	uint64_t created_s;
	uint64_t expires_s;
	uint64_t ended_s; /* revoked; 0 = not */
};

/* 1..MODEL_NAME_MAX of a-z A-Z 0-9 . _ -, not starting with - or '.' . */
bool model_name_ok(const char *s);

/* 1..MODEL_TEXT_MAX bytes of UTF-8 without control characters. */
bool model_text_ok(const char *s);

/* Names of kinds, classes, hashes and statuses, as in commands and records;
 * the reverse gives BH_ERR_INPUT for a name that is none. */
const char *factor_name(enum factor_kind kind);
enum bh_err factor_from_name(const char *s, enum factor_kind *kindp) BH_CHECKED;
const char *class_name(enum realm_class c);
enum bh_err class_from_name(const char *s, enum realm_class *cp) BH_CHECKED;
const char *otp_hash_name(enum otp_hash h); /* SHA1 SHA256 SHA512 */
enum bh_err otp_hash_from_name(const char *s, enum otp_hash *hp) BH_CHECKED;
const char *token_status_name(enum token_status s);

#endif
