/*
 * Log lines that strangers can cause, bounded.
 */
#include "daemon/seldom.h"

#include "base/log.h"

#define EVERY_NS (UINT64_C(60) * 1000 * 1000 * 1000)

void
seldom_log(struct seldom *s, uint64_t now_ns, const char *text)
{
	if (now_ns < s->next_ns) {
		s->missed++;
		return;
	}
	if (s->missed > 0)
		log_msg(LOG_LEVEL_WARNING,
		    "%s (and %llu times since the last "
		    "such line)",
		    text, (unsigned long long)s->missed);
	else
		log_msg(LOG_LEVEL_WARNING, "%s", text);
	s->next_ns = now_ns + EVERY_NS;
	s->missed = 0;
}
