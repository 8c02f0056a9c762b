#include "broker-plugin/erasing.h"

#include "broker-plugin/many.h"
#include "broker-plugin/pipeline.h"
#include "messaging/shown.h"
#include "json/erasure_json.h"

/* What can't be stored is tried again so much later. */
#define RETRY_MS 1000

void bc_erasing_log(const struct bc_erasure *erasure)
{
    static const char *const became[BC_ERASURE_STATES] = {
        [BC_ERASURE_OPEN] = "is begun",
        [BC_ERASURE_WAITS] = "is done but for what open reports have as evidence",
        [BC_ERASURE_PROVEN] = "is done: nothing of it is left in data_dir",
    };
    char user[BC_SHOWN_NAME_MAX];
    char id[BC_ID_HEX_LENGTH + 1];

    bc_id_format(erasure->id, id);
    bc_plugin_log(MOSQ_LOG_NOTICE,
        "the operator: erasure %s of %s %s; messages %llu, bytes %llu, other things %llu, kept "
        "%llu",
        id, bc_shown(erasure->user, user, sizeof(user)), became[erasure->state],
        (unsigned long long)erasure->messages, (unsigned long long)erasure->bytes,
        (unsigned long long)erasure->rows, (unsigned long long)erasure->kept);
}

/* What ends by itself: retention.c goes on with it, and leaves the disk to this file. */
static bool is_retention(const struct bc_erasure *erasure)
{
    return bc_bytes_equal(erasure->by, bc_bytes_text(BC_RETENTION));
}

static void log_proven(struct bc_plugin *plugin, uint64_t id)
{
    struct bc_erasure erasure;

    if (bc_erasure_next(bc_store_view(plugin->store), id - 1, &erasure) == BC_OK &&
        erasure.id == id && erasure.state != BC_ERASURE_OPEN && !is_retention(&erasure)) {
        bc_erasing_log(&erasure);
    }
}

/* What was asked for has become a fact, or nothing; NULL: all ends. */
static void answered(
    void *context, const struct bc_request *request, const struct bc_outcome *outcome)
{
    struct bc_plugin *plugin = context;

    if (outcome == NULL) {
        return;
    }
    plugin->erasing.asked = false;
    if (outcome->refusal != BC_ACCEPTED) { /* the store has logged why */
        plugin->erasing.retry_at_ms = bc_plugin_now(plugin) + RETRY_MS;
    } else if (request->action == BC_ERASE_PROVE) {
        log_proven(plugin, request->erase.erasure);
    }
}

/* Ask for what is next of ${erasure}; all that took something away up to ${upto} is overwritten. */
static void ask(struct bc_plugin *plugin, enum bc_action action, uint64_t erasure, uint64_t upto)
{
    struct bc_erased_message messages[BC_ERASED_MAX];
    struct bc_request request = { .action = action,
        .from = bc_bytes_text(BC_OPERATOR),
        .erase = { .erasure = erasure, .upto = upto, .messages = messages } };

    plugin->erasing.asked = true;
    bc_pipeline_aside(plugin, &request, answered, plugin);
}

/* The first open erasure behind ${after}; 0 if there is none. */
static enum bc_error next_open(
    const struct bc_view *view, uint64_t after, struct bc_erasure *erasure)
{
    uint64_t id = 0;
    uint32_t count = 0;
    bool more = false;
    enum bc_error error = bc_view_erasures(view, BC_ERASURE_OPEN, after, 1, &id, &count, &more);

    if (error != BC_OK || count == 0) {
        return error == BC_OK ? BC_NOTFOUND : error;
    }
    return bc_view_erasure(view, BC_ERASURE_OPEN, id, erasure);
}

/* What is left when nothing is open: of many brokers, this one's disk may be the last. */
static void end_round(struct bc_plugin *plugin, uint64_t own)
{
    bool last = plugin->replica != NULL && plugin->erasing.changed > own;

    if (last) {
        bc_store_clean(plugin->store);
    }
    plugin->erasing.open = last || plugin->erasing.after != 0; /* once more, from the first */
    plugin->erasing.after = 0;
}

/*
 * One after the other through those that are open: what is still in the tables goes first. Those
 * that wait for the disk are proven together.
 */
static enum bc_error go_on(struct bc_plugin *plugin)
{
    const struct bc_view *view = bc_store_view(plugin->store);
    struct bc_erasure erasure;
    uint64_t own = bc_store_cleaned(plugin->store);
    uint64_t cleaned = bc_many_cleaned(plugin);
    enum bc_error error = next_open(view, plugin->erasing.after, &erasure);

    if (error == BC_NOTFOUND) {
        end_round(plugin, own);
        return BC_OK;
    }
    if (error != BC_OK) {
        return error;
    }
    if (erasure.step != BC_ERASE_DONE && is_retention(&erasure)) {
        plugin->erasing.after = erasure.id;
    } else if (erasure.step != BC_ERASE_DONE) {
        ask(plugin, BC_ERASE_ON, erasure.id, 0);
        bc_loop_hurry(plugin->loop, 0);
    } else if (erasure.changed <= cleaned) {
        ask(plugin, BC_ERASE_PROVE, erasure.id, cleaned);
    } else {
        if (erasure.changed > own) {
            bc_store_clean(plugin->store);
        }
        plugin->erasing.after = erasure.id;
    }
    return BC_OK;
}

void bc_erasing_turn(struct bc_plugin *plugin)
{
    if (plugin->erasing.left) {
        plugin->erasing.left = false;
        plugin->erasing.retry_at_ms = bc_plugin_now(plugin) + RETRY_MS;
    }
    if (!plugin->erasing.open || plugin->erasing.asked ||
        bc_plugin_now(plugin) < plugin->erasing.retry_at_ms) {
        return;
    }
    if (go_on(plugin) != BC_OK) {
        plugin->erasing.retry_at_ms = bc_plugin_now(plugin) + RETRY_MS;
    }
}
