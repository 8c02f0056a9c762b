/* A function of the broker's own, where it is there and sure to be what it was. */
#include "broker-plugin/broker/dropped.h"

#include <dlfcn.h>
#include <string.h>
#include <time.h>

/* What brokers have had since 2.0: its file is the broker's. */
#define OF_THE_API "mosquitto_broker_publish"

/* After so many it is looked for what was dropped, though nobody went. */
#define MOST_MESSAGES 4096
#define MOST_BYTES    (size_t)(16 * 1024 * 1024)

/* Fewer than these fit into any queue: Mosquitto's default is 1000. */
#define FEW_MESSAGES 1000

/*
 * What a message, and a byte of one, may cost when it is looked for. To make and to hand them out
 * has taken some 10 us and 4 ns by then: so the looking is a small part of the broker's work,
 * however much it holds.
 */
#define NS_PER_MESSAGE UINT64_C(250)
#define NS_PER_BYTE    UINT64_C(1)

static bool in_one_file(const void *one, const void *other)
{
    Dl_info first;
    Dl_info second;

    return dladdr(one, &first) != 0 && dladdr(other, &second) != 0 &&
           first.dli_fbase == second.dli_fbase;
}

struct bc_dropped bc_dropped_find(void)
{
    struct bc_dropped dropped = { .forget = NULL };
    void *symbol = dlsym(RTLD_DEFAULT, "db__msg_store_compact");
    const void *broker = dlsym(RTLD_DEFAULT, OF_THE_API);

    dropped.kept = broker != NULL;
    if (dropped.kept && symbol != NULL && in_one_file(symbol, broker)) {
        memcpy(&dropped.forget, &symbol, sizeof(symbol)); /* C has no cast for it */
    }
    return dropped;
}

void bc_dropped_never(struct bc_dropped *dropped)
{
    dropped->forget = NULL;
}

bool bc_dropped_stays(const struct bc_dropped *dropped)
{
    return dropped->kept && dropped->forget == NULL;
}

void bc_dropped_add(struct bc_dropped *dropped, size_t bytes)
{
    dropped->messages++;
    dropped->bytes += bytes;
}

void bc_dropped_gone(struct bc_dropped *dropped)
{
    dropped->gone = true;
}

/* The processor's time that the thread has used: other programs don't count. */
static uint64_t used_ns(void)
{
    struct timespec used = { 0 };

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

static bool is_paid(const struct bc_dropped *dropped)
{
    return dropped->messages * NS_PER_MESSAGE + dropped->bytes * NS_PER_BYTE >= dropped->cost_ns;
}

static bool is_due(const struct bc_dropped *dropped)
{
    bool much = dropped->messages >= MOST_MESSAGES || dropped->bytes >= MOST_BYTES ||
                (dropped->gone && dropped->messages >= FEW_MESSAGES);

    return much && is_paid(dropped);
}

void bc_dropped_turn(struct bc_dropped *dropped)
{
    bool due = is_due(dropped);
    uint64_t begin;

    dropped->gone = dropped->gone && !due && dropped->messages >= FEW_MESSAGES;
    if (due && dropped->forget != NULL) {
        begin = used_ns();
        dropped->forget();
        dropped->cost_ns = used_ns() - begin;
    }
    if (due) {
        dropped->messages = 0;
        dropped->bytes = 0;
    }
}
