/* Those of whom other brokers are asked whether they are there. */
#include "broker-plugin/asked.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What holds whenever nobody is within a function of this file. */
static void check(const struct bc_asked_queue *queue)
{
    assert((queue->first == NULL) == (queue->last == &queue->first));
    assert(queue->first != NULL || queue->untold == NULL);
    assert(*queue->last == NULL);
    (void)queue; /* without assertions */
}

void bc_asked_init(struct bc_asked_queue *queue)
{
    *queue = (struct bc_asked_queue){ .last = &queue->first };
    check(queue);
}

void bc_asked_free(struct bc_asked_queue *queue)
{
    while (queue->first != NULL) {
        bc_asked_drop(queue);
    }
}

enum bc_error bc_asked_add(
    struct bc_asked_queue *queue, struct bc_bytes name, enum bc_urgency urgency)
{
    struct bc_asked *asked = calloc(1, sizeof(*asked));

    assert(name.len > 0 && name.len <= BC_NAME_MAX);
    if (asked == NULL) {
        return BC_NOMEM;
    }
    asked->urgency = urgency;
    asked->len = name.len;
    memcpy(asked->name, name.data, name.len);
    *queue->last = asked;
    queue->last = &asked->next;
    queue->untold = queue->untold != NULL ? queue->untold : asked;
    check(queue);
    return BC_OK;
}

const struct bc_asked *bc_asked_untold(const struct bc_asked_queue *queue)
{
    return queue->untold;
}

void bc_asked_told(struct bc_asked_queue *queue, uint64_t until_ms)
{
    assert(queue->untold != NULL);
    queue->untold->until_ms = until_ms;
    queue->untold = queue->untold->next;
}

const struct bc_asked *bc_asked_over(const struct bc_asked_queue *queue, uint64_t now_ms)
{
    const struct bc_asked *first = queue->first;

    return first != NULL && first != queue->untold && now_ms >= first->until_ms ? first : NULL;
}

void bc_asked_drop(struct bc_asked_queue *queue)
{
    struct bc_asked *first = queue->first;

    assert(first != NULL);
    queue->first = first->next;
    queue->last = queue->first == NULL ? &queue->first : queue->last;
    queue->untold = queue->untold == first ? first->next : queue->untold;
    check(queue);
    free(first);
}
