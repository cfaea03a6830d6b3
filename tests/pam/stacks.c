/*
 * Random PAM configurations: all that libpam has a rule for, and what breaks
 * it.
 */
#include "tests/pam/stacks.h"

#include "base/err.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[STACK_FILES] = {
    "test", "other", "inc0", "inc1", "inc2", "inc3"};

uint32_t
stacks_random(struct stacks *s, uint32_t below)
{
	s->seed = s->seed * 6364136223846793005U + 1442695040888963407U;
	return (uint32_t)(s->seed >> 33) % below;
}

int
stacks_chance(struct stacks *s, uint32_t n)
{
	return stacks_random(s, 100) < n;
}

#define PICK(s, list) list[stacks_random(s, nitems(list))]

static void
write_bracket(struct stacks *s, FILE *f)
{
	static const char *const codes[] = {"success", "success", "ignore",
	    "auth_err", "perm_denied", "new_authtok_reqd", "user_unknown",
	    "module_unknown", "session_err", "default", "default"};
	static const char *const actions[] = {"ignore", "ok", "ok", "done",
	    "done", "bad", "die", "reset", "1", "1", "2", "3", "4"};
	uint32_t n = 1 + stacks_random(s, 4);

	(void)fputc('[', f);
	while (n-- > 0)
		(void)fprintf(f, "%s%s=%s%s", stacks_chance(s, 10) ? " " : "",
		    PICK(s, codes), PICK(s, actions), n > 0 ? " " : "");
	if (stacks_chance(s, 3))
		(void)fputs(" nonsense", f);
	(void)fputc(']', f);
}

static void
write_control(struct stacks *s, FILE *f)
{
	static const char *const words[] = {"required", "requisite",
	    "sufficient", "sufficient", "optional", "Required", "[sufficient]",
	    "OPTIONAL"};

	if (stacks_chance(s, 50))
		write_bracket(s, f);
	else
		(void)fputs(PICK(s, words), f);
}

static void
write_gap(struct stacks *s, FILE *f)
{
	static const char *const gaps[] = {" ", "\t", "   ", " \\\n", "\\\n  ",
	    " \\  \n\t", " \\\n\n", " \\\n# no\n"};

	(void)fputs(
	    stacks_chance(s, 85) ? gaps[stacks_random(s, 3)] : PICK(s, gaps),
	    f);
}

/* A line that libpam can't use. */
static void
write_broken(struct stacks *s, FILE *f, int included)
{
	static const char *const lines[] = {"auth", "account required",
	    "nothing required x.so", "session sufficient\n", "-", "auth [a=b",
	    "auth include /nowhere/x", "session substack /nowhere/y",
	    "-account required /nowhere/z.so", "@include /nowhere/x",
	    "auth optional .so"};
	/* In an included file libpam goes on with that line half made. */
	uint32_t n = nitems(lines) - (included ? 1 : 0);

	(void)fprintf(f, "%s\n", lines[stacks_random(s, n)]);
}

static void
write_include(struct stacks *s, FILE *f, const char *type, uint32_t from)
{
	uint32_t to = from + stacks_random(s, STACK_FILES - from);

	if (stacks_chance(s, 15)) {
		(void)fprintf(f, "@include %s/%s\n", s->dir, names[to]);
		return;
	}
	(void)fprintf(f, "%s %s %s/%s\n", type,
	    stacks_chance(s, 60) ? "substack" : "include", s->dir, names[to]);
}

static void
write_module(struct stacks *s, FILE *f, const char *type)
{
	(void)fputs(stacks_chance(s, 5) ? "-" : "", f);
	(void)fputs(type, f);
	write_gap(s, f);
	write_control(s, f);
	write_gap(s, f);
	if (stacks_chance(s, 22))
		(void)fprintf(f, "%s/pam_bulkhead.so gate", s->modules);
	else if (stacks_chance(s, 6))
		(void)fprintf(f, "%s/absent.so", s->modules);
	else
		(void)fprintf(
		    f, "%s/standin.so id=%u [a b]", s->modules, s->id++);
	if (stacks_chance(s, 2))
		(void)fprintf(f, "%1100s", "x");
	(void)fputs(stacks_chance(s, 5) ? " # but no more\\\n" : "\n", f);
}

static void
write_file(struct stacks *s, uint32_t i)
{
	static const char *const types[] = {"auth", "account", "session"};
	static const char *const odd[] = {"AUTH", "Session", "password"};
	char path[PATH_MAX];
	uint32_t n = stacks_random(s, i == 0 ? 7 : 4), first;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", s->dir, names[i]);
	if ((f = fopen(path, "w")) == NULL)
		abort();
	/* What an include may name: no file before this, so it ends. */
	first = i < 2 ? 2 : i + 1;
	while (n-- > 0) {
		const char *type = stacks_chance(s, 95)
				       ? types[stacks_random(s, i > 1 ? 3 : 2)]
				       : PICK(s, odd);

		if (stacks_chance(s, 3))
			(void)fputs("\n  # a comment\n", f);
		if (stacks_chance(s, 3))
			write_broken(s, f, i > 1);
		if (first < STACK_FILES && stacks_chance(s, 30))
			write_include(s, f, type, first);
		else
			write_module(s, f, type);
	}
	if (fclose(f) == EOF)
		abort();
}

void
stacks_write(struct stacks *s)
{
	uint32_t i;

	s->id = 0;
	for (i = 0; i < STACK_FILES; i++)
		write_file(s, i);
}
