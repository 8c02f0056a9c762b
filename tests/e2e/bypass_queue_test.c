/*
 * What the broker has queued for a device that is away is judged again when it comes back; and
 * typing shows only between contacts of each other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

enum {
    SESSION_S = 1000,
    TYPING_MAX = 64
};

#define DEVICE "bobs-phone"

static int start(void **state)
{
    *state = talk_broker();
    return 0;
}

static struct client *device(struct broker *b, int version)
{
    struct client *c = client_connect(b, &(struct client_options){ .user = "bob",
                                             .id = DEVICE,
                                             .version = version,
                                             .keep_session = true,
                                             .session_expiry = version == 5 ? SESSION_S : 0 });

    if (!client_session_present(c))
        assert_int_equal(client_subscribe(c, "bc/user/bob/#", 1), 1);
    return c;
}

/* bob's phone is away while alice writes and his other device says what he thinks of it. */
static struct client *come_back_after(struct broker *b, int version, bool contact, const char *act)
{
    struct client *alice = client_login(b, "alice");
    struct client *other = client_login(b, "bob");

    if (contact)
        talk_ok(other, "add-contact", "{\"user\":\"alice\"}");
    client_disconnect(device(b, version));
    talk_send(alice, "bob", "one");
    talk_send(alice, "bob", "two");
    talk_settle(alice);
    if (act != NULL)
        talk_ok(other, act, "{\"user\":\"alice\"}");
    client_free(alice);
    client_free(other);
    return device(b, version);
}

struct row {
    bool contact;
    const char *act;
    const char *box; /* where they come, NULL: nowhere */
};

static const struct row rows[] = {
    { false, NULL, "requests" },
    { false, "decline", NULL },
    { false, "block", NULL },
    { false, "approve", "requests" }, /* and in the inbox */
    { true, NULL, "inbox" },
    { true, "block", NULL },
    { true, "remove-contact", "inbox" },
};

static void queued(struct broker *b, int version, const struct row *row)
{
    struct client *bob = come_back_after(b, version, row->contact, row->act);

    if (row->box != NULL) {
        talk_get_text(bob, row->box, "alice", "one");
        talk_get_text(bob, row->box, "alice", "two");
    } else {
        talk_settle(bob);
        assert_int_equal(client_count(bob, "bc/user/bob/requests/*"), 0);
        assert_int_equal(client_count(bob, "bc/user/bob/inbox/*"), 0);
    }
}

/* A broker for each row: users who have met are no strangers. */
static void messages_queued_before_a_block_or_a_decline_are_withheld(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int version = i % 2 == 0 ? 4 : 5;

        if (i > 0)
            *state = talk_broker();
        print_message("row: %s, %s\n", rows[i].contact ? "contact" : "stranger",
            rows[i].act ? rows[i].act : "nothing");
        queued(*state, version, &rows[i]);
        if (i + 1 < sizeof rows / sizeof *rows)
            broker_teardown(state);
    }
}

static void what_was_withheld_stays_away_and_what_comes_after_an_unblock_comes(void **state)
{
    struct client *bob = come_back_after(*state, 5, true, "block");
    struct client *alice = client_login(*state, "alice");

    talk_settle(bob);
    talk_send(alice, "bob", "swallowed");
    talk_settle(alice);
    talk_ok(bob, "unblock", "{\"user\":\"alice\"}");
    talk_send(alice, "bob", "three");
    talk_get_text(bob, "inbox", "alice", "three");
    talk_settle(bob);
    assert_int_equal(client_count(bob, "bc/user/bob/inbox/*"), 0);
    talk_history(bob, "alice", "one:inbox two:inbox three:inbox");
}

/* ---- events ---- */

/* What alice does while bob's phone is away, and what he would see of it. */
static const char *const deeds[] = { "events/reaction", "events/delivered", "events/read",
    "events/approved", "events/group-invited", "typing/alice" };

/* Everything that alice can do to bob; she isn't his contact before, nor he hers. */
static void do_it_all(struct client *alice, struct client *bob)
{
    const char *id;

    talk_send(bob, "alice", "hello"); /* alice becomes bob's contact */
    id = talk_id(talk_get_text(alice, "requests", "bob", "hello"));
    talk_ok(alice, "create-group", "{\"group\":\"team\",\"users\":[\"bob\"]}");
    talk_ok(alice, "approve", "{\"user\":\"bob\"}");
    talk_ok(alice, "mark", "{\"user\":\"bob\",\"read\":\"%s\",\"delivered\":\"%s\"}", id, id);
    talk_ok(alice, "react", "{\"id\":\"%s\",\"emoji\":\"+1\"}", id);
    assert_int_equal(client_send(alice, "bc/user/bob/typing", "..."), TALK_ACCEPTED);
    talk_settle(alice);
}

/* bob's phone is away for all of that, and for what his other device does then, unless it's NULL.
 */
static struct client *away_for_it_all(struct broker *b, int version, const char *act)
{
    struct client *alice = client_login(b, "alice");
    struct client *other = client_login(b, "bob");

    talk_ok(other, "settings", "{\"group-invites\":\"ask\"}");
    client_disconnect(device(b, version));
    do_it_all(alice, other);
    for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
        char topic[64];

        snprintf(topic, sizeof topic, "bc/user/bob/%s", deeds[i]);
        client_expect(other, topic, CLIENT_WAIT_MS);
    }
    if (act != NULL)
        talk_ok(other, act, "{\"user\":\"alice\"}");
    client_free(alice);
    client_free(other);
    return device(b, version);
}

static void what_the_blocked_did_is_withheld_as_well(void **state)
{
    static const char *const acts[] = { NULL, "block" };
    static const char *const lines[] = { "queue_qos0_messages true", "set_tcp_nodelay true", NULL };

    broker_teardown(state);
    for (size_t i = 0; i < 2 * sizeof acts / sizeof *acts; i++) {
        const char *act = acts[i / 2];
        struct client *bob;

        *state = broker_start(
            &(struct broker_options){ .lines_before = lines, .plugin_options = talk_unhurried });
        bob = away_for_it_all(*state, 4 + (int)(i % 2), act);
        talk_settle(bob);
        talk_get(bob, "events", "contact"); /* his own deed, in any case */
        for (size_t deed = 0; deed < sizeof deeds / sizeof *deeds; deed++) {
            char topic[64];

            snprintf(topic, sizeof topic, "bc/user/bob/%s", deeds[deed]);
            if (client_count(bob, topic) != (act == NULL ? 1 : 0))
                fail_msg("after %s, %s comes %zu times", act ? act : "nothing", deeds[deed],
                    client_count(bob, topic));
        }
        if (act != NULL)
            talk_get(bob, "events", "blocked");
        broker_teardown(state);
    }
}

/* ---- typing ---- */

/* Whether ${from}'s typing shows to ${to}. */
static bool shows(struct client *from, const char *from_name, struct client *to, const char *name)
{
    char topic[64];
    bool shown;

    snprintf(topic, sizeof topic, "bc/user/%s/typing", name);
    assert_int_equal(client_send(from, topic, "..."), TALK_ACCEPTED);
    talk_settle(from);
    talk_settle(to);
    assert_int_equal(client_count(from, "bc/error"), 0);
    snprintf(topic, sizeof topic, "bc/user/%s/typing/%s", name, from_name);
    shown = client_count(to, topic) == 1;
    if (shown) {
        client_expect(to, topic, 0);
        client_idle(to, TALK_TYPING_MS);
    }
    return shown;
}

static void typing_shows_only_between_contacts_of_each_other(void **state)
{
    struct client *alice = client_login(*state, "alice");
    struct client *bob = client_login(*state, "bob");

    assert_false(shows(alice, "alice", bob, "bob"));
    talk_send(alice, "bob", "hello");
    assert_false(shows(alice, "alice", bob, "bob"));
    assert_false(shows(bob, "bob", alice, "alice"));
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    assert_true(shows(alice, "alice", bob, "bob"));
    assert_true(shows(bob, "bob", alice, "alice"));
    talk_ok(alice, "remove-contact", "{\"user\":\"bob\"}");
    assert_false(shows(alice, "alice", bob, "bob"));
    assert_false(shows(bob, "bob", alice, "alice"));
    talk_ok(alice, "add-contact", "{\"user\":\"bob\"}");
    assert_true(shows(alice, "alice", bob, "bob"));
    talk_ok(bob, "block", "{\"user\":\"alice\"}");
    assert_false(shows(alice, "alice", bob, "bob"));
    assert_false(shows(bob, "bob", alice, "alice"));
    talk_ok(bob, "unblock", "{\"user\":\"alice\"}");
    assert_true(shows(alice, "alice", bob, "bob"));
    assert_false(shows(alice, "alice", alice, "alice"));
}

static void typing_to_nobody_or_too_much_of_it_is_acknowledged_the_same(void **state)
{
    static char large[66];
    struct client *alice = client_login(*state, "alice");
    struct client *bob = client_login(*state, "bob");

    memset(large, '.', TYPING_MAX);
    talk_send(alice, "bob", "hello");
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    assert_int_equal(client_send(alice, "bc/user/bob/typing", large), TALK_ACCEPTED);
    client_expect(bob, "bc/user/bob/typing/alice", CLIENT_WAIT_MS);
    assert_int_equal(
        client_publish(alice, "bc/user/bob/typing", large, TYPING_MAX + 1, 1, false, NULL),
        TALK_ACCEPTED);
    assert_int_equal(client_send(alice, "bc/user/nobody/typing", ""), TALK_ACCEPTED);
    assert_int_equal(client_send(alice, "bc/user/@bad/typing", ""), TALK_ACCEPTED);
    assert_int_equal(client_send(alice, "bc/group/g/typing", ""), TALK_ACCEPTED);
    talk_settle(alice);
    talk_settle(bob);
    assert_int_equal(client_count(alice, "bc/error"), 0);
    assert_int_equal(client_count(bob, "bc/user/bob/typing/*"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(messages_queued_before_a_block_or_a_decline_are_withheld),
        TEST(what_was_withheld_stays_away_and_what_comes_after_an_unblock_comes),
        TEST(what_the_blocked_did_is_withheld_as_well),
        TEST(typing_shows_only_between_contacts_of_each_other),
        TEST(typing_to_nobody_or_too_much_of_it_is_acknowledged_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
