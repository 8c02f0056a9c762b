/* Pushes: subscriptions that may be, of users that there are, each found by its endpoint. */
#include "messaging/text.h"
#include "tools/check.h"

static enum bc_error check_push(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    const struct bc_value nothing = { .number = 0 };
    struct bc_key endpoint;
    struct bc_push push;
    enum bc_error error = bc_push_read(value->rest, &push);

    if (error != BC_OK) {
        return error;
    }
    if (check->push_user != key->owner) {
        check->push_user = key->owner;
        check->push_count = 0;
        (void)bc_check_user(check, key->owner);
    }
    if (++check->push_count == BC_PUSHES_MAX + 1) {
        bc_check_problem(check, "pushes: %u has more than one may have", key->owner);
    }
    if (!bc_text_is_device(key->name) || push.id == 0 || !bc_text_is_endpoint(push.endpoint) ||
        !bc_text_is_push_key(push.p256dh) || !bc_text_is_push_key(push.auth)) {
        bc_check_problem(check, "pushes: %u has one that none may have", key->owner);
    }
    endpoint = bc_key_push_endpoint(push.hash, key->owner);
    return bc_check_has(
        check, BC_TABLE_PUSH_ENDPOINTS, &endpoint, &nothing, "endpoint of a subscription");
}

/* Whoever an endpoint leads to has one subscription with it. */
static enum bc_error check_endpoint(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    struct bc_push pushes[BC_PUSHES_MAX];
    uint32_t count;
    uint32_t found = 0;
    enum bc_error error = bc_view_pushes(check->view, key->owner, pushes, &count);

    (void)value;
    for (uint32_t i = 0; error == BC_OK && i < count; i++) {
        found += bc_bytes_equal(pushes[i].hash, key->name) ? 1 : 0;
    }
    if (error == BC_OK && found != 1) {
        bc_check_problem(
            check, "push_endpoints: one leads to %u, who has %u with it", key->owner, found);
    }
    return error;
}

enum bc_error bc_check_push(struct bc_check *check)
{
    enum bc_error error = bc_check_rows(check, BC_TABLE_PUSHES, check_push);

    return error == BC_OK ? bc_check_rows(check, BC_TABLE_PUSH_ENDPOINTS, check_endpoint) : error;
}
