/*
 * One message, at most one response; each response is wiped and freed here.
 */
#include "pam_module/ask.h"

#include <security/pam_appl.h>
#include <stdlib.h>
#include <string.h>

static const struct pam_conv *
conversation(pam_handle_t *pamh)
{
	const void *item = NULL;
	const struct pam_conv *conv;

	if (pam_get_item(pamh, PAM_CONV, &item) != PAM_SUCCESS)
		return NULL;
	conv = item;
	return conv != NULL && conv->conv != NULL ? conv : NULL;
}

static void
response_free(struct pam_response *response)
{
	if (response == NULL)
		return;
	if (response->resp != NULL)
		secret_wipe(response->resp, strlen(response->resp));
	free(response->resp);
	free(response);
}

/*
 * One round.  What the application left in the response on an error is not
 * looked at: it may point anywhere.
 */
static enum bh_err
converse(pam_handle_t *pamh, int style, const char *text,
    struct pam_response **responsep)
{
	char line[MSG_TEXT_MAX + 1];
	const struct pam_message message = {.msg_style = style, .msg = line};
	const struct pam_message *messages = &message;
	struct pam_response *response = NULL;
	const struct pam_conv *conv;
	size_t i;

	if ((conv = conversation(pamh)) == NULL)
		return BH_ERR_REFUSED;
	(void)msg_set(line, sizeof(line), text);
	for (i = 0; line[i] != '\0'; i++) {
		if (line[i] < ' ' || line[i] > '~')
			line[i] = '?'; /* a terminal must not obey it */
	}
	if (conv->conv(1, &messages, &response, conv->appdata_ptr) !=
	    PAM_SUCCESS)
		return BH_ERR_REFUSED;
	*responsep = response;
	return BH_OK;
}

/* Copy the answer out of the response. */
static enum bh_err
take_answer(const struct pam_response *response, struct msg_answer *m)
{
	size_t len;

	if (response == NULL || response->resp == NULL)
		return BH_ERR_REFUSED;
	len = strlen(response->resp);
	m->toolong = len > MSG_ANSWER_MAX;
	m->answer = buf_new_from(response->resp, m->toolong ? 0 : len);
	return m->answer != NULL ? BH_OK : BH_ERR_NOMEM;
}

bool
ask_possible(pam_handle_t *pamh)
{
	return conversation(pamh) != NULL;
}

enum bh_err
ask_question(
    pam_handle_t *pamh, bool echo, const char *text, struct msg_answer *m)
{
	struct pam_response *response = NULL;
	enum bh_err e;

	memset(m, 0, sizeof(*m));
	e = converse(pamh, echo ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF,
	    text, &response);
	if (e == BH_OK)
		e = take_answer(response, m);
	response_free(response);
	return e;
}

void
ask_show_error(pam_handle_t *pamh, const char *text)
{
	struct pam_response *response = NULL;

	if (converse(pamh, PAM_ERROR_MSG, text, &response) == BH_OK)
		response_free(response);
}
