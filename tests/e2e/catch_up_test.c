/*
 * Two devices of each user: one that only ever listens, and one that only ever syncs, in pages of
 * any size and whenever it likes. After thousands of random operations, restarts and kills
 * included, both have the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client_internal.h"
#include "crowd.h"

enum {
    USERS = 5,
    GROUPS = 6,
    TEXT = 512,
    OPERATIONS = 3000,
    BETWEEN_RESTARTS = 400
};

static const char *const names[USERS] = { "alice", "bob", "carol", "dave", "eve" };
static const char *const groups[GROUPS] = { "g0", "g1", "g2", "g3", "g4", "g5" };

/* A message or event, as a device has it. */
struct record {
    char id[17];
    char text[TEXT];
    char from[16]; /* of a message that somebody else sent to this user */
    bool inbox;    /* ... and of that, whether it has come to the inbox */
};

struct device {
    struct record *records; /* by id */
    size_t count;
    size_t size;
};

struct person {
    struct client *phone; /* does everything, and listens to nothing */
    struct client *radio; /* only listens */
    struct device heard;
    struct device synced;
    char after[17]; /* where sync goes on */
};

struct world {
    struct broker *broker;
    struct person people[USERS];
    uint64_t random;
    unsigned texts;
};

static unsigned draw(struct world *world, unsigned below)
{
    world->random = world->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(world->random >> 33) % below;
}

/* ---- what a device has ---- */

/* The record ${id}, made if it isn't there; *${fresh} says whether it wasn't. */
static struct record *find(struct device *device, const char *id, bool *fresh)
{
    size_t at = device->count;

    while (at > 0 && strcmp(device->records[at - 1].id, id) > 0) {
        at--;
    }
    *fresh = at == 0 || strcmp(device->records[at - 1].id, id) != 0;
    if (!*fresh) {
        return &device->records[at - 1];
    }
    if (device->count == device->size) {
        device->size = device->size * 2 + 64;
        device->records = realloc(device->records, device->size * sizeof(device->records[0]));
        assert_non_null(device->records);
    }
    memmove(&device->records[at + 1], &device->records[at],
        (device->count++ - at) * sizeof(device->records[0]));
    device->records[at] = (struct record){ .inbox = false };
    snprintf(device->records[at].id, sizeof(device->records[at].id), "%s", id);
    return &device->records[at];
}

/* Somebody was approved: a held conversation moves as a whole. */
static void move(struct device *device, const char *from)
{
    for (size_t i = 0; i < device->count; i++) {
        if (strcmp(device->records[i].from, from) == 0) {
            device->records[i].inbox = true;
        }
    }
}

/* An event's JSON, which is the same on both ways but for what its topic says. */
static void add_event(
    struct device *device, const char *name, const char *group, const cJSON *event)
{
    cJSON *copy = cJSON_Duplicate(event, true);
    char *json;
    bool fresh;
    struct record *record = find(device, answer_string(event, "id"), &fresh);

    cJSON_DeleteItemFromObject(copy, "type");
    cJSON_DeleteItemFromObject(copy, "event");
    if (group[0] != '\0') {
        cJSON_DeleteItemFromObject(copy, "group");
    }
    json = cJSON_PrintUnformatted(copy);
    assert_non_null(json);
    snprintf(record->text, TEXT, "event %s %s %s", name, group, json);
    cJSON_free(json);
    cJSON_Delete(copy);
    if (fresh && strcmp(name, "contact") == 0 &&
        cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(event, "contact"))) {
        move(device, answer_string(event, "user"));
    }
}

/* ---- listening ---- */

static void hear_event(struct client *c, struct device *heard, const struct message *m)
{
    char group[20] = "";
    char name[32];

    if (sscanf(m->topic, "bc/user/%*[^/]/events/%31s", name) != 1) {
        assert_int_equal(sscanf(m->topic, "bc/group/%19[^/]/events/%31s", group, name), 2);
    }
    add_event(heard, name, group, talk_json(c, m));
}

static void hear_message(struct device *heard, const struct message *m, const char *box)
{
    bool fresh;
    struct record *record = find(heard, talk_id(m), &fresh);

    snprintf(record->text, TEXT, "message %s %s%s %s", message_property(m, "from"),
        message_property(m, strcmp(box, "group") == 0 ? "group" : "to"), "", m->payload);
    if (strcmp(box, "inbox") == 0 || strcmp(box, "requests") == 0) {
        snprintf(record->from, sizeof(record->from), "%s", message_property(m, "from"));
        record->inbox = record->inbox || strcmp(box, "inbox") == 0;
    }
}

/* Take whatever has come; and subscribe to groups on joining them. Says whether any was joined. */
static bool listen(struct person *person)
{
    const struct message *m;
    bool joined = false;

    while ((m = client_take(person->radio, "bc/*")) != NULL) {
        char box[32];
        char *at = m->topic;

        if (sscanf(at, "bc/user/%*[^/]/%31[^/]/", box) != 1) {
            assert_int_equal(sscanf(at, "bc/group/%*[^/]/%31[^/]/", box), 1);
            snprintf(box, sizeof(box), "%s", strstr(at, "/messages/") != NULL ? "group" : "events");
        }
        if (strcmp(box, "events") == 0) {
            hear_event(person->radio, &person->heard, m);
        } else {
            hear_message(&person->heard, m, box);
        }
        if (strstr(at, "/events/group-joined") != NULL) {
            const cJSON *event = talk_json(person->radio, m);

            crowd_listen(person->radio, answer_string(event, "group"));
            joined = true;
        }
    }
    return joined;
}

/* Everything that is on its way arrives, and nobody leaves a group that is not listened to yet. */
static void settle(struct world *world)
{
    bool joined = true;

    while (joined) {
        joined = false;
        for (unsigned i = 0; i < USERS; i++) {
            talk_settle(world->people[i].radio);
            joined = listen(&world->people[i]) || joined;
        }
    }
}

/* ---- syncing ---- */

static void take_item(struct device *synced, const char *user, const cJSON *item)
{
    const cJSON *group = cJSON_GetObjectItemCaseSensitive(item, "group");
    bool fresh;
    struct record *record;
    const char *state;

    if (strcmp(answer_string(item, "type"), "event") == 0) {
        const char *name = answer_string(item, "event");
        bool of_group = strchr(name, '-') == NULL && group != NULL && strcmp(name, "marked") != 0;

        add_event(synced, name, of_group ? group->valuestring : "", item);
        return;
    }
    record = find(synced, answer_string(item, "id"), &fresh);
    assert_true(fresh);
    snprintf(record->text, TEXT, "message %s %s %s", answer_string(item, "from"),
        answer_string(item, group != NULL ? "group" : "to"), answer_string(item, "payload"));
    state = answer_string(item, "state");
    if (group == NULL && strcmp(answer_string(item, "from"), user) != 0) {
        snprintf(record->from, sizeof(record->from), "%s", answer_string(item, "from"));
        record->inbox = strcmp(state, "inbox") == 0;
    }
}

/* Read a page of at most ${limit}; returns whether there is more. */
static bool sync_page(
    struct client *phone, struct device *synced, const char *user, char after[17], unsigned limit)
{
    const cJSON *answer = talk_ok(phone, "sync", "{\"after\":\"%s\",\"limit\":%u}", after, limit);

    for (size_t i = 0; i < talk_count(answer, "items"); i++) {
        take_item(synced, user, talk_item(answer, "items", i));
    }
    snprintf(after, 17, "%s", answer_string(answer, "after"));
    return talk_has(answer, "more");
}

/* ---- comparing ---- */

/*
 * Who joins a group hears of it, and subscribes: what the group is told of that very fact, others
 * who join by it included, was missed. Ids that are drawn together are of one millisecond.
 */
static bool may_be_missed(const struct device *heard, const struct record *record)
{
    uint64_t time = strtoull(record->id, NULL, 16) >> 22;
    char own[40];

    snprintf(own, sizeof(own), "\"group\":\"%.2s\"", record->text + strlen("event joined "));
    for (size_t i = 0; i < heard->count; i++) {
        const struct record *one = &heard->records[i];

        if (strncmp(one->text, "event group-joined ", 19) == 0 && strstr(one->text, own) != NULL &&
            strtoull(one->id, NULL, 16) >> 22 == time) {
            return strncmp(record->text, "event joined ", 13) == 0;
        }
    }
    return false;
}

static void compare(
    const char *what, const struct device *heard, const struct device *synced, const char *user)
{
    size_t at = 0;
    unsigned missed = 0;

    for (size_t i = 0; i < synced->count || at < heard->count;) {
        const struct record *one = i < synced->count ? &synced->records[i] : NULL;
        const struct record *other = at < heard->count ? &heard->records[at] : NULL;
        int order = one == NULL ? -1 : other == NULL ? 1 : strcmp(other->id, one->id);

        if (order < 0) {
            fail_msg("%s: %s heard %s %s, and never synced it", what, user, other->id, other->text);
        } else if (order > 0 && !may_be_missed(heard, one)) {
            fail_msg("%s: %s synced %s %s, and never heard it", what, user, one->id, one->text);
        } else if (order == 0 &&
                   (strcmp(other->text, one->text) != 0 || other->inbox != one->inbox)) {
            fail_msg("%s, %s: %s\nheard  %d %s\nsynced %d %s", what, user, one->id, other->inbox,
                other->text, one->inbox, one->text);
        }
        i++;
        at += order == 0;
        missed += order > 0;
    }
    assert_true(missed * 4 < synced->count + 100);
}

/* Read on to the end; and read all from the beginning, as a new device does. */
static void compare_all(struct world *world, const char *what)
{
    settle(world);
    for (unsigned i = 0; i < USERS; i++) {
        struct person *person = &world->people[i];
        struct device anew = { .count = 0 };
        char after[17] = "0000000000000000";

        while (sync_page(person->phone, &person->synced, names[i], person->after, 50)) {
        }
        while (sync_page(person->phone, &anew, names[i], after, 1 + draw(world, 200))) {
        }
        compare(what, &person->heard, &person->synced, names[i]);
        compare(what, &person->heard, &anew, names[i]);
        free(anew.records);
    }
}

/* ---- doing ---- */

static void connect_all(struct world *world)
{
    for (unsigned i = 0; i < USERS; i++) {
        struct person *person = &world->people[i];

        person->phone = client_connect(world->broker, &(struct client_options){ .user = names[i] });
        person->radio = client_login(world->broker, names[i]);
        for (unsigned j = 0; j < GROUPS; j++) {
            char filter[32];

            snprintf(filter, sizeof(filter), "bc/group/%s/#", groups[j]);
            (void)client_subscribe(person->radio, filter, 1);
        }
    }
}

static void restart(struct world *world, bool kill)
{
    settle(world);
    if (kill) {
        broker_kill(world->broker);
    } else {
        assert_int_equal(broker_stop(world->broker), 0);
    }
    for (unsigned i = 0; i < USERS; i++) {
        client_free(world->people[i].phone);
        client_free(world->people[i].radio);
    }
    broker_restart(world->broker);
    connect_all(world);
}

/* Refusals are as good as anything: they are to change nothing. */
static void say(struct world *world, unsigned user)
{
    char topic[64];
    char text[32];

    if (draw(world, 3) == 0) {
        snprintf(topic, sizeof(topic), "bc/group/%s", groups[draw(world, GROUPS)]);
    } else {
        snprintf(topic, sizeof(topic), "bc/user/%s", names[draw(world, USERS)]);
    }
    snprintf(text, sizeof(text), "text %u", world->texts++);
    (void)client_send(world->people[user].phone, topic, text);
}

static void change_relation(struct world *world, unsigned user)
{
    static const char *const commands[] = { "approve", "approve", "approve", "add-contact",
        "unblock", "unblock", "unblock", "remove-contact", "decline", "block" };
    unsigned command = draw(world, 10);

    if (command > 7) {
        settle(world); /* what is queued would be withheld */
    }
    (void)talk_ask(world->people[user].phone, commands[command], "{\"user\":\"%s\"}",
        names[draw(world, USERS)]);
}

static void change_group(struct world *world, unsigned user)
{
    struct client *phone = world->people[user].phone;
    const char *group = groups[draw(world, GROUPS)];
    const char *other = names[draw(world, USERS)];
    const char *third = names[draw(world, USERS)];

    settle(world); /* what is queued would be withheld from who leaves */
    switch (draw(world, 9)) {
    case 0:
    case 1:
        (void)talk_ask(phone, "create-group", "{\"group\":\"%s\",\"users\":[\"%s\",\"%s\"]}", group,
            other, third);
        break;
    case 2:
    case 3:
        (void)talk_ask(
            phone, "invite", "{\"group\":\"%s\",\"users\":[\"%s\",\"%s\"]}", group, other, third);
        break;
    case 4:
        (void)talk_ask(
            phone, draw(world, 4) == 0 ? "decline" : "approve", "{\"group\":\"%s\"}", group);
        break;
    case 5:
        (void)talk_ask(phone, "leave", "{\"group\":\"%s\"}", group);
        break;
    case 6:
        (void)talk_ask(phone, "remove-member", "{\"group\":\"%s\",\"user\":\"%s\"}", group, other);
        break;
    case 7:
        (void)talk_ask(
            phone, "rename-group", "{\"group\":\"%s\",\"title\":\"%u\"}", group, draw(world, 100));
        break;
    default:
        (void)talk_ask(phone, "set-role", "{\"group\":\"%s\",\"user\":\"%s\",\"role\":\"%s\"}",
            group, other,
            draw(world, 3) == 0   ? "owner"
            : draw(world, 2) == 0 ? "admin"
                                  : "member");
        break;
    }
    settle(world); /* who has joined listens before the next is said */
}

static void mark_or_set(struct world *world, unsigned user)
{
    struct person *person = &world->people[user];
    const struct device *synced = &person->synced;
    const char *id = synced->count == 0 ? "0000000000000001"
                                        : synced->records[draw(world, (unsigned)synced->count)].id;

    if (draw(world, 8) == 0) {
        (void)talk_ask(person->phone, "settings",
            "{\"read-receipts\":%s,\"group-invites\":\"%s\",\"who-can-message\":\"%s\"}",
            draw(world, 2) == 0 ? "false" : "true", draw(world, 3) == 0 ? "ask" : "contacts",
            draw(world, 4) == 0 ? "contacts" : "everyone");
    } else if (draw(world, 3) == 0) {
        (void)talk_ask(person->phone, "mark", "{\"group\":\"%s\",\"read\":\"%s\"}",
            groups[draw(world, GROUPS)], id);
    } else {
        (void)talk_ask(person->phone, "mark", "{\"user\":\"%s\",\"%s\":\"%s\"}",
            names[draw(world, USERS)], draw(world, 2) == 0 ? "read" : "delivered", id);
    }
}

static void operate(struct world *world)
{
    unsigned user = draw(world, USERS);
    struct person *person = &world->people[user];
    unsigned what = draw(world, 20);

    if (what < 12) {
        say(world, user);
    } else if (what < 14) {
        change_relation(world, user);
    } else if (what < 16) {
        change_group(world, user);
    } else if (what < 18) {
        mark_or_set(world, user);
    } else {
        (void)sync_page(
            person->phone, &person->synced, names[user], person->after, 1 + draw(world, 12));
    }
}

static void who_listens_and_who_syncs_have_the_same(void **state)
{
    static const char *const options[] = { "rate_per_minute 1000000", "rate_burst 1000000",
        "request_max_messages 20", "checkpoint_facts 100", NULL };
    static const char *const users[] = { "alice", "bob", "carol", "dave", "eve", NULL };
    struct world world = { .random = 7 };

    world.broker = *state = broker_start(&(struct broker_options){
        .users = users, .lines_before = talk_lines, .plugin_options = options });
    for (unsigned i = 0; i < USERS; i++) {
        snprintf(world.people[i].after, 17, "%016x", 0);
    }
    connect_all(&world);
    for (unsigned i = 1; i <= OPERATIONS; i++) {
        operate(&world);
        if (i % BETWEEN_RESTARTS == 0) {
            restart(&world, i / BETWEEN_RESTARTS % 2 == 0);
            compare_all(&world, "after a restart");
        }
    }
    compare_all(&world, "at the end");
    for (unsigned i = 0; i < USERS; i++) {
        print_message("  %s has %zu messages and events\n", names[i], world.people[i].synced.count);
        assert_true(world.people[i].synced.count > OPERATIONS / 10);
        free(world.people[i].heard.records);
        free(world.people[i].synced.records);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(who_listens_and_who_syncs_have_the_same, broker_teardown),
    };

    return cmocka_run_group_tests_name("catch_up", tests, NULL, NULL);
}
