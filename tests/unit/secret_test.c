/* What is a secret, and which hash is its. */
#include "broker-plugin/signin/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define X43         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void only_a_word_and_43_characters_are_one(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum bc_secret_kind kind;
    } rows[] = {
        { "bct-" X43, BC_SECRET_TOKEN },
        { "bci-" X43, BC_SECRET_INVITATION },
        { "bct-_-0"
          "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            BC_SECRET_TOKEN },
        { "bcx-" X43, BC_SECRET_NONE },
        { "BCT-" X43, BC_SECRET_NONE },
        { "bct_" X43, BC_SECRET_NONE },
        { "bct-" X43 "x", BC_SECRET_NONE },
        { "bct-+"
          "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            BC_SECRET_NONE },
        { "bct-"
          "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            BC_SECRET_NONE },
        { "bct-", BC_SECRET_NONE },
        { "", BC_SECRET_NONE },
        { NULL, BC_SECRET_NONE },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_secret secret;
        bc_secret_read(&secret, rows[i].text);
        if (secret.kind != rows[i].kind) {
            fail_msg("%s: kind %d", rows[i].text != NULL ? rows[i].text : "none", secret.kind);
        }
    }
}

static void what_is_drawn_is_read_as_the_same_and_never_comes_twice(void **state)
{
    (void)state;
    struct bc_secret first;
    for (enum bc_secret_kind kind = BC_SECRET_TOKEN; kind <= BC_SECRET_INVITATION; kind++) {
        struct bc_secret second;
        struct bc_secret read;
        assert_true(bc_secret_draw(&first, kind));
        assert_true(bc_secret_draw(&second, kind));
        bc_secret_read(&read, first.text);
        assert_int_equal(read.kind, kind);
        assert_int_equal(strlen(first.text), BC_SECRET_LENGTH);
        assert_true(bc_secret_is(&read, bc_bytes(first.hash, sizeof(first.hash))));
        assert_false(bc_secret_is(&read, bc_bytes(second.hash, sizeof(second.hash))));
        assert_string_not_equal(first.text, second.text);
    }
    assert_false(bc_secret_is(&first, bc_bytes(first.hash, sizeof(first.hash) - 1)));
    assert_false(bc_secret_is(&first, bc_bytes(NULL, 0)));
}

/* As `printf bct-xxx... | sha256sum` has it. */
static void the_hash_is_sha_256_of_the_whole_text(void **state)
{
    (void)state;
    static const uint8_t hash[BC_DIGEST] = { 0x62, 0x59, 0xdc, 0x15, 0x97, 0xe9, 0x21, 0xce, 0x7b,
        0xae, 0x40, 0xd6, 0x6b, 0xd1, 0xa4, 0x7c, 0xf5, 0xc5, 0x6c, 0x18, 0xab, 0xae, 0xa1, 0x5e,
        0x24, 0xfe, 0x82, 0xa5, 0xe3, 0x01, 0x0b, 0x96 };
    struct bc_secret secret;
    bc_secret_read(&secret, "bct-" X43);
    assert_memory_equal(secret.hash, hash, sizeof(hash));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_word_and_43_characters_are_one),
        cmocka_unit_test(what_is_drawn_is_read_as_the_same_and_never_comes_twice),
        cmocka_unit_test(the_hash_is_sha_256_of_the_whole_text),
    };
    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
