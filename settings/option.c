#include "settings/option.h"
#include "messaging/kind.h"
#include "messaging/shown.h"
#include "messaging/text.h"
#include "settings/option_table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

/* The room for a value that an error line repeats, in bytes. */
#define SHOWN_MAX 106

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

static void say_takes(struct text *to, const struct bc_option *option)
{
    switch (option->takes) {
    case TAKES_DIRECTORY:
    case TAKES_FILE:
        say(to, "an absolute path, not ending in a space");
        return;
    case TAKES_USERS:
        say(to, "names of users, separated by spaces, %zu bytes at most", option->size - 1);
        return;
    case TAKES_USER:
        say(to, "the name of a user");
        return;
    case TAKES_TEXT:
        say(to, "a text");
        return;
    case TAKES_PREFIX:
        say(to, "1 to %d bytes without / + #, not starting with $ or @", BC_NAME_MAX);
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

/* What is behind it is zero, so that equal texts are equal bytes. */
static enum outcome store_array(void *field, size_t size, const char *value)
{
    size_t len = strlen(value);

    if (len >= size) {
        return MALFORMED;
    }
    memset(field, 0, size);
    memcpy(field, value, len);
    return SET;
}

/* The next of the names in ${*text}, which moves behind it; empty after the last. */
struct bc_bytes bc_options_next_name(const char **text)
{
    const char *name = *text + strspn(*text, " ");
    size_t len = strcspn(name, " ");
    *text = name + len;
    return bc_bytes(name, len);
}

/* The broker's working directory is nothing to rely on, and it keeps spaces that can't be seen. */
static bool is_path(const char *value)
{
    return value[0] == '/' && strchr(" \t", value[strlen(value) - 1]) == NULL;
}

static bool are_users(const char *value)
{
    struct bc_bytes name;
    bool good = true;
    while (good && (name = bc_options_next_name(&value)).len > 0) {
        good = bc_text_is_user(name);
    }
    return good;
}

uint32_t bc_options_moderators(
    const struct bc_options *options, struct bc_bytes *names, uint32_t max)
{
    const char *rest = options->moderators;
    uint32_t count = 0;

    while (count < max && (names[count] = bc_options_next_name(&rest)).len > 0) {
        count++;
    }
    return count;
}

bool bc_options_is_moderator(const struct bc_options *options, struct bc_bytes user)
{
    const char *rest = options->moderators;
    struct bc_bytes name;
    while ((name = bc_options_next_name(&rest)).len > 0) {
        if (bc_bytes_equal(name, user)) {
            return true;
        }
    }
    return false;
}

bool bc_options_may_invite(const struct bc_options *options, struct bc_bytes user)
{
    return options->accounts == BC_ACCOUNTS_INVITES &&
           (options->invites_by == BC_INVITES_BY_EVERYONE ||
               bc_options_is_moderator(options, user));
}

bool bc_options_is_push_user(const struct bc_options *options, struct bc_bytes user)
{
    return user.len > 0 && bc_bytes_equal(bc_bytes_text(options->push_user), user);
}

static bool is_optional(const struct bc_option *option)
{
    return option->fallback != NULL && option->fallback[0] == '\0';
}

/* Set ${option}'s field, which holds nothing yet, to ${value}. */
static enum outcome set(
    struct bc_options *options, const struct bc_option *option, const char *value)
{
    void *field = (char *)options + option->offset;
    uint64_t number = 0;
    bool good = false;
    switch (option->takes) {
    case TAKES_DIRECTORY:
        return is_path(value) ? store_text(field, value) : MALFORMED;
    case TAKES_FILE:
        return value[0] == '\0' || is_path(value) ? store_text(field, value) : MALFORMED;
    case TAKES_USERS:
        return are_users(value) ? store_array(field, option->size, value) : MALFORMED;
    case TAKES_USER:
        good = value[0] == '\0' || bc_text_is_user(bc_bytes_text(value));
        return good ? store_text(field, value) : MALFORMED;
    case TAKES_TEXT:
        return store_text(field, value);
    case TAKES_PREFIX: /* one level of a topic that is a name, too */
        good = bc_text_is_user(bc_bytes_text(value)) || (value[0] == '\0' && is_optional(option));
        return good ? store_text(field, value) : MALFORMED;
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

static const struct bc_option *find(const char *name)
{
    for (size_t i = 0; i < bc_option_count; i++) {
        if (strcmp(name, bc_option_table[i].name) == 0) {
            return &bc_option_table[i];
        }
    }
    return NULL;
}

/* Set ${option} to ${value}; false, with the reason in ${line}, if that can't be. */
static bool set_or_say(struct bc_options *options, const struct bc_option *option,
    const char *value, struct text *line)
{
    char shown[SHOWN_MAX];

    switch (set(options, option, value)) {
    case SET:
        return true;
    case MALFORMED:
        say(line, "%s: %s is not what it takes: ", option->name,
            bc_shown(bc_bytes_text(value), shown, sizeof(shown)));
        say_takes(line, option);
        return false;
    case NO_MEMORY:
        say(line, "%s: out of memory", option->name);
        return false;
    }
    return false;
}

/* Set what ${pair} gives, and mark it in ${given}. */
static bool set_pair(struct bc_options *options, const struct bc_option_pair *pair,
    bool given[BC_OPTIONS_MAX], struct text *line)
{
    const char *value = pair->value != NULL ? pair->value : "";
    const struct bc_option *option = find(pair->key);
    char shown[SHOWN_MAX];
    (void)bc_shown(bc_bytes_text(value), shown, sizeof(shown));
    if (option == NULL) {
        say(line, "option %.*s: there is none of that name (its value is %s)", SHOWN_MAX, pair->key,
            shown);
        return false;
    }
    if (given[option - bc_option_table]) {
        say(line, "option %s: given twice, the second time as %s", option->name, shown);
        return false;
    }
    given[option - bc_option_table] = true;
    say(line, "option ");
    if (!set_or_say(options, option, value, line)) {
        return false;
    }
    line->len = 0;
    return true;
}

static bool set_given(struct bc_options *options, const struct bc_option_pair *pairs, size_t count,
    bool given[BC_OPTIONS_MAX], struct text *line)
{
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        good = set_pair(options, &pairs[i], given, line);
    }
    return good;
}

static bool set_rest(
    struct bc_options *options, const bool given[BC_OPTIONS_MAX], struct text *line)
{
    for (size_t i = 0; i < bc_option_count; i++) {
        const struct bc_option *option = &bc_option_table[i];
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
    bool given[BC_OPTIONS_MAX] = { false };
    if (set_given(options, pairs, count, given, &reason) && set_rest(options, given, &reason)) {
        return true;
    }
    bc_options_free(options);
    return false;
}

size_t bc_options_check(const struct bc_option_pair *pairs, size_t count,
    void (*wrong)(void *context, size_t pair, const char *line), void *context)
{
    struct bc_options options = { 0 };
    bool given[BC_OPTIONS_MAX] = { false };
    char line[512];
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        struct text reason = { .text = line, .size = sizeof(line) };
        if (!set_pair(&options, &pairs[i], given, &reason)) {
            wrong(context, i, line);
            found++;
        }
    }
    struct text reason = { .text = line, .size = sizeof(line) };
    if (!set_rest(&options, given, &reason)) {
        wrong(context, count, line);
        found++;
    }
    bc_options_free(&options);
    return found;
}

void bc_options_free(struct bc_options *options)
{
    free(options->data_dir);
    free(options->topic_prefix);
    free(options->topic_prefix_was);
    free(options->limits_file);
    free(options->push_user);
    free(options->log);
    *options = (struct bc_options){ 0 };
}

/* ---- the limits ---- */

int bc_options_limit(const char *name)
{
    const struct bc_option *option = find(name);

    return option != NULL && option->limit ? (int)(option - bc_option_table) : -1;
}

bool bc_options_set_limit(
    struct bc_options *options, int limit, const char *value, char *line, size_t size)
{
    struct text reason = { .text = line, .size = size };

    return set_or_say(options, &bc_option_table[limit], value, &reason);
}

void bc_options_copy_limit(struct bc_options *to, const struct bc_options *from, int limit)
{
    const struct bc_option *option = &bc_option_table[limit];

    memcpy((char *)to + option->offset, (const char *)from + option->offset, option->size);
}

void bc_options_copy_limits(struct bc_options *to, const struct bc_options *from)
{
    for (size_t i = 0; i < bc_option_count; i++) {
        if (bc_option_table[i].limit) {
            bc_options_copy_limit(to, from, (int)i);
        }
    }
}

/*
 * A limit's value, as it is written in the configuration. Limits are uint32_t and enums, but for
 * names.
 */
static void say_value(
    struct text *to, const struct bc_options *options, const struct bc_option *option)
{
    const char *comma = "";
    char shown[SHOWN_MAX];
    uint32_t number = 0;

    if (option->takes == TAKES_USERS) {
        const char *names = (const char *)options + option->offset;

        say(to, "%s", bc_shown(bc_bytes_text(names), shown, sizeof(shown)));
        return;
    }
    memcpy(&number, (const char *)options + option->offset, sizeof(number));
    if (option->takes == TAKES_WORD) {
        say(to, "%s", option->words[number]);
    } else if (option->takes == TAKES_NUMBER) {
        say(to, "%" PRIu32, number);
    }
    for (enum bc_kind kind = BC_TEXT; option->takes == TAKES_KINDS && kind <= BC_BINARY; kind++) {
        if ((number & BC_KIND_BIT(kind)) != 0) {
            say(to, "%s%s", comma, bc_kind_name(kind));
            comma = ",";
        }
    }
}

bool bc_options_say_changed(const struct bc_options *before, const struct bc_options *after,
    int limit, char *line, size_t size)
{
    const struct bc_option *option = &bc_option_table[limit];
    struct text text = { .text = line, .size = size };

    if (!option->limit || memcmp((const char *)before + option->offset,
                              (const char *)after + option->offset, option->size) == 0) {
        return false;
    }
    say(&text, "%s is now ", option->name);
    say_value(&text, after, option);
    say(&text, " instead of ");
    say_value(&text, before, option);
    return true;
}

int bc_options_count(void)
{
    return (int)bc_option_count;
}

void bc_options_print(FILE *out)
{
    fprintf(out, "| option | default | takes | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; i < bc_option_count; i++) {
        const struct bc_option *option = &bc_option_table[i];
        const char *fallback = option->fallback;
        char takes[256];
        struct text text = { .text = takes, .size = sizeof(takes) };
        say_takes(&text, option);
        fprintf(out, "| `%s`%s | ", option->name, option->limit ? " *" : "");
        if (fallback == NULL || fallback[0] == '\0') {
            fprintf(out, "%s | ", fallback == NULL ? "required" : "none");
        } else {
            fprintf(out, "`%s` | ", fallback);
        }
        fprintf(out, "%s | %s |\n", takes, option->sentence);
    }
}
