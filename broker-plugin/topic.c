#include "broker-plugin/topic.h"
#include "messaging/id.h"
#include "messaging/text.h"

/* The longest topics that are built, with names of BC_NAME_MAX bytes and the NUL. */
#define LONGEST_BOX                                                                                \
    (BC_TOPIC_PREFIX_MAX + sizeof("/user//requests//") + 2 * (size_t)BC_NAME_MAX + BC_ID_HEX_LENGTH)
#define LONGEST_WORD                                                                               \
    (BC_TOPIC_PREFIX_MAX + sizeof("/user//events/") + (size_t)BC_NAME_MAX + BC_TOPIC_WORD_MAX)
_Static_assert(LONGEST_BOX <= BC_TOPIC_MAX && LONGEST_WORD <= BC_TOPIC_MAX,
    "a topic with the longest prefix fits");
_Static_assert(BC_TOPIC_PREFIX_MAX == BC_NAME_MAX, "a prefix is made as a user name is");
_Static_assert(BC_TOPIC_WORD_MAX >= BC_NAME_MAX, "what is longer than a word is no name either");

/* What is left to be read of a topic, level by level. */
struct levels {
    struct bc_bytes rest;
    bool more; /* false: the last level has been read */
};

static struct levels levels_of(const char *topic)
{
    return (struct levels){ .rest = bc_bytes_text(topic), .more = true };
}

/* The next level, which may be empty; none behind the last, which is empty too. */
static struct bc_bytes next(struct levels *levels)
{
    struct bc_bytes rest = levels->rest;
    const uint8_t *slash = rest.len > 0 ? memchr(rest.data, '/', rest.len) : NULL;
    if (slash == NULL) {
        *levels = (struct levels){ .more = false };
        return rest;
    }
    size_t len = (size_t)(slash - rest.data);
    levels->rest = bc_bytes(slash + 1, rest.len - len - 1);
    return bc_bytes(rest.data, len);
}

static bool is(struct bc_bytes level, const char *word)
{
    return bc_bytes_equal(level, bc_bytes_text(word));
}

static struct bc_bytes prefix_of(const struct bc_topics *topics)
{
    return bc_bytes(topics->prefix, topics->length);
}

static bool is_prefix(const struct bc_topics *topics, struct bc_bytes level)
{
    return bc_bytes_equal(level, prefix_of(topics));
}

bool bc_topics_init(struct bc_topics *topics, const char *prefix)
{
    struct bc_bytes text = bc_bytes_text(prefix);
    if (text.data == NULL || !bc_text_is_user(text)) {
        return false;
    }
    *topics = (struct bc_topics){ .length = text.len };
    memcpy(topics->prefix, text.data, text.len);
    return true;
}

/* The topic of a user's or a group's messages, or of typing, whose levels from the name on are
 * left. */
static struct bc_publish_topic publish_to(
    struct levels *levels, enum bc_publish_type messages, enum bc_publish_type typing)
{
    struct bc_bytes name = next(levels);
    enum bc_publish_type type = messages;
    if (levels->more) {
        type = is(next(levels), "typing") && !levels->more ? typing : BC_PUBLISH_BAD;
    }
    if (name.len == 0 || type == BC_PUBLISH_BAD) {
        return (struct bc_publish_topic){ .type = BC_PUBLISH_BAD };
    }
    return (struct bc_publish_topic){ .type = type, .name = name };
}

struct bc_publish_topic bc_topic_publish(const struct bc_topics *topics, const char *topic)
{
    struct bc_publish_topic bad = { .type = BC_PUBLISH_BAD };
    struct levels levels = levels_of(topic);
    struct bc_bytes first = next(&levels);
    if (is(first, BC_TOPIC_SINK)) {
        return (struct bc_publish_topic){ .type = BC_PUBLISH_SINK };
    }
    if (!is_prefix(topics, first)) {
        return (struct bc_publish_topic){ .type = BC_PUBLISH_OUTSIDE };
    }
    struct bc_bytes branch = next(&levels);
    if (is(branch, "user")) {
        return publish_to(&levels, BC_PUBLISH_USER, BC_PUBLISH_USER_TYPING);
    }
    if (is(branch, "group")) {
        return publish_to(&levels, BC_PUBLISH_GROUP, BC_PUBLISH_GROUP_TYPING);
    }
    if (!is(branch, "do")) {
        return bad;
    }
    struct bc_bytes name = next(&levels);
    if (name.len == 0 || name.len > BC_TOPIC_WORD_MAX || levels.more) {
        return bad;
    }
    return (struct bc_publish_topic){ .type = BC_PUBLISH_COMMAND, .name = name };
}

/* What is delivered below a user or a group, and how many levels follow the box. */
static const struct box {
    const char *branch;
    const char *name;
    enum bc_deliver_type type;
    unsigned levels; /* the other, an id */
} boxes[] = {
    { "user", "inbox", BC_DELIVER_INBOX, 2 },
    { "user", "requests", BC_DELIVER_REQUESTS, 2 },
    { "user", "sent", BC_DELIVER_SENT, 2 },
    { "user", "events", BC_DELIVER_EVENT, 1 },
    { "user", "typing", BC_DELIVER_TYPING, 1 },
    { "user", "wake", BC_DELIVER_WAKE, 0 },
    { "group", "messages", BC_DELIVER_GROUP_MESSAGE, 2 },
    { "group", "events", BC_DELIVER_GROUP_EVENT, 1 },
    { "group", "typing", BC_DELIVER_GROUP_TYPING, 1 },
};

static const struct box *find_box(struct bc_bytes branch, struct bc_bytes name)
{
    for (size_t i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++) {
        if (is(branch, boxes[i].branch) && is(name, boxes[i].name)) {
            return &boxes[i];
        }
    }
    return NULL;
}

/* The topic in a box of ${branch}, whose levels from the name on are left. */
static struct bc_deliver_topic deliver_to(struct levels *levels, struct bc_bytes branch)
{
    struct bc_deliver_topic nothing = { .type = BC_DELIVER_NOTHING };
    struct bc_deliver_topic found = { .owner = next(levels) };
    const struct box *box = find_box(branch, next(levels));
    if (box == NULL) {
        return nothing;
    }
    found.type = box->type;
    if (box->levels > 0) {
        found.other = next(levels);
    }
    if (box->levels > 1 && !bc_id_parse(next(levels), &found.id)) {
        return nothing;
    }
    if (found.owner.len == 0 || (box->levels > 0 && found.other.len == 0) || levels->more) {
        return nothing;
    }
    return found;
}

struct bc_deliver_topic bc_topic_deliver(const struct bc_topics *topics, const char *topic)
{
    struct levels levels = levels_of(topic);
    struct bc_bytes first = next(&levels);
    if (is(first, BC_TOPIC_SINK)) {
        return (struct bc_deliver_topic){ .type = BC_DELIVER_SINK };
    }
    if (!is_prefix(topics, first)) {
        return (struct bc_deliver_topic){ .type = BC_DELIVER_OUTSIDE };
    }
    struct bc_bytes branch = next(&levels);
    if (is(branch, "reply") && levels.rest.len > 0) {
        return (struct bc_deliver_topic){ .type = BC_DELIVER_REPLY };
    }
    if (is(branch, "error") && !levels.more) {
        return (struct bc_deliver_topic){ .type = BC_DELIVER_ERROR };
    }
    return deliver_to(&levels, branch);
}

static bool has_wildcard(struct bc_bytes text)
{
    return text.len > 0 &&
           (memchr(text.data, '+', text.len) != NULL || memchr(text.data, '#', text.len) != NULL);
}

/* Can ${level} of a filter stand at ${depth} of a topic in ${box}: its name, the other, an id? */
static bool may_stand(struct bc_bytes level, const struct box *box, unsigned depth)
{
    uint64_t id;
    if (is(level, "+")) {
        return true;
    }
    if (depth == 0) {
        return is(level, box->name);
    }
    return depth == 1 ? level.len > 0 && level.len <= BC_TOPIC_WORD_MAX : bc_id_parse(level, &id);
}

/* Can the filter whose levels from the box on are left match a topic in ${box}? */
static bool may_match_box(struct levels levels, const struct box *box)
{
    unsigned depth = box->levels + 1;
    for (unsigned i = 0; levels.more; i++) {
        struct bc_bytes level = next(&levels);
        if (is(level, "#")) {
            return true;
        }
        if (i == depth || !may_stand(level, box, i)) {
            return false;
        }
        if (!levels.more) {
            /* A single `+` is for topics of one level that are to come. */
            return i + 1 == depth || (i == 0 && is(level, "+"));
        }
    }
    return false;
}

static bool may_match(struct levels levels, struct bc_bytes branch)
{
    for (size_t i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++) {
        if (is(branch, boxes[i].branch) && may_match_box(levels, &boxes[i])) {
            return true;
        }
    }
    return false;
}

/* Are at most ${most} levels left? */
static bool has_at_most(struct levels levels, unsigned most)
{
    while (levels.more && most > 0) {
        next(&levels);
        most--;
    }
    return !levels.more;
}

/* The filter below the prefix whose levels from the branch on are left. */
static struct bc_topic_filter filter_below(struct levels *levels)
{
    struct bc_topic_filter forbidden = { .type = BC_FILTER_FORBIDDEN };
    struct bc_bytes branch = next(levels);
    if (is(branch, "error") && !levels->more) {
        return (struct bc_topic_filter){ .type = BC_FILTER_ERROR };
    }
    if (is(branch, "reply") && levels->rest.len > 0 &&
        has_at_most(*levels, BC_TOPIC_REPLY_LEVELS)) {
        return (struct bc_topic_filter){ .type = BC_FILTER_REPLY };
    }
    if (!is(branch, "user") && !is(branch, "group")) {
        return forbidden;
    }
    struct bc_bytes name = next(levels);
    if (name.len == 0 || has_wildcard(name) || !may_match(*levels, branch)) {
        return forbidden;
    }
    if (is(branch, "group")) {
        return (struct bc_topic_filter){ .type = BC_FILTER_GROUP, .name = name };
    }
    return (struct bc_topic_filter){
        .type = is(next(levels), "wake") ? BC_FILTER_WAKE : BC_FILTER_USER,
        .name = name,
    };
}

struct bc_topic_filter bc_topic_filter(const struct bc_topics *topics, const char *filter)
{
    struct levels levels = levels_of(filter);
    struct bc_bytes first = next(&levels);
    bool shared = is(first, "$share");
    if (shared) {
        next(&levels);
        first = next(&levels);
    }
    if (is(first, "#") || is(first, "+")) {
        return (struct bc_topic_filter){ .type = BC_FILTER_WILDCARD_FIRST };
    }
    if (is(first, BC_TOPIC_SINK)) {
        return (struct bc_topic_filter){ .type = BC_FILTER_FORBIDDEN };
    }
    if (!is_prefix(topics, first)) {
        return (struct bc_topic_filter){ .type = BC_FILTER_OUTSIDE };
    }
    if (shared) {
        return (struct bc_topic_filter){ .type = BC_FILTER_FORBIDDEN };
    }
    return filter_below(&levels);
}

bool bc_topic_is_response(const struct bc_topics *topics, const char *topic)
{
    return bc_topic_deliver(topics, topic).type == BC_DELIVER_REPLY &&
           strlen(topic) < BC_TOPIC_MAX && !has_wildcard(bc_bytes_text(topic));
}

/* Write ${levels}, with '/' between them; what has no room is left out. */
static void build(char topic[BC_TOPIC_MAX], const struct bc_bytes *levels, size_t count)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        size_t slash = i > 0 ? 1 : 0;
        if (levels[i].len + slash >= BC_TOPIC_MAX - at) {
            break;
        }
        memcpy(topic + at, "/", slash);
        memcpy(topic + at + slash, levels[i].data, levels[i].len);
        at += slash + levels[i].len;
    }
    topic[at] = '\0';
}

void bc_topic_box(const struct bc_topics *topics, char topic[BC_TOPIC_MAX], struct bc_bytes owner,
    enum bc_box box, struct bc_bytes other, uint64_t id)
{
    static const char *const names[] = {
        [BC_BOX_SENT] = "sent",
        [BC_BOX_INBOX] = "inbox",
        [BC_BOX_REQUESTS] = "requests",
        [BC_BOX_GROUP] = "messages",
        [BC_BOX_NOWHERE] = "inbox", /* built, and never published */
    };
    char hex[BC_ID_HEX_LENGTH + 1];
    bc_id_format(id, hex);
    struct bc_bytes levels[] = { prefix_of(topics),
        bc_bytes_text(box == BC_BOX_GROUP ? "group" : "user"), owner, bc_bytes_text(names[box]),
        other, bc_bytes(hex, BC_ID_HEX_LENGTH) };
    build(topic, levels, sizeof(levels) / sizeof(levels[0]));
}

/* bc/user/<owner>/<box>/<last> */
static void build_below(const struct bc_topics *topics, char topic[BC_TOPIC_MAX], bool group,
    struct bc_bytes owner, const char *box, struct bc_bytes last)
{
    struct bc_bytes levels[] = { prefix_of(topics), bc_bytes_text(group ? "group" : "user"), owner,
        bc_bytes_text(box), last };
    build(topic, levels, sizeof(levels) / sizeof(levels[0]));
}

void bc_topic_event(const struct bc_topics *topics, char topic[BC_TOPIC_MAX], bool group,
    struct bc_bytes owner, const char *type)
{
    build_below(topics, topic, group, owner, "events", bc_bytes_text(type));
}

void bc_topic_typing(const struct bc_topics *topics, char topic[BC_TOPIC_MAX], bool group,
    struct bc_bytes owner, struct bc_bytes from)
{
    build_below(topics, topic, group, owner, "typing", from);
}

void bc_topic_wake(const struct bc_topics *topics, char topic[BC_TOPIC_MAX], struct bc_bytes owner)
{
    struct bc_bytes levels[] = { prefix_of(topics), bc_bytes_text("user"), owner,
        bc_bytes_text("wake") };
    build(topic, levels, sizeof(levels) / sizeof(levels[0]));
}

void bc_topic_reply(
    const struct bc_topics *topics, char topic[BC_TOPIC_MAX], struct bc_bytes command)
{
    struct bc_bytes levels[] = { prefix_of(topics), bc_bytes_text("reply"), command };
    build(topic, levels, sizeof(levels) / sizeof(levels[0]));
}

void bc_topic_error(const struct bc_topics *topics, char topic[BC_TOPIC_MAX])
{
    struct bc_bytes levels[] = { prefix_of(topics), bc_bytes_text("error") };
    build(topic, levels, sizeof(levels) / sizeof(levels[0]));
}
