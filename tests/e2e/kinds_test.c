/* What a message is, found from its bytes (protocol section 8), and what follows from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "broker-plugin/broker/broker_api.h"
#include "process.h"
#include "talk.h"

/* Real files, small ones. */
static const struct {
    const char *path, *kind, *type;
} media[] = {
    { FILES "/small.png", "image", "image/png" },
    { FILES "/small.mp4", "video", "video/mp4" },
};

static void same_string(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        assert_ptr_equal(a, b);
    else
        assert_string_equal(a, b);
}

static void is_media(const struct message *m, size_t i, const char *type)
{
    off_t len = file_size(media[i].path);
    char *bytes = file_read(media[i].path, 0);

    assert_int_equal(m->len, len);
    assert_memory_equal(m->payload, bytes, m->len);
    same_string(message_property(m, "kind"), media[i].kind);
    same_string(m->content_type, type);
    assert_int_equal(m->payload_format, 0);
    free(bytes);
}

static void send_file(
    struct client *c, const char *topic, size_t i, const mosquitto_property *properties, int code)
{
    off_t len = file_size(media[i].path);
    char *bytes = file_read(media[i].path, 0);

    assert_true(len > 0);
    assert_int_equal(client_publish(c, topic, bytes, (size_t)len, 1, false, properties), code);
    free(bytes);
}

/* Two who know each other. */
static void meet(struct client *a, struct client *b)
{
    talk_ok(a, "add-contact", "{\"user\":\"bob\"}");
    talk_ok(b, "add-contact", "{\"user\":\"alice\"}");
}

static void images_and_videos_arrive_with_what_was_found(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    meet(alice, bob);
    for (size_t i = 0; i < sizeof media / sizeof *media; i++) {
        const struct message *m;
        const cJSON *answer;

        send_file(alice, "bc/user/bob", i, NULL, TALK_ACCEPTED);
        is_media(talk_get(alice, "sent", "bob"), i, media[i].type);
        m = talk_get(bob, "inbox", "alice");
        is_media(m, i, media[i].type);
        answer = talk_ok(bob, "get", "{\"id\":\"%s\"}", talk_id(m));
        answer = cJSON_GetObjectItem(answer, "message");
        talk_is(answer, "kind", media[i].kind);
        talk_is(answer, "content-type", media[i].type);
        assert_true(talk_has(answer, "payload-base64"));
        assert_false(talk_has(answer, "payload"));
    }
}

static void a_sender_s_content_type_changes_no_kind_and_is_not_that_of_media(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    mosquitto_property *properties = NULL;
    const struct message *m;

    assert_int_equal(
        mosquitto_property_add_string(&properties, MQTT_PROP_CONTENT_TYPE, "text/html"),
        MOSQ_ERR_SUCCESS);
    send_file(alice, "bc/user/alice", 0, properties, TALK_ACCEPTED);
    is_media(talk_get(alice, "sent", "alice"), 0, "image/png");
    mosquitto_property_free_all(&properties);

    properties = NULL;
    assert_int_equal(
        mosquitto_property_add_string(&properties, MQTT_PROP_CONTENT_TYPE, "image/png"),
        MOSQ_ERR_SUCCESS);
    assert_int_equal(client_publish(alice, "bc/user/alice", "no picture", 10, 1, false, properties),
        TALK_ACCEPTED);
    mosquitto_property_free_all(&properties);
    m = talk_get(alice, "sent", "alice");
    same_string(message_property(m, "kind"), "text");
    same_string(m->content_type, "image/png");
    assert_int_equal(m->payload_format, 1);
}

static void what_is_no_medium_has_no_content_type(void **state)
{
    static const struct {
        const char *payload, *kind;
    } rows[] = {
        { "hello", "text" },
        { "GIF89a is how they begin", "text" },
        { "https://example.org/", "link" },
    };
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct message *m;

        talk_send(alice, "alice", rows[i].payload);
        m = talk_get(alice, "sent", "alice");
        same_string(message_property(m, "kind"), rows[i].kind);
        same_string(m->content_type, NULL);
        assert_int_equal(m->payload_format, 1);
    }
}

static void strangers_are_sent_no_media_by_default(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    for (size_t i = 0; i < sizeof media / sizeof *media; i++) {
        send_file(alice, "bc/user/bob", i, NULL, TALK_REFUSED);
        talk_error(alice, "bc/user/bob", "kind-not-allowed", NULL);
        send_file(alice, "bc/user/nobody", i, NULL, TALK_REFUSED);
        talk_error(alice, "bc/user/nobody", "kind-not-allowed", NULL);
    }
    talk_nothing(bob, "*");
}

static void the_options_say_which_kinds_may_be_sent(void **state)
{
    struct broker *b = *state = broker_start(&(struct broker_options){ .lines_before = talk_lines,
        .plugin_options =
            (const char *const[]){ "kinds text,image", "request_kinds image,video", NULL } });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    char *kinds;

    kinds = talk_words(talk_ok(alice, "whoami", "{}"), "kinds", NULL);
    assert_string_equal(kinds, "text image");
    free(kinds);
    send_file(alice, "bc/user/bob", 0, NULL, TALK_ACCEPTED);
    is_media(talk_get(bob, "requests", "alice"), 0, "image/png");
    send_file(alice, "bc/user/bob", 1, NULL, TALK_REFUSED); /* of no use without kinds */
    talk_error(alice, "bc/user/bob", "kind-not-allowed", NULL);
    talk_refused(alice, "bc/user/bob", "hello", "kind-not-allowed");
    talk_send(alice, "alice", "hello");
    talk_refused(alice, "bc/user/alice", "https://example.org/", "kind-not-allowed");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(images_and_videos_arrive_with_what_was_found),
        TEST(a_sender_s_content_type_changes_no_kind_and_is_not_that_of_media),
        TEST(what_is_no_medium_has_no_content_type),
        TEST(strangers_are_sent_no_media_by_default),
        TEST(the_options_say_which_kinds_may_be_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
