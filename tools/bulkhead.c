/*
 * bulkhead(8): the administrator's command.
 */
#include "tools/command.h"

int
main(int argc, char **argv)
{
	return command_main(argc, argv);
}
