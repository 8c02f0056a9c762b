/* What the parts of an export write with. */
#include "tools/export.h"

#include <time.h>

#include "messaging/id.h"
#include "tools/json_line.h"

/* For so long at the most the broker can't use again what it replaces. */
#define RENEW_MS 1000

uint64_t bc_export_time(const struct bc_export *export, uint64_t id)
{
    return bc_timeline_time(bc_view_timeline(export->view), id);
}

enum bc_error bc_export_put(struct bc_export *export, cJSON *line)
{
    rewind(export->line);
    if (!bc_json_line_write(export->line, line) || fflush(export->line) != 0) {
        return BC_NOMEM;
    }
    if (!bc_zip_add(export->zip, bc_bytes(export->text, (size_t)ftell(export->line)))) {
        export->unwritten = true;
        return BC_IO;
    }
    return BC_OK;
}

void bc_export_name(
    char name[BC_EXPORT_NAME_MAX], const char *folder, uint64_t id, struct bc_bytes content_type)
{
    static const struct {
        const char *content_type;
        const char *ending;
    } endings[] = {
        { "image/png", "png" },
        { "image/jpeg", "jpg" },
        { "image/gif", "gif" },
        { "image/webp", "webp" },
        { "image/avif", "avif" },
        { "image/heic", "heic" },
        { "video/mp4", "mp4" },
        { "video/quicktime", "mov" },
        { "video/webm", "webm" },
    };
    const char *ending = "bin";
    char text[BC_ID_HEX_LENGTH + 1];

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        if (bc_bytes_equal(content_type, bc_bytes_text(endings[i].content_type))) {
            ending = endings[i].ending;
        }
    }
    bc_id_format(id, text);
    (void)snprintf(name, BC_EXPORT_NAME_MAX, "%s/%s.%s", folder, text, ending);
}

enum bc_error bc_export_file(struct bc_export *export, const char *name, struct bc_bytes bytes)
{
    if (!bc_zip_whole_file(export->zip, name, bytes)) {
        export->unwritten = true;
        return BC_IO;
    }
    export->counts->files++;
    return BC_OK;
}

static uint64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

enum bc_error bc_export_breathe(struct bc_export *export)
{
    uint64_t now = now_ms();

    if (now - export->renewed_ms < RENEW_MS) {
        return BC_OK;
    }
    export->renewed_ms = now;
    return bc_snapshot_renew(export->snapshot);
}
