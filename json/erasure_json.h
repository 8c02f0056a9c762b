/* Erasures as the operator is shown them: who, when, why and how much. It knows no broker. */
#ifndef BC_JSON_ERASURE_JSON_H
#define BC_JSON_ERASURE_JSON_H

#include <cjson/cJSON.h>

#include "messaging/view.h"

/* Add all of ${erasure} to ${object}. False without memory. */
bool bc_json_add_erasure(
    cJSON *object, const struct bc_view *view, const struct bc_erasure *erasure);

/*
 * Set *${erasure} to the first with an id above ${after}, whatever it has come to; borrowed until
 * the next is looked up. BC_NOTFOUND if there is none.
 */
enum bc_error bc_erasure_next(
    const struct bc_view *view, uint64_t after, struct bc_erasure *erasure) BC_MUST_CHECK;

#endif
