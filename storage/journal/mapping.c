/* Which file systems write to mapped files whatever happens, as tried. */
#include "storage/journal/mapping.h"

#include <limits.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Does ext4, on the device with this name, have data=journal? Not to know counts as that. */
static bool is_mounted_with_data_journal(const char *device)
{
    char path[PATH_MAX + 32];
    char line[256];
    bool has = false;
    FILE *options;

    snprintf(path, sizeof(path), "/proc/fs/ext4/%s/options", device);
    options = fopen(path, "re");
    if (options == NULL) {
        return true;
    }
    while (!has && fgets(line, sizeof(line), options) != NULL) {
        has = strcmp(line, "data=journal\n") == 0;
    }
    (void)fclose(options);
    return has;
}

/* What /proc/mounts says isn't enough: what is the default of a file system is left out there. */
static bool has_data_journal(int fd)
{
    struct stat status;
    char path[64];
    char target[PATH_MAX];
    int flags = 0;
    ssize_t len;

    /* Into what musl's ioctl() takes this request doesn't fit. */
    if (syscall(SYS_ioctl, fd, FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_JOURNAL_DATA_FL) != 0) {
        return true;
    }
    if (fstat(fd, &status) != 0) {
        return true;
    }
    snprintf(
        path, sizeof(path), "/sys/dev/block/%u:%u", major(status.st_dev), minor(status.st_dev));
    len = readlink(path, target, sizeof(target) - 1);
    if (len < 0) {
        return true;
    }
    target[len] = '\0';
    return is_mounted_with_data_journal(
        strrchr(target, '/') != NULL ? strrchr(target, '/') + 1 : target);
}

/*
 * On these a page of a file that has its blocks, and that is locked in memory, can be written to
 * whatever happens to the disk. Others need room for a copy of it, or ask for the file system's
 * health, and answer with SIGBUS. So does ext4 where it journals what is in files.
 */
enum bc_mapping bc_mapping_of(int fd)
{
    struct statfs status;

    if (fstatfs(fd, &status) != 0) {
        return BC_MAPPING_NO_FILE;
    }
    switch ((unsigned long)status.f_type) {
    case TMPFS_MAGIC:
        return BC_MAPPING_GOOD;
    case EXT4_SUPER_MAGIC:
        return has_data_journal(fd) ? BC_MAPPING_NO_DATA_JOURNAL : BC_MAPPING_GOOD;
    default:
        return BC_MAPPING_NO_FILE_SYSTEM;
    }
}

const char *bc_mapping_text(enum bc_mapping mapping)
{
    static const char *const texts[] = {
        [BC_MAPPING_NONE] = "off",
        [BC_MAPPING_GOOD] = "on",
        [BC_MAPPING_NO_FILE] = "no: its file can't be made",
        [BC_MAPPING_NO_FILE_SYSTEM] = "no: data_dir is on a file system that isn't fit for it",
        [BC_MAPPING_NO_DATA_JOURNAL] =
            "no: data_dir is on ext4 that has, or may have, data=journal",
        [BC_MAPPING_NO_MEMORY] = "no: its 64 KB can't be locked in memory",
    };

    return texts[mapping];
}
