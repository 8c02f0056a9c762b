/* Both directions of a login, in pieces: what is let through is one CONNECT within the limit. */
#include "gateway/login.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum {
        LIMIT = 300
    };
    struct bc_login login;
    struct bc_login whole;
    size_t half = size / 2;
    size_t taken = half < LIMIT ? half : LIMIT;

    bc_login_begin(&login, LIMIT);
    bc_login_begin(&whole, LIMIT);
    for (size_t i = 0; i < taken; i++)
        (void)bc_login_from_client(&login, data + i, 1);
    MUST(bc_login_from_client(&whole, data, taken) == login.state);
    if (login.state == BC_LOGIN_WAITING && taken > 0)
        MUST(data[0] == 0x10);
    for (size_t i = half; i < size; i++)
        (void)bc_login_from_broker(&login, data + i, 1);
    MUST(bc_login_from_broker(&whole, data + half, size - half) == login.state);
    MUST(bc_login_room(&login) <= LIMIT);
    return 0;
}
