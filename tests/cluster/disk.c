/* ext4 in a file, and the call by which a file system loses its power. */
#include "disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "process.h"

enum {
    PATH_SIZE = 320,
    TRIED_MS = 30000,
    STEP_US = 5000,
    TRIAL_MB = 16,
    CHANGED_S = 2,
    DEEP = 4 /* folders in folders */
};

/* As in ext4's header, which isn't among those of the C library. */
#define SHUTDOWN    _IOR('X', 125, uint32_t)
#define NO_LOGFLUSH UINT32_C(2)

struct disk {
    char dir[PATH_SIZE];
    char image[PATH_SIZE];
    int fd; /* of the folder */
    bool cut;
};

static bool succeeds(const char *const *command)
{
    int status = -1;

    return process_wait(process_start(command, NULL, "/dev/null"), TRIED_MS, &status) &&
           status == 0;
}

/* The file is as good as a drive without a cache, so the drive below it needs no flushes. */
static bool mount_image(struct disk *disk)
{
    const char *const command[] = { "mount", "-t", "ext4", "-o", "loop,nobarrier", disk->image,
        disk->dir, NULL };

    if (!succeeds(command))
        return false;
    disk->fd = open(disk->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (disk->fd == -1)
        fail_msg("cannot open %s: %s", disk->dir, strerror(errno));
    return true;
}

/* Memory: the disk, or NULL and nothing is left. */
static struct disk *try_new(const char *dir, unsigned megabytes)
{
    struct disk *disk = calloc(1, sizeof *disk);
    char size[32];
    const char *const make[] = { "mkfs.ext4", "-q", "-F", disk->image, size, NULL };
    char found[PATH_SIZE];

    assert_non_null(disk);
    snprintf(size, sizeof size, "%uM", megabytes);
    snprintf(disk->dir, sizeof disk->dir, "%s", dir);
    assert_true((size_t)snprintf(disk->image, sizeof disk->image, "%s.ext4", dir) < PATH_SIZE);
    if (mkdir(dir, S_IRWXU) != 0)
        fail_msg("cannot make the folder %s: %s", dir, strerror(errno));
    if (!succeeds(make) || !mount_image(disk)) {
        unlink(disk->image);
        rmdir(dir);
        free(disk);
        return NULL;
    }
    /* Whoever begins a store wants its folder empty. */
    assert_true((size_t)snprintf(found, sizeof found, "%s/lost+found", dir) < sizeof found);
    rmdir(found);
    return disk;
}

bool disk_available(void)
{
    const char *tmp = getenv("TMPDIR");
    char dir[PATH_SIZE];
    char trial[PATH_SIZE + 8];
    struct disk *disk;

    if (access("/usr/sbin/mkfs.ext4", X_OK) != 0) {
        print_message("there is no mkfs.ext4\n");
        return false;
    }
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        print_message("no file system may be mounted here\n");
        return false;
    }
    snprintf(dir, sizeof dir, "%s/bc-disk.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(dir));
    snprintf(trial, sizeof trial, "%s/trial", dir);
    disk = try_new(trial, TRIAL_MB);
    disk_free(disk);
    rmdir(dir);
    if (disk == NULL)
        print_message("no file can be mounted here\n");
    return disk != NULL;
}

struct disk *disk_new(const char *dir, unsigned megabytes)
{
    struct disk *disk = try_new(dir, megabytes);

    if (disk == NULL)
        fail_msg("%s cannot be made a disk", dir);
    return disk;
}

/* Processes that were killed may take a moment until they have let go. */
static void unmount(struct disk *disk)
{
    int64_t until = now_ms() + TRIED_MS;

    close(disk->fd);
    while (umount(disk->dir) != 0) {
        if (errno != EBUSY || now_ms() > until)
            fail_msg("cannot unmount %s: %s", disk->dir, strerror(errno));
        usleep(STEP_US);
    }
}

void disk_free(struct disk *disk)
{
    if (disk == NULL)
        return;
    unmount(disk);
    unlink(disk->image);
    rmdir(disk->dir);
    free(disk);
}

void disk_cut(struct disk *disk)
{
    uint32_t how = NO_LOGFLUSH;

    if (!disk->cut && ioctl(disk->fd, SHUTDOWN, &how) != 0)
        fail_msg("cannot cut the power of %s: %s", disk->dir, strerror(errno));
    disk->cut = true;
}

void disk_mount(struct disk *disk)
{
    int64_t until = now_ms() + TRIED_MS;

    if (!disk->cut)
        return;
    unmount(disk);
    while (!mount_image(disk)) {
        if (now_ms() > until)
            fail_msg("cannot mount %s again", disk->dir);
        usleep(STEP_US);
    }
    disk->cut = false;
}

void disk_write_all(const struct disk *disk)
{
    if (!disk->cut && syncfs(disk->fd) != 0)
        fail_msg("cannot write what waits for %s: %s", disk->dir, strerror(errno));
}

/* One of the files that have changed lately, each as likely as any other. */
struct choice {
    struct dice *dice;
    time_t since;
    uint32_t seen;
    char path[PATH_SIZE];
    uint32_t size;
};

static void consider(struct choice *c, const char *path, const struct stat *about)
{
    if (about->st_mtime < c->since || about->st_size <= 0)
        return;
    if (!dice_one_in(c->dice, ++c->seen))
        return;
    snprintf(c->path, sizeof c->path, "%s", path);
    c->size = about->st_size < INT32_MAX ? (uint32_t)about->st_size : INT32_MAX;
}

/* Files come and go meanwhile. */
static void look_into(struct choice *c, const char *dir, unsigned deep)
{
    DIR *files = opendir(dir);
    const struct dirent *entry;

    while (files != NULL && (entry = readdir(files)) != NULL) {
        char path[PATH_SIZE];
        struct stat about;

        if (entry->d_name[0] == '.' ||
            (size_t)snprintf(path, sizeof path, "%s/%s", dir, entry->d_name) >= sizeof path ||
            lstat(path, &about) != 0)
            continue;
        if (S_ISDIR(about.st_mode) && deep > 0)
            look_into(c, path, deep - 1);
        else if (S_ISREG(about.st_mode))
            consider(c, path, &about);
    }
    if (files != NULL)
        closedir(files);
}

void disk_write_some(const struct disk *disk, struct dice *dice)
{
    struct choice c = { .dice = dice, .since = time(NULL) - CHANGED_S };
    int fd;

    if (disk->cut)
        return;
    look_into(&c, disk->dir, DEEP);
    fd = c.seen > 0 ? open(c.path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd == -1)
        return;
    (void)sync_file_range(
        fd, dice_below(dice, c.size), dice_magnitude(dice, c.size), SYNC_FILE_RANGE_WRITE);
    close(fd);
}
