/*
 * What the operator asks for at the door: a table of verbs. A verb is a row of it and one function,
 * and a row of the tool's table (tools/live.h).
 */
#ifndef BC_BROKER_PLUGIN_OPERATE_H
#define BC_BROKER_PLUGIN_OPERATE_H

#include "broker-plugin/context.h"
#include "broker-plugin/door.h"
#include "broker-plugin/json.h"

/* A request that is being answered. */
struct bc_call {
    struct bc_plugin *plugin;
    struct bc_guest *guest;
    const struct bc_verb *verb;
    struct bc_arguments arguments; /* of the request; to be read at the first call alone */
    cJSON *request;                /* what they borrow from; it lives as long as the call */
    uint64_t at;                   /* the verb's own, for where it goes on; 0 at first */
    void *own;                     /* the verb's own memory, of malloc(); NULL at first */
};

/* A line of the table. */
struct bc_verb {
    const char *name;
    /*
     * Answer, or a part of it: called until it returns BC_ANSWERED, at most a few times at a turn
     * of the broker's loop, and to be done within a millisecond each time.
     */
    enum bc_answering (*run)(struct bc_call *call);
};

/* The door, with these verbs behind it; NULL without memory. To be freed with bc_door_free(). */
struct bc_door *bc_operate_open(struct bc_plugin *plugin);

/* ---- operate_common.c: for verbs ---- */

/* Put a line that others follow: an object with a `type`. Takes ${row}; NULL: memory is short. */
enum bc_answering bc_call_row(struct bc_call *call, cJSON *row);

/* An object that says ok, to be filled and given to bc_call_ok(); NULL without memory. */
cJSON *bc_call_begin(void);

/* End the answer well with ${last}, as bc_call_begin() gave it, which is taken. */
enum bc_answering bc_call_ok(struct bc_call *call, cJSON *last);

/*
 * End the answer with ${code} and ${sentence}; if an argument was wrong, with what was wrong with
 * it instead.
 */
enum bc_answering bc_call_refuse(struct bc_call *call, const char *code, const char *sentence);

/* Are the arguments that were read so far good? If not, bc_call_refuse() tells of them. */
bool bc_call_good(const struct bc_call *call);

/* ---- the verbs, by file ---- */

enum bc_answering bc_verb_status(struct bc_call *call);
enum bc_answering bc_verb_health(struct bc_call *call);
enum bc_answering bc_verb_metrics(struct bc_call *call);

#endif
