/* Reasons wait in a row; whoever they are for is looked at one after the other. */
#include "broker-plugin/wakes.h"

#include <assert.h>
#include <stdlib.h>

#include "broker-plugin/context.h"
#include "broker-plugin/payload.h"
#include "broker-plugin/replica.h"
#include "broker-plugin/sleepers.h"
#include "messaging/wake.h"
#include "json/json.h"

/* Reasons that may wait: what comes beyond them wakes nobody. */
#define REASONS_MAX 4096

/* Users that are looked at in a turn, and members that are read at a time. */
#define LOOKS 1024
#define PAGE  64

/* So many wakes in so long: the broker drops what the push user's queue has no room for. */
#define WAKES_MAX 100
#define WINDOW_MS 50

/* Who asks for something gets it before others are woken, but not for ever on a busy broker. */
#define PATIENCE_MS 1000

/* One of many brokers asks the others first, which have so long to answer. */
#define ASK_MS 500

/* Somebody who is woken unless a device of theirs turns up. */
struct asked {
    struct asked *next;
    bool told; /* the others have been asked: they have until ... */
    uint64_t until_ms;
    enum bc_urgency urgency;
    size_t len;
    uint8_t name[BC_NAME_MAX];
};

/* A reason, with its names, which were borrowed. */
struct waiting {
    struct waiting *next;
    uint64_t fact;
    uint64_t since_ms;
    struct bc_wake_reason reason;
    struct bc_bytes reached; /* the member who was looked at last */
    uint8_t names[4][BC_NAME_MAX];
};

struct bc_wakes {
    struct waiting *first;
    struct waiting *last;
    size_t count;
    struct asked *first_asked;
    struct asked **last_asked;
    uint64_t window_ms; /* when it began, and how many were woken in it */
    unsigned woken;
    unsigned looked; /* in this turn */
};

/* What holds whenever nobody is within a function of this file. */
static void check(const struct bc_wakes *wakes)
{
    assert((wakes->first == NULL) == (wakes->count == 0));
    assert((wakes->last == NULL) == (wakes->count == 0));
    assert(wakes->last == NULL || wakes->last->next == NULL);
    assert(wakes->count != 1 || wakes->first == wakes->last);
    assert(wakes->count <= REASONS_MAX);
    (void)wakes; /* without assertions */
}

struct bc_wakes *bc_wakes_new(void)
{
    struct bc_wakes *wakes = calloc(1, sizeof(*wakes));

    if (wakes != NULL) {
        wakes->last_asked = &wakes->first_asked;
    }
    return wakes;
}

static void drop_first_asked(struct bc_wakes *wakes)
{
    struct asked *first = wakes->first_asked;

    wakes->first_asked = first->next;
    if (wakes->first_asked == NULL) {
        wakes->last_asked = &wakes->first_asked;
    }
    free(first);
}

static void drop_first(struct bc_wakes *wakes)
{
    struct waiting *first = wakes->first;

    assert(first != NULL);
    wakes->first = first->next;
    if (wakes->first == NULL) {
        wakes->last = NULL;
    }
    wakes->count--;
    check(wakes);
    free(first);
}

void bc_wakes_free(struct bc_wakes *wakes)
{
    if (wakes != NULL) {
        while (wakes->first != NULL) {
            drop_first(wakes);
        }
        while (wakes->first_asked != NULL) {
            drop_first_asked(wakes);
        }
        free(wakes);
    }
}

/* ---- who is there ---- */

/* Whoever of the other brokers would wake ${user} hears that they are here, or have gone. */
static bool tell_others(struct bc_plugin *plugin, enum bc_notice_type type, struct bc_bytes user)
{
    const struct bc_notice notice = { .type = type, .user = user };

    return plugin->wakes != NULL && plugin->replica != NULL &&
           bc_replica_notify(plugin->replica, &notice);
}

void bc_wakes_coming(struct bc_plugin *plugin, const struct mosquitto *client, struct bc_bytes user)
{
    bool was_here = bc_sleepers_is_here(plugin->sleepers, user);

    if (user.len > 0) {
        bc_sleepers_here(plugin->sleepers, client, user);
        if (!was_here) {
            (void)tell_others(plugin, BC_NOTICE_HERE, user);
        }
    }
}

void bc_wakes_here(struct bc_plugin *plugin, const struct mosquitto *client)
{
    if (!bc_sleepers_knows(plugin->sleepers, client)) {
        bc_wakes_coming(plugin, client, bc_plugin_user(client));
    }
}

void bc_wakes_gone(struct bc_plugin *plugin, const struct mosquitto *client)
{
    struct bc_bytes user = bc_plugin_user(client);
    bool was_here = bc_sleepers_is_here(plugin->sleepers, user);

    bc_sleepers_gone(plugin->sleepers, client);
    if (was_here && !bc_sleepers_is_here(plugin->sleepers, user)) {
        (void)tell_others(plugin, BC_NOTICE_GONE, user);
    }
}

bool bc_wakes_are_heard(const struct bc_plugin *plugin)
{
    return plugin->wakes != NULL &&
           bc_sleepers_is_here(plugin->sleepers, bc_bytes_text(plugin->options.push_user));
}

/* ---- reasons ---- */

static struct bc_bytes keep(uint8_t to[BC_NAME_MAX], struct bc_bytes name)
{
    if (name.len > 0) {
        memcpy(to, name.data, name.len);
    }
    return bc_bytes(to, name.len);
}

/* A flood of one sender's in one group is one reason, as long as nobody has looked at it. */
static bool is_known(const struct bc_wakes *wakes, const struct bc_wake_reason *reason)
{
    const struct bc_wake_reason *last = wakes->last != NULL ? &wakes->last->reason : NULL;

    return last != NULL && reason->user.len == 0 && last->user.len == 0 &&
           wakes->last->reached.len == 0 && bc_bytes_equal(last->group, reason->group) &&
           bc_bytes_equal(last->by, reason->by);
}

static void tell_of_dropped(struct bc_plugin *plugin)
{
    if (bc_plugin_tells(plugin, BC_RARE_WAKES)) {
        bc_plugin_log(
            MOSQ_LOG_WARNING, "not all who sleep are woken: more happens than is looked at");
    }
}

static void add(void *context, const struct bc_wake_reason *reason)
{
    struct bc_plugin *plugin = context;
    struct bc_wakes *wakes = plugin->wakes;
    struct waiting *waiting;

    check(wakes);
    if (is_known(wakes, reason)) {
        return;
    }
    waiting = wakes->count < REASONS_MAX ? malloc(sizeof(*waiting)) : NULL;
    if (waiting == NULL) {
        tell_of_dropped(plugin);
        return;
    }
    waiting->next = NULL;
    waiting->fact = bc_store_last(plugin->store);
    waiting->since_ms = bc_plugin_passed();
    waiting->reason = *reason;
    waiting->reason.user = keep(waiting->names[0], reason->user);
    waiting->reason.by = keep(waiting->names[1], reason->by);
    waiting->reason.group = keep(waiting->names[2], reason->group);
    waiting->reached = bc_bytes(waiting->names[3], 0);
    if (wakes->last != NULL) {
        wakes->last->next = waiting;
    } else {
        wakes->first = waiting;
    }
    wakes->last = waiting;
    wakes->count++;
    check(wakes);
}

void bc_wakes_add(struct bc_plugin *plugin, const struct bc_fact *fact)
{
    if (plugin->wakes != NULL) {
        bc_wake_reasons(fact, add, plugin);
    }
}

/* They are in the order of their facts: from the first that is lost on, all are. */
void bc_wakes_lose(struct bc_plugin *plugin, uint64_t number)
{
    struct bc_wakes *wakes = plugin->wakes;
    struct waiting *kept = NULL;
    struct waiting *at = wakes != NULL ? wakes->first : NULL;

    while (at != NULL && at->fact <= number) {
        kept = at;
        at = at->next;
    }
    while (at != NULL) {
        struct waiting *next = at->next;

        free(at);
        wakes->count--;
        at = next;
    }
    if (wakes != NULL) {
        wakes->last = kept;
        if (kept != NULL) {
            kept->next = NULL;
        } else {
            wakes->first = NULL;
        }
        check(wakes);
    }
}

/* ---- waking ---- */

static cJSON *wake_json(const struct bc_push *push, enum bc_urgency urgency)
{
    cJSON *json = cJSON_CreateObject();

    if (json != NULL && bc_json_add_bytes(json, "endpoint", push->endpoint) &&
        (push->p256dh.len == 0 || bc_json_add_bytes(json, "p256dh", push->p256dh)) &&
        (push->auth.len == 0 || bc_json_add_bytes(json, "auth", push->auth)) &&
        cJSON_AddStringToObject(json, "urgency", urgency == BC_WAKE_HIGH ? "high" : "low") !=
            NULL) {
        return json;
    }
    cJSON_Delete(json);
    return NULL;
}

static enum bc_error publish(
    struct bc_plugin *plugin, const struct bc_push *push, enum bc_urgency urgency)
{
    struct bc_publication publication = { .qos = 1, .others = true };
    cJSON *json = wake_json(push, urgency);
    enum bc_error error = BC_NOMEM;

    bc_topic_wake(&plugin->topics, publication.topic, bc_bytes_text(plugin->options.push_user));
    if (json != NULL && bc_json_payload(&publication, json)) {
        error = bc_outbox_add(plugin->outbox, &publication);
    }
    cJSON_Delete(json);
    return error;
}

/* Can ${device} still sign in? One that has a token that is over can't. */
static bool is_signed_in(
    struct bc_bytes device, const struct bc_token *tokens, uint32_t count, uint64_t now_ms)
{
    for (uint32_t i = 0; i < count; i++) {
        if (bc_bytes_equal(tokens[i].device, device)) {
            return tokens[i].until_ms == 0 || now_ms < tokens[i].until_ms;
        }
    }
    return true;
}

/* What ${user} can be woken by. */
static enum bc_error find_pushes(const struct bc_plugin *plugin, uint32_t user,
    struct bc_push pushes[BC_PUSHES_MAX], uint32_t *count)
{
    const struct bc_view *view = bc_store_view(plugin->store);
    struct bc_token tokens[BC_TOKENS_MAX];
    uint32_t token_count = 0;
    uint32_t kept = 0;
    enum bc_error error = bc_view_pushes(view, user, pushes, count);

    if (error == BC_OK && *count > 0) {
        error = bc_view_tokens(view, user, tokens, &token_count);
    }
    for (uint32_t i = 0; error == BC_OK && i < *count; i++) {
        if (is_signed_in(pushes[i].device, tokens, token_count, bc_plugin_now(plugin))) {
            pushes[kept++] = pushes[i];
        }
    }
    *count = kept;
    return error;
}

/* As many as there is room for: the members of a group are more, and have to wait. */
static void tell_of_asked(struct bc_plugin *plugin)
{
    for (struct asked *at = plugin->wakes->first_asked; at != NULL; at = at->next) {
        if (!at->told) {
            at->told = tell_others(plugin, BC_NOTICE_SLEEPS, bc_bytes(at->name, at->len));
            at->until_ms = bc_plugin_passed() + ASK_MS;
        }
        if (!at->told) {
            return;
        }
    }
}

/* ${name} is woken unless another broker says that they are there. */
static enum bc_error ask_others(
    struct bc_plugin *plugin, struct bc_bytes name, enum bc_urgency urgency)
{
    struct bc_wakes *wakes = plugin->wakes;
    struct asked *asked = calloc(1, sizeof(*asked));

    if (asked == NULL) {
        return BC_NOMEM;
    }
    asked->urgency = urgency;
    asked->len = keep(asked->name, name).len;
    *wakes->last_asked = asked;
    wakes->last_asked = &asked->next;
    return BC_OK;
}

static enum bc_error publish_all(
    struct bc_plugin *plugin, const struct bc_push *pushes, uint32_t count, enum bc_urgency urgency)
{
    enum bc_error error = BC_OK;

    for (uint32_t i = 0; error == BC_OK && i < count; i++) {
        error = publish(plugin, &pushes[i], urgency);
        plugin->wakes->woken++;
    }
    return error;
}

/* Wake ${name}, whose number is ${user}, if it is time. */
static enum bc_error wake(
    struct bc_plugin *plugin, uint32_t user, struct bc_bytes name, enum bc_urgency urgency)
{
    struct bc_push pushes[BC_PUSHES_MAX];
    uint32_t count = 0;
    enum bc_error error = find_pushes(plugin, user, pushes, &count);

    if (error != BC_OK || count == 0 ||
        !bc_sleepers_wake(plugin->sleepers, name, urgency, bc_plugin_passed())) {
        return error;
    }
    return plugin->replica != NULL ? ask_others(plugin, name, urgency)
                                   : publish_all(plugin, pushes, count, urgency);
}

/* The others have been asked after ${asked}, and nobody has said a word. */
static enum bc_error wake_asked(struct bc_plugin *plugin, const struct asked *asked)
{
    struct bc_bytes name = bc_bytes(asked->name, asked->len);
    struct bc_push pushes[BC_PUSHES_MAX];
    uint32_t count = 0;
    uint32_t user = 0;
    enum bc_error error = BC_OK;

    if (bc_sleepers_sleeps_on(plugin->sleepers, name, asked->urgency)) {
        error = bc_view_user(bc_store_view(plugin->store), name, &user);
    }
    if (error == BC_OK && user != 0) {
        error = find_pushes(plugin, user, pushes, &count);
    }
    return error == BC_OK ? publish_all(plugin, pushes, count, asked->urgency) : error;
}

/* Look at ${reason} as ${name} does. Whoever has a device there, or was woken, isn't asked. */
static enum bc_error look(
    struct bc_plugin *plugin, const struct bc_wake_reason *reason, struct bc_bytes name)
{
    const struct bc_view *view = bc_store_view(plugin->store);
    enum bc_urgency urgency;
    uint32_t user = 0;
    enum bc_error error = BC_OK;

    plugin->wakes->looked++;
    if (reason->user.len == 0 && !bc_sleepers_could_wake(plugin->sleepers, name, BC_WAKE_HIGH)) {
        return BC_OK;
    }
    error = bc_view_user(view, name, &user);
    if (error == BC_OK && user != 0) {
        error = bc_wake_judge(view, reason, user, name, &urgency);
    }
    return error == BC_OK && user != 0 && urgency != BC_WAKE_NOBODY
               ? wake(plugin, user, name, urgency)
               : error;
}

static bool is_enough(const struct bc_wakes *wakes)
{
    return wakes->looked >= LOOKS || wakes->woken >= WAKES_MAX;
}

/* The members of the group of ${waiting}, from where it was left. */
static enum bc_error look_at_members(struct bc_plugin *plugin, struct waiting *waiting, bool *whole)
{
    const struct bc_view *view = bc_store_view(plugin->store);
    struct bc_bytes names[PAGE];
    struct bc_group group = { .number = 0 };
    struct bc_name_part part = { .limit = PAGE, .more = true };
    enum bc_error error = bc_view_group(view, waiting->reason.group, &group);
    uint32_t number = group.number;

    while (error == BC_OK && part.more && !is_enough(plugin->wakes)) {
        part.after = waiting->reached;
        error = bc_view_members(view, number, &part, names);
        for (uint32_t i = 0; error == BC_OK && i < part.count; i++) {
            waiting->reached = keep(waiting->names[3], names[i]);
            error = look(plugin, &waiting->reason, names[i]);
            if (is_enough(plugin->wakes) && i + 1 < part.count) {
                part.more = true;
                break;
            }
        }
    }
    *whole = error != BC_OK || !part.more;
    return error;
}

/* Is it time for the first reason? */
static bool is_time(const struct bc_plugin *plugin, uint64_t durable)
{
    const struct waiting *first = plugin->wakes->first;

    return first != NULL && first->fact <= durable &&
           (bc_plugin_passed() >= first->since_ms + PATIENCE_MS ||
               !bc_loop_input_waiting(plugin->loop));
}

static void look_at_reasons(struct bc_plugin *plugin, uint64_t durable)
{
    struct bc_wakes *wakes = plugin->wakes;

    while (!is_enough(wakes) && is_time(plugin, durable)) {
        struct waiting *first = wakes->first;
        bool whole = true;
        enum bc_error error = first->reason.user.len > 0
                                  ? look(plugin, &first->reason, first->reason.user)
                                  : look_at_members(plugin, first, &whole);

        if (error != BC_OK) {
            tell_of_dropped(plugin);
        }
        if (whole) {
            drop_first(wakes);
        }
    }
}

/* Those of whom no other broker has said that they are there. */
static void look_at_asked(struct bc_plugin *plugin, bool heard)
{
    struct bc_wakes *wakes = plugin->wakes;

    while (!is_enough(wakes) && wakes->first_asked != NULL && wakes->first_asked->told &&
           bc_plugin_passed() >= wakes->first_asked->until_ms) {
        enum bc_error error = heard ? wake_asked(plugin, wakes->first_asked) : BC_OK;

        if (error != BC_OK) {
            tell_of_dropped(plugin);
        }
        drop_first_asked(wakes);
    }
}

/* Those whose pause is over: what they were due for is still to be looked at. */
static void look_at_due(struct bc_plugin *plugin, bool heard)
{
    struct bc_wakes *wakes = plugin->wakes;
    struct bc_sleeper sleeper;

    while (!is_enough(wakes) && bc_sleepers_due(plugin->sleepers, bc_plugin_passed(), &sleeper)) {
        struct bc_bytes name = bc_bytes(sleeper.name, sleeper.len);
        uint32_t user = 0;
        enum bc_error error = bc_view_user(bc_store_view(plugin->store), name, &user);

        if (error == BC_OK && user != 0 && heard) {
            error = wake(plugin, user, name, sleeper.urgency);
        }
        if (error != BC_OK) {
            tell_of_dropped(plugin);
        }
    }
}

void bc_wakes_turn(struct bc_plugin *plugin, uint64_t durable)
{
    struct bc_wakes *wakes = plugin->wakes;
    uint64_t now_ms;
    bool heard;

    if (wakes == NULL) {
        return;
    }
    now_ms = bc_plugin_passed();
    if (now_ms < wakes->window_ms || now_ms >= wakes->window_ms + WINDOW_MS) {
        wakes->window_ms = now_ms;
        wakes->woken = 0;
    }
    wakes->looked = 0;
    /* Wakes are live only: nobody has been woken whom nobody was told of. */
    heard = bc_wakes_are_heard(plugin) &&
            (plugin->replica == NULL || bc_replica_wakes(plugin->replica));
    look_at_asked(plugin, heard);
    look_at_due(plugin, heard);
    while (!heard && wakes->first != NULL) {
        drop_first(wakes);
    }
    look_at_reasons(plugin, durable);
    tell_of_asked(plugin);
}
