/*
 * The topics of protocol section 2: read into a struct, and written from one. Pure; topics are
 * the broker's, so they are UTF-8 without NUL, and filters have their wildcards where MQTT wants
 * them. Everything is O(length of the topic) and without allocation.
 */
#ifndef BC_BROKER_PLUGIN_TOPIC_H
#define BC_BROKER_PLUGIN_TOPIC_H

#include "messaging/bytes.h"
#include "messaging/deliver.h"

/* Room for the longest topic that is built, and its NUL. */
#define BC_TOPIC_MAX 256

/* The longest prefix, in bytes; topic.c proves that no topic outgrows BC_TOPIC_MAX with it. */
#define BC_TOPIC_PREFIX_MAX 64

/* The longest name of a command or an event, in bytes. */
#define BC_TOPIC_WORD_MAX 64

/* The most levels below bc/reply/ of a filter: each costs the broker memory, and none is read. */
#define BC_TOPIC_REPLY_LEVELS 8

/*
 * Where a sender's own packet goes instead of to its topic. Nobody may publish, subscribe or read
 * here or below. It starts with '$' so that no '#' finds it, and is shorter than every topic that
 * may be published to, so that it can be written over one in place.
 */
#define BC_TOPIC_SINK "$bc"

/* The prefix of all topics; a value without resources. */
struct bc_topics {
    char prefix[BC_TOPIC_PREFIX_MAX + 1];
    size_t length;
};

/**
 * bc_topics_init(topics, prefix):
 * Use ${prefix} (copied). It is one level and made as a user name is: 1 to BC_TOPIC_PREFIX_MAX
 * bytes of UTF-8 without '/', '+', '#' and control characters, not starting with '$' or '@'. With
 * one level, '#' and '+/...' are the only filters that reach into the namespace from outside.
 * False, and *${topics} unchanged, if it is not that.
 */
bool bc_topics_init(struct bc_topics *topics, const char *prefix) BC_MUST_CHECK;

enum bc_publish_type {
    BC_PUBLISH_OUTSIDE,      /* not ours */
    BC_PUBLISH_USER,         /* bc/user/<name> */
    BC_PUBLISH_USER_TYPING,  /* bc/user/<name>/typing */
    BC_PUBLISH_GROUP,        /* bc/group/<name> */
    BC_PUBLISH_GROUP_TYPING, /* bc/group/<name>/typing */
    BC_PUBLISH_COMMAND,      /* bc/do/<name> */
    BC_PUBLISH_SINK,         /* the sink or below it */
    BC_PUBLISH_BAD           /* the prefix itself, or anything else below it */
};

struct bc_publish_topic {
    enum bc_publish_type type;
    struct bc_bytes name; /* of the user, group or command; empty for the others */
};

/**
 * bc_topic_publish(topics, topic):
 * What a publish to ${topic} asks for. The name is one level and not empty, and a command's is at
 * most BC_TOPIC_WORD_MAX bytes (no longer one could be answered); whether it is a valid name is
 * for others to judge. The name borrows from ${topic}.
 */
struct bc_publish_topic bc_topic_publish(const struct bc_topics *topics, const char *topic);

enum bc_deliver_type {
    BC_DELIVER_OUTSIDE,       /* not ours */
    BC_DELIVER_INBOX,         /* bc/user/<owner>/inbox/<other>/<id> */
    BC_DELIVER_REQUESTS,      /* bc/user/<owner>/requests/<other>/<id> */
    BC_DELIVER_SENT,          /* bc/user/<owner>/sent/<other>/<id> */
    BC_DELIVER_EVENT,         /* bc/user/<owner>/events/<type>, ${other} being the type */
    BC_DELIVER_TYPING,        /* bc/user/<owner>/typing/<other> */
    BC_DELIVER_WAKE,          /* bc/user/<owner>/wake */
    BC_DELIVER_GROUP_MESSAGE, /* bc/group/<owner>/messages/<other>/<id> */
    BC_DELIVER_GROUP_EVENT,   /* bc/group/<owner>/events/<type>, ${other} being the type */
    BC_DELIVER_GROUP_TYPING,  /* bc/group/<owner>/typing/<other> */
    BC_DELIVER_REPLY,         /* below bc/reply/ */
    BC_DELIVER_ERROR,         /* bc/error */
    BC_DELIVER_SINK,          /* the sink or below it */
    BC_DELIVER_NOTHING        /* below the prefix, and nothing that is ever delivered */
};

struct bc_deliver_topic {
    enum bc_deliver_type type;
    struct bc_bytes owner; /* the user, or the group, under whose name the topic is */
    struct bc_bytes other; /* the other user, or the event's type */
    uint64_t id;           /* of messages; 0 for the others */
};

/**
 * bc_topic_deliver(topics, topic):
 * What a delivery on ${topic} is. The names are one level and not empty, and borrow from ${topic}.
 */
struct bc_deliver_topic bc_topic_deliver(const struct bc_topics *topics, const char *topic);

enum bc_filter_type {
    BC_FILTER_OUTSIDE,        /* can match nothing of ours */
    BC_FILTER_WILDCARD_FIRST, /* its first level is '#' or '+' */
    BC_FILTER_USER,           /* bc/user/<name>/ and more */
    BC_FILTER_WAKE,           /* bc/user/<name>/wake, which is one user's alone */
    BC_FILTER_GROUP,          /* bc/group/<name>/ and more */
    BC_FILTER_REPLY,          /* bc/reply/ and more */
    BC_FILTER_ERROR,          /* bc/error */
    BC_FILTER_FORBIDDEN       /* anything else at or below the prefix or the sink */
};

struct bc_topic_filter {
    enum bc_filter_type type;
    struct bc_bytes name; /* of the user or group; empty for the others */
};

/**
 * bc_topic_filter(topics, filter):
 * What a subscription to ${filter} asks for. Names are literal: with a wildcard in the name's level
 * it is FORBIDDEN, and so is a filter that could match no topic that is ever delivered there, or is
 * of more than BC_TOPIC_REPLY_LEVELS below bc/reply/. A shared subscription
 * ($share/<group>/<filter>) is what its <filter> is, but FORBIDDEN if that is at or below the
 * prefix or the sink. The name borrows from ${filter}.
 */
struct bc_topic_filter bc_topic_filter(const struct bc_topics *topics, const char *filter);

/**
 * bc_topic_is_response(topics, topic):
 * May a command be answered on ${topic}? It is below bc/reply/, without a wildcard, and shorter
 * than BC_TOPIC_MAX.
 */
bool bc_topic_is_response(const struct bc_topics *topics, const char *topic);

/*
 * The builders write a topic and its NUL into ${topic}. Users are valid names, ${type} and
 * ${command} are one level of at most BC_TOPIC_WORD_MAX bytes: then everything fits.
 */

/* bc/user/<owner>/<box>/<other>/<id>, or bc/group/<owner>/messages/<other>/<id> */
void bc_topic_box(const struct bc_topics *topics, char topic[BC_TOPIC_MAX], struct bc_bytes owner,
    enum bc_box box, struct bc_bytes other, uint64_t id);

/* bc/user/<owner>/events/<type>, or with ${group} bc/group/<owner>/events/<type> */
void bc_topic_event(const struct bc_topics *topics, char topic[BC_TOPIC_MAX], bool group,
    struct bc_bytes owner, const char *type);

/* bc/user/<owner>/typing/<from>, or with ${group} bc/group/<owner>/typing/<from> */
void bc_topic_typing(const struct bc_topics *topics, char topic[BC_TOPIC_MAX], bool group,
    struct bc_bytes owner, struct bc_bytes from);

/* bc/user/<owner>/wake */
void bc_topic_wake(const struct bc_topics *topics, char topic[BC_TOPIC_MAX], struct bc_bytes owner);

/* bc/reply/<command> */
void bc_topic_reply(
    const struct bc_topics *topics, char topic[BC_TOPIC_MAX], struct bc_bytes command);

/* bc/error */
void bc_topic_error(const struct bc_topics *topics, char topic[BC_TOPIC_MAX]);

#endif
