#include "names.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    NAME_SIZE = 64,
    CHANGES = 64
};

enum change {
    MADE,
    REMOVED,
    MOVED
};

/* What was at ${name}, or at ${to}, before is in the file aside of this change's number. */
static struct {
    enum change change;
    char name[NAME_SIZE];
    char to[NAME_SIZE];
    bool aside;
} changes[CHANGES];

static unsigned count;
static const char *dir;

void names_init(const char *of)
{
    dir = of;
}

const char *names_in(const char *path)
{
    size_t len = dir != NULL ? strlen(dir) : 0;

    if (len == 0 || strncmp(path, dir, len) != 0 || path[len] != '/' ||
        strchr(path + len + 1, '/') != NULL)
        return NULL;
    return path + len + 1;
}

bool names_is_dir(int fd)
{
    struct stat given;
    struct stat own;

    return fstat(fd, &given) == 0 && stat(dir, &own) == 0 && given.st_ino == own.st_ino &&
           given.st_dev == own.st_dev;
}

static void path_of(const char *name, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/%s", dir, name);
}

static void path_aside(unsigned number, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s.aside.%u", dir, number);
}

static int rename_raw(const char *from, const char *to)
{
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

static void add(enum change change, const char *name, const char *to, bool aside)
{
    if (count == CHANGES || strlen(name) >= NAME_SIZE || strlen(to) >= NAME_SIZE)
        abort();
    changes[count].change = change;
    changes[count].aside = aside;
    snprintf(changes[count].name, NAME_SIZE, "%s", name);
    snprintf(changes[count++].to, NAME_SIZE, "%s", to);
}

void names_made(const char *name)
{
    add(MADE, name, "", false);
}

int names_remove(const char *name)
{
    char path[PATH_MAX];
    char aside[PATH_MAX];

    path_of(name, path);
    path_aside(count, aside);
    if (rename_raw(path, aside) != 0)
        return -1;
    add(REMOVED, name, "", true);
    return 0;
}

int names_move(const char *name, const char *to)
{
    char path[PATH_MAX];
    char target[PATH_MAX];
    char aside[PATH_MAX];
    bool replaced;

    path_of(name, path);
    path_of(to, target);
    path_aside(count, aside);
    replaced = rename_raw(target, aside) == 0;
    if (rename_raw(path, target) != 0)
        abort();
    add(MOVED, name, to, replaced);
    return 0;
}

void names_durable(void)
{
    char aside[PATH_MAX];

    for (unsigned i = 0; i < count; i++) {
        path_aside(i, aside);
        if (changes[i].aside)
            (void)syscall(SYS_unlinkat, AT_FDCWD, aside, 0);
    }
    count = 0;
}

static void undo(unsigned i)
{
    char path[PATH_MAX];
    char target[PATH_MAX];
    char aside[PATH_MAX];

    path_of(changes[i].name, path);
    path_of(changes[i].to, target);
    path_aside(i, aside);
    switch (changes[i].change) {
    case MADE:
        (void)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
        break;
    case REMOVED:
        (void)rename_raw(aside, path);
        break;
    case MOVED:
        (void)rename_raw(target, path);
        if (changes[i].aside)
            (void)rename_raw(aside, target);
        break;
    }
}

void names_cut(uint32_t (*draw)(uint32_t n))
{
    unsigned kept = draw(count + 1);

    while (count > kept)
        undo(--count);
    names_durable();
}
