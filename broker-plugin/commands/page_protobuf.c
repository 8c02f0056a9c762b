/* Pages in protobuf (schema/page.proto): the one file that knows the generated code. */
#include <stdlib.h>

#include "broker-plugin/commands/page.h"
#include "messaging/id.h"
#include "messaging/text.h"
#include "page.pb-c.h"
#include "json/event_json.h"
#include "json/settings_json.h"

_Static_assert((int)BC_BINARY == (int)BACKCHANNEL__V1__KIND__KIND_BINARY, "kinds are the same");
_Static_assert((int)BC_ERASED == (int)BACKCHANNEL__V1__KIND__KIND_ERASED, "this too");
_Static_assert(
    (int)BC_STATE_GROUP + 1 == (int)BACKCHANNEL__V1__STATE__STATE_GROUP, "states begin at 1");

/* The longest of an item's texts, and how many an item has at most. */
#define TEXT_MAX 128
#define TEXTS    8 /* of an event: user, group, title, by, key; of a page: ref */

_Static_assert(TEXT_MAX >= BC_TITLE_MAX && TEXT_MAX >= BC_CONTENT_TYPE_MAX, "it is the longest");

/* protobuf-c takes strings that end with a NUL. */
struct texts {
    char room[TEXTS][TEXT_MAX + 1];
    unsigned used;
    char note[BC_NOTE_MAX * 4 + 1]; /* the one text that is longer */
};

static char *text(struct texts *texts, struct bc_bytes bytes)
{
    char *copy = texts->room[texts->used++];

    if (bytes.len > 0) {
        memcpy(copy, bytes.data, bytes.len);
    }
    copy[bytes.len] = '\0';
    return copy;
}

static char *note_text(struct texts *texts, struct bc_bytes note)
{
    size_t len = note.len < sizeof(texts->note) ? note.len : sizeof(texts->note) - 1;

    if (len > 0) {
        memcpy(texts->note, note.data, len);
    }
    texts->note[len] = '\0';
    return texts->note;
}

/* Room for the reactions to a message. */
struct reactions_out {
    Backchannel__V1__Reaction all[BC_REACTION_EMOJIS];
    Backchannel__V1__Reaction *pointers[BC_REACTION_EMOJIS];
    char emojis[BC_REACTION_EMOJIS][BC_EMOJI_MAX + 1];
    char *by[BC_REACTION_BY_TOTAL];
    char names[BC_REACTION_BY_TOTAL][BC_NAME_MAX + 1];
    uint32_t named;
};

/* ${bytes} with a NUL behind them; they are no longer than there is room for. */
static char *copy_text(char *to, struct bc_bytes bytes)
{
    memcpy(to, bytes.data, bytes.len);
    to[bytes.len] = '\0';
    return to;
}

/* A name that can't be read is left out, and so is who has it. */
static void fill_reaction(const struct bc_view *view, const struct bc_reaction *reaction,
    struct reactions_out *room, Backchannel__V1__Reaction *out)
{
    out->by = room->by + room->named;
    for (uint32_t i = 0; i < reaction->by_count; i++) {
        struct bc_bytes name;

        if (bc_view_name(view, reaction->by[i], &name) == BC_OK) {
            out->by[out->n_by++] = copy_text(room->names[room->named++], name);
        }
    }
    out->count = reaction->count;
}

static void fill_reactions(
    Backchannel__V1__Message *out, const struct bc_item *item, struct reactions_out *room)
{
    const struct bc_reactions *reactions = item->reactions;

    room->named = 0;
    if (reactions == NULL) {
        return;
    }
    out->reactions_omitted = item->omit_reactions || reactions->more;
    out->reactions = room->pointers;
    for (uint32_t i = 0; !item->omit_reactions && i < reactions->count; i++) {
        room->pointers[i] = &room->all[i];
        backchannel__v1__reaction__init(&room->all[i]);
        room->all[i].emoji = copy_text(room->emojis[i], reactions->all[i].emoji);
        fill_reaction(item->view, &reactions->all[i], room, &room->all[i]);
        out->n_reactions++;
    }
}

/* A word of ours, which is only read. */
static char *word(const char *literal)
{
    return (char *)(uintptr_t)literal;
}

static struct bc_encoded pack(const ProtobufCMessage *message)
{
    struct bc_encoded encoded = { .len = protobuf_c_message_get_packed_size(message) };

    encoded.data = malloc(encoded.len + 1); /* an empty page is of no bytes, and is memory */
    if (encoded.data != NULL) {
        protobuf_c_message_pack(message, encoded.data);
    }
    return encoded;
}

static void fill_message(
    Backchannel__V1__Message *out, const struct bc_item *item, struct texts *texts)
{
    const struct bc_message *message = item->message;

    backchannel__v1__message__init(out);
    out->id = message->id;
    out->from = text(texts, message->from);
    out->to = text(texts, message->to);
    out->group = text(texts, message->group);
    out->time = bc_id_time(message->id) - message->ahead_ms;
    out->kind = (Backchannel__V1__Kind)message->kind;
    out->state = (Backchannel__V1__State)(item->state + 1);
    out->content_type = text(texts, message->content_type);
    if (item->state == BC_STATE_SENT) {
        out->msgid = text(texts, message->msgid);
    }
    out->reply_to = message->reply_to;
    out->forwarded = message->origin != 0;
    out->erased = message->kind == BC_ERASED;
    out->payload_omitted = item->omit_payload && !out->erased;
    if (out->payload_omitted) {
        out->size = message->payload.len;
    } else {
        out->payload = (ProtobufCBinaryData){ .len = message->payload.len,
            .data = (uint8_t *)(uintptr_t)message->payload.data };
    }
}

static void fill_event(Backchannel__V1__Event *out, Backchannel__V1__Settings *settings,
    const struct bc_event *event, struct texts *texts)
{
    const struct bc_event told = bc_json_event_told(event);

    backchannel__v1__event__init(out);
    out->id = told.id;
    out->time = bc_id_time(told.id) - told.ahead_ms;
    out->event = word(bc_json_event_name(told.type));
    out->user = text(texts, told.user);
    out->group = text(texts, told.group);
    out->title = text(texts, told.title);
    out->by = text(texts, told.by);
    if (told.role != BC_ROLE_NONE) {
        out->role = word(bc_role_names[told.role]);
    }
    out->contact = told.contact;
    out->up_to = told.upto;
    out->read = told.markers.read;
    out->delivered = told.markers.delivered;
    out->report = told.report;
    out->action = word(bc_measure_names[told.measure]);
    out->note = note_text(texts, told.note);
    out->until = told.until_ms;
    out->key = text(texts, told.key);
    out->unread = told.unread;
    out->members = told.members;
    out->reason = word(bc_reason_names[told.reason]);
    out->version = told.version;
    out->message = told.message;
    out->emoji = text(texts, told.emoji);
    if (told.type == BC_EVENT_SETTINGS) {
        backchannel__v1__settings__init(settings);
        settings->who_can_message = word(bc_json_audience(&told.settings));
        settings->read_receipts = !told.settings.receipts_off;
        settings->group_invites = word(bc_json_invites[told.settings.group_invites]);
        settings->findable = told.settings.findable;
        out->settings = settings;
    }
}

static struct bc_encoded pack_message(const struct bc_item *item)
{
    Backchannel__V1__HistoryPage page = BACKCHANNEL__V1__HISTORY_PAGE__INIT;
    Backchannel__V1__Message message;
    Backchannel__V1__Message *messages[] = { &message };
    struct texts texts = { .used = 0 };
    struct reactions_out reactions;

    fill_message(&message, item, &texts);
    fill_reactions(&message, item, &reactions);
    page.messages = messages;
    page.n_messages = 1;
    return pack(&page.base);
}

static struct bc_encoded pack_item(const struct bc_item *item)
{
    Backchannel__V1__SyncPage page = BACKCHANNEL__V1__SYNC_PAGE__INIT;
    Backchannel__V1__Item out = BACKCHANNEL__V1__ITEM__INIT;
    Backchannel__V1__Item *items[] = { &out };
    Backchannel__V1__Message message;
    Backchannel__V1__Event event;
    Backchannel__V1__Settings settings;
    struct texts texts = { .used = 0 };
    struct reactions_out reactions;

    if (item->message != NULL) {
        fill_message(&message, item, &texts);
        fill_reactions(&message, item, &reactions);
        out.item_case = BACKCHANNEL__V1__ITEM__ITEM_MESSAGE;
        out.message = &message;
    } else {
        fill_event(&event, &settings, item->event, &texts);
        out.item_case = BACKCHANNEL__V1__ITEM__ITEM_EVENT;
        out.event = &event;
    }
    page.items = items;
    page.n_items = 1;
    return pack(&page.base);
}

struct bc_encoded bc_page_protobuf_item(enum bc_page_type type, const struct bc_item *item)
{
    return type == BC_PAGE_ITEMS ? pack_item(item) : pack_message(item);
}

struct bc_encoded bc_page_protobuf_end(
    enum bc_page_type type, struct bc_bytes ref, const struct bc_page_end *end)
{
    Backchannel__V1__HistoryPage history = BACKCHANNEL__V1__HISTORY_PAGE__INIT;
    Backchannel__V1__SyncPage sync = BACKCHANNEL__V1__SYNC_PAGE__INIT;
    struct texts texts = { .used = 0 };
    bool before = end->cursor != NULL && strcmp(end->cursor, "before") == 0;
    bool after = end->cursor != NULL && !before;

    history.ref = sync.ref = text(&texts, ref);
    history.more = sync.more = end->more;
    sync.reset = end->reset;
    history.before = before ? end->id : 0;
    history.after = sync.after = after ? end->id : 0;
    return pack(type == BC_PAGE_ITEMS ? &sync.base : &history.base);
}
