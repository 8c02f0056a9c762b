#include "broker-plugin/retention.h"

#include "broker-plugin/pipeline.h"

/*
 * Of a turn retention takes so long, and then leaves the broker alone for so many times that; for
 * fewer times if a day isn't done within a day. Less than the time it takes, what others feel is
 * that there are more merges.
 */
#define TURN_US  500
#define LEAVES   159
#define HURRIES  39
#define IDLE_US  250000
#define FAILS_US 10000000

/* Who has seen another broker go on with it does so itself when that has stopped for so long. */
#define LEFT_US 1000000

/* The time that the store shows to have been gone by: that of the newest id, if that is near. */
static uint64_t first_time(const struct bc_plugin *plugin)
{
    const struct bc_view *view = bc_store_view(plugin->store);
    uint64_t last_ms = bc_view_retained(view)->clock_ms;
    uint64_t newest_ms =
        bc_timeline_time(bc_view_timeline(view), bc_store_newest_id(plugin->store));

    if (last_ms == 0) {
        return newest_ms != 0 ? newest_ms : bc_plugin_now(plugin);
    }
    return newest_ms > last_ms && newest_ms - last_ms <= BC_RETENTION_LEAP_MS ? newest_ms : last_ms;
}

static void tell_of_clock(struct bc_plugin *plugin, uint64_t now_ms)
{
    struct bc_retention *retention = &plugin->retention;

    if (retention->clock.doubted && !retention->told) {
        bc_plugin_log(MOSQ_LOG_WARNING,
            "retention waits: the clock is %llu days further than when it last went by it; it "
            "goes on when the clock has stayed there for a day, or with `backchannel retain --now`",
            (unsigned long long)((now_ms - retention->last_ms) / BC_DAY_MS));
    }
    retention->told = retention->clock.doubted;
}

uint64_t bc_retention_time(struct bc_plugin *plugin)
{
    struct bc_retention *retention = &plugin->retention;
    uint64_t now_ms = bc_plugin_now(plugin);

    if (retention->last_ms == 0) {
        retention->last_ms = first_time(plugin);
    }
    retention->last_ms =
        bc_retention_clock(&retention->clock, retention->last_ms, now_ms, bc_plugin_passed());
    tell_of_clock(plugin, now_ms);
    return retention->last_ms;
}

void bc_retention_believe(struct bc_plugin *plugin)
{
    plugin->retention.clock.doubted = false;
    plugin->retention.last_ms = bc_plugin_now(plugin);
    plugin->retention.next_us = 0;
}

bool bc_retention_is_due(struct bc_plugin *plugin, enum bc_retain part)
{
    const struct bc_view *view = bc_store_view(plugin->store);

    return bc_retention_due(&plugin->options.limits, bc_view_timeline(view), bc_view_retained(view),
        part, bc_retention_time(plugin));
}

static enum bc_retain next_part(const struct bc_plugin *plugin, uint64_t clock_ms)
{
    const struct bc_view *view = bc_store_view(plugin->store);

    return bc_retention_next(
        &plugin->options.limits, bc_view_timeline(view), bc_view_retained(view), clock_ms);
}

/* By how long a slice of ${part} took the next one is larger or smaller. */
static void end_slice(
    struct bc_retention *retention, enum bc_retain part, uint32_t rows, uint64_t took_us)
{
    retention->slices++;
    if (took_us > retention->longest_us) {
        retention->longest_us = took_us;
    }
    retention->rows[part] = bc_retention_rows(rows, took_us);
}

static uint64_t leaves(const struct bc_plugin *plugin, enum bc_retain part, uint64_t clock_ms)
{
    const struct bc_view *view = bc_store_view(plugin->store);

    return bc_retention_is_behind(&plugin->options.limits, bc_view_timeline(view),
               bc_view_retained(view), part, clock_ms)
               ? HURRIES
               : LEAVES;
}

/* What was asked for has become a fact, or nothing; NULL: all ends. */
static void answered(
    void *context, const struct bc_request *request, const struct bc_outcome *outcome)
{
    struct bc_plugin *plugin = context;
    struct bc_retention *retention = &plugin->retention;
    uint64_t took_us = 2 * retention->took_us; /* to judge takes about as long as to store */

    if (outcome == NULL) {
        return;
    }
    retention->asked = false;
    retention->went = outcome->refusal == BC_ACCEPTED;
    if (plugin->replica == NULL) {
        return;
    }
    if (request->action == BC_RETAIN) {
        end_slice(retention, request->retain.part, request->retain.rows, took_us);
        retention->next_us = bc_steady_us() + took_us * leaves(plugin, request->retain.part,
                                                            request->retain.clock_ms);
    }
    if (!retention->went) {
        retention->next_us = bc_steady_us() + FAILS_US;
    }
}

/* Ask for a slice of ${part}, or the end of the pass. False if it can't be; it may come later. */
static bool ask(struct bc_plugin *plugin, enum bc_retain part, uint32_t rows, uint64_t clock_ms)
{
    struct bc_erased_message messages[BC_ERASED_MAX];
    struct bc_request request = { .action = part < BC_RETAINS ? BC_RETAIN : BC_RETAIN_REST,
        .from = bc_bytes_text(BC_RETENTION),
        .retain = { .part = part, .rows = rows, .clock_ms = clock_ms, .messages = messages } };

    plugin->retention.asked = true;
    bc_pipeline_aside(plugin, &request, answered, plugin);
    return plugin->retention.asked || plugin->retention.went;
}

/* A slice, which of a broker that is alone ends here. */
static bool ask_slice(struct bc_plugin *plugin, enum bc_retain part, uint64_t clock_ms)
{
    struct bc_retention *retention = &plugin->retention;
    uint32_t rows = retention->rows[part] > 0 ? retention->rows[part] : 1;
    uint64_t began_us = bc_steady_own_us();
    bool went = ask(plugin, part, rows, clock_ms);

    if (plugin->replica == NULL) {
        end_slice(retention, part, rows, bc_steady_own_us() - began_us);
    }
    return went;
}

/* The pass is over: what it came to is told, once a day at most. */
static bool end_pass(struct bc_plugin *plugin, uint64_t clock_ms)
{
    const struct bc_view *view = bc_store_view(plugin->store);
    uint64_t pass = bc_view_retained(view)->pass;
    struct bc_erasure erasure;

    if (pass != 0 && bc_view_erasure(view, BC_ERASURE_OPEN, pass, &erasure) == BC_OK) {
        bc_plugin_log(MOSQ_LOG_NOTICE,
            "retention: %llu messages of %llu bytes were erased, and %llu erased ones and events "
            "removed",
            (unsigned long long)erasure.messages, (unsigned long long)erasure.bytes,
            (unsigned long long)erasure.rows);
    }
    return ask(plugin, BC_RETAIN_NOTHING, 1, clock_ms);
}

/* Slices for as long as a turn has, and the next turn's time by how long that was. */
static uint64_t go_on(struct bc_plugin *plugin)
{
    uint64_t clock_ms = bc_retention_time(plugin);
    uint64_t began_us = bc_steady_own_us();
    uint64_t took_us = 0;
    enum bc_retain part = BC_RETAIN_DIRECT;

    while (took_us < TURN_US && bc_store_has_room(plugin->store)) {
        part = next_part(plugin, clock_ms);
        if (part == BC_RETAIN_NOTHING) {
            return bc_steady_us() + (end_pass(plugin, clock_ms) ? IDLE_US : FAILS_US);
        }
        if (!ask_slice(plugin, part, clock_ms)) {
            return bc_steady_us() + FAILS_US;
        }
        took_us = bc_steady_own_us() - began_us;
        if (plugin->retention.asked) {
            break; /* it says itself when to go on */
        }
    }
    return bc_steady_us() + leaves(plugin, part, clock_ms) * took_us;
}

void bc_retention_turn(struct bc_plugin *plugin)
{
    struct bc_retention *retention = &plugin->retention;
    uint64_t now_us = bc_steady_us();

    if (retention->left) {
        retention->left = false;
        retention->next_us = now_us + LEFT_US;
    }
    if (retention->asked || now_us < retention->next_us) {
        return;
    }
    /* With a log a fact a day says how far a broker is, so that the log can be cut behind it. */
    if (!bc_retention_any(&plugin->options.limits) && plugin->replica == NULL &&
        bc_view_retained(bc_store_view(plugin->store))->pass == 0) {
        retention->next_us = now_us + IDLE_US;
        return;
    }
    retention->next_us = go_on(plugin);
}
