/* What is left of a text in data_dir, and erasures that go on, as the tool shows them. */
#ifndef BC_TESTS_TOOLS_TRACES_H
#define BC_TESTS_TOOLS_TRACES_H

#include "life.h"

/* How often ${text} is in the bytes of all files of the directory ${path}. */
unsigned traces_in(const char *path, const char *text);

/* The same of the data_dir of ${b}, demanding that there is none. */
void traces_gone(const struct broker *b, const char *text);

/* Wait until what ${command}, with --json, says of ${b} has ${not_any_more} nowhere. */
void traces_wait(const struct broker *b, const char *command, const char *not_any_more);

/* The same of a broker whose data_dir is elsewhere. */
void traces_wait_in(
    const struct broker *b, const char *data_dir, const char *command, const char *not_any_more);

#endif
