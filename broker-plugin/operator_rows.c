/* A row at a time, each found anew by where the one before was. */
#include "broker-plugin/operator_rows.h"

#include "broker-plugin/report_json.h"

/* What a report may take with its evidence; payloads without room are left out. */
#define REPORT_ROOM ((size_t)64 * 1024)

/* ${row} with its type, or NULL without memory. */
static cJSON *typed(cJSON *row, const char *type, enum bc_error *error)
{
    if (row == NULL || cJSON_AddStringToObject(row, "type", type) != NULL) {
        return row;
    }
    cJSON_Delete(row);
    *error = BC_NOMEM;
    return NULL;
}

cJSON *bc_row_report(const struct bc_view *view, bool resolved, uint64_t *at, enum bc_error *error)
{
    uint64_t id = 0;
    uint32_t count = 0;
    bool more = false;

    *error = bc_view_reports(view, resolved, *at, 1, &id, &count, &more);
    if (*error != BC_OK || count == 0) {
        return NULL;
    }
    *at = id;
    return typed(bc_report_show(view, id, REPORT_ROOM, true, error).json, "report", error);
}
