#include "broker-plugin/outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker-plugin/broker/broker_api.h"

/* ---- a broker that writes down what it is given ---- */

struct mosquitto {
    const char *id; /* NULL once it has been disconnected */
    const char *user;
    bool websocket;
    bool clean;
};

struct mqtt__property {
    int unused;
};

#define LINES 2048

/* The broker's functions know no context: this is theirs. */
static struct {
    char lines[LINES][64];
    size_t count;
    bool fails;
    char content_type[64]; /* the last that was set */
} broker;

/* ---- a loop that writes down what it is told ---- */

struct bc_loop {
    size_t hurries;
    size_t bytes; /* of all of them */
    size_t published;
};

static struct bc_loop loop;

void bc_loop_hurry(struct bc_loop *told, size_t bytes)
{
    told->hurries++;
    told->bytes += bytes;
}

void bc_loop_published(struct bc_loop *told)
{
    told->published++;
}

/* ---- the broker's functions ---- */

void mosquitto_free(void *mem)
{
    free(mem);
}

char *mosquitto_strdup(const char *text)
{
    return strdup(text);
}

void mosquitto_property_free_all(mosquitto_property **properties)
{
    free(*properties);
    *properties = NULL;
}

int mosquitto_property_add_string(
    mosquitto_property **properties, int identifier, const char *value)
{
    assert_int_equal(identifier, MQTT_PROP_CONTENT_TYPE);
    assert_null(*properties);
    *properties = calloc(1, sizeof(struct mqtt__property));
    (void)snprintf(broker.content_type, sizeof(broker.content_type), "%s", value);
    return MOSQ_ERR_SUCCESS;
}

/* What properties say is not the outbox's business: only that they are made when it goes out. */
bool bc_description_add(const struct bc_description *description, mosquitto_property **properties)
{
    assert_non_null(description);
    assert_null(*properties);
    *properties = calloc(1, sizeof(struct mqtt__property));
    return true;
}

const char *mosquitto_client_id(const struct mosquitto *client)
{
    return client->id;
}

const char *mosquitto_client_username(const struct mosquitto *client)
{
    return client->user;
}

bool mosquitto_client_clean_session(const struct mosquitto *client)
{
    return client->clean;
}

int mosquitto_client_protocol(const struct mosquitto *client)
{
    return client->websocket ? mp_websockets : mp_mqtt;
}

/* As the broker: payload and properties are its own if it succeeds. */
int mosquitto_broker_publish(const char *clientid, const char *topic, int payloadlen, void *payload,
    int qos, bool retain, mosquitto_property *properties)
{
    assert_true(broker.count < LINES);
    (void)snprintf(broker.lines[broker.count++], sizeof(broker.lines[0]), "%s %s \"%.*s\" %d%s%s",
        clientid != NULL ? clientid : "*", topic, payloadlen, (const char *)payload, qos,
        retain ? " retained" : "", properties != NULL ? " with properties" : "");
    if (broker.fails) {
        return MOSQ_ERR_NOMEM;
    }
    free(payload);
    mosquitto_property_free_all(&properties);
    return MOSQ_ERR_SUCCESS;
}

static int start(void **state)
{
    memset(&broker, 0, sizeof(broker));
    memset(&loop, 0, sizeof(loop));
    *state = bc_outbox_new(&loop, NULL, false);
    return *state != NULL ? 0 : -1;
}

/* What is still in it is freed: the sanitizers see to that. */
static int end(void **state)
{
    bc_outbox_free(*state);
    return 0;
}

static char *copy(const char *text)
{
    return text != NULL ? strdup(text) : NULL;
}

static void add_for(struct bc_outbox *outbox, const struct mosquitto *client, const char *topic,
    const char *payload, const char *if_lost)
{
    struct bc_publication publication = {
        .payload = copy(payload),
        .payload_len = (uint32_t)strlen(payload),
        .properties = calloc(1, sizeof(struct mqtt__property)),
        .qos = 1,
        .client = client,
        .if_lost = copy(if_lost),
    };
    (void)snprintf(publication.topic, sizeof(publication.topic), "%s", topic);
    assert_int_equal(bc_outbox_add(outbox, &publication), BC_OK);
}

static void add(struct bc_outbox *outbox, const char *topic, const char *payload)
{
    add_for(outbox, NULL, topic, payload, NULL);
}

/* Flush, and compare what the broker got with ${lines}, printing both if they differ. */
static void expect(struct bc_outbox *outbox, const char *const *lines, size_t count)
{
    broker.count = 0;
    bc_outbox_flush(outbox, UINT64_MAX);
    bool same = broker.count == count;
    for (size_t i = 0; same && i < count; i++) {
        same = strcmp(broker.lines[i], lines[i]) == 0;
    }
    for (size_t i = 0; !same && i < broker.count; i++) {
        print_error("is        %s\n", broker.lines[i]);
    }
    for (size_t i = 0; !same && i < count; i++) {
        print_error("should be %s\n", lines[i]);
    }
    assert_true(same);
    assert_int_equal(bc_outbox_bytes(outbox), 0);
}

#define EXPECT(outbox, ...)                                                                        \
    do {                                                                                           \
        static const char *const lines[] = { __VA_ARGS__ };                                        \
        expect(outbox, lines, sizeof(lines) / sizeof(lines[0]));                                   \
    } while (0)

#define EXPECT_NOTHING(outbox) expect(outbox, NULL, 0)

/* ---- going out ---- */

static void what_goes_in_comes_out_in_order(void **state)
{
    struct mosquitto alice = { .id = "alice-1" };
    add(*state, "a", "one");
    add_for(*state, &alice, "b", "two", NULL);
    add(*state, "a", "three");
    EXPECT(*state, "* a \"one\" 1 with properties", "alice-1 b \"two\" 1 with properties",
        "* a \"three\" 1 with properties");
    EXPECT_NOTHING(*state);
    add(*state, "c", "four");
    EXPECT(*state, "* c \"four\" 1 with properties");
}

static void add_others(struct bc_outbox *outbox, const char *topic)
{
    struct bc_publication publication = { .qos = 1, .others = true };
    (void)snprintf(publication.topic, sizeof(publication.topic), "%s", topic);
    assert_int_equal(bc_outbox_add(outbox, &publication), BC_OK);
}

static void an_answer_goes_before_what_is_other_peoples(void **state)
{
    struct mosquitto alice = { .id = "alice-1", .user = "alice" };
    add_others(*state, "bc/user/bob/1");
    add_others(*state, "bc/user/alice/2");
    add(*state, "bc/user/alice/3", "own");
    add_others(*state, "bc/user/carol/4");
    add_for(*state, &alice, "answer", "five", NULL);
    add_others(*state, "bc/user/bob/6");
    add_others(*state, "bc/user/alice/7");
    EXPECT(*state, "* bc/user/alice/2 \"\" 1", "* bc/user/alice/3 \"own\" 1 with properties",
        "alice-1 answer \"five\" 1 with properties", "* bc/user/alice/7 \"\" 1",
        "* bc/user/bob/1 \"\" 1", "* bc/user/carol/4 \"\" 1", "* bc/user/bob/6 \"\" 1");
    add_others(*state, "bc/user/bob/8");
    add(*state, "bc/user/alice/9", "own");
    EXPECT(*state, "* bc/user/bob/8 \"\" 1", "* bc/user/alice/9 \"own\" 1 with properties");
}

static void a_websocket_clients_answer_holds_nobody_elses_copy(void **state)
{
    struct mosquitto alice = { .id = "alice-1", .user = "alice", .websocket = true };
    add_others(*state, "bc/user/bob/1");
    add_for(*state, &alice, "answer", "two", NULL);
    broker.count = 0;
    bc_outbox_flush(*state, UINT64_MAX);
    assert_int_equal(broker.count, 1);
    assert_string_equal(broker.lines[0], "* bc/user/bob/1 \"\" 1");
    EXPECT(*state, "alice-1 answer \"two\" 1 with properties");
}

static void a_publication_goes_out_as_it_is(void **state)
{
    struct bc_publication bare = { .topic = "t", .qos = 0 };
    assert_int_equal(bc_outbox_add(*state, &bare), BC_OK);
    EXPECT(*state, "* t \"\" 0");
}

static void a_description_becomes_properties_when_it_goes_out(void **state)
{
    struct bc_publication described = { .topic = "t", .qos = 1, .description = malloc(1) };
    assert_int_equal(bc_outbox_add(*state, &described), BC_OK);
    EXPECT(*state, "* t \"\" 1 with properties");
    described.description = malloc(1);
    assert_int_equal(bc_outbox_add(*state, &described), BC_OK); /* freed with the outbox */
}

static void what_nobody_hears_is_dropped_in_its_turn(void **state)
{
    struct bc_publication unheard = { .topic = "u", .payload = copy("one"), .payload_len = 3 };
    unheard.description = malloc(1);
    unheard.unheard = true;
    add(*state, "t", "before");
    assert_int_equal(bc_outbox_add(*state, &unheard), BC_OK);
    add(*state, "t", "after");
    assert_int_equal(bc_outbox_bytes(*state), 6 + 3 + 5);
    EXPECT(*state, "* t \"before\" 1 with properties", "* t \"after\" 1 with properties");
}

static void many_go_out_in_order(void **state)
{
    for (int round = 0; round < 2; round++) {
        char payload[16];
        for (size_t i = 0; i < LINES; i++) {
            (void)snprintf(payload, sizeof(payload), "%zu", i);
            add(*state, "t", payload);
        }
        broker.count = 0;
        bc_outbox_flush(*state, UINT64_MAX);
        assert_int_equal(broker.count, LINES);
        for (size_t i = 0; i < LINES; i++) {
            char line[64];
            (void)snprintf(line, sizeof(line), "* t \"%zu\" 1 with properties", i);
            assert_string_equal(broker.lines[i], line);
        }
    }
}

static void the_payloads_bytes_are_counted(void **state)
{
    struct mosquitto alice = { .id = "alice-1" };
    assert_int_equal(bc_outbox_bytes(*state), 0);
    add(*state, "topics do not count", "one");
    assert_int_equal(bc_outbox_bytes(*state), 3);
    bc_outbox_follow(*state, 1);
    add_for(*state, NULL, "t", "four", "nor does what waits for a loss");
    assert_int_equal(bc_outbox_bytes(*state), 7);
    add_for(*state, &alice, "t", "for alice", NULL);
    assert_int_equal(bc_outbox_bytes(*state), 16);
    bc_outbox_forget(*state, &alice);
    assert_int_equal(bc_outbox_bytes(*state), 7);
    bc_outbox_lose(*state, 0);
    assert_int_equal(bc_outbox_bytes(*state), 3 + 30);
    bc_outbox_flush(*state, UINT64_MAX);
    assert_int_equal(bc_outbox_bytes(*state), 0);
}

static void what_the_broker_does_not_take_is_freed(void **state)
{
    broker.fails = true;
    bc_outbox_follow(*state, 1);
    add_for(*state, NULL, "a", "one", "lost");
    add(*state, "a", "two");
    EXPECT(*state, "* a \"one\" 1 with properties", "* a \"two\" 1 with properties");
    EXPECT_NOTHING(*state);
}

static void what_is_still_in_it_is_freed_with_it(void **state)
{
    bc_outbox_follow(*state, 1);
    add_for(*state, NULL, "a", "one", "lost");
    add(*state, "a", "two");
    bc_outbox_free(NULL);
}

static void what_is_dropped_is_freed(void **state)
{
    (void)state;
    struct bc_publication publication = { .payload = copy("one"),
        .if_lost = copy("lost"),
        .properties = calloc(1, sizeof(struct mqtt__property)) };
    bc_outbox_drop(&publication);
    assert_null(publication.payload);
    assert_null(publication.if_lost);
    assert_null(publication.properties);
    bc_outbox_drop(&publication);
}

/* ---- clients that are gone ---- */

static void nobody_gets_what_was_for_one_who_is_gone(void **state)
{
    struct mosquitto alice = { .id = "alice-1" };
    struct mosquitto bob = { .id = "bob-1" };
    add(*state, "a", "for all");
    add_for(*state, &alice, "b", "for alice", NULL);
    add_for(*state, &bob, "b", "for bob", NULL);
    add_for(*state, &alice, "b", "for alice too", "lost");
    add(*state, "a", "for all too");
    bc_outbox_forget(*state, &alice);
    EXPECT(*state, "* a \"for all\" 1 with properties", "bob-1 b \"for bob\" 1 with properties",
        "* a \"for all too\" 1 with properties");
    bc_outbox_forget(*state, &bob);
    EXPECT_NOTHING(*state);
}

/* The broker says one turn late that a WebSocket client's id has been taken over. */
static void what_is_for_one_websocket_waits_for_a_turn(void **state)
{
    struct mosquitto alice = { .id = "alice-1", .websocket = true, .clean = true };
    add_for(*state, &alice, "b", "for alice", NULL);
    add(*state, "a", "for all");
    broker.count = 0;
    bc_outbox_flush(*state, UINT64_MAX);
    assert_int_equal(broker.count, 1);
    bc_outbox_flush(*state, UINT64_MAX);
    assert_int_equal(broker.count, 2);
    assert_string_equal(broker.lines[1], "alice-1 b \"for alice\" 1 with properties");
    bc_outbox_flush(*state, UINT64_MAX);
    assert_int_equal(broker.count, 2);
}

/* While it is held, and when it goes out: not at each turn in which it waits for the disk. */
static void the_loop_is_hurried_for_a_websocket_alone(void **state)
{
    struct mosquitto alice = { .id = "alice-1", .websocket = true, .clean = true };
    struct mosquitto bob = { .id = "bob-1" };

    add_for(*state, &bob, "b", "for bob", NULL);
    bc_outbox_flush(*state, UINT64_MAX);
    assert_int_equal(loop.hurries, 0);
    assert_int_equal(loop.published, 1);
    bc_outbox_follow(*state, 1);
    add_for(*state, &alice, "b", "for alice", NULL);
    bc_outbox_flush(*state, 0);
    bc_outbox_flush(*state, 0);
    assert_int_equal(loop.hurries, 0);
    bc_outbox_flush(*state, 1);
    assert_int_equal(loop.hurries, 1);
    assert_int_equal(loop.bytes, 0);
    bc_outbox_flush(*state, 1);
    assert_int_equal(loop.hurries, 2);
    assert_int_equal(loop.bytes, 9);
    assert_int_equal(loop.published, 2);
}

static void a_websocket_that_was_taken_over_gets_nothing(void **state)
{
    struct mosquitto alice = { .id = "alice-1", .websocket = true, .clean = false };
    add_for(*state, &alice, "b", "for alice", NULL);
    alice.clean = true; /* the broker makes the old session clean when it gives the id away */
    broker.count = 0;
    bc_outbox_flush(*state, UINT64_MAX);
    bc_outbox_flush(*state, UINT64_MAX);
    assert_int_equal(broker.count, 0);
    assert_int_equal(bc_outbox_bytes(*state), 0);
}

/* Where the broker tells of who connects, nothing has to wait for the news. */
static void what_was_for_one_whose_id_is_taken_over_is_dropped(void **state)
{
    struct mosquitto alice = { .id = "phone", .websocket = true };
    struct mosquitto mallory = { .id = "phone" };
    struct mosquitto bob = { .id = "bob-1" };
    struct mosquitto nobody = { .id = NULL };
    struct bc_outbox *outbox = bc_outbox_new(&loop, NULL, true);

    add(outbox, "a", "for all");
    add_for(outbox, &alice, "b", "for alice", NULL);
    add_for(outbox, &bob, "b", "for bob", NULL);
    add_for(outbox, &mallory, "b", "for mallory", NULL);
    bc_outbox_taken(outbox, &nobody);
    bc_outbox_taken(outbox, &mallory);
    EXPECT(outbox, "* a \"for all\" 1 with properties", "bob-1 b \"for bob\" 1 with properties",
        "phone b \"for mallory\" 1 with properties");
    add_for(outbox, &alice, "b", "for alice", NULL);
    EXPECT(outbox, "phone b \"for alice\" 1 with properties");
    bc_outbox_free(outbox);
    (void)state;
}

static void what_follows_from_facts_waits_until_they_are_durable(void **state)
{
    add(*state, "a", "of before");
    bc_outbox_follow(*state, 2);
    add(*state, "b", "of the second");
    broker.count = 0;
    bc_outbox_flush(*state, 1);
    assert_int_equal(broker.count, 1);
    bc_outbox_flush(*state, 1);
    assert_int_equal(broker.count, 1);
    bc_outbox_flush(*state, 2);
    assert_int_equal(broker.count, 2);
}

/* To no client id is to every subscriber: never what was for one alone. */
static void what_is_for_one_without_an_id_is_for_nobody(void **state)
{
    struct mosquitto alice = { .id = NULL };
    struct bc_publication publication = { .topic = "b", .qos = 1, .client = &alice };

    assert_int_equal(bc_outbox_add(*state, &publication), BC_NOMEM);
    add(*state, "a", "for all");
    broker.count = 0;
    bc_outbox_flush(*state, UINT64_MAX);
    assert_int_equal(broker.count, 1);
    assert_string_equal(broker.lines[0], "* a \"for all\" 1 with properties");
}

/* Not even a pointer to who is gone is followed: the refusal of a will can come after the end. */
static void who_is_gone_is_known_by_the_id(void **state)
{
    struct mosquitto *alice = calloc(1, sizeof(*alice));

    assert_non_null(alice);
    alice->id = "alice-1";
    add_for(*state, alice, "b", "for alice", NULL);
    free(alice);
    broker.count = 0;
    bc_outbox_flush(*state, UINT64_MAX);
    assert_int_equal(broker.count, 1);
    assert_string_equal(broker.lines[0], "alice-1 b \"for alice\" 1 with properties");
}

/* ---- facts that are lost ---- */

static void what_follows_from_lost_facts_is_dropped_or_replaced(void **state)
{
    struct mosquitto alice = { .id = "alice-1" };
    add(*state, "a", "from nothing");
    bc_outbox_follow(*state, 1);
    add_for(*state, &alice, "b", "from 1", "lost 1");
    bc_outbox_follow(*state, 2);
    add(*state, "a", "from 2");
    add_for(*state, &alice, "b", "answer to 2", "lost 2");
    bc_outbox_follow(*state, 3);
    add_for(*state, &alice, "b", "answer to 3", "lost 3");
    add(*state, "a", "from 3");
    bc_outbox_lose(*state, 1);
    EXPECT(*state, "* a \"from nothing\" 1 with properties",
        "alice-1 b \"from 1\" 1 with properties", "alice-1 b \"lost 2\" 1 with properties",
        "alice-1 b \"lost 3\" 1 with properties");
}

static void all_facts_may_be_lost(void **state)
{
    bc_outbox_follow(*state, 1);
    add(*state, "a", "from 1");
    bc_outbox_lose(*state, 0);
    EXPECT_NOTHING(*state);
}

static void losing_nothing_changes_nothing(void **state)
{
    bc_outbox_follow(*state, 7);
    add_for(*state, NULL, "a", "from 7", "lost 7");
    bc_outbox_lose(*state, 7);
    EXPECT(*state, "* a \"from 7\" 1 with properties");
}

/* The numbers of the lost are given again, to facts that may stay. */
static void what_comes_after_a_loss_follows_from_what_is_left(void **state)
{
    bc_outbox_follow(*state, 5);
    add(*state, "a", "from the lost 5");
    bc_outbox_lose(*state, 4);
    add(*state, "a", "from 4");
    bc_outbox_follow(*state, 5);
    add(*state, "a", "from 5");
    bc_outbox_lose(*state, 4);
    add(*state, "a", "from 4 too");
    bc_outbox_follow(*state, 5);
    add(*state, "a", "from the second 5");
    bc_outbox_lose(*state, 5);
    EXPECT(*state, "* a \"from 4\" 1 with properties", "* a \"from 4 too\" 1 with properties",
        "* a \"from the second 5\" 1 with properties");
}

/*
 * A full disk fails one request after the other, each of which is a loss. Who was told once that
 * their command was lost must still be told after the next.
 */
static void what_tells_of_a_loss_is_not_lost_with_the_next(void **state)
{
    struct mosquitto alice = { .id = "alice-1" };
    bc_outbox_follow(*state, 5);
    add_for(*state, &alice, "b", "answer to 5", "lost 5");
    bc_outbox_lose(*state, 4);
    bc_outbox_lose(*state, 4);
    EXPECT(*state, "alice-1 b \"lost 5\" 1 with properties");

    /* Nor when a new fact has got the number of the lost one. */
    bc_outbox_follow(*state, 6);
    add_for(*state, &alice, "b", "answer to 6", "lost 6");
    bc_outbox_lose(*state, 4);
    bc_outbox_follow(*state, 5);
    add_for(*state, &alice, "b", "answer to another 5", "lost another 5");
    bc_outbox_lose(*state, 4);
    EXPECT(*state, "alice-1 b \"lost 6\" 1 with properties",
        "alice-1 b \"lost another 5\" 1 with properties");
}

static void who_is_gone_is_not_told_of_a_loss(void **state)
{
    struct mosquitto alice = { .id = "alice-1" };
    bc_outbox_follow(*state, 5);
    add_for(*state, &alice, "b", "answer to 5", "lost 5");
    bc_outbox_lose(*state, 4);
    bc_outbox_forget(*state, &alice);
    EXPECT_NOTHING(*state);
}

/* What is sent instead of it is JSON. */
static void a_content_type_is_of_the_payload_that_it_was_given_with(void **state)
{
    for (int lost = 0; lost < 2; lost++) {
        struct mosquitto alice = { .id = "alice-1" };
        struct bc_publication publication = { .topic = "b",
            .payload = copy("page"),
            .payload_len = 4,
            .content_type = "application/x-protobuf",
            .client = &alice,
            .if_lost = copy("lost") };
        bc_outbox_follow(*state, 5);
        assert_int_equal(bc_outbox_add(*state, &publication), BC_OK);
        if (lost) {
            bc_outbox_lose(*state, 4);
        }
        broker.content_type[0] = '\0';
        if (lost) {
            EXPECT(*state, "alice-1 b \"lost\" 0");
        } else {
            EXPECT(*state, "alice-1 b \"page\" 0 with properties");
        }
        assert_string_equal(broker.content_type, lost ? "" : "application/x-protobuf");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_goes_in_comes_out_in_order),
        TEST(an_answer_goes_before_what_is_other_peoples),
        TEST(a_websocket_clients_answer_holds_nobody_elses_copy),
        TEST(a_publication_goes_out_as_it_is),
        TEST(a_description_becomes_properties_when_it_goes_out),
        TEST(what_nobody_hears_is_dropped_in_its_turn),
        TEST(many_go_out_in_order),
        TEST(the_payloads_bytes_are_counted),
        TEST(what_the_broker_does_not_take_is_freed),
        TEST(what_is_still_in_it_is_freed_with_it),
        TEST(what_is_dropped_is_freed),
        TEST(nobody_gets_what_was_for_one_who_is_gone),
        TEST(what_is_for_one_without_an_id_is_for_nobody),
        TEST(who_is_gone_is_known_by_the_id),
        TEST(what_is_for_one_websocket_waits_for_a_turn),
        TEST(the_loop_is_hurried_for_a_websocket_alone),
        TEST(a_websocket_that_was_taken_over_gets_nothing),
        TEST(what_was_for_one_whose_id_is_taken_over_is_dropped),
        TEST(what_follows_from_facts_waits_until_they_are_durable),
        TEST(what_follows_from_lost_facts_is_dropped_or_replaced),
        TEST(all_facts_may_be_lost),
        TEST(losing_nothing_changes_nothing),
        TEST(what_comes_after_a_loss_follows_from_what_is_left),
        TEST(what_tells_of_a_loss_is_not_lost_with_the_next),
        TEST(who_is_gone_is_not_told_of_a_loss),
        TEST(a_content_type_is_of_the_payload_that_it_was_given_with),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
