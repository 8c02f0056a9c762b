/* The lines of the broker's configuration, of all its files, in the order in which it reads them.
 */
#ifndef BC_SETTINGS_BROKER_LINES_H
#define BC_SETTINGS_BROKER_LINES_H

#include <stdbool.h>
#include <stddef.h>

/* Borrowed for the call. */
struct bc_broker_line {
    const char *file;
    unsigned number;  /* from 1 */
    const char *text; /* with what ends it */
};

typedef void bc_broker_line_fn(void *context, const struct bc_broker_line *line);

/**
 * bc_broker_lines(path, take, context, unreadable, size):
 * Hand each line of the file at ${path}, and of those that it includes (`include_dir`), to ${take}
 * with ${context}.
 *
 * False, with errno, if any can't be read: the first file or folder is in unreadable[0..${size}),
 * which is empty else. The others have been read all the same.
 */
bool bc_broker_lines(
    const char *path, bc_broker_line_fn *take, void *context, char *unreadable, size_t size);

/* Cut the blanks at the end of ${text} off. */
void bc_broker_line_trim(char *text);

#endif
