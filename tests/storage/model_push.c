/* Pushes in the naive model: each user has some devices, and any of a few endpoints. */
#include <string.h>

#include "tests/storage/model.h"

#define ENDPOINTS 4

static const char *const endpoints[ENDPOINTS] = { "https://a.example/1", "https://a.example/2",
    "https://b.example/?x=1", "https://c.example/" };
static const char *const hashes[ENDPOINTS] = { "0123456789abcdef0123456789abcdef",
    "1123456789abcdef0123456789abcdef", "2123456789abcdef0123456789abcdef",
    "3123456789abcdef0123456789abcdef" };

/* The device of ${user}'s with ${endpoint}; NULL if there is none. */
static struct waker *waker_of(struct model *model, unsigned user, unsigned endpoint)
{
    for (unsigned i = 0; i < DEVICES; i++) {
        struct waker *waker = &model->wakers[user][i];

        if (waker->there && waker->endpoint == endpoint) {
            return waker;
        }
    }
    return NULL;
}

bool model_think_push(struct model *model, uint64_t id, struct bc_fact *fact)
{
    unsigned user = model_draw(model, USERS);
    unsigned device = model_draw(model, DEVICES);
    unsigned endpoint = model_draw(model, ENDPOINTS);
    struct waker *former = waker_of(model, user, endpoint);

    *fact = (struct bc_fact){ .id = id, .type = BC_FACT_PUSH, .push = { .user = name_of(user) } };
    if (model_draw(model, 6) == 0) {
        fact->push.change = BC_PUSH_GONE;
        fact->push.hash = bc_bytes_text(hashes[endpoint]);
        return model->order[user] != 0;
    }
    fact->push.device = model_device_name(device);
    if (model->wakers[user][device].there && model_draw(model, 3) == 0) {
        fact->push.change = BC_PUSH_ENDED;
        return true;
    }
    fact->push.endpoint = bc_bytes_text(endpoints[endpoint]);
    fact->push.hash = bc_bytes_text(hashes[endpoint]);
    fact->push.p256dh = model_draw(model, 2) == 0 ? bc_bytes_text("BPk_") : bc_bytes("", 0);
    fact->push.auth = model_draw(model, 2) == 0 ? bc_bytes_text("a-A") : bc_bytes("", 0);
    if (former != NULL && former != &model->wakers[user][device]) {
        fact->push.ends = model_device_name((unsigned)(former - model->wakers[user]));
    }
    return true;
}

void model_end_push(struct model *model, unsigned user, struct bc_bytes device)
{
    model->wakers[user][model_device(device)].there = false;
}

static unsigned endpoint_of(struct bc_bytes hash)
{
    unsigned index = 0;

    while (!bc_bytes_equal(bc_bytes_text(hashes[index]), hash)) {
        index++;
        assert_true(index < ENDPOINTS);
    }
    return index;
}

void model_apply_push(struct model *model, uint64_t id, const struct bc_fact_push *fact)
{
    unsigned user;

    if (fact->change == BC_PUSH_GONE) {
        for (unsigned i = 0; i < USERS; i++) {
            struct waker *waker = waker_of(model, i, endpoint_of(fact->hash));

            if (waker != NULL) {
                waker->there = false;
            }
        }
        return;
    }
    user = model_meet(model, fact->user);
    model_end_push(model, user, fact->device);
    if (fact->change == BC_PUSH_SUBSCRIBED) {
        if (fact->ends.len > 0) {
            model_end_push(model, user, fact->ends);
        }
        model->wakers[user][model_device(fact->device)] = (struct waker){ .there = true,
            .endpoint = endpoint_of(fact->hash),
            .is = { .endpoint = fact->endpoint,
                .p256dh = fact->p256dh,
                .auth = fact->auth,
                .hash = fact->hash,
                .id = id } };
    }
}

void model_forget_pushes(struct model *model)
{
    memset(model->wakers, 0, sizeof(model->wakers));
}

static void check_pushers(const struct model *model, const struct bc_view *view, unsigned endpoint)
{
    uint32_t users[BC_PUSHERS_MAX];
    uint32_t count;
    uint32_t wanted = 0;

    assert_int_equal(bc_view_pushers(view, bc_bytes_text(hashes[endpoint]), users, &count), BC_OK);
    for (unsigned user = 0; user < USERS; user++) {
        for (unsigned i = 0; i < DEVICES; i++) {
            const struct waker *waker = &model->wakers[user][i];

            wanted += waker->there && waker->endpoint == endpoint ? 1 : 0;
        }
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
    if (model->order[user] == 0) {
        return;
    }
    assert_int_equal(bc_view_pushes(view, model->order[user], pushes, &count), BC_OK);
    for (unsigned i = 0; i < DEVICES; i++) {
        const struct waker *wanted = &model->wakers[user][i];

        if (wanted->there) {
            assert_true(next < count);
            assert_true(bc_bytes_equal(pushes[next].device, model_device_name(i)));
            assert_true(bc_bytes_equal(pushes[next].endpoint, wanted->is.endpoint));
            assert_true(bc_bytes_equal(pushes[next].p256dh, wanted->is.p256dh));
            assert_true(bc_bytes_equal(pushes[next].auth, wanted->is.auth));
            assert_true(bc_bytes_equal(pushes[next].hash, wanted->is.hash));
            assert_int_equal(pushes[next++].id, wanted->is.id);
        }
    }
    assert_int_equal(next, count);
}
