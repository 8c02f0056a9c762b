/*
 * Records as the tables hold them. The first byte chooses the record; the rest is its bytes, below
 * a checksum that is right. One that is read is written and read again.
 */
#include "fuzz.h"
#include "storage/base/checksum.h"
#include "storage/base/integers.h"
#include "storage/state/codec.h"

#define NUMBER 1

static enum bc_error again_user(struct bc_tables *tables, struct bc_arena *arena)
{
    struct bc_user_row row;
    enum bc_error error = bc_codec_get_user(tables, NUMBER, arena, &row);

    return error == BC_OK ? bc_codec_put_user(tables, NUMBER, &row) : error;
}

static enum bc_error again_message(struct bc_tables *tables, struct bc_arena *arena)
{
    struct bc_message_row row;
    enum bc_error error = bc_codec_get_message(tables, NUMBER, arena, &row);

    /* Messages are only ever appended, and never written again. */
    return error;
}

static enum bc_error again_relation(struct bc_tables *tables, struct bc_arena *arena)
{
    struct bc_relation row;
    enum bc_error error = bc_codec_get_relation(tables, NUMBER, NUMBER, arena, &row);

    return error == BC_OK ? bc_codec_put_relation(tables, NUMBER, NUMBER, &row) : error;
}

static enum bc_error again_group(struct bc_tables *tables, struct bc_arena *arena)
{
    struct bc_group row;
    enum bc_error error = bc_codec_get_group(tables, NUMBER, arena, &row);

    return error == BC_OK ? bc_codec_put_group(tables, &row) : error;
}

static enum bc_error again_membership(struct bc_tables *tables, struct bc_arena *arena)
{
    struct bc_membership row;
    enum bc_error error = bc_codec_get_membership(tables, NUMBER, NUMBER, arena, &row);

    return error == BC_OK ? bc_codec_put_membership(tables, NUMBER, NUMBER, &row) : error;
}

static enum bc_error again_event(struct bc_tables *tables, struct bc_arena *arena)
{
    struct bc_event_row row;
    enum bc_error error = bc_codec_get_event(tables, NUMBER, arena, &row);

    return error == BC_OK ? bc_codec_replace_event(tables, &row) : error;
}

static enum bc_error again_report(struct bc_tables *tables, struct bc_arena *arena)
{
    struct bc_report row;
    enum bc_error error = bc_codec_get_report(tables, NUMBER, arena, &row);

    return error == BC_OK ? bc_codec_put_report(tables, &row) : error;
}

static enum bc_error again_moderation(struct bc_tables *tables, struct bc_arena *arena)
{
    struct bc_moderation row;
    enum bc_error error = bc_codec_get_moderation(tables, NUMBER, arena, &row);

    return error == BC_OK ? bc_codec_replace_moderation(tables, &row) : error;
}

static enum bc_error again_erasure(struct bc_tables *tables, struct bc_arena *arena)
{
    struct bc_erasure row;
    enum bc_error error =
        bc_codec_get_erasure(tables, (enum bc_erasure_state)NUMBER, NUMBER, arena, &row);

    return error == BC_OK ? bc_codec_put_erasure(tables, &row) : error;
}

static enum bc_error again_kept(struct bc_tables *tables, struct bc_arena *arena)
{
    struct bc_kept row;
    enum bc_error error = bc_codec_get_kept(tables, NUMBER, arena, &row);

    return error == BC_OK ? bc_codec_put_kept(tables, NUMBER, &row) : error;
}

static enum bc_error again_profile(struct bc_tables *tables, struct bc_arena *arena)
{
    struct bc_profile_row row;
    enum bc_error error = bc_codec_get_profile(tables, NUMBER, NUMBER, arena, &row);

    return error == BC_OK ? bc_codec_put_profile(tables, NUMBER, NUMBER, &row) : error;
}

static enum bc_error again_meta(struct bc_tables *tables, struct bc_arena *arena)
{
    struct bc_meta row;
    enum bc_error error = bc_codec_get_meta(tables, arena, &row);

    return error == BC_OK ? bc_codec_put_meta(tables, &row) : error;
}

/* Each kind of record: its table, whether its key is an id, a pair or a number, and reading it. */
static const struct {
    enum bc_table table;
    enum {
        KEY_META,
        KEY_NUMBER,
        KEY_ID,
        KEY_PAIR,
        KEY_VERSION
    } key;
    enum bc_error (*again)(struct bc_tables *, struct bc_arena *);
} records[] = {
    { BC_TABLE_META, KEY_META, again_meta },
    { BC_TABLE_USERS, KEY_NUMBER, again_user },
    { BC_TABLE_MESSAGES, KEY_ID, again_message },
    { BC_TABLE_RELATIONS, KEY_PAIR, again_relation },
    { BC_TABLE_GROUPS, KEY_NUMBER, again_group },
    { BC_TABLE_MEMBERSHIPS, KEY_PAIR, again_membership },
    { BC_TABLE_EVENTS, KEY_ID, again_event },
    { BC_TABLE_REPORTS, KEY_ID, again_report },
    { BC_TABLE_MODERATIONS, KEY_ID, again_moderation },
    { BC_TABLE_PROFILES, KEY_VERSION, again_profile },
    { BC_TABLE_ERASURES, KEY_VERSION, again_erasure },
    { BC_TABLE_KEPT, KEY_ID, again_kept },
};

#define RECORDS (sizeof(records) / sizeof(records[0]))

static struct bc_key key_of(size_t record)
{
    switch (records[record].key) {
    case KEY_META:
        return bc_key_meta();
    case KEY_NUMBER:
        return bc_key_user(NUMBER);
    case KEY_ID:
        return bc_key_message(NUMBER);
    case KEY_PAIR:
        return bc_key_relation(NUMBER, NUMBER);
    case KEY_VERSION:
        return bc_key_profile(NUMBER, NUMBER);
    }
    abort();
}

/* One environment for all inputs; its transaction is never committed. */
static struct bc_tables *tables_of_process(void)
{
    static struct bc_tables *tables;

    if (tables == NULL) {
        MUST(bc_tables_open(&tables, fuzz_directory(), 1 << 20) == BC_OK);
        MUST(bc_tables_begin(tables) == BC_OK);
    }
    return tables;
}

/* ${bytes} with its checksum before it, in memory of just that size. */
static uint8_t *with_checksum(struct bc_bytes bytes)
{
    uint8_t *value = malloc(bytes.len + 4);

    MUST(value != NULL);
    bc_put_u32(value, bc_checksum(bytes));
    if (bytes.len > 0) {
        memcpy(value + 4, bytes.data, bytes.len);
    }
    return value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bc_tables *tables = tables_of_process();
    struct bc_arena arena = { .data = NULL };
    struct bc_key key;
    size_t record;
    uint8_t *value;

    if (size == 0) {
        return 0;
    }
    record = data[0] % RECORDS;
    key = key_of(record);
    value = with_checksum(bc_bytes(data + 1, size - 1));
    MUST(
        bc_tables_put(tables, records[record].table, &key, bc_bytes(value, size - 1 + 4)) == BC_OK);
    free(value);
    if (records[record].again(tables, &arena) == BC_OK) {
        MUST(records[record].again(tables, &arena) == BC_OK);
    }
    bc_arena_free(&arena);
    return 0;
}
