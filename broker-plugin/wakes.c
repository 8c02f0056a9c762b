/* Reasons wait in a row; whoever they are for is looked at one after the other. */
#include "broker-plugin/wakes.h"

#include <assert.h>
#include <stdlib.h>

#include "broker-plugin/asked.h"
#include "broker-plugin/context.h"
#include "broker-plugin/pushes.h"
#include "broker-plugin/replica.h"
#include "broker-plugin/sleepers.h"
#include "messaging/wake.h"

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
    struct bc_asked_queue asked; /* who is woken unless a device of theirs turns up */
    uint64_t window_ms;          /* when it began, and how many were woken in it */
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
        bc_asked_init(&wakes->asked);
    }
    return wakes;
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
        bc_asked_free(&wakes->asked);
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

/* Of as many as there is room for: the members of a group are more, and have to wait. */
static void tell_of_asked(struct bc_plugin *plugin)
{
    struct bc_asked_queue *queue = &plugin->wakes->asked;
    const struct bc_asked *asked;

    while ((asked = bc_asked_untold(queue)) != NULL &&
           tell_others(plugin, BC_NOTICE_SLEEPS, bc_bytes(asked->name, asked->len))) {
        bc_asked_told(queue, bc_plugin_passed() + ASK_MS);
    }
}

static enum bc_error wake_now(
    struct bc_plugin *plugin, const struct bc_push *pushes, uint32_t count, enum bc_urgency urgency)
{
    plugin->wakes->woken += count;
    return bc_pushes_wake(plugin, pushes, count, urgency);
}

/* Wake ${name}, whose number is ${user}, if it is time. */
static enum bc_error wake(
    struct bc_plugin *plugin, uint32_t user, struct bc_bytes name, enum bc_urgency urgency)
{
    struct bc_push pushes[BC_PUSHES_MAX];
    uint32_t count = 0;
    enum bc_error error = bc_pushes_find(plugin, user, pushes, &count);

    if (error != BC_OK || count == 0 ||
        !bc_sleepers_wake(plugin->sleepers, name, urgency, bc_plugin_passed())) {
        return error;
    }
    return plugin->replica != NULL ? bc_asked_add(&plugin->wakes->asked, name, urgency)
                                   : wake_now(plugin, pushes, count, urgency);
}

/* The others have been asked after ${asked}, and nobody has said a word. */
static enum bc_error wake_asked(struct bc_plugin *plugin, const struct bc_asked *asked)
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
        error = bc_pushes_find(plugin, user, pushes, &count);
    }
    return error == BC_OK ? wake_now(plugin, pushes, count, asked->urgency) : error;
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
    const struct bc_asked *asked;

    while (
        !is_enough(wakes) && (asked = bc_asked_over(&wakes->asked, bc_plugin_passed())) != NULL) {
        enum bc_error error = heard ? wake_asked(plugin, asked) : BC_OK;

        if (error != BC_OK) {
            tell_of_dropped(plugin);
        }
        bc_asked_drop(&wakes->asked);
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
