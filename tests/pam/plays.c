/*
 * The scripts of the peers.
 */
#include "tests/pam/plays.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROMPT "One-time code: "
#define ALLOW  ((uint32_t)VERDICT_ALLOW)
#define DENY   ((uint32_t)VERDICT_DENY)
#define TYPE   1 /* offsets into a message */
#define NONCE  2

static void
allow(struct talk *t)
{
	talk_verdict(t, ALLOW, true, "");
}

void
play_allow(struct talk *t)
{
	if (!talk_start(t))
		return;
	allow(t);
	atomic_fetch_add(&t->report->allows, 1);
}

void
play_deny(struct talk *t)
{
	if (talk_start(t))
		talk_verdict(t, DENY, false, "Access denied.");
}

static void
allow_no_grant(struct talk *t)
{
	if (talk_start(t))
		talk_verdict(t, ALLOW, false, "");
}

static void
allow_hang(struct talk *t)
{
	if (!talk_start(t))
		return;
	allow(t);
	talk_wait_closed(t);
}

static void
allow_second(struct talk *t)
{
	if (!talk_start(t))
		return;
	allow(t);
	talk_send(t, "x", 1);
}

static void
allow_twice(struct talk *t)
{
	if (!talk_start(t))
		return;
	allow(t);
	allow(t);
}

static void
allow_empty_hang(struct talk *t)
{
	if (!talk_start(t))
		return;
	allow(t);
	talk_send(t, "", 0);
	talk_wait_closed(t);
}

static void
deny_allow(struct talk *t)
{
	if (!talk_start(t))
		return;
	talk_verdict(t, DENY, false, "Access denied.");
	allow(t);
}

static void
deny_grant(struct talk *t)
{
	if (talk_start(t))
		talk_verdict(t, DENY, true, "");
}

static void
garbage(struct talk *t)
{
	uint8_t bytes[600];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 197 + 89);
	if (talk_start(t))
		talk_send(t, bytes, sizeof(bytes));
}

static void
empty(struct talk *t)
{
	if (talk_start(t))
		talk_send(t, "", 0);
}

/* A right ALLOW, changed by how before it is sent. */
static void
spoiled(struct talk *t, void (*how)(uint8_t *bytes, size_t *lenp))
{
	uint8_t *bytes = calloc(1, 2 * MSG_MAX);
	size_t len;

	if (bytes == NULL)
		abort();
	if (talk_start(t)) {
		len = talk_encode(t, ALLOW, true, "", bytes, MSG_MAX);
		how(bytes, &len);
		talk_send(t, bytes, len);
	}
	free(bytes);
}

static void
cut_one(uint8_t *bytes, size_t *lenp)
{
	(void)bytes;
	*lenp -= 1;
}

static void
cut_all(uint8_t *bytes, size_t *lenp)
{
	(void)bytes;
	*lenp = 1;
}

static void
add_one(uint8_t *bytes, size_t *lenp)
{
	(void)bytes;
	*lenp += 1;
}

static void
add_much(uint8_t *bytes, size_t *lenp)
{
	(void)bytes;
	*lenp = MSG_MAX + 1;
}

static void
old_version(uint8_t *bytes, size_t *lenp)
{
	(void)lenp;
	bytes[0] = MSG_VERSION - 1;
}

static void
new_version(uint8_t *bytes, size_t *lenp)
{
	(void)lenp;
	bytes[0] = MSG_VERSION + 1;
}

static void
wrong_type(uint8_t *bytes, size_t *lenp)
{
	(void)lenp;
	bytes[TYPE] = MSG_ANSWER;
}

static void
wrong_nonce(uint8_t *bytes, size_t *lenp)
{
	(void)lenp;
	bytes[NONCE + MSG_NONCE_LEN - 1] ^= 1;
}

static void
one_short(struct talk *t)
{
	spoiled(t, cut_one);
}

static void
all_short(struct talk *t)
{
	spoiled(t, cut_all);
}

static void
one_more(struct talk *t)
{
	spoiled(t, add_one);
}

static void
too_long(struct talk *t)
{
	spoiled(t, add_much);
}

static void
version_old(struct talk *t)
{
	spoiled(t, old_version);
}

static void
version_new(struct talk *t)
{
	spoiled(t, new_version);
}

static void
type_wrong(struct talk *t)
{
	spoiled(t, wrong_type);
}

static void
nonce_wrong(struct talk *t)
{
	spoiled(t, wrong_nonce);
}

/* The first connection's ALLOW, which nobody waited for, to all others. */
static void
replay(struct talk *t)
{
	if (!talk_start(t))
		return;
	if (t->number == 0)
		t->oldlen =
		    talk_encode(t, ALLOW, true, "", t->old, sizeof(t->old));
	else
		talk_send(t, t->old, t->oldlen);
}

static void
early_end(struct talk *t)
{
	(void)talk_start(t);
}

static void
end_unread(struct talk *t)
{
	(void)t;
}

static void
crash(struct talk *t)
{
	if (talk_start(t))
		(void)raise(SIGKILL);
}

static void
hang(struct talk *t)
{
	talk_wait_closed(t);
}

const struct play plays[] = {
    {"ALLOW and the end", play_allow, true, false},
    {"ALLOW without a grant", allow_no_grant, true, false},
    {"DENY", play_deny, false, false},
    {"ALLOW, then no end", allow_hang, false, true},
    {"ALLOW, then another message", allow_second, false, false},
    {"ALLOW twice", allow_twice, false, false},
    {"ALLOW, then an empty message", allow_empty_hang, false, true},
    {"DENY, then ALLOW", deny_allow, false, false},
    {"DENY with a grant", deny_grant, false, false},
    {"garbage", garbage, false, false},
    {"an empty message", empty, false, false},
    {"ALLOW less a byte", one_short, false, false},
    {"one byte", all_short, false, false},
    {"ALLOW and a byte more", one_more, false, false},
    {"longer than any message", too_long, false, false},
    {"an old version", version_old, false, false},
    {"a newer version", version_new, false, false},
    {"a message of the wrong type", type_wrong, false, false},
    {"another nonce", nonce_wrong, false, false},
    {"K09 a recorded reply", replay, false, false},
    {"an early end", early_end, false, false},
    {"B08 an end before START is read", end_unread, false, false},
    {"F05 a crash", crash, false, false},
    {"no reply", hang, false, true},
};
const size_t nplays = nitems(plays);

void
play_ask(struct talk *t)
{
	if (!talk_start(t))
		return;
	talk_prompt(t, false, PROMPT);
	if (!talk_answer(t))
		return;
	allow(t);
	atomic_fetch_add(&t->report->allows, 1);
}

void
play_ask_deny(struct talk *t)
{
	if (!talk_start(t))
		return;
	talk_prompt(t, false, PROMPT);
	if (talk_answer(t))
		talk_verdict(t, DENY, false, "Access denied.");
}

void
play_ask_echo(struct talk *t)
{
	if (!talk_start(t))
		return;
	talk_prompt(t, true, "Two\nlines \033[1m\x9b%n: ");
	if (talk_answer(t))
		talk_verdict(t, DENY, false, "No\033[2J%s\xc3\xa9");
}

/* Asks n times; *allp says whether each was answered. */
static bool
ask_times(struct talk *t, int n)
{
	int i;

	if (!talk_start(t))
		return false;
	for (i = 0; i < n; i++) {
		talk_prompt(t, false, PROMPT);
		if (!talk_answer(t))
			return false;
	}
	return true;
}

static void
ask_three(struct talk *t)
{
	if (ask_times(t, 3))
		allow(t);
}

static void
ask_four(struct talk *t)
{
	if (ask_times(t, 4))
		allow(t);
}

static void
ask_end(struct talk *t)
{
	(void)ask_times(t, 1);
}

static void
ask_end_unread(struct talk *t)
{
	if (talk_start(t))
		talk_prompt(t, false, PROMPT);
}

static void
ask_crash(struct talk *t)
{
	if (!talk_start(t))
		return;
	talk_prompt(t, false, PROMPT);
	(void)raise(SIGKILL);
}

static void
ask_hang(struct talk *t)
{
	if (ask_times(t, 1))
		talk_wait_closed(t);
}

static void
ask_allow_unasked(struct talk *t)
{
	if (!talk_start(t))
		return;
	talk_prompt(t, false, PROMPT);
	allow(t);
	talk_wait_closed(t);
}

const struct play asking_plays[] = {
    {"a prompt, then ALLOW", play_ask, true, false},
    {"a prompt, then DENY", play_ask_deny, false, false},
    {"three prompts, then ALLOW", ask_three, true, false},
    {"four prompts", ask_four, false, false},
    {"a prompt, then the end", ask_end, false, false},
    {"a prompt, then the end at once", ask_end_unread, false, false},
    {"F05 a crash at the prompt", ask_crash, false, false},
    {"no reply to the answer", ask_hang, false, true},
    {"ALLOW before the answer, no end", ask_allow_unasked, false, true},
};
const size_t nasking_plays = nitems(asking_plays);
