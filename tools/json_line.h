/* JSON, an object a line, for people to look at as well: nothing in it is for a terminal to obey.
 */
#ifndef BC_TOOLS_JSON_LINE_H
#define BC_TOOLS_JSON_LINE_H

#include <cjson/cJSON.h>
#include <stdio.h>

#include "messaging/message.h"

/* An object whose first field is "type". NULL without memory, which all of these take. */
cJSON *bc_json_line(const char *type);

/* Fields that are empty or 0 are left out, but for numbers and flags. */
void bc_json_line_text(cJSON *line, const char *name, struct bc_bytes text);
void bc_json_line_id(cJSON *line, const char *name, uint64_t id);
void bc_json_line_ids(cJSON *line, const char *name, const uint64_t *ids, size_t count);
void bc_json_line_base64(cJSON *line, const char *name, struct bc_bytes bytes);
void bc_json_line_number(cJSON *line, const char *name, uint64_t number);
void bc_json_line_flag(cJSON *line, const char *name, bool flag);

/* As `payload`, or, if that can't be, as `payload-base64`. */
void bc_json_line_payload(cJSON *line, struct bc_bytes payload);

/* All of ${message} as protocol section 5 has it, but for its state. */
void bc_json_line_message(cJSON *line, const struct bc_message *message);

/* Write, or print, and free it. False if that fails, or memory has been short. */
bool bc_json_line_write(FILE *out, cJSON *line);
bool bc_json_line_print(cJSON *line);

#endif
