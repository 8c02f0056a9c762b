/* JSON that is read: checks around cJSON. */
#include "json/json.h"

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
