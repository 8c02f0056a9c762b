/*
 * The app's files, read into memory once: what isn't in the table can't be asked for, so there is
 * no path to go wrong with. Beside a file, NAME.br and NAME.gz hold the same compressed.
 */
#ifndef BC_GATEWAY_FILES_H
#define BC_GATEWAY_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bc_files;

/* A file as it is sent. All is borrowed, as long as the files are held. */
struct bc_body {
    const uint8_t *data;
    size_t len;
    const char *type;     /* its media type */
    const char *encoding; /* br, gzip, or NULL */
    const char *etag;     /* with its quotes */
    bool immutable;       /* it never changes under this name: it is below assets/ */
    bool varies;          /* it is there in other encodings, too */
};

/**
 * bc_files_read(root, max_bytes, line, size):
 * Read all regular files below the folder ${root}. What begins with a dot, symbolic links and
 * special files are left out. Returns NULL, with a sentence in ${line} of ${size} bytes, if a
 * folder or file can't be read or they have more than ${max_bytes} together. An empty ${root} is no
 * file at all. Memory: one reference, given back by bc_files_release().
 */
struct bc_files *bc_files_read(const char *root, size_t max_bytes, char *line, size_t size);

/* How many there are, compressed ones not counted. */
size_t bc_files_count(const struct bc_files *files);

struct bc_files *bc_files_hold(struct bc_files *files);
void bc_files_release(struct bc_files *files);

/**
 * bc_files_find(files, path, len, accept, body):
 * Find what path[0..${len}), decoded and beginning with a slash, names: a file, or a folder's
 * index.html. ${accept} is the request's Accept-Encoding, or empty. Returns false if there is none.
 */
bool bc_files_find(const struct bc_files *files, const char *path, size_t len, const char *accept,
    struct bc_body *body);

/* Whether an Accept-Encoding (RFC 9110, 12.5.3) allows ${coding} by name. */
bool bc_files_accepts(const char *accept, const char *coding);

/* The media type of a file by its name's end. */
const char *bc_files_type(const char *name);

#endif
