/* The files in config/ work as they are, but for the paths and ports of a machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

static struct broker *deploy(void **state, const char *file)
{
    return *state = broker_start(&(struct broker_options){ .deployed = file });
}

static struct client *enter(struct broker *b, const char *user)
{
    struct client *c =
        client_connect(b, &(struct client_options){ .user = user, .transport = BROKER_TLS });
    char filter[64];

    snprintf(filter, sizeof filter, "bc/user/%s/#", user);
    assert_int_equal(client_subscribe(c, filter, 1), 1);
    return c;
}

static void the_commented_file_serves_with_the_defaults(void **state)
{
    struct broker *b = deploy(state, "mosquitto.conf");
    struct client *alice = enter(b, "alice");
    struct client *bob = enter(b, "bob");

    talk_send(alice, "bob", "hello");
    talk_get_text(bob, "requests", "alice", "hello");
    assert_int_equal(talk_count(talk_ok(alice, "whoami", "{}"), "kinds"), 4);
}

static void links_only_takes_links_and_nothing_else(void **state)
{
    static const char *const others[] = { "hello", "see https://example.org/", "\x89PNG\r\n\x1A\n",
        "\x01", "https://example.org/ !" };
    struct broker *b = deploy(state, "links-only.conf");
    struct client *alice = enter(b, "alice");
    struct client *bob = enter(b, "bob");
    char *kinds;

    kinds = talk_words(talk_ok(alice, "whoami", "{}"), "kinds", NULL);
    assert_string_equal(kinds, "link");
    free(kinds);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        talk_refused(alice, "bc/user/bob", others[i], "kind-not-allowed");
        talk_refused(alice, "bc/user/alice", others[i], "kind-not-allowed");
    }
    talk_send(alice, "bob", "https://example.org/\nhttp://example.net/?q=1");
    talk_get(bob, "requests", "alice");
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    talk_refused(alice, "bc/user/bob", "now that we know each other", "kind-not-allowed");
    talk_no(bob, "kind-not-allowed", "send", "{\"user\":\"alice\",\"payload\":\"hello\"}");
    talk_ok(bob, "send", "{\"user\":\"alice\",\"payload\":\"https://example.org/\"}");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_commented_file_serves_with_the_defaults),
        TEST(links_only_takes_links_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
