/*
 * Old logs give old hashes: for each number of the rules there is a log in golden/, and what it
 * came to when it was made. Whatever changes what becomes of a request, or how a fact is stored,
 * without a new number, is found here.
 *
 * With BACKCHANNEL_GOLDEN=FOLDER in the environment a log of the newest rules is made there, which
 * is to be done once for each number.
 */
#include "tests/storage/fixture.h"

#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "messaging/rules.h"
#include "replication/replay.h"
#include "tests/replication/drawing.h"

#define ROWS     900
#define BODY     16384
#define START_MS UINT64_C(1790000000000)

/* How a row is in the file: little-endian. */
struct row_head {
    uint64_t row;
    uint64_t at_ms;
    uint64_t len;
};

struct node {
    struct fixture *fixture;
    struct bc_replay *replay;
    struct bc_replay_store calls;
    struct drawing *drawing; /* that learns of ids, or NULL */
    uint64_t facts[BC_FACT_RETAINED + 1];
};

static enum bc_error decided(void *context, const struct bc_shared_row *row,
    struct bc_request *request, struct bc_decision *decision)
{
    struct node *node = context;

    (void)row;
    (void)request;
    if (decision->verdict != BC_CHANGES) {
        return BC_OK;
    }
    node->facts[decision->fact.type]++;
    if (node->drawing != NULL) {
        drawing_learn(node->drawing, decision->fact.id);
        if (decision->fact.type == BC_FACT_ERASED) {
            node->drawing->erasure = decision->fact.erased.erasure.id;
        }
    }
    return bc_store_append(node->fixture->a.open, &decision->fact);
}

static struct bc_log_place place(void *context)
{
    return bc_store_place(((struct node *)context)->fixture->a.open);
}

static uint64_t hash(void *context)
{
    return bc_store_hash(((struct node *)context)->fixture->a.open);
}

static void start(struct node *node)
{
    void *state = NULL;

    assert_int_equal(fixture_setup(&state), 0);
    *node = (struct node){ .fixture = state, .replay = calloc(1, sizeof(*node->replay)) };
    assert_non_null(node->replay);
    node->fixture->a.options.of_log = true;
    store_must_open(&node->fixture->a);
    node->calls = (struct bc_replay_store){ .context = node,
        .view = bc_store_view(node->fixture->a.open),
        .decided = decided,
        .place = place,
        .hash = hash };
    bc_replay_begin(node->replay, &node->calls, 0, 0);
}

static void stop(struct node *node)
{
    void *state = node->fixture;

    free(node->replay);
    assert_int_equal(fixture_teardown(&state), 0);
}

static FILE *open_file(const char *folder, uint32_t rules, const char *kind, const char *mode)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof(path), "%s/rules-%" PRIu32 ".%s", folder, rules, kind);
    file = fopen(path, mode);
    if (file == NULL) {
        fail_msg("%s can't be opened", path);
    }
    return file;
}

/* ---- making one ---- */

static size_t draw_body(struct node *node, uint8_t body[BODY])
{
    const struct bc_batch_head head = { .rules = bc_rules_newest(),
        .limits = { .kinds = UINT32_MAX,
            .request_kinds = UINT32_MAX,
            .request_max_messages = 3,
            .request_max_pending = 4,
            .request_max_bytes = 200,
            .request_days = 30,
            .message_max_bytes = 2000,
            .group_max_members = 8,
            .groups_per_user = 3,
            .msgid_days = 7,
            .retain_direct_days = 3,
            .retain_event_days = 2,
            .retain_erased_days = 1 },
        .place = place(node),
        .hash = hash(node) };
    struct bc_pack packed = { .to = body };

    bc_batch_pack_head(&packed, &head);
    for (uint32_t count = drawing_draw(node->drawing, 4); count > 0; count--) {
        struct bc_pack counted = { .to = NULL };
        struct drawn drawn;

        drawing_request(node->drawing, &drawn);
        bc_batch_pack_request(&counted, &drawn.request);
        if (counted.len < 1500) {
            bc_batch_pack_request(&packed, &drawn.request);
        }
    }
    assert_true(packed.len <= BODY);
    return packed.len;
}

static void make(const char *folder)
{
    struct drawing *drawing = calloc(1, sizeof(*drawing));
    FILE *log = open_file(folder, bc_rules_newest(), "log", "wb");
    FILE *hashes = open_file(folder, bc_rules_newest(), "hash", "w");
    uint64_t at_ms = START_MS;
    uint8_t body[BODY];
    struct node node;

    assert_non_null(drawing);
    drawing->random = 2027;
    start(&node);
    node.drawing = drawing;
    for (uint64_t i = 0; i < ROWS; i++) {
        at_ms += drawing_draw(drawing, 10) == 0 ? 20000000 : drawing_draw(drawing, 500);
        drawing->now_ms = at_ms;

        const size_t len = draw_body(&node, body);
        const struct bc_shared_row row = {
            .row = 1000 + 3 * i, .at_ms = at_ms, .body = bc_bytes(body, len)
        };
        const struct row_head head = { htole64(row.row), htole64(at_ms), htole64(len) };

        assert_int_equal(bc_replay_row(node.replay, &node.calls, &row), BC_REPLAYED);
        assert_int_equal(fwrite(&head, sizeof(head), 1, log), 1);
        assert_int_equal(fwrite(body, 1, len, log), len);
    }
    fprintf(hashes, "%016" PRIx64 "\n", hash(&node));
    for (size_t type = 0; type <= BC_FACT_RETAINED; type++) {
        print_message("facts of type %zu: %" PRIu64 "\n", type, node.facts[type]);
    }
    assert_int_equal(fclose(log), 0);
    assert_int_equal(fclose(hashes), 0);
    stop(&node);
    free(drawing);
}

/* ---- reading them ---- */

static uint64_t expected(uint32_t rules)
{
    FILE *file = open_file(GOLDEN, rules, "hash", "r");
    char text[32] = "";

    assert_non_null(fgets(text, sizeof(text), file));
    fclose(file);
    return strtoull(text, NULL, 16);
}

static void old_logs_give_old_hashes(void **state)
{
    const char *folder = getenv("BACKCHANNEL_GOLDEN");

    (void)state;
    if (folder != NULL) {
        make(folder);
        return;
    }
    for (uint32_t rules = BC_RULES_FIRST; rules <= bc_rules_newest(); rules++) {
        FILE *log = open_file(GOLDEN, rules, "log", "rb");
        struct row_head head;
        uint8_t body[BODY];
        unsigned kinds = 0;
        struct node node;

        start(&node);
        while (fread(&head, sizeof(head), 1, log) == 1) {
            const struct bc_shared_row row = { .row = le64toh(head.row),
                .at_ms = le64toh(head.at_ms),
                .body = bc_bytes(body, (size_t)le64toh(head.len)) };
            enum bc_replayed ended;

            assert_true(row.body.len <= BODY);
            assert_int_equal(fread(body, 1, row.body.len, log), row.body.len);
            ended = bc_replay_row(node.replay, &node.calls, &row);
            if (ended != BC_REPLAYED) {
                fail_msg("rules %" PRIu32 ", row %" PRIu64 ": %s", rules, row.row,
                    bc_replay_sentence(ended));
            }
        }
        fclose(log);
        for (size_t type = 0; type <= BC_FACT_RETAINED; type++) {
            kinds += node.facts[type] > 0 ? 1 : 0;
        }
        assert_true(kinds >= 14); /* it is a log of nearly everything */
        assert_true(hash(&node) == expected(rules));
        stop(&node);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_logs_give_old_hashes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
