/* Tokens in the naive model: each user has some devices, with a token or without. */
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
    if (!model->tokens[user][device].there || model_draw(model, 3) == 0) {
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

unsigned model_device(struct bc_bytes device)
{
    unsigned index = 0;

    while (!bc_bytes_equal(bc_bytes_text(devices[index]), device)) {
        index++;
        assert_true(index < DEVICES);
    }
    return index;
}

struct bc_bytes model_device_name(unsigned index)
{
    return bc_bytes_text(devices[index]);
}

static struct token *token_of(struct model *model, unsigned user, struct bc_bytes device)
{
    return &model->tokens[user][model_device(device)];
}

void model_apply_token(struct model *model, uint64_t id, const struct bc_fact_token *fact)
{
    unsigned user = model_meet(model, fact->user);
    struct token *token = token_of(model, user, fact->device);

    switch (fact->change) {
    case BC_TOKEN_MADE:
        *token = (struct token){ .there = true,
            .is = { .hash = fact->hash, .id = id, .until_ms = fact->until_ms } };
        if (fact->ends.len > 0) {
            token_of(model, user, fact->ends)->there = false;
            model_end_push(model, user, fact->ends);
        }
        break;
    case BC_TOKEN_SEEN:
        token->is.day = fact->day;
        break;
    case BC_TOKEN_ENDED:
        token->there = false;
        model_end_push(model, user, fact->device);
        break;
    }
}

void model_forget_tokens(struct model *model)
{
    memset(model->tokens, 0, sizeof(model->tokens));
}

void model_check_tokens(const struct model *model, const struct bc_view *view, unsigned user)
{
    struct bc_token tokens[BC_TOKENS_MAX];
    uint32_t count;
    uint32_t next = 0;

    if (model->order[user] == 0) {
        return;
    }
    assert_int_equal(bc_view_tokens(view, model->order[user], tokens, &count), BC_OK);
    for (unsigned i = 0; i < DEVICES; i++) {
        const struct token *wanted = &model->tokens[user][i];

        if (wanted->there) {
            assert_true(next < count);
            assert_true(bc_bytes_equal(tokens[next].device, bc_bytes_text(devices[i])));
            assert_true(bc_bytes_equal(tokens[next].hash, wanted->is.hash));
            assert_int_equal(tokens[next].id, wanted->is.id);
            assert_int_equal(tokens[next].until_ms, wanted->is.until_ms);
            assert_int_equal(tokens[next++].day, wanted->is.day);
        }
    }
    assert_int_equal(next, count);
}
