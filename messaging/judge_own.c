/* Judgement of own data: what a user keeps for their devices, and nobody else sees. */
#include "messaging/judge.h"

/* Bytes of all keys and values of a user's together. */
#define ALL_MAX 65536

/* Is there room for the new value in place of what takes ${old} bytes? */
static enum bc_error judge_room(const struct bc_case *c, size_t old, struct bc_decision *decision)
{
    struct bc_bytes key = c->request->own.key;
    struct bc_bytes value = c->request->own.value;
    uint32_t bytes = 0;
    enum bc_error error = BC_OK;

    if (c->from != 0) {
        error = bc_view_own_bytes(c->view, c->from, &bytes);
    }
    return error == BC_OK && bytes - old + key.len + value.len > ALL_MAX
               ? bc_judge_refuse(decision, BC_NOT_POSSIBLE,
                     "All your keys and values together can't be longer than 65536 bytes.")
               : error;
}

enum bc_error bc_judge_store(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_bytes key = c->request->own.key;
    struct bc_bytes value = c->request->own.value;
    struct bc_bytes before = { .data = NULL };
    bool removes = value.data == NULL;
    enum bc_error error = BC_NOTFOUND;

    if (!bc_text_is_own_key(key)) {
        return bc_judge_refuse(decision, BC_BAD_REQUEST,
            "The key is not 1 to 64 printable ASCII characters without spaces.");
    }
    if (value.len > BC_OWN_VALUE_MAX || !bc_text_is_string(value)) {
        return bc_judge_refuse(
            decision, BC_BAD_REQUEST, "The value is not a string of at most 8192 bytes.");
    }
    if (c->from != 0) {
        error = bc_view_own(c->view, c->from, key, &before);
    }
    if (error != BC_OK && error != BC_NOTFOUND) {
        return error;
    }
    if (error == BC_OK ? !removes && bc_bytes_equal(before, value) : removes) {
        return bc_judge_nothing(decision);
    }
    decision->verdict = BC_CHANGES;
    decision->fact = (struct bc_fact){
        .id = c->request->id,
        .type = BC_FACT_STORED,
        .stored = { .user = c->request->from, .key = key, .value = value, .removed = removes },
    };
    return removes ? BC_OK : judge_room(c, error == BC_OK ? key.len + before.len : 0, decision);
}
