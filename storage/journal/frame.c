/* The bytes of frames and segment headers. */
#include "storage/journal/frame.h"

#include "storage/base/checksum.h"
#include "storage/base/integers.h"

/* | crc u32 | length u32 | number u64 | mark u64 | synced u64 | payload | zeros | */
#define FRAME_CRC     0
#define FRAME_LENGTH  4
#define FRAME_NUMBER  8
#define FRAME_MARK    16
#define FRAME_SYNCED  24
#define FRAME_PAYLOAD BC_JOURNAL_FRAME_HEADER

/* | magic 8 | crc u32 | version u32 | mark u64 | first u64 | bytes u64 | */
#define HEADER_CRC     8
#define HEADER_VERSION 12
#define HEADER_MARK    16
#define HEADER_FIRST   24
#define HEADER_BYTES   32

static const uint8_t magic[HEADER_CRC] = { 'b', 'c', 'j', 'o', 'u', 'r', 'n', 'l' };

/* The checksum of the frame's ${size} bytes, padding included: no byte of it goes unchecked. */
static uint32_t frame_checksum(const uint8_t *frame, size_t size)
{
    return bc_checksum(bc_bytes(frame + FRAME_LENGTH, size - FRAME_LENGTH));
}

size_t bc_frame_size(size_t payload_len)
{
    return (BC_JOURNAL_FRAME_HEADER + payload_len + 7) & ~(size_t)7;
}

void bc_frame_encode(const struct bc_frame *frame, uint8_t *to)
{
    size_t size = bc_frame_size(frame->payload.len);
    size_t used = FRAME_PAYLOAD + frame->payload.len;

    bc_put_le32(to + FRAME_LENGTH, (uint32_t)frame->payload.len);
    bc_put_le64(to + FRAME_NUMBER, frame->number);
    bc_put_le64(to + FRAME_MARK, frame->mark);
    bc_put_le64(to + FRAME_SYNCED, frame->synced);
    memcpy(to + FRAME_PAYLOAD, frame->payload.data, frame->payload.len);
    memset(to + used, 0, size - used);
    bc_put_le32(to + FRAME_CRC, frame_checksum(to, size));
}

void bc_frame_set_mark(uint8_t *frame, uint64_t mark)
{
    bc_put_le64(frame + FRAME_MARK, mark);
    bc_put_le32(frame + FRAME_CRC, frame_checksum(frame, bc_frame_claimed_size(frame)));
}

uint64_t bc_frame_claimed_mark(const uint8_t *header)
{
    return bc_get_le64(header + FRAME_MARK);
}

size_t bc_frame_claimed_size(const uint8_t *header)
{
    uint32_t len = bc_get_le32(header + FRAME_LENGTH);

    return len > 0 && len <= BC_JOURNAL_PAYLOAD_MAX ? bc_frame_size(len) : 0;
}

bool bc_frame_decode(struct bc_bytes bytes, struct bc_frame *frame)
{
    if (bytes.len < BC_JOURNAL_FRAME_HEADER || bc_frame_claimed_size(bytes.data) != bytes.len ||
        bc_get_le32(bytes.data + FRAME_CRC) != frame_checksum(bytes.data, bytes.len)) {
        return false;
    }
    frame->number = bc_get_le64(bytes.data + FRAME_NUMBER);
    frame->mark = bc_get_le64(bytes.data + FRAME_MARK);
    frame->synced = bc_get_le64(bytes.data + FRAME_SYNCED);
    frame->payload = bc_bytes(bytes.data + FRAME_PAYLOAD, bc_get_le32(bytes.data + FRAME_LENGTH));
    return true;
}

static uint32_t header_checksum(const uint8_t *header)
{
    return bc_checksum(bc_bytes(header + HEADER_VERSION, BC_SEGMENT_HEADER_USED - HEADER_VERSION));
}

void bc_segment_header_encode(
    const struct bc_segment_header *header, uint8_t to[BC_SEGMENT_HEADER_USED])
{
    memcpy(to, magic, sizeof(magic));
    bc_put_le32(to + HEADER_VERSION, header->version);
    bc_put_le64(to + HEADER_MARK, header->mark);
    bc_put_le64(to + HEADER_FIRST, header->first);
    bc_put_le64(to + HEADER_BYTES, header->bytes);
    bc_put_le32(to + HEADER_CRC, header_checksum(to));
}

/* Could it have been written? Nothing here grows beyond half of what its field holds. */
static bool is_possible(const struct bc_segment_header *header)
{
    uint64_t generation = BC_MARK_GENERATION(header->mark);

    return generation > 0 && generation <= UINT32_MAX / 2 && header->first <= UINT64_MAX / 2 &&
           header->bytes >= BC_JOURNAL_SEGMENT_MIN && header->bytes <= UINT64_MAX / 2 &&
           header->bytes % 8 == 0;
}

bool bc_segment_header_decode(
    const uint8_t from[BC_SEGMENT_HEADER_USED], struct bc_segment_header *header)
{
    if (memcmp(from, magic, sizeof(magic)) != 0 ||
        bc_get_le32(from + HEADER_CRC) != header_checksum(from)) {
        return false;
    }
    header->version = bc_get_le32(from + HEADER_VERSION);
    header->mark = bc_get_le64(from + HEADER_MARK);
    header->first = bc_get_le64(from + HEADER_FIRST);
    header->bytes = bc_get_le64(from + HEADER_BYTES);
    return is_possible(header);
}
