/* Tokens beside the store: each user has some devices, with a token or without. */
#include <stdio.h>
#include <string.h>

#include "tests/storage/model.h"

/* In the order of their bytes. */
static const char *const devices[DEVICES] = { "phone", "phone 2", "t\xc3\xa9l\xc3\xa9" };
static const char *const hashes[] = { "0123456789abcdef0123456789abcdef",
    "fedcba9876543210fedcba9876543210" };

bool model_think_token(struct model *model, uint64_t id, struct bc_fact *fact)
{
    unsigned user = model_draw(model, USERS);
    unsigned device = model_draw(model, DEVICES);

    *fact = (struct bc_fact){ .id = id,
        .type = BC_FACT_TOKEN,
        .token = { .user = name_of(user), .device = bc_bytes_text(devices[device]) } };
    if (naive_token(model->state, model->users[user], bc_bytes_text(devices[device])) == NULL ||
        model_draw(model, 3) == 0) {
        fact->token.hash = bc_bytes_text(hashes[model_draw(model, 2)]);
        fact->token.until_ms = model_draw(model, 2) * UINT64_C(1700000000000);
        fact->token.ends = model_draw(model, 5) == 0
                               ? bc_bytes_text(devices[(device + 1) % DEVICES])
                               : bc_bytes(NULL, 0);
    } else if (model_draw(model, 2) == 0) {
        fact->token.change = BC_TOKEN_SEEN;
        fact->token.day = 1 + model_draw(model, 20000);
    } else {
        fact->token.change = BC_TOKEN_ENDED;
    }
    return true;
}

struct bc_bytes model_device_name(unsigned index)
{
    return bc_bytes_text(devices[index]);
}

void model_check_tokens(const struct model *model, const struct bc_view *view, unsigned user)
{
    struct bc_token tokens[BC_TOKENS_MAX];
    uint32_t count;
    uint32_t next = 0;

    if (model->users[user] == 0) {
        return;
    }
    assert_int_equal(bc_view_tokens(view, model->users[user], tokens, &count), BC_OK);
    for (unsigned i = 0; i < DEVICES; i++) {
        const struct bc_token *wanted =
            naive_token(model->state, model->users[user], bc_bytes_text(devices[i]));

        if (wanted != NULL) {
            assert_true(next < count);
            assert_true(bc_bytes_equal(tokens[next].device, bc_bytes_text(devices[i])));
            assert_true(bc_bytes_equal(tokens[next].hash, wanted->hash));
            assert_int_equal(tokens[next].id, wanted->id);
            assert_int_equal(tokens[next].until_ms, wanted->until_ms);
            assert_int_equal(tokens[next++].day, wanted->day);
        }
    }
    assert_int_equal(next, count);
}
