/* Reports as moderators and the operator are shown them. It knows no broker: tools use it, too. */
#ifndef BC_JSON_REPORT_JSON_H
#define BC_JSON_REPORT_JSON_H

#include <cjson/cJSON.h>

#include "messaging/view.h"

/* A report, and what it shows. */
struct bc_report_shown {
    cJSON *json;
    size_t bytes; /* of it, printed */
    bool omitted; /* a payload had no room */
};

/**
 * bc_report_show(view, id, room, whole, error):
 * The report ${id} in ${room} bytes, as far as leaving out payloads goes, the oldest first; if not
 * ${whole}, without evidence and without notes. If its json is NULL *${error} says why.
 * Memory: the json is to be freed with cJSON_Delete().
 */
struct bc_report_shown bc_report_show(
    const struct bc_view *view, uint64_t id, size_t room, bool whole, enum bc_error *error);

#endif
