/*
 * Commands that a running broker answers, at its door (door/door_words.h). Each is a row
 * of the table of commands and a struct bc_live, and a row of broker-plugin/operator/operate.c.
 */
#ifndef BC_TOOLS_LIVE_H
#define BC_TOOLS_LIVE_H

#include <cjson/cJSON.h>

#include "tools/tool.h"

/* The verb has the command's name. What isn't there is NULL. */
struct bc_live {
    /* It changes something: nothing is asked before the broker is known to be one that listens. */
    bool acts;
    /* What the command's operands behind DIR are in a request; its options are so by themselves. */
    const char *operands[BC_OPERANDS_MAX];
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
/* Somebody's text in quotes, as bc_shown() writes it to text[0..${size}), which is returned. */
const char *bc_live_shown(const cJSON *object, const char *name, char *text, size_t size);
double bc_live_number(const cJSON *object, const char *name);
bool bc_live_flag(const cJSON *object, const char *name);

/*
 * Add to ${request} what ${tool}'s command line says, whose operands are ${operands} there. Not
 * BC_EXIT_WELL: it has been said why not.
 */
enum bc_exit bc_live_ask(
    const struct bc_tool *tool, const char *const operands[BC_OPERANDS_MAX], cJSON *request);

/*
 * Print, instead of a broker, the rows that ${next} makes of the store as of its last checkpoint:
 * each call gives the one behind *${at}, 0 at first; NULL at the end, or with *${error}, of which
 * BC_NOTFOUND is that there is no such user.
 */
typedef cJSON *bc_live_next_fn(
    const struct bc_tool *tool, const struct bc_view *view, uint64_t *at, enum bc_error *error);
enum bc_exit bc_live_from_store(
    const struct bc_tool *tool, const struct bc_live *live, bc_live_next_fn *next);

/* The commands. */
extern const struct bc_live bc_live_disable;
extern const struct bc_live bc_live_erase;
extern const struct bc_live bc_live_erasures;
extern const struct bc_live bc_live_retain;
extern const struct bc_live bc_live_log_level;
extern const struct bc_live bc_live_reload;
extern const struct bc_live bc_live_status;
extern const struct bc_live bc_live_health;
extern const struct bc_live bc_live_invite;
extern const struct bc_live bc_live_kick;
extern const struct bc_live bc_live_reports;
extern const struct bc_live bc_live_resolve;
extern const struct bc_live bc_live_revoke_invite;
extern const struct bc_live bc_live_revoke_token;
extern const struct bc_live bc_live_suspend;
extern const struct bc_live bc_live_unsuspend;
extern const struct bc_live bc_live_users;

#endif
