/* The checksum against the vectors of RFC 3720, appendix B.4, and against its definition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "storage/base/checksum.h"

struct vector {
    const char *what;
    uint8_t first; /* the first byte */
    int step;      /* from each byte to the next */
    size_t len;
    uint32_t checksum;
};

static const struct vector vectors[] = {
    { "no bytes", 0, 0, 0, 0x00000000U },
    { "32 bytes of zeros", 0x00, 0, 32, 0x8a9136aaU },
    { "32 bytes of ones", 0xff, 0, 32, 0x62a8ab43U },
    { "32 bytes rising from 0", 0x00, 1, 32, 0x46dd794eU },
    { "32 bytes falling from 31", 0x1f, -1, 32, 0x113fdb5cU },
    { "the digits 1 to 9", '1', 1, 9, 0xe3069283U },
};

static const uint8_t iscsi_read[48] = { 0x01,
    0xc0, [16] = 0x14, [22] = 0x04, [27] = 0x14, [31] = 0x18, [32] = 0x28, [40] = 0x02 };

static void the_published_vectors_come_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const struct vector *row = &vectors[i];
        uint8_t bytes[32];

        for (size_t j = 0; j < row->len; j++) {
            bytes[j] = (uint8_t)(row->first + row->step * (int)j);
        }
        if (bc_checksum(bc_bytes(bytes, row->len)) != row->checksum ||
            bc_checksum_portable(bc_bytes(bytes, row->len)) != row->checksum) {
            fail_msg("%s", row->what);
        }
    }
    assert_int_equal(bc_checksum(bc_bytes(iscsi_read, 48)), 0xd9963a56U);
    assert_int_equal(bc_checksum_portable(bc_bytes(iscsi_read, 48)), 0xd9963a56U);
}

static uint32_t bit_by_bit(const uint8_t *bytes, size_t len)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1U ? 0x82f63b78U : 0);
        }
    }
    return ~crc;
}

static void both_ways_agree_with_the_definition_at_every_length_and_alignment(void **state)
{
    uint8_t bytes[600];
    uint32_t random = 1;

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        random = random * 1664525U + 1013904223U;
        bytes[i] = (uint8_t)(random >> 24);
    }
    for (size_t start = 0; start < 9; start++) {
        for (size_t len = 0; start + len <= sizeof(bytes); len++) {
            uint32_t right = bit_by_bit(bytes + start, len);

            assert_int_equal(bc_checksum(bc_bytes(bytes + start, len)), right);
            assert_int_equal(bc_checksum_portable(bc_bytes(bytes + start, len)), right);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_vectors_come_out),
        cmocka_unit_test(both_ways_agree_with_the_definition_at_every_length_and_alignment),
    };

    return cmocka_run_group_tests_name("checksum", tests, NULL, NULL);
}
