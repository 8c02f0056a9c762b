/* Pushes beside the store: each user has some devices, and any of a few endpoints. */
#include <string.h>

#include "tests/storage/model.h"

#define ENDPOINTS 4

static const char *const endpoints[ENDPOINTS] = { "https://a.example/1", "https://a.example/2",
    "https://b.example/?x=1", "https://c.example/" };
static const char *const hashes[ENDPOINTS] = { "0123456789abcdef0123456789abcdef",
    "1123456789abcdef0123456789abcdef", "2123456789abcdef0123456789abcdef",
    "3123456789abcdef0123456789abcdef" };

/* The device of ${user}'s with ${endpoint}; none if there is none. */
static struct bc_bytes device_with(const struct model *model, unsigned user, unsigned endpoint)
{
    for (unsigned i = 0; i < DEVICES; i++) {
        const struct bc_push *push =
            naive_push(model->state, model->users[user], model_device_name(i));

        if (push != NULL && bc_bytes_equal(push->hash, bc_bytes_text(hashes[endpoint]))) {
            return push->device;
        }
    }
    return bc_bytes(NULL, 0);
}

bool model_think_push(struct model *model, uint64_t id, struct bc_fact *fact)
{
    unsigned user = model_draw(model, USERS);
    unsigned device = model_draw(model, DEVICES);
    unsigned endpoint = model_draw(model, ENDPOINTS);
    struct bc_bytes former = device_with(model, user, endpoint);

    *fact = (struct bc_fact){ .id = id, .type = BC_FACT_PUSH, .push = { .user = name_of(user) } };
    if (model_draw(model, 6) == 0) {
        fact->push.change = BC_PUSH_GONE;
        fact->push.hash = bc_bytes_text(hashes[endpoint]);
        return model->users[user] != 0;
    }
    fact->push.device = model_device_name(device);
    if (naive_push(model->state, model->users[user], fact->push.device) != NULL &&
        model_draw(model, 3) == 0) {
        fact->push.change = BC_PUSH_ENDED;
        return true;
    }
    fact->push.endpoint = bc_bytes_text(endpoints[endpoint]);
    fact->push.hash = bc_bytes_text(hashes[endpoint]);
    fact->push.p256dh = model_draw(model, 2) == 0 ? bc_bytes_text("BPk_") : bc_bytes("", 0);
    fact->push.auth = model_draw(model, 2) == 0 ? bc_bytes_text("a-A") : bc_bytes("", 0);
    if (!bc_bytes_equal(former, fact->push.device)) {
        fact->push.ends = former;
    }
    return true;
}

static void check_pushers(const struct model *model, const struct bc_view *view, unsigned endpoint)
{
    uint32_t users[BC_PUSHERS_MAX];
    uint32_t count;
    uint32_t wanted = 0;

    assert_int_equal(bc_view_pushers(view, bc_bytes_text(hashes[endpoint]), users, &count), BC_OK);
    for (unsigned user = 0; user < USERS; user++) {
        wanted += device_with(model, user, endpoint).len > 0 ? 1 : 0;
    }
    assert_int_equal(count, wanted);
}

void model_check_pushes(const struct model *model, const struct bc_view *view, unsigned user)
{
    struct bc_push pushes[BC_PUSHES_MAX];
    uint32_t count;
    uint32_t next = 0;

    for (unsigned i = 0; i < ENDPOINTS; i++) {
        check_pushers(model, view, i);
    }
    if (model->users[user] == 0) {
        return;
    }
    assert_int_equal(bc_view_pushes(view, model->users[user], pushes, &count), BC_OK);
    for (unsigned i = 0; i < DEVICES; i++) {
        const struct bc_push *wanted =
            naive_push(model->state, model->users[user], model_device_name(i));

        if (wanted != NULL) {
            assert_true(next < count);
            assert_true(bc_bytes_equal(pushes[next].device, model_device_name(i)));
            assert_true(bc_bytes_equal(pushes[next].endpoint, wanted->endpoint));
            assert_true(bc_bytes_equal(pushes[next].p256dh, wanted->p256dh));
            assert_true(bc_bytes_equal(pushes[next].auth, wanted->auth));
            assert_true(bc_bytes_equal(pushes[next].hash, wanted->hash));
            assert_int_equal(pushes[next++].id, wanted->id);
        }
    }
    assert_int_equal(next, count);
}
