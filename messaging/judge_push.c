/* Judgement of subscriptions to pushes: which devices are woken, and how. */
#include "messaging/judge.h"
#include "messaging/text.h"

/* What is wrong with the request's words; NULL if nothing is. */
static const char *wrong_words(const struct bc_case *c)
{
    if (!bc_text_is_device(c->request->push.device)) {
        return BC_SENTENCE_BAD_DEVICE;
    }
    if (!bc_text_is_endpoint(c->request->push.endpoint)) {
        return BC_SENTENCE_BAD_ENDPOINT;
    }
    if (!bc_text_is_push_key(c->request->push.p256dh) ||
        !bc_text_is_push_key(c->request->push.auth)) {
        return "A key is not at most 128 bytes of base64.";
    }
    return NULL;
}

/* How who asks is woken: all of their devices, that of the request, and that with its endpoint. */
struct found {
    struct bc_push all[BC_PUSHES_MAX];
    uint32_t count;
    const struct bc_push *device; /* NULL: none, as endpoint */
    const struct bc_push *endpoint;
};

static enum bc_error find(const struct bc_case *c, struct found *found)
{
    enum bc_error error = BC_OK;

    found->count = 0;
    found->device = found->endpoint = NULL;
    if (c->from != 0) {
        error = bc_view_pushes(c->view, c->from, found->all, &found->count);
    }
    for (uint32_t i = 0; error == BC_OK && i < found->count; i++) {
        const struct bc_push *push = &found->all[i];

        found->device =
            bc_bytes_equal(push->device, c->request->push.device) ? push : found->device;
        found->endpoint =
            bc_bytes_equal(push->hash, c->request->push.hash) ? push : found->endpoint;
    }
    return error;
}

/* Does ${push} say all that the request does? */
static bool is_the_same(const struct bc_case *c, const struct bc_push *push)
{
    return bc_bytes_equal(push->endpoint, c->request->push.endpoint) &&
           bc_bytes_equal(push->p256dh, c->request->push.p256dh) &&
           bc_bytes_equal(push->auth, c->request->push.auth);
}

static void change(const struct bc_case *c, enum bc_push_change is, struct bc_decision *decision)
{
    decision->verdict = BC_CHANGES;
    decision->fact = (struct bc_fact){
        .id = c->request->id,
        .type = BC_FACT_PUSH,
        .push = { .user = c->request->from, .device = c->request->push.device, .change = is },
    };
}

/* Is there no room, neither among one's own devices nor with the endpoint? */
static enum bc_error judge_room(
    const struct bc_case *c, const struct found *found, struct bc_decision *decision)
{
    uint32_t users[BC_PUSHERS_MAX];
    uint32_t count;
    enum bc_error error;

    if (found->endpoint != NULL) {
        return BC_OK;
    }
    if (found->device == NULL && found->count == BC_PUSHES_MAX) {
        return bc_judge_refuse(
            decision, BC_NOT_POSSIBLE, "You have subscriptions for 20 devices already.");
    }
    error = bc_view_pushers(c->view, c->request->push.hash, users, &count);
    return error == BC_OK && count == BC_PUSHERS_MAX
               ? bc_judge_refuse(
                     decision, BC_NOT_POSSIBLE, "This endpoint is that of too many users.")
               : error;
}

enum bc_error bc_judge_push_subscribe(const struct bc_case *c, struct bc_decision *decision)
{
    const char *wrong = wrong_words(c);
    struct found found;
    enum bc_error error;

    if (wrong != NULL) {
        return bc_judge_refuse(decision, BC_BAD_REQUEST, wrong);
    }
    error = find(c, &found);
    if (error != BC_OK) {
        return error;
    }
    if (found.device != NULL && is_the_same(c, found.device)) {
        return bc_judge_nothing(decision);
    }
    change(c, BC_PUSH_SUBSCRIBED, decision);
    decision->fact.push.endpoint = c->request->push.endpoint;
    decision->fact.push.p256dh = c->request->push.p256dh;
    decision->fact.push.auth = c->request->push.auth;
    decision->fact.push.hash = c->request->push.hash;
    if (found.endpoint != NULL && found.endpoint != found.device) {
        decision->fact.push.ends = bc_judge_keep_name(decision, 0, found.endpoint->device);
    }
    return judge_room(c, &found, decision);
}

enum bc_error bc_judge_push_unsubscribe(const struct bc_case *c, struct bc_decision *decision)
{
    struct found found;
    enum bc_error error;

    if (!bc_text_is_device(c->request->push.device)) {
        return bc_judge_refuse(decision, BC_BAD_REQUEST, BC_SENTENCE_BAD_DEVICE);
    }
    error = find(c, &found);
    if (error == BC_OK && found.device == NULL) {
        return bc_judge_refuse(decision, BC_NOT_FOUND, "This device has no subscription.");
    }
    change(c, BC_PUSH_ENDED, decision);
    return error;
}

enum bc_error bc_judge_push_remove(const struct bc_case *c, struct bc_decision *decision)
{
    uint32_t users[BC_PUSHERS_MAX];
    uint32_t count = 0;
    enum bc_error error;

    if (!bc_text_is_endpoint(c->request->push.endpoint)) {
        return bc_judge_refuse(decision, BC_BAD_REQUEST, BC_SENTENCE_BAD_ENDPOINT);
    }
    error = bc_view_pushers(c->view, c->request->push.hash, users, &count);
    if (error != BC_OK || count == 0) {
        return error != BC_OK ? error : bc_judge_nothing(decision);
    }
    change(c, BC_PUSH_GONE, decision);
    decision->fact.push.hash = c->request->push.hash;
    return BC_OK;
}
