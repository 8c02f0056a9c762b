#include "broker-plugin/arguments.h"
#include "broker-plugin/payload.h"
#include "json/event_json.h"
#include "json/json.h"
#include "json/message_json.h"
#include "json/settings_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* The broker's allocator, which the tests have no broker for. */
char *mosquitto_strdup(const char *s)
{
    return strdup(s);
}

/* ---- arguments ---- */

#define OBJECT                                                                                     \
    "{\"text\":\"Z\xC3\xBCrich\",\"empty\":\"\",\"escaped\":\"\\u00e9\\n\\\\u0000\","              \
    "\"yes\":true,\"no\":false,\"null\":null,\"list\":[\"x\"],\"object\":{\"a\":1},"               \
    "\"zero\":0,\"seven\":7,\"half\":7.5,\"minus\":-1,\"huge\":1e999,\"exponent\":2e1,"            \
    "\"max\":4294967295,\"over\":4294967296,\"tiny\":1e-9,\"nearly\":6.9999999999,"                \
    "\"id\":\"018bcfe5687f0001\",\"ID\":\"018BCFE5687F0001\",\"short\":\"18bcfe5687f0001\","       \
    "\"long\":\"0018bcfe5687f0001\",\"word\":\"two\",\"Word\":\"Two\",\"twice\":\"a\","            \
    "\"twice\":\"b\"}"

static struct bc_arguments arguments_of(cJSON **json)
{
    const char *why;
    *json = bc_json_parse(bc_bytes_text(OBJECT), &why);
    assert_non_null(*json);
    return (struct bc_arguments){ .object = *json };
}

static void names_are_told_by_case(void **state)
{
    (void)state;
    cJSON *json;
    struct bc_arguments arguments = arguments_of(&json);
    assert_true(bc_arguments_has(&arguments, "text"));
    assert_true(bc_arguments_has(&arguments, "null"));
    assert_false(bc_arguments_has(&arguments, "Text"));
    assert_false(bc_arguments_has(&arguments, "a"));
    assert_false(bc_arguments_has(&arguments, ""));
    assert_string_equal(arguments.sentence, "");
    cJSON_Delete(json);
}

static void texts_are_strings(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *sentence;
    } rows[] = {
        { "text", "Z\xC3\xBCrich", "" },
        { "empty", "", "" },
        { "escaped", "\xC3\xA9\n\\u0000", "" },
        { "absent", "", "" },
        { "twice", "a", "" },
        { "null", "", "\"null\" is not a string." },
        { "yes", "", "\"yes\" is not a string." },
        { "zero", "", "\"zero\" is not a string." },
        { "list", "", "\"list\" is not a string." },
        { "object", "", "\"object\" is not a string." },
    };
    cJSON *json;
    struct bc_arguments arguments = arguments_of(&json);
    for (size_t i = 0; i < COUNT(rows); i++) {
        arguments.sentence[0] = '\0';
        struct bc_bytes text = bc_arguments_text(&arguments, rows[i].name);
        if (!bc_bytes_equal(text, bc_bytes_text(rows[i].text)) ||
            strcmp(arguments.sentence, rows[i].sentence) != 0) {
            fail_msg("row \"%s\": %s", rows[i].name, arguments.sentence);
        }
    }
    cJSON_Delete(json);
}

static void flags_are_booleans(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool absent, flag, good;
    } rows[] = {
        { "yes", false, true, true },
        { "yes", true, true, true },
        { "no", false, false, true },
        { "no", true, false, true },
        { "absent", false, false, true },
        { "absent", true, true, true },
        { "null", true, true, false },
        { "zero", true, true, false },
        { "seven", false, false, false },
        { "text", true, true, false },
        { "list", false, false, false },
    };
    cJSON *json;
    struct bc_arguments arguments = arguments_of(&json);
    for (size_t i = 0; i < COUNT(rows); i++) {
        arguments.sentence[0] = '\0';
        bool flag = bc_arguments_flag(&arguments, rows[i].name, rows[i].absent);
        if (flag != rows[i].flag || (arguments.sentence[0] == '\0') != rows[i].good) {
            fail_msg("row \"%s\": %d, %s", rows[i].name, flag, arguments.sentence);
        }
    }
    cJSON_Delete(json);
}

static void numbers_are_whole_and_in_range(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t low, high, number;
        bool good;
    } rows[] = {
        { "seven", 0, 10, 7, true },
        { "seven", 7, 7, 7, true },
        { "seven", 8, 10, 50, false },
        { "seven", 0, 6, 50, false },
        { "zero", 0, 10, 0, true },
        { "zero", 1, 10, 50, false },
        { "exponent", 0, 100, 20, true },
        { "max", 0, UINT32_MAX, UINT32_MAX, true },
        { "over", 0, UINT32_MAX, 50, false },
        { "half", 0, 10, 50, false },
        { "nearly", 0, 10, 50, false },
        { "tiny", 0, 10, 50, false },
        { "minus", 0, 10, 50, false },
        { "huge", 0, UINT32_MAX, 50, false },
        { "absent", 0, 10, 50, true },
        { "null", 0, 10, 50, false },
        { "text", 0, 10, 50, false },
        { "yes", 0, 10, 50, false },
        { "list", 0, 10, 50, false },
    };
    cJSON *json;
    struct bc_arguments arguments = arguments_of(&json);
    for (size_t i = 0; i < COUNT(rows); i++) {
        arguments.sentence[0] = '\0';
        uint32_t number =
            bc_arguments_number(&arguments, rows[i].name, rows[i].low, rows[i].high, 50);
        if (number != rows[i].number || (arguments.sentence[0] == '\0') != rows[i].good) {
            fail_msg("row %zu \"%s\": %u, %s", i, rows[i].name, number, arguments.sentence);
        }
    }
    arguments.sentence[0] = '\0';
    (void)bc_arguments_number(&arguments, "half", 1, 200, 0);
    assert_string_equal(arguments.sentence, "\"half\" is not a whole number of 1 to 200.");
    cJSON_Delete(json);
}

static void ids_are_sixteen_lower_case_hex_digits(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint64_t id;
        const char *sentence;
    } rows[] = {
        { "id", UINT64_C(0x018bcfe5687f0001), "" },
        { "absent", 5, "" },
        { "ID", 5, "\"ID\" is not an id of 16 lower-case hex digits." },
        { "short", 5, "\"short\" is not an id of 16 lower-case hex digits." },
        { "long", 5, "\"long\" is not an id of 16 lower-case hex digits." },
        { "empty", 5, "\"empty\" is not an id of 16 lower-case hex digits." },
        { "text", 5, "\"text\" is not an id of 16 lower-case hex digits." },
        { "seven", 5, "\"seven\" is not a string." },
        { "null", 5, "\"null\" is not a string." },
    };
    cJSON *json;
    struct bc_arguments arguments = arguments_of(&json);
    for (size_t i = 0; i < COUNT(rows); i++) {
        arguments.sentence[0] = '\0';
        uint64_t id = bc_arguments_id(&arguments, rows[i].name, 5);
        if (id != rows[i].id || strcmp(arguments.sentence, rows[i].sentence) != 0) {
            fail_msg("row \"%s\": %s", rows[i].name, arguments.sentence);
        }
    }
    cJSON_Delete(json);
}

static void words_are_those_that_are_listed(void **state)
{
    (void)state;
    static const char *const words[] = { "one", "two", "three" };
    static const struct {
        const char *name;
        unsigned word;
        bool good;
    } rows[] = {
        { "word", 1, true },
        { "absent", 0, true },
        { "Word", 0, false },
        { "text", 0, false },
        { "empty", 0, false },
        { "null", 0, false },
        { "seven", 0, false },
    };
    cJSON *json;
    struct bc_arguments arguments = arguments_of(&json);
    for (size_t i = 0; i < COUNT(rows); i++) {
        arguments.sentence[0] = '\0';
        unsigned word = bc_arguments_word(&arguments, rows[i].name, words, COUNT(words));
        if (word != rows[i].word || (arguments.sentence[0] == '\0') != rows[i].good) {
            fail_msg("row \"%s\": %u, %s", rows[i].name, word, arguments.sentence);
        }
    }
    cJSON_Delete(json);
}

static void the_first_wrong_argument_is_remembered(void **state)
{
    (void)state;
    cJSON *json;
    struct bc_arguments arguments = arguments_of(&json);
    (void)bc_arguments_text(&arguments, "text");
    (void)bc_arguments_flag(&arguments, "seven", false);
    (void)bc_arguments_text(&arguments, "yes");
    bc_arguments_wrong(&arguments, "user", "is missing");
    assert_string_equal(arguments.sentence, "\"seven\" is not true or false.");
    cJSON_Delete(json);
}

/* ---- building ---- */

#define ID UINT64_C(0x62f3f95a00000000) /* 1700000000000 ms */

#define HEAD                                                                                       \
    "{\"id\":\"62f3f95a00000000\",\"from\":\"alice\",\"to\":\"bob\",\"time\":1700000000000,"

static void a_message_has_the_fields_of_the_protocol(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        enum bc_kind kind;
        enum bc_message_state state;
        const char *payload;
        size_t len;
        const char *content_type, *msgid;
        uint64_t reply_to;
        bool omit;
        const char *json;
        uint64_t origin;
    } rows[] = {
        { "sent", BC_TEXT, BC_STATE_SENT, "hi", 2, NULL, NULL, 0, false,
            .json = HEAD "\"kind\":\"text\",\"state\":\"sent\",\"payload\":\"hi\"}" },
        { "in the inbox", BC_LINK, BC_STATE_INBOX, "hi", 2, NULL, NULL, 0, false,
            .json = HEAD "\"kind\":\"link\",\"state\":\"inbox\",\"payload\":\"hi\"}" },
        { "held", BC_IMAGE, BC_STATE_HELD, "hi", 2, NULL, NULL, 0, false,
            .json = HEAD "\"kind\":\"image\",\"state\":\"held\",\"payload\":\"hi\"}" },
        { "declined", BC_VIDEO, BC_STATE_DECLINED, "hi", 2, NULL, NULL, 0, false,
            .json = HEAD "\"kind\":\"video\",\"state\":\"declined\",\"payload\":\"hi\"}" },
        { "all fields, own", BC_TEXT, BC_STATE_SENT, "hi", 2, "text/plain", "m-1", 255, false,
            .json =
                HEAD "\"kind\":\"text\",\"state\":\"sent\",\"content-type\":\"text/plain\","
                     "\"msgid\":\"m-1\",\"reply-to\":\"00000000000000ff\",\"payload\":\"hi\"}" },
        { "all fields, another's", BC_TEXT, BC_STATE_INBOX, "hi", 2, "text/plain", "m-1", 255,
            false,
            .json = HEAD "\"kind\":\"text\",\"state\":\"inbox\",\"content-type\":\"text/plain\","
                         "\"reply-to\":\"00000000000000ff\",\"payload\":\"hi\"}" },
        { "a held one's msgid", BC_TEXT, BC_STATE_HELD, "hi", 2, NULL, "m-1", 0, false,
            .json = HEAD "\"kind\":\"text\",\"state\":\"held\",\"payload\":\"hi\"}" },
        { "forwarded", BC_TEXT, BC_STATE_INBOX, "hi", 2, NULL, NULL, 0, false,
            .json =
                HEAD "\"kind\":\"text\",\"state\":\"inbox\",\"forwarded\":true,\"payload\":\"hi\"}",
            .origin = ID - 1 },
        { "control characters", BC_BINARY, BC_STATE_SENT, "\"\\\n\x01\x7F", 5, NULL, NULL, 0, false,
            .json = HEAD "\"kind\":\"binary\",\"state\":\"sent\","
                         "\"payload\":\"\\\"\\\\\\n\\u0001\x7F\"}" },
        { "UTF-8", BC_TEXT, BC_STATE_SENT, "\xF0\x9F\x99\x82", 4, NULL, NULL, 0, false,
            .json = HEAD "\"kind\":\"text\",\"state\":\"sent\",\"payload\":\"\xF0\x9F\x99\x82\"}" },
        { "U+0000", BC_BINARY, BC_STATE_SENT, "a\0b", 3, NULL, NULL, 0, false,
            .json = HEAD "\"kind\":\"binary\",\"state\":\"sent\",\"payload-base64\":\"YQBi\"}" },
        { "not UTF-8", BC_BINARY, BC_STATE_SENT, "\xFF", 1, NULL, NULL, 0, false,
            .json = HEAD "\"kind\":\"binary\",\"state\":\"sent\",\"payload-base64\":\"/w==\"}" },
        { "omitted", BC_TEXT, BC_STATE_SENT, "hi", 2, NULL, NULL, 0, true,
            .json =
                HEAD "\"kind\":\"text\",\"state\":\"sent\",\"payload-omitted\":true,\"size\":2}" },
        { "omitted, not UTF-8", BC_BINARY, BC_STATE_INBOX, "\xFF", 1, "image/png", NULL, 0, true,
            .json = HEAD "\"kind\":\"binary\",\"state\":\"inbox\",\"content-type\":\"image/png\","
                         "\"payload-omitted\":true,\"size\":1}" },
    };
    int failures = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_message message = {
            .id = ID,
            .from = bc_bytes_text("alice"),
            .to = bc_bytes_text("bob"),
            .kind = rows[i].kind,
            .payload = bc_bytes(rows[i].payload, rows[i].len),
            .content_type = bc_bytes_text(rows[i].content_type),
            .msgid = bc_bytes_text(rows[i].msgid),
            .reply_to = rows[i].reply_to,
            .origin = rows[i].origin,
        };
        cJSON *json = cJSON_CreateObject();
        char *text = NULL;
        if (bc_json_add_message(json, &message, rows[i].state, rows[i].omit)) {
            text = cJSON_PrintUnformatted(json);
        }
        if (text == NULL || strcmp(text, rows[i].json) != 0) {
            print_error("row \"%s\":\n  is        %s\n  should be %s\n", rows[i].what,
                text != NULL ? text : "nothing", rows[i].json);
            failures++;
        }
        cJSON_free(text);
        cJSON_Delete(json);
    }
    assert_int_equal(failures, 0);
}

static void an_event_tells_what_is_known(void **state)
{
    (void)state;
    static const struct {
        struct bc_event event;
        const char *json;
    } rows[] = {
        { { .type = BC_EVENT_MARKED, .markers = { .read = 2 }, .counted = true, .unread = 7 },
            "\"user\":\"bob\",\"unread\":7,\"read\":\"0000000000000002\"" },
        { { .type = BC_EVENT_MARKED, .markers = { .delivered = 2 }, .counted = true },
            "\"user\":\"bob\",\"unread\":0,\"delivered\":\"0000000000000002\"" },
        { { .type = BC_EVENT_MARKED }, "\"user\":\"bob\"" }, /* of an earlier version */
        { { .type = BC_EVENT_GROUP_JOINED, .role = BC_ROLE_MEMBER, .members = 3 },
            "\"group\":\"\",\"title\":\"\",\"role\":\"member\",\"members\":3,\"by\":\"\"" },
        { { .type = BC_EVENT_GROUP_JOINED }, "\"group\":\"\",\"title\":\"\",\"by\":\"\"" },
        { { .type = BC_EVENT_REPORTED, .report = 9, .reason = BC_REASON_SPAM },
            "\"user\":\"bob\",\"report\":\"0000000000000009\",\"reason\":\"spam\"" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_event event = rows[i].event;
        cJSON *json = cJSON_CreateObject();
        char wanted[256];

        event.id = 1;
        event.user = bc_bytes_text("bob");
        assert_true(bc_json_add_event(json, &event));
        char *text = cJSON_PrintUnformatted(json);
        (void)snprintf(
            wanted, sizeof(wanted), "{\"id\":\"0000000000000001\",\"time\":0,%s}", rows[i].json);
        assert_string_equal(text, wanted);
        assert_int_equal(bc_json_event_id(bc_bytes_text(text)), 1);
        cJSON_free(text);
        cJSON_Delete(json);
    }
}

static void what_is_no_event_has_no_id(void **state)
{
    (void)state;
    static const char *const rows[] = { "", "{}", "{\"id\":\"", "{\"id\":\"000000000000000g\"}",
        "{\"id\":\"0000000000000001", " {\"id\":\"0000000000000001\"}",
        "{\"time\":0,\"id\":\"0000000000000001\"}", "{\"id\":\"000000000000001\"}" };

    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(bc_json_event_id(bc_bytes_text(rows[i])), 0);
    }
    assert_int_equal(bc_json_event_id(bc_bytes(NULL, 0)), 0);
}

static void settings_have_their_names_on_the_wire(void **state)
{
    (void)state;
    static const struct {
        struct bc_settings settings;
        const char *json;
    } rows[] = {
        { { 0 }, "{\"who-can-message\":\"everyone\",\"read-receipts\":true,"
                 "\"group-invites\":\"contacts\",\"findable\":false}" },
        { { true, true, BC_INVITES_ASK, true },
            "{\"who-can-message\":\"contacts\",\"read-receipts\":false,"
            "\"group-invites\":\"ask\",\"findable\":true}" },
        { { false, true, BC_INVITES_NONE, false },
            "{\"who-can-message\":\"everyone\",\"read-receipts\":false,"
            "\"group-invites\":\"none\",\"findable\":false}" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *json = cJSON_CreateObject();
        assert_true(bc_json_add_settings(json, &rows[i].settings));
        char *text = cJSON_PrintUnformatted(json);
        assert_string_equal(text, rows[i].json);
        cJSON_free(text);
        cJSON_Delete(json);
    }
}

static void what_is_built_is_printed_exactly(void **state)
{
    (void)state;
    struct bc_publication publication = { .payload = NULL };
    cJSON *json = cJSON_CreateObject();
    assert_true(bc_json_add_number(json, "zero", 0));
    assert_true(bc_json_add_number(json, "time", UINT64_C(4398046511103)));
    assert_true(bc_json_add_number(json, "most", UINT64_C(999999999999999)));
    assert_true(bc_json_add_id(json, "id", UINT64_MAX));
    assert_true(bc_json_add_bytes(json, "part", bc_bytes("partly", 4)));
    assert_true(bc_json_add_bytes(json, "none", bc_bytes(NULL, 0)));
    assert_true(bc_json_payload(&publication, json));
    assert_string_equal(publication.payload,
        "{\"zero\":0,\"time\":4398046511103,\"most\":999999999999999,"
        "\"id\":\"ffffffffffffffff\",\"part\":\"part\",\"none\":\"\"}");
    assert_int_equal(publication.payload_len, strlen(publication.payload));
    free(publication.payload);
    cJSON_Delete(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_told_by_case),
        cmocka_unit_test(texts_are_strings),
        cmocka_unit_test(flags_are_booleans),
        cmocka_unit_test(numbers_are_whole_and_in_range),
        cmocka_unit_test(ids_are_sixteen_lower_case_hex_digits),
        cmocka_unit_test(words_are_those_that_are_listed),
        cmocka_unit_test(the_first_wrong_argument_is_remembered),
        cmocka_unit_test(a_message_has_the_fields_of_the_protocol),
        cmocka_unit_test(an_event_tells_what_is_known),
        cmocka_unit_test(what_is_no_event_has_no_id),
        cmocka_unit_test(settings_have_their_names_on_the_wire),
        cmocka_unit_test(what_is_built_is_printed_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
