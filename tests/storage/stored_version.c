#include "tests/storage/stored_version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "storage/journal/frame.h"
#include "storage/state/codec.h"
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

void stored_version_set_tables(const char *dir, uint32_t version)
{
    struct bc_meta meta;
    struct bc_tables *tables = open_tables(dir, &meta);

    meta.version = version;
    assert_int_equal(bc_codec_put_meta(tables, &meta), BC_OK);
    assert_int_equal(bc_tables_freeze(tables), BC_OK);
    assert_int_equal(bc_tables_merge(tables), BC_OK);
    assert_int_equal(bc_tables_merged(tables, true), BC_OK);
    bc_tables_close(tables);
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
