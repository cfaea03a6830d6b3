/*
 * What a stack means: open, gated or shut, by which lines, and whether
 * something stands above the gate that must not.
 */
#include "core/host/pam_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Session modules that put nothing of the user's into the PAM environment.
 * pam_env is looked at by its options.
 */
static const char *const keeps_environment[] = {"pam_access", "pam_apparmor",
    "pam_cap", "pam_cgfs", "pam_deny", "pam_echo", "pam_ecryptfs",
    "pam_elogind", "pam_exec", "pam_faildelay", "pam_faillock", "pam_fscrypt",
    "pam_google_authenticator", "pam_keyinit", "pam_krb5", "pam_lastlog",
    "pam_lastlog2", "pam_ldap", "pam_limits", "pam_listfile", "pam_localuser",
    "pam_loginuid", "pam_mail", "pam_mkhomedir", "pam_motd", "pam_mount",
    "pam_namespace", "pam_nologin", "pam_oddjob_mkhomedir", "pam_oath",
    "pam_permit", "pam_rootok", "pam_securetty", "pam_selinux", "pam_sepermit",
    "pam_setquota", "pam_shells", "pam_sss", "pam_succeed_if", "pam_systemd",
    "pam_tally", "pam_tally2", "pam_time", "pam_timestamp", "pam_tmpdir",
    "pam_tty_audit", "pam_u2f", "pam_umask", "pam_unix", "pam_usertype",
    "pam_warn", "pam_wheel", "pam_winbind", "pam_wtmpdb", "pam_xauth",
    "pam_yubico"};

static bool
is_module(const struct pam_line *l, const char *module)
{
	const char *name = strrchr(l->module, '/');
	size_t len = strlen(module);

	name = name != NULL ? name + 1 : l->module;
	return strcspn(name, ".") == len && memcmp(name, module, len) == 0;
}

/* pam_env: the last user_readenv=NUMBER counts. */
static bool
reads_users_file(const char *args)
{
	static const char option[] = "user_readenv=";
	const char *at = args;
	bool reads = false;

	while ((at = strstr(at, option)) != NULL) {
		if (at == args || strchr(" \t[", at[-1]) != NULL)
			reads = strtol(at + sizeof(option) - 1, NULL, 10) != 0;
		at += sizeof(option) - 1;
	}
	return reads;
}

static bool
may_set_environment(const struct pam_line *l)
{
	size_t i;

	if (l->kind != PAM_LINE_MODULE ||
	    l->answers == CODE_BIT(CODE_MODULE_UNKNOWN))
		return false;
	if (is_module(l, "pam_env"))
		return reads_users_file(l->args);
	for (i = 0; i < nitems(keeps_environment); i++) {
		if (is_module(l, keeps_environment[i]))
			return false;
	}
	return true;
}

static void
fill_step(struct pam_step *step, const struct pam_line *l, const char *answer)
{
	*step = (struct pam_step){.file = l->file,
	    .line = l->line,
	    .module = l->module,
	    .control = l->control,
	    .args = l->args,
	    .answer = answer,
	    .gate = l->gate};
}

/* The lines that were run, and between them each gate that was not. */
static enum bh_err
fill_steps(struct pam_host *h, const struct pam_stack *stack,
    const struct pam_move *moves, size_t n, struct pam_way *w)
{
	struct pam_step *steps, *decides = NULL, *gate = NULL;
	size_t i, line, to, k = 0;

	if ((steps = pam_alloc(h, stack->n * sizeof(*steps))) == NULL)
		return BH_ERR_NOMEM;
	for (i = 0; i < n; i++) {
		line = moves[i].line;
		to = i + 1 < n ? moves[i + 1].line : stack->n;
		fill_step(&steps[k], &stack->line[line],
		    pam_code_names[moves[i].answer]);
		if (steps[k].gate && gate == NULL)
			gate = &steps[k];
		k++;
		while (++line < to) {
			if (!stack->line[line].gate)
				continue;
			if (decides == NULL)
				decides = &steps[k - 1];
			fill_step(&steps[k++], &stack->line[line], "");
		}
	}
	if (decides == NULL)
		decides = gate;
	if (decides != NULL)
		decides->decides = true;
	w->steps = steps;
	w->n_steps = k;
	return BH_OK;
}

static enum bh_err
leads(const struct pam_stack *stack, enum pam_phase phase, enum pam_gate gate,
    bool expired, bool *leadsp)
{
	struct pam_move *moves;
	enum bh_err e;
	size_t n;

	e = pam_walk(stack, phase, gate, expired, &moves, &n);
	if (e != BH_OK)
		return e;
	free(moves);
	*leadsp = n > 0;
	return BH_OK;
}

/* It is not open: gated or shut, and on what that hangs. */
static enum bh_err
judge_closed(
    const struct pam_stack *stack, enum pam_phase phase, struct pam_way *w)
{
	bool allows = false;
	enum bh_err e;

	if ((e = leads(stack, phase, PAM_GATE_ALLOWS, false, &allows)) != BH_OK)
		return e;
	w->end = allows ? PAM_WAY_GATED : PAM_WAY_SHUT;
	if (phase == PAM_PHASE_ACCOUNT &&
	    (e = leads(stack, phase, PAM_GATE_DENIES, true, &w->expired)) !=
		BH_OK)
		return e;
	if (allows && (e = leads(stack, phase, PAM_GATE_ABSENT, false,
			   &w->opens_if_absent)) != BH_OK)
		return e;
	if (allows && phase == PAM_PHASE_AUTH)
		e = leads(stack, phase, PAM_GATE_ALONE, false, &w->no_password);
	return e;
}

/* The gate's lines, and what stands above the first. */
static enum bh_err
look_around(struct pam_host *h, const struct pam_stack *stack,
    enum pam_phase phase, struct pam_way *w)
{
	const struct pam_line *before = NULL;
	struct pam_step *gates, *step;
	size_t i;

	if ((gates = pam_alloc(h, (stack->n + 1) * sizeof(*gates))) == NULL)
		return BH_ERR_NOMEM;
	for (i = 0; i < stack->n; i++) {
		const struct pam_line *l = &stack->line[i];

		if (l->gate)
			fill_step(&gates[w->n_gates++], l, "");
		else if (w->n_gates == 0 && before == NULL &&
			 may_set_environment(l))
			before = l;
	}
	w->gates = gates;
	w->gate_present = w->n_gates > 0;
	if (phase != PAM_PHASE_SESSION || !w->gate_present || before == NULL)
		return BH_OK;
	if ((step = pam_alloc(h, sizeof(*step))) == NULL)
		return BH_ERR_NOMEM;
	fill_step(step, before, "");
	w->before_gate = step;
	return BH_OK;
}

/* Is there a line of pam_loginuid in the service's own file, which nothing that
 * sets the environment stands above? */
static bool
has_loginuid(const struct pam_service *s, const struct pam_stack *stack)
{
	size_t i;

	for (i = 0; s->file != NULL && i < stack->n; i++) {
		const struct pam_line *l = &stack->line[i];

		if (l->kind == PAM_LINE_MODULE &&
		    is_module(l, "pam_loginuid") &&
		    strcmp(l->file, s->file) == 0)
			return true;
		if (may_set_environment(l))
			break;
	}
	return false;
}

static enum bh_err
fill_via(struct pam_host *h, const struct pam_stack *own, struct pam_way *w)
{
	const char **via = pam_alloc(h, (own->n + 1) * sizeof(*via));
	size_t i;

	if (via == NULL)
		return BH_ERR_NOMEM;
	for (i = 0; i < own->n; i++) {
		if (own->line[i].via != NULL &&
		    (w->n_via == 0 ||
			strcmp(own->line[i].via, via[w->n_via - 1]) != 0))
			via[w->n_via++] = own->line[i].via;
	}
	w->via = via;
	return BH_OK;
}

/* Where a line would be put. */
static enum bh_err
fill_place(struct pam_host *h, const struct pam_service *s,
    enum pam_phase phase, struct pam_way *w)
{
	char path[sizeof(PAM_ETC) + 256];

	w->other = s->own[phase].n == 0;
	w->insert = w->other ? 0 : s->own[phase].line[0].top;
	w->after_loginuid =
	    phase == PAM_PHASE_SESSION && has_loginuid(s, &s->own[phase]);
	w->file = s->file;
	if (s->file != NULL)
		return BH_OK;
	(void)snprintf(path, sizeof(path), "%s/%s", PAM_ETC, s->name);
	w->file = pam_copy(h, path);
	return w->file != NULL ? BH_OK : BH_ERR_NOMEM;
}

enum bh_err
pam_judge(struct pam_host *h, struct pam_service *s, enum pam_phase phase)
{
	const struct pam_stack *stack =
	    s->own[phase].n > 0 ? &s->own[phase] : &s->other[phase];
	struct pam_way *w = &s->way[phase];
	struct pam_move *moves = NULL;
	enum bh_err e;
	size_t n = 0;

	if ((e = fill_place(h, s, phase, w)) != BH_OK ||
	    (e = fill_via(h, &s->own[phase], w)) != BH_OK ||
	    (e = look_around(h, stack, phase, w)) != BH_OK ||
	    (e = pam_walk(stack, phase, PAM_GATE_DENIES, false, &moves, &n)) !=
		BH_OK)
		return e;
	if (n > 0) {
		w->end = PAM_WAY_OPEN;
		if ((e = fill_steps(h, stack, moves, n, w)) == BH_OK &&
		    phase == PAM_PHASE_ACCOUNT)
			e = leads(stack, phase, PAM_GATE_EXPIRED, false,
			    &w->opens_if_expired);
	} else {
		e = judge_closed(stack, phase, w);
	}
	free(moves);
	return e;
}
