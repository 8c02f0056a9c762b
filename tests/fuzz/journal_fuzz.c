/*
 * The journal's files, damaged. The input is a list of edits to the two segments of a healthy
 * journal: which segment (and whether checksums are to be right again), where, how many bytes, and
 * the bytes. What opens must replay, take another frame, and open again with it.
 */
#include "storage/journal/journal.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "storage/base/checksum.h"
#include "storage/journal/frame.h"

#define SEGMENT_BYTES ((size_t)(2 * BC_JOURNAL_SEGMENT_MIN))
#define SEGMENTS      2
#define FIXES_SUMS    0x80 /* in an edit's first byte */

static void quiet(void *context, bool warning, const char *line)
{
    (void)context;
    (void)warning;
    MUST(line[0] != '\0');
}

static void path_of(char path[512], size_t index)
{
    (void)snprintf(path, 512, "%s/journal.%zu", fuzz_directory(), index);
}

static void append(struct bc_journal *journal, size_t len)
{
    uint8_t payload[200];

    memset(payload, (int)len, sizeof(payload));
    MUST(bc_journal_append(journal, bc_bytes(payload, len)) == BC_OK);
}

/* A journal with frames in both segments, of which the last ones are not synced. */
static void make_healthy(uint8_t segments[SEGMENTS][SEGMENT_BYTES])
{
    struct bc_journal *journal;
    char path[512];

    MUST(bc_journal_open(&journal, fuzz_directory(), SEGMENT_BYTES, quiet, NULL) == BC_OK);
    append(journal, 8);
    append(journal, 100);
    MUST(bc_journal_sync(journal) == BC_OK);
    bc_journal_free_upto(journal, 0);
    MUST(bc_journal_switch(journal) == BC_OK);
    append(journal, 9);
    MUST(bc_journal_sync(journal) == BC_OK);
    append(journal, 150);
    append(journal, 1);
    bc_journal_close(journal);
    for (size_t i = 0; i < SEGMENTS; i++) {
        FILE *file;

        path_of(path, i);
        file = fopen(path, "rb");
        MUST(file != NULL && fread(segments[i], 1, SEGMENT_BYTES, file) == SEGMENT_BYTES);
        (void)fclose(file);
    }
}

/* Make the checksums of a segment's header and frames right again, as far as they can be found. */
static void fix_sums(uint8_t *segment)
{
    uint32_t sum = bc_checksum(bc_bytes(segment + 12, BC_SEGMENT_HEADER_USED - 12));
    size_t at = BC_JOURNAL_HEADER;

    for (size_t i = 0; i < 4; i++) {
        segment[8 + i] = (uint8_t)(sum >> 8 * i);
    }
    while (at + BC_JOURNAL_FRAME_HEADER <= SEGMENT_BYTES) {
        size_t size = bc_frame_claimed_size(segment + at);

        if (size == 0 || size > SEGMENT_BYTES - at) {
            return;
        }
        bc_frame_set_mark(segment + at, bc_frame_claimed_mark(segment + at));
        at += size;
    }
}

/*
 * Are all checksums those of damage? Who makes them right can forge what no disk makes of a
 * journal: then nothing is promised but that reading it is safe.
 */
static bool is_damage(struct bc_bytes edits)
{
    bool damage = true;

    while (damage && edits.len >= 4) {
        size_t len = edits.data[3];

        damage = (edits.data[0] & FIXES_SUMS) == 0;
        len = 4 + (len < edits.len - 4 ? len : edits.len - 4);
        edits = bc_bytes(edits.data + len, edits.len - len);
    }
    return damage;
}

/* Carry out one edit, | which u8 | where u16 | length u8 | bytes |, and return what is behind it.
 */
static struct bc_bytes edit(
    uint8_t segments[SEGMENTS][SEGMENT_BYTES], struct bc_bytes edits, size_t lens[SEGMENTS])
{
    size_t which = edits.data[0] % SEGMENTS;
    size_t where = (edits.data[1] | (size_t)edits.data[2] << 8) % SEGMENT_BYTES;
    size_t len = edits.data[3];
    bool fixes = (edits.data[0] & FIXES_SUMS) != 0;

    edits = bc_bytes(edits.data + 4, edits.len - 4);
    len = len < edits.len ? len : edits.len;
    if (len == 0) {
        lens[which] = where; /* cut off there */
    }
    memcpy(segments[which] + where, edits.data,
        len < SEGMENT_BYTES - where ? len : SEGMENT_BYTES - where);
    if (fixes) {
        fix_sums(segments[which]);
    }
    return bc_bytes(edits.data + len, edits.len - len);
}

static void write_files(uint8_t segments[SEGMENTS][SEGMENT_BYTES], const size_t lens[SEGMENTS])
{
    char path[512];

    for (size_t i = 0; i < SEGMENTS; i++) {
        int fd;

        path_of(path, i);
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        MUST(fd >= 0 && write(fd, segments[i], lens[i]) == (ssize_t)lens[i]);
        (void)close(fd);
    }
}

struct replayed {
    uint64_t last;
    bool seen; /* the payload that was appended last */
};

static enum bc_error replay(void *context, uint64_t number, struct bc_bytes payload)
{
    struct replayed *replayed = context;

    MUST(replayed->last == 0 || number == replayed->last + 1);
    replayed->last = number;
    replayed->seen = bc_bytes_equal(payload, bc_bytes_text("appended"));
    return BC_OK;
}

/* Open what is there, and add a frame. Its number if that is durable, else 0. */
static uint64_t open_and_add(void)
{
    struct bc_journal *journal;
    struct replayed replayed = { 0 };
    uint64_t added = 0;

    if (bc_journal_open(&journal, fuzz_directory(), SEGMENT_BYTES, quiet, NULL) != BC_OK) {
        return 0;
    }
    if (bc_journal_first(journal) > 0) {
        (void)!bc_journal_replay(journal, bc_journal_first(journal) - 1, replay, &replayed);
    }
    if (bc_journal_append(journal, bc_bytes_text("appended")) == BC_OK &&
        bc_journal_sync(journal) == BC_OK) {
        added = bc_journal_last(journal);
    }
    bc_journal_close(journal);
    return added;
}

/* What was durable is there when the journal is opened again. */
static void check_added(uint64_t added)
{
    struct bc_journal *journal;
    struct replayed replayed = { 0 };

    MUST(bc_journal_open(&journal, fuzz_directory(), SEGMENT_BYTES, quiet, NULL) == BC_OK);
    MUST(bc_journal_last(journal) == added);
    MUST(bc_journal_replay(journal, added - 1, replay, &replayed) == BC_OK);
    MUST(replayed.last == added && replayed.seen);
    bc_journal_close(journal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t healthy[SEGMENTS][SEGMENT_BYTES];
    uint8_t segments[SEGMENTS][SEGMENT_BYTES];
    size_t lens[SEGMENTS] = { SEGMENT_BYTES, SEGMENT_BYTES };
    struct bc_bytes edits = bc_bytes(data, size);
    uint64_t added;

    if (healthy[0][0] == 0) {
        make_healthy(healthy);
    }
    memcpy(segments, healthy, sizeof(segments));
    while (edits.len >= 4) {
        edits = edit(segments, edits, lens);
    }
    write_files(segments, lens);
    added = open_and_add();
    if (added > 0 && is_damage(bc_bytes(data, size))) {
        check_added(added);
    }
    return 0;
}
