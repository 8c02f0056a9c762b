/*
 * What a sender observes depends on the sender's own standing and sends alone: one script is run
 * for every stance that a recipient can have, and the transcripts are compared.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "broker-plugin/broker/broker_api.h"
#include "talk.h"

enum {
    PAIRS = 20,
    TRANSCRIPT_SIZE = 256 * 1024,
    IDS = 256,
    ID_LEN = 16,
    OVER_REQUEST_BYTES = 4097
};

static const unsigned char png[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I',
    'H', 'D', 'R' };

/* Users are ann<letter> and ben<letter>, so that each case has two of its own on one broker. */
static char names[2 * PAIRS][8];
static const char *users[2 * PAIRS + 1];

static int start(void **state)
{
    for (size_t i = 0; i < PAIRS; i++) {
        snprintf(names[2 * i], sizeof names[0], "ann%c", (char)('A' + i));
        snprintf(names[2 * i + 1], sizeof names[0], "ben%c", (char)('A' + i));
        users[2 * i] = names[2 * i];
        users[2 * i + 1] = names[2 * i + 1];
    }
    *state = broker_start(&(struct broker_options){ .users = users,
        .lines_before = talk_lines,
        .plugin_options = (const char *const[]){ "rate_per_minute 1000000", "rate_burst 1000000",
            "kinds text,link,image,video,binary", NULL } });
    return 0;
}

/* ---- the transcript ---- */

struct transcript {
    FILE *out;
    char *text;
    size_t len;
};

__attribute__((format(printf, 2, 3))) static void note(
    struct transcript *t, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(t->out, format, arguments);
    va_end(arguments);
}

static void note_message(struct transcript *t, const struct message *m)
{
    note(t, "%s qos %d retain %d format %d type %s", m->topic, m->qos, m->retain, m->payload_format,
        m->content_type ? m->content_type : "-");
    for (size_t i = 0; i < m->property_count; i++) {
        if (strcmp(m->properties[i].name, "time") != 0)
            note(t, " %s=%s", m->properties[i].name, m->properties[i].value);
    }
    if (m->len < 2000)
        note(t, " (%zu) %s\n", m->len, m->payload);
    else
        note(t, " (%zu)\n", m->len);
}

static size_t hex_run(const char *at)
{
    size_t n = 0;

    while (isdigit((unsigned char)at[n]) || (at[n] >= 'a' && at[n] <= 'f'))
        n++;
    return n;
}

/* The place of the id at ${at} among those seen so far. */
static size_t id_number(const char *ids[IDS], size_t *count, const char *at)
{
    for (size_t i = 0; i < *count; i++) {
        if (strncmp(ids[i], at, ID_LEN) == 0)
            return i;
    }
    assert_true(*count < IDS);
    ids[(*count)++] = at;
    return *count - 1;
}

/* Ids become their order of appearance, times go, and names lose the letter of their case. */
static char *normalised(const char *text)
{
    const char *ids[IDS];
    size_t count = 0;
    char *to = calloc(1, TRANSCRIPT_SIZE);
    size_t len = 0;

    assert_non_null(to);
    for (const char *at = text; *at != '\0';) {
        assert_true(len + 64 < TRANSCRIPT_SIZE);
        if (hex_run(at) == ID_LEN) {
            len += (size_t)sprintf(to + len, "<%zu>", id_number(ids, &count, at));
            at += ID_LEN;
        } else if (strncmp(at, "\"time\":", 7) == 0) {
            at += 7 + strspn(at + 7, "0123456789");
        } else if (strncmp(at, "ann", 3) == 0 || strncmp(at, "ben", 3) == 0) {
            len += (size_t)sprintf(to + len, "%.3s*", at);
            at += 4;
        } else {
            to[len++] = *at++;
        }
    }
    return to;
}

/* ---- the script ---- */

static void publish(struct transcript *t, struct client *c, const char *topic, const void *payload,
    size_t len, int qos, const mosquitto_property *properties)
{
    note(t, "publish of %zu at qos %d: %d\n", len, qos,
        client_publish(c, topic, payload, len, qos, false, properties));
}

static void publish_as(struct transcript *t, struct client *c, const char *topic, const char *text,
    const char *name, const char *value)
{
    note(t, "publish %s with %s %s: %d\n", text, name, value,
        client_send_with(c, topic, text, name, value, NULL));
}

__attribute__((format(printf, 4, 5))) static void ask(
    struct transcript *t, struct client *c, const char *command, const char *format, ...)
{
    char json[8192];
    va_list arguments;
    char *text;

    va_start(arguments, format);
    vsnprintf(json, sizeof json, format, arguments);
    va_end(arguments);
    text = cJSON_PrintUnformatted(client_command(c, command, json));
    note(t, "%s %.40s: %s\n", command, json, text);
    free(text);
}

/* React to each message of the conversation, in another way, and take it back. */
static void react_to_all(struct transcript *t, struct client *c, const char *to)
{
    const cJSON *answer = talk_ok(c, "history", "{\"user\":\"%s\"}", to);
    size_t count = talk_count(answer, "messages");

    for (size_t i = 0; i < count; i++) {
        const char *id = answer_string(talk_item(answer, "messages", i), "id");

        ask(t, c, "react", "{\"id\":\"%s\",\"emoji\":\"+1\"}", id);
        ask(t, c, "react", "{\"id\":\"%s\",\"emoji\":\"-1\"}", id);
        ask(t, c, "react", "{\"id\":\"%s\"}", id);
        ask(t, c, "react", "{\"id\":\"%s\",\"emoji\":\"+1\"}", id);
    }
    ask(t, c, "history", "{\"user\":\"%s\"}", to);
}

/* Every way in which ${c} can deal with ${to}, up to the limits and beyond. */
static void run_script(struct transcript *t, struct client *c, struct client *old, const char *to)
{
    static char large[OVER_REQUEST_BYTES];
    char topic[64];
    char typing[80];

    memset(large, 'x', sizeof large);
    snprintf(topic, sizeof topic, "bc/user/%s", to);
    snprintf(typing, sizeof typing, "%s/typing", topic);
    publish(t, c, topic, "one", 3, 1, NULL);
    publish(t, c, topic, "", 0, 1, NULL);
    publish(t, c, topic, png, sizeof png, 1, NULL);
    publish(t, c, topic, "\x01\x02", 2, 1, NULL);
    publish(t, c, topic, large, sizeof large, 1, NULL);
    publish(t, c, typing, "", 0, 1, NULL);
    publish_as(t, c, topic, "two", "msgid", "m1");
    publish_as(t, c, topic, "two", "msgid", "m1");
    publish_as(t, c, topic, "other", "msgid", "m1");
    publish_as(t, c, topic, "bad", "reply-to", "nothing");
    publish(t, old, topic, "three", 5, 2, NULL);
    ask(t, c, "send", "{\"user\":\"%s\",\"payload\":\"four\",\"msgid\":\"m2\"}", to);
    publish(t, c, topic, "https://example.org/", 20, 0, NULL);
    publish(t, c, topic, "six", 3, 1, NULL);
    publish(t, c, topic, "seven", 5, 1, NULL);
    publish(t, old, topic, "eight", 5, 1, NULL);
    ask(t, c, "send", "{\"user\":\"%s\",\"payload\":\"nine\"}", to);
    ask(t, c, "history", "{\"user\":\"%s\"}", to);
    ask(t, c, "history", "{\"user\":\"%s\",\"limit\":2}", to);
    ask(t, c, "requests", "{}");
    ask(t, c, "contacts", "{}");
    ask(t, c, "blocked", "{}");
    ask(t, c, "add-contact", "{\"user\":\"%s\"}", to);
    ask(t, c, "remove-contact", "{\"user\":\"%s\"}", to);
    ask(t, c, "decline", "{\"user\":\"%s\"}", to);
    ask(t, c, "block", "{\"user\":\"%s\"}", to);
    publish(t, c, topic, "ten", 3, 1, NULL);
    ask(t, c, "unblock", "{\"user\":\"%s\"}", to);
    ask(t, c, "report", "{\"user\":\"%s\",\"reason\":\"spam\"}", to);
    ask(t, c, "report", "{\"user\":\"%s\",\"reason\":\"other\",\"block\":true}", to);
    ask(t, c, "unblock", "{\"user\":\"%s\"}", to);
    ask(t, c, "sync", "{\"limit\":200}");
    ask(t, c, "conversations", "{}");
    ask(t, c, "settings", "{}");
    ask(t, c, "profile", "{\"user\":\"%s\"}", to);
    ask(t, c, "find", "{\"user\":\"%s\"}", to);
    ask(t, c, "contacts", "{\"rows\":true}");
    react_to_all(t, c, to);
    ask(t, c, "get", "{\"id\":\"0000000000000001\"}");
    talk_settle(c);
    talk_settle(old);
}

static void note_received(struct transcript *t, struct client *c, const char *who)
{
    const struct message *m;

    while ((m = client_next(c, "*", 0)) != NULL) {
        note(t, "%s got ", who);
        note_message(t, m);
    }
}

/* What is done before the script, by ann and ben of the case. */
typedef void (*prepare)(struct broker *b, const char *ann, const char *ben);

static struct client *login(struct broker *b, const char *user, int version)
{
    char filter[64];
    struct client *c =
        client_connect(b, &(struct client_options){ .user = user, .version = version });

    snprintf(filter, sizeof filter, "bc/user/%s/#", user);
    assert_int_equal(client_subscribe(c, filter, 1), 1);
    return c;
}

struct row {
    const char *name;
    prepare first;
};

/* ${ben} has a profile, which those can find whom it is for. */
static void show(struct broker *b, const char *ben, bool findable)
{
    struct client *c = client_login(b, ben);

    talk_ok(c, "set-profile", "{\"name\":\"The same\"}");
    talk_ok(c, "settings", "{\"findable\":%s}", findable ? "true" : "false");
    client_free(c);
}

static void unknown(struct broker *b, const char *ann, const char *ben);

/*
 * The transcript of pair ${pair}, whose recipient does what ${row} says before, and is
 * ${findable}.
 */
static char *transcript_of(struct broker *b, size_t pair, const struct row *row, bool findable)
{
    const char *ann = names[2 * pair];
    const char *ben = names[2 * pair + 1];
    struct transcript t = { .text = NULL };
    struct client *c;
    struct client *old;
    char *result;

    if (row->first != unknown)
        show(b, ben, findable);
    row->first(b, ann, ben);
    c = login(b, ann, 5);
    old = login(b, ann, 4);
    t.out = open_memstream(&t.text, &t.len);
    assert_non_null(t.out);
    run_script(&t, c, old, ben);
    note_received(&t, c, "new");
    note_received(&t, old, "old");
    fclose(t.out);
    client_free(c);
    client_free(old);
    result = normalised(t.text);
    free(t.text);
    return result;
}

static void print_difference(const char *name, const char *expected, const char *got)
{
    size_t at = 0;

    while (expected[at] != '\0' && expected[at] == got[at])
        at++;
    while (at > 0 && expected[at - 1] != '\n')
        at--;
    print_error("%s: expected %.300s\n...but got %.300s\n", name, expected + at, got + at);
}

/* All rows must read like the first; their recipients are ${findable}, or aren't. */
static void compare(
    struct broker *b, size_t first_pair, const struct row *rows, size_t count, bool findable)
{
    char *expected = transcript_of(b, first_pair, &rows[0], findable);
    bool good = true;

    assert_non_null(strstr(expected, "two"));
    for (size_t i = 1; i < count; i++) {
        char *got = transcript_of(b, first_pair + i, &rows[i], findable);

        if (strcmp(expected, got) != 0) {
            print_difference(rows[i].name, expected, got);
            good = false;
        }
        free(got);
    }
    free(expected);
    if (!good)
        fail_msg("a sender can tell the stances above from %s", rows[0].name);
}

/* ---- the stances, seen by a sender who is pending ---- */

static void say(struct broker *b, const char *from, const char *to)
{
    struct client *c = client_login(b, from);

    talk_send(c, to, "hello");
    talk_settle(c);
    client_free(c);
}

static void command(struct broker *b, const char *user, const char *name, const char *other)
{
    struct client *c = client_login(b, user);

    talk_ok(c, name, "{\"user\":\"%s\"}", other);
    client_free(c);
}

static void stranger(struct broker *b, const char *ann, const char *ben)
{
    say(b, ann, ben);
    client_free(client_login(b, ben));
}

static void unknown(struct broker *b, const char *ann, const char *ben)
{
    say(b, ann, ben);
}

static void watching(struct broker *b, const char *ann, const char *ben)
{
    client_login(b, ben);
    say(b, ann, ben);
}

static void declined(struct broker *b, const char *ann, const char *ben)
{
    say(b, ann, ben);
    command(b, ben, "decline", ann);
}

static void blocked(struct broker *b, const char *ann, const char *ben)
{
    say(b, ann, ben);
    command(b, ben, "block", ann);
}

static void blocked_beforehand(struct broker *b, const char *ann, const char *ben)
{
    command(b, ben, "block", ann);
    say(b, ann, ben);
}

static void unblocked(struct broker *b, const char *ann, const char *ben)
{
    blocked(b, ann, ben);
    command(b, ben, "unblock", ann);
}

static void report(struct broker *b, const char *user, const char *other, bool block)
{
    struct client *c = client_login(b, user);

    talk_ok(c, "report", "{\"user\":\"%s\",\"reason\":\"spam\",\"block\":%s}", other,
        block ? "true" : "false");
    client_free(c);
}

static void reported(struct broker *b, const char *ann, const char *ben)
{
    say(b, ann, ben);
    report(b, ben, ann, false);
}

static void reported_and_blocked(struct broker *b, const char *ann, const char *ben)
{
    say(b, ann, ben);
    report(b, ben, ann, true);
}

static void contacts_only(struct broker *b, const char *ann, const char *ben)
{
    struct client *c = client_login(b, ben);

    talk_ok(c, "settings", "{\"who-can-message\":\"contacts\"}");
    client_free(c);
    say(b, ann, ben);
}

static void a_pending_sender_cannot_tell_the_stances_apart(void **state)
{
    static const struct row rows[] = {
        { "stranger", stranger },
        { "unknown", unknown },
        { "watching", watching },
        { "declined", declined },
        { "blocked", blocked },
        { "blocked beforehand", blocked_beforehand },
        { "blocked and unblocked", unblocked },
        { "contacts only", contacts_only },
        { "reported", reported },
        { "reported and blocked", reported_and_blocked },
    };

    compare(*state, 0, rows, sizeof rows / sizeof *rows, false);
}

/* ---- the stances, seen by a sender who is open ---- */

static void contact(struct broker *b, const char *ann, const char *ben)
{
    say(b, ann, ben);
    command(b, ben, "approve", ann);
}

static void removed(struct broker *b, const char *ann, const char *ben)
{
    contact(b, ann, ben);
    command(b, ben, "remove-contact", ann);
}

static void removed_and_declined(struct broker *b, const char *ann, const char *ben)
{
    struct client *c;

    removed(b, ann, ben);
    c = client_login(b, ben);
    talk_ok(c, "settings", "{\"who-can-message\":\"contacts\"}");
    talk_ok(c, "decline", "{\"user\":\"%s\"}", ann);
    client_free(c);
}

static void contact_then_blocked(struct broker *b, const char *ann, const char *ben)
{
    contact(b, ann, ben);
    command(b, ben, "block", ann);
}

static void contact_and_watching(struct broker *b, const char *ann, const char *ben)
{
    contact(b, ann, ben);
    client_login(b, ben);
}

static void contact_blocked_and_unblocked(struct broker *b, const char *ann, const char *ben)
{
    contact_then_blocked(b, ann, ben);
    command(b, ben, "unblock", ann);
}

static void contact_reported_and_blocked(struct broker *b, const char *ann, const char *ben)
{
    contact(b, ann, ben);
    report(b, ben, ann, true);
}

static void an_open_sender_cannot_tell_the_stances_apart(void **state)
{
    static const struct row rows[] = {
        { "contact", contact },
        { "contact and watching", contact_and_watching },
        { "removed", removed },
        { "removed and declined", removed_and_declined },
        { "blocked", contact_then_blocked },
        { "blocked and unblocked", contact_blocked_and_unblocked },
        { "reported and blocked", contact_reported_and_blocked },
    };

    compare(*state, 10, rows, sizeof rows / sizeof *rows, false);
}

/* ---- the stances, seen by a sender who has found the recipient ---- */

static void a_finder_cannot_tell_the_stances_apart(void **state)
{
    static const struct row rows[] = {
        { "stranger", stranger },
        { "declined", declined },
        { "blocked", blocked },
    };

    compare(*state, 17, rows, sizeof rows / sizeof *rows, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_pending_sender_cannot_tell_the_stances_apart, start, broker_teardown),
        cmocka_unit_test_setup_teardown(
            an_open_sender_cannot_tell_the_stances_apart, start, broker_teardown),
        cmocka_unit_test_setup_teardown(
            a_finder_cannot_tell_the_stances_apart, start, broker_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
