#include "gateway/files.h"
#include "gateway/folder.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    ETAG_BYTES = 16,
    PLAIN = 0,
    BROTLI,
    GZIP,
    VARIANTS
};

static const struct {
    const char *coding;
    const char *suffix;
} variants[VARIANTS] = {
    [PLAIN] = { NULL, "" },
    [BROTLI] = { "br", ".br" },
    [GZIP] = { "gzip", ".gz" },
};

struct file {
    const struct bc_folder_file *variants[VARIANTS]; /* in the folder; NULL for none */
    char etags[VARIANTS][2 * ETAG_BYTES + 6];
};

struct bc_files {
    unsigned references;
    struct bc_folder folder;
    struct file *files; /* by path, ascending */
    size_t count;
};

static const struct {
    const char *end;
    const char *type;
} types[] = {
    { ".html", "text/html; charset=utf-8" },
    { ".js", "text/javascript; charset=utf-8" },
    { ".mjs", "text/javascript; charset=utf-8" },
    { ".css", "text/css; charset=utf-8" },
    { ".json", "application/json" },
    { ".map", "application/json" },
    { ".webmanifest", "application/manifest+json" },
    { ".txt", "text/plain; charset=utf-8" },
    { ".svg", "image/svg+xml" },
    { ".png", "image/png" },
    { ".jpg", "image/jpeg" },
    { ".jpeg", "image/jpeg" },
    { ".gif", "image/gif" },
    { ".webp", "image/webp" },
    { ".avif", "image/avif" },
    { ".ico", "image/x-icon" },
    { ".woff2", "font/woff2" },
    { ".woff", "font/woff" },
    { ".ttf", "font/ttf" },
    { ".wasm", "application/wasm" },
    { ".mp3", "audio/mpeg" },
    { ".ogg", "audio/ogg" },
    { ".mp4", "video/mp4" },
    { ".webm", "video/webm" },
    { ".pdf", "application/pdf" },
};

const char *bc_files_type(const char *name)
{
    const char *end = strrchr(name, '.');

    for (size_t i = 0; end != NULL && i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcasecmp(end, types[i].end) == 0)
            return types[i].type;
    }
    return "application/octet-stream";
}

/* ---- reading ---- */

/* If ${name} is a compressed file beside its original, which of the variants; else PLAIN. */
static int variant_of(const struct bc_folder *folder, const char *path, size_t *base)
{
    size_t len = strlen(path);

    for (int i = BROTLI; i < VARIANTS; i++) {
        size_t end = strlen(variants[i].suffix);

        if (len > end && strcmp(path + len - end, variants[i].suffix) == 0 &&
            bc_folder_find(folder, path, len - end) != NULL) {
            *base = len - end;
            return i;
        }
    }
    *base = len;
    return PLAIN;
}

static bool make_etag(const struct bc_folder_file *file, int variant, char *etag, size_t size)
{
    static const char *const marks[VARIANTS] = { "", "-br", "-gz" };
    unsigned char hash[EVP_MAX_MD_SIZE];
    char hex[2 * ETAG_BYTES + 1];

    if (EVP_Digest(file->data, file->len, hash, NULL, EVP_sha256(), NULL) != 1)
        return false;
    for (size_t i = 0; i < ETAG_BYTES; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    (void)snprintf(etag, size, "\"%s%s\"", hex, marks[variant]);
    return true;
}

static int by_path(const void *a, const void *b)
{
    const struct file *x = a;
    const struct file *y = b;

    return strcmp(x->variants[PLAIN]->path, y->variants[PLAIN]->path);
}

static const struct file *find(const struct bc_files *files, const char *path, size_t len)
{
    size_t low = 0;
    size_t high = files->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *own = files->files[middle].variants[PLAIN]->path;
        int order = strncmp(path, own, len);

        if (order == 0 && own[len] == '\0')
            return &files->files[middle];
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Make the table from the folder: first the files themselves, then what is compressed of them. */
static bool make_table(struct bc_files *files)
{
    const struct bc_folder *folder = &files->folder;
    size_t base = 0;

    files->files = calloc(folder->count + 1, sizeof(*files->files));
    if (files->files == NULL)
        return false;
    for (size_t i = 0; i < folder->count; i++) {
        if (variant_of(folder, folder->files[i].path, &base) == PLAIN)
            files->files[files->count++].variants[PLAIN] = &folder->files[i];
    }
    qsort(files->files, files->count, sizeof(*files->files), by_path);
    for (size_t i = 0; i < folder->count; i++) {
        const struct bc_folder_file *one = &folder->files[i];
        int variant = variant_of(folder, one->path, &base);
        struct file *file = (struct file *)find(files, one->path, base);

        assert(file != NULL);
        file->variants[variant] = one;
        if (!make_etag(one, variant, file->etags[variant], sizeof(file->etags[variant])))
            return false;
    }
    return true;
}

struct bc_files *bc_files_read(const char *root, size_t max_bytes, char *line, size_t size)
{
    struct bc_files *files = calloc(1, sizeof(*files));

    if (files == NULL) {
        (void)snprintf(line, size, "out of memory");
        return NULL;
    }
    files->references = 1;
    if (root[0] == '\0')
        return files;
    if (!bc_folder_read(&files->folder, root, max_bytes, line, size)) {
        bc_files_release(files);
        return NULL;
    }
    if (!make_table(files)) {
        (void)snprintf(line, size, "out of memory");
        bc_files_release(files);
        return NULL;
    }
    return files;
}

size_t bc_files_count(const struct bc_files *files)
{
    return files->count;
}

struct bc_files *bc_files_hold(struct bc_files *files)
{
    files->references++;
    return files;
}

void bc_files_release(struct bc_files *files)
{
    if (files == NULL || --files->references > 0)
        return;
    bc_folder_free(&files->folder);
    free(files->files);
    free(files);
}

/* ---- asking ---- */

/* Whether the parameters of a coding, text[0..${len}), have a weight of zero. */
static bool is_weight_zero(const char *text, size_t len)
{
    const char *q = memchr(text, '=', len);

    if (q == NULL)
        return false;
    for (const char *at = q + 1; at < text + len; at++) {
        if (*at >= '1' && *at <= '9')
            return false;
    }
    return true;
}

bool bc_files_accepts(const char *accept, const char *coding)
{
    for (const char *at = accept; *at != '\0';) {
        const char *name = at + strspn(at, " \t,");
        size_t all = strcspn(name, ",");
        size_t len = strcspn(name, ",; \t");

        if (len == strlen(coding) && strncasecmp(name, coding, len) == 0)
            return !is_weight_zero(name + len, all - len);
        at = name + all;
    }
    return false;
}

static const struct file *find_index(const struct bc_files *files, const char *path, size_t len)
{
    static const char index[] = "index.html";
    char whole[1024];

    if (len == 0 || path[len - 1] != '/' || len + sizeof(index) > sizeof(whole))
        return NULL;
    memcpy(whole, path, len);
    memcpy(whole + len, index, sizeof(index));
    return find(files, whole, len + sizeof(index) - 1);
}

bool bc_files_find(const struct bc_files *files, const char *path, size_t len, const char *accept,
    struct bc_body *body)
{
    const struct file *file;
    int chosen = PLAIN;
    int others = 0;

    if (len == 0 || path[0] != '/' || memchr(path, '\0', len) != NULL)
        return false;
    file = find(files, path, len);
    if (file == NULL)
        file = find_index(files, path, len);
    if (file == NULL)
        return false;
    for (int i = VARIANTS - 1; i > PLAIN; i--) {
        if (file->variants[i] == NULL)
            continue;
        others++;
        if (bc_files_accepts(accept, variants[i].coding))
            chosen = i;
    }
    *body = (struct bc_body){ .data = file->variants[chosen]->data,
        .len = file->variants[chosen]->len,
        .type = bc_files_type(file->variants[PLAIN]->path),
        .encoding = variants[chosen].coding,
        .etag = file->etags[chosen],
        .immutable = strncmp(file->variants[PLAIN]->path, "/assets/", 8) == 0,
        .varies = others > 0 };
    return true;
}
