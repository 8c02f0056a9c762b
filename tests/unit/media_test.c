#include "messaging/media.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

struct row {
    const char *what;
    const char *type; /* NULL: none */
    const char *data;
    size_t len;
};

#define ROW(what, type, literal)                                                                   \
    {                                                                                              \
        what, type, literal, sizeof(literal) - 1                                                   \
    }

/* What is found in the first ${len} bytes, from a copy without a byte to spare. */
static const char *found_in(const char *data, size_t len)
{
    char *copy = malloc(len + 1);
    const struct bc_media *media;

    assert_non_null(copy);
    memcpy(copy + 1, data, len);
    media = bc_media_of(bc_bytes(copy + 1, len));
    free(copy);
    return media != NULL ? media->content_type : NULL;
}

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void check(const struct row *rows, size_t count)
{
    int failures = 0;

    for (size_t i = 0; i < count; i++) {
        const char *found = found_in(rows[i].data, rows[i].len);

        if (!same(found, rows[i].type)) {
            print_error("row %s: is %s and should be %s\n", rows[i].what,
                found != NULL ? found : "nothing", rows[i].type != NULL ? rows[i].type : "nothing");
            failures++;
        }
    }
    assert_int_equal(failures, 0);
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof((rows)[0]))

/* As ffmpeg, libheif and cameras write them. */
static const struct row files[] = {
    ROW("PNG", "image/png", "\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\x02\0\0\0"),
    ROW("JPEG, JFIF", "image/jpeg", "\xFF\xD8\xFF\xE0\0\x10JFIF\0\1\2\0\0\1\0\1\0\0"),
    ROW("JPEG, EXIF", "image/jpeg",
        "\xFF\xD8\xFF\xE1\x1C\x45"
        "Exif\0\0MM\0*"),
    ROW("JPEG without either", "image/jpeg", "\xFF\xD8\xFF\xDB\0\x43\0\x08"),
    ROW("GIF of 1987", "image/gif", "GIF87a\x10\0\x10\0\xF7"),
    ROW("GIF of 1989", "image/gif", "GIF89a\x10\0\x10\0\xF7\x1F\x31\0\0\0"),
    ROW("WebP, lossy", "image/webp", "RIFF\x0E\1\0\0WEBPVP8 \2\1\0\0\xF0\5\0\x9D\1*"),
    ROW("WebP, lossless", "image/webp", "RIFF\x1A\0\0\0WEBPVP8L\x0D\0\0\0/\0\0\0"),
    ROW("AVIF", "image/avif", "\0\0\0 ftypavif\0\0\0\0avifmif1miafMA1B\0\0\0\xF9meta"),
    ROW("AVIF of several images", "image/avif", "\0\0\0,ftypavis\0\0\0\0avifavismsf1iso8mif1"),
    ROW("AVIF by a compatible brand", "image/avif",
        "\0\0\0\x1C"
        "ftypmif1\0\0\0\0mif1avifmiaf"),
    ROW("HEIC", "image/heic",
        "\0\0\0\x1C"
        "ftypheic\0\0\0\0mif1heicmiaf\0\0\1\xADmeta"),
    ROW("HEIC of a phone", "image/heic", "\0\0\0$ftypheic\0\0\0\0mif1MiHBMiHEMiPrmiafheictmap"),
    ROW("HEIC by a compatible brand", "image/heic",
        "\0\0\0\x18"
        "ftypmif1\0\0\0\0mif1heic"),
    ROW("HEIC of several images", "image/heic",
        "\0\0\0\x18"
        "ftyphevc\0\0\0\0hevcmsf1"),
    ROW("HEIF of an unknown coding", "image/heif",
        "\0\0\0\x18"
        "ftypmif1\0\0\0\0mif1jpeg"),
    ROW("HEIF of several images", "image/heif",
        "\0\0\0\x10"
        "ftypmsf1\0\0\0\0"),
    ROW("MP4", "video/mp4",
        "\0\0\0 ftypisom\0\0\2\0isomiso2avc1mp41\0\0\0\x08"
        "free"),
    ROW("MP4 in fragments", "video/mp4",
        "\0\0\0\x1C"
        "ftypiso5\0\0\2\0iso5iso6mp41\0\0\2\xEDmoov"),
    ROW("MP4 of a shop", "video/mp4", "\0\0\0 ftypM4V \0\0\2\0M4V isomiso2avc1"),
    ROW("MP4 of a camera", "video/mp4",
        "\0\0\0\x1C"
        "ftypXAVC\1\0\x1F\xFFXAVCmp42iso2"),
    ROW("3GP that is MP4 too", "video/mp4",
        "\0\0\0\x1C"
        "ftyp3gp4\0\0\2\0"
        "3gp4isomiso2"),
    ROW("QuickTime", "video/quicktime",
        "\0\0\0\x14"
        "ftypqt  \0\0\2\0qt  \0\0\0\x08wide"),
    ROW("QuickTime before ftyp was", "video/quicktime", "\0\0\x0B\xB8moov\0\0\0lmvhd"),
    ROW("QuickTime, data first", "video/quicktime", "\0\0\x0B\xB8mdat\0\0\2\xAD"),
    ROW("QuickTime, room first", "video/quicktime", "\0\0\0\x08wide\0\0\x0B\xB8mdat"),
    ROW("WebM", "video/webm",
        "\x1A\x45\xDF\xA3\x9F\x42\x86\x81\1\x42\xF7\x81\1\x42\xF2\x81\4\x42\xF3\x81\x08"
        "\x42\x82\x84webm\x42\x87\x81\2\x42\x85\x81\2\x18\x53\x80\x67"),
    ROW("WebM of a browser", "video/webm",
        "\x1A\x45\xDF\xA3\1\0\0\0\0\0\0\x1F\x42\x86\x81\1\x42\xF7\x81\1\x42\xF2\x81\4\x42\xF3\x81"
        "\x08\x42\x82\x84webm\x42\x87\x81\4\x42\x85\x81\2"),
    ROW("WebM, its name filled up", "video/webm", "\x1A\x45\xDF\xA3\x8A\x42\x82\x87webm\0\0\0"),
    ROW("WebM, its header cut short", "video/webm", "\x1A\x45\xDF\xA3\xFF\x42\x82\x84webm"),
};

static void images_and_videos_are_found_by_their_first_bytes(void **state)
{
    (void)state;
    CHECK(files);
}

static void what_resembles_them_is_none(void **state)
{
    (void)state;
    static const struct row rows[] = {
        ROW("nothing", NULL, ""),
        ROW("PNG as text", NULL, "\x89PNG\n\x1A\n"),
        ROW("PNG after a byte", NULL, "\0\x89PNG\r\n\x1A\n"),
        ROW("half a JPEG marker", NULL, "\xFF\xD8\xFE\xE0"),
        ROW("GIF of another year", NULL, "GIF88a\x10\0\x10\0"),
        ROW("GIF in small letters", NULL, "gif89a\x10\0\x10\0"),
        ROW("WAV", NULL, "RIFF\xBA\x22\0\0WAVEfmt \x10\0\0\0"),
        ROW("AVI", NULL, "RIFF<\x18\0\0AVI LIST8\x12\0\0hdrl"),
        ROW("WEBP without RIFF", NULL, "XIFF\x0E\1\0\0WEBPVP8 "),
        ROW("M4A", NULL,
            "\0\0\0\x1C"
            "ftypM4A \0\0\2\0M4A isomiso2"),
        ROW("M4B", NULL,
            "\0\0\0\x1C"
            "ftypM4B \0\0\2\0mp42isom\0\0\0\0"),
        ROW("raw photograph", NULL,
            "\0\0\0\x18"
            "ftypcrx \0\0\0\1crx isom"),
        ROW("JPEG 2000", NULL,
            "\0\0\0\x0CjP  \r\n\x87\n\0\0\0\x14"
            "ftypjp2 \0\0\0\0jp2 "),
        ROW("unknown brand", NULL,
            "\0\0\0\x14"
            "ftypabcd\0\0\0\0abcd"),
        ROW("brand behind the box", NULL,
            "\0\0\0\x14"
            "ftypabcd\0\0\0\0abcdisom"),
        ROW("brand in the minor version", NULL,
            "\0\0\0\x10"
            "ftypabcdisom"),
        ROW("brand across two", NULL,
            "\0\0\0\x18"
            "ftypabcd\0\0\0\0xxisomxx"),
        ROW("box too small for a brand", NULL,
            "\0\0\0\x0B"
            "ftypisom\0\0\2\0"),
        ROW("box of 64 bits", NULL, "\0\0\0\1ftyp\0\0\0\0\0\0\0\x20isom\0\0\2\0"),
        ROW("Matroska", NULL,
            "\x1A\x45\xDF\xA3\xA3\x42\x86\x81\1\x42\xF7\x81\1\x42\xF2\x81\4\x42\xF3\x81\x08"
            "\x42\x82\x88matroska\x42\x87\x81\4\x42\x85\x81\2"),
        ROW("EBML without DocType", NULL, "\x1A\x45\xDF\xA3\x84\x42\x86\x81\1"),
        ROW("DocType behind the header", NULL,
            "\x1A\x45\xDF\xA3\x84\x42\x86\x81\1\x42\x82\x84webm"),
        ROW("DocType webmx", NULL, "\x1A\x45\xDF\xA3\x88\x42\x82\x85webmx"),
        ROW("DocType web", NULL, "\x1A\x45\xDF\xA3\x86\x42\x82\x83web"),
        ROW("DocType of a lying length", NULL, "\x1A\x45\xDF\xA3\x87\x42\x82\x88webm"),
        ROW("DocType of the greatest length", NULL,
            "\x1A\x45\xDF\xA3\x8F\x42\x82\1\xFF\xFF\xFF\xFF\xFF\xFF\xFFwebm"),
        ROW("an id that is none", NULL, "\x1A\x45\xDF\xA3\x87\0\0\0\0\0\0\0"),
        ROW("a length that is none", NULL, "\x1A\x45\xDF\xA3\0\x42\x82\x84webm"),
    };
    CHECK(rows);
}

static void a_box_that_lies_about_its_length_is_read_to_the_end_of_the_bytes(void **state)
{
    (void)state;
    static const struct row rows[] = {
        ROW("up to the end", "video/mp4", "\0\0\0\0ftypabcd\0\0\0\0isom"),
        ROW("beyond the end", "video/mp4",
            "\xFF\xFF\xFF\xFF"
            "ftypabcd\0\0\0\0isom"),
        ROW("beyond the end, cut in a brand", NULL,
            "\xFF\xFF\xFF\xFF"
            "ftypabcd\0\0\0\0iso"),
    };
    CHECK(rows);
}

/* What is cut short is either still found or nothing; the sanitizer watches the end. */
static void nothing_is_read_beyond_the_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        for (size_t len = 0; len <= files[i].len; len++) {
            const char *found = found_in(files[i].data, len);

            if (found != NULL && len < 3) {
                fail_msg("row %s: found in %zu bytes", files[i].what, len);
            }
        }
    }
}

static void no_more_brands_and_bytes_are_looked_at_than_files_have(void **state)
{
    (void)state;
    size_t len = 1024 * 1024;
    char *data = calloc(len, 1);
    size_t at;

    assert_non_null(data);
    memcpy(data, "\0\0\0\0ftypabcd", 12);
    memcpy(data + 16 + (size_t)4 * 63, "isom", 4); /* the 64th compatible brand */
    assert_string_equal(found_in(data, len), "video/mp4");
    memset(data + 16 + (size_t)4 * 63, 0, 4);
    memcpy(data + 16 + (size_t)4 * 64, "isom", 4);
    assert_null(found_in(data, len));

    memset(data, 0, len);
    memcpy(data, "\x1A\x45\xDF\xA3\x1F\xFF\xFF\xFF", 8);
    for (at = 8; at + 2 < len; at += 2) { /* empty elements */
        memcpy(data + at, "\xEC\x80", 2);
    }
    memcpy(data + 8 + 400, "\x42\x82\x84webm", 7);
    assert_null(found_in(data, len));
    memcpy(data + 8 + 200, "\x42\x82\x84webm", 7);
    assert_string_equal(found_in(data, len), "video/webm");
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_and_videos_are_found_by_their_first_bytes),
        cmocka_unit_test(what_resembles_them_is_none),
        cmocka_unit_test(a_box_that_lies_about_its_length_is_read_to_the_end_of_the_bytes),
        cmocka_unit_test(nothing_is_read_beyond_the_end),
        cmocka_unit_test(no_more_brands_and_bytes_are_looked_at_than_files_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
