/* Bytes from outside, as a person may read them: in a log, on a terminal. Pure. */
#ifndef BC_MESSAGING_SHOWN_H
#define BC_MESSAGING_SHOWN_H

#include "messaging/bytes.h"

/* Room for what a name becomes at the most, each byte of it escaped, quotes and the NUL included.
 */
#define BC_SHOWN_NAME_MAX (6 * 64 + 3)

/**
 * bc_shown(bytes, text, size):
 * Write ${bytes} between quotes to text[0..${size}), at least 8, with a NUL: '"' and '\' behind a
 * '\', what is no UTF-8 as \xHH, and as \u{H} whatever a terminal could obey or nobody can see:
 * control and format characters, separators of lines, noncharacters. What has no room is cut off,
 * and "..." says so. So a name can't end its quotes, nor its line.
 *
 * Returns ${text}.
 */
const char *bc_shown(struct bc_bytes bytes, char *text, size_t size);

/**
 * bc_shown_next(bytes, character, hidden):
 * The length of the character of UTF-8 that ${bytes}, not empty, begin with, with its number in
 * *${character} and in *${hidden} whether it would be escaped; 0 if it is none.
 */
size_t bc_shown_next(struct bc_bytes bytes, uint32_t *character, bool *hidden);

/* The same as bc_shown() without quotes, for a whole line, in which '"' and '\' are what they are.
 */
const char *bc_shown_line(const char *line, char *text, size_t size);

#endif
