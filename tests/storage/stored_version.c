#include "tests/storage/stored_version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "storage/journal/frame.h"
#include "storage/state/codec.h"
#include "storage/state/record.h"
#include "storage/tables/tables.h"

static struct bc_tables *open_tables(const char *dir, struct bc_meta *meta)
{
    struct bc_arena arena = { 0 };
    struct bc_tables *tables = NULL;

    assert_int_equal(bc_tables_open(&tables, dir, 65536), BC_OK);
    assert_int_equal(bc_tables_begin(tables), BC_OK);
    assert_int_equal(bc_codec_get_meta(tables, &arena, meta), BC_OK);
    bc_arena_free(&arena);
    return tables;
}

uint32_t stored_version_of_tables(const char *dir)
{
    struct bc_meta meta;

    bc_tables_close(open_tables(dir, &meta));
    return meta.version;
}

static void merge_and_close(struct bc_tables *tables)
{
    assert_int_equal(bc_tables_freeze(tables), BC_OK);
    assert_int_equal(bc_tables_merge(tables), BC_OK);
    assert_int_equal(bc_tables_merged(tables, true), BC_OK);
    bc_tables_close(tables);
}

void stored_version_set_tables(const char *dir, uint32_t version)
{
    struct bc_meta meta;
    struct bc_tables *tables = open_tables(dir, &meta);

    meta.version = version;
    assert_int_equal(bc_codec_put_meta(tables, &meta), BC_OK);
    merge_and_close(tables);
}

/* The row of ${key} of ${table}, without whose title it has. */
static void forget_titler(
    struct bc_tables *tables, enum bc_table table, struct bc_bytes key, struct bc_arena *arena)
{
    struct bc_key_parts parts;
    struct bc_key stint;
    struct bc_value value;
    struct bc_event_row event;
    struct bc_group group;

    assert_int_equal(bc_key_read(table, key, &parts), BC_OK);
    if (table == BC_TABLE_GROUPS) {
        assert_int_equal(bc_codec_get_group(tables, parts.owner, arena, &group), BC_OK);
        group.titled_by = 0;
        assert_int_equal(bc_codec_put_group(tables, &group), BC_OK);
    } else if (table == BC_TABLE_EVENTS) {
        assert_int_equal(bc_codec_get_event(tables, parts.id, arena, &event), BC_OK);
        event.titled_by = 0;
        assert_int_equal(bc_codec_replace_event(tables, &event), BC_OK);
    } else {
        stint = bc_key_stint(parts.owner, parts.other, parts.id);
        assert_int_equal(bc_row_get(tables, table, &stint, &value), BC_OK);
        value.number = 0;
        assert_int_equal(bc_row_put(tables, table, &stint, &value), BC_OK);
    }
}

void stored_version_forget_titlers(const char *dir)
{
    static const enum bc_table having[] = { BC_TABLE_GROUPS, BC_TABLE_STINTS, BC_TABLE_EVENTS };
    struct bc_arena arena = { 0 };
    struct bc_meta meta;
    struct bc_tables *tables = open_tables(dir, &meta);

    for (size_t i = 0; i < sizeof(having) / sizeof(having[0]); i++) {
        struct bc_key next = bc_key_least();
        struct bc_bytes key;
        struct bc_bytes unused;
        enum bc_error error = BC_OK;

        while (error == BC_OK) { /* each write ends the walk */
            struct bc_walk walk = { .tables = tables, .table = having[i], .start = next };

            error = bc_walk_next(&walk, &key, &unused);
            if (error == BC_OK) {
                memcpy(next.bytes, key.data, key.len);
                next.len = key.len;
                next.bytes[next.len++] = 0;
                forget_titler(tables, having[i], bc_bytes(next.bytes, key.len), &arena);
            }
        }
        assert_int_equal(error, BC_NOTFOUND);
    }
    bc_arena_free(&arena);
    merge_and_close(tables);
}

void stored_version_set_journal(const char *dir, uint32_t version)
{
    unsigned set = 0;

    for (int i = 0; i < 2; i++) {
        uint8_t bytes[BC_SEGMENT_HEADER_USED];
        struct bc_segment_header header;
        char file[512];
        FILE *f;

        snprintf(file, sizeof file, "%s/journal.%d", dir, i);
        f = fopen(file, "r+b");
        assert_non_null(f);
        assert_int_equal(fread(bytes, 1, sizeof bytes, f), sizeof bytes);
        if (bc_segment_header_decode(bytes, &header)) {
            header.version = version;
            bc_segment_header_encode(&header, bytes);
            rewind(f);
            assert_int_equal(fwrite(bytes, 1, sizeof bytes, f), sizeof bytes);
            set++;
        }
        assert_int_equal(fclose(f), 0);
    }
    assert_true(set > 0);
}
