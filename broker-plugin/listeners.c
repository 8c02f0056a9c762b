/* A table of names. */
#include "broker-plugin/listeners.h"

#include <stdlib.h>
#include <string.h>

#include "broker-plugin/hash.h"
#include "messaging/text.h"

struct listener {
    UT_hash_handle hh;
    unsigned heard;   /* for good */
    size_t counts[2]; /* of subscriptions that may end: of older clients, and of MQTT 5 */
    size_t key_length;
    char key[]; /* enum bc_listened, name */
};

struct bc_listeners {
    struct listener *table;
    bool all;
    bool all_groups;
    size_t count_groups;
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

/* Without a name in the table, what ends began when there was no memory, and everything is heard.
 */
void bc_listeners_count(struct bc_listeners *listeners, enum bc_listened listened,
    struct bc_bytes name, bool mqtt5, enum bc_listening listening)
{
    char key[BC_NAME_MAX + 1];
    size_t length = key_of(listened, name, key);
    struct listener *listener = find(listeners, key, length);

    if (listening == BC_LISTENING_BEGINS) {
        listener = listener != NULL ? listener : add(listeners, key, length);
        if (listener == NULL) {
            listeners->all = true;
            return;
        }
        listener->counts[mqtt5]++;
        return;
    }
    if (listener == NULL || listener->counts[mqtt5] == 0) {
        return;
    }
    listener->counts[mqtt5]--;
    if (listener->heard == 0 && listener->counts[0] + listener->counts[1] == 0) {
        HASH_DEL(listeners->table, listener);
        free(listener);
    }
}

void bc_listeners_count_groups(struct bc_listeners *listeners, enum bc_listening listening)
{
    if (listening == BC_LISTENING_BEGINS) {
        listeners->count_groups++;
    } else if (listeners->count_groups > 0) {
        listeners->count_groups--;
    }
}

static unsigned heard_of(const struct listener *listener)
{
    if (listener == NULL) {
        return BC_HEARD_BY_NOBODY;
    }
    return listener->heard | (listener->counts[0] + listener->counts[1] > 0 ? BC_HEARD : 0U) |
           (listener->counts[1] > 0 ? BC_HEARD_BY_MQTT5 : 0U);
}

unsigned bc_listeners_of(
    const struct bc_listeners *listeners, enum bc_listened listened, struct bc_bytes name)
{
    char key[BC_NAME_MAX + 1];
    size_t length = key_of(listened, name, key);
    bool any_group = listeners->all_groups || listeners->count_groups > 0;

    if (listeners->all || (any_group && listened == BC_LISTENED_GROUP)) {
        return BC_HEARD | BC_HEARD_BY_MQTT5;
    }
    return heard_of(find(listeners, key, length));
}
