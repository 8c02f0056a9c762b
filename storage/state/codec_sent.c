/* What every message stores, its fact and its row, packed without protobuf's library. */
#include "fact.pb-c.h"
#include "schema/pack.h"
#include "storage/state/codec.h"
#include "storage/state/record.h"
#include "storage/state/wire.h"

/* Fields of fact.proto and record.proto. */
enum {
    FACT_ID = 1,
    FACT_SENT = 2,
    FACT_AHEAD = 30,
    FACT_ROW = 31,
    FACT_INDEX = 32,

    SENT_FROM = 1,
    SENT_TO = 2,
    SENT_PLACEMENT = 3,
    SENT_APPROVES = 4,
    SENT_KIND = 5,
    SENT_PAYLOAD = 6,
    SENT_CONTENT_TYPE = 7,
    SENT_MSGID = 8,
    SENT_REPLY_TO = 9,
    SENT_MOVED_AFTER = 10,
    SENT_GROUP = 11,
    SENT_ORIGIN = 12,

    ROW_FROM = 1,
    ROW_TO = 2,
    ROW_KIND = 3,
    ROW_PAYLOAD = 4,
    ROW_CONTENT_TYPE = 5,
    ROW_MSGID = 6,
    ROW_REPLY_TO = 7,
    ROW_GROUP = 8,
    ROW_ORIGIN = 9
};

/*
 * Fields are counted, and then written. Inlined in both places, what counts has nothing left in it
 * of what writes, and takes half as long.
 */
#define TWICE static inline __attribute__((always_inline))

_Static_assert((int)FACT_SENT == (int)BACKCHANNEL__FACT__BODY_SENT, "its field is what it is");

TWICE void pack_sent(struct bc_pack *pack, const struct bc_fact_sent *sent)
{
    const struct bc_message *message = &sent->message;

    bc_pack_bytes(pack, SENT_FROM, message->from);
    bc_pack_bytes(pack, SENT_TO, message->to);
    bc_pack_number(pack, SENT_PLACEMENT, sent->placement);
    bc_pack_number(pack, SENT_APPROVES, sent->approves);
    bc_pack_number(pack, SENT_KIND, message->kind);
    bc_pack_bytes(pack, SENT_PAYLOAD, message->payload);
    bc_pack_bytes(pack, SENT_CONTENT_TYPE, message->content_type);
    bc_pack_bytes(pack, SENT_MSGID, message->msgid);
    bc_pack_fixed64(pack, SENT_REPLY_TO, message->reply_to);
    bc_pack_fixed64(pack, SENT_MOVED_AFTER, sent->moved_after);
    bc_pack_bytes(pack, SENT_GROUP, message->group);
    bc_pack_fixed64(pack, SENT_ORIGIN, message->origin);
}

TWICE void pack_fact(struct bc_pack *pack, const struct bc_fact *fact, size_t sent_len)
{
    bc_pack_fixed64(pack, FACT_ID, fact->id);
    bc_pack_message(pack, FACT_SENT, sent_len);
    if (pack->to != NULL) {
        pack_sent(pack, &fact->sent);
    } else {
        pack->len += sent_len;
    }
    bc_pack_number(pack, FACT_AHEAD, fact->ahead_ms);
    bc_pack_fixed64(pack, FACT_ROW, fact->place.row);
    bc_pack_number(pack, FACT_INDEX, fact->place.index);
}

enum bc_error bc_codec_pack_sent(const struct bc_fact *fact, struct bc_buffer *buffer)
{
    struct bc_pack sent = { .to = NULL };
    struct bc_pack whole = { .to = NULL };
    enum bc_error error;

    pack_sent(&sent, &fact->sent);
    pack_fact(&whole, fact, sent.len);
    error = bc_buffer_resize(buffer, whole.len);
    if (error == BC_OK) {
        whole = (struct bc_pack){ .to = buffer->data };
        pack_fact(&whole, fact, sent.len);
    }
    return error;
}

TWICE void pack_row(struct bc_pack *pack, const struct bc_message_row *row)
{
    const struct bc_message *message = &row->message;

    bc_pack_number(pack, ROW_FROM, row->from);
    bc_pack_number(pack, ROW_TO, row->to);
    bc_pack_number(pack, ROW_KIND, message->kind);
    bc_pack_bytes(pack, ROW_PAYLOAD, message->payload);
    bc_pack_bytes(pack, ROW_CONTENT_TYPE, message->content_type);
    bc_pack_bytes(pack, ROW_MSGID, message->msgid);
    bc_pack_fixed64(pack, ROW_REPLY_TO, message->reply_to);
    bc_pack_number(pack, ROW_GROUP, row->group);
    bc_pack_fixed64(pack, ROW_ORIGIN, message->origin);
}

static enum bc_error put_message(
    struct bc_tables *tables, const struct bc_message_row *row, bool append)
{
    struct bc_key key = bc_key_message(row->message.id);
    struct bc_pack pack = { .to = NULL };
    enum bc_error error;

    pack_row(&pack, row);
    error = bc_record_reserve(tables, BC_TABLE_MESSAGES, &key, pack.len, append, &pack.to);
    if (error == BC_OK) {
        pack.len = 0;
        pack_row(&pack, row);
    }
    return error;
}

enum bc_error bc_codec_put_message(struct bc_tables *tables, const struct bc_message_row *row)
{
    return put_message(tables, row, true);
}

enum bc_error bc_codec_replace_message(struct bc_tables *tables, const struct bc_message_row *row)
{
    return put_message(tables, row, false);
}
