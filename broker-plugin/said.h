/*
 * Lines that were said to the operator lately: what fails again at each message of each client is
 * said once in a while, so that nobody can fill the log, which may be on the disk that fails.
 */
#ifndef BC_BROKER_PLUGIN_SAID_H
#define BC_BROKER_PLUGIN_SAID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A line is said again after so long. */
#define BC_SAID_AGAIN_MS 60000

/* So many are remembered, by so much of their beginning. */
#define BC_SAID_LINES 8
#define BC_SAID_BYTES 256

/* All zero: nothing was said. */
struct bc_said {
    struct {
        char line[BC_SAID_BYTES];
        uint64_t ms;
    } lines[BC_SAID_LINES];
    size_t next; /* whose place the next one takes: the oldest's */
};

/* Was ${line} said less than BC_SAID_AGAIN_MS before ${now_ms}? If not, it is said now. */
bool bc_said(struct bc_said *said, const char *line, uint64_t now_ms);

#endif
