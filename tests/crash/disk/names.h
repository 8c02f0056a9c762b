/*
 * The directory's entries that a power cut may take back: files made, renamed and removed since the
 * directory was last synced. Not thread-safe: the caller has one lock around all of it.
 */
#ifndef BC_TESTS_CRASH_DISK_NAMES_H
#define BC_TESTS_CRASH_DISK_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* ${dir} is the directory, borrowed for ever. */
void names_init(const char *dir);

/* The file's name if ${path} is one in the directory, else NULL. */
const char *names_in(const char *path);

/* Whether ${fd} is open on the directory. */
bool names_is_dir(int fd);

/* ${name} has been made. */
void names_made(const char *name);

/* Remove ${name}, or rename it to ${to}; what that destroys is kept aside until the next sync. */
int names_remove(const char *name);
int names_move(const char *name, const char *to);

void names_durable(void);

/* Take back some of what was not synced, the last first; ${draw} draws 0 to n - 1. */
void names_cut(uint32_t (*draw)(uint32_t n));

#endif
