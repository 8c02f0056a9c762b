/*
 * Child processes and the files they leave, for tests: every wait is bounded, and whatever goes
 * wrong fails the running test with a sentence.
 */
#ifndef BC_TESTS_E2E_PROCESS_H
#define BC_TESTS_E2E_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * process_start(argv, environment, output):
 * Start ${argv}[0], searched in PATH and the sbin folders, with the variables of ${environment}
 * (NULL-terminated "NAME=value", before those of this process) and both outputs appended to the
 * file ${output}. The child is killed when this process ends. Returns its process id.
 */
pid_t process_start(const char *const *argv, const char *const *environment, const char *output);

/**
 * process_wait(pid, timeout_ms, &status):
 * Wait at most ${timeout_ms} for ${pid} to end. Returns whether it did, with the status of
 * waitpid() in *${status}.
 */
bool process_wait(pid_t pid, int timeout_ms, int *status);

/* Kill ${pid}, a child of this process, and its own children at one moment; all have ended then. */
void process_kill_family(pid_t pid);

/* Stop ${pid} and its own children, or let them go on. */
void process_stop_family(pid_t pid, bool stopped);

/*
 * What this thread starts and connects to is in the network namespace ${network}, a descriptor,
 * from now on; 0 is the one that it is in. Returns what process_leave() takes to go back.
 */
int process_enter(int network);
void process_leave(int before);

/**
 * process_run(argv, output):
 * Run ${argv} to its end, its outputs appended to the file ${output}; the test fails unless it
 * succeeds within 30 seconds.
 */
void process_run(const char *const *argv, const char *output);

/* The anonymous memory of ${pid} that is resident, in kB. */
long process_anonymous_kb(pid_t pid);

/**
 * file_read(path, offset):
 * The bytes of the file ${path} from ${offset} on, NUL-terminated; empty if there is no such file.
 * Memory: the caller frees.
 */
char *file_read(const char *path, off_t offset);

/* The length of the file ${path}, 0 if there is none. */
off_t file_size(const char *path);

/* Remove the directory ${path} with all that is in it. */
void directory_remove(const char *path);

/* Milliseconds of the monotonic clock, for deadlines. */
int64_t now_ms(void);

#endif
