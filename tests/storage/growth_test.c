/*
 * Retention over many days, as the rules decide it: the store stops growing when as much ends in a
 * day as is sent, and a slice is no more work than it was asked for.
 */
#include <stdio.h>
#include <stdlib.h>

#include "messaging/decide.h"
#include "messaging/id.h"
#include "storage/state/view_inside.h"
#include "tests/storage/facts.h"
#include "tests/storage/test_store.h"

#define PEOPLE     60
#define A_DAY      600
#define MERGED     300 /* facts, or slices, between two merges */
#define KEPT       3   /* days, and as many as erased ones */
#define SETTLED    15  /* days after which it doesn't grow any more */
#define REACTIONS  500
#define RETENTIONS 10
#define STEPS_ROW  20 /* of cursors, for each row that is looked at: in its lists, and besides */

static const struct bc_limits limits = { .kinds = UINT32_MAX,
    .message_max_bytes = 65536,
    .retain_direct_days = KEPT,
    .retain_group_days = KEPT,
    .retain_event_days = KEPT,
    .retain_erased_days = KEPT };

static struct store stores[2];
static struct store *store; /* one of them */
static uint64_t now_ms;
static unsigned passed_over; /* by a slice, at most: rows that were just removed */
static unsigned appended;

static int setup(void **state)
{
    (void)state;
    now_ms = 20000 * BC_DAY_MS;
    appended = passed_over = 0;
    store = &stores[0];
    if (store_make(store) != 0) {
        return -1;
    }
    store->options.checkpoint_bytes = 4U << 20; /* it is merged when a test says so */
    store_must_open(store);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_remove(store);
    return 0;
}

static struct bc_bytes person(unsigned number, char name[16])
{
    return bc_bytes(name, (size_t)snprintf(name, 16, "user%u", number));
}

static uint64_t next_id(void)
{
    return bc_id_at(++now_ms);
}

static void append(const struct bc_fact *fact)
{
    store_append(store, fact);
    if (++appended % MERGED == 0) {
        store_checkpoint(store);
    }
}

/* From whom to whom is drawn so that some write often, and some nearly never. */
static void send_one(unsigned draw)
{
    char from[16];
    char to[16];
    struct bc_fact fact = fact_sent(next_id(), 0, 1, BC_INBOX, false);

    fact.sent.message.from = person(draw * draw % PEOPLE, from);
    fact.sent.message.to = person(draw * 7 % PEOPLE, to);
    append(&fact);
}

static void send_day(unsigned day)
{
    for (unsigned i = 0; i < A_DAY; i++) {
        now_ms = (20000 + day) * BC_DAY_MS + (uint64_t)i * 1000;
        send_one(day * 31 + i * 13);
    }
}

static uint64_t steps(void)
{
    return bc_tables_steps(bc_store_view(store->open)->tables);
}

static enum bc_retain next_part(void)
{
    const struct bc_view *view = bc_store_view(store->open);

    return bc_retention_next(&limits, bc_view_timeline(view), bc_view_retained(view), now_ms);
}

/* A slice of ${part}; how many rows ended. */
static uint32_t slice(enum bc_retain part, uint32_t rows)
{
    struct bc_erased_message messages[BC_ERASED_MAX];
    struct bc_request request = { .action = part < BC_RETAIN_NOTHING ? BC_RETAIN : BC_RETAIN_REST,
        .from = bc_bytes_text(BC_RETENTION),
        .id = next_id(),
        .now_ms = now_ms,
        .retain = { .part = part, .rows = rows, .clock_ms = now_ms, .messages = messages } };
    struct bc_decision decision;
    uint64_t before = steps();

    assert_int_equal(bc_decide(bc_store_view(store->open), &limits, &request, &decision), BC_OK);
    if (part == BC_RETAIN_NOTHING && decision.verdict == BC_NOTHING) {
        return 0; /* there was nothing to tell of */
    }
    assert_int_equal(decision.verdict, BC_CHANGES);
    store_append(store, &decision.fact);
    assert_in_range(steps() - before, 0, (uint64_t)STEPS_ROW * (rows + 1) + passed_over);
    if (++appended % MERGED == 0) {
        store_checkpoint(store);
    }
    return decision.fact.retained.rows;
}

/* All that is due; how many rows ended. */
static uint64_t end_day(uint32_t rows)
{
    uint64_t ended = 0;

    enum bc_retain part;

    for (unsigned i = 0; (part = next_part()) != BC_RETAIN_NOTHING; i++) {
        assert_true(i < 100000);
        ended += slice(part, rows);
    }
    (void)slice(BC_RETAIN_NOTHING, 1);
    return ended;
}

static struct bc_store_stats stats_of(void)
{
    struct bc_store_stats stats;

    store_checkpoint(store);
    bc_store_stats(store->open, &stats);
    return stats;
}

static void the_store_stops_growing_at_a_steady_rate(void **state)
{
    struct bc_store_stats settled = { .messages = 0 };
    struct bc_store_stats last;

    (void)state;
    for (unsigned day = 0; day <= SETTLED + RETENTIONS; day++) {
        uint64_t ended;

        send_day(day);
        ended = end_day(day % 2 == 0 ? BC_RETAIN_ROWS : 7);
        assert_int_equal(ended, day < KEPT + 1 ? 0 : day < 2 * KEPT + 1 ? A_DAY : 2 * A_DAY);
        if (day == SETTLED) {
            settled = stats_of();
        }
    }
    last = stats_of();
    assert_int_equal(settled.messages, (2 * KEPT + 1) * A_DAY);
    assert_int_equal(last.messages, settled.messages);
    assert_in_range(last.file_bytes, 0, settled.file_bytes + settled.file_bytes / 20);
    assert_in_range(
        last.file_bytes - last.file_free, 0, (settled.file_bytes - settled.file_free) / 20 * 21);
}

/* ---- a message with many reactions ---- */

static unsigned count_reactions(uint64_t message)
{
    struct bc_walk walk = { .tables = bc_store_view(store->open)->tables,
        .table = BC_TABLE_REACTIONS,
        .start = bc_key_reaction(message, 0) };
    struct bc_bytes key;
    struct bc_bytes value;
    unsigned count = 0;

    while (bc_walk_next(&walk, &key, &value) == BC_OK) {
        count++;
    }
    return count;
}

/* A message to a group, to which so many react, who have to have been heard of. */
static uint64_t send_with_reactions(unsigned count)
{
    char name[16];
    struct bc_fact fact = fact_group(next_id(), "team", BC_GROUP_CREATED);
    uint64_t message;

    fact.group.by = person(0, name);
    fact.group.title = bc_bytes_text("Team");
    append(&fact);
    fact = fact_group_sent(next_id(), 0, "team");
    fact.sent.message.from = person(0, name);
    append(&fact);
    message = fact.id;
    passed_over = 2 * count;
    for (unsigned i = 0; i < count; i++) {
        fact = fact_sent(next_id(), 0, 1, BC_INBOX, false);
        fact.sent.message.from = person(i, name);
        append(&fact);
        fact = (struct bc_fact){ .id = next_id(),
            .type = BC_FACT_REACTED,
            .reacted = { .by = person(i, name),
                .message = message,
                .emoji = bc_bytes_text("+1"),
                .group = bc_bytes_text("team") } };
        append(&fact);
    }
    return message;
}

static void reactions_go_a_slice_at_a_time(void **state)
{
    const uint32_t rows[] = { 1, 7, BC_RETAIN_ROWS };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t message;

        if (i > 0) {
            (void)teardown(NULL);
            (void)setup(NULL);
        }
        message = send_with_reactions(REACTIONS);
        assert_int_equal(count_reactions(message), REACTIONS);
        now_ms += (2 * KEPT + 1) * BC_DAY_MS;
        /* Messages, erased and then removed, and events: of the group and of each reaction. */
        assert_int_equal(end_day(rows[i]), 2 * (REACTIONS + 1) + REACTIONS + 1);
        assert_int_equal(count_reactions(message), 0);
        assert_int_equal(stats_of().messages, 0);
    }
}

/* Killed between two slices of them. */
static void reactions_that_are_gone_are_so_after_a_replay(void **state)
{
    uint64_t message = send_with_reactions(REACTIONS);
    unsigned left;

    (void)state;
    store_checkpoint(store);
    now_ms += (2 * KEPT + 1) * BC_DAY_MS;
    while ((left = count_reactions(message)) == REACTIONS) {
        (void)slice(next_part(), BC_RETAIN_ROWS);
    }
    assert_in_range(left, 1, REACTIONS - 1);
    assert_int_equal(store_make(&stores[1]), 0);
    store_as_killed(store, &stores[1]);
    store_remove(store);
    store = &stores[1];
    store_must_open(store);
    assert_int_equal(count_reactions(message), left);
    (void)end_day(BC_RETAIN_ROWS);
    assert_int_equal(count_reactions(message), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_store_stops_growing_at_a_steady_rate, setup, teardown),
        cmocka_unit_test_setup_teardown(reactions_go_a_slice_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(
            reactions_that_are_gone_are_so_after_a_replay, setup, teardown),
    };

    return cmocka_run_group_tests_name("growth", tests, NULL, NULL);
}
