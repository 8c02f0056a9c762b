/*
 * A zip file that is written from its beginning to its end: what is in memory of it is a list of
 * the files in it, and what is being compressed.
 */
#ifndef BC_TOOLS_ZIP_H
#define BC_TOOLS_ZIP_H

#include <stdbool.h>
#include <stdint.h>

#include "messaging/bytes.h"

struct bc_zip;

/* Begin one in ${fd}, which stays the caller's. NULL without memory. To be ended with
 * bc_zip_end() or bc_zip_free(). */
struct bc_zip *bc_zip_begin(int fd);

/*
 * Begin the file ${name} in it, which ends with the next, or with the zip. All of these: false if
 * it can't be written, or memory is short; bc_zip_why() says more.
 */
bool bc_zip_file(struct bc_zip *zip, const char *name);

/* Add ${bytes} to the file that was begun last. */
bool bc_zip_add(struct bc_zip *zip, struct bc_bytes bytes);

/* The file ${name} with ${bytes}, whole, and as they are: pictures are compressed already. */
bool bc_zip_whole_file(struct bc_zip *zip, const char *name, struct bc_bytes bytes);

/* Write what is behind the files. It is still to be freed. */
bool bc_zip_end(struct bc_zip *zip);

/* Why something failed. */
const char *bc_zip_why(const struct bc_zip *zip);

/* NULL is allowed. */
void bc_zip_free(struct bc_zip *zip);

#endif
