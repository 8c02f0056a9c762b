/* JSON that is read: checks and arguments around cJSON. */
#include "broker-plugin/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "messaging/id.h"
#include "messaging/text.h"

/*
 * One pass over the text before cJSON's, for what cJSON lets through: any depth, U+0000 and other
 * control characters, escapes that aren't, numbers with leading zeros and the like.
 */
struct bc_scan {
    struct bc_bytes text;
    size_t at;
    size_t structure; /* characters outside of strings so far, a number as one */
    unsigned depth;
};

static uint8_t peek(const struct bc_scan *scan, size_t ahead)
{
    return scan->at + ahead < scan->text.len ? scan->text.data[scan->at + ahead] : 0;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Between JSON's tokens. */
static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* At the `u` of an escape: four hex digits, and not U+0000. */
static const char *scan_unicode(struct bc_scan *scan)
{
    bool zero = true;

    for (size_t i = 1; i <= 4; i++) {
        uint8_t c = peek(scan, i);

        if (!is_digit(c) && !((c | 0x20) >= 'a' && (c | 0x20) <= 'f')) {
            return "An escape in a string is malformed.";
        }
        zero = zero && c == '0';
    }
    return zero ? "U+0000 may not be in a string." : NULL;
}

/* From behind the quote up to the closing one. */
static const char *scan_string(struct bc_scan *scan)
{
    const char *why = NULL;

    for (; why == NULL && scan->at < scan->text.len; scan->at++) {
        uint8_t c = peek(scan, 0);

        if (c == '"') {
            break;
        }
        if (c < 0x20) {
            return "A string has a control character that isn't escaped.";
        }
        if (c == '\\') {
            scan->at++;
            why = peek(scan, 0) == 'u' ? scan_unicode(scan) : NULL;
        }
    }
    return why;
}

static bool scan_digits(struct bc_scan *scan)
{
    size_t from = scan->at;

    while (is_digit(peek(scan, 0))) {
        scan->at++;
    }
    return scan->at > from;
}

/* RFC 8259, section 6; ends at the number's last character. */
static const char *scan_number(struct bc_scan *scan)
{
    bool good;

    scan->at += peek(scan, 0) == '-' ? 1 : 0;
    good = peek(scan, 0) == '0' ? (scan->at++, true) : scan_digits(scan);
    if (good && peek(scan, 0) == '.') {
        scan->at++;
        good = scan_digits(scan);
    }
    if (good && (peek(scan, 0) | 0x20) == 'e') {
        scan->at += peek(scan, 1) == '+' || peek(scan, 1) == '-' ? 2 : 1;
        good = scan_digits(scan);
    }
    good = good && !is_digit(peek(scan, 0));
    scan->at--;
    return good ? NULL : "A number is malformed.";
}

static const char *scan_next(struct bc_scan *scan)
{
    uint8_t c = peek(scan, 0);

    if (is_space(c)) {
        return NULL; /* it takes no memory */
    }
    if (scan->structure++ == BC_JSON_STRUCTURE_MAX) {
        return "There is too much in it besides text.";
    }
    if (c == '"') {
        scan->at++;
        return scan_string(scan);
    }
    if (c == '-' || is_digit(c)) {
        return scan_number(scan);
    }
    if (c == '{' || c == '[') {
        return ++scan->depth > BC_JSON_DEPTH ? "The JSON is nested too deeply." : NULL;
    }
    if ((c == '}' || c == ']') && scan->depth > 0) {
        scan->depth--;
    }
    return c < 0x20 ? "There is a control character." : NULL;
}

static const char *check_text(struct bc_bytes text)
{
    struct bc_scan scan = { .text = text };
    const char *why = NULL;

    if (!bc_text_is_string(text)) {
        return "This is not UTF-8 without U+0000.";
    }
    for (; why == NULL && scan.at < text.len; scan.at++) {
        why = scan_next(&scan);
    }
    return why;
}

static bool only_space(const char *from, const char *end)
{
    while (from < end && is_space((uint8_t)*from)) {
        from++;
    }
    return from == end;
}

cJSON *bc_json_parse(struct bc_bytes text, const char **why)
{
    const char *start = (const char *)text.data;
    const char *end = NULL;
    cJSON *json;

    if (text.len == 0) {
        *why = "There is not enough memory.";
        return cJSON_CreateObject();
    }
    *why = check_text(text);
    if (*why != NULL) {
        return NULL;
    }
    *why = "This is not a JSON object.";
    json = cJSON_ParseWithLengthOpts(start, text.len, &end, false);
    if (json == NULL || !cJSON_IsObject(json) || !only_space(end, start + text.len)) {
        cJSON_Delete(json);
        return NULL;
    }
    return json;
}

bool bc_arguments_has(const struct bc_arguments *arguments, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(arguments->object, name) != NULL;
}

void bc_arguments_wrong(struct bc_arguments *arguments, const char *name, const char *what)
{
    if (bc_arguments_good(arguments)) {
        (void)snprintf(arguments->sentence, sizeof(arguments->sentence), "\"%s\" %s.", name, what);
    }
}

void bc_arguments_need(struct bc_arguments *arguments, const char *name)
{
    if (!bc_arguments_has(arguments, name)) {
        bc_arguments_wrong(arguments, name, "is missing");
    }
}

bool bc_arguments_good(const struct bc_arguments *arguments)
{
    return arguments->sentence[0] == '\0';
}

struct bc_bytes bc_arguments_text(struct bc_arguments *arguments, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(arguments->object, name);

    if (item != NULL && !cJSON_IsString(item)) {
        bc_arguments_wrong(arguments, name, "is not a string");
    }
    return item != NULL && cJSON_IsString(item) ? bc_bytes_text(item->valuestring)
                                                : bc_bytes(NULL, 0);
}

bool bc_arguments_flag(struct bc_arguments *arguments, const char *name, bool absent)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(arguments->object, name);

    if (item != NULL && !cJSON_IsBool(item)) {
        bc_arguments_wrong(arguments, name, "is not true or false");
    }
    return cJSON_IsBool(item) ? cJSON_IsTrue(item) : absent;
}

uint32_t bc_arguments_number(
    struct bc_arguments *arguments, const char *name, uint32_t low, uint32_t high, uint32_t absent)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(arguments->object, name);
    char what[64];

    if (item == NULL) {
        return absent;
    }
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= low) || !(item->valuedouble <= high) ||
        floor(item->valuedouble) < item->valuedouble) {
        (void)snprintf(what, sizeof(what), "is not a whole number of %u to %u", low, high);
        bc_arguments_wrong(arguments, name, what);
        return absent;
    }
    return (uint32_t)item->valuedouble;
}

uint64_t bc_arguments_id(struct bc_arguments *arguments, const char *name, uint64_t absent)
{
    struct bc_bytes text = bc_arguments_text(arguments, name);
    uint64_t id = absent;

    if (bc_arguments_has(arguments, name) && !bc_id_parse(text, &id)) {
        bc_arguments_wrong(arguments, name, "is not an id of 16 lower-case hex digits");
    }
    return id;
}

unsigned bc_arguments_word(
    struct bc_arguments *arguments, const char *name, const char *const *words, unsigned count)
{
    struct bc_bytes text = bc_arguments_text(arguments, name);

    for (unsigned i = 0; i < count; i++) {
        if (bc_bytes_equal(text, bc_bytes_text(words[i]))) {
            return i;
        }
    }
    if (bc_arguments_has(arguments, name)) {
        bc_arguments_wrong(arguments, name, "is not one of its words");
    }
    return 0;
}

unsigned bc_arguments_needed_word(
    struct bc_arguments *arguments, const char *name, const char *const *words, unsigned count)
{
    unsigned value = bc_arguments_word(arguments, name, words, count);

    bc_arguments_need(arguments, name);
    if (value == 0) {
        bc_arguments_wrong(arguments, name, "is not one of its words");
    }
    return value;
}
