#include "rig.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "process.h"
#include "story.h"

enum {
    DIR_SIZE = 128,
    LINE_SIZE = 192,
    OPTIONS = 16
};

struct rig {
    char dir[DIR_SIZE];
    char data[DIR_SIZE + 8];
    char data_option[LINE_SIZE];
    char control_variable[LINE_SIZE];
    char dir_variable[LINE_SIZE];
    const char *environment[3];
    const char *options[OPTIONS];
    struct disk_control *control;
};

static struct disk_control *map_control(const struct rig *rig)
{
    char path[LINE_SIZE];
    void *mapped = MAP_FAILED;
    int fd;

    snprintf(path, sizeof path, "%s/control", rig->dir);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd >= 0 && ftruncate(fd, sizeof(struct disk_control)) == 0)
        mapped = mmap(NULL, sizeof(struct disk_control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED)
        fail_msg("cannot map %s: %s", path, strerror(errno));
    close(fd);
    return mapped;
}

struct rig *rig_new(const char *const *options)
{
    const char *tmp = getenv("TMPDIR");
    struct rig *rig = calloc(1, sizeof *rig);
    size_t n = 0;

    if (rig == NULL)
        fail_msg("out of memory");
    snprintf(rig->dir, sizeof rig->dir, "%s/backchannel-disk-XXXXXX", tmp ? tmp : "/tmp");
    if (mkdtemp(rig->dir) == NULL)
        fail_msg("cannot make the directory %s: %s", rig->dir, strerror(errno));
    if (getenv("BACKCHANNEL_KEEP") != NULL)
        print_message("the disk's directory, kept: %s\n", rig->dir);
    snprintf(rig->data, sizeof rig->data, "%s/data", rig->dir);
    snprintf(rig->data_option, sizeof rig->data_option, "data_dir %s", rig->data);
    snprintf(rig->control_variable, LINE_SIZE, "DISK_CONTROL=%s/control", rig->dir);
    snprintf(rig->dir_variable, LINE_SIZE, "DISK_DIR=%s", rig->data);
    rig->environment[0] = rig->control_variable;
    rig->environment[1] = rig->dir_variable;
    rig->control = map_control(rig);
    rig->options[n++] = rig->data_option;
    for (; *options != NULL; options++) {
        assert_true(n + 1 < OPTIONS);
        rig->options[n++] = *options;
    }
    rig_wipe(rig);
    return rig;
}

void rig_free(struct rig *rig)
{
    if (rig == NULL)
        return;
    munmap(rig->control, sizeof *rig->control);
    if (getenv("BACKCHANNEL_KEEP") == NULL)
        directory_remove(rig->dir);
    free(rig);
}

struct broker *rig_start(struct rig *rig)
{
    return broker_start(&(struct broker_options){ .users = story_users,
        .lines_before = story_lines,
        .plugin_options = rig->options,
        .environment = rig->environment,
        .preload = CRASH_DISK,
        .without_data_dir = true,
        .persistence = true });
}

const char *rig_data(const struct rig *rig)
{
    return rig->data;
}

void rig_wipe(struct rig *rig)
{
    directory_remove(rig->data);
    if (mkdir(rig->data, S_IRWXU) != 0)
        fail_msg("cannot make the directory %s: %s", rig->data, strerror(errno));
}

void rig_cut_power(struct rig *rig, uint32_t changes, uint32_t seed)
{
    atomic_store(&rig->control->seed, seed);
    atomic_store(&rig->control->cut_in, changes);
}

void rig_lie(struct rig *rig, enum disk_lie lie, const char *about)
{
    snprintf(rig->control->lie_about, sizeof rig->control->lie_about, "%s", about);
    atomic_store(&rig->control->lie, (uint32_t)lie);
}

void rig_fail(struct rig *rig, enum disk_call what, uint32_t first, uint32_t count, int code)
{
    rig_heal(rig);
    for (int i = 0; i < DISK_CALLS; i++)
        atomic_store(&rig->control->calls[i], 0);
    atomic_store(&rig->control->fail_what, (uint32_t)what);
    atomic_store(&rig->control->fail_count, count);
    atomic_store(&rig->control->fail_code, code);
    atomic_store(&rig->control->fail_first, first);
}

void rig_heal(struct rig *rig)
{
    atomic_store(&rig->control->fail_first, 0);
}

void rig_pass_time(struct rig *rig, uint32_t seconds)
{
    atomic_fetch_add(&rig->control->ahead, seconds);
}

uint32_t rig_calls(const struct rig *rig, enum disk_call what)
{
    return atomic_load(&rig->control->calls[what]);
}
