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

/*
 * The characters of Unicode's general categories Cc (controls), Cf (format: what nobody sees, and
 * what turns the direction of writing), Zl and Zp (separators of lines and paragraphs), and the
 * noncharacters of the first plane, as of Unicode 16; a test compares them with Python's. MQTT
 * libraries take topics with some of these for malformed, and people take names that differ in
 * nothing else for the same.
 */
static const struct range {
    uint32_t first;
    uint32_t last;
} unseen[] = {
    { 0x0000, 0x001F },
    { 0x007F, 0x009F },
    { 0x00AD, 0x00AD },
    { 0x0600, 0x0605 },
    { 0x061C, 0x061C },
    { 0x06DD, 0x06DD },
    { 0x070F, 0x070F },
    { 0x0890, 0x0891 },
    { 0x08E2, 0x08E2 },
    { 0x180E, 0x180E },
    { 0x200B, 0x200F },
    { 0x2028, 0x202E },
    { 0x2060, 0x2064 },
    { 0x2066, 0x206F },
    { 0xFDD0, 0xFDEF },
    { 0xFEFF, 0xFEFF },
    { 0xFFF9, 0xFFFB },
    { 0x110BD, 0x110BD },
    { 0x110CD, 0x110CD },
    { 0x13430, 0x1343F },
    { 0x1BCA0, 0x1BCA3 },
    { 0x1D173, 0x1D17A },
    { 0xE0001, 0xE0001 },
    { 0xE0020, 0xE007F },
};

bool bc_text_is_unseen(uint32_t character)
{
    bool found = (character & 0xFFFE) == 0xFFFE; /* the last two of each plane */

    for (size_t i = 0; !found && i < sizeof(unseen) / sizeof(unseen[0]); i++) {
        found = character >= unseen[i].first && character <= unseen[i].last;
    }
    return found;
}

/* The character of ${size} bytes, which are well-formed. */
static uint32_t character_at(const uint8_t *text, size_t size)
{
    uint32_t character = size == 1 ? text[0] : text[0] & (0x7FU >> size);

    for (size_t i = 1; i < size; i++) {
        character = character << 6 | (text[i] & 0x3FU);
    }
    return character;
}

/* U+200C and U+200D, without which some languages can't be written, nor some emoji. */
static bool is_joiner(uint32_t character)
{
    return character == 0x200C || character == 0x200D;
}

/* Nearly all bytes of names are such: they need no look at the ranges. */
static bool is_plain(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7F;
}

/* Well-formed UTF-8 with nothing in it that isn't seen, but for joiners if they are ${allowed}. */
static bool is_seen(struct bc_bytes text, bool allowed)
{
    size_t at = bc_text_plain_words(text);

    while (at < text.len) {
        if (is_plain(text.data[at])) {
            at++;
            continue;
        }
        bool ascii = text.data[at] < 0x80;
        size_t size = ascii ? 1 : multibyte(text.data + at, text.len - at);
        uint32_t character = size > 0 ? character_at(text.data + at, size) : 0;

        if (bc_text_is_unseen(character) && !(allowed && is_joiner(character))) {
            return false; /* U+0000 stands for what is no character */
        }
        at += size;
    }
    return true;
}

/*
 * Letters, digits and a few more: in a name that begins otherwise than with '@', and has no other
 * bytes, nothing is left to be looked for. Most names are such.
 */
static bool is_simple(struct bc_bytes text)
{
    size_t at = 0;

    while (at < text.len && text.data[at] >= '0' && text.data[at] <= '~') {
        at++;
    }
    return at == text.len && text.len >= 1 && text.len <= BC_NAME_MAX && text.data[0] != '@';
}

/* As long as a name may be, and without what means something in a topic. */
static bool is_level(struct bc_bytes text)
{
    if (text.len < 1 || text.len > BC_NAME_MAX || text.data[0] == '$' || text.data[0] == '@') {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '/' || text.data[i] == '+' || text.data[i] == '#') {
            return false;
        }
    }
    return true;
}

bool bc_text_is_user(struct bc_bytes text)
{
    return is_simple(text) || (is_level(text) && is_seen(text, false));
}

bool bc_text_was_user(struct bc_bytes text)
{
    return is_level(text) && bc_text_is_string(text);
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

bool bc_text_is_account(struct bc_bytes text)
{
    if (text.len < 2 || text.len > 32) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        bool first = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

        if (!first && (i == 0 || (c != '.' && c != '_' && c != '-'))) {
            return false;
        }
    }
    return true;
}

bool bc_text_is_device(struct bc_bytes text)
{
    return text.len > 0 && text.len <= BC_DEVICE_MAX && bc_text_is_title(text);
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

/* U+0000 to U+001F, U+007F, or U+0080 to U+009F, which is C2 80 to C2 9F. */
static bool has_control(struct bc_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.data[i];

        if (byte < 0x20 || byte == 0x7F ||
            (byte == 0xC2 && i + 1 < text.len && text.data[i + 1] < 0xA0)) {
            return true;
        }
    }
    return false;
}

/* Format characters are part of some: of families, and of the flags of regions. */
bool bc_text_is_emoji(struct bc_bytes text)
{
    return text.len > 0 && text.len <= BC_EMOJI_MAX && !has_control(text) && bc_text_is_utf8(text);
}

bool bc_text_is_own_key(struct bc_bytes text)
{
    return is_within(text, BC_OWN_KEY_MAX, '!', '~');
}

/* Without what ends or quotes a URL where one is written. */
bool bc_text_is_endpoint(struct bc_bytes text)
{
    static const char scheme[] = "https://";
    const size_t start = sizeof(scheme) - 1;
    size_t host = start;

    if (!is_within(text, BC_ENDPOINT_MAX, '!', '~') || text.len <= start ||
        memcmp(text.data, scheme, start) != 0) {
        return false;
    }
    for (size_t i = start; i < text.len; i++) {
        if (strchr("\"#<>\\^`{|}", text.data[i]) != NULL) {
            return false;
        }
    }
    while (host < text.len && strchr("/?:", text.data[host]) == NULL) {
        host++;
    }
    for (size_t i = start; i < text.len && strchr("/?", text.data[i]) == NULL; i++) {
        if (text.data[i] == '@') {
            return false;
        }
    }
    return host > start;
}

bool bc_text_is_push_key(struct bc_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

        if (!letter && !(c >= '0' && c <= '9') && c != '+' && c != '/' && c != '-' && c != '_' &&
            c != '=') {
            return false;
        }
    }
    return text.len <= BC_PUSH_KEY_MAX;
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
    return text.len <= BC_TITLE_MAX && is_seen(text, true);
}
