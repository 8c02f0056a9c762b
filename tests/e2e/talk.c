#include "talk.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client_internal.h"

enum {
    ARGUMENTS_SIZE = 200000,
    STATE_SIZE = 65536
};

const char *const talk_lines[] = { "set_tcp_nodelay true", "max_packet_size 16777216", NULL };
const char *const talk_unhurried[] = { "rate_per_minute 1000000", "rate_burst 1000000", NULL };

struct broker *talk_broker(void)
{
    return broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = talk_unhurried });
}

void talk_send(struct client *c, const char *to, const char *text)
{
    char topic[256];
    int code;

    snprintf(topic, sizeof topic, "bc/user/%s", to);
    code = client_send(c, topic, text);
    if (code != 0 && code != TALK_ACCEPTED)
        fail_msg("%s's message to %s was acknowledged with code %d", c->name, to, code);
}

const struct message *talk_get(struct client *c, const char *box, const char *other)
{
    char pattern[256];

    snprintf(pattern, sizeof pattern, "bc/user/%s/%s/%s%s", c->name, box, other,
        strcmp(box, "events") == 0 ? "" : "/*");
    return client_expect(c, pattern, CLIENT_WAIT_MS);
}

const struct message *talk_get_text(
    struct client *c, const char *box, const char *other, const char *text)
{
    const struct message *m = talk_get(c, box, other);

    assert_string_equal(m->payload, text);
    return m;
}

const cJSON *talk_json(struct client *c, const struct message *m)
{
    struct answer *answer = calloc(1, sizeof *answer);

    if (answer == NULL)
        fail_msg("out of memory");
    answer->next = c->answers;
    c->answers = answer;
    answer->json = cJSON_ParseWithLength(m->payload, m->len);
    if (!cJSON_IsObject(answer->json))
        fail_msg("what %s got on %s is not a JSON object: %s", c->name, m->topic, m->payload);
    return answer->json;
}

const cJSON *talk_event(struct client *c, const char *type)
{
    const cJSON *event = talk_json(c, talk_get(c, "events", type));

    assert_int_equal(strlen(answer_string(event, "id")), 16);
    assert_true(answer_number(event, "time") > 0);
    return event;
}

const char *talk_id(const struct message *m)
{
    return strrchr(m->topic, '/') + 1;
}

void talk_settle(struct client *c)
{
    client_command(c, "whoami", NULL);
}

void talk_nothing(struct client *c, const char *below)
{
    char pattern[256];

    snprintf(pattern, sizeof pattern, "bc/user/%s/%s", c->name, below);
    talk_settle(c);
    client_expect_none(c, strcmp(below, "*") == 0 ? below : pattern, 0);
}

static const cJSON *ask(struct client *c, const char *command, const char *format, va_list values)
{
    char arguments[ARGUMENTS_SIZE];
    int len = vsnprintf(arguments, sizeof arguments, format, values);

    assert_in_range(len, 0, sizeof arguments - 1);
    return client_command(c, command, arguments);
}

const cJSON *talk_ask(struct client *c, const char *command, const char *format, ...)
{
    const cJSON *answer;
    va_list values;

    va_start(values, format);
    answer = ask(c, command, format, values);
    va_end(values);
    return answer;
}

const cJSON *talk_ok(struct client *c, const char *command, const char *format, ...)
{
    const cJSON *answer;
    va_list values;

    va_start(values, format);
    answer = ask(c, command, format, values);
    va_end(values);
    if (!answer_ok(answer))
        fail_msg("%s's %s was refused as %s: %s", c->name, command, answer_error(answer),
            answer_string(answer, "message"));
    return answer;
}

const cJSON *talk_no(
    struct client *c, const char *code, const char *command, const char *format, ...)
{
    const cJSON *answer;
    va_list values;

    va_start(values, format);
    answer = ask(c, command, format, values);
    va_end(values);
    if (answer_ok(answer) || strcmp(answer_error(answer), code) != 0)
        fail_msg("%s's %s ought to have been refused as %s, and the answer is \"%s\"", c->name,
            command, code, answer_error(answer));
    assert_true(strlen(answer_string(answer, "message")) > 0);
    return answer;
}

void talk_error(struct client *c, const char *topic, const char *code, const char *msgid)
{
    const cJSON *error = talk_json(c, client_expect(c, "bc/error", CLIENT_WAIT_MS));

    talk_is(error, "topic", topic);
    talk_is(error, "error", code);
    assert_true(strlen(answer_string(error, "message")) > 0);
    if (msgid != NULL)
        talk_is(error, "msgid", msgid);
    else
        assert_false(talk_has(error, "msgid"));
}

int talk_full(const struct client *c)
{
    return broker_is_2_1(c->broker) ? TALK_NO_ROOM : TALK_REFUSED;
}

void talk_refused(struct client *c, const char *topic, const char *text, const char *code)
{
    int ack = client_send(c, topic, text);
    int refused = strcmp(code, "storage-full") == 0 ? talk_full(c) : TALK_REFUSED;

    if (ack != 0 && ack != refused)
        fail_msg("%s's publish to %s ought to have been refused as %s, and got %d", c->name, topic,
            code, ack);
    talk_error(c, topic, code, NULL);
}

static const cJSON *list_of(const cJSON *answer, const char *list)
{
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(answer, list);

    if (!cJSON_IsArray(array))
        fail_msg("the answer (error \"%s\") has no array \"%s\"", answer_error(answer), list);
    return array;
}

size_t talk_count(const cJSON *answer, const char *list)
{
    return (size_t)cJSON_GetArraySize(list_of(answer, list));
}

const cJSON *talk_item(const cJSON *answer, const char *list, size_t index)
{
    const cJSON *item = cJSON_GetArrayItem(list_of(answer, list), (int)index);

    if (item == NULL)
        fail_msg("\"%s\" has no item %zu", list, index);
    return item;
}

void talk_is(const cJSON *object, const char *name, const char *value)
{
    if (strcmp(answer_string(object, name), value) != 0)
        fail_msg("\"%s\" is \"%s\" instead of \"%s\"", name, answer_string(object, name), value);
}

int talk_number(const char *text)
{
    char *end = NULL;
    long number = strtol(text, &end, 10);

    if (end == text || *end != '\0' || number < 0 || number > INT_MAX)
        fail_msg("\"%s\" is not a number", text);
    return (int)number;
}

bool talk_has(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name) != NULL;
}

char *talk_words(const cJSON *answer, const char *list, const char *name)
{
    size_t count = talk_count(answer, list);
    char *words = calloc(1, STATE_SIZE);
    size_t len = 0;

    if (words == NULL)
        fail_msg("out of memory");
    for (size_t i = 0; i < count; i++) {
        const cJSON *item = talk_item(answer, list, i);
        const char *word = cJSON_IsObject(item) ? answer_string(item, name) : item->valuestring;

        len += (size_t)snprintf(words + len, STATE_SIZE - len, "%s%s", i > 0 ? " " : "", word);
        assert_in_range(len, 0, STATE_SIZE - 1);
    }
    return words;
}

void talk_list(struct client *c, const char *command, const char *words)
{
    const char *list = strcmp(command, "requests") == 0 ? command : "users";
    char *found = talk_words(talk_ok(c, command, "{}"), list, "user");

    if (strcmp(found, words) != 0)
        fail_msg("%s's %s are \"%s\" instead of \"%s\"", c->name, command, found, words);
    free(found);
}

void talk_history(struct client *c, const char *other, const char *words)
{
    const cJSON *answer = talk_ok(c, "history", "{\"user\":\"%s\",\"limit\":200}", other);
    size_t count = talk_count(answer, "messages");
    char found[ARGUMENTS_SIZE] = "";
    size_t len = 0;

    for (size_t i = 0; i < count; i++) {
        const cJSON *m = talk_item(answer, "messages", i);

        len += (size_t)snprintf(found + len, sizeof found - len, "%s%s:%s", i > 0 ? " " : "",
            answer_string(m, "payload"), answer_string(m, "state"));
        assert_in_range(len, 0, sizeof found - 1);
    }
    if (strcmp(found, words) != 0)
        fail_msg("%s's history with %s is \"%s\" instead of \"%s\"", c->name, other, found, words);
}

static void add_state(char *state, const cJSON *answer)
{
    char *text = cJSON_PrintUnformatted(answer);
    size_t len = strlen(state);

    if (text == NULL || len + strlen(text) + 2 > STATE_SIZE)
        fail_msg("the state is too long for this test");
    snprintf(state + len, STATE_SIZE - len, "%s\n", text);
    free(text);
}

char *talk_state(struct client *c, const char *const *others)
{
    static const char *const commands[] = { "settings", "contacts", "blocked", "requests" };
    char *state = calloc(1, STATE_SIZE);

    if (state == NULL)
        fail_msg("out of memory");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        add_state(state, talk_ok(c, commands[i], "{}"));
    for (; *others != NULL; others++)
        add_state(state, talk_ok(c, "history", "{\"user\":\"%s\",\"limit\":200}", *others));
    return state;
}
