/*
 * A disk that a test can make fail, lie and lose its power, between a process and the files of one
 * directory. It is preloaded: these functions are found before the C library's.
 *
 * Nothing is really synced, since no test cuts the power of the machine.
 */
#include "disk.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "names.h"

static struct disk_control *control;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *directory;
static uint64_t dice;

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("DISK_CONTROL");
    int fd = -1;
    void *mapped = MAP_FAILED;

    directory = getenv("DISK_DIR");
    if (path != NULL)
        fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    if (fd >= 0) {
        mapped = (void *)syscall(
            SYS_mmap, NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0L);
        close(fd);
    }
    if (mapped == MAP_FAILED || directory == NULL) {
        fputs("DISK_CONTROL and DISK_DIR must say what to do\n", stderr);
        abort();
    }
    control = mapped;
    names_init(directory);
}

void disk_lock(void)
{
    pthread_mutex_lock(&lock);
}

void disk_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

/* ---- the power ---- */

/* splitmix64, by Sebastiano Vigna (public domain). */
static uint32_t draw(uint32_t n)
{
    uint64_t z = dice += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) % n);
}

/* LMDB's lock file comes out of a power cut as it may. */
static void cut_lock(void)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/" DISK_LMDB_LOCK, directory);
    if (draw(3) == 0)
        (void)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    else if (draw(2) == 0)
        (void)!syscall(SYS_truncate, path, 0L);
}

void disk_change(void)
{
    uint32_t left = atomic_load(&control->cut_in);

    (void)files_look();
    if (left > 0)
        atomic_store(&control->cut_in, left - 1);
    if (left == 1) {
        dice = atomic_load(&control->seed);
        files_cut(draw);
        names_cut(draw);
        cut_lock();
        (void)kill(getpid(), SIGKILL);
        pause();
    }
    files_keep_promises();
}

void disk_look(void)
{
    if (files_look())
        disk_change();
}

enum disk_lie disk_lie_of(const char *name)
{
    size_t len = strnlen(control->lie_about, sizeof control->lie_about);

    if (strncmp(name, control->lie_about, len) != 0)
        return DISK_HONEST;
    return (enum disk_lie)atomic_load(&control->lie);
}

/* ---- faults ---- */

int disk_fault(enum disk_call call)
{
    uint32_t number = atomic_fetch_add(&control->calls[call], 1) + 1;
    uint32_t first = atomic_load(&control->fail_first);

    if (first == 0 || atomic_load(&control->fail_what) != (uint32_t)call || number < first ||
        number - first >= atomic_load(&control->fail_count))
        return 0;
    return atomic_load(&control->fail_code);
}

bool disk_fails(enum disk_call call)
{
    int code = disk_fault(call);

    disk_change();
    if (code != 0)
        errno = code == DISK_SHORT ? EIO : code;
    return code != 0;
}

bool disk_memory_matters(void)
{
    return control != NULL && atomic_load(&control->fail_what) == DISK_MEMORY;
}

/* ---- the clock ---- */

DISK_EXPORT int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, now);

    if (result == 0 && clock == CLOCK_MONOTONIC && control != NULL)
        now->tv_sec += (time_t)atomic_load(&control->ahead);
    return result;
}

/* ---- threads ---- */

DISK_EXPORT int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict how,
    void *(*run)(void *), void *restrict context)
{
    int code = control != NULL ? disk_fault(DISK_THREAD) : 0;
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

    *(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
    return code != 0 ? code : create(thread, how, run, context);
}
