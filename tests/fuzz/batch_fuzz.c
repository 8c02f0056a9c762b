/*
 * Rows of the log of many brokers, and what brokers tell each other beside it: what is read is
 * packed and read the same again. The first byte says which of the two it is.
 */
#include "fuzz.h"
#include "replication/batch.h"
#include "replication/notice.h"

/* What has no head is no batch. */
#define NONE SIZE_MAX

/* Read ${bytes} as a batch, and pack what is read, as far as it can be read. */
static size_t pack_batch(struct bc_bytes bytes, uint8_t *to)
{
    struct bc_batch *batch = calloc(1, sizeof(*batch));
    struct bc_pack packed = { .to = to };
    struct bc_request request;
    bool good;

    MUST(batch != NULL);
    batch->rest = bytes;
    good = bc_batch_read_head(batch) == BC_OK;
    if (good) {
        bc_batch_pack_head(&packed, &batch->head);
        while (bc_batch_next(batch, &request) == BC_OK) {
            bc_batch_pack_request(&packed, &request);
        }
    }
    free(batch);
    return good ? packed.len : NONE;
}

static size_t pack_notices(struct bc_bytes rest, uint8_t *to)
{
    struct bc_pack packed = { .to = to };
    struct bc_notice notice;

    while (bc_notice_next(&rest, &notice) == BC_OK) {
        bc_notice_pack(&packed, &notice);
    }
    return packed.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t (*pack)(struct bc_bytes, uint8_t *) =
        size > 0 && data[0] == 'n' ? pack_notices : pack_batch;
    struct bc_bytes bytes = size > 0 ? bc_bytes(data + 1, size - 1) : bc_bytes(NULL, 0);
    size_t len = pack(bytes, NULL);
    uint8_t *first;
    uint8_t *second;

    if (len == NONE) {
        return 0;
    }
    first = malloc(len + 1);
    second = malloc(len + 1);
    MUST(first != NULL && second != NULL);
    MUST(pack(bytes, first) == len);
    MUST(pack(bc_bytes(first, len), NULL) == len);
    MUST(pack(bc_bytes(first, len), second) == len);
    MUST(memcmp(first, second, len) == 0);
    free(first);
    free(second);
    return 0;
}
