/*
 * Commands of bulkhead(8): one row each, in the file that does the work
 * (tools/cmd_NAME.c); tools/commands.c lists the files' tables.  The parser,
 * --help, the bash completion and the check of the manual read these rows.
 *
 *	static const struct arg options[] = {
 *		{ .name = "reason", .argument = "TEXT", .required = true,
 *		    .help = "why, for the ledger" },
 *	};
 *	static const struct arg operands[] = {
 *		{ .name = "ID", .type = VALUE_NUMBER, .required = true,
 *		    .help = "the token, as in token list" },
 *	};
 *	const struct command commands_token[] = {
 *		{ .name = "token revoke", .run = cmd_token_revoke,
 *		    .summary = "End a token for good",
 *		    .description = "...",
 *		    ARGS(operands, operands), ARGS(options, options) },
 *		{ .name = NULL }
 *	};
 *
 * A command that is not built has no row.
 */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include "base/err.h"
#include "core/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define COMMAND_OPERANDS_MAX 4
#define COMMAND_OPTIONS_MAX  16

/* What a command returns, and bulkhead exits with. */
enum cli_exit {
	CLI_DONE = 0,	/* done, or what was asked for holds */
	CLI_NO = 1,	/* a finding, a refusal, "no" */
	CLI_USAGE = 2,	/* the command line is wrong */
	CLI_FAILED = 3, /* could not be done: I/O, configuration, daemon */
};

/* What a value must look like; the parser checks it. */
enum value_type {
	VALUE_TEXT = 0, /* any; not empty */
	VALUE_NUMBER,	/* plain decimal, fits 64 bits */
	VALUE_FILE, /* a path, completed as one; "-" is the caller's affair */
};

/*
 * An option (name without "--") or an operand (name in capitals).  An option
 * without argument is a flag.  choices, where set, are the permitted values,
 * one space between; they are taken in either case and handed on as written
 * here.  help is one phrase, small letter, no full stop.
 */
struct arg {
	const char *name;
	char letter;	      /* short option, 0 = none */
	const char *argument; /* "TEXT"; NULL: a flag, or an operand */
	enum value_type type;
	const char *choices;
	bool required;
	const char *help;
};

struct invocation;

struct command {
	const char *name; /* "token revoke"; NULL ends a table */
	int (*run)(struct invocation *inv);
	const char *summary;	 /* "End a token for good" */
	const char *description; /* paragraphs, "\n\n" between; may be NULL */
	const struct arg *operands;
	size_t n_operands;
	const struct arg *options;
	size_t n_options;
};

#define ARGS(field, rows) .field = (rows), .n_##field = nitems(rows)

/* The files' tables, and all of them in the order of the manual; NULL ends. */
extern const struct command commands_account[], commands_clock[],
    commands_config[], commands_distinct[], commands_doctor[],
    commands_enroll[], commands_init[], commands_install[], commands_key[],
    commands_ledger[], commands_machine[], commands_manifest[],
    commands_password[], commands_person[], commands_selftest[],
    commands_status[], commands_store[], commands_token[], commands_unlock[];
extern const struct command *const command_groups[];

/* The options that every command takes. */
extern const struct arg global_options[];
extern const size_t n_global_options;

/* A parsed command line.  Values point into argv or into the table. */
struct invocation {
	const struct command *command;
	const char *config_path;
	bool json;
	const char *operand[COMMAND_OPERANDS_MAX]; /* NULL: not given */
	const char *option[COMMAND_OPTIONS_MAX];   /* by row; "" for a flag */
	struct config *config; /* once inv_config was called */
	bool printed;	       /* the one JSON document is out */
};

/* Was the flag or option given?  The name must be in the command's table. */
bool inv_given(const struct invocation *inv, const char *name);

/* The value of an option or, with a name in capitals, of an operand; NULL if
 * it was not given. */
const char *inv_value(const struct invocation *inv, const char *name);

/* The same as a number (VALUE_NUMBER, or choices that are numbers); unset if
 * it was not given. */
uint64_t inv_number(
    const struct invocation *inv, const char *name, uint64_t unset);

/*
 * The configuration, read once; main frees it.  NULL: it was reported, and
 * the command returns CLI_FAILED.
 */
const struct config *inv_config(struct invocation *inv);

/* Bulkhead's whole command line: parse, run, return the exit code. */
int command_main(int argc, char **argv);

/* Walk the whole table: i from 0; NULL behind the last. */
const struct command *command_at(size_t i);

/*
 * Parse argv into *inv.  True: run inv->command.  False: *exitp is the exit
 * code, and help was printed or what is wrong was reported.
 */
bool command_parse(int argc, char **argv, struct invocation *inv, int *exitp);

/* The command of that name, NULL if there is none. */
const struct command *command_find(const char *name);

/* The row of an option: the command's, or one that all take; c may be NULL. */
const struct arg *command_option(
    const struct command *c, const char *name, size_t len, char letter);

/* Is word the first word of commands that have two?  verbs, if not NULL, gets
 * the second words, ", " between. */
bool command_is_group(const char *word, char *verbs, size_t size);

/* Generated from the table, on stdout: for people, for bash, and for the
 * manual in mdoc. */
void command_help(const struct command *c); /* NULL: all of them */
void command_help_group(const char *group);
void command_usage(const struct command *c, FILE *out); /* one line */
void command_completion(void);
void command_manual(void);

#endif
