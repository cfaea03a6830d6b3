/*
 * What peers do, good and bad: one script each.
 */
#ifndef TESTS_PAM_PLAYS_H
#define TESTS_PAM_PLAYS_H

#include "tests/pam/peer.h"

#include <stdbool.h>

/* Scripts that are used by name. */
play_fn play_allow, play_deny, play_ask, play_ask_deny, play_ask_echo;

/* All scripts in which no prompt is sent. */
struct play {
	const char *rule;
	play_fn *play;
	bool allows; /* whether this one alone may let anybody in */
	bool hangs;  /* ends by a limit of the module */
};
extern const struct play plays[];
extern const size_t nplays;

/* Scripts that send a prompt. */
extern const struct play asking_plays[];
extern const size_t nasking_plays;

#endif
