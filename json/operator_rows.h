/*
 * Rows that the operator is shown of a store: by the broker at its door, and by the tool where none
 * runs. It knows no broker.
 */
#ifndef BC_JSON_OPERATOR_ROWS_H
#define BC_JSON_OPERATOR_ROWS_H

#include <cjson/cJSON.h>

#include "messaging/view.h"

/*
 * The row behind the place *${at}, which is moved on to it and is 0 at first. NULL at the end, with
 * *${error} BC_OK, or on errors.
 * Memory: to be freed with cJSON_Delete().
 */
cJSON *bc_row_report(const struct bc_view *view, bool resolved, uint64_t *at, enum bc_error *error);

/* The same of an erasure. */
cJSON *bc_row_erasure(const struct bc_view *view, uint64_t *at, enum bc_error *error);

/* The same of a user: name, messages, devices, last seen by day, suspended. By their numbers. */
cJSON *bc_row_user(const struct bc_view *view, uint64_t now_ms, uint64_t *at, enum bc_error *error);

/* The same of what the one ${user} has: that row, then tokens and invitations. */
cJSON *bc_row_of_user(
    const struct bc_view *view, uint32_t user, uint64_t now_ms, uint64_t *at, enum bc_error *error);

#endif
