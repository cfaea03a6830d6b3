/*
 * The verdict: what the gate says of one login.  Zeroed memory denies, and
 * ALLOW lies 16 bits from DENY, so that no single flipped bit admits.
 */
#ifndef BASE_VERDICT_H
#define BASE_VERDICT_H

enum verdict {
	VERDICT_DENY = 0,
	VERDICT_ALLOW = 0x35a6c93a,
};

#endif
