/* What is looked at to know whether the messenger is ready. */
#include "broker-plugin/operator/health.h"

#include "broker-plugin/replica.h"

/* Ids may be ahead of the clock by a moment, when many are drawn at once. */
#define AHEAD_MS UINT64_C(60000)

/* A checkpoint is due a minute after a change: one that is so late is not coming. */
#define CHECKPOINT_MS UINT64_C(300000)

/* The log has a row a second, or this broker hasn't heard of it. */
#define BEHIND_MS UINT64_C(5000)

static const struct {
    const char *name;
    const char *sentence;
} ills[BC_ILLS] = {
    [BC_ILL_STORING] = { "storing",
        "what users send is refused, since nothing can be stored: the log says why" },
    [BC_ILL_READING] = { "reading",
        "the store can't be read, or is not where it was: the log says why" },
    [BC_ILL_CHECKPOINT] = { "checkpoint",
        "checkpoints fail or take too long: look at the disk, and at the log" },
    [BC_ILL_CLOCK] = { "clock",
        "times of messages are ahead of the clock, or it has leapt: set the clock right" },
    [BC_ILL_DISK] = { "disk", "the disk of data_dir is nearly full: make room" },
    [BC_ILL_LOG] = { "log", "the log that brokers share isn't followed, or far behind: the log of "
                            "the broker says why" },
};

const char *bc_ill_name(enum bc_ill ill)
{
    return ills[ill].name;
}

const char *bc_ill_sentence(enum bc_ill ill)
{
    return ills[ill].sentence;
}

static bool is_late(const struct bc_store_stats *stats)
{
    return stats->merge_fails || stats->changed_bytes >= stats->changed_max ||
           (stats->waits && stats->checkpoint_ms >= CHECKPOINT_MS &&
               stats->waiting_ms >= CHECKPOINT_MS);
}

/* What is in memory and in the journal has to find room in the tables. */
static bool is_nearly_full(const struct bc_store_stats *stats)
{
    return stats->disk_bytes > 0 && stats->disk_free < 2 * stats->changed_max;
}

/* What comes from elsewhere is shown late, or what is sent is refused. */
static bool is_behind(const struct bc_plugin *plugin)
{
    struct bc_replica_state state;

    if (plugin->replica == NULL) {
        return false;
    }
    bc_replica_state(plugin->replica, &state);
    return state.why != NULL || state.lag_ms > BEHIND_MS || state.log.waiting_ms > BEHIND_MS;
}

unsigned bc_health(const struct bc_plugin *plugin, const struct bc_store_stats *stats)
{
    const bool ill[BC_ILLS] = { [BC_ILL_STORING] = plugin->storing.failing,
        [BC_ILL_READING] = !stats->whole,
        [BC_ILL_CHECKPOINT] = is_late(stats),
        [BC_ILL_CLOCK] = plugin->clock->doubted || bc_plugin_ahead(plugin) > AHEAD_MS,
        [BC_ILL_DISK] = is_nearly_full(stats),
        [BC_ILL_LOG] = is_behind(plugin) };
    unsigned found = 0;

    for (unsigned i = 0; i < BC_ILLS; i++) {
        found |= ill[i] ? 1U << i : 0U;
    }
    return found;
}
