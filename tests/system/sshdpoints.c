/*
 * Asks this host's sshd about every point and account, and compares what takes
 * effect with the line that was worked out: sshdpoints ACCOUNT...
 * The blocks are told apart by AuthorizedKeysFile, one each.
 */
#include "core/host/sshd_points.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYWORD	   "authorizedkeysfile"
#define GROUPS_MAX 64

static size_t differ, asked;

static void
compare(struct sshd_host *h, const struct sshd_point *point, const char *user,
    const struct sshd_set *users)
{
	struct sshd_login l = point->login;
	struct sshd_set hold = *users;
	const struct sshd_options *o;
	const struct sshd_line *line;
	const char *said;
	char *why;

	l.user = user;
	sshd_set_and(&hold, &point->hold);
	line = sshd_effective(h, &hold, KEYWORD);
	if (sshd_ask_login(h, &l, &o, &why) != BH_OK) {
		(void)fprintf(stderr, "%s\n", why);
		exit(1);
	}
	said = sshd_value(o, KEYWORD, 0);
	asked++;
	if (line == NULL || said == NULL || strcmp(said, line->value) != 0) {
		differ++;
		(void)printf("%s from %s (%s) to %s port %u: %s, not %s\n",
		    user, l.addr, l.host, l.laddr, l.lport, said,
		    line != NULL ? line->value : "none");
	}
}

static void
each_point(struct sshd_host *h, const struct sshd_points *p, const char *user)
{
	const struct passwd *pw = getpwnam(user);
	char *names[GROUPS_MAX];
	gid_t gid[GROUPS_MAX];
	int n = pw != NULL ? GROUPS_MAX : 0, i;
	struct sshd_set users = {.w = {0}};
	const struct sshd_block *b;
	const struct sshd_point *point;
	const struct group *group;
	size_t k;

	if (pw != NULL)
		(void)getgrouplist(user, pw->pw_gid, gid, &n);
	for (i = 0; i < n; i++) {
		group = getgrgid(gid[i]);
		names[i] = strdup(group != NULL ? group->gr_name : "");
	}
	for (k = 0; (b = sshd_block(h, k)) != NULL; k++) {
		if (sshd_block_has_user(b, user, names, (size_t)n))
			sshd_set_add(&users, k);
	}
	for (k = 0; (point = sshd_point(p, k)) != NULL; k++)
		compare(h, point, user, &users);
	for (i = 0; i < n; i++)
		free(names[i]);
}

int
main(int argc, char **argv)
{
	const struct sshd_options *usual;
	struct sshd_points *p = NULL;
	struct sshd_host *h = NULL;
	bool capped;
	char *why = NULL;
	int i;

	if (sshd_find(&h, &why) != BH_OK ||
	    sshd_ask(h, "nobody.invalid", NULL, &usual, &why) != BH_OK ||
	    sshd_points_new(h, usual, &p, &capped) != BH_OK) {
		(void)fprintf(stderr, "%s\n", why != NULL ? why : "no points");
		return 1;
	}
	for (i = 1; i < argc; i++)
		each_point(h, p, argv[i]);
	(void)printf("%zu asked, %zu differ\n", asked, differ);
	sshd_points_free(p);
	sshd_host_free(h);
	return differ == 0 && asked > 0 ? 0 : 1;
}
