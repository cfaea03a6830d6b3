/*
 * What the files of bulkhead manifest share.
 */
#ifndef TOOLS_MANIFEST_H
#define TOOLS_MANIFEST_H

#include "core/crypto/cms.h"
#include "core/digest.h"
#include "core/host/keys.h"
#include "core/manifest.h"
#include "tools/command.h"

#include <jansson.h>

#define PRINT_TEXT 104 /* "SHA256 " and 32 bytes as "aa:" */

/* The commands of tools/manifest_export.c and tools/manifest_import.c. */
int cmd_manifest_export(struct invocation *inv);
int cmd_manifest_import(struct invocation *inv);

/*
 * The configuration, once this host's realm is found to be of that class, and
 * OpenSSL to be ready; what: why another class has no business here.  NULL:
 * reported, *codep is the command's.
 */
const struct config *manifest_ready(
    struct invocation *inv, enum realm_class c, const char *what, int *codep);

/* This realm's key pair, made by the daemon if there was none; the caller's to
 * free.  CLI_DONE, or it was reported. */
int manifest_identity(struct invocation *inv, struct identity **ip);

/* A certificate's SHA-256 as people compare it. */
const char *print_text(
    const uint8_t print[CRYPTO_HASH_LEN], char text[PRINT_TEXT]);

/* Digests of one accepted key; BH_ERR_INPUT if it is none. */
enum bh_err key_digests(const struct key_line *k,
    struct digest out[DIGEST_SSH_MAX], size_t *np) BH_CHECKED;

/* Read a digest as replies have it: [kind, hex, ...]; false: it is none. */
bool digest_read(const json_t *row, struct digest *d);

/* Cut to at most max bytes, at the end of a character. */
void text_cut(char *text, size_t max);

/* Append a text, any bytes, to a list of texts. */
void note_add(json_t *notes, const char *text);

/* A yes at the terminal.  BH_ERR_NOTFOUND: nobody there to ask. */
enum bh_err ask_yes(const char *question, bool *yesp) BH_CHECKED;

/*
 * What is wrong with manifests in force, a sentence each: none at all, one
 * that is too old or has expired, entries in quarantine.  sources as of the
 * operation manifest.list.
 */
json_t *manifest_findings(
    const struct config *config, const json_t *sources, uint64_t now_s);

#endif
