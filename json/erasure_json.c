#include "json/erasure_json.h"

#include "json/json.h"

bool bc_json_add_erasure(
    cJSON *object, const struct bc_view *view, const struct bc_erasure *erasure)
{
    const struct bc_timeline *timeline = bc_view_timeline(view);

    return bc_json_add_id(object, "erasure", erasure->id) &&
           bc_json_add_number(object, "time", bc_timeline_time(timeline, erasure->id)) &&
           bc_json_add_bytes(object, "by", erasure->by) &&
           bc_json_add_bytes(object, "user", erasure->user) &&
           (erasure->other.len == 0 || bc_json_add_bytes(object, "with", erasure->other)) &&
           (erasure->message == 0 || bc_json_add_id(object, "message", erasure->message)) &&
           bc_json_add_bytes(object, "reason", erasure->reason) &&
           cJSON_AddStringToObject(object, "state", bc_erasure_state_names[erasure->state]) !=
               NULL &&
           bc_json_add_number(object, "messages", erasure->messages) &&
           bc_json_add_number(object, "bytes", erasure->bytes) &&
           bc_json_add_number(object, "rows", erasure->rows) &&
           bc_json_add_number(object, "kept", erasure->kept) &&
           (erasure->proven == 0 ||
               bc_json_add_number(object, "proven", bc_timeline_time(timeline, erasure->proven)));
}

enum bc_error bc_erasure_next(
    const struct bc_view *view, uint64_t after, struct bc_erasure *erasure)
{
    enum bc_erasure_state state = BC_ERASURE_OPEN;
    uint64_t first = 0;
    enum bc_error error = BC_OK;

    for (unsigned i = 0; error == BC_OK && i < BC_ERASURE_STATES; i++) {
        uint64_t id = 0;
        uint32_t count = 0;
        bool more = false;

        error = bc_view_erasures(view, (enum bc_erasure_state)i, after, 1, &id, &count, &more);
        if (error == BC_OK && count > 0 && (first == 0 || id < first)) {
            first = id;
            state = (enum bc_erasure_state)i;
        }
    }
    if (error != BC_OK) {
        return error;
    }
    return first != 0 ? bc_view_erasure(view, state, first, erasure) : BC_NOTFOUND;
}
