#include "gateway/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILES_MAX = 10000,
    DEPTH_MAX = 16
};

struct reading {
    struct bc_folder *folder;
    size_t max_bytes;
    char *line;
    size_t size;
};

__attribute__((format(printf, 2, 3))) static bool complain(
    const struct reading *r, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(r->line, r->size, format, arguments);
    va_end(arguments);
    return false;
}

/* A place for one more file, or NULL. */
static struct bc_folder_file *grow(struct bc_folder *folder)
{
    if (folder->count == folder->room) {
        size_t room = folder->room * 2 + 64;
        struct bc_folder_file *files = realloc(folder->files, room * sizeof(*files));

        if (files == NULL)
            return NULL;
        folder->files = files;
        folder->room = room;
    }
    folder->files[folder->count] = (struct bc_folder_file){ 0 };
    return &folder->files[folder->count];
}

static bool read_all(int fd, uint8_t *data, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t got = read(fd, data + at, len - at);

        if (got == 0 || (got == -1 && errno != EINTR))
            return false;
        at += got > 0 ? (size_t)got : 0;
    }
    return true;
}

/* Read the regular file ${fd} of ${bytes} bytes. */
static bool read_file(const struct reading *r, int fd, const char *path, size_t bytes)
{
    struct bc_folder *folder = r->folder;
    struct bc_folder_file *file;

    if (folder->count >= FILES_MAX)
        return complain(r, "there are more than %d files", FILES_MAX);
    if (bytes > r->max_bytes - folder->bytes)
        return complain(r, "the files have more than %zu bytes", r->max_bytes);
    file = grow(folder);
    if (file == NULL)
        return complain(r, "out of memory");
    file->path = strdup(path);
    file->data = malloc(bytes + 1);
    file->len = bytes;
    folder->count++;
    folder->bytes += bytes;
    if (file->path == NULL || file->data == NULL)
        return complain(r, "out of memory");
    return read_all(fd, file->data, bytes) || complain(r, "can't read %s", path);
}

static bool read_entry(
    const struct reading *r, int folder, const char *name, const char *path, int depth);

/* Read all of the folder ${fd}, which is closed. */
static bool read_folder(const struct reading *r, int fd, const char *path, int depth)
{
    DIR *dir = depth <= DEPTH_MAX ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    bool good = true;

    if (dir == NULL) {
        (void)close(fd);
        return complain(
            r, "can't read the folder %s%s", path, depth > DEPTH_MAX ? ": it is too deep" : "");
    }
    while (good && (entry = readdir(dir)) != NULL) {
        char *whole = NULL;

        if (entry->d_name[0] == '.')
            continue;
        good = asprintf(&whole, "%s/%s", path, entry->d_name) != -1;
        if (!good)
            (void)complain(r, "out of memory");
        else
            good = read_entry(r, dirfd(dir), entry->d_name, whole, depth);
        free(whole);
    }
    (void)closedir(dir);
    return good;
}

/* Read what ${name} in ${folder} is, if it is a file or a folder. */
static bool read_entry(
    const struct reading *r, int folder, const char *name, const char *path, int depth)
{
    /* O_NONBLOCK: a pipe would be waited for. */
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat status;
    bool good;

    if (fd == -1) {
        /* A symbolic link, or a socket. */
        if (errno == ELOOP || errno == ENXIO)
            return true;
        return complain(r, "can't read %s: %s", path, strerror(errno));
    }
    if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode))
        return read_folder(r, fd, path, depth + 1);
    good = !S_ISREG(status.st_mode) || read_file(r, fd, path, (size_t)status.st_size);
    (void)close(fd);
    return good;
}

static int by_path(const void *a, const void *b)
{
    const struct bc_folder_file *x = a;
    const struct bc_folder_file *y = b;

    return strcmp(x->path, y->path);
}

bool bc_folder_read(
    struct bc_folder *folder, const char *root, size_t max_bytes, char *line, size_t size)
{
    struct reading r = { .folder = folder, .max_bytes = max_bytes, .line = line, .size = size };
    int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    *folder = (struct bc_folder){ 0 };
    if (fd == -1)
        return complain(&r, "can't read the folder %s: %s", root, strerror(errno));
    if (!read_folder(&r, fd, "", 0))
        return false;
    if (folder->count > 0)
        qsort(folder->files, folder->count, sizeof(*folder->files), by_path);
    return true;
}

void bc_folder_free(struct bc_folder *folder)
{
    for (size_t i = 0; i < folder->count; i++) {
        free(folder->files[i].path);
        free(folder->files[i].data);
    }
    free(folder->files);
    *folder = (struct bc_folder){ 0 };
}

const struct bc_folder_file *bc_folder_find(
    const struct bc_folder *folder, const char *path, size_t len)
{
    size_t low = 0;
    size_t high = folder->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *own = folder->files[middle].path;
        int order = strncmp(path, own, len);

        if (order == 0 && own[len] == '\0')
            return &folder->files[middle];
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
