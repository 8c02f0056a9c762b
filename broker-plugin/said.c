#include "broker-plugin/said.h"

#include <string.h>

bool bc_said(struct bc_said *said, const char *line, uint64_t now_ms)
{
    size_t len = strnlen(line, BC_SAID_BYTES - 1);

    for (size_t i = 0; i < BC_SAID_LINES; i++) {
        uint64_t ms = said->lines[i].ms;

        /* A clock that is set back is no reason to be silent. */
        if (ms != 0 && now_ms >= ms && now_ms - ms < BC_SAID_AGAIN_MS &&
            said->lines[i].line[len] == '\0' && memcmp(said->lines[i].line, line, len) == 0) {
            return true;
        }
    }
    memcpy(said->lines[said->next].line, line, len);
    said->lines[said->next].line[len] = '\0';
    said->lines[said->next].ms = now_ms;
    said->next = (said->next + 1) % BC_SAID_LINES;
    return false;
}
