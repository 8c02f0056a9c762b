/* CRC-32C: by the processor's instruction, or eight bytes at a time by tables. */
#include "storage/base/checksum.h"

#include "storage/base/integers.h"

/*
 * CRCs are linear: the entry of a byte is the sum, without carry, of the entries of its bits. So
 * the eight tables follow from eight numbers each, and the compiler works the entries out.
 */
#define BIT(n, bit, value) (((n) >> (bit)&1U) * (value))
#define ENTRY(n, a, b, c, d, e, f, g, h)                                                           \
    (BIT(n, 0, a) ^ BIT(n, 1, b) ^ BIT(n, 2, c) ^ BIT(n, 3, d) ^ BIT(n, 4, e) ^ BIT(n, 5, f) ^     \
        BIT(n, 6, g) ^ BIT(n, 7, h))
#define ENTRIES_4(n, ...)                                                                          \
    ENTRY(n, __VA_ARGS__), ENTRY((n) + 1U, __VA_ARGS__), ENTRY((n) + 2U, __VA_ARGS__),             \
        ENTRY((n) + 3U, __VA_ARGS__)
#define ENTRIES_16(n, ...)                                                                         \
    ENTRIES_4(n, __VA_ARGS__), ENTRIES_4((n) + 4U, __VA_ARGS__), ENTRIES_4((n) + 8U, __VA_ARGS__), \
        ENTRIES_4((n) + 12U, __VA_ARGS__)
#define ENTRIES_64(n, ...)                                                                         \
    ENTRIES_16(n, __VA_ARGS__), ENTRIES_16((n) + 16U, __VA_ARGS__),                                \
        ENTRIES_16((n) + 32U, __VA_ARGS__), ENTRIES_16((n) + 48U, __VA_ARGS__)
#define TABLE(...)                                                                                 \
    {                                                                                              \
        ENTRIES_64(0U, __VA_ARGS__), ENTRIES_64(64U, __VA_ARGS__), ENTRIES_64(128U, __VA_ARGS__),  \
            ENTRIES_64(192U, __VA_ARGS__)                                                          \
    }

/* table[k][byte] is the CRC of that byte followed by k bytes of zero, without the inversions. */
/* clang-format off */
static const uint32_t table[8][256] = {
    TABLE(0xf26b8303U, 0xe13b70f7U, 0xc79a971fU, 0x8ad958cfU, 0x105ec76fU, 0x20bd8edeU, 0x417b1dbcU, 0x82f63b78U),
    TABLE(0x13a29877U, 0x274530eeU, 0x4e8a61dcU, 0x9d14c3b8U, 0x3fc5f181U, 0x7f8be302U, 0xff17c604U, 0xfbc3faf9U),
    TABLE(0xa541927eU, 0x4f6f520dU, 0x9edea41aU, 0x38513ec5U, 0x70a27d8aU, 0xe144fb14U, 0xc76580d9U, 0x8b277743U),
    TABLE(0xdd45aab8U, 0xbf672381U, 0x7b2231f3U, 0xf64463e6U, 0xe964b13dU, 0xd725148bU, 0xaba65fe7U, 0x52a0c93fU),
    TABLE(0x38116facU, 0x7022df58U, 0xe045beb0U, 0xc5670b91U, 0x8f2261d3U, 0x1ba8b557U, 0x37516aaeU, 0x6ea2d55cU),
    TABLE(0xef306b19U, 0xdb8ca0c3U, 0xb2f53777U, 0x6006181fU, 0xc00c303eU, 0x85f4168dU, 0x0e045bebU, 0x1c08b7d6U),
    TABLE(0x68032cc8U, 0xd0065990U, 0xa5e0c5d1U, 0x4e2dfd53U, 0x9c5bfaa6U, 0x3d5b83bdU, 0x7ab7077aU, 0xf56e0ef4U),
    TABLE(0x493c7d27U, 0x9278fa4eU, 0x211d826dU, 0x423b04daU, 0x847609b4U, 0x0d006599U, 0x1a00cb32U, 0x34019664U),
};
/* clang-format on */

/* ${crc} is that of what is before ${bytes}, without the inversions, and so is what is returned. */
static uint32_t go_on_portably(uint32_t crc, struct bc_bytes bytes)
{
    const uint8_t *at = bytes.data;
    size_t left = bytes.len;

    for (; left >= 8; at += 8, left -= 8) {
        uint32_t low = bc_get_le32(at) ^ crc;
        uint32_t high = bc_get_le32(at + 4);

        crc = table[7][low & 0xff] ^ table[6][low >> 8 & 0xff] ^ table[5][low >> 16 & 0xff] ^
              table[4][low >> 24] ^ table[3][high & 0xff] ^ table[2][high >> 8 & 0xff] ^
              table[1][high >> 16 & 0xff] ^ table[0][high >> 24];
    }
    for (; left > 0; at++, left--) {
        crc = table[0][(crc ^ *at) & 0xff] ^ crc >> 8;
    }
    return crc;
}

uint32_t bc_checksum_portable(struct bc_bytes bytes)
{
    return ~go_on_portably(UINT32_MAX, bytes);
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) static uint32_t go_on_sse42(
    uint32_t before, struct bc_bytes bytes)
{
    const uint8_t *at = bytes.data;
    size_t left = bytes.len;
    uint64_t crc = before;

    for (; left >= 8; at += 8, left -= 8) {
        uint64_t word;

        memcpy(&word, at, sizeof(word));
        crc = __builtin_ia32_crc32di(crc, word);
    }
    for (; left > 0; at++, left--) {
        crc = __builtin_ia32_crc32qi((uint32_t)crc, *at);
    }
    return (uint32_t)crc;
}

static uint32_t go_on(uint32_t crc, struct bc_bytes bytes)
{
    return __builtin_cpu_supports("sse4.2") ? go_on_sse42(crc, bytes) : go_on_portably(crc, bytes);
}

#else

static uint32_t go_on(uint32_t crc, struct bc_bytes bytes)
{
    return go_on_portably(crc, bytes);
}

#endif

uint32_t bc_checksum(struct bc_bytes bytes)
{
    return ~go_on(UINT32_MAX, bytes);
}

uint32_t bc_checksum_of_two(struct bc_bytes first, struct bc_bytes second)
{
    return ~go_on(go_on(UINT32_MAX, first), second);
}
