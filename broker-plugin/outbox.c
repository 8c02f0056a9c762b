/* A growing array of publications. */
#include "broker-plugin/outbox.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>

#include "broker-plugin/broker/broker_api.h"

/* An array that a burst has grown past this is given back when it is empty. */
#define KEPT_ENTRIES 1024

/* Users by a few bits of their names' hashes: one more in it only keeps more in its order. */
#define SET_BITS 4096

struct bc_outbox {
    struct bc_publication *entries;
    size_t count;
    size_t size;
    size_t bytes;
    size_t directed; /* entries for one connection alone */
    struct bc_loop *loop;
    struct bc_handed *handed;
    struct bc_dropped dropped;
    bool told;       /* of clients that connect */
    uint64_t follow; /* what is added follows from the facts up to this one */
    uint64_t seed;   /* of the hashes, so that nobody can choose a name that has another's */
    uint8_t firsts[SET_BITS / 8]; /* whose own publications go out first */
};

/* What holds whenever nobody is within a function of this file, but for what each entry is. */
static void check(const struct bc_outbox *outbox)
{
    assert(outbox->count <= outbox->size);
    assert((outbox->size == 0) == (outbox->entries == NULL));
    assert(outbox->directed <= outbox->count);
    assert(outbox->count > 0 || (outbox->bytes == 0 && outbox->directed == 0));
    (void)outbox; /* without assertions */
}

/* The same, and that of the entries: it looks at each, and so is called where all are walked. */
static void check_entries(const struct bc_outbox *outbox)
{
    size_t bytes = 0;
    size_t directed = 0;

    for (size_t i = 0; i < outbox->count; i++) {
        const struct bc_publication *entry = &outbox->entries[i];

        assert((entry->client == NULL) == (entry->client_id == NULL));
        assert(entry->payload != NULL || entry->payload_len == 0);
        bytes += entry->payload_len;
        directed += entry->client != NULL ? 1 : 0;
    }
    assert(bytes == outbox->bytes && directed == outbox->directed);
    (void)bytes; /* without assertions */
    (void)directed;
    check(outbox);
}

struct bc_outbox *bc_outbox_new(struct bc_loop *loop, struct bc_handed *handed, bool told)
{
    struct bc_outbox *outbox = calloc(1, sizeof(*outbox));

    if (outbox != NULL) {
        outbox->loop = loop;
        outbox->handed = handed;
        outbox->dropped = bc_dropped_find();
        (void)!getrandom(&outbox->seed, sizeof(outbox->seed), GRND_NONBLOCK);
        outbox->told = told;
    }
    return outbox;
}

struct bc_dropped *bc_outbox_dropped(struct bc_outbox *outbox)
{
    return &outbox->dropped;
}

void bc_outbox_drop(struct bc_publication *publication)
{
    mosquitto_free(publication->payload);
    mosquitto_free(publication->if_lost);
    mosquitto_free(publication->client_id);
    free(publication->description);
    mosquitto_property_free_all(&publication->properties);
    publication->description = NULL;
    publication->payload = NULL;
    publication->if_lost = NULL;
    publication->client_id = NULL;
}

static void empty(struct bc_outbox *outbox)
{
    outbox->count = 0;
    outbox->bytes = 0;
    outbox->directed = 0;
    if (outbox->size > KEPT_ENTRIES) {
        free(outbox->entries);
        outbox->entries = NULL;
        outbox->size = 0;
    }
}

void bc_outbox_free(struct bc_outbox *outbox)
{
    if (outbox != NULL) {
        for (size_t i = 0; i < outbox->count; i++) {
            bc_outbox_drop(&outbox->entries[i]);
        }
        free(outbox->entries);
        free(outbox);
    }
}

/* Most topics are far shorter than the longest: what is behind them isn't copied. */
static void copy(struct bc_publication *to, const struct bc_publication *from)
{
    memcpy(to, from, offsetof(struct bc_publication, topic) + strlen(from->topic) + 1);
}

/* The entry ${i} stays, behind the *${kept} of those before it that do. */
static void keep(struct bc_outbox *outbox, size_t *kept, size_t i)
{
    if (*kept < i) {
        copy(&outbox->entries[*kept], &outbox->entries[i]);
    }
    (*kept)++;
}

static bool grow(struct bc_outbox *outbox)
{
    size_t size = outbox->size == 0 ? 16 : outbox->size * 2;
    struct bc_publication *grown = realloc(outbox->entries, size * sizeof(*grown));

    if (grown == NULL) {
        return false;
    }
    outbox->entries = grown;
    outbox->size = size;
    return true;
}

/* The place of the user ${name} among the bits of a set (FNV-1a). */
static size_t bit_of(const struct bc_outbox *outbox, struct bc_bytes name)
{
    uint64_t hash = outbox->seed ^ UINT64_C(14695981039346656037);

    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ name.data[i]) * UINT64_C(1099511628211);
    }
    return (size_t)(hash >> 32) % SET_BITS;
}

/* That of whose the publication is: who asked, or who is named in the topic's third level. */
static size_t owner_bit(const struct bc_outbox *outbox, const struct bc_publication *entry)
{
    const char *level = entry->topic;

    if (entry->client != NULL) {
        return entry->owner_bit;
    }
    for (int i = 0; i < 2 && level != NULL; i++) {
        level = strchr(level, '/');
        level = level != NULL ? level + 1 : NULL;
    }
    return bit_of(outbox, level != NULL ? bc_bytes(level, strcspn(level, "/")) : bc_bytes(NULL, 0));
}

/* What has to be known of the client later, when it may be gone. */
static bool remember_client(const struct bc_outbox *outbox, struct bc_publication *entry)
{
    const char *id = entry->client != NULL ? mosquitto_client_id(entry->client) : NULL;

    if (entry->client == NULL) {
        return true;
    }
    entry->client_id = id != NULL ? mosquitto_strdup(id) : NULL;
    entry->owner_bit = bit_of(outbox, bc_bytes_text(mosquitto_client_username(entry->client)));
    entry->websocket = mosquitto_client_protocol(entry->client) == mp_websockets;
    entry->was_clean = mosquitto_client_clean_session(entry->client);
    return entry->client_id != NULL;
}

enum bc_error bc_outbox_add(struct bc_outbox *outbox, const struct bc_publication *publication)
{
    struct bc_publication *entry;

    check(outbox);
    if (outbox->count == outbox->size && !grow(outbox)) {
        struct bc_publication lost = *publication;

        bc_outbox_drop(&lost);
        return BC_NOMEM;
    }
    entry = &outbox->entries[outbox->count];
    copy(entry, publication);
    if (!remember_client(outbox, entry)) {
        bc_outbox_drop(entry);
        return BC_NOMEM;
    }
    entry->follows = outbox->follow;
    outbox->count++;
    outbox->bytes += entry->payload_len;
    outbox->directed += entry->client != NULL ? 1 : 0;
    check(outbox);
    return BC_OK;
}

size_t bc_outbox_bytes(const struct bc_outbox *outbox)
{
    return outbox->bytes;
}

/* Hand one publication to the broker, which then owns payload and properties. */
static void publish(struct bc_outbox *outbox, struct bc_publication *entry)
{
    bc_loop_published(outbox->loop);
    if (entry->shown) {
        bc_handed_add(outbox->handed, entry->topic, entry->follows);
    }
    if (entry->client != NULL) {
        bc_dropped_add(&outbox->dropped, entry->payload_len);
    }
    if (entry->websocket) {
        bc_loop_hurry(outbox->loop, entry->payload_len);
    }
    if (entry->description != NULL) {
        /* Without memory for all of it, the topic still says what matters. */
        (void)!bc_description_add(entry->description, &entry->properties);
    }
    if (entry->content_type != NULL) {
        /* Without memory for it, the payload still says what it is. */
        (void)mosquitto_property_add_string(
            &entry->properties, MQTT_PROP_CONTENT_TYPE, entry->content_type);
    }
    if (mosquitto_broker_publish(entry->client_id, entry->topic, (int)entry->payload_len,
            entry->payload, entry->qos, false, entry->properties) == MOSQ_ERR_SUCCESS) {
        entry->payload = NULL;
        entry->properties = NULL;
    }
    bc_outbox_drop(entry);
}

/* Has another connection taken the client id over? The broker then makes the old session clean. */
static bool taken_over(const struct bc_publication *entry)
{
    return !entry->was_clean && mosquitto_client_clean_session(entry->client);
}

/* Does the entry stay for another turn? One that is for nobody any more is dropped here. */
static bool stays(struct bc_outbox *outbox, struct bc_publication *entry, uint64_t durable)
{
    bool unsure = entry->websocket && !outbox->told;
    bool gone;

    if (entry->follows > durable) {
        return true;
    }
    gone = unsure && taken_over(entry);
    if (unsure && !gone && !entry->held) {
        entry->held = true;
        bc_loop_hurry(outbox->loop, 0);
        return true;
    }
    if (gone || entry->unheard) {
        bc_outbox_drop(entry);
    } else {
        publish(outbox, entry);
    }
    return false;
}

static void finish_keeping(struct bc_outbox *outbox, size_t kept)
{
    if (kept == 0) {
        empty(outbox);
        check(outbox);
        return;
    }
    outbox->count = kept;
    outbox->bytes = 0;
    outbox->directed = 0;
    for (size_t i = 0; i < kept; i++) {
        outbox->bytes += outbox->entries[i].payload_len;
        outbox->directed += outbox->entries[i].client != NULL ? 1 : 0;
    }
    check(outbox);
}

/* Whose turn it is to go out. */
enum turn {
    TURN_OF_ALL,
    TURN_OF_FIRSTS,
    TURN_OF_OTHERS
};

/* Who has something that goes first: all of theirs does, so that it stays in its order. */
static void find_firsts(struct bc_outbox *outbox)
{
    memset(outbox->firsts, 0, sizeof(outbox->firsts));
    for (size_t i = 0; i < outbox->count; i++) {
        if (!outbox->entries[i].others) {
            size_t bit = owner_bit(outbox, &outbox->entries[i]);

            outbox->firsts[bit / 8] |= (uint8_t)(1U << bit % 8);
        }
    }
}

static bool has_turn(
    const struct bc_outbox *outbox, const struct bc_publication *entry, enum turn turn)
{
    size_t bit;

    if (turn == TURN_OF_ALL || !entry->others) {
        return turn != TURN_OF_OTHERS;
    }
    bit = owner_bit(outbox, entry);
    return ((outbox->firsts[bit / 8] >> bit % 8 & 1) != 0) == (turn == TURN_OF_FIRSTS);
}

static void flush_turn(struct bc_outbox *outbox, uint64_t durable, enum turn turn)
{
    size_t before = outbox->count;
    size_t kept = 0;

    for (size_t i = 0; i < before; i++) {
        struct bc_publication *entry = &outbox->entries[i];

        if (!has_turn(outbox, entry, turn) || stays(outbox, entry, durable)) {
            keep(outbox, &kept, i);
        }
    }
    finish_keeping(outbox, kept);
}

void bc_outbox_flush(struct bc_outbox *outbox, uint64_t durable)
{
    check_entries(outbox);
    if (outbox->directed == 0) {
        flush_turn(outbox, durable, TURN_OF_ALL);
        return;
    }
    find_firsts(outbox);
    flush_turn(outbox, durable, TURN_OF_FIRSTS);
    flush_turn(outbox, durable, TURN_OF_OTHERS);
}

void bc_outbox_follow(struct bc_outbox *outbox, uint64_t number)
{
    outbox->follow = number;
}

/* Does the entry go out at all, though the facts that it follows from are lost? */
static bool survives(struct bc_publication *entry, uint64_t number)
{
    if (entry->if_lost == NULL) {
        return false;
    }
    mosquitto_free(entry->payload);
    entry->payload = entry->if_lost;
    entry->payload_len = (uint32_t)strlen(entry->if_lost);
    entry->if_lost = NULL;
    entry->content_type = NULL;
    entry->follows = number;
    return true;
}

void bc_outbox_lose(struct bc_outbox *outbox, uint64_t number)
{
    size_t kept = 0;

    check_entries(outbox);
    for (size_t i = 0; i < outbox->count; i++) {
        struct bc_publication *entry = &outbox->entries[i];

        if (entry->follows <= number || survives(entry, number)) {
            keep(outbox, &kept, i);
        } else {
            bc_outbox_drop(entry);
        }
    }
    outbox->follow = number;
    finish_keeping(outbox, kept);
}

static bool is_for(const struct bc_publication *entry, const struct mosquitto *client)
{
    return entry->client == client;
}

static bool was_for(const struct bc_publication *entry, const struct mosquitto *client)
{
    const char *id = mosquitto_client_id(client);

    return entry->client != NULL && entry->client != client && id != NULL &&
           strcmp(entry->client_id, id) == 0;
}

static void drop_those(struct bc_outbox *outbox, const struct mosquitto *client,
    bool (*concerns)(const struct bc_publication *, const struct mosquitto *))
{
    size_t kept = 0;

    for (size_t i = 0; i < outbox->count; i++) {
        struct bc_publication *entry = &outbox->entries[i];

        if (concerns(entry, client)) {
            bc_outbox_drop(entry);
        } else {
            keep(outbox, &kept, i);
        }
    }
    finish_keeping(outbox, kept);
}

void bc_outbox_forget(struct bc_outbox *outbox, const struct mosquitto *client)
{
    drop_those(outbox, client, is_for);
}

void bc_outbox_taken(struct bc_outbox *outbox, const struct mosquitto *client)
{
    drop_those(outbox, client, was_for);
}
