/* The journal goes on where the tables end, and every frame of it is a fact. */
#include <inttypes.h>

#include "storage/journal/journal_read.h"
#include "tools/check.h"

#define TRIES 10 /* a broker can begin a segment anew while the journal is read */

struct walk {
    struct bc_check *check;
    uint64_t newest_id; /* of the fact before */
    uint64_t frames;
};

static enum bc_error check_fact(void *context, uint64_t number, struct bc_bytes payload)
{
    struct walk *walk = context;
    struct bc_fact fact;
    enum bc_error error = bc_codec_unpack_fact(payload, &walk->check->record, &fact);

    walk->frames++;
    if (error == BC_DAMAGED) {
        bc_check_problem(walk->check, "frame %" PRIu64 " holds no fact", number);
        return BC_OK;
    }
    if (error == BC_OK && fact.id <= walk->newest_id) {
        bc_check_problem(walk->check, "fact %" PRIu64 " has an id that is not younger", number);
    }
    if (error == BC_OK) {
        walk->newest_id = bc_fact_last_id(&fact);
    }
    return error;
}

/* What a line of the journal's own code says is a problem. */
static void take_line(void *context, bool warning, const char *line)
{
    struct bc_check *check = context;

    if (warning) {
        bc_check_problem(check, "%s", line);
    }
}

static void ignore_line(void *context, bool warning, const char *line)
{
    (void)context;
    (void)warning;
    (void)line;
}

static void compare(struct bc_check *check, const struct bc_journal_info *info)
{
    const struct bc_segment_info *active = &info->segments[info->active];
    const struct bc_segment_info *older = &info->segments[1 - info->active];
    uint64_t first = older->first > 0 ? older->first : active->first;

    if (active->last < check->meta->applied || first > check->meta->applied + 1) {
        bc_check_problem(check,
            "it has the facts %" PRIu64 " to %" PRIu64 ", and the tables end with %" PRIu64, first,
            active->last, check->meta->applied);
    }
    if (active->generation < check->meta->generation) {
        bc_check_problem(check, "it has generation %" PRIu64 ", and the tables know of %" PRIu64,
            active->generation, check->meta->generation);
    }
}

/*
 * Beside a live broker only what follows the checkpoint, which it may move on from: what is read
 * then is of another time than the tables.
 */
enum bc_error bc_check_journal(struct bc_check *check)
{
    struct bc_log log = { .fn = check->live ? ignore_line : take_line, .context = check };
    struct bc_journal_info info;
    enum bc_error error = BC_BUSY;

    if (!check->live) {
        error = bc_journal_verify(check->dir, &log);
        if (error != BC_OK) {
            return error == BC_NOMEM ? error : BC_OK; /* it has been said */
        }
        error = BC_BUSY;
    }
    for (int i = 0; i < TRIES && error == BC_BUSY; i++) {
        struct walk walk = { .check = check };

        error = bc_journal_read(check->dir, 0, &log, check_fact, &walk, &info);
        check->rows += walk.frames;
    }
    if (error == BC_OK && !check->live) {
        compare(check, &info);
    }
    return error == BC_NOMEM ? error : BC_OK;
}
