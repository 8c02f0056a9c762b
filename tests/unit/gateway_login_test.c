/* What is let through before the broker has accepted a client. */
#include "gateway/login.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum {
    LIMIT = 100
};

struct row {
    const char *what;
    const char *bytes;
    size_t len;
    enum bc_login_state state;
};

#define BYTES(text) (text), sizeof(text) - 1

static const struct row from_client[] = {
    { "a CONNECT", BYTES("\x10\x0cxxxxxxxxxxxx"), BC_LOGIN_WAITING },
    { "the beginning of one", BYTES("\x10"), BC_LOGIN_WAITING },
    { "a CONNECT and more behind it", BYTES("\x10\x01x\x30\x05xxxxx"), BC_LOGIN_WAITING },
    { "the largest CONNECT", BYTES("\x10\x62"), BC_LOGIN_WAITING },
    { "a larger one", BYTES("\x10\x63"), BC_LOGIN_WRONG },
    { "a length written long", BYTES("\x10\xe1\x00x"), BC_LOGIN_WAITING },
    { "a length of 250 MB", BYTES("\x10\xff\xff\xff\x7f"), BC_LOGIN_WRONG },
    { "a length of five bytes", BYTES("\x10\xff\xff\xff\xff\x01"), BC_LOGIN_WRONG },
    { "an empty CONNECT", BYTES("\x10\x00"), BC_LOGIN_WRONG },
    { "a CONNECT with flags", BYTES("\x11\x0c"), BC_LOGIN_WRONG },
    { "a PUBLISH", BYTES("\x30\x02xx"), BC_LOGIN_WRONG },
    { "HTTP", BYTES("GET / HTTP/1.1"), BC_LOGIN_WRONG },
    { "nothing", BYTES(""), BC_LOGIN_WAITING },
};

static const struct row from_broker[] = {
    { "a CONNACK of 3.1.1", BYTES("\x20\x02\x00\x00"), BC_LOGIN_ACCEPTED },
    { "a CONNACK with a session", BYTES("\x20\x02\x01\x00"), BC_LOGIN_ACCEPTED },
    { "a CONNACK of 5 with properties", BYTES("\x20\x06\x00\x00\x03!\x00\x14"), BC_LOGIN_ACCEPTED },
    { "a refusal of 3.1.1", BYTES("\x20\x02\x00\x05"), BC_LOGIN_REFUSED },
    { "a refusal of 5", BYTES("\x20\x03\x00\x87\x00"), BC_LOGIN_REFUSED },
    { "AUTH, and then a CONNACK", BYTES("\xf0\x02\x18\x00\x20\x02\x00\x00"), BC_LOGIN_ACCEPTED },
    { "an empty AUTH, and then a CONNACK", BYTES("\xf0\x00\x20\x02\x00\x00"), BC_LOGIN_ACCEPTED },
    { "AUTH alone", BYTES("\xf0\x02\x18\x00"), BC_LOGIN_WAITING },
    { "half a CONNACK", BYTES("\x20\x02\x00"), BC_LOGIN_WAITING },
    { "a CONNACK without a code", BYTES("\x20\x01\x00"), BC_LOGIN_WAITING },
    { "a CONNACK and more", BYTES("\x20\x02\x00\x00\x30\x01x"), BC_LOGIN_ACCEPTED },
};

static void the_client_may_send_a_connect_however_it_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(from_client) / sizeof(from_client[0]); i++) {
        const struct row *row = &from_client[i];
        const uint8_t *data = (const uint8_t *)row->bytes;

        print_message("  %s\n", row->what);
        for (size_t cut = 0; cut <= row->len; cut++) {
            struct bc_login login;

            bc_login_begin(&login, LIMIT);
            (void)bc_login_from_client(&login, data, cut);
            assert_int_equal(bc_login_from_client(&login, data + cut, row->len - cut), row->state);
        }
    }
}

static void the_answer_is_told_however_it_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(from_broker) / sizeof(from_broker[0]); i++) {
        const struct row *row = &from_broker[i];
        const uint8_t *data = (const uint8_t *)row->bytes;

        print_message("  %s\n", row->what);
        for (size_t cut = 0; cut <= row->len; cut++) {
            struct bc_login login;

            bc_login_begin(&login, LIMIT);
            (void)bc_login_from_broker(&login, data, cut);
            assert_int_equal(bc_login_from_broker(&login, data + cut, row->len - cut), row->state);
        }
    }
}

static void no_more_than_the_limit_is_taken(void **state)
{
    static const uint8_t data[LIMIT + 1] = { 0x10, 10 };
    struct bc_login login;

    (void)state;
    bc_login_begin(&login, LIMIT);
    assert_int_equal(bc_login_room(&login), LIMIT);
    assert_int_equal(bc_login_from_client(&login, data, LIMIT), BC_LOGIN_WAITING);
    assert_int_equal(bc_login_room(&login), 0);
    assert_int_equal(bc_login_from_client(&login, data, 1), BC_LOGIN_WRONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_client_may_send_a_connect_however_it_is_cut),
        cmocka_unit_test(the_answer_is_told_however_it_is_cut),
        cmocka_unit_test(no_more_than_the_limit_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
