#include "core/host/pam.h"

#include <stdlib.h>

struct pam_host {
	int unused;
};

enum bh_err
pam_host_open(const char *root, const char *module_dir, struct pam_host **hp)
{
	(void)root;
	(void)module_dir;
	*hp = calloc(1, sizeof(**hp));
	return *hp != NULL ? BH_OK : BH_ERR_NOMEM;
}

void
pam_host_free(struct pam_host *h)
{
	free(h);
}

enum bh_err
pam_way(struct pam_host *h, const char *service, enum pam_phase phase,
    const struct pam_way **wp, const char **whyp)
{
	(void)h;
	(void)service;
	(void)phase;
	(void)wp;
	(void)whyp;
	return BH_ERR_SYSTEM;
}

const char *
pam_service(const struct pam_host *h, size_t i)
{
	(void)h;
	(void)i;
	return NULL;
}
