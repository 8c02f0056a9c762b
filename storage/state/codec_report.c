/* Reports and moderations: in the tables, and in facts. Enums have the same values on both sides.
 */
#include "storage/state/codec.h"

#include "storage/state/record.h"
#include "storage/state/row.h"
#include "storage/state/wire.h"

void bc_wire_report_out(const struct bc_report *report, struct bc_report_out *out)
{
    backchannel__report_record__init(&out->record);
    for (uint32_t i = 0; i < report->evidence_count; i++) {
        backchannel__evidence__init(&out->evidence[i]);
        out->evidence[i].id = report->evidence[i].id;
        out->evidence[i].state = report->evidence[i].state;
        out->pointers[i] = &out->evidence[i];
    }
    out->record.n_evidence = report->evidence_count;
    out->record.evidence = out->pointers;
    out->record.by = bc_wire_binary(report->by);
    out->record.user = bc_wire_binary(report->user);
    out->record.group = bc_wire_binary(report->group);
    out->record.message = report->message;
    out->record.reason = report->reason;
    out->record.note = bc_wire_binary(report->note);
    out->record.resolution = report->resolution;
    out->record.n_erasures = report->erasures.count;
    out->record.erasures = bc_wire_ids(report->erasures);
}

bool bc_wire_report(const Backchannel__ReportRecord *in, uint64_t id, struct bc_report *report)
{
    bool good = in->n_evidence <= BC_EVIDENCE_MAX && in->reason < BC_REASONS;

    *report = (struct bc_report){ .id = id,
        .by = bc_wire_bytes(in->by),
        .user = bc_wire_bytes(in->user),
        .group = bc_wire_bytes(in->group),
        .message = in->message,
        .reason = (enum bc_reason)in->reason,
        .note = bc_wire_bytes(in->note),
        .resolution = in->resolution,
        .erasures = bc_wire_erasures(in->erasures, in->n_erasures) };
    for (size_t i = 0; good && i < in->n_evidence; i++) {
        good = in->evidence[i]->state <= BC_STATE_GROUP;
        report->evidence[i] = (struct bc_evidence){ .id = in->evidence[i]->id,
            .state = (enum bc_message_state)in->evidence[i]->state };
    }
    report->evidence_count = good ? (uint32_t)in->n_evidence : 0;
    return good;
}

void bc_wire_moderation_out(
    const struct bc_moderation *moderation, Backchannel__ModerationRecord *out)
{
    backchannel__moderation_record__init(out);
    out->by = bc_wire_binary(moderation->by);
    out->measure = moderation->measure;
    out->user = bc_wire_binary(moderation->user);
    out->report = moderation->report;
    out->reporter = bc_wire_binary(moderation->reporter);
    out->until = moderation->until_ms;
    out->note = bc_wire_binary(moderation->note);
}

bool bc_wire_moderation(
    const Backchannel__ModerationRecord *in, uint64_t id, struct bc_moderation *moderation)
{
    *moderation = (struct bc_moderation){ .id = id,
        .by = bc_wire_bytes(in->by),
        .measure = (enum bc_measure)in->measure,
        .user = bc_wire_bytes(in->user),
        .report = in->report,
        .reporter = bc_wire_bytes(in->reporter),
        .until_ms = in->until,
        .note = bc_wire_bytes(in->note) };
    return in->measure >= BC_DISMISS && in->measure < BC_MEASURES;
}

enum bc_error bc_codec_get_report(
    const struct bc_tables *tables, uint64_t id, struct bc_arena *arena, struct bc_report *report)
{
    struct bc_key key = bc_key_report(id);
    ProtobufCMessage *record;
    enum bc_error error = bc_record_get(
        tables, BC_TABLE_REPORTS, &key, &backchannel__report_record__descriptor, arena, &record);

    if (error == BC_OK && !bc_wire_report((const Backchannel__ReportRecord *)record, id, report)) {
        error = BC_DAMAGED;
    }
    return error;
}

enum bc_error bc_codec_put_report(struct bc_tables *tables, const struct bc_report *report)
{
    struct bc_key key = bc_key_report(report->id);
    struct bc_report_out out;

    bc_wire_report_out(report, &out);
    return bc_record_put(tables, BC_TABLE_REPORTS, &key, &out.record.base, false);
}

enum bc_error bc_codec_get_moderation(const struct bc_tables *tables, uint64_t id,
    struct bc_arena *arena, struct bc_moderation *moderation)
{
    struct bc_key key = bc_key_moderation(id);
    ProtobufCMessage *record;
    enum bc_error error = bc_record_get(tables, BC_TABLE_MODERATIONS, &key,
        &backchannel__moderation_record__descriptor, arena, &record);

    if (error == BC_OK &&
        !bc_wire_moderation((const Backchannel__ModerationRecord *)record, id, moderation)) {
        error = BC_DAMAGED;
    }
    return error;
}

static enum bc_error put_moderation(
    struct bc_tables *tables, const struct bc_moderation *moderation, bool append)
{
    struct bc_key key = bc_key_moderation(moderation->id);
    Backchannel__ModerationRecord out;

    bc_wire_moderation_out(moderation, &out);
    return bc_record_put(tables, BC_TABLE_MODERATIONS, &key, &out.base, append);
}

enum bc_error bc_codec_put_moderation(
    struct bc_tables *tables, const struct bc_moderation *moderation)
{
    return put_moderation(tables, moderation, true);
}

enum bc_error bc_codec_replace_moderation(
    struct bc_tables *tables, const struct bc_moderation *moderation)
{
    return put_moderation(tables, moderation, false);
}
