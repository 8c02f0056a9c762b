/*
 * Whatever is asked of one broker holds on another: each feature by two people, or one person's two
 * devices, on two brokers. All tests share the brokers, and have users of their own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cluster.h"
#include "process.h"

enum {
    NOT_AUTHORIZED = 0x87,
    THERE_MS = 20000, /* until it is on the other broker, on a busy machine */
    ASKED_MS = 2000   /* who is to be woken has been by then */
};

/* More people than all brokers can be asked after at once, with names as long as may be. */
#define CROWD 70
static char crowd[CROWD][65];

static const char *users[64 + CROWD] = { "alice", "bob", "carol", "ann", "ben", "cid", "dora", "ed",
    "eve", "fay", "gil", "hal", "ida", "jim", "kim", "lea", "max", "mod", "ned", "oda", "pat",
    "push", "quin", "ray", "sue", "tom", "uma", "val" };

static void add_crowd(void)
{
    size_t count = 0;

    while (users[count] != NULL) {
        count++;
    }
    for (unsigned i = 0; i < CROWD; i++) {
        memset(crowd[i], 'x', 64);
        snprintf(crowd[i] + 60, 5, "%04u", i);
        users[count++] = crowd[i];
    }
}

static struct cluster cluster;

static int start(void **state)
{
    (void)state;
    add_crowd();
    cluster.postgres = postgres_start(1);
    for (unsigned i = 0; i < CLUSTER_BROKERS; i++) {
        const char *const options[] = { postgres_option(cluster.postgres), cluster.nodes[i],
            "rate_burst 100000", "rate_per_minute 100000", "log_wait_ms 3000",
            "log_quorum_check off", "accounts invites", "moderators mod jim", "push_user push",
            NULL };

        snprintf(cluster.nodes[i], sizeof(cluster.nodes[i]), "node_id %u", i + 1);
        memcpy(cluster.options[i], options, sizeof(options));
        cluster.brokers[i] = broker_start(&(struct broker_options){
            .users = users, .plugin_options = cluster.options[i], .preload = cluster_preload });
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    cluster_expect_same(&cluster);
    cluster_end(&cluster);
    return 0;
}

static struct client *here(const char *user)
{
    return client_login(cluster.brokers[0], user);
}

static struct client *there(const char *user)
{
    return client_login(cluster.brokers[1], user);
}

static int code_with(unsigned index, const char *user, const char *password)
{
    return client_connect_code(client_try_connect(
        cluster.brokers[index], &(struct client_options){ .user = user, .password = password }));
}

/* Ask until the list of the answer has ${count} elements: what is asked may have to catch up. */
static const cJSON *until_count(
    struct client *c, const char *command, const char *json, const char *list, size_t count)
{
    int64_t until = now_ms() + THERE_MS;
    const cJSON *answer = talk_ok(c, command, "%s", json);

    while (talk_count(answer, list) != count && now_ms() < until) {
        usleep(50000);
        answer = talk_ok(c, command, "%s", json);
    }
    assert_int_equal(talk_count(answer, list), count);
    return answer;
}

/* ---- people ---- */

static void requests_are_decided_on_any_broker(void **state)
{
    struct client *alice = here("alice");
    struct client *bob = there("bob");
    struct client *carol = here("carol");

    (void)state;
    talk_send(alice, "bob", "may I?");
    talk_get_text(bob, "requests", "alice", "may I?");
    talk_is(talk_item(talk_ok(bob, "requests", "{}"), "requests", 0), "user", "alice");
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    talk_event(alice, "approved");
    talk_get_text(bob, "inbox", "alice", "may I?");
    talk_send(alice, "bob", "thanks");
    talk_get_text(bob, "inbox", "alice", "thanks");

    talk_send(carol, "bob", "and I?");
    talk_get_text(bob, "requests", "carol", "and I?");
    talk_ok(bob, "decline", "{\"user\":\"carol\"}");
    talk_ok(bob, "block", "{\"user\":\"alice\"}");
    talk_send(alice, "bob", "unheard");
    talk_get_text(alice, "sent", "bob", "may I?");
    talk_get_text(alice, "sent", "bob", "thanks");
    talk_get_text(alice, "sent", "bob", "unheard");
    until_count(there("alice"), "history", "{\"user\":\"bob\"}", "messages", 3);
    talk_nothing(bob, "inbox/*");
}

static void groups_are_the_same_on_all(void **state)
{
    struct client *ann = here("ann");
    struct client *ben = there("ben");
    struct client *cid = there("cid");

    (void)state;
    talk_ok(ann, "create-group",
        "{\"group\":\"choir\",\"title\":\"Choir\",\"users\":[\"ben\",\"cid\"]}");
    talk_event(ben, "group-invited");
    talk_event(cid, "group-invited");
    talk_ok(ben, "approve", "{\"group\":\"choir\"}");
    talk_ok(cid, "approve", "{\"group\":\"choir\"}");
    until_count(ann, "members", "{\"group\":\"choir\"}", "members", 3);
    assert_int_equal(client_subscribe(ann, "bc/group/choir/#", 1), 1);
    assert_int_equal(client_subscribe(ben, "bc/group/choir/#", 1), 1);
    assert_int_equal(client_send(ben, "bc/group/choir", "from there"), TALK_ACCEPTED);
    client_expect(ann, "bc/group/choir/messages/ben/*", THERE_MS);
    assert_int_equal(client_send(ann, "bc/group/choir", "from here"), TALK_ACCEPTED);
    client_expect(ben, "bc/group/choir/messages/ann/*", THERE_MS);
    talk_ok(ann, "rename-group", "{\"group\":\"choir\",\"title\":\"Tuesday\"}");
    client_expect(ben, "bc/group/choir/events/renamed", THERE_MS);
    talk_ok(ann, "set-role", "{\"group\":\"choir\",\"user\":\"ben\",\"role\":\"admin\"}");
    client_expect(ben, "bc/group/choir/events/role", THERE_MS);
    talk_ok(ben, "remove-member", "{\"group\":\"choir\",\"user\":\"cid\"}");
    client_expect(ann, "bc/group/choir/events/removed", THERE_MS);
    client_subscribe(cid, "bc/error", 1);
    talk_refused(cid, "bc/group/choir", "still there?", "not-a-member");
    assert_true(client_subscribe(here("cid"), "bc/group/choir/#", 1) >= 0x80);
}

/* A cursor of one broker's goes on on the other, without a gap and without a repeat. */
static void a_cursor_of_one_broker_goes_on_on_another(void **state)
{
    struct client *dora = here("dora");
    struct client *ed = there("ed");
    const cJSON *page;
    char after[32];

    (void)state;
    talk_ok(dora, "add-contact", "{\"user\":\"ed\"}");
    talk_ok(ed, "add-contact", "{\"user\":\"dora\"}");
    talk_send(ed, "dora", "one");
    talk_get_text(dora, "inbox", "ed", "one");
    page = talk_ok(dora, "sync", "{}");
    snprintf(after, sizeof(after), "%s", answer_string(page, "after"));
    talk_send(ed, "dora", "two");
    talk_send(ed, "dora", "three");
    dora = there("dora");
    page = talk_ok(dora, "sync", "{\"after\":\"%s\"}", after);
    assert_int_equal(talk_count(page, "items"), 2);
    talk_is(talk_item(page, "items", 0), "payload", "two");
    talk_is(talk_item(page, "items", 1), "payload", "three");
    /* And one that whoami made, before anything came: it is as young as the last row. */
    sleep(3);
    snprintf(after, sizeof(after), "%s", answer_string(talk_ok(dora, "whoami", "{}"), "newest"));
    dora = here("dora");
    talk_send(dora, "ed", "four");
    talk_get_text(ed, "inbox", "dora", "four");
    page = talk_ok(there("dora"), "sync", "{\"after\":\"%s\"}", after);
    assert_int_equal(talk_count(page, "items"), 1);
    talk_is(talk_item(page, "items", 0), "payload", "four");
}

/* A phone loses its broker before it hears of what it sent, and sends it again to another one. */
static void what_is_sent_again_to_another_broker_is_stored_once(void **state)
{
    struct client *eve = here("eve");
    struct client *again = there("eve");
    struct client *fay = there("fay");
    char id[32];

    (void)state;
    assert_int_equal(
        client_send_with(eve, "bc/user/fay", "once", "msgid", "m-1", NULL), TALK_ACCEPTED);
    snprintf(id, sizeof(id), "%s", talk_id(talk_get_text(eve, "sent", "fay", "once")));
    assert_string_equal(talk_id(talk_get_text(again, "sent", "fay", "once")), id);
    assert_int_equal(
        client_send_with(again, "bc/user/fay", "once", "msgid", "m-1", NULL), TALK_ACCEPTED);
    assert_string_equal(talk_id(talk_get_text(again, "sent", "fay", "once")), id);
    talk_is(talk_ok(again, "send", "{\"user\":\"fay\",\"payload\":\"once\",\"msgid\":\"m-1\"}"),
        "id", id);
    client_subscribe(again, "bc/error", 1);
    assert_int_equal(
        client_send_with(again, "bc/user/fay", "twice", "msgid", "m-1", NULL), TALK_REFUSED);
    talk_get_text(fay, "requests", "eve", "once");
    talk_nothing(fay, "requests/*");
    talk_history(eve, "fay", "once:sent");
}

static void markers_reactions_profiles_and_own_data_are_everywhere(void **state)
{
    struct client *gil = here("gil");
    struct client *hal = there("hal");
    struct client *here_too = here("hal");
    const struct message *message;

    (void)state;
    talk_ok(gil, "add-contact", "{\"user\":\"hal\"}");
    talk_ok(hal, "add-contact", "{\"user\":\"gil\"}");
    talk_send(gil, "hal", "look");
    message = talk_get_text(hal, "inbox", "gil", "look");
    talk_ok(hal, "mark", "{\"user\":\"gil\",\"read\":\"%s\"}", talk_id(message));
    talk_event(gil, "read");
    talk_ok(hal, "react", "{\"id\":\"%s\",\"emoji\":\"+\"}", talk_id(message));
    talk_event(gil, "reaction");
    talk_ok(hal, "set-profile", "{\"name\":\"Hal\"}");
    talk_event(here_too, "profile");
    talk_is(cJSON_GetObjectItem(talk_ok(gil, "profile", "{\"user\":\"hal\"}"), "profile"), "name",
        "Hal");
    talk_ok(gil, "store", "{\"key\":\"theme\",\"value\":\"dark\"}");
    until_count(there("gil"), "stored", "{}", "values", 1);
}

/* ---- accounts ---- */

/* A token of one broker's signs in on another, and when it is ended so is what it signed in. */
static void tokens_are_good_and_end_everywhere(void **state)
{
    struct client *ida = here("ida");
    const char *token =
        answer_string(talk_ok(ida, "create-token", "{\"device\":\"phone\"}"), "token");
    struct client *phone;

    (void)state;
    until_count(there("ida"), "tokens", "{}", "tokens", 1);
    phone = client_connect(
        cluster.brokers[1], &(struct client_options){ .user = "ida", .password = token });
    talk_ok(phone, "whoami", "{}");
    talk_ok(ida, "revoke-token", "{\"device\":\"phone\"}");
    client_expect_lost(phone, THERE_MS);
    assert_int_equal(code_with(1, "ida", token), NOT_AUTHORIZED);
    assert_int_equal(code_with(0, "ida", token), NOT_AUTHORIZED);
}

static void an_invitation_of_one_broker_is_taken_on_another_once(void **state)
{
    struct client *jim = here("jim");
    const char *invite = answer_string(talk_ok(jim, "create-invite", "{}"), "invite");
    struct client *zoe;

    (void)state;
    until_count(there("jim"), "invites", "{}", "invites", 1);
    zoe = client_connect(
        cluster.brokers[1], &(struct client_options){ .user = "zoe", .password = invite });
    talk_is(talk_event(jim, "contact"), "user", "zoe");
    talk_list(zoe, "contacts", "jim");
    assert_int_equal(code_with(0, "zack", invite), NOT_AUTHORIZED);
    assert_int_equal(code_with(0, "zoe", invite), 0); /* until a token exists */
    talk_send(zoe, "jim", "hello");
    talk_get_text(jim, "inbox", "zoe", "hello");
}

/* ---- moderation, and the operator ---- */

static void reports_and_suspensions_hold_everywhere(void **state)
{
    struct client *mod = here("mod");
    struct client *kim = there("kim");
    struct client *lea = there("lea");
    const cJSON *answer;

    (void)state;
    client_subscribe(kim, "bc/error", 1);
    talk_send(kim, "lea", "cheap scores");
    talk_get_text(lea, "requests", "kim", "cheap scores");
    talk_ok(lea, "report", "{\"user\":\"kim\",\"reason\":\"spam\"}");
    answer = until_count(mod, "reports", "{}", "reports", 1);
    talk_ok(mod, "resolve", "{\"report\":\"%s\",\"action\":\"suspend\",\"days\":7}",
        cJSON_GetStringValue(cJSON_GetObjectItem(talk_item(answer, "reports", 0), "report")));
    talk_event(kim, "suspended");
    talk_refused(kim, "bc/user/lea", "cheaper scores", "suspended");
    talk_ok(mod, "unsuspend", "{\"user\":\"kim\"}");
    talk_event(kim, "unsuspended");
    talk_send(kim, "lea", "sorry");
}

static void tell_broker(unsigned index, const char *verb, const char *user)
{
    const char *const command[] = { TOOL, verb, cluster_data(&cluster, index), user, NULL };
    char output[160];

    snprintf(output, sizeof(output), "%s/printed", broker_dir(cluster.brokers[index]));
    process_run(command, output);
}

static void who_is_kicked_or_disabled_is_gone_from_all_brokers(void **state)
{
    struct client *near = here("max");
    struct client *far = there("max");
    const char *token =
        answer_string(talk_ok(near, "create-token", "{\"device\":\"phone\"}"), "token");

    (void)state;
    tell_broker(0, "kick", "max");
    client_expect_lost(near, THERE_MS);
    client_expect_lost(far, THERE_MS);
    far = there("max"); /* and may come again */
    talk_settle(far);
    tell_broker(0, "disable", "max");
    client_expect_lost(far, THERE_MS);
    assert_int_equal(code_with(1, "max", token), NOT_AUTHORIZED);
    far = there("max"); /* the password is the broker's own */
    client_subscribe(far, "bc/error", 1);
    talk_refused(far, "bc/user/ned", "let me", "suspended");
}

/* ---- typing ---- */

static void typing_is_seen_on_all_brokers(void **state)
{
    struct client *ned = here("ned");
    struct client *oda = there("oda");
    const struct message *message;

    (void)state;
    client_send(ned, "bc/user/oda/typing", "t"); /* strangers */
    talk_ok(ned, "add-contact", "{\"user\":\"oda\"}");
    talk_ok(oda, "add-contact", "{\"user\":\"ned\"}");
    talk_send(oda, "ned", "hello");
    talk_get_text(ned, "inbox", "oda", "hello");
    usleep(TALK_TYPING_MS * 1000);
    client_send(ned, "bc/user/oda/typing", "now");
    message = client_expect(oda, "bc/user/oda/typing/ned", THERE_MS);
    assert_int_equal(message->len, 3);
    client_expect_none(oda, "bc/user/oda/typing/ned", 300);

    talk_ok(ned, "create-group", "{\"group\":\"pair\",\"users\":[\"oda\"]}");
    talk_event(oda, "group-joined");
    assert_int_equal(client_subscribe(oda, "bc/group/pair/#", 1), 1);
    client_send(ned, "bc/group/pair/typing", "g");
    client_expect(oda, "bc/group/pair/typing/ned", THERE_MS);

    talk_ok(oda, "block", "{\"user\":\"ned\"}");
    usleep(TALK_TYPING_MS * 1000);
    client_send(ned, "bc/user/oda/typing", "unseen");
    talk_send(ned, "oda", "unheard");
    client_expect_none(oda, "bc/user/oda/typing/ned", 1000);
}

/* ---- wakes ---- */

static struct client *push_user(unsigned index)
{
    struct client *push =
        client_connect(cluster.brokers[index], &(struct client_options){ .user = "push" });

    assert_int_equal(client_subscribe(push, "bc/user/push/wake", 1), 1);
    return push;
}

static void sleep_at(unsigned index, const char *user)
{
    struct client *c = client_login(cluster.brokers[index], user);

    talk_ok(c, "push-subscribe", "{\"device\":\"phone\",\"endpoint\":\"https://push.example/%s\"}",
        user);
    client_disconnect(c);
}

static const char wake_topic[] = "bc/user/push/wake";

/* Everything that has come to the push user on all brokers by now, taken. */
static size_t take_wakes(struct client *const push[CLUSTER_BROKERS], int ms, const char *user)
{
    size_t count = 0;

    for (unsigned i = 0; i < CLUSTER_BROKERS; i++) {
        const struct message *message;

        client_idle(push[i], ms);
        while ((message = client_take(push[i], wake_topic)) != NULL) {
            talk_is(talk_json(push[i], message), "endpoint", user);
            count++;
        }
    }
    return count;
}

/* ${endpoint} is woken once, however many brokers the push user is connected to. */
static void is_woken_once(struct client *const push[CLUSTER_BROKERS], const char *endpoint)
{
    int64_t until = now_ms() + THERE_MS;
    size_t count = 0;

    while (count == 0 && now_ms() < until) {
        count = take_wakes(push, 100, endpoint);
    }
    assert_int_equal(count + take_wakes(push, ASKED_MS, endpoint), 1);
}

/* Gateways on both brokers, people on both, and who is on either isn't woken. */
static void who_sleeps_is_woken_once_and_by_one_broker(void **state)
{
    struct client *push[CLUSTER_BROKERS] = { push_user(0), push_user(1) };
    struct client *pat = there("pat");
    struct client *quin;

    (void)state;
    sleep_at(0, "ray");
    sleep_at(1, "sue");
    sleep(3); /* it is settled who wakes */
    talk_send(pat, "ray", "hello");
    is_woken_once(push, "https://push.example/ray");
    talk_send(here("tom"), "sue", "hello");
    is_woken_once(push, "https://push.example/sue");

    /* Somebody who is there, on the one broker or the other, isn't woken; and is, once gone. */
    for (unsigned i = 0; i < CLUSTER_BROKERS; i++) {
        sleep_at(i, "quin");
        quin = client_login(cluster.brokers[i], "quin");
        talk_settle(quin);
        talk_send(pat, "quin", "are you there?");
        assert_int_equal(take_wakes(push, ASKED_MS, ""), 0);
        talk_ok(quin, "approve", "{\"user\":\"pat\"}");
        client_disconnect(quin);
        usleep(500000);
        talk_send(pat, "quin", "then later");
        is_woken_once(push, "https://push.example/quin");
    }
    client_disconnect(push[0]);
    client_disconnect(push[1]);
}

/* Where the gateway is on one broker alone, all are woken by it, and when it moves by the next. */
static void wakes_follow_the_push_user(void **state)
{
    struct client *push[CLUSTER_BROKERS] = { here("alice"), push_user(1) };
    struct client *tom = here("tom");

    (void)state;
    sleep_at(0, "uma");
    sleep(3);
    talk_send(tom, "uma", "hello");
    is_woken_once(push, "https://push.example/uma");
    client_disconnect(push[1]);
    push[1] = there("alice");
    push[0] = push_user(0);
    sleep_at(1, "val");
    sleep(3);
    talk_send(there("pat"), "val", "hello");
    is_woken_once(push, "https://push.example/val");
    client_disconnect(push[0]);
}

/* All of a group are asked after, however many they are: none who is on another broker is woken. */
static void a_whole_group_that_is_elsewhere_sleeps_not(void **state)
{
    struct client *push[CLUSTER_BROKERS] = { push_user(0), there("alice") };
    struct client *lea = here("lea");
    char *list = strdup("\"cid\"");

    (void)state;
    assert_non_null(list);
    for (unsigned i = 0; i < CROWD; i++) {
        struct client *one = there(crowd[i]);
        char *longer;

        talk_ok(one, "add-contact", "{\"user\":\"lea\"}");
        talk_ok(one, "push-subscribe",
            "{\"device\":\"phone\",\"endpoint\":\"https://push.example/%u\"}", i);
        assert_true(asprintf(&longer, "%s,\"%s\"", list, crowd[i]) > 0);
        free(list);
        list = longer;
    }
    sleep(3);
    talk_ok(lea, "create-group", "{\"group\":\"crowd\",\"users\":[%s]}", list);
    free(list);
    assert_int_equal(take_wakes(push, 2 * ASKED_MS, ""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_decided_on_any_broker),
        cmocka_unit_test(groups_are_the_same_on_all),
        cmocka_unit_test(a_cursor_of_one_broker_goes_on_on_another),
        cmocka_unit_test(what_is_sent_again_to_another_broker_is_stored_once),
        cmocka_unit_test(markers_reactions_profiles_and_own_data_are_everywhere),
        cmocka_unit_test(tokens_are_good_and_end_everywhere),
        cmocka_unit_test(an_invitation_of_one_broker_is_taken_on_another_once),
        cmocka_unit_test(reports_and_suspensions_hold_everywhere),
        cmocka_unit_test(who_is_kicked_or_disabled_is_gone_from_all_brokers),
        cmocka_unit_test(typing_is_seen_on_all_brokers),
        cmocka_unit_test(who_sleeps_is_woken_once_and_by_one_broker),
        cmocka_unit_test(wakes_follow_the_push_user),
        cmocka_unit_test(a_whole_group_that_is_elsewhere_sleeps_not),
    };

    return cmocka_run_group_tests(tests, start, end);
}
