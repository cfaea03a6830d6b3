/*
 * The view of PAM against libpam itself: random configurations, and random
 * answers of every module in them.  Where core/host/pam.h says that nobody gets
 * past the gate, no answers do; where it names a way, those answers do.
 *
 *	test_differ [COUNT [SEED]]
 */
#include "tests/unit/unit.h"

#include "core/host/pam.h"
#include "tests/pam/stacks.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

/* How many answers are tried on a closed stack. */
#define TRIES_GATED 300
#define TRIES_SHUT  60

static unsigned long count = 1000, seed = 20;

/* Where it plays; root is what pam_host_open gets. */
static char root[32], dir[64], modules[64];
static unsigned int ends[3];
static bool differed; /* the files stay, to be looked at */

static const struct phase {
	const char *name;
	enum pam_phase phase;
	int (*call)(pam_handle_t *, int);
} phases[] = {
    {"auth", PAM_PHASE_AUTH, pam_authenticate},
    {"account", PAM_PHASE_ACCOUNT, pam_acct_mgmt},
    {"session", PAM_PHASE_SESSION, pam_open_session},
};

/* libpam tells the kernel's audit of each call; not of these. */
int audit_open(void);

int
audit_open(void)
{
	errno = EPROTONOSUPPORT;
	return -1;
}

/* libpam forgets what it had read of a service that it then refuses. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libpam.so\n";
}

static int
say_nothing(int n, const struct pam_message **messages,
    struct pam_response **responses, void *arg)
{
	(void)n;
	(void)messages;
	(void)responses;
	(void)arg;
	return PAM_CONV_ERR;
}

static int
call(pam_handle_t *pamh, const struct phase *p, const char *seq, bool allows)
{
	char text[520];

	(void)snprintf(text, sizeof(text), "SEQ=%s", seq);
	if (pam_putenv(pamh, text) != PAM_SUCCESS ||
	    (pam_putenv(pamh, allows ? "GATE=1" : "GATE") != PAM_SUCCESS &&
		allows))
		abort();
	return p->call(pamh, 0);
}

static char
letter(const char *answer)
{
	static const char *const names[] = {"success", "open_err", "symbol_err",
	    "service_err", "system_err", "buf_err", "perm_denied", "auth_err",
	    "cred_insufficient", "authinfo_unavail", "user_unknown", "maxtries",
	    "new_authtok_reqd", "acct_expired", "session_err", "cred_unavail",
	    "cred_expired", "cred_err", "no_module_data", "conv_err",
	    "authtok_err", "authtok_recover_err", "authtok_lock_busy",
	    "authtok_disable_aging", "try_again", "ignore", "abort",
	    "authtok_expired", "module_unknown", "bad_item", "conv_again"};
	size_t i;

	for (i = 0; i < nitems(names); i++) {
		if (strcmp(answer, names[i]) == 0)
			return (char)('A' + i);
	}
	abort();
}

static void
differs(
    const struct phase *p, unsigned long at, const char *what, const char *seq)
{
	differed = true;
	fail_msg("seed %lu, stack %lu, %s: %s (answers \"%s\"); see %s", seed,
	    at, p->name, what, seq, dir);
}

/* The way that was named must lead past the gate, by just these lines. */
static void
check_open(pam_handle_t *pamh, const struct phase *p, const struct pam_way *w,
    unsigned long at)
{
	char seq[512];
	size_t i, n = 0;

	for (i = 0; i < w->n_steps; i++) {
		/* What libpam does there, it leaves to chance. */
		if (strcmp(w->steps[i].control, "@include") == 0 &&
		    strcmp(w->steps[i].answer, "ignore") == 0)
			return;
		if (strstr(w->steps[i].module, "/standin.so") != NULL &&
		    w->steps[i].answer[0] != '\0')
			seq[n++] = letter(w->steps[i].answer);
	}
	seq[n] = '\0';
	if (call(pamh, p, seq, false) != PAM_SUCCESS)
		differs(p, at, "called open, but libpam denies", seq);
	if (pam_getenv(pamh, "SEQ")[0] != '\0')
		differs(p, at, "libpam runs fewer lines", seq);
}

/* No answers may lead past the gate. */
static void
check_closed(struct stacks *s, pam_handle_t *pamh, const struct phase *p,
    const struct pam_way *w, unsigned long at)
{
	static const char codes[] = "AAAAAHHZZMGK]OE";
	bool gated = w != NULL && w->end == PAM_WAY_GATED;
	char seq[41];
	size_t i, j;
	int rv;

	for (i = 0; i < (gated ? TRIES_GATED : TRIES_SHUT); i++) {
		for (j = 0; j < sizeof(seq) - 1; j++)
			seq[j] = codes[stacks_random(s, sizeof(codes) - 1)];
		seq[j] = '\0';
		rv = call(pamh, p, seq, false);
		if (rv == PAM_SUCCESS)
			differs(p, at, "called closed, but open", seq);
		if (p->phase == PAM_PHASE_ACCOUNT &&
		    rv == PAM_NEW_AUTHTOK_REQD && (w == NULL || !w->expired))
			differs(p, at, "a password that ran out", seq);
		rv = call(pamh, p, seq, true);
		if (rv == PAM_SUCCESS && (w == NULL || w->end == PAM_WAY_SHUT))
			differs(p, at, "called shut, but it opens", seq);
	}
}

static void
check_phase(struct stacks *s, struct pam_host *h, const struct phase *p,
    unsigned long at)
{
	const struct pam_conv conv = {.conv = say_nothing};
	const struct pam_way *w = NULL;
	const char *why;
	pam_handle_t *pamh;
	enum bh_err e = pam_way(h, "test", p->phase, &w, &why);

	if (e != BH_OK && e != BH_ERR_CONFIG)
		fail_msg("seed %lu, stack %lu: %s", seed, at, err_text(e));
	if (pam_start_confdir("test", "root", &conv, dir, &pamh) !=
	    PAM_SUCCESS) {
		if (e != BH_ERR_CONFIG)
			differs(p, at, "libpam refuses the service", "");
		return;
	}
	if (e == BH_OK)
		ends[w->end]++;
	if (e == BH_OK && w->end == PAM_WAY_OPEN)
		check_open(pamh, p, w, at);
	else
		check_closed(s, pamh, p, e == BH_OK ? w : NULL, at);
	(void)pam_end(pamh, PAM_SUCCESS);
}

static void
test_as_libpam(void **state)
{
	struct stacks s = {.seed = seed, .dir = dir, .modules = modules};
	struct pam_host *h;
	unsigned long i;
	size_t j;

	(void)state;
	for (i = 0; i < count; i++) {
		stacks_write(&s);
		assert_int_equal(pam_host_open(root, modules, &h), BH_OK);
		for (j = 0; j < nitems(phases); j++)
			check_phase(&s, h, &phases[j], i);
		pam_host_free(h);
	}
	print_message("open %u, gated %u, shut %u\n", ends[PAM_WAY_OPEN],
	    ends[PAM_WAY_GATED], ends[PAM_WAY_SHUT]);
	for (j = 0; j < nitems(ends); j++)
		assert_true(ends[j] > count / 20);
}

static void
copy(const char *from, const char *name)
{
	char path[PATH_MAX], bytes[65536];
	FILE *in, *out;
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/%s", modules, name);
	if ((in = fopen(from, "r")) == NULL || (out = fopen(path, "w")) == NULL)
		abort();
	while ((n = fread(bytes, 1, sizeof(bytes), in)) > 0) {
		if (fwrite(bytes, 1, n, out) != n)
			abort();
	}
	if (fclose(out) == EOF)
		abort();
	(void)fclose(in);
}

/*
 * libpam takes relative includes from the host's own /etc/pam.d and modules
 * from its own folder, so the files say whole paths.  Under root these lead to
 * the same files, by a link.
 */
static int
set_up(void **state)
{
	const char *build = getenv("builddir");
	char path[PATH_MAX];
	Dl_info libpam;

	(void)state;
	setlogmask(LOG_MASK(LOG_EMERG));
	(void)snprintf(root, sizeof(root), "/tmp/bh-differ-XXXXXX");
	if (mkdtemp(root) == NULL)
		return -1;
	(void)snprintf(dir, sizeof(dir), "%s/etc/pam.d", root);
	(void)snprintf(modules, sizeof(modules), "%s/modules", root);
	(void)snprintf(path, sizeof(path), "%s/etc", root);
	if (mkdir(path, 0755) == -1 || mkdir(dir, 0755) == -1 ||
	    mkdir(modules, 0755) == -1)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/tmp", root);
	if (mkdir(path, 0755) == -1)
		return -1;
	(void)snprintf(path, sizeof(path), "%s%s", root, root);
	if (symlink(root, path) == -1)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/.libs/pam_standin.so",
	    build != NULL ? build : ".");
	copy(path, "standin.so");
	copy(path, "pam_bulkhead.so");
	/* This libpam says by its text how it was built. */
	if (dlsym(RTLD_DEFAULT, "pam_start") == NULL ||
	    dladdr(dlsym(RTLD_DEFAULT, "pam_start"), &libpam) == 0)
		return -1;
	copy(libpam.dli_fname, "../libpam.so.0");
	return 0;
}

static void
gone(const char *folder, const char *name)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	(void)remove(path);
}

static int
tear_down(void **state)
{
	static const char *const files[] = {
	    "test", "other", "inc0", "inc1", "inc2", "inc3"};
	size_t i;

	(void)state;
	if (differed)
		return 0;
	for (i = 0; i < nitems(files); i++)
		gone(dir, files[i]);
	gone(modules, "standin.so");
	gone(modules, "pam_bulkhead.so");
	gone(root, "libpam.so.0");
	gone(root, root + 1);
	gone(root, "tmp");
	gone(root, "modules");
	gone(root, "etc/pam.d");
	gone(root, "etc");
	return rmdir(root);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_as_libpam),
	};

	if (argc > 1)
		count = strtoul(argv[1], NULL, 10);
	if (argc > 2)
		seed = strtoul(argv[2], NULL, 10);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
