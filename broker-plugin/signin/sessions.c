/* A table of clients by their address in memory, each in it until the broker says that it has gone.
 */
#include "broker-plugin/signin/sessions.h"

#include "broker-plugin/broker/broker_api.h"

#include <stdlib.h>

#define BUCKETS 4096

/* What becomes of a connection, in this order. */
enum fate {
    STAYS,
    ANSWERED, /* it ends when what it is sent in this turn has gone out */
    DUE,
    ENDED /* the broker was told to end it */
};

struct session {
    struct session *next;
    const struct mosquitto *client;
    uint32_t user;
    uint64_t token;
    enum fate fate;
};

struct bc_sessions {
    struct session *buckets[BUCKETS];
    size_t ending; /* how many aren't to stay, and aren't ended */
};

struct bc_sessions *bc_sessions_new(void)
{
    return calloc(1, sizeof(struct bc_sessions));
}

void bc_sessions_free(struct bc_sessions *sessions)
{
    for (size_t i = 0; sessions != NULL && i < BUCKETS; i++) {
        while (sessions->buckets[i] != NULL) {
            struct session *next = sessions->buckets[i]->next;

            free(sessions->buckets[i]);
            sessions->buckets[i] = next;
        }
    }
    free(sessions);
}

static size_t bucket_of(const struct mosquitto *client)
{
    uint64_t hash = (uint64_t)(uintptr_t)client * UINT64_C(0x9e3779b97f4a7c15);

    return (size_t)(hash >> 52);
}

_Static_assert(BUCKETS == 1 << (64 - 52), "a bucket is chosen by the upper bits");

/* What points to the session of ${client}, or where it would be. */
static struct session **find(const struct bc_sessions *sessions, const struct mosquitto *client)
{
    struct session **at = (struct session **)&sessions->buckets[bucket_of(client)];

    while (*at != NULL && (*at)->client != client) {
        at = &(*at)->next;
    }
    return at;
}

bool bc_sessions_add(
    struct bc_sessions *sessions, const struct mosquitto *client, uint32_t user, uint64_t token)
{
    struct session **at;
    struct session *session = malloc(sizeof(*session));

    if (session == NULL) {
        return false;
    }
    bc_sessions_forget(sessions, client);
    at = find(sessions, client);
    *session = (struct session){ .client = client, .user = user, .token = token };
    *at = session;
    return true;
}

static bool is_ending(const struct session *session)
{
    return session->fate == ANSWERED || session->fate == DUE;
}

void bc_sessions_forget(struct bc_sessions *sessions, const struct mosquitto *client)
{
    struct session **at = find(sessions, client);
    struct session *gone = *at;

    if (gone != NULL) {
        sessions->ending -= is_ending(gone) ? 1 : 0;
        *at = gone->next;
        free(gone);
    }
}

uint64_t bc_sessions_token(const struct bc_sessions *sessions, const struct mosquitto *client)
{
    const struct session *session = *find(sessions, client);

    return session != NULL ? session->token : 0;
}

static bool is_among(uint64_t token, const struct bc_token *tokens, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (tokens[i].id == token) {
            return true;
        }
    }
    return false;
}

void bc_sessions_review(struct bc_sessions *sessions, uint32_t user, const struct bc_token *tokens,
    uint32_t count, const struct mosquitto *heir, uint64_t token)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct session *at = sessions->buckets[i]; at != NULL; at = at->next) {
            if (at->user != user || at->fate != STAYS || is_among(at->token, tokens, count)) {
                continue;
            }
            if (at->client == heir) {
                at->token = token;
            } else {
                at->fate = ANSWERED;
                sessions->ending++;
            }
        }
    }
}

/* Those that are answered in this turn are due in the next. Returns one that is due now, or NULL.
 */
static struct session *next_due(const struct bc_sessions *sessions)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct session *at = sessions->buckets[i]; at != NULL; at = at->next) {
            if (at->fate == DUE) {
                return at;
            }
        }
    }
    return NULL;
}

static void advance(struct bc_sessions *sessions)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct session *at = sessions->buckets[i]; at != NULL; at = at->next) {
            at->fate = at->fate == ANSWERED ? DUE : at->fate;
        }
    }
}

/* Ending one may be told of, and so forgotten, at once: each is looked for anew. */
bool bc_sessions_turn(struct bc_sessions *sessions)
{
    struct session *due;
    bool ended = false;

    if (sessions->ending == 0) {
        return false;
    }
    while ((due = next_due(sessions)) != NULL) {
        const char *id = mosquitto_client_id(due->client);

        due->fate = ENDED;
        sessions->ending--;
        if (id != NULL) {
            (void)mosquitto_kick_client_by_clientid(id, false);
            ended = true;
        }
    }
    advance(sessions);
    return ended;
}
