/* Threads beside the broker's. */
#ifndef BC_STORAGE_BASE_THREAD_H
#define BC_STORAGE_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

#include "messaging/error.h"

/* Start ${run} with ${context} in a thread that gets no signals: those are for the broker's. */
bool bc_thread_start(pthread_t *thread, void *(*run)(void *), void *context) BC_MUST_CHECK;

#endif
