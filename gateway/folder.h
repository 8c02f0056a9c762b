/* A folder's regular files with their contents, in memory. */
#ifndef BC_GATEWAY_FOLDER_H
#define BC_GATEWAY_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bc_folder_file {
    char *path; /* from the folder on, with a slash before it */
    uint8_t *data;
    size_t len;
};

struct bc_folder {
    struct bc_folder_file *files; /* by path, ascending */
    size_t count;
    size_t room; /* places in ${files} */
    size_t bytes;
};

/**
 * bc_folder_read(folder, root, max_bytes, line, size):
 * Read all regular files below ${root}, without following a symbolic link within it; what begins
 * with a dot is left out. Returns false, with a sentence in ${line}, if one can't be read, if they
 * have more than ${max_bytes}, are more than 10,000, or are more than 16 folders deep. Memory:
 * freed by bc_folder_free(), also on failure.
 */
bool bc_folder_read(
    struct bc_folder *folder, const char *root, size_t max_bytes, char *line, size_t size);
void bc_folder_free(struct bc_folder *folder);

/* The file with the path path[0..${len}), or NULL. */
const struct bc_folder_file *bc_folder_find(
    const struct bc_folder *folder, const char *path, size_t len);

#endif
