/* Setting the clocks of processes that have clock_shim.c before the C library. */
#ifndef BC_TESTS_E2E_CLOCK_H
#define BC_TESTS_E2E_CLOCK_H

/*
 * From now on the wall clock of who reads ${path} is off by so many seconds, and so many have
 * passed beside those that have.
 */
void clock_set(const char *path, long long wall_s, long long passed_s);

#endif
