/*
 * All that a stack can come to (Linux-PAM, libpam/pam_dispatch.c), the shortest
 * way first: a search over the line, what libpam thinks so far, and what it
 * thought where a substack began.
 */
#include "core/host/pam_internal.h"

#include <stdlib.h>
#include <string.h>

#define STATES_FEW 1024
#define STATES_MAX 65536
#define NOTHING	   UINT32_MAX

/* libpam's impression and status in one: nothing else of them has an effect. */
enum mood {
	MOOD_UNDEF = 0,
	MOOD_GOOD,    /* success */
	MOOD_EXPIRED, /* positive, but new_authtok_reqd */
	MOOD_SPOILT,  /* positive, but another failure: no success any more */
	MOOD_BAD,     /* negative */
	MOOD_BAD_EXPIRED, /* negative, and new_authtok_reqd is what it says */
};

struct state {
	uint32_t line;
	uint32_t parent;
	uint8_t mood;
	uint8_t answer; /* of the parent's line */
	uint8_t saved[PAM_LEVELS];
};

struct search {
	const struct pam_stack *stack;
	enum pam_phase phase;
	enum pam_gate gate;
	bool expired; /* new_authtok_reqd is looked for, not success */
	bool resets[PAM_LEVELS]; /* some line of that level has "reset" */
	struct state *state;
	uint32_t n;
	uint32_t max;	/* the table is twice that */
	uint32_t found; /* NOTHING: not yet */
	uint32_t *table;
};

static bool
same(const struct state *a, const struct state *b)
{
	return a->line == b->line && a->mood == b->mood &&
	       memcmp(a->saved, b->saved, sizeof(a->saved)) == 0;
}

static uint32_t
hash(const struct state *s, uint32_t max)
{
	uint32_t h = s->line * 2654435761U + s->mood;
	size_t i;

	for (i = 0; i < PAM_LEVELS; i++)
		h = (h ^ s->saved[i]) * 16777619U;
	return (h ^ (h >> 15)) % (2 * max);
}

static bool
is_goal(const struct search *f, unsigned int mood)
{
	if (!f->expired)
		return mood == MOOD_GOOD;
	return mood == MOOD_EXPIRED || mood == MOOD_BAD_EXPIRED;
}

/* A state that was not there yet joins the queue. */
static enum bh_err
reach(struct search *f, struct state *next)
{
	unsigned int level, i;
	uint32_t h;

	if (next->line == f->stack->n) {
		if (!is_goal(f, next->mood) || f->found != NOTHING)
			return BH_OK;
		level = 0;
	} else {
		level = f->stack->line[next->line].level;
	}
	for (i = level + 1; i < PAM_LEVELS; i++)
		next->saved[i] = MOOD_UNDEF;
	for (h = hash(next, f->max); f->table[h] != NOTHING;
	     h = (h + 1) % (2 * f->max)) {
		if (same(&f->state[f->table[h]], next))
			return BH_OK;
	}
	if (f->n == f->max)
		return BH_ERR_FULL;
	if (next->line == f->stack->n)
		f->found = f->n;
	f->table[h] = f->n;
	f->state[f->n++] = *next;
	return BH_OK;
}

/* Over so many lines of this level; a substack is one.  False: there are not
 * so many. */
static bool
jump(const struct pam_stack *stack, uint32_t *linep, int count)
{
	unsigned int level = stack->line[*linep].level;
	size_t at = *linep;

	while (count > 0 && at + 1 < stack->n &&
	       stack->line[at + 1].level >= level) {
		do {
			at++;
		} while (
		    at + 1 < stack->n && stack->line[at + 1].level > level);
		count--;
	}
	*linep = (uint32_t)at;
	return count == 0;
}

/* To the end of this substack, or of all. */
static void
leave(const struct pam_stack *stack, uint32_t *linep)
{
	unsigned int level = stack->line[*linep].level;
	size_t at = *linep;

	while (at + 1 < stack->n && stack->line[at + 1].level >= level)
		at++;
	*linep = (uint32_t)at;
}

static void
take_ok(struct state *s, enum pam_code answer)
{
	if (s->mood != MOOD_UNDEF && s->mood != MOOD_GOOD)
		return;
	s->mood = answer == CODE_SUCCESS	    ? MOOD_GOOD
		  : answer == CODE_NEW_AUTHTOK_REQD ? MOOD_EXPIRED
						    : MOOD_SPOILT;
}

/* The first that was bad is what the stack says in the end. */
static void
take_bad(struct state *s, enum pam_code answer)
{
	if (s->mood == MOOD_BAD || s->mood == MOOD_BAD_EXPIRED)
		return;
	s->mood = answer == CODE_NEW_AUTHTOK_REQD ? MOOD_BAD_EXPIRED : MOOD_BAD;
}

/* What libpam does with an answer of the state's line. */
static void
act(const struct search *f, struct state *s, enum pam_code answer)
{
	const struct pam_line *l = &f->stack->line[s->line];
	int action = l->actions[answer];

	switch (action) {
	case ACTION_RESET:
		s->mood = s->saved[l->level];
		break;
	case ACTION_OK:
		take_ok(s, answer);
		break;
	case ACTION_DONE:
		take_ok(s, answer);
		if (s->mood != MOOD_BAD && s->mood != MOOD_BAD_EXPIRED)
			leave(f->stack, &s->line);
		break;
	case ACTION_BAD:
		take_bad(s, answer);
		break;
	case ACTION_DIE:
		take_bad(s, answer);
		leave(f->stack, &s->line);
		break;
	case ACTION_IGNORE:
		break;
	default:
		if (!jump(f->stack, &s->line, action))
			s->mood = MOOD_BAD;
	}
	s->line++;
}

/* What this line may answer here. */
static uint32_t
answers_of(const struct search *f, const struct pam_line *l)
{
	/* pam_module/pam_bulkhead.c: a row a phase */
	static const enum pam_code denied[PAM_PHASES] = {CODE_AUTH_ERR,
	    CODE_PERM_DENIED, CODE_SESSION_ERR, CODE_PERM_DENIED};

	if (l->kind == PAM_LINE_FAILS)
		return l->answers;
	if (l->gate) {
		if (!l->there || f->gate == PAM_GATE_ABSENT)
			return CODE_BIT(CODE_MODULE_UNKNOWN);
		return f->gate == PAM_GATE_DENIES || f->gate == PAM_GATE_EXPIRED
			   ? CODE_BIT(denied[f->phase])
			   : CODE_BIT(CODE_SUCCESS);
	}
	/* A wrong password, where one is asked. */
	if (f->gate == PAM_GATE_ALONE && l->password && l->answers == CODE_ANY)
		return CODE_BIT(CODE_AUTH_ERR);
	if (f->gate == PAM_GATE_EXPIRED && l->shadow && l->there)
		return CODE_BIT(CODE_ACCT_EXPIRED);
	return l->answers;
}

/* Success first, then the phase's usual failure: what a reader expects. */
static enum pam_code
code_at(enum pam_phase phase, unsigned int i)
{
	static const enum pam_code usual[PAM_PHASES] = {CODE_AUTH_ERR,
	    CODE_PERM_DENIED, CODE_SESSION_ERR, CODE_AUTHTOK_ERR};

	if (i == 0)
		return CODE_SUCCESS;
	return i == 1 ? usual[phase] : (enum pam_code)(i - 1);
}

static enum bh_err
expand(struct search *f, uint32_t at)
{
	const struct pam_line *l = &f->stack->line[f->state[at].line];
	struct state from = f->state[at], next;
	enum bh_err e = BH_OK;
	enum pam_code code;
	uint32_t answers;
	unsigned int i;

	if (from.line > 0 && l->level > l[-1].level && f->resets[l->level])
		from.saved[l->level] = from.mood;
	from.parent = at;
	if (l->kind == PAM_LINE_SUBSTACK) {
		from.line++;
		return reach(f, &from);
	}
	answers = answers_of(f, l);
	for (i = 0; i <= PAM_CODES && e == BH_OK; i++) {
		next = from;
		code = code_at(f->phase, i);
		if ((answers & CODE_BIT(code)) == 0)
			continue;
		next.answer = (uint8_t)code;
		act(f, &next, code);
		e = reach(f, &next);
	}
	return e;
}

/* The found state's way, from the first line on. */
static enum bh_err
trace(const struct search *f, struct pam_move **movesp, size_t *nmovesp)
{
	struct pam_move *moves;
	const struct state *s;
	size_t n = 0;

	*nmovesp = 0;
	*movesp = NULL;
	if (f->found == NOTHING)
		return BH_OK;
	for (s = &f->state[f->found]; s->parent != NOTHING;
	     s = &f->state[s->parent])
		n += f->stack->line[f->state[s->parent].line].kind !=
		     PAM_LINE_SUBSTACK;
	if ((moves = calloc(n, sizeof(*moves))) == NULL)
		return BH_ERR_NOMEM;
	*movesp = moves;
	*nmovesp = n;
	for (s = &f->state[f->found]; s->parent != NOTHING;
	     s = &f->state[s->parent]) {
		uint32_t line = f->state[s->parent].line;

		if (f->stack->line[line].kind != PAM_LINE_SUBSTACK)
			moves[--n] = (struct pam_move){
			    .line = line, .answer = (enum pam_code)s->answer};
	}
	return BH_OK;
}

static enum bh_err
run(struct search *f)
{
	struct state first = {.parent = NOTHING};
	enum bh_err e;
	uint32_t at;
	size_t i, j;

	for (i = 0; i < f->stack->n; i++) {
		for (j = 0; j < PAM_CODES; j++)
			f->resets[f->stack->line[i].level] |=
			    f->stack->line[i].actions[j] == ACTION_RESET;
	}
	memset(f->table, 0xff, 2 * f->max * sizeof(*f->table));
	e = reach(f, &first);
	for (at = 0; e == BH_OK && at < f->n && f->found == NOTHING; at++)
		e = expand(f, at);
	return f->found != NOTHING ? BH_OK : e;
}

static enum bh_err
walk(struct search *f, uint32_t max, struct pam_move **movesp, size_t *nmovesp)
{
	enum bh_err e = BH_ERR_NOMEM;

	f->max = max;
	f->n = 0;
	f->state = calloc(max, sizeof(*f->state));
	f->table = calloc(max, 2 * sizeof(*f->table));
	if (f->state != NULL && f->table != NULL && (e = run(f)) == BH_OK)
		e = trace(f, movesp, nmovesp);
	free(f->state);
	free(f->table);
	return e;
}

enum bh_err
pam_walk(const struct pam_stack *stack, enum pam_phase phase,
    enum pam_gate gate, bool expired, struct pam_move **movesp, size_t *nmovesp)
{
	struct search f = {.stack = stack,
	    .phase = phase,
	    .gate = gate,
	    .expired = expired,
	    .found = NOTHING};
	enum bh_err e = walk(&f, STATES_FEW, movesp, nmovesp);

	return e != BH_ERR_FULL ? e : walk(&f, STATES_MAX, movesp, nmovesp);
}
