/*
 * Commands that a running broker answers, at its door (broker-plugin/door_words.h). Each is a row
 * of the table of commands and a struct bc_live, and a row of broker-plugin/operate.c.
 */
#ifndef BC_TOOLS_LIVE_H
#define BC_TOOLS_LIVE_H

#include <cjson/cJSON.h>

#include "tools/tool.h"

/* The verb has the command's name. What isn't there is NULL. */
struct bc_live {
    /* Add to ${request} what the command line says. Not BC_EXIT_WELL: it has been said why not. */
    enum bc_exit (*ask)(const struct bc_tool *tool, cJSON *request);
    /* Print a line of the answer for people; with --json it is printed as it is. */
    void (*row)(const struct bc_tool *tool, const cJSON *row);
    /* The same of the last line, which says ok. */
    void (*last)(const struct bc_tool *tool, const cJSON *last);
    /* With which code to end, if that isn't always BC_EXIT_WELL. */
    enum bc_exit (*code)(const cJSON *last);
    /* Instead of asking, where no broker runs: from the store. NULL: it takes a broker. */
    enum bc_exit (*offline)(const struct bc_tool *tool);
};

/* Run ${tool}'s command, which is ${live}. Lines are printed on stdout. */
enum bc_exit bc_live_run(const struct bc_tool *tool, const struct bc_live *live);

/* Fields of an answer: empty, 0 or false if it doesn't have them. */
const char *bc_live_text(const cJSON *object, const char *name);
double bc_live_number(const cJSON *object, const char *name);
bool bc_live_flag(const cJSON *object, const char *name);

/* The commands. */
extern const struct bc_live bc_live_status;
extern const struct bc_live bc_live_health;

#endif
