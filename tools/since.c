/*
 * "Since when", as people write it.
 */
#include "tools/since.h"

#include "core/config.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#define DURATION_MAX_S (100ull * 366 * 86400)

/* "Z" or "+hh:mm", the whole rest; seconds east. */
static bool
zone(const char *s, long *eastp)
{
	long minutes;

	*eastp = 0;
	if (strcmp(s, "Z") == 0 || strcmp(s, "z") == 0)
		return true;
	if ((*s != '+' && *s != '-') || strlen(s) != 6 || s[3] != ':' ||
	    !isdigit((unsigned char)s[1]) || !isdigit((unsigned char)s[2]) ||
	    !isdigit((unsigned char)s[4]) || !isdigit((unsigned char)s[5]))
		return false;
	minutes = ((s[1] - '0') * 10 + s[2] - '0') * 60 + (s[4] - '0') * 10 +
		  s[5] - '0';
	*eastp = (*s == '-' ? -60 : 60) * minutes;
	return minutes < 24 * 60;
}

enum bh_err
since_parse(const char *text, uint64_t now_s, uint64_t *tp)
{
	struct tm tm = {.tm_mday = 0};
	const char *rest;
	uint64_t ago;
	long east = 0;
	time_t t;

	if (config_duration(text, 0, DURATION_MAX_S, &ago) == BH_OK) {
		*tp = ago < now_s ? now_s - ago : 0;
		return BH_OK;
	}
	if ((rest = strptime(text, "%Y-%m-%d", &tm)) == NULL)
		return BH_ERR_INPUT;
	if (*rest != '\0') {
		rest = strptime(rest + 1, "%H:%M:%S", &tm);
		if (rest == NULL || strchr("Tt ", text[10]) == NULL)
			return BH_ERR_INPUT;
		if (*rest == '.')
			rest += 1 + strspn(rest + 1, "0123456789");
		if (!zone(rest, &east))
			return BH_ERR_INPUT;
	}
	if ((t = timegm(&tm)) < 0 || t < east)
		return BH_ERR_INPUT;
	*tp = (uint64_t)(t - east);
	return BH_OK;
}
