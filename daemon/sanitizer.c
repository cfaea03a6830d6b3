/*
 * For AddressSanitizer, linked into sanitizer builds alone: no leak checker
 * in a process that may not have children.
 */
int __lsan_is_turned_off(void);

int
__lsan_is_turned_off(void)
{
	return 1;
}
