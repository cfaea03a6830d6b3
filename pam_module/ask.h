/*
 * Talking with the person through the application's conversation function,
 * which may be missing, refuse, or answer with less than it promised.
 */
#ifndef PAM_MODULE_ASK_H
#define PAM_MODULE_ASK_H

#include "base/err.h"
#include "base/msg.h"

#include <security/pam_modules.h>
#include <stdbool.h>

/* Is there a conversation function at all? */
bool ask_possible(pam_handle_t *pamh);

/*
 * Ask one question.  BH_ERR_REFUSED if no answer came, whatever the reason.
 * An answer of length 0 is one; of one longer than MSG_ANSWER_MAX only that
 * fact is kept.  The application's copy is wiped and freed; m->answer is the
 * caller's.
 */
enum bh_err ask_question(pam_handle_t *pamh, bool echo, const char *text,
    struct msg_answer *m) BH_CHECKED;

/* Show an error text; nothing is told if that fails. */
void ask_show_error(pam_handle_t *pamh, const char *text);

#endif
