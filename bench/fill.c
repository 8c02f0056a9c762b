/* A store that is filled in batches, as large as a busy broker's. */
#include "bench/fill.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define CHECKPOINT_FACTS 20000
#define CHECKPOINT_BYTES (32U << 20)
#define SYNC_FACTS       512
#define PROGRESS_FACTS   100000

static void say(void *context, bool warning, const char *line)
{
    (void)context;
    (void)warning;
    (void)fprintf(stderr, "fill: %s\n", line);
}

static void must(enum bc_error error)
{
    if (error != BC_OK) {
        (void)fprintf(stderr, "fill: %s\n", bc_error_text(error));
        exit(1);
    }
}

struct bc_fill bc_fill_open(const char *dir, uint64_t ago_ms)
{
    struct bc_fill fill = { .time_ms = (uint64_t)time(NULL) * 1000 - ago_ms };
    struct bc_store_options options = { .dir = dir,
        .checkpoint_facts = CHECKPOINT_FACTS,
        .checkpoint_bytes = CHECKPOINT_BYTES,
        .message_max_bytes = 1 << 20,
        .log = say };

    must(bc_store_open(&fill.store, &options));
    fill.ids.newest = bc_store_newest_id(fill.store);
    return fill;
}

uint64_t bc_fill_next_id(struct bc_fill *fill)
{
    return bc_id_draw(&fill->ids, ++fill->time_ms, BC_IDS_PER_REQUEST);
}

static void show_progress(const struct bc_fill *fill)
{
    if (fill->all > 0 && fill->done % PROGRESS_FACTS == 0 && isatty(STDERR_FILENO)) {
        (void)fprintf(stderr, "\rfill: %" PRIu64 " of %" PRIu64 " facts", fill->done, fill->all);
    }
}

static void settle(struct bc_fill *fill)
{
    must(bc_store_sync(fill->store));
    must(bc_store_checkpoint(fill->store, false));
}

void bc_fill_append(struct bc_fill *fill, const struct bc_fact *fact)
{
    must(bc_store_append(fill->store, fact));
    bc_store_delivered(fill->store, bc_store_last(fill->store));
    if (++fill->done % SYNC_FACTS == 0) {
        settle(fill);
    }
    show_progress(fill);
}

void bc_fill_close(struct bc_fill *fill)
{
    settle(fill);
    bc_store_close(fill->store);
}
