/*
 * JSON at the border: what comes from outside is checked and read once, what is told is built with
 * these. cJSON does the work; the checks are for what it lets through.
 */
#ifndef BC_JSON_JSON_H
#define BC_JSON_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "messaging/bytes.h"

/* The deepest nesting that is read; the outermost object is 1. */
#define BC_JSON_DEPTH 8

/*
 * The most characters outside of strings, without spaces, a number counting as one: what a value
 * takes in memory is many times its text, and no command needs more.
 */
#define BC_JSON_STRUCTURE_MAX (8 * 1024)

/**
 * bc_json_parse(text, why):
 * Read ${text} as one JSON object; no bytes at all are an empty one. NULL if it isn't that, with
 * *${why} a static sentence: ill-formed JSON or UTF-8, U+0000 in any form, a control character in a
 * string, nesting over BC_JSON_DEPTH, more than BC_JSON_STRUCTURE_MAX.
 * Memory: to be freed with cJSON_Delete().
 */
cJSON *bc_json_parse(struct bc_bytes text, const char **why);

/* Builders: false without memory. */
bool bc_json_add_bytes(cJSON *object, const char *name, struct bc_bytes text);
bool bc_json_add_id(cJSON *object, const char *name, uint64_t id);
bool bc_json_add_number(cJSON *object, const char *name, uint64_t number);
bool bc_json_add_base64(cJSON *object, const char *name, struct bc_bytes bytes);

/* ${bytes} as a JSON string; NULL without memory. They are UTF-8 without U+0000. */
cJSON *bc_json_string(struct bc_bytes bytes);

#endif
