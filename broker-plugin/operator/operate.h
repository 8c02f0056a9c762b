/*
 * What the operator asks for at the door: a table of verbs. A verb is a row of it and one function,
 * and a row of the tool's table (tools/live.h).
 */
#ifndef BC_BROKER_PLUGIN_OPERATOR_OPERATE_H
#define BC_BROKER_PLUGIN_OPERATOR_OPERATE_H

#include "broker-plugin/arguments.h"
#include "broker-plugin/operator/door.h"
#include "broker-plugin/pipeline.h"
#include "json/json.h"

/* A request that is being answered. */
struct bc_call {
    struct bc_plugin *plugin;
    struct bc_guest *guest;
    const struct bc_verb *verb;
    struct bc_arguments arguments; /* of the request */
    cJSON *request;                /* what they borrow from; it lives as long as the call */
    uint64_t at;                   /* the verb's own, for where it goes on; 0 at first */
    void *own;                     /* the verb's own memory, of malloc(); NULL at first */
    struct bc_outcome outcome;     /* of an act ... */
    struct bc_awaited awaited;     /* ... and its fact */
};

/* A line of the table. One that changes state is a question and an answer, as commands are. */
struct bc_verb {
    const char *name;
    /*
     * Answer, or a part of it: called until it returns BC_ANSWERED, at most a few times at a turn
     * of the broker's loop, and to be done within a millisecond each time.
     */
    enum bc_answering (*run)(struct bc_call *call);
    /*
     * Instead: turn the arguments into a request, whose action is set and which is from the
     * operator. False: it was refused, with bc_call_refuse().
     */
    bool (*ask)(struct bc_call *call, struct bc_request *request);
    /* It was accepted, and is in the tables: what else there is to be done at once. May be NULL. */
    void (*took)(struct bc_call *call);
    /* It is durable: add to ${last} what is said beside `ok`. False without memory. */
    bool (*answer)(struct bc_call *call, cJSON *last);
    enum bc_action action; /* what it asks for */
};

/* The door, with these verbs behind it; NULL without memory. To be freed with bc_door_free(). */
struct bc_door *bc_operate_open(struct bc_plugin *plugin);

/* ---- operate_common.c: for verbs ---- */

/* Put a line that others follow: an object with a `type`. Takes ${row}; NULL: memory is short. */
enum bc_answering bc_call_row(struct bc_call *call, cJSON *row);

/* An object that says ok, to be filled and given to bc_call_ok(); NULL without memory. */
cJSON *bc_call_begin(void);

/*
 * End the answer well with ${last}, as bc_call_begin() gave it, which is taken; if that isn't
 * whole, not ${made}, memory is short.
 */
enum bc_answering bc_call_ok(struct bc_call *call, cJSON *last, bool made);

/* Put ${row}, or, if it is NULL, end the answer: well, or with the ${error} of reading it. */
enum bc_answering bc_call_row_or_end(struct bc_call *call, cJSON *row, enum bc_error error);

/*
 * End the answer with ${code} and ${sentence}; if an argument was wrong, with what was wrong with
 * it instead.
 */
enum bc_answering bc_call_refuse(struct bc_call *call, const char *code, const char *sentence);

/* End the answer: the store failed with ${error}, which is logged. */
enum bc_answering bc_call_error(struct bc_call *call, enum bc_error error);

/* Log that the operator did, by this verb, something about ${user}. */
void bc_call_log(struct bc_call *call, struct bc_bytes user);

/* End all connections of ${user}, whose name is valid, here and, if it is true, on all brokers. */
bool bc_call_kick(struct bc_call *call, struct bc_bytes user);

/*
 * The argument `user`: a valid name. False, and the call has been refused, if not, or if any
 * argument that was read before is wrong.
 */
bool bc_call_name(struct bc_call *call, struct bc_bytes *name);

/*
 * The argument `user`: somebody who is known, with their number. False, and the call has been
 * refused, if not, or if any argument that was read before is wrong.
 */
bool bc_call_user(struct bc_call *call, struct bc_bytes *name, uint32_t *number);

/* Are the arguments that were read so far good? If not, bc_call_refuse() tells of them. */
bool bc_call_good(const struct bc_call *call);

/* ---- operate_act.c ---- */

/* Take ${request}, from whom it says, the pipeline's way. False: refused, and so is the call. */
bool bc_call_request(struct bc_call *call, struct bc_request *request);

/* Is the fact of that durable? If not, *${answering} says how the call goes on meanwhile, or ends.
 */
bool bc_call_is_stored(struct bc_call *call, enum bc_answering *answering);

/* The step of a verb that asks: until its fact is durable the answer waits. */
enum bc_answering bc_call_act(struct bc_call *call);

/* ---- the verbs, by file ---- */

enum bc_answering bc_verb_status(struct bc_call *call);
enum bc_answering bc_verb_health(struct bc_call *call);
enum bc_answering bc_verb_metrics(struct bc_call *call);
enum bc_answering bc_verb_reports(struct bc_call *call);

bool bc_act_suspend(struct bc_call *call, struct bc_request *request);
bool bc_act_unsuspend(struct bc_call *call, struct bc_request *request);
bool bc_act_resolve(struct bc_call *call, struct bc_request *request);
void bc_acted_moderate(struct bc_call *call);
bool bc_acted_suspend(struct bc_call *call, cJSON *last);
bool bc_acted_resolve(struct bc_call *call, cJSON *last);

enum bc_answering bc_verb_users(struct bc_call *call);
enum bc_answering bc_verb_kick(struct bc_call *call);

enum bc_answering bc_verb_erase(struct bc_call *call);
enum bc_answering bc_verb_erasures(struct bc_call *call);
enum bc_answering bc_verb_retain(struct bc_call *call);

enum bc_answering bc_verb_disable(struct bc_call *call);
enum bc_answering bc_verb_reload(struct bc_call *call);
enum bc_answering bc_verb_log_level(struct bc_call *call);

bool bc_act_invite(struct bc_call *call, struct bc_request *request);
bool bc_act_revoke_token(struct bc_call *call, struct bc_request *request);
bool bc_act_revoke_invite(struct bc_call *call, struct bc_request *request);
void bc_acted_account(struct bc_call *call);
void bc_acted_revoke_token(struct bc_call *call);
bool bc_acted_invite(struct bc_call *call, cJSON *last);
bool bc_acted_revoked(struct bc_call *call, cJSON *last);

#endif
