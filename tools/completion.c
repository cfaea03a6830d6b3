/*
 * The bash completion, from the table.
 */
#include "tools/command.h"

#include <string.h>

/* A pattern for case: COMMAND with the option's names. */
static void
option_pattern(const char *command, const struct arg *arg)
{
	(void)printf("\t'%s --%s'", command, arg->name);
	if (arg->letter != 0)
		(void)printf("|'%s -%c'", command, arg->letter);
	(void)printf(") ");
}

static void
value_action(const struct arg *arg)
{
	if (arg->choices != NULL)
		(void)printf("words='%s' ;;\n", arg->choices);
	else if (arg->type == VALUE_FILE)
		(void)printf("files=1 ;;\n");
	else
		(void)printf("words= ;;\n");
}

/* What may stand behind an option that takes a value; "none" if it is one
 * that takes none. */
static void
print_values(void)
{
	const struct command *c;
	size_t i, k;

	(void)printf("_bulkhead_value()\n{\n\twords= files=\n"
		     "\tcase \"$1 $2\" in\n");
	for (i = 0; (c = command_at(i)) != NULL; i++) {
		for (k = 0; k < c->n_options; k++) {
			if (c->options[k].argument == NULL)
				continue;
			option_pattern(c->name, &c->options[k]);
			value_action(&c->options[k]);
		}
	}
	(void)printf("\t*' -c'|*' --config') files=1 ;;\n"
		     "\t*) return 1 ;;\n\tesac\n}\n\n");
}

static void
print_operands(void)
{
	const struct command *c;
	size_t i, k;

	(void)printf("_bulkhead_operand()\n{\n\twords= files=\n"
		     "\tcase \"$1 $2\" in\n");
	for (i = 0; (c = command_at(i)) != NULL; i++) {
		for (k = 0; k < c->n_operands; k++) {
			(void)printf("\t'%s %zu') ", c->name, k);
			value_action(&c->operands[k]);
		}
	}
	(void)printf("\tesac\n}\n\n");
}

static void
print_options(void)
{
	const struct command *c;
	size_t i, k;

	(void)printf("_bulkhead_options()\n{\n\tcase \"$1\" in\n");
	for (i = 0; (c = command_at(i)) != NULL; i++) {
		(void)printf("\t'%s') words='", c->name);
		for (k = 0; k < c->n_options; k++)
			(void)printf("--%s ", c->options[k].name);
		(void)printf("' ;;\n");
	}
	(void)printf("\t*) words= ;;\n\tesac\n\twords+=' ");
	for (k = 0; k < n_global_options; k++)
		(void)printf(
		    "%s--%s", k > 0 ? " " : "", global_options[k].name);
	(void)printf("'\n}\n\n");
}

/* Full names of commands, one a line, for the function below. */
static void
print_commands(void)
{
	const struct command *c;
	size_t i;

	(void)printf("_bulkhead_commands='");
	for (i = 0; (c = command_at(i)) != NULL; i++)
		(void)printf("%s%s", i > 0 ? "\n" : "", c->name);
	(void)printf("'\n\n");
}

static const char body[] =
    "_bulkhead()\n"
    "{\n"
    "\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n"
    "\tlocal command='' done='' value='' words='' files='' n=0 i word\n"
    "\n"
    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
    "\t\tword=${COMP_WORDS[i]}\n"
    "\t\tif [[ $word == '=' ]]; then\n"
    "\t\t\tcontinue\n"
    "\t\telif [[ -n $value ]]; then\n"
    "\t\t\tvalue=''\n"
    "\t\telif _bulkhead_value \"$command\" \"$word\"; then\n"
    "\t\t\tvalue=$word\n"
    "\t\telif [[ $word == -* ]]; then\n"
    "\t\t\tcontinue\n"
    "\t\telif [[ -n $done ]]; then\n"
    "\t\t\tn=$((n + 1))\n"
    "\t\telse\n"
    "\t\t\tcommand=\"${command:+$command }$word\"\n"
    "\t\t\t[[ $'\\n'$_bulkhead_commands$'\\n' == "
    "*$'\\n'\"$command\"$'\\n'* ]] && done=1\n"
    "\t\tfi\n"
    "\tdone\n"
    "\t[[ $cur == '=' ]] && cur=''\n"
    "\tif [[ -n $value ]]; then\n"
    "\t\t_bulkhead_value \"$command\" \"$value\"\n"
    "\telif [[ $cur == -* ]]; then\n"
    "\t\t_bulkhead_options \"$command\"\n"
    "\telif [[ -n $done ]]; then\n"
    "\t\t_bulkhead_operand \"$command\" \"$n\"\n"
    "\telse\n"
    "\t\twhile read -r word; do\n"
    "\t\t\t[[ -z $command || $word == \"$command \"* ]] || continue\n"
    "\t\t\tword=${word#\"${command:+$command }\"}\n"
    "\t\t\twords+=\" ${word%% *}\"\n"
    "\t\tdone <<< \"$_bulkhead_commands\"\n"
    "\tfi\n"
    "\tif [[ -n $files ]]; then\n"
    "\t\tcompopt -o filenames 2> /dev/null\n"
    "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
    "\telse\n"
    "\t\tmapfile -t COMPREPLY < "
    "<(compgen -W \"$words\" -- \"$cur\" | sort -u)\n"
    "\tfi\n"
    "}\n"
    "complete -F _bulkhead bulkhead\n";

void
command_completion(void)
{
	(void)printf("# bash completion for bulkhead(8), made from its table "
		     "of commands.\n\n");
	print_commands();
	print_values();
	print_operands();
	print_options();
	(void)fputs(body, stdout);
}
