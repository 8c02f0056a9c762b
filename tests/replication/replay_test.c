/*
 * Several stores live from one log, each with checkpoints, kills and restarts of its own, while the
 * log delays, repeats and hides: they come out the same, to the last byte.
 */
#include "tests/storage/fixture.h"

#include <stdlib.h>

#include "messaging/rules.h"
#include "replication/replay.h"
#include "storage/store_inside.h"
#include "tests/replication/drawing.h"
#include "tests/replication/log_memory.h"

#define NODES    3
#define STEPS    3000
#define BATCH    600 /* bytes of a request's head */
#define REQUEST  8192
#define START_MS UINT64_C(1790000000000)

struct node {
    struct fixture *fixture;
    struct store *store; /* the store's directory ... */
    struct store *spare; /* ... and where it goes on when it is killed */
    unsigned number;
    struct bc_shared_log *log;
    struct bc_replay *replay;
    struct bc_replay_store calls; /* what becomes of rows */
    struct bc_limits limits;
    uint64_t facts;
    uint32_t full_in; /* the disk takes so many facts before it refuses one; 0: it takes all */
};

struct world {
    struct memory *log;
    struct node nodes[NODES];
    struct drawing drawing;
    uint64_t now_ms;
    uint64_t verdicts[BC_REFUSED + 1];
    uint64_t facts[BC_FACT_RETAINED + 1];
    uint64_t failed; /* rows that a disk took a part of at most */
};

static const struct log_faults rough = { .delays = 30, .loses = 10, .hides = 30 };

/* ---- nodes ---- */

/* The test's nodes know their world, which learns of the ids that there are. */
static struct world *world_of_all;

static enum bc_error decided(void *context, const struct bc_shared_row *row,
    struct bc_request *request, struct bc_decision *decision)
{
    struct node *node = context;
    enum bc_error error;

    (void)row;
    (void)request;
    if (node->number == 1) {
        world_of_all->verdicts[decision->verdict]++;
        world_of_all->facts[decision->fact.type] += decision->verdict == BC_CHANGES ? 1 : 0;
    }
    if (decision->verdict == BC_CHANGES && decision->fact.type == BC_FACT_ERASED) {
        world_of_all->drawing.erasure = decision->fact.erased.erasure.id;
    }
    if (decision->verdict != BC_CHANGES) {
        return BC_OK;
    }
    if (node->full_in > 0 && --node->full_in == 0) {
        return BC_FULL;
    }
    error = bc_store_append(node->store->open, &decision->fact);
    if (error == BC_OK) {
        node->facts++;
        drawing_learn(&world_of_all->drawing, decision->fact.id);
    }
    return error;
}

static struct bc_log_place place(void *context)
{
    return bc_store_place(((struct node *)context)->store->open);
}

static uint64_t hash(void *context)
{
    return bc_store_hash(((struct node *)context)->store->open);
}

/* Whatever the process knew is gone. */
static void begin(struct node *node)
{
    const struct bc_store *store = node->store->open;
    const struct bc_view *view = bc_store_view(store);
    uint64_t newest = bc_store_newest_id(store);

    node->calls = (struct bc_replay_store){
        .context = node, .view = view, .decided = decided, .place = place, .hash = hash
    };
    bc_replay_begin(
        node->replay, &node->calls, newest, bc_timeline_ahead(bc_view_timeline(view), newest));
    bc_shared_seek(node->log, node->replay->row);
}

static void start(struct world *world, struct node *node, unsigned number)
{
    void *state = NULL;

    assert_int_equal(fixture_setup(&state), 0);
    node->fixture = state;
    node->store = &node->fixture->a;
    node->spare = &node->fixture->b;
    node->number = number;
    node->store->options.of_log = true;
    node->store->options.checkpoint_facts = 20 + drawing_draw(&world->drawing, 3000);
    node->replay = calloc(1, sizeof(*node->replay));
    assert_non_null(node->replay);
    node->limits = (struct bc_limits){ .kinds = UINT32_MAX,
        .request_kinds = UINT32_MAX,
        .request_max_messages = 2 + number,
        .request_max_pending = 4,
        .request_max_bytes = 200,
        .request_days = 30,
        .message_max_bytes = 2000,
        .group_max_members = 8,
        .groups_per_user = 3,
        .msgid_days = 7,
        .retain_direct_days = number,
        .retain_event_days = 2,
        .retain_erased_days = 1 };
    node->log = memory_open(world->log, number);
    store_must_open(node->store);
    begin(node);
}

static void stop(struct node *node)
{
    void *state = node->fixture;

    bc_shared_close(node->log);
    free(node->replay);
    assert_int_equal(fixture_teardown(&state), 0);
}

static void restart(struct world *world, struct node *node)
{
    struct store *killed = node->store;

    if (drawing_draw(&world->drawing, 2) == 0) {
        store_close(node->store);
    } else {
        store_as_killed(node->store, node->spare);
        store_close(node->store);
        node->store = node->spare;
        node->spare = killed;
    }
    store_must_open(node->store);
    bc_shared_close(node->log);
    node->log = memory_open(world->log, node->number);
    begin(node);
}

static void read_on(struct node *node)
{
    struct bc_shared_row row;

    while (bc_shared_take(node->log, &row)) {
        enum bc_replayed end = bc_replay_row(node->replay, &node->calls, &row);

        if (end ==
            BC_REPLAY_FAILED) { /* within a row: it goes on, when it reads again, behind that */
            begin(node);
            world_of_all->failed++;
            return;
        }
        if (end != BC_REPLAYED) {
            fail_msg(
                "node %u: %s: %s", node->number, bc_replay_sentence(end), node->store->lines.text);
        }
    }
}

/* ---- what they are asked ---- */

static void submit(struct world *world, struct node *node)
{
    const struct bc_batch_head head = { .rules = BC_RULES_FIRST,
        .limits = node->limits,
        .place = bc_store_place(node->store->open),
        .hash = bc_store_hash(node->store->open) };
    struct drawn drawn;
    uint8_t head_bytes[BATCH];
    uint8_t bytes[REQUEST];
    struct bc_pack packed_head = { .to = head_bytes };
    struct bc_pack packed = { .to = bytes };

    world->drawing.now_ms = world->now_ms;
    drawing_request(&world->drawing, &drawn);
    bc_batch_pack_head(&packed_head, &head);
    bc_batch_pack_request(&packed, &drawn.request);
    assert_true(packed_head.len <= BATCH && packed.len <= REQUEST);
    assert_int_equal(bc_shared_submit(node->log, bc_bytes(head_bytes, packed_head.len),
                         bc_bytes(bytes, packed.len)),
        BC_OK);
}

/* ---- what came of it ---- */

static void expect_same(struct node *a, struct node *b)
{
    struct bc_log_place of_a = bc_store_place(a->store->open);
    struct bc_log_place of_b = bc_store_place(b->store->open);

    assert_int_equal(of_a.row, of_b.row);
    assert_int_equal(of_a.index, of_b.index);
    assert_true(bc_store_hash(a->store->open) == bc_store_hash(b->store->open));
    store_close(a->store);
    store_close(b->store);
    expect_same_tables(a->store, b->store);
    store_must_open(a->store);
    store_must_open(b->store);
}

/* ---- lives ---- */

static void make_world(struct world *world, uint64_t seed, struct log_faults faults)
{
    *world = (struct world){
        .log = memory_new(seed, faults), .drawing = { .random = seed }, .now_ms = START_MS
    };
    world_of_all = world;
    for (unsigned i = 0; i < NODES; i++) {
        start(world, &world->nodes[i], i + 1);
    }
}

static void end_world(struct world *world)
{
    for (unsigned i = 0; i < NODES; i++) {
        stop(&world->nodes[i]);
    }
    memory_free(world->log);
}

/* The log's clock goes on, mostly by little, and sometimes back. */
static void pass_time(struct world *world)
{
    uint32_t what = drawing_draw(&world->drawing, 1000);

    world->now_ms += what == 0   ? BC_DAY_MS
                     : what < 20 ? drawing_draw(&world->drawing, 3600000)
                                 : drawing_draw(&world->drawing, 4);
    if (what > 995) {
        world->now_ms -= drawing_draw(&world->drawing, 7200000);
    }
}

static void step(struct world *world)
{
    struct node *node = &world->nodes[drawing_draw(&world->drawing, NODES)];

    pass_time(world);
    for (uint32_t i = drawing_draw(&world->drawing, 4); i > 0; i--) {
        submit(world, node);
    }
    memory_turn(world->nodes[drawing_draw(&world->drawing, NODES)].log, world->now_ms);
    if (drawing_draw(&world->drawing, 50) == 0) {
        node->full_in = 1 + drawing_draw(&world->drawing, 3);
    }
    read_on(&world->nodes[drawing_draw(&world->drawing, NODES)]);
    if (drawing_draw(&world->drawing, 40) == 0) {
        store_sync(node->store);
    }
    (void)!bc_store_checkpoint(node->store->open, drawing_draw(&world->drawing, 300) == 0);
    if (drawing_draw(&world->drawing, 400) == 0) {
        restart(world, node);
    }
}

static void settle(struct world *world)
{
    memory_mend(world->log);
    for (unsigned i = 0; i < NODES; i++) {
        while (memory_waits(world->nodes[i].log)) {
            memory_turn(world->nodes[i].log, world->now_ms);
        }
    }
    for (unsigned i = 0; i < NODES; i++) {
        world->nodes[i].full_in = 0;
        read_on(&world->nodes[i]);
    }
}

/* ${steps} of them, with a request and a half each. */
static void live(uint64_t seed, uint64_t steps)
{
    struct world world;
    struct node late = { .number = 0 };

    make_world(&world, seed, rough);
    for (uint64_t i = 0; i < steps; i++) {
        step(&world);
    }
    settle(&world);
    start(&world, &late, NODES + 1); /* from nothing, in one go */
    read_on(&late);
    for (unsigned i = 1; i < NODES; i++) {
        expect_same(&world.nodes[0], &world.nodes[i]);
    }
    expect_same(&world.nodes[0], &late);
    print_message("seed %llu: %zu rows; changes %llu (erased %llu, ended %llu), repeats %llu, "
                  "nothing %llu, refused %llu\n",
        (unsigned long long)seed, memory_count(world.log),
        (unsigned long long)world.verdicts[BC_CHANGES],
        (unsigned long long)world.facts[BC_FACT_ERASED],
        (unsigned long long)world.facts[BC_FACT_RETAINED],
        (unsigned long long)world.verdicts[BC_REPEATS],
        (unsigned long long)world.verdicts[BC_NOTHING],
        (unsigned long long)world.verdicts[BC_REFUSED]);
    for (unsigned i = 0; i <= BC_REFUSED; i++) {
        assert_true(world.verdicts[i] > 5);
    }
    assert_true(world.failed > 5);
    assert_true(world.facts[BC_FACT_ERASED] > 5 && world.facts[BC_FACT_RETAINED] > 5);
    stop(&late);
    end_world(&world);
}

static void stores_of_one_log_are_the_same(void **state)
{
    const char *seed = getenv("BACKCHANNEL_SEED");
    const char *steps = getenv("BACKCHANNEL_STEPS");

    (void)state;
    if (seed != NULL) {
        live(strtoull(seed, NULL, 10), steps != NULL ? strtoull(steps, NULL, 10) : STEPS);
        return;
    }
    live(1, STEPS);
    live(2, STEPS);
}

/* ---- what must not go unseen ---- */

static void fill(struct world *world)
{
    make_world(world, 3, (struct log_faults){ .delays = 0 });
    for (unsigned i = 0; i < 300; i++) {
        submit(world, &world->nodes[0]);
        memory_turn(world->nodes[0].log, world->now_ms += 5);
    }
}

static enum bc_replayed read_to_end(struct node *node)
{
    struct bc_shared_row row;
    enum bc_replayed end = BC_REPLAYED;

    while (end == BC_REPLAYED && bc_shared_take(node->log, &row)) {
        end = bc_replay_row(node->replay, &node->calls, &row);
    }
    return end;
}

/* A node whose facts are others than its log says appends something: everybody else finds it. */
static void a_store_that_has_diverged_is_found(void **state)
{
    struct world world;
    struct node *wrong;
    struct bc_fact stray = { .id = 1,
        .place = { .row = 1 },
        .type = BC_FACT_SETTINGS,
        .settings = { .user = bc_bytes_text("zed") } };

    (void)state;
    fill(&world);
    wrong = &world.nodes[2];
    store_append(wrong->store, &stray);
    begin(wrong);
    assert_int_equal(read_to_end(wrong), BC_REPLAYED);
    submit(&world, wrong);
    memory_turn(wrong->log, world.now_ms);
    assert_int_equal(read_to_end(&world.nodes[1]), BC_REPLAY_DIVERGED);
    end_world(&world);
}

/* One whose limits aren't those that it says takes other decisions. */
static void a_limit_that_is_not_what_it_says_is_found(void **state)
{
    struct world world;

    (void)state;
    make_world(&world, 4, (struct log_faults){ .delays = 0 });
    for (unsigned i = 0; i < 400; i++) {
        submit(&world, &world.nodes[0]);
        memory_turn(world.nodes[0].log, world.now_ms += 5);
    }
    assert_int_equal(read_to_end(&world.nodes[0]), BC_REPLAYED);
    assert_int_equal(read_to_end(&world.nodes[1]), BC_REPLAYED);
    submit(&world, &world.nodes[0]);
    memory_turn(world.nodes[0].log, world.now_ms);
    assert_int_equal(read_to_end(&world.nodes[1]), BC_REPLAYED); /* as it should be */
    for (size_t i = 0; i < 400; i++) {
        struct bc_shared_row row;
        struct bc_batch batch = { .head = { .rules = 0 } };
        struct bc_batch_head head;
        uint8_t bytes[BATCH];
        struct bc_pack packed = { .to = bytes };

        bc_shared_seek(world.nodes[2].log, 1000 + 3 * i);
        assert_true(bc_shared_take(world.nodes[2].log, &row));
        batch.rest = row.body;
        assert_int_equal(bc_batch_read_head(&batch), BC_OK);
        head = batch.head;
        head.limits.kinds = 1U << 31; /* none of those that there are; as long as all of them */
        bc_batch_pack_head(&packed, &head);
        for (size_t byte = 0; byte < packed.len; byte++) {
            memory_spoil(world.log, i, byte, bytes[byte]);
        }
    }
    begin(&world.nodes[2]);
    assert_int_equal(read_to_end(&world.nodes[2]), BC_REPLAY_DIVERGED);
    end_world(&world);
}

static void newer_rules_are_not_judged_by(void **state)
{
    struct world world;

    (void)state;
    fill(&world);
    memory_spoil(world.log, 100, 1, (uint8_t)(bc_rules_newest() + 1));
    assert_int_equal(read_to_end(&world.nodes[1]), BC_REPLAY_NEWER);
    memory_spoil(world.log, 100, 1, 0);
    begin(&world.nodes[1]);
    assert_int_equal(read_to_end(&world.nodes[1]), BC_REPLAY_UNREADABLE);
    end_world(&world);
}

/* What a broker stored by itself would be in no other's store. */
static void a_store_of_a_log_does_without_it_no_more(void **state)
{
    struct world world;
    struct store *store;

    (void)state;
    fill(&world);
    assert_int_equal(read_to_end(&world.nodes[0]), BC_REPLAYED);
    store = world.nodes[0].store;
    store_close(store);
    store->options.of_log = false;
    assert_int_equal(store_open(store), BC_MISSING);
    assert_non_null(strstr(store->lines.text, "belongs to a log that many brokers share"));
    store->options.of_log = true;
    store_must_open(store);
    end_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stores_of_one_log_are_the_same),
        cmocka_unit_test(a_store_that_has_diverged_is_found),
        cmocka_unit_test(a_limit_that_is_not_what_it_says_is_found),
        cmocka_unit_test(newer_rules_are_not_judged_by),
        cmocka_unit_test(a_store_of_a_log_does_without_it_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
