/*
 * What kinds of digests are called, in manifests and to people.
 */
#include "core/digest.h"

static const struct {
	const char *word, *name;
} kinds[DIGEST_KIND_COUNT] = {
    [DIGEST_OTP_KEY] = {"otp-key", "totp or hotp key"},
    [DIGEST_YUBIKEY_ID] = {"yubikey-id", "YubiKey public id"},
    [DIGEST_YUBIKEY_AES] = {"yubikey-aes", "YubiKey AES key"},
    [DIGEST_RECOVERY] = {"recovery", "batch of recovery codes"},
    [DIGEST_SSH_KEY] = {"ssh-key", "SSH key"},
    [DIGEST_SSH_CA] = {"ssh-ca", "SSH certificate authority"},
    [DIGEST_SSH_HOST] = {"ssh-host", "SSH host key"},
};

static bool
known(enum digest_kind kind)
{
	return kind >= DIGEST_OTP_KEY && kind < DIGEST_KIND_COUNT;
}

const char *
digest_kind_name(enum digest_kind kind)
{
	return known(kind) ? kinds[kind].name : "?";
}

const char *
digest_kind_word(enum digest_kind kind)
{
	return known(kind) ? kinds[kind].word : "?";
}
