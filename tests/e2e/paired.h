/*
 * Times that are measured in turns and compared pair by pair, so that what the machine does
 * meanwhile falls on all of them alike.
 */
#ifndef BC_TESTS_E2E_PAIRED_H
#define BC_TESTS_E2E_PAIRED_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct broker;

/*
 * A broker of ${users} with ${options} of the plugin, as struct broker_options has both. With
 * ${plant} its plugin is ${planted}, plants.c's, which commits that fault.
 */
struct broker *paired_broker(
    const char *planted, const char *plant, const char *const *users, const char *const *options);

/* A connection of ${user}'s with MQTT 3.1.1 that nothing is held back for; raw_close() ends it. */
int paired_log_in(struct broker *b, const char *user);

/**
 * paired_answer(fd, command, text, wait_s):
 * Wait, without sleeping, for the answer to ${command}, demand that ${text} is in it, and
 * acknowledge it. The test fails if it isn't there after ${wait_s}.
 */
void paired_answer(int fd, const char *command, const char *text, int wait_s);

/* Nanoseconds of ${clock}. */
int64_t paired_now_ns(clockid_t clock);

/* Bring the ${count} numbers at ${order} into another order, so that none follows the same other
 * one each time. */
void paired_shuffle(size_t *order, size_t count);

/* The median, over ${count} pairs, of what ${one} took more than ${other}. */
int64_t paired_difference(const int64_t *one, const int64_t *other, size_t count);

#endif
