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

/*
 * A process that is to read ${store} for ${text}. It is made before the store is opened, or it has
 * the map of that as well, and 32 bits may have no room for two. It begins to read when ${text} is
 * there; and when that has been erased, it reads the same again.
 */
void left_make_reader(struct left_reader *reader, const struct store *store, const char *text);
void left_begin_to_read(const struct left_reader *reader);
void left_read_again(const struct left_reader *reader);

#endif
