/* Walks over rows that lie in several layers, as if they lay in one. */
#include "storage/tables/layers.h"

#define LMDB       BC_LAYER_COUNT
#define BIT(layer) (1U << (layer))

static bool in_walk(const struct bc_walk *walk, struct bc_bytes key)
{
    return key.len >= walk->prefix &&
           (walk->prefix == 0 || memcmp(key.data, walk->start.bytes, walk->prefix) == 0);
}

/* Go to the next row in LMDB, the first one if the walk hasn't begun. It may be a damaged one. */
static enum bc_error step_lmdb(struct bc_walk *walk)
{
    struct bc_walk_layers *layers = &walk->layers;
    struct bc_environment *environment = walk->tables->environment;
    enum bc_error error =
        walk->begun ? bc_environment_step(
                          environment, walk->table, walk->backwards, &layers->key, &layers->value)
                    : bc_environment_seek(environment, walk->table, bc_key_bytes(&walk->start),
                          walk->backwards, &layers->key, &layers->value);

    layers->damaged = error == BC_DAMAGED && layers->key.data != NULL;
    error = layers->damaged ? BC_OK : error;
    if (error != BC_OK || !in_walk(walk, layers->key)) {
        layers->key = bc_bytes(NULL, 0);
    }
    return bc_or_nothing(error);
}

static void step_memtable(struct bc_walk *walk, enum bc_layer layer)
{
    const struct bc_memtable *memtable = walk->tables->layers[layer];
    const struct bc_memtable_row *row = NULL;

    if (walk->begun) {
        row = bc_memtable_next(walk->layers.rows[layer], walk->backwards);
    } else if (memtable != NULL) {
        row = bc_memtable_seek(memtable, walk->table, bc_key_bytes(&walk->start), walk->backwards);
    }
    walk->layers.rows[layer] = row != NULL && in_walk(walk, bc_memtable_key(row)) ? row : NULL;
}

/* Leave the rows that are behind; all layers have none yet when the walk begins. */
static enum bc_error step(struct bc_walk *walk)
{
    unsigned passed = walk->begun ? walk->layers.passed : BIT(LMDB + 1) - 1;
    enum bc_error error = BC_OK;

    for (int layer = 0; layer < BC_LAYER_COUNT; layer++) {
        if ((passed & BIT(layer)) != 0) {
            step_memtable(walk, (enum bc_layer)layer);
        }
    }
    if ((passed & BIT(LMDB)) != 0) {
        error = step_lmdb(walk);
    }
    walk->begun = true;
    walk->layers.passed = 0;
    return error;
}

/*
 * Of the rows that come next in each layer, set *${key} to the one that comes first, and keep the
 * layers that have it. BC_NOTFOUND if none has any.
 */
static enum bc_error choose(struct bc_walk *walk, struct bc_bytes *key)
{
    struct bc_walk_layers *layers = &walk->layers;

    *key = bc_bytes(NULL, 0);
    for (int layer = 0; layer <= LMDB; layer++) {
        struct bc_bytes next = layer == LMDB                 ? layers->key
                               : layers->rows[layer] != NULL ? bc_memtable_key(layers->rows[layer])
                                                             : bc_bytes(NULL, 0);
        int order;

        if (next.data == NULL) {
            continue;
        }
        order = layers->passed == 0 ? -1 : bc_key_compare(next, *key);
        if (order == 0) {
            layers->passed |= BIT(layer);
        } else if (layers->passed == 0 || (order > 0) == walk->backwards) {
            layers->passed = BIT(layer);
            *key = next;
        }
    }
    return layers->passed != 0 ? BC_OK : BC_NOTFOUND;
}

/* The row of the topmost of the layers that have the key; NULL if it is LMDB's. */
static const struct bc_memtable_row *topmost(const struct bc_walk *walk)
{
    for (int layer = 0; layer < BC_LAYER_COUNT; layer++) {
        if ((walk->layers.passed & BIT(layer)) != 0) {
            return walk->layers.rows[layer];
        }
    }
    return NULL;
}

enum bc_error bc_walk_next(struct bc_walk *walk, struct bc_bytes *key, struct bc_bytes *value)
{
    const struct bc_memtable_row *row;
    enum bc_error error;

    if (!bc_tables_readable(walk->tables)) {
        return BC_IO;
    }
    do {
        bc_environment_count(walk->tables->environment);
        error = step(walk);
        if (error == BC_OK) {
            error = choose(walk, key);
        }
        if (error != BC_OK) {
            return error;
        }
        row = topmost(walk);
    } while (row != NULL && row->deleted);
    *value = row != NULL ? bc_memtable_value(row) : walk->layers.value;
    return row == NULL && walk->layers.damaged ? BC_DAMAGED : BC_OK;
}
