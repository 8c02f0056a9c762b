/* How the store is. */
#include <sys/statvfs.h>

#include "storage/store_inside.h"

static void add_disk(const struct bc_store *store, struct bc_store_stats *stats)
{
    struct statvfs disk;

    if (statvfs(store->dir, &disk) == 0) {
        stats->disk_bytes = (uint64_t)disk.f_blocks * disk.f_frsize;
        stats->disk_free = (uint64_t)disk.f_bavail * disk.f_frsize;
    }
}

/* What is being merged waits since that began, and what isn't since it was seen to. */
static uint64_t waiting_ms(const struct bc_store *store)
{
    uint64_t since_ms =
        bc_tables_frozen(store->tables) ? store->merge_began_ms : store->changed_since_ms;

    return since_ms != 0 ? bc_steady_ms() - since_ms : 0;
}

void bc_store_stats(const struct bc_store *store, struct bc_store_stats *stats)
{
    const struct bc_journal_syncs *syncs = bc_journal_syncs(store->journal);
    const struct bc_tables_merges *merges = bc_tables_merges(store->tables);
    enum bc_mapping mapping = bc_journal_mapping(store->journal);
    bool readable = bc_tables_readable(store->tables);

    *stats = (struct bc_store_stats){ .whole = store->state == BC_STORE_WHOLE && !store->strayed,
        .merge_fails = store->said_at_ms != 0,
        .checkpoint_ms = (bc_steady_us() - merges->ended_us) / 1000,
        .waits = store->meta.applied != store->base.applied || bc_tables_frozen(store->tables),
        .waiting_ms = waiting_ms(store),
        .changed_bytes = readable ? bc_tables_changed(store->tables) : 0,
        .changed_max = 2 * store->checkpoint_bytes,
        .journal_bytes = bc_journal_bytes(store->journal),
        .journal_room = bc_journal_room(store->journal),
        .file_bytes = merges->size.bytes,
        .file_free = merges->size.free,
        .messages = merges->size.rows[BC_TABLE_MESSAGES],
        .users = merges->size.rows[BC_TABLE_USERS],
        .groups = merges->size.rows[BC_TABLE_GROUPS],
        .requests = merges->size.rows[BC_TABLE_REQUESTS],
        .sync_us = syncs->us,
        .sync_facts = syncs->frames,
        .syncs_failed = syncs->failed,
        .gathers = mapping == BC_MAPPING_GOOD,
        .gathering = bc_mapping_text(mapping),
        .merge_us = merges->us,
        .merges_failed = merges->failed };
    add_disk(store, stats);
}
