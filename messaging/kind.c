#include "messaging/kind.h"
#include "messaging/media.h"
#include "messaging/text.h"

#include <strings.h>
#include <uriparser/Uri.h>

/* A letter to stand for whatever may stand where a letter may, and RFC 3986 doesn't know. */
#define STAND_IN 'x'

static const char *const names[] = {
    [BC_TEXT] = "text",
    [BC_LINK] = "link",
    [BC_IMAGE] = "image",
    [BC_VIDEO] = "video",
    [BC_BINARY] = "binary",
    [BC_ERASED] = "erased",
};

const char *bc_kind_name(enum bc_kind kind)
{
    return names[kind];
}

bool bc_kind_named(struct bc_bytes name, enum bc_kind *kind)
{
    for (enum bc_kind each = BC_TEXT; each <= BC_BINARY; each++) {
        if (bc_bytes_equal(name, bc_bytes_text(names[each]))) {
            *kind = each;
            return true;
        }
    }
    return false;
}

static bool is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static bool is_text(struct bc_bytes payload)
{
    bool ascii = true;

    for (size_t i = 0; i < payload.len; i++) {
        i += bc_text_plain_words(bc_bytes(payload.data + i, payload.len - i));
        if (i < payload.len) {
            uint8_t byte = payload.data[i];
            if ((byte < 0x20 && !is_space(byte)) || byte == 0x7F) {
                return false;
            }
            ascii = ascii && byte < 0x80;
        }
    }
    return ascii || bc_text_is_utf8(payload);
}

/* The length of "http://" or "https://" at the start of ${text}, 0 if it starts otherwise. */
static size_t scheme_length(struct bc_bytes text)
{
    static const struct bc_bytes schemes[] = {
        { (const uint8_t *)"http://", 7 },
        { (const uint8_t *)"https://", 8 },
    };
    if (text.len == 0 || (text.data[0] | 0x20) != 'h') {
        return 0; /* as nearly all that is text */
    }
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t len = schemes[i].len;
        if (text.len >= len &&
            strncasecmp((const char *)text.data, (const char *)schemes[i].data, len) == 0) {
            return len;
        }
    }
    return 0;
}

/* What stands in a path, query or fragment like a letter, beside what RFC 3986 says. */
static bool is_letter_too(char byte)
{
    return byte == '/' || byte == '[' || byte == ']' || byte == '^' || byte == '`' ||
           (byte >= '{' && byte <= '}');
}

/*
 * Copy ${url} to ${plain}, with what kind.h allows beyond RFC 3986 replaced. A '/' behind the first
 * of the path is replaced too: it means nothing there, and the parser would allocate for each.
 */
static void make_plain(struct bc_bytes url, size_t authority, char *plain)
{
    memcpy(plain, url.data, authority);
    bool in_tail = false; /* behind the authority */
    bool in_fragment = false;
    for (size_t i = authority; i < url.len; i++) {
        char byte = (char)url.data[i];
        bool control = url.data[i] == 0xC2 && i + 1 < url.len && url.data[i + 1] < 0xA0;
        bool stands_in = url.data[i] >= 0x80 && !control;
        if (in_tail) {
            stands_in = stands_in || is_letter_too(byte);
            stands_in = stands_in || (in_fragment && byte == '#');
        }
        in_tail = in_tail || byte == '/' || byte == '?' || byte == '#';
        in_fragment = in_fragment || byte == '#';
        plain[i] = stands_in ? STAND_IN : byte;
    }
}

/*
 * Is ${url}, which is UTF-8 without white space and at most BC_LINK_MAX bytes, a link? Its
 * authority begins at ${authority}, behind the scheme.
 */
static bool is_url(struct bc_bytes url, size_t authority)
{
    char plain[BC_LINK_MAX];
    make_plain(url, authority, plain);

    UriUriA parsed;
    const char *error_at;
    if (uriParseSingleUriExA(&parsed, plain, plain + url.len, &error_at) != URI_SUCCESS) {
        return false;
    }
    bool has_host = parsed.hostText.first < parsed.hostText.afterLast;
    uriFreeUriMembersA(&parsed);
    return has_host;
}

/* Is ${text}, which is UTF-8, one or more links and white space only? Ends at the first other. */
static bool is_links(struct bc_bytes text)
{
    bool found = false;
    size_t at = 0;
    for (;;) {
        while (at < text.len && is_space(text.data[at])) {
            at++;
        }
        if (at == text.len) {
            return found;
        }
        size_t start = at;
        size_t authority = scheme_length(bc_bytes(text.data + at, text.len - at));
        if (authority == 0) {
            return false;
        }
        while (at < text.len && !is_space(text.data[at])) {
            at++;
            if (at - start > BC_LINK_MAX) {
                return false;
            }
        }
        if (!is_url(bc_bytes(text.data + start, at - start), authority)) {
            return false;
        }
        found = true;
    }
}

enum bc_kind bc_kind_of(struct bc_bytes payload)
{
    if (!is_text(payload)) {
        const struct bc_media *media = bc_media_of(payload);
        return media != NULL ? media->kind : BC_BINARY;
    }
    return is_links(payload) ? BC_LINK : BC_TEXT;
}
