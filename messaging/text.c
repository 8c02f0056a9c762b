#include "messaging/text.h"

#define EACH_BYTE(byte) ((byte)*UINT64_C(0x0101010101010101))
#define HIGH_BITS       EACH_BYTE(0x80)

/* The number of ASCII bytes at the start of ${text}, rounded down to whole words of eight. */
static size_t ascii_words(const uint8_t *text, size_t len)
{
    size_t at = 0;
    for (; len - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, text + at, sizeof(word));
        if ((word & HIGH_BITS) != 0) {
            break;
        }
    }
    return at;
}

/*
 * In a word without high bits, taking 0x20 from each byte gives the lowest one that is less a high
 * bit, and adding 1 gives one to each 0x7F. What that carries into other bytes can't hide any.
 */
size_t bc_text_plain_words(struct bc_bytes text)
{
    size_t at = 0;
    for (; text.len - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, text.data + at, sizeof(word));
        if (((word | (word - EACH_BYTE(0x20)) | (word + EACH_BYTE(1))) & HIGH_BITS) != 0) {
            break;
        }
    }
    return at;
}

static bool is_continuation(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

/*
 * The length of the character of two to four bytes at the start of ${text}, 0 if there is none. The
 * limits on the second byte are those of RFC 3629, section 4: they alone keep out overlong forms,
 * surrogates and what is above U+10FFFF.
 */
static size_t multibyte(const uint8_t *text, size_t len)
{
    uint8_t lead = text[0];
    size_t size = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    if (size == 0 || len < size) {
        return 0;
    }
    uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (text[1] < low || text[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < size; i++) {
        if (!is_continuation(text[i])) {
            return 0;
        }
    }
    return size;
}

bool bc_text_is_utf8(struct bc_bytes text)
{
    size_t at = 0;
    while (at < text.len) {
        if (text.data[at] >= 0x80) {
            size_t size = multibyte(text.data + at, text.len - at);
            if (size == 0) {
                return false;
            }
            at += size;
            continue;
        }
        size_t skipped = ascii_words(text.data + at, text.len - at);
        at += skipped > 0 ? skipped : 1;
    }
    return true;
}

bool bc_text_is_string(struct bc_bytes text)
{
    return text.len == 0 || (memchr(text.data, 0, text.len) == NULL && bc_text_is_utf8(text));
}

/* U+0000 to U+001F, U+007F, or U+0080 to U+009F, which is C2 80 to C2 9F. */
static bool has_control(struct bc_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.data[i];
        if (byte < 0x20 || byte == 0x7F) {
            return true;
        }
        if (byte == 0xC2 && i + 1 < text.len && text.data[i + 1] < 0xA0) {
            return true;
        }
    }
    return false;
}

/*
 * U+FDD0 to U+FDEF, which are EF B7 90 to EF B7 AF, or the last two of a plane, which end in BF BE
 * or BF BF behind a byte of which the low four bits are set: MQTT libraries take a topic with one
 * for malformed.
 */
static bool has_noncharacter(struct bc_bytes text)
{
    for (size_t i = 0; i + 2 < text.len; i++) {
        const uint8_t *at = text.data + i;

        if (at[0] == 0xEF && at[1] == 0xB7 && at[2] >= 0x90 && at[2] <= 0xAF) {
            return true;
        }
        if ((at[0] == 0xEF || (i > 0 && at[-1] >= 0xF0 && (at[0] & 0x0F) == 0x0F)) &&
            at[1] == 0xBF && at[2] >= 0xBE) {
            return true;
        }
    }
    return false;
}

bool bc_text_is_user(struct bc_bytes text)
{
    if (text.len < 1 || text.len > BC_NAME_MAX || text.data[0] == '$' || text.data[0] == '@') {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '/' || text.data[i] == '+' || text.data[i] == '#') {
            return false;
        }
    }
    return !has_control(text) && bc_text_is_utf8(text) && !has_noncharacter(text);
}

static bool is_within(struct bc_bytes text, size_t max, uint8_t first, uint8_t last)
{
    if (text.len < 1 || text.len > max) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < first || text.data[i] > last) {
            return false;
        }
    }
    return true;
}

bool bc_text_is_note(struct bc_bytes text)
{
    size_t characters = 0;
    for (size_t i = 0; i < text.len; i++) {
        characters += (text.data[i] & 0xC0) != 0x80;
    }
    return characters <= BC_NOTE_MAX && bc_text_is_string(text);
}

bool bc_text_is_msgid(struct bc_bytes text)
{
    return is_within(text, BC_MSGID_MAX, '!', '~');
}

bool bc_text_is_own_key(struct bc_bytes text)
{
    return is_within(text, BC_OWN_KEY_MAX, '!', '~');
}

bool bc_text_is_content_type(struct bc_bytes text)
{
    return is_within(text, BC_CONTENT_TYPE_MAX, ' ', '~');
}

bool bc_text_is_group(struct bc_bytes text)
{
    if (text.len < 1 || text.len > BC_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

        if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-') {
            return false;
        }
    }
    return true;
}

bool bc_text_is_title(struct bc_bytes text)
{
    return text.len <= BC_TITLE_MAX && !has_control(text) && bc_text_is_utf8(text);
}
