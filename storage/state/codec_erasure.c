/* Erasures, and what reports keep of what is erased: in the tables, and in facts. */
#include "record.pb-c.h"
#include "storage/state/codec.h"
#include "storage/state/record.h"
#include "storage/state/row.h"
#include "storage/state/wire.h"

_Static_assert(
    (int)BC_ERASED == (int)BACKCHANNEL__KIND__KIND_ERASED, "kinds are stored as they are");

void bc_wire_erasure_out(const struct bc_erasure *erasure, Backchannel__ErasureRecord *out)
{
    backchannel__erasure_record__init(out);
    out->by = bc_wire_binary(erasure->by);
    out->user = bc_wire_binary(erasure->user);
    out->other = bc_wire_binary(erasure->other);
    out->message = erasure->message;
    out->reason = bc_wire_binary(erasure->reason);
    out->step = erasure->step;
    out->reached = erasure->reached.id;
    out->inside = erasure->reached.inside;
    out->changed = erasure->changed;
    out->messages = erasure->messages;
    out->bytes = erasure->bytes;
    out->rows = erasure->rows;
    out->kept = erasure->kept;
    out->proven = erasure->proven;
    out->rules = erasure->rules;
}

bool bc_wire_erasure(
    const Backchannel__ErasureRecord *in, uint64_t id, uint32_t state, struct bc_erasure *erasure)
{
    *erasure = (struct bc_erasure){ .id = id,
        .state = (enum bc_erasure_state)state,
        .by = bc_wire_bytes(in->by),
        .user = bc_wire_bytes(in->user),
        .other = bc_wire_bytes(in->other),
        .message = in->message,
        .reason = bc_wire_bytes(in->reason),
        .step = (enum bc_erasure_step)in->step,
        .reached = { .id = in->reached, .inside = in->inside },
        .changed = in->changed,
        .messages = in->messages,
        .bytes = in->bytes,
        .rows = in->rows,
        .kept = in->kept,
        .proven = in->proven,
        .rules = in->rules };
    return state < BC_ERASURE_STATES && in->step > BC_ERASE_NOTHING && in->step < BC_ERASE_STEPS;
}

enum bc_error bc_codec_get_erasure(const struct bc_tables *tables, enum bc_erasure_state state,
    uint64_t id, struct bc_arena *arena, struct bc_erasure *erasure)
{
    struct bc_key key = bc_key_erasure(state, id);
    ProtobufCMessage *record;
    enum bc_error error = bc_record_get(
        tables, BC_TABLE_ERASURES, &key, &backchannel__erasure_record__descriptor, arena, &record);

    if (error == BC_OK &&
        !bc_wire_erasure((const Backchannel__ErasureRecord *)record, id, state, erasure)) {
        error = BC_DAMAGED;
    }
    return error;
}

enum bc_error bc_codec_put_erasure(struct bc_tables *tables, const struct bc_erasure *erasure)
{
    struct bc_key key = bc_key_erasure(erasure->state, erasure->id);
    Backchannel__ErasureRecord out;

    bc_wire_erasure_out(erasure, &out);
    return bc_record_put(tables, BC_TABLE_ERASURES, &key, &out.base, false);
}

enum bc_error bc_codec_get_kept(
    const struct bc_tables *tables, uint64_t id, struct bc_arena *arena, struct bc_kept *kept)
{
    struct bc_key key = bc_key_kept(id);
    ProtobufCMessage *record;
    enum bc_error error = bc_record_get(
        tables, BC_TABLE_KEPT, &key, &backchannel__kept_record__descriptor, arena, &record);

    if (error == BC_OK) {
        const Backchannel__KeptRecord *in = (const Backchannel__KeptRecord *)record;

        *kept = (struct bc_kept){ .kind = (unsigned)in->kind,
            .payload = bc_wire_bytes(in->payload),
            .content_type = bc_wire_bytes(in->content_type),
            .reports = in->reports,
            .erasures = bc_wire_erasures(in->erasures, in->n_erasures),
            .since = in->since };
        error =
            in->kind > BACKCHANNEL__KIND__KIND_UNKNOWN && in->kind <= BACKCHANNEL__KIND__KIND_BINARY
                ? BC_OK
                : BC_DAMAGED;
    }
    return error;
}

enum bc_error bc_codec_put_kept(struct bc_tables *tables, uint64_t id, const struct bc_kept *kept)
{
    struct bc_key key = bc_key_kept(id);
    Backchannel__KeptRecord out = BACKCHANNEL__KEPT_RECORD__INIT;

    out.kind = (Backchannel__Kind)kept->kind;
    out.payload = bc_wire_binary(kept->payload);
    out.content_type = bc_wire_binary(kept->content_type);
    out.reports = kept->reports;
    out.n_erasures = kept->erasures.count;
    out.erasures = bc_wire_ids(kept->erasures);
    out.since = kept->since;
    return bc_record_put(tables, BC_TABLE_KEPT, &key, &out.base, false);
}
