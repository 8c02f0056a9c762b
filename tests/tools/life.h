/*
 * A broker whose store has something in every table, and running the tool on it. As elsewhere,
 * whatever isn't as expected fails the running test with a sentence.
 */
#ifndef BC_TESTS_TOOLS_LIFE_H
#define BC_TESTS_TOOLS_LIFE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crowd.h"
#include "process.h"

/* Messages from alice to bob: "1", "2" and so on. More than one chunk of a list has. */
#define LIFE_MESSAGES 150

/* The broker, with clients of alice, bob, carol and dave who have gone through all there is. */
struct broker *life_broker(void);

/* For a group of tests: such a broker, which is stopped at the beginning and freed at the end. */
extern struct broker *life;
int life_begin(void **state);
int life_end(void **state);

/* ${file} in the broker's directory, as long as the test lasts. */
const char *life_path(const struct broker *b, const char *file);

/* The plugin's data_dir there. */
const char *life_data(const struct broker *b);

/* What a run of the tool came to. */
struct tool_run {
    int code;
    char text[65536]; /* both outputs, as far as there is room */
};

/* Run the tool with ${arguments}, which end with NULL; the output goes by way of a file in ${b}'s.
 */
void tool_run(const struct broker *b, struct tool_run *run, const char *argument, ...)
    __attribute__((sentinel));

/* The same, demanding ${code} and that ${text} was printed. */
void tool_expect(const struct broker *b, int code, const char *text, const char *argument, ...)
    __attribute__((sentinel));

/* Copy the directory ${from} to ${to}, which is made, or made anew. */
void directory_copy(const char *from, const char *to);

#endif
