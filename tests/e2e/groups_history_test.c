/* Who reads what of a group, afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client_internal.h"
#include "crowd.h"

static void say(struct client *c, const char *text, char id[17])
{
    crowd_say(c, "g", text);
    snprintf(id, 17, "%s", talk_id(crowd_hear(c, "g", c->name, text)));
}

static void demand_readable(struct client *c, const char *id, const char *state)
{
    const cJSON *answer = talk_ok(c, "get", "{\"id\":\"%s\"}", id);
    const cJSON *message = cJSON_GetObjectItemCaseSensitive(answer, "message");

    talk_is(message, "id", id);
    talk_is(message, "group", "g");
    talk_is(message, "state", state);
}

static void demand_unreadable(struct client *c, const char *id)
{
    talk_no(c, "no-such-message", "get", "{\"id\":\"%s\"}", id);
}

static void out(struct client *owner, struct client *member)
{
    talk_ok(owner, "remove-member", "{\"group\":\"g\",\"user\":\"%s\"}", member->name);
    crowd_forget(member);
}

static void back(struct client *owner, struct client *member)
{
    talk_ok(owner, "invite", "{\"group\":\"g\",\"user\":\"%s\"}", member->name);
    talk_ok(member, "approve", "{\"group\":\"g\"}");
}

static void members_read_what_was_sent_while_they_were_in_and_keep_it(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = crowd_login(b, "bob", 4);
    struct client *carol = client_login(b, "carol");
    char ids[5][17];

    crowd_start(alice, "g", NULL);
    say(alice, "one", ids[0]);
    crowd_know(bob, alice);
    talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"bob\"}");
    crowd_history(bob, "g", "");
    crowd_listen(bob, "g");
    say(bob, "two", ids[1]);
    out(alice, bob);
    say(alice, "three", ids[2]);
    crowd_history(bob, "g", "two:sent");
    back(alice, bob);
    crowd_history(bob, "g", "two:sent");
    say(alice, "four", ids[3]);
    crowd_history(bob, "g", "two:sent four:group");
    talk_ok(bob, "leave", "{\"group\":\"g\"}");
    say(alice, "five", ids[4]);
    crowd_history(bob, "g", "two:sent four:group");
    crowd_history(alice, "g", "one:sent two:group three:sent four:sent five:sent");
    talk_no(carol, "not-a-member", "history", "{\"group\":\"g\"}");
    demand_readable(bob, ids[1], "sent");
    demand_readable(bob, ids[3], "group");
    demand_readable(alice, ids[1], "group");
    demand_unreadable(bob, ids[0]);
    demand_unreadable(bob, ids[2]);
    demand_unreadable(bob, ids[4]);
    for (int i = 0; i < 5; i++)
        demand_unreadable(carol, ids[i]);
}

static void new_members_read_everything_if_the_operator_says_so(void **state)
{
    static const char *const options[] = { "history_for_new_members all", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    char ids[4][17];

    crowd_start(alice, "g", NULL);
    say(alice, "one", ids[0]);
    talk_ok(alice, "invite", "{\"group\":\"g\",\"users\":[\"bob\",\"carol\"]}");
    talk_no(bob, "not-a-member", "history", "{\"group\":\"g\"}");
    demand_unreadable(bob, ids[0]);
    talk_ok(bob, "approve", "{\"group\":\"g\"}");
    crowd_history(bob, "g", "one:group");
    demand_readable(bob, ids[0], "group");
    say(alice, "two", ids[1]);
    out(alice, bob);
    say(alice, "three", ids[2]);
    crowd_history(bob, "g", "one:group two:group");
    demand_unreadable(bob, ids[2]);
    back(alice, bob);
    say(alice, "four", ids[3]);
    crowd_history(bob, "g", "one:group two:group three:group four:group");
    talk_no(carol, "not-a-member", "history", "{\"group\":\"g\"}");
}

static void what_is_sent_while_its_sender_is_blocked_is_hidden_for_ever(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = crowd_login(b, "carol", 4);
    char ids[5][17];

    crowd_start(alice, "g", bob, carol, NULL);
    say(bob, "before", ids[0]);
    crowd_hear(carol, "g", "bob", "before");
    talk_ok(carol, "block", "{\"user\":\"bob\"}");
    say(bob, "hidden", ids[1]);
    say(alice, "seen", ids[2]);
    crowd_hear(carol, "g", "alice", "seen");
    crowd_deaf(carol, "g");
    crowd_history(carol, "g", "before:group seen:group");
    demand_unreadable(carol, ids[1]);
    /* carol's own reach bob: it is she who doesn't want to see his. */
    crowd_say(carol, "g", "from carol");
    crowd_hear(bob, "g", "carol", "from carol");
    crowd_hear(carol, "g", "carol", "from carol");
    talk_ok(carol, "unblock", "{\"user\":\"bob\"}");
    say(bob, "after", ids[3]);
    crowd_hear(carol, "g", "bob", "after");
    talk_ok(carol, "block", "{\"user\":\"bob\"}");
    say(bob, "hidden again", ids[4]);
    talk_ok(carol, "unblock", "{\"user\":\"bob\"}");
    crowd_deaf(carol, "g");
    crowd_history(carol, "g", "before:group seen:group from carol:sent after:group");
    demand_readable(carol, ids[0], "group");
    demand_unreadable(carol, ids[1]);
    demand_readable(carol, ids[3], "group");
    demand_unreadable(carol, ids[4]);
    crowd_history(bob, "g",
        "before:sent hidden:sent seen:group from carol:group after:sent hidden again:sent");
    crowd_history(alice, "g",
        "before:group hidden:group seen:sent from carol:group after:group hidden again:group");
}

static void a_block_of_before_one_joined_counts_as_well(void **state)
{
    static const char *const options[] = { "history_for_new_members all", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");

    talk_ok(carol, "block", "{\"user\":\"bob\"}");
    crowd_start(alice, "g", bob, NULL);
    crowd_say(bob, "g", "hidden");
    crowd_say(alice, "g", "seen");
    back(alice, carol);
    crowd_history(carol, "g", "seen:group");
    talk_ok(carol, "unblock", "{\"user\":\"bob\"}");
    crowd_history(carol, "g", "seen:group");
}

/* Walk ${c}'s history page by page and demand the payloads, one letter each, in ${order}. */
static void walk(struct client *c, int limit, bool forwards, const char *order)
{
    char cursor[64] = "";
    char found[64] = "";
    size_t len = 0;
    bool more = true;

    if (forwards)
        snprintf(cursor, sizeof cursor, ",\"after\":\"0000000000000000\"");
    for (int pages = 0; more; pages++) {
        const char *name = forwards ? "after" : "before";
        const cJSON *answer =
            talk_ok(c, "history", "{\"group\":\"g\",\"limit\":%d%s}", limit, cursor);
        size_t count = talk_count(answer, "messages");

        assert_in_range(pages, 0, 20);
        assert_in_range(count, 0, limit);
        for (size_t i = 0; i < count; i++) {
            const cJSON *m = talk_item(answer, "messages", forwards ? i : count - 1 - i);

            found[len++] = answer_string(m, "payload")[0];
        }
        more = talk_has(answer, "more");
        if (more)
            snprintf(cursor, sizeof cursor, ",\"%s\":\"%s\"", name, answer_string(answer, name));
    }
    if (strcmp(found, order) != 0)
        fail_msg("pages of %d show \"%s\" instead of \"%s\"", limit, found, order);
}

static void pages_pass_over_what_is_hidden_in_both_directions(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");

    crowd_start(alice, "g", bob, carol, NULL);
    crowd_say(alice, "g", "a");
    crowd_say(bob, "g", "b");
    talk_ok(carol, "block", "{\"user\":\"bob\"}");
    crowd_say(bob, "g", "c");
    crowd_say(bob, "g", "d");
    crowd_say(alice, "g", "e");
    out(alice, carol);
    crowd_say(alice, "g", "f");
    crowd_say(alice, "g", "g");
    back(alice, carol);
    crowd_say(alice, "g", "h");
    talk_ok(carol, "unblock", "{\"user\":\"bob\"}");
    crowd_say(bob, "g", "i");
    crowd_say(carol, "g", "j");
    for (int limit = 1; limit <= 8; limit++) {
        walk(carol, limit, true, "abehij");
        walk(carol, limit, false, "jiheba");
        walk(alice, limit, true, "abcdefghij");
    }
}

static void lists_of_groups_and_members_come_in_pages(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    const cJSON *answer;
    char *words;

    crowd_start(alice, "g", bob, carol, NULL);
    crowd_start(alice, "a", NULL);
    crowd_start(alice, "z", NULL);
    answer = talk_ok(alice, "groups", "{\"limit\":2}");
    words = talk_words(answer, "groups", "group");
    assert_string_equal(words, "a g");
    free(words);
    talk_is(answer, "after", "g");
    answer = talk_ok(alice, "groups", "{\"limit\":2,\"after\":\"g\"}");
    words = talk_words(answer, "groups", "group");
    assert_string_equal(words, "z");
    free(words);
    assert_false(talk_has(answer, "more"));
    answer = talk_ok(alice, "members", "{\"group\":\"g\",\"limit\":1,\"after\":\"alice\"}");
    words = talk_words(answer, "members", "user");
    assert_string_equal(words, "bob");
    free(words);
    talk_is(answer, "after", "bob");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(members_read_what_was_sent_while_they_were_in_and_keep_it),
        TEST(new_members_read_everything_if_the_operator_says_so),
        TEST(what_is_sent_while_its_sender_is_blocked_is_hidden_for_ever),
        TEST(a_block_of_before_one_joined_counts_as_well),
        TEST(pages_pass_over_what_is_hidden_in_both_directions),
        TEST(lists_of_groups_and_members_come_in_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
