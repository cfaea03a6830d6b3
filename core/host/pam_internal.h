/*
 * Inside of the view of PAM: lines as libpam holds them, and how they are
 * read, answered and worked through.
 */
#ifndef CORE_HOST_PAM_INTERNAL_H
#define CORE_HOST_PAM_INTERNAL_H

#include "core/host/pam.h"
#include "core/host/textfile.h"

#include <stdint.h>
#include <sys/types.h>

#define PAM_GATE	"pam_bulkhead.so"
#define PAM_ETC		"/etc/pam.d"
#define PAM_CONF	"/etc/pam.conf"
#define PAM_ISA_FOLDER	"/lib/security" /* Debian looks here as well */
#define PAM_LEVELS	16		/* of substacks */
#define PAM_LINES_MAX	20000		/* that one service may have */
#define PAM_FOLDERS_MAX 3

/* What a module may return, by its number in libpam's interface. */
enum pam_code {
	CODE_SUCCESS = 0,
	CODE_SERVICE_ERR = 3,
	CODE_PERM_DENIED = 6,
	CODE_AUTH_ERR = 7,
	CODE_NEW_AUTHTOK_REQD = 12,
	CODE_ACCT_EXPIRED = 13,
	CODE_SESSION_ERR = 14,
	CODE_AUTHTOK_ERR = 20,
	CODE_IGNORE = 25,
	CODE_MODULE_UNKNOWN = 28,
	CODE_INCOMPLETE = 31,
	PAM_CODES
};
#define CODE_BIT(c) ((uint32_t)1 << (c))
/* A module that waits for the application ends the stack without success. */
#define CODE_ANY (~CODE_BIT(CODE_INCOMPLETE))

extern const char *const pam_code_names[PAM_CODES];

/* What a line does with an answer; a number above 0 jumps over so many. */
enum pam_action {
	ACTION_IGNORE = 0,
	ACTION_OK = -1,
	ACTION_DONE = -2,
	ACTION_BAD = -3,
	ACTION_DIE = -4,
	ACTION_RESET = -5,
	ACTION_UNDEF = -6
};

enum pam_kind {
	PAM_LINE_MODULE = 0,
	PAM_LINE_FAILS,	   /* libpam can't use it: it denies */
	PAM_LINE_SUBSTACK, /* marks where one begins, answers nothing */
};

/* A shared object as dlopen would find it. */
struct pam_object {
	struct pam_object *next;
	char *name; /* as written */
	bool there;
	bool sure;		/* that it is there or not */
	bool phase[PAM_PHASES]; /* it has that phase's function */
	dev_t dev;
	ino_t ino;
};

struct pam_line {
	const char *file;
	unsigned int line;
	unsigned int top; /* the line of the service's own file it came by */
	const char *via;  /* the file that that line includes; NULL: none */
	const char *module;
	const char *control;
	const char *args;
	enum pam_kind kind;
	unsigned int level; /* of substacks */
	int actions[PAM_CODES];
	uint32_t answers; /* a bit a code: what it may answer */
	bool gate;
	bool there;    /* the gate's file is */
	bool password; /* its success may prove a password */
	bool shadow;   /* pam_unix: it knows which accounts have run out */
};

struct pam_stack {
	struct pam_line *line;
	size_t n;
};

/* A service's stacks as libpam holds them, and what came of them. */
struct pam_service {
	struct pam_service *next;
	char *name;
	char *file; /* its own; NULL: none */
	struct pam_stack own[PAM_PHASES];
	struct pam_stack other[PAM_PHASES];
	enum bh_err e; /* BH_ERR_CONFIG: libpam refuses it */
	const char *why;
	struct pam_way way[PAM_PHASES];
	bool walked[PAM_PHASES];
	enum bh_err walk_e[PAM_PHASES];
};

/* A file that was read; text NULL: there is none, or e. */
struct pam_file {
	struct pam_file *next;
	char *path; /* without the root */
	struct text *text;
	bool empty; /* a folder or /dev/null: libpam reads nothing from it */
	enum bh_err e;
};

struct pam_part {
	struct pam_part *next;
	const char *path;
};

struct pam_host {
	char *root;
	char *module_dir;
	struct {
		const char *path;
		bool there;
	} folder[PAM_FOLDERS_MAX];
	/* How this host's libpam was built. */
	bool debian;	   /* @include; include looks in /etc/pam.d alone */
	bool long_lines;   /* of any length */
	unsigned int deep; /* how deep includes may lie in one another */
	struct pam_service *services;
	struct pam_file *files;
	struct pam_object *objects;
	struct pam_part *parts; /* files that others include */
	bool parts_known;
	char **names; /* what pam_service tells */
	size_t n_names;
	void *pool;
};

/* Memory that lives as long as the host does; NULL: none. */
void *pam_alloc(struct pam_host *h, size_t size);
char *pam_copy(struct pam_host *h, const char *s);
/* Its root and a path in one; NULL: no memory. */
char *pam_rooted(const struct pam_host *h, const char *path);

/* pam_line.c */

/* The next token of libpam's: words, and what stands in brackets.  NULL: no
 * more.  *bracketp: it had brackets. */
char *pam_token(char **restp, bool *bracketp);
/* The actions of a control field; false: it is include or substack. */
bool pam_control(const struct pam_host *h, char *token, int actions[PAM_CODES]);

/*
 * Where a file is read.  pam_line_next puts the next line together: 1, 0 at
 * the end, -1 if libpam gives the file up.  buf holds size bytes.
 */
struct pam_cursor {
	const char *at;
	const char *end;
	unsigned int number; /* of the line at at */
	unsigned int line;   /* where the line began that was returned */
};
int pam_line_next(
    const struct pam_host *h, struct pam_cursor *c, char *buf, size_t size);
size_t pam_line_size(const struct pam_host *h, const struct pam_cursor *c);

/* pam_read.c: all stacks of s.  s->e and s->why say how it went. */
void pam_read(struct pam_host *h, struct pam_service *s);

/* pam_object.c: what a module may answer to a caller who is not root. */
enum bh_err pam_answers(struct pam_host *h, const char *service,
    enum pam_phase phase, struct pam_line *l) BH_CHECKED;

/* pam_walk.c */

/* What the gate does. */
enum pam_gate {
	PAM_GATE_DENIES = 0,
	PAM_GATE_ALLOWS,
	PAM_GATE_ABSENT,  /* its file is missing */
	PAM_GATE_ALONE,	  /* it allows, and nobody knows a password */
	PAM_GATE_EXPIRED, /* it denies, and the account has run out */
};

/* One line that was run. */
struct pam_move {
	size_t line;
	enum pam_code answer;
};

/*
 * The shortest way through a stack that ends in success, or with expired in
 * new_authtok_reqd.  *nmovesp is 0 if there is none; moves are the caller's.
 * BH_ERR_FULL: it has too many states.
 */
enum bh_err pam_walk(const struct pam_stack *stack, enum pam_phase phase,
    enum pam_gate gate, bool expired, struct pam_move **movesp,
    size_t *nmovesp) BH_CHECKED;

/* pam_way.c: work a phase of s through; the answer is in s->way. */
enum bh_err pam_judge(
    struct pam_host *h, struct pam_service *s, enum pam_phase phase) BH_CHECKED;

#endif
