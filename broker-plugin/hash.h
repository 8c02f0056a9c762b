/* Tables of uthash, as the plugin has them. */
#ifndef BC_BROKER_PLUGIN_HASH_H
#define BC_BROKER_PLUGIN_HASH_H

/*
 * The hash of xxHash, whose functions are in its header: uthash's own takes three times as long.
 * Like that one it has no seed, so names that share a bucket can be found; how many names a client
 * can bring into any of these tables is bounded by its rates.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#define HASH_FUNCTION(key, length, hash) ((hash) = (unsigned)XXH3_64bits(key, length))

/* Running out of memory for a table must not end the broker's process. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#endif
