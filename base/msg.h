/*
 * The messages of the gate socket, module <-> daemon (docs/protocol.md).
 * One SEQPACKET datagram is one message.  Each side encodes what it sends and
 * decodes what it gets here, so that both ends are read side by side.
 *
 *	module				daemon
 *	START --------------------->
 *	      <--------------------- PROMPT	(none, one or more)
 *	ANSWER or ABORT ----------->
 *	      <--------------------- VERDICT, then EOF
 *
 * START carries a random nonce that each reply repeats, so that no reply of
 * another conversation counts.
 */
#ifndef BASE_MSG_H
#define BASE_MSG_H

#include "base/buf.h"
#include "base/err.h"
#include "base/verdict.h"

#include <stdbool.h>
#include <stdint.h>

#define MSG_VERSION	 1
#define MSG_MAX		 32768 /* bytes in the longest message */
#define MSG_NONCE_LEN	 16
#define MSG_GRANT_LEN	 16
#define MSG_NAME_MAX	 256   /* bytes in a user's or host's name */
#define MSG_ANSWER_MAX	 512   /* bytes in an answer; longer is never right */
#define MSG_AUTHINFO_MAX 16384 /* bytes of SSH_AUTH_INFO_0 */
#define MSG_TEXT_MAX	 256   /* bytes in a prompt or a failure text */

enum msg_type {
	MSG_START = 1,
	MSG_PROMPT,
	MSG_ANSWER,
	MSG_ABORT,
	MSG_VERDICT,
};

/* Which PAM entry point asks. */
enum msg_phase {
	PHASE_AUTH = 1,	     /* pam_sm_authenticate */
	PHASE_ACCOUNT,	     /* pam_sm_acct_mgmt */
	PHASE_SESSION_OPEN,  /* pam_sm_open_session */
	PHASE_SESSION_CLOSE, /* pam_sm_close_session */
	PHASE_PASSWORD,	     /* pam_sm_chauthtok */
};

/* Bits of msg_start.flags. */
#define MSG_F_TRUNCATED                                                   \
	0x1u		   /* a value was too long for its field and cut: \
			      no account can match */
#define MSG_F_GRANT   0x2u /* grant[] holds a grant id */
#define MSG_F_NO_USER 0x4u /* NSS knows no user of this name: uid is 0 */
#define MSG_F_ALL     0x7u

/*
 * Who asks for what.  Strings are as PAM gives them, unchecked; "" = unset.
 * For a service where the caller is the subject (sudo, su) caller names the
 * account of the real uid; user is then the target, or what the service says.
 */
struct msg_start {
	uint8_t nonce[MSG_NONCE_LEN];
	enum msg_phase phase;
	uint32_t flags;
	uint32_t real_uid;		   /* getuid() of the caller */
	uint32_t user_uid;		   /* uid of user */
	char service[MSG_NAME_MAX + 1];	   /* PAM_SERVICE */
	char user[MSG_NAME_MAX + 1];	   /* PAM_USER */
	char caller[MSG_NAME_MAX + 1];	   /* account name of real_uid */
	char ruser[MSG_NAME_MAX + 1];	   /* PAM_RUSER */
	char rhost[MSG_NAME_MAX + 1];	   /* PAM_RHOST */
	char tty[MSG_NAME_MAX + 1];	   /* PAM_TTY */
	char realm[MSG_NAME_MAX + 1];	   /* realm= option of the module */
	char connection[MSG_NAME_MAX + 1]; /* SSH_CONNECTION, PAM environment */
	uint8_t grant[MSG_GRANT_LEN];
	char auth_info[MSG_AUTHINFO_MAX + 1]; /* SSH_AUTH_INFO_0, likewise;
						 last, since it is long */
};

struct msg_prompt {
	uint8_t nonce[MSG_NONCE_LEN];
	bool echo;
	char text[MSG_TEXT_MAX + 1];
};

/* What was typed; toolong: more than MSG_ANSWER_MAX bytes, answer is empty. */
struct msg_answer {
	bool toolong;
	struct buf *answer; /* owned by whoever holds the struct */
};

struct msg_verdict {
	uint8_t nonce[MSG_NONCE_LEN];
	enum verdict verdict;
	bool has_grant; /* grant[] is set (ALLOW only) */
	uint8_t grant[MSG_GRANT_LEN];
	char text[MSG_TEXT_MAX + 1]; /* to show on failure; "" = nothing */
};

/*
 * Encode into an empty buf of MSG_MAX bytes.  BH_ERR_FULL or BH_ERR_RANGE
 * if a value does not fit (callers cut names first: msg_set).
 */
enum bh_err msg_put_start(struct buf *b, const struct msg_start *m) BH_CHECKED;
enum bh_err msg_put_prompt(
    struct buf *b, const struct msg_prompt *m) BH_CHECKED;
enum bh_err msg_put_answer(
    struct buf *b, const struct msg_answer *m) BH_CHECKED;
enum bh_err msg_put_abort(struct buf *b) BH_CHECKED;
enum bh_err msg_put_verdict(
    struct buf *b, const struct msg_verdict *m) BH_CHECKED;

/* The type of a received message, its version checked; reads the header. */
enum bh_err msg_get_type(struct buf *b, enum msg_type *typep) BH_CHECKED;

/*
 * Decode the body after msg_get_type.  BH_ERR_INPUT or BH_ERR_RANGE for
 * anything malformed, unknown flags and trailing bytes included; *m is then
 * not to be used.  msg_get_answer allocates m->answer.
 */
enum bh_err msg_get_start(struct buf *b, struct msg_start *m) BH_CHECKED;
enum bh_err msg_get_prompt(struct buf *b, struct msg_prompt *m) BH_CHECKED;
enum bh_err msg_get_answer(struct buf *b, struct msg_answer *m) BH_CHECKED;
enum bh_err msg_get_abort(struct buf *b) BH_CHECKED;
enum bh_err msg_get_verdict(struct buf *b, struct msg_verdict *m) BH_CHECKED;

/*
 * Set a field of size bytes from src (NULL is ""); false if src was too
 * long: the field then holds its beginning and the caller sets
 * MSG_F_TRUNCATED.
 */
bool msg_set(char *field, size_t size, const char *src);

#endif
