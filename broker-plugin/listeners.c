/* A table of names. */
#include "broker-plugin/listeners.h"

#include <stdlib.h>
#include <string.h>

/* Running out of memory for the table must not end the broker's process. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "messaging/text.h"

struct listener {
    UT_hash_handle hh;
    unsigned heard;
    size_t key_length;
    char key[]; /* enum bc_listened, name */
};

struct bc_listeners {
    struct listener *table;
    bool all;
    bool all_groups;
};

struct bc_listeners *bc_listeners_new(bool unknown)
{
    struct bc_listeners *listeners = calloc(1, sizeof(*listeners));

    if (listeners != NULL) {
        listeners->all = unknown;
    }
    return listeners;
}

void bc_listeners_free(struct bc_listeners *listeners)
{
    while (listeners != NULL && listeners->table != NULL) {
        struct listener *first = listeners->table;

        /* The analyzer can't follow uthash's deletion, after which the first is another. */
        HASH_DEL(listeners->table, first); /* NOLINT(clang-analyzer-unix.Malloc) */
        free(first);
    }
    free(listeners);
}

void bc_listeners_add_groups(struct bc_listeners *listeners)
{
    listeners->all_groups = true;
}

void bc_listeners_add_all(struct bc_listeners *listeners)
{
    listeners->all = true;
}

/* The key of ${name}, in ${key}; its length. */
static size_t key_of(enum bc_listened listened, struct bc_bytes name, char key[BC_NAME_MAX + 1])
{
    size_t len = name.len <= BC_NAME_MAX ? name.len : BC_NAME_MAX;

    key[0] = (char)listened;
    memcpy(key + 1, name.data, len);
    return len + 1;
}

static struct listener *find(const struct bc_listeners *listeners, const char *key, size_t length)
{
    struct listener *listener = NULL;

    HASH_FIND(hh, listeners->table, key, length, listener);
    return listener;
}

static struct listener *add(struct bc_listeners *listeners, const char *key, size_t length)
{
    struct listener *listener = calloc(1, sizeof(*listener) + length);

    if (listener == NULL) {
        return NULL;
    }
    listener->key_length = length;
    memcpy(listener->key, key, length);
    HASH_ADD_KEYPTR(hh, listeners->table, listener->key, listener->key_length, listener);
    if (listener->hh.tbl == NULL) { /* uthash's word for having run out of memory */
        free(listener);
        return NULL;
    }
    return listener;
}

void bc_listeners_add(
    struct bc_listeners *listeners, enum bc_listened listened, struct bc_bytes name, bool mqtt5)
{
    char key[BC_NAME_MAX + 1];
    size_t length = key_of(listened, name, key);
    struct listener *listener;

    if (listeners->all) {
        return;
    }
    listener = find(listeners, key, length);
    if (listener == NULL) {
        listener = add(listeners, key, length);
    }
    if (listener == NULL) {
        listeners->all = true; /* what can't be remembered must be heard all the same */
        return;
    }
    listener->heard |= BC_HEARD | (mqtt5 ? BC_HEARD_BY_MQTT5 : 0U);
}

unsigned bc_listeners_of(
    const struct bc_listeners *listeners, enum bc_listened listened, struct bc_bytes name)
{
    char key[BC_NAME_MAX + 1];
    size_t length = key_of(listened, name, key);
    const struct listener *listener = find(listeners, key, length);

    if (listeners->all || (listeners->all_groups && listened == BC_LISTENED_GROUP)) {
        return BC_HEARD | BC_HEARD_BY_MQTT5;
    }
    return listener != NULL ? listener->heard : BC_HEARD_BY_NOBODY;
}
