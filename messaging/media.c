#include "messaging/media.h"

/* Brands of a file that are looked at: more than any program writes. */
#define BRANDS_MAX 64

/* Bytes of an EBML header that are looked at: its elements take about 40. */
#define EBML_HEADER_MAX 256

static const struct bc_media png = { BC_IMAGE, "image/png" };
static const struct bc_media jpeg = { BC_IMAGE, "image/jpeg" };
static const struct bc_media gif = { BC_IMAGE, "image/gif" };
static const struct bc_media webp = { BC_IMAGE, "image/webp" };
static const struct bc_media avif = { BC_IMAGE, "image/avif" };
static const struct bc_media heic = { BC_IMAGE, "image/heic" };
static const struct bc_media heif = { BC_IMAGE, "image/heif" };
static const struct bc_media mp4 = { BC_VIDEO, "video/mp4" };
static const struct bc_media quicktime = { BC_VIDEO, "video/quicktime" };
static const struct bc_media webm = { BC_VIDEO, "video/webm" };

/* Bytes that stand at one place of every file of a format. */
struct mark {
    size_t offset;
    const char *bytes;
    size_t len;
};

#define MARK(at, literal)                                                                          \
    {                                                                                              \
        .offset = (at), .bytes = (literal), .len = sizeof(literal) - 1                             \
    }

static bool has_mark(struct bc_bytes payload, const struct mark *mark)
{
    return mark->len == 0 || (payload.len >= mark->offset + mark->len &&
                                 memcmp(payload.data + mark->offset, mark->bytes, mark->len) == 0);
}

/* ---- ISO base media: a box `ftyp` with brands ---- */

#define BRAND_BYTES 4

/* Brands by what they are of: the registration authority's (mp4ra.org), and those in use. */
static const struct {
    const char *name;
    const struct bc_media *media; /* NULL: known, and neither image nor video */
} brands[] = {
    { "avif", &avif },
    { "avis", &avif },
    { "heic", &heic },
    { "heix", &heic },
    { "heim", &heic },
    { "heis", &heic },
    { "hevc", &heic },
    { "hevx", &heic },
    { "hevm", &heic },
    { "hevs", &heic },
    { "qt  ", &quicktime },
    { "isom", &mp4 },
    { "iso2", &mp4 },
    { "iso3", &mp4 },
    { "iso4", &mp4 },
    { "iso5", &mp4 },
    { "iso6", &mp4 },
    { "iso7", &mp4 },
    { "iso8", &mp4 },
    { "iso9", &mp4 },
    { "mp41", &mp4 },
    { "mp42", &mp4 },
    { "mp71", &mp4 },
    { "avc1", &mp4 },
    { "hvc1", &mp4 },
    { "av01", &mp4 },
    { "dash", &mp4 },
    { "MSNV", &mp4 },
    { "M4V ", &mp4 },
    { "M4VH", &mp4 },
    { "M4VP", &mp4 },
    { "f4v ", &mp4 },
    { "M4A ", NULL },
    { "M4B ", NULL },
    { "M4P ", NULL },
    { "F4A ", NULL },
    { "F4B ", NULL },
    { "crx ", NULL },
};

/* Brands of still and moving images that don't say in which coding; the others do. */
static const char *const image_brands[] = { "mif1", "msf1" };

static bool is_brand(const uint8_t *bytes, const char *name)
{
    return memcmp(bytes, name, BRAND_BYTES) == 0;
}

/* Sets *${media}; false if the brand isn't known. */
static bool find_brand(const uint8_t *bytes, const struct bc_media **media)
{
    for (size_t i = 0; i < sizeof(brands) / sizeof(brands[0]); i++) {
        if (is_brand(bytes, brands[i].name)) {
            *media = brands[i].media;
            return true;
        }
    }
    return false;
}

static bool is_image_brand(const uint8_t *bytes)
{
    for (size_t i = 0; i < sizeof(image_brands) / sizeof(image_brands[0]); i++) {
        if (is_brand(bytes, image_brands[i])) {
            return true;
        }
    }
    return false;
}

/*
 * | size u32 | "ftyp" | major brand | minor version u32 | compatible brand | ... |
 *
 * A size of 0 means up to the end of the file. One of 1, for boxes of 4 GB, doesn't occur here.
 */
static const struct bc_media *look_for_brand(struct bc_bytes payload)
{
    const size_t major = 8;
    const size_t compatible = 16;
    uint32_t size = (uint32_t)payload.data[0] << 24 | (uint32_t)payload.data[1] << 16 |
                    (uint32_t)payload.data[2] << 8 | payload.data[3];
    size_t end = size == 0 || size > payload.len ? payload.len : size;
    const struct bc_media *media = NULL;
    bool image = false;

    for (size_t i = 0; i <= BRANDS_MAX; i++) {
        size_t at = i == 0 ? major : compatible + (i - 1) * BRAND_BYTES;
        if (at + BRAND_BYTES > end) {
            break;
        }
        if (find_brand(payload.data + at, &media)) {
            return media;
        }
        image = image || is_image_brand(payload.data + at);
    }
    return image ? &heif : NULL;
}

/* ---- EBML: a header whose DocType says what it is ---- */

/* The value of a variable-length integer at ${*at}, which moves behind it; false if it is cut. */
static bool read_vint(struct bc_bytes bytes, size_t *at, bool keep_marker, uint64_t *value)
{
    size_t len = 1;
    if (*at >= bytes.len) {
        return false;
    }
    uint8_t first = bytes.data[*at];
    while (len <= 8 && (first & (0x80U >> (len - 1))) == 0) {
        len++;
    }
    if (len > 8 || len > bytes.len - *at) {
        return false;
    }
    *value = keep_marker ? first : first & ((0x80U >> (len - 1)) - 1);
    for (size_t i = 1; i < len; i++) {
        *value = *value << 8 | bytes.data[*at + i];
    }
    *at += len;
    return true;
}

/* Strings may be filled up with NULs. */
static bool is_doctype_webm(struct bc_bytes text)
{
    static const struct mark name = MARK(0, "webm");
    bool webm_only = has_mark(text, &name);
    for (size_t i = name.len; webm_only && i < text.len; i++) {
        webm_only = text.data[i] == '\0';
    }
    return webm_only;
}

/* | 1A 45 DF A3 | size | (id | size | value) ... | */
static const struct bc_media *look_for_doctype(struct bc_bytes payload)
{
    const uint64_t doctype = 0x4282;
    struct bc_bytes header =
        bc_bytes(payload.data, payload.len < EBML_HEADER_MAX ? payload.len : EBML_HEADER_MAX);
    size_t at = 4;
    uint64_t id;
    uint64_t size;

    if (!read_vint(header, &at, false, &size)) {
        return NULL;
    }
    if (size < header.len - at) {
        header.len = at + (size_t)size;
    }
    while (read_vint(header, &at, true, &id) && read_vint(header, &at, false, &size) &&
           size <= header.len - at) {
        if (id == doctype) {
            return is_doctype_webm(bc_bytes(header.data + at, (size_t)size)) ? &webm : NULL;
        }
        at += (size_t)size;
    }
    return NULL;
}

/* ---- all of them ---- */

static const struct {
    struct mark marks[2]; /* all of which stand where they are said to; one without bytes always */
    const struct bc_media *media;
    const struct bc_media *(*look)(struct bc_bytes payload); /* if the marks alone don't say */
} signatures[] = {
    { .marks = { MARK(0, "\x89PNG\r\n\x1A\n") }, .media = &png },
    { .marks = { MARK(0, "\xFF\xD8\xFF") }, .media = &jpeg },
    { .marks = { MARK(0, "GIF87a") }, .media = &gif },
    { .marks = { MARK(0, "GIF89a") }, .media = &gif },
    { .marks = { MARK(0, "RIFF"), MARK(8, "WEBP") }, .media = &webp },
    { .marks = { MARK(4, "ftyp") }, .look = look_for_brand },
    { .marks = { MARK(4, "moov") }, .media = &quicktime },
    { .marks = { MARK(4, "mdat") }, .media = &quicktime },
    { .marks = { MARK(4, "wide") }, .media = &quicktime },
    { .marks = { MARK(0, "\x1A\x45\xDF\xA3") }, .look = look_for_doctype },
};

const struct bc_media *bc_media_of(struct bc_bytes payload)
{
    for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
        const struct mark *marks = signatures[i].marks;
        if (has_mark(payload, &marks[0]) && has_mark(payload, &marks[1])) {
            return signatures[i].look != NULL ? signatures[i].look(payload) : signatures[i].media;
        }
    }
    return NULL;
}

struct bc_bytes bc_media_content_type(
    enum bc_kind kind, struct bc_bytes payload, struct bc_bytes given)
{
    bool media = kind == BC_IMAGE || kind == BC_VIDEO;
    const struct bc_media *found = media ? bc_media_of(payload) : NULL;

    return found != NULL ? bc_bytes_text(found->content_type) : given;
}
