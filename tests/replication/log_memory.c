/* A log that is an array. */
#include "tests/replication/log_memory.h"

#include <assert.h>
#include <stdlib.h>

#define NODES 16

struct stored {
    uint64_t at_ms;
    unsigned node;
    uint64_t number;
    uint8_t *body;
    size_t len;
};

struct memory {
    struct stored *rows;
    size_t count;
    uint64_t random;
    struct log_faults faults;
    uint64_t numbers[NODES]; /* of the last batch of each */
};

struct memory_log {
    struct bc_shared_log log;
    struct memory *shared;
    unsigned node;
    uint64_t number; /* of the last batch that is known to be in the log */
    uint64_t before; /* ... when this was opened */
    uint8_t *body;   /* what has gathered ... */
    size_t len;
    uint8_t *sent; /* ... and was sent, and isn't acknowledged; NULL for nothing */
    size_t sent_len;
    size_t next; /* to be taken */
    uint64_t rows;
};

static bool happens(struct memory *shared, unsigned percent)
{
    shared->random ^= shared->random << 13;
    shared->random ^= shared->random >> 7;
    shared->random ^= shared->random << 17;
    return (shared->random >> 16) % 100 < percent;
}

static struct memory_log *of(struct bc_shared_log *log)
{
    return (struct memory_log *)log;
}

static enum bc_error submit(struct bc_shared_log *log, struct bc_bytes head, struct bc_bytes item)
{
    struct memory_log *memory = of(log);
    size_t head_len = memory->len == 0 ? head.len : 0;

    memory->body = realloc(memory->body, memory->len + head_len + item.len + 1);
    assert(memory->body != NULL);
    memcpy(memory->body + memory->len, head.data, head_len);
    if (item.len > 0) {
        memcpy(memory->body + memory->len + head_len, item.data, item.len);
    }
    memory->len += head_len + item.len;
    return BC_OK;
}

/* The numbers of rows have gaps, as transactions' have. */
static uint64_t row_of(size_t index)
{
    return 1000 + 3 * (uint64_t)index;
}

static void seek(struct bc_shared_log *log, uint64_t row)
{
    struct memory_log *memory = of(log);

    memory->next = 0;
    while (memory->next < memory->shared->count && row_of(memory->next) < row) {
        memory->next++;
    }
}

static bool take(struct bc_shared_log *log, struct bc_shared_row *row)
{
    struct memory_log *memory = of(log);
    struct memory *shared = memory->shared;
    const struct stored *stored;

    if (memory->next == shared->count || happens(shared, shared->faults.hides)) {
        return false;
    }
    stored = &shared->rows[memory->next];
    *row = (struct bc_shared_row){ .row = row_of(memory->next),
        .at_ms = stored->at_ms,
        .own = stored->node == memory->node && stored->number > memory->before,
        .body = bc_bytes(stored->body, stored->len) };
    memory->next++;
    memory->rows++;
    return true;
}

static bool wait_for_row(struct bc_shared_log *log, unsigned ms)
{
    (void)ms;
    return of(log)->next < of(log)->shared->count;
}

static void state(struct bc_shared_log *log, struct bc_shared_state *state)
{
    *state = (struct bc_shared_state){ .answers = true,
        .waiting = of(log)->len + of(log)->sent_len,
        .rows = of(log)->rows,
        .appended = of(log)->number - of(log)->before };
}

/* Nothing is cut off. */
static void tell(struct bc_shared_log *log, const struct bc_shared_own *own)
{
    (void)log;
    (void)own;
}

/* Nobody hears anything. */
static bool notify(struct bc_shared_log *log, struct bc_bytes notice)
{
    (void)log;
    (void)notice;
    return false;
}

static bool hear(struct bc_shared_log *log, struct bc_bytes *notices)
{
    (void)log;
    (void)notices;
    return false;
}

static void close_log(struct bc_shared_log *log)
{
    free(of(log)->body);
    free(of(log)->sent);
    free(log);
}

struct bc_shared_log *memory_open(struct memory *shared, unsigned node)
{
    static const struct bc_shared_methods methods = { .submit = submit,
        .seek = seek,
        .take = take,
        .wait = wait_for_row,
        .state = state,
        .tell = tell,
        .notify = notify,
        .hear = hear,
        .close = close_log };
    struct memory_log *memory = calloc(1, sizeof(*memory));

    assert(memory != NULL && node < NODES);
    memory->log.methods = &methods;
    memory->shared = shared;
    memory->node = node;
    memory->number = shared->numbers[node];
    memory->before = memory->number;
    return &memory->log;
}

/* Append what was sent, once: a number that is there already is not there twice. */
static void append(struct memory_log *memory, uint64_t at_ms)
{
    struct memory *shared = memory->shared;
    struct stored *stored;

    if (shared->numbers[memory->node] != memory->number) {
        return;
    }
    shared->rows = realloc(shared->rows, (shared->count + 1) * sizeof(*shared->rows));
    assert(shared->rows != NULL);
    stored = &shared->rows[shared->count++];
    *stored = (struct stored){ .at_ms = at_ms,
        .node = memory->node,
        .number = memory->number + 1,
        .body = malloc(memory->sent_len + 1),
        .len = memory->sent_len };
    assert(stored->body != NULL);
    memcpy(stored->body, memory->sent, memory->sent_len);
    shared->numbers[memory->node]++;
}

void memory_turn(struct bc_shared_log *log, uint64_t at_ms)
{
    struct memory_log *memory = of(log);
    struct memory *shared = memory->shared;

    if (happens(shared, shared->faults.delays) || !memory_waits(log)) {
        return;
    }
    if (memory->sent == NULL) {
        memory->sent = memory->body;
        memory->sent_len = memory->len;
        memory->body = NULL;
        memory->len = 0;
    }
    append(memory, at_ms);
    if (happens(shared, shared->faults.loses)) {
        return;
    }
    memory->number++;
    free(memory->sent);
    memory->sent = NULL;
    memory->sent_len = 0;
}

bool memory_waits(const struct bc_shared_log *log)
{
    const struct memory_log *memory = (const struct memory_log *)log;

    return memory->len > 0 || memory->sent != NULL;
}

struct memory *memory_new(uint64_t random, struct log_faults faults)
{
    struct memory *shared = calloc(1, sizeof(*shared));

    assert(shared != NULL);
    shared->random = random * 2 + 1;
    shared->faults = faults;
    return shared;
}

void memory_mend(struct memory *shared)
{
    shared->faults = (struct log_faults){ .delays = 0 };
}

size_t memory_count(const struct memory *shared)
{
    return shared->count;
}

void memory_spoil(struct memory *shared, size_t index, size_t byte, uint8_t value)
{
    assert(index < shared->count && byte < shared->rows[index].len);
    shared->rows[index].body[byte] = value;
}

void memory_free(struct memory *shared)
{
    for (size_t i = 0; i < shared->count; i++) {
        free(shared->rows[i].body);
    }
    free(shared->rows);
    free(shared);
}
