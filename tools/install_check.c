/*
 * Is it so, now that the files are changed?  What sshd takes, and whether the
 * stacks let somebody past the gate.
 */
#include "tools/install.h"

#include "tools/client.h"
#include "tools/doctor.h"
#include "tools/output.h"

#include <stdlib.h>
#include <string.h>

/* Another drop-in may have been read before ours: what would still be changed
 * if install were given again? */
int
install_check_sshd(struct invocation *inv, const struct install_plan *p)
{
	struct install_plan again;
	struct sshd_host *h = NULL;
	char *why = NULL;
	int code;

	if (p->block == NULL)
		return CLI_DONE;
	if (sshd_find(&h, &why) != BH_OK) {
		free(why);
		return out_fail(inv, CLI_NO, "sshd can't be asked");
	}
	code = install_plan(inv, "sshd", h, &again);
	if (code == CLI_DONE && again.block != NULL)
		code = out_fail(inv, CLI_NO,
		    "sshd does not take the gate's settings: another line of "
		    "%s or of a file that it Includes is read before ours; "
		    "'sshd -T' shows what holds",
		    sshd_host_config(h));
	install_plan_free(&again);
	sshd_host_free(h);
	return code;
}

/* sudo runs its command whatever session says, and polkit has none. */
static bool
must_be_gated(const char *service, enum pam_phase phase)
{
	if (strcmp(service, "passwd") == 0)
		return false;
	if (phase == PAM_PHASE_SESSION)
		return strcmp(service, "sshd") == 0 ||
		       strcmp(service, "su") == 0 ||
		       strcmp(service, "su-l") == 0;
	return phase == PAM_PHASE_AUTH || phase == PAM_PHASE_ACCOUNT;
}

/* A way past the lines that were just laid: they do not do what they must. */
static int
check_service(struct invocation *inv, struct doctor *d, const char *service)
{
	static const char *const words[PAM_PHASES] = {
	    "auth", "account", "session", "password"};
	const struct pam_way *way;
	const char *why;
	size_t phase;

	for (phase = 0; phase < PAM_PHASES; phase++) {
		if (!must_be_gated(service, (enum pam_phase)phase) ||
		    pam_way(d->pam, service, (enum pam_phase)phase, &way,
			&why) != BH_OK ||
		    way->end != PAM_WAY_OPEN)
			continue;
		return out_fail(inv, CLI_NO,
		    "%s of the service %s would still let people past the "
		    "gate, by a line that stands above ours or in another "
		    "file; 'bulkhead doctor' tells more",
		    words[phase], service);
	}
	return CLI_DONE;
}

int
install_check_gate(struct invocation *inv, const struct install_plan *p,
    size_t *bypassesp, size_t *unknownp)
{
	struct doctor d;
	const json_t *s;
	size_t i;
	int code = doctor_run(inv, &d);

	*bypassesp = d.n[SEVERITY_BYPASS];
	*unknownp = d.n[SEVERITY_UNKNOWN];
	json_array_foreach(p->gated, i, s)
	{
		if (code == CLI_DONE)
			code = check_service(inv, &d, json_string_value(s));
	}
	doctor_end(&d);
	return code;
}
