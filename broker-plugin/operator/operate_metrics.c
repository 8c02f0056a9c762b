/* The verb metrics: a row for each metric, with its samples. Names are as Prometheus has them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker-plugin/commands/command.h"
#include "broker-plugin/operator/health.h"
#include "broker-plugin/operator/operate.h"
#include "broker-plugin/replica.h"

/* So many open reports are counted, and no more. */
#define REPORTS_COUNTED 10000
#define REPORTS_STEP    200

/* All that is told, gathered once for an answer. */
struct gathered {
    struct bc_counts counts;
    struct bc_store_stats store;
    uint64_t ready;
    uint64_t started_ms;
    uint64_t unsynced;
    uint64_t outbox_bytes;
    uint64_t devices;
    uint64_t users_here;
    uint64_t reports;
    uint64_t oldest_report_ms;
    uint64_t ahead_ms;
    struct bc_retained retained;
    uint64_t kept_since_ms[BC_RETAINS];
    uint64_t longest_slice_us;
    uint64_t retention_waits;
    struct bc_replica_state log; /* of many brokers */
};

/* ---- samples ---- */

/* One sample; ${suffix}, behind the metric's name, and ${label} with its ${text} may be NULL. */
static bool add_sample(
    cJSON *samples, const char *suffix, const char *label, const char *text, double value)
{
    cJSON *sample = cJSON_CreateObject();

    return sample != NULL && cJSON_AddItemToArray(samples, sample) &&
           (suffix == NULL || cJSON_AddStringToObject(sample, "suffix", suffix) != NULL) &&
           (label == NULL || (cJSON_AddStringToObject(sample, "label", label) != NULL &&
                                 cJSON_AddStringToObject(sample, "of", text) != NULL)) &&
           cJSON_AddNumberToObject(sample, "value", value) != NULL;
}

static bool add_messages(const struct gathered *all, cJSON *samples)
{
    static const char *const places[BC_PLACES] = {
        [BC_PLACE_INBOX] = "inbox", [BC_PLACE_HELD] = "held", [BC_PLACE_GROUP] = "group"
    };
    bool made = true;

    for (int i = 0; made && i < BC_PLACES; i++) {
        made = add_sample(samples, NULL, "place", places[i], (double)all->counts.messages[i]);
    }
    return made;
}

static bool add_refusals(const struct gathered *all, cJSON *samples)
{
    bool made = true;

    for (int i = BC_ACCEPTED + 1; made && i <= BC_STORAGE_ERROR; i++) {
        made = add_sample(samples, NULL, "code", bc_refusal_code((enum bc_refusal)i),
            (double)all->counts.refusals[i]);
    }
    return made;
}

static bool add_commands(const struct gathered *all, cJSON *samples)
{
    bool made = true;
    const char *name;

    for (unsigned i = 0; made && (name = bc_command_name(i)) != NULL; i++) {
        made =
            add_sample(samples, "_count", "command", name, (double)all->counts.commands[i].count) &&
            add_sample(samples, "_sum", "command", name, (double)all->counts.commands[i].us / 1e6);
    }
    return made;
}

/* Of a histogram each bucket has what is in those before it. */
static bool add_histogram(const struct bc_histogram *histogram,
    const uint64_t bounds[BC_HISTOGRAM_BUCKETS], double unit, cJSON *samples)
{
    uint64_t upto = 0;
    char bound[32];
    bool made = true;

    for (int i = 0; made && i < BC_HISTOGRAM_BUCKETS; i++) {
        upto += histogram->buckets[i];
        (void)snprintf(bound, sizeof(bound), "%.9g", (double)bounds[i] * unit);
        made = add_sample(samples, "_bucket", "le", bound, (double)upto);
    }
    return made && add_sample(samples, "_bucket", "le", "+Inf", (double)histogram->count) &&
           add_sample(samples, "_sum", NULL, NULL, (double)histogram->sum * unit) &&
           add_sample(samples, "_count", NULL, NULL, (double)histogram->count);
}

static bool add_syncs(const struct gathered *all, cJSON *samples)
{
    return add_histogram(&all->store.sync_us, bc_histogram_us, 1e-6, samples);
}

static bool add_batches(const struct gathered *all, cJSON *samples)
{
    return add_histogram(&all->store.sync_facts, bc_histogram_counts, 1, samples);
}

static bool add_merges(const struct gathered *all, cJSON *samples)
{
    return add_histogram(&all->store.merge_us, bc_histogram_us, 1e-6, samples);
}

static bool add_ended(const struct gathered *all, cJSON *samples)
{
    bool made = true;

    for (unsigned i = 0; made && i < BC_RETAINS; i++) {
        made = add_sample(samples, NULL, "part", bc_retain_names[i], (double)all->retained.rows[i]);
    }
    return made;
}

static bool add_kept_since(const struct gathered *all, cJSON *samples)
{
    bool made = true;

    for (unsigned i = 0; made && i < BC_RETAINS; i++) {
        made = add_sample(
            samples, NULL, "part", bc_retain_names[i], (double)all->kept_since_ms[i] / 1000);
    }
    return made;
}

static bool add_log_problems(const struct gathered *all, cJSON *samples)
{
    bool made = true;

    for (unsigned i = BC_LOG_WELL + 1; made && i < BC_LOG_ILLS; i++) {
        made = add_sample(samples, NULL, "problem", bc_log_ill_names[i], all->log.ill == i ? 1 : 0);
    }
    return made;
}

static bool add_version(const struct gathered *all, cJSON *samples)
{
    (void)all;
    return add_sample(samples, NULL, "version", BACKCHANNEL_VERSION, 1);
}

/* ---- the table ---- */

/* A metric is one number of what was gathered, or of it so many to one, or a function's samples. */
struct metric {
    const char *name;
    const char *kind;
    const char *help;
    size_t at;
    unsigned per;
    bool (*samples)(const struct gathered *all, cJSON *samples);
};

#define NUMBER(field)  offsetof(struct gathered, field), 1, NULL
#define SECONDS(field) offsetof(struct gathered, field), 1000, NULL
#define SAMPLES(add)   0, 0, add

static const struct metric metrics[] = {
    { "backchannel_build_info", "gauge", "The version that runs.", SAMPLES(add_version) },
    { "backchannel_ready", "gauge", "1 if all is well, as health says.", NUMBER(ready) },
    { "backchannel_start_time_seconds", "gauge", "When the broker was started.",
        SECONDS(started_ms) },
    { "backchannel_messages_total", "counter",
        "Messages accepted: to who approved the sender, to who did not, to groups.",
        SAMPLES(add_messages) },
    { "backchannel_repeated_messages_total", "counter",
        "Messages sent once more with the same msgid.", NUMBER(counts.repeats) },
    { "backchannel_refusals_total", "counter", "Messages and commands refused, by code.",
        SAMPLES(add_refusals) },
    { "backchannel_command_seconds", "summary", "Commands, and how long they kept the broker.",
        SAMPLES(add_commands) },
    { "backchannel_facts_total", "counter", "Changes of state that were stored.",
        NUMBER(counts.facts) },
    { "backchannel_storing_failures_total", "counter",
        "Changes that were refused since they could not be stored.", NUMBER(counts.not_stored) },
    { "backchannel_sync_seconds", "histogram", "Syncs of the journal.", SAMPLES(add_syncs) },
    { "backchannel_sync_facts", "histogram", "Changes that one sync made durable.",
        SAMPLES(add_batches) },
    { "backchannel_sync_failures_total", "counter", "Syncs that failed.",
        NUMBER(store.syncs_failed) },
    { "backchannel_gathers_writes", "gauge",
        "1 if what one turn stores may be written together; status says why not.",
        NUMBER(store.gathers) },
    { "backchannel_merge_seconds", "histogram", "Checkpoints: merges into the tables.",
        SAMPLES(add_merges) },
    { "backchannel_merge_failures_total", "counter", "Checkpoints that failed.",
        NUMBER(store.merges_failed) },
    { "backchannel_checkpoint_age_seconds", "gauge",
        "Since the last checkpoint; while nothing changes there is none.",
        SECONDS(store.checkpoint_ms) },
    { "backchannel_unsynced_facts", "gauge", "Changes that are not durable yet.",
        NUMBER(unsynced) },
    { "backchannel_outbox_bytes", "gauge", "Payloads that wait to be handed to the broker.",
        NUMBER(outbox_bytes) },
    { "backchannel_memtable_bytes", "gauge", "Changes in memory that no checkpoint has begun on.",
        NUMBER(store.changed_bytes) },
    { "backchannel_memtable_max_bytes", "gauge", "Where changes wait for a checkpoint.",
        NUMBER(store.changed_max) },
    { "backchannel_journal_bytes", "gauge", "What is in the segment that is written to.",
        NUMBER(store.journal_bytes) },
    { "backchannel_journal_max_bytes", "gauge", "What a segment has room for.",
        NUMBER(store.journal_room) },
    { "backchannel_database_bytes", "gauge", "Pages of data.mdb in use or free, last checkpoint.",
        NUMBER(store.file_bytes) },
    { "backchannel_database_free_bytes", "gauge", "Pages of data.mdb that are free again.",
        NUMBER(store.file_free) },
    { "backchannel_disk_bytes", "gauge", "The file system of data_dir.", NUMBER(store.disk_bytes) },
    { "backchannel_disk_free_bytes", "gauge", "What is left of it for the broker.",
        NUMBER(store.disk_free) },
    { "backchannel_stored_messages", "gauge", "Messages in the store, last checkpoint.",
        NUMBER(store.messages) },
    { "backchannel_users", "gauge", "Users that are known, last checkpoint.", NUMBER(store.users) },
    { "backchannel_groups", "gauge", "Groups, last checkpoint.", NUMBER(store.groups) },
    { "backchannel_requests_waiting", "gauge",
        "Conversations and invitations that nobody has approved, last checkpoint.",
        NUMBER(store.requests) },
    { "backchannel_connected_devices", "gauge", "Clients with a user name that are connected.",
        NUMBER(devices) },
    { "backchannel_connected_users", "gauge", "Users with a device that is connected.",
        NUMBER(users_here) },
    { "backchannel_open_reports", "gauge", "Reports that no moderator has decided on.",
        NUMBER(reports) },
    { "backchannel_oldest_open_report_seconds", "gauge", "The age of the oldest; 0 for none.",
        SECONDS(oldest_report_ms) },
    { "backchannel_clock_ahead_seconds", "gauge", "How far the newest id is ahead of the clock.",
        SECONDS(ahead_ms) },
    { "backchannel_retention_ended_total", "counter",
        "Messages erased, erased ones removed, and events removed after so many days, ever.",
        SAMPLES(add_ended) },
    { "backchannel_retention_kept_since_seconds", "gauge",
        "From when on messages, erased ones and events are kept; 0: from the beginning.",
        SAMPLES(add_kept_since) },
    { "backchannel_retention_longest_seconds", "gauge",
        "The longest that ending what is past has kept the broker at a time.",
        offsetof(struct gathered, longest_slice_us), 1000000, NULL },
    { "backchannel_retention_waits", "gauge",
        "1 while nothing ends, since the clock is days further than it was.",
        NUMBER(retention_waits) },
};

/* Of many brokers alone. */
static const struct metric log_metrics[] = {
    { "backchannel_log_problem", "gauge",
        "1 for what is the matter with the log that brokers share.", SAMPLES(add_log_problems) },
    { "backchannel_log_row", "gauge", "The row of the log up to which all is applied here.",
        NUMBER(log.row) },
    { "backchannel_log_rules", "gauge",
        "The number of the rules that hold: the newest that all brokers know.", NUMBER(log.rules) },
    { "backchannel_log_age_seconds", "gauge",
        "Since when no row of the log has been applied; there is one a second.",
        SECONDS(log.age_ms) },
    { "backchannel_log_waiting_bytes", "gauge", "Bytes that wait to be in the log.",
        NUMBER(log.log.waiting) },
    { "backchannel_log_waiting_seconds", "gauge", "For how long the first of them have waited.",
        SECONDS(log.log.waiting_ms) },
    { "backchannel_log_appended_rows_total", "counter", "Rows that this broker appended.",
        NUMBER(log.log.appended) },
    { "backchannel_log_read_rows_total", "counter", "Rows that this broker read.",
        NUMBER(log.log.rows) },
    { "backchannel_log_cut_rows_total", "counter", "Old rows that this broker deleted.",
        NUMBER(log.log.cut) },
    { "backchannel_log_connections_total", "counter",
        "How often this broker has connected to the log.", NUMBER(log.log.connected) },
    { "backchannel_log_brokers", "gauge", "Brokers on the list of those that share the log.",
        NUMBER(log.log.others.nodes) },
    { "backchannel_log_standbys", "gauge",
        "Servers of PostgreSQL that acknowledge what is in the log, beside the first.",
        NUMBER(log.log.others.standbys) },
    { "backchannel_log_least_row", "gauge",
        "The row from which the broker that is furthest behind would go on: nothing from there on "
        "is cut.",
        NUMBER(log.log.others.saved) },
};

#undef NUMBER
#undef SECONDS
#undef SAMPLES

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The ${at}-th metric of a broker that is alone, or not; NULL behind the last. */
static const struct metric *metric_at(const struct bc_plugin *plugin, uint64_t at)
{
    if (at < COUNT(metrics)) {
        return &metrics[at];
    }
    at -= COUNT(metrics);
    return plugin->replica != NULL && at < COUNT(log_metrics) ? &log_metrics[at] : NULL;
}

/* ---- gathering ---- */

/* Those that wait are few, or there is an alert that says so. */
static void gather_reports(const struct bc_plugin *plugin, struct gathered *all)
{
    const struct bc_view *view = bc_store_view(plugin->store);
    uint64_t ids[REPORTS_STEP];
    uint64_t after = 0;
    uint64_t now_ms = bc_plugin_now(plugin);
    bool more = true;

    while (more && all->reports < REPORTS_COUNTED) {
        uint32_t count = 0;

        if (bc_view_reports(view, false, after, REPORTS_STEP, ids, &count, &more) != BC_OK ||
            count == 0) {
            return;
        }
        if (after == 0) {
            uint64_t made_ms = bc_timeline_time(bc_view_timeline(view), ids[0]);

            all->oldest_report_ms = now_ms > made_ms ? now_ms - made_ms : 0;
        }
        after = ids[count - 1];
        all->reports += count;
    }
}

static void gather_retention(const struct bc_plugin *plugin, struct gathered *all)
{
    const struct bc_view *view = bc_store_view(plugin->store);

    all->retained = *bc_view_retained(view);
    for (unsigned i = 0; i < BC_RETAINS; i++) {
        uint64_t upto = all->retained.upto[i];

        all->kept_since_ms[i] = upto != 0 ? bc_timeline_time(bc_view_timeline(view), upto) : 0;
    }
    all->longest_slice_us = plugin->retention.longest_us;
    all->retention_waits = plugin->retention.clock.doubted ? 1 : 0;
}

static struct gathered *gather(const struct bc_plugin *plugin)
{
    struct gathered *all = calloc(1, sizeof(*all));

    if (all == NULL) {
        return NULL;
    }
    all->counts = plugin->counts;
    bc_store_stats(plugin->store, &all->store);
    all->ready = bc_health(plugin, &all->store) == 0 ? 1 : 0;
    all->started_ms = plugin->started_ms;
    all->unsynced = bc_store_unsynced(plugin->store);
    all->outbox_bytes = bc_outbox_bytes(plugin->outbox);
    all->devices = bc_sleepers_devices(plugin->sleepers);
    all->users_here = bc_sleepers_users(plugin->sleepers);
    all->ahead_ms = bc_plugin_ahead(plugin);
    gather_reports(plugin, all);
    gather_retention(plugin, all);
    if (plugin->replica != NULL) {
        bc_replica_state(plugin->replica, &all->log);
    }
    return all;
}

static cJSON *row_of(const struct metric *metric, const struct gathered *all)
{
    cJSON *row = cJSON_CreateObject();
    cJSON *samples = NULL;
    uint64_t number;
    bool made = row != NULL && cJSON_AddStringToObject(row, "type", "metric") != NULL &&
                cJSON_AddStringToObject(row, "name", metric->name) != NULL &&
                cJSON_AddStringToObject(row, "kind", metric->kind) != NULL &&
                cJSON_AddStringToObject(row, "help", metric->help) != NULL &&
                (samples = cJSON_AddArrayToObject(row, "samples")) != NULL;

    if (made && metric->samples != NULL) {
        made = metric->samples(all, samples);
    } else if (made) {
        memcpy(&number, (const char *)all + metric->at, sizeof(number));
        made = add_sample(samples, NULL, NULL, NULL, (double)number / metric->per);
    }
    if (!made) {
        cJSON_Delete(row);
        row = NULL;
    }
    return row;
}

enum bc_answering bc_verb_metrics(struct bc_call *call)
{
    const struct metric *metric = metric_at(call->plugin, call->at);

    if (call->own == NULL) {
        call->own = gather(call->plugin);
        if (call->own == NULL) {
            return bc_call_ok(call, NULL, false);
        }
    }
    if (metric == NULL) {
        return bc_call_ok(call, bc_call_begin(), true);
    }
    call->at++;
    return bc_call_row(call, row_of(metric, call->own));
}
