/* What a sink of deliveries got, a line each, to be compared with the lines that it should be. */
#ifndef BC_TESTS_UNIT_DELIVERIES_H
#define BC_TESTS_UNIT_DELIVERIES_H

#include <stdbool.h>
#include <stddef.h>

#include "messaging/error.h"

#define LINES 256
#define LINE  96

struct record {
    char lines[LINES][LINE];
    size_t count;
    size_t fail_at; /* the number, from 1, of the delivery that fails; 0 for none */
};

/* Set *${line} to the next, of LINE bytes. The error with which the delivery fails, or BC_OK. */
enum bc_error record_line(struct record *record, char **line);

/* The same lines, or both lists are printed and the test fails. */
void record_expect(const struct record *record, const char *const *lines, size_t count);

#define EXPECT(record, ...)                                                                        \
    do {                                                                                           \
        static const char *const expected[] = { __VA_ARGS__ };                                     \
        record_expect(record, expected, sizeof(expected) / sizeof(expected[0]));                   \
    } while (0)

#endif
