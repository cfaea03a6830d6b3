/*
 * A manifest's document in parts, so that a test can change one.
 */
#ifndef TESTS_UNIT_MANIFEST_TEXT_H
#define TESTS_UNIT_MANIFEST_TEXT_H

#include "core/manifest.h"

#define KEY_1 "0101010101010101010101010101010101010101010101010101010101010101"
#define KEY_2 "0202020202020202020202020202020202020202020202020202020202020202"
#define OURS  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

#define FORMAT	  "\"format\":1,"
#define REALM	  "\"realm\":\"prod\","
#define HOST	  "\"host\":\"0123abcd\","
#define SERIAL	  "\"serial\":7,"
#define TIMES	  "\"created_s\":1700000000,\"expires_s\":1707776000,"
#define RECIPIENT "\"recipient\":\"" OURS "\","
#define OTHER_KINDS                                             \
	"\"yubikey-id\":[],\"yubikey-aes\":[],\"recovery\":[]," \
	"\"ssh-key\":[\"" KEY_1 "\"],\"ssh-ca\":[],\"ssh-host\":[]"
#define ENTRIES                                                               \
	"\"entries\":{\"otp-key\":[\"" KEY_1 "\",\"" KEY_2 "\"]," OTHER_KINDS \
	"},"
#define ACCOUNTS                                                 \
	"\"accounts\":[{\"login\":\"alice\",\"person\":\"P1\"}," \
	"{\"login\":\"root\",\"person\":\"\"}],"
#define NOTES "\"notes\":[\"sshd: a \\\"command\\\" gives keys\"]"
#define HEAD  FORMAT REALM HOST SERIAL TIMES RECIPIENT
#define WHOLE "{" HEAD ENTRIES ACCOUNTS NOTES "}"

/* Decode what must be a manifest, or fail. */
struct manifest *manifest_decoded(const void *text, size_t len);

/* What must be none: this error, and a sentence. */
void manifest_refused(
    const char *rule, const char *text, size_t len, enum bh_err want);

#endif
