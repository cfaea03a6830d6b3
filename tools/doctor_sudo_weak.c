/*
 * Defaults of sudo's that are no way past the gate and yet weaken something.
 */
#include "tools/doctor_sudo.h"

#include "core/host/sudoers.h"

#include <stdlib.h>
#include <string.h>

static bool
is_false(const json_t *v)
{
	return json_is_false(v);
}

static bool
is_set(const json_t *v)
{
	return json_is_true(v);
}

static bool
is_endless(const json_t *v)
{
	return json_is_string(v) && strtod(json_string_value(v), NULL) < 0;
}

static bool
is_global(const json_t *v)
{
	return json_is_string(v) && strcmp(json_string_value(v), "global") == 0;
}

static bool
is_never(const json_t *v)
{
	return json_is_false(v) ||
	       (json_is_string(v) &&
		   strcmp(json_string_value(v), "never") == 0);
}

static const struct weak {
	const char *option;
	bool (*holds)(const json_t *value);
	enum severity severity;
	const char *word; /* that counts in the line */
	const char *what;
	const char *mend;
	const char *edit; /* of sed; NULL: nothing to be done by a machine */
} weaks[] = {
    {"pam_session", is_false, SEVERITY_WEAK, "!pam_session",
	"sudo opens no PAM session, so what the session lines put on record "
	"is missing",
	"write pam_session where it says !pam_session",
	"s/![[:blank:]]*pam_session/pam_session/g"},
    {"timestamp_timeout", is_endless, SEVERITY_NOTE, "timestamp_timeout",
	"a time stamp of sudo's never ends, so the password is asked once and "
	"not again before the next boot; the gate still asks in account",
	"write timestamp_timeout=5",
	"s/timestamp_timeout[[:blank:]]*=[[:blank:]]*-[0-9.]+/"
	"timestamp_timeout=5/g"},
    {"timestamp_type", is_global, SEVERITY_NOTE, "timestamp_type",
	"a time stamp of sudo's serves all sessions of the account",
	"write timestamp_type=tty",
	"s/timestamp_type[[:blank:]]*=[[:blank:]]*global/timestamp_type=tty/g"},
    {"targetpw", is_set, SEVERITY_NOTE, "targetpw",
	"sudo asks for the other account's password; the gate still asks for "
	"the code of whoever calls it",
	"take targetpw out", "s/targetpw/!targetpw/g"},
    {"rootpw", is_set, SEVERITY_NOTE, "rootpw",
	"sudo asks for root's password, which people then share; the gate "
	"still asks for the code of whoever calls it",
	"take rootpw out", "s/rootpw/!rootpw/g"},
    {"runaspw", is_set, SEVERITY_NOTE, "runaspw",
	"sudo asks for the password of the default runas user; the gate still "
	"asks for the code of whoever calls it",
	"take runaspw out", "s/runaspw/!runaspw/g"},
    {"verifypw", is_never, SEVERITY_NOTE, "verifypw",
	"'sudo -v' asks for no password", "write verifypw=all",
	"s/verifypw[[:blank:]]*=[[:blank:]]*never/verifypw=all/g"},
    {"listpw", is_never, SEVERITY_NOTE, "listpw",
	"'sudo -l' shows what an account may do without asking",
	"write listpw=any",
	"s/listpw[[:blank:]]*=[[:blank:]]*never/listpw=any/g"},
};

static void
say_weak(struct doctor *d, const struct sudo_host *h, const json_t *entry,
    const struct weak *w)
{
	char *where = sudo_place(h, entry, w->word);
	char *fix = where != NULL ? sudo_edit(where, w->edit) : NULL;

	doctor_found(d,
	    &(struct finding){.severity = w->severity,
		.id = "sudo-defaults",
		.where = where,
		.mend = w->mend,
		.fix = fix,
		.show = "visudo -c; cvtsudoers -f json /etc/sudoers"},
	    "%s", w->what);
	free(where);
	free(fix);
}

void
sudo_defaults(struct doctor *d, const struct sudo_host *h, const json_t *doc)
{
	const json_t *entry, *option, *v;
	size_t i, j, k;

	json_array_foreach(json_object_get(doc, "Defaults"), i, entry)
	{
		json_array_foreach(json_object_get(entry, "Options"), j, option)
		{
			for (k = 0; k < nitems(weaks); k++) {
				v = json_object_get(option, weaks[k].option);
				if (v != NULL && weaks[k].holds(v))
					say_weak(d, h, entry, &weaks[k]);
			}
		}
	}
}
