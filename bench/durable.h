/* One durable write, as `durability publish` needs one for each message: what `disk` times, and
 * what the plugin `synced` does. */
#ifndef BC_BENCH_DURABLE_H
#define BC_BENCH_DURABLE_H

#include <stdbool.h>

/* Make a file at ${path} whose blocks are all written. Returns its descriptor, or -1 and errno. */
int durable_file(const char *path);

/* Write over the next bytes of ${file}, from its beginning again at its end, and sync them. */
bool durable_write(int file);

#endif
