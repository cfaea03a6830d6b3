#include "tools/doctor.h"

void
doctor_pam(struct doctor *d)
{
	(void)d;
}
