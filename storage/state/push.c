/* How devices are woken: written, and read. Each of a user's endpoints is one device's. */
#include "storage/state/apply.h"

static enum bc_error read_push(
    struct bc_bytes device, const struct bc_value *value, struct bc_push *push)
{
    enum bc_error error = bc_push_read(value->rest, push);

    push->device = device;
    return error;
}

enum bc_error bc_view_pushes(const struct bc_view *view, uint32_t user,
    struct bc_push pushes[BC_PUSHES_MAX], uint32_t *count)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_PUSHES,
        .start = bc_key_user(user),
        .prefix = BC_PREFIX_OWNER };
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error;

    *count = 0;
    while ((error = bc_row_next(&walk, &key, &value)) == BC_OK) {
        if (*count == BC_PUSHES_MAX) {
            return BC_DAMAGED;
        }
        error = read_push(key.name, &value, &pushes[*count]);
        if (error != BC_OK) {
            return error;
        }
        ++*count;
    }
    return bc_or_nothing(error);
}

enum bc_error bc_view_pushers(const struct bc_view *view, struct bc_bytes hash,
    uint32_t users[BC_PUSHERS_MAX], uint32_t *count)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_PUSH_ENDPOINTS,
        .start = bc_key_name(hash),
        .prefix = BC_PREFIX_HASH };
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error;

    *count = 0;
    while ((error = bc_row_next(&walk, &key, &value)) == BC_OK) {
        if (*count == BC_PUSHERS_MAX) {
            return BC_DAMAGED;
        }
        users[(*count)++] = key.owner;
    }
    return bc_or_nothing(error);
}

enum bc_error bc_apply_end_push(struct bc_state *state, uint32_t user, struct bc_bytes device)
{
    struct bc_key key = bc_key_push(user, device);
    struct bc_key endpoint;
    struct bc_push push;
    struct bc_value value;
    enum bc_error error = bc_row_get(state->tables, BC_TABLE_PUSHES, &key, &value);

    if (error == BC_OK) {
        error = read_push(device, &value, &push);
    }
    if (error != BC_OK) {
        return bc_or_nothing(error);
    }
    endpoint = bc_key_push_endpoint(push.hash, user);
    error = bc_tables_delete(state->tables, BC_TABLE_PUSH_ENDPOINTS, &endpoint);
    return error == BC_OK ? bc_tables_delete(state->tables, BC_TABLE_PUSHES, &key) : error;
}

static enum bc_error subscribe(
    struct bc_state *state, uint32_t user, uint64_t id, const struct bc_fact_push *fact)
{
    const struct bc_push push = { .id = id,
        .endpoint = fact->endpoint,
        .p256dh = fact->p256dh,
        .auth = fact->auth,
        .hash = fact->hash };
    struct bc_push_bytes bytes = bc_push_write(&push);
    struct bc_key key = bc_key_push(user, fact->device);
    struct bc_key endpoint = bc_key_push_endpoint(fact->hash, user);
    enum bc_error error = bc_apply_end_push(state, user, fact->device);

    if (error == BC_OK && fact->ends.len > 0) {
        error = bc_apply_end_push(state, user, fact->ends);
    }
    if (error == BC_OK) {
        error =
            bc_tables_put(state->tables, BC_TABLE_PUSHES, &key, bc_bytes(bytes.bytes, bytes.len));
    }
    return error == BC_OK ? bc_row_put(state->tables, BC_TABLE_PUSH_ENDPOINTS, &endpoint,
                                &(struct bc_value){ .number = 0 })
                          : error;
}

/* ${user}'s device with the endpoint is woken no more. */
static enum bc_error end_endpoint(struct bc_state *state, uint32_t user, struct bc_bytes hash)
{
    struct bc_push pushes[BC_PUSHES_MAX];
    uint8_t device[BC_DEVICE_MAX]; /* what is borrowed ends with the writing */
    uint32_t count;
    enum bc_error error = bc_view_pushes(&state->view, user, pushes, &count);

    for (uint32_t i = 0; error == BC_OK && i < count; i++) {
        if (bc_bytes_equal(pushes[i].hash, hash)) {
            memcpy(device, pushes[i].device.data, pushes[i].device.len);
            return bc_apply_end_push(state, user, bc_bytes(device, pushes[i].device.len));
        }
    }
    return error == BC_OK ? BC_DAMAGED : error;
}

static enum bc_error end_everybodys(struct bc_state *state, struct bc_bytes hash)
{
    uint32_t users[BC_PUSHERS_MAX];
    uint32_t count;
    enum bc_error error = bc_view_pushers(&state->view, hash, users, &count);

    for (uint32_t i = 0; error == BC_OK && i < count; i++) {
        error = end_endpoint(state, users[i], hash);
    }
    return error;
}

enum bc_error bc_apply_push(struct bc_state *state, uint64_t id, const struct bc_fact_push *fact)
{
    uint32_t user = 0;
    enum bc_error error = BC_OK;

    if (fact->change == BC_PUSH_GONE) {
        return end_everybodys(state, fact->hash);
    }
    error = bc_apply_intern(state, fact->user, &user);
    if (error != BC_OK) {
        return error;
    }
    return fact->change == BC_PUSH_SUBSCRIBED ? subscribe(state, user, id, fact)
                                              : bc_apply_end_push(state, user, fact->device);
}
