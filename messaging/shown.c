/* What a terminal could obey, or nobody can see, is escaped. */
#include "messaging/shown.h"

#include "messaging/text.h"

#define ESCAPED_MAX 12 /* of one character, with its NUL: \u{10ffff} */

static const char more[] = "...";

/* The length of the character of UTF-8 that ${bytes}, not empty, begin with, and its number; 0 if
 * it is none. */
static size_t decode(struct bc_bytes bytes, uint32_t *character)
{
    uint8_t lead = bytes.data[0];
    size_t len = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;

    if (len > bytes.len || !bc_text_is_utf8(bc_bytes(bytes.data, len))) {
        return 0;
    }
    *character = len == 1 ? lead : lead & (0x7FU >> len);
    for (size_t i = 1; i < len; i++) {
        *character = *character << 6 | (bytes.data[i] & 0x3F);
    }
    return len;
}

size_t bc_shown_next(struct bc_bytes bytes, uint32_t *character, bool *hidden)
{
    size_t len = decode(bytes, character);

    *hidden = len > 0 && bc_text_is_unseen(*character);
    return len;
}

/* A text of at most ${size} - 1 bytes; what has no room is left out whole. */
struct shown {
    char *text;
    size_t size;
    size_t len;
};

static bool add(struct shown *shown, const void *bytes, size_t len)
{
    if (shown->len + len >= shown->size) {
        return false;
    }
    memcpy(shown->text + shown->len, bytes, len);
    shown->len += len;
    shown->text[shown->len] = '\0';
    return true;
}

/* ${before}, ${number} in hexadecimal digits, at least ${digits}, and ${after}. */
static size_t spell(
    char escaped[ESCAPED_MAX], const char *before, uint32_t number, int digits, const char *after)
{
    static const char hex[] = "0123456789abcdef";
    struct shown to = { .text = escaped, .size = ESCAPED_MAX };

    while (digits < 8 && number >> (4 * digits) != 0) {
        digits++;
    }
    (void)add(&to, before, strlen(before));
    while (digits-- > 0) {
        (void)add(&to, &hex[number >> (4 * digits) & 0xF], 1);
    }
    (void)add(&to, after, strlen(after));
    return to.len;
}

/* What the next character of ${bytes} becomes; *${took} bytes are of it. Returns the length. */
static size_t escape(struct bc_bytes bytes, bool quoted, char escaped[ESCAPED_MAX], size_t *took)
{
    uint32_t character = 0;
    size_t len = decode(bytes, &character);

    *took = len == 0 ? 1 : len;
    if (len == 0) {
        return spell(escaped, "\\x", bytes.data[0], 2, "");
    }
    if (bc_text_is_unseen(character)) {
        return spell(escaped, "\\u{", character, 1, "}");
    }
    escaped[0] = '\\';
    if (quoted && (character == '"' || character == '\\')) {
        escaped[1] = (char)character;
        return 2;
    }
    memcpy(escaped, bytes.data, len);
    return len;
}

static const char *show(struct bc_bytes bytes, const char *quote, char *text, size_t size)
{
    struct shown shown = { .text = text, .size = size - strlen(quote) };
    char escaped[ESCAPED_MAX];
    size_t kept; /* up to here there is room for saying that something was cut */
    size_t took = 0;

    text[0] = '\0';
    (void)add(&shown, quote, strlen(quote));
    kept = shown.len;
    for (size_t at = 0; at < bytes.len; at += took) {
        size_t len =
            escape(bc_bytes(bytes.data + at, bytes.len - at), *quote != '\0', escaped, &took);

        if (!add(&shown, escaped, len)) {
            shown.len = kept;
            (void)add(&shown, more, strlen(more));
            break;
        }
        kept = shown.len + strlen(more) < shown.size ? shown.len : kept;
    }
    shown.size = size;
    (void)add(&shown, quote, strlen(quote));
    return text;
}

const char *bc_shown(struct bc_bytes bytes, char *text, size_t size)
{
    return show(bytes, "\"", text, size);
}

const char *bc_shown_line(const char *line, char *text, size_t size)
{
    return show(bc_bytes_text(line), "", text, size);
}
