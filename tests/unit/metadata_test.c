/* What is read of a publish's properties, and what becomes of it when there is no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "broker-plugin/broker/broker_api.h"
#include "broker-plugin/metadata.h"

static size_t counted_free;

/* The broker's properties are the test's own. */
struct mqtt5__property {
    int identifier;
    const char *name;
    const char *value;
    bool refused; /* there is no memory for a copy */
    struct mqtt5__property *next;
};

#if LIBMOSQUITTO_VERSION_NUMBER < 2001000
const mosquitto_property *mosquitto_property_next(const mosquitto_property *property)
#else
mosquitto_property *mosquitto_property_next(const mosquitto_property *property)
#endif
{
    return property->next;
}

int mosquitto_property_identifier(const mosquitto_property *property)
{
    return property->identifier;
}

const mosquitto_property *mosquitto_property_read_string(
    const mosquitto_property *property, int identifier, char **value, bool skip_first)
{
    assert_int_equal(identifier, property->identifier);
    assert_false(skip_first);
    if (property->refused)
        return NULL;
    *value = property->value != NULL ? strdup(property->value) : NULL;
    return property;
}

const mosquitto_property *mosquitto_property_read_string_pair(
    const mosquitto_property *property, int identifier, char **name, char **value, bool skip_first)
{
    assert_int_equal(identifier, property->identifier);
    assert_false(skip_first);
    if (property->refused)
        return NULL;
    *name = property->name != NULL ? strdup(property->name) : NULL;
    *value = property->value != NULL ? strdup(property->value) : NULL;
    return property;
}

/* Not used here; and what counts memory must be given back what it gave. */
const mosquitto_property *mosquitto_property_read_binary(const mosquitto_property *property,
    int identifier, void **value, uint16_t *len, bool skip_first)
{
    (void)property;
    (void)identifier;
    (void)value;
    (void)len;
    (void)skip_first;
    return NULL;
}

void mosquitto_free(void *given)
{
    counted_free += given != NULL;
    free(given);
}

#define PAIR(n, v)                                                                                 \
    {                                                                                              \
        .identifier = MQTT_PROP_USER_PROPERTY, .name = (n), .value = (v)                           \
    }
#define REFUSED(n, v)                                                                              \
    {                                                                                              \
        MQTT_PROP_USER_PROPERTY, (n), (v), true, NULL                                              \
    }
#define TYPE(v)                                                                                    \
    {                                                                                              \
        .identifier = MQTT_PROP_CONTENT_TYPE, .value = (v)                                         \
    }

enum {
    PROPERTIES_MAX = 3
};

struct row {
    const char *what;
    struct mqtt5__property properties[PROPERTIES_MAX];
    enum bc_refusal refusal;
    bool sentence;
    const char *msgid; /* of what is accepted */
    const char *content_type;
    uint64_t reply_to;
};

static const struct row rows[] = {
    { .what = "nothing" },
    { .what = "all of them",
        .properties = { PAIR("msgid", "m"), TYPE("text/plain"),
            PAIR("reply-to", "00000000000000ff") },
        .msgid = "m",
        .content_type = "text/plain",
        .reply_to = 255 },
    { .what = "empty ones, for which 2.1 gives NULL",
        .properties = { PAIR("msgid", NULL), TYPE(NULL), PAIR(NULL, NULL) },
        .msgid = "",
        .content_type = "" },
    { .what = "an empty reply-to",
        .properties = { PAIR("reply-to", NULL) },
        .refusal = BC_BAD_REQUEST,
        .sentence = true },
    { .what = "a name alone, and a value alone",
        .properties = { PAIR("x", NULL), PAIR(NULL, "x") } },
    { .what = "what says nothing to us",
        .properties = { PAIR("other", "x"), { .identifier = MQTT_PROP_RESPONSE_TOPIC } } },
    { .what = "the first content type",
        .properties = { TYPE("a/b"), TYPE("c/d") },
        .content_type = "a/b" },
    { .what = "a msgid twice",
        .properties = { PAIR("msgid", "m"), PAIR("msgid", "m") },
        .refusal = BC_BAD_REQUEST,
        .sentence = true },
    { .what = "a reply-to that is none",
        .properties = { PAIR("reply-to", "x") },
        .refusal = BC_BAD_REQUEST,
        .sentence = true },
    { .what = "no memory for a msgid",
        .properties = { REFUSED("msgid", "m") },
        .refusal = BC_STORAGE_ERROR },
    { .what = "no memory after a msgid",
        .properties = { PAIR("msgid", "m"), REFUSED("reply-to", "00000000000000ff") },
        .refusal = BC_STORAGE_ERROR },
    { .what = "no memory, and then a fault",
        .properties = { REFUSED("msgid", "m"), PAIR("reply-to", "x") },
        .refusal = BC_STORAGE_ERROR },
    { .what = "no memory for a content type",
        .properties = { { MQTT_PROP_CONTENT_TYPE, NULL, "a/b", true, NULL } },
        .refusal = BC_STORAGE_ERROR },
};

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void read_all_rows(bool counted)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct mqtt5__property properties[PROPERTIES_MAX];
        struct bc_metadata metadata = { .msgid = NULL };
        const char *sentence = NULL;
        size_t count = 0;
        enum bc_refusal refusal;

        for (; count < PROPERTIES_MAX && row->properties[count].identifier != 0; count++) {
            properties[count] = row->properties[count];
            properties[count].next = NULL;
            if (count > 0)
                properties[count - 1].next = &properties[count];
        }
        refusal = bc_metadata_read(&metadata, count > 0 ? properties : NULL, counted, &sentence);
        if (refusal != row->refusal || (sentence != NULL) != row->sentence)
            fail_msg("%s: %s", row->what, sentence != NULL ? sentence : "no sentence");
        if (refusal == BC_ACCEPTED &&
            (!same(metadata.msgid, row->msgid) || !same(metadata.content_type, row->content_type) ||
                metadata.reply_to != row->reply_to))
            fail_msg("%s: something else was read", row->what);
        bc_metadata_free(&metadata);
        assert_null(metadata.msgid);
    }
}

static void what_cannot_be_read_is_not_taken_as_absent(void **state)
{
    (void)state;
    counted_free = 0;
    read_all_rows(false);
    assert_int_equal(counted_free, 0);
}

static void what_is_counted_is_given_back(void **state)
{
    (void)state;
    counted_free = 0;
    read_all_rows(true);
    assert_true(counted_free > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_read_is_not_taken_as_absent),
        cmocka_unit_test(what_is_counted_is_given_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
