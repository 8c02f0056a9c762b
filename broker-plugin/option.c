#include "broker-plugin/option.h"
#include "broker-plugin/topic.h"
#include "messaging/kind.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

/* The longest value that an error line repeats, in bytes. */
#define SHOWN_MAX 100

#define BILLION UINT64_C(1000000000)

/*
 * MQTT's largest packet is 268,435,455 bytes. The rest is for a delivery's topic and properties,
 * which are longer than those of the publish, and for what is journaled with a message.
 */
#define PAYLOAD_MAX UINT64_C(267386880)

/* The words for an enum's values, by value; ends with NULL. */
static const char *const durabilities[] = {
    [BC_DURABILITY_PUBLISH] = "publish",
    [BC_DURABILITY_BATCH] = "batch",
    NULL,
};
static const char *const other_topics[] = {
    [BC_OTHER_TOPICS_DEFER] = "defer",
    [BC_OTHER_TOPICS_ALLOW] = "allow",
    [BC_OTHER_TOPICS_DENY] = "deny",
    NULL,
};

static const char *const histories[] = {
    [BC_HISTORY_NONE] = "none",
    [BC_HISTORY_ALL] = "all",
    NULL,
};

/* What an option takes, and so what its field of struct bc_options is. */
enum takes {
    TAKES_PATH,   /* char *: any text but none */
    TAKES_PREFIX, /* char *: what bc_topics_init() takes */
    TAKES_WORD,   /* an enum: one of ${words} */
    TAKES_KINDS,  /* uint32_t: kinds, separated by commas */
    TAKES_NUMBER  /* uint8_t, uint32_t or uint64_t: ${min} to ${max} */
};

static const struct option {
    const char *name;
    enum takes takes;
    uint64_t min;
    uint64_t max;
    const char *fallback; /* the default, written as a value; NULL: the option is required */
    const char *const *words;
    size_t offset;
    size_t size;
    const char *sentence;
} options_table[] = {
#define FIELD(field)                                                                               \
    .offset = offsetof(struct bc_options, field), .size = sizeof(((struct bc_options *)NULL)->field)
#define NUMBER(first, last) .takes = TAKES_NUMBER, .min = (first), .max = (last)
    { .name = "data_dir",
        .takes = TAKES_PATH,
        FIELD(data_dir),
        .sentence = "The directory that holds everything. It must exist, and the broker's user "
                    "must be able to write to it." },
    { .name = "topic_prefix",
        .takes = TAKES_PREFIX,
        .fallback = "bc",
        FIELD(topic_prefix),
        .sentence = "The first level of every topic of Backchannel's." },
    { .name = "durability",
        .takes = TAKES_WORD,
        .words = durabilities,
        .fallback = "publish",
        FIELD(durability),
        .sentence = "`publish` syncs each message to the disk before acknowledging it; `batch` "
                    "syncs many at once, before anybody is shown them." },
    { .name = "other_topics",
        .takes = TAKES_WORD,
        .words = other_topics,
        .fallback = "defer",
        FIELD(other_topics),
        .sentence = "What to say when access to any other topic is checked: `defer` leaves it to "
                    "the broker's other rules." },
    { .name = "node_id",
        NUMBER(0, UINT8_MAX),
        .fallback = "0",
        FIELD(node_id),
        .sentence = "This broker's number within the ids it draws." },
    { .name = "kinds",
        .takes = TAKES_KINDS,
        .fallback = "text,link,image,video",
        FIELD(limits.kinds),
        .sentence = "What may be sent at all." },
    { .name = "message_max_bytes",
        NUMBER(1, PAYLOAD_MAX),
        .fallback = "1048576",
        FIELD(limits.message_max_bytes),
        .sentence = "The largest message." },
    { .name = "request_kinds",
        .takes = TAKES_KINDS,
        .fallback = "text,link",
        FIELD(limits.request_kinds),
        .sentence = "What may be sent to someone who has not approved the sender." },
    { .name = "request_max_messages",
        NUMBER(1, BILLION),
        .fallback = "5",
        FIELD(limits.request_max_messages),
        .sentence = "Messages to someone who has not approved the sender, at most." },
    { .name = "request_max_pending",
        NUMBER(1, BILLION),
        .fallback = "50",
        FIELD(limits.request_max_pending),
        .sentence = "People one user may have such messages with at a time." },
    { .name = "request_max_bytes",
        NUMBER(1, PAYLOAD_MAX),
        .fallback = "4096",
        FIELD(limits.request_max_bytes),
        .sentence = "The largest such message." },
    { .name = "request_days",
        NUMBER(1, BILLION),
        .fallback = "30",
        FIELD(limits.request_days),
        .sentence = "Days after which such a message counts no more, and a decline ends." },
    { .name = "group_max_members",
        NUMBER(1, BILLION),
        .fallback = "1000",
        FIELD(limits.group_max_members),
        .sentence = "Members of a group, at most." },
    { .name = "groups_per_user",
        NUMBER(1, BILLION),
        .fallback = "200",
        FIELD(limits.groups_per_user),
        .sentence = "Groups that one user may be in." },
    { .name = "history_for_new_members",
        .takes = TAKES_WORD,
        .words = histories,
        .fallback = "none",
        FIELD(limits.history_for_new_members),
        .sentence = "How much new members read of what was sent before they came." },
    { .name = "msgid_days",
        NUMBER(1, BILLION),
        .fallback = "7",
        FIELD(limits.msgid_days),
        .sentence = "Days for which a `msgid` is remembered, so that sending twice is sending "
                    "once." },
    { .name = "rate_per_minute",
        NUMBER(1, BILLION),
        .fallback = "600",
        FIELD(rate_per_minute),
        .sentence = "Messages, commands and typing of one user in a minute, in the long run." },
    { .name = "rate_burst",
        NUMBER(1, BILLION),
        .fallback = "100",
        FIELD(rate_burst),
        .sentence = "As many of these as a user may send at once." },
    { .name = "reply_max_bytes",
        NUMBER(4096, PAYLOAD_MAX),
        .fallback = "262144",
        FIELD(reply_max_bytes),
        .sentence = "The largest answer to a command; what is left is in the next page." },
    { .name = "checkpoint_facts",
        NUMBER(1, BILLION),
        .fallback = "1000",
        FIELD(checkpoint_facts),
        .sentence = "Changes after which the tables are committed." },
    { .name = "checkpoint_bytes",
        NUMBER(65536, UINT64_C(1) << 30),
        .fallback = "8388608",
        FIELD(checkpoint_bytes),
        .sentence = "Bytes of journal after which they are committed, if that comes first." },
#undef NUMBER
#undef FIELD
};

#define OPTION_COUNT (sizeof(options_table) / sizeof(options_table[0]))

/* A text of at most ${size} - 1 bytes that grows by printing; what has no room is cut off. */
struct text {
    char *text;
    size_t size;
    size_t len;
};

__attribute__((format(printf, 2, 3))) static void say(struct text *to, const char *format, ...)
{
    if (to->len + 1 >= to->size) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    int wrote = vsnprintf(to->text + to->len, to->size - to->len, format, arguments);
    va_end(arguments);
    size_t room = to->size - to->len - 1;
    to->len += wrote < 0 ? 0 : (size_t)wrote < room ? (size_t)wrote : room;
}

static void say_takes(struct text *to, const struct option *option)
{
    switch (option->takes) {
    case TAKES_PATH:
        say(to, "a directory");
        return;
    case TAKES_PREFIX:
        say(to, "1 to %d bytes without / + #, not starting with $ or @", BC_TOPIC_PREFIX_MAX);
        return;
    case TAKES_WORD:
        for (size_t i = 0; option->words[i] != NULL; i++) {
            bool last = option->words[i + 1] == NULL;
            say(to, "%s%s", i == 0 ? "" : last ? " or " : ", ", option->words[i]);
        }
        return;
    case TAKES_KINDS:
        say(to, "one or more of ");
        for (enum bc_kind kind = BC_TEXT; kind <= BC_BINARY; kind++) {
            say(to, "%s%s", bc_kind_name(kind), kind < BC_BINARY ? "," : "");
        }
        return;
    case TAKES_NUMBER:
        say(to, "%" PRIu64 " to %" PRIu64, option->min, option->max);
        return;
    }
}

/* Only digits, so that nothing is read as octal, a sign or a unit. */
static bool read_number(const char *value, uint64_t min, uint64_t max, uint64_t *number)
{
    uint64_t sum = 0;
    for (const char *digit = value; *digit != '\0'; digit++) {
        if (*digit < '0' || *digit > '9') {
            return false;
        }
        sum = sum * 10 + (uint64_t)(*digit - '0');
        if (sum > max) {
            return false;
        }
    }
    *number = sum;
    return *value != '\0' && sum >= min;
}

static bool read_word(const char *value, const char *const *words, uint64_t *number)
{
    for (uint64_t i = 0; words[i] != NULL; i++) {
        if (strcmp(value, words[i]) == 0) {
            *number = i;
            return true;
        }
    }
    return false;
}

static bool read_kinds(const char *value, uint64_t *set)
{
    *set = 0;
    for (const char *name = value;;) {
        size_t len = strcspn(name, ",");
        enum bc_kind kind;
        if (!bc_kind_named(bc_bytes(name, len), &kind)) {
            return false;
        }
        *set |= BC_KIND_BIT(kind);
        if (name[len] == '\0') {
            return true;
        }
        name += len + 1;
    }
}

/* Store ${number} in a field of ${size} bytes, which has room for it. */
static void store_number(void *field, size_t size, uint64_t number)
{
    uint8_t small = (uint8_t)number;
    uint32_t middle = (uint32_t)number;
    const void *from = size == sizeof(small)    ? (const void *)&small
                       : size == sizeof(middle) ? (const void *)&middle
                                                : (const void *)&number;
    memcpy(field, from, size);
}

enum outcome {
    SET,
    MALFORMED,
    NO_MEMORY
};

static enum outcome store_text(void *field, const char *value)
{
    char *copy = strdup(value);
    memcpy(field, &copy, sizeof(copy));
    return copy != NULL ? SET : NO_MEMORY;
}

/* Set ${option}'s field, which holds nothing yet, to ${value}. */
static enum outcome set(struct bc_options *options, const struct option *option, const char *value)
{
    void *field = (char *)options + option->offset;
    struct bc_topics topics;
    uint64_t number = 0;
    bool good = false;
    switch (option->takes) {
    case TAKES_PATH:
        return value[0] != '\0' ? store_text(field, value) : MALFORMED;
    case TAKES_PREFIX:
        return bc_topics_init(&topics, value) ? store_text(field, value) : MALFORMED;
    case TAKES_WORD:
        good = read_word(value, option->words, &number);
        break;
    case TAKES_KINDS:
        good = read_kinds(value, &number);
        break;
    case TAKES_NUMBER:
        good = read_number(value, option->min, option->max, &number);
        break;
    }
    if (!good) {
        return MALFORMED;
    }
    store_number(field, option->size, number);
    return SET;
}

static const struct option *find(const char *name)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (strcmp(name, options_table[i].name) == 0) {
            return &options_table[i];
        }
    }
    return NULL;
}

/* Set ${option} to ${value}; false, with the reason in ${line}, if that can't be. */
static bool set_or_say(
    struct bc_options *options, const struct option *option, const char *value, struct text *line)
{
    switch (set(options, option, value)) {
    case SET:
        return true;
    case MALFORMED:
        say(line, "option %s: \"%.*s\" is not what it takes: ", option->name, SHOWN_MAX, value);
        say_takes(line, option);
        return false;
    case NO_MEMORY:
        say(line, "option %s: out of memory", option->name);
        return false;
    }
    return false;
}

/* Set what pairs[0..${count}) give, and mark it in ${given}. */
static bool set_given(struct bc_options *options, const struct bc_option_pair *pairs, size_t count,
    bool given[OPTION_COUNT], struct text *line)
{
    for (size_t i = 0; i < count; i++) {
        const char *value = pairs[i].value != NULL ? pairs[i].value : "";
        const struct option *option = find(pairs[i].key);
        if (option == NULL) {
            say(line, "option %.*s: there is none of that name (its value is \"%.*s\")", SHOWN_MAX,
                pairs[i].key, SHOWN_MAX, value);
            return false;
        }
        if (given[option - options_table]) {
            say(line, "option %s: given twice, the second time as \"%.*s\"", option->name,
                SHOWN_MAX, value);
            return false;
        }
        given[option - options_table] = true;
        if (!set_or_say(options, option, value, line)) {
            return false;
        }
    }
    return true;
}

static bool set_rest(struct bc_options *options, const bool given[OPTION_COUNT], struct text *line)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &options_table[i];
        if (!given[i] && option->fallback == NULL) {
            say(line, "option %s: missing; it takes ", option->name);
            say_takes(line, option);
            return false;
        }
        if (!given[i] && !set_or_say(options, option, option->fallback, line)) {
            return false;
        }
    }
    return true;
}

bool bc_options_read(struct bc_options *options, const struct bc_option_pair *pairs, size_t count,
    char *line, size_t size)
{
    *options = (struct bc_options){ 0 };
    struct text reason = { .text = line, .size = size };
    bool given[OPTION_COUNT] = { false };
    if (set_given(options, pairs, count, given, &reason) && set_rest(options, given, &reason)) {
        return true;
    }
    bc_options_free(options);
    return false;
}

void bc_options_free(struct bc_options *options)
{
    free(options->data_dir);
    free(options->topic_prefix);
    *options = (struct bc_options){ 0 };
}

void bc_options_print(FILE *out)
{
    fprintf(out, "| option | default | takes | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &options_table[i];
        char takes[256];
        struct text text = { .text = takes, .size = sizeof(takes) };
        say_takes(&text, option);
        if (option->fallback != NULL) {
            fprintf(out, "| `%s` | `%s` | ", option->name, option->fallback);
        } else {
            fprintf(out, "| `%s` | required | ", option->name);
        }
        fprintf(out, "%s | %s |\n", takes, option->sentence);
    }
}
