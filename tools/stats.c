/* How much there is in a store. */
#include <inttypes.h>
#include <stdio.h>

#include "storage/journal/journal_read.h"
#include "tools/json_line.h"
#include "tools/tool.h"

struct stats {
    const struct bc_meta *meta;
    struct bc_table_stat tables[BC_TABLE_COUNT];
    struct bc_tables_space space;
    struct bc_journal_info journal;
    long owner;
};

static const char *state_of(const struct stats *stats, int segment)
{
    static const char *const words[] = { [BC_SEGMENT_MISSING] = "missing",
        [BC_SEGMENT_BLANK] = "not begun",
        [BC_SEGMENT_TORN] = "torn",
        [BC_SEGMENT_VOID] = "void",
        [BC_SEGMENT_BEGUN] = "kept" };

    return stats->journal.active == segment ? "written to"
                                            : words[stats->journal.segments[segment].state];
}

static void print_tables(const struct stats *stats)
{
    printf("\n%-16s %14s %14s\n", "table", "rows", "bytes");
    for (int i = 0; i < BC_TABLE_COUNT; i++) {
        printf("%-16s %14" PRIu64 " %14" PRIu64 "\n", bc_table_name((enum bc_table)i),
            stats->tables[i].rows, stats->tables[i].bytes);
    }
}

static void print_text(const struct bc_tool *tool, const struct stats *stats)
{
    char asof[64];

    printf("%-16s %s", "store", tool->dir);
    if (stats->owner != 0) {
        printf(", in use by process %ld", stats->owner);
    }
    printf("\n%-16s %s\n", "last checkpoint", bc_tool_as_of(stats->meta, asof));
    printf("%-16s %" PRIu64 "\n", "messages", stats->tables[BC_TABLE_MESSAGES].rows);
    printf("%-16s %" PRIu64 "\n", "users", stats->tables[BC_TABLE_USERS].rows);
    printf("%-16s %" PRIu64 "\n", "groups", stats->tables[BC_TABLE_GROUPS].rows);
    printf("%-16s %" PRIu64 " bytes in use, %" PRIu64 " free\n", "data.mdb",
        stats->space.bytes - stats->space.free, stats->space.free);
    for (int i = 0; i < 2; i++) {
        const struct bc_segment_info *segment = &stats->journal.segments[i];

        printf("journal.%-8d %s", i, state_of(stats, i));
        if (segment->first > 0) {
            printf(", facts %" PRIu64 " to %" PRIu64 ", %" PRIu64 " of %" PRIu64 " bytes",
                segment->first, segment->last, segment->used, segment->bytes);
        }
        printf("\n");
    }
    print_tables(stats);
}

static bool print_json(const struct stats *stats)
{
    cJSON *line = bc_json_line("stats");
    cJSON *tables = cJSON_AddObjectToObject(line, "tables");

    bc_json_line_number(line, "owner", (uint64_t)stats->owner);
    bc_json_line_number(line, "fact", stats->meta->applied);
    bc_json_line_id(line, "newest", stats->meta->newest_id);
    bc_json_line_number(line, "messages", stats->tables[BC_TABLE_MESSAGES].rows);
    bc_json_line_number(line, "users", stats->tables[BC_TABLE_USERS].rows);
    bc_json_line_number(line, "groups", stats->tables[BC_TABLE_GROUPS].rows);
    bc_json_line_number(line, "bytes-in-use", stats->space.bytes - stats->space.free);
    bc_json_line_number(line, "bytes-free", stats->space.free);
    if (stats->journal.active >= 0) {
        bc_json_line_number(
            line, "journal-last", stats->journal.segments[stats->journal.active].last);
    }
    for (int i = 0; i < BC_TABLE_COUNT; i++) {
        cJSON *table = cJSON_AddObjectToObject(tables, bc_table_name((enum bc_table)i));

        bc_json_line_number(table, "rows", stats->tables[i].rows);
        bc_json_line_number(table, "bytes", stats->tables[i].bytes);
    }
    return bc_json_line_print(line);
}

/* The journal is told of as far as it can be read; check says what is wrong with it. */
static enum bc_error collect(
    const char *dir, const struct bc_snapshot *snapshot, struct stats *stats)
{
    struct bc_log log = { .fn = bc_tool_say };
    const struct bc_tables *tables = bc_snapshot_tables(snapshot);
    enum bc_error error = bc_tables_space(tables, &stats->space);

    stats->meta = bc_snapshot_meta(snapshot);
    for (int i = 0; i < BC_TABLE_COUNT && error == BC_OK; i++) {
        error = bc_tables_stat(tables, (enum bc_table)i, &stats->tables[i]);
    }
    if (error == BC_OK && bc_journal_read(dir, 0, &log, NULL, NULL, &stats->journal) == BC_NOMEM) {
        error = BC_NOMEM;
    }
    return error;
}

enum bc_exit bc_tool_stats(const struct bc_tool *tool)
{
    struct bc_snapshot *snapshot;
    struct stats stats = { .owner = bc_directory_owner(tool->dir) };
    enum bc_error error = bc_snapshot_open(&snapshot, tool->dir, bc_tool_say, NULL);

    if (error != BC_OK) {
        return BC_EXIT_FAILED;
    }
    error = collect(tool->dir, snapshot, &stats);
    if (error == BC_OK && tool->json) {
        error = print_json(&stats) ? BC_OK : BC_NOMEM;
    } else if (error == BC_OK) {
        print_text(tool, &stats);
    }
    bc_snapshot_close(snapshot);
    return error == BC_OK ? BC_EXIT_WELL
                          : bc_tool_failed("%s can't be read: %s", tool->dir, bc_error_text(error));
}
