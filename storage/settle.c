/* What a store says of itself is brought up to date when it is opened: its version, its prefix. */
#include <stdio.h>
#include <string.h>

#include "storage/store_inside.h"

/* The version from which on the evidence of open reports is counted, and titles have givers. */
#define COUNTS_EVIDENCE 3
#define NAMES_TITLERS   3

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* The index of ${prefix} among the former ones; their count if it isn't there. */
static uint32_t find(const struct bc_prefixes *prefixes, const char *prefix)
{
    uint32_t i = 0;

    while (i < prefixes->former_count && !same(prefixes->former[i], prefix)) {
        i++;
    }
    return i;
}

bool bc_store_is_former_prefix(const struct bc_store *store, struct bc_bytes prefix)
{
    const struct bc_prefixes *prefixes = &store->meta.prefixes;

    for (uint32_t i = 0; i < prefixes->former_count; i++) {
        if (bc_bytes_equal(bc_bytes_text(prefixes->former[i]), prefix)) {
            return true;
        }
    }
    return false;
}

/* ${prefix} is in use again, and so no former one. */
static void reopen(struct bc_prefixes *prefixes, const char *prefix)
{
    uint32_t i = find(prefixes, prefix);

    if (i < prefixes->former_count) {
        prefixes->former_count--;
        memmove(prefixes->former[i], prefixes->former[i + 1],
            (prefixes->former_count - i) * sizeof(prefixes->former[0]));
    }
}

/* ${prefix} stays closed from now on. False if no more can be kept. */
static bool close_prefix(struct bc_prefixes *prefixes, const char *prefix)
{
    uint32_t i = find(prefixes, prefix);

    if (i == BC_FORMER_PREFIXES_MAX) {
        return false;
    }
    (void)snprintf(prefixes->former[i], sizeof(prefixes->former[i]), "%s", prefix);
    prefixes->former_count += i == prefixes->former_count ? 1 : 0;
    return true;
}

enum bc_error bc_store_check_prefix(
    const struct bc_store *store, const struct bc_store_options *options)
{
    const struct bc_prefixes *prefixes = &store->base.prefixes;
    const char *was = options->prefix_was != NULL ? options->prefix_was : "";

    if (options->prefix == NULL || prefixes->now[0] == '\0' ||
        same(prefixes->now, options->prefix)) {
        return BC_OK;
    }
    if (!same(prefixes->now, was)) {
        bc_store_say(store, true,
            "data_dir %s belongs to topic_prefix %s, and topic_prefix is %s: set it back, or, if "
            "it "
            "is to change, add plugin_opt_topic_prefix_was %s, with which the old topics stay "
            "closed",
            options->dir, prefixes->now, options->prefix, prefixes->now);
        return BC_MISSING;
    }
    if (find(prefixes, was) == BC_FORMER_PREFIXES_MAX) {
        bc_store_say(store, true, "data_dir %s: topic_prefix was changed %d times, and can't again",
            options->dir, BC_FORMER_PREFIXES_MAX);
        return BC_FULL;
    }
    return BC_OK;
}

/* Take over the prefix of ${options}; what was another stays closed. */
static void take_prefix(struct bc_prefixes *prefixes, const struct bc_store_options *options)
{
    const char *was = options->prefix_was != NULL ? options->prefix_was : "";
    const char *before = prefixes->now[0] != '\0' ? prefixes->now : was;

    if (before[0] != '\0' && !same(before, options->prefix)) {
        (void)close_prefix(prefixes, before);
    }
    reopen(prefixes, options->prefix);
    (void)snprintf(prefixes->now, sizeof(prefixes->now), "%s", options->prefix);
}

/* What it stored by itself would be in no other broker's store. */
static enum bc_error check_log(const struct bc_store *store, const struct bc_store_options *options)
{
    if (options->of_log || store->meta.place.row == 0) {
        return BC_OK;
    }
    bc_store_say(store, true,
        "data_dir %s belongs to a log that many brokers share: set plugin_opt_log", options->dir);
    return BC_MISSING;
}

enum bc_error bc_store_settle(struct bc_store *store, const struct bc_store_options *options)
{
    enum bc_error error = check_log(store, options);

    if (error != BC_OK) {
        return error;
    }
    if (options->prefix != NULL && !same(store->meta.prefixes.now, options->prefix)) {
        take_prefix(&store->meta.prefixes, options);
        store->unsettled = true;
    }
    if (store->meta.version < COUNTS_EVIDENCE) {
        error = bc_apply_count_evidence(&store->stored);
    }
    if (error == BC_OK && store->meta.version < NAMES_TITLERS) {
        error = bc_apply_name_titlers(&store->stored);
    }
    if (store->meta.version != BC_STORED_VERSION) {
        store->meta.version = BC_STORED_VERSION;
        store->unsettled = true;
    }
    return error == BC_OK && store->unsettled ? bc_store_checkpoint(store, true) : error;
}
