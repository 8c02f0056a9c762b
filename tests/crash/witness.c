#include "witness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client.h"
#include "process.h"
#include "story_internal.h"

enum {
    ANSWER_MS = 5000,
    JSON_SIZE = 128,
    TOPIC_SIZE = 64
};

static const char *const lists[] = { "settings", "contacts", "blocked", "requests", "groups" };

/* The answer to ${command}, or NULL. */
static const struct message *ask(
    struct broker *b, struct client *c, const char *command, const char *json)
{
    int64_t deadline = now_ms() + ANSWER_MS;
    const struct message *answer = NULL;
    char topic[TOPIC_SIZE];

    snprintf(topic, sizeof topic, "bc/do/%s", command);
    client_publish_nowait(c, topic, json, strlen(json), 1, false, NULL);
    snprintf(topic, sizeof topic, "bc/reply/%s", command);
    while (answer == NULL && client_connected(c) && now_ms() < deadline) {
        client_serve_all(b, 1);
        answer = client_take(c, topic);
    }
    return answer;
}

/* All pages of a history. */
static bool tell_history(
    FILE *to, struct broker *b, struct client *c, const char *kind, const char *name)
{
    char after[ID_SIZE] = "0000000000000000";
    char json[JSON_SIZE];

    for (bool more = true; more;) {
        const struct message *answer;
        const char *cursor;

        snprintf(
            json, sizeof json, "{\"%s\":\"%s\",\"limit\":200,\"after\":\"%s\"}", kind, name, after);
        answer = ask(b, c, "history", json);
        if (answer == NULL)
            return false;
        fprintf(to, "%s\n", answer->payload);
        more = strstr(answer->payload, "\"more\":true") != NULL;
        cursor = strstr(answer->payload, "\"after\":\"");
        if (more && cursor != NULL)
            snprintf(after, sizeof after, "%s", cursor + sizeof "\"after\":\"" - 1);
    }
    return true;
}

static bool tell(FILE *to, struct broker *b, struct client *c)
{
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const struct message *answer =
            ask(b, c, lists[i], strcmp(lists[i], "settings") == 0 ? "{}" : "{\"limit\":200}");

        if (answer == NULL)
            return false;
        fprintf(to, "%s\n", answer->payload);
    }
    for (int i = 0; i < PEOPLE; i++) {
        if (!tell_history(to, b, c, "user", story_users[i]))
            return false;
    }
    return tell_history(to, b, c, "group", CREW);
}

char *witness(struct broker *b)
{
    char *state = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&state, &size);
    bool good = to != NULL;

    for (int i = 0; good && i < ACTORS; i++) {
        struct client *c =
            client_try_connect(b, &(struct client_options){ .user = story_users[i] });

        good = client_connect_code(c) == 0 && tell(to, b, c);
        client_free(c);
    }
    if (to != NULL)
        fclose(to);
    if (!good) {
        free(state);
        state = NULL;
    }
    return state;
}
