#include "files.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sys/syscall.h>
#include <uthash.h>

enum {
    SECTOR = 512,
    NAME_SIZE = 64,
    VERSIONS = 1024, /* of a sector that nobody syncs */
    OWN_FDS = 900    /* from here on, so that the broker's stay what they would be */
};

struct version {
    uint64_t time; /* 0: durable */
    uint8_t bytes[SECTOR];
};

struct sector {
    int64_t number;
    struct version *versions; /* the first is durable */
    unsigned count;
    UT_hash_handle hh;
};

struct length {
    uint64_t time;
    off_t bytes;
};

struct file {
    dev_t device;
    ino_t inode;
    int fd;
    char name[NAME_SIZE];
    uint8_t *mapped; /* the file, if it is written to through memory, */
    size_t mapped_len;
    uint8_t *seen;          /* and as that was when it was last looked at */
    unsigned promised;      /* how soon all of it is durable, 0: that was not promised */
    struct sector *sectors; /* those that have been written since they were durable */
    struct length *lengths; /* the first is durable, the last is now */
    unsigned length_count;
    struct file *next;
};

static struct file *files;
static uint64_t now; /* counts changes */

static void *more(void *items, size_t bytes)
{
    void *grown = realloc(items, bytes);

    if (grown == NULL)
        abort();
    return grown;
}

/* A descriptor for the file, to be closed: threads may have tables without the one that it keeps.
 */
static int reach(const struct file *file)
{
    char path[32];
    int fd;

    snprintf(path, sizeof path, "/proc/self/fd/%d", file->fd);
    fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        abort();
    return fd;
}

static off_t length_of(const struct file *file)
{
    struct stat about;
    int fd = reach(file);

    if (fstat(fd, &about) != 0)
        abort();
    close(fd);
    return about.st_size;
}

static void note_length(struct file *file)
{
    off_t bytes = length_of(file);

    if (file->length_count > 0 && file->lengths[file->length_count - 1].bytes == bytes)
        return;
    file->lengths = more(file->lengths, (file->length_count + 1) * sizeof *file->lengths);
    file->lengths[file->length_count++] = (struct length){ .time = now, .bytes = bytes };
}

struct file *files_find(int fd)
{
    struct stat about;
    struct file *file = files;

    if (files == NULL || fstat(fd, &about) != 0)
        return NULL;
    while (file != NULL && (file->inode != about.st_ino || file->device != about.st_dev))
        file = file->next;
    return file;
}

void files_add(int fd, const char *name)
{
    struct stat about;
    struct file *file;
    char path[32];

    if (files_find(fd) != NULL || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
        return;
    file = more(NULL, sizeof *file);
    *file = (struct file){ .device = about.st_dev, .inode = about.st_ino, .next = files };
    snprintf(file->name, sizeof file->name, "%s", name);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    file->fd = fcntl(fd, F_DUPFD_CLOEXEC, OWN_FDS);
    close(fd);
    if (file->fd < 0)
        abort();
    note_length(file);
    files = file;
}

const char *files_name(const struct file *file)
{
    return file->name;
}

static struct sector *sector_of(struct file *file, int64_t number)
{
    struct sector *sector = NULL;

    HASH_FIND(hh, file->sectors, &number, sizeof number, sector);
    return sector;
}

static struct version *add_version(struct sector *sector)
{
    struct version *version;

    if (sector->count == VERSIONS) /* the disk has long had the oldest, and what came after it */
        memmove(sector->versions, sector->versions + 1, --sector->count * sizeof *sector->versions);
    sector->versions = more(sector->versions, (sector->count + 1) * sizeof *sector->versions);
    version = &sector->versions[sector->count++];
    *version = (struct version){ .time = now };
    return version;
}

static struct sector *add_sector(struct file *file, int64_t number)
{
    struct sector *sector = more(NULL, sizeof *sector);

    *sector = (struct sector){ .number = number };
    HASH_ADD(hh, file->sectors, number, sizeof sector->number, sector);
    return sector;
}

static void note_sector(struct file *file, int64_t number, bool only_first)
{
    struct sector *sector = sector_of(file, number);
    ssize_t got;
    int fd;

    if (sector != NULL && only_first)
        return;
    if (sector == NULL)
        sector = add_sector(file, number);
    fd = reach(file);
    got = pread(fd, add_version(sector)->bytes, SECTOR, (off_t)(number * SECTOR));
    if (got < 0)
        abort();
    close(fd);
}

static void note(struct file *file, off_t offset, size_t len, bool only_first)
{
    off_t end = offset + (off_t)len;

    for (int64_t number = offset / SECTOR; number * SECTOR < end; number++)
        note_sector(file, number, only_first);
}

/* ---- what is mapped ---- */

void files_map(struct file *file)
{
    size_t len = (size_t)length_of(file);
    int fd;

    if (file->mapped != NULL)
        return;
    fd = reach(file);
    file->mapped = (void *)syscall(SYS_mmap, NULL, len, PROT_READ, MAP_SHARED, fd, 0L);
    close(fd);
    if (file->mapped == MAP_FAILED || len % SECTOR != 0)
        abort();
    file->mapped_len = len;
    file->seen = more(NULL, len);
    memcpy(file->seen, file->mapped, len);
}

/* Another thread may be writing: what is compared is what is kept. Returns whether it has changed.
 */
static bool look_at_sector(struct file *file, int64_t number)
{
    uint8_t *seen = file->seen + number * SECTOR;
    struct sector *sector = sector_of(file, number);
    uint8_t bytes[SECTOR];

    memcpy(bytes, file->mapped + number * SECTOR, SECTOR);
    if (memcmp(seen, bytes, SECTOR) == 0)
        return false;
    if (sector == NULL) {
        sector = add_sector(file, number);
        memcpy(add_version(sector)->bytes, seen, SECTOR);
    }
    memcpy(add_version(sector)->bytes, bytes, SECTOR);
    memcpy(seen, bytes, SECTOR);
    return true;
}

static bool look(struct file *file)
{
    bool changed = false;

    for (int64_t number = 0; number < (int64_t)(file->mapped_len / SECTOR); number++)
        changed = look_at_sector(file, number) || changed;
    return changed;
}

bool files_look(void)
{
    bool changed = false;

    for (struct file *file = files; file != NULL; file = file->next)
        changed = look(file) || changed;
    return changed;
}

/* ---- what is written ---- */

void files_before(struct file *file, off_t offset, size_t len)
{
    look(file);
    if (file->mapped == NULL)
        note(file, offset, len, true);
}

void files_after(struct file *file, off_t offset, size_t len)
{
    now++;
    look(file);
    if (file->mapped == NULL)
        note(file, offset, len, false);
    note_length(file);
}

static void forget_sector(struct file *file, struct sector *sector)
{
    HASH_DEL(file->sectors, sector);
    free(sector->versions);
    free(sector);
}

static void length_is_durable(struct file *file)
{
    file->lengths[0] = file->lengths[file->length_count - 1];
    file->length_count = 1;
}

void files_durable(struct file *file, off_t offset, size_t len)
{
    for (int64_t number = offset / SECTOR; number * SECTOR < offset + (off_t)len; number++) {
        struct sector *sector = sector_of(file, number);

        if (sector != NULL)
            forget_sector(file, sector);
    }
    length_is_durable(file);
}

void files_all_durable(struct file *file)
{
    struct sector *sector;
    struct sector *next;

    look(file);
    HASH_ITER(hh, file->sectors, sector, next)
    forget_sector(file, sector);
    length_is_durable(file);
    file->promised = 0;
}

void files_promise(struct file *file, unsigned calls)
{
    if (file->promised == 0)
        file->promised = calls;
}

void files_keep_promises(void)
{
    for (struct file *file = files; file != NULL; file = file->next) {
        if (file->promised > 0 && --file->promised == 0)
            files_all_durable(file);
    }
}

/* ---- the cut ---- */

/* What a disk may have made of what was written to a file and not synced. */
enum kept {
    KEPT_NOTHING,
    KEPT_ALL,
    KEPT_UNTIL,     /* what was written until some time */
    KEPT_SCATTERED, /* of each sector something: torn, and in any order */
    KEPTS
};

static const struct version *choose(
    const struct sector *sector, enum kept kept, uint64_t until, uint32_t (*draw)(uint32_t n))
{
    unsigned chosen = 0;

    if (kept == KEPT_ALL)
        chosen = sector->count - 1;
    else if (kept == KEPT_SCATTERED)
        chosen = draw(sector->count);
    while (kept == KEPT_UNTIL && chosen + 1 < sector->count &&
           sector->versions[chosen + 1].time <= until)
        chosen++;
    return &sector->versions[chosen];
}

static off_t choose_length(
    const struct file *file, enum kept kept, uint64_t until, uint32_t (*draw)(uint32_t n))
{
    unsigned chosen = 0;

    if (kept == KEPT_ALL)
        chosen = file->length_count - 1;
    else if (kept == KEPT_SCATTERED)
        chosen = draw(file->length_count);
    while (kept == KEPT_UNTIL && chosen + 1 < file->length_count &&
           file->lengths[chosen + 1].time <= until)
        chosen++;
    return file->lengths[chosen].bytes;
}

static void cut_one(struct file *file, uint32_t (*draw)(uint32_t n))
{
    enum kept kept = (enum kept)draw(KEPTS);
    uint64_t until = now - draw(now < 64 ? (uint32_t)now + 1 : 64);
    off_t length = choose_length(file, kept, until, draw);
    struct sector *sector;
    struct sector *next;
    int fd = reach(file);

    HASH_ITER(hh, file->sectors, sector, next)
    {
        const struct version *version = choose(sector, kept, until, draw);

        if (syscall(SYS_pwrite64, fd, version->bytes, (size_t)SECTOR,
                (off_t)(sector->number * SECTOR)) != SECTOR)
            abort();
    }
    if (syscall(SYS_ftruncate, fd, length) != 0)
        abort();
    close(fd);
}

void files_cut(uint32_t (*draw)(uint32_t n))
{
    for (struct file *file = files; file != NULL; file = file->next)
        cut_one(file, draw);
}
