#include "crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client_internal.h"

enum {
    WORDS_SIZE = 8192,
    TOPIC_SIZE = 256,
    SESSION_S = 1000
};

static void listen_to_own(struct client *c, const char *user)
{
    char filter[TOPIC_SIZE];

    snprintf(filter, sizeof filter, "bc/user/%s/#", user);
    assert_int_equal(client_subscribe(c, filter, 1), 1);
}

struct client *crowd_login(struct broker *b, const char *user, int version)
{
    struct client *c =
        client_connect(b, &(struct client_options){ .user = user, .version = version });

    listen_to_own(c, user);
    return c;
}

struct client *crowd_device(struct broker *b, const char *user, int version, const char *group)
{
    char id[TOPIC_SIZE];
    struct client *c;

    snprintf(id, sizeof id, "%ss-phone", user);
    c = client_connect(b, &(struct client_options){ .user = user,
                              .id = id,
                              .version = version,
                              .keep_session = true,
                              .session_expiry = version == 5 ? SESSION_S : 0 });
    if (!client_session_present(c)) {
        listen_to_own(c, user);
        if (group != NULL)
            crowd_listen(c, group);
    }
    return c;
}

void crowd_listen(struct client *c, const char *group)
{
    char filter[TOPIC_SIZE];

    snprintf(filter, sizeof filter, "bc/group/%s/#", group);
    assert_int_equal(client_subscribe(c, filter, 1), 1);
}

void crowd_know(struct client *who, struct client *whom)
{
    talk_ok(who, "add-contact", "{\"user\":\"%s\"}", whom->name);
}

void crowd_start(struct client *owner, const char *group, ...)
{
    struct client *member;
    va_list members;

    talk_ok(owner, "create-group", "{\"group\":\"%s\",\"title\":\"Test\"}", group);
    va_start(members, group);
    while ((member = va_arg(members, struct client *)) != NULL) {
        crowd_know(member, owner);
        talk_ok(owner, "invite", "{\"group\":\"%s\",\"user\":\"%s\"}", group, member->name);
    }
    va_end(members);
    va_start(members, group);
    while ((member = va_arg(members, struct client *)) != NULL) {
        crowd_listen(member, group);
        crowd_forget(member);
    }
    va_end(members);
    crowd_listen(owner, group);
    crowd_forget(owner);
}

void crowd_say(struct client *c, const char *group, const char *text)
{
    char topic[TOPIC_SIZE];
    int code;

    snprintf(topic, sizeof topic, "bc/group/%s", group);
    code = client_send(c, topic, text);
    if (code != 0 && code != TALK_ACCEPTED)
        fail_msg("%s's message to %s was acknowledged with code %d", c->name, group, code);
}

const struct message *crowd_hear(
    struct client *c, const char *group, const char *from, const char *text)
{
    char pattern[TOPIC_SIZE];
    const struct message *m;

    snprintf(pattern, sizeof pattern, "bc/group/%s/messages/%s/*", group, from);
    m = client_expect(c, pattern, CLIENT_WAIT_MS);
    assert_string_equal(m->payload, text);
    return m;
}

const cJSON *crowd_event(struct client *c, const char *group, const char *type)
{
    char topic[TOPIC_SIZE];
    const cJSON *event;

    snprintf(topic, sizeof topic, "bc/group/%s/events/%s", group, type);
    event = talk_json(c, client_expect(c, topic, CLIENT_WAIT_MS));
    assert_int_equal(strlen(answer_string(event, "id")), 16);
    assert_true(answer_number(event, "time") > 0);
    return event;
}

void crowd_deaf(struct client *c, const char *group)
{
    char pattern[TOPIC_SIZE];

    snprintf(pattern, sizeof pattern, "bc/group/%s/*", group);
    talk_settle(c);
    client_expect_none(c, pattern, 0);
}

void crowd_forget(struct client *c)
{
    talk_settle(c);
    while (client_next(c, "*", 0) != NULL)
        ;
}

/* Append a word, with a space before it if it isn't the first. */
__attribute__((format(printf, 2, 3))) static void add_word(char *words, const char *format, ...)
{
    size_t len = strlen(words);
    va_list values;

    if (len > 0)
        words[len++] = ' ';
    va_start(values, format);
    len += (size_t)vsnprintf(words + len, WORDS_SIZE - len, format, values);
    va_end(values);
    assert_in_range(len, 0, WORDS_SIZE - 1);
}

static void demand_words(
    const struct client *c, const char *what, const char *found, const char *words)
{
    if (strcmp(found, words) != 0)
        fail_msg("%s's %s are \"%s\" instead of \"%s\"", c->name, what, found, words);
}

void crowd_members(struct client *c, const char *group, const char *words)
{
    const cJSON *answer = talk_ok(c, "members", "{\"group\":\"%s\",\"limit\":200}", group);
    char found[WORDS_SIZE] = "";

    for (size_t i = 0; i < talk_count(answer, "members"); i++) {
        const cJSON *item = talk_item(answer, "members", i);

        assert_true(answer_number(item, "joined") > 0);
        add_word(found, "%s:%s", answer_string(item, "user"), answer_string(item, "role"));
    }
    demand_words(c, "fellow members", found, words);
}

void crowd_groups(struct client *c, const char *words)
{
    const cJSON *answer = talk_ok(c, "groups", "{\"limit\":200}");
    char found[WORDS_SIZE] = "";

    for (size_t i = 0; i < talk_count(answer, "groups"); i++) {
        const cJSON *item = talk_item(answer, "groups", i);

        answer_string(item, "title");
        add_word(found, "%s:%s:%d", answer_string(item, "group"), answer_string(item, "role"),
            (int)answer_number(item, "members"));
    }
    demand_words(c, "groups", found, words);
}

void crowd_history(struct client *c, const char *group, const char *words)
{
    const cJSON *answer = talk_ok(c, "history", "{\"group\":\"%s\",\"limit\":200}", group);
    char found[WORDS_SIZE] = "";

    for (size_t i = 0; i < talk_count(answer, "messages"); i++) {
        const cJSON *m = talk_item(answer, "messages", i);

        talk_is(m, "group", group);
        assert_false(talk_has(m, "to"));
        add_word(found, "%s:%s", answer_string(m, "payload"), answer_string(m, "state"));
    }
    demand_words(c, "messages of the group", found, words);
}

void crowd_invitations(struct client *c, const char *words)
{
    const cJSON *answer = talk_ok(c, "requests", "{\"limit\":200}");
    char found[WORDS_SIZE] = "";

    for (size_t i = 0; i < talk_count(answer, "requests"); i++) {
        const cJSON *item = talk_item(answer, "requests", i);

        if (!talk_has(item, "group"))
            continue;
        answer_string(item, "title");
        assert_true(answer_number(item, "time") > 0);
        add_word(found, "%s:%s", answer_string(item, "group"), answer_string(item, "by"));
    }
    demand_words(c, "invitations", found, words);
}

bool crowd_sees_typing(struct client *from, struct client *to, const char *group)
{
    char topic[TOPIC_SIZE];
    char shown[2 * TOPIC_SIZE];
    bool seen;
    int code;

    snprintf(topic, sizeof topic, "bc/group/%s/typing", group);
    snprintf(shown, sizeof shown, "%s/%s", topic, from->name);
    while (client_next(to, shown, 0) != NULL)
        ; /* of before */
    code = client_send(from, topic, "...");
    assert_true(code == 0 || code == TALK_ACCEPTED);
    talk_settle(from);
    talk_settle(to);
    assert_int_equal(client_count(from, "bc/error"), 0);
    seen = client_next(to, shown, 0) != NULL;
    client_idle(to, TALK_TYPING_MS);
    return seen;
}
