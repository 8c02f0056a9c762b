/* Between our structs and protobuf-c's. For the files of the codec. */
#ifndef BC_STORAGE_STATE_WIRE_H
#define BC_STORAGE_STATE_WIRE_H

#include "messaging/erasure.h"
#include "messaging/error.h"
#include "messaging/report.h"
#include "record.pb-c.h"

static inline ProtobufCBinaryData bc_wire_binary(struct bc_bytes bytes)
{
    return (ProtobufCBinaryData){ .len = bytes.len, .data = (uint8_t *)(uintptr_t)bytes.data };
}

static inline struct bc_bytes bc_wire_bytes(ProtobufCBinaryData data)
{
    return bc_bytes(data.data, data.len);
}

/* The erasures that wait: their array is that of the record, and the record's that of them. */
static inline struct bc_erasures bc_wire_erasures(const uint64_t *ids, size_t count)
{
    return (struct bc_erasures){ .ids = ids, .count = (uint32_t)count };
}

static inline uint64_t *bc_wire_ids(struct bc_erasures erasures)
{
    return (uint64_t *)(uintptr_t)erasures.ids;
}

struct bc_buffer;
struct bc_fact;

/* For codec_fact.c, from codec_sent.c: bc_codec_pack_fact() of BC_FACT_SENT. */
enum bc_error bc_codec_pack_sent(
    const struct bc_fact *fact, struct bc_buffer *buffer) BC_MUST_CHECK;

/* For codec_fact.c, from codec_report.c: what facts and tables have alike. */
struct bc_report_out {
    Backchannel__ReportRecord record;
    Backchannel__Evidence evidence[BC_EVIDENCE_MAX];
    Backchannel__Evidence *pointers[BC_EVIDENCE_MAX];
};
void bc_wire_report_out(const struct bc_report *report, struct bc_report_out *out);
bool bc_wire_report(
    const Backchannel__ReportRecord *in, uint64_t id, struct bc_report *report) BC_MUST_CHECK;
void bc_wire_moderation_out(
    const struct bc_moderation *moderation, Backchannel__ModerationRecord *out);
bool bc_wire_moderation(const Backchannel__ModerationRecord *in, uint64_t id,
    struct bc_moderation *moderation) BC_MUST_CHECK;

/* The same, from codec_erasure.c. */
void bc_wire_erasure_out(const struct bc_erasure *erasure, Backchannel__ErasureRecord *out);
bool bc_wire_erasure(const Backchannel__ErasureRecord *in, uint64_t id, uint32_t state,
    struct bc_erasure *erasure) BC_MUST_CHECK;

#endif
