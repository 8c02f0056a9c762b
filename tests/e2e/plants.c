/*
 * Faults for timing tests to find, linked around the plugin's own functions into a plugin that is
 * never installed. BACKCHANNEL_PLANT names the one to commit: `delay` takes 5 us more for a message
 * that its recipient is never to see, `id` draws one id more after such a message. For
 * burst_timing_test.c `typing` passes on each notice, and `behind` hands out late what comes after
 * such a message. For asking_timing_test.c `look` takes 5 us more for a profile that isn't shown
 * and is there.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "broker-plugin/limit.h"
#include "broker-plugin/outbox.h"
#include "messaging/decide.h"
#include "messaging/id.h"
#include "messaging/visible.h"

#define DELAY_NS 5000
#define LATE_NS  500000

/* NOLINTBEGIN(bugprone-reserved-identifier): these names are the linker's. */
enum bc_error __real_bc_decide(const struct bc_view *view, const struct bc_limits *limits,
    const struct bc_request *request, struct bc_decision *decision);
enum bc_error __wrap_bc_decide(const struct bc_view *view, const struct bc_limits *limits,
    const struct bc_request *request, struct bc_decision *decision);
uint64_t __real_bc_id_draw(struct bc_id_source *source, uint64_t now_ms, uint32_t count);
uint64_t __wrap_bc_id_draw(struct bc_id_source *source, uint64_t now_ms, uint32_t count);
bool __real_bc_limit_take(struct bc_limit *limit, struct bc_bytes name, uint64_t now_ms);
bool __wrap_bc_limit_take(struct bc_limit *limit, struct bc_bytes name, uint64_t now_ms);
void __real_bc_outbox_flush(struct bc_outbox *outbox, uint64_t durable);
void __wrap_bc_outbox_flush(struct bc_outbox *outbox, uint64_t durable);
enum bc_error __real_bc_visible_profile(const struct bc_view *view, uint32_t viewer, uint32_t owner,
    uint64_t *version, uint32_t *looked);
enum bc_error __wrap_bc_visible_profile(const struct bc_view *view, uint32_t viewer, uint32_t owner,
    uint64_t *version, uint32_t *looked);

static bool swallowed_before;
static bool late;

static bool planted(const char *what)
{
    const char *plant = getenv("BACKCHANNEL_PLANT");

    return plant != NULL && strcmp(plant, what) == 0;
}

static bool is_swallowed(const struct bc_decision *decision)
{
    const struct bc_fact *fact = &decision->fact;

    return decision->verdict == BC_CHANGES && fact->type == BC_FACT_SENT &&
           fact->sent.message.group.len == 0 && fact->sent.placement == BC_KEPT;
}

static void spin(long ns)
{
    struct timespec begin;
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &begin);
    do {
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((now.tv_sec - begin.tv_sec) * 1000000000L + now.tv_nsec - begin.tv_nsec < ns);
}

enum bc_error __wrap_bc_decide(const struct bc_view *view, const struct bc_limits *limits,
    const struct bc_request *request, struct bc_decision *decision)
{
    enum bc_error error = __real_bc_decide(view, limits, request, decision);

    swallowed_before = error == BC_OK && is_swallowed(decision);
    if (swallowed_before && planted("delay"))
        spin(DELAY_NS);
    late = swallowed_before && planted("behind");
    return error;
}

uint64_t __wrap_bc_id_draw(struct bc_id_source *source, uint64_t now_ms, uint32_t count)
{
    return __real_bc_id_draw(source, now_ms, count + (swallowed_before && planted("id") ? 1 : 0));
}

bool __wrap_bc_limit_take(struct bc_limit *limit, struct bc_bytes name, uint64_t now_ms)
{
    return __real_bc_limit_take(limit, name, now_ms) || planted("typing");
}

void __wrap_bc_outbox_flush(struct bc_outbox *outbox, uint64_t durable)
{
    if (late)
        spin(LATE_NS);
    late = false;
    __real_bc_outbox_flush(outbox, durable);
}

enum bc_error __wrap_bc_visible_profile(const struct bc_view *view, uint32_t viewer, uint32_t owner,
    uint64_t *version, uint32_t *looked)
{
    enum bc_error error = __real_bc_visible_profile(view, viewer, owner, version, looked);
    uint64_t there = 0;
    bool findable = false;

    if (planted("look") && error == BC_OK && *version == 0 &&
        bc_view_presence(view, owner, &there, &findable) == BC_OK && there != 0)
        spin(DELAY_NS);
    return error;
}
/* NOLINTEND(bugprone-reserved-identifier) */
