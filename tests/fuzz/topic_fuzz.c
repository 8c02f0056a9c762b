/* Topics as clients write them: what they are read as must build the same topic again. */
#include "broker-plugin/topic.h"
#include "fuzz.h"
#include "messaging/text.h"

static void check_within(struct bc_bytes name, const char *topic, size_t len)
{
    const char *at = (const char *)name.data;

    MUST(name.len == 0 || (at >= topic && at + name.len <= topic + len));
}

/* A box of a message, where names are valid: the builder makes the topic that was read. */
static void check_box(const struct bc_topics *topics, const char *topic,
    const struct bc_deliver_topic *read, enum bc_box box)
{
    char built[BC_TOPIC_MAX];

    if (read->owner.len <= BC_NAME_MAX && read->other.len <= BC_NAME_MAX) {
        bc_topic_box(topics, built, read->owner, box, read->other, read->id);
        MUST(strcmp(built, topic) == 0);
    }
}

static void check_deliver(const struct bc_topics *topics, const char *topic)
{
    struct bc_deliver_topic read = bc_topic_deliver(topics, topic);

    check_within(read.owner, topic, strlen(topic));
    check_within(read.other, topic, strlen(topic));
    if (read.type == BC_DELIVER_INBOX) {
        check_box(topics, topic, &read, BC_BOX_INBOX);
    } else if (read.type == BC_DELIVER_REQUESTS) {
        check_box(topics, topic, &read, BC_BOX_REQUESTS);
    } else if (read.type == BC_DELIVER_SENT) {
        check_box(topics, topic, &read, BC_BOX_SENT);
    } else if (read.type == BC_DELIVER_GROUP_MESSAGE) {
        check_box(topics, topic, &read, BC_BOX_GROUP);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *topic = fuzz_string(data, size);
    struct bc_topics topics;
    struct bc_publish_topic publish;
    struct bc_topic_filter filter;

    MUST(bc_topics_init(&topics, "bc"));
    publish = bc_topic_publish(&topics, topic);
    check_within(publish.name, topic, size);
    MUST(memchr(publish.name.data != NULL ? (const char *)publish.name.data : "", '/',
             publish.name.len) == NULL);
    filter = bc_topic_filter(&topics, topic);
    check_within(filter.name, topic, size);
    check_deliver(&topics, topic);
    /* What is answered on is delivered as an answer, which nobody else may read. */
    MUST(!bc_topic_is_response(&topics, topic) ||
         bc_topic_deliver(&topics, topic).type == BC_DELIVER_REPLY);
    /* No topic that can be published to is one that is delivered on. */
    MUST(publish.type == BC_PUBLISH_OUTSIDE || publish.type == BC_PUBLISH_BAD ||
         publish.type == BC_PUBLISH_SINK ||
         bc_topic_deliver(&topics, topic).type == BC_DELIVER_NOTHING);
    (void)!bc_topics_init(&topics, topic);
    free(topic);
    return 0;
}
