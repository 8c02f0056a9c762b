/* Threads beside the broker's. */
#ifndef BC_STORAGE_BASE_THREAD_H
#define BC_STORAGE_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "messaging/error.h"

/* The descriptors that a thread works with; with none of them said, it works with all. */
#define BC_THREAD_FILES_MAX 8

struct bc_thread_files {
    int fds[BC_THREAD_FILES_MAX];
    size_t count;
};

/* Start ${run} with ${context} in a thread that gets no signals: those are for the broker's. */
bool bc_thread_start(pthread_t *thread, void *(*run)(void *), void *context) BC_MUST_CHECK;

/**
 * bc_thread_keep_only(files):
 * To be called first in a thread: from now on it has a table of descriptors of its own, with
 * ${files} and where errors are written to, and nothing that another thread opens. What others
 * close is closed, then, and their system calls need not count who else uses a descriptor. Where
 * the system doesn't have that or doesn't allow it, and with no ${files}, the table is shared as
 * ever.
 */
void bc_thread_keep_only(const struct bc_thread_files *files);

/* Add the descriptors of this process on the file at ${path}. False if they can't be known. */
bool bc_thread_files_add(struct bc_thread_files *files, const char *path) BC_MUST_CHECK;

#endif
