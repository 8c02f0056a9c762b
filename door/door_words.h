/*
 * What both sides of the door agree on: the broker's (door.h, operate.h) and the tool's
 * (tools/live.h).
 *
 * The door is a Unix socket in the data directory. Whoever comes in is greeted with a line, and
 * sends one: a request, a JSON object with the `door` that it was made for, a `verb` and what that
 * verb takes. The answer is any number of lines with a `type`, and a last one with `ok`: true, or
 * false with a `code` and a sentence, `error`. Then the next request may follow.
 *
 *     > {"backchannel":"0.2.0","door":1}
 *     < {"door":1,"verb":"status"}
 *     > {"ok":true,"version":"0.2.0", ...}
 */
#ifndef BC_DOOR_DOOR_WORDS_H
#define BC_DOOR_DOOR_WORDS_H

#include <stdbool.h>
#include <sys/un.h>

/* The socket's name in the data directory. */
#define BC_DOOR_NAME "control"

/* What a request and its answer mean; another number is another language. */
#define BC_DOOR_VERSION 1

/* The longest request, with its line's end. */
#define BC_DOOR_LINE_MAX 4096

/* Codes of an answer that isn't ok, beside those of refusals (messaging/refusal.h). */
#define BC_DOOR_BUSY          "busy"          /* others are in the door */
#define BC_DOOR_OTHER_VERSION "other-version" /* the request is of another version */
#define BC_DOOR_UNKNOWN       "unknown-verb"
#define BC_DOOR_BAD_REQUEST   "bad-request"

/**
 * bc_door_address(dir, address, held):
 * Set *${address} to that of the door in ${dir}. A path that is too long for an address goes by way
 * of a descriptor of ${dir}, which is *${held} then and to be closed after the use; else it is -1.
 * False, with errno, if the directory can't be opened.
 */
bool bc_door_address(const char *dir, struct sockaddr_un *address, int *held);

#endif
