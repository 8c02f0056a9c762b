/* The plugin's three entry points, and the table of the broker's events that it takes part in. */
#include "broker-plugin/context.h"

#include <stdlib.h>

#include "broker-plugin/access.h"
#include "broker-plugin/broker/broker_api.h"
#include "broker-plugin/broker/property.h"
#include "broker-plugin/erasing.h"
#include "broker-plugin/hearing.h"
#include "broker-plugin/many.h"
#include "broker-plugin/message.h"
#include "broker-plugin/operator/operate.h"
#include "broker-plugin/outgoing.h"
#include "broker-plugin/pending.h"
#include "broker-plugin/pipeline.h"
#include "broker-plugin/reload.h"
#include "broker-plugin/replica.h"
#include "broker-plugin/signin/signin.h"
#include "settings/advice.h"
#include "settings/broker_config.h"

/* With no TICK for so long after the first event, none will come. */
#define TICK_MISSING_MS 2000

#define ENTRY_POINT __attribute__((visibility("default")))

/* ---- events ---- */

static int on_message(int event, void *event_data, void *context)
{
    const struct mosquitto_evt_message *message = event_data;
    struct bc_plugin *plugin = context;

    (void)event;
    if (!plugin->is_2_1) { /* 2.1 has told of every connection */
        bc_wakes_here(plugin, message->client);
    }
    return bc_message_handle(context, event_data);
}

/* Facts become durable, and deliveries go out, at TICK: a broker without it is of no use. */
static void watch_for_tick(struct bc_plugin *plugin)
{
    if (!plugin->ticked && !plugin->told_not_ticking &&
        bc_plugin_now(plugin) > plugin->started_ms + TICK_MISSING_MS) {
        plugin->told_not_ticking = true;
        bc_plugin_log(MOSQ_LOG_ERR,
            "the broker never calls TICK, so nothing is delivered: per_listener_settings true is "
            "not supported");
    }
}

static int on_acl_check(int event, void *event_data, void *context)
{
    (void)event;
    watch_for_tick(context);
    return bc_access_check(context, event_data);
}

static int on_connect(int event, void *event_data, void *context)
{
    const struct bc_event_connection *connection = event_data;
    struct bc_plugin *plugin = context;

    (void)event;
    bc_outbox_taken(plugin->outbox, connection->client);
    bc_subscriptions_end(plugin->subscriptions, connection->client, true);
    bc_newcomers_add(&plugin->newcomers, connection->client);
    bc_wakes_here(plugin, connection->client);
    return MOSQ_ERR_SUCCESS;
}

/*
 * Does the session of ${client} go on after it? It does where the broker says so, and where another
 * connection has taken its subscriptions over.
 */
static bool goes_on(int event, const struct mosquitto *client)
{
    return event == BC_EVENT_CLIENT_OFFLINE || mosquitto_client_sub_count(client) == 0;
}

/* A connection has ended; its session may go on. */
static int on_disconnect(int event, void *event_data, void *context)
{
    const struct bc_event_connection *connection = event_data;
    struct bc_plugin *plugin = context;

    bc_subscriptions_end(
        plugin->subscriptions, connection->client, goes_on(event, connection->client));
    bc_cork_forget(plugin->cork, connection->client);
    bc_many_forget(plugin, connection->client);
    bc_outbox_forget(plugin->outbox, connection->client);
    bc_sessions_forget(plugin->sessions, connection->client);
    bc_wakes_gone(plugin, connection->client);
    bc_dropped_gone(bc_outbox_dropped(plugin->outbox));
    plugin->gone = connection->client;
    return MOSQ_ERR_SUCCESS;
}

static int on_subscribe(int event, void *event_data, void *context)
{
    const struct bc_event_subscription *subscription = event_data;
    const struct mosquitto *client = subscription->client;
    struct bc_plugin *plugin = context;

    (void)event;
    bc_subscriptions_add(plugin->subscriptions, client, bc_plugin_user(client),
        mosquitto_client_protocol_version(client) == 5, subscription->filter);
    return MOSQ_ERR_SUCCESS;
}

static int on_unsubscribe(int event, void *event_data, void *context)
{
    const struct bc_event_subscription *subscription = event_data;
    struct bc_plugin *plugin = context;

    (void)event;
    bc_subscriptions_remove(plugin->subscriptions, subscription->client, subscription->filter);
    return MOSQ_ERR_SUCCESS;
}

static int on_message_out(int event, void *event_data, void *context)
{
    (void)event;
    return bc_outgoing_check(context, event_data);
}

/*
 * 2.1 calls TICK next when the clock is past the time in here, and a clock that was set back by a
 * day is not for a day: it is always past 0.
 */
static void ask_for_next_tick(struct mosquitto_evt_tick *tick)
{
    tick->now_s = 0;
    tick->now_ns = 0;
}

/* The operator has what is left of a turn. Their clock is one that nobody sets. */
static bool serve_door(struct bc_plugin *plugin)
{
    bool served = bc_door_turn(plugin->door, bc_steady_ms());

    if (served) {
        bc_loop_hurry(plugin->loop, 0);
    }
    return served;
}

static int on_tick(int event, void *event_data, void *context)
{
    struct bc_plugin *plugin = context;
    bool ended;

    (void)event;
    if (plugin->is_2_1) {
        ask_for_next_tick(event_data);
    }
    plugin->ticked = true;
    plugin->gone = NULL;
    bc_newcomers_clear(&plugin->newcomers);
    (void)bc_plugin_now(plugin);
    bc_plugin_tell_of_clock(plugin);
    bc_hearing_turn(plugin);
    bc_pipeline_turn(plugin);
    bc_erasing_turn(plugin);
    ended = bc_sessions_turn(plugin->sessions);
    if (serve_door(plugin) || ended) {
        bc_loop_busy(plugin->loop, false); /* the input that waited may have been theirs who left */
    }
    bc_retention_turn(plugin);
    return MOSQ_ERR_SUCCESS;
}

static int on_basic_auth(int event, void *event_data, void *context)
{
    const struct mosquitto_evt_basic_auth *who = event_data;
    struct bc_plugin *plugin = context;
    int result = bc_signin(plugin, who);

    (void)event;
    if (result == MOSQ_ERR_SUCCESS && !plugin->is_2_1) { /* 2.1 tells of it by CONNECT */
        bc_wakes_coming(plugin, who->client, bc_bytes_text(who->username));
    }
    return result;
}

/* Any other result would lock everybody out, or end the broker. */
static int on_reload(int event, void *event_data, void *context)
{
    (void)event;
    (void)event_data;
    (void)bc_reload(context);
    return MOSQ_ERR_SUCCESS;
}

/* When the plugin takes part in an event: with accounts alone where others would notice it. */
enum part {
    ALWAYS,
    SINCE_2_1,
    FOR_ACCOUNTS
};

static const struct {
    MOSQ_FUNC_generic_callback callback;
    int event;
    enum part part;
} events[] = {
    { on_message, MOSQ_EVT_MESSAGE, ALWAYS },
    { on_acl_check, MOSQ_EVT_ACL_CHECK, ALWAYS },
    { on_disconnect, MOSQ_EVT_DISCONNECT, ALWAYS },
    { on_tick, MOSQ_EVT_TICK, ALWAYS },
    { on_reload, MOSQ_EVT_RELOAD, ALWAYS },
    { on_connect, BC_EVENT_CONNECT, SINCE_2_1 },
    { on_disconnect, BC_EVENT_CLIENT_OFFLINE, SINCE_2_1 },
    { on_subscribe, BC_EVENT_SUBSCRIBE, SINCE_2_1 },
    { on_unsubscribe, BC_EVENT_UNSUBSCRIBE, SINCE_2_1 },
    { on_message_out, BC_EVENT_MESSAGE_OUT, SINCE_2_1 },
    { on_basic_auth, MOSQ_EVT_BASIC_AUTH, FOR_ACCOUNTS },
};

static bool takes_part(const struct bc_plugin *plugin, enum part part)
{
    switch (part) {
    case ALWAYS:
        return true;
    case SINCE_2_1:
        return plugin->is_2_1;
    case FOR_ACCOUNTS:
        return plugin->options.accounts != BC_ACCOUNTS_OFF;
    }
    return false;
}

static int register_events(struct bc_plugin *plugin, mosquitto_plugin_id_t *identifier)
{
    int result = MOSQ_ERR_SUCCESS;

    plugin->identifier = identifier;
    for (size_t i = 0; result == MOSQ_ERR_SUCCESS && i < sizeof(events) / sizeof(events[0]); i++) {
        if (takes_part(plugin, events[i].part)) {
            result = mosquitto_callback_register(
                identifier, events[i].event, events[i].callback, NULL, plugin);
        }
    }
    return result;
}

/* The broker doesn't free what was registered, and an event after the end would find nothing. */
static void unregister_events(const struct bc_plugin *plugin)
{
    for (size_t i = 0; plugin->identifier != NULL && i < sizeof(events) / sizeof(events[0]); i++) {
        if (takes_part(plugin, events[i].part)) {
            (void)mosquitto_callback_unregister(
                plugin->identifier, events[i].event, events[i].callback, NULL);
        }
    }
}

/* ---- start and end ---- */

static void plugin_free(struct bc_plugin *plugin)
{
    if (plugin != NULL) {
        unregister_events(plugin);
        bc_replica_free(plugin->replica);
        bc_pending_free(plugin->pending);
        bc_door_free(plugin->door);
        bc_store_close(plugin->store);
        bc_outbox_free(plugin->outbox);
        bc_handed_free(plugin->handed);
        bc_subscriptions_free(plugin->subscriptions);
        bc_listeners_free(plugin->listeners);
        bc_rates_free(&plugin->rates);
        bc_sessions_free(plugin->sessions);
        bc_guesses_free(plugin->guesses);
        bc_wakes_free(plugin->wakes);
        bc_sleepers_free(plugin->sleepers);
        bc_cork_free(plugin->cork);
        bc_loop_free(plugin->loop);
        bc_newcomers_free(&plugin->newcomers);
        bc_options_free(&plugin->options);
        free(plugin->clock);
        free(plugin);
    }
}

static bool read_options(struct bc_plugin *plugin, const struct mosquitto_opt *given, int count)
{
    struct bc_option_pair *pairs = calloc((size_t)count + 1, sizeof(*pairs));
    char line[512] = "out of memory";
    bool good = pairs != NULL;

    for (int i = 0; good && i < count; i++) {
        pairs[i] = (struct bc_option_pair){ .key = given[i].key, .value = given[i].value };
    }
    good = good && bc_options_read(&plugin->options, pairs, (size_t)count, line, sizeof(line)) &&
           bc_topics_init(&plugin->topics, plugin->options.topic_prefix);
    if (!good) {
        bc_plugin_log(MOSQ_LOG_ERR, "%s", line);
    }
    free(pairs);
    return good;
}

/* Clients try again and again, and each try may fail in the same way. */
static void say_for_store(void *context, bool warning, const char *line)
{
    struct bc_plugin *plugin = context;

    if (!warning || !bc_said(&plugin->said, line, bc_plugin_now(plugin))) {
        bc_plugin_log_line(NULL, warning, line);
    }
}

static bool open_store(struct bc_plugin *plugin)
{
    const struct bc_store_options options = {
        .dir = plugin->options.data_dir,
        .checkpoint_facts = plugin->options.checkpoint_facts,
        .checkpoint_bytes = plugin->options.checkpoint_bytes,
        .message_max_bytes = plugin->message_room,
        .prefix = plugin->options.topic_prefix,
        .prefix_was = plugin->options.topic_prefix_was,
        .of_log = plugin->options.log[0] != '\0',
        .gather_writes = plugin->options.gather_writes == BC_ON,
        .share_files = plugin->options.separate_files == BC_OFF,
        .log = say_for_store,
        .log_context = plugin,
        .owed = bc_pipeline_owed,
        .owed_context = plugin,
        .waits = bc_pipeline_waits,
        .synced = bc_pipeline_synced,
    };

    return bc_store_open(&plugin->store, &options) == BC_OK;
}

/* Go on with ids and times where the store ends. */
static void begin_ids(struct bc_plugin *plugin)
{
    uint64_t newest = bc_store_newest_id(plugin->store);
    const struct bc_advice log = { .say = bc_plugin_log_line };
    const struct bc_timeline *timeline = bc_view_timeline(bc_store_view(plugin->store));

    plugin->ids = (struct bc_id_source){ .newest = newest,
        .ahead_ms = bc_timeline_ahead(timeline, newest),
        .node = plugin->options.node_id };
    bc_advice_time(
        &log, bc_id_time(newest), bc_timeline_time(timeline, newest), bc_plugin_now(plugin));
}

/* Of what is configured or found here and seldom meant. */
static void advise(const struct bc_plugin *plugin, const struct bc_broker_config *config)
{
    const struct bc_advice log = { .say = bc_plugin_log_line };

    bc_advice_start(&log, &plugin->options, config);
    if (bc_dropped_stays(bc_outbox_dropped(plugin->outbox))) {
        bc_plugin_log(MOSQ_LOG_WARNING,
            "what this broker drops for clients that don't read stays in its memory until it ends "
            "(forget_dropped); set memory_limit");
    }
}

static bool start(struct bc_plugin *plugin, const struct mosquitto_opt *given, int count)
{
    struct bc_broker_config config;
    char line[512];

    plugin->is_2_1 = bc_broker_is_2_1();
    plugin->values_counted = bc_property_counted();
    if (!read_options(plugin, given, count) || !bc_reload_start(plugin)) {
        return false;
    }
    config =
        bc_broker_config_read(plugin->options.topic_prefix, plugin->is_2_1 ? BC_PACKET_MAX_2_1 : 0);
    if (!bc_broker_config_fits(&config, plugin->options.topic_prefix, line, sizeof(line))) {
        bc_plugin_log(MOSQ_LOG_ERR, "%s", line);
        return false;
    }
    plugin->clock = calloc(1, sizeof(*plugin->clock));
    plugin->loop = bc_loop_new(plugin->is_2_1);
    plugin->cork =
        plugin->loop != NULL ? bc_cork_new(plugin->loop, plugin->options.cork == BC_OFF) : NULL;
    plugin->handed = bc_handed_new(&plugin->topics);
    plugin->outbox = bc_outbox_new(plugin->loop, plugin->handed, plugin->is_2_1);
    plugin->listeners = bc_listeners_new(config.unasked_subscriptions);
    plugin->subscriptions = bc_subscriptions_new(plugin->listeners, &plugin->topics);
    plugin->names = config.names;
    plugin->sessions = bc_sessions_new();
    plugin->sleepers = bc_sleepers_new();
    plugin->guesses = bc_guesses_new();
    if (plugin->options.push_user[0] != '\0') {
        plugin->wakes = bc_wakes_new();
    }
    if (!bc_rates_init(
            &plugin->rates, plugin->options.rate_per_minute, plugin->options.rate_burst) ||
        plugin->clock == NULL || plugin->sessions == NULL || plugin->sleepers == NULL ||
        plugin->guesses == NULL ||
        (plugin->wakes == NULL && plugin->options.push_user[0] != '\0') || plugin->handed == NULL ||
        plugin->outbox == NULL || plugin->cork == NULL || plugin->listeners == NULL ||
        plugin->subscriptions == NULL) {
        bc_plugin_log(MOSQ_LOG_ERR, "out of memory");
        return false;
    }
    if (!open_store(plugin)) {
        return false;
    }
    begin_ids(plugin);
    plugin->erasing.open = true; /* there may be some of before */
    plugin->started_ms = bc_plugin_now(plugin);
    if (plugin->options.forget_dropped == BC_OFF) {
        bc_dropped_never(bc_outbox_dropped(plugin->outbox));
    }
    advise(plugin, &config);
    plugin->door = bc_operate_open(plugin);
    return plugin->door != NULL && (plugin->options.log[0] == '\0' || bc_many_share(plugin));
}

ENTRY_POINT int mosquitto_plugin_version(int supported_version_count, const int *supported_versions)
{
    for (int i = 0; i < supported_version_count; i++) {
        if (supported_versions[i] == 5) {
            return 5;
        }
    }
    return -1;
}

ENTRY_POINT int mosquitto_plugin_init(mosquitto_plugin_id_t *identifier, void **user_data,
    struct mosquitto_opt *options, int option_count)
{
    struct bc_plugin *plugin = calloc(1, sizeof(*plugin));
    int result = plugin == NULL ? MOSQ_ERR_NOMEM : MOSQ_ERR_SUCCESS;

    if (plugin == NULL) {
        bc_plugin_log(MOSQ_LOG_ERR, "out of memory");
    } else if (!start(plugin, options, option_count)) {
        result = MOSQ_ERR_INVAL;
    }
    if (result == MOSQ_ERR_SUCCESS) {
        result = register_events(plugin, identifier);
    }
    if (result != MOSQ_ERR_SUCCESS) {
        plugin_free(plugin);
        return result;
    }
    *user_data = plugin;
    bc_plugin_log(MOSQ_LOG_NOTICE, "version %s serves %s/ from %s", BACKCHANNEL_VERSION,
        plugin->topics.prefix, plugin->options.data_dir);
    return MOSQ_ERR_SUCCESS;
}

/* So that a clean end can be told from a kill. What went wrong has been logged. */
static void close_store(struct bc_plugin *plugin)
{
    bool whole;

    bc_door_free(plugin->door);
    plugin->door = NULL;
    bc_replica_free(plugin->replica);
    plugin->replica = NULL;
    bc_pending_free(plugin->pending);
    plugin->pending = NULL;
    whole = bc_store_close(plugin->store);
    plugin->store = NULL;
    bc_plugin_log(MOSQ_LOG_NOTICE, "%s is closed%s", plugin->options.data_dir,
        whole ? "; everything is in the tables" : "; what the tables lack is in the journal");
}

ENTRY_POINT int mosquitto_plugin_cleanup(
    void *user_data, struct mosquitto_opt *options, int option_count)
{
    (void)options;
    (void)option_count;
    if (user_data != NULL) { /* 2.1 calls this where the start has failed as well */
        close_store(user_data);
        plugin_free(user_data);
    }
    return MOSQ_ERR_SUCCESS;
}
