#include "broker-plugin/topic.h"
#include "messaging/id.h"
#include "messaging/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#define SIXTY_FOUR "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID         UINT64_C(0x018bcfe5687f0001)
#define ID_HEX     "018bcfe5687f0001"
#define COUNT(row) (sizeof(row) / sizeof((row)[0]))

static struct bc_topics with_prefix(const char *prefix)
{
    struct bc_topics topics;
    assert_true(bc_topics_init(&topics, prefix));
    return topics;
}

static bool is(struct bc_bytes bytes, const char *text)
{
    return bc_bytes_equal(bytes, bc_bytes_text(text));
}

static void a_prefix_is_one_level_made_as_a_name(void **state)
{
    (void)state;
    static const struct {
        const char *prefix;
        bool good;
    } rows[] = {
        { "bc", true },
        { "x", true },
        { "Büro chat", true },
        { SIXTY_FOUR, true },
        { "", false },
        { SIXTY_FOUR "0", false },
        { "a/b", false },
        { "/a", false },
        { "a/", false },
        { "/", false },
        { "+", false },
        { "#", false },
        { "a#", false },
        { "$SYS", false },
        { "$bc", false },
        { "@bc", false },
        { "b\nc", false },
        { "b\xFF", false },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_topics topics = { .length = 7 };
        if (bc_topics_init(&topics, rows[i].prefix) != rows[i].good ||
            (!rows[i].good && topics.length != 7)) {
            fail_msg("row \"%s\"", rows[i].prefix);
        }
    }
}

struct publish_row {
    const char *topic;
    enum bc_publish_type type;
    const char *name;
};

static int check_publish(
    const struct bc_topics *topics, const struct publish_row *rows, size_t count)
{
    int failures = 0;
    for (size_t i = 0; i < count; i++) {
        struct bc_publish_topic found = bc_topic_publish(topics, rows[i].topic);
        if (found.type != rows[i].type || !is(found.name, rows[i].name)) {
            print_error("row \"%s\": is %d of \"%.*s\", should be %d of \"%s\"\n", rows[i].topic,
                found.type, (int)found.name.len, (const char *)found.name.data, rows[i].type,
                rows[i].name != NULL ? rows[i].name : "");
            failures++;
        }
    }
    return failures;
}

static void only_the_publish_topics_can_be_published_to(void **state)
{
    (void)state;
    static const struct publish_row rows[] = {
        { "bc/user/bob", BC_PUBLISH_USER, "bob" },
        { "bc/user/Alice Müller", BC_PUBLISH_USER, "Alice Müller" },
        { "bc/user/$bob", BC_PUBLISH_USER, "$bob" },
        { "bc/user/bob/typing", BC_PUBLISH_USER_TYPING, "bob" },
        { "bc/user/typing", BC_PUBLISH_USER, "typing" },
        { "bc/user/typing/typing", BC_PUBLISH_USER_TYPING, "typing" },
        { "bc/group/g.1", BC_PUBLISH_GROUP, "g.1" },
        { "bc/group/g.1/typing", BC_PUBLISH_GROUP_TYPING, "g.1" },
        { "bc/do/whoami", BC_PUBLISH_COMMAND, "whoami" },
        { "bc/do/" SIXTY_FOUR, BC_PUBLISH_COMMAND, SIXTY_FOUR },
        { "bc/do/" SIXTY_FOUR "0", BC_PUBLISH_BAD, NULL },
        { "bc/do/a/b", BC_PUBLISH_BAD, NULL },
        { "bc/do/a/", BC_PUBLISH_BAD, NULL },
        { "bc/do/", BC_PUBLISH_BAD, NULL },
        { "bc/do", BC_PUBLISH_BAD, NULL },
        { "bc", BC_PUBLISH_BAD, NULL },
        { "bc/", BC_PUBLISH_BAD, NULL },
        { "bc//", BC_PUBLISH_BAD, NULL },
        { "bc//x", BC_PUBLISH_BAD, NULL },
        { "bc//user/bob", BC_PUBLISH_BAD, NULL },
        { "bc/user", BC_PUBLISH_BAD, NULL },
        { "bc/user/", BC_PUBLISH_BAD, NULL },
        { "bc/user//", BC_PUBLISH_BAD, NULL },
        { "bc/user//typing", BC_PUBLISH_BAD, NULL },
        { "bc/user/bob/", BC_PUBLISH_BAD, NULL },
        { "bc/user/bob//", BC_PUBLISH_BAD, NULL },
        { "bc/user/bob/typin", BC_PUBLISH_BAD, NULL },
        { "bc/user/bob/typing/", BC_PUBLISH_BAD, NULL },
        { "bc/user/bob/typing/alice", BC_PUBLISH_BAD, NULL },
        { "bc/user/bob//typing", BC_PUBLISH_BAD, NULL },
        { "bc/user/bob/inbox/alice/" ID_HEX, BC_PUBLISH_BAD, NULL },
        { "bc/users/bob", BC_PUBLISH_BAD, NULL },
        { "bc/use/bob", BC_PUBLISH_BAD, NULL },
        { "bc/User/bob", BC_PUBLISH_BAD, NULL },
        { "bc/group/", BC_PUBLISH_BAD, NULL },
        { "bc/group/g/messages/a/" ID_HEX, BC_PUBLISH_BAD, NULL },
        { "bc/reply/whoami", BC_PUBLISH_BAD, NULL },
        { "bc/error", BC_PUBLISH_BAD, NULL },
        { "bcx/user/a", BC_PUBLISH_OUTSIDE, NULL },
        { "b/user/a", BC_PUBLISH_OUTSIDE, NULL },
        { "BC/user/a", BC_PUBLISH_OUTSIDE, NULL },
        { "/bc/user/a", BC_PUBLISH_OUTSIDE, NULL },
        { "x/bc/user/a", BC_PUBLISH_OUTSIDE, NULL },
        { "", BC_PUBLISH_OUTSIDE, NULL },
        { "/", BC_PUBLISH_OUTSIDE, NULL },
        { "$SYS/bc", BC_PUBLISH_OUTSIDE, NULL },
        { "$bc", BC_PUBLISH_SINK, NULL },
        { "$bc/", BC_PUBLISH_SINK, NULL },
        { "$bc/user/a", BC_PUBLISH_SINK, NULL },
        { "$bcx", BC_PUBLISH_OUTSIDE, NULL },
        { "/$bc", BC_PUBLISH_OUTSIDE, NULL },
    };
    struct bc_topics topics = with_prefix("bc");
    assert_int_equal(check_publish(&topics, rows, COUNT(rows)), 0);
}

static void the_prefix_is_that_of_the_option(void **state)
{
    (void)state;
    static const struct publish_row rows[] = {
        { "Büro/user/bob", BC_PUBLISH_USER, "bob" },
        { "Büro", BC_PUBLISH_BAD, NULL },
        { "bc/user/bob", BC_PUBLISH_OUTSIDE, NULL },
        { "$bc", BC_PUBLISH_SINK, NULL },
    };
    struct bc_topics topics = with_prefix("Büro");
    assert_int_equal(check_publish(&topics, rows, COUNT(rows)), 0);
}

static void every_topic_that_may_be_published_to_has_room_for_the_sink(void **state)
{
    (void)state;
    static const char *const rows[] = { "x/user/a", "x/group/a", "x/user/a/typing", "x/do/a" };
    struct bc_topics topics = with_prefix("x");
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(bc_topic_publish(&topics, rows[i]).name.len == 1);
        assert_true(strlen(rows[i]) > strlen(BC_TOPIC_SINK));
    }
}

static void deliveries_are_told_by_their_topics(void **state)
{
    (void)state;
    static const struct {
        const char *topic;
        enum bc_deliver_type type;
        const char *owner;
        const char *other;
        uint64_t id;
    } rows[] = {
        { "bc/user/bob/inbox/alice/" ID_HEX, BC_DELIVER_INBOX, "bob", "alice", ID },
        { "bc/user/bob/requests/alice/" ID_HEX, BC_DELIVER_REQUESTS, "bob", "alice", ID },
        { "bc/user/bob/sent/alice/" ID_HEX, BC_DELIVER_SENT, "bob", "alice", ID },
        { "bc/user/bob/events/approved", BC_DELIVER_EVENT, "bob", "approved", 0 },
        { "bc/user/bob/typing/alice", BC_DELIVER_TYPING, "bob", "alice", 0 },
        { "bc/user/push/wake", BC_DELIVER_WAKE, "push", NULL, 0 },
        { "bc/user/push/wake/x", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/user//wake", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/group/g/wake", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/user/inbox/inbox/inbox/" ID_HEX, BC_DELIVER_INBOX, "inbox", "inbox", ID },
        { "bc/group/g/messages/alice/" ID_HEX, BC_DELIVER_GROUP_MESSAGE, "g", "alice", ID },
        { "bc/group/g/events/joined", BC_DELIVER_GROUP_EVENT, "g", "joined", 0 },
        { "bc/group/g/typing/alice", BC_DELIVER_GROUP_TYPING, "g", "alice", 0 },
        { "bc/reply/whoami", BC_DELIVER_REPLY, NULL, NULL, 0 },
        { "bc/reply/a/b/c", BC_DELIVER_REPLY, NULL, NULL, 0 },
        { "bc/error", BC_DELIVER_ERROR, NULL, NULL, 0 },
        { "$bc", BC_DELIVER_SINK, NULL, NULL, 0 },
        { "$bc/x", BC_DELIVER_SINK, NULL, NULL, 0 },
        { "bcx/user/bob/inbox/alice/" ID_HEX, BC_DELIVER_OUTSIDE, NULL, NULL, 0 },
        { "sensors/1", BC_DELIVER_OUTSIDE, NULL, NULL, 0 },
        { "", BC_DELIVER_OUTSIDE, NULL, NULL, 0 },
        { "bc", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/user", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/user/bob", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/user/bob/typing", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/user/bob/typing/", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/user/bob/typing/alice/", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/user//typing/alice", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/user/bob/inbox", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/user/bob/inbox/alice", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/user/bob/inbox//" ID_HEX, BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/user//inbox/alice/" ID_HEX, BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/user/bob/inbox/alice/0", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/user/bob/inbox/alice/018BCFE5687F0001", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/user/bob/inbox/alice/" ID_HEX "/", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/user/bob/messages/alice/" ID_HEX, BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/user/bob/events", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/group/g", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/group/g/inbox/alice/" ID_HEX, BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/do/whoami", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/reply", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/reply/", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/error/", BC_DELIVER_NOTHING, NULL, NULL, 0 },
        { "bc/error/x", BC_DELIVER_NOTHING, NULL, NULL, 0 },
    };
    struct bc_topics topics = with_prefix("bc");
    int failures = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_deliver_topic found = bc_topic_deliver(&topics, rows[i].topic);
        if (found.type != rows[i].type || !is(found.owner, rows[i].owner) ||
            !is(found.other, rows[i].other) || found.id != rows[i].id) {
            print_error("row \"%s\": is %d, should be %d; or the names or the id differ\n",
                rows[i].topic, found.type, rows[i].type);
            failures++;
        }
    }
    assert_int_equal(failures, 0);
}

static void filters_name_their_user_or_group_literally(void **state)
{
    (void)state;
    static const struct {
        const char *filter;
        enum bc_filter_type type;
        const char *name;
    } rows[] = {
        { "bc/user/me/#", BC_FILTER_USER, "me" },
        { "bc/user/me/+/x", BC_FILTER_USER, "me" },
        { "bc/user/me/inbox/#", BC_FILTER_USER, "me" },
        { "bc/user/me/inbox/+/+", BC_FILTER_USER, "me" },
        { "bc/user/me/+", BC_FILTER_USER, "me" },
        { "bc/user/me/events/approved", BC_FILTER_USER, "me" },
        { "bc/user/me/events/+/#", BC_FILTER_USER, "me" },
        { "bc/user/me/+/bob/#", BC_FILTER_USER, "me" },
        { "bc/user/me/inbox/bob/" ID_HEX, BC_FILTER_USER, "me" },
        { "bc/user/me/inbox/bob/" ID_HEX "/#", BC_FILTER_USER, "me" },
        { "bc/user/me//", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user/me/anything", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user/me/anything/#", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user/me/messages/#", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user/me/inbox", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user/me/inbox/", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user/me/inbox/bob", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user/me/inbox/bob/x", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user/me/inbox/" SIXTY_FOUR "x/+", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user/me/events/+/+", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user/me/+/+/+/+", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user/me/+/+/+/+/#", BC_FILTER_FORBIDDEN, NULL },
        { "bc/group/g/inbox/#", BC_FILTER_FORBIDDEN, NULL },
        { "bc/group/g/sent/+/+", BC_FILTER_FORBIDDEN, NULL },
        { "bc/group/g/+/+/+/+", BC_FILTER_FORBIDDEN, NULL },
        { "bc/group/g/typing/+", BC_FILTER_GROUP, "g" },
        { "bc/group/g/#", BC_FILTER_GROUP, "g" },
        { "bc/group/g/messages/+/+", BC_FILTER_GROUP, "g" },
        { "bc/reply/#", BC_FILTER_REPLY, NULL },
        { "bc/reply/+", BC_FILTER_REPLY, NULL },
        { "bc/reply/whoami", BC_FILTER_REPLY, NULL },
        { "bc/reply/a/b", BC_FILTER_REPLY, NULL },
        { "bc/reply/1/2/3/4/5/6/7/8", BC_FILTER_REPLY, NULL },
        { "bc/reply/+/+/+/+/+/+/+/#", BC_FILTER_REPLY, NULL },
        { "bc/reply/1/2/3/4/5/6/7/8/9", BC_FILTER_FORBIDDEN, NULL },
        { "bc/reply/+/+/+/+/+/+/+/+/#", BC_FILTER_FORBIDDEN, NULL },
        { "bc/reply//////////", BC_FILTER_FORBIDDEN, NULL },
        { "bc/error", BC_FILTER_ERROR, NULL },
        { "#", BC_FILTER_WILDCARD_FIRST, NULL },
        { "+", BC_FILTER_WILDCARD_FIRST, NULL },
        { "+/user/bob/#", BC_FILTER_WILDCARD_FIRST, NULL },
        { "+/#", BC_FILTER_WILDCARD_FIRST, NULL },
        { "$share/g/#", BC_FILTER_WILDCARD_FIRST, NULL },
        { "$share/g/+/user/#", BC_FILTER_WILDCARD_FIRST, NULL },
        { "bc", BC_FILTER_FORBIDDEN, NULL },
        { "bc/", BC_FILTER_FORBIDDEN, NULL },
        { "bc/#", BC_FILTER_FORBIDDEN, NULL },
        { "bc/+", BC_FILTER_FORBIDDEN, NULL },
        { "bc/+/x", BC_FILTER_FORBIDDEN, NULL },
        { "bc/+/me/#", BC_FILTER_FORBIDDEN, NULL },
        { "bc//x", BC_FILTER_FORBIDDEN, NULL },
        { "bc//me/#", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user/", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user//", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user//#", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user/#", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user/+", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user/+/inbox", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user/+/#", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user/m+/#", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user/me", BC_FILTER_FORBIDDEN, NULL },
        { "bc/user/me/", BC_FILTER_FORBIDDEN, NULL },
        { "bc/users/me/#", BC_FILTER_FORBIDDEN, NULL },
        { "bc/group/#", BC_FILTER_FORBIDDEN, NULL },
        { "bc/group/+/messages/#", BC_FILTER_FORBIDDEN, NULL },
        { "bc/group/g", BC_FILTER_FORBIDDEN, NULL },
        { "bc/do/#", BC_FILTER_FORBIDDEN, NULL },
        { "bc/do/whoami", BC_FILTER_FORBIDDEN, NULL },
        { "bc/reply", BC_FILTER_FORBIDDEN, NULL },
        { "bc/reply/", BC_FILTER_FORBIDDEN, NULL },
        { "bc/error/#", BC_FILTER_FORBIDDEN, NULL },
        { "bc/error/", BC_FILTER_FORBIDDEN, NULL },
        { "$bc", BC_FILTER_FORBIDDEN, NULL },
        { "$bc/#", BC_FILTER_FORBIDDEN, NULL },
        { "$bc/user/me/#", BC_FILTER_FORBIDDEN, NULL },
        { "$share/g/bc/user/me/#", BC_FILTER_FORBIDDEN, NULL },
        { "$share/g/bc", BC_FILTER_FORBIDDEN, NULL },
        { "$share/g/bc/error", BC_FILTER_FORBIDDEN, NULL },
        { "$share/g/bc/reply/#", BC_FILTER_FORBIDDEN, NULL },
        { "$share//bc/user/a/#", BC_FILTER_FORBIDDEN, NULL },
        { "$share/+/bc/user/a/#", BC_FILTER_FORBIDDEN, NULL },
        { "$share/g/$bc", BC_FILTER_FORBIDDEN, NULL },
        { "$share/g/$bc/#", BC_FILTER_FORBIDDEN, NULL },
        { "$share", BC_FILTER_OUTSIDE, NULL },
        { "$share/", BC_FILTER_OUTSIDE, NULL },
        { "$share/g", BC_FILTER_OUTSIDE, NULL },
        { "$share/g/", BC_FILTER_OUTSIDE, NULL },
        { "$share/bc/user/a/#", BC_FILTER_OUTSIDE, NULL },
        { "$share/g//bc/user/a/#", BC_FILTER_OUTSIDE, NULL },
        { "$share/g/sensors/#", BC_FILTER_OUTSIDE, NULL },
        { "$shared/g/bc/user/a/#", BC_FILTER_OUTSIDE, NULL },
        { "$SYS/#", BC_FILTER_OUTSIDE, NULL },
        { "bcx/user/a/#", BC_FILTER_OUTSIDE, NULL },
        { "b/#", BC_FILTER_OUTSIDE, NULL },
        { "BC/#", BC_FILTER_OUTSIDE, NULL },
        { "/bc/#", BC_FILTER_OUTSIDE, NULL },
        { "", BC_FILTER_OUTSIDE, NULL },
        { "/", BC_FILTER_OUTSIDE, NULL },
    };
    struct bc_topics topics = with_prefix("bc");
    int failures = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_topic_filter found = bc_topic_filter(&topics, rows[i].filter);
        if (found.type != rows[i].type || !is(found.name, rows[i].name)) {
            print_error("row \"%s\": is %d of \"%.*s\", should be %d\n", rows[i].filter, found.type,
                (int)found.name.len, (const char *)found.name.data, rows[i].type);
            failures++;
        }
    }
    assert_int_equal(failures, 0);
}

/* ${head}, 65,000 times 'n', and ${tail}. */
static char *long_topic(const char *head, const char *tail)
{
    size_t len = 65000;
    char *topic = malloc(strlen(head) + len + strlen(tail) + 1);
    assert_non_null(topic);
    strcpy(topic, head);
    memset(topic + strlen(head), 'n', len);
    strcpy(topic + strlen(head) + len, tail);
    return topic;
}

static void names_of_any_length_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        const char *tail;
        enum bc_publish_type publish;
        enum bc_deliver_type deliver;
        enum bc_filter_type filter;
        size_t name;
    } rows[] = {
        { "bc/user/", "", BC_PUBLISH_USER, BC_DELIVER_NOTHING, BC_FILTER_FORBIDDEN, 65000 },
        { "bc/user/", "/typing", BC_PUBLISH_USER_TYPING, BC_DELIVER_NOTHING, BC_FILTER_FORBIDDEN,
            65000 },
        { "bc/user/", "/typing/x", BC_PUBLISH_BAD, BC_DELIVER_TYPING, BC_FILTER_USER, 0 },
        { "bc/do/", "", BC_PUBLISH_BAD, BC_DELIVER_NOTHING, BC_FILTER_FORBIDDEN, 0 },
        { "bc/reply/", "", BC_PUBLISH_BAD, BC_DELIVER_REPLY, BC_FILTER_REPLY, 0 },
        { "bc", "", BC_PUBLISH_OUTSIDE, BC_DELIVER_OUTSIDE, BC_FILTER_OUTSIDE, 0 },
        { "bc/", "", BC_PUBLISH_BAD, BC_DELIVER_NOTHING, BC_FILTER_FORBIDDEN, 0 },
    };
    struct bc_topics topics = with_prefix("bc");
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *topic = long_topic(rows[i].head, rows[i].tail);
        struct bc_publish_topic published = bc_topic_publish(&topics, topic);
        if (published.type != rows[i].publish || published.name.len != rows[i].name ||
            bc_topic_deliver(&topics, topic).type != rows[i].deliver ||
            bc_topic_filter(&topics, topic).type != rows[i].filter ||
            bc_topic_is_response(&topics, topic)) {
            fail_msg("row \"%s...%s\"", rows[i].head, rows[i].tail);
        }
        free(topic);
    }
}

static void answers_go_below_reply_only(void **state)
{
    (void)state;
    static const struct {
        const char *topic;
        bool good;
    } rows[] = {
        { "bc/reply/whoami", true },
        { "bc/reply/my/own", true },
        { "bc/reply/", false },
        { "bc/reply", false },
        { "bc/reply/#", false },
        { "bc/reply/+/x", false },
        { "bc/reply/a+b", false },
        { "bc/error", false },
        { "bc/user/bob", false },
        { "bcx/reply/a", false },
        { "x", false },
        { "", false },
        { "bc/reply/" SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR "/" SIXTY_FOUR, false },
    };
    struct bc_topics topics = with_prefix("bc");
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (bc_topic_is_response(&topics, rows[i].topic) != rows[i].good) {
            fail_msg("row \"%s\"", rows[i].topic);
        }
    }
}

static void topics_are_built_as_they_are_read(void **state)
{
    (void)state;
    struct bc_topics topics = with_prefix("bc");
    struct bc_bytes bob = bc_bytes_text("bob");
    struct bc_bytes alice = bc_bytes_text("alice");
    char topic[BC_TOPIC_MAX];

    bc_topic_box(&topics, topic, bob, BC_BOX_INBOX, alice, ID);
    assert_string_equal(topic, "bc/user/bob/inbox/alice/" ID_HEX);
    bc_topic_box(&topics, topic, bob, BC_BOX_REQUESTS, alice, ID);
    assert_string_equal(topic, "bc/user/bob/requests/alice/" ID_HEX);
    bc_topic_box(&topics, topic, alice, BC_BOX_SENT, bob, ID);
    assert_string_equal(topic, "bc/user/alice/sent/bob/" ID_HEX);
    bc_topic_box(&topics, topic, bc_bytes_text("team"), BC_BOX_GROUP, alice, ID);
    assert_string_equal(topic, "bc/group/team/messages/alice/" ID_HEX);
    bc_topic_event(&topics, topic, false, bob, "approved");
    assert_string_equal(topic, "bc/user/bob/events/approved");
    bc_topic_event(&topics, topic, true, bc_bytes_text("team"), "joined");
    assert_string_equal(topic, "bc/group/team/events/joined");
    bc_topic_typing(&topics, topic, false, bob, alice);
    assert_string_equal(topic, "bc/user/bob/typing/alice");
    bc_topic_typing(&topics, topic, true, bc_bytes_text("team"), alice);
    assert_string_equal(topic, "bc/group/team/typing/alice");
    bc_topic_reply(&topics, topic, bc_bytes_text("whoami"));
    assert_string_equal(topic, "bc/reply/whoami");
    bc_topic_error(&topics, topic);
    assert_string_equal(topic, "bc/error");
}

static void the_longest_topics_are_built_whole(void **state)
{
    (void)state;
    struct bc_topics topics = with_prefix(SIXTY_FOUR);
    struct bc_bytes name = bc_bytes_text(SIXTY_FOUR);
    char topic[BC_TOPIC_MAX];
    bc_topic_box(&topics, topic, name, BC_BOX_REQUESTS, name, ID);
    assert_string_equal(topic, SIXTY_FOUR "/user/" SIXTY_FOUR "/requests/" SIXTY_FOUR "/" ID_HEX);
    bc_topic_box(&topics, topic, name, BC_BOX_GROUP, name, ID);
    assert_string_equal(topic, SIXTY_FOUR "/group/" SIXTY_FOUR "/messages/" SIXTY_FOUR "/" ID_HEX);
    bc_topic_event(&topics, topic, false, name, SIXTY_FOUR);
    assert_string_equal(topic, SIXTY_FOUR "/user/" SIXTY_FOUR "/events/" SIXTY_FOUR);
    bc_topic_event(&topics, topic, true, name, SIXTY_FOUR);
    assert_string_equal(topic, SIXTY_FOUR "/group/" SIXTY_FOUR "/events/" SIXTY_FOUR);
    bc_topic_typing(&topics, topic, true, name, name);
    assert_string_equal(topic, SIXTY_FOUR "/group/" SIXTY_FOUR "/typing/" SIXTY_FOUR);
    bc_topic_reply(&topics, topic, name);
    assert_string_equal(topic, SIXTY_FOUR "/reply/" SIXTY_FOUR);
}

static void what_does_not_fit_is_left_out(void **state)
{
    (void)state;
    struct bc_topics topics = with_prefix("bc");
    char *name = long_topic("", "");
    char topic[BC_TOPIC_MAX];
    bc_topic_reply(&topics, topic, bc_bytes_text(name));
    assert_string_equal(topic, "bc/reply");
    free(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_prefix_is_one_level_made_as_a_name),
        cmocka_unit_test(only_the_publish_topics_can_be_published_to),
        cmocka_unit_test(the_prefix_is_that_of_the_option),
        cmocka_unit_test(every_topic_that_may_be_published_to_has_room_for_the_sink),
        cmocka_unit_test(deliveries_are_told_by_their_topics),
        cmocka_unit_test(filters_name_their_user_or_group_literally),
        cmocka_unit_test(names_of_any_length_are_read),
        cmocka_unit_test(answers_go_below_reply_only),
        cmocka_unit_test(topics_are_built_as_they_are_read),
        cmocka_unit_test(the_longest_topics_are_built_whole),
        cmocka_unit_test(what_does_not_fit_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
