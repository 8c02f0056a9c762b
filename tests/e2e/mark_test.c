/* The command mark: markers for one's own devices, receipts for contacts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client_internal.h"
#include "crowd.h"

/* Send ${text}, and remember the id that its echo has. */
static void say(struct client *from, const char *to, const char *text, char id[17])
{
    talk_send(from, to, text);
    snprintf(id, 17, "%s", talk_id(talk_get_text(from, "sent", to, text)));
}

/* Demand the next event ${type} of ${c}, about ${other}, with ${id} under ${name}. */
static void expect(
    struct client *c, const char *type, const char *other, const char *name, const char *id)
{
    const cJSON *event = talk_event(c, type);

    talk_is(event, strcmp(other, "g") == 0 ? "group" : "user", other);
    talk_is(event, name, id);
    assert_true(talk_has(event, "id") && talk_has(event, "time"));
}

static void expect_no_receipt(struct client *c)
{
    talk_nothing(c, "events/read");
    talk_nothing(c, "events/delivered");
}

static void expect_nothing_more(struct client *c)
{
    talk_nothing(c, "events/marked");
    expect_no_receipt(c);
}

static void contacts_see_how_far_the_other_has_got(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *tablet = client_login(b, "bob");
    char ids[4][17];
    const cJSON *event;

    say(alice, "bob", "one", ids[0]);
    talk_ok(bob, "mark", "{\"user\":\"alice\",\"read\":\"%s\"}", ids[0]);
    expect(tablet, "marked", "alice", "read", ids[0]);
    expect_nothing_more(alice);
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    say(alice, "bob", "two", ids[1]);
    say(bob, "alice", "three", ids[2]);
    say(alice, "bob", "four", ids[3]);
    talk_ok(bob, "mark", "{\"user\":\"alice\",\"delivered\":\"%s\"}", ids[3]);
    event = talk_event(tablet, "marked");
    talk_is(event, "read", ids[0]);
    talk_is(event, "delivered", ids[3]);
    expect(alice, "delivered", "bob", "up-to", ids[3]);
    talk_ok(bob, "mark", "{\"user\":\"alice\",\"read\":\"%s\"}", ids[1]);
    expect(alice, "read", "bob", "up-to", ids[1]);
    talk_ok(bob, "mark", "{\"user\":\"alice\",\"read\":\"%s\"}", ids[0]);
    expect_nothing_more(alice);
    talk_ok(bob, "settings", "{\"read-receipts\":false}");
    talk_ok(bob, "mark", "{\"user\":\"alice\",\"read\":\"ffffffffffffffff\"}");
    expect_nothing_more(alice);
    talk_ok(alice, "mark", "{\"user\":\"bob\",\"read\":\"ffffffffffffffff\"}");
    expect_no_receipt(bob);
    talk_settle(tablet);
    expect(tablet, "marked", "alice", "read", ids[1]);
    expect(tablet, "marked", "alice", "read", ids[3]);
    expect_nothing_more(tablet);
}

static void groups_are_marked_for_oneself(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    char id[17];

    crowd_start(alice, "g", bob, NULL);
    crowd_say(alice, "g", "one");
    snprintf(id, sizeof(id), "%s", talk_id(crowd_hear(bob, "g", "alice", "one")));
    talk_ok(bob, "mark", "{\"group\":\"g\",\"read\":\"%s\",\"delivered\":\"%s\"}", id, id);
    expect(bob, "marked", "g", "read", id);
    expect_nothing_more(alice);
    talk_no(carol, "not-a-member", "mark", "{\"group\":\"g\",\"read\":\"%s\"}", id);
    talk_no(carol, "not-a-member", "mark", "{\"group\":\"none\",\"read\":\"%s\"}", id);
    talk_ok(bob, "leave", "{\"group\":\"g\"}");
    talk_ok(bob, "mark", "{\"group\":\"g\",\"read\":\"ffffffffffffffff\"}");
    expect_nothing_more(bob);
}

static void what_is_malformed_is_refused_and_what_is_done_is_ok(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");

    talk_no(alice, "bad-request", "mark", "{\"user\":\"bob\"}");
    talk_no(alice, "bad-request", "mark", "{\"read\":\"0000000000000001\"}");
    talk_no(alice, "bad-request", "mark", "{\"user\":\"bob\",\"read\":\"1\"}");
    talk_no(alice, "bad-request", "mark", "{\"user\":\"bob\",\"delivered\":1}");
    talk_no(alice, "bad-name", "mark", "{\"user\":\"a/b\",\"read\":\"0000000000000001\"}");
    talk_ok(alice, "mark", "{\"user\":\"bob\",\"read\":\"0000000000000001\"}");
    talk_ok(alice, "mark", "{\"user\":\"alice\",\"delivered\":\"ffffffffffffffff\"}");
    expect_nothing_more(alice);
}

#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(contacts_see_how_far_the_other_has_got),
        TEST(groups_are_marked_for_oneself),
        TEST(what_is_malformed_is_refused_and_what_is_done_is_ok),
    };

    return cmocka_run_group_tests_name("mark", tests, NULL, NULL);
}
