/* A table of connections, each with the list of its filters that reach anything of ours. */
#include "broker-plugin/subscriptions.h"

#include <stdlib.h>
#include <string.h>

#include "broker-plugin/hash.h"
#include "messaging/text.h"

/* With more, which only filters beyond the prefix can be, the rest is listening for good. */
#define FILTERS_MAX 1000

struct filter {
    struct filter *next;
    char text[];
};

struct subscriber {
    UT_hash_handle hh;
    const struct mosquitto *client;
    struct filter *filters;
    size_t count;
    bool mqtt5;
    size_t user_length;
    char user[BC_NAME_MAX];
};

struct bc_subscriptions {
    struct bc_listeners *listeners;
    const struct bc_topics *topics;
    struct subscriber *table;
};

struct bc_subscriptions *bc_subscriptions_new(
    struct bc_listeners *listeners, const struct bc_topics *topics)
{
    struct bc_subscriptions *subscriptions = calloc(1, sizeof(*subscriptions));

    if (subscriptions != NULL) {
        subscriptions->listeners = listeners;
        subscriptions->topics = topics;
    }
    return subscriptions;
}

static struct subscriber *find(
    const struct bc_subscriptions *subscriptions, const struct mosquitto *client)
{
    struct subscriber *subscriber = NULL;

    HASH_FIND_PTR(subscriptions->table, &client, subscriber);
    return subscriber;
}

static void forget(struct bc_subscriptions *subscriptions, struct subscriber *subscriber)
{
    HASH_DEL(subscriptions->table, subscriber);
    while (subscriber->filters != NULL) {
        struct filter *next = subscriber->filters->next;

        free(subscriber->filters);
        subscriber->filters = next;
    }
    free(subscriber);
}

void bc_subscriptions_free(struct bc_subscriptions *subscriptions)
{
    while (subscriptions != NULL && subscriptions->table != NULL) {
        forget(subscriptions, subscriptions->table);
    }
    free(subscriptions);
}

/* What a filter lets ${name}, a user or a group, be heard of; with a wildcard, all groups too. */
struct reach {
    enum bc_listened listened;
    struct bc_bytes name;
    bool all;
};

/* Where the filter ${text} of ${user} reaches; false if to nothing that is made for who listens. */
static bool find_reach(
    const struct bc_topics *topics, struct bc_bytes user, const char *text, struct reach *reach)
{
    struct bc_topic_filter filter = bc_topic_filter(topics, text);

    *reach = (struct reach){ .listened = BC_LISTENED_USER, .name = user };
    switch (filter.type) {
    case BC_FILTER_WILDCARD_FIRST:
        reach->all = true;
        return true;
    case BC_FILTER_USER:
        return true;
    case BC_FILTER_GROUP:
        *reach = (struct reach){ .listened = BC_LISTENED_GROUP, .name = filter.name };
        return true;
    case BC_FILTER_OUTSIDE:
    case BC_FILTER_WAKE: /* wakes are made for nobody else */
    case BC_FILTER_REPLY:
    case BC_FILTER_ERROR:
    case BC_FILTER_FORBIDDEN:
        break;
    }
    return false;
}

void bc_subscriptions_keep(struct bc_listeners *listeners, const struct bc_topics *topics,
    struct bc_bytes user, const char *text, bool mqtt5, bool lasts)
{
    struct reach reach;

    if (!find_reach(topics, user, text, &reach)) {
        return;
    }
    /* It may be taken up by another user, as client ids are nobody's own. */
    if (reach.all && lasts) {
        bc_listeners_add_all(listeners);
    }
    bc_listeners_add(listeners, reach.listened, reach.name, mqtt5);
    if (reach.all) {
        bc_listeners_add_groups(listeners);
    }
}

/* One more listens to what ${text} is about, or one less. */
static void tell(const struct bc_subscriptions *subscriptions, const struct subscriber *subscriber,
    const char *text, enum bc_listening listening)
{
    struct bc_bytes user = bc_bytes(subscriber->user, subscriber->user_length);
    struct reach reach;

    if (!find_reach(subscriptions->topics, user, text, &reach)) {
        return;
    }
    bc_listeners_count(
        subscriptions->listeners, reach.listened, reach.name, subscriber->mqtt5, listening);
    if (reach.all) {
        bc_listeners_count_groups(subscriptions->listeners, listening);
    }
}

static struct subscriber *add_subscriber(struct bc_subscriptions *subscriptions,
    const struct mosquitto *client, struct bc_bytes user, bool mqtt5)
{
    struct subscriber *subscriber = calloc(1, sizeof(*subscriber));

    if (subscriber == NULL) {
        return NULL;
    }
    subscriber->client = client;
    subscriber->mqtt5 = mqtt5;
    subscriber->user_length = user.len;
    memcpy(subscriber->user, user.data, user.len);
    HASH_ADD_PTR(subscriptions->table, client, subscriber);
    if (subscriber->hh.tbl == NULL) { /* uthash's word for having run out of memory */
        free(subscriber);
        return NULL;
    }
    return subscriber;
}

/* What points to the filter ${text} of ${subscriber}, or to the end of its list. */
static struct filter **find_filter(struct subscriber *subscriber, const char *text)
{
    struct filter **at = &subscriber->filters;

    while (*at != NULL && strcmp((*at)->text, text) != 0) {
        at = &(*at)->next;
    }
    return at;
}

static bool add_filter(struct subscriber *subscriber, struct filter **at, const char *text)
{
    size_t size = strlen(text) + 1;
    struct filter *filter = subscriber->count < FILTERS_MAX ? malloc(sizeof(*filter) + size) : NULL;

    if (filter == NULL) {
        return false;
    }
    filter->next = NULL;
    memcpy(filter->text, text, size);
    *at = filter;
    subscriber->count++;
    return true;
}

void bc_subscriptions_add(struct bc_subscriptions *subscriptions, const struct mosquitto *client,
    struct bc_bytes user, bool mqtt5, const char *text)
{
    struct subscriber *subscriber = find(subscriptions, client);
    struct reach reach;
    struct filter **at;

    if (user.len == 0 || user.len > BC_NAME_MAX ||
        !find_reach(subscriptions->topics, user, text, &reach)) {
        return;
    }
    if (subscriber == NULL) {
        subscriber = add_subscriber(subscriptions, client, user, mqtt5);
    }
    at = subscriber != NULL ? find_filter(subscriber, text) : NULL;
    if (at != NULL && *at != NULL) {
        return; /* it had it, and has it once */
    }
    if (at != NULL && add_filter(subscriber, at, text)) {
        tell(subscriptions, subscriber, text, BC_LISTENING_BEGINS);
        return;
    }
    bc_subscriptions_keep(subscriptions->listeners, subscriptions->topics, user, text, true, true);
}

void bc_subscriptions_remove(
    struct bc_subscriptions *subscriptions, const struct mosquitto *client, const char *text)
{
    struct subscriber *subscriber = find(subscriptions, client);
    struct filter **at = subscriber != NULL ? find_filter(subscriber, text) : NULL;
    struct filter *gone = at != NULL ? *at : NULL;

    if (gone == NULL) {
        return;
    }
    tell(subscriptions, subscriber, text, BC_LISTENING_ENDS);
    *at = gone->next;
    free(gone);
    subscriber->count--;
    if (subscriber->count == 0) {
        forget(subscriptions, subscriber);
    }
}

/* What goes on may be taken up by another version of MQTT, and by another user. */
void bc_subscriptions_end(
    struct bc_subscriptions *subscriptions, const struct mosquitto *client, bool goes_on)
{
    struct subscriber *subscriber = find(subscriptions, client);

    if (subscriber == NULL) {
        return;
    }
    for (struct filter *filter = subscriber->filters; filter != NULL; filter = filter->next) {
        tell(subscriptions, subscriber, filter->text, BC_LISTENING_ENDS);
        if (goes_on) {
            bc_subscriptions_keep(subscriptions->listeners, subscriptions->topics,
                bc_bytes(subscriber->user, subscriber->user_length), filter->text, true, true);
        }
    }
    forget(subscriptions, subscriber);
}
