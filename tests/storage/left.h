/* What is left of a text: in the files of a store, and for a tool that reads beside it. */
#ifndef BC_TESTS_STORAGE_LEFT_H
#define BC_TESTS_STORAGE_LEFT_H

#include <sys/types.h>

#include "tests/storage/test_store.h"

/* How often ${text} is in the bytes of the files of ${store}. */
unsigned left_in_files(const struct store *store, const char *text);

/* Let ${store} clean until all up to ${upto} is, or ${turns} of a millisecond are over: is it? */
bool left_clean(struct store *store, uint64_t upto, unsigned turns);

/* A process that reads as tools do: it goes on to see what was there when it began. */
struct left_reader {
    pid_t child;
    int tells; /* read end of a pipe that it writes to */
    int told;  /* write end of one that it reads */
};

/* Begin to read ${store}, in which ${text} is; and when it has been erased, read the same again. */
void left_begin_to_read(struct left_reader *reader, const struct store *store, const char *text);
void left_read_again(const struct left_reader *reader);

#endif
