/* An event as protocol section 6 has it. */
#ifndef BC_JSON_EVENT_JSON_H
#define BC_JSON_EVENT_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "messaging/event.h"

/* The id that the JSON of an event begins with; 0 if ${payload} begins otherwise. */
uint64_t bc_json_event_id(struct bc_bytes payload);

/* The name of an event, and all that it tells (protocol section 6). */
const char *bc_json_event_name(enum bc_event_type type);
bool bc_json_add_event(cJSON *object, const struct bc_event *event);

/*
 * What ${event} tells, for another format than JSON: the rest is empty. A group's event keeps its
 * group, which live ones have in their topic.
 */
struct bc_event bc_json_event_told(const struct bc_event *event);

#endif
