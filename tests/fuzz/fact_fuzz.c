/* Facts as the journal holds them: one that is read is written and read the same again. */
#include "fuzz.h"
#include "storage/state/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bc_arena arena = { .data = NULL };
    struct bc_arena second = { .data = NULL };
    struct bc_buffer packed = { .data = NULL };
    struct bc_buffer again = { .data = NULL };
    struct bc_fact fact;

    if (bc_codec_unpack_fact(bc_bytes(data, size), &arena, &fact) == BC_OK) {
        MUST(bc_codec_pack_fact(&fact, &packed) == BC_OK);
        MUST(bc_codec_unpack_fact(bc_bytes(packed.data, packed.len), &second, &fact) == BC_OK);
        MUST(bc_codec_pack_fact(&fact, &again) == BC_OK);
        MUST(packed.len == again.len && memcmp(packed.data, again.data, packed.len) == 0);
    }
    bc_buffer_free(&packed);
    bc_buffer_free(&again);
    bc_arena_free(&arena);
    bc_arena_free(&second);
    return 0;
}
